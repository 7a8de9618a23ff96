"""The indexers of oindex, vindex, masks and blocks against NumPy's own outer and point indexing."""

from __future__ import annotations

import numpy as np
import pytest
from chunked_numpy import chunked_arrays, cut, index_lists, integers, numbered, slices
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from zarr.core.chunk_grids import ChunkGrid
from zarr.core.indexing import (
    BlockIndexer,
    CoordinateIndexer,
    MaskIndexer,
    OrthogonalIndexer,
    get_indexer,
    oindex,
    oindex_set,
)
from zarr.errors import BoundsCheckError, NegativeStepError, VindexInvalidSelectionError


@st.composite
def orthogonal(draw, shape):
    items = []
    for n in shape:
        kinds = [slices(n, negative=False), index_lists(n), index_lists(n).map(sorted).map(np.array)]
        kinds.append(arrays(bool, n))
        if n:
            kinds.append(integers(n))
        item = draw(st.one_of(kinds))
        items.append(item.astype(int) if isinstance(item, np.ndarray) and item.dtype == float else item)
    return tuple(items[: draw(st.integers(0, len(items)))])


@pytest.mark.differential
@given(st.data())
def test_orthogonal_is_the_outer_product(data):
    chunked = data.draw(chunked_arrays())
    array = chunked.array.copy()
    selection = data.draw(orthogonal(array.shape))
    indexer = OrthogonalIndexer(selection, array.shape, chunked.grid)
    expected = oindex(array, selection)
    assert indexer.shape == expected.shape
    np.testing.assert_array_equal(chunked.read(indexer), expected)
    assert indexer.nchunks == len(list(indexer))
    value = -1 - numbered(expected.shape)
    chunked.write(indexer, value)
    oindex_set(array, selection, value)
    np.testing.assert_array_equal(chunked.whole(), array)


@pytest.mark.differential
@given(st.data())
def test_coordinates_are_numpys_points(data):
    chunked = data.draw(chunked_arrays(min_dims=1, min_side=1))
    array = chunked.array.copy()
    form = data.draw(array_shapes(max_dims=2, max_side=6, min_side=0))
    selection = tuple(
        data.draw(arrays(np.intp, form, elements=integers(n)) | integers(n)) for n in array.shape
    )
    indexer = CoordinateIndexer(selection, array.shape, chunked.grid)
    expected = array[selection]
    assert indexer.sel_shape == (expected.shape or (1,))
    assert indexer.shape == (expected.size,)
    np.testing.assert_array_equal(
        chunked.read(indexer).reshape(indexer.sel_shape), np.reshape(expected, indexer.sel_shape)
    )
    assert indexer.nchunks == len(list(indexer))
    value = -1 - numbered(indexer.shape)
    chunked.write(indexer, value)
    array[selection] = value.reshape(expected.shape)
    np.testing.assert_array_equal(chunked.whole(), array)


@pytest.mark.differential
@given(st.data())
def test_mask_is_numpys(data):
    chunked = data.draw(chunked_arrays(min_dims=1, max_dims=3))
    array = chunked.array.copy()
    mask = data.draw(arrays(bool, array.shape))
    indexer = MaskIndexer(mask, array.shape, chunked.grid)
    np.testing.assert_array_equal(chunked.read(indexer), array[mask])
    value = -1 - numbered(indexer.shape)
    chunked.write(indexer, value)
    array[mask] = value
    np.testing.assert_array_equal(chunked.whole(), array)


@pytest.mark.differential
@given(st.data())
def test_blocks_are_whole_chunks(data):
    chunked = data.draw(chunked_arrays())
    grid = chunked.grid
    selection, expected = [], []
    for n, dim in zip(grid.grid_shape, grid.dimensions, strict=True):
        start, stop = sorted(data.draw(st.tuples(st.integers(0, n), st.integers(0, n))))
        if n and data.draw(st.booleans()):
            start = data.draw(st.integers(0, n - 1))
            stop = start + 1
            selection.append(start - data.draw(st.sampled_from([0, n])))
        else:
            selection.append(slice(start, stop))
        begin = dim.chunk_offset(start) if start < n else dim.extent
        end = dim.chunk_offset(stop) if stop < n else dim.extent
        expected.append(slice(begin, end))
    indexer = BlockIndexer(tuple(selection), chunked.array.shape, grid)
    np.testing.assert_array_equal(chunked.read(indexer), chunked.array[tuple(expected)])
    assert all(p.is_complete_chunk for p in indexer)
    assert indexer.nchunks == len(list(indexer))


def test_sorted_runs_become_slices():
    c = cut((100,), (10,))
    assert [tuple(p) for p in OrthogonalIndexer([5, 6, 7, 11, 12, 30], (100,), c.grid)] == [
        ((0,), (slice(5, 8, 1),), (slice(0, 3),), False),
        ((1,), (slice(1, 3, 1),), (slice(3, 5),), False),
        ((3,), (slice(0, 1, 1),), (slice(5, 6),), False),
    ]
    assert [p[1:] for p in OrthogonalIndexer(np.arange(10, 20), (100,), c.grid)] == [
        ((slice(0, 10, 1),), (slice(0, 10),), True)
    ]


