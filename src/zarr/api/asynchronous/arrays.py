"""Making arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zarr.api.asynchronous.options import chosen_format, synchronized, warn_of_old
from zarr.core import array as array_package
from zarr.core import later
from zarr.core.fill import DEFAULT_FILL_VALUE

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.codec import Codec
    from zarr.abc.numcodec import Numcodec
    from zarr.api import like as likes
    from zarr.core import array_spec as array_spec
    from zarr.core import chunk_key_encodings as key_encodings
    from zarr.core.array import codecs as array_codecs
    from zarr.core.array import new as new
    from zarr.core.array import values as values
    from zarr.core.array.codecs import (
        CompressorLike,
        CompressorsLike,
        FiltersLike,
        SerializerLike,
    )
    from zarr.core.array_spec import ArrayConfigLike
    from zarr.core.chunk_key_encodings import ChunkKeyEncoding, ChunkKeyEncodingLike
    from zarr.core.common import (
        JSON,
        AccessModeLiteral,
        ChunksLike,
        DimensionNamesLike,
        MemoryOrder,
        ShapeLike,
        ShardsLike,
        ZarrFormat,
    )
    from zarr.storage import _common as stores
    from zarr.storage._common import StoreLike
    from zarr.types import AnyArray, AnyAsyncArray
else:
    array_spec = later("zarr.core.array_spec")
    array_codecs = later("zarr.core.array.codecs")
    key_encodings = later("zarr.core.chunk_key_encodings")
    likes = later("zarr.api.like")
    new = later("zarr.core.array.new")
    stores = later("zarr.storage._common")
    values = later("zarr.core.array.values")

__all__ = [
    "array",
    "create",
    "create_array",
    "empty",
    "empty_like",
    "full",
    "full_like",
    "ones",
    "ones_like",
    "zeros",
    "zeros_like",
]


async def create_array(
    store: StoreLike,
    *,
    name: str | None = None,
    shape: ShapeLike | None = None,
    dtype: Any = None,
    data: np.ndarray[Any, np.dtype[Any]] | None = None,
    chunks: ChunksLike | Literal["auto"] = "auto",
    shards: ShardsLike | None = None,
    filters: FiltersLike = "auto",
    compressors: CompressorsLike = "auto",
    serializer: SerializerLike = "auto",
    fill_value: Any | None = DEFAULT_FILL_VALUE,
    order: MemoryOrder | None = None,
    zarr_format: ZarrFormat | None = 3,
    attributes: dict[str, JSON] | None = None,
    chunk_key_encoding: ChunkKeyEncodingLike | None = None,
    dimension_names: DimensionNamesLike = None,
    storage_options: dict[str, Any] | None = None,
    overwrite: bool = False,
    config: ArrayConfigLike | None = None,
    write_data: bool = True,
    checksum: bool = False,
) -> AnyAsyncArray:
    """Make an array.

    Parameters
    ----------
    store
        Where to make it: a path, a URL, a Store, a StorePath, or a dict.
    name
        Path in the store; groups are made of ancestors that are missing.
    shape
        Shape of the array; not together with ``data``.
    dtype
        Data type: anything that NumPy takes, or a Zarr data type; not together with ``data``.
    data
        An array to take shape and data type from, and to write.
    chunks
        Shape of the chunks: a shape, an integer for all dimensions, lengths per dimension, "auto", or a size
        such as "1MB". With ``shards``, that of the inner chunks.
    shards
        Shape of the shards, each one stored object; None for none, "auto", or a size such as "100MB".
    filters
        Codecs from array to array (format 3), or numcodecs codecs (format 2).
    compressors
        Codecs from bytes to bytes; None for none, "auto" for Zstandard.
    serializer
        The codec from array to bytes (format 3).
    fill_value
        Value of elements that are not stored; by default zero of the data type.
    order
        Memory order of stored chunks (format 2).
    zarr_format
        2 or 3.
    attributes
        The user's attributes.
    chunk_key_encoding
        How the coordinates of a chunk become its key.
    dimension_names
        A name or None per dimension (format 3).
    storage_options
        Options for remote stores that are named by a URL.
    overwrite
        Delete the node that is there, with all below it.
    config
        How the array behaves at run time.
    write_data
        Whether to write ``data``, or only to take shape and data type from them.
    checksum
        Store a checksum (crc32c) with each chunk, the inner one where there are shards, so that every flipped bit is
        an error when it is read (format 3).

    Returns
    -------
    Array
        The array.

    Raises
    ------
    ContainsArrayError, ContainsGroupError
        If a node is there and ``overwrite`` is false.
    ValueError, TypeError
        If parts do not fit each other or the format.
    """
    store_path = await stores.make_store_path(store, path=name, mode="a", storage_options=storage_options)
    return await new.create_array_at(
        store_path,
        shape=shape,
        dtype=dtype,
        data=data,
        chunks=chunks,
        shards=shards,
        filters=filters,
        compressors=compressors,
        serializer=serializer,
        fill_value=fill_value,
        order=order,
        zarr_format=chosen_format(store_path.agreed_format(zarr_format)),
        attributes=attributes,
        chunk_key_encoding=chunk_key_encoding,
        dimension_names=dimension_names,
        overwrite=overwrite,
        config=config,
        write_data=write_data,
        checksum=checksum,
    )


async def create(
    shape: tuple[int, ...] | int,
    *,
    chunks: ChunksLike | None = None,
    dtype: Any = None,
    compressor: CompressorLike = "auto",
    fill_value: Any | None = DEFAULT_FILL_VALUE,
    order: MemoryOrder | None = None,
    store: StoreLike | None = None,
    synchronizer: Any | None = None,
    overwrite: bool = False,
    path: str | None = None,
    chunk_store: StoreLike | None = None,
    filters: Iterable[dict[str, JSON] | Numcodec] | None = None,
    cache_metadata: bool | None = None,
    cache_attrs: bool | None = None,
    read_only: bool | None = None,
    object_codec: Numcodec | Mapping[str, JSON] | None = None,
    dimension_separator: Literal[".", "/"] | None = None,
    write_empty_chunks: bool | None = None,
    zarr_format: ZarrFormat | None = None,
    meta_array: Any | None = None,
    attributes: dict[str, JSON] | None = None,
    chunk_shape: ChunksLike | None = None,
    chunk_key_encoding: ChunkKeyEncoding
    | tuple[Literal["default"], Literal[".", "/"]]
    | tuple[Literal["v2"], Literal[".", "/"]]
    | None = None,
    codecs: Iterable[Codec | dict[str, JSON]] | None = None,
    dimension_names: DimensionNamesLike = None,
    storage_options: dict[str, Any] | None = None,
    config: ArrayConfigLike | None = None,
    mode: AccessModeLiteral | None = None,
    data: npt.ArrayLike | None = None,
    checksum: bool = False,
) -> AnyAsyncArray:
    """Make an array, with the parameters of older versions; ``create_array`` is the newer form.

    Parameters
    ----------
    shape, dtype
        Shape and data type; float64 by default.
    chunks, chunk_shape
        Shape of the chunks; chosen where neither is given. True is the same, False is one chunk.
    compressor, filters
        numcodecs codecs (format 2).
    codecs
        The chain of codecs (format 3).
    fill_value
        Value of elements that are not stored.
    order
        Memory order of stored chunks (format 2).
    store, path
        Where to make it; in memory where no store is given.
    overwrite
        Delete the node that is there, with all below it.
    dimension_separator
        What stands between the parts of a chunk's key (format 2).
    write_empty_chunks
        Store chunks that hold nothing but the fill value.
    zarr_format
        2 or 3; by default the configuration's.
    attributes, chunk_key_encoding, dimension_names, storage_options, config, checksum
        As for ``create_array``.
    mode
        "a", "w" (overwrite), "w-" or "r+".
    data
        What to write.
    object_codec
        The numcodecs codec that makes bytes of objects, for ``dtype=object``; it becomes the first filter. Without
        effect in format 3, which has ``dtype=str`` and ``"variable_length_bytes"``.
    synchronizer
        As for ``open_group``.
    chunk_store, cache_metadata, cache_attrs, meta_array, read_only
        Without effect; accepted from those who give them.

    Returns
    -------
    Array
        The array.
    """
    store_path = await stores.make_store_path(store, path=path, mode="a", storage_options=storage_options)
    if synchronizer is not None:
        store_path = synchronized(store_path, synchronizer)
    chosen = chosen_format(store_path.agreed_format(zarr_format))
    warn_of_old(
        {"chunk_store": chunk_store, "cache_attrs": cache_attrs,
         "cache_metadata": cache_metadata, "meta_array": meta_array,
         "object_codec": object_codec if chosen == 3 else None}
    )  # fmt: skip
    if write_empty_chunks is not None:
        config = array_spec.with_config(config, write_empty_chunks=write_empty_chunks)
    if mode is None:
        mode = "w" if overwrite else "a"
    given_chunks = chunk_shape if chunks is None else chunks
    options: dict[str, Any] = {"filters": filters, "compressors": compressor}
    encoding: Any = chunk_key_encoding
    if isinstance(encoding, tuple):
        encoding = {"name": encoding[0], "separator": encoding[1]}
    if chosen == 3:
        options = _codecs_of_v3(codecs, compressor, filters, dimension_separator)
    else:
        if codecs is not None:
            raise ValueError(
                "codecs: Zarr format 2 arrays do not support `codecs`; use `filters` and `compressor`."
            )
        if object_codec is not None:
            dtype, filters = array_codecs.with_object_codec(dtype, object_codec, filters)
        options["filters"] = "auto" if filters is None else filters
        if dimension_separator is not None:
            encoding = key_encodings.V2ChunkKeyEncoding(separator=dimension_separator)
    array = await new.create_array_at(
        store_path,
        shape=shape,
        dtype="float64" if dtype is None else dtype,
        data=None,
        chunks="auto" if given_chunks is None or given_chunks is True else given_chunks,
        shards=None,
        fill_value=fill_value,
        order=order,
        zarr_format=chosen,
        attributes=attributes,
        chunk_key_encoding=encoding,
        dimension_names=dimension_names,
        overwrite=overwrite or mode == "w",
        config=config,
        write_data=False,
        checksum=checksum,
        **options,
    )
    if data is not None:
        await array.setitem(Ellipsis, data)
    return array


def _codecs_of_v3(codecs: Any, compressor: Any, filters: Any, separator: Any) -> dict[str, Any]:
    if filters:
        raise ValueError("filters: Zarr format 3 arrays do not support `filters` here; use `codecs`.")
    if compressor not in ("auto", None):
        raise ValueError("compressor: Zarr format 3 arrays do not support `compressor`; use `codecs`.")
    if separator is not None:
        raise ValueError("dimension_separator: format 3 arrays have `chunk_key_encoding` instead.")
    if codecs is None:
        return {"compressors": None if compressor is None else "auto"}
    return {"codecs": codecs}


async def array(data: npt.ArrayLike | AnyArray, **kwargs: Any) -> AnyAsyncArray:
    """Make an array of data.

    Parameters
    ----------
    data
        Anything that NumPy makes an array of, or a Zarr array, of which the chunks are taken too.
    **kwargs
        As for ``create``.
    """
    if not hasattr(data, "shape") or not hasattr(data, "dtype"):
        data = np.asanyarray(data)
    value: Any = data
    if values.is_masked_array(value) and np.ma.is_masked(value):
        raise TypeError("data: a masked array cannot be stored; fill it (`data.filled(...)`) first.")
    if isinstance(value, array_package.Array):
        kwargs.setdefault("chunks", value.chunks)
        value = value[...]
    kwargs.setdefault("dtype", value.dtype)
    kwargs["shape"] = tuple(value.shape)
    return await create(**kwargs, data=value)


async def empty(shape: tuple[int, ...], **kwargs: Any) -> AnyAsyncArray:
    """Make an array of which the content does not matter; other parameters as for ``create``."""
    return await create(shape=shape, **kwargs)


async def empty_like(a: Any, *, zarr_format: ZarrFormat | None = None, **kwargs: Any) -> AnyAsyncArray:
    """As ``empty``, with shape, data type and chunks of another array."""
    return await empty(**likes.filled_like_options(a, zarr_format, kwargs))


async def full(shape: tuple[int, ...], fill_value: Any, **kwargs: Any) -> AnyAsyncArray:
    """Make an array of one value, its fill value; other parameters as for ``create``."""
    return await create(shape=shape, fill_value=fill_value, **kwargs)


async def full_like(a: Any, *, zarr_format: ZarrFormat | None = None, **kwargs: Any) -> AnyAsyncArray:
    """As ``full``, with shape, data type, chunks and, unless it is given, the fill value of another array."""
    return await full(**likes.filled_like_options(a, zarr_format, kwargs))


async def ones(shape: tuple[int, ...], **kwargs: Any) -> AnyAsyncArray:
    """Make an array of ones; other parameters as for ``create``."""
    return await create(shape=shape, fill_value=1, **kwargs)


async def ones_like(a: Any, *, zarr_format: ZarrFormat | None = None, **kwargs: Any) -> AnyAsyncArray:
    """As ``ones``, with shape, data type and chunks of another array."""
    return await ones(**likes.like_options(a, zarr_format, kwargs))


async def zeros(shape: tuple[int, ...], **kwargs: Any) -> AnyAsyncArray:
    """Make an array of zeros; other parameters as for ``create``."""
    return await create(shape=shape, fill_value=0, **kwargs)


async def zeros_like(a: Any, *, zarr_format: ZarrFormat | None = None, **kwargs: Any) -> AnyAsyncArray:
    """As ``zeros``, with shape, data type and chunks of another array."""
    return await zeros(**likes.like_options(a, zarr_format, kwargs))
