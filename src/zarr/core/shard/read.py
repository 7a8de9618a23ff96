"""Reading part of a chunk, sharded or not, as generators of what is needed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from zarr.abc.ranges import RangeByteRequest
from zarr.core import later
from zarr.core.codec_chain import CodecChain
from zarr.core.indexing.numpy_plan import plan_numpy
from zarr.core.shard.places import Array, array_part, put_back, take, target_of
from zarr.core.shard.placing import decode_to_place
from zarr.core.shard.steps import WHOLE, Bytes, Fetch, Jobs, KeptChunks, Known, Steps, cut, range_within

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.indexing import ChunkProjection, NumpyPlan
    from zarr.core.shard import groups as groups
    from zarr.core.shard import inner as inner_chunks
    from zarr.core.shard.layout import ShardLayout
else:
    groups = later("zarr.core.shard.groups")
    inner_chunks = later("zarr.core.shard.inner")

__all__ = ["read_kept", "read_part"]


def read_part(
    chain: CodecChain, selection: Any, drop_axes: tuple[int, ...], out: Array, known: Known | None = None
) -> Steps:
    """Read ``selection`` of the chunk into ``out``; returns False where there is no chunk."""
    if chain.shard is not None:
        return (yield from _read_shard(chain.shard, selection, drop_axes, out, known or Known()))
    (data,) = yield WHOLE
    if data is None:
        return False
    chunk = chain.decode(data)
    if known is not None and known.chunks is not None:
        known.chunks.add((), chunk)
    out[...] = take(chunk, selection, drop_axes)
    return True


def _read_shard(
    layout: ShardLayout, selection: Any, drop_axes: tuple[int, ...], out: Array, known: Known
) -> Steps:
    plan = plan_numpy(selection, layout.shape, layout.grid)
    together = groups.group_of(layout, selection, drop_axes, plan) if known.chunks is None else None
    whole: Bytes | None = None
    index = known.index
    if known.whole or plan.indexer.nchunks == layout.nchunks:
        (whole,) = yield WHOLE
        if whole is None:
            return False
        index = layout.index_of(whole)
    elif index is None:
        (found,) = yield Fetch((layout.index_request,))
        if found is None:
            return False
        index = layout.parse_index(found)
    known.index = index
    entries = None if together is None else together.entries(layout, index)
    if together is not None and entries is not None:
        yield from groups.read_group(layout, together, entries, whole, out)
    else:
        yield from _read_each(layout, index, whole, plan, drop_axes, out, known.chunks)
    return True


def _read_each(
    layout: ShardLayout,
    index: npt.NDArray[np.uint64],
    whole: Bytes | None,
    plan: NumpyPlan,
    drop_axes: tuple[int, ...],
    out: Array,
    kept: KeptChunks | None,
) -> Steps:
    """Read inner chunks, one by one."""
    in_place = plan.transpose is None and not drop_axes and plan.indexer.shape == out.shape
    part = out if in_place else np.empty(plan.indexer.shape, layout.inner.dtype)
    present: list[tuple[ChunkProjection, tuple[int, int]]] = []
    for projection in plan.indexer:
        chunk = None if kept is None else kept.get(projection.chunk_coords)
        if chunk is not None:
            _place(part, projection, chunk, plan.indexer.drop_axes)
            continue
        entry = layout.entry(index, projection.chunk_coords)
        if entry is None:
            part[array_part(part, projection.out_selection)] = layout.inner.fill_value
        else:
            present.append((projection, entry))
    yield from _read_inner(layout, present, whole, plan.indexer.drop_axes, part, kept)
    if not in_place:
        arranged = plan.arrange(part)
        out[...] = arranged.squeeze(axis=drop_axes) if drop_axes else arranged


def _read_inner(
    layout: ShardLayout,
    present: list[tuple[ChunkProjection, tuple[int, int]]],
    whole: Bytes | None,
    drop_axes: tuple[int, ...],
    part: Array,
    kept: KeptChunks | None,
) -> Steps:
    """Read inner chunks, of which the places are known, into ``part``."""
    if not present:
        return
    inner = layout.inner
    if inner.shard is not None:
        targets = [target_of(part, p.out_selection) for p, _ in present]
        yield from _in_step(
            [
                (p.chunk_coords, read_part(inner, p.chunk_selection, drop_axes, target), entry)
                for (p, entry), target in zip(present, targets, strict=True)
            ],
            whole,
        )
        for (p, _), target in zip(present, targets, strict=True):
            put_back(part, p.out_selection, target)
        return
    if whole is None:
        pieces = yield Fetch([RangeByteRequest(*entry) for _, entry in present])
    else:
        pieces = [whole[start:end] for _, (start, end) in present]

    def place(job: tuple[tuple[ChunkProjection, tuple[int, int]], Bytes | None]) -> None:
        (projection, entry), data = job
        if kept is None:
            with inner_chunks.naming(projection.chunk_coords):
                here = inner_chunks.whole_entry(data, entry)
                decode_to_place(inner, here, drop_axes, part, projection)
            return
        chunk = inner_chunks.decode_inner(inner, data, projection.chunk_coords, entry)
        kept.add(projection.chunk_coords, chunk)
        _place(part, projection, chunk, drop_axes)

    yield Jobs(place, list(zip(present, pieces, strict=True)))


def _place(part: Array, projection: ChunkProjection, chunk: Array, drop_axes: tuple[int, ...]) -> None:
    place_in = array_part(part, projection.out_selection)
    part[place_in] = take(chunk, projection.chunk_selection, drop_axes)


def read_kept(
    chain: CodecChain, selection: Any, drop_axes: tuple[int, ...], out: Array, kept: KeptChunks
) -> bool:
    """Read ``selection`` of the chunk into ``out`` from what is kept of it; False if that is not enough."""
    if chain.shard is None:
        chunk = kept.get(())
        if chunk is not None:
            out[...] = take(chunk, selection, drop_axes)
        return chunk is not None
    plan = plan_numpy(selection, chain.shard.shape, chain.shard.grid)
    found = [(projection, kept.get(projection.chunk_coords)) for projection in plan.indexer]
    if any(chunk is None for _, chunk in found):
        return False
    part = np.empty(plan.indexer.shape, chain.dtype)
    for projection, chunk in found:
        _place(part, projection, cast("Array", chunk), plan.indexer.drop_axes)
    arranged = plan.arrange(part)
    out[...] = arranged.squeeze(axis=drop_axes) if drop_axes else arranged
    return True


def _in_step(readers: list[tuple[tuple[int, ...], Steps, tuple[int, int]]], whole: Bytes | None) -> Steps:
    """Drive the readers of several inner shards together, joining what they fetch."""
    waiting = [(inner_chunks.naming(coords), steps, entry, next(steps)) for coords, steps, entry in readers]
    while waiting:
        ranges = [
            range_within(r, entry)
            for _, _, entry, step in waiting
            if isinstance(step, Fetch)
            for r in step.ranges
        ]
        if whole is not None:
            pieces: Sequence[Bytes | None] = [cut(whole, r) for r in ranges]
        else:
            pieces = (yield Fetch(ranges)) if ranges else ()
        found = zip(pieces, ranges, strict=True)
        following = []
        for named, steps, entry, step in waiting:
            answer: Any = None
            with named:
                if isinstance(step, Fetch):
                    several = [next(found) for _ in step.ranges]
                    answer = [inner_chunks.whole_entry(data, (r.start, r.end)) for data, r in several]
            if isinstance(step, Jobs):
                yield named.jobs(step)
            try:
                with named:
                    following.append((named, steps, entry, steps.send(answer)))
            except StopIteration:
                continue
        waiting = following
