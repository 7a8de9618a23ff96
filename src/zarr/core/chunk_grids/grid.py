"""The chunk grid of an array: one `DimensionGrid` per dimension, and walks over the chunks.

Walks are lazy: a grid may have more chunks than there is memory.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, cast

from zarr.core.chunk_grids.dimensions import DimensionGrid, FixedDimension, VaryingDimension
from zarr.core.common import ShapeLike, parse_shapelike

if TYPE_CHECKING:
    from typing_extensions import TypeIs

__all__ = ["ChunkGrid", "ChunkSpec"]

_LONG = 4096


@dataclass(frozen=True, slots=True)
class ChunkSpec:
    """One chunk: the region of the array that it holds, and the shape that codecs see.

    Attributes
    ----------
    slices : tuple of slice
        The part of the array, clipped to it.
    codec_shape : tuple of int
        The declared shape of the chunk.
    """

    slices: tuple[slice, ...]
    codec_shape: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the part that lies inside the array."""
        return tuple(s.stop - s.start for s in self.slices)

    @property
    def is_boundary(self) -> bool:
        """Whether a part of the chunk lies outside the array."""
        return self.shape != self.codec_shape


class ChunkGrid:
    """How an array is cut into chunks.

    Parameters
    ----------
    dimensions : tuple of DimensionGrid
        One per dimension of the array.
    """

    __slots__ = ("_dimensions", "_is_regular", "_open", "fixed_sizes")

    #: Per dimension the chunk length where it is fixed, else 0; the planner's shortcut.
    fixed_sizes: tuple[int, ...]

    def __init__(self, *, dimensions: tuple[DimensionGrid, ...]) -> None:
        self._dimensions = tuple(dimensions)
        self.fixed_sizes = tuple(d.size if type(d) is FixedDimension else 0 for d in self._dimensions)
        self._is_regular = 0 not in self.fixed_sizes
        self._open: tuple[int, ...] | None = None

    @classmethod
    def from_sizes(cls, array_shape: ShapeLike, chunk_sizes: Sequence[int | Sequence[int]]) -> ChunkGrid:
        """A grid from one chunk length, or one list of chunk lengths, per dimension.

        Raises
        ------
        ValueError
            The numbers of dimensions differ, a length is below 1, or a list does not reach the end.
        """
        shape = parse_shapelike(array_shape)
        if len(shape) != len(chunk_sizes):
            raise ValueError(
                f"array_shape has {len(shape)} dimensions but chunk_sizes has {len(chunk_sizes)} dimensions"
            )
        return cls(
            dimensions=tuple(
                FixedDimension(operator.index(size), extent)
                if _is_int(size)
                else VaryingDimension(size, extent)
                for size, extent in zip(chunk_sizes, shape, strict=True)
            )
        )

    @classmethod
    def from_metadata(cls, metadata: Any) -> ChunkGrid:
        """The grid of an array's metadata.

        Parameters
        ----------
        metadata : ArrayV2Metadata or ArrayV3Metadata
            ``shape``, and ``chunk_grid`` with ``chunk_shape`` (regular) or ``chunk_shapes`` (rectilinear:
            per dimension an integer or a list of lengths and ``[length, count]`` runs); or ``chunks``.
        """
        grid = getattr(metadata, "chunk_grid", None)
        if isinstance(grid, cls):
            return grid
        if (sizes := getattr(grid, "chunk_shape", None)) is not None:
            return cls.from_sizes(metadata.shape, sizes)
        if (sizes := getattr(grid, "chunk_shapes", None)) is not None:
            return cls.from_sizes(metadata.shape, [_expand_runs(size) for size in sizes])
        return cls.from_sizes(metadata.shape, metadata.chunks)

    @property
    def dimensions(self) -> tuple[DimensionGrid, ...]:
        """One grid per dimension."""
        return self._dimensions

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self._dimensions)

    @property
    def is_regular(self) -> bool:
        """Whether the chunk length is fixed in every dimension."""
        return self._is_regular

    @property
    def grid_shape(self) -> tuple[int, ...]:
        """The number of chunks per dimension."""
        return tuple(d.nchunks for d in self._dimensions)

    @property
    def chunk_shape(self) -> tuple[int, ...]:
        """The shape of every chunk of a regular grid; ValueError for others."""
        if not self._is_regular:
            raise ValueError(
                "chunk_shape is only available for regular chunk grids. Use grid[coords] for per-chunk sizes."
            )
        return self.fixed_sizes

    @property
    def chunk_sizes(self) -> tuple[tuple[int, ...], ...]:
        """Per dimension the length of each chunk, clipped to the array."""
        return tuple(_clipped_sizes(d) for d in self._dimensions)

    def is_open_ended(self, coords: tuple[int, ...]) -> bool:
        """Whether a chunk has room beyond the array: where it is larger by now, there may be data of others."""
        if self._open is None:
            self._open = tuple(map(_open_ended_chunk, self._dimensions))
        return any(map(operator.eq, coords, self._open))

    def get_nchunks(self) -> int:
        """The number of chunks."""
        return math.prod(self.grid_shape)

    def update_shape(self, new_shape: tuple[int, ...]) -> ChunkGrid:
        """The grid of the array after a resize."""
        if len(new_shape) != self.ndim:
            raise ValueError(
                f"new_shape has {len(new_shape)} dimensions but chunk grid has {self.ndim} dimensions"
            )
        return ChunkGrid(
            dimensions=tuple(d.resize(n) for d, n in zip(self._dimensions, new_shape, strict=True))
        )

    def __getitem__(self, coords: int | tuple[int, ...]) -> ChunkSpec | None:
        """The chunk at a place of the grid; None outside it."""
        if not isinstance(coords, tuple):
            coords = (coords,)
        if len(coords) != self.ndim:
            raise ValueError(
                f"Expected {self.ndim} coordinate(s) for a {self.ndim}-d chunk grid, got {len(coords)}."
            )
        for c, d in zip(coords, self._dimensions, strict=True):
            if not 0 <= c < d.nchunks:
                return None
        return ChunkSpec(
            self._region(coords),
            tuple(d.chunk_size(c) for c, d in zip(coords, self._dimensions, strict=True)),
        )

    def __iter__(self) -> Iterator[ChunkSpec]:
        for coords in self.all_chunk_coords():
            yield cast("ChunkSpec", self[coords])

    def all_chunk_coords(
        self, *, origin: Sequence[int] | None = None, selection_shape: Sequence[int] | None = None
    ) -> Iterator[tuple[int, ...]]:
        """The places of chunks in the grid, in C order.

        Parameters
        ----------
        origin : sequence of int, optional
            The first chunk; default the first one of the grid.
        selection_shape : sequence of int, optional
            The number of chunks per dimension; default up to the end of the grid.

        Raises
        ------
        IndexError
            The selection reaches past the grid.
        """
        starts = tuple(origin) if origin is not None else (0,) * self.ndim
        grid = self.grid_shape
        if len(starts) != len(grid):
            raise ValueError(f"origin has {len(starts)} dimensions but chunk grid has {len(grid)}")
        if selection_shape is None:
            return lazy_product([range(a, n) for a, n in zip(starts, grid, strict=True)])
        if len(selection_shape) != len(grid):
            raise ValueError(
                f"selection_shape has {len(selection_shape)} dimensions but chunk grid has {len(grid)}"
            )
        for axis, (a, k, n) in enumerate(zip(starts, selection_shape, grid, strict=True)):
            if a + k > n:
                raise IndexError(
                    f"Invalid selection shape ({k}) for origin ({a}) and grid shape ({n}) at axis {axis}."
                )
        return lazy_product([range(a, a + k) for a, k in zip(starts, selection_shape, strict=True)])

    def iter_chunk_regions(
        self, *, origin: Sequence[int] | None = None, selection_shape: Sequence[int] | None = None
    ) -> Iterator[tuple[slice, ...]]:
        """The regions of the array that chunks hold, clipped to it; parameters as in `all_chunk_coords`."""
        for coords in self.all_chunk_coords(origin=origin, selection_shape=selection_shape):
            yield self._region(coords)

    def _region(self, coords: tuple[int, ...]) -> tuple[slice, ...]:
        starts = [d.chunk_offset(c) for c, d in zip(coords, self._dimensions, strict=True)]
        sizes = [d.data_size(c) for c, d in zip(coords, self._dimensions, strict=True)]
        return tuple(slice(a, a + n, 1) for a, n in zip(starts, sizes, strict=True))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ChunkGrid):
            return NotImplemented
        return self._dimensions == other._dimensions

    def __hash__(self) -> int:
        return hash(self._dimensions)

    def __repr__(self) -> str:
        sizes = tuple(getattr(d, "size", None) or getattr(d, "edges", d) for d in self._dimensions)
        return f"ChunkGrid(chunk_sizes={sizes}, array_shape={tuple(d.extent for d in self._dimensions)})"


