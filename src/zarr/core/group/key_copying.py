"""Copying the keys of a store to another one, documents last: what an interrupted copy leaves is no node."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from zarr.core import run
from zarr.core.array.copying import Progress
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.common import ZARR_JSON, ZARRAY_JSON
from zarr.core.keys import join_path
from zarr.core.metadata import io
from zarr.errors import CopyError

if TYPE_CHECKING:
    from zarr.storage._common import StorePath

__all__ = ["KeyCopyOptions", "copy_keys"]

Log: TypeAlias = Callable[[str], object]


@dataclass(frozen=True, kw_only=True)
class KeyCopyOptions:
    """How to copy keys; see ``zarr.copy_store``."""

    is_wanted: Callable[[str], bool]
    if_exists: Literal["raise", "replace", "skip"]
    dry_run: bool
    log: Log
    progress: Progress | None


async def copy_keys(source: StorePath, dest: StorePath, options: KeyCopyOptions) -> tuple[int, int, int]:
    """Copy what lies below a prefix; numbers of keys copied and skipped, and of bytes."""
    await run.settle(source.store)
    await run.settle(dest.store)
    dest.store._check_writable()
    if options.if_exists == "replace" and (source._is_within(dest) or dest._is_within(source)):
        raise ValueError(
            f"{source} and {dest} are one in the other, so what is copied would be replaced first"
        )
    names = [name for name in await _names(source) if options.is_wanted(join_path(source.path, name))]
    there = set(await _names(dest)) if dest.store.supports_listing else await _existing(dest, names)
    wanted = [name for name in names if name not in there or options.if_exists != "skip"]
    for name in names:
        if name in there and options.if_exists == "raise":
            raise CopyError(f"key {join_path(dest.path, name)!r} exists in destination")
        verb = "copy" if name not in there or options.if_exists != "skip" else "skip"
        options.log(f"{verb} {_label(source, dest, name)}")
    if options.dry_run:
        return len(wanted), len(names) - len(wanted), 0
    if options.if_exists == "replace":
        await _make_room(source, dest, set(wanted), there, options.is_wanted)
    nbytes = await _copy(source, dest, wanted, options.progress)
    return len(wanted), len(names) - len(wanted), nbytes


async def _names(path: StorePath) -> list[str]:
    """Keys below a path, relative to it."""
    start = len(path.path) + 1 if path.path else 0
    return sorted([key[start:] async for key in path.store.list_prefix(f"{path.path}/" if path.path else "")])


async def _existing(dest: StorePath, names: list[str]) -> set[str]:
    found = await run.gather(dest.store.exists, [(join_path(dest.path, name),) for name in names])
    return {name for name, exists in zip(names, found, strict=True) if exists}


def _label(source: StorePath, dest: StorePath, name: str) -> str:
    old, new = join_path(source.path, name), join_path(dest.path, name)
    return old if old == new else f"{old} -> {new}"


async def _make_room(
    source: StorePath, dest: StorePath, wanted: set[str], there: set[str], is_wanted: Callable[[str], bool]
) -> None:
    """Delete the documents that are replaced, and what else is where an array is copied to.

    Or an array would be there with chunks of two arrays: until all is copied, or for good.
    """
    arrays = {name.rpartition("/")[0] for name in wanted if await _is_array(source, name)}
    stale = {
        name
        for name in there - wanted
        if is_wanted(join_path(source.path, name)) and _is_of_one(name, arrays)
    }
    documents = {name for name in (wanted & there) | stale if io.makes_a_node(name)}
    for names in (documents, stale - documents):
        await run.gather(dest.store.delete, [(join_path(dest.path, name),) for name in names])


async def _is_array(path: StorePath, name: str) -> bool:
    where, _, document = name.rpartition("/")
    if document != ZARR_JSON:
        return document == ZARRAY_JSON
    found = await io.read_document(path / where, document)
    return found is not None and found.get("node_type") == "array"


def _is_of_one(name: str, arrays: set[str]) -> bool:
    """Whether a key lies below one of the arrays, and is a chunk or a document."""
    parts = name.split("/")
    for depth in range(len(parts)):
        if "/".join(parts[:depth]) in arrays:
            return io.is_document(name) or io.is_chunk_name("/".join(parts[depth:]))
    return False


async def _copy(source: StorePath, dest: StorePath, names: list[str], progress: Progress | None) -> int:
    done = nbytes = 0

    async def copy(name: str) -> None:
        nonlocal done, nbytes
        data: Any = await source.store.get(join_path(source.path, name), buffer_prototype)
        if data is not None:  # else it was deleted meanwhile
            await dest.store.set(join_path(dest.path, name), data)
            nbytes += len(data)
        done += 1
        if progress is not None:
            progress(done, len(names))

    documents = sorted((name for name in names if io.is_document(name)), key=io.deepest_first)
    await run.gather(copy, [(name,) for name in names if not io.is_document(name)])
    for name in documents:
        await copy(name)
    return nbytes
