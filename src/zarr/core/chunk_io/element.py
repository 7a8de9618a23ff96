"""Reading one element: the general way without its plan, for arrays of which each read is one plain call.

Whatever is out of the ordinary (an index that is none, a chunk that does not decode, an index of a shard that is not
known) is ELSEWHERE: it is read, or refused, in the general way.
"""

from __future__ import annotations

import math
from operator import mul
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.abc.buffer import UNSURE
from zarr.abc.ranges import RangeByteRequest
from zarr.core import shard
from zarr.core.buffer.core import is_default_prototype
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.chunk_io.decoded import keeps_decoded
from zarr.core.chunk_io.reading import indexes
from zarr.errors import ChunkError

if TYPE_CHECKING:
    from zarr.core.chunk_io.bound import BoundArray
    from zarr.core.shard.layout import ShardLayout

__all__ = ["ELSEWHERE", "ElementReader", "element_reader"]

ELSEWHERE: Final = object()
"""In place of an element: it takes the general way."""
_KINDS = frozenset("biufcmMSU")
"""Kinds of data types whose elements are values that nobody can change."""


def element_reader(bound: BoundArray, shape: tuple[int, ...]) -> ElementReader | None:
    """What reads elements of an array of this shape; None where only the general way will do."""
    chain = bound._one_chain
    if chain is None or not bound.waits_not or bound.pickles or bound.dtype.kind not in _KINDS:
        return None
    if chain.shard is None:
        return ElementReader(bound, shape)
    if chain.shard.inner.shard is not None or chain.shard.nchunks == 1:
        return None
    return _ShardElementReader(bound, shape, chain.shard)


class ElementReader:
    """Reads elements of chunks that are no shards.

    Parameters
    ----------
    bound
        The array; its chunks have one shape.
    shape
        Shape of the array.
    """

    def __init__(self, bound: BoundArray, shape: tuple[int, ...]) -> None:
        self._bound = bound
        self._store: Any = bound.store
        self._axes = tuple(zip(shape, bound.grid.chunk_shape, strict=True))
        self._dtype = bound.dtype
        self._steps = _steps(bound) if bound.is_copy and bound.reads_into else ()
        self._nbytes = bound.chunk_nbytes

    def read(self, point: tuple[int, ...]) -> Any:
        """The element at a point, as a NumPy scalar, or ELSEWHERE."""
        axes = self._axes
        if (
            len(point) != len(axes)
            or not is_default_prototype(buffer_prototype)
            or keeps_decoded(self._bound)
        ):
            return ELSEWHERE
        coords: list[int] = []
        within: list[int] = []
        for index, (length, size) in zip(point, axes, strict=True):
            if index < 0:
                index += length
            if not 0 <= index < length:
                return ELSEWHERE
            chunk, rest = divmod(index, size)
            coords.append(chunk)
            within.append(rest)
        return self._read(self._bound.key(tuple(coords)), tuple(within))

    def _read(self, key: str, within: tuple[int, ...]) -> Any:
        if self._steps:  # the chunk's bytes are its elements: the others need not be read
            element = np.empty(1, self._dtype)
            start = sum(map(mul, within, self._steps))
            found = self._store._read_into_sync(key, [element.view(np.uint8).data], start, self._nbytes)
            if found is not False:
                return element[0] if found else self._fill()
        data = self._store.get_sync(key, prototype=buffer_prototype)
        if data is None:
            return self._fill()
        try:
            chunk = self._bound._one_chain.decode(data.as_numpy_array())  # type: ignore[union-attr]
        except ChunkError:
            return ELSEWHERE
        return chunk[within] if chunk.dtype == self._dtype else ELSEWHERE

    def _fill(self) -> Any:
        if not self._bound.config.read_missing_chunks:
            return ELSEWHERE
        out = np.empty((), self._dtype)
        out[...] = self._bound.fill_value
        return out[()]


def _steps(bound: BoundArray) -> tuple[int, ...]:
    """How many bytes apart neighbours in a chunk are, along each axis."""
    sizes = bound.grid.chunk_shape
    return tuple(bound.dtype.itemsize * math.prod(sizes[axis + 1 :]) for axis in range(len(sizes)))


class _ShardElementReader(ElementReader):
    """Reads elements of shards whose index is kept, as ``reading`` does: if the shard is still that of the index."""

    def __init__(self, bound: BoundArray, shape: tuple[int, ...], layout: ShardLayout) -> None:
        super().__init__(bound, shape)
        self._layout = layout

    def _read(self, key: str, within: tuple[int, ...]) -> Any:
        kept = indexes.get((self._store._lock_scope, key))
        if kept is None:
            return ELSEWHERE
        index, generation = kept
        layout = self._layout
        split = [divmod(i, size) for i, size in zip(within, layout.chunk_shape, strict=True)]
        coords = tuple([chunk for chunk, _ in split])
        try:
            entry = layout.entry(index, coords)
            if entry is None:  # it may have been written since
                return ELSEWHERE
            data = self._store.get_sync(key, prototype=buffer_prototype, byte_range=RangeByteRequest(*entry))
            if data is None or data.generation is UNSURE or data.generation != generation:
                return ELSEWHERE
            chunk = shard.decode_inner(layout.inner, data.as_numpy_array(), coords, entry)
        except Exception:  # of a shard that is not that of the index, or not whole: the general way finds out
            return ELSEWHERE
        return chunk[tuple([rest for _, rest in split])] if chunk.dtype == self._dtype else ELSEWHERE
