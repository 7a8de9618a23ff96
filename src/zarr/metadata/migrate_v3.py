"""Metadata of format 2 written again as format 3, over the same chunks; and documents of one format removed.

All is read, converted and checked before anything is written. Documents are written from the leaves to the
root, beside those of format 2, so that an interruption leaves a hierarchy of format 2 as it was.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from zarr.core import run
from zarr.core.array import Array
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.common import ZARR_JSON, ZARRAY_JSON, ZATTRS_JSON, ZGROUP_JSON, ZMETADATA_V2_JSON
from zarr.core.group import AsyncGroup, Group
from zarr.core.keys import join_path
from zarr.core.metadata import ConsolidatedMetadata, GroupMetadata, io
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.errors import NodeNotFoundError, at
from zarr.metadata.as_v3 import array_as_v3, group_as_v3
from zarr.storage._common import StorePath

if TYPE_CHECKING:
    from zarr.abc.store import Store
    from zarr.core.common import ZarrFormat
    from zarr.core.group.members import AsyncNode
    from zarr.core.metadata.io import NodeMetadata
    from zarr.types import AnyArray

__all__ = ["migrate_to_v3", "migrate_v2_to_v3", "remove_metadata"]

_logger = logging.getLogger(__name__)

_V2 = (ZARRAY_JSON, ZGROUP_JSON, ZATTRS_JSON, ZMETADATA_V2_JSON)
_NODES = {2: (ZARRAY_JSON, ZGROUP_JSON), 3: (ZARR_JSON,)}


def migrate_v2_to_v3(*, input_store: Store, output_store: Store | None = None, dry_run: bool = False) -> None:
    """Write the metadata of a whole store of format 2 as format 3.

    Each group and array gets a ``zarr.json``. The documents of format 2 stay as they are, and so do the chunks. Where
    a group has consolidated metadata, so has the new one.

    Parameters
    ----------
    input_store
        What to migrate.
    output_store
        Where to write the documents, without any chunks; beside those of format 2 where None.
    dry_run
        Only log what would be written.

    Raises
    ------
    TypeError
        If the store holds no format 2, only format 3.
    ValueError
        If an array has no form in format 3, or another ``zarr.json`` is already there; nothing is written then.
    """
    target = StorePath(input_store if output_store is None else output_store)
    run.run(_migrate(StorePath(input_store), target, dry_run))


def migrate_to_v3(zarr_v2: AnyArray | Group, output_path: StorePath, dry_run: bool = False) -> None:
    """Write the metadata of an array or group of format 2, with all below it, as format 3.

    Parameters
    ----------
    zarr_v2
        The array or group.
    output_path
        Where to write the documents.
    dry_run
        Only log what would be written.

    Raises
    ------
    TypeError
        If it is of format 3 already.
    ValueError
        As for ``migrate_v2_to_v3``.
    """
    node: AsyncNode = zarr_v2._async_array if isinstance(zarr_v2, Array) else zarr_v2._async_group
    if node.metadata.zarr_format != 2:
        raise TypeError("Only arrays / groups with zarr v2 metadata can be converted")
    run.run(_migrate(node.store_path, output_path, dry_run))


async def remove_metadata(
    store: Store, zarr_format: ZarrFormat, force: bool = False, dry_run: bool = False
) -> None:
    """Delete all metadata documents of one format; chunks stay.

    Parameters
    ----------
    store
        Where they are.
    zarr_format
        The format to delete.
    force
        Delete them even where no documents of the other format are.
    dry_run
        Only log what would be deleted.

    Raises
    ------
    ValueError
        If documents of the other format are missing somewhere; nothing is deleted then.
    """
    changes = await plan_removal(StorePath(store), zarr_format, force=force)
    await changes.carry_out(dry_run)


async def _migrate(source: StorePath, target: StorePath, dry_run: bool) -> None:
    changes = await plan_migration(source, target)
    await changes.carry_out(dry_run)


# --- what is to be done


@dataclass(frozen=True)
class Changes:
    """Documents to write and keys to delete in a store, and the order of it.

    Parameters
    ----------
    store
        The store.
    writes
        Documents by key; deeper keys are written first.
    removed_before, removed_after
        Keys to delete before and after that.
    """

    store: Store
    writes: dict[str, bytes]
    removed_before: tuple[str, ...] = ()
    removed_after: tuple[str, ...] = ()

    @property
    def written(self) -> list[str]:
        """The keys to write, in the order of it: deeper ones first."""
        return sorted(self.writes, key=lambda key: (-key.count("/"), key))

    async def carry_out(self, dry_run: bool = False) -> None:
        """Do it, and log each key; with ``dry_run`` only log."""
        await run.settle(self.store)
        if not dry_run:
            self.store._check_writable()
        await self._delete(self.removed_before, dry_run)
        for _, level in groupby(self.written, key=lambda key: key.count("/")):
            keys = list(level)
            for key in keys:
                _logger.info("Saving metadata to %s/%s", self.store, key)
            if not dry_run:
                await run.gather(self._write, [(key,) for key in keys])
        await self._delete(self.removed_after, dry_run)

    async def _write(self, key: str) -> None:
        await self.store.set(key, buffer_prototype.buffer.from_bytes(self.writes[key]))

    async def _delete(self, keys: Iterable[str], dry_run: bool) -> None:
        for key in keys:
            _logger.info("Deleting metadata at %s/%s", self.store, key)
        if not dry_run:
            await run.gather(self.store.delete, [(key,) for key in keys])


async def plan_migration(
    source: StorePath,
    target: StorePath,
    *,
    overwrite: bool = False,
    force: bool = False,
    remove_v2: bool = False,
) -> Changes:
    """What has to be done to migrate; nothing is written.

    Parameters
    ----------
    source, target
        Node of format 2, and where to write the documents.
    overwrite
        Delete documents of format 3 that are at the target.
    force
        With ``overwrite``: even where there are none of format 2.
    remove_v2
        Delete the documents of format 2 at the target afterwards.
    """
    writes = {
        join_path(target.path, path, ZARR_JSON): bytes(document)
        for path, document in (await _converted(source)).items()
    }
    await run.settle(target.store)
    before = after = Changes(target.store, {})
    if overwrite:
        before = await plan_removal(target, 3, force=force)
    else:
        fresh = await run.gather(_is_new, [(target.store, key, data) for key, data in writes.items()])
        writes = {key: data for (key, data), new in zip(list(writes.items()), fresh, strict=True) if new}
    if remove_v2:
        after = await plan_removal(target, 2, also_there=frozenset(writes))
    return Changes(
        target.store,
        writes,
        tuple(key for key in before.removed_before if key not in writes),
        after.removed_before,
    )


async def _is_new(store: Store, key: str, data: bytes) -> bool:
    """Whether the document is not there; ValueError if another one is."""
    there = await store.get(key, buffer_prototype)
    if there is None:
        return True
    if there.to_bytes() != data:
        raise ValueError(f"{ZARR_JSON} already exists at {store}/{key}; overwrite it, or remove it first")
    return False


async def plan_removal(
    place: StorePath,
    zarr_format: ZarrFormat,
    *,
    force: bool = False,
    also_there: frozenset[str] = frozenset(),
) -> Changes:
    """What has to be deleted to remove the documents of a format; nothing is deleted.

    ``also_there`` are keys of documents that will be there by then.
    """
    other: ZarrFormat = 3 if zarr_format == 2 else 2
    unwanted = _V2 if zarr_format == 2 else (ZARR_JSON,)
    keys = []
    for path, names in await _documents(place):
        keys += [join_path(path, name) for name in unwanted if name in names]
        spared = any(n in names or join_path(path, n) in also_there for n in _NODES[other])
        if not force and not spared and not names.isdisjoint(unwanted):
            raise ValueError(
                f"Cannot remove v{zarr_format} metadata at {place.store}/{keys[-1]} - no v{other} metadata exists. To "
                "delete anyway, use the 'force' option."
            )
    return Changes(place.store, {}, tuple(keys))


async def _documents(place: StorePath) -> list[tuple[str, frozenset[str]]]:
    """Paths at and below a place, and the names of the documents there; inside of arrays none are sought."""
    await run.settle(place.store)
    found, level = [], [place]
    while level:
        names = await run.gather(_documents_at, [(path,) for path in level])
        found += [(path.path, there) for path, (there, _) in zip(level, names, strict=True)]
        groups = [path for path, (_, is_array) in zip(level, names, strict=True) if not is_array]
        below = await run.gather(_children, [(path,) for path in groups])
        level = [child for children in below for child in children]
    return found


async def _documents_at(path: StorePath) -> tuple[frozenset[str], bool]:
    there = await run.gather(path.store.exists, [(join_path(path.path, name),) for name in (*_V2, ZARR_JSON)])
    names = frozenset(name for name, is_there in zip((*_V2, ZARR_JSON), there, strict=True) if is_there)
    if ZARR_JSON not in names:
        return names, ZARRAY_JSON in names
    return names, not isinstance(await io.read_node(path, 3), GroupMetadata)


async def _children(path: StorePath) -> list[StorePath]:
    names = [name async for name in path.store.list_dir(path.path)]
    return [path / name for name in sorted(names) if name not in (*_V2, ZARR_JSON)]


# --- conversion


async def _converted(source: StorePath) -> dict[str, bytes]:
    """The documents of format 3 of a node and all below it, by path relative to it."""
    nodes, consolidated = await _nodes(source)
    converted: dict[str, NodeMetadata] = {}
    for path, metadata in nodes.items():
        with at(f"{source / path}:"):
            if isinstance(metadata, GroupMetadata):
                converted[path] = group_as_v3(metadata)
            else:
                assert isinstance(metadata, ArrayV2Metadata)
                converted[path] = array_as_v3(metadata)
    if consolidated:
        below = ConsolidatedMetadata.of_flat({path: node for path, node in converted.items() if path})
        root: Any = converted[""]
        converted[""] = replace(root, consolidated_metadata=below)
    return {
        path: node.to_buffer_dict(buffer_prototype)[ZARR_JSON].to_bytes() for path, node in converted.items()
    }


async def _nodes(source: StorePath) -> tuple[dict[str, NodeMetadata], bool]:
    """The metadata of a node and all below it by relative path, and whether they were consolidated."""
    metadata = await io.read_node(source, 2)
    if metadata is None:
        if await io.is_node(source, 3):
            raise TypeError(f"{source}: Only arrays / groups with zarr v2 metadata can be converted")
        raise NodeNotFoundError(f"No array or group found in store {source.store} at path {source.path!r}")
    nodes: dict[str, NodeMetadata] = {"": metadata}
    if not isinstance(metadata, GroupMetadata):
        return nodes, False
    group: GroupMetadata | None = await io.read_group(source, 2)
    assert group is not None
    consolidated = group.consolidated_metadata is not None
    # what lies there counts, where it can be listed: consolidated metadata may be behind
    members = AsyncGroup(group, source).members(
        max_depth=None, use_consolidated_for_children=not source.store.supports_listing
    )
    async for path, node in members:
        nodes[path] = node.metadata
    return nodes, consolidated


_convert_array_metadata = array_as_v3  # the name that other packages import

# for the command line
plan = run.blocking(plan_migration)
plan_of_removal = run.blocking(plan_removal)
apply = run.blocking(Changes.carry_out)
