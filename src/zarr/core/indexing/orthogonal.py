"""Plans for `oindex`: one selector per axis, applied independently of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from zarr.core.chunk_grids import ChunkGrid
from zarr.core.indexing.axes import plan_int, plan_slice
from zarr.core.indexing.normalize import bounds_error, check_positive_steps, replace_ellipsis, replace_lists
from zarr.core.indexing.points import Ints, normalize_indices, plan_integers
from zarr.core.indexing.projection import (
    AxisTable,
    ChunkProjection,
    LongAxis,
    count_projections,
    iter_projections,
    tables_of,
)
from zarr.core.indexing.selection import Selection, Selector, is_bool_array, is_integer, is_integer_array

__all__ = ["OrthogonalIndexer", "OuterIndexer"]


class OuterIndexer:
    """A plan for one integer, slice or array of indices per axis, as an outer product.

    With an array, integers select parts of length 1 that `drop_axes` names. Axes stay in order, which NumPy
    would not do for arrays apart from each other; several arrays are given open (as by `numpy.ix_`).

    Parameters
    ----------
    items : sequence of int, slice or array
        One per axis; integers and arrays inside the axis and not negative, arrays one-dimensional.
    shape : tuple of int
        Shape of the array.
    chunk_grid : ChunkGrid
        How the array is cut.
    """

    __slots__ = ("_axes", "_open", "drop_axes", "is_advanced", "shape")

    shape: tuple[int, ...]
    drop_axes: tuple[int, ...]
    is_advanced: bool

    def __init__(
        self, items: Sequence[int | slice | Ints], shape: tuple[int, ...], chunk_grid: ChunkGrid
    ) -> None:
        arrays = sum(isinstance(item, np.ndarray) for item in items)
        axes: list[AxisTable | LongAxis] = []
        out_shape: list[int] = []
        dropped: list[int] = []
        for axis, (item, extent, dim) in enumerate(zip(items, shape, chunk_grid.dimensions, strict=True)):
            if isinstance(item, np.ndarray):
                axes.append(plan_integers(dim, extent, item))
                out_shape.append(item.size)
            elif isinstance(item, slice):
                start, stop, step = item.indices(extent)
                count = len(range(start, stop, step))
                axes.append(plan_slice(dim, extent, start, step, count))
                out_shape.append(count)
            elif arrays:
                axes.append(_dropped(plan_slice(dim, extent, int(item), 1, 1)))
                dropped.append(axis)
            else:
                axes.append(plan_int(dim, extent, int(item)))
        self._axes = axes
        self._open = arrays > 1
        self.shape = tuple(out_shape)
        self.drop_axes = tuple(dropped)
        self.is_advanced = arrays > 0

    @property
    def nchunks(self) -> int:
        """The number of chunks that the selection touches."""
        return count_projections(self._axes)

    @property
    def tables(self) -> list[AxisTable] | None:
        """The plan of each axis, if none is long."""
        return tables_of(self._axes)

    def __iter__(self) -> Iterator[ChunkProjection]:
        rows = iter_projections(self._axes)
        return map(_opened, rows) if self._open else rows


class OrthogonalIndexer(OuterIndexer):
    """A plan for `oindex`.

    Unlike NumPy's ``[]``, several arrays select the outer product, axes stay in order, and a boolean array
    is for one axis. Negative steps are refused, as by Zarr-Python.

    Parameters
    ----------
    selection : int, slice, Ellipsis, one-dimensional list or array of int or bool, or tuple of them
        Indices may be negative, unsorted and repeated.
    shape : tuple of int
        Shape of the array.
    chunk_grid : ChunkGrid
        How the array is cut.

    Raises
    ------
    BoundsCheckError
        An index is outside its axis.
    NegativeStepError
        A slice has a step below 1.
    IndexError
        Too many items, an array of the wrong shape, or something else.
    """

    __slots__ = ()

    def __init__(self, selection: Selection, shape: tuple[int, ...], chunk_grid: ChunkGrid) -> None:
        items = replace_lists(replace_ellipsis(selection, shape))
        check_positive_steps(items)
        super().__init__(
            [_normalize(item, n, axis) for axis, (item, n) in enumerate(zip(items, shape, strict=True))],
            shape,
            chunk_grid,
        )


def _normalize(item: Any, extent: int, axis: int) -> int | slice | Ints:
    if isinstance(item, slice):
        return item
    if is_integer(item) or is_integer_array(item, 0):
        index = int(item) + (extent if item < 0 else 0)
        if not 0 <= index < extent:
            raise bounds_error(int(item), axis, extent)
        return index
    if is_integer_array(item):
        if item.ndim != 1:
            raise IndexError("integer arrays in an orthogonal selection must be 1-dimensional only")
        return normalize_indices(np.asarray(item), extent, axis)
    if is_bool_array(item):
        if item.ndim != 1:
            raise IndexError("Boolean arrays in an orthogonal selection must be 1-dimensional only")
        if item.shape[0] != extent:
            raise IndexError(
                f"Boolean array has the wrong length for dimension; expected {extent}, got {item.shape[0]}"
            )
        return np.flatnonzero(item)
    raise IndexError(
        "unsupported selection item for orthogonal indexing; expected integer, slice, integer array or "
        f"Boolean array, got {type(item)}"
    )


def _dropped(table: AxisTable | LongAxis) -> AxisTable:
    assert isinstance(table, tuple)
    return table[0], table[1], None, table[3]


def _opened(row: ChunkProjection) -> ChunkProjection:
    return ChunkProjection(row[0], _open_mesh(row[1]), _open_mesh(row[2]), row[3])  # type: ignore[arg-type]


def _open_mesh(selectors: tuple[Selector, ...]) -> tuple[Selector, ...]:
    """Selectors that NumPy applies independently: where two or more are arrays, all between are opened."""
    places = [i for i, s in enumerate(selectors) if isinstance(s, np.ndarray)]
    if len(places) < 2:
        return selectors
    first, last = places[0], places[-1]
    result = list(selectors)
    for i in range(first, last + 1):
        s = selectors[i]
        if isinstance(s, slice):
            s = np.arange(s.start, -1 if s.stop is None else s.stop, s.step)
        result[i] = np.asarray(s).reshape((1,) * (i - first) + (-1,) + (1,) * (last - i))
    return tuple(result)
