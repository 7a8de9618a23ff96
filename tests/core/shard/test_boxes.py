"""The fast path for boxes of small inner chunks, held against the path that goes one by one, on random layouts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from random_values import values
from shard_arrays import put, value_of

import zarr
from zarr.codecs import BytesCodec, Crc32cCodec, ZstdCodec
from zarr.core import codec_chain
from zarr.core.shard import boxes, groups, points, read, write
from zarr.errors import ChunkError
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

CHAINS: list[list[Any]] = [[], [ZstdCodec(level=1)], [Crc32cCodec()], [ZstdCodec(level=1), Crc32cCodec()]]


@contextmanager
def one_by_one() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (groups, write):
            patch.setattr(module, "group_of", lambda *_: None)
        patch.setattr(write, "room_of", lambda *_: None)
        yield


@contextmanager
def small_slabs(nbytes: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boxes, "JOB_BYTES", nbytes)
        patch.setattr(points, "JOB_BYTES", nbytes)
        patch.setattr(codec_chain, "_ENOUGH", 2)
        yield


@st.composite
def layouts(draw: st.DrawFn) -> tuple[dict[str, Any], int]:
    ndim = draw(st.integers(1, 3))
    inner = tuple(draw(st.integers(1, 3)) for _ in range(ndim))
    counts = tuple(draw(st.integers(1, 5)) for _ in range(ndim))
    shards = tuple(n * c for n, c in zip(inner, counts, strict=True))
    shape = tuple(draw(st.integers(1, 2 * n + 1)) for n in shards)
    dtype = draw(st.sampled_from([">i4", "<f8", "u1", "c8", "M8[s]", "U2", [("a", "<i2"), ("b", ">f4")]]))
    options = {
        "shape": shape,
        "shards": shards,
        "chunks": inner,
        "dtype": np.dtype(dtype),
        "fill_value": np.zeros((), dtype)[()],
        "compressors": draw(st.sampled_from(CHAINS)),
        "serializer": BytesCodec(endian=draw(st.sampled_from(["little", "big"]))),
        "config": {"write_empty_chunks": draw(st.booleans()), "order": draw(st.sampled_from("CF"))},
    }
    return options, draw(st.sampled_from([1, 40, 1 << 20]))


@st.composite
def slices(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[Any, ...]:
    items: list[Any] = []
    for n in shape:
        start = draw(st.integers(0, n - 1))
        kind = draw(st.sampled_from(["all", "all", "part", "part", "one", "step", "back"]))
        stop = draw(st.integers(start, n))
        items.append(
            {
                "all": slice(None),
                "part": slice(start, stop),
                "one": start,
                "step": slice(start, n, 2),
                "back": slice(None, None, -2),
            }[kind]
        )
    return tuple(items)


@st.composite
def outer_selections(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Indices for each axis, in any order and repeated."""
    return tuple(
        np.array(draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=8, unique=draw(st.booleans()))))
        for n in shape
    )


@pytest.mark.differential
@given(layouts(), st.data())
def test_against_one_by_one(layout: tuple[dict[str, Any], int], data: st.DataObject) -> None:
    options, slab = layout
    shape, dtype = options["shape"], options["dtype"]
    stores = MemoryStore(), MemoryStore()
    fast, plain = (zarr.create_array(store, **options) for store in stores)
    expected = np.zeros(shape, dtype)
    for seed in range(data.draw(st.integers(1, 3))):
        selection = data.draw(slices(shape))
        value = values(expected[selection].shape, dtype, seed)
        expected[selection] = value
        with small_slabs(slab):
            fast[selection] = value
        with one_by_one():
            plain[selection] = value
        assert [(k, value_of(stores[0], k)) for k in sorted(stores[0]._store_dict)] == [
            (k, value_of(stores[1], k)) for k in sorted(stores[1]._store_dict)
        ]
    for _ in range(3):
        selection = data.draw(slices(shape))
        with small_slabs(slab):
            got = fast[selection]
        with one_by_one():
            also = plain[selection]
        assert np.asarray(got).tobytes() == np.asarray(also).tobytes() == expected[selection].tobytes()
    picks = data.draw(outer_selections(shape))
    with small_slabs(slab):
        got = fast.oindex[picks]
    with one_by_one():
        also = plain.oindex[picks]
    assert got.tobytes() == also.tobytes() == expected[np.ix_(*picks)].tobytes()
    count = data.draw(st.integers(1, 40))
    picked = tuple(np.random.default_rng(count).integers(0, n, count) for n in shape)
    with small_slabs(slab):
        got = fast.vindex[picked]
    assert got.tobytes() == expected[picked].tobytes()


def array_of(store: MemoryStore, **options: Any) -> zarr.Array[Any]:
    array = zarr.create_array(store, shape=(8, 8), shards=(8, 8), chunks=(2, 2), dtype="i4", **options)
    array[...] = np.arange(1, 65).reshape(8, 8)
    return array


