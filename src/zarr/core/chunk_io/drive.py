"""Driving the generators of ``core.shard`` against a key of a store, without waiting or with.

A reader that takes several reads sees one state of the value: where two reads saw different ones, it begins again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from zarr.abc.ranges import ByteRequest, coalesce
from zarr.abc.store import Store
from zarr.core import run
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.chunk_io.reading import Reading, ValueChanged, attempts
from zarr.core.config import settings
from zarr.core.run.pool import workers
from zarr.core.shard import Fetch, Jobs, Known, Steps

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from zarr.abc.buffer import Buffer
    from zarr.core.chunk_io.bound import BoundArray
    from zarr.core.chunk_io.decoded import Decoded

__all__ = [
    "FEWEST_TOGETHER",
    "SMALL_JOB_BYTES",
    "chunks_in_flight",
    "drive",
    "drive_async",
    "read_shard",
    "read_shard_async",
    "threads_for",
    "threads_for_chunks",
]

Begin: TypeAlias = Callable[[Known], Steps]

SMALL_JOB_BYTES = 1 << 15
"""Chunks below this size decode faster than threads hand over the interpreter's lock."""
_SMALL_COPY_BYTES = 1 << 17
"""The same of chunks that are only copied in memory."""

FEWEST_TOGETHER = 16
"""Small chunks that are worth it to be read or written in groups."""
_IN_FLIGHT_BYTES = 1 << 28
_IN_FLIGHT_AT_LEAST = 10


def chunks_in_flight(bound: BoundArray) -> int:
    """How many chunks are fetched at once from a store that waits: few of those that are large."""
    room = _IN_FLIGHT_BYTES // max(bound.chunk_nbytes, 1)
    return min(int(settings.get("async.concurrency")), max(room, _IN_FLIGHT_AT_LEAST))


def threads_for(jobs: int, nbytes: int, small: int = SMALL_JOB_BYTES) -> int:
    """How many threads are worth it for so many jobs of so many bytes each, where less than ``small`` is not."""
    if jobs < 2 or nbytes < small:
        return 1
    return min(workers(), jobs)


def threads_for_chunks(bound: BoundArray, count: int) -> int:
    """How many threads are worth it for so many chunks."""
    copied = bound.store._is_memory and bound.is_copy
    return threads_for(count, bound.chunk_nbytes, _SMALL_COPY_BYTES if copied else SMALL_JOB_BYTES)


def _seen(
    found: Sequence[Buffer | None], step: Fetch, reading: Reading | None
) -> list[npt.NDArray[np.uint8] | None]:
    if reading is not None:
        reading.saw(found, whole=step.ranges == (None,))
    return [None if buffer is None else buffer.as_numpy_array() for buffer in found]


def read_shard(bound: BoundArray, key: str, begin: Begin, *, alone: bool, kept: Decoded | None = None) -> Any:
    """Drive the reader that ``begin`` makes, on one state of the shard; inner chunks go to what is ``kept``."""
    for reading in attempts(bound, key, kept):
        try:
            result = drive(bound, key, begin(reading.known), alone=alone, reading=reading)
        except ValueChanged:
            continue
        except Exception:  # a kept index may ask for what is not there any more
            if reading.from_cache:
                continue
            raise
        if reading.proven:
            reading.keep()
            return result
    raise AssertionError("a shard that is read as a whole does not change")


async def read_shard_async(bound: BoundArray, key: str, begin: Begin, kept: Decoded | None = None) -> Any:
    """``read_shard`` where the store waits."""
    for reading in attempts(bound, key, kept):
        try:
            result = await drive_async(bound, key, begin(reading.known), reading)
        except ValueChanged:
            continue
        except Exception:
            if reading.from_cache:
                continue
            raise
        if reading.proven:
            reading.keep()
            return result
    raise AssertionError("a shard that is read as a whole does not change")


def drive(bound: BoundArray, key: str, steps: Steps, *, alone: bool, reading: Reading | None = None) -> Any:
    """Run a generator to its end; ``alone`` means that its jobs may use the pool."""
    store: Any = bound.store
    answer: Any = None
    try:
        while True:
            step = steps.send(answer)
            if isinstance(step, Fetch):
                answer = _seen(_fetch(store, key, step.ranges, bound), step, reading)
            else:
                _do(step, bound, alone)
                answer = None
    except StopIteration as stop:
        return stop.value


def _do(step: Jobs, bound: BoundArray, alone: bool) -> None:
    jobs = len(step.items)
    if jobs == 1:
        step.function(step.items[0])
        return
    threads = threads_for(jobs, bound.chunk_nbytes // max(jobs, 1)) if alone and jobs else 1
    run.share_out(step.function, step.items, threads)


def _fetch(
    store: Any, key: str, ranges: Sequence[ByteRequest | None], bound: BoundArray
) -> Sequence[Buffer | None]:
    if len(ranges) == 1:
        return [store.get_sync(key, prototype=buffer_prototype, byte_range=ranges[0])]
    found = store.get_ranges_sync(
        key,
        ranges,
        prototype=buffer_prototype,
        max_gap_bytes=bound.config.sharding_coalesce_max_gap_bytes,
        max_coalesced_bytes=bound.config.sharding_coalesce_max_bytes,
    )
    return _in_order(found, len(ranges))


def _in_order(found: Sequence[tuple[int, Buffer | None]], count: int) -> list[Buffer | None]:
    out: list[Buffer | None] = [None] * count
    for i, data in found:
        out[i] = data
    return out


async def drive_async(bound: BoundArray, key: str, steps: Steps, reading: Reading | None = None) -> Any:
    """Run a generator to its end where the store waits; heavy jobs go to the pool."""
    answer: Any = None
    try:
        while True:
            step = steps.send(answer)
            if isinstance(step, Fetch):
                answer = _seen(await _fetch_async(bound, key, step.ranges), step, reading)
            elif bound.chunk_nbytes < SMALL_JOB_BYTES:
                _do(step, bound, False)
                answer = None
            else:
                answer = await run.call(_do, step, bound, False)
    except StopIteration as stop:
        return stop.value


async def _fetch_async(
    bound: BoundArray, key: str, ranges: Sequence[ByteRequest | None]
) -> Sequence[Buffer | None]:
    store, config = bound.store, bound.config
    if len(ranges) == 1:
        return [await store.get(key, buffer_prototype, ranges[0])]
    limits = {
        "max_gap_bytes": config.sharding_coalesce_max_gap_bytes,
        "max_coalesced_bytes": config.sharding_coalesce_max_bytes,
    }
    if type(store).get_ranges is Store.get_ranges:  # which has to read one range after the other
        return await _fetch_together(store, key, ranges, limits)
    found: list[tuple[int, Buffer | None]] = []
    async for batch in store.get_ranges(key, ranges, prototype=buffer_prototype, **limits):
        found.extend(batch)
    return _in_order(found, len(ranges))


async def _fetch_together(
    store: Store, key: str, ranges: Sequence[ByteRequest | None], limits: dict[str, int]
) -> Sequence[Buffer | None]:
    groups, other = coalesce(ranges, **limits)
    reads: list[ByteRequest | None] = [group.request for group in groups]
    reads += [r for _, r in other]
    parts = await run.gather(store.get, [(key, buffer_prototype, r) for r in reads])
    found = [(i, part) for (i, _), part in zip(other, parts[len(groups) :], strict=True)]
    for group, part in zip(groups, parts, strict=False):
        found += group.parts(part)
    return _in_order(found, len(ranges))
