"""Filesystems of fsspec below arrays and groups."""

from __future__ import annotations

import uuid
from pathlib import Path

import fsspec
import numpy as np
import pytest
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper

import zarr

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def url() -> str:
    return f"memory://{uuid.uuid4()}"


def test_by_url(url: str) -> None:
    data = np.arange(100).reshape(10, 10)
    root = zarr.open_group(url, mode="w")
    root.create_array("a/b", data=data, chunks=(3, 4), shards=(6, 8))
    root.attrs["n"] = 1
    found = zarr.open_group(url, mode="r")
    assert dict(found.attrs) == {"n": 1}
    np.testing.assert_array_equal(found["a/b"][2:9, ::2], data[2:9, ::2])
    assert sorted(name for name, _ in found.members(max_depth=None)) == ["a", "a/b"]


def test_by_mapper(tmp_path: Path) -> None:
    mapper = fsspec.get_mapper(str(tmp_path / "a.zarr"), auto_mkdir=True)
    z = zarr.create_array(mapper, shape=(10,), dtype="i4", chunks=(3,))
    z[2:9] = 5
    np.testing.assert_array_equal(zarr.open_array(tmp_path / "a.zarr", mode="r")[:], [0, 0, *[5] * 7, 0])


def test_by_filesystem(tmp_path: Path) -> None:
    filesystem = AsyncFileSystemWrapper(fsspec.filesystem("file", auto_mkdir=True), asynchronous=True)
    store = zarr.storage.FsspecStore(filesystem, path=str(tmp_path))
    zarr.create_array(store, name="x", data=np.arange(5), chunks=2)
    np.testing.assert_array_equal(zarr.open_array(store, path="x")[1:4], [1, 2, 3])
    del zarr.open_group(store)["x"]
    assert list(zarr.open_group(store)) == []


def test_consolidated_and_cached(url: str) -> None:
    root = zarr.create_group(url)
    for name in "abc":
        root.create_array(name, data=np.arange(4))
    zarr.consolidate_metadata(url)
    cached = f"simplecache::{url}"
    found = zarr.open_consolidated(cached, storage_options={"simplecache": {}}, mode="r")
    assert sorted(found) == ["a", "b", "c"]
    np.testing.assert_array_equal(found["b"][:], np.arange(4))
