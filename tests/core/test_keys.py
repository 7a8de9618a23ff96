"""Keys of stores and paths of nodes: what is let through, what is made of it, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zarr.core.keys import TEMPORARY_PREFIX, check_key, is_temporary, join_path, normalize_path, parents_of

GOOD = [
    "a", "zarr.json", "c/0/1", ".zarray", "a/.zattrs", "...", "a/.../b", "..a", "a..", ".a", "a.", "a b", "é/ü",
    "__x", "a/__zarr", "c", "0.0", "~", "a:b", "-", "*", "a\nb", "__zt", "x__zt.y", "_" * 300,
]  # fmt: skip
BAD = [
    "", "/", "/a", "a/", "a//b", "//", ".", "..", "./a", "../a", "a/.", "a/..", "a/./b", "a/../b", "\x00", "a\x00",
    f"{TEMPORARY_PREFIX}1", f"a/{TEMPORARY_PREFIX}1", f"{TEMPORARY_PREFIX}x/b",
]  # fmt: skip


@pytest.mark.parametrize("key", GOOD)
def test_good_keys(key: str) -> None:
    assert check_key(key) is key


@pytest.mark.parametrize("key", BAD)
def test_bad_keys(key: str) -> None:
    with pytest.raises(ValueError, match="is no key of a store"):
        check_key(key)


@given(st.text(alphabet="a./\\_zt\x00\n", max_size=12))
def test_a_key_that_is_let_through_stays_inside(key: str) -> None:
    sound = (
        key != ""
        and "\x00" not in key
        and all(
            part not in ("", ".", "..") and not part.startswith(TEMPORARY_PREFIX) for part in key.split("/")
        )
    )
    try:
        assert check_key(key) == key
    except ValueError:
        assert not sound
    else:
        assert sound


PATHS: list[tuple[Any, str]] = [
    (None, ""), ("", ""), ("/", ""), ("//", ""), ("a", "a"), ("/a", "a"), ("a/", "a"), ("//a//b//", "a/b"),
    ("a\\b", "a/b"), ("\\a\\", "a"), (b"a/b", "a/b"), ("...", "..."), ("__x", "__x"), ("a/zarr.json", "a/zarr.json"),
    (" a ", " a "), ("é", "é"), (3, "3"),
]  # fmt: skip


@pytest.mark.parametrize(("given_path", "expected"), PATHS)
def test_paths(given_path: Any, expected: str) -> None:
    assert normalize_path(given_path) == expected
    assert normalize_path(expected) == expected


@pytest.mark.parametrize("path", [".", "..", "a/..", "./a", "a\\..\\b", "/../", "a/./b"])
def test_paths_with_dots(path: str) -> None:
    with pytest.raises(ValueError, match="contains '.' or '..' segments"):
        normalize_path(path)


@pytest.mark.parametrize("path", ["a\x00", f"{TEMPORARY_PREFIX}x", f"a/{TEMPORARY_PREFIX}"])
def test_paths_that_name_no_node(path: str) -> None:
    with pytest.raises(ValueError, match="holds no NUL and does not start with"):
        normalize_path(path)


def test_bytes_that_are_not_ascii() -> None:
    with pytest.raises(ValueError, match="ascii"):
        normalize_path("é".encode())


@given(st.text(max_size=20))
def test_a_normalized_path_makes_keys(path: str) -> None:
    try:
        normalized = normalize_path(path)
    except ValueError:
        return
    assert check_key(join_path(normalized, "zarr.json")).endswith("zarr.json")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [((), ""), (("", "a"), "a"), (("a", ""), "a"), (("a", "b/c"), "a/b/c"), (("", ""), "")],
)
def test_join(parts: tuple[str, ...], expected: str) -> None:
    assert join_path(*parts) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (f"{TEMPORARY_PREFIX}abc", True),
        ("zarr.json", False),
        ("0." + "a1" * 16 + ".partial", True),
        ("c0.partial", False),
        ("zarr.json.__lock", True),
        ("__lock", False),
    ],
)
def test_leftovers_of_unfinished_writes(name: str, expected: bool) -> None:
    assert is_temporary(name) == expected


def test_parents() -> None:
    assert parents_of("") == []
    assert parents_of("a") == [""]
    assert parents_of("a/b/c") == ["", "a", "a/b"]
