"""Chunks whose array's document is gone, as an interrupted deletion leaves them, are never data of a new array."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from obstore.store import MemoryStore as ObstoreMemory

import zarr
from zarr.abc.store import Store
from zarr.core.sync import sync
from zarr.errors import ContainsArrayError, ContainsGroupError
from zarr.storage import FsspecStore, LocalStore, MemoryStore, ObjectStore, SQLiteStore
from zarr.testing.store import LatencyStore

formats = pytest.mark.parametrize("zarr_format", [2, 3])


def without_document(path: Path, zarr_format: Any) -> None:
    zarr.create_array(path, name="a", data=np.arange(1, 7), chunks=2, zarr_format=zarr_format)
    (path / "a" / ("zarr.json" if zarr_format == 3 else ".zarray")).unlink()


@formats
def test_no_array_is_made_over_chunks(tmp_path: Path, zarr_format: Any) -> None:
    without_document(tmp_path, zarr_format)
    files = sorted(tmp_path.rglob("*"))
    for name in ("a", "/a/"):
        with pytest.raises(
            FileExistsError, match=r"a holds '(c|[012])', which is left of an array.*overwrite=True"
        ):
            zarr.create_array(tmp_path, name=name, shape=6, chunks=2, dtype="i8", zarr_format=zarr_format)
    assert sorted(tmp_path.rglob("*")) == files


@formats
def test_overwriting_deletes_them(tmp_path: Path, zarr_format: Any) -> None:
    without_document(tmp_path, zarr_format)
    array = zarr.create_array(
        tmp_path, name="a", shape=6, chunks=2, dtype="i8", zarr_format=zarr_format, overwrite=True
    )
    np.testing.assert_array_equal(array[...], np.zeros(6))


STORES: dict[str, Callable[[Path], Store]] = {
    "objects": lambda _: ObjectStore(ObstoreMemory()),
    "fsspec": lambda path: FsspecStore.from_url(f"memory://{path}"),
    "waiting": lambda _: LatencyStore(MemoryStore()),
    "sqlite": lambda path: SQLiteStore(path / "a.db"),
}
stores = pytest.mark.parametrize("kind", STORES)


@stores
@formats
@pytest.mark.parametrize("many", [False, True])
def test_nor_in_other_stores(tmp_path: Path, kind: str, zarr_format: Any, many: bool) -> None:
    store = STORES[kind](tmp_path)
    group = zarr.create_group(store, zarr_format=zarr_format)
    group.create_array("b/a", data=np.arange(1, 7), chunks=2)
    sync(store.delete("b/a/zarr.json" if zarr_format == 3 else "b/a/.zarray"))
    options: Any = {"shape": 6, "chunks": 2, "dtype": "i8", "zarr_format": zarr_format}
    new = zarr.create_array({}, **options).metadata

    def make(overwrite: bool) -> None:
        if many:
            dict(zarr.create_hierarchy(store=store, nodes={"b/a": new}, overwrite=overwrite))
        else:
            zarr.create_array(store, name="b/a", overwrite=overwrite, **options)

    with pytest.raises(FileExistsError, match=r"b/a holds '(c|[012])'.*overwrite=True"):
        make(False)
    assert "a" not in zarr.open_group(store)["b"]
    make(True)
    np.testing.assert_array_equal(zarr.open_array(store, path="b/a")[...], np.zeros(6))
    with pytest.raises(ContainsArrayError):
        make(False)


@stores
@formats
def test_other_nodes_are_no_chunks(tmp_path: Path, kind: str, zarr_format: Any) -> None:
    """A deletion of one node beside, above or below leaves the others what they were."""
    store = STORES[kind](tmp_path)
    group = zarr.create_group(store, zarr_format=zarr_format)
    for name in ("ab", "a/c", "a/0"):
        group.create_array(name, data=np.arange(6))
    zarr.create_array(store, name="abc", shape=3, dtype="i4", zarr_format=zarr_format)
    with pytest.raises(ContainsGroupError):
        zarr.create_array(store, name="a", shape=3, dtype="i4", zarr_format=zarr_format)
    sync(store.delete("a/zarr.json" if zarr_format == 3 else "a/.zgroup"))
    zarr.create_array(store, name="a", shape=3, dtype="i4", zarr_format=zarr_format)
    assert sorted(zarr.open_group(store)) == ["a", "ab", "abc"]


@formats
def test_a_deletion_that_stops_in_a_database_is_not_begun(tmp_path: Path, zarr_format: Any) -> None:
    store = SQLiteStore(tmp_path / "a.db")
    group = zarr.create_group(store, zarr_format=zarr_format)
    group.create_array("g/a", data=np.arange(6), chunks=2)
    before = sorted(store.keys_sync())
    with pytest.raises(ZeroDivisionError), store.transaction() as inside:
        del zarr.open_group(inside)["g"]
        raise ZeroDivisionError
    assert sorted(store.keys_sync()) == before
    calls: list[str] = []

    class Counting(SQLiteStore):
        def delete_sync(self, key: str) -> None:
            calls.append(key)

    del zarr.open_group(Counting(store.path))["g"]
    assert calls == []  # but for one call, that deletes all
    assert "g" not in group


@formats
def test_an_array_that_is_there_is_what_the_error_says(tmp_path: Path, zarr_format: Any) -> None:
    zarr.create_array(tmp_path, data=np.arange(6), zarr_format=zarr_format)
    with pytest.raises(ContainsArrayError):
        zarr.create_array(tmp_path, shape=6, dtype="i8", zarr_format=zarr_format)


def test_nodes_with_names_of_chunks_are_none(tmp_path: Path) -> None:
    for name in ("0", "c"):
        zarr.create_group(tmp_path / name)
    zarr.create_array(tmp_path, shape=6, dtype="i8")


@formats
@pytest.mark.parametrize("node", ["array", "group"])
def test_attributes_that_are_left_over_are_replaced(tmp_path: Path, zarr_format: Any, node: str) -> None:
    zarr.create_group(tmp_path, path="a", attributes={"old": 1}, zarr_format=2)
    (tmp_path / "a" / ".zgroup").unlink()
    if node == "group":
        zarr.create_group(tmp_path, path="a", attributes={"new": 2}, zarr_format=zarr_format)
    else:
        zarr.create_array(
            tmp_path, name="a", shape=2, dtype="i4", attributes={"new": 2}, zarr_format=zarr_format
        )
    assert dict(zarr.open(tmp_path, path="a").attrs) == {"new": 2}


@formats
def test_where_directories_cannot_be_renamed(tmp_path: Path, zarr_format: Any, monkeypatch: Any) -> None:
    """As on some overlays: the documents go first, so that nothing is there in part."""

    group = zarr.create_group(LocalStore(tmp_path), zarr_format=zarr_format)
    group.create_array("g/a", data=np.arange(6), chunks=2)

    def rename(*args: Any) -> None:
        raise OSError(errno.EXDEV, "not here")

    def stop(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.EIO, "stopped")

    monkeypatch.setattr(os, "rename", rename)
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", stop)
        with pytest.raises(OSError, match="stopped"):
            del group["g"]
    assert "g" not in group
    assert not [p for p in (tmp_path / "g").rglob("*") if p.name in ("zarr.json", ".zarray", ".zgroup")]
    assert (tmp_path / "g" / "a").exists()
    zarr.create_group(LocalStore(tmp_path), path="g", zarr_format=zarr_format)
    del group["g"]
    assert not (tmp_path / "g").exists()
