"""Shards, byte for byte: the vectors of the specification's page, and shards that Zarr-Python 3.4.2 wrote."""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np
import pytest
from shard_arrays import LITTLE, MISSING, PLAIN_INDEX, entries_of, index_of, put, sharded, value_of

import zarr
from zarr.codecs import BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec
from zarr.storage import MemoryStore


def u64(*values: int) -> str:
    return "".join(value.to_bytes(8, "little").hex() for value in values)


EIGHT = np.arange(1, 9, dtype="i2")
SPARSE = np.array([0, 0, 1, 2, 0, 0, 3, 0], "i2")

# data, location of the index, bytes in hex
VECTORS: list[tuple[Any, str, str]] = [
    (EIGHT, "end", "01000200030004000500060007000800" + u64(0, 4, 4, 4, 8, 4, 12, 4) + "18dc6a1c"),
    (EIGHT, "start", u64(68, 4, 72, 4, 76, 4, 80, 4) + "17b14783" + "01000200030004000500060007000800"),
    (SPARSE, "end", "0100020003000000" + "ff" * 16 + u64(0, 4) + "ff" * 16 + u64(4, 4) + "4fef61ff"),
]


@pytest.mark.parametrize(("data", "location", "expected"), VECTORS)
def test_vectors(data: Any, location: str, expected: str) -> None:
    store = MemoryStore()
    array = sharded(store, (8,), (8,), (2,), index_location=location)
    array[...] = data
    assert value_of(store, "c/0").hex() == expected
    put(store, "c/0", bytes.fromhex(expected))
    np.testing.assert_array_equal(zarr.open_array(store, mode="r")[...], data)


def counting(*shape: int) -> np.ndarray[Any, Any]:
    return np.arange(1, np.prod(shape) + 1, dtype="u1").reshape(shape)


def with_gap() -> np.ndarray[Any, Any]:
    data = counting(4, 6)
    data[:2, 2:4] = 0
    return data


# shape, shards, chunks, dtype, location, data, key, bytes that Zarr-Python 3.4.2 wrote without compression
RECORDED: list[tuple[Any, Any, Any, str, str, Any, str, str]] = [
    (
        (4, 4), (4, 4), (1, 1), "u1", "end", counting(4, 4), "c/0/0",
        "01050206090d0a0e030704080b0f0c10"
        + u64(0, 1, 2, 1, 8, 1, 10, 1, 1, 1, 3, 1, 9, 1, 11, 1, 4, 1, 6, 1, 12, 1, 14, 1, 5, 1, 7, 1, 13, 1, 15, 1)
        + "a137b7b4",
    ),
    (
        (3, 5), (3, 5), (1, 1), "u1", "end", counting(3, 5), "c/0/0",
        "010602070b0c030804090d0e050a0f"
        + u64(0, 1, 2, 1, 6, 1, 8, 1, 12, 1, 1, 1, 3, 1, 7, 1, 9, 1, 13, 1, 4, 1, 5, 1, 10, 1, 11, 1, 14, 1)
        + "27495d62",
    ),
    (
        (2, 3, 4), (2, 3, 4), (1, 1, 1), "u1", "end", counting(2, 3, 4), "c/0/0/0",
        "010d0511020e061209150a16030f0713041008140b170c18"
        + u64(0, 1, 4, 1, 12, 1, 16, 1, 2, 1, 6, 1, 14, 1, 18, 1, 8, 1, 10, 1, 20, 1, 22, 1)
        + u64(1, 1, 5, 1, 13, 1, 17, 1, 3, 1, 7, 1, 15, 1, 19, 1, 9, 1, 11, 1, 21, 1, 23, 1)
        + "39f2e9b1",
    ),
    (
        (4, 6), (4, 6), (2, 2), "u1", "start", with_gap(), "c/0/0",
        u64(100, 4) + "ff" * 16 + u64(112, 4, 104, 4, 108, 4, 116, 4)
        + "6a10df2b" + "010207080d0e13140f10151605060b0c11121718",
    ),
    ((), (), (), "i2", "end", np.array(7, "i2"), "c", "0700" + u64(0, 2) + "a46008d0"),
    (
        (5,), (4,), (2,), "i2", "end", np.arange(1, 6, dtype="i2"), "c/0",
        "0100020003000400" + u64(0, 4, 4, 4) + "f6ff6f8f",
    ),
    (
        (5,), (4,), (2,), "i2", "end", np.arange(1, 6, dtype="i2"), "c/1",
        "05000000" + u64(0, 4) + "ff" * 16 + "8a0729c5",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "shards", "chunks", "dtype", "location", "data", "key", "expected"), RECORDED
)
def test_recorded(
    shape: Any, shards: Any, chunks: Any, dtype: str, location: str, data: Any, key: str, expected: str
) -> None:
    store = MemoryStore()
    array = sharded(store, shape, shards, chunks, dtype, index_location=location)
    array[...] = data
    assert value_of(store, key).hex() == expected
    np.testing.assert_array_equal(array[...], data)


ORDERS = {
    "morton": [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)],
    "lexicographic": [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)],
    "colexicographic": [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)],
    "unordered": [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)],
}


