"""Plans for integers and slices: the hot path of the library.

Construction of a small selection is a handful of calls; keep it so (tests/core/indexing counts them).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zarr.core.chunk_grids import ChunkGrid
from zarr.core.indexing.axes import plan_int, plan_slice
from zarr.core.indexing.normalize import bounds_error, normalize_basic
from zarr.core.indexing.projection import (
    AxisTable,
    ChunkProjection,
    LongAxis,
    count_projections,
    iter_projections,
    tables_of,
)
from zarr.core.indexing.selection import BasicSelection

__all__ = ["BasicIndexer"]

_PLAIN = frozenset({int, slice})


class BasicIndexer:
    """A plan for integers, slices of any step, and an ellipsis, with NumPy's meaning.

    Parameters
    ----------
    selection : int, slice, Ellipsis or tuple of them
        Steps may be negative; `check_positive_steps` is for those who refuse them.
        Integers drop their axis.
    shape : tuple of int
        Shape of the array.
    chunk_grid : ChunkGrid
        How the array is cut.

    Raises
    ------
    BoundsCheckError
        An integer is outside its axis.
    IndexError
        Too many items, or one that is no integer, slice or ellipsis.
    """

    __slots__ = ("_axes", "drop_axes", "shape")

    shape: tuple[int, ...]
    drop_axes: tuple[int, ...]

    def __init__(self, selection: BasicSelection, shape: tuple[int, ...], chunk_grid: ChunkGrid) -> None:
        items = selection if type(selection) is tuple else (selection,)
        if len(items) != len(shape) or not _PLAIN.issuperset(map(type, items)):
            items = normalize_basic(items, shape)
        axes: list[AxisTable | LongAxis] = []
        out_shape: list[int] = []
        sizes = chunk_grid.fixed_sizes
        item: Any
        for axis, item in enumerate(items):
            extent, size = shape[axis], sizes[axis]
            if type(item) is int:
                index = item + extent if item < 0 else item
                if not 0 <= index < extent:
                    raise bounds_error(item, axis, extent)
                if size:
                    chunk = index // size
                    part = index - chunk * size
                    axes.append(
                        ((chunk,), (part,), None, (size == 1 or (part == 0 and index + 1 == extent),))
                    )
                else:
                    axes.append(plan_int(chunk_grid.dimensions[axis], extent, index))
            else:
                start, stop, step = item.indices(extent)
                count = stop - start if step == 1 else len(range(start, stop, step))
                if count < 0:
                    count = 0
                out_shape.append(count)
                if size and step == 1 and count and (chunk := start // size) == (stop - 1) // size:
                    part = start - chunk * size
                    axes.append(
                        (
                            (chunk,),
                            (slice(part, part + count, 1),),
                            (slice(0, count),),
                            (part == 0 and (count == size or stop == extent),),
                        )
                    )
                else:
                    axes.append(plan_slice(chunk_grid.dimensions[axis], extent, start, step, count))
        self._axes = axes
        self.shape = tuple(out_shape)
        self.drop_axes = ()

    @property
    def nchunks(self) -> int:
        """The number of chunks that the selection touches."""
        return count_projections(self._axes)

    @property
    def tables(self) -> list[AxisTable] | None:
        """The plan of each axis, if none is long."""
        return tables_of(self._axes)

    def __iter__(self) -> Iterator[ChunkProjection]:
        return iter_projections(self._axes)
