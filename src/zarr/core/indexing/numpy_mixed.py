"""Plans for ``[]`` with more than integers and slices: arrays, booleans, new axes, in any mixture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zarr.core.chunk_grids import ChunkGrid
from zarr.core.indexing.basic import BasicIndexer
from zarr.core.indexing.numpy_items import Entry, NewAxis, OnAxis, Picks, parse_numpy_index
from zarr.core.indexing.numpy_steps import NumpyPlan
from zarr.core.indexing.orthogonal import OuterIndexer
from zarr.core.indexing.points import Ints, normalize_indices
from zarr.core.indexing.points_indexer import EmptyIndexer, PointsIndexer

__all__ = ["plan_mixed"]

_POINTS = -1


def plan_mixed(items: tuple[Any, ...], shape: tuple[int, ...], chunk_grid: ChunkGrid) -> NumpyPlan:
    """Plan an index of any items that NumPy takes; see ``plan_numpy``."""
    entries = parse_numpy_index(items, shape)
    picks = [e for e in entries if isinstance(e, Picks)]
    if not picks:
        return _plan_basic(entries, shape, chunk_grid)
    try:
        broadcast = np.broadcast_shapes(*(p.array.shape for p in picks))
    except ValueError:
        shapes = " ".join(str(p.array.shape) for p in picks)
        raise IndexError(
            f"shape mismatch: indexing arrays could not be broadcast together with shapes {shapes}"
        ) from None
    arrays = [p for p in picks if p.axis is not None]
    if 0 in broadcast or not arrays:
        # NumPy does not look at indices that are broadcast to nothing, so neither are they checked here
        return _plan_flags(entries, broadcast, shape, chunk_grid)
    entries = [_checked(e, shape) for e in entries]
    if len(arrays) == len(picks) and (len(arrays) == 1 or _is_open_mesh(arrays, broadcast)):
        return _plan_outer(entries, broadcast, shape, chunk_grid)
    return _plan_points(entries, broadcast, shape, chunk_grid)


def _checked(entry: Entry, shape: tuple[int, ...]) -> Entry:
    """The entry with its indices counted from the start of the axis."""
    if isinstance(entry, Picks) and entry.axis is not None:
        return Picks(entry.axis, normalize_indices(entry.array, shape[entry.axis], entry.axis))
    return entry


def _plan_basic(entries: Sequence[Entry], shape: tuple[int, ...], chunk_grid: ChunkGrid) -> NumpyPlan:
    """Integers, slices and new axes."""
    indexer = BasicIndexer(tuple(e.item for e in entries if isinstance(e, OnAxis)), shape, chunk_grid)
    return NumpyPlan(indexer, _sliced_shape(entries, shape))


def _plan_flags(
    entries: Sequence[Entry], broadcast: tuple[int, ...], shape: tuple[int, ...], chunk_grid: ChunkGrid
) -> NumpyPlan:
    """Advanced indices that are only 0-d booleans, or that select nothing."""
    before, after = _around_points(entries)
    result = (*_sliced_shape(before, shape), *broadcast, *_sliced_shape(after, shape))
    if 0 in broadcast:
        return NumpyPlan(EmptyIndexer(result), result)
    items = tuple(e.item for e in entries if isinstance(e, OnAxis))
    return NumpyPlan(BasicIndexer(items, shape, chunk_grid), result)


def _plan_outer(
    entries: Sequence[Entry], broadcast: tuple[int, ...], shape: tuple[int, ...], chunk_grid: ChunkGrid
) -> NumpyPlan:
    """One array, or several that are open: an outer product, whose axes NumPy may order otherwise."""
    items: list[int | slice | Ints] = []
    for e in entries:
        if isinstance(e, Picks):
            items.append(e.array.reshape(-1))
        elif isinstance(e, OnAxis):
            items.append(e.item)
    indexer = OuterIndexer(items, shape, chunk_grid)
    before, after = _around_points(entries)
    order = [
        *_slice_axes(before),
        *(e.axis for e in entries if isinstance(e, Picks) and e.axis is not None),
        *_slice_axes(after),
    ]
    result = (*_sliced_shape(before, shape), *broadcast, *_sliced_shape(after, shape))
    return NumpyPlan(indexer, result, _transpose(sorted(order), order))


def _plan_points(
    entries: Sequence[Entry], broadcast: tuple[int, ...], shape: tuple[int, ...], chunk_grid: ChunkGrid
) -> NumpyPlan:
    """Several arrays: points. Integers beside them are points too."""
    points: dict[int, Ints] = {}
    slices: dict[int, slice] = {}
    for e in entries:
        if isinstance(e, Picks) and e.axis is not None:
            points[e.axis] = np.broadcast_to(e.array, broadcast).reshape(-1)
        elif isinstance(e, OnAxis):
            if isinstance(e.item, slice):
                slices[e.axis] = e.item
            else:
                points[e.axis] = np.broadcast_to(np.intp(e.item), broadcast).reshape(-1)
    indexer = PointsIndexer(points, slices, shape, chunk_grid)
    before, after = _around_points(entries)
    have = list(slices)
    have.insert(indexer.place, _POINTS)
    want = [*_slice_axes(before), _POINTS, *_slice_axes(after)]
    result = (*_sliced_shape(before, shape), *broadcast, *_sliced_shape(after, shape))
    return NumpyPlan(indexer, result, _transpose(have, want))


def _around_points(entries: Sequence[Entry]) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """What stands before and after the points in the result: all after, where advanced indices are apart."""
    advanced = [
        i
        for i, e in enumerate(entries)
        if isinstance(e, Picks) or (isinstance(e, OnAxis) and not isinstance(e.item, slice))
    ]
    first, last = advanced[0], advanced[-1]
    if last - first + 1 == len(advanced):
        return entries[:first], entries[last + 1 :]
    return (), entries


def _sliced_shape(entries: Sequence[Entry], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The lengths of slices and new axes."""
    lengths: list[int] = []
    for e in entries:
        if isinstance(e, NewAxis):
            lengths.append(1)
        elif isinstance(e, OnAxis) and isinstance(e.item, slice):
            lengths.append(len(range(*e.item.indices(shape[e.axis]))))
    return tuple(lengths)


def _slice_axes(entries: Sequence[Entry]) -> list[int]:
    return [e.axis for e in entries if isinstance(e, OnAxis) and isinstance(e.item, slice)]


def _is_open_mesh(arrays: Sequence[Picks], broadcast: tuple[int, ...]) -> bool:
    """Whether arrays are as from `numpy.ix_`: each along a dimension of its own, in order."""
    return len(arrays) == len(broadcast) and all(
        p.array.shape == (1,) * i + (n,) + (1,) * (len(broadcast) - i - 1)
        for i, (p, n) in enumerate(zip(arrays, broadcast, strict=True))
    )


def _transpose(have: Sequence[int], want: Sequence[int]) -> tuple[int, ...] | None:
    return None if list(have) == list(want) else tuple(have.index(i) for i in want)
