"""Paths and URLs cut into a store and a node; text that is printed; the progress bar."""

from __future__ import annotations

import io
import json
import os
from argparse import Namespace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from zarr.cli.command import UsageError
from zarr.cli.output import ProgressBar, as_json, printable
from zarr.cli.places import Place, dest_of, place_of, split


def local(text: str) -> tuple[str, str]:
    """The store, relative to the working directory, and the path."""
    store, path = split(text)
    return Path(store).relative_to(Path.cwd()).as_posix(), path


def test_folders(data: Path) -> None:
    assert local("data.zarr") == local("./data.zarr/") == local("s/../data.zarr") == ("data.zarr", "")
    assert local("data.zarr/s/f") == ("data.zarr", "s/f")
    assert local("data.zarr/s/new/deep") == ("data.zarr", "s/new/deep")
    assert local("data.zarr/s/../x") == ("data.zarr", "x")
    assert split(f"file://{Path.cwd()}/data.zarr/x") == split("data.zarr/x")


def test_an_array_alone_and_new_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    zarr.create_array("plain/a", shape=1, dtype="i4")
    zarr.create_array("b.zarr", shape=1, dtype="i4")
    assert local("b.zarr") == ("b.zarr", "")
    assert local("new.zarr/group/x") == ("new.zarr", "group/x")
    assert local("deep/new.zarr/group/x") == ("deep/new.zarr", "group/x")
    assert local("new/x") == ("new/x", "")
    assert local("new.zip/x") == ("new.zip", "x")


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data.zip").write_bytes(b"")
    assert local("data.zip") == ("data.zip", "")
    assert local("data.zip/group/x") == ("data.zip", "group/x")


@pytest.mark.parametrize(
    ("url", "store", "path"),
    [
        ("s3://bucket/data.zarr", "s3://bucket/data.zarr", ""),
        ("s3://bucket/data.zarr/", "s3://bucket/data.zarr", ""),
        ("s3://bucket/a.zarr/group/x", "s3://bucket/a.zarr", "group/x"),
        ("s3://bucket/a.zarr/b.zarr/x", "s3://bucket/a.zarr/b.zarr", "x"),
        ("s3://bucket/any/name", "s3://bucket/any/name", ""),
        ("https://host/a.zarr/x?token=1", "https://host/a.zarr/x?token=1", ""),
        ("zip::s3://bucket/a.zip", "zip::s3://bucket/a.zip", ""),
        ("memory://a.zarr/x", "memory://a.zarr", "x"),
        ("s3://b/a.zip|zip:inner/x|zarr3:", "s3://b/a.zip|zip:inner/x|zarr3:", ""),
        ("a.zip|zip:x", "a.zip|zip:x", ""),
    ],
)
def test_urls(url: str, store: str, path: str) -> None:
    assert split(url) == (store, path)


def test_options_are_for_urls() -> None:
    with pytest.raises(UsageError, match="only for URLs"):
        place_of(Namespace(path="a.zarr", storage_option=[("anon", True)]), "path")
    args = Namespace(path="s3://b/a.zarr/x", dest="there/", storage_option=[("anon", True)])
    assert place_of(args, "path").options == {"anon": True}
    assert dest_of(args, place_of(args, "path")).options is None


def test_into_a_group(data: Path) -> None:
    args = Namespace(dest="data.zarr/s/", storage_option=[])
    source = Place("other.zarr/temperature", "other.zarr", "temperature")
    assert dest_of(args, source).path == "s/temperature"
    assert dest_of(args, Place("other.zarr", "/somewhere/other.zarr", "")).path == "s/other.zarr"
    args.dest = "data.zarr/s"
    assert dest_of(args, source).path == "s"


@given(st.text())
def test_printable_text(text: str) -> None:
    shown = printable(text)
    assert all(c.isprintable() or c in "\n\t" for c in shown)
    if text.isprintable():
        assert shown == text


@given(st.recursive(st.none() | st.floats() | st.text() | st.integers(), st.lists, max_leaves=5))
def test_json_is_strict(value: object) -> None:
    assert "NaN" not in as_json(value).replace('"NaN"', "") or "NaN" in str(value)
    json.loads(as_json({"a": value}), parse_constant=lambda token: pytest.fail(token))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_drawn_on_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (io.StringIO(), Terminal()):
        monkeypatch.setattr("sys.stderr", stream)
        with ProgressBar("copying\x1b") as bar:
            for done in (0, 1 << 20, 3 << 20, 4 << 20):
                bar(done, 4 << 20)
        shown = stream.getvalue()
        assert bool(shown) == stream.isatty()
    assert "copying\\x1b [##############################] 100% 4 MiB of 4 MiB" in shown
    assert shown.endswith("\n")


def test_a_group_at_the_root_of_the_file_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no folder above it, in which a group could be sought again and again."""
    asked: list[Path] = []

    def is_group(path: Path) -> bool:
        asked.append(path)
        assert len(asked) < 100
        return True

    monkeypatch.setattr("zarr.cli.places._is_group", is_group)
    root = Path(os.path.abspath(os.sep))
    assert split(str(root)) == (str(root), "")
    assert split(str(root / "x" / "y")) == (str(root), "x/y")


def test_what_names_a_file() -> None:
    named = {
        name: Place(name, name, "").names_a_file for name in ("a.zip", "a.DB", "a.sqlite", "a.zarr", "zip")
    }
    assert named == {"a.zip": True, "a.DB": True, "a.sqlite": True, "a.zarr": False, "zip": False}
