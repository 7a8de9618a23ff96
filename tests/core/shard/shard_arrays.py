"""Arrays of shards and stores that count, for the tests here."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

import zarr
from zarr.abc.buffer import Buffer as AnyBuffer
from zarr.abc.buffer import BufferPrototype
from zarr.abc.ranges import ByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.codecs import BytesCodec, Crc32cCodec
from zarr.codecs.crc32c_ import checksum
from zarr.core.buffer.cpu import Buffer
from zarr.storage import MemoryStore

MISSING = 2**64 - 1
LITTLE = BytesCodec(endian="little")
PLAIN_INDEX = [LITTLE]
SUMMED_INDEX = [LITTLE, Crc32cCodec()]


class CountingStore(MemoryStore):
    """A store in memory that notes each read and write of chunks: what, and which bytes."""

    _suspends = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.log: list[Any] = []

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> AnyBuffer | None:
        if not key.endswith("zarr.json"):
            self.log.append(_told(byte_range))
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)

    def set_sync(self, key: str, value: AnyBuffer) -> None:
        if not key.endswith("zarr.json"):
            self.log.append("set")
        super().set_sync(key, value)

    def delete_sync(self, key: str) -> None:
        self.log.append("delete")
        super().delete_sync(key)

    def taken(self) -> list[Any]:
        """What was noted since the last time."""
        out, self.log = self.log, []
        return out


def _told(byte_range: ByteRequest | None) -> Any:
    if isinstance(byte_range, RangeByteRequest):
        return (byte_range.start, byte_range.end)
    if isinstance(byte_range, SuffixByteRequest):
        return -byte_range.suffix
    return "whole" if byte_range is None else byte_range


def value_of(store: MemoryStore, key: str) -> bytes:
    """The bytes of a key."""
    return store._store_dict[key].to_bytes()


def put(store: MemoryStore, key: str, data: bytes) -> None:
    """Replace the bytes of a key."""
    store._store_dict[key] = Buffer.from_bytes(data)


def index_of(*entries: tuple[int, int], summed: bool = True) -> bytes:
    """The bytes of an index."""
    data = b"".join(struct.pack("<QQ", *entry) for entry in entries)
    return data + checksum(data).to_bytes(4, "little") if summed else data


def entries_of(data: bytes, count: int, *, end: bool = True, summed: bool = True) -> list[tuple[int, int]]:
    """The entries of the index of a shard."""
    size = 16 * count + 4 * summed
    found = data[len(data) - size :] if end else data[:size]
    return [tuple(pair) for pair in np.frombuffer(found[: 16 * count], "<u8").reshape(-1, 2).tolist()]


def sharded(
    store: Any, shape: Any, shards: Any, chunks: Any, dtype: Any = "i2", **options: Any
) -> zarr.Array:
    """A new array of shards; without compressor if none is given."""
    given = {"compressors": None, "fill_value": 0} | options
    location = given.pop("index_location", "end")
    extra = {name: given.pop(name) for name in ("index_codecs", "subchunk_write_order") if name in given}
    return zarr.create_array(
        store,
        shape=shape,
        chunks=chunks,
        shards={"shape": shards, "index_location": location, **extra},
        dtype=dtype,
        **given,
    )
