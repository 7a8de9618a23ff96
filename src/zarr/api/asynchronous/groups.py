"""Making groups, and what is about a whole group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.api.asynchronous.opening import open_group
from zarr.api.asynchronous.options import chosen_format
from zarr.core import group as groups
from zarr.core import later
from zarr.errors import ZarrUserWarning, warn

if TYPE_CHECKING:
    from zarr.core.common import (
        JSON,
        ZarrFormat,
    )
    from zarr.core.group import AsyncGroup
    from zarr.core.group.tree import TreeRepr
    from zarr.storage import _common as stores
    from zarr.storage._common import StoreLike
else:
    stores = later("zarr.storage._common")

__all__ = ["consolidate_metadata", "create_group", "group", "tree"]


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
    synchronizer
        As for ``open_group``.
    chunk_store, cache_attrs, meta_array
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
    store_path = await stores.make_store_path(store, path=path, mode="a", storage_options=storage_options)
    return await groups.AsyncGroup.from_store(
        store_path,
        attributes=attributes,
        overwrite=overwrite,
        zarr_format=chosen_format(store_path.agreed_format(zarr_format)),
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
    store_path = await stores.make_store_path(store, path=path)
    if not store_path.store.supports_consolidated_metadata:
        raise TypeError(f"The store {store_path.store} does not make use of consolidated metadata.")
    store_path.store._check_writable()
    found = await groups.AsyncGroup.open(store_path, zarr_format=zarr_format, use_consolidated=False)
    done = await found.consolidate()
    below = done.metadata.consolidated_metadata
    if done.metadata.zarr_format == 3 and below is not None and below.metadata:
        warn(
            "Consolidated metadata is currently not part in the Zarr format 3 specification. It may not be "
            "supported by other zarr implementations and may change in the future.",
            ZarrUserWarning,
        )
    return done


async def tree(grp: AsyncGroup, expand: bool | None = None, level: int | None = None) -> TreeRepr:
    """A drawing of what is below a group; see ``Group.tree``."""
    return await grp.tree(expand=expand, level=level)
