"""MappingStore: the exported suite and machines over several mappings, and which store a mapping means."""

from __future__ import annotations

import asyncio
import dbm.dumb
import shelve
import threading
from collections import UserDict, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from machines import run_machine

import zarr
from zarr.abc.buffer import Buffer
from zarr.abc.store import RangeByteRequest
from zarr.core.buffer import cpu
from zarr.storage import MappingStore, MemoryStore, WrapperStore
from zarr.storage._mapping import store_of_mapping
from zarr.testing.stateful import ZarrHierarchyStateMachine, ZarrStoreStateMachine
from zarr.testing.store import StoreTests


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


class TestMappingStore(StoreTests[MappingStore, cpu.Buffer]):
    store_cls = MappingStore
    buffer_cls = cpu.Buffer
    make: Any = dict

    async def set(self, store: MappingStore, key: str, value: Buffer) -> None:
        store._mapping[key] = value.to_bytes()

    async def get(self, store: MappingStore, key: str) -> Buffer:
        assert type(store._mapping[key]) is bytes
        return buffer(store._mapping[key])

    @pytest.fixture
    def store_kwargs(self) -> dict[str, Any]:
        return {"mapping": type(self).make()}

    def test_store_repr(self, store: MappingStore) -> None:
        name = type(store._mapping).__name__
        assert str(store) == f"mapping://{name}-{id(store._mapping)}"
        assert repr(store) == f"MappingStore('{store}')"

    def test_store_supports_writes(self, store: MappingStore) -> None:
        assert store.supports_writes
        assert store.supports_deletes

    def test_store_supports_listing(self, store: MappingStore) -> None:
        assert store.supports_listing


class TestMappingStoreOfUserDict(TestMappingStore):
    make = UserDict


class TestMappingStoreOfDefaultDict(TestMappingStore):
    """Looking for a key must not make it."""

    make = staticmethod(lambda: defaultdict(bytes))


class TestMappingStoreOfShelf(TestMappingStore):
    make = staticmethod(lambda: shelve.Shelf({}))


def test_a_shelf_in_a_file(tmp_path: Path) -> None:
    with shelve.open(str(tmp_path / "shelf")) as shelf:
        array = zarr.create_array(MappingStore(shelf), data=np.arange(100), chunks=3)
        array[50:60] = 0
    with shelve.open(str(tmp_path / "shelf"), "r") as shelf:
        expected = np.arange(100)
        expected[50:60] = 0
        np.testing.assert_array_equal(zarr.open_array(MappingStore(shelf), mode="r")[:], expected)


def test_keys_of_bytes(tmp_path: Path) -> None:
    """As the modules of ``dbm`` have them."""
    with dbm.dumb.open(str(tmp_path / "db"), "c") as db:
        store = MappingStore(db)  # type: ignore[arg-type]
        array = zarr.create_array(store, name="a", data=np.arange(10), chunks=3)
        np.testing.assert_array_equal(array[:], np.arange(10))
        assert sorted(store.list_dir_sync("a")) == ["c", "zarr.json"]
        asyncio.run(store.delete_dir("a"))
        assert sorted(store.keys_sync()) == ["zarr.json"]


@pytest.mark.machine
def test_store_machine() -> None:
    run_machine(lambda: ZarrStoreStateMachine(MappingStore({})))


@pytest.mark.machine
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
@pytest.mark.parametrize("wrap", [lambda store: store, WrapperStore])
def test_hierarchy_machine(wrap: Any) -> None:
    run_machine(lambda: ZarrHierarchyStateMachine(wrap(MappingStore({}))))


@pytest.mark.parametrize(
    "value", [b"12345", bytearray(b"12345"), memoryview(b"12345"), np.frombuffer(b"12345", "B")]
)
def test_values_like_bytes(value: Any) -> None:
    store = MappingStore({"k": value})
    found = store.get_sync("k")
    assert found is not None
    assert found.to_bytes() == b"12345"
    if isinstance(value, bytearray):
        value[0] = 0
        assert found.to_bytes() == b"12345"
    part = store.get_sync("k", byte_range=RangeByteRequest(1, 3))
    assert part is not None
    assert part.to_bytes() == b"23"
    assert store.getsize_sync("k") == 5