def test_of_two_values_for_one_element_the_later_wins():
    c = cut((6, 4), (3, 2))
    c.write(OrthogonalIndexer(([4, 0, 4], 1), (6, 4), c.grid), np.array([-1, -2, -3]))
    assert c.whole()[4, 1] == -3
    c.write(CoordinateIndexer(([4, 0, 4], [2, 2, 2]), (6, 4), c.grid), np.array([-1, -2, -3]))
    assert c.whole()[4, 2] == -3


def test_integers_beside_arrays_are_dropped_axes():
    c = cut((6, 4, 5), (3, 2, 2))
    indexer = OrthogonalIndexer((3, slice(None), [0, 1, 4]), (6, 4, 5), c.grid)
    assert indexer.drop_axes == (0,)
    assert indexer.shape == (4, 3)
    assert OrthogonalIndexer((3, slice(None), 1), (6, 4, 5), c.grid).drop_axes == ()


@pytest.mark.parametrize(
    ("selection", "error"),
    [
        (([10], 0), BoundsCheckError),
        (([-11], 0), BoundsCheckError),
        ((10, [0]), BoundsCheckError),
        ((np.array([2**63], dtype="u8"), 0), BoundsCheckError),
        (([True, False], 0), IndexError),
        ((np.ones((10, 7), bool),), IndexError),
        (([[0, 1]], 0), IndexError),
        ((np.array([1.0]), 0), IndexError),
        ((None, 0), IndexError),
        (("a", 0), IndexError),
        ((0, 0, [0]), IndexError),
        ((slice(None, None, -1), [0]), NegativeStepError),
    ],
)
def test_orthogonal_errors(selection, error):
    with pytest.raises(error):
        OrthogonalIndexer(selection, (10, 7), ChunkGrid.from_sizes((10, 7), (3, 4)))


@pytest.mark.parametrize(
    ("selection", "error"),
    [
        (([10], [0]), BoundsCheckError),
        (([0], [-8]), BoundsCheckError),
        (([0],), IndexError),
        (([0], slice(None)), IndexError),
        (([0.5], [0]), IndexError),
        (([True], [0]), IndexError),
        (([0, 1], [0, 1, 2]), ValueError),
    ],
)
def test_coordinate_errors(selection, error):
    with pytest.raises(error):
        CoordinateIndexer(selection, (10, 7), ChunkGrid.from_sizes((10, 7), (3, 4)))


@pytest.mark.parametrize("selection", [np.ones(10, bool), np.ones((9, 7), bool), [True], np.ones((10, 7))])
def test_mask_errors(selection):
    with pytest.raises(IndexError, match="invalid mask selection"):
        MaskIndexer(selection, (10, 7), ChunkGrid.from_sizes((10, 7), (3, 4)))


@pytest.mark.parametrize(
    ("selection", "error"),
    [
        (4, BoundsCheckError),
        ((-5, 0), BoundsCheckError),
        ((0, 2), BoundsCheckError),
        ([0], IndexError),
        (slice(None, None, 2), IndexError),
        (slice(None, None, -1), IndexError),
        ((0, 0, 0), IndexError),
    ],
)
def test_block_errors(selection, error):
    with pytest.raises(error):
        BlockIndexer(selection, (10, 7), ChunkGrid.from_sizes((10, 7), (3, 4)))


def test_points_in_a_grid_with_more_chunks_than_an_integer_holds():
    shape = (2**40, 2**40)
    points = ([5, 2**40 - 1, 5, 0], [7, 2**40 - 1, 2**39, 1])
    rows = list(CoordinateIndexer(points, shape, ChunkGrid.from_sizes(shape, (1, 1))))
    assert [p.chunk_coords for p in rows] == [(0, 1), (5, 7), (5, 2**39), (2**40 - 1, 2**40 - 1)]
    assert [list(np.arange(4)[p.out_selection]) for p in rows] == [[3], [0], [2], [1]]


@pytest.mark.parametrize(
    ("selection", "kind"),
    [
        (1, "OrthogonalIndexer"),
        (..., "BasicIndexer"),
        ([1, 2], "OrthogonalIndexer"),
        (([1, 2], [3, 4]), "CoordinateIndexer"),
        (([1, 2], 1), "CoordinateIndexer"),
        (([1, 2], slice(None)), "OrthogonalIndexer"),
        (np.ones((10, 7), bool), "MaskIndexer"),
        ((slice(None), [1]), "OrthogonalIndexer"),
    ],
)
def test_get_indexer_picks_as_zarr_python(selection, kind):
    indexer = get_indexer(selection, (10, 7), ChunkGrid.from_sizes((10, 7), (3, 4)))
    assert type(indexer).__name__ == kind


def test_get_indexer_refuses_a_mask_of_another_shape():
    with pytest.raises(VindexInvalidSelectionError):
        get_indexer(np.ones((9, 7), bool), (10, 7), ChunkGrid.from_sizes((10, 7), (3, 4)))
