"""Places named through stores with different roots: one is known to lie in the other, so that nothing is copied onto itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.storage import LocalStore, ManagedMemoryStore, MemoryStore, ObjectStore, WrapperStore
from zarr.storage._common import StorePath

Opened = Callable[[str], StorePath]
"""A place in a storage, by a store of which the root is that place."""


def _fsspec(path: str) -> StorePath:
    fsspec = pytest.importorskip("fsspec")
    return StorePath(zarr.storage.FsspecStore(fsspec.filesystem("memory"), path=f"/addresses/{path}"))


def _bucket(path: str) -> StorePath:
    obstore = pytest.importorskip("obstore.store")
    return StorePath(ObjectStore(obstore.S3Store("bucket", prefix=path or None, skip_signature=True)))


@pytest.fixture(params=["local", "linked", "managed", "fsspec", "bucket", "wrapped"])
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    name = f"addresses-{tmp_path.name}"
    ManagedMemoryStore(name)
    ways: dict[str, Opened] = {
        "local": lambda path: StorePath(LocalStore(tmp_path / "real" / path)),
        "linked": lambda path: StorePath(LocalStore(tmp_path / ("link" if path else "real") / path)),
        "managed": lambda path: StorePath(ManagedMemoryStore(name, path=path)),
        "fsspec": _fsspec,
        "bucket": _bucket,
        "wrapped": lambda path: StorePath(WrapperStore(LocalStore(tmp_path / "real" / path))),
    }
    return ways[str(request.param)]


def test_one_place_by_two_roots(at: Opened) -> None:
    for a, b in ((at("g/x"), at("") / "g/x"), (at("g/x"), at("g") / "x"), (at(""), at(""))):
        assert a._is_within(b)
        assert b._is_within(a)
    for inner, outer in (
        (at("g/x"), at("g")),
        (at("g/x"), at("")),
        (at("") / "g/x", at("g")),
        (at("g/x") / "y", at("g/x")),
    ):
        assert inner._is_within(outer)
        assert not outer._is_within(inner)
    for a, b in ((at("g/x"), at("g/xy")), (at("g") / "xy", at("g/x")), (at("a"), at("b"))):
        assert not a._is_within(b)
        assert not b._is_within(a)


def test_other_storages() -> None:
    assert not StorePath(MemoryStore())._is_within(StorePath(MemoryStore()))
    store = MemoryStore()
    assert StorePath(store, "a/b")._is_within(StorePath(store.with_read_only(True), "a"))


# --- what is copied is never deleted first


@pytest.fixture
def root(tmp_path: Path) -> zarr.Group:
    group = zarr.create_group(tmp_path / "r.zarr")
    group.create_array("a/b", data=np.arange(1, 5), chunks=(2,))
    return group


@pytest.mark.parametrize(
    ("source", "dest"), [("", "a/b"), ("a/b", ""), ("a", "a/b"), ("a/b", "a/b"), ("", "a"), ("a", "a")]
)
def test_an_array_is_not_copied_onto_itself(root: zarr.Group, tmp_path: Path, source: str, dest: str) -> None:
    """Nor onto the group that it is in: ``source`` and ``dest`` are the roots of the stores."""
    folder = tmp_path / "r.zarr"
    array: Any = zarr.open_group(folder)["a/b"] if not source else zarr.open(folder / source)
    array = array["b"] if isinstance(array, zarr.Group) else array
    store, name = (folder / dest, None) if dest else (folder, "a/b")
    with pytest.raises(ValueError, match="onto itself"):
        zarr.from_array(store, name=name, data=array, chunks=(4,), overwrite=True)
    assert root["a/b"][:].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("dest", ["a", ""])
def test_a_node_is_not_replaced_by_a_copy_of_itself(root: zarr.Group, tmp_path: Path, dest: str) -> None:
    folder = tmp_path / "r.zarr"
    source: Any = zarr.open(folder / "a" / "b")
    into, name = (zarr.open_group(folder / "a"), "b") if dest else (root, "a")
    with pytest.raises(ValueError, match="would be replaced while it is copied"):
        zarr.copy(source, into, name=name, if_exists="replace")
    assert root["a/b"][:].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("source", "dest"),
    [((".", ""), (".", "")), ((".", "a"), (".", "a/b")), ((".", "a/b"), (".", "a")), (("a", ""), (".", "a")), (("a/b", ""), ("a", ""))],
)  # fmt: skip
def test_keys_are_not_copied_onto_themselves(
    root: zarr.Group, tmp_path: Path, source: tuple[str, str], dest: tuple[str, str]
) -> None:
    folder = tmp_path / "r.zarr"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for dry_run in (True, False):
        with pytest.raises(ValueError, match="would be replaced first"):
            zarr.copy_store(
                folder / source[0], folder / dest[0], source[1], dest[1], if_exists="replace", dry_run=dry_run
            )
    assert zarr.copy_store(folder, folder, if_exists="skip")[0] == 0
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert root["a/b"][:].tolist() == [1, 2, 3, 4]


def test_neighbours_are_copied(root: zarr.Group, tmp_path: Path) -> None:
    folder = tmp_path / "r.zarr"
    made = zarr.from_array(folder / "a" / "bb", data=zarr.open_array(folder / "a" / "b"), overwrite=True)
    assert made[:].tolist() == [1, 2, 3, 4]
    assert zarr.copy_store(folder / "a/b", folder / "a/bb", if_exists="replace")[0] == 3
    assert root["a/bb"][:].tolist() == [1, 2, 3, 4]
