"""Verifying a hierarchy: its keys are listed twice, for the documents and then for all else.

So the memory that is taken does not grow with the number of chunks.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from zarr.core import run
from zarr.core.array.copying import Progress
from zarr.core.config import allows_pickle
from zarr.core.metadata import GroupMetadata
from zarr.core.verify.chunks import Checked, check_chunks
from zarr.core.verify.consolidated import check_consolidated
from zarr.core.verify.keys import ArrayKeys, KeysOfArrays, delete_outside
from zarr.core.verify.nodes import Survey, check_places, read_nodes, survey
from zarr.core.verify.report import Report
from zarr.core.verify.unfinished import check_hidden, check_notes
from zarr.errors import NodeNotFoundError, PickleCodecDisabledError, UnknownCodecError
from zarr.storage._common import StorePath

if TYPE_CHECKING:
    from zarr.core.verify.nodes import Node

__all__ = ["verify_at"]

_CANNOT_DECODE = (PickleCodecDisabledError, UnknownCodecError)


async def verify_at(
    root: StorePath,
    *,
    repair: bool = False,
    delete: bool = False,
    data: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Look at everything at and below a place; see ``zarr.verify``."""
    start = time.monotonic()
    store = root.store
    await run.settle(store)
    if repair:
        store._check_writable()
    if not store.supports_listing:
        raise ValueError(f"{store} cannot list its keys, so nothing can be said about what is there")
    report = Report(str(root))
    found = await survey(root)
    if await check_notes(root, found, report, repair=repair):
        found = await survey(root)
    if not found.documents:
        raise NodeNotFoundError(store, root.path)
    nodes = await read_nodes(root, found, report)
    check_places(root.path, nodes, report)
    await _check_keys(root, found, nodes, report, data, progress, repair and delete)
    await check_consolidated(root, nodes, report, repair=repair)
    await check_hidden(root, report, repair=repair)
    _count(nodes, report)
    report.seconds = time.monotonic() - start
    return report


def _count(nodes: dict[str, Node], report: Report) -> None:
    report.nodes = len(nodes)
    for node in nodes.values():
        if isinstance(node.metadata, GroupMetadata):
            report.groups += 1
        elif node.metadata is not None:
            report.arrays += 1


async def _check_keys(
    root: StorePath,
    found: Survey,
    nodes: dict[str, Node],
    report: Report,
    data: bool,
    progress: Progress | None,
    delete: bool,
) -> None:
    keys = KeysOfArrays(root, nodes, report)
    unchecked: set[str] = set()
    done = 0
    async for batch in keys.batches():
        if data:
            await _check_batch(batch, report, unchecked)
        done += len(batch.waiting)
        if progress is not None:
            await run.ask(progress, done, max(done, found.others))
    if progress is not None and done < found.others:  # the rest are keys of nothing
        await run.ask(progress, found.others, found.others)
    for several in keys.arrays.values():
        report.chunks += sum(array.stored for array in several)
        report.missing += several[0].missing if several else 0
    for path, outside in keys.outside.items():
        deleted = await delete_outside(StorePath(root.store, path), outside) if delete else set()
        for key in outside:
            message = "it is a chunk outside of its array, which would come back if the array grew"
            report.add("outside", path, key, message, repaired=key in deleted)


async def _check_batch(batch: ArrayKeys, report: Report, unchecked: set[str]) -> None:
    """Decode chunks of an array; ``unchecked`` are paths of arrays of which that is known to be impossible."""
    path = batch.array.path
    if path in unchecked:
        return
    if batch.array._bound.pickles and not allows_pickle():
        unchecked.add(path)
        report.add("unchecked", path, "", "its chunks are pickled, and are not unpickled to look at them")
        return
    for checked in await check_chunks(batch.array, batch.waiting):
        if isinstance(checked.error, _CANNOT_DECODE):
            if path not in unchecked:
                unchecked.add(path)
                report.add("unchecked", path, "", checked.error)
        else:
            _add(path, checked, batch, report)


def _add(path: str, checked: Checked, batch: ArrayKeys, report: Report) -> None:
    findings, error = checked.findings, checked.error
    if error is not None:
        report.add("unreadable", path, checked.key, f"{type(error).__name__}: {error}")
    elif findings is None:  # it was deleted meanwhile
        batch.stored -= 1
    else:
        report.bytes += findings.nbytes
        for message in findings.errors:
            report.add("chunk", path, checked.key, message)
        if findings.omitted:
            report.add("chunk", path, checked.key, f"and {findings.omitted} more inner chunks")
