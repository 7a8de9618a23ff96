"""The cache of decoded chunks: what it saves, and that no changed chunk is ever served from it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import zarr
from zarr.abc.store import Store
from zarr.codecs import ZstdCodec
from zarr.core.buffer.cpu import Buffer
from zarr.core.chunk_io import decoded
from zarr.storage import LocalStore, LoggingStore, MemoryStore, WrapperStore
from zarr.testing.store import LatencyStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAYOUTS: dict[str, dict[str, Any]] = {
    "chunks": {"chunks": (4, 4)},
    "shards": {"chunks": (2, 2), "shards": (8, 8)},
    "checksum": {"chunks": (4, 4), "checksum": True},
    "format 2": {"chunks": (4, 4), "zarr_format": 2},
}
ROOM = 1 << 20


@pytest.fixture(autouse=True)
def room() -> Iterator[None]:
    with zarr.config.set({"chunk_cache.max_bytes": ROOM}):
        yield
    decoded.chunks.clear()


class Counting(WrapperStore[Store]):
    """Counts what is read of chunks, and says what state they are in."""

    _suspends = False

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.reads = 0

    def get_sync(self, key: str, **options: Any) -> Any:
        if not key.rpartition("/")[2].startswith((".z", "zarr.json")):
            self.reads += 1
        return self._store.get_sync(key, **options)  # type: ignore[attr-defined]

    def get_ranges_sync(self, key: str, *args: Any, **options: Any) -> Any:
        self.reads += 1
        return self._store.get_ranges_sync(key, *args, **options)  # type: ignore[attr-defined]

    def _state_of(self, key: str) -> Any:
        return self._store._state_of(key)


def array_of(store: Store, layout: str = "chunks", **options: Any) -> tuple[zarr.Array[Any], Any]:
    data = np.arange(1, 257, dtype="i4").reshape(16, 16)
    array = zarr.create_array(store, shape=(16, 16), dtype="i4", **{**LAYOUTS[layout], **options})
    array[...] = data
    return array, data


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_was_read_is_not_read_again(layout: str) -> None:
    store = Counting(MemoryStore())
    array, data = array_of(store, layout)
    np.testing.assert_array_equal(array[:8, :8], data[:8, :8])
    before = store.reads
    for _ in range(2):
        np.testing.assert_array_equal(array[1:7, 2:8], data[1:7, 2:8])
        np.testing.assert_array_equal(zarr.open_array(store)[:8:3, 0], data[:8:3, 0])
        np.testing.assert_array_equal(array.vindex[[0, 5], [1, 7]], data[[0, 5], [1, 7]])
        np.testing.assert_array_equal(array.oindex[[5, 0], [7]], data[[5, 0]][:, [7]])
    assert store.reads == before
    np.testing.assert_array_equal(array[...], data)
    assert store.reads > before


def test_it_is_off_by_default() -> None:
    assert zarr.config.defaults[0]["chunk_cache"]["max_bytes"] == 0
    with zarr.config.set({"chunk_cache.max_bytes": 0}):
        store = Counting(MemoryStore())
        array, _ = array_of(store)
        array[...], array[...]
        assert store.reads == 32
        assert decoded.chunks.nbytes == 0


def test_it_is_bounded_in_bytes() -> None:
    store = Counting(MemoryStore())
    array, data = array_of(store)
    with zarr.config.set({"chunk_cache.max_bytes": 3 * 64}):
        for _ in range(2):
            np.testing.assert_array_equal(array[...], data)
            assert 0 < decoded.chunks.nbytes <= 3 * 64
        with zarr.config.set({"chunk_cache.max_bytes": 64}):
            np.testing.assert_array_equal(array[...], data)
            assert decoded.chunks.nbytes <= 64


@pytest.mark.parametrize("wrong", [-1, "much", None])
def test_a_wrong_limit_is_an_error(wrong: Any) -> None:
    array, _ = array_of(MemoryStore())
    with (
        zarr.config.set({"chunk_cache.max_bytes": wrong}),
        pytest.raises(ValueError, match=r"chunk_cache\.max_bytes"),
    ):
        array[...]


def test_what_is_returned_is_the_callers() -> None:
    array, data = array_of(MemoryStore())
    for _ in range(2):
        got = array[...]
        np.testing.assert_array_equal(got, data)
        got[...] = 0


class Secret(WrapperStore[Store]):
    """Other bytes than those of the store that it wraps."""

    _suspends = False

    def get_sync(self, key: str, **options: Any) -> Any:
        value = self._store.get_sync(key, **options)  # type: ignore[attr-defined]
        if value is None or key.endswith("zarr.json"):
            return value
        return Buffer.from_bytes(bytes(255 - b for b in value.to_bytes()))


def test_a_store_that_changes_bytes_has_chunks_of_its_own() -> None:
    inner = MemoryStore()
    array, data = array_of(inner, compressors=None)
    hidden = zarr.open_array(Secret(inner))
    for _ in range(2):
        np.testing.assert_array_equal(array[...], data)
        np.testing.assert_array_equal(hidden[...], ~data)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_changes_by_others_show_on_a_local_store(layout: str, tmp_path: Path) -> None:
    array, data = array_of(LocalStore(tmp_path), layout)
    for turn in range(3):
        for path in tmp_path.rglob("*"):  # older than the step of the clock, so that states can be told apart
            os.utime(path, (time.time() - 10 + turn,) * 2)
        for _ in range(2):
            np.testing.assert_array_equal(array[...], data)
        data = data + 1
        with zarr.config.set({"chunk_cache.max_bytes": 0}):
            zarr.open_array(tmp_path)[...] = data
    np.testing.assert_array_equal(array[...], data)


def test_chunks_that_are_deleted_are_missing() -> None:
    store = MemoryStore()
    array, data = array_of(store)
    np.testing.assert_array_equal(array[...], data)
    store.delete_sync("c/0/0")
    assert (array[:4, :4] == 0).all()
    np.testing.assert_array_equal(array[4:], data[4:])


def test_an_array_of_other_codecs_at_the_same_place() -> None:
    store = MemoryStore()
    array, data = array_of(store, compressors=None)
    np.testing.assert_array_equal(array[...], data)
    document = store.get_sync("zarr.json").to_bytes().replace(b'"int32"', b'"uint32"')  # type: ignore[union-attr]
    store.set_sync("zarr.json", Buffer.from_bytes(document.replace(b'"little"', b'"big"')))
    np.testing.assert_array_equal(zarr.open_array(store)[...], data.astype("u4").byteswap())


@st.composite
def parts(draw: st.DrawFn) -> tuple[slice, ...]:
    bounds = [sorted(draw(st.tuples(st.integers(0, 16), st.integers(0, 16)))) for _ in range(2)]
    return tuple(slice(start, stop, draw(st.sampled_from([1, 1, 2]))) for start, stop in bounds)


class Waiting(LatencyStore):
    """A store that waits, and says what state a value is in."""

    def _state_of(self, key: str) -> Any:
        return self._store._state_of(key)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_stores_that_wait(layout: str) -> None:
    array, data = array_of(Waiting(MemoryStore(), get_latency=0, set_latency=0), layout)
    np.testing.assert_array_equal(array[...], data)
    kept = decoded.chunks.nbytes
    assert kept == data.nbytes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Waiting, "get", None)
        np.testing.assert_array_equal(array[3:9, ::2], data[3:9, ::2])


STORES = {
    "memory": MemoryStore,
    "logging": lambda: LoggingStore(MemoryStore(), log_level="ERROR"),
    "waiting": lambda: Waiting(MemoryStore(), get_latency=0, set_latency=0),
}


@pytest.mark.differential
@pytest.mark.parametrize("name", STORES)
@given(
    st.sampled_from(list(LAYOUTS)), st.lists(st.tuples(st.sampled_from("rrrwd"), parts(), st.integers(0, 1)))
)
def test_against_numpy(name: str, layout: str, steps: list[Any]) -> None:
    store = STORES[name]()  # type: ignore[operator]
    array, expected = array_of(
        store, layout, **({} if layout == "format 2" else {"compressors": [ZstdCodec()]})
    )
    handles = array, zarr.open_array(store)
    for i, (what, part, which) in enumerate(steps):
        if what == "w":
            handles[which][part] = i
            expected[part] = i
        elif what == "d":
            array.resize((8, 16))
            array.resize((16, 16))
            expected[8:] = 0
        else:
            np.testing.assert_array_equal(handles[which][part], expected[part])
    np.testing.assert_array_equal(array[...], expected)
