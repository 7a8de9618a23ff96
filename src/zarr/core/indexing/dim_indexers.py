"""The plan of one axis as an object, for those who want one: `ChunkDimProjection` per chunk."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.core.chunk_grids import DimensionGrid
from zarr.core.indexing.axes import plan_int, plan_slice
from zarr.core.indexing.normalize import (
    boundscheck_indices,
    check_positive_steps,
    normalize_integer_selection,
)
from zarr.core.indexing.normalize import wraparound_indices as wrap
from zarr.core.indexing.points import plan_integers
from zarr.core.indexing.projection import AxisTable, ChunkDimProjection, LongAxis
from zarr.core.indexing.selection import is_bool_array, is_integer_array

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["BoolArrayDimIndexer", "IntArrayDimIndexer", "IntDimIndexer", "Order", "SliceDimIndexer"]


class Order(Enum):
    """How indices are ordered."""

    UNKNOWN = 0
    INCREASING = 1
    DECREASING = 2
    UNORDERED = 3

    @staticmethod
    def check(a: npt.NDArray[Any]) -> Order:
        """The order of a one-dimensional array."""
        steps = np.diff(a)
        if (steps >= 0).all():
            return Order.INCREASING
        return Order.DECREASING if (steps <= 0).all() else Order.UNORDERED


class _DimIndexer:
    __slots__ = ("_table", "dim_grid", "dim_len", "nitems")

    dim_len: int
    dim_grid: DimensionGrid
    nitems: int
    _table: AxisTable | LongAxis

    def __init__(
        self, table: AxisTable | LongAxis, dim_len: int, dim_grid: DimensionGrid, nitems: int
    ) -> None:
        self._table = table
        self.dim_len = dim_len
        self.dim_grid = dim_grid
        self.nitems = nitems

    @property
    def nchunks(self) -> int:
        """The number of chunks of the axis."""
        return self.dim_grid.nchunks

    def __iter__(self) -> Iterator[ChunkDimProjection]:
        blocks = (self._table,) if isinstance(self._table, tuple) else self._table.blocks()
        for coords, parts, outs, whole in blocks:
            places = (None,) * len(coords) if outs is None else outs
            yield from map(ChunkDimProjection, coords, parts, places, whole)


class IntDimIndexer(_DimIndexer):
    """The plan of one integer."""

    __slots__ = ("dim_sel",)

    def __init__(self, dim_sel: int, dim_len: int, dim_grid: DimensionGrid) -> None:
        self.dim_sel = normalize_integer_selection(dim_sel, dim_len)
        super().__init__(plan_int(dim_grid, dim_len, self.dim_sel), dim_len, dim_grid, 1)


class SliceDimIndexer(_DimIndexer):
    """The plan of one slice; NegativeStepError for a step below 1."""

    __slots__ = ("start", "step", "stop")

    def __init__(self, dim_sel: slice, dim_len: int, dim_grid: DimensionGrid) -> None:
        check_positive_steps(dim_sel)
        self.start, self.stop, self.step = dim_sel.indices(dim_len)
        n = len(range(self.start, self.stop, self.step))
        super().__init__(plan_slice(dim_grid, dim_len, self.start, self.step, n), dim_len, dim_grid, n)


class IntArrayDimIndexer(_DimIndexer):
    """The plan of one array of integers."""

    __slots__ = ("order",)

    def __init__(
        self,
        dim_sel: npt.NDArray[np.intp],
        dim_len: int,
        dim_grid: DimensionGrid,
        wraparound: bool = True,
        boundscheck: bool = True,
        order: Order = Order.UNKNOWN,
    ) -> None:
        indices = np.asarray(dim_sel)
        if not is_integer_array(indices, 1):
            raise IndexError("integer arrays in an orthogonal selection must be 1-dimensional only")
        indices = indices.astype(np.intp, copy=False)
        if wraparound:
            indices = wrap(indices, dim_len)
        if boundscheck:
            boundscheck_indices(indices, dim_len)
        self.order = Order.check(indices) if order is Order.UNKNOWN else order
        super().__init__(plan_integers(dim_grid, dim_len, indices), dim_len, dim_grid, indices.size)


class BoolArrayDimIndexer(_DimIndexer):
    """The plan of one boolean array of the axis' length."""

    __slots__ = ("dim_sel",)

    def __init__(self, dim_sel: npt.NDArray[np.bool_], dim_len: int, dim_grid: DimensionGrid) -> None:
        if not is_bool_array(dim_sel, 1):
            raise IndexError("Boolean arrays in an orthogonal selection must be 1-dimensional only")
        if dim_sel.shape[0] != dim_len:
            n = dim_sel.shape[0]
            raise IndexError(f"Boolean array has the wrong length for dimension; expected {dim_len}, got {n}")
        self.dim_sel = dim_sel
        indices = np.flatnonzero(dim_sel)
        super().__init__(plan_integers(dim_grid, dim_len, indices), dim_len, dim_grid, indices.size)
