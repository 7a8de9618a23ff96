"""Copying arrays and groups: planned first, so that nothing is done if something is in the way.

An array's document is written last, so that an array that is there is whole. Its chunks are copied as they are
where the new array has the same codecs, and are else read and written in blocks.
"""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from zarr.core import run
from zarr.core.array import AsyncArray
from zarr.core.array.copying import Progress
from zarr.core.group.array_copying import copy_array
from zarr.core.group.facts import GroupFacts
from zarr.core.group.foreign import ForeignArray, foreign_attributes, is_foreign_array, is_foreign_group
from zarr.core.group.members import walk_members
from zarr.core.keys import parents_of
from zarr.core.metadata import GroupMetadata, io
from zarr.core.metadata.deleting import clear_for_overwrite
from zarr.errors import CopyError
from zarr.storage._common import StorePath

if TYPE_CHECKING:
    from zarr.core.group.async_group import AsyncGroup

__all__ = ["CopyOptions", "Counts", "IfExists", "Log", "copy_nodes", "name_filter"]

IfExists: TypeAlias = Literal["raise", "replace", "skip", "skip_initialized"]
Log: TypeAlias = Callable[[str], object]
Counts: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class CopyOptions:
    """How to copy; see ``zarr.copy``."""

    shallow: bool = False
    without_attrs: bool = False
    if_exists: IfExists = "raise"
    dry_run: bool = False
    is_wanted: Callable[[str], bool] = lambda path: True
    log: Log = lambda message: None
    progress: Progress | None = None
    create_kws: dict[str, Any]


@dataclass
class _Item:
    """Something to copy: its path below the source, and what is to be done."""

    path: str
    node: Any
    is_array: bool
    action: Literal["copy", "replace", "skip"] = "copy"

    @property
    def label(self) -> str:
        name = self.node.name
        return f"{name} {self.node.shape} {self.node.dtype}" if self.is_array else str(name)

    @property
    def nbytes(self) -> int:
        if not self.is_array:
            return 0
        size: int = math.prod(self.node.shape)
        return size * int(getattr(self.node.dtype, "itemsize", 0))


def name_filter(
    excludes: str | Iterable[str] | None, includes: str | Iterable[str] | None, flags: int
) -> Callable[[str], bool]:
    """Whether a name is wanted: it matches none of ``excludes``, or else one of ``includes``."""
    no, yes = (
        [re.compile(p, flags) for p in ([given] if isinstance(given, str) else given or ())]
        for given in (excludes, includes)
    )

    def is_wanted(name: str) -> bool:
        return not any(p.search(name) for p in no) or any(p.search(name) for p in yes)

    return is_wanted


async def copy_nodes(source: Any, dest: AsyncGroup, name: str, options: CopyOptions) -> Counts:
    """Copy an array or a group to ``name`` in a group; ``""`` copies what is in it, and its attributes.

    Returns
    -------
    tuple of int
        Numbers of nodes copied and skipped, and of bytes of data copied.

    Raises
    ------
    CopyError, ContainsArrayError
        If something is in the way, or an array is above.
    TypeError
        If an array is to be copied to ``""``.
    """
    source = getattr(source, "_async_group", getattr(source, "_async_array", source))
    dest.store_path.store._check_writable()
    items = [item async for item in _items(source, options)]
    if not name:
        if items[0].is_array:
            raise TypeError(f"{items[0].label} is an array, so there is nothing in it to copy; use `copy`")
        items = items[1:]
    target = dest.store_path / name
    items = await _decided(items, target, dest, options.if_exists)
    copied = [item for item in items if item.action != "skip"]
    _check_apart(copied, target)
    for item in items:
        options.log(f"{'skip' if item.action == 'skip' else 'copy'} {item.label}")
    if not options.dry_run:
        if not name and not options.without_attrs:
            await dest.update_attributes(_attributes(source))
        if copied and name:  # before a chunk is written
            await io.ensure_parents(target, dest.metadata.zarr_format)
        await _copy_all(copied, target, dest, options)
    nbytes = 0 if options.dry_run else sum(item.nbytes for item in copied)
    return len(copied), len(items) - len(copied), nbytes


# --- the plan


async def _items(source: Any, options: CopyOptions) -> AsyncIterator[_Item]:
    """What there is to copy, each group before what is in it."""
    if isinstance(source, AsyncArray) or is_foreign_array(source):
        yield _Item("", _array(source), True)
        return
    yield _Item("", source, False)
    found = [item async for item in _below(source, options.shallow)]
    for item in sorted(found, key=lambda item: item.path.split("/")):
        if options.is_wanted(item.path) and not (options.shallow and not item.is_array):
            yield item


