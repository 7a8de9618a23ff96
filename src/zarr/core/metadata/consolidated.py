"""Consolidated metadata kept true: a change below a group goes into each document above it that repeats it.

It is done where a handle knows of consolidated metadata, and by reading what is stored: so the last one to do
it leaves the documents right, whoever changed what.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zarr.core import run
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.common import ZARR_JSON, ZARRAY_JSON, ZATTRS_JSON, ZGROUP_JSON, ZMETADATA_V2_JSON
from zarr.core.json import dump_compact, dump_document
from zarr.core.keys import join_path, parents_of
from zarr.core.metadata import io
from zarr.core.metadata.changing import change
from zarr.core.metadata.group import ConsolidatedMetadata, GroupMetadata, entries_of, place_in_document
from zarr.errors import ZarrUserWarning, warn
from zarr.storage._common import StorePath

if TYPE_CHECKING:
    from zarr.abc.store import Store
    from zarr.core.common import ZarrFormat
    from zarr.core.metadata.io import NodeMetadata

__all__ = ["Consolidated", "follow", "follow_all"]

Found = dict[str, "NodeMetadata | None"]


class Consolidated:
    """Consolidated metadata in this process, shared by all handles that were found in them.

    Parameters
    ----------
    path
        Path of the group that they are of.
    known
        The metadata; None in a handle that was pickled, which does without.
    """

    def __init__(self, path: str, known: ConsolidatedMetadata | None) -> None:
        self.path = path
        self.known = known

    def __reduce__(self) -> tuple[Any, ...]:
        return Consolidated, (self.path, None)

    def get(self, path: str) -> NodeMetadata | None:
        """The metadata of the node at a path, a group's with what is below it; None if they do not have it."""
        below = self.known
        metadata: NodeMetadata | None = None
        for name in _relative(path, self.path).split("/"):
            metadata = None if below is None else below.metadata.get(name)
            below = metadata.consolidated_metadata if isinstance(metadata, GroupMetadata) else None
        return metadata

    def put(self, path: str, metadata: NodeMetadata | None, anew: bool) -> None:
        """Let them say this of the node at a path; None takes it out, ``anew`` what is below it too."""
        below = self.known
        *parents, name = _relative(path, self.path).split("/")
        for parent in parents:
            group = None if below is None else below.metadata.get(parent)
            below = group.consolidated_metadata if isinstance(group, GroupMetadata) else None
        if below is None:
            return
        old = below.metadata.get(name)
        if metadata is None:
            below.metadata.pop(name, None)
        elif isinstance(metadata, GroupMetadata):
            kept = old.consolidated_metadata if isinstance(old, GroupMetadata) and not anew else None
            below.metadata[name] = metadata.with_consolidated(kept or ConsolidatedMetadata({}))
        else:
            below.metadata[name] = metadata


async def follow(path: StorePath, zarr_format: ZarrFormat) -> None:
    """After a change to the document of a node: bring what repeats it up to it."""
    found = path._found_in
    if isinstance(found, Consolidated):
        await follow_all(found, path.store, zarr_format, [path.path])


async def follow_all(
    found: Consolidated,
    store: Store,
    zarr_format: ZarrFormat,
    changed: Iterable[str],
    anew: Iterable[str] = (),
) -> None:
    """Bring consolidated metadata above some nodes up to what is stored of these now.

    Parameters
    ----------
    found
        What the handle knows, which is brought up to it too.
    changed
        Paths of the nodes: written, made or deleted.
    anew
        Paths of nodes of which nothing below is left but what ``changed`` names.
    """
    changed, anew = sorted({*changed, *anew}), set(anew)
    above = sorted({parent for path in changed for parent in parents_of(path)})
    updated = await run.gather(
        _update, [(StorePath(store, base), zarr_format, changed, anew, base == found.path) for base in above]
    )
    nodes: Found = {
        path: node for at_base in updated if at_base is not None for path, node in at_base.items()
    }
    if not nodes:
        warn(
            f"{StorePath(store, found.path)}: this handle has consolidated metadata that are not those of any group's "
            "document, so what was changed is not in them; call `zarr.consolidate_metadata` to make them anew.",
            ZarrUserWarning,
        )
        read = await run.gather(io.read_node, [(StorePath(store, path), zarr_format) for path in changed])
        nodes = dict(zip(changed, read, strict=True))
    for path in sorted(nodes):
        if _is_below(path, found.path):
            found.put(path, nodes[path], path in anew)


