"""Where the inner chunks of a shard are: its index (zarr v3, codecs/sharding-indexed). Pure.

The index holds per inner chunk an offset from the start of the shard and a number of bytes, both 2^64-1 for
one that is missing. Stored entries are never trusted: each is checked when its chunk is asked for.
"""

from __future__ import annotations

import math
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, cast

import numpy as np

from zarr.abc.ranges import ByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.chunk_grids import ChunkGrid
from zarr.core.indexing import (
    colexicographic_order_coords,
    lexicographic_order_coords,
    morton_order_coords,
)
from zarr.errors import ChunkError

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.codec import BytesLike
    from zarr.core.codec_chain import CodecChain

__all__ = ["MISSING", "Entries", "Room", "ShardLayout", "WriteOrder"]

MISSING = 2**64 - 1

WriteOrder = Literal["morton", "unordered", "lexicographic", "colexicographic"]

_ORDERS = {
    "morton": morton_order_coords,
    "unordered": lexicographic_order_coords,
    "lexicographic": lexicographic_order_coords,
    "colexicographic": colexicographic_order_coords,
}


_Orders: TypeAlias = "tuple[tuple[int, ...], npt.NDArray[np.intp]]"
_MOST_KEPT = 1 << 15
"""Inner chunks of a shard of which the order is kept for others like it."""
_MOST = 2**62
_LARGE = 1 << 14
_LARGE_PAGES = 4 << 20


class Entries(NamedTuple):
    """Where inner chunks are in a shard, in arrays of their grid's shape.

    Attributes
    ----------
    starts, ends
        Their bytes; 0 for one that is missing.
    there
        Whether they are there.
    """

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    there: npt.NDArray[np.bool_]


