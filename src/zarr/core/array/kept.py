"""What a new array takes over from one that it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.core.metadata import ArrayV3Metadata

if TYPE_CHECKING:
    from zarr.core.array.async_array import AsyncArray
    from zarr.core.common import ZarrFormat

__all__ = ["kept_options"]


def kept_options(source: AsyncArray[Any], zarr_format: ZarrFormat) -> dict[str, Any]:
    """What a new array of a format takes over from an array."""
    metadata = source.metadata
    kept: dict[str, Any] = {"attributes": dict(metadata.attributes)}
    if source.dtype.kind == "O":
        kept["dtype"] = metadata.dtype  # the object dtype does not say which objects
    if metadata.fill_value is not None:
        kept["fill_value"] = metadata.fill_value
    if not isinstance(metadata, ArrayV3Metadata):
        kept["chunks"] = metadata.chunks
        if zarr_format == 2:
            kept.update(
                dtype=metadata.dtype,
                filters=metadata.filters,
                compressors=metadata.compressor,
                order=metadata.order,
                encoding=metadata.chunk_key_encoding,
            )
        return kept
    sharded = metadata.sharding_codec is not None
    kept["chunks"] = metadata.chunks if sharded else source._chunk_grid
    if zarr_format == 3:
        kept.update(
            dtype=metadata.dtype,
            dimension_names=metadata.dimension_names,
            encoding=metadata.chunk_key_encoding,
            filters=source.filters,
            serializer=source.serializer,
            compressors=source.compressors,
        )
        if sharded:
            codec: Any = metadata.sharding_codec
            kept["shards"] = {
                "shape": source._chunk_grid,
                "index_codecs": codec.index_codecs,
                "index_location": codec.index_location,
                "subchunk_write_order": codec.subchunk_write_order,
            }
    return kept