async def _update(
    base: StorePath, zarr_format: ZarrFormat, changed: list[str], anew: set[str], is_known: bool
) -> Found | None:
    """Do it in one group's document; what was read, None if it holds no consolidated metadata."""
    name = ZARR_JSON if zarr_format == 3 else ZMETADATA_V2_JSON
    if not is_known and _entries(await io.read_document(base, name), zarr_format) is None:
        return None  # most have none: nobody is kept out for these

    async def make(place: StorePath) -> Found | None:
        document = await io.read_document(place, name)
        entries = _entries(document, zarr_format)
        if document is None or entries is None:
            return None
        for path in (path for path in anew if _is_below(path, base.path)):
            _drop_below(entries, _relative(path, base.path))
        wanted = _with_parents(entries, base.path, changed, zarr_format)
        read = await run.gather(io.read_node, [(StorePath(base.store, path), zarr_format) for path in wanted])
        for path, node in zip(wanted, read, strict=True):
            _put_entries(entries, _relative(path, base.path), node)
        _sort(entries, zarr_format)
        data = dump_document(document) if zarr_format == 3 else dump_compact(document)
        await place.store.set(join_path(base.path, name), buffer_prototype.buffer.from_bytes(data))
        return dict(zip(wanted, read, strict=True))

    return await change(base, zarr_format, "group", make)


def _entries(document: Any, zarr_format: ZarrFormat) -> dict[str, Any] | None:
    """The documents of nodes in a group's document; None if it has none."""
    section = (document or {}).get("consolidated_metadata") if zarr_format == 3 else document
    if not isinstance(section, dict) or not isinstance(section.get("metadata"), dict):
        return None
    entries: dict[str, Any] = section["metadata"]
    return entries


def _sort(entries: dict[str, Any], zarr_format: ZarrFormat) -> None:
    """Put them in the order in which the document of format 3 has them."""
    if zarr_format == 3:
        ordered = sorted(entries.items(), key=lambda item: place_in_document(item[0]))
        entries.clear()
        entries.update(ordered)


def _with_parents(
    entries: dict[str, Any], base: str, changed: list[str], zarr_format: ZarrFormat
) -> list[str]:
    """The changed paths below a group, and their parents that its entries lack."""
    key = "{}" if zarr_format == 3 else f"{{}}/{ZGROUP_JSON}"
    below = [path for path in changed if _is_below(path, base)]
    parents = {q for path in below for q in parents_of(path) if _is_below(q, base)}
    return sorted({*below, *(q for q in parents if key.format(_relative(q, base)) not in entries)})


def _put_entries(entries: dict[str, Any], path: str, node: NodeMetadata | None) -> None:
    if not isinstance(node, GroupMetadata):  # an array, or none: nothing can be below
        _drop_below(entries, path)
    for name in ("", f"/{ZARRAY_JSON}", f"/{ZGROUP_JSON}", f"/{ZATTRS_JSON}"):
        entries.pop(path + name, None)
    if node is not None:
        if isinstance(node, GroupMetadata):
            node = node.with_consolidated(ConsolidatedMetadata({}))
        entries.update(entries_of(path, node))


def _drop_below(entries: dict[str, Any], path: str) -> None:
    for key in [key for key in entries if key.startswith(f"{path}/")]:
        del entries[key]


def _is_below(path: str, base: str) -> bool:
    return bool(path) and (not base or path.startswith(f"{base}/"))


def _relative(path: str, base: str) -> str:
    return path[len(base) + 1 :] if base else path
