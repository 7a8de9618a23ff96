"""Blocking forms of the functions that make and find nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zarr.core.group import hierarchy
from zarr.core.group.group import as_blocking
from zarr.core.run import blocking
from zarr.core.run.inline import run
from zarr.core.run.many import collect

if TYPE_CHECKING:
    from zarr.abc.store import Store
    from zarr.core.metadata.io import NodeMetadata

__all__ = ["create_hierarchy", "create_nodes", "create_rooted_hierarchy", "get_node"]


def create_hierarchy(
    *, store: Store, nodes: dict[str, NodeMetadata], overwrite: bool = False
) -> Iterator[tuple[str, Any]]:
    """Make nodes, and groups for the parents that are missing; see ``zarr.create_hierarchy``."""
    for path, node in run(collect(hierarchy.create_hierarchy(store=store, nodes=nodes, overwrite=overwrite))):
        yield path, as_blocking(node)


def create_nodes(*, store: Store, nodes: dict[str, NodeMetadata]) -> Iterator[tuple[str, Any]]:
    """Write the documents of nodes, whatever is there, and yield them."""
    for path, node in run(collect(hierarchy.create_nodes(store=store, nodes=nodes))):
        yield path, as_blocking(node)


create_rooted_hierarchy = blocking(hierarchy.create_rooted_hierarchy, then=as_blocking)
get_node = blocking(hierarchy.get_node, then=as_blocking)
