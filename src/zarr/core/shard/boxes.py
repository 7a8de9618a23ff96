"""Boxes of a shard: many small inner chunks side by side, coded together and placed by one copy. Pure.

A fast path for selections of slices: per inner chunk there is only what its codecs do.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from zarr.core.rows import assign, contiguous

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.codec import BytesLike
    from zarr.core.codec_chain import CodecChain, Stack
    from zarr.core.shard.layout import Entries, ShardLayout

__all__ = [
    "FEW",
    "JOB_BYTES",
    "Box",
    "Slab",
    "box_of",
    "covered_of",
    "encode_apart",
    "encode_slab",
    "grid_of",
    "merged",
    "slabs",
    "split",
    "stacked",
]

FEW = 4
"""Inner chunks that are not worth it."""
JOB_BYTES = 1 << 20
"""Of decoded bytes: what fits into a processor's cache, and is worth a thread."""

Slab = tuple[slice, ...]


class Box(NamedTuple):
    """What a selection of slices has of a shard.

    Attributes
    ----------
    chunks
        The inner chunks that it touches, as slices of their grid.
    counts
        How many these are, per axis.
    crop
        The selection in the array of these chunks.
    dropped
        The axes that the selection's result has not.
    whole
        Whether the selection has all of these chunks.
    """

    chunks: Slab
    counts: tuple[int, ...]
    crop: tuple[slice, ...]
    dropped: tuple[int, ...]
    whole: bool

    def coords(self, number: int) -> tuple[int, ...]:
        """The coordinates in the shard of an inner chunk, by its number in C order."""
        places = np.unravel_index(number, self.counts)
        return tuple(int(i) + chunks.start for i, chunks in zip(places, self.chunks, strict=True))

    def entries(self, layout: ShardLayout, index: npt.NDArray[np.uint64]) -> Entries | None:
        """Where the inner chunks are; None if an entry cannot be true."""
        return layout.entries(index[self.chunks])

    def jobs(self, nbytes: int) -> Iterator[Slab]:
        """The box, in pieces that are worth a job each: slices of ``counts``, given the bytes of an inner chunk."""
        return slabs(self.counts, nbytes)

    def place(
        self,
        inner: CodecChain,
        slab: Slab,
        chunks: npt.NDArray[Any],
        out: npt.NDArray[Any],
    ) -> None:
        """Put the inner chunks of a slab, stacked in C order, where they belong in the selection's array."""
        part = _part_of(self, inner.shape, slab)
        target = np.expand_dims(out, self.dropped)[part.of_selection]
        if part.whole:
            assign(split(target, inner.shape), grid_of(chunks, slab, inner.shape))
        else:
            target[...] = merged(chunks, slab, inner.shape)[part.of_slab]