def test_the_fast_path_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "_read_each", None)
    monkeypatch.setattr(write, "_jobs", None)
    array = array_of(MemoryStore())
    np.testing.assert_array_equal(array[1:7, 0:8], np.arange(1, 65).reshape(8, 8)[1:7])
    np.testing.assert_array_equal(array[::-3, 1::2], np.arange(1, 65).reshape(8, 8)[::-3, 1::2])
    np.testing.assert_array_equal(array.oindex[[5, 1, 1], :], np.arange(1, 65).reshape(8, 8)[[5, 1, 1]])
    diagonal = np.arange(8), np.arange(8)
    np.testing.assert_array_equal(array.vindex[diagonal], np.diag(np.arange(1, 65).reshape(8, 8)))


@pytest.mark.parametrize("compressors", CHAINS)
def test_what_is_covered_in_part_goes_together_too(compressors: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    array = array_of(MemoryStore(), compressors=compressors)
    monkeypatch.setattr(write, "_jobs", None)
    monkeypatch.setattr(write, "naming", None)  # by which one by one is decoded
    array[1:8, 3:] = 0
    monkeypatch.undo()
    expected = np.arange(1, 65).reshape(8, 8)
    expected[1:8, 3:] = 0
    np.testing.assert_array_equal(array[...], expected)


@pytest.mark.parametrize("shards", [(8, 8), (16, 16)])
def test_what_is_damaged_is_replaced_at_the_edge_and_named_elsewhere(shards: tuple[int, int]) -> None:
    """An array that ends in the middle of an inner chunk: whether all of it is written, or a part."""
    store = MemoryStore()
    options: Any = {"shape": (7, 7), "shards": shards, "chunks": (2, 2), "dtype": "i4", "fill_value": 0}
    array = zarr.create_array(store, compressors=[Crc32cCodec()], **options)
    array[...] = 1
    data = bytearray(value_of(store, "c/0/0"))
    at_the_edge = bytes([1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])  # of the second axis
    data[data.index(at_the_edge)] ^= 1
    put(store, "c/0/0", bytes(data))
    with pytest.raises(ChunkError, match=r"chunk 'c/0/0': inner chunk \(0, 3\): codec 'crc32c'.*checksum"):
        array[:1, :] = 2
    assert value_of(store, "c/0/0") == bytes(data)
    array[...] = 2
    np.testing.assert_array_equal(array[...], np.full((7, 7), 2))


@pytest.mark.parametrize("selection", [(slice(None), slice(None)), (slice(4, 8), slice(0, 4))])
def test_what_is_wrong_is_named(selection: Any) -> None:
    store = MemoryStore()
    array = array_of(store, compressors=[Crc32cCodec()])
    data = bytearray(value_of(store, "c/0/0"))
    data[5 * 20] ^= 1  # of the sixth inner chunk in Morton order
    put(store, "c/0/0", bytes(data))
    with pytest.raises(ChunkError, match=r"chunk 'c/0/0': inner chunk \(3, 0\): codec 'crc32c'.*checksum"):
        array[selection]
    np.testing.assert_array_equal(array[:4, :], np.arange(1, 33).reshape(4, 8))


def test_an_index_that_lies_is_an_error_of_its_chunk() -> None:
    store = MemoryStore()
    array = array_of(store)
    data = value_of(store, "c/0/0")
    index = np.frombuffer(data[-260:-4], "<u8").reshape(4, 4, 2).copy()
    index[3, 3] = (1 << 40, 16)
    encoded = Crc32cCodec().encoder(None)(index.view("B").reshape(-1))  # type: ignore[arg-type]
    put(store, "c/0/0", data[:-260] + bytes(encoded))
    with pytest.raises(ChunkError, match=r"inner chunk \(3, 3\).*which the shard does not have"):
        array[...]
    with pytest.raises(ChunkError, match=r"inner chunk \(3, 3\).*which the shard does not have"):
        array[:, 6:]
    np.testing.assert_array_equal(array[:6, :], np.arange(1, 49).reshape(6, 8))
    with pytest.raises(ChunkError, match=r"inner chunk \(3, 3\).*which the shard does not have"):
        array[:4, :4] = 0  # nothing is written beside what is damaged


def test_slabs_make_up_the_box() -> None:
    for counts in [(5,), (3, 4), (1, 7, 2), (2, 3, 5), (9, 1)]:
        for nbytes in (1, 1 << 17, 1 << 19, 1 << 21):
            ndim = len(counts)
            box = boxes.Box((slice(0, 1),) * ndim, counts, (slice(0, 1),) * ndim, (), True)
            seen = np.zeros(counts, int)
            for slab in box.jobs(nbytes):
                seen[slab] += 1
                assert np.prod([s.stop - s.start for s in slab]) * nbytes <= max(nbytes, 1 << 20)
            assert (seen == 1).all()
