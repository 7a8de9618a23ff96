"""Chunks that reach past the array: what others put there, whose array is larger by now, stays."""

from __future__ import annotations

import subprocess
import sys
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from obstore.store import MemoryStore as ObstoreMemory
from waiting_codec import Waiting

import zarr
from zarr import registry
from zarr.codecs import BytesCodec, Crc32cCodec, ShardingCodec, ZstdCodec
from zarr.core.array.async_array import AsyncArray
from zarr.core.buffer import cpu
from zarr.core.chunk_io import bound, write
from zarr.registry import register_codec
from zarr.storage import LocalStore, MemoryStore, ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KINDS: dict[str, dict[str, Any]] = {
    "v2": {"chunks": (4, 4), "zarr_format": 2},
    "raw": {"chunks": (4, 4), "compressors": None},
    "zstd": {"chunks": (4, 4), "compressors": ZstdCodec(level=1)},
    "small": {"chunks": (2, 2)},  # which go together
    "shards": {"chunks": (2, 2), "shards": (8, 8)},
    "raw shards": {"chunks": (2, 2), "shards": (8, 8), "compressors": None},
    "one in a shard": {"chunks": (8, 8), "shards": (8, 8)},
}
SHAPE = (9, 11)
LARGER = (16, 16)


@pytest.fixture(params=["local", "memory", "object"])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Any]:
    """Stores of the same values."""
    if request.param == "local":
        return lambda: LocalStore(tmp_path)
    inside: Any = {} if request.param == "memory" else ObstoreMemory()
    return lambda: MemoryStore(inside) if request.param == "memory" else ObjectStore(inside)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("there", [True, False])
def test_a_handle_that_knows_less(new_store: Callable[[], Any], kind: str, *, there: bool) -> None:
    known = np.arange(99, dtype="i4").reshape(SHAPE)
    stale = zarr.create_array(new_store(), shape=SHAPE, dtype="i4", **KINDS[kind])
    if there:
        stale[...] = known
    other = zarr.open_array(new_store(), mode="r+")
    other.resize(LARGER)
    expected = np.full(LARGER, 7, "i4")
    other[...] = expected
    stale[...] = known + 1
    expected[:9, :11] = known + 1
    np.testing.assert_array_equal(zarr.open_array(new_store())[...], expected)
    stale[8:, :] = 5
    stale[:, 10] = 6
    expected[8, :11], expected[:9, 10] = 5, 6
    np.testing.assert_array_equal(zarr.open_array(new_store())[...], expected)


OTHER = """
import sys, zarr
array = zarr.open_array(sys.argv[1], mode="r+")
array.resize((16, 16))
array[9:], array[:, 11:] = 7, 7
"""


@pytest.mark.parametrize("kind", KINDS)
def test_a_chunk_that_is_made_meanwhile(tmp_path: Path, kind: str) -> None:
    """Of a file that is not there nobody can hold the lock."""
    calls = count()

    class Late(LocalStore):
        def get_sync(self, *args: Any, **kwargs: Any) -> Any:
            return super().get_sync(*args, **kwargs)

        def set_sync(self, key: str, value: Any) -> None:
            super().set_sync(key, value)

        def set_if_not_exists_sync(self, key: str, value: Any) -> bool | None:
            if not next(calls):
                subprocess.run([sys.executable, "-c", OTHER, str(tmp_path)], check=True)
            return super().set_if_not_exists_sync(key, value)

    zarr.create_array(tmp_path, shape=SHAPE, dtype="i4", **KINDS[kind])
    stale = zarr.open_array(Late(tmp_path), mode="r+")
    stale[...] = 1
    assert next(calls)
    expected = np.full(LARGER, 7, "i4")
    expected[:9, :11] = 1
    np.testing.assert_array_equal(zarr.open_array(tmp_path)[...], expected)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_damaged_is_replaced(new_store: Callable[[], Any], kind: str) -> None:
    """All that can be known of the chunk is given."""
    options = {**KINDS[kind]}
    if options.get("zarr_format") != 2:
        options["compressors"] = [Crc32cCodec()]
    array = zarr.create_array(new_store(), shape=SHAPE, dtype="i4", **options)
    array[...] = 1
    store: Any = new_store()
    for key in zarr.core.sync.sync(_chunks(store)):
        value = bytearray(zarr.core.sync.sync(store.get(key)).to_bytes())
        value[0] ^= 1
        value[-1] ^= 1
        zarr.core.sync.sync(store.set(key, zarr.core.buffer.cpu.Buffer.from_bytes(bytes(value))))
    array[...] = 2
    np.testing.assert_array_equal(zarr.open_array(new_store())[...], np.full(SHAPE, 2, "i4"))


