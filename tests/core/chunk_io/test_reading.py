"""Reading a shard in several reads: the index is kept, and all reads see one state of the shard."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.abc.buffer import UNSURE
from zarr.abc.store import RangeByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.core.chunk_io.reading import indexes
from zarr.errors import ChunkError
from zarr.storage import LocalStore, MemoryStore, WrapperStore

KEY = "c/0"


@pytest.fixture(autouse=True)
def no_indexes() -> Iterator[None]:
    indexes.clear()
    yield
    indexes.clear()


class Counting(WrapperStore[Any]):
    """Counts what is read of chunks, and does something before chosen reads."""

    _suspends = False

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.reads: list[Any] = []
        self.before: dict[int, Callable[[], None]] = {}

    def _note(self, key: str, byte_range: Any) -> None:
        if "c/" in key:
            self.before.pop(len(self.reads), lambda: None)()
            self.reads.append(byte_range)

    def get_sync(self, key: str, *, prototype: Any = None, byte_range: Any = None) -> Any:
        self._note(key, byte_range)
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)

    def get_ranges_sync(self, key: str, ranges: Any, **options: Any) -> Any:
        self._note(key, ranges)
        return self._store.get_ranges_sync(key, ranges, **options)


class Waiting(WrapperStore[Any]):
    """The same where coroutines wait."""

    _suspends = True

    def __init__(self, store: Any) -> None:
        super().__init__(store)
        self.reads: list[Any] = []
        self.before: dict[int, Callable[[], None]] = {}

    async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
        if "c/" in key:
            self.before.pop(len(self.reads), lambda: None)()
            self.reads.append(byte_range)
        return await super().get(key, prototype, byte_range)

    get_ranges = zarr.abc.store.Store.get_ranges  # type: ignore[assignment]


@pytest.fixture(params=[Counting, Waiting])
def wrapper(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=["memory", "local"])
def inside(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return MemoryStore() if request.param == "memory" else LocalStore(tmp_path / "a")


def sizes(n: int) -> Any:
    """Data whose inner chunks have other places in the shard for each n."""
    return np.repeat(np.arange(8, dtype="i4") % 2 * n, 100) * np.arange(800, dtype="i4") + n


def make(store: Any, data: Any) -> Any:
    return zarr.create_array(store, data=data, chunks=(100,), shards=(800,), overwrite=True)


def settle(store: Any) -> None:
    """Let the time go by in which a local store is not sure."""
    if isinstance(store, LocalStore):
        time.sleep(0.06)


def test_the_index_is_read_once(wrapper: Any, inside: Any) -> None:
    make(inside, sizes(3))
    settle(inside)
    store = wrapper(inside)
    array = zarr.open_array(store, mode="r+")
    counts = []
    for i in (0, 5, 7, 2):
        store.reads.clear()
        np.testing.assert_array_equal(array[i * 100 : i * 100 + 50], sizes(3)[i * 100 : i * 100 + 50])
        counts.append(len(store.reads))
    assert counts == [2, 1, 1, 1]


def test_an_index_is_shared_by_handles(inside: Any) -> None:
    make(inside, sizes(3))
    settle(inside)
    assert zarr.open_array(inside)[0] == 3
    store = Counting(inside)
    assert zarr.open_array(store)[3] == 3
    assert len(store.reads) == 1


def test_a_kept_index_is_not_used_for_another_state(wrapper: Any, inside: Any) -> None:
    store = wrapper(inside)
    array = zarr.open_array(make(inside, sizes(1)).store_path.store)
    reader = zarr.open_array(store, mode="r+")
    for n in range(2, 30):
        if n % 3 == 0:
            settle(inside)
        assert reader[750] == sizes(n - 1)[750]
        array[...] = sizes(n)
        assert reader[150] == sizes(n)[150]


@pytest.mark.parametrize("kept", [True, False])
def test_a_shard_that_changes_between_index_and_data(wrapper: Any, inside: Any, kept: bool) -> None:
    array = make(inside, sizes(1))
    settle(inside)
    store = wrapper(inside)
    reader = zarr.open_array(store, mode="r+")
    if kept:
        assert reader[650] == sizes(1)[650]
        store.reads.clear()
    last = 0 if kept else 1

    def change() -> None:
        array[...] = sizes(1 << 28)

    store.before[last] = change
    np.testing.assert_array_equal(reader[600:790:7], sizes(1 << 28)[600:790:7])
    assert store.reads[-1] is None or len(store.reads) >= last + 2


def test_a_shard_that_changes_all_the_time_is_read_whole(wrapper: Any, inside: Any) -> None:
    array = make(inside, sizes(1))
    settle(inside)
    store = wrapper(inside)
    reader = zarr.open_array(store, mode="r+")
    for i in range(10):
        store.before[i] = lambda i=i: array.set_basic_selection(..., sizes(i + 2))
    got = reader[700:790]
    assert store.reads[-1] is None
    np.testing.assert_array_equal(got, sizes(len(store.reads) + 1)[700:790])


def test_a_shard_that_goes_away_is_missing(wrapper: Any, inside: Any) -> None:
    make(inside, sizes(1))
    settle(inside)
    store = wrapper(inside)
    reader = zarr.open_array(store, mode="r+")
    assert reader[650] == sizes(1)[650]
    store.before[len(store.reads)] = lambda: inside.delete_sync(KEY)
    assert reader[750] == 0


def test_a_store_that_refuses_what_a_kept_index_asks_for(wrapper: Any) -> None:
    """As servers do where a range begins behind the end."""
    inside = MemoryStore()
    array = make(inside, sizes(1 << 28))
    store = wrapper(inside)
    reader = zarr.open_array(store, mode="r+")
    assert reader[750] == sizes(1 << 28)[750]
    array[...] = sizes(1)

    def refuse() -> None:
        raise OSError("416 Range Not Satisfiable")

    store.before[len(store.reads)] = refuse
    assert reader[750] == sizes(1)[750]


def test_an_error_of_a_fresh_read_is_an_error(wrapper: Any) -> None:
    inside = MemoryStore()
    make(inside, sizes(1))
    store = wrapper(inside)
    reader = zarr.open_array(store, mode="r+")

    def refuse() -> None:
        raise OSError("403 Forbidden")

    store.before[0] = refuse
    with pytest.raises(OSError, match="403"):
        reader[750]


def test_a_store_that_tells_no_generation(wrapper: Any) -> None:
    inside = MemoryStore()
    make(inside, sizes(4))

    class Silent(wrapper):  # type: ignore[misc]
        _suspends = wrapper._suspends

        def get_sync(self, key: str, **options: Any) -> Any:
            found = super().get_sync(key, **options)
            return found if found is None else type(found).from_bytes(found.to_bytes())

        async def get(self, key: str, *args: Any) -> Any:
            found = await super().get(key, *args)
            return found if found is None else type(found).from_bytes(found.to_bytes())

    store = Silent(inside)
    reader = zarr.open_array(store, mode="r+")
    assert [reader[750], reader[150]] == [sizes(4)[750], sizes(4)[150]]
    assert len(store.reads) == 4
    assert len(indexes) == 0


def test_a_damaged_inner_chunk_is_an_error_with_a_kept_index(inside: Any) -> None:
    make(inside, sizes(5))
    data = bytearray(inside.get_sync(KEY).to_bytes())
    data[0:8] = b"nonsense"
    inside.set_sync(KEY, default_buffer_prototype().buffer.from_bytes(bytes(data)))
    settle(inside)
    reader = zarr.open_array(inside, mode="r+")
    for _ in range(3):
        with pytest.raises(ChunkError, match="inner chunk"):
            reader[0]
        assert reader[750] == sizes(5)[750]


def test_a_file_that_was_just_written_is_unsure(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    value = default_buffer_prototype().buffer.from_bytes(b"abcd")
    store.set_sync("k", value)
    part = store.get_sync("k", byte_range=RangeByteRequest(0, 2))
    assert part is not None
    assert part.generation is UNSURE
    time.sleep(0.06)
    sure = store.get_sync("k", byte_range=RangeByteRequest(0, 2))
    again = store.get_sync("k", byte_range=RangeByteRequest(2, 3))
    assert sure is not None
    assert again is not None
    assert sure.generation == again.generation != UNSURE
    assert sure[0:1].generation == sure.generation
    os.utime(tmp_path / "k")
    later = store.get_sync("k", byte_range=RangeByteRequest(0, 2))
    assert later is not None
    assert later.generation != sure.generation


@pytest.mark.parametrize("kind", ["memory", "local"])
def test_a_reader_beside_a_writer_sees_whole_chunks(kind: str, tmp_path: Path) -> None:
    store: Any = MemoryStore() if kind == "memory" else LocalStore(tmp_path)
    array = zarr.create_array(store, shape=800, chunks=100, shards=800, dtype="i4", fill_value=-1)
    array[...] = 1
    stop = threading.Event()

    def write() -> None:
        n = 1
        while not stop.is_set():
            n += 1
            array[...] = np.repeat(n * (np.arange(8, dtype="i4") + 1) ** (n % 5), 100)  # places differ

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for i in range(400):
            at = i % 8 * 100
            part = array[at : at + 100]
            assert (part == part[0]).all()
            assert part[0] >= 1
    finally:
        stop.set()
        writer.join()
