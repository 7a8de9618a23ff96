"""Saving arrays in one call, and loading them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.api.asynchronous.arrays import create
from zarr.api.asynchronous.opening import open
from zarr.core.array import AsyncArray
from zarr.core.array.selections import loaded
from zarr.core.array.values import is_masked_array
from zarr.core.keys import normalize_path
from zarr.storage._common import make_store_path

if TYPE_CHECKING:
    from zarr.abc.buffer import NDArrayLike, NDArrayLikeOrScalar
    from zarr.core.common import (
        ZarrFormat,
    )
    from zarr.storage._common import StoreLike

__all__ = ["load", "save", "save_array", "save_group"]


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
        await save_array(store, args[0], zarr_format=zarr_format, path=path, storage_options=storage_options)
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
    value = np.asanyarray(await loaded(arr))
    if is_masked_array(value) and np.ma.is_masked(value):
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
    zarr_format = store_path.agreed_format(zarr_format)
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
