"""Opening what exists, or making it where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from zarr.api import asynchronous
from zarr.api.asynchronous.options import chosen_format, config_of, default_mode, locate, warn_of_old
from zarr.core import array as arrays
from zarr.core import group as groups
from zarr.core import later
from zarr.core import metadata as documents
from zarr.errors import (
    ArrayNotFoundError,
    ContainsArrayError,
    ContainsGroupError,
    GroupNotFoundError,
)

if TYPE_CHECKING:
    from zarr.api import like as likes
    from zarr.core.array_spec import ArrayConfigLike
    from zarr.core.common import JSON, AccessModeLiteral, ZarrFormat
    from zarr.core.group import AsyncGroup
    from zarr.core.metadata import GroupMetadata
    from zarr.core.metadata import io as io
    from zarr.storage._common import StoreLike
    from zarr.types import AnyAsyncArray
else:
    io = later("zarr.core.metadata.io")
    likes = later("zarr.api.like")

__all__ = ["open", "open_array", "open_consolidated", "open_group", "open_like"]

_TAKEN = (ContainsArrayError, ContainsGroupError)
"""What is raised, too, if another makes the node between the look for it and the attempt to make it."""


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
        "r" to read, "r+" to read and write what exists, "a" to make it where it does not, "w" to replace it,
        "w-" to make it and fail if it exists. By default "a", or "r" for a read-only store.
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
    mode = mode or default_mode(store)
    store_path = await locate(store, path, mode, storage_options, kwargs.pop("synchronizer", None))
    zarr_format = store_path.agreed_format(zarr_format)
    if mode in ("a", "r", "r+"):
        metadata = await io.read_node(store_path, zarr_format)
        if isinstance(metadata, documents.GroupMetadata):
            found = await io.read_group(store_path, zarr_format, kwargs.get("use_consolidated"))
            return groups.AsyncGroup(cast("GroupMetadata", found), store_path)
        if metadata is not None:
            return arrays.AsyncArray(metadata, store_path, config_of(config, kwargs))
        if mode != "a":
            kind = ArrayNotFoundError if "shape" in kwargs else GroupNotFoundError
            raise kind(f"No array or group found in store {store_path.store} at path {store_path.path!r}")
    overwrite = mode == "w" or kwargs.pop("overwrite", False)
    try:
        if "shape" in kwargs:
            options = {**kwargs, "overwrite": overwrite}
            return await asynchronous.create(
                store=store_path, zarr_format=zarr_format, config=config, **options
            )
        return await groups.AsyncGroup.from_store(
            store_path,
            attributes=kwargs.get("attributes"),
            overwrite=overwrite,
            zarr_format=chosen_format(zarr_format),
        )
    except _TAKEN:
        if mode != "a" or not await io.is_node(store_path, zarr_format):
            raise
    return await open(store_path, mode="r+", zarr_format=zarr_format, config=config, **kwargs)


async def open_array(
    store: StoreLike | None = None,
    *,
    zarr_format: ZarrFormat | None = None,
    path: str = "",
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
    mode: AccessModeLiteral = kwargs.pop("mode", None) or default_mode(store)
    store_path = await locate(store, path, mode, storage_options, kwargs.pop("synchronizer", None))
    zarr_format = store_path.agreed_format(zarr_format)
    if mode in ("a", "r", "r+"):
        metadata = await io.read_array(store_path, zarr_format)
        if metadata is not None:
            return arrays.AsyncArray(metadata, store_path, config_of(config, kwargs))
        if mode != "a" or "shape" not in kwargs:
            raise ArrayNotFoundError(
                f"No array found in store {store_path.store} at path {store_path.path!r}"
            )
    if mode == "w":
        kwargs["overwrite"] = True
    try:
        return await asynchronous.create(store=store_path, zarr_format=zarr_format, config=config, **kwargs)
    except _TAKEN:
        if mode != "a" or not await io.is_node(store_path, zarr_format):
            raise
    return await open_array(store_path, mode="r+", zarr_format=zarr_format, config=config)


async def open_like(
    a: Any, path: str, *, zarr_format: ZarrFormat | None = None, **kwargs: Any
) -> AnyAsyncArray:
    """Open an array, made with shape, data type, chunks and fill value of another one where there is none."""
    return await open_array(path=path, **likes.filled_like_options(a, zarr_format, kwargs))


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
        True to require consolidated metadata, False to ignore them, None to use them where there are any; for
        format 2 also the key that they have.
    synchronizer
        Locks by key, taken before a chunk or a document is changed: a ``ThreadSynchronizer``, a
        ``ProcessSynchronizer``, or any object that gives a context manager for a key.
    cache_attrs, chunk_store, meta_array
        Without effect; accepted from those who give them.

    Raises
    ------
    GroupNotFoundError
        If there is no group, and it is not to be made; ContainsArrayError if an array is there.
    """
    warn_of_old(
        {
            "cache_attrs": cache_attrs,
            "chunk_store": chunk_store,
            "meta_array": meta_array,
        }
    )
    if mode == "a" and getattr(store, "read_only", False):
        mode = "r"
    store_path = await locate(store, path, mode, storage_options, synchronizer)
    zarr_format = store_path.agreed_format(zarr_format)
    if mode in ("a", "r", "r+"):
        metadata = await io.read_group(store_path, zarr_format, use_consolidated)
        if metadata is not None:
            return groups.AsyncGroup(metadata, store_path)
        if mode != "a":
            raise GroupNotFoundError(
                f"No group found in store {store_path.store} at path {store_path.path!r}"
            )
    try:
        return await groups.AsyncGroup.from_store(
            store_path,
            attributes=attributes,
            overwrite=mode == "w",
            zarr_format=chosen_format(zarr_format),
        )
    except _TAKEN:
        if mode != "a" or not await io.is_node(store_path, zarr_format):
            raise
    return await groups.AsyncGroup.open(store_path, zarr_format, use_consolidated)


async def open_consolidated(*args: Any, use_consolidated: Literal[True] = True, **kwargs: Any) -> AsyncGroup:
    """As ``open_group``, with consolidated metadata required.

    Raises
    ------
    ValueError
        If there are none.
    """
    if use_consolidated is not True:
        raise TypeError("'use_consolidated' must be 'True' in 'open_consolidated'. Use 'open' otherwise.")
    return await open_group(*args, use_consolidated=use_consolidated, **kwargs)
