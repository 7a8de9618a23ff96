"""Writing a value to the chunks of a plan.

A chunk that is wholly covered is encoded from the value and stored; one that is partly covered is read, patched
and stored under its key's lock, so that threads which write different parts of it all win.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.core import run
from zarr.core.buffer.cpu import Buffer
from zarr.core.chunk_io.drive import drive, drive_async, threads_for
from zarr.core.run.locks import key_lock, locked
from zarr.core.shard import write_part
from zarr.errors import ChunkError

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.chunk_io.bound import BoundArray
    from zarr.core.indexing import ChunkProjection, Indexer

__all__ = ["write_chunks"]


async def write_chunks(bound: BoundArray, indexer: Indexer, value: npt.NDArray[Any]) -> None:
    """Store ``value``, of the indexer's shape, where the plan selects.

    Raises
    ------
    ChunkError
        If a chunk that is partly covered cannot be decoded; the message names it.
    """
    if bound.waits_not:
        if run.is_inline():
            write_plainly(bound, indexer, value)
        else:
            await run.call(write_plainly, bound, indexer, value)
        return
    await run.settle(bound.store)
    one = partial(_write_one_async, bound, indexer.drop_axes, value)
    await run.gather(one, ((projection,) for projection in indexer))


def write_plainly(bound: BoundArray, indexer: Indexer, value: npt.NDArray[Any]) -> None:
    """``write_chunks`` where nothing waits."""
    jobs = indexer.nchunks
    one = partial(_write_one, bound, indexer.drop_axes, value, jobs == 1)
    run.share_out(one, indexer, threads_for(jobs, bound.chunk_nbytes))


def _write_one(
    bound: BoundArray,
    drop_axes: tuple[int, ...],
    value: npt.NDArray[Any],
    alone: bool,
    projection: ChunkProjection,
) -> None:
    coords, selection, value_selection, complete = projection
    key, chain = bound.key(coords), bound.chain(coords)
    store: Any = bound.store
    part = np.asarray(value[value_selection]) if value.ndim else value
    steps = write_part(chain, selection, drop_axes, part, complete)
    lock = key_lock(store._lock_scope, key)
    try:
        if complete:
            data = drive(bound, key, steps, alone=alone)
            with lock:
                _store(store, key, data)
        else:
            with lock:
                _store(store, key, drive(bound, key, steps, alone=alone))
    except ChunkError as error:
        raise bound.named(error, key) from error


def _store(store: Any, key: str, data: Any) -> None:
    if data is None:
        store.delete_sync(key)
    else:
        store.set_sync(key, Buffer.from_bytes(data))


async def _write_one_async(
    bound: BoundArray, drop_axes: tuple[int, ...], value: npt.NDArray[Any], projection: ChunkProjection
) -> None:
    coords, selection, value_selection, complete = projection
    key, chain = bound.key(coords), bound.chain(coords)
    part = np.asarray(value[value_selection]) if value.ndim else value
    steps = write_part(chain, selection, drop_axes, part, complete)
    try:
        async with locked(bound.store._lock_scope, key):
            data = await drive_async(bound, key, steps)
            if data is None:
                await bound.store.delete(key)
            else:
                await bound.store.set(key, Buffer.from_bytes(_own(data, value)))
    except ChunkError as error:
        raise bound.named(error, key) from error


def _own(data: Any, value: npt.NDArray[Any]) -> Any:
    """The bytes in memory that is not the caller's, which a store may keep."""
    if isinstance(data, np.ndarray) and np.may_share_memory(data, value):
        return data.copy()
    return data
