"""The top-level functions, awaited. Their blocking twins are derived from them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import numpy as np

from zarr.api.like import like_options
from zarr.core.array import DEFAULT_FILL_VALUE, Array, AsyncArray
from zarr.core.array.new import create_array_at
from zarr.core.array_spec import ArrayConfigLike
from zarr.core.chunk_key_encodings import V2ChunkKeyEncoding
from zarr.core.common import ANY_ACCESS_MODE, AccessModeLiteral
from zarr.core.config import config as zarr_config
from zarr.core.group import AsyncGroup
from zarr.core.group import create_hierarchy as create_hierarchy
from zarr.core.keys import normalize_path
from zarr.core.metadata import GroupMetadata, io
from zarr.errors import (
    ArrayNotFoundError,
    GroupNotFoundError,
    NodeNotFoundError,
    ZarrRuntimeWarning,
    ZarrUserWarning,
)
from zarr.storage._common import StorePath, make_store_path

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.buffer import NDArrayLike, NDArrayLikeOrScalar
    from zarr.abc.codec import Codec
    from zarr.abc.numcodec import Numcodec
    from zarr.core.array.codecs import (
        CompressorLike,
        CompressorsLike,
        FiltersLike,
        SerializerLike,
    )
    from zarr.core.chunk_key_encodings import ChunkKeyEncoding, ChunkKeyEncodingLike
    from zarr.core.common import (
        JSON,
        ChunksLike,
        DimensionNamesLike,
        MemoryOrder,
        ShapeLike,
        ShardsLike,
        ZarrFormat,
    )
    from zarr.core.group.tree import TreeRepr
    from zarr.storage._common import StoreLike
    from zarr.types import AnyArray, AnyAsyncArray

__all__ = [
    "array",
    "consolidate_metadata",
    "create",
    "create_array",
    "create_group",
    "create_hierarchy",
    "empty",
    "empty_like",
    "full",
    "full_like",
    "group",
    "load",
    "ones",
    "ones_like",
    "open",
    "open_array",
    "open_consolidated",
    "open_group",
    "open_like",
    "save",
    "save_array",
    "save_group",
    "tree",
    "zeros",
    "zeros_like",
]

PathLike: TypeAlias = str


async def _locate(
    store: StoreLike | None,
    path: str | None,
    mode: AccessModeLiteral | None,
    storage_options: dict[str, Any] | None = None,
) -> StorePath:
    """The place that is meant; for mode "w" what is there is deleted if it is of Zarr."""
    if mode is not None and mode not in ANY_ACCESS_MODE:
        raise ValueError(f"Invalid mode: {mode}, expected one of ('r', 'r+', 'a', 'w', 'w-')")
    given: AccessModeLiteral | None = "a" if mode == "w" else mode
    store_path = await make_store_path(store, path=path, mode=given, storage_options=storage_options)
    if mode == "w":
        await io.clear_for_overwrite(store_path)
    return store_path


def _format(zarr_format: ZarrFormat | None) -> ZarrFormat:
    """The format of what is made: as given, or the configuration's ``default_zarr_format``."""
    chosen = zarr_config.get("default_zarr_format") if zarr_format is None else zarr_format
    if chosen not in (2, 3):
        raise ValueError(f"zarr_format must be 2 or 3. Got {chosen!r}.")
    return cast("ZarrFormat", chosen)


def _default_mode(store: StoreLike | None) -> AccessModeLiteral:
    return "r" if getattr(store, "read_only", False) else "a"


# --- making arrays


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
        Shape of the chunks: a shape, an integer for all dimensions, lengths per dimension, "auto", or a size such
        as "1MB". With ``shards``, that of the inner chunks.
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
    store_path = await make_store_path(store, path=name, mode="a", storage_options=storage_options)
    return await create_array_at(
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
        zarr_format=_format(zarr_format),
        attributes=attributes,
        chunk_key_encoding=chunk_key_encoding,
        dimension_names=dimension_names,
        overwrite=overwrite,
        config=config,
        write_data=write_data,
    )


_WITHOUT_EFFECT = ("synchronizer", "chunk_store", "cache_attrs", "cache_metadata", "meta_array", "object_codec")


