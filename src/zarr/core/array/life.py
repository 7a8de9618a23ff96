"""How an array changes: its shape, its attributes; and what of it is stored."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.core import run
from zarr.core.array.selections import write_indexer
from zarr.core.array.values import as_value
from zarr.core.buffer import default_buffer_prototype
from zarr.core.common import ShapeLike, parse_shapelike
from zarr.core.indexing import BasicIndexer
from zarr.core.keys import join_path
from zarr.core.metadata import io
from zarr.core.run.locks import locked

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.array.async_array import AsyncArray
    from zarr.core.metadata import ArrayMetadata

__all__ = ["append", "change_attributes", "resize", "stored_chunks"]

Coords = tuple[int, ...]

_MOST_KEYS_TRIED = 10_000
"""Above this many chunks to delete, those that exist are listed instead of trying each key."""


async def change_attributes(
    array: AsyncArray[Any], change: Callable[[dict[str, Any]], dict[str, Any]]
) -> ArrayMetadata:
    """Change the attributes in the array's document as it is now, and return its metadata."""
    path = array.store_path
    await run.settle(path.store)
    path.store._check_writable()
    async with locked(path.store._lock_scope, join_path(path.path, "zarr.json")):
        base = await _stored_now(array)
        metadata = base.update_attributes(change(dict(base.attributes)))
        await io.write_node(path, metadata)
    return metadata


async def resize(
    array: AsyncArray[Any], new_shape: ShapeLike, *, delete_outside_chunks: bool = True
) -> ArrayMetadata:
    """Give the array another shape, and return its metadata.

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
    old = await _stored_now(array)
    array = type(array)(old, path, array.config)
    if len(shape) != len(old.shape):
        raise ValueError(
            "The new shape must have the same number of dimensions as the array. "
            f"Got {len(shape)} dimension(s), expected {len(old.shape)}."
        )
    metadata: ArrayMetadata = old.update_shape(shape)
    await _save_shape(array, metadata)
    if delete_outside_chunks and any(new < was for new, was in zip(shape, old.shape, strict=True)):
        await _clear_edges(array, shape)
        await _delete_outside(array, shape)
    return metadata


async def _stored_now(array: AsyncArray[Any]) -> ArrayMetadata:
    """The metadata as they are stored now, which others may have changed; the handle's if nothing is stored."""
    known: Any = array.metadata
    current: Any = await io.read_array(array.store_path, known.zarr_format)
    if current is None:
        return known  # type: ignore[no-any-return]
    if (
        current.zarr_format == 3
        and current.data_type != known.data_type
        and type(current.data_type) is type(known.data_type)
        and _json_of(current) == _json_of(known)
    ):  # a document does not tell in which byte order this handle gives its data
        return current._with(data_type=known.data_type)  # type: ignore[no-any-return]
    return current  # type: ignore[no-any-return]


def _json_of(metadata: Any) -> Any:
    return metadata.data_type.to_json(zarr_format=3)


async def _save_shape(array: AsyncArray[Any], metadata: ArrayMetadata) -> None:
    """Write the document with this shape, and the attributes that are stored now."""
    path = array.store_path
    async with locked(path.store._lock_scope, join_path(path.path, "zarr.json")):
        current = await io.read_array(path, metadata.zarr_format)
        if current is not None:
            metadata = metadata.update_attributes(dict(current.attributes))
        await io.write_node(path, metadata)


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


async def append(array: AsyncArray[Any], data: npt.ArrayLike, axis: int = 0) -> ArrayMetadata:
    """Add data at the end of an axis, and return the array's metadata; the chunks are written first.

    The end is that of the shape that is stored now: what others appended stays.

    Raises
    ------
    ValueError
        If the other dimensions differ.
    """
    value = as_value(data, array.dtype, array._zdtype)
    path = array.store_path
    await run.settle(path.store)
    path.store._check_writable()
    old = await _stored_now(array)
    if not -len(old.shape) <= axis < len(old.shape):
        raise ValueError(f"axis {axis} is out of bounds for an array of {len(old.shape)} dimension(s)")
    axis %= len(old.shape)
    others = tuple(n for i, n in enumerate(old.shape) if i != axis)
    if value.ndim != len(old.shape) or others != tuple(n for i, n in enumerate(value.shape) if i != axis):
        raise ValueError(
            f"shape of data to append is not compatible with the array. The shape of the data is {value.shape} and "
            f"the shape of the array is {old.shape}. All dimensions must match except for the dimension being "
            f"appended, {axis}."
        )
    start = old.shape[axis]
    shape = tuple(n + value.shape[axis] if i == axis else n for i, n in enumerate(old.shape))
    metadata: ArrayMetadata = old.update_shape(shape)
    grown = type(array)(metadata, path, array.config)
    selection = tuple(slice(start, None) if i == axis else slice(None) for i in range(len(shape)))
    if value.size:
        await grown.setitem(selection, value)
    await _save_shape(array, metadata)
    return metadata


async def stored_chunks(array: AsyncArray[Any]) -> list[Coords]:
    """Coordinates of the chunks (shards) that are stored."""
    bound = array._bound
    encoding = array.metadata.chunk_key_encoding
    prefix = f"{bound.path}/" if bound.path else ""
    await run.settle(bound.store)
    found: list[Coords] = []
    grid = bound.grid.grid_shape
    async for key in bound.store.list_prefix(prefix):
        relative = key[len(prefix) :]
        try:
            coords = encoding.decode_chunk_key(relative)
        except ValueError:
            continue
        # only what encodes to this key again is a chunk: other names may decode by accident
        if len(grid) == 0 and relative == encoding.encode_chunk_key(()):
            found.append(())
        elif (
            len(coords) == len(grid)
            and all(0 <= i < n for i, n in zip(coords, grid, strict=True))
            and encoding.encode_chunk_key(coords) == relative
        ):
            found.append(coords)
    return found
