"""Copying and moving between places. Loads NumPy.

Nothing is copied into itself, and a source is deleted only when it is all elsewhere.
"""

from __future__ import annotations

import errno
import os
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zarr.api import synchronous
from zarr.cli import nodes
from zarr.cli.command import CommandError
from zarr.cli.output import ProgressBar, say, say_json
from zarr.core.array import Array

if TYPE_CHECKING:
    from zarr.cli.places import Place
    from zarr.core.common import ZarrFormat
    from zarr.core.group import Group

__all__ = ["copy", "move"]

Counts = tuple[int, int, int]
"""Nodes copied, nodes skipped, bytes."""
MadeAs = Callable[[int], dict[str, Any]]


def copy(source: Place, dest: Place, args: Namespace, made_as: MadeAs) -> None:
    """Copy a node and say what was done; ``made_as`` has the options for arrays that are made, of a format."""
    _check_apart(source, dest)
    log: list[str] = []
    options = {
        "shallow": args.shallow,
        "without_attrs": args.without_attrs,
        "if_exists": args.if_exists,
        "dry_run": args.dry_run,
        "log": log.append,
    }
    copied, skipped, size = _copy(source, dest, args.zarr_format, options, made_as)
    if args.json:
        say_json({"dry_run": args.dry_run, "copied": copied, "skipped": skipped, "bytes": size, "log": log})
        return
    if args.dry_run or args.verbose:
        for line in log:
            say(line)
    say(f"{'would copy' if args.dry_run else 'copied'} {copied} nodes, {size} bytes; skipped {skipped}")


def move(source: Place, dest: Place, args: Namespace) -> None:
    """Move a node."""
    _check_apart(source, dest)
    _check_movable(source, dest)
    there = nodes.is_node(dest)
    if there and args.if_exists == "raise":
        raise CommandError(f"{dest} exists; --if-exists replace deletes it first")
    if args.dry_run:
        say(f"would move {source} to {dest}" + ", which would be deleted first" * there)
        return
    if there:
        nodes.delete(dest)
    if source.store == dest.store:
        with nodes.opened_group(replace(source, path=""), "r+") as root:
            root.move(source.path, dest.path)
    elif not _renamed(source, dest):
        _copy(source, dest, None, {})
        nodes.delete(source)


def _renamed(source: Place, dest: Place) -> bool:
    """Rename the folder of a whole store; False where that cannot be done."""
    if source.path or dest.path or not source.is_local or not dest.is_local:
        return False
    if Path(source.store).is_file() or dest.names_a_file:
        return False
    _check_free(dest)
    try:
        os.rename(source.store, dest.store)
    except OSError as error:
        if error.errno != errno.EXDEV:  # another disk
            raise
        return False
    return True


# --- copying


def _copy(
    source: Place,
    dest: Place,
    zarr_format: ZarrFormat | None,
    options: dict[str, Any],
    made_as: MadeAs = lambda zarr_format: {},
) -> Counts:
    with nodes.opened(source) as node, ProgressBar(f"copying {source}") as bar:
        wanted: ZarrFormat = zarr_format or node.metadata.zarr_format
        if isinstance(node, Array) and not dest.path:
            return _copy_to_root(node, dest, wanted, bar, **options, **made_as(wanted))
        with _root_group(dest, zarr_format, wanted, options.get("dry_run", False)) as root:
            new = made_as(root.metadata.zarr_format)
            if dest.path or isinstance(node, Array):
                return synchronous.copy(node, root, dest.path, progress=bar, **options, **new)
            counts = synchronous.copy_all(node, root, progress=bar, **options, **new)
            if not options.get("dry_run") and node.metadata.consolidated_metadata is not None:
                synchronous.consolidate_metadata(root.store)
            return counts


def _copy_to_root(
    array: Array[Any],
    dest: Place,
    zarr_format: ZarrFormat,
    progress: Callable[[int, int], object],
    *,
    if_exists: str = "raise",
    dry_run: bool = False,
    without_attrs: bool = False,
    shallow: bool = False,
    log: Callable[[str], object] = lambda line: None,
    **made_as: Any,
) -> Counts:
    """An array that becomes the root of a store; what ``zarr.copy`` cannot do, which copies into groups."""
    there = nodes.is_node(dest)
    if there and if_exists == "raise":
        raise CommandError(f"{dest} exists; --if-exists says whether to skip or replace it")
    if there and if_exists == "skip":
        log(f"skip {dest}")
        return 0, 1, 0
    log(f"copy {array.name} {array.shape} {array.dtype} to {dest}")
    if not there:
        _check_free(dest)
    if not dry_run:
        made = synchronous.from_array(
            dest.store,
            data=array,
            overwrite=there,
            zarr_format=zarr_format,
            attributes={} if without_attrs else None,
            storage_options=dest.options,
            progress=progress,
            **made_as,
        )
        made.store.close()
    return 1, 0, array.nbytes


@contextmanager
def _root_group(
    dest: Place, required: ZarrFormat | None, wanted: ZarrFormat, dry_run: bool
) -> Iterator[Group]:
    """The root group of a store, made where there is none; on a dry run one in memory in its place."""
    root = replace(dest, text=dest.store, path="")
    if nodes.is_node(root):
        with nodes.opened_group(root, "r+") as group:
            if required not in (None, group.metadata.zarr_format):
                raise CommandError(f"{root} has Zarr format {group.metadata.zarr_format}, not {required}")
            yield group
        return
    _check_free(root)
    group = synchronous.create_group(
        {} if dry_run else root.store,
        zarr_format=wanted,
        storage_options=None if dry_run else root.options,
    )
    try:
        yield group
    finally:
        group.store.close()


# --- what must not happen


def _check_apart(source: Place, dest: Place) -> None:
    a, b = _full(source), _full(dest)
    if a == b:
        raise CommandError(f"{source} and {dest} are the same place")
    if a.startswith(b + "/") or b.startswith(a + "/"):
        raise CommandError(f"one of {source} and {dest} is in the other")


def _check_movable(source: Place, dest: Place) -> None:
    """Raise CommandError unless a move can be carried out: before what is at its end is deleted."""
    with nodes.opened(source):
        nodes.check_own(source)  # else what is not of Zarr would have to stay behind
    if source.store == dest.store:
        with nodes.opened_group(replace(source, text=source.store, path="")) as root:
            if source.path not in root:
                raise CommandError(f"{source} is no member of the group {root.store_path} that it lies in")


def _check_free(dest: Place) -> None:
    """Raise CommandError where a folder has files that are not of Zarr."""
    folder = Path(dest.store)
    if dest.is_local and folder.exists() and (folder.is_file() or any(folder.iterdir())):
        raise CommandError(f"{dest} is there and is no Zarr array or group; choose another place")


def _full(place: Place) -> str:
    store = Path(os.path.realpath(place.store)).as_posix() if place.is_local else place.store
    return f"{store}/{place.path}".rstrip("/")