def lazy_product(ranges: Sequence[range]) -> Iterator[tuple[int, ...]]:
    """`itertools.product` of ranges, without the copy that it makes of each."""
    if max(map(len, ranges), default=0) <= _LONG:
        return product(*ranges)
    return ((i, *rest) for i in ranges[0] for rest in lazy_product(ranges[1:]))


def _clipped_sizes(dim: DimensionGrid) -> tuple[int, ...]:
    n = dim.nchunks
    if n == 0:
        return ()
    if isinstance(dim, FixedDimension):
        return (dim.size,) * (n - 1) + (dim.data_size(n - 1),)
    return tuple(dim.data_size(i) for i in range(n))


def _open_ended_chunk(dim: DimensionGrid) -> int:
    """The chunk that reaches past the array; -1 where none does."""
    last = dim.nchunks - 1
    return last if last >= 0 and dim.data_size(last) < dim.chunk_size(last) else -1


def _is_int(size: object) -> TypeIs[int]:
    # an array of lengths has the method too, and refuses when it is called
    return hasattr(size, "__index__") and getattr(size, "shape", ()) == ()


def _expand_runs(size: Any) -> Any:
    if _is_int(size):
        return size
    lengths: list[int] = []
    for item in size:
        if hasattr(item, "__index__"):
            lengths.append(int(item))
        else:
            length, count = item
            lengths.extend([int(length)] * int(count))
    return lengths
