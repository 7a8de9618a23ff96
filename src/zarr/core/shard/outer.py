"""Outer products: a selector per axis, over many small chunks of a shard or of an array. Pure.

For slices with steps and arrays of indices of single axes. The chunks are coded together; each that is touched is
decoded anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from zarr.core.indexing import BasicIndexer
from zarr.core.indexing.orthogonal import OuterIndexer
from zarr.core.rows import assign
from zarr.core.shard.boxes import Slab, grid_of, merged, slabs, split

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.codec_chain import CodecChain
    from zarr.core.indexing import NumpyPlan
    from zarr.core.indexing.projection import AxisTable
    from zarr.core.shard.layout import Entries, ShardLayout

__all__ = ["Outer", "outer_of"]

Indices: TypeAlias = "slice | npt.NDArray[np.intp]"


class Outer:
    """What a plan of one table per axis has of a shard, or of an array.

    Parameters
    ----------
    tables
        The inner chunks that are touched along each axis, what is selected of them, and where it goes.
    shape
        Shape of the selection, with an axis of length 1 for each that the result has not.
    dropped
        These axes.
    """

    __slots__ = ("_dropped", "_found", "_shape", "_tables", "counts")

    def __init__(self, tables: list[AxisTable], shape: tuple[int, ...], dropped: tuple[int, ...]) -> None:
        self._tables, self._shape, self._dropped = tables, shape, dropped
        self.counts = tuple(len(table[0]) for table in tables)
        self._found: dict[tuple[int, int, int], tuple[Indices, Indices]] = {}

    def coords(self, number: int) -> tuple[int, ...]:
        """The coordinates in the shard of an inner chunk, by its number in C order."""
        places = np.unravel_index(number, self.counts)
        return tuple(table[0][int(i)] for i, table in zip(places, self._tables, strict=True))

    def entries(self, layout: ShardLayout, index: npt.NDArray[np.uint64]) -> Entries | None:
        """Where the inner chunks are; None if an entry cannot be true."""
        return layout.entries(index[np.ix_(*(list(table[0]) for table in self._tables))])

    def jobs(self, nbytes: int) -> Iterator[Slab]:
        """The inner chunks, in pieces that are worth a job each."""
        return slabs(self.counts, nbytes)

    def place(self, inner: CodecChain, slab: Slab, chunks: npt.NDArray[Any], out: npt.NDArray[Any]) -> None:
        """Pick from the inner chunks of a slab, stacked in C order, and put it where it belongs."""
        shape = [(part.stop - part.start) * size for part, size in zip(slab, inner.shape, strict=True)]
        along = [self._along(axis, slab[axis], size) for axis, size in enumerate(inner.shape)]
        target = np.expand_dims(out, self._dropped)
        if all(_is_all(*found, length) for found, length in zip(along, shape, strict=True)):
            place_of = tuple(place for _, place in along)
            assign(split(target[place_of], inner.shape), grid_of(chunks, slab, inner.shape))
            return
        array = merged(chunks, slab, inner.shape)
        places: list[Any] = []
        for axis, (picked, place) in enumerate(along):
            if isinstance(picked, slice):
                array = array[(*(slice(None),) * axis, picked)]
            else:
                array = array.take(picked, axis)
            places.append(place)
        if not all(isinstance(place, slice) for place in places):
            ranges = [np.arange(n) for n in self._shape]
            places = list(np.ix_(*(r[place] for r, place in zip(ranges, places, strict=True))))
        target[tuple(places)] = array

    def _along(self, axis: int, part: slice, size: int) -> tuple[Indices, Indices]:
        """What is picked of a slab along an axis, and where it goes."""
        found = self._found.get((axis, part.start, part.stop))
        if found is None:
            _, parts, outs, _ = self._tables[axis]
            inside, result = np.arange(size), np.arange(self._shape[axis])
            numbers = range(part.start, part.stop)
            picked = [np.atleast_1d(inside[cast("Any", parts[i])]) + k * size for k, i in enumerate(numbers)]
            places = [result] if outs is None else [result[cast("Any", outs[i])] for i in numbers]
            found = _shortest(np.concatenate(picked)), _shortest(np.concatenate(places))
            self._found[axis, part.start, part.stop] = found
        return found


def _is_all(picked: Indices, place: Indices, length: int) -> bool:
    """Whether all is picked of a slab that is so long, and goes to one run."""
    if not isinstance(picked, slice) or not isinstance(place, slice):
        return False
    return picked == slice(0, length, 1) and place.step == 1


def _shortest(indices: npt.NDArray[np.intp]) -> Indices:
    """Indices as a slice, if they are one of a positive step."""
    start, stop = int(indices[0]), int(indices[-1]) + 1
    step = int(indices[1]) - start if len(indices) > 1 else 1
    regular = step > 0 and np.array_equal(indices, np.arange(start, stop, step))
    return slice(start, stop, step) if regular else indices


def outer_of(plan: NumpyPlan, drop_axes: tuple[int, ...]) -> Outer | None:
    """The outer product that a plan for the shard is; None if it is none."""
    indexer = plan.indexer
    if not isinstance(indexer, BasicIndexer | OuterIndexer) or plan.transpose is not None:
        return None
    tables = indexer.tables
    if tables is None or plan.result_shape != indexer.shape:
        return None
    integers = tuple(axis for axis, table in enumerate(tables) if table[2] is None)
    if integers and drop_axes:
        return None
    lengths = iter(indexer.shape)
    shape = tuple(1 if table[2] is None else next(lengths) for table in tables)
    return Outer(tables, shape, integers or drop_axes)
