"""Consolidated metadata held against the documents that they repeat."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from zarr.core.json import to_json
from zarr.core.keys import join_path
from zarr.core.metadata import ConsolidatedMetadata, GroupMetadata, io
from zarr.core.metadata.changing import change
from zarr.core.metadata.consolidated import Consolidated, follow_all
from zarr.core.verify.nodes import ancestors
from zarr.errors import GroupNotFoundError
from zarr.storage._common import StorePath

if TYPE_CHECKING:
    from zarr.core.common import ZarrFormat
    from zarr.core.metadata.io import NodeMetadata
    from zarr.core.verify.nodes import Node
    from zarr.core.verify.report import Report

__all__ = ["check_consolidated"]


async def check_consolidated(
    root: StorePath, nodes: dict[str, Node], report: Report, *, repair: bool
) -> None:
    """Add a problem for each group whose consolidated metadata are stale; with ``repair``, bring them up to date."""
    for node in nodes.values():
        for zarr_format, metadata in node.formats.items():
            if not isinstance(metadata, GroupMetadata) or metadata.consolidated_metadata is None:
                continue
            stale, message = _stale(node.path, metadata, zarr_format, nodes)
            own = node.repeated_attributes
            if own is not None and zarr_format == 2 and _text(own) != _text(metadata.attributes):
                stale.insert(0, node.path)
            if stale or message:
                place = StorePath(root.store, node.path)
                error = await _renew(place, zarr_format, stale) if repair else None
                message = message or f"what it repeats of {_named(stale)} is not what is stored there"
                if error is not None:
                    message += f"; this cannot be repaired: {error}"
                report.add("consolidated", node.path, "", message, repaired=repair and error is None)


def _named(paths: list[str]) -> str:
    more = len(paths) - 1
    return f"'/{paths[0]}'" + (f" and {more} more node{'s' * (more > 1)}" if more else "")


def _stale(
    base: str, group: GroupMetadata, zarr_format: ZarrFormat, nodes: dict[str, Node]
) -> tuple[list[str], str]:
    """Paths of the nodes of which the consolidated metadata of a group are not true; why, where they cannot be read."""
    stored = {
        path: node.formats[zarr_format]
        for path, node in nodes.items()
        if path != base
        and (not base or path.startswith(f"{base}/"))
        and zarr_format in node.formats
        and all(p in nodes and zarr_format in nodes[p].formats for p in ancestors(path, base))
    }
    known = group.consolidated_metadata or ConsolidatedMetadata({})
    try:
        repeated = {join_path(base, path): node for path, node in known.flattened_metadata.items()}
    except Exception as error:
        return sorted(stored), f"what it repeats is invalid: {error}"
    stale = sorted(
        path
        for path in repeated.keys() | stored.keys()
        if not any(p in nodes and nodes[p].damaged for p in (path, *ancestors(path, base)))
        and _document(repeated.get(path)) != _document(stored.get(path))
    )
    return stale, ""


def _document(node: NodeMetadata | None) -> str | None:
    """What a document says, in one form; for a group without what it repeats of others."""
    if node is None:
        return None
    return _text(
        node.with_consolidated(None).to_dict() if isinstance(node, GroupMetadata) else node.to_dict()
    )


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=to_json)


async def _renew(place: StorePath, zarr_format: ZarrFormat, stale: list[str]) -> Exception | None:
    """Bring the consolidated metadata of a group up to what is stored; why that failed, if it did."""
    below = [path for path in stale if path != place.path]
    try:
        if below:
            await follow_all(Consolidated(place.path, None), place.store, zarr_format, below)
        group = await change(place, zarr_format, "group", partial(_written_again, zarr_format=zarr_format))
        _ = (
            group.consolidated_metadata and group.consolidated_metadata.flattened_metadata
        )  # that it is valid now
    except Exception as error:
        return error
    return None


async def _written_again(place: StorePath, zarr_format: ZarrFormat) -> GroupMetadata:
    """A group whose documents, with what they repeat of its own attributes, are written as they are."""
    group = await io.read_group(place, zarr_format, use_consolidated=True)
    if group is None:
        raise GroupNotFoundError(place.store, place.path)
    await io.write_node(place, group)
    return group
