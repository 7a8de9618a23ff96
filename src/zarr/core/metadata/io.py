"""The documents of nodes, read and written. The one place that knows which keys a node's documents have.

format 3    zarr.json
format 2    .zarray or .zgroup, .zattrs, and .zmetadata where consolidated
"""

from __future__ import annotations

import warnings
from typing import Any, Literal, TypeAlias

from zarr.core import run
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.common import (
    ZARR_JSON,
    ZARRAY_JSON,
    ZATTRS_JSON,
    ZGROUP_JSON,
    ZMETADATA_V2_JSON,
    ZarrFormat,
)
from zarr.core.json import load_document
from zarr.core.keys import join_path, normalize_path
from zarr.core.metadata.group import ConsolidatedMetadata, GroupMetadata, parse_node
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.core.metadata.v2 import parse_zarr_format as parse_zarr_format_2
from zarr.core.metadata.v3 import ArrayV3Metadata, check_storable, parse_zarr_format
from zarr.errors import (
    ContainsArrayError,
    ContainsGroupError,
    MetadataValidationError,
    NodeTypeValidationError,
    ZarrUserWarning,
    at,
)
from zarr.storage._common import StorePath

__all__ = [
    "NodeMetadata",
    "delete_node",
    "ensure_no_node",
    "is_node",
    "read_array",
    "read_group",
    "read_node",
    "write_node",
]

NodeMetadata: TypeAlias = ArrayV2Metadata | ArrayV3Metadata | GroupMetadata
UseConsolidated: TypeAlias = "bool | str | None"


async def _get(path: StorePath, name: str) -> dict[str, Any] | None:
    """A document below a path; None if there is none."""
    store = path.store
    try:
        data = await store.get(join_path(path.path, name), buffer_prototype)
    except NotADirectoryError:  # a file stands where the node would be
        return None
    return None if data is None else load_document(data.to_bytes(), _where(path, name))


def _where(path: StorePath, name: str) -> str:
    return f"{path}/{name}"


async def _get_many(path: StorePath, *names: str) -> list[dict[str, Any] | None]:
    return await run.gather(_get, [(path, name) for name in names])


# --- reading


async def read_node(path: StorePath, zarr_format: ZarrFormat | None = None) -> NodeMetadata | None:
    """The metadata of whatever node is there; None if there is none.

    With ``zarr_format`` None, format 3 is looked for first; an array comes before a group in format 2.
    """
    await run.settle(path.store)
    if zarr_format != 2:
        document = await _get(path, ZARR_JSON)
        if document is not None:
            if zarr_format is None:
                await _warn_of_both(path)
            return _of_v3(path, document)
        if zarr_format == 3:
            return None
    array, group, attributes = await _get_many(path, ZARRAY_JSON, ZGROUP_JSON, ZATTRS_JSON)
    if array is not None:
        return _array_of_v2(path, array, attributes)
    return None if group is None else _group_of_v2(path, group, attributes)


async def read_array(
    path: StorePath, zarr_format: ZarrFormat | None = None
) -> ArrayV2Metadata | ArrayV3Metadata | None:
    """The metadata of the array that is there; None if there is no node.

    Raises
    ------
    NodeTypeValidationError
        If a group is there.
    """
    node = await read_node(path, zarr_format)
    if isinstance(node, GroupMetadata):
        raise NodeTypeValidationError(
            f"{path}: Failed to parse input for 'node_type': expected Literal['array'], got 'group'. A group is there, "
            "not an array."
        )
    return node