async def _below(source: Any, shallow: bool) -> AsyncIterator[_Item]:
    if is_foreign_group(source):
        waiting = [("", source)]
        while waiting:
            prefix, group = waiting.pop()
            for name in list(group.keys()):
                node = group[name]
                if is_foreign_array(node):
                    yield _Item(prefix + name, _array(node), True)
                    continue
                yield _Item(prefix + name, node, False)
                if not shallow:
                    waiting.append((f"{prefix}{name}/", node))
    else:
        async for path, node in walk_members(source, 0 if shallow else None):
            yield _Item(path, node, isinstance(node, AsyncArray))


async def _decided(
    items: list[_Item], target: StorePath, dest: AsyncGroup, if_exists: IfExists
) -> list[_Item]:
    """The items with what to do with each, by what is there; without those in groups that are skipped."""
    zarr_format = dest.metadata.zarr_format
    there = await run.gather(io.read_node, [(_place(target, item), zarr_format) for item in items])
    skipped: list[str] = []
    decided: list[_Item] = []
    for item, node in zip(items, there, strict=True):
        if any(item.path.startswith(above) for above in skipped):
            continue
        decided.append(item)
        if node is None or (isinstance(node, GroupMetadata) and not item.is_array):
            item.action = "copy"
        elif if_exists == "raise":
            what = "object" if item.is_array else "array"
            *_, base = _place(target, item).path.split("/")
            above = "/" + _place(target, item).path[: -len(base) - 1]
            raise CopyError(f"an {what} {base!r} already exists in destination {above!r}")
        elif if_exists == "skip_initialized" and item.is_array and not isinstance(node, GroupMetadata):
            array = AsyncArray(node, _place(target, item))
            is_done = await array._nshards_initialized() == math.prod(array._bound.grid.grid_shape)
            item.action = "skip" if is_done else "replace"
        else:
            item.action = "replace" if if_exists == "replace" else "skip"
        if item.action == "skip" and not item.is_array:
            skipped.append(f"{item.path}/" if item.path else "")
    return decided


def _array(node: Any) -> AsyncArray[Any] | ForeignArray:
    return node if isinstance(node, AsyncArray) else ForeignArray(node)


def _place(target: StorePath, item: _Item) -> StorePath:
    return target / item.path


def _check_apart(items: list[_Item], target: StorePath) -> None:
    """That nothing is replaced that is copied, or lies above what is copied."""
    replaced = {_place(target, item)._located() for item in items if item.action == "replace"}
    for item in items if replaced else ():
        path = getattr(item.node, "store_path", None)
        if not isinstance(path, StorePath):
            continue
        storage, place = path._located()
        if any((storage, above) in replaced for above in (*parents_of(place), place)):
            raise ValueError(f"{path} would be replaced while it is copied")


# --- doing it


async def _copy_all(items: list[_Item], target: StorePath, dest: AsyncGroup, options: CopyOptions) -> None:
    total = sum(item.nbytes for item in items)
    done = 0
    for item in items:
        start = done

        def progress(part: int, whole: int, item: _Item = item, start: int = start) -> None:
            if options.progress is not None:
                options.progress(start + item.nbytes * part // max(whole, 1), total)

        place = _place(target, item)
        if item.action == "replace":
            await clear_for_overwrite(place)
        attributes = {} if options.without_attrs else _attributes(item.node)
        if item.is_array:
            await copy_array(
                item.node, place, dest.metadata.zarr_format, attributes, options.create_kws, progress
            )
        else:
            await _copy_group(dest, place, attributes)
        done += item.nbytes
    replaced = [_place(target, item).path for item in items if item.is_array or item.action == "replace"]
    await dest._follow(*(_place(target, item).path for item in items), anew=replaced)


def _attributes(node: Any) -> dict[str, Any]:
    if isinstance(node, AsyncArray | GroupFacts):
        return dict(node.metadata.attributes)
    return foreign_attributes(node)


async def _copy_group(dest: AsyncGroup, place: StorePath, attributes: dict[str, Any]) -> None:
    zarr_format = dest.metadata.zarr_format
    found = await io.read_group(place, zarr_format)
    if found is None:
        await io.create_node(place, GroupMetadata(attributes, zarr_format))
    elif attributes:
        await type(dest)(found, place).update_attributes(attributes)
