"""Stores whose values are replaced only if nobody else did: nobody's change is lost, without locks."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import numpy as np
import pytest
from obstore.store import MemoryStore as ObstoreMemory

import zarr
from zarr.core.buffer import default_buffer_prototype
from zarr.errors import ConflictError
from zarr.storage import ObjectStore, _versions


class Meddled(ObjectStore[Any]):
    """Does something, as another process would, just before a value is replaced."""

    before: list[Any]

    async def _set_if_version(self, key: str, value: Any, version: Any) -> bool:
        if self.before and key == self.before[0][0]:
            _, patch = self.before.pop(0)
            other = ObjectStore(self.store)
            old, seen = await other._get_versioned(key)
            assert await other._set_if_version(key, patch(old), seen)
        return await super()._set_if_version(key, value, version)


@pytest.fixture
def store() -> Meddled:
    store = Meddled(ObstoreMemory())
    store.before = []
    return store


def replaced(old: bytes, new: bytes) -> Any:
    def patch(value: Any) -> Any:
        data = b"" if value is None else value.to_bytes()
        assert old in data
        return default_buffer_prototype().buffer.from_bytes(data.replace(old, new))

    return patch


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_an_attribute_beside_another(store: Meddled, zarr_format: Any) -> None:
    array = zarr.create_array(
        store, shape=3, dtype="i4", attributes={"a": 1}, name="x", zarr_format=zarr_format
    )
    document = "x/zarr.json" if zarr_format == 3 else "x/.zattrs"
    store.before = [(document, replaced(b'"a": 1', b'"a": 1, "theirs": 2'))]
    array.attrs["ours"] = 3
    assert dict(zarr.open_array(store, path="x").attrs) == {"a": 1, "theirs": 2, "ours": 3}
    assert not store.before


def test_a_group(store: Meddled) -> None:
    group = zarr.create_group(store, attributes={"a": 1})
    store.before = [("zarr.json", replaced(b'"a": 1', b'"a": 1, "theirs": 2'))]
    group.attrs["ours"] = 3
    assert dict(zarr.open_group(store).attrs) == {"a": 1, "theirs": 2, "ours": 3}


def test_an_append_beside_another(store: Meddled) -> None:
    array = zarr.create_array(store, shape=4, chunks=2, dtype="i4", fill_value=0)
    array[...] = 1
    store.before = [("zarr.json", replaced(b'"shape": [\n    4', b'"shape": [\n    6'))]
    array.append(np.full(2, 9))
    assert not store.before
    assert array.shape == (8,)
    got = zarr.open_array(store)[...]
    assert got.shape == (8,)
    np.testing.assert_array_equal(got[[0, 1, 2, 3, 6, 7]], [1, 1, 1, 1, 9, 9])


@pytest.mark.parametrize("shards", [None, 8])
def test_parts_of_one_chunk(store: Meddled, shards: Any) -> None:
    options: Any = {"shape": 8, "chunks": 2 if shards else 8, "shards": shards, "dtype": "i4"}
    array = zarr.create_array(store, **options)
    array[0:2] = 1
    theirs = zarr.storage.MemoryStore()
    zarr.create_array(theirs, **options)[0:4] = [1, 1, 5, 5]
    store.before = [("c/0", lambda old: theirs.get_sync("c/0"))]
    array[6:8] = 7
    np.testing.assert_array_equal(zarr.open_array(store)[...], [1, 1, 5, 5, 0, 0, 7, 7])
    assert not store.before


@pytest.mark.parametrize("shards", [None, 8])
def test_fields_of_the_same_records(store: Meddled, shards: Any) -> None:
    dtype = np.dtype([("f", "i4"), ("g", "i4")])
    options: Any = {"shape": 8, "chunks": 2 if shards else 8, "shards": shards, "dtype": dtype}
    array = zarr.create_array(store, **options)
    array["f"] = 1
    theirs = zarr.storage.MemoryStore()
    other = zarr.create_array(theirs, **options)
    other["f"], other["g"] = 1, 5
    store.before = [("c/0", lambda old: theirs.get_sync("c/0"))]
    array["f"] = 7
    assert not store.before
    assert zarr.open_array(store)[...].tolist() == [(7, 5)] * 8


@pytest.mark.parametrize("shards", [None, 8])
def test_a_chunk_that_becomes_empty_is_replaced(store: Meddled, shards: Any) -> None:
    chunks = 2 if shards else 8
    array = zarr.create_array(store, shape=8, chunks=chunks, shards=shards, dtype="i4", fill_value=3)
    array[0:2] = 3
    assert array.nchunks_initialized == 0
    array[0:2] = 1
    array[0:2] = 3
    np.testing.assert_array_equal(array[...], np.full(8, 3))
    array[...] = 3
    assert array.nchunks_initialized == 0


def test_others_are_always_quicker(store: Meddled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zarr.core.metadata.changing.ATTEMPTS", 3)
    group = zarr.create_group(store, attributes={"a": 1})
    store.before = [("zarr.json", replaced(b'"a"', b'"a"')) for _ in range(3)]
    with pytest.raises(ConflictError, match="changed the documents 3 times"):
        group.attrs["ours"] = 3
    assert dict(zarr.open_group(store).attrs) == {"a": 1}


def test_it_can_be_turned_off(store: Meddled) -> None:
    assert _versions.has_versions(store)
    with zarr.config.set({"storage.conditional_writes": False}):
        assert not _versions.has_versions(store)
        zarr.create_group(store).attrs["a"] = 1
    assert not _versions.has_versions(zarr.storage.MemoryStore())


@pytest.mark.parametrize(
    "options",
    [{"chunks": 10, "zarr_format": 2}, {"chunks": 10, "zarr_format": 3}, {"chunks": 5, "shards": 10}],
)
def test_an_append_to_the_chunk_in_which_another_ends(options: dict[str, Any]) -> None:
    """Of the last chunk there is, when the first one begins, nothing but what it appends."""
    inside = ObstoreMemory()
    zarr.create_array(ObjectStore(inside), shape=14, dtype="i4", **options)
    others: list[threading.Thread] = []

    def append_too(key: str) -> None:
        if key.rpartition("/")[2] == "2" and not others:
            other = zarr.open_array(ObjectStore(inside), mode="r+")
            others.append(threading.Thread(target=other.append, args=(np.full(7, 2),)))
            others[0].start()
            others[0].join()

    class Late(ObjectStore[Any]):
        async def set(self, key: str, value: Any, byte_range: Any = None) -> None:
            await asyncio.to_thread(append_too, key)
            await super().set(key, value, byte_range)

        async def _set_if_version(self, key: str, value: Any, version: Any) -> bool:
            await asyncio.to_thread(append_too, key)
            return await super()._set_if_version(key, value, version)

        @property
        def _lock_scope(self) -> Any:
            return id(self)

    zarr.open_array(Late(inside), mode="r+").append(np.full(7, 1))
    assert others
    assert zarr.open_array(ObjectStore(inside))[14:].tolist() == [1] * 7 + [2] * 7


def test_many_processes_worth_of_appends() -> None:
    """Handles with locks of their own, as processes have them."""
    inside = ObstoreMemory()

    class Apart(ObjectStore[Any]):
        @property
        def _lock_scope(self) -> Any:
            return id(self)

    zarr.create_array(ObjectStore(inside), shape=0, chunks=10, dtype="i8")

    def work(number: int) -> None:
        array = zarr.open_array(Apart(inside), mode="r+")
        for turn in range(8):
            array.append(np.full(7, number * 100 + turn))
            array.attrs[f"{number}-{turn}"] = turn

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    array = zarr.open_array(ObjectStore(inside))
    blocks = array[...].reshape(-1, 7)
    assert (blocks == blocks[:, :1]).all()
    assert sorted(blocks[:, 0]) == sorted(n * 100 + t for n in range(4) for t in range(8))
    assert len(array.attrs) == 32
