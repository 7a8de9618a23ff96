"""Arrays: AsyncArray, Array, and how they are made. Each is loaded when it is first used."""

from typing import TYPE_CHECKING

from zarr.core import names_of

if TYPE_CHECKING:
    from zarr.core.array.array import Array
    from zarr.core.array.async_array import AsyncArray, create_codec_pipeline, parse_array_metadata
    from zarr.core.array.codecs import CompressorLike, CompressorsLike, FiltersLike, SerializerLike
    from zarr.core.array.create import init_array
    from zarr.core.chunk_grids import ChunkGrid
    from zarr.core.fill import DEFAULT_FILL_VALUE
    from zarr.types import AnyArray, AnyAsyncArray
else:
    __getattr__, __dir__ = names_of(
        __name__,
        {
            "array": "Array",
            "async_array": "AsyncArray create_codec_pipeline parse_array_metadata",
            "codecs": "CompressorLike CompressorsLike FiltersLike SerializerLike",
            "create": "init_array",
            "zarr.core.chunk_grids": "ChunkGrid",
            "zarr.core.fill": "DEFAULT_FILL_VALUE",
            "zarr.types": "AnyArray AnyAsyncArray",
        },
    )

__all__ = [
    "DEFAULT_FILL_VALUE",
    "AnyArray",
    "AnyAsyncArray",
    "Array",
    "AsyncArray",
    "ChunkGrid",
    "CompressorLike",
    "CompressorsLike",
    "FiltersLike",
    "SerializerLike",
    "create_codec_pipeline",
    "init_array",
    "parse_array_metadata",
]
