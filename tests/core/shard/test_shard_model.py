"""Shards of any layout against a NumPy array: whole and partial reads and writes, by hypothesis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from shard_arrays import LITTLE

import zarr
from zarr.codecs import (
    BytesCodec,
    Crc32cCodec,
    GzipCodec,
    ShardingCodec,
    TransposeCodec,
    VLenUTF8Codec,
    ZstdCodec,
)
from zarr.storage import MemoryStore
from zarr.testing.store import LatencyStore

DTYPES = st.sampled_from(["u1", "<i2", "f4", "c8", "M8[s]", "U2", [("a", "u1"), ("b", "i4")], "bool"])


def multiples(draw: Any, shape: tuple[int, ...], most: int = 3) -> tuple[int, ...]:
    return tuple(n * draw(st.integers(1, most)) for n in shape)


def index_codecs(draw: Any, ndim: int) -> list[Any]:
    out: list[Any] = [BytesCodec(endian=draw(st.sampled_from(["little", "big"])))]
    if draw(st.booleans()):
        out.insert(0, TransposeCodec(order=draw(st.permutations(range(ndim + 1)))))
    return out + [Crc32cCodec()] * draw(st.integers(0, 2))


def shards_of(draw: Any, chunks: tuple[int, ...], codecs: list[Any]) -> ShardingCodec:
    return ShardingCodec(
        chunk_shape=chunks,
        codecs=codecs,
        index_codecs=index_codecs(draw, len(chunks)),
        index_location=draw(st.sampled_from(["start", "end"])),
        subchunk_write_order=draw(
            st.sampled_from(["morton", "lexicographic", "colexicographic", "unordered"])
        ),
    )


@st.composite
def layouts(draw: st.DrawFn) -> dict[str, Any]:
    """The options of an array that has shards, perhaps shards in them, perhaps codecs around."""
    ndim = draw(st.integers(0, 3))
    dtype = draw(DTYPES)
    compress = draw(st.sampled_from([[], [ZstdCodec()], [GzipCodec(level=1)], [Crc32cCodec()]]))
    inner_filters = [TransposeCodec(order=draw(st.permutations(range(ndim))))] if draw(st.booleans()) else []
    chunks = tuple(draw(st.integers(1, 3)) for _ in range(ndim))
    codecs: list[Any] = [LITTLE, *compress]
    if draw(st.integers(0, 2)) == 0:
        inner = shards_of(draw, chunks, codecs)
        chunks = multiples(draw, chunks, 2)
        codecs = [*inner_filters, inner]
        # an inner filter permutes what it hands on to the inner shards
        if inner_filters:
            order = inner_filters[0].order
            chunks = tuple(chunks[order.index(axis)] for axis in range(ndim))
    sharding = shards_of(draw, chunks, codecs)
    shard = multiples(draw, chunks)
    filters, around = [], []
    if draw(st.integers(0, 3)) == 0:
        order = draw(st.permutations(range(ndim)))
        filters = [TransposeCodec(order=order)]
        shard = tuple(shard[list(order).index(axis)] for axis in range(ndim))
    if draw(st.integers(0, 3)) == 0:
        around = [draw(st.sampled_from([GzipCodec(level=1), ZstdCodec(checksum=True), Crc32cCodec()]))]
    event("plain" if not filters + around else "wrapped")
    return {
        "shape": tuple(draw(st.integers(1, 2 * n)) for n in shard),
        "chunks": shard,
        "dtype": dtype,
        "filters": filters,
        "serializer": sharding,
        "compressors": around,
        "config": {"write_empty_chunks": draw(st.booleans())},
    }


def some_of(draw: Any, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """A basic selection."""
    out: list[Any] = []
    for length in shape:
        start, stop = sorted((draw(st.integers(0, length)), draw(st.integers(0, length))))
        whole = slice(None)
        choices = [
            whole,
            slice(start, stop),
            slice(start, stop, draw(st.integers(1, 3))),
            draw(st.integers(0, length - 1)),
        ]
        out.append(draw(st.sampled_from(choices)))
    return tuple(out)


def values(draw: Any, dtype: Any, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Elements of which many are the fill value."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    numbers = rng.integers(1, 120, shape) * rng.integers(0, 2, shape)
    dtype = np.dtype(dtype)
    if dtype.fields:
        out = np.zeros(shape, dtype)
        for name in dtype.names or ():
            out[name] = numbers
        return out
    if dtype.kind == "M":
        return numbers.astype("i8").view(dtype) if shape else np.array(int(numbers), dtype)
    if dtype.kind in "US":
        return np.where(numbers, numbers.astype(dtype), np.zeros((), dtype))
    return np.asarray(numbers).astype(dtype)


@pytest.mark.differential
@given(layouts(), st.data())
def test_against_numpy(options: dict[str, Any], data: st.DataObject) -> None:
    waits = data.draw(st.sampled_from([False, False, False, True]))
    store = MemoryStore()
    fill = values(data.draw, options["dtype"], ())
    array = zarr.create_array(LatencyStore(store) if waits else store, fill_value=fill[()], **options)
    model = np.full(options["shape"], fill[()], np.dtype(options["dtype"]))
    for _ in range(data.draw(st.integers(1, 4))):
        where = (
            data.draw(st.just(...)) if data.draw(st.integers(0, 2)) == 0 else some_of(data.draw, model.shape)
        )
        value = values(data.draw, options["dtype"], model[where].shape)
        array[where] = value
        model[where] = value
        here = some_of(data.draw, model.shape)
        np.testing.assert_array_equal(array[here], model[here])
    for handle in (array, zarr.open_array(store, mode="r")):
        np.testing.assert_array_equal(handle[...], model)
    if model.ndim and data.draw(st.booleans()):
        picks = tuple(
            np.array(data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=3))) for n in model.shape
        )
        np.testing.assert_array_equal(array.oindex[picks], model[np.ix_(*picks)])
        short = min(len(pick) for pick in picks)
        points = tuple(pick[:short] for pick in picks)
        np.testing.assert_array_equal(array.vindex[points], model[points])


@pytest.mark.differential
@given(st.lists(st.text(max_size=4), min_size=1, max_size=12), st.data())
def test_strings(items: list[str], data: st.DataObject) -> None:
    store = MemoryStore()
    sharding = ShardingCodec(chunk_shape=(2,), codecs=[VLenUTF8Codec(), ZstdCodec()])
    array = zarr.create_array(
        store, shape=(len(items),), chunks=(6,), dtype=str, serializer=sharding, compressors=None
    )
    array[...] = np.array(items, object)
    place = data.draw(st.integers(0, len(items) - 1))
    array[place] = "new"
    items[place] = "new"
    assert array[...].tolist() == items
    assert zarr.open_array(store, mode="r")[place:].tolist() == items[place:]


@pytest.mark.parametrize("location", ["start", "end"])
@pytest.mark.parametrize("waits", [False, True])
def test_what_was_missing_is_found_once_it_is_written(location: str, waits: bool) -> None:
    """An index that was kept says that an inner chunk is missing, which reads nothing that shows its age."""
    store = LatencyStore(MemoryStore()) if waits else MemoryStore()
    shards: Any = {"shape": (2,), "index_location": location}
    array = zarr.create_array(store, shape=(2,), chunks=(1,), shards=shards, dtype="i2")
    array[...] = [9, 0]
    assert array[1] == 0
    array[...] = [9, 7]
    assert array[1] == 7
