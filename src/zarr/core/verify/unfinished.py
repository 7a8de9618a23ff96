"""What interruptions have left: notes of moves and of changes of shape, temporary files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from zarr.core import run
from zarr.core.array import AsyncArray
from zarr.core.array.resize import finish_change
from zarr.core.group.moving import can_go_on, finish_move, move_node
from zarr.core.keys import join_path, normalize_path
from zarr.core.metadata import io
from zarr.storage._common import StorePath

if TYPE_CHECKING:
    from zarr.core.common import ZarrFormat
    from zarr.core.verify.nodes import Survey
    from zarr.core.verify.report import Report

__all__ = ["DAY", "Leftover", "check_hidden", "check_notes", "clean_at"]

DAY = 86400.0
_NOT_DONE = "do it again to finish it"


class Leftover(NamedTuple):
    """A temporary file, or a directory, that an interrupted write or deletion has left.

    Attributes
    ----------
    name
        Where it is in the store.
    nbytes
        Its size.
    age
        Seconds since it was last changed.
    """

    name: str
    nbytes: int
    age: float


async def clean_at(path: StorePath, older_than: float, *, dry_run: bool) -> list[Leftover]:
    """Delete what is left of interrupted writes at and below a path, if it is old enough."""
    store = path.store
    await run.settle(store)
    if not dry_run:
        store._check_writable()
    now = time.time()
    found = [
        Leftover(hidden.name, hidden.nbytes, max(0.0, now - hidden.modified))
        for hidden in await store._hidden(path.path)
        if hidden.is_temporary and now - hidden.modified >= older_than
    ]
    if not dry_run:
        await run.gather(store._remove_hidden, [(leftover.name,) for leftover in found])
    return sorted(found)


async def check_hidden(root: StorePath, report: Report, *, repair: bool) -> None:
    """Add a problem for each thing that listings pass over; with ``repair``, delete old temporary files."""
    found = await root.store._hidden(root.path)
    removed = {leftover.name for leftover in await clean_at(root, DAY, dry_run=False)} if repair else set()
    for hidden in sorted(found):
        path = hidden.name.rpartition("/")[0]
        if hidden.is_temporary:
            age = max(0.0, time.time() - hidden.modified)
            message = f"{hidden.nbytes} bytes of a write that was interrupted, or goes on: last changed {age:.0f} s ago"
            report.add("temporary", path, hidden.name, message, repaired=hidden.name in removed)
        else:
            report.add(
                "unreadable", path, hidden.name, "it is neither a file nor a directory, nor leads to one"
            )


async def check_notes(root: StorePath, found: Survey, report: Report, *, repair: bool) -> bool:
    """Add a problem for each note of something unfinished; with ``repair``, finish it. Whether anything changed."""
    before = len(report.problems)
    for path, names in sorted(found.documents.items()):
        place = StorePath(root.store, path)
        if io.UNFINISHED_RESIZE in names:
            await _check_resize(place, report, repair)
        if io.UNFINISHED_MOVE in names:
            await _check_move(place, root, report, repair)
    return any(problem.repaired for problem in report.problems[before:])


async def _check_resize(place: StorePath, report: Report, repair: bool) -> None:
    key = join_path(place.path, io.UNFINISHED_RESIZE)
    message = "a change of shape was interrupted; the array is whole, and stored data outside of it are not cleared yet"
    if not repair:
        report.add("unfinished", place.path, key, message)
        return
    try:
        metadata = await io.read_array(place)
        if metadata is None:
            raise ValueError("there is no array here")
        await finish_change(AsyncArray(metadata, place))
    except Exception as error:
        report.add("unfinished", place.path, key, f"{message}; this cannot be repaired: {error}")
    else:
        report.add("unfinished", place.path, key, message, repaired=True)


async def _check_move(place: StorePath, root: StorePath, report: Report, repair: bool) -> None:
    key = join_path(place.path, io.UNFINISHED_MOVE)
    try:
        note = await io.read_note(place, io.UNFINISHED_MOVE)
        source = (note or {}).get("moved_from")
        message = f"the move of {source!r} to here was interrupted; {_NOT_DONE}"
        if repair:
            await _finish_move(_source_of(source, place, root), place)
    except Exception as error:
        report.add(
            "unfinished", place.path, key, f"a move to here was interrupted, and cannot be finished: {error}"
        )
    else:
        report.add("unfinished", place.path, key, message, repaired=repair)


def _source_of(source: object, dest: StorePath, root: StorePath) -> StorePath:
    """Where a note says that something is moved from, if that can be believed."""
    if not isinstance(source, str) or not source or normalize_path(source) != source:
        raise ValueError(f"the note names no path, but {source!r}")
    if root.path and not f"{source}/".startswith(f"{root.path}/"):
        raise ValueError(f"the source, {source!r}, is not below {root}")
    if f"{source}/".startswith(f"{dest.path}/") or f"{dest.path}/".startswith(f"{source}/"):
        raise ValueError(f"the source, {source!r}, and {dest.path!r} are one inside the other")
    return StorePath(dest.store, source)


async def _finish_move(source: StorePath, dest: StorePath) -> None:
    if not await can_go_on(source, dest):
        raise ValueError(f"there is something here that is not in the source, {source}")
    zarr_format: ZarrFormat = 3 if await io.is_node(source, 3) or await io.is_node(dest, 3) else 2
    await move_node(source, dest, zarr_format)
    await finish_move(dest)