def slabs(counts: tuple[int, ...], nbytes: int) -> Iterator[Slab]:
    """A grid of inner chunks of so many bytes each, in pieces that are worth a job each: slices of ``counts``."""
    most = max(1, JOB_BYTES // nbytes)
    axis, together = len(counts), 1
    while axis and together * counts[axis - 1] <= most:
        axis -= 1
        together *= counts[axis]
    rest = tuple(slice(0, n) for n in counts[axis:])
    if not axis:
        yield rest
        return
    step, length = max(1, most // together), counts[axis - 1]
    for leading in product(*map(range, counts[: axis - 1])):
        ahead = tuple(slice(i, i + 1) for i in leading)
        for i in range(0, length, step):
            yield (*ahead, slice(i, min(i + step, length)), *rest)


def box_of(layout: ShardLayout, selection: tuple[Any, ...], drop_axes: tuple[int, ...]) -> Box | None:
    """The box that a selection is; None if it is none."""
    items = selection or (slice(None),) * len(layout.shape)
    if len(items) != len(layout.shape) or slice not in map(type, items):
        return None
    chunks, crop, dropped, whole = [], [], list(drop_axes), True
    for axis, (item, extent, size) in enumerate(zip(items, layout.shape, layout.chunk_shape, strict=True)):
        if type(item) is int:
            if drop_axes:
                return None
            start, stop = item, item + 1
            dropped.append(axis)
        elif type(item) is slice:
            start, stop, step = item.indices(extent)
            if step != 1 or stop <= start:
                return None
        else:
            return None
        first = start // size
        chunks.append(slice(first, -(-stop // size)))
        crop.append(slice(start - first * size, stop - first * size))
        whole = whole and start == first * size and stop % size == 0
    counts = tuple(c.stop - c.start for c in chunks)
    return Box(tuple(chunks), counts, tuple(crop), tuple(dropped), whole)


def covered_of(box: Box, sizes: tuple[int, ...], slab: Slab) -> npt.NDArray[np.bool_]:
    """Which inner chunks of a slab, of these lengths, the selection has all of; in the slab's shape."""
    axes = []
    for size, chunks, crop in zip(sizes, slab, box.crop, strict=True):
        starts = np.arange(chunks.start, chunks.stop) * size
        axes.append((starts >= crop.start) & (starts + size <= crop.stop))
    return reduce(np.logical_and.outer, axes)


def encode_slab(box: Box, inner: CodecChain, slab: Slab, region: npt.NDArray[Any]) -> list[BytesLike | None]:
    """The bytes of the inner chunks of a slab, in C order; None for one that is not to be stored."""
    return cast("Stack", inner.stack).encode(stacked(box, inner, slab, region))


def encode_apart(box: Box, inner: CodecChain, slab: Slab, region: npt.NDArray[Any]) -> list[BytesLike | None]:
    """``encode_slab``, chunk by chunk: each in memory of its own, for stores that keep it."""
    ndim = len(inner.shape)
    chunks = _grid(box, inner, slab, region, None)
    return [inner.encode(chunks[place]) for place in np.ndindex(chunks.shape[:ndim])]


def stacked(
    box: Box, inner: CodecChain, slab: Slab, region: npt.NDArray[Any], old: npt.NDArray[Any] | None = None
) -> npt.NDArray[Any]:
    """The inner chunks of a slab, in C order.

    What the selection has not of them is as in the ``old`` ones, stacked too, or else the fill value. ``region`` is the
    selection's array, with an axis for each of the shard.
    """
    return contiguous(_grid(box, inner, slab, region, old), inner.dtype).reshape(-1, *inner.shape)


def _grid(
    box: Box, inner: CodecChain, slab: Slab, region: npt.NDArray[Any], old: npt.NDArray[Any] | None
) -> npt.NDArray[Any]:
    """What ``stacked`` gives, with an axis for each of the slab's; a view of ``region``, if that has all of it."""
    part = _part_of(box, inner.shape, slab)
    array = region[part.of_selection]
    if not part.whole:
        given = array
        if old is None:
            array = np.full(part.shape, inner.fill_value, inner.dtype)
        else:
            array = merged(old, slab, inner.shape)
        array[part.of_slab] = given
    ndim = len(inner.shape)
    return split(array, inner.shape).transpose([*range(0, 2 * ndim, 2), *range(1, 2 * ndim, 2)])


class _Part(NamedTuple):
    """What a selection has of a slab.

    Attributes
    ----------
    of_selection, of_slab
        Where that is in the selection's array and in the slab's.
    shape
        Of the slab's array.
    whole
        Whether it is all of that.
    """

    of_selection: tuple[slice, ...]
    of_slab: tuple[slice, ...]
    shape: tuple[int, ...]
    whole: bool


def _part_of(box: Box, sizes: tuple[int, ...], slab: Slab) -> _Part:
    of_selection, of_slab, shape = [], [], []
    for size, chunks, crop in zip(sizes, slab, box.crop, strict=True):
        start, stop = chunks.start * size, chunks.stop * size
        first, last = max(start, crop.start), min(stop, crop.stop)
        of_selection.append(slice(first - crop.start, last - crop.start))
        of_slab.append(slice(first - start, last - start))
        shape.append(stop - start)
    whole = all(s.stop - s.start == n for s, n in zip(of_slab, shape, strict=True))
    return _Part(tuple(of_selection), tuple(of_slab), tuple(shape), whole)


def merged(chunks: npt.NDArray[Any], slab: Slab, sizes: tuple[int, ...]) -> npt.NDArray[Any]:
    """The array that the inner chunks of a slab are of, given stacked in C order."""
    grid = grid_of(chunks, slab, sizes)
    shape = [(s.stop - s.start) * size for s, size in zip(slab, sizes, strict=True)]
    return contiguous(grid, grid.dtype).reshape(shape)


def grid_of(chunks: npt.NDArray[Any], slab: Slab, sizes: tuple[int, ...]) -> npt.NDArray[Any]:
    """A view with two axes for each one: the chunk, and the place in it."""
    ndim = len(sizes)
    counts = [s.stop - s.start for s in slab]
    return chunks.reshape(*counts, *sizes).transpose([axis for i in range(ndim) for axis in (i, ndim + i)])


def split(array: npt.NDArray[Any], sizes: tuple[int, ...]) -> npt.NDArray[Any]:
    """A view with two axes for each one: the chunk, and the place in it. To split axes never takes a copy."""
    return array.reshape(
        [n for length, size in zip(array.shape, sizes, strict=True) for n in (length // size, size)]
    )
