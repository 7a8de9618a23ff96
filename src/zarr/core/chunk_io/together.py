"""Chunks of an array, each a value of its own, in groups: coded by few calls, and placed by one copy.

A fast path for chunks that are not large, as ``core.shard`` has one for inner chunks: what it cannot do is left to the
path that goes chunk by chunk. Threads hand over the interpreter's lock at each copy, codec and system call, which costs
more than a short one takes; so there are few of them, and of small chunks one thread at a time does the system calls,
while others code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import product
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from zarr.core import run
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.run.locks import new_turn
from zarr.core.run.pool import workers
from zarr.core.shard.boxes import Box, encode_apart, encode_slab
from zarr.core.shard.outer import Outer
from zarr.errors import ChunkError

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.chunk_io.bound import BoundArray
    from zarr.core.codec_chain import CodecChain, Stack
    from zarr.core.indexing import Indexer
    from zarr.core.indexing.projection import AxisTable

    Array = npt.NDArray[Any]
    Slab = tuple[slice, ...]

__all__ = ["read_together", "write_together"]


class _Chunks:
    """The chunks of an array that a plan touches, of which each axis has a table."""

    def __init__(self, bound: BoundArray, chain: CodecChain, tables: list[AxisTable]) -> None:
        self.bound, self.chain = bound, chain
        self.store: Any = bound.store
        self.stack = cast("Stack", chain.stack)
        self.coords = [table[0] for table in tables]
        self.counts = tuple(map(len, self.coords))
        self.small = chain.is_small
        self.turn: AbstractContextManager[Any] = new_turn() if self.small else nullcontext()

    def keys(self, slab: Slab) -> list[str]:
        """The keys of the chunks of a slab, in C order."""
        return list(map(self.bound.key, self.coords_of(slab)))

    def coords_of(self, slab: Slab) -> Iterator[tuple[int, ...]]:
        """The coordinates of the chunks of a slab, in C order."""
        return product(*(coords[part] for coords, part in zip(self.coords, slab, strict=True)))

    def share_out(self, function: Callable[[Slab], None], slabs: Sequence[Slab]) -> None:
        """Call the function with every slab; by threads, where there is something to code."""
        threads = 1 if self.chain.is_copy and self.small else min(workers(), len(slabs))
        run.share_out(function, slabs, threads, count=len(slabs))


def read_together(bound: BoundArray, indexer: Indexer, out: Array) -> bool:
    """Fill ``out`` with what the plan selects; False where this path does not serve, and nothing was done."""
    found = _chunks_of(bound, indexer)
    if found is None or out.dtype != bound.dtype:
        return False
    chunks, tables = found
    integers = tuple(axis for axis, table in enumerate(tables) if table[2] is None)
    lengths = iter(indexer.shape)
    shape = tuple(1 if table[2] is None else next(lengths) for table in tables)
    outer = Outer(tables, shape, integers)
    read = _read_raw if bound.is_copy and bound.reads_into else _read_and_decode
    chunks.share_out(
        lambda slab: outer.place(chunks.chain, slab, read(chunks, chunks.keys(slab)), out),
        list(outer.jobs(chunks.stack.nbytes)),
    )
    return True


def write_together(bound: BoundArray, indexer: Indexer, value: Array) -> set[tuple[int, ...]] | None:
    """Store ``value`` where the plan selects; None where this path does not serve, and nothing was done.

    Chunks that reach past the array are left, if they are there already or not small; these are returned.
    """
    found = _chunks_of(bound, indexer)
    if found is None or not value.ndim:
        return None
    chunks, tables = found
    box = _box_of(tables, bound.grid.chunk_shape, crop=chunks.small)
    if box is None:
        return None
    region = np.expand_dims(value, box.dropped)
    left: set[tuple[int, ...]] = set()
    if box.counts != chunks.counts:
        left.update(filter(bound.grid.is_open_ended, product(*chunks.coords)))
    apart = chunks.chain.is_copy and bound.store._is_memory and not chunks.small
    encode = encode_apart if apart else encode_slab

    def write(slab: Slab) -> None:
        encoded = encode(box, chunks.chain, slab, region)
        keys = chunks.keys(slab)
        with chunks.turn:
            if box.whole:
                for key, data in zip(keys, encoded, strict=True):
                    bound.put(key, data)
                return
            for coords, key, data in zip(chunks.coords_of(slab), keys, encoded, strict=True):
                if not bound.grid.is_open_ended(coords):
                    bound.put(key, data)
                elif not bound.put_new(key, data):
                    left.add(coords)

    chunks.share_out(write, list(box.jobs(chunks.stack.nbytes)))
    return left


def _chunks_of(bound: BoundArray, indexer: Indexer) -> tuple[_Chunks, list[AxisTable]] | None:
    chain = bound._one_chain
    if chain is None:
        return None
    tables: list[AxisTable] | None = getattr(indexer, "tables", None)
    return None if tables is None else (_Chunks(bound, chain, tables), tables)


def _box_of(tables: list[AxisTable], sizes: tuple[int, ...], *, crop: bool) -> Box | None:
    """The box of chunks, of each of which all is selected, in order; None where it is none.

    Those that reach past the array are cropped, or else left out.
    """
    chunks, crops, dropped, whole = [], [], [], True
    for axis, ((coords, parts, outs, covered), size) in enumerate(zip(tables, sizes, strict=True)):
        first, count = coords[0], len(coords)
        in_order = outs is None or _follow_each_other(outs)
        if not (in_order and all(covered) and coords[-1] - first + 1 == count):
            return None
        last = parts[-1]
        inside = last.stop if isinstance(last, slice) else 1
        if inside < size and not crop:
            count, inside = count - 1, size
        if not count:
            return None
        chunks.append(slice(first, first + count))
        crops.append(slice(0, (count - 1) * size + inside))
        whole = whole and inside == size
        if outs is None:
            dropped.append(axis)
    counts = tuple(chunk.stop - chunk.start for chunk in chunks)
    return Box(tuple(chunks), counts, tuple(crops), tuple(dropped), whole)


def _follow_each_other(parts: Sequence[Any]) -> bool:
    """Whether parts of a value are slices, each of which begins where the one before it ends."""
    end = 0
    for part in parts:
        if type(part) is not slice or part.start != end or part.step not in (None, 1):
            return False
        end = part.stop
    return True


def _read_raw(chunks: _Chunks, keys: list[str]) -> Array:
    """The chunks of these keys, stacked, of which the bytes are those of their arrays."""
    bound, nbytes = chunks.bound, chunks.stack.nbytes
    memory = np.empty((len(keys), nbytes), np.uint8)
    stacked: Array = memory.view(bound.dtype).reshape(-1, *chunks.chain.shape)
    read = chunks.store._read_into_sync
    with chunks.turn:
        found = [read(key, [row.data], 0, nbytes) for key, row in zip(keys, memory, strict=True)]
    for i, there in enumerate(found):
        if there is None:
            stacked[i] = _fill_value(bound, keys[i])
        elif not there:  # it is read another way, or is wrong
            data = chunks.store.get_sync(keys[i], prototype=buffer_prototype)
            stacked[i] = _fill_value(bound, keys[i]) if data is None else _decoded(chunks, keys[i], data)
    return stacked


def _read_and_decode(chunks: _Chunks, keys: list[str]) -> Array:
    """The chunks of these keys, stacked."""
    get = chunks.store.get_sync
    with chunks.turn:
        values = [get(key, prototype=buffer_prototype) for key in keys]
    present = [i for i, value in enumerate(values) if value is not None]
    if not present:
        decoded = None
    else:
        pieces = [values[i].as_numpy_array() for i in present]
        decoded = chunks.stack.decode_each(
            pieces, lambda i: _decoded(chunks, keys[present[i]], values[present[i]])
        )
    if decoded is not None and len(present) == len(keys):
        return decoded
    stacked = np.empty((len(keys), *chunks.chain.shape), chunks.chain.dtype)
    for i, value in enumerate(values):
        if value is None:
            stacked[i] = _fill_value(chunks.bound, keys[i])
    if decoded is not None:
        stacked[present] = decoded
    return stacked


def _fill_value(bound: BoundArray, key: str) -> Any:
    if not bound.config.read_missing_chunks:
        raise bound.missing(key)
    return bound.fill_value


def _decoded(chunks: _Chunks, key: str, value: Any) -> Array:
    try:
        return chunks.chain.decode(value.as_numpy_array())
    except ChunkError as error:
        raise chunks.bound.named(error, key) from error
