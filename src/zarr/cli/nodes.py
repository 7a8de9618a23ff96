"""Nodes as commands need them: opened and closed, described as JSON, deleted. Loads NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from zarr.api import synchronous
from zarr.cli.command import CommandError
from zarr.core import run
from zarr.core.array import Array
from zarr.core.group import Group
from zarr.core.metadata import ArrayV2Metadata, io
from zarr.core.metadata.deleting import delete_node, foreign_key
from zarr.storage._common import make_store_path

if TYPE_CHECKING:
    from zarr.cli.places import Place
    from zarr.core.common import AccessModeLiteral
    from zarr.storage._common import StorePath

__all__ = [
    "Array",
    "Group",
    "Node",
    "check_own",
    "delete",
    "facts",
    "is_node",
    "opened",
    "opened_group",
    "opened_place",
]

Node: TypeAlias = Array[Any] | Group


@contextmanager
def opened(place: Place, mode: AccessModeLiteral = "r") -> Iterator[Node]:
    """The array or group at a place; its store is closed at the end.

    To be changed, it is opened by way of the root of its hierarchy, which may have consolidated metadata.

    Raises
    ------
    CommandError
        If there is none.
    """
    node: Node | None = None
    if mode != "r" and place.path:
        root = _open(place, "", mode)
        node = root.get(place.path) if isinstance(root, Group) else None
        if node is None and root is not None:
            root.store.close()
    if node is None:
        node = _open(place, place.path, mode)
    if node is None:
        raise CommandError(f"{place}: there is no Zarr array or group")
    try:
        yield node
    finally:
        node.store.close()


def _open(place: Place, path: str, mode: AccessModeLiteral) -> Node | None:
    try:
        return synchronous.open(place.store, path=path, mode=mode, storage_options=place.options)
    except FileNotFoundError:
        return None


@contextmanager
def opened_group(place: Place, mode: AccessModeLiteral = "r") -> Iterator[Group]:
    """As ``opened``; CommandError where an array is."""
    with opened(place, mode) as node:
        if not isinstance(node, Group):
            raise CommandError(f"{place}: this is an array; a group is needed")
        yield node


@contextmanager
def opened_place(place: Place, mode: AccessModeLiteral) -> Iterator[StorePath]:
    """The place in its store, whatever is there; the store is closed at the end."""
    path = _store_path(place.store, path=place.path, mode=mode, storage_options=place.options)
    try:
        yield path
    finally:
        path.store.close()


_store_path = run.blocking(make_store_path)
_is_node = run.blocking(io.is_node)
_foreign_key = run.blocking(foreign_key)
_delete_node = run.blocking(delete_node)


def is_node(place: Place) -> bool:
    """Whether an array or group is there, sound or not."""
    try:
        with opened_place(place, "r") as path:
            return _is_node(path)
    except FileNotFoundError:
        return False


def check_own(place: Place) -> None:
    """Raise CommandError where anything at or below a place is not of Zarr."""
    with opened_place(place, "r") as path:
        foreign = _foreign_key(path)
    if foreign is not None:
        raise CommandError(f"{place} holds {foreign!r}, which is not of Zarr; nothing was done")


def delete(place: Place) -> None:
    """Delete a node and all below it; CommandError, and nothing is deleted, where something is not of Zarr."""
    check_own(place)
    root = _open(place, "", "r+") if place.path else None
    if root is not None:
        try:
            if isinstance(root, Group):
                del root[place.path]
                return
        except KeyError:  # it is of the other format
            pass
        finally:
            root.store.close()
    with opened_place(place, "r+") as path:
        _delete_node(path)
    folder = Path(place.store)
    is_folder = not place.path and place.is_local and folder.is_dir() and not folder.is_symlink()
    if is_folder and not any(folder.iterdir()):
        folder.rmdir()


# --- as JSON


def facts(node: Node, complete: bool = False) -> dict[str, Any]:
    """What a node is; with ``complete`` also what takes a look at its chunks or members."""
    return _array_facts(node, complete) if isinstance(node, Array) else _group_facts(node, complete)


def _array_facts(array: Array[Any], complete: bool) -> dict[str, Any]:
    metadata = array.metadata
    document: dict[str, Any] = metadata.to_dict()
    chunks, shards = array.info._chunk_shape, array.info._shard_shape
    out = {
        "type": "array",
        "name": array.name,
        "zarr_format": metadata.zarr_format,
        "shape": array.shape,
        "dtype": str(array.dtype),
        "data_type": document.get("data_type", document.get("dtype")),
        "chunks": chunks,
        "shards": shards,
        "order": array.order,
        "fill_value": document["fill_value"],
        "dimension_names": document.get("dimension_names"),
        "attributes": document["attributes"],
        "nbytes": array.nbytes,
    }
    if isinstance(metadata, ArrayV2Metadata):
        out |= {"filters": document["filters"], "compressor": document["compressor"]}
    else:
        out |= {"codecs": document["codecs"]}
    if complete:
        info = array.info_complete()
        out |= {"nbytes_stored": info._count_bytes_stored, "chunks_stored": info._count_chunks_initialized}
        if info._count_shards_initialized is not None:
            out["shards_stored"] = info._count_shards_initialized
    return out


def _group_facts(group: Group, complete: bool) -> dict[str, Any]:
    out: dict[str, Any] = {
        "type": "group",
        "name": group.name,
        "zarr_format": group.metadata.zarr_format,
        "attributes": group.metadata.attributes,
        "consolidated": group.metadata.consolidated_metadata is not None,
    }
    if complete:
        info = group.info_complete()
        out |= {"arrays": info._count_arrays, "groups": info._count_groups}
    return out
