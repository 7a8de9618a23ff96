"""Listing what is in a group: by the store, or by consolidated metadata without any I/O."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, TypeAlias

from zarr.core import run
from zarr.core.array import AsyncArray
from zarr.core.common import ZARR_JSON, ZARRAY_JSON, ZATTRS_JSON, ZGROUP_JSON, ZMETADATA_V2_JSON
from zarr.core.metadata import GroupMetadata, io
from zarr.errors import ZarrUserWarning

if TYPE_CHECKING:
    from zarr.core.group.async_group import AsyncGroup
    from zarr.core.metadata.io import NodeMetadata

__all__ = ["node_of", "walk_members"]

AsyncNode: TypeAlias = "AsyncArray[Any] | AsyncGroup"

_DOCUMENTS = frozenset((ZARR_JSON, ZARRAY_JSON, ZATTRS_JSON, ZGROUP_JSON, ZMETADATA_V2_JSON))


def node_of(group: AsyncGroup, name: str, metadata: NodeMetadata) -> AsyncNode:
    """The member of a group that has these metadata."""
    path = group.store_path / name
    if isinstance(metadata, GroupMetadata):
        return type(group)(metadata, path)
    return AsyncArray(metadata, path)


async def walk_members(
    group: AsyncGroup, max_depth: int | None, consolidated: bool = True
) -> AsyncIterator[tuple[str, AsyncNode]]:
    """Members and those of groups among them, down to ``max_depth`` levels further; all where None.

    Objects that are no nodes are passed over with a warning.
    """
    level: list[tuple[str, AsyncGroup]] = [("", group)]
    depth = 0
    while level and (max_depth is None or depth <= max_depth):
        found = await run.gather(_children, [(parent, consolidated) for _, parent in level])
        below: list[tuple[str, AsyncGroup]] = []
        for (prefix, _), children in zip(level, found, strict=True):
            for name, node in children:
                path = f"{prefix}{name}"
                yield path, node
                if not isinstance(node, AsyncArray):
                    below.append((path + "/", node))
        level, depth = below, depth + 1


async def _children(group: AsyncGroup, consolidated: bool) -> list[tuple[str, AsyncNode]]:
    known = group.metadata.consolidated_metadata
    if known is not None and consolidated:
        return [(name, node_of(group, name, metadata)) for name, metadata in known.metadata.items()]
    await run.settle(group.store)
    if not group.store.supports_listing:
        raise ValueError(
            f"the store {group.store} does not support listing, so the members of {group.store_path} cannot be found; "
            "open them by name, or use consolidated metadata."
        )
    names = [name async for name in group.store.list_dir(group.path)]
    wanted = [(group, name) for name in sorted(names) if name not in _DOCUMENTS]
    found = await run.gather(_child, wanted)
    return [item for item in found if item is not None]


async def _child(group: AsyncGroup, name: str) -> tuple[str, AsyncNode] | None:
    path = group.store_path / name
    metadata = await io.read_node(path, group.metadata.zarr_format)
    if metadata is None:
        warnings.warn(
            f"Object at {path} is not recognized as a component of a Zarr hierarchy.",
            ZarrUserWarning,
            stacklevel=2,
        )
        return None
    return name, node_of(group, name, metadata)
