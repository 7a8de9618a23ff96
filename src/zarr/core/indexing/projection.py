"""What a plan yields, and how per-axis tables become it.

The plan of a selection is one table per axis; its product is walked lazily, in C order of the chunks,
by `itertools` alone: no Python call and no object but the result per chunk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, cast

import numpy as np

from zarr.core.indexing.selection import Selector

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["AxisTable", "ChunkDimProjection", "ChunkProjection", "Indexer", "LongAxis", "iter_projections"]


class ChunkProjection(NamedTuple):
    """What one chunk contributes to a selection: ``out[out_selection] = chunk[chunk_selection]``.

    Attributes
    ----------
    chunk_coords : tuple of int
        The chunk's place in the grid.
    chunk_selection : tuple or array
        The part of the chunk. An integer drops its axis.
    out_selection : tuple, array or slice
        The part of the result, or of the assigned value.
    is_complete_chunk : bool
        The part is all of the chunk that lies inside the array, in order, so that the value's part, reshaped
        to it (axes of length 1 that an integer dropped are missing), is the whole new chunk.
    """

    chunk_coords: tuple[int, ...]
    chunk_selection: tuple[Selector, ...] | npt.NDArray[np.intp]
    out_selection: tuple[Selector, ...] | npt.NDArray[np.intp] | slice
    is_complete_chunk: bool


class ChunkDimProjection(NamedTuple):
    """The same along one axis; ``dim_out_sel`` is None where the axis is dropped."""

    dim_chunk_ix: int
    dim_chunk_sel: Selector
    dim_out_sel: Selector | None
    is_complete_chunk: bool


class Indexer(Protocol):
    """A plan: iterating it gives one `ChunkProjection` per chunk touched, as often as wanted.

    Attributes
    ----------
    shape : tuple of int
        Shape of the result.
    drop_axes : tuple of int
        Axes of length 1 of the chunk parts that the result does not have.
    """

    shape: tuple[int, ...]
    drop_axes: tuple[int, ...]

    @property
    def nchunks(self) -> int:
        """The number of chunks touched."""

    def __iter__(self) -> Iterator[ChunkProjection]: ...


#: One axis: chunks, parts of the chunks, parts of the result (None: the axis is dropped), completeness.
AxisTable: TypeAlias = "tuple[Sequence[int], Sequence[Selector], Sequence[Selector] | None, Sequence[bool]]"


class LongAxis(Protocol):
    """An axis with so many chunks that its table is made in blocks."""

    @property
    def nchunks(self) -> int:
        """The number of chunks touched."""

    def blocks(self) -> Iterator[AxisTable]:
        """The table, in pieces, in order."""


_TABLES = frozenset({tuple})
_project = cast(
    "Callable[[tuple[object, ...]], ChunkProjection]", partial(tuple.__new__, cast("Any", ChunkProjection))
)


def iter_projections(axes: Sequence[AxisTable | LongAxis]) -> Iterator[ChunkProjection]:
    """The product of the axes, in C order of the chunks."""
    if not axes:
        return iter((ChunkProjection((), (), (), True),))
    if not _TABLES.issuperset(map(type, axes)):
        return _iter_long(axes)
    tables: Any = axes
    coords, parts, outs, whole = zip(*tables, strict=True)
    # `filter` drops the Nones; an empty table, which it drops too, has no coordinates either
    rows = zip(
        product(*coords),
        product(*parts),
        product(*filter(None, outs)),
        map(all, product(*whole)),
        strict=False,
    )
    return map(_project, rows)


def tables_of(axes: Sequence[AxisTable | LongAxis]) -> list[AxisTable] | None:
    """The tables of all axes; None if one is so long that it is made in blocks."""
    return [axis for axis in axes if isinstance(axis, tuple)] if _TABLES.issuperset(map(type, axes)) else None


def count_projections(axes: Sequence[AxisTable | LongAxis]) -> int:
    """The number of chunks that the product has."""
    count = 1
    for axis in axes:  # not `math.prod` of a generator: this is done for every selection
        count *= len(axis[0]) if isinstance(axis, tuple) else axis.nchunks
    return count


def _iter_long(axes: Sequence[AxisTable | LongAxis]) -> Iterator[ChunkProjection]:
    """Walk the product with the first long axis cut into blocks; entries before it are taken one by one."""
    place = next(i for i, axis in enumerate(axes) if not isinstance(axis, tuple))
    before = cast("Sequence[AxisTable]", axes[:place])
    long = cast("LongAxis", axes[place])
    after = axes[place + 1 :]
    for entry in product(*[range(len(axis[0])) for axis in before]):
        single = [_one(axis, i) for axis, i in zip(before, entry, strict=True)]
        for block in long.blocks():
            yield from iter_projections([*single, block, *after])


def _one(axis: AxisTable, i: int) -> AxisTable:
    coords, parts, outs, whole = axis
    return (coords[i],), (parts[i],), None if outs is None else (outs[i],), (whole[i],)
