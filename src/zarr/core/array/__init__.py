"""Arrays: AsyncArray, Array, and how they are made."""

from zarr.core.array.array import Array
from zarr.core.array.async_array import AsyncArray, create_codec_pipeline, parse_array_metadata
from zarr.core.array.codecs import CompressorLike, CompressorsLike, FiltersLike, SerializerLike
from zarr.core.array.create import DEFAULT_FILL_VALUE, init_array
from zarr.core.chunk_grids import ChunkGrid
from zarr.types import AnyArray, AnyAsyncArray

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
