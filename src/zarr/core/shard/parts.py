"""Reading and writing part of a chunk, sharded or not, as generators of what is needed.

A generator yields ``Fetch``, byte ranges of the chunk's value, and is sent their bytes (None if there is no
value); or it yields ``Jobs``, calls that may run at once, and is sent nothing. So one algorithm serves blocking
stores, asynchronous stores and shards within shards.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from zarr.abc.codec import BytesLike
from zarr.abc.ranges import ByteRequest, OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.codec_chain import CodecChain
from zarr.core.indexing import ChunkProjection, plan_numpy
from zarr.core.shard.layout import ShardLayout
from zarr.errors import ChunkError

__all__ = [
    "Fetch",
    "Jobs",
    "Known",
    "Steps",
    "array_part",
    "put_back",
    "read_part",
    "take",
    "target_of",
    "write_part",
]

Array: TypeAlias = npt.NDArray[Any]
Bytes: TypeAlias = npt.NDArray[np.uint8]


class Fetch(NamedTuple):
    """Byte ranges that are needed; None is the whole value."""

    ranges: Sequence[ByteRequest | None]


class Jobs(NamedTuple):
    """Calls of one function that may run at once."""

    function: Callable[[Any], Any]
    items: Sequence[Any]


Steps: TypeAlias = Generator[Fetch | Jobs, Any, Any]


class Known:
    """What is known of a shard: its index, before it is read or after.

    Attributes
    ----------
    index
        The parsed index, which then is not fetched; set by a reader that fetched it.
    whole
        Whether the reader has to take the whole shard in one read.
    """

    __slots__ = ("index", "whole")

    def __init__(self, index: npt.NDArray[np.uint64] | None = None, whole: bool = False) -> None:
        self.index = index
        self.whole = whole


WHOLE = Fetch((None,))


def take(chunk: Array, selection: Any, drop_axes: tuple[int, ...]) -> Array:
    """The part of a chunk that a projection selects."""
    part: Array = chunk[array_part(chunk, selection)]
    return part.squeeze(axis=drop_axes) if drop_axes else part


def array_part(chunk: Array, selection: Any) -> Any:
    """The selection; of an object array one that gives an array, and not the object, of a single element."""
    return (*selection, ...) if chunk.dtype.hasobject and isinstance(selection, tuple) else selection


def read_part(
    chain: CodecChain, selection: Any, drop_axes: tuple[int, ...], out: Array, known: Known | None = None
) -> Steps:
    """Read ``selection`` of the chunk into ``out``; returns False where there is no chunk."""
    if chain.shard is not None:
        return (yield from _read_shard(chain.shard, selection, drop_axes, out, known or Known()))
    (data,) = yield WHOLE
    if data is None:
        return False
    out[...] = take(chain.decode(data), selection, drop_axes)
    return True


def _read_shard(
    layout: ShardLayout, selection: Any, drop_axes: tuple[int, ...], out: Array, known: Known
) -> Steps:
    plan = plan_numpy(selection, layout.shape, layout.grid)
    in_place = plan.transpose is None and not drop_axes and plan.indexer.shape == out.shape
    part = out if in_place else np.empty(plan.indexer.shape, layout.inner.dtype)
    wanted = list(plan.indexer)
    whole: Bytes | None = None
    index = known.index
    if known.whole or len(wanted) == layout.nchunks:
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
    present: list[tuple[ChunkProjection, tuple[int, int]]] = []
    for projection in wanted:
        entry = layout.entry(index, projection.chunk_coords)
        if entry is None:
            part[array_part(part, projection.out_selection)] = layout.inner.fill_value
        else:
            present.append((projection, entry))
    yield from _read_inner(layout, present, whole, plan.indexer.drop_axes, part)
    if not in_place:
        arranged = plan.arrange(part)
        out[...] = arranged.squeeze(axis=drop_axes) if drop_axes else arranged
    return True


def _read_inner(
    layout: ShardLayout,
    present: list[tuple[ChunkProjection, tuple[int, int]]],
    whole: Bytes | None,
    drop_axes: tuple[int, ...],
    part: Array,
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
        chunk = _decode_inner(inner, data, projection.chunk_coords, entry)
        place_in = array_part(part, projection.out_selection)
        part[place_in] = take(chunk, projection.chunk_selection, drop_axes)

    yield Jobs(place, list(zip(present, pieces, strict=True)))


def _decode_inner(
    inner: CodecChain, data: Bytes | None, coords: tuple[int, ...], entry: tuple[int, int]
) -> Array:
    try:  # not `_naming`: this is done per inner chunk
        if data is None or len(data) != entry[1] - entry[0]:
            data = _whole(data, entry)
        return inner.decode(data)
    except ChunkError as error:
        raise ChunkError(f"inner chunk {coords}: {error}") from error


def _whole(data: Bytes | None, entry: tuple[int, int]) -> Bytes:
    """The bytes that an entry of the index tells of; ChunkError if they are not all there."""
    if data is None or len(data) != entry[1] - entry[0]:
        raise ChunkError(f"the index tells of bytes {entry[0]} to {entry[1]}, which the shard does not have")
    return data


class _naming:
    """Say which inner chunk an error is of; a context manager."""

    __slots__ = ("_coords",)

    def __init__(self, coords: tuple[int, ...]) -> None:
        self._coords = coords

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, ChunkError):
            raise ChunkError(f"inner chunk {self._coords}: {error}") from error

    def jobs(self, jobs: Jobs) -> Jobs:
        """The same jobs; their errors say it too."""

        def function(item: Any) -> None:
            with self:
                jobs.function(item)

        return Jobs(function, jobs.items)


def target_of(part: Array, selection: Any) -> Array:
    """Where a reader may put a selection: a view of ``part``, or new memory where the selection has arrays."""
    items = selection if isinstance(selection, tuple) else (selection,)
    if all(isinstance(item, slice) for item in items):
        return part[(*items, ...)]
    return np.empty_like(part[selection])


def put_back(part: Array, selection: Any, target: Array) -> None:
    """Put what was read into a ``target_of`` the selection in its place, if it is not there already."""
    if target.base is None:
        part[array_part(part, selection)] = target


def _in_step(readers: list[tuple[tuple[int, ...], Steps, tuple[int, int]]], whole: Bytes | None) -> Steps:
    """Drive the readers of several inner shards together, joining what they fetch."""
    waiting = [(_naming(coords), steps, entry, next(steps)) for coords, steps, entry in readers]
    while waiting:
        ranges = [
            _within(r, entry) for _, _, entry, step in waiting if isinstance(step, Fetch) for r in step.ranges
        ]
        if whole is not None:
            pieces: Sequence[Bytes | None] = [_cut(whole, r) for r in ranges]
        else:
            pieces = (yield Fetch(ranges)) if ranges else ()
        found = zip(pieces, ranges, strict=True)
        following = []
        for naming, steps, entry, step in waiting:
            answer: Any = None
            with naming:
                if isinstance(step, Fetch):
                    several = [next(found) for _ in step.ranges]
                    answer = [_whole(data, (r.start, r.end)) for data, r in several]
            if isinstance(step, Jobs):
                yield naming.jobs(step)
            try:
                with naming:
                    following.append((naming, steps, entry, steps.send(answer)))
            except StopIteration:
                continue
        waiting = following


def _within(byte_range: ByteRequest | None, entry: tuple[int, int]) -> RangeByteRequest:
    """A range of an inner shard as one of the outer."""
    start, end = entry
    if isinstance(byte_range, RangeByteRequest):
        return RangeByteRequest(min(start + byte_range.start, end), min(start + byte_range.end, end))
    if isinstance(byte_range, SuffixByteRequest):
        return RangeByteRequest(max(start, end - byte_range.suffix), end)
    if isinstance(byte_range, OffsetByteRequest):
        return RangeByteRequest(min(start + byte_range.offset, end), end)
    return RangeByteRequest(start, end)


def write_part(
    chain: CodecChain, selection: Any, drop_axes: tuple[int, ...], value: Array, complete: bool
) -> Steps:
    """The new bytes of the chunk after ``chunk[selection] = value``; None where it is not to be stored.

    ``complete`` means that nothing of the old chunk remains, so that it need not be read; what the selection
    leaves out (beyond the array's edge) is the fill value.
    """
    if chain.shard is not None:
        return (yield from _write_shard(chain, selection, drop_axes, value, complete))
    old: Bytes | None = None
    if not complete:
        (old,) = yield WHOLE
    return _rewrite(chain, old, selection, drop_axes, value, complete)


def _rewrite(
    chain: CodecChain,
    old: Bytes | None,
    selection: Any,
    drop_axes: tuple[int, ...],
    value: Array,
    complete: bool,
) -> BytesLike | None:
    if complete and value.size == _size(chain.shape) and value.ndim:
        return chain.encode(value.reshape(chain.shape).astype(chain.dtype, copy=False))
    if old is None:
        chunk = chain.full()
    else:
        decoded = chain.decode(old)
        # a view of stored bytes, or in stored byte order: never patched in place
        chunk = decoded.astype(chain.dtype, order="C", copy=not _is_ours(decoded, chain.dtype))
    value = np.expand_dims(value, drop_axes) if drop_axes and value.ndim else value
    chunk[array_part(chunk, selection)] = value
    return chain.encode(chunk)


def _is_ours(chunk: Array, dtype: np.dtype[Any]) -> bool:
    return chunk.base is None and chunk.flags.writeable and chunk.dtype == dtype


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def _write_shard(
    chain: CodecChain, selection: Any, drop_axes: tuple[int, ...], value: Array, complete: bool
) -> Steps:
    layout = cast("ShardLayout", chain.shard)
    inner = layout.inner
    plan = plan_numpy(selection, layout.shape, layout.grid)
    if drop_axes and value.ndim:
        value = np.expand_dims(value, drop_axes)
    buffer = plan.scatter(value)
    old: dict[tuple[int, ...], Bytes] = {}
    if not complete:
        (whole,) = yield WHOLE
        if whole is not None:
            old = _pieces(layout, whole)
    parts: dict[tuple[int, ...], BytesLike | None] = dict(old)

    def renew(projection: ChunkProjection) -> None:
        coords, chunk_selection, out_selection, covers = projection
        with _naming(coords):
            parts[coords] = _encode_inner(
                inner,
                None if covers or complete else old.get(coords),
                chunk_selection,
                plan.indexer.drop_axes,
                buffer[out_selection] if buffer.ndim else buffer,  # a 0-d array, not the scalar in it
                covers,
            )

    yield Jobs(renew, list(plan.indexer))
    return layout.pack({coords: part for coords, part in parts.items() if part is not None})


def _encode_inner(
    inner: CodecChain,
    old: Bytes | None,
    selection: Any,
    drop_axes: tuple[int, ...],
    value: Array,
    covers: bool,
) -> BytesLike | None:
    """The new bytes of an inner chunk, given the old ones."""
    steps = write_part(inner, selection, drop_axes, value, covers)
    return run_on_bytes(steps, old)  # type: ignore[no-any-return]


def _pieces(layout: ShardLayout, whole: Bytes) -> dict[tuple[int, ...], Bytes]:
    """The bytes of the inner chunks of a shard."""
    index = layout.index_of(whole)
    found: dict[tuple[int, ...], Bytes] = {}
    for coords in np.ndindex(*layout.counts):
        entry = layout.entry(index, coords)
        if entry is not None:
            with _naming(coords):
                found[coords] = _whole(whole[entry[0] : entry[1]], entry)
    return found


def run_on_bytes(steps: Steps, data: Bytes | None) -> Any:
    """Drive a generator with a value that is here."""
    answer: Any = None
    try:
        while True:
            step = steps.send(answer)
            if isinstance(step, Fetch):
                answer = [None if data is None else _cut(data, r) for r in step.ranges]
            else:
                for item in step.items:
                    step.function(item)
                answer = None
    except StopIteration as stop:
        return stop.value


def _cut(data: Bytes, byte_range: ByteRequest | None) -> Bytes:
    if byte_range is None:
        return data
    inside = _within(byte_range, (0, len(data)))
    return data[inside.start : inside.end]
