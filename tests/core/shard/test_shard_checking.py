"""Checking shards: each inner chunk that is wrong is named, all others are looked at, and memory stays small."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shard_arrays import LITTLE, MISSING, CountingStore, entries_of, index_of, put, sharded, value_of

import zarr
from zarr.codecs import Crc32cCodec, GzipCodec, ShardingCodec
from zarr.core.buffer.cpu import Buffer
from zarr.core.shard import Findings, check_part, run_on_bytes
from zarr.storage import MemoryStore

DATA = np.arange(1, 9, dtype="i2")


def findings_of(array: zarr.Array, data: bytes) -> Findings:
    findings = Findings()
    chain = array._async_array._bound.chain((0,) * array.ndim)
    assert run_on_bytes(check_part(chain, findings, len(data)), np.frombuffer(data, "u1"))
    return findings


def make(**options: Any) -> tuple[zarr.Array, bytes]:
    """An array of one shard of four inner chunks of two elements, and its bytes."""
    store = MemoryStore()
    array = sharded(store, (8,), (8,), (2,), **options)
    array[...] = DATA
    return array, value_of(store, "c/0")


@pytest.mark.parametrize("location", ["start", "end"])
def test_a_sound_shard(location: str) -> None:
    array, data = make(index_location=location)
    findings = findings_of(array, data)
    assert findings.errors == []
    assert findings.nbytes == len(data)


# the entry of inner chunk 1, and what is told of it; the data are bytes 0 to 16, then comes the index
LIES: list[tuple[int, int, str]] = [
    (MISSING, 4, f"offset {MISSING} and size 4"),
    (4, MISSING, "offset 4"),
    (14, 4, "bytes 14 to 18, which are not data of the shard: these are bytes 0 to 16"),
    (16, 4, "not data of the shard"),
    (80, 4, "not data of the shard"),
    (2**40, 4, "not data of the shard"),
    (2**63, 4, "offset"),
    (4, 3, "size 3 where all have 4"),
    (2, 4, "its bytes overlap those of inner chunk (0,)"),
]


@pytest.mark.parametrize(("offset", "size", "part"), LIES)
def test_entries_that_lie(offset: int, size: int, part: str) -> None:
    array, data = make()
    entries = entries_of(data, 4)
    entries[1] = (offset, size)
    findings = findings_of(array, data[:-68] + index_of(*entries))
    assert len(findings.errors) == 1
    assert findings.errors[0].startswith("inner chunk (1,): ")
    assert part in findings.errors[0]


def test_an_index_at_the_start_is_no_data() -> None:
    array, data = make(index_location="start")
    entries = entries_of(data, 4, end=False)
    entries[2] = (64, 4)
    (error,) = findings_of(array, index_of(*entries) + data[68:]).errors
    assert "inner chunk (2,): the index tells of bytes 64 to 68" in error


def test_overlaps_of_one_that_reaches_far() -> None:
    array, data = make(compressors=[GzipCodec()])
    entries = entries_of(data, 4)
    entries[0] = (0, entries[3][0])
    errors = findings_of(array, data[:-68] + index_of(*entries)).errors
    assert {error[:16] for error in errors} == {f"inner chunk ({i},)" for i in (0, 1, 2)}


def test_inner_chunks_may_share_their_bytes() -> None:
    array, data = make()
    entries = entries_of(data, 4)
    entries[3] = entries[0]
    assert findings_of(array, data[:-68] + index_of(*entries)).errors == []


@pytest.mark.parametrize("size", [0, 1, 67])
def test_too_short_for_an_index(size: int) -> None:
    array, data = make()
    assert findings_of(array, data[:size]).errors == [
        f"the shard is {size} bytes long, its index alone has 68"
    ]


def test_every_flipped_bit_of_a_shard_with_checksums() -> None:
    array, data = make(compressors=[Crc32cCodec()])
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        assert len(findings_of(array, bytes(changed)).errors) == 1


@given(st.binary(max_size=200))
def test_noise(data: bytes) -> None:
    array, _ = make()
    assert findings_of(array, data).errors


def test_shards_in_shards_name_both() -> None:
    store = MemoryStore()
    inner = ShardingCodec(chunk_shape=(1,), codecs=[LITTLE, Crc32cCodec()])
    outer = ShardingCodec(chunk_shape=(2,), codecs=[inner])
    array = zarr.create((8,), store=store, chunks=8, dtype="i2", codecs=[outer])
    array[...] = DATA
    data = value_of(store, "c/0")
    assert findings_of(array, data).errors == []
    first = entries_of(data, 4)[2][0]
    changed = bytearray(data)
    changed[first + 7] ^= 1  # of its second element
    (error,) = findings_of(array, bytes(changed)).errors
    assert error.startswith("inner chunk (2,): inner chunk (1,): codec 'crc32c'")
    changed[entries_of(data, 4)[1][1] + first - 1] ^= 1  # and its index
    (error,) = findings_of(array, bytes(changed)).errors
    assert error.startswith("inner chunk (2,): index of the shard: codec 'crc32c'")


def test_of_many_errors_the_first_are_told() -> None:
    array = sharded(MemoryStore(), (300,), (300,), (1,))
    findings = findings_of(array, bytes(600) + index_of(*[(2 * i, 1) for i in range(300)]))
    assert (len(findings.errors), findings.omitted) == (100, 200)


def test_a_large_shard_is_read_in_parts() -> None:
    store = CountingStore()
    array = sharded(store, (1 << 25,), (1 << 25,), (1 << 20,), dtype="u1", fill_value=1)
    array[...] = 0
    store.taken()
    tracemalloc.start()
    report = zarr.verify(store)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (report.ok, report.chunks) == (True, 1)
    assert len(store.taken()) > 4
    assert peak < 20 << 20


def test_a_shard_that_is_replaced_meanwhile_is_read_again() -> None:
    class Changing(MemoryStore):
        """Another writer replaces the shard, by one of another size, between any two reads."""

        _suspends = False
        writing = False

        def get_sync(self, key: str, **kwargs: Any) -> Any:
            found = super().get_sync(key, **kwargs)
            if self.writing and key == "c/0":
                values.reverse()
                put(self, key, values[0])
                found.generation = id(self._store_dict[key])
            return found

    store = Changing()
    array = sharded(store, (8,), (8,), (2,), compressors=[GzipCodec()])
    array[...] = DATA
    values = [value_of(store, "c/0")]
    array[2:] = 0
    values.append(value_of(store, "c/0"))
    assert len(values[0]) != len(values[1])
    store.writing = True
    assert zarr.verify(store).problems == []
    assert isinstance(store._store_dict["c/0"], Buffer)