async def read_group(
    path: StorePath, zarr_format: ZarrFormat | None = None, use_consolidated: UseConsolidated = None
) -> GroupMetadata | None:
    """The metadata of the group that is there; None if there is no node.

    Parameters
    ----------
    use_consolidated
        True to require consolidated metadata, False to ignore them, None to use them where there are any; for format
        2 also the key that they have.

    Raises
    ------
    ContainsArrayError
        If an array is there.
    ValueError
        If there are no consolidated metadata and they are required.
    """
    await run.settle(path.store)
    if zarr_format != 2:
        document = await _get(path, ZARR_JSON)
        if document is not None:
            if zarr_format is None:
                await _warn_of_both(path)
            if isinstance(use_consolidated, str):
                raise TypeError("a key of consolidated metadata can be named for format 2 only")
            if use_consolidated is False:
                document.pop("consolidated_metadata", None)
            return _with_consolidated(path, _of_v3(path, document), use_consolidated)
        if zarr_format == 3:
            return None
    key = use_consolidated if isinstance(use_consolidated, str) else ZMETADATA_V2_JSON
    names = [ZGROUP_JSON, ZATTRS_JSON] + ([] if use_consolidated is False else [key])
    group, attributes, *consolidated = await _get_many(path, *names)
    if group is None:
        if await _get(path, ZARRAY_JSON) is not None:
            raise ContainsArrayError(path.store, path.path)
        return None
    metadata = _group_of_v2(path, group, attributes)
    if consolidated and consolidated[0] is not None:
        with at(_where(path, key) + ":"):
            below = _consolidated_of_v2(consolidated[0])
        metadata = GroupMetadata(metadata.attributes, 2, below)
    return _with_consolidated(path, metadata, use_consolidated)


def _with_consolidated(
    path: StorePath, metadata: NodeMetadata, use_consolidated: UseConsolidated
) -> GroupMetadata:
    if not isinstance(metadata, GroupMetadata):
        raise ContainsArrayError(f"An array already exists in store {path.store} at path {path.path}.")
    if use_consolidated and metadata.consolidated_metadata is None:
        raise ValueError(
            f"Consolidated metadata requested with 'use_consolidated={use_consolidated!r}' but not found in {path}."
        )
    return metadata


async def _warn_of_both(path: StorePath) -> None:
    """Say it where documents of both formats are there; not asked of stores where it costs a request."""
    if path.store._suspends:
        return
    for name in (ZARRAY_JSON, ZGROUP_JSON):
        if await path.store.exists(join_path(path.path, name)):
            warnings.warn(
                f"Both zarr.json (Zarr format 3) and {name} (Zarr format 2) metadata objects exist at {path}. Zarr "
                "format 3 will be used.",
                ZarrUserWarning,
                stacklevel=2,
            )


def _of_v3(path: StorePath, document: dict[str, Any]) -> NodeMetadata:
    with at(_where(path, ZARR_JSON) + ":"):
        with at("zarr_format"):
            parse_zarr_format(document.get("zarr_format"))
        if "node_type" not in document:
            if "shape" in document:
                with at("node_type"):
                    raise MetadataValidationError("this member is required and is missing")
            return GroupMetadata.from_dict(document)
        node = parse_node(document)
        if isinstance(node, ArrayV3Metadata):
            check_storable(node)
        return node


def _array_of_v2(
    path: StorePath, document: dict[str, Any], attributes: dict[str, Any] | None
) -> ArrayV2Metadata:
    with at(_where(path, ZARRAY_JSON) + ":"):
        return ArrayV2Metadata.from_dict({**document, "attributes": attributes or {}})


def _group_of_v2(
    path: StorePath, document: dict[str, Any], attributes: dict[str, Any] | None
) -> GroupMetadata:
    with at(_where(path, ZGROUP_JSON) + ":"), at("zarr_format"):
        if "zarr_format" in document:
            parse_zarr_format_2(document["zarr_format"])
        else:
            warnings.warn(
                f"{_where(path, ZGROUP_JSON)}: zarr_format: this member is missing; it is taken as 2.",
                ZarrUserWarning,
                stacklevel=2,
            )
    return GroupMetadata(attributes, 2)


def _consolidated_of_v2(document: dict[str, Any]) -> ConsolidatedMetadata:
    nodes: dict[str, NodeMetadata] = {}
    with at("metadata"):
        documents = document.get("metadata")
        if not isinstance(documents, dict):
            raise MetadataValidationError(f"Expected a mapping of keys to documents. Got {documents!r}.")
        for key, content in documents.items():
            parent, _, name = key.rpartition("/")
            if name not in (ZARRAY_JSON, ZGROUP_JSON) or not parent:
                continue
            attributes = documents.get(f"{parent}/{ZATTRS_JSON}") or {}
            with at(f"[{key!r}]"):
                if not isinstance(content, dict):
                    raise MetadataValidationError(f"Expected an object. Got {content!r}.")
                if name == ZARRAY_JSON:
                    nodes[normalize_path(parent)] = ArrayV2Metadata.from_dict(
                        {**content, "attributes": attributes}
                    )
                else:
                    nodes.setdefault(normalize_path(parent), GroupMetadata(attributes, 2))
    return ConsolidatedMetadata.of_flat(nodes)


