"""Moving a node inside its store: renamed at once where the store can, else copied key by key and then deleted.

.zmove        first, at the new place: says what is moved here, so that the move can be done again until it is done
the chunks    of the node and of all below it
documents     of what is below it, and the node's own last: until then the node is at its old place
deletion      documents first, then the rest, then .zmove
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.abc.store import SupportsRenameDir
from zarr.core import run
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.json import dump_document
from zarr.core.keys import join_path
from zarr.core.metadata import io
from zarr.core.metadata.deleting import delete_all
from zarr.errors import ConflictError
from zarr.storage._common import StorePath

if TYPE_CHECKING:
    from zarr.abc.store import Store
    from zarr.core.common import ZarrFormat

__all__ = ["can_go_on", "finish_move", "move_node"]


async def move_node(source: StorePath, dest: StorePath, zarr_format: ZarrFormat) -> bool:
    """Move a node with all below it; say whether ``finish_move`` has to follow.

    Raises
    ------
    KeyError
        If there is no node at ``source``.
    ContainsArrayError, ContainsGroupError, FileExistsError
        If anything is at ``dest``.
    ValueError
        If ``dest`` is below ``source``, or the store cannot delete or list.
    """
    store = source.store
    await run.settle(store)
    _check(source, dest)
    begun = await _begun(dest)
    if begun is None:
        await _check_ends(source, dest, zarr_format)
        await io.ensure_parents(dest, zarr_format)
        if isinstance(store, SupportsRenameDir) and await store._rename_dir(source.path, dest.path):
            return False
        mark = buffer_prototype.buffer.from_bytes(dump_document({"moved_from": source.path}))
        await io.write_note(dest, io.UNFINISHED_MOVE, mark)
    elif begun != source.path:
        raise FileExistsError(
            f"{dest}: a move of {begun!r} to here is not finished; do that again first, or delete what is here."
        )
    if not await io.is_node(dest):
        if not await io.is_node(source, zarr_format):
            raise KeyError(source.path)
        await _copy_below(source, dest)
    elif await io.is_node(source):
        await _check_same(source, dest)
    await delete_all(source)
    return True


async def can_go_on(source: StorePath, dest: StorePath) -> bool:
    """Whether an interrupted move can be done again without the loss of anything; ConflictError if the two differ."""
    if await io.is_node(dest):  # all is copied; what is left of the source is to be deleted
        await _check_same(source, dest)
        return True
    copied = await _names_below(dest) - {io.UNFINISHED_MOVE}
    return copied <= await _names_below(source)


async def finish_move(dest: StorePath) -> None:
    """Take away what says that the move is unfinished."""
    await io.delete_note(dest, io.UNFINISHED_MOVE)


def _check(source: StorePath, dest: StorePath) -> None:
    store = source.store
    store._check_writable()
    if not (store.supports_deletes and store.supports_listing):
        raise ValueError(f"{store} cannot delete or list keys, so nothing can be moved in it")
    if not source.path or not dest.path:
        raise ValueError(f"the root of {store} cannot be moved, and nothing can be moved onto it")
    if dest.path.startswith(f"{source.path}/"):
        raise ValueError(f"{source} cannot be moved into itself, to {dest}")


async def _check_ends(source: StorePath, dest: StorePath, zarr_format: ZarrFormat) -> None:
    """That there is a node to move, and room for it."""
    if not await io.is_node(source, zarr_format):
        raise KeyError(source.path)
    if await _begun(source) is not None:
        raise FileExistsError(f"{source}: a move to here is not finished; do that again first.")
    await io.ensure_no_node(dest, zarr_format)
    if not await dest.store.is_empty(dest.path):
        raise FileExistsError(f"{dest} is not empty, so nothing is moved there; nothing was changed.")


async def _begun(dest: StorePath) -> object | None:
    """The path of what was to be moved here by a move that is unfinished."""
    mark = await io.read_note(dest, io.UNFINISHED_MOVE)
    return None if mark is None else mark.get("moved_from")


async def _copy_below(source: StorePath, dest: StorePath) -> None:
    """Copy every key; of what an earlier try has left, nothing stays that is not in the source now."""
    store = source.store
    names = await _names_below(source)
    stale = [name for name in await _names_below(dest) if name not in names and name != io.UNFINISHED_MOVE]
    await run.gather(store.delete, [(join_path(dest.path, name),) for name in stale])
    documents = sorted(filter(io.is_document, names), key=io.deepest_first)
    chunks = names.difference(documents)
    await run.gather(_copy_key, [(store, source.path, dest.path, name) for name in chunks])
    for name in documents:
        await _copy_key(store, source.path, dest.path, name)


async def _names_below(path: StorePath) -> set[str]:
    start = len(path.path) + 1
    return {key[start:] async for key in path.store.list_prefix(f"{path.path}/")}


async def _copy_key(store: Store, source: str, dest: str, name: str) -> None:
    data = await store.get(f"{source}/{name}", buffer_prototype)
    if data is None:
        raise ConflictError(f"{source}/{name} of {store} was deleted by another writer while it was moved")
    await store.set(f"{dest}/{name}", data)


async def _check_same(source: StorePath, dest: StorePath) -> None:
    """That nobody has changed one of the two since the move was interrupted."""

    async def compare(name: str) -> None:
        old = await source.store.get(f"{source.path}/{name}", buffer_prototype)
        new = await dest.store.get(f"{dest.path}/{name}", buffer_prototype)
        if old is None or new is None or old.to_bytes() != new.to_bytes():
            raise ConflictError(
                f"the move of {source} to {dest} was interrupted when all was copied, and {name!r} differs now; delete "
                f"one of the two, and {io.UNFINISHED_MOVE} at {dest}."
            )

    await run.gather(compare, [(name,) for name in await _names_below(source)])
