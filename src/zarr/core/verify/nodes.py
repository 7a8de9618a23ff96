"""The nodes of a hierarchy as their documents say, and what is wrong with these and with where they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from zarr.core import run
from zarr.core.common import ZARR_JSON, ZARRAY_JSON, ZATTRS_JSON, ZGROUP_JSON, ZMETADATA_V2_JSON
from zarr.core.keys import join_path, parents_of
from zarr.core.metadata import GroupMetadata, io
from zarr.storage._common import StorePath

if TYPE_CHECKING:
    from zarr.core.common import ZarrFormat
    from zarr.core.metadata.io import NodeMetadata
    from zarr.core.verify.report import Report

__all__ = ["Node", "Survey", "ancestors", "check_places", "read_nodes", "survey"]

_MAIN: dict[ZarrFormat, tuple[str, ...]] = {3: (ZARR_JSON,), 2: (ZARRAY_JSON, ZGROUP_JSON)}
_NEEDS = {ZATTRS_JSON: (ZARRAY_JSON, ZGROUP_JSON), ZMETADATA_V2_JSON: (ZGROUP_JSON,)}
"""Documents that say nothing unless one of some others is beside them."""


@dataclass
class Survey:
    """All keys of a hierarchy: names of documents by directory, and the number of other keys."""

    documents: dict[str, set[str]] = field(default_factory=dict)
    others: int = 0


@dataclass
class Node:
    """A node that is there.

    Attributes
    ----------
    path
        Its path in the store.
    formats
        Its metadata, in each format of which there is a sound document; format 3 first.
    damaged
        Whether one of its documents is not sound.
    repeated_attributes
        In format 2, its attributes as its own consolidated metadata repeat them; None where they do not.
    """

    path: str
    formats: dict[ZarrFormat, NodeMetadata] = field(default_factory=dict)
    damaged: bool = False
    repeated_attributes: dict[str, Any] | None = None

    @property
    def metadata(self) -> NodeMetadata | None:
        """What it is taken for when no format is named."""
        return next(iter(self.formats.values()), None)

    @property
    def is_array(self) -> bool:
        """Whether it is an array, as far as is known."""
        return self.metadata is not None and not isinstance(self.metadata, GroupMetadata)


async def survey(path: StorePath) -> Survey:
    """List all keys at and below a path."""
    await run.settle(path.store)
    found = Survey()
    async for key in path.store.list_prefix(f"{path.path}/" if path.path else ""):
        if io.is_document(key):
            directory, _, name = key.rpartition("/")
            found.documents.setdefault(directory, set()).add(name)
        else:
            found.others += 1
    return found


async def read_nodes(root: StorePath, found: Survey, report: Report) -> dict[str, Node]:
    """Read the documents of all nodes, by path; what is wrong with one is a problem."""
    directories = [
        (StorePath(root.store, path), found.documents[path], report) for path in sorted(found.documents)
    ]
    nodes = await run.gather(_read_node, directories)
    return {node.path: node for node in nodes if node is not None}


async def _read_node(place: StorePath, names: set[str], report: Report) -> Node | None:
    path = place.path
    for name in sorted(names & _NEEDS.keys()):
        if names.isdisjoint(_NEEDS[name]):
            report.add(
                "stray", path, join_path(path, name), f"it says nothing without {' or '.join(_NEEDS[name])}"
            )
    main = [name for zarr_format in (3, 2) for name in _MAIN[zarr_format] if name in names]
    if not main:
        return None
    if len(main) > 1:
        report.add("formats", path, "", f"there are {' and '.join(main)}; {main[0]} is the one that counts")
    node = Node(path)
    documents = {
        name: await _document(place, name, node, report) for name in sorted(names.intersection(_READ))
    }
    consolidated = documents.pop(ZMETADATA_V2_JSON, None)
    for zarr_format in (3, 2):
        _add_format(place, zarr_format, documents, node, report)
    group = node.formats.get(2)
    if consolidated is not None and isinstance(group, GroupMetadata):
        _add_consolidated(place, {**documents, ZMETADATA_V2_JSON: consolidated}, node, report)
    return node


_READ = (ZARR_JSON, ZARRAY_JSON, ZGROUP_JSON, ZATTRS_JSON, ZMETADATA_V2_JSON)


async def _document(place: StorePath, name: str, node: Node, report: Report) -> dict[str, Any] | None:
    try:
        return await io.read_document(place, name)
    except Exception as error:
        _add_problem(place, name, error, report)
        node.damaged = node.damaged or name != ZMETADATA_V2_JSON
        return None


def _add_problem(place: StorePath, name: str, error: Exception, report: Report) -> None:
    message = str(error).removeprefix(f"{place}/{name}: ") or type(error).__name__
    kind = "unreadable" if isinstance(error, OSError) else "document"
    report.add(cast("Any", kind), place.path, join_path(place.path, name), message)


def _add_format(
    place: StorePath,
    zarr_format: ZarrFormat,
    documents: dict[str, dict[str, Any] | None],
    node: Node,
    report: Report,
) -> None:
    """Add the metadata of one format to a node, if its documents are there and sound."""
    there = [name for name in _MAIN[zarr_format] if documents.get(name) is not None]
    if not there or (zarr_format == 2 and ZATTRS_JSON in documents and documents[ZATTRS_JSON] is None):
        return
    try:
        metadata = io.parse_documents(place, documents, zarr_format)
    except Exception as error:
        _add_problem(place, there[0], error, report)
        node.damaged = True
        return
    if metadata is not None:
        node.formats[zarr_format] = metadata


def _add_consolidated(
    place: StorePath, documents: dict[str, dict[str, Any] | None], node: Node, report: Report
) -> None:
    try:
        metadata = io.parse_documents(place, documents, 2)
    except Exception as error:
        _add_problem(place, ZMETADATA_V2_JSON, error, report)
        return
    if metadata is not None:
        node.formats[2] = metadata
    repeated = cast("Any", documents[ZMETADATA_V2_JSON])["metadata"].get(ZATTRS_JSON)
    node.repeated_attributes = repeated if isinstance(repeated, dict) else None


def ancestors(path: str, root: str) -> list[str]:
    """The paths above a path down from the root, the nearest last."""
    return [parent for parent in parents_of(path) if len(parent) >= len(root)]


def check_places(root: str, nodes: dict[str, Node], report: Report) -> None:
    """Add a problem for each node inside an array, and for each place above a node where no group is."""
    missing: set[tuple[str, ZarrFormat]] = set()
    for path, node in nodes.items():
        above = [(p, nodes.get(p)) for p in ancestors(path, root)]
        inside = next((p for p, other in above if other is not None and other.is_array), None)
        if inside is not None:
            report.add(
                "nested", path, "", f"it lies inside the array '/{inside}', where no node can be found"
            )
            continue
        for zarr_format in node.formats:
            missing.update(
                (p, zarr_format)
                for p, other in above
                if other is None or not (other.damaged or zarr_format in other.formats)
            )
    for path, zarr_format in sorted(missing):
        report.add(
            "parent",
            path,
            "",
            f"there are nodes of format {zarr_format} below, but no group of this format is here to find them by",
        )
