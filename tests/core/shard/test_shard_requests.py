"""How many requests reads and writes of shards make, exactly, and of which bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from shard_arrays import CountingStore, sharded

import zarr
from zarr.codecs import BytesCodec, ShardingCodec

INDEX = 16 * 16 + 4
"""Of shards of 4 by 4 inner chunks."""

DATA = np.arange(1, 16 * 16 + 1, dtype="i4").reshape(16, 16)


def array_of(gap: int = 0, most: int = 1 << 20, **options: Any) -> tuple[CountingStore, zarr.Array]:
    """An array of 2 by 2 shards of 4 by 4 inner chunks of 16 bytes, in C order."""
    store = CountingStore()
    config = {"sharding_coalesce_max_gap_bytes": gap, "sharding_coalesce_max_bytes": most}
    array = sharded(
        store, (16, 16), (8, 8), (2, 2), "i4", subchunk_write_order="lexicographic", config=config, **options
    )
    array[...] = DATA
    store.taken()
    return store, array


# selection, gap, most bytes at once, ranges that are read of the first shard, behind the index
READS: list[tuple[Any, int, int, list[Any]]] = [
    ((0, 0), 0, 1 << 20, [(0, 16)]),
    ((slice(0, 2), slice(0, 2)), 0, 1 << 20, [(0, 16)]),
    ((slice(0, 2), slice(0, 8)), 0, 1 << 20, [(0, 64)]),
    ((slice(0, 2), slice(0, 8)), 0, 32, [(0, 32), (32, 64)]),
    ((slice(0, 4), slice(0, 8)), 0, 1 << 20, [(0, 128)]),
    ((slice(0, 8), slice(0, 2)), 0, 1 << 20, [(0, 16), (64, 80), (128, 144), (192, 208)]),
    ((slice(0, 8), slice(0, 2)), 47, 1 << 20, [(0, 16), (64, 80), (128, 144), (192, 208)]),
    ((slice(0, 8), slice(0, 2)), 48, 1 << 20, [(0, 208)]),
    ((slice(0, 8), slice(0, 2)), 48, 80, [(0, 80), (128, 208)]),
    ((slice(1, 7, 3), 3), 0, 1 << 20, [(16, 32), (144, 160)]),
]


@pytest.mark.parametrize(("selection", "gap", "most", "ranges"), READS)
def test_partial_reads(selection: Any, gap: int, most: int, ranges: list[Any]) -> None:
    store, array = array_of(gap, most)
    np.testing.assert_array_equal(array[selection], DATA[selection])
    assert store.taken() == [-INDEX, *ranges]


def test_an_index_at_the_start() -> None:
    store, array = array_of(index_location="start")
    np.testing.assert_array_equal(array[:2, :4], DATA[:2, :4])
    assert store.taken() == [(0, INDEX), (INDEX, INDEX + 32)]


def test_a_whole_shard_is_one_request() -> None:
    store, array = array_of()
    np.testing.assert_array_equal(array[:8, :8], DATA[:8, :8])
    assert store.taken() == ["whole"]
    np.testing.assert_array_equal(array[...], DATA)
    assert store.taken() == ["whole"] * 4


def test_selections_over_shards() -> None:
    store, array = array_of()
    np.testing.assert_array_equal(array[7:9, 7:9], DATA[7:9, 7:9])
    requests = store.taken()
    assert requests[::2] == [-INDEX] * 4
    assert sorted(requests[1::2]) == [(0, 16), (48, 64), (192, 208), (240, 256)]


def test_points() -> None:
    store, array = array_of()
    np.testing.assert_array_equal(array.vindex[[0, 1, 5], [0, 1, 5]], DATA[[0, 1, 5], [0, 1, 5]])
    assert store.taken() == [-INDEX, (0, 16), (160, 176)]


def test_a_missing_shard_is_one_request() -> None:
    store, array = array_of()
    store.delete_sync("c/0/0")
    store.taken()
    assert array[0, 0] == 0
    assert store.taken() == [-INDEX]


def test_missing_inner_chunks_are_not_asked_for() -> None:
    store, array = array_of()
    array[0:2, 0:8] = 0
    store.taken()
    assert not array[0:2, 0:8].any()
    assert store.taken() == [-INDEX]


def test_writes() -> None:
    store, array = array_of()
    array[0, 0] = 9
    assert store.taken() == ["whole", "set"]
    array[:8, :8] = 7
    assert store.taken() == ["set"]
    array[:8, :8] = 0
    assert store.taken() == ["delete"]
    array[:2, :2] = 1
    assert store.taken() == ["whole", "set"]


def test_shards_within_shards() -> None:
    """Outer index, inner indexes, inner chunks: three rounds, each joined."""
    store = CountingStore()
    inner = ShardingCodec(chunk_shape=(2,), codecs=[BytesCodec()])
    array = sharded(store, (16,), (16,), (4,), "i2", serializer=inner)
    array[...] = np.arange(1, 17)
    store.taken()
    one = 8 + 2 * 16 + 4  # an inner shard: two chunks of 4 bytes, their index
    outer = 4 * 16 + 4
    assert array[5] == 6
    # the order of writing is that of Morton, which along one axis is that of the axis
    assert store.taken() == [-outer, (2 * one - 36, 2 * one), (one, one + 4)]
    np.testing.assert_array_equal(array[1:7:5], [2, 7])
    assert store.taken() == [(8, 2 * one), (0, one + 8)]  # the outer index is kept
    np.testing.assert_array_equal(array[...], np.arange(1, 17))
    assert store.taken() == ["whole"]


async def test_awaited() -> None:
    store, array = array_of()
    got = await array.async_array.getitem((slice(0, 8), slice(0, 2)))
    np.testing.assert_array_equal(got, DATA[:8, :2])
    assert store.taken() == [-INDEX, (0, 16), (64, 80), (128, 144), (192, 208)]
