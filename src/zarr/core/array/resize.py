"""Changing the shape of an array: ``resize`` and ``append``.

Data and document change one after the other, so a note beside the document says which shapes are concerned. Where
one is found, a change was interrupted: what is stored outside the shape of the document is cleared away first.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.core import run
from zarr.core.array.life import stored_chunks, stored_now
from zarr.core.array.selections import write_indexer
from zarr.core.array.values import as_value
from zarr.core.buffer import default_buffer_prototype
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.common import ShapeLike, parse_shapelike
from zarr.core.indexing import BasicIndexer
from zarr.core.metadata import io
from zarr.core.metadata.changing import change
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.errors import at
from zarr.storage._versions import has_versions

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.buffer import Buffer
    from zarr.core.array.async_array import AsyncArray
    from zarr.core.metadata import ArrayMetadata
    from zarr.storage._common import StorePath

__all__ = ["append", "finish_change", "resize"]

Coords = tuple[int, ...]

_MOST_KEYS_TRIED = 10_000
"""Above this many chunks to delete, those that exist are listed instead of trying each key."""


async def resize(array: AsyncArray[Any], new_shape: ShapeLike, *, delete_outside_chunks: bool = True) -> None:
    """Give the array another shape; its handle has it as soon as it is stored.

    What shrinking cuts off is gone: growing again gives the fill value. What is cut off is that of the shape that is
    stored now, which may be larger than this handle knows.

    Raises
    ------
    ValueError
        If the number of dimensions differs, or a length is negative.
    """
    shape = parse_shapelike(new_shape)
    path = array.store_path
    await run.settle(path.store)
    path.store._check_writable()

    async def make(place: StorePath) -> None:
        old = await _settled(array, place)
        if len(shape) != len(old.shape):
            raise ValueError(
                "The new shape must have the same number of dimensions as the array. "
                f"Got {len(shape)} dimension(s), expected {len(old.shape)}."
            )
        metadata: ArrayMetadata = old.update_shape(shape)
        shrinks = delete_outside_chunks and any(new < was for new, was in zip(shape, old.shape, strict=True))
        if shrinks:
            await _note(path, old.to_buffer_dict(buffer_prototype))
        await io.write_node(place, metadata)
        array._renew(metadata)
        if shrinks:
            await _clear_outside(type(array)(old, path, array.config), shape)
            await _forget_note(path)

    await change(path, array.metadata.zarr_format, "array", make)


async def append(array: AsyncArray[Any], data: npt.ArrayLike, axis: int = 0) -> None:
    """Add data at the end of an axis.

    The end is that of the shape that is stored now: what others appended stays, and those who append at the same
    time take turns. The chunks are written first, and then the shape; in object stores, where nobody waits for
    others, the shape first.

    Raises
    ------
    ValueError
        If the other dimensions differ.
    """
    value = as_value(data, array.dtype, array._zdtype)
    path = array.store_path
    await run.settle(path.store)
    path.store._check_writable()

    async def make(place: StorePath) -> None:
        old = await _settled(array, place)
        shape, selection = _appended(old.shape, value.shape, axis)
        metadata: ArrayMetadata = old.update_shape(shape)
        # where others are not kept out, the place has to be ours before we write there
        documents = metadata.to_buffer_dict(buffer_prototype)
        noted = value.size > 0 and not has_versions(path.store) and await _note(path, documents)
        if not noted:
            await io.write_documents(place, documents)
        if value.size:
            await array._with_metadata(metadata).setitem(selection, value)
        if noted:
            await io.write_documents(place, documents)
        array._renew(metadata)
        if noted:
            await _forget_note(path)

    await change(path, array.metadata.zarr_format, "array", make)


def _appended(old: Coords, more: Coords, axis: int) -> tuple[Coords, tuple[slice, ...]]:
    """The shape after ``more`` is added at the end of an axis, and where it is then; ValueError if it does not fit."""
    if not -len(old) <= axis < len(old):
        raise ValueError(f"axis {axis} is out of bounds for an array of {len(old)} dimension(s)")
    axis %= len(old)
    if len(more) != len(old) or any(
        m != n for i, (m, n) in enumerate(zip(more, old, strict=True)) if i != axis
    ):
        raise ValueError(
            f"shape of data to append is not compatible with the array. The shape of the data is {more} and "
            f"the shape of the array is {old}. All dimensions must match except for the dimension being "
            f"appended, {axis}."
        )
    shape = tuple(n + more[axis] if i == axis else n for i, n in enumerate(old))
    return shape, tuple(slice(old[axis], n) if i == axis else slice(None) for i, n in enumerate(shape))


# --- the note of a change that is not finished


async def finish_change(array: AsyncArray[Any]) -> None:
    """Clear away what a change of shape has left that was interrupted, if there was one."""
    path = array.store_path
    await run.settle(path.store)
    path.store._check_writable()

    async def make(place: StorePath) -> None:
        await _settled(array, place)

    await change(path, array.metadata.zarr_format, "array", make)


async def _settled(array: AsyncArray[Any], place: StorePath) -> ArrayMetadata:
    """The metadata that are stored now; what an interrupted change left outside of their shape is cleared away."""
    path = array.store_path
    metadata: ArrayMetadata
    metadata, wide = await run.gather(lambda read: read(array, place), [(stored_now,), (_noted,)])
    if wide is not None:
        await _clear_outside(type(array)(wide, path, array.config), metadata.shape)
        await _forget_note(path)
    return metadata


async def _noted(array: AsyncArray[Any], place: StorePath) -> ArrayMetadata | None:
    document = await io.read_note(place, io.UNFINISHED_RESIZE)
    if document is None:
        return None
    with at(f"{array.store_path}/{io.UNFINISHED_RESIZE}:"):
        if document.get("zarr_format") == 2:
            return ArrayV2Metadata.from_dict(document)
        return ArrayV3Metadata.from_dict(document)


async def _note(path: StorePath, documents: dict[str, Buffer]) -> bool:
    """Say that there may be data of an array of these documents; False where the store refuses to keep that."""
    if not path.store.supports_deletes:
        return True
    *_, document = documents.values()
    return await io.write_note(path, io.UNFINISHED_RESIZE, document)


async def _forget_note(path: StorePath) -> None:
    if path.store.supports_deletes:
        await io.delete_note(path, io.UNFINISHED_RESIZE)


# --- what is outside


async def _clear_outside(array: AsyncArray[Any], shape: Coords) -> None:
    """Let nothing be stored of the array outside of a shape within its own."""
    await _clear_edges(array, shape)
    await _delete_outside(array, shape)


async def _delete_outside(array: AsyncArray[Any], shape: tuple[int, ...]) -> None:
    """Delete the chunks of the array's grid that an array of another shape does not have."""
    bound = array._bound
    kept = bound.grid.update_shape(shape).grid_shape
    before = bound.grid.grid_shape
    kept = tuple(min(k, b) for k, b in zip(kept, before, strict=True))
    count = math.prod(before) - math.prod(kept)
    if count > _MOST_KEYS_TRIED and bound.store.supports_listing:
        outside = [
            bound.key(coords)
            for coords in await stored_chunks(array)
            if any(i >= k for i, k in zip(coords, kept, strict=True))
        ]
        keys: Iterator[str] = iter(outside)
    else:
        keys = (bound.key(coords) for coords in _difference(before, kept))
    await run.gather(bound.store.delete, ((key,) for key in keys))


