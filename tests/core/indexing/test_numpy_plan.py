"""plan_numpy: every index, valid or not, gives what NumPy gives."""

from __future__ import annotations

import numpy as np
import pytest
from chunked_numpy import chunked_arrays, cut, integers, numbered, slices
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from zarr.core.indexing import plan_numpy


@st.composite
def numpy_indices(draw, shape):
    """An index made item by item; now and then too long, out of bounds or of the wrong shape."""
    items = []
    axis = 0
    form = draw(st.sampled_from([(), (3,), (1,), (2, 3), (2, 1), (0,)]))
    while axis < len(shape) and draw(st.integers(0, 9)):
        n = shape[axis]
        slack = draw(st.sampled_from([0] * 30 + [1]))
        kind = draw(
            st.sampled_from(["int", "slice", "slice", "array", "array", "list", "new", "mask", "flag"])
        )
        if kind == "new":
            items.append(None)
        elif kind == "flag":
            items.append(draw(st.sampled_from([True, True, False, np.True_, np.array(True)])))
        elif kind == "int" and n:
            items.append(draw(integers(n, slack) | integers(n, slack).map(np.int32)))
            axis += 1
        elif kind == "array" and n:
            items.append(draw(arrays(np.int64, form, elements=integers(n, slack))))
            axis += 1
        elif kind == "list" and n:
            items.append(draw(st.lists(integers(n, slack), min_size=3, max_size=3)))
            axis += 1
        elif kind == "mask":
            rank = draw(st.integers(1, min(3, len(shape) - axis)))
            part = list(shape[axis : axis + rank])
            part[0] += slack
            items.append(draw(arrays(bool, tuple(part))))
            axis += rank
        else:
            items.append(draw(slices(n)))
            axis += 1
    if draw(st.booleans()):
        items.insert(draw(st.integers(0, len(items))), ...)
    if len(items) == 1 and draw(st.booleans()):
        return items[0]
    return tuple(items)


@pytest.mark.differential
@settings(max_examples=max(400, settings().max_examples))
@given(st.data())
def test_reads_and_writes_what_numpy_does(data):
    chunked = data.draw(chunked_arrays())
    array = chunked.array.copy()
    selection = data.draw(numpy_indices(array.shape))
    try:
        expected = array[selection]
    except (IndexError, DeprecationWarning):
        with pytest.raises(IndexError):
            plan_numpy(selection, array.shape, chunked.grid)
        return
    plan = plan_numpy(selection, array.shape, chunked.grid)
    assert plan.result_shape == expected.shape
    result = plan.arrange(chunked.read(plan.indexer))
    assert result.shape == expected.shape
    np.testing.assert_array_equal(result, expected)
    assert plan.indexer.nchunks == len(list(plan.indexer))
    value = -1 - numbered(expected.shape)
    buffer = plan.scatter(value)
    assert buffer.shape == plan.indexer.shape
    chunked.write(plan.indexer, buffer)
    array[selection] = value
    np.testing.assert_array_equal(chunked.whole(), array)


ROWS, COLS = np.array([0, 2, 1]), np.array([3, 0, 3])


@pytest.mark.parametrize(
    "selection",
    [
        np.s_[[0, 2], :],
        np.s_[[0, 2, 1], [2, 3, 0]],
        np.s_[ROWS, :, COLS],
        np.s_[:, ROWS, COLS],
        np.s_[:, ROWS, None, COLS],
        np.s_[ROWS, None, COLS],
        np.s_[ROWS, ..., COLS[:, None]],
        np.s_[0, :, COLS],
        np.s_[:, 0, COLS],
        np.s_[ROWS, 1, COLS],
        np.s_[np.ix_(ROWS, COLS)],
        np.s_[np.ix_([True, False, True, True], [0, 2])],
        np.s_[:, None, ..., None, ROWS],
        np.s_[::-1, ::-2, ROWS],
        np.s_[True],
        np.s_[False],
        np.s_[0, True, :, 1],
        np.s_[None],
        np.s_[ROWS[:, None, None], COLS],
        np.s_[(0, 1), (1, 2)],
        np.s_[range(3)],
        np.s_[[]],
        np.s_[[], [99]],
        np.s_[np.zeros(0, bool)],
        np.s_[np.zeros((0, 5), bool), [99]],
        np.s_[np.array(1), :, np.array(-1)],
        np.s_[ROWS.astype("u1"), COLS.astype("i2")],
        [0, 1],
        [[0, 1], [2, 3]],
    ],
)
def test_forms(selection):
    c = cut((4, 5, 6), (2, [1, 4], 4))
    plan = plan_numpy(selection, (4, 5, 6), c.grid)
    expected = c.array[selection]
    result = plan.arrange(c.read(plan.indexer))
    assert result.shape == expected.shape
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize(
    "selection",
    [
        "a",
        1.0,
        [1.0],
        np.array([1.0]),
        np.array([]),
        (..., ...),
        (1, 2, 3, 4),
        [0, 99],
        (slice(None), 5),
        ([0, 1], [0, 1, 2]),
        np.ones(3, bool),
        np.ones((4, 4), bool),
        [slice(None)],
        [[0], [1, 2]],
        object(),
        {"a": 1},
        (99, []),
    ],
)
def test_what_numpy_refuses(selection):
    c = cut((4, 5, 6), (2, [1, 4], 4))
    with pytest.raises((IndexError, ValueError)):
        c.array[selection]
    with pytest.raises(IndexError):
        plan_numpy(selection, (4, 5, 6), c.grid)


@pytest.mark.parametrize("value", [7, [7], [[7]], np.arange(3), np.arange(6).reshape(1, 2, 3)])
def test_values_are_broadcast_as_numpy_does(value):
    c = cut((4, 5, 6), (2, [1, 4], 4))
    array = c.array.copy()
    selection = np.s_[[0, 3], 1, None, [0, 1, 5]] if np.size(value) == 0 else np.s_[[[0], [3]], 1, [0, 1, 5]]
    plan = plan_numpy(selection, (4, 5, 6), c.grid)
    c.write(plan.indexer, plan.scatter(np.asarray(value)))
    array[selection] = value
    np.testing.assert_array_equal(c.whole(), array)


def test_values_that_do_not_fit():
    c = cut((4, 5), (2, 2))
    plan = plan_numpy((slice(0, 2), slice(0, 3)), (4, 5), c.grid)
    for wrong in (np.ones(2), np.ones((2, 2, 3)), np.ones((3, 3))):
        with pytest.raises(ValueError, match="could not broadcast"):
            plan.scatter(wrong)


def test_nothing_to_arrange_is_a_view_of_the_same_memory():
    c = cut((4, 5, 6), (2, 2, 2))
    for selection in np.s_[:, ROWS, None, COLS], np.s_[None, 0], np.s_[ROWS, :, COLS]:
        plan = plan_numpy(selection, (4, 5, 6), c.grid)
        buffer = c.read(plan.indexer)
        assert np.shares_memory(plan.arrange(buffer), buffer)


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_arrays_of_other_classes_are_arrays():
    c = cut((4, 5), (2, 2))
    for item in (
        np.matrix([[0, 3]]),
        np.ma.array([0, 3], mask=[True, False]),
        np.matrix([[True, False, False, True]]),
    ):
        selection = (item, slice(None))
        if item.dtype == bool:
            selection = (np.ravel(item).view(np.ma.MaskedArray), slice(None))
        plan = plan_numpy(selection, (4, 5), c.grid)
        np.testing.assert_array_equal(plan.arrange(c.read(plan.indexer)), c.array[selection])
