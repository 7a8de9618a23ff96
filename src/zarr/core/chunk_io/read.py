"""Reading the chunks of a plan into an array.

Where nothing waits, each chunk is a few plain calls, shared out over threads if there are many; else they are
fetched together under a limit.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from zarr.core import later, run
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.chunk_io.decoded import Decoded, keeps_decoded
from zarr.core.chunk_io.drive import (
    FEWEST_TOGETHER,
    SMALL_JOB_BYTES,
    chunks_in_flight,
    drive,
    read_shard,
    read_shard_async,
    threads_for_chunks,
)
from zarr.core.shard import (
    Known,
    array_part,
    decode_to_place,
    put_back,
    read_kept,
    read_part,
    read_to_place,
    target_of,
)
from zarr.errors import ChunkError

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.chunk_io import together as together
    from zarr.core.chunk_io.bound import BoundArray
    from zarr.core.indexing import ChunkProjection, Indexer
else:
    together = later("zarr.core.chunk_io.together")

__all__ = ["read_chunks"]


async def read_chunks(bound: BoundArray, indexer: Indexer, out: npt.NDArray[Any]) -> None:
    """Fill ``out``, of the indexer's shape, with what the plan selects.

    Raises
    ------
    ChunkError
        If a chunk cannot be decoded; the message names it.
    ChunkNotFoundError
        If a chunk is missing and the array's config says that this is an error.
    """
    if bound.waits_not:
        if run.is_inline():
            read_plainly(bound, indexer, out)
        else:
            await run.call(read_plainly, bound, indexer, out)
        return
    await run.settle(bound.store)
    one = partial(_read_one_async, bound, indexer.drop_axes, out)
    await run.gather(one, ((projection,) for projection in indexer), chunks_in_flight(bound))


def read_plainly(bound: BoundArray, indexer: Indexer, out: npt.NDArray[Any]) -> None:
    """``read_chunks`` where nothing waits."""
    jobs = indexer.nchunks
    kept = keeps_decoded(bound)
    many = jobs >= FEWEST_TOGETHER and not kept and bound.reads_together(indexer)
    if many and together.read_together(bound, indexer, out):
        return
    read_one = _read_one_kept if kept else _read_one
    if jobs == 1:
        for projection in indexer:
            read_one(bound, indexer.drop_axes, out, True, projection)
        return
    one = partial(read_one, bound, indexer.drop_axes, out, False)
    run.share_out(one, indexer, threads_for_chunks(bound, jobs), count=jobs)


def _read_one(
    bound: BoundArray,
    drop_axes: tuple[int, ...],
    out: npt.NDArray[Any],
    alone: bool,
    projection: ChunkProjection,
) -> None:
    coords, selection, out_selection, _ = projection
    key, chain = bound.key(coords), bound.chain(coords)
    try:
        if chain.shard is None:
            found: bool | None = False
            if chain.is_copy and bound.reads_into and out.dtype == chain.dtype:
                read = partial(bound.store._read_into_sync, key, size=chain.nbytes)
                found = read_to_place(read, chain, drop_axes, out, projection)
            if found is False:
                data = bound.store.get_sync(key, prototype=buffer_prototype)  # type: ignore[attr-defined]
                if data is not None:
                    decode_to_place(chain, data.as_numpy_array(), drop_axes, out, projection)
                    return
            elif found:
                return
        else:
            target = target_of(out, out_selection)
            begin = partial(read_part, chain, selection, drop_axes, target)
            if read_shard(bound, key, begin, alone=alone):
                put_back(out, out_selection, target)
                return
    except ChunkError as error:
        raise bound.named(error, key) from error
    _finish(bound, key, out, out_selection, out, False)


def _read_one_kept(
    bound: BoundArray,
    drop_axes: tuple[int, ...],
    out: npt.NDArray[Any],
    alone: bool,
    projection: ChunkProjection,
) -> None:
    """``_read_one`` by chunks that are kept decoded."""
    coords, selection, out_selection, _ = projection
    key, chain = bound.key(coords), bound.chain(coords)
    kept, target = Decoded(bound, key, chain), target_of(out, out_selection)
    begin = partial(read_part, chain, selection, drop_axes, target)
    try:
        found = read_kept(chain, selection, drop_axes, target, kept)
        if not found and chain.shard is None:
            found = drive(bound, key, begin(Known(chunks=kept)), alone=alone)
        elif not found:
            found = read_shard(bound, key, begin, alone=alone, kept=kept)
    except ChunkError as error:
        raise bound.named(error, key) from error
    kept.keep()
    _finish(bound, key, out, out_selection, target, found)


def _finish(
    bound: BoundArray,
    key: str,
    out: npt.NDArray[Any],
    out_selection: Any,
    target: npt.NDArray[Any],
    found: bool,
) -> None:
    """Put what was read where it belongs; if there is no chunk, the fill value."""
    if found:
        put_back(out, out_selection, target)
    elif bound.config.read_missing_chunks:
        out[array_part(out, out_selection)] = bound.fill_value
    else:
        raise bound.missing(key)


async def _read_one_async(
    bound: BoundArray, drop_axes: tuple[int, ...], out: npt.NDArray[Any], projection: ChunkProjection
) -> None:
    coords, selection, out_selection, _ = projection
    key, chain = bound.key(coords), bound.chain(coords)
    target = target_of(out, out_selection)
    begin = partial(read_part, chain, selection, drop_axes, target)
    kept = Decoded(bound, key, chain) if keeps_decoded(bound) else None
    try:
        if kept is not None and read_kept(chain, selection, drop_axes, target, kept):
            found = True
        elif chain.shard is not None:
            found = await read_shard_async(bound, key, begin, kept)
        else:
            found = await _read_whole_async(bound, key, begin(Known(chunks=kept)))
    except ChunkError as error:
        raise bound.named(error, key) from error
    if kept is not None:
        kept.keep()
    _finish(bound, key, out, out_selection, target, found)


async def _read_whole_async(bound: BoundArray, key: str, steps: Any) -> bool:
    next(steps)
    buffer = await bound.store.get(key, buffer_prototype)
    answer = [None if buffer is None else buffer.as_numpy_array()]

    def finish() -> bool:
        try:
            steps.send(answer)
        except StopIteration as stop:
            return bool(stop.value)
        raise AssertionError("a chunk that is no shard is read in one step")

    if buffer is None or bound.chunk_nbytes < SMALL_JOB_BYTES:
        return finish()
    return await run.call(finish)
