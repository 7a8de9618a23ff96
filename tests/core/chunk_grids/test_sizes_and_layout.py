"""Choosing chunk lengths: automatic ones as in Zarr-Python 3.4.2; byte targets; what users write."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zarr.core.chunk_grids import (
    ChunkGrid,
    FixedDimension,
    VaryingDimension,
    full_span_chunk_size,
    guess_chunks,
    is_regular_1d,
    is_regular_nd,
    normalize_chunks_1d,
    normalize_chunks_nd,
    parse_byte_target,
    plan_target_shape,
    resolve_outer_and_inner_chunks,
)
from zarr.errors import ZarrUserWarning

MIB = 2**20
AUTO = [
    ((10_000_000,), 8, (156250,), (78125,), (156250,)),
    ((1000, 1000), 4, (250, 500), (250, 500), (250, 500)),
    ((4, 4), 2, (4, 4), (4, 4), (4, 4)),
    ((5000, 5000, 100), 4, (313, 313, 13), (157, 157, 7), (314, 314, 14)),
    ((0,), 4, (1,), (1,), (1,)),
    ((365, 721, 1440), 4, (46, 91, 180), (23, 46, 180), (46, 92, 180)),
    ((), 4, (), (), ()),
    ((0, 100), 4, (1, 100), (1, 100), (1, 200)),
]


@pytest.mark.parametrize(("shape", "itemsize", "chunks", "inner", "shards"), AUTO)
def test_automatic_chunks_and_shards(shape, itemsize, chunks, inner, shards):
    assert guess_chunks(shape, itemsize).chunk_shape == chunks
    grid = guess_chunks(shape, itemsize, max_bytes=MIB)
    assert grid.chunk_shape == inner
    if shape == (0, 100):
        return
    with pytest.warns(ZarrUserWarning, match="experimental"):
        layout = resolve_outer_and_inner_chunks(
            array_shape=shape, chunks=grid, shard_shape="auto", item_size=itemsize
        )
    assert layout.outer_chunks.chunk_shape == shards
    assert layout.inner.outer_chunks == grid
    assert layout.inner.inner is None


@given(st.lists(st.integers(0, 10**7), max_size=5), st.integers(0, 10**4))
def test_automatic_chunks_are_neither_tiny_nor_huge(shape, itemsize):
    chunks = guess_chunks(tuple(shape), itemsize).chunk_shape
    whole = math.prod(max(n, 1) for n in shape) * itemsize
    nbytes = math.prod(chunks) * itemsize
    assert nbytes >= min(whole, 64 * 1024)
    assert nbytes < 64 * MIB or itemsize == 0


@given(
    st.lists(st.integers(1, 10**7), min_size=1, max_size=4),
    st.sampled_from([1, 2, 4, 8, 12]),
    st.sampled_from(["64kB", "1MB", "8MiB", "100MB"]),
)
def test_byte_targets_are_met(shape, itemsize, target):
    most = parse_byte_target(target)
    chunks = normalize_chunks_nd(target, tuple(shape), item_size=itemsize).chunk_shape
    assert math.prod(chunks) * itemsize <= most
    assert all(1 <= c <= n for c, n in zip(chunks, shape, strict=True))
    if math.prod(shape) * itemsize > most:
        assert math.prod(chunks) * itemsize > most / 2 ** (len(shape) + 1)


@pytest.mark.parametrize(
    ("text", "nbytes"),
    [
        ("1MB", 10**6),
        ("1 MiB", MIB),
        ("1.5kB", 1500),
        ("2KiB", 2048),
        ("3GB", 3 * 10**9),
        ("1GiB", 2**30),
        ("100B", 100),
        ("1mb", 10**6),
    ],
)
def test_byte_target_units(text, nbytes):
    assert parse_byte_target(text) == nbytes


@pytest.mark.parametrize("text", ["", "auto", "MB", "1", "-1MB", "1XB", "0MB", "1 2MB"])
def test_byte_targets_refused(text):
    with pytest.raises(ValueError, match="bytes"):
        parse_byte_target(text)


def test_target_shape_divides_evenly():
    assert plan_target_shape((100,), 60) == (50,)
    assert plan_target_shape((100, 100), 10**6) == (100, 100)
    assert plan_target_shape((10, 10**9), 10**4)[0] >= 1
    assert plan_target_shape((), 5) == ()
    assert plan_target_shape((64, 64, 64), 4**3) == (4, 4, 4)


def test_byte_target_of_shards():
    chunks = normalize_chunks_nd("1MB", (365, 721, 1440), item_size=4)
    layout = resolve_outer_and_inner_chunks(
        array_shape=(365, 721, 1440), chunks=chunks, shard_shape="100MB", item_size=4
    )
    shard = layout.outer_chunks.chunk_shape
    assert 25 * 10**6 < math.prod(shard) * 4 <= 10**8
    assert all(s % c == 0 for s, c in zip(shard, chunks.chunk_shape, strict=True))
    with pytest.warns(ZarrUserWarning):
        again = resolve_outer_and_inner_chunks(
            array_shape=(365, 721, 1440),
            chunks=chunks,
            shard_shape="auto",
            item_size=4,
            target_shard_size_bytes=10**8,
        )
    assert again == layout


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        (3, (3, 3)),
        (-1, (10, 7)),
        (False, (10, 7)),
        ((3, -1), (3, 7)),
        ([2, 3], (2, 3)),
        (np.array([2, 3]), (2, 3)),
        (np.int64(3), (3, 3)),
        (iter([2, 3]), (2, 3)),
        (10**9, (10**9, 10**9)),
    ],
)
def test_regular_chunks(chunks, expected):
    assert normalize_chunks_nd(chunks, (10, 7)).chunk_shape == expected


def test_rectilinear_chunks():
    grid = normalize_chunks_nd([[3, 7], 2], (10, 7))
    assert grid.dimensions == (VaryingDimension([3, 7], 10), FixedDimension(2, 7))
    assert not normalize_chunks_nd([[5, 5], 7], (10, 7)).is_regular


@pytest.mark.parametrize(
    ("chunks", "error", "message"),
    [
        ((3,), ValueError, "chunks has 1 dimensions but shape has 2 dimensions"),
        ((3, 2, 1), ValueError, "chunks has 3 dimensions but shape has 2 dimensions"),
        ((0, 1), ValueError, "must be positive"),
        ((-2, 1), ValueError, "must be positive"),
        (0, ValueError, "must be positive"),
        (None, ValueError, "not a valid chunk input"),
        (True, ValueError, "not a valid chunk input"),
        ("1MB", ValueError, "not known"),
        ((3, None), TypeError, "integer or an iterable"),
        ((2.0, 3), TypeError, "integer or an iterable"),
        (("a", 3), TypeError, "integer or an iterable"),
        (2.5, TypeError, "integer or an iterable"),
        (([3, "a"], 3), TypeError, "must be an integer"),
        (([3, [7, 1]], 3), TypeError, "must be an integer"),
        (([], 3), ValueError, "empty"),
        (([10, 0], 3), ValueError, "positive"),
        (([3, 3], 3), ValueError, "do not sum"),
        (([4, 4, 4], 3), ValueError, "do not sum"),
    ],
)
def test_chunks_refused(chunks, error, message):
    with pytest.raises(error, match=message):
        normalize_chunks_nd(chunks, (10, 7))


def test_whole_axis_in_units():
    assert [full_span_chunk_size(*a) for a in ((10, 1), (10, 3), (0, 1), (0, 3), (7, 7))] == [10, 12, 1, 3, 7]
    assert normalize_chunks_1d(-1, 10, 3) == FixedDimension(12, 10)
    assert normalize_chunks_nd(-1, (0, 7), (1, 2)).chunk_shape == (1, 8)


def _layout(shards, shape=(100, 60), chunks=(10, 20), **options):
    grid = ChunkGrid.from_sizes(shape, chunks)
    return resolve_outer_and_inner_chunks(
        array_shape=shape, chunks=grid, shard_shape=shards, item_size=4, **options
    )


@pytest.mark.parametrize(
    ("shards", "expected"),
    [
        ((20, 60), (20, 60)),
        (20, (20, 20)),
        (-1, (100, 60)),
        ((110, -1), (110, 60)),
        ({"shape": (20, 60), "index_location": "start"}, (20, 60)),
    ],
)
def test_shards(shards, expected):
    assert _layout(shards).outer_chunks.chunk_shape == expected


def test_no_shards_and_rectilinear_shards():
    assert _layout(None).inner is None
    layout = _layout([[40, 60], 20])
    assert layout.outer_chunks.dimensions[0] == VaryingDimension([40, 60], 100)


def test_shards_refused():
    with pytest.raises(
        ValueError,
        match="Chunk edge length 10 in dimension 0 is not divisible by the shard's inner chunk size 3",
    ):
        _layout((10, 60), chunks=(3, 20))
    with pytest.raises(ValueError, match="edge length 5 in dimension 0"):
        _layout([[4, 2, 4], 2], shape=(10, 6), chunks=(2, 2)) and _layout(
            [[4, 5, 1], 2], shape=(10, 6), chunks=(2, 2)
        )
    with pytest.raises(ValueError, match="Rectilinear chunks with sharding"):
        _layout((100, 60), chunks=([40, 60], 20))
    with pytest.raises(ValueError, match="chunks has 1 dimensions"):
        _layout((20,))
    with pytest.raises(ValueError, match="shape"):
        _layout({})


def test_regularity_of_lists():
    regular = [[], [3], [3, 3], [3, 3, 2]]
    others = [[3, 3, 4], [3, 2, 3], [3, 4]]
    assert all(map(is_regular_1d, regular))
    assert not any(map(is_regular_1d, others))
    assert is_regular_nd(regular)
    assert not is_regular_nd([[3], [3, 4]])