async def is_node(path: StorePath, zarr_format: ZarrFormat | None = None) -> bool:
    """Whether a node's document is there, sound or not."""
    await run.settle(path.store)
    names = {3: (ZARR_JSON,), 2: (ZARRAY_JSON, ZGROUP_JSON), None: (ZARR_JSON, ZARRAY_JSON, ZGROUP_JSON)}
    keys = [(join_path(path.path, name),) for name in names[zarr_format]]
    return any(await run.gather(path.store.exists, keys))


# --- writing


async def ensure_no_node(path: StorePath, zarr_format: ZarrFormat) -> None:
    """Raise ContainsArrayError or ContainsGroupError if a node of this format is there."""
    node = await read_node(path, zarr_format)
    if isinstance(node, GroupMetadata):
        raise ContainsGroupError(path.store, path.path)
    if node is not None:
        raise ContainsArrayError(path.store, path.path)


async def ensure_parents(path: StorePath, zarr_format: ZarrFormat) -> None:
    """Make a group of each ancestor that is no node; ValueError if one is an array."""
    store = path.store
    parts = path.path.split("/")[:-1] if path.path else None
    if parts is None:
        return
    group = GroupMetadata(zarr_format=zarr_format).to_buffer_dict(buffer_prototype)
    known = ZARR_JSON if zarr_format == 3 else ZGROUP_JSON
    for depth in range(len(parts), -1, -1):
        parent = StorePath(store, "/".join(parts[:depth]))
        document = await _get(parent, known)
        if document is not None:
            if document.get("node_type") == "array":
                raise ContainsArrayError(
                    f"{path}: only groups may have child nodes, and there is an array at {parent}."
                )
            continue
        if zarr_format == 2 and await store.exists(join_path(parent.path, ZARRAY_JSON)):
            raise ContainsArrayError(
                f"{path}: only groups may have child nodes, and there is an array at {parent}."
            )
        for name, data in group.items():
            await store.set_if_not_exists(join_path(parent.path, name), data)


async def write_node(path: StorePath, metadata: NodeMetadata, *, parents: bool = False) -> None:
    """Write the documents of a node, each whole; with ``parents``, make groups of the ancestors first."""
    await run.settle(path.store)
    documents = metadata.to_buffer_dict(buffer_prototype)
    if parents:
        await ensure_parents(path, metadata.zarr_format)
    for name, data in documents.items():
        await path.store.set(join_path(path.path, name), data)


async def delete_node(path: StorePath) -> None:
    """Delete all that lies at and below a node; its documents first, so that what is left is no node."""
    await run.settle(path.store)
    if not path.store.supports_deletes:
        raise ValueError(f"{path}: the store cannot delete")
    for name in (ZARR_JSON, ZARRAY_JSON, ZGROUP_JSON):
        await path.store.delete(join_path(path.path, name))
    await path.store.delete_dir(path.path)


async def clear_for_overwrite(path: StorePath) -> None:
    """Delete the node at a path to make room for another.

    Raises
    ------
    FileExistsError
        If something is there that is no node of Zarr and holds none: it is not deleted.
    """
    await run.settle(path.store)
    if not path.store.supports_listing or await path.store.is_empty(path.path):
        return
    if not await is_node(path) and not await _holds_only_nodes(path):
        raise FileExistsError(
            f"{path} is not empty and holds something that is not of Zarr; nothing was deleted. Choose another place, "
            "or delete it yourself."
        )
    await delete_node(path)


async def _holds_only_nodes(path: StorePath) -> bool:
    found = False
    async for name in path.store.list_dir(path.path):
        if name in (ZATTRS_JSON, ZMETADATA_V2_JSON):
            continue
        below = path / name
        if not (await is_node(below) or await _holds_only_nodes(below)):
            return False
        found = True
    return found


def node_kind(metadata: NodeMetadata) -> Literal["array", "group"]:
    """The kind of a node."""
    return "group" if isinstance(metadata, GroupMetadata) else "array"
