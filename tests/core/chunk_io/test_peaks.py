"""How much memory reads and writes take beyond the data and the result, as counted by tracemalloc; NumPy reports to it."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WORKERS = 2
CHUNKS = (WORKERS + 1) * 2
"""Decoded chunks that may be there at once, beside the data and the result."""
SMALL = 1 << 18
"""Of all that is no data."""
DATA = np.round(np.random.default_rng(0).standard_normal((64, 128, 256), dtype="f4") * 16) / 16
AT_EDGES = DATA[:-3, :-5, :-7].copy()
"""Of an array that ends within its last chunks: when they are written again, the old ones are read."""
COMPRESSORS = {
    "raw": None,
    "zstd": ZstdCodec(level=1),
    "gzip": GzipCodec(level=1),
    "blosc": BloscCodec(cname="lz4", typesize=4),
}


@pytest.fixture(autouse=True)
def two_workers() -> Iterator[None]:
    with zarr.config.set({"threading.max_workers": WORKERS}):
        yield


def peak(operation: Callable[[], Any]) -> int:
    """The most bytes that are held while an operation runs, what it returns included; it has been done once before."""
    operation()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        result = operation()
        most = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    del result
    return most


@pytest.mark.parametrize("data", [DATA, AT_EDGES], ids=["", "edges"])
@pytest.mark.parametrize("name", COMPRESSORS)
def test_chunks(name: str, data: Any, tmp_path: Path) -> None:
    shape = (16, 64, 256)
    array = zarr.create_array(
        tmp_path, shape=data.shape, chunks=shape, dtype="f4", compressors=COMPRESSORS[name]
    )
    room = CHUNKS * int(np.prod(shape)) * 4 + SMALL
    assert peak(lambda: array.__setitem__(..., data)) <= room
    assert peak(lambda: array[...]) <= data.nbytes + room
    assert peak(lambda: array.__setitem__((slice(None), 7), data[:, 7])) <= room
    assert peak(lambda: array[::3, 7]) <= room


@pytest.mark.parametrize("data", [DATA, AT_EDGES], ids=["", "edges"])
@pytest.mark.parametrize("inner", [(8, 8, 8), (16, 64, 64)])
@pytest.mark.parametrize("name", COMPRESSORS)
def test_shards(name: str, inner: tuple[int, ...], data: Any, tmp_path: Path) -> None:
    """A shard that is written is there in parts, and put together; one that is read, as a whole."""
    shape = (32, 128, 256)
    array = zarr.create_array(
        tmp_path, shape=data.shape, chunks=inner, shards=shape, dtype="f4", compressors=COMPRESSORS[name]
    )
    array[...] = data
    encoded = max(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    indexes = 4 * 16 * int(np.prod([s // i for s, i in zip(shape, inner, strict=True)]))
    room = (
        CHUNKS * max(int(np.prod(inner)) * 4, 1 << 20) + 4 * indexes + SMALL
    )  # small ones go by the mebibyte
    assert peak(lambda: array.__setitem__(..., data)) <= WORKERS * 2 * encoded + room
    assert peak(lambda: array[...]) <= data.nbytes + WORKERS * encoded + room
    assert peak(lambda: array[3:50, 7]) <= WORKERS * encoded + room


@pytest.mark.parametrize("index_location", ["start", "end"])
def test_a_raw_shard_at_the_edge_is_made_where_it_is_stored(index_location: str, tmp_path: Path) -> None:
    """Of the old one only what remains is there beside it: the inner chunks at the edge."""
    data = np.ones((2000, 1000), "f4")
    shards: Any = {"shape": (2048, 1000), "index_location": index_location}
    array = zarr.create_array(
        tmp_path, shape=data.shape, chunks=(64, 1000), shards=shards, dtype="f4", compressors=None
    )
    assert peak(lambda: array.__setitem__(..., data)) <= 1.3 * data.nbytes


@pytest.mark.parametrize("name", COMPRESSORS)
def test_a_store_in_memory_holds_what_is_stored(name: str) -> None:
    """And not the memory that a compressor took for the worst case."""

    def write() -> MemoryStore:
        store = MemoryStore()
        array = zarr.create_array(
            store, shape=DATA.shape, chunks=(16, 64, 256), dtype="f4", compressors=COMPRESSORS[name]
        )
        array[...] = DATA
        return store

    write()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        store = write()
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert held <= sum(map(len, store._store_dict.values())) + SMALL
