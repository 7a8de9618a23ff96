"""Plans for `vindex`: points, and masks of the whole array."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from zarr.core.chunk_grids import ChunkGrid
from zarr.core.indexing.normalize import ensure_tuple, places_of, replace_lists
from zarr.core.indexing.points import PointRuns, normalize_indices, plan_integers, plan_points
from zarr.core.indexing.projection import (
    AxisTable,
    ChunkProjection,
    LongAxis,
    count_projections,
    iter_projections,
)
from zarr.core.indexing.selection import (
    CoordinateSelection,
    MaskSelection,
    is_bool_array,
    is_coordinate_selection,
)
from zarr.errors import VindexInvalidSelectionError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["CoordinateIndexer", "MaskIndexer"]


class CoordinateIndexer:
    """A plan for points: one integer, list or array of integers per axis, broadcast together.

    The result is flat; `sel_shape` is the shape to give it. Unlike NumPy's ``[]`` every axis needs an item,
    and integers alone give one dimension of length 1.

    Parameters
    ----------
    selection : int, list or array of int, or tuple of them
        Indices may be negative, unsorted and repeated.
    shape : tuple of int
        Shape of the array.
    chunk_grid : ChunkGrid
        How the array is cut.

    Raises
    ------
    BoundsCheckError
        An index is outside its axis.
    IndexError
        Not one integer or integer array per axis.
    ValueError
        The arrays cannot be broadcast together.
    """

    __slots__ = ("_axis", "_runs", "drop_axes", "sel_shape", "shape")

    shape: tuple[int, ...]
    sel_shape: tuple[int, ...]
    drop_axes: tuple[int, ...]
    _runs: PointRuns | None
    _axis: AxisTable | LongAxis | None

    def __init__(self, selection: CoordinateSelection, shape: tuple[int, ...], chunk_grid: ChunkGrid) -> None:
        items = replace_lists(ensure_tuple(selection))
        if not items or not is_coordinate_selection(items, shape):
            raise VindexInvalidSelectionError(
                "invalid coordinate selection; expected one integer (coordinate) array per dimension of the "
                f"target array, got {selection!r}"
            )
        arrays = [np.asarray(item) for item in items]
        points = [
            normalize_indices(a, n, axis) for axis, (a, n) in enumerate(zip(arrays, shape, strict=True))
        ]
        points = list(np.broadcast_arrays(*points)) if len(points) > 1 else points
        self.sel_shape = points[0].shape or (1,)
        flat = [p.reshape(-1) for p in points]
        self.shape = (flat[0].size,)
        self.drop_axes = ()
        self._runs = self._axis = None
        if len(shape) == 1:
            self._axis = plan_integers(chunk_grid.dimensions[0], shape[0], flat[0])
        else:
            self._runs = plan_points(chunk_grid.dimensions, flat)

    @property
    def nchunks(self) -> int:
        """The number of chunks that the selection touches."""
        if self._axis is not None:
            return count_projections([self._axis])
        return len(self._runs) if self._runs is not None else 0

    def __iter__(self) -> Iterator[ChunkProjection]:
        if self._axis is not None:
            for row in iter_projections([self._axis]):
                (place,) = cast("tuple[slice | npt.NDArray[np.intp]]", row[2])
                yield ChunkProjection(row[0], row[1], place, row[3])
        elif self._runs is not None:
            for chunk, parts, points in self._runs.rows():
                yield ChunkProjection(chunk, parts, points, False)


class MaskIndexer(CoordinateIndexer):
    """A plan for a boolean array of the array's shape: the elements where it is true, in C order, flat.

    Parameters
    ----------
    selection : array of bool
        Or a list, for one dimension.
    shape : tuple of int
        Shape of the array.
    chunk_grid : ChunkGrid
        How the array is cut.

    Raises
    ------
    IndexError
        Not a boolean array of the array's shape.
    """

    __slots__ = ()

    def __init__(self, selection: MaskSelection, shape: tuple[int, ...], chunk_grid: ChunkGrid) -> None:
        items: tuple[Any, ...] = replace_lists(ensure_tuple(selection))
        mask = items[0] if len(items) == 1 else None
        if not shape or not is_bool_array(mask) or tuple(mask.shape) != tuple(shape):
            raise IndexError(
                "invalid mask selection; expected one Boolean (mask) array with the same shape as the target "
                f"array, {shape}, got {selection!r}"
            )
        super().__init__(places_of(np.asarray(mask)), shape, chunk_grid)
