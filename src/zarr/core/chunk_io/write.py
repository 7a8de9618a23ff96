"""Writing a value to the chunks of a plan.

A chunk that is wholly covered is encoded from the value and stored; one that is partly covered is read, patched
and stored under its key's lock, so that threads which write different parts of it all win; and processes, where
the store has locks between them. A chunk that reaches past the array is never wholly covered: others may have made the
array larger since, and put data there.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.core import later, run
from zarr.core.buffer.cpu import Buffer
from zarr.core.chunk_io.conditional import patch_if_unchanged
from zarr.core.chunk_io.drive import FEWEST_TOGETHER, chunks_in_flight, drive, drive_async, threads_for_chunks
from zarr.core.run.locks import entered, key_lock, locked
from zarr.core.shard import encode_whole, write_part
from zarr.errors import ChunkError
from zarr.storage._versions import has_versions

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.store import Store
    from zarr.core.chunk_io import together as together
    from zarr.core.chunk_io.bound import BoundArray
    from zarr.core.codec_chain import CodecChain
    from zarr.core.indexing import ChunkProjection, Indexer
else:
    together = later("zarr.core.chunk_io.together")

__all__ = ["write_chunks"]


async def write_chunks(
    bound: BoundArray, indexer: Indexer, value: npt.NDArray[Any], fields: list[str] | None = None
) -> None:
    """Store ``value``, of the indexer's shape, where the plan selects; of ``fields`` only those, if given.

    Raises
    ------
    ChunkError
        If a chunk that is partly covered cannot be decoded; the message names it.
    """
    if bound.waits_not:
        if run.is_inline():
            write_plainly(bound, indexer, value, fields)
        else:
            await run.call(write_plainly, bound, indexer, value, fields)
        return
    await run.settle(bound.store)
    one = partial(_write_one_async, bound, indexer.drop_axes, value, fields)
    await run.gather(one, ((projection,) for projection in indexer), chunks_in_flight(bound))


def write_plainly(
    bound: BoundArray, indexer: Indexer, value: npt.NDArray[Any], fields: list[str] | None
) -> None:
    """``write_chunks`` where nothing waits."""
    jobs: int = indexer.nchunks
    projections: Iterable[ChunkProjection] = indexer
    made = _made_of(value)
    if jobs >= FEWEST_TOGETHER and fields is None and bound.writes_together(alike=made is not None):
        left = together.write_together(bound, indexer, value)
        if left is not None:
            if not left:
                return
            projections = [p for p in indexer if p.chunk_coords in left]
            jobs = len(left)
    one = partial(_write_one, bound, indexer.drop_axes, value, fields, made, jobs == 1)
    run.share_out(one, projections, threads_for_chunks(bound, jobs), count=jobs)


def _made_of(value: npt.NDArray[Any]) -> dict[CodecChain, Any] | None:
    """Where to keep the bytes of whole chunks, by their codecs, if all are of one and the same element."""
    return {} if value.size > 1 and not any(value.strides) and value.dtype.kind != "O" else None


def _write_one(
    bound: BoundArray,
    drop_axes: tuple[int, ...],
    value: npt.NDArray[Any],
    fields: list[str] | None,
    made: dict[CodecChain, Any] | None,
    alone: bool,
    projection: ChunkProjection,
) -> None:
    coords, selection, value_selection, covers = projection
    open_ended = bound.grid.is_open_ended(coords)
    key, chain = bound.key(coords), bound.chain(coords)
    store: Any = bound.store
    complete = covers and fields is None and not open_ended
    if complete and made is not None and chain in made:
        bound.put(key, made[chain])
        return
    part = np.asarray(value[value_selection]) if value.ndim else value
    begin = partial(write_part, chain, selection, drop_axes, part, covers, fields, open_ended=open_ended)
    try:
        if complete:
            if chain.shard is None:
                data = encode_whole(chain, selection, drop_axes, part)
            else:
                data = drive(bound, key, begin(), alone=alone)
            if made is not None:
                made[chain] = data
            bound.put(key, data)
            return
        with key_lock(store._lock_scope, key):
            stored = False
            while not stored:
                with bound.exclusion(key) as there:
                    data = drive(bound, key, begin(), alone=alone)
                    stored = _store(store, key, data, new=there is False)
    except ChunkError as error:
        raise bound.named(error, key) from error


def _store(store: Any, key: str, data: Any, *, new: bool) -> bool:
    """Store the bytes of a chunk; False if it was to be a ``new`` one, and another writer made one meanwhile."""
    if data is not None:
        value = Buffer.from_bytes(data)
        if new:
            return store.set_if_not_exists_sync(key, value) is not False
        store.set_sync(key, value)
    elif not new:
        store.delete_sync(key)
    return True


async def _write_one_async(
    bound: BoundArray,
    drop_axes: tuple[int, ...],
    value: npt.NDArray[Any],
    fields: list[str] | None,
    projection: ChunkProjection,
) -> None:
    coords, selection, value_selection, covers = projection
    open_ended = bound.grid.is_open_ended(coords)
    complete = covers and fields is None and not open_ended
    key, chain = bound.key(coords), bound.chain(coords)
    part = np.asarray(value[value_selection]) if value.ndim else value
    begin = partial(write_part, chain, selection, drop_axes, part, covers, fields, open_ended=open_ended)
    try:
        async with locked(bound.store._lock_scope, key):
            if not complete and has_versions(bound.store):
                await patch_if_unchanged(bound, key, chain, begin)
                return
            stored = False
            while not stored:
                async with entered(bound.exclusion(key)) as there:
                    data = _own(await drive_async(bound, key, begin()), value)
                    stored = await _store_async(bound.store, key, data, new=there is False and not complete)
    except ChunkError as error:
        raise bound.named(error, key) from error


async def _store_async(store: Store, key: str, data: Any, *, new: bool) -> bool:
    if data is not None:
        buffer = Buffer.from_bytes(data)
        if new:
            return await store.set_if_not_exists(key, buffer) is not False
        await store.set(key, buffer)
    elif not new:
        await store.delete(key)
    return True


def _own(data: Any, value: npt.NDArray[Any]) -> Any:
    """The bytes in memory that is not the caller's, which a store may keep."""
    if isinstance(data, np.ndarray) and np.may_share_memory(data, value):
        return data.copy()
    return data
