"""Plans for what only NumPy's ``[]`` has: points on some axes beside slices on others, and nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np

from zarr.core.chunk_grids import ChunkGrid
from zarr.core.indexing.axes import plan_slice
from zarr.core.indexing.points import Ints, plan_points
from zarr.core.indexing.projection import (
    AxisTable,
    ChunkProjection,
    LongAxis,
    count_projections,
    iter_projections,
)

__all__ = ["EmptyIndexer", "PointsIndexer"]


class EmptyIndexer:
    """A plan for a selection without elements: no chunk is touched."""

    __slots__ = ("drop_axes", "nchunks", "shape")

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.drop_axes: tuple[int, ...] = ()
        self.nchunks = 0

    def __iter__(self) -> Iterator[ChunkProjection]:
        return iter(())


class PointsIndexer:
    """A plan for points on two or more axes, and slices on the others.

    The axes of a part are those that NumPy gives for arrays beside slices: the points take the place of the
    first array where all arrays are adjacent, else they come first. So it is in the result.

    Parameters
    ----------
    points : dict
        Axis -> flat array of indices, not negative, inside the axis; all of one length.
    slices : dict
        Axis -> slice, for each of the other axes.
    shape : tuple of int
        Shape of the array.
    chunk_grid : ChunkGrid
        How the array is cut.

    Attributes
    ----------
    runs : PointRuns
        The points by chunk, on their axes.
    """

    __slots__ = ("_axes", "_axes_slices", "drop_axes", "place", "runs", "shape")

    def __init__(
        self,
        points: dict[int, Ints],
        slices: dict[int, slice],
        shape: tuple[int, ...],
        chunk_grid: ChunkGrid,
    ) -> None:
        dims = chunk_grid.dimensions
        self._axes = tuple(points)
        self.runs = plan_points([dims[axis] for axis in points], list(points.values()))
        self._axes_slices: dict[int, AxisTable | LongAxis] = {}
        out_shape: list[int] = []
        for axis, item in slices.items():
            start, stop, step = item.indices(shape[axis])
            count = len(range(start, stop, step))
            self._axes_slices[axis] = plan_slice(dims[axis], shape[axis], start, step, count)
            out_shape.append(count)
        first, last = self._axes[0], self._axes[-1]
        self.place = first if last - first + 1 == len(self._axes) else 0
        out_shape.insert(self.place, next(iter(points.values())).size)
        self.shape = tuple(out_shape)
        self.drop_axes: tuple[int, ...] = ()

    @property
    def nchunks(self) -> int:
        """The number of chunks that the selection touches."""
        return len(self.runs) * count_projections(list(self._axes_slices.values()))

    def __iter__(self) -> Iterator[ChunkProjection]:
        ndim = len(self._axes) + len(self._axes_slices)
        tables = list(self._axes_slices.values())
        # where in points, then slices, each axis of the array is found
        source = np.argsort([*self._axes, *self._axes_slices]).tolist()
        place = self.place
        for point_chunk, point_part, point_out in self.runs.rows():
            for slice_chunk, slice_part, slice_out, _ in iter_projections(tables):
                chunk = (*point_chunk, *slice_chunk)
                part = (*point_part, *cast("tuple[slice, ...]", slice_part))
                outs = cast("tuple[slice, ...]", slice_out)
                yield ChunkProjection(
                    tuple(chunk[source[i]] for i in range(ndim)),
                    tuple(part[source[i]] for i in range(ndim)),
                    (*outs[:place], point_out, *outs[place:]),
                    False,
                )
