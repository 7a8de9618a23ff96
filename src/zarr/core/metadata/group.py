"""GroupMetadata and ConsolidatedMetadata: the documents of a group (zarr v2, v3, group metadata). Pure.

In memory consolidated metadata are nested, each group holding its direct children; on disk they are flat,
with full paths for keys.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, cast

from zarr.abc.metadata import Metadata
from zarr.core import later
from zarr.core.common import (
    JSON,
    ZARR_JSON,
    ZARRAY_JSON,
    ZATTRS_JSON,
    ZGROUP_JSON,
    ZMETADATA_V2_JSON,
    NodeType,
)
from zarr.core.json import dump_compact, dump_document
from zarr.core.keys import normalize_path
from zarr.core.metadata.lazy import LazyNodes, Unparsed
from zarr.core.metadata.v3 import AllowedExtraField, ArrayV3Metadata, parse_attributes, parse_extra_fields
from zarr.errors import MetadataValidationError, NodeTypeValidationError, at
from zarr.types import ZarrFormat

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, BufferPrototype
    from zarr.core.metadata import v2 as v2
    from zarr.core.metadata.v2 import ArrayV2Metadata
else:
    v2 = later("zarr.core.metadata.v2")

__all__ = [
    "ConsolidatedMetadata",
    "GroupMetadata",
    "ImplicitGroupMarker",
    "parse_attributes",
    "parse_node_type",
    "parse_zarr_format",
]

NodeMetadata: TypeAlias = "ArrayV2Metadata | ArrayV3Metadata | GroupMetadata"

_MEMBERS = frozenset(("zarr_format", "node_type", "attributes", "consolidated_metadata"))


def parse_zarr_format(data: Any) -> ZarrFormat:
    """A format, 2 or 3."""
    if data in (2, 3) and type(data) is int:
        return cast("ZarrFormat", data)
    raise MetadataValidationError(f"Invalid value for 'zarr_format'. Expected '2 or 3'. Got {data!r}.")


def parse_node_type(data: Any) -> NodeType:
    """A kind of node, "array" or "group"."""
    if data in ("array", "group"):
        return cast("NodeType", data)
    raise MetadataValidationError(f"Invalid value for 'node_type'. Expected 'array or group'. Got {data!r}.")


@dataclass(frozen=True)
class ConsolidatedMetadata:
    """The metadata of everything below a group.

    Parameters
    ----------
    metadata
        Metadata of the direct children, by name; child groups hold theirs in turn.
    """

    metadata: dict[str, NodeMetadata]
    kind: Literal["inline"] = "inline"
    must_understand: Literal[False] = False

    def __post_init__(self) -> None:
        if self.kind != "inline":
            raise ValueError(f"Consolidated metadata kind='{self.kind}' is not supported; only 'inline' is.")

    @property
    def flattened_metadata(self) -> dict[str, NodeMetadata]:
        """Metadata of all nodes below, by path; a group is without its own consolidated metadata."""
        flat: dict[str, NodeMetadata] = {}
        waiting = [("", self)]
        while waiting:
            prefix, consolidated = waiting.pop()
            for name, node in consolidated.metadata.items():
                flat[prefix + name] = node
                if isinstance(node, GroupMetadata):
                    flat[prefix + name] = node.with_consolidated(ConsolidatedMetadata({}))
                    if node.consolidated_metadata is not None:
                        waiting.append((f"{prefix}{name}/", node.consolidated_metadata))
        return flat

    def to_dict(self) -> dict[str, JSON]:
        """The member of a document: nodes by path, shallow ones first."""
        return {
            "kind": self.kind,
            "must_understand": self.must_understand,
            "metadata": {path: node.to_dict() for path, node in self._ordered()},
        }

    def _ordered(self) -> list[tuple[str, NodeMetadata]]:
        return sorted(self.flattened_metadata.items(), key=lambda item: place_in_document(item[0]))

    @classmethod
    def from_dict(cls, data: dict[str, JSON], *, path: str | None = None) -> Self:
        """The consolidated metadata in a member of a document.

        Raises
        ------
        ValueError
            If the kind is not "inline", or a group's document is malformed; the message names the node. An array's
            document is parsed when the array is asked for.
        """
        if path is not None:
            with at(path):
                return cls.from_dict(data)
        given = cast("dict[str, Any]", data)
        if given.get("kind") != "inline":
            with at("kind"):
                raise ValueError(
                    f"Consolidated metadata kind='{given.get('kind')}' is not supported; only 'inline' is."
                )
        with at("metadata"):
            documents = given.get("metadata")
            if not isinstance(documents, Mapping):
                raise TypeError(f"Expected a mapping of paths to documents. Got {documents!r}.")
            nodes: dict[str, NodeMetadata | Unparsed] = {}
            for name, document in documents.items():
                try:
                    nodes[normalize_path(name)] = _later(document, name)
                except Exception:
                    with at(f"[{name!r}]"):
                        raise
        return cls.of_flat(nodes)

    @classmethod
    def of_flat(cls, nodes: Mapping[str, NodeMetadata | Unparsed]) -> Self:
        """The nested form of nodes by path; a node whose parent is not among them is left out."""
        children: dict[str, dict[str, NodeMetadata | Unparsed]] = {"": {}}
        # a group is nested into its parent when all that lies deeper has been nested into it
        for path in sorted(nodes, key=place_in_document, reverse=True):
            node = nodes[path]
            if isinstance(node, GroupMetadata):
                below = LazyNodes(reversed(children.get(path, {}).items()))
                node = node.with_consolidated(ConsolidatedMetadata(below))
            if path:
                parent, _, name = path.rpartition("/")
                children.setdefault(parent, {})[name] = node
        return cls(LazyNodes(reversed(children[""].items())))


def place_in_document(path: str) -> tuple[int, str, str]:
    """What nodes are ordered by: shallow ones first, then by name without regard to case."""
    return path.count("/"), unicodedata.normalize("NFKC", path).casefold(), path


def entries_of(path: str, node: NodeMetadata) -> dict[str, Any]:
    """What consolidated metadata hold of a node: its document by its path; in format 2 its documents by their keys."""
    document: dict[str, Any] = dict(node.to_dict())
    if node.zarr_format == 3:
        return {path: document}
    attributes = document.pop("attributes")
    if isinstance(node, GroupMetadata):
        return {f"{path}/{ZATTRS_JSON}": attributes, f"{path}/{ZGROUP_JSON}": {"zarr_format": 2}}
    return {f"{path}/{ZATTRS_JSON}": attributes, f"{path}/{ZARRAY_JSON}": document}


def _later(document: object, name: str) -> NodeMetadata | Unparsed:
    """The metadata of a group; those of an array are parsed when they are asked for."""
    if _is_array(document) or (isinstance(document, Mapping) and document.get("node_type") == "array"):
        return Unparsed(document, parse_node, "consolidated_metadata.metadata", name)
    return parse_node(document)


def parse_node(document: object) -> NodeMetadata:
    """The metadata of a node of either kind and format of its document."""
    if _is_array(document):  # as most are
        return ArrayV3Metadata.from_dict(cast("dict[str, Any]", document))
    if not isinstance(document, (dict, Mapping)):
        raise TypeError(f"Expected an object. Got {type(document).__name__}.")
    given = cast("dict[str, Any]", document)  # which is copied below
    with at("zarr_format"):
        zarr_format = parse_zarr_format(given.get("zarr_format"))
    if zarr_format == 2:
        return v2.ArrayV2Metadata.from_dict(given) if "shape" in given else GroupMetadata.from_dict(given)
    with at("node_type"):
        node_type = parse_node_type(given.get("node_type"))
    return ArrayV3Metadata.from_dict(given) if node_type == "array" else GroupMetadata.from_dict(given)


def _is_array(document: object) -> bool:
    """Whether a document says that it is of an array of format 3."""
    if type(document) is not dict or document.get("node_type") != "array":
        return False
    zarr_format = document.get("zarr_format")
    return type(zarr_format) is int and zarr_format == 3


@dataclass(frozen=True, init=False)
class GroupMetadata(Metadata):
    """What the documents of a group say.

    Parameters
    ----------
    attributes
        The user's attributes.
    zarr_format
        2 or 3.
    consolidated_metadata
        Metadata of everything below, where the group holds them.
    extra_fields
        Members that readers may ignore (format 3).
    """

    attributes: dict[str, Any] = field(default_factory=dict)
    zarr_format: ZarrFormat = 3
    consolidated_metadata: ConsolidatedMetadata | None = None
    node_type: Literal["group"] = field(default="group", init=False)
    extra_fields: dict[str, AllowedExtraField] = field(default_factory=dict)

    def __init__(
        self,
        attributes: dict[str, Any] | None = None,
        zarr_format: ZarrFormat = 3,
        consolidated_metadata: ConsolidatedMetadata | None = None,
        extra_fields: Mapping[str, AllowedExtraField] | None = None,
    ) -> None:
        put = object.__setattr__
        with at("attributes"):
            put(self, "attributes", parse_attributes(attributes))
        put(self, "zarr_format", parse_zarr_format(zarr_format))
        put(self, "consolidated_metadata", consolidated_metadata)
        put(self, "node_type", "group")
        extra = parse_extra_fields(extra_fields, reserved_keys=_MEMBERS, node_type="group")
        put(self, "extra_fields", extra)

    @classmethod
    def from_dict(cls, data: dict[str, Any], *, path: str | None = None) -> GroupMetadata:
        """The metadata in a document; for format 2 with the attributes in a member of it.

        Raises
        ------
        MetadataValidationError
            If a member is unknown and to be understood; NodeTypeValidationError for an array's document.
        """
        if path is not None:
            with at(path + ":"):
                return cls.from_dict(data)
        try:
            return cls._of_document(dict(data))
        except RecursionError as error:
            raise MetadataValidationError("nested too deeply") from error

    @classmethod
    def _of_document(cls, given: dict[str, Any]) -> GroupMetadata:
        with at("zarr_format"):
            zarr_format = parse_zarr_format(given.pop("zarr_format", None))
        node_type = given.pop("node_type", "group")
        if node_type != "group":
            with at("node_type"):
                raise NodeTypeValidationError(
                    f"Failed to parse input for 'node_type': expected Literal['group'], got {node_type!r}."
                )
        consolidated = given.pop("consolidated_metadata", None)
        if isinstance(consolidated, Mapping):
            consolidated = ConsolidatedMetadata.from_dict(dict(consolidated), path="consolidated_metadata")
        elif not isinstance(consolidated, ConsolidatedMetadata):
            consolidated = None
        attributes = given.pop("attributes", None)
        return cls(attributes, zarr_format, consolidated, given if zarr_format == 3 else None)

    def with_consolidated(self, consolidated: ConsolidatedMetadata | None) -> GroupMetadata:
        """The same with other consolidated metadata, or without."""
        return GroupMetadata(self.attributes, self.zarr_format, consolidated, self.extra_fields)

    def to_dict(self) -> dict[str, Any]:
        """The document; for format 2 with the attributes in a member of it."""
        out: dict[str, Any] = {"attributes": self.attributes, "zarr_format": self.zarr_format}
        if self.consolidated_metadata is not None:
            out["consolidated_metadata"] = self.consolidated_metadata.to_dict()
        if self.zarr_format == 3:
            out["node_type"] = "group"
        return {**out, **self.extra_fields}

    def to_buffer_dict(self, prototype: BufferPrototype) -> dict[str, Buffer]:
        """The bytes of the documents, by their keys."""
        make = prototype.buffer.from_bytes
        if self.zarr_format == 3:
            return {ZARR_JSON: make(dump_document(self.to_dict()))}
        out = {ZATTRS_JSON: make(dump_document(self.attributes))}
        if self.consolidated_metadata is not None:
            out[ZMETADATA_V2_JSON] = make(dump_compact(self._consolidated_v2(self.consolidated_metadata)))
        return {**out, ZGROUP_JSON: make(dump_document({"zarr_format": 2}))}

    def _consolidated_v2(self, consolidated: ConsolidatedMetadata) -> dict[str, Any]:
        documents: dict[str, Any] = {ZGROUP_JSON: {"zarr_format": 2}, ZATTRS_JSON: self.attributes}
        for path, node in consolidated._ordered():
            documents.update(entries_of(path, node))
        return {"metadata": documents, "zarr_consolidated_format": 1}


@dataclass(frozen=True, init=False)
class ImplicitGroupMarker(GroupMetadata):
    """A group to be created only where there is none."""
