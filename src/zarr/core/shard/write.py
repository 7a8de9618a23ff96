"""Writing part of a chunk, sharded or not, as generators of what is needed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from zarr.abc.codec import BytesLike
from zarr.core.codec_chain import CodecChain, Stack
from zarr.core.indexing import ChunkProjection, NumpyPlan, plan_numpy
from zarr.core.rows import assign
from zarr.core.shard.boxes import Box, Slab, covered_of, stacked
from zarr.core.shard.groups import group_of
from zarr.core.shard.inner import naming, whole_entry
from zarr.core.shard.layout import Room, ShardLayout
from zarr.core.shard.places import Array, array_part
from zarr.core.shard.steps import WHOLE, Bytes, Jobs, Steps, run_on_bytes
from zarr.errors import ChunkError

if TYPE_CHECKING:
    import numpy.typing as npt

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
    box = group_of(layout, selection, drop_axes, plan) if fields is None and layout.inner.is_small else None
    box = box if isinstance(box, Box) else None
    parts: list[BytesLike | None] | None = None
    if open_ended or not complete:
        # nobody else is to hold it, so that it can go before there is memory for the new one
        whole = (yield WHOLE).pop()
        try:
            parts = None if whole is None else _pieces(layout, whole, lenient=open_ended)
        except ChunkError:
            if not open_ended:
                raise
        if complete and parts is not None:
            parts = _not_renewed(layout, plan, box, parts)
        del whole
    room = room_of(layout, plan, box, parts) if complete or parts is None else None
    parts = parts or [None] * layout.nchunks
    if box is not None:
        region = buffer if drop_axes else np.expand_dims(buffer, box.dropped)
        yield _box_jobs(layout, box, region, parts, open_ended, room)
    else:
        yield _jobs(layout, plan, buffer, parts, open_ended, fields, room)
    return layout.pack(parts, room)


def _not_renewed(
    layout: ShardLayout, plan: NumpyPlan, box: Box | None, parts: list[BytesLike | None]
) -> list[BytesLike | None]:
    """The inner chunks of a shard that are not renewed as a whole; copies, so that the shard itself can go."""
    if box is not None:
        renewed = np.zeros(layout.counts, bool)
        renewed[box.chunks] = covered_of(box, layout.chunk_shape, tuple(slice(0, n) for n in box.counts))
        gone = renewed.ravel().tolist()
    else:
        gone = [False] * layout.nchunks
        for projection in plan.indexer:
            gone[layout.place(projection.chunk_coords)] = projection.is_complete_chunk
    return [None if lost or part is None else bytes(part) for part, lost in zip(parts, gone, strict=True)]


def room_of(
    layout: ShardLayout, plan: NumpyPlan, box: Box | None, parts: list[BytesLike | None] | None
) -> Room | None:
    """Memory for a shard whose inner chunks are stored as they are in memory; None for others.

    It is for those that the plan touches and for those that are among the parts.
    """
    if not (layout.inner.is_copy and layout.inner.nbytes):
        return None
    places = np.zeros(layout.nchunks, bool)
    if box is not None:
        places.reshape(layout.counts)[box.chunks] = True
    else:
        places[[layout.place(projection.chunk_coords) for projection in plan.indexer]] = True
    if parts is not None:
        places |= [part is not None for part in parts]
    return Room(layout, layout.inner.nbytes, np.flatnonzero(places))


def _box_jobs(
    layout: ShardLayout,
    box: Box,
    region: Array,
    parts: list[BytesLike | None],
    open_ended: bool,
    room: Room | None,
) -> Jobs:
    """Renew the inner chunks of a box."""
    places = np.arange(layout.nchunks).reshape(layout.counts)[box.chunks]
    inner, stack = layout.inner, cast("Stack", layout.inner.stack)

    def renew(slab: Slab) -> None:
        numbers = places[slab].ravel()
        old = None if box.whole else _old_of(layout, box, slab, numbers, parts, open_ended)
        chunks = stacked(box, inner, slab, region, old)
        if room is None:
            for place, part in zip(numbers.tolist(), stack.encode(chunks), strict=True):
                parts[place] = part
            return
        if old is not None:
            for place in numbers.tolist():
                parts[place] = None
        rows = chunks.reshape(len(chunks), -1).view(np.uint8)
        if not inner.keep_empty and (empty := inner.is_fill.of_stack(chunks)):
            numbers, rows = np.delete(numbers, empty), np.delete(rows, empty, axis=0)
        room.put(numbers, rows)

    return Jobs(renew, list(box.jobs(stack.nbytes)))


def _old_of(
    layout: ShardLayout,
    box: Box,
    slab: Slab,
    numbers: npt.NDArray[np.intp],
    parts: list[BytesLike | None],
    open_ended: bool,
) -> Array | None:
    """The inner chunks of a slab, stacked, of which something remains; None if there is none such."""
    inner = layout.inner
    remaining = np.flatnonzero(~covered_of(box, layout.chunk_shape, slab)).tolist()
    there = [i for i in remaining if parts[numbers[i]] is not None]
    if not there:
        return None
    chunks = np.full((len(numbers), *inner.shape), inner.fill_value, inner.dtype)
    numbers = numbers[there]
    pieces = [cast("BytesLike", parts[number]) for number in numbers]

    def one(i: int) -> Array:
        try:
            with naming(tuple(map(int, np.unravel_index(numbers[i], layout.counts)))):
                return inner.decode(pieces[i])
        except ChunkError:
            if not open_ended:
                raise
            return inner.full()

    chunks[there] = cast("Stack", inner.stack).decode_each(pieces, one)
    return chunks


def _jobs(
    layout: ShardLayout,
    plan: NumpyPlan,
    buffer: Array,
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
            parts[place] = None
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

    return Jobs(renew, list(plan.indexer))


def _pieces(layout: ShardLayout, whole: Bytes, *, lenient: bool) -> list[BytesLike | None]:
    """The bytes of the inner chunks of a shard, in C order; None for one that is missing.

    So is, if ``lenient``, one of which the index cannot be true; else it is a ChunkError.
    """
    index = layout.index_of(whole)
    entries = layout.entries(index)
    if entries is not None and entries.ends.max(initial=0) <= len(whole):
        view = memoryview(whole)
        rows = zip(*(a.ravel().tolist() for a in entries), strict=True)
        return [view[start:end] if there else None for start, end, there in rows]
    parts: list[BytesLike | None] = []
    for coords in np.ndindex(*layout.counts):
        try:
            entry = layout.entry(index, coords)
            with naming(coords):
                parts.append(None if entry is None else whole_entry(whole[entry[0] : entry[1]], entry))
        except ChunkError:
            if not lenient:
                raise
            parts.append(None)
    return parts