def _difference(before: Coords, kept: Coords) -> Iterator[Coords]:
    """Coordinates in a grid that are not in its first part, each once."""
    for axis in range(len(before)):
        ranges = [range(k) for k in kept[:axis]]
        ranges.append(range(kept[axis], before[axis]))
        ranges += [range(b) for b in before[axis + 1 :]]
        yield from itertools.product(*ranges)


async def _clear_edges(array: AsyncArray[Any], shape: tuple[int, ...]) -> None:
    """Set to the fill value what shrinking cuts off of chunks that stay."""
    bound = array._bound
    if 0 in shape or 0 in array.shape:
        return
    reach = []  # how far the chunks that stay hold data of the old array
    for new, was, dim in zip(shape, array.shape, bound.grid.dimensions, strict=True):
        last = dim.index_to_chunk(min(new, was) - 1)
        reach.append(min(dim.chunk_offset(last) + dim.chunk_size(last), was))
    for axis, (new, end) in enumerate(zip(shape, reach, strict=True)):
        if end > new:
            selection = tuple(slice(new if i == axis else 0, n) for i, n in enumerate(reach))
            await _fill_stored(array, BasicIndexer(selection, array.shape, bound.grid))


async def _fill_stored(array: AsyncArray[Any], indexer: BasicIndexer) -> None:
    """Write the fill value to the parts of those chunks that exist."""
    bound = array._bound
    store = bound.store
    known: set[Coords] | None = None
    if indexer.nchunks > _MOST_KEYS_TRIED and store.supports_listing:
        known = set(await stored_chunks(array))
    present = []
    for projection in indexer:
        coords = projection.chunk_coords
        if coords in known if known is not None else await store.exists(bound.key(coords)):
            present.append(projection)
    fill = np.broadcast_to(np.asarray(bound.fill_value, dtype=bound.dtype), indexer.shape)
    if present:
        await write_indexer(array, _Given(present, indexer), default_buffer_prototype(), fill)


class _Given:
    """Some projections of a plan, as a plan."""

    def __init__(self, projections: list[Any], indexer: BasicIndexer) -> None:
        self._projections = projections
        self.shape = indexer.shape
        self.drop_axes = indexer.drop_axes
        self.nchunks = len(projections)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._projections)
