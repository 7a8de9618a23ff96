"""BasicIndexer against NumPy, its laziness, and the number of calls that it costs."""

from __future__ import annotations

import gc
import sys
from itertools import islice

import numpy as np
import pytest
from chunked_numpy import chunked_arrays, cut, integers, numbered, slices
from hypothesis import given
from hypothesis import strategies as st

from zarr.core.chunk_grids import ChunkGrid
from zarr.core.indexing import BasicIndexer, axes, check_positive_steps
from zarr.errors import BoundsCheckError, NegativeStepError


@st.composite
def basic(draw, shape):
    items = [draw(integers(n) | slices(n)) if n else draw(slices(n)) for n in shape]
    if draw(st.booleans()):
        lo = draw(st.integers(0, len(items)))
        items[lo : draw(st.integers(lo, len(items)))] = [...]
    elif draw(st.booleans()):
        items = items[: draw(st.integers(0, len(items)))]
    return tuple(items)


@pytest.mark.differential
@given(st.data())
def test_reads_and_writes_what_numpy_does(data):
    chunked = data.draw(chunked_arrays())
    array = chunked.array.copy()
    selection = data.draw(basic(array.shape))
    indexer = BasicIndexer(selection, array.shape, chunked.grid)
    expected = array[selection]
    assert indexer.shape == expected.shape
    np.testing.assert_array_equal(chunked.read(indexer), expected)
    assert indexer.nchunks == len(list(indexer))
    value = -1 - numbered(expected.shape)
    chunked.write(indexer, value)
    array[selection] = value
    np.testing.assert_array_equal(chunked.whole(), array)


@pytest.mark.differential
@given(st.data())
def test_blocks_of_long_axes_give_the_same(data):
    chunked = data.draw(chunked_arrays(min_dims=1, max_dims=3))
    selection = data.draw(basic(chunked.array.shape))
    expected = list(BasicIndexer(selection, chunked.array.shape, chunked.grid))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(axes, "LONG", 1)
        indexer = BasicIndexer(selection, chunked.array.shape, chunked.grid)
        assert list(indexer) == expected
        assert indexer.nchunks == len(expected)


@pytest.mark.differential
@given(st.data())
def test_complete_means_all_of_the_chunk_that_is_inside(data):
    chunked = data.draw(chunked_arrays(min_side=1))
    shape = chunked.array.shape
    selection = data.draw(basic(shape))
    marks = np.zeros(shape, dtype=bool)
    marks[selection] = True
    for coords, _, _, complete in BasicIndexer(selection, shape, chunked.grid):
        assert complete == marks[chunked.grid[coords].slices].all()


def test_projections_are_those_of_zarr_python():
    c = cut((10, 7), (3, [2, 5]))
    assert [tuple(p) for p in BasicIndexer((2, slice(1, 7, 2)), (10, 7), c.grid)] == [
        ((0, 0), (2, slice(1, 2, 1)), (slice(0, 1),), False),
        ((0, 1), (2, slice(1, 4, 2)), (slice(1, 3),), False),
    ]
    assert [tuple(p) for p in BasicIndexer((-1, -1), (10, 7), c.grid)] == [((3, 1), (0, 4), (), False)]
    assert [p[1:] for p in BasicIndexer((9, slice(2, 20)), (10, 7), c.grid)] == [
        ((0, slice(0, 5, 1)), (slice(0, 5),), True)
    ]


def test_zero_dimensions():
    indexer = BasicIndexer((), (), ChunkGrid.from_sizes((), ()))
    assert indexer.shape == ()
    assert list(indexer) == [((), (), (), True)]


@pytest.mark.parametrize(
    ("selection", "error", "message"),
    [
        ((100, 0), BoundsCheckError, "dimension with length 10: index 100, axis 0"),
        ((0, -8), BoundsCheckError, "dimension with length 7: index -8, axis 1"),
        ((1, 2, 3), IndexError, "too many indices for array; expected 2, got 3"),
        ((..., 1, 2, 3), IndexError, "too many indices for array; expected 2, got 3"),
        ((..., ...), IndexError, "single ellipsis"),
        ((True, 1), IndexError, "unsupported selection item"),
        (([1], 1), IndexError, "unsupported selection item"),
        ((None, 1), IndexError, "unsupported selection item"),
        ((1.5, 1), IndexError, "unsupported selection item"),
        ((np.arange(3), 1), IndexError, "unsupported selection item"),
    ],
)
def test_errors(selection, error, message):
    with pytest.raises(error, match=message):
        BasicIndexer(selection, (10, 7), ChunkGrid.from_sizes((10, 7), (3, 4)))


def test_negative_steps_can_be_refused():
    check_positive_steps((slice(None), 1, ...))
    with pytest.raises(NegativeStepError):
        check_positive_steps((1, slice(None, None, -1)))


def test_numpy_integers_are_integers():
    c = cut((10, 7), (3, 4))
    assert c.read(BasicIndexer((np.int8(-1), np.array(3)), (10, 7), c.grid)) == c.array[-1, 3]


@pytest.mark.parametrize("step", [1, 3, -1])
def test_a_trillion_chunks_are_not_materialised(step):
    shape = (10**12, 3)
    indexer = BasicIndexer((slice(None, None, step), ...), shape, ChunkGrid.from_sizes(shape, (1, 2)))
    assert indexer.nchunks == 2 * len(range(0, 10**12, abs(step)))
    rows = list(islice(indexer, 5000))
    assert [p.chunk_coords for p in rows[:3]] == [(0, 0), (0, 1), (rows[2][0][0], 0)]


def _calls(work):
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        count += event == "call"

    sys.setprofile(trace)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("selection", [(5, 7), (5, slice(10, 20)), (slice(10, 20), slice(0, 100))])
def test_a_small_plan_is_a_handful_of_calls(selection):
    grid = ChunkGrid.from_sizes((1000, 1000), (100, 100))
    assert _calls(lambda: BasicIndexer(selection, (1000, 1000), grid)) < 8


def test_walking_costs_no_call_per_chunk():
    grid = ChunkGrid.from_sizes((1000, 1000), (10, 10))
    indexer = BasicIndexer(..., (1000, 1000), grid)
    gc.disable()  # its callbacks, such as those of hypothesis, are calls too
    try:
        assert _calls(lambda: list(indexer)) < 10
    finally:
        gc.enable()
