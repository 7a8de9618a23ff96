"""One dimension of a chunk grid: where its chunks begin, how long they are, which chunk holds an index.

Everything is arithmetic or a bisection; nothing here grows with the number of chunks of a fixed dimension.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["DimensionGrid", "FixedDimension", "VaryingDimension"]


@runtime_checkable
class DimensionGrid(Protocol):
    """How one dimension of an array is cut into chunks."""

    @property
    def extent(self) -> int:
        """The length of the dimension, in elements."""

    @property
    def nchunks(self) -> int:
        """The number of chunks that hold at least one element of the array."""

    @property
    def ngridcells(self) -> int:
        """The number of chunks that are declared, those wholly outside the array included."""

    def index_to_chunk(self, idx: int) -> int:
        """The chunk that holds an index; IndexError where it is outside the array."""

    def chunk_offset(self, chunk_ix: int) -> int:
        """The index of the first element of a chunk."""

    def chunk_size(self, chunk_ix: int) -> int:
        """The declared length of a chunk: the one that codecs see."""

    def data_size(self, chunk_ix: int) -> int:
        """The length of the part of a chunk that lies inside the array."""

    def indices_to_chunks(self, indices: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """The chunks that hold the indices, which must be inside the array."""

    def chunk_offsets(self, chunks: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """The indices of the first elements of chunks."""

    def with_extent(self, new_extent: int) -> DimensionGrid:
        """The same chunks over another length; ValueError where they do not reach that far."""

    def resize(self, new_extent: int) -> DimensionGrid:
        """The dimension of an array that is resized: chunks are added where needed, never changed."""


@dataclass(frozen=True, slots=True)
class FixedDimension:
    """A dimension whose chunks all have the same declared length.

    Parameters
    ----------
    size : int
        Length of a chunk, at least 1. The last chunk may reach past the array.
    extent : int
        Length of the dimension.
    """

    size: int
    extent: int

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"FixedDimension size must be >= 1, got {self.size}")
        if self.extent < 0:
            raise ValueError(f"FixedDimension extent must be >= 0, got {self.extent}")

    @property
    def nchunks(self) -> int:
        """The number of chunks that hold at least one element of the array."""
        return -(-self.extent // self.size)

    @property
    def ngridcells(self) -> int:
        """The same as `nchunks`: no chunk is declared outside the array."""
        return -(-self.extent // self.size)

    def index_to_chunk(self, idx: int) -> int:
        """The chunk that holds an index; IndexError where it is outside the array."""
        if not 0 <= idx < self.extent:
            raise IndexError(f"index {idx} is out of bounds for a dimension of extent {self.extent}")
        return idx // self.size

    def chunk_offset(self, chunk_ix: int) -> int:
        """The index of the first element of a chunk."""
        return chunk_ix * self.size

    def chunk_size(self, chunk_ix: int) -> int:
        """The declared length of a chunk."""
        return self.size

    def data_size(self, chunk_ix: int) -> int:
        """The length of the part of a chunk that lies inside the array."""
        return max(0, min(self.size, self.extent - chunk_ix * self.size))

    def indices_to_chunks(self, indices: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """The chunks that hold the indices, which must be inside the array."""
        return indices // self.size

    def chunk_offsets(self, chunks: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """The indices of the first elements of chunks."""
        return chunks * self.size

    def with_extent(self, new_extent: int) -> FixedDimension:
        """The same chunk length over another length."""
        return FixedDimension(self.size, new_extent)

    def resize(self, new_extent: int) -> FixedDimension:
        """The same chunk length over another length."""
        return FixedDimension(self.size, new_extent)


class VaryingDimension:
    """A dimension whose chunks have lengths of their own.

    Parameters
    ----------
    edges : sequence of int
        Length of each chunk, at least 1. Their sum may be larger than the extent.
    extent : int
        Length of the dimension.
    """

    __slots__ = ("_bounds", "cumulative", "edges", "extent", "nchunks", "ngridcells")

    edges: tuple[int, ...]
    cumulative: tuple[int, ...]
    extent: int
    nchunks: int
    ngridcells: int

    def __init__(self, edges: Sequence[int], extent: int) -> None:
        self.edges = tuple(int(e) for e in edges)
        if not self.edges:
            raise ValueError("VaryingDimension edges must not be empty")
        if min(self.edges) < 1:
            raise ValueError(f"All edge lengths must be > 0, got {self.edges}")
        if extent < 0:
            raise ValueError(f"VaryingDimension extent must be >= 0, got {extent}")
        self.cumulative = tuple(accumulate(self.edges))
        if extent > self.cumulative[-1]:
            raise ValueError(f"VaryingDimension extent {extent} exceeds sum of edges {self.cumulative[-1]}")
        self.extent = extent
        self.ngridcells = len(self.edges)
        self.nchunks = bisect_left(self.cumulative, extent) + 1 if extent else 0
        self._bounds = np.array((0, *self.cumulative), dtype=np.intp)

    def __repr__(self) -> str:
        return f"VaryingDimension(edges={self.edges}, extent={self.extent})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VaryingDimension):
            return NotImplemented
        return self.extent == other.extent and self.edges == other.edges

    def __hash__(self) -> int:
        return hash((self.edges, self.extent))

    def index_to_chunk(self, idx: int) -> int:
        """The chunk that holds an index; IndexError where it is outside the array."""
        if not 0 <= idx < self.extent:
            raise IndexError(f"index {idx} is out of bounds for a dimension of extent {self.extent}")
        return bisect_right(self.cumulative, idx)

    def chunk_offset(self, chunk_ix: int) -> int:
        """The index of the first element of a chunk."""
        return self.cumulative[chunk_ix - 1] if chunk_ix > 0 else 0

    def chunk_size(self, chunk_ix: int) -> int:
        """The declared length of a chunk."""
        return self.edges[chunk_ix]

    def data_size(self, chunk_ix: int) -> int:
        """The length of the part of a chunk that lies inside the array."""
        return max(0, min(self.edges[chunk_ix], self.extent - self.chunk_offset(chunk_ix)))

    def indices_to_chunks(self, indices: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """The chunks that hold the indices, which must be inside the array."""
        return np.searchsorted(self._bounds[1:], indices, side="right")

    def chunk_offsets(self, chunks: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """The indices of the first elements of chunks."""
        return self._bounds[chunks]

    def with_extent(self, new_extent: int) -> VaryingDimension:
        """The same chunks over another length; ValueError where they do not reach that far."""
        if new_extent > self.cumulative[-1]:
            raise ValueError(
                f"VaryingDimension edge sum {self.cumulative[-1]} is less than new extent {new_extent}"
            )
        return VaryingDimension(self.edges, new_extent)

    def resize(self, new_extent: int) -> VaryingDimension:
        """The dimension of a resized array: growing past the last chunk adds one chunk of the difference."""
        missing = new_extent - self.cumulative[-1]
        return VaryingDimension((*self.edges, missing) if missing > 0 else self.edges, new_extent)
