"""Listing what is in a group: by the store, or by consolidated metadata without any I/O."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from zarr.core import run
from zarr.core.array import AsyncArray
from zarr.core.common import ZARR_JSON, ZARRAY_JSON, ZATTRS_JSON, ZGROUP_JSON, ZMETADATA_V2_JSON
from zarr.core.metadata import GroupMetadata, io
from zarr.errors import ZarrUserWarning, at, warn
from zarr.storage._common import StorePath

if TYPE_CHECKING:
    from zarr.core.common import ZarrFormat
    from zarr.core.group.async_group import AsyncGroup
    from zarr.core.metadata.io import NodeMetadata

__all__ = ["ConsolidatedDocument", "node_of", "nodes_below", "walk_members"]

AsyncNode: TypeAlias = "AsyncArray[Any] | AsyncGroup"

_DOCUMENTS = frozenset(
    (ZARR_JSON, ZARRAY_JSON, ZATTRS_JSON, ZGROUP_JSON, ZMETADATA_V2_JSON, io.UNFINISHED_MOVE)
)


def node_of(group: AsyncGroup, path: StorePath, metadata: NodeMetadata) -> AsyncNode:
    """The node at a place below a group that has these metadata."""
    path._found_in = group._found_in
    if isinstance(metadata, GroupMetadata):
        return type(group)(metadata, path)
    return AsyncArray(metadata, path)


class ConsolidatedDocument:
    """Where the consolidated metadata are that a group has, for errors; its text is made when it is needed."""

    __slots__ = ("_group",)

    def __init__(self, group: AsyncGroup) -> None:
        self._group = group

    def __str__(self) -> str:
        group = self._group
        place = group.store_path if group._found_in is None else StorePath(group.store, group._found_in.path)
        return f"{place}/{ZARR_JSON if group.metadata.zarr_format == 3 else ZMETADATA_V2_JSON}:"


async def nodes_below(path: StorePath, zarr_format: ZarrFormat) -> list[str]:
    """Paths of the node that is there and of all nodes below it, as they are stored."""
    await run.settle(path.store)
    documents = (ZARR_JSON,) if zarr_format == 3 else (ZARRAY_JSON, ZGROUP_JSON)
    prefix = f"{path.path}/" if path.path else ""
    keys = [key async for key in path.store.list_prefix(prefix) if key.rpartition("/")[2] in documents]
    return sorted({key.rpartition("/")[0] for key in keys})


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
        with at(ConsolidatedDocument(group)):
            found_there = list(known.metadata.items())
        return [(name, node_of(group, group.store_path / name, metadata)) for name, metadata in found_there]
    await run.settle(group.store)
    if not group.store.supports_listing:
        raise ValueError(
            f"the store {group.store} does not support listing, so the members of {group.store_path} cannot be found; "
            "open them by name, or use consolidated metadata."
        )
    names = await io.names_below(group.store_path)
    stored = type(group)(replace(group.metadata, consolidated_metadata=None), group.store_path)
    wanted = [(stored, name) for name in sorted(names) if name not in _DOCUMENTS]
    found = await run.gather(_child, wanted)
    return [item for item in found if item is not None]


async def _child(group: AsyncGroup, name: str) -> tuple[str, AsyncNode] | None:
    try:
        return name, await group.getitem(name)
    except KeyError:
        warn(
            f"Object at {group.store_path / name} is not recognized as a component of a Zarr hierarchy.",
            ZarrUserWarning,
        )
        return None
