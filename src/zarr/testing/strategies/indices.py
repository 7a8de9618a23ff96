"""Selections, and for each what NumPy must be asked for the same elements."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["basic_indices", "block_indices", "end_slices", "is_negative_slice", "orthogonal_indices"]


def is_negative_slice(idx: Any) -> bool:
    """Whether this is a slice with a negative step, which Zarr does not take."""
    return isinstance(idx, slice) and idx.step is not None and idx.step < 0


@st.composite
def end_slices(draw: DrawFn, *, shape: tuple[int, ...]) -> tuple[slice, ...]:
    """Slices in the second half of each axis, where the last chunk is, up to or short of its end."""
    slices = []
    for size in shape:
        start = draw(st.integers(size // 2, max(size // 2, size - 1)))
        stop = draw(st.just(size) | st.integers(start, max(start, size)))
        slices.append(slice(start, stop))
    return tuple(slices)


def basic_indices(
    *,
    shape: tuple[int, ...],
    min_dims: int = 0,
    max_dims: int | None = None,
    allow_newaxis: Literal[True, False] = False,
    allow_ellipsis: Literal[True, False] = True,
) -> SearchStrategy[Any]:
    """Integers, slices without negative steps, ellipses, and tuples of them; slices at the end among them."""
    plain: SearchStrategy[Any] = npst.basic_indices(
        shape=shape,
        min_dims=min_dims,
        max_dims=max_dims,
        allow_newaxis=allow_newaxis,
        allow_ellipsis=allow_ellipsis,
    ).filter(lambda index: not any(map(is_negative_slice, index if isinstance(index, tuple) else (index,))))
    if math.prod(shape) >= 3 and min_dims <= len(shape) and (max_dims is None or len(shape) <= max_dims):
        return end_slices(shape=shape) | plain
    return plain


@st.composite
def orthogonal_indices(
    draw: DrawFn, *, shape: tuple[int, ...]
) -> tuple[tuple[int | slice | np.ndarray[Any, Any], ...], tuple[np.ndarray[Any, Any], ...]]:
    """A selection for ``oindex``, and index arrays that select the same from a NumPy array.

    Along each axis it is an integer, a slice, or an array of integers, negative and repeated ones among them.
    """
    wanted: list[int | slice | np.ndarray[Any, Any]] = []
    positions: list[np.ndarray[Any, Any]] = []
    for size in shape:
        index: Any
        (index,) = draw(
            npst.basic_indices(shape=(size,), allow_ellipsis=False)
            .map(lambda i: i if isinstance(i, tuple) else (i,))
            .filter(lambda i: len(i) == 1 and not is_negative_slice(i[0]))
        )
        if size and draw(st.booleans()):
            index = draw(npst.arrays(np.int64, st.integers(1, 5), elements=st.integers(-size, size - 1)))
        wanted.append(index)
        positions.append(np.arange(size)[index])
    kept = [p for p in positions if p.ndim]
    of_numpy, axis = [], 0
    for p in positions:
        if p.ndim:
            of_numpy.append(p.reshape([-1 if i == axis else 1 for i in range(len(kept))]))
            axis += 1
        else:
            of_numpy.append(np.asarray(p))
    of_numpy = [np.broadcast_to(p, np.broadcast_shapes(*(q.shape for q in of_numpy))) for p in of_numpy]
    return tuple(wanted), tuple(of_numpy)


@st.composite
def block_indices(
    draw: DrawFn, *, chunk_sizes: tuple[tuple[int, ...], ...]
) -> tuple[tuple[int | slice, ...], tuple[slice, ...]]:
    """A selection for ``blocks``, and slices that select the same from a NumPy array.

    Parameters
    ----------
    chunk_sizes
        Lengths of the chunks along each axis.
    """
    blocks: list[int | slice] = []
    slices: list[slice] = []
    for sizes in chunk_sizes:
        count, ends = len(sizes), [0, *accumulate(sizes)]
        if count and draw(st.booleans()):
            index = draw(st.integers(-count, count - 1))
            blocks.append(index)
            slices.append(slice(ends[index % count], ends[index % count + 1]))
            continue
        starts = st.none() | st.integers(-count, max(0, count - 1))  # to start behind the last is an error
        block = slice(draw(starts), draw(st.none() | st.integers(-count, count)))
        start, stop, _ = block.indices(count)
        blocks.append(block)
        slices.append(slice(ends[start], ends[stop]) if start < stop else slice(0, 0))
    return tuple(blocks), tuple(slices)
