"""Deleting nodes: only what is of Zarr, and in an order that leaves nothing misleading when it is interrupted.

Where a store deletes all below a prefix at once, that is all there is to do. Else the documents go first, a node's own
before those of what is below it: what is left then are chunks of no array.
"""

from __future__ import annotations

import re

from zarr.abc.store import SupportsRenameDir
from zarr.core import run
from zarr.core.common import ZARR_JSON, ZARRAY_JSON, ZATTRS_JSON
from zarr.core.keys import join_path, parents_of
from zarr.core.metadata import io
from zarr.errors import MetadataValidationError
from zarr.storage._common import StorePath

__all__ = ["clear_for_overwrite", "delete_all", "delete_node", "foreign_key"]

_OF_A_NODE = (*io.NODE_DOCUMENTS, ZATTRS_JSON)
_LEFT_OVER = re.compile(r"(?:.+/)?(?:c(?:[/.]\d+)+|\d+(?:\.\d+)+)")
"""A chunk of an array that was deleted in part. Numbers alone could be files of other programs."""


async def delete_node(path: StorePath) -> None:
    """Delete a node with all below it.

    Raises
    ------
    FileExistsError
        If anything at or below the path is not of Zarr: then nothing is deleted.
    ValueError
        If the store cannot delete.
    """
    keys = await _keys_below(path)
    foreign = await _find_foreign(path, keys)
    if foreign is not None:
        raise FileExistsError(
            f"{path} holds {foreign!r}, which is not of Zarr; nothing was deleted. Choose another place, or take away "
            "what is not of Zarr yourself."
        )
    await _delete(path, keys)


async def clear_for_overwrite(path: StorePath) -> None:
    """Make room for a node: as ``delete_node``; nothing happens where the store cannot list what is there."""
    await run.settle(path.store)
    if path.store.supports_listing and not await path.store.is_empty(path.path):
        await delete_node(path)


async def delete_all(path: StorePath) -> None:
    """Delete a node and whatever else lies at and below it, which is elsewhere too; ValueError as ``delete_node``."""
    await _delete(path, await _keys_below(path))


async def foreign_key(path: StorePath) -> str | None:
    """A key below a path, relative to it, that is neither a document nor a chunk nor the file browser's."""
    return await _find_foreign(path, await _keys_below(path))


async def _keys_below(path: StorePath) -> list[str]:
    """All keys below a path, relative to it; none where the store cannot list them."""
    await run.settle(path.store)
    if not path.store.supports_listing:
        return []
    prefix = f"{path.path}/" if path.path else ""
    return [key[len(prefix) :] async for key in path.store.list_prefix(prefix)]


async def _delete(path: StorePath, keys: list[str]) -> None:
    store = path.store
    if not store.supports_deletes:
        raise ValueError(f"{path}: the store cannot delete")
    at_once = isinstance(store, SupportsRenameDir)
    if not (at_once and path.path):
        below = [] if at_once else _before_the_rest(keys)
        for names in (io.NODE_DOCUMENTS, below):
            await run.gather(store.delete, [(join_path(path.path, name),) for name in names])
    await store.delete_dir(path.path)


def _before_the_rest(keys: list[str]) -> list[str]:
    """Keys below a node that must be gone before the rest, so that an interruption leaves nothing that misleads.

    The documents of nodes below, or their arrays would be there with chunks missing. And chunks in format 2 with a
    number for a name, which ``.zattrs`` beside them shows to be of Zarr when the deletion is done again.
    """
    there = set(keys)
    numbered = [
        key
        for key in keys
        if key.rpartition("/")[2].isdecimal() and join_path(key.rpartition("/")[0], ZATTRS_JSON) in there
    ]
    return [key for key in keys if "/" in key and io.makes_a_node(key)] + numbered


# --- what is not of Zarr


async def _find_foreign(path: StorePath, keys: list[str]) -> str | None:
    documents = set(filter(io.is_document, keys))
    arrays: dict[str, bool] = {}
    for key in keys:
        if key in documents or _LEFT_OVER.fullmatch(key) or io.is_of_the_system(key):
            continue
        owner = _nearest(key, documents)
        if owner is None:
            return key
        if io.is_chunk_name(key[len(owner) + 1 if owner else 0 :]) and not any(
            join_path(owner, name) in documents for name in io.NODE_DOCUMENTS
        ):
            continue  # the documents are gone, but for .zattrs
        if owner not in arrays:
            arrays[owner] = join_path(owner, ZARRAY_JSON) in documents or await _is_array(path / owner)
        if not arrays[owner]:
            return key
    return None


def _nearest(key: str, documents: set[str]) -> str | None:
    """The directory above a key that has documents."""
    for directory in reversed(parents_of(key)):
        if any(join_path(directory, name) in documents for name in _OF_A_NODE):
            return directory
    return None


async def _is_array(path: StorePath) -> bool:
    try:
        document = await io.read_document(path, ZARR_JSON)
    except MetadataValidationError:
        return False
    return document is not None and document.get("node_type") == "array"