def _warn_of_old(given: dict[str, Any]) -> None:
    for name in _WITHOUT_EFFECT:
        if given.get(name) is not None:
            warnings.warn(f"The {name} argument has no effect.", ZarrRuntimeWarning, stacklevel=3)


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
    path: PathLike | None = None,
    chunk_store: StoreLike | None = None,
    filters: Iterable[dict[str, JSON] | Numcodec] | None = None,
    cache_metadata: bool | None = None,
    cache_attrs: bool | None = None,
    read_only: bool | None = None,
    object_codec: Codec | None = None,
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
    attributes, chunk_key_encoding, dimension_names, storage_options, config
        As for ``create_array``.
    mode
        "a", "w" (overwrite), "w-" or "r+".
    data
        What to write.
    synchronizer, chunk_store, cache_metadata, cache_attrs, object_codec, meta_array, read_only
        Without effect; accepted from those who give them.

    Returns
    -------
    Array
        The array.
    """
    _warn_of_old(
        {"synchronizer": synchronizer, "chunk_store": chunk_store, "cache_attrs": cache_attrs,
         "cache_metadata": cache_metadata, "meta_array": meta_array, "object_codec": object_codec}
    )  # fmt: skip
    chosen = _format(zarr_format)
    if write_empty_chunks is not None:
        config = _with_config(config, write_empty_chunks=write_empty_chunks)
    if mode is None:
        mode = "w" if overwrite else "a"
    store_path = await make_store_path(store, path=path, mode="a", storage_options=storage_options)
    given_chunks = chunk_shape if chunks is None else chunks
    options: dict[str, Any] = {"filters": filters, "compressors": compressor}
    encoding: Any = chunk_key_encoding
    if isinstance(encoding, tuple):
        encoding = {"name": encoding[0], "separator": encoding[1]}
    if chosen == 3:
        options = _codecs_of_v3(codecs, compressor, filters, dimension_separator)
    else:
        if codecs is not None:
            raise ValueError("codecs: Zarr format 2 arrays do not support `codecs`; use `filters` and `compressor`.")
        if filters is None:
            options["filters"] = "auto"
        if dimension_separator is not None:
            encoding = V2ChunkKeyEncoding(separator=dimension_separator)
    array = await create_array_at(
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
        **options,
    )
    if data is not None:
        await array.setitem(Ellipsis, data)
    return array


def _with_config(config: ArrayConfigLike | None, **more: Any) -> ArrayConfigLike:
    given = {} if config is None else config if isinstance(config, dict) else cast("Any", config).to_dict()
    return cast("ArrayConfigLike", {**given, **more})


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
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise TypeError("data: a masked array cannot be stored; fill it (`data.filled(...)`) first.")
    if isinstance(value, Array):
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
    return await empty(**like_options(a, zarr_format, kwargs))


async def full(shape: tuple[int, ...], fill_value: Any, **kwargs: Any) -> AnyAsyncArray:
    """Make an array of one value, its fill value; other parameters as for ``create``."""
    return await create(shape=shape, fill_value=fill_value, **kwargs)


async def full_like(a: Any, *, zarr_format: ZarrFormat | None = None, **kwargs: Any) -> AnyAsyncArray:
    """As ``full``, with shape, data type, chunks and, unless it is given, the fill value of another array."""
    options = like_options(a, zarr_format, kwargs)
    if isinstance(a, AsyncArray | Array):
        options.setdefault("fill_value", a.fill_value)
    return await full(**options)


async def ones(shape: tuple[int, ...], **kwargs: Any) -> AnyAsyncArray:
    """Make an array of ones; other parameters as for ``create``."""
    return await create(shape=shape, fill_value=1, **kwargs)


async def ones_like(a: Any, *, zarr_format: ZarrFormat | None = None, **kwargs: Any) -> AnyAsyncArray:
    """As ``ones``, with shape, data type and chunks of another array."""
    return await ones(**like_options(a, zarr_format, kwargs))


async def zeros(shape: tuple[int, ...], **kwargs: Any) -> AnyAsyncArray:
    """Make an array of zeros; other parameters as for ``create``."""
    return await create(shape=shape, fill_value=0, **kwargs)


async def zeros_like(a: Any, *, zarr_format: ZarrFormat | None = None, **kwargs: Any) -> AnyAsyncArray:
    """As ``zeros``, with shape, data type and chunks of another array."""
    return await zeros(**like_options(a, zarr_format, kwargs))


async def open_like(
    a: Any, path: str, *, zarr_format: ZarrFormat | None = None, **kwargs: Any
) -> AnyAsyncArray:
    """Open an array, made with shape, data type and chunks of another one where there is none."""
    return await open_array(path=path, **like_options(a, zarr_format, kwargs))


# --- opening


async def open(
    store: StoreLike | None = None,
    *,
    mode: AccessModeLiteral | None = None,
    zarr_format: ZarrFormat | None = None,
    path: str | None = None,
    storage_options: dict[str, Any] | None = None,
    config: ArrayConfigLike | None = None,
    **kwargs: Any,
) -> AnyAsyncArray | AsyncGroup:
    """Open an array or a group, whichever is there.

    Parameters
    ----------
    store
        Where it is: a path, a URL, a Store, a StorePath, or a dict; a new store in memory where None.
    mode
        "r" to read, "r+" to read and write what exists, "a" to make it where it does not, "w" to replace it, "w-" to
        make it and fail if it exists. By default "a", or "r" for a read-only store.
    zarr_format
        2, 3, or None for what is there.
    path
        Path in the store.
    storage_options
        Options for remote stores that are named by a URL.
    config
        How an array behaves at run time.
    **kwargs
        As for ``create``; with ``shape``, what is made is an array.

    Returns
    -------
    Array or Group
        The node.

    Raises
    ------
    FileNotFoundError
        If there is none, and the mode is "r" or "r+".
    """
    mode = mode or _default_mode(store)
    store_path = await _locate(store, path, mode, storage_options)
    if mode in ("a", "r", "r+"):
        metadata = await io.read_node(store_path, zarr_format)
        if isinstance(metadata, GroupMetadata):
            found = await io.read_group(store_path, zarr_format, kwargs.get("use_consolidated"))
            return AsyncGroup(cast("GroupMetadata", found), store_path)
        if metadata is not None:
            return AsyncArray(metadata, store_path, _config_of(config, kwargs))
        if mode != "a":
            raise NodeNotFoundError(
                f"No array or group found in store {store_path.store} at path {store_path.path!r}"
            )
    if "shape" in kwargs:
        return await create(store=store_path, zarr_format=zarr_format, config=config, **kwargs)
    attributes = kwargs.get("attributes")
    return await AsyncGroup.from_store(store_path, attributes=attributes, zarr_format=_format(zarr_format))


def _config_of(config: ArrayConfigLike | None, kwargs: dict[str, Any]) -> ArrayConfigLike | None:
    empty_chunks = kwargs.get("write_empty_chunks")
    return config if empty_chunks is None else _with_config(config, write_empty_chunks=empty_chunks)


async def open_array(
    store: StoreLike | None = None,
    *,
    zarr_format: ZarrFormat | None = None,
    path: PathLike = "",
    storage_options: dict[str, Any] | None = None,
    config: ArrayConfigLike | None = None,
    **kwargs: Any,
) -> AnyAsyncArray:
    """Open an array.

    Parameters
    ----------
    store, path
        Where it is.
    zarr_format
        2, 3, or None for what is there.
    storage_options
        Options for remote stores that are named by a URL.
    config
        How the array behaves at run time.
    **kwargs
        ``mode`` as for ``open``; with ``shape``, an array that is not there is made, as by ``create``.

    Raises
    ------
    ArrayNotFoundError
        If there is no array, and it is not to be made.
    NodeTypeValidationError
        If a group is there.
    """
    mode: AccessModeLiteral = kwargs.pop("mode", None) or _default_mode(store)
    store_path = await _locate(store, path, mode, storage_options)
    if mode in ("a", "r", "r+"):
        metadata = await io.read_array(store_path, zarr_format)
        if metadata is not None:
            return AsyncArray(metadata, store_path, _config_of(config, kwargs))
        if mode != "a" or "shape" not in kwargs:
            raise ArrayNotFoundError(f"No array found in store {store_path.store} at path {store_path.path!r}")
    return await create(store=store_path, zarr_format=zarr_format, config=config, mode="a", **kwargs)


async def open_group(
    store: StoreLike | None = None,
    *,
    mode: AccessModeLiteral = "a",
    cache_attrs: bool | None = None,
    synchronizer: Any = None,
    path: str | None = None,
    chunk_store: StoreLike | None = None,
    storage_options: dict[str, Any] | None = None,
    zarr_format: ZarrFormat | None = None,
    meta_array: Any | None = None,
    attributes: dict[str, JSON] | None = None,
    use_consolidated: bool | str | None = None,
) -> AsyncGroup:
    """Open a group.

    Parameters
    ----------
    store, path
        Where it is.
    mode
        As for ``open``.
    storage_options
        Options for remote stores that are named by a URL.
    zarr_format
        2, 3, or None for what is there.
    attributes
        Attributes of a group that is made.
    use_consolidated
        True to require consolidated metadata, False to ignore them, None to use them where there are any; for format
        2 also the key that they have.
    cache_attrs, synchronizer, chunk_store, meta_array
        Without effect; accepted from those who give them.

    Raises
    ------
    GroupNotFoundError
        If there is no group, and it is not to be made; ContainsArrayError if an array is there.
    """
    _warn_of_old(
        {"cache_attrs": cache_attrs, "synchronizer": synchronizer, "chunk_store": chunk_store, "meta_array": meta_array}
    )
    if mode == "a" and getattr(store, "read_only", False):
        mode = "r"
    store_path = await _locate(store, path, mode, storage_options)
    if mode in ("a", "r", "r+"):
        metadata = await io.read_group(store_path, zarr_format, use_consolidated)
        if metadata is not None:
            return AsyncGroup(metadata, store_path)
        if mode != "a":
            raise GroupNotFoundError(f"No group found in store {store_path.store} at path {store_path.path!r}")
    return await AsyncGroup.from_store(store_path, zarr_format=_format(zarr_format), attributes=attributes)


async def open_consolidated(
    *args: Any, use_consolidated: Literal[True] = True, **kwargs: Any
) -> AsyncGroup:
    """As ``open_group``, with consolidated metadata required.

    Raises
    ------
    ValueError
        If there are none.
    """
    if use_consolidated is not True:
        raise TypeError("'use_consolidated' must be 'True' in 'open_consolidated'. Use 'open' otherwise.")
    return await open_group(*args, use_consolidated=use_consolidated, **kwargs)


# --- groups


async def group(
    store: StoreLike | None = None,
    *,
    overwrite: bool = False,
    chunk_store: StoreLike | None = None,
    cache_attrs: bool | None = None,
    synchronizer: Any | None = None,
    path: str | None = None,
    zarr_format: ZarrFormat | None = None,
    meta_array: Any | None = None,
    attributes: dict[str, JSON] | None = None,
    storage_options: dict[str, Any] | None = None,
) -> AsyncGroup:
    """Open a group, made where there is none.

    Parameters
    ----------
    store, path
        Where it is; in memory where no store is given.
    overwrite
        Delete the node that is there, with all below it.
    zarr_format, attributes
        Of a group that is made.
    storage_options
        Options for remote stores that are named by a URL.
    chunk_store, cache_attrs, synchronizer, meta_array
        Without effect; accepted from those who give them.
    """
    return await open_group(
        store,
        mode="w" if overwrite else "a",
        chunk_store=chunk_store,
        cache_attrs=cache_attrs,
        synchronizer=synchronizer,
        path=path,
        zarr_format=zarr_format,
        meta_array=meta_array,
        attributes=attributes,
        storage_options=storage_options,
    )


async def create_group(
    store: StoreLike,
    *,
    path: str | None = None,
    zarr_format: ZarrFormat | None = None,
    overwrite: bool = False,
    attributes: dict[str, Any] | None = None,
    storage_options: dict[str, Any] | None = None,
) -> AsyncGroup:
    """Make a group.

    Parameters
    ----------
    store, path
        Where to make it; groups are made of ancestors that are missing.
    zarr_format
        2 or 3; by default the configuration's.
    overwrite
        Delete the node that is there, with all below it.
    attributes
        The user's attributes.
    storage_options
        Options for remote stores that are named by a URL.

    Raises
    ------
    ContainsArrayError, ContainsGroupError
        If a node is there and ``overwrite`` is false.
    """
    store_path = await make_store_path(store, path=path, mode="a", storage_options=storage_options)
    return await AsyncGroup.from_store(
        store_path, attributes=attributes, overwrite=overwrite, zarr_format=_format(zarr_format)
    )


async def consolidate_metadata(
    store: StoreLike, path: str | None = None, zarr_format: ZarrFormat | None = None
) -> AsyncGroup:
    """Write the metadata of everything below a group into the group's document.

    Parameters
    ----------
    store, path
        Where the group is.
    zarr_format
        2, 3, or None for what is there.

    Returns
    -------
    Group
        The group, which uses them.

    Raises
    ------
    GroupNotFoundError
        If there is no group.
    """
    store_path = await make_store_path(store, path=path)
    if not store_path.store.supports_consolidated_metadata:
        raise TypeError(f"The store {store_path.store} does not make use of consolidated metadata.")
    store_path.store._check_writable()
    found = await AsyncGroup.open(store_path, zarr_format=zarr_format, use_consolidated=False)
    done = await found.consolidate()
    below = done.metadata.consolidated_metadata
    if done.metadata.zarr_format == 3 and below is not None and below.metadata:
        warnings.warn(
            "Consolidated metadata is currently not part in the Zarr format 3 specification. It may not be supported "
            "by other zarr implementations and may change in the future.",
            ZarrUserWarning,
            stacklevel=2,
        )
    return done


async def tree(grp: AsyncGroup, expand: bool | None = None, level: int | None = None) -> TreeRepr:
    """A drawing of what is below a group; see ``Group.tree``."""
    return await grp.tree(expand=expand, level=level)


# --- saving and loading


async def save(
    store: StoreLike,
    *args: NDArrayLike,
    zarr_format: ZarrFormat | None = None,
    path: str | None = None,
    storage_options: dict[str, Any] | None = None,
    **kwargs: Any,
) -> None:
    """Store one array as an array, or several as a group of arrays.

    Parameters
    ----------
    store, path
        Where to store them.
    *args
        Arrays; in a group they are named arr_0, arr_1 ...
    zarr_format
        2 or 3; by default the configuration's.
    storage_options
        Options for remote stores that are named by a URL.
    **kwargs
        Arrays by name.
    """
    if not args and not kwargs:
        raise ValueError("at least one array must be given")
    if len(args) == 1 and not kwargs:
        await save_array(
            store, args[0], zarr_format=zarr_format, path=path, storage_options=storage_options
        )
    else:
        await save_group(
            store, *args, zarr_format=zarr_format, path=path, storage_options=storage_options, **kwargs
        )


async def save_array(
    store: StoreLike,
    arr: NDArrayLike,
    *,
    zarr_format: ZarrFormat | None = None,
    path: str | None = None,
    storage_options: dict[str, Any] | None = None,
    **kwargs: Any,
) -> None:
    """Store an array, replacing the one that is there.

    Parameters
    ----------
    store, path
        Where to store it.
    arr
        The array.
    zarr_format
        2 or 3; by default the configuration's.
    storage_options
        Options for remote stores that are named by a URL.
    **kwargs
        As for ``create``.
    """
    if not hasattr(arr, "shape") or not hasattr(arr, "dtype"):
        raise TypeError(f"arr argument must be an array. Got {type(arr)}.")
    store_path = await make_store_path(store, path=path, mode="a", storage_options=storage_options)
    kwargs.pop("mode", None)
    kwargs["overwrite"] = True
    value = np.asanyarray(arr)
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise TypeError("arr: a masked array cannot be stored; fill it (`arr.filled(...)`) first.")
    made = await create(value.shape, dtype=value.dtype, store=store_path, zarr_format=zarr_format, **kwargs)
    await made.setitem(Ellipsis, value)


async def save_group(
    store: StoreLike,
    *args: NDArrayLike,
    zarr_format: ZarrFormat | None = None,
    path: str | None = None,
    storage_options: dict[str, Any] | None = None,
    **kwargs: NDArrayLike,
) -> None:
    """Store arrays in a group; parameters as for ``save``."""
    if not args and not kwargs:
        raise ValueError("at least one array must be given")
    store_path = await make_store_path(store, path=path, mode="a", storage_options=storage_options)
    named = {f"arr_{i}": arr for i, arr in enumerate(args)} | kwargs
    for name, arr in named.items():
        if not hasattr(arr, "shape") or not hasattr(arr, "dtype"):
            raise TypeError(f"{name}: all arguments must be arrays. Got {type(arr)}.")
    for name, arr in named.items():
        await save_array(store_path / normalize_path(name), arr, zarr_format=zarr_format)


async def load(
    store: StoreLike, path: str | None = None, zarr_format: ZarrFormat | None = None
) -> NDArrayLikeOrScalar | dict[str, NDArrayLikeOrScalar]:
    """Read an array whole, or the arrays of a group as a dict.

    Parameters
    ----------
    store, path
        Where it is.
    zarr_format
        2, 3, or None for what is there.

    Returns
    -------
    array, or dict of str to array
        A dict holds the arrays that are directly in the group.
    """
    node = await open(store, path=path, mode="r", zarr_format=zarr_format)
    if isinstance(node, AsyncArray):
        return await node.getitem(Ellipsis)
    return {name: await found.getitem(Ellipsis) async for name, found in node.arrays()}
