"""What of an array is stored: its document as it is now, and its chunks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zarr.core import run
from zarr.core.metadata import io
from zarr.core.metadata.changing import change

if TYPE_CHECKING:
    from zarr.core.array.async_array import AsyncArray
    from zarr.core.chunk_key_encodings import ChunkKeyEncoding
    from zarr.core.metadata import ArrayMetadata
    from zarr.storage._common import StorePath

__all__ = ["change_attributes", "coords_of", "stored_chunks", "stored_now"]

Coords = tuple[int, ...]


async def change_attributes(
    array: AsyncArray[Any], update: Callable[[dict[str, Any]], dict[str, Any]]
) -> ArrayMetadata:
    """Change the attributes in the array's document as it is now, and return its metadata."""
    path = array.store_path
    await run.settle(path.store)
    path.store._check_writable()

    async def make(place: StorePath) -> ArrayMetadata:
        base = await stored_now(array, place)
        metadata: ArrayMetadata = base.update_attributes(update(dict(base.attributes)))
        await io.write_node(place, metadata, stored=None if base is array.metadata else base)
        return metadata

    return await change(path, array.metadata.zarr_format, "array", make)


async def stored_now(array: AsyncArray[Any], place: StorePath) -> ArrayMetadata:
    """The metadata as they are stored now, which others may have changed; the handle's if nothing is stored."""
    known: Any = array.metadata
    current: Any = await io.read_array(place, known.zarr_format)
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


async def stored_chunks(array: AsyncArray[Any]) -> list[Coords]:
    """Coordinates of the chunks (shards) that are stored."""
    bound = array._bound
    prefix = f"{bound.path}/" if bound.path else ""
    await run.settle(bound.store)
    found: list[Coords] = []
    grid = bound.grid.grid_shape
    async for key in bound.store.list_prefix(prefix):
        coords = coords_of(array.metadata.chunk_key_encoding, len(grid), key[len(prefix) :])
        if coords is not None and all(i < n for i, n in zip(coords, grid, strict=True)):
            found.append(coords)
    return found


def coords_of(encoding: ChunkKeyEncoding, ndim: int, key: str) -> Coords | None:
    """The coordinates of the chunk that has this key, relative to its array; None where it is no chunk's."""
    if ndim == 0:
        return () if key == encoding.encode_chunk_key(()) else None
    try:
        coords = encoding.decode_chunk_key(key)
    except ValueError:
        return None
    if len(coords) != ndim or min(coords) < 0:
        return None
    # only what encodes to this key again is a chunk: other names may decode by accident
    return coords if encoding.encode_chunk_key(coords) == key else None