def test_values_of_several_bytes_each() -> None:
    """Zarr-Python 2 put arrays into a dict."""
    store = MappingStore({"k": np.arange(3, dtype="<i4"), "none": None})
    found = store.get_sync("k")
    assert found is not None
    assert found.to_bytes() == np.arange(3, dtype="<i4").tobytes()
    assert store.get_sync("none") is None


def test_values_that_are_no_bytes() -> None:
    store = MappingStore({"k": "text", 5: b"", "good": b"1"})
    with pytest.raises(TypeError, match="the value of key 'k' in MappingStore.* is not bytes-like but str"):
        store.get_sync("k")
    assert sorted(store.keys_sync()) == ["good", "k"]
    for key in ("", "../a", "a/"):
        with pytest.raises(ValueError):
            store.set_sync(key, buffer(b""))
    with pytest.raises(TypeError, match="must be a Buffer"):
        store.set_sync("a", b"")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="must be a Mapping"):
        MappingStore([])  # type: ignore[arg-type]


def test_a_mapping_that_cannot_be_changed_is_read_only() -> None:
    inside = {"k": b"1"}
    for store in (MappingStore(MappingProxyType(inside)), MappingStore(inside, read_only=True)):
        assert store.read_only
        for change in (
            store.set("b", buffer(b"")),
            store.set_if_not_exists("b", buffer(b"")),
            store.delete("k"),
            store.delete_dir(""),
            store.clear(),
        ):
            with pytest.raises(ValueError, match="read-only"):
                asyncio.run(change)
    assert inside == {"k": b"1"}
    assert MappingStore(MappingProxyType(inside)).with_read_only(False).read_only


@pytest.mark.parametrize("thread_safe", [False, True])
def test_threads_take_turns(thread_safe: bool) -> None:
    class Fragile(UserDict[str, bytes]):
        inside = most = 0

        def __setitem__(self, key: str, value: bytes) -> None:
            Fragile.inside += 1
            barrier.wait(0.2) if thread_safe else None
            Fragile.most = max(Fragile.most, Fragile.inside)
            super().__setitem__(key, value)
            Fragile.inside -= 1

    barrier = threading.Barrier(2)
    mapping = Fragile()
    stores = [MappingStore(mapping, thread_safe=thread_safe), MappingStore(mapping, thread_safe=thread_safe)]

    def work(number: int) -> None:
        for i in range(20):
            stores[number].set_sync(f"{number}/{i}", buffer(b"1"))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mapping) == 40
    assert Fragile.most == (2 if thread_safe else 1)


def test_set_if_not_exists_has_one_winner() -> None:
    store = MappingStore(UserDict())
    won: list[object] = []
    threads = [
        threading.Thread(
            target=lambda i=i: won.append((store.set_if_not_exists_sync("k", buffer(b"%d" % i)), i))
        )
        for i in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [i for first, i in won if first]  # type: ignore[misc]
    assert store._mapping == {"k": b"%d" % winner}


class ReadOnlyMapping(Mapping[str, bytes]):
    def __getitem__(self, key: str) -> bytes:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def test_which_store_a_mapping_means() -> None:
    assert type(store_of_mapping({})) is MemoryStore
    values: dict[str, Any] = {"k": buffer(b"1")}
    memory = store_of_mapping(values)
    assert type(memory) is MemoryStore
    assert memory._store_dict is values
    assert store_of_mapping({}, read_only=True).read_only
    for mapping in ({"k": b"1"}, {"k": buffer(b"1"), "l": b"2"}, UserDict(), ReadOnlyMapping()):
        store = store_of_mapping(mapping)  # type: ignore[arg-type]
        assert type(store) is MappingStore
        assert store._mapping is mapping
    mixed = store_of_mapping({"k": buffer(b"1"), "l": b"2"})
    assert [mixed.get_sync(key) for key in "kl"] == [buffer(b"1"), buffer(b"2")]
