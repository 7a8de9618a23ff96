"""Plans for `blocks`: integers and slices that count chunks instead of elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zarr.core.chunk_grids import ChunkGrid, DimensionGrid
from zarr.core.indexing.axes import plan_slice
from zarr.core.indexing.normalize import replace_ellipsis, replace_lists
from zarr.core.indexing.projection import (
    AxisTable,
    ChunkProjection,
    LongAxis,
    count_projections,
    iter_projections,
)
from zarr.core.indexing.selection import BasicSelection, is_integer
from zarr.errors import BoundsCheckError

__all__ = ["BlockIndexer"]


class BlockIndexer:
    """A plan for whole chunks. An integer keeps its axis: it selects the elements of one chunk.

    A slice past the last chunk selects nothing, as in NumPy; Zarr-Python raises BoundsCheckError.

    Parameters
    ----------
    selection : int, slice of step 1, Ellipsis or tuple of them
        In chunks.
    shape : tuple of int
        Shape of the array.
    chunk_grid : ChunkGrid
        How the array is cut.

    Raises
    ------
    BoundsCheckError
        There is no such chunk.
    IndexError
        Too many items, or one that is no integer or slice of step 1.
    """

    __slots__ = ("_axes", "drop_axes", "shape")

    shape: tuple[int, ...]
    drop_axes: tuple[int, ...]

    def __init__(self, selection: BasicSelection, shape: tuple[int, ...], chunk_grid: ChunkGrid) -> None:
        items = replace_lists(replace_ellipsis(selection, shape))
        axes: list[AxisTable | LongAxis] = []
        out_shape: list[int] = []
        for item, extent, dim in zip(items, shape, chunk_grid.dimensions, strict=True):
            first, last = _blocks(item, dim.nchunks)
            start = _offset(dim, first, extent)
            count = max(0, _offset(dim, last, extent) - start)
            axes.append(plan_slice(dim, extent, start, 1, count))
            out_shape.append(count)
        self._axes = axes
        self.shape = tuple(out_shape)
        self.drop_axes = ()

    @property
    def nchunks(self) -> int:
        """The number of chunks that the selection touches."""
        return count_projections(self._axes)

    def __iter__(self) -> Iterator[ChunkProjection]:
        return iter_projections(self._axes)


def _blocks(item: Any, nchunks: int) -> tuple[int, int]:
    if is_integer(item):
        index = int(item) + (nchunks if item < 0 else 0)
        if not 0 <= index < nchunks:
            raise BoundsCheckError(f"block index out of bounds for dimension with {nchunks} chunk(s): {item}")
        return index, index + 1
    if isinstance(item, slice):
        start, stop, step = item.indices(nchunks)
        if step == 1:
            return start, stop
        raise IndexError(
            "unsupported selection item for block indexing; expected integer or slice with step=1, "
            f"got {item!r}"
        )
    raise IndexError(
        f"unsupported selection item for block indexing; expected integer or slice, got {type(item)}"
    )


def _offset(dim: DimensionGrid, chunk: int, extent: int) -> int:
    return extent if chunk >= dim.nchunks else dim.chunk_offset(chunk)
