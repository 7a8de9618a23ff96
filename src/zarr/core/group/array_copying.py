"""Copying one array to a place where there is none: its chunks first, its document last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.core import run
from zarr.core.array import AsyncArray
from zarr.core.array.copying import Progress, copy_data
from zarr.core.array.create import new_metadata
from zarr.core.array.kept import kept_options
from zarr.core.array.life import stored_chunks
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.common import ZATTRS_JSON
from zarr.core.config import settings
from zarr.core.json import dump_document
from zarr.core.keys import join_path
from zarr.core.metadata import io
from zarr.core.metadata.deleting import clear_for_overwrite
from zarr.errors import ConflictError, CopyError

if TYPE_CHECKING:
    from zarr.core.common import ZarrFormat
    from zarr.core.group.foreign import ForeignArray
    from zarr.core.metadata import ArrayMetadata
    from zarr.storage._common import StorePath

__all__ = ["copy_array"]

_OF_THE_WHOLE = frozenset(("attributes", "dimension_names", "chunk_key_encoding", "dimension_separator"))
"""Members of a document that have no part in how a chunk is stored."""

_OPTIONS = frozenset(
    "chunks shards filters compressors serializer fill_value order dtype chunk_key_encoding dimension_names".split()
)
_WITHOUT_EFFECT = frozenset(
    "overwrite synchronizer cache_metadata cache_attrs chunk_store path object_codec".split()
)
"""What ``zarr.copy`` of Zarr-Python 2 took and what is settled otherwise here."""


async def copy_array(
    source: AsyncArray[Any] | ForeignArray,
    place: StorePath,
    zarr_format: ZarrFormat,
    attributes: dict[str, Any],
    create_kws: dict[str, Any],
    progress: Progress,
) -> None:
    """Copy an array; see ``zarr.copy`` for the options in ``create_kws``."""
    metadata = _metadata_of_copy(source, zarr_format, attributes, _options(create_kws, zarr_format))
    await run.settle(place.store)
    if place.store.supports_listing and not await place.store.is_empty(place.path):
        await _clear_left_over(place)
    if zarr_format == 2:  # first, so that what an interrupted copy leaves is known for what it is
        first = buffer_prototype.buffer.from_bytes(dump_document(attributes))
        await place.store.set(join_path(place.path, ZATTRS_JSON), first)
    target: AsyncArray[Any] = AsyncArray(metadata, place)
    if isinstance(source, AsyncArray) and _chunks_fit(source.metadata, metadata):
        await _copy_chunks(source, target, progress)
    else:
        await copy_data(source, target, progress)
    await io.create_node(place, metadata)


async def _clear_left_over(place: StorePath) -> None:
    """Delete the chunks that an interrupted copy has left."""
    prefix = f"{place.path}/" if place.path else ""
    async for key in place.store.list_prefix(prefix):
        if io.makes_a_node(key):
            raise CopyError(f"{place} cannot be an array: there is a node below it, {key!r}")
    await clear_for_overwrite(place)


def _options(given: dict[str, Any], zarr_format: ZarrFormat) -> dict[str, Any]:
    """The options of ``create_array`` that are meant by those of ``copy``."""
    options = {name: value for name, value in given.items() if name not in _WITHOUT_EFFECT}
    if "compressor" in options:
        options["compressors"] = options.pop("compressor")
    if "dimension_separator" in options:
        name = "v2" if zarr_format == 2 else "default"
        options["chunk_key_encoding"] = {"name": name, "separator": options.pop("dimension_separator")}
    if not _OPTIONS.issuperset(options):
        raise TypeError(
            f"no options of a new array: {sorted(set(options) - _OPTIONS)}; known are {sorted(_OPTIONS)}"
        )
    return options


def _metadata_of_copy(
    source: AsyncArray[Any] | ForeignArray,
    zarr_format: ZarrFormat,
    attributes: dict[str, Any],
    options: dict[str, Any],
) -> ArrayMetadata:
    if isinstance(source, AsyncArray):
        if not options and source.metadata.zarr_format == zarr_format:
            return source.metadata.update_attributes(attributes)  # type: ignore[no-any-return]
        kept = {"dtype": source.dtype, **kept_options(source, zarr_format)}
        kept["chunk_key_encoding"] = kept.pop("encoding", None)
    else:
        kept = source.options
    if "chunks" in options:
        kept.pop("shards", None)
    return new_metadata(
        **{"order": "C", **kept, **options, "attributes": attributes},
        shape=tuple(source.shape),
        zarr_format=zarr_format,
        target_shard_size_bytes=settings.get("array.target_shard_size_bytes"),
        rectilinear=True,
    )


def _chunks_fit(old: ArrayMetadata, new: ArrayMetadata) -> bool:
    """Whether the bytes of a chunk of the one are those of the other's."""
    first, second = (
        {name: value for name, value in metadata.to_dict().items() if name not in _OF_THE_WHOLE}
        for metadata in (old, new)
    )
    return first == second


async def _copy_chunks(source: AsyncArray[Any], target: AsyncArray[Any], progress: Progress) -> None:
    """Copy the stored bytes; a chunk that is not stored is not stored in the copy either."""
    old, new = source._bound, target._bound
    await run.settle(old.store)
    await run.settle(new.store)
    if old.store.supports_listing:
        stored = await stored_chunks(source)
    else:
        stored = list(old.grid.all_chunk_coords())
    done = 0

    async def copy(coords: tuple[int, ...]) -> None:
        nonlocal done
        data = await old.store.get(old.key(coords), buffer_prototype)
        if data is not None:
            await new.store.set(new.key(coords), data)
        elif old.store.supports_listing:
            raise ConflictError(
                f"{old.key(coords)} of {old.store} was deleted by another writer while it was copied"
            )
        done += 1
        progress(done, len(stored))

    await run.gather(copy, [(coords,) for coords in stored])
