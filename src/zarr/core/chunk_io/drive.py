"""Driving the generators of ``core.shard`` against a key of a store, without waiting or with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from zarr.abc.ranges import ByteRequest, RangeByteRequest
from zarr.core import run
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.run.pool import workers
from zarr.core.shard import Fetch, Jobs, Steps

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from zarr.abc.buffer import Buffer
    from zarr.core.chunk_io.bound import BoundArray

__all__ = ["SMALL_JOB_BYTES", "drive", "drive_async", "threads_for"]

SMALL_JOB_BYTES = 1 << 15
"""Chunks below this size decode faster than threads hand over the interpreter's lock."""


def threads_for(jobs: int, nbytes: int) -> int:
    """How many threads are worth it for so many jobs of so many bytes each."""
    if jobs < 2 or nbytes < SMALL_JOB_BYTES:
        return 1
    return min(workers(), jobs)


def _arrays(found: Sequence[Buffer | None]) -> list[npt.NDArray[np.uint8] | None]:
    return [None if buffer is None else buffer.as_numpy_array() for buffer in found]


def drive(bound: BoundArray, key: str, steps: Steps, *, alone: bool) -> Any:
    """Run a generator to its end; ``alone`` means that its jobs may use the pool."""
    store: Any = bound.store
    answer: Any = None
    try:
        while True:
            step = steps.send(answer)
            if isinstance(step, Fetch):
                answer = _arrays(_fetch(store, key, step.ranges, bound))
            else:
                _do(step, bound, alone)
                answer = None
    except StopIteration as stop:
        return stop.value


def _do(step: Jobs, bound: BoundArray, alone: bool) -> None:
    jobs = len(step.items)
    threads = threads_for(jobs, bound.chunk_nbytes // max(jobs, 1)) if alone and jobs > 1 else 1
    run.share_out(step.function, step.items, threads)


def _fetch(
    store: Any, key: str, ranges: Sequence[ByteRequest | None], bound: BoundArray
) -> Sequence[Buffer | None]:
    if len(ranges) == 1:
        return [store.get_sync(key, prototype=buffer_prototype, byte_range=ranges[0])]
    if not hasattr(store, "get_ranges_sync"):
        return [store.get_sync(key, prototype=buffer_prototype, byte_range=r) for r in ranges]
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


async def drive_async(bound: BoundArray, key: str, steps: Steps) -> Any:
    """Run a generator to its end where the store waits; heavy jobs go to the pool."""
    answer: Any = None
    try:
        while True:
            step = steps.send(answer)
            if isinstance(step, Fetch):
                answer = _arrays(await _fetch_async(bound, key, step.ranges))
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
    store = bound.store
    if len(ranges) == 1 or not all(isinstance(r, RangeByteRequest) for r in ranges):
        return [await store.get(key, buffer_prototype, r) for r in ranges]
    found: list[tuple[int, Buffer | None]] = []
    batches = store.get_ranges(
        key,
        ranges,
        prototype=buffer_prototype,
        max_gap_bytes=bound.config.sharding_coalesce_max_gap_bytes,
        max_coalesced_bytes=bound.config.sharding_coalesce_max_bytes,
    )
    async for batch in batches:
        found.extend(batch)
    return _in_order(found, len(ranges))