async def _chunks(store: Any) -> list[str]:
    return [k async for k in store.list() if not k.rpartition("/")[2].startswith((".z", "zarr"))]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_but_the_fill_value_is_not_kept(kind: str) -> None:
    array = zarr.create_array(MemoryStore(), shape=SHAPE, dtype="i4", **KINDS[kind])
    array[...] = 1
    for _ in range(2):
        array[...] = 0
        assert array.nchunks_initialized == 0


def test_aligned_arrays_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    array = zarr.create_array(MemoryStore(), shape=(8, 8), chunks=(4, 4), dtype="i4")
    array[...] = 1
    monkeypatch.setattr(write, "_store", None)
    monkeypatch.setattr(bound.BoundArray, "put_new", None)
    array[...] = 2
    np.testing.assert_array_equal(array[...], np.full((8, 8), 2))


def test_which_chunks_are_open_ended() -> None:
    grid = zarr.core.chunk_grids.ChunkGrid.from_sizes((9, 8, 7), (4, 4, [3, 5]))
    open_ended = [coords for coords in grid.all_chunk_coords() if grid.is_open_ended(coords)]
    assert open_ended == [c for c in grid.all_chunk_coords() if c[0] == 2 or c[2] == 1]
    assert not grid.update_shape((0, 8, 8)).is_open_ended((0, 1, 1))


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Waiting:
    monkeypatch.setattr(registry, "_codecs", dict(registry._codecs))
    register_codec("waiting", Waiting)
    return Waiting()


def test_a_pipeline_keeps_it_too(new_store: Callable[[], Any], waiting: Waiting) -> None:
    stale = zarr.create_array(new_store(), shape=4, chunks=16, dtype="i4", compressors=[waiting])
    other = zarr.open_array(new_store(), mode="r+")
    other.append(np.full(4, 7))
    stale[...] = 1
    assert zarr.open_array(new_store())[...].tolist() == [1] * 4 + [7] * 4


def test_an_append_by_a_pipeline(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another appends after the place is taken, and before the chunk is written."""
    inside = ObstoreMemory()
    first = zarr.create_array(ObjectStore(inside), shape=0, chunks=16, dtype="i4", compressors=[waiting])
    other = zarr.open_array(ObjectStore(inside), mode="r+")
    original, calls = AsyncArray.setitem, count()

    async def late(self: Any, *args: Any, **kwargs: Any) -> None:
        if not next(calls):
            await original(
                other._async_array._with_metadata(self.metadata.update_shape((8,))), slice(4, 8), 2
            )
        await original(self, *args, **kwargs)

    monkeypatch.setattr(AsyncArray, "setitem", late)
    first.append(np.full(4, 1))
    other.resize(8)
    assert zarr.open_array(ObjectStore(inside))[...].tolist() == [1] * 4 + [2] * 4


def test_a_store_that_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    array = zarr.create_array(MemoryStore(), shape=70, chunks=4, dtype="i4")
    for name in ("exists_sync", "set_if_not_exists_sync"):
        monkeypatch.delattr(MemoryStore, name)
        for cls in MemoryStore.__mro__[1:]:
            if name in vars(cls):
                monkeypatch.delattr(cls, name)
    array[...] = 1
    np.testing.assert_array_equal(array[...], np.ones(70))


@pytest.mark.parametrize("index_location", ["start", "end"])
def test_one_entry_that_lies_costs_others_nothing(index_location: Any) -> None:
    store = MemoryStore()
    codec = ShardingCodec(
        chunk_shape=(1,), codecs=[BytesCodec()], index_codecs=[BytesCodec()], index_location=index_location
    )
    known = zarr.create_array(
        store, shape=(2,), chunks=(8,), dtype="i4", fill_value=0, compressors=None, serializer=codec
    )
    grown = zarr.open_array(store, mode="r+")
    grown.resize((8,))
    grown[:] = range(1, 9)
    value = store.get_sync("c/0")
    assert value is not None
    data = bytearray(value.to_bytes())
    data[(0 if index_location == "start" else len(data) - 8 * 16) + 16 + 8] ^= 4  # the size of the second
    store.set_sync("c/0", cpu.Buffer.from_bytes(bytes(data)))
    known[:] = [10, 20]
    assert grown[:].tolist() == [10, 20, 3, 4, 5, 6, 7, 8]