@pytest.mark.parametrize("order", ORDERS)
def test_orders_of_writing(order: str) -> None:
    store = MemoryStore()
    codec = ShardingCodec(chunk_shape=(1, 1), codecs=[BytesCodec()], subchunk_write_order=order)  # type: ignore[arg-type]
    array = zarr.create_array(
        store, shape=(2, 3), chunks=(2, 3), dtype="u1", serializer=codec, compressors=None
    )
    data = counting(2, 3)
    array[...] = data
    assert list(value_of(store, "c/0/0")[:6]) == [data[c] for c in ORDERS[order]]
    assert order not in value_of(store, "zarr.json").decode()
    np.testing.assert_array_equal(zarr.open_array(store, mode="r")[...], data)


def test_a_shard_of_nothing_but_fill_is_not_stored() -> None:
    store = MemoryStore()
    array = sharded(store, (8,), (4,), (2,), fill_value=3)
    array[...] = 3
    array[5] = 1
    assert [key for key in store._store_dict if key.startswith("c/")] == ["c/1"]
    assert entries_of(value_of(store, "c/1"), 2) == [(0, 4), (MISSING, MISSING)]
    array[5] = 3
    assert [key for key in store._store_dict if key.startswith("c/")] == []


def test_empty_chunks_are_written_where_asked_for() -> None:
    store = MemoryStore()
    array = sharded(store, (4,), (4,), (2,), config={"write_empty_chunks": True})
    array[...] = 0
    assert value_of(store, "c/0") == bytes(8) + index_of((0, 4), (4, 4))


def test_the_index_may_be_transposed() -> None:
    """The order of the index' axes is that of its codecs; what it says is the same."""
    store = MemoryStore()
    index = [TransposeCodec(order=(2, 1, 0)), BytesCodec(endian="big")]
    array = sharded(store, (2, 3), (2, 3), (1, 1), "u1", index_codecs=index)
    data = counting(2, 3)
    array[...] = data
    stored = value_of(store, "c/0/0")
    table = np.frombuffer(stored[6:], ">u8").reshape(2, 3, 2).transpose(2, 1, 0)
    assert all(stored[table[i, j, 0]] == data[i, j] and table[i, j, 1] == 1 for i, j in np.ndindex(2, 3))
    np.testing.assert_array_equal(array[1, :2], data[1, :2])


def test_gaps_any_order_and_shared_bytes_are_read() -> None:
    store = MemoryStore()
    array = sharded(store, (8,), (8,), (2,), index_codecs=PLAIN_INDEX)
    body = b"gap" + b"\x05\x00\x06\x00" + b"..." + b"\x01\x00\x02\x00"
    put(store, "c/0", body + index_of((10, 4), (3, 4), (10, 4), (12, 4), summed=False))
    first = [1, 2, 5, 6, 1, 2]
    np.testing.assert_array_equal(array[:6], first)
    # the last entry reaches into the index: 2, and the first two bytes of the first entry
    np.testing.assert_array_equal(array[...], [*first, 2, 10])


def test_transpose_before_shards() -> None:
    """Inner chunks are those of the transposed chunk."""
    store = MemoryStore()
    sharding = ShardingCodec(chunk_shape=(3, 1), codecs=[BytesCodec()], index_codecs=[LITTLE])
    array = zarr.create_array(
        store, shape=(2, 3), chunks=(2, 3), dtype="u1", filters=[TransposeCodec(order=(1, 0))],
        serializer=sharding, compressors=None,
    )  # fmt: skip
    array[...] = counting(2, 3)
    assert value_of(store, "c/0/0") == bytes([1, 2, 3, 4, 5, 6]) + index_of((0, 3), (3, 3), summed=False)
    array[1, 1:] = 0
    np.testing.assert_array_equal(array[...], [[1, 2, 3], [4, 0, 0]])


def test_shards_within_shards() -> None:
    store = MemoryStore()
    inner = ShardingCodec(chunk_shape=(1,), codecs=[BytesCodec()], index_codecs=[LITTLE])
    outer = ShardingCodec(chunk_shape=(2,), codecs=[inner], index_codecs=[LITTLE, Crc32cCodec()])
    array = zarr.create_array(store, shape=(4,), chunks=(4,), dtype="u1", serializer=outer, compressors=None)
    array[...] = [1, 2, 0, 4]
    first = bytes([1, 2]) + index_of((0, 1), (1, 1), summed=False)
    second = bytes([4]) + index_of((MISSING, MISSING), (0, 1), summed=False)
    assert value_of(store, "c/0") == first + second + index_of((0, 34), (34, 33))


def test_gzip_around_shards() -> None:
    store = MemoryStore()
    sharding = ShardingCodec(chunk_shape=(2,), codecs=[LITTLE])
    array = zarr.create_array(
        store, shape=(8,), chunks=(8,), dtype="i2", serializer=sharding, compressors=[GzipCodec(level=1)]
    )
    array[...] = EIGHT
    assert gzip.decompress(value_of(store, "c/0")).hex() == VECTORS[0][2]
    array[3] = 0
    np.testing.assert_array_equal(array[2:5], [3, 0, 5])
