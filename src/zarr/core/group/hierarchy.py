"""Many nodes made at once, with groups for the parents that are missing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from zarr.core.array import AsyncArray
from zarr.core.group.async_group import AsyncGroup
from zarr.core.keys import normalize_path
from zarr.core.metadata import GroupMetadata, io
from zarr.core.metadata.hierarchy import write_hierarchy, write_nodes
from zarr.errors import GroupNotFoundError
from zarr.storage._common import StorePath

if TYPE_CHECKING:
    from zarr.abc.store import Store
    from zarr.core.common import ZarrFormat
    from zarr.core.metadata.io import NodeMetadata

__all__ = ["create_hierarchy", "create_nodes", "create_rooted_hierarchy", "get_node"]

AsyncNode: TypeAlias = AsyncArray[Any] | AsyncGroup


def _as_node(path: StorePath, metadata: NodeMetadata) -> AsyncNode:
    if isinstance(metadata, GroupMetadata):
        return AsyncGroup(metadata, path)
    return AsyncArray(metadata, path)


async def create_hierarchy(
    *, store: Store, nodes: Mapping[str, NodeMetadata], overwrite: bool = False
) -> AsyncIterator[tuple[str, AsyncNode]]:
    """Make nodes of their metadata, and groups for the parents that are missing.

    Parameters
    ----------
    store
        Where to make them.
    nodes
        Metadata by path; all of one format.
    overwrite
        Delete nodes that are there under these paths.

    Yields
    ------
    tuple of str and node
        Path and node, in no promised order.

    Raises
    ------
    ContainsArrayError, ContainsGroupError
        If a node is there and ``overwrite`` is false, or an array is where a parent has to be.
    ValueError
        If the formats differ, or a node is given below an array.
    """
    for path, metadata in await write_hierarchy(store, nodes, overwrite=overwrite):
        yield path, _as_node(StorePath(store, path), metadata)


async def create_nodes(
    *, store: Store, nodes: Mapping[str, NodeMetadata]
) -> AsyncIterator[tuple[str, AsyncNode]]:
    """Write the documents of nodes, whatever is there, and yield them."""
    for path, metadata in await write_nodes(store, nodes):
        yield path, _as_node(StorePath(store, path), metadata)


async def create_rooted_hierarchy(
    *, store: Store, nodes: Mapping[str, NodeMetadata], overwrite: bool = False
) -> AsyncNode:
    """Make nodes as ``create_hierarchy`` does, and return the one that all others are below.

    Raises
    ------
    ValueError
        If no one node is above all others.
    """
    paths = {normalize_path(path) for path in nodes}
    roots = [p for p in paths if all(p == "" or q == p or q.startswith(p + "/") for q in paths)]
    if len(roots) != 1:
        raise ValueError(f"The paths {sorted(paths)} do not have one root among them.")
    found: AsyncNode | None = None
    async for path, node in create_hierarchy(store=store, nodes=nodes, overwrite=overwrite):
        if path == roots[0]:
            found = node
    assert found is not None
    return found


async def get_node(store: Store, path: str, zarr_format: ZarrFormat) -> AsyncNode:
    """The array or group at a path; GroupNotFoundError if there is none."""
    place = StorePath(store, path)
    metadata = await io.read_node(place, zarr_format)
    if metadata is None:
        raise GroupNotFoundError(store, path)
    return _as_node(place, metadata)
