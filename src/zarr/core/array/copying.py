"""Copying the data of one array into another in blocks, so that memory stays bounded."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from zarr.core.array.async_array import AsyncArray

__all__ = ["BLOCK_BYTES", "Progress", "copy_data", "plan_blocks"]

BLOCK_BYTES = 64 << 20
"""How many bytes of decoded data are held at once, unless one chunk of the target is larger."""

Progress: TypeAlias = Callable[[int, int], object]
"""Called with the numbers of bytes done and in all."""


def plan_blocks(
    shape: Sequence[int], units: Sequence[int], itemsize: int, most: int = BLOCK_BYTES
) -> Iterator[tuple[slice, ...]]:
    """Regions that cover a shape: whole units, joined along the last axes up to ``most`` bytes. Pure.

    Parameters
    ----------
    shape
        Shape of the array.
    units
        Lengths that a region is a multiple of: those of the chunks (shards) that are written.
    itemsize
        Size in bytes of an element.
    most
        Size in bytes that a region has at the most, unless one unit is larger.
    """
    sizes = [min(unit, length) for unit, length in zip(units, shape, strict=True)]
    for axis in reversed(range(len(shape))):
        block = itemsize * math.prod(sizes)
        if not block:
            return
        times = max(1, most // block)
        sizes[axis] = min(-(-shape[axis] // units[axis]), times) * units[axis]
        if sizes[axis] < shape[axis]:
            break
    ranges = [range(0, length, size) for length, size in zip(shape, sizes, strict=True)]
    for starts in product(*ranges):
        yield tuple(
            slice(start, min(start + size, length))
            for start, size, length in zip(starts, sizes, shape, strict=True)
        )


async def copy_data(source: Any, target: AsyncArray[Any], progress: Progress | None = None) -> None:
    """Write all of ``source``, an AsyncArray or anything NumPy can slice, to ``target``."""
    units = tuple(max(sizes, default=1) for sizes in _units(target))
    total, done = target.nbytes, 0
    for region in plan_blocks(target.shape, units, target.dtype.itemsize):
        block: Any = await source.getitem(region) if hasattr(source, "getitem") else source[region]
        await target.setitem(region, block)
        done += math.prod(s.stop - s.start for s in region) * target.dtype.itemsize
        if progress is not None:
            progress(done, total)


def _units(target: AsyncArray[Any]) -> Iterator[tuple[int, ...]]:
    for dim in target._chunk_grid.dimensions:
        yield (dim.chunk_size(0),) if dim.nchunks else (1,)
