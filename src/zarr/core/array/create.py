"""The metadata of a new array, from what a user gave, and its first writing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zarr import codecs as known_codecs
from zarr.abc.codec import Codec
from zarr.core import metadata as documents
from zarr.core import run
from zarr.core.array.codecs import (
    CompressorsLike,
    FiltersLike,
    SerializerLike,
    codecs_v2,
    codecs_v3,
    dtype_of,
    with_checksum,
)
from zarr.core.array.values import is_masked_array
from zarr.core.chunk_grids import (
    ChunkGrid,
    ChunkLayout,
    VaryingDimension,
    guess_chunks,
    normalize_chunks_nd,
    resolve_outer_and_inner_chunks,
)
from zarr.core.chunk_key_encodings import (
    ChunkKeyEncoding,
    ChunkKeyEncodingLike,
    DefaultChunkKeyEncoding,
    V2ChunkKeyEncoding,
    parse_chunk_key_encoding,
)
from zarr.core.common import (
    JSON,
    ChunksLike,
    DimensionNamesLike,
    MemoryOrder,
    ShapeLike,
    ShardsLike,
    ZarrFormat,
    parse_shapelike,
)
from zarr.core.dtype import ZDType, parse_dtype
from zarr.core.dtype.npy.common import NamedType
from zarr.core.fill import DEFAULT_FILL_VALUE, DefaultFillValue
from zarr.core.metadata import io
from zarr.core.metadata.deleting import clear_for_overwrite
from zarr.core.metadata.grid import create_chunk_grid_metadata
from zarr.core.metadata.parsed import find, keep, key_of
from zarr.core.metadata.v3 import ArrayV3Metadata, RectilinearChunksDisabledError, parse_codecs
from zarr.errors import at

if TYPE_CHECKING:
    from zarr.codecs import ShardingCodec
    from zarr.core.metadata import ArrayMetadata, ArrayV2Metadata
    from zarr.storage._common import StorePath

__all__ = ["DEFAULT_FILL_VALUE", "DefaultFillValue", "init_array", "metadata_alike", "new_metadata"]

_DEFAULT_ENCODING = DefaultChunkKeyEncoding()


def shape_and_dtype(data: Any, shape: ShapeLike | None, dtype: Any) -> tuple[tuple[int, ...], Any, Any]:
    """Shape, data type and array of the data that a user gave, or shape and data type alone.

    Raises
    ------
    ValueError
        If shape or data type are given twice or not at all.
    """
    if data is None:
        if shape is None or dtype is None:
            raise ValueError(
                "Either `data` or both `shape` and `dtype` must be given: "
                f"shape={shape!r}, dtype={dtype!r} and no data are."
            )
        return parse_shapelike(shape), dtype, None
    if shape is not None:
        raise ValueError("The `data` parameter was used, but the `shape` parameter was also used.")
    if dtype is not None:
        raise ValueError("The `data` parameter was used, but the `dtype` parameter was also used.")
    array = np.asanyarray(data)
    if is_masked_array(array):
        if np.ma.is_masked(array):
            raise TypeError("data: a masked array cannot be stored; fill it (`data.filled(...)`) first.")
        array = array.data
    return array.shape, array.dtype, array


def new_metadata(
    *,
    shape: tuple[int, ...],
    dtype: Any,
    chunks: ChunksLike | Literal["auto"] = "auto",
    shards: ShardsLike | None = None,
    filters: FiltersLike = "auto",
    compressors: CompressorsLike = "auto",
    serializer: SerializerLike = "auto",
    codecs: Iterable[Codec | Mapping[str, JSON]] | None = None,
    fill_value: Any = DEFAULT_FILL_VALUE,
    order: MemoryOrder = "C",
    zarr_format: ZarrFormat = 3,
    attributes: Mapping[str, JSON] | None = None,
    chunk_key_encoding: ChunkKeyEncodingLike | None = None,
    dimension_names: DimensionNamesLike = None,
    checksum: bool = False,
    target_shard_size_bytes: int | None = None,
    rectilinear: bool = True,
) -> ArrayMetadata:
    """The metadata of a new array; ``codecs`` is the whole chain of a format 3 array.

    Raises
    ------
    ValueError, TypeError
        If parts do not fit each other or the format.
    """
    zdtype = dtype_of(dtype, filters, compressors, zarr_format)
    layout = _layout(shape, chunks, shards, zdtype, target_shard_size_bytes)
    if not layout.outer_chunks.is_regular and not rectilinear:
        raise RectilinearChunksDisabledError
    attributes = {} if attributes is None else attributes
    if isinstance(fill_value, DefaultFillValue):
        fill_value = zdtype.default_scalar()
    if zarr_format == 2:
        if checksum:
            raise ValueError(
                "checksum: format 2 has no place for a checksum of what is stored; use zarr_format=3, or "
                "filters=[numcodecs.CRC32()], which is a checksum of what is compressed."
            )
        return _new_v2(
            shape, zdtype, layout, filters, compressors, serializer, fill_value, order, attributes,
            chunk_key_encoding, dimension_names,
        )  # fmt: skip
    chain = codecs_v3(zdtype, filters, serializer, compressors) if codecs is None else parse_codecs(codecs)
    if checksum:
        chain = with_checksum(chain)
    if layout.inner is not None:
        chain = (_sharding(layout.inner.outer_chunks.chunk_shape, chain, shards),)
    encoding = _DEFAULT_ENCODING if chunk_key_encoding is None else _encoding(chunk_key_encoding)
    return ArrayV3Metadata(
        shape=shape,
        data_type=zdtype,
        chunk_grid=create_chunk_grid_metadata(layout.outer_chunks),
        chunk_key_encoding=encoding,
        fill_value=zdtype.default_scalar() if fill_value is None else fill_value,
        codecs=chain,
        attributes=attributes,
        dimension_names=dimension_names,
    )


def metadata_alike(
    *,
    shape: tuple[int, ...],
    dtype: Any,
    zarr_format: ZarrFormat,
    attributes: Mapping[str, JSON] | None = None,
    **options: Any,
) -> ArrayMetadata:
    """As ``new_metadata``; what it made of the same options before is taken where it still holds."""
    if zarr_format != 3:
        return new_metadata(
            shape=shape, dtype=dtype, zarr_format=zarr_format, attributes=attributes, **options
        )
    zdtype = parse_dtype(dtype, zarr_format=3)
    shards = options.get("shards")
    plain = isinstance(zdtype, NamedType) and (shards is None or _are_lengths(shards))
    given = options if plain and _are_lengths(options.get("chunks")) else {"shape": shape, **options}
    if isinstance(given.get("fill_value"), DefaultFillValue):
        given = {**given, "fill_value": None}  # which means the same in format 3
    key = key_of(("new", zdtype.to_native_dtype().str, given)) if plain else None
    known = find(key, list(shape))
    if known is not None and known["data_type"] == zdtype:
        return ArrayV3Metadata._of_kept(known, shape, attributes)
    metadata = new_metadata(shape=shape, dtype=zdtype, attributes=attributes, **options)
    if key is not None:
        keep(key, given, metadata.to_dict(), metadata.__dict__)
    return metadata


def _are_lengths(chunks: object) -> bool:
    """Whether it is the shape of chunks, and does not depend on that of the array."""
    return type(chunks) is tuple and all(type(length) is int and length > 0 for length in chunks)


def _layout(
    shape: tuple[int, ...], chunks: Any, shards: Any, dtype: ZDType[Any, Any], target: int | None
) -> ChunkLayout:
    item_size = getattr(dtype, "item_size", 1)
    grid: ChunkGrid
    if isinstance(chunks, str) and chunks == "auto":
        most = None if shards is None else 1 << 20
        grid = guess_chunks(shape, item_size, max_bytes=most)
        if shards is not None:
            grid = _dividing(grid, shards, shape)
    else:
        grid = normalize_chunks_nd(chunks, shape, item_size=item_size)
    return resolve_outer_and_inner_chunks(
        array_shape=shape,
        chunks=grid,
        shard_shape=shards,
        item_size=item_size,
        target_shard_size_bytes=target,
    )


def _dividing(grid: ChunkGrid, shards: Any, shape: tuple[int, ...]) -> ChunkGrid:
    """Automatic chunks near those of the grid that divide the shards the user asked for."""
    wanted = shards.get("shape", "auto") if isinstance(shards, Mapping) else shards
    if isinstance(wanted, str):
        return grid
    outer = normalize_chunks_nd(wanted, shape)
    sizes = []
    for chunk, size, dim in zip(grid.chunk_shape, outer.fixed_sizes, outer.dimensions, strict=True):
        shard = math.gcd(*dim.edges) if isinstance(dim, VaryingDimension) else size
        sizes.append(next(n for n in range(min(chunk, shard), 0, -1) if shard % n == 0))
    return ChunkGrid.from_sizes(shape, sizes)


def _sharding(chunk_shape: tuple[int, ...], codecs: tuple[Any, ...], shards: Any) -> ShardingCodec:
    options: dict[str, Any] = {}
    if isinstance(shards, Mapping):
        options = {name: value for name, value in shards.items() if name != "shape"}
    with at("shards"):
        return known_codecs.ShardingCodec(chunk_shape=chunk_shape, codecs=codecs, **options)


def _encoding(data: ChunkKeyEncodingLike) -> ChunkKeyEncoding:
    with at("chunk_key_encoding"):
        return parse_chunk_key_encoding(data)


def _new_v2(
    shape: tuple[int, ...],
    dtype: ZDType[Any, Any],
    layout: ChunkLayout,
    filters: FiltersLike,
    compressors: CompressorsLike,
    serializer: SerializerLike,
    fill_value: Any,
    order: MemoryOrder,
    attributes: Mapping[str, JSON],
    chunk_key_encoding: ChunkKeyEncodingLike | None,
    dimension_names: DimensionNamesLike,
) -> ArrayV2Metadata:
    for name, given in (
        ("shards", None if layout.inner is None else layout.outer_chunks),
        ("serializer", None if serializer == "auto" else serializer),
        ("dimension_names", dimension_names),
    ):
        if given is not None:
            raise ValueError(
                f"Zarr format 2 arrays do not support `{name}`. Got {name}={given!r}; use zarr_format=3."
            )
    if not layout.outer_chunks.is_regular:
        raise ValueError("Zarr format 2 does not support chunks of varying lengths; use zarr_format=3.")
    encoding = V2ChunkKeyEncoding() if chunk_key_encoding is None else _encoding(chunk_key_encoding)
    if not isinstance(encoding, V2ChunkKeyEncoding):
        raise ValueError(
            f"Invalid chunk key encoding. For Zarr format 2 arrays it must be 'v2'. Got {encoding.name!r}."
        )
    parsed_filters, compressor = codecs_v2(dtype, filters, compressors)
    return documents.ArrayV2Metadata(
        shape=shape,
        dtype=dtype,
        chunks=layout.outer_chunks.chunk_shape,
        fill_value=fill_value,
        order=order,
        dimension_separator=encoding.separator,
        compressor=compressor,
        filters=parsed_filters,
        attributes=attributes,
    )


async def init_array(store_path: StorePath, metadata: ArrayMetadata, *, overwrite: bool) -> None:
    """Write the documents of a new array, and groups for its ancestors.

    Raises
    ------
    ContainsArrayError, ContainsGroupError
        If a node is there and ``overwrite`` is false.
    FileExistsError
        If there are chunks without a node, or ``overwrite`` would delete what is not of Zarr.
    ValueError
        If the store cannot be written to.
    """
    await run.settle(store_path.store)
    store_path.store._check_writable()
    if overwrite and store_path.store.supports_deletes:
        await clear_for_overwrite(store_path)
        await io.write_node(store_path, metadata, parents=True)
    else:
        await io.create_node(store_path, metadata, is_empty=True)
