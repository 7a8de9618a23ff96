"""The small functions of the public module: predicates, orders, fields, and the plans of single axes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zarr.core import indexing as ix
from zarr.core.chunk_grids import ChunkGrid
from zarr.core.indexing.normalize import places_of
from zarr.errors import ArrayIndexError, BoundsCheckError, NegativeStepError


def test_morton_order_of_4_by_4():
    order = ix.morton_order_coords((4, 4))
    places = [x * 4 + y + 1 for x, y in order]
    assert places == [1, 5, 2, 6, 9, 13, 10, 14, 3, 7, 4, 8, 11, 15, 12, 16]
    assert ix.morton_order_coords((2, 3)) == ((0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2))


@given(st.lists(st.integers(0, 6), max_size=4).map(tuple))
def test_orders_name_every_chunk_once(shape):
    everything = sorted(np.ndindex(*shape))
    for order in (
        ix.morton_order_coords(shape),
        ix.lexicographic_order_coords(shape),
        ix.colexicographic_order_coords(shape),
    ):
        assert sorted(order) == everything
        assert all(type(i) is int for coords in order for i in coords)
    assert list(ix.lexicographic_order_coords(shape)) == everything


@given(st.lists(st.integers(1, 9), min_size=1, max_size=3).map(tuple))
def test_morton_codes_decode_to_the_order(shape):
    nbits = sum((n - 1).bit_length() for n in shape)
    codes = np.arange(2**nbits)
    decoded = ix.decode_morton_vectorized(codes, shape)
    assert decoded.tolist() == [list(ix.decode_morton(z, shape)) for z in codes.tolist()]
    inside = decoded[(decoded < shape).all(axis=1)]
    assert list(map(tuple, inside.tolist())) == list(ix.morton_order_coords(shape))


def test_predicates():
    assert ix.is_integer(1)
    assert ix.is_integer(np.int8(1))
    assert not any(map(ix.is_integer, (True, np.True_, 1.0, "1", None, np.array(1))))
    assert ix.is_integer_array(np.arange(2), 1)
    assert not ix.is_integer_array(np.arange(2), 2)
    assert not ix.is_integer_array([1])
    assert ix.is_bool_array(np.ones((2, 2), bool), 2)
    assert ix.is_integer_list([1, np.int64(2)])
    assert not ix.is_integer_list([])
    assert ix.is_bool_list([True, np.False_])
    assert ix.is_pure_fancy_indexing(([1, 2], 1), 2)
    assert not ix.is_pure_fancy_indexing(([1, 2], slice(None)), 2)
    assert not ix.is_pure_fancy_indexing((1, 2), 2)
    assert ix.is_pure_orthogonal_indexing(([1, 2], slice(None)), 2)
    assert not ix.is_pure_orthogonal_indexing(([1], [1], 1), 3)
    assert ix.is_total_slice((slice(None), ...), (3, 4))
    assert not ix.is_total_slice((slice(0, 2),), (3, 4))
    assert ix.is_contiguous_selection((slice(0, 2), 1))
    assert not ix.is_contiguous_selection(slice(0, 2, 2))
    assert ix.is_scalar((1, 2), np.dtype([("a", int), ("b", int)]))


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ((), (slice(None), slice(None))),
        ((1, ...), (1, slice(None))),
        ((..., 1), (slice(None), 1)),
        ((1, ..., 2), (1, 2)),
        ([1], ([1], slice(None))),
    ],
)
def test_replace_ellipsis(selection, expected):
    assert ix.replace_ellipsis(selection, (5, 6)) == expected


def test_single_indices_and_arrays_of_them():
    assert ix.normalize_integer_selection(-1, 5) == 4
    for wrong in (5, -6):
        with pytest.raises(BoundsCheckError):
            ix.normalize_integer_selection(wrong, 5)
    given_indices = np.array([-1, 2])
    assert ix.wraparound_indices(given_indices, 5).tolist() == [4, 2]
    assert given_indices.tolist() == [-1, 2], "the caller's array is left alone"
    with pytest.raises(BoundsCheckError, match="length 5"):
        ix.boundscheck_indices(np.array([0, 5]), 5)
    assert ix.slice_to_range(slice(None, None, -1), 5) == range(4, -1, -1)
    starts, stops = ix.sorted_run_ends(np.array([1, 1, 2, 5, 5]))
    assert (starts.tolist(), stops.tolist()) == ([0, 2, 3], [2, 3, 5])


def test_fields():
    dtype = np.dtype([("a", "i4"), ("b", "f8"), ("c", "i2")])
    assert ix.check_fields("a", dtype) == "i4"
    assert ix.check_fields(["a", "c"], dtype) == np.dtype([("a", "i4"), ("c", "i2")])
    assert ix.check_fields(None, dtype) is dtype
    for wrong in ("z", ["a", "z"]):
        with pytest.raises(IndexError, match="field not found"):
            ix.check_fields(wrong, dtype)
    with pytest.raises(IndexError, match="does not have any fields"):
        ix.check_fields("a", np.dtype("i4"))
    assert ix.check_no_multi_fields(["a"]) == "a"
    with pytest.raises(IndexError):
        ix.check_no_multi_fields(["a", "b"])
    assert ix.pop_fields("a") == ("a", ())
    assert ix.pop_fields(("a", 1)) == ("a", 1)
    assert ix.pop_fields((1, "a", "b")) == (["a", "b"], 1)
    assert ix.pop_fields((1, 2)) == (None, (1, 2))
    assert ix.pop_fields([1, 2]) == (None, [1, 2])


def test_make_slice_selection():
    assert ix.make_slice_selection((1, slice(0, 3), np.array([2]))) == [
        slice(1, 2, 1),
        slice(0, 3),
        slice(2, 3, 1),
    ]
    with pytest.raises(ArrayIndexError):
        ix.make_slice_selection((np.array([1, 2]),))


def test_open_arrays():
    a = np.arange(24).reshape(4, 6)
    np.testing.assert_array_equal(a[ix.ix_((slice(0, 2), [1, 3]), a.shape)], a[0:2][:, [1, 3]])
    np.testing.assert_array_equal(ix.oindex(a, (1, [1, 3])), [7, 9])
    ix.oindex_set(a, ([0, 2], 1), np.array([-5, -6]))
    assert (a[0, 1], a[2, 1]) == (-5, -6)


def test_plans_of_one_axis():
    dim = ChunkGrid.from_sizes((10,), (3,)).dimensions[0]
    assert [tuple(p) for p in ix.IntDimIndexer(-1, 10, dim)] == [(3, 0, None, True)]
    assert [tuple(p) for p in ix.SliceDimIndexer(slice(1, 8, 2), 10, dim)] == [
        (0, slice(1, 2, 1), slice(0, 1), False),
        (1, slice(0, 3, 2), slice(1, 3), False),
        (2, slice(1, 2, 1), slice(3, 4), False),
    ]
    with pytest.raises(NegativeStepError):
        ix.SliceDimIndexer(slice(None, None, -1), 10, dim)
    rows = ix.IntArrayDimIndexer(np.array([5, 1, 1, 0]), 10, dim)
    assert rows.order is ix.Order.DECREASING
    assert [(p.dim_chunk_ix, p.is_complete_chunk) for p in rows] == [(0, False), (1, False)]
    mask = ix.BoolArrayDimIndexer(np.arange(10) < 4, 10, dim)
    assert mask.nitems == 4
    assert [p.dim_chunk_ix for p in mask] == [0, 1]
    with pytest.raises(IndexError, match="expected 10, got 3"):
        ix.BoolArrayDimIndexer(np.ones(3, bool), 10, dim)


@pytest.mark.parametrize("shape", [(0,), (7,), (3, 0), (0, 3), (5, 6), (4, 5, 6), (2, 3, 4, 5)])
@pytest.mark.parametrize("part", [0.0, 0.02, 0.2, 1.0])
@pytest.mark.parametrize("order", ["C", "F"])
def test_places_of_a_mask_are_those_of_numpy(shape: tuple[int, ...], part: float, order: Any) -> None:
    mask = np.asarray(np.random.default_rng(0).random(shape) < part, order=order)
    for view in (mask, mask[::-1], mask[..., ::2]):
        expected, got = np.nonzero(view), places_of(view)
        assert len(got) == len(expected)
        for one, other in zip(got, expected, strict=True):
            assert one.dtype == np.intp
            np.testing.assert_array_equal(one, other)
