"""Writing part of a chunk, sharded or not, as generators of what is needed. Pure."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from zarr.abc.codec import BytesLike
from zarr.core.codec_chain import CodecChain, Stack
from zarr.core.indexing import ChunkProjection, NumpyPlan, plan_numpy
from zarr.core.rows import assign
from zarr.core.shard.boxes import Box, Inside, Slab, encode_slab, inside_of, stacked
from zarr.core.shard.groups import group_of
from zarr.core.shard.inner import naming, whole_entry
from zarr.core.shard.layout import Room, ShardLayout
from zarr.core.shard.places import Array, array_part
from zarr.core.shard.steps import WHOLE, Bytes, Jobs, Steps, run_on_bytes
from zarr.errors import ChunkError

__all__ = ["encode_whole", "write_part"]


def write_part(
    chain: CodecChain,
    selection: Any,
    drop_axes: tuple[int, ...],
    value: Array,
    complete: bool,
    fields: list[str] | None = None,
    *,
    open_ended: bool = False,
) -> Steps:
    """The new bytes of the chunk after ``chunk[selection] = value``; None where it is not to be stored.

    ``complete`` means that nothing of the old chunk remains, so that it need not be read; what the selection
    leaves out (beyond the array's edge) is the fill value. Where it is ``open_ended`` too, what is stored beyond the
    edge remains, if it can be decoded: the array may be larger by now. Where ``fields`` are given, only those are
    assigned.
    """
    complete = complete and fields is None
    open_ended = complete and open_ended
    if chain.shard is not None:
        return (yield from _write_shard(chain, selection, drop_axes, value, complete, open_ended, fields))
    if open_ended or not complete:
        (old,) = yield WHOLE
        try:
            return _rewrite(chain, old, selection, drop_axes, value, False, fields)
        except ChunkError:
            if not open_ended:
                raise
    return _rewrite(chain, None, selection, drop_axes, value, complete, fields)


def encode_whole(
    chain: CodecChain, selection: Any, drop_axes: tuple[int, ...], value: Array
) -> BytesLike | None:
    """The bytes of a chunk, that is no shard, of which the selection has all, without the old ones."""
    if value.shape == chain.shape and value.dtype == chain.dtype:
        return chain.encode(value)
    return _rewrite(chain, None, selection, drop_axes, value, True, None)


def _rewrite(
    chain: CodecChain,
    old: Bytes | None,
    selection: Any,
    drop_axes: tuple[int, ...],
    value: Array,
    complete: bool,
    fields: list[str] | None,
) -> BytesLike | None:
    if complete and value.size == _size(chain.shape) and value.ndim:
        return chain.encode(value.reshape(chain.shape).astype(chain.dtype, copy=False))
    decoded: Array | None
    if old is None:
        chunk = chain.full()
    else:
        decoded = chain.decode(old)
        # a view of stored bytes, or in stored byte order: never patched in place
        chunk = decoded.astype(chain.dtype, order="C", copy=not _is_ours(decoded, chain.dtype))
    value = np.expand_dims(value, drop_axes) if drop_axes and value.ndim else value
    old = decoded = None  # memory that the encoder may need
    target = chunk
    if fields is not None:
        target, value = chunk[fields], value[fields]  # views
    target[array_part(chunk, selection)] = value
    return chain.encode(chunk)


def _is_ours(chunk: Array, dtype: np.dtype[Any]) -> bool:
    return chunk.base is None and chunk.flags.writeable and chunk.dtype == dtype


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def _write_shard(
    chain: CodecChain,
    selection: Any,
    drop_axes: tuple[int, ...],
    value: Array,
    complete: bool,
    open_ended: bool,
    fields: list[str] | None,
) -> Steps:
    layout = cast("ShardLayout", chain.shard)
    plan = plan_numpy(selection, layout.shape, layout.grid)
    if drop_axes and value.ndim:
        value = np.expand_dims(value, drop_axes)
    buffer = plan.scatter(value)
    old: list[BytesLike | None] | None = None
    if open_ended or not complete:
        (whole,) = yield WHOLE
        try:
            old = None if whole is None else _pieces(layout, whole)
        except ChunkError:
            if not open_ended:
                raise
    parts: list[BytesLike | None] = [None] * layout.nchunks if old is None else old
    room = room_of(layout) if old is None else None
    box = group_of(layout, selection, drop_axes, plan) if fields is None else None
    inside: Inside | None = None
    if isinstance(box, Box):
        region = buffer if drop_axes else np.expand_dims(buffer, box.dropped)
        if old is None or box.whole:
            yield _box_jobs(layout, box, region, parts, room)
            return layout.pack(parts, room)
        if (inside := inside_of(box, layout.chunk_shape)) is not None:
            yield _box_jobs(layout, inside.box, region[inside.of_selection], parts, room)
    left = [p for p in plan.indexer if inside is None or not inside.has(p.chunk_coords)]
    yield _jobs(layout, plan, buffer, left, parts, open_ended, fields, room)
    return layout.pack(parts, room)


def room_of(layout: ShardLayout) -> Room | None:
    """Memory for a shard whose inner chunks are stored as they are in memory; None for others."""
    return Room(layout, layout.inner.nbytes) if layout.inner.is_copy and layout.inner.nbytes else None


def _box_jobs(
    layout: ShardLayout, box: Box, region: Array, parts: list[BytesLike | None], room: Room | None
) -> Jobs:
    """Renew all of the inner chunks of a box."""
    places = np.arange(layout.nchunks).reshape(layout.counts)[box.chunks]
    inner = layout.inner

    def renew(slab: Slab) -> None:
        if room is not None:
            chunks, numbers = stacked(box, inner, slab, region), places[slab].ravel()
            rows = chunks.reshape(len(chunks), -1).view(np.uint8)
            if not inner.keep_empty and (empty := inner.is_fill.of_stack(chunks)):
                numbers, rows = np.delete(numbers, empty), np.delete(rows, empty, axis=0)
            room.put(numbers, rows)
            return
        encoded = encode_slab(box, layout.inner, slab, region)
        for place, part in zip(places[slab].ravel().tolist(), encoded, strict=True):
            parts[place] = part

    return Jobs(renew, list(box.jobs(cast("Stack", layout.inner.stack).nbytes)))


def _jobs(
    layout: ShardLayout,
    plan: NumpyPlan,
    buffer: Array,
    projections: list[ChunkProjection],
    parts: list[BytesLike | None],
    open_ended: bool,
    fields: list[str] | None,
    room: Room | None,
) -> Jobs:
    """Renew inner chunks, one by one."""
    inner = layout.inner

    def renew(projection: ChunkProjection) -> None:
        coords, selection, out_selection, covered = projection
        covers = covered and fields is None
        place = layout.place(coords)
        part = buffer[out_selection] if buffer.ndim else buffer  # a 0-d array, not the scalar in it
        if room is not None and covers and part.ndim and part.shape == inner.shape:
            if inner.keep_empty or not inner.is_fill(part):
                assign(room.row(place).view(inner.dtype).reshape(inner.shape), part)
                room.there[place] = True
            return
        old = None if covers else parts[place]
        steps = write_part(
            inner,
            selection,
            plan.indexer.drop_axes,
            part,
            covers or open_ended,
            fields,
            open_ended=not covers,
        )
        with naming(coords):
            parts[place] = run_on_bytes(steps, None if old is None else np.frombuffer(old, np.uint8))

    return Jobs(renew, projections)


def _pieces(layout: ShardLayout, whole: Bytes) -> list[BytesLike | None]:
    """The bytes of the inner chunks of a shard, in C order; None for one that is missing."""
    index = layout.index_of(whole)
    entries = layout.entries(index)
    if entries is not None and entries.ends.max(initial=0) <= len(whole):
        view = memoryview(whole)
        rows = zip(*(a.ravel().tolist() for a in entries), strict=True)
        return [view[start:end] if there else None for start, end, there in rows]
    parts: list[BytesLike | None] = []
    for coords in np.ndindex(*layout.counts):
        entry = layout.entry(index, coords)
        with naming(coords):
            parts.append(None if entry is None else whole_entry(whole[entry[0] : entry[1]], entry))
    return parts