class ShardLayout:
    """The plan of one shape of shards.

    Parameters
    ----------
    shape
        Shape of the shard.
    chunk_shape
        Shape of its inner chunks; divides that of the shard.
    inner
        The bound codecs of an inner chunk.
    index
        The bound codecs of the index.
    index_location
        Whether the index is at the start or the end.
    write_order
        In which order inner chunks are written.
    limits
        Inner chunks that lie within so many bytes of each other are read in one go, of up to so many bytes.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        chunk_shape: tuple[int, ...],
        inner: CodecChain,
        index: CodecChain,
        index_location: Literal["start", "end"],
        write_order: WriteOrder,
        limits: tuple[int, int],
    ) -> None:
        self.shape = shape
        self.chunk_shape = chunk_shape
        self.counts = tuple(s // c for s, c in zip(shape, chunk_shape, strict=True))
        self.nchunks = math.prod(self.counts)
        self.grid = ChunkGrid.from_sizes(shape, chunk_shape)
        self.inner = inner
        self.limits = limits
        self.index_at_end = index_location == "end"
        self._index = index
        if index.encoded_size is None:
            raise ValueError("index_codecs: the size of the index must be fixed; compressors cannot be used")
        self.index_size = index.encoded_size
        self._write_order: WriteOrder = write_order

    @property
    def index_request(self) -> ByteRequest:
        """The range of bytes that the index is in."""
        if self.index_at_end:
            return SuffixByteRequest(self.index_size)
        return RangeByteRequest(0, self.index_size)

    def place(self, coords: tuple[int, ...]) -> int:
        """Where an inner chunk is among all in C order."""
        place = 0
        for i, n in zip(coords, self.counts, strict=True):
            place = place * n + i
        return place

    @property
    def order(self) -> tuple[int, ...]:
        """The places of all inner chunks in the order of writing."""
        return self._orders[0]

    @property
    def ranks(self) -> npt.NDArray[np.intp]:
        """When each inner chunk is written, by its place in C order."""
        return self._orders[1]

    @cached_property
    def _orders(self) -> _Orders:
        make = _kept_orders if self.nchunks <= _MOST_KEPT else _orders_of
        return make(self._write_order, self.counts)

    def parse_index(self, data: BytesLike) -> npt.NDArray[np.uint64]:
        """The index in its bytes: an array of shape counts + (2,)."""
        if len(data) != self.index_size:
            raise ChunkError(f"the shard is {len(data)} bytes long, its index alone has {self.index_size}")
        try:
            return self._index.decode(data)
        except ChunkError as error:
            raise ChunkError(f"index of the shard: {error}") from error

    def index_of(self, shard: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
        """The index of a shard that is here as a whole."""
        return self.parse_index(shard[-self.index_size :] if self.index_at_end else shard[: self.index_size])

    def entry(self, index: npt.NDArray[np.uint64], coords: tuple[int, ...]) -> tuple[int, int] | None:
        """Start and end of an inner chunk in the shard; None where it is missing.

        Raises
        ------
        ChunkError
            If the entry cannot be true.
        """
        offset, size = index[coords].tolist()
        if offset == MISSING and size == MISSING:
            return None
        fixed = self.inner.encoded_size
        if offset == MISSING or size == MISSING or offset + size > 2**63:
            raise ChunkError(f"inner chunk {coords}: index entry with offset {offset} and size {size}")
        if fixed is not None and size != fixed:
            raise ChunkError(f"inner chunk {coords}: index entry with size {size} where all have {fixed}")
        return offset, offset + size

    def entries(self, index: npt.NDArray[np.uint64]) -> Entries | None:
        """``entry`` of many inner chunks at once; None if one of them cannot be true."""
        offsets, sizes = index[..., 0], index[..., 1]
        there = (offsets != MISSING) | (sizes != MISSING)
        fixed = self.inner.encoded_size
        wrong = (offsets > _MOST) | (sizes > _MOST if fixed is None else sizes != fixed)
        if (wrong & there).any():
            return None
        starts = np.where(there, offsets, 0).astype(np.int64)
        return Entries(starts, starts + np.where(there, sizes, 0).astype(np.int64), there)

    def pack(
        self, parts: list[BytesLike | None], room: Room | None = None, *, empty: bool = False
    ) -> BytesLike | None:
        """The bytes of a shard of all its inner chunks, in C order, None for one that is missing.

        Those that were put into ``room`` need not be among the parts; its places are those of all that are not missing.
        None where all are missing, unless ``empty`` shards are wanted. The list of parts is used up.
        """
        if room is not None:
            for i in [i for i, part in enumerate(parts) if part is not None]:
                room.row(i)[:] = np.frombuffer(cast("BytesLike", parts[i]), np.uint8)
                room.there[i] = True
            if room.full:
                return room.shard(self._index)
            for i in np.flatnonzero(room.there).tolist():
                parts[i] = room.row(i)
        order = [i for i in self.order if parts[i] is not None]
        if not order and not empty:
            return None
        pieces: list[Any] = [parts[i] for i in order]
        sizes = np.fromiter(map(len, pieces), np.uint64, len(pieces))
        index = np.full((self.nchunks, 2), MISSING, dtype=np.uint64)
        start = 0 if self.index_at_end else self.index_size
        index[order, 0] = start + np.cumsum(sizes, dtype=np.uint64) - sizes
        index[order, 1] = sizes
        encoded: Any = self._index.encode(index.reshape(*self.counts, 2))
        return _joined([*pieces, encoded] if self.index_at_end else [encoded, *pieces])


def _orders_of(write_order: WriteOrder, counts: tuple[int, ...]) -> _Orders:
    """The places of inner chunks, in C order, in the order of writing; and for each its place there."""
    coords = _ORDERS[write_order](counts)
    order = np.ravel_multi_index(tuple(np.transpose(coords)), counts) if coords[0] else np.zeros(1, np.intp)
    ranks = np.empty(len(order), np.intp)
    ranks[order] = np.arange(len(order))
    ranks.flags.writeable = False
    return tuple(order.tolist()), ranks


_kept_orders = lru_cache(maxsize=16)(_orders_of)


class Room:
    """The memory of a shard whose inner chunks have one size: each is put where it will be stored, if all are there.

    Parameters
    ----------
    layout
        Of the shard.
    nbytes
        Size in bytes of an inner chunk, as it is stored.
    places
        Those of the inner chunks that may be there, in C order.

    Attributes
    ----------
    there
        Which inner chunks of the shard are there, in C order.
    """

    def __init__(self, layout: ShardLayout, nbytes: int, places: npt.NDArray[np.intp]) -> None:
        self._start, self._counts, size = 0, layout.counts, len(places) * nbytes
        self._memory = np.empty(size + layout.index_size, np.uint8)
        self._of_index = self._memory[size:]
        if not layout.index_at_end:
            self._start, self._of_index = layout.index_size, self._memory[: layout.index_size]
        self._rows = self._memory[self._start : self._start + size].reshape(len(places), nbytes)
        self._places = places
        self._ranks = layout.ranks
        if len(places) < layout.nchunks:
            self._ranks = np.full(layout.nchunks, layout.nchunks)  # no row: an IndexError
            self._ranks[places[np.argsort(layout.ranks[places])]] = np.arange(len(places))
        self.there = np.zeros(layout.nchunks, bool)

    @property
    def full(self) -> bool:
        """Whether all are there that may be."""
        return bool(self.there[self._places].all())

    def row(self, place: int) -> npt.NDArray[np.uint8]:
        """The memory of an inner chunk."""
        row: npt.NDArray[np.uint8] = self._rows[self._ranks[place]]
        return row

    def put(self, places: npt.NDArray[np.intp], chunks: npt.NDArray[np.uint8]) -> None:
        """Put the bytes of inner chunks, a row each, in their places."""
        self._rows[self._ranks[places]] = chunks
        self.there[places] = True

    def shard(self, index_codecs: CodecChain) -> BytesLike:
        """The shard, if all are there that may be."""
        nbytes = self._rows.shape[1]
        index = np.full((len(self.there), 2), MISSING, np.uint64)
        index[self._places, 0] = self._start + self._ranks[self._places] * nbytes
        index[self._places, 1] = nbytes
        encoded: Any = index_codecs.encode(index.reshape(*self._counts, 2))
        self._of_index[:] = np.frombuffer(encoded, np.uint8)
        self._memory.flags.writeable = False  # nobody else has it: a store in memory need not copy it
        return self._memory


def _joined(pieces: list[Any]) -> BytesLike:
    """Pieces as one; much by NumPy, whose memory is made of large pages, and large ones while other threads work."""
    size = sum(map(len, pieces))
    if size >= _LARGE * len(pieces):
        whole = np.concatenate([np.frombuffer(piece, np.uint8) for piece in pieces])
    elif size < _LARGE_PAGES:
        return b"".join(pieces)
    else:
        whole = np.empty(size, np.uint8)
        view, end = memoryview(whole), 0
        for piece in pieces:
            view[end : (end := end + len(piece))] = piece
    whole.flags.writeable = False  # nobody else has it: a store in memory need not copy it
    return whole
