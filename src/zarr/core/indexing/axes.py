"""Tables for slices of one axis: the chunks touched, the part of each, and where it goes.

Chunks come in ascending order. A slice of negative step reads each chunk forwards and writes the result
backwards. A loop over chunks is plain Python; there is never one over elements.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from zarr.core.chunk_grids import DimensionGrid, FixedDimension
from zarr.core.indexing.projection import AxisTable, LongAxis

__all__ = ["LONG", "SliceAxis", "fixed_run_table", "plan_int", "plan_slice"]

#: An axis with more chunks than this is planned in blocks of this many.
LONG = 4096


def plan_slice(dim: DimensionGrid, extent: int, start: int, step: int, count: int) -> AxisTable | LongAxis:
    """The elements ``start + k * step`` for ``k < count``.

    Parameters
    ----------
    dim : DimensionGrid
        How the axis is cut.
    extent : int
        Length of the axis.
    start, step, count : int
        The slice, inside the axis; the step may be negative, and the count zero.
    """
    if count == 0:
        return (), (), (), ()
    first, last = start, start + (count - 1) * step
    if step < 0:
        first, last = last, first
    touched = min(dim.index_to_chunk(last) - dim.index_to_chunk(first) + 1, count)
    if touched > LONG:
        return SliceAxis(dim, extent, start, step, count)
    if step == 1 and isinstance(dim, FixedDimension):
        return fixed_run_table(dim.size, extent, start, start + count)
    return next(SliceAxis(dim, extent, start, step, count).blocks())


def plan_int(dim: DimensionGrid, extent: int, index: int) -> AxisTable:
    """One element, inside the axis; the result has no axis for it."""
    chunk = dim.index_to_chunk(index)
    offset = dim.chunk_offset(chunk)
    alone = min(dim.chunk_size(chunk), extent - offset) == 1
    return (chunk,), (index - offset,), None, (alone,)


def fixed_run_table(size: int, extent: int, start: int, stop: int, base: int = 0) -> AxisTable:
    """The elements from start to stop (at least one) of an axis with chunks of one size.

    ``base`` is where the first element goes in the result.
    """
    first, last = start // size, (stop - 1) // size
    head, tail = start - first * size, stop - last * size
    if first == last:
        return (
            (first,),
            (slice(head, tail, 1),),
            (slice(base, base + stop - start),),
            (head == 0 and (tail == size or stop == extent),),
        )
    between = last - first - 1
    whole = slice(0, size, 1)
    end = base + stop - start
    bounds = (base, *range(base + size - head, end, size), end)
    return (
        range(first, last + 1),
        (slice(head, size, 1), *(whole,) * between, slice(0, tail, 1)),
        tuple(map(slice, bounds[:-1], bounds[1:])),
        (head == 0, *(True,) * between, tail == size or stop == extent),
    )


class SliceAxis:
    """A slice along an axis, planned in blocks of chunks."""

    __slots__ = ("count", "dim", "extent", "start", "step")

    def __init__(self, dim: DimensionGrid, extent: int, start: int, step: int, count: int) -> None:
        self.dim, self.extent, self.start, self.step, self.count = dim, extent, start, step, count

    @property
    def nchunks(self) -> int:
        """The number of chunks touched."""
        last = self.start + (self.count - 1) * self.step
        if isinstance(self.dim, FixedDimension):
            if abs(self.step) >= self.dim.size:
                return self.count
            return abs(last // self.dim.size - self.start // self.dim.size) + 1
        return sum(len(block[0]) for block in self.blocks())

    def blocks(self) -> Iterator[AxisTable]:
        """The table, in pieces of `LONG` chunks."""
        if self.step == 1 and isinstance(self.dim, FixedDimension):
            size, stop = self.dim.size, self.start + self.count
            first = self.start
            while first < stop:
                last = min(stop, (first // size + LONG) * size)
                yield fixed_run_table(size, self.extent, first, last, first - self.start)
                first = last
            return
        rows = self._rows()
        while block := list(islice(rows, LONG)):
            coords, parts, outs, whole = zip(*block, strict=True)
            yield coords, parts, outs, whole

    def _rows(self) -> Iterator[tuple[int, slice, slice, bool]]:
        """One row per chunk: its index, its part, the part of the result, completeness."""
        dim, extent, start, step, count = self.dim, self.extent, self.start, self.step, self.count
        backwards = step < 0
        if backwards:
            start, step = start + (count - 1) * step, -step
        k = 0
        while k < count:
            index = start + k * step
            chunk = dim.index_to_chunk(index)
            offset = dim.chunk_offset(chunk)
            size = min(dim.chunk_size(chunk), extent - offset)
            head = index - offset
            n = min(count - k, (size - head - 1) // step + 1)
            tail = head + (n - 1) * step + 1
            if backwards:
                out_stop = count - k - n - 1
                out = slice(count - k - 1, out_stop if out_stop >= 0 else None, -1)
            else:
                out = slice(k, k + n)
            yield chunk, slice(head, tail, step if n > 1 else 1), out, n == size
            k += n
