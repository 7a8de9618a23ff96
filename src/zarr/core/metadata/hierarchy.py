"""The documents of many nodes written together, with groups for the parents that are missing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from zarr.core import run
from zarr.core.keys import normalize_path, parents_of
from zarr.core.metadata import io
from zarr.core.metadata.deleting import clear_for_overwrite
from zarr.core.metadata.group import GroupMetadata, ImplicitGroupMarker
from zarr.errors import ContainsArrayError, ContainsGroupError
from zarr.storage._common import StorePath

if TYPE_CHECKING:
    from zarr.abc.store import Store
    from zarr.core.metadata.io import NodeMetadata

__all__ = ["write_hierarchy", "write_nodes"]


async def write_hierarchy(
    store: Store, nodes: Mapping[str, NodeMetadata], *, overwrite: bool
) -> list[tuple[str, NodeMetadata]]:
    """Write nodes and groups for missing parents; see ``zarr.create_hierarchy``."""
    await run.settle(store)
    wanted = _complete({normalize_path(path): metadata for path, metadata in nodes.items()})
    if not wanted:
        return []
    store._check_writable()
    cleared = set(map(normalize_path, nodes)) if overwrite else set()
    for path, metadata in sorted(wanted.items()):
        place = StorePath(store, path)
        implicit = isinstance(metadata, ImplicitGroupMarker)
        if not cleared.isdisjoint((path, *parents_of(path))):
            continue
        if not isinstance(metadata, GroupMetadata) and await io.is_vacant(place, metadata.zarr_format):
            continue
        found = await io.read_node(place, metadata.zarr_format)
        if found is None:
            continue
        if implicit and isinstance(found, GroupMetadata):
            del wanted[path]
        elif isinstance(found, GroupMetadata):
            raise ContainsGroupError(store, path)
        else:
            raise ContainsArrayError(store, path)
    for path in sorted(cleared):  # now that nothing else is in the way
        if cleared.isdisjoint(parents_of(path)):
            await clear_for_overwrite(StorePath(store, path))
    return await _write(store, wanted, io.write_node if overwrite else io.claim_node)


def _complete(nodes: dict[str, NodeMetadata]) -> dict[str, NodeMetadata]:
    """The nodes with markers for the parents that are not among them."""
    formats = {metadata.zarr_format for metadata in nodes.values()}
    if len(formats) > 1:
        raise ValueError("Expected all nodes to have the same Zarr format; got formats 2 and 3.")
    out = dict(nodes)
    for path in nodes:
        for parent in parents_of(path):
            if parent not in out:
                out[parent] = ImplicitGroupMarker(zarr_format=next(iter(formats)))
            elif not isinstance(out[parent], GroupMetadata):
                raise ValueError(
                    f"The node at {parent!r} is an array and cannot have the child node {path!r}."
                )
    return out


async def write_nodes(store: Store, nodes: Mapping[str, NodeMetadata]) -> list[tuple[str, NodeMetadata]]:
    """Write the documents of nodes, whatever is there."""
    await run.settle(store)
    return await _write(store, nodes, io.write_node)


async def _write(
    store: Store,
    nodes: Mapping[str, NodeMetadata],
    write_node: Callable[[StorePath, NodeMetadata], Awaitable[None]],
) -> list[tuple[str, NodeMetadata]]:
    async def create(path: str, metadata: NodeMetadata) -> tuple[str, NodeMetadata]:
        place = StorePath(store, path)
        if not isinstance(metadata, ImplicitGroupMarker):
            await write_node(place, metadata)
            return place.path, metadata
        group = GroupMetadata(metadata.attributes, metadata.zarr_format)
        await io.make_if_missing(place, group)
        return place.path, group

    return await run.gather(create, nodes.items())
