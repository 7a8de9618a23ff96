"""Shards that lie: an error for the inner chunk, its neighbours stay readable, nothing that is stored changes."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shard_arrays import LITTLE, MISSING, entries_of, index_of, put, sharded, value_of

import zarr
from zarr.codecs import BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec
from zarr.errors import ChunkError
from zarr.storage import LocalStore, MemoryStore
from zarr.testing.store import LatencyStore

DATA = np.arange(1, 9, dtype="i2")
KEY = "here/c/0"


def make(**options: Any) -> tuple[MemoryStore, zarr.Array]:
    """An array of one shard of four inner chunks of two elements, 4 bytes each."""
    store = MemoryStore()
    array = sharded(store, (8,), (8,), (2,), name="here", **options)
    array[...] = DATA
    return store, array


def with_entry(store: MemoryStore, place: int, offset: int, size: int) -> None:
    """Make one entry of the index lie, under a true checksum."""
    data = value_of(store, KEY)
    entries = entries_of(data, 4)
    entries[place] = (offset, size)
    put(store, KEY, data[:-68] + index_of(*entries))


# what an entry says, whether elements are compressed, what the message tells
LIES: list[tuple[int, int, bool, str]] = [
    (MISSING, 4, False, f"offset {MISSING} and size 4"),
    (4, MISSING, False, f"offset 4 and size {MISSING}"),
    (1000, 4, False, "bytes 1000 to 1004, which the shard does not have"),
    (82, 4, False, "bytes 82 to 86, which the shard does not have"),
    (84, 4, False, "bytes 84 to 88, which the shard does not have"),
    (2**40, 4, False, "which the shard does not have"),
    (2**62, 4, False, "which the shard does not have"),
    (2**63 - 4, 4, False, "which the shard does not have"),
    (2**63, 4, False, "offset"),
    (MISSING - 4, 4, False, "offset"),
    (4, 3, False, "size 3 where all have 4"),
    (4, 0, False, "size 0 where all have 4"),
    (4, 2**40, False, f"size {2**40} where all have 4"),
    (0, 2**40, True, "which the shard does not have"),
    (0, 2**62, True, "which the shard does not have"),
    (0, 0, True, "codec 'gzip', of 0 stored bytes"),
    (1, 10, True, "codec 'gzip', of 10 stored bytes"),
]


@pytest.mark.parametrize(("offset", "size", "compressed", "part"), LIES)
class TestEntriesThatLie:
    def make(self, offset: int, size: int, compressed: bool) -> tuple[MemoryStore, zarr.Array]:
        store, array = make(compressors=[GzipCodec(level=1)] if compressed else None)
        with_entry(store, 1, offset, size)
        return store, array

    def test_the_error_names_array_key_and_inner_chunk(
        self, offset: int, size: int, compressed: bool, part: str
    ) -> None:
        store, array = self.make(offset, size, compressed)
        for selection in (2, slice(2, 4), slice(None), slice(1, 5), slice(0, 8, 3)):
            with pytest.raises(ChunkError) as caught:
                array[selection]
            message = str(caught.value)
            assert message.startswith(f"array '/here' of {store}, chunk 'here/c/0': inner chunk (1,): "), (
                message
            )
            assert part in message

    def test_good_neighbours_stay_readable(self, offset: int, size: int, compressed: bool, part: str) -> None:
        _, array = self.make(offset, size, compressed)
        np.testing.assert_array_equal(array[:2], DATA[:2])
        np.testing.assert_array_equal(array[4:], DATA[4:])
        np.testing.assert_array_equal(array.oindex[[7, 0]], DATA[[7, 0]])

    def test_partial_writes_refuse(self, offset: int, size: int, compressed: bool, part: str) -> None:
        """All of them where the bytes are not there; only those into it where they are and hold no chunk."""
        store, array = self.make(offset, size, compressed)
        before = value_of(store, KEY)
        for selection in (2, slice(3, 8)) if part.startswith("codec") else (0, slice(0, 2), 2, slice(2, 4)):
            with pytest.raises(ChunkError, match=r"chunk 'here/c/0': inner chunk \(1,\): "):
                array[selection] = 5
            assert value_of(store, KEY) == before

    def test_whole_writes_put_it_right(self, offset: int, size: int, compressed: bool, part: str) -> None:
        _, array = self.make(offset, size, compressed)
        array[...] = DATA[::-1]
        np.testing.assert_array_equal(array[...], DATA[::-1])

    def test_other_stores(self, offset: int, size: int, compressed: bool, part: str, tmp_path: Path) -> None:
        memory, _ = self.make(offset, size, compressed)
        (tmp_path / "here/c").mkdir(parents=True)
        for key in memory._store_dict:
            if key.startswith("here/"):
                (tmp_path / key).write_bytes(value_of(memory, key))
        for store in (LocalStore(tmp_path), LatencyStore(memory)):
            array = zarr.open_array(store, path="here", mode="r")
            for selection in (2, slice(None)):
                with pytest.raises(ChunkError, match=r"inner chunk \(1,\): ") as caught:
                    array[selection]
                assert part in str(caught.value)
            np.testing.assert_array_equal(array[4:], DATA[4:])


class TestDamagedInnerChunks:
    def test_contents(self) -> None:
        store, array = make(compressors=[GzipCodec(level=1)])
        data = bytearray(value_of(store, KEY))
        start, size = entries_of(bytes(data), 4)[2]
        data[start + size - 6] ^= 1
        put(store, KEY, bytes(data))
        with pytest.raises(ChunkError, match=r"inner chunk \(2,\): codec 'gzip'"):
            array[4]
        np.testing.assert_array_equal(array[:4], DATA[:4])
        array[0] = 9  # the damaged one is not touched, so it is kept as it is
        assert array[0] == 9
        before = value_of(store, KEY)
        with pytest.raises(ChunkError, match=r"inner chunk \(2,\): codec 'gzip'"):
            array[5] = 1
        assert value_of(store, KEY) == before
        array[4:6] = [1, 2]  # wholly replaced
        np.testing.assert_array_equal(array[...], [9, 2, 3, 4, 1, 2, 7, 8])


class TestDamagedIndexes:
    @pytest.mark.parametrize("location", ["start", "end"])
    @pytest.mark.parametrize("size", [0, 1, 67])
    def test_shorter_than_the_index(self, location: str, size: int) -> None:
        store, array = make(index_location=location)
        put(store, KEY, bytes(size))
        for selection in (0, slice(None)):
            with pytest.raises(ChunkError, match=rf"chunk 'here/c/0': .*{size} bytes long.*has 68"):
                array[selection]
        with pytest.raises(ChunkError, match="here/c/0"):
            array[0] = 1
        assert value_of(store, KEY) == bytes(size)

    @pytest.mark.parametrize("location", ["start", "end"])
    def test_every_flip_is_found(self, location: str) -> None:
        store, array = make(index_location=location)
        sound = value_of(store, KEY)
        places = range(68) if location == "start" else range(len(sound) - 68, len(sound))
        for place in places:
            changed = bytearray(sound)
            changed[place] ^= 0x10
            put(store, KEY, bytes(changed))
            with pytest.raises(
                ChunkError, match="chunk 'here/c/0': index of the shard: codec 'crc32c'.*checksum"
            ):
                array[0]
            with pytest.raises(ChunkError, match="index of the shard"):
                array[0] = 1
            assert value_of(store, KEY) == bytes(changed)

    def test_a_shard_that_was_cut_short(self) -> None:
        store, array = make()
        sound = value_of(store, KEY)
        for size in range(68, len(sound)):
            put(store, KEY, sound[:size])
            with pytest.raises(ChunkError, match="here/c/0"):
                array[...]

    @given(st.binary(max_size=120), st.sampled_from(["start", "end"]), st.booleans())
    def test_noise(self, noise: bytes, location: str, summed: bool) -> None:
        codecs = [LITTLE, Crc32cCodec()] if summed else [LITTLE]
        store, array = make(index_location=location, index_codecs=codecs, compressors=[Crc32cCodec()])
        put(store, KEY, noise)
        for selection in (0, slice(None), slice(3, 7)):
            try:
                assert array[selection].shape == DATA[selection].shape
            except ChunkError as error:
                assert "here/c/0" in str(error)


class TestShardsWithinShards:
    """Outer: four inner shards of two chunks of one element each."""

    def make(self, **options: Any) -> tuple[MemoryStore, zarr.Array]:
        inner = ShardingCodec(chunk_shape=(1,), codecs=[LITTLE], **options)
        return make(serializer=inner)

    ONE = 4 + 2 * 16 + 4

    def test_a_lie_in_the_outer_index(self) -> None:
        for offset, size in (
            (1000, self.ONE),
            (0, 3),
            (0, 2**40),
            (self.ONE, self.ONE - 1),
            (2**63 - 99, 40),
        ):
            store, array = self.make()
            with_entry(store, 1, offset, size)
            for selection in (2, slice(None), slice(1, 3)):
                with pytest.raises(ChunkError, match=r"chunk 'here/c/0': inner chunk \(1,\): "):
                    array[selection]
            np.testing.assert_array_equal(array[4:], DATA[4:])

    def test_a_lie_in_an_inner_index(self) -> None:
        """Both coordinates are told."""
        store, array = self.make()
        data = bytearray(value_of(store, KEY))
        start = 2 * self.ONE
        data[start + 4 : start + self.ONE] = index_of((0, 2), (4000, 2))
        put(store, KEY, bytes(data))
        for selection in (5, slice(None), slice(4, 6)):
            with pytest.raises(
                ChunkError, match=r"c/0': inner chunk \(2,\): inner chunk \(1,\): .*bytes 4000 to 4002"
            ):
                array[selection]
        assert array[4] == 5
        before = value_of(store, KEY)
        with pytest.raises(ChunkError, match=r"inner chunk \(2,\): inner chunk \(1,\): "):
            array[4] = 1
        assert value_of(store, KEY) == before

    def test_a_flip_in_an_inner_index(self) -> None:
        store, array = self.make()
        data = bytearray(value_of(store, KEY))
        data[2 * self.ONE + 10] ^= 1
        put(store, KEY, bytes(data))
        for selection in (5, slice(None), slice(4, 6)):
            with pytest.raises(ChunkError, match=r"inner chunk \(2,\): index of the shard: codec 'crc32c'"):
                array[selection]
        np.testing.assert_array_equal(array[:4], DATA[:4])

    def test_damage_in_the_innermost(self) -> None:
        inner = ShardingCodec(chunk_shape=(1,), codecs=[LITTLE, Crc32cCodec()])
        store, array = make(serializer=inner)
        data = bytearray(value_of(store, KEY))
        data[0] ^= 1
        put(store, KEY, bytes(data))
        for selection in (0, slice(0, 2), slice(None)):
            with pytest.raises(ChunkError, match=r"inner chunk \(0,\): inner chunk \(0,\): codec 'crc32c'"):
                array[selection]
        assert array[1] == 2

    def test_the_shard_goes_away_in_the_middle_of_a_read(self) -> None:
        """It is read again, and is missing then: what the store has now, and never a mixture."""
        for reads in (1, 2):
            _, array = self.make()

            class Vanishing(MemoryStore):
                _suspends = False
                left = reads

                def get_sync(self, key: str, **options: Any) -> Any:
                    if key == KEY:
                        self.left -= 1
                        if self.left < 0:
                            return None
                    return super().get_sync(key, **options)

            store = Vanishing(array.store._store_dict)
            assert zarr.open_array(store, path="here", mode="r")[2] == 0


class TestWrapped:
    """Shards that are decoded as a whole, since codecs stand around them."""

    @pytest.mark.parametrize(
        "options", [{"filters": [TransposeCodec(order=(0,))]}, {"compressors": [GzipCodec(level=1)]}]
    )
    def test_a_lie(self, options: dict[str, Any]) -> None:
        store = MemoryStore()
        sharding = ShardingCodec(chunk_shape=(2,), codecs=[BytesCodec()], index_codecs=[LITTLE])
        given = {"filters": None, "compressors": None, "serializer": sharding} | options
        array = zarr.create_array(
            store, name="here", shape=(8,), chunks=(8,), dtype="i2", fill_value=0, **given
        )
        array[...] = DATA
        data = value_of(store, KEY)
        if "compressors" in options:
            body = gzip.decompress(data)
            put(
                store,
                KEY,
                gzip.compress(body[:-64] + index_of((0, 4), (99, 4), (8, 4), (12, 4), summed=False)),
            )
        else:
            put(store, KEY, data[:-64] + index_of((0, 4), (99, 4), (8, 4), (12, 4), summed=False))
        before = value_of(store, KEY)
        with pytest.raises(ChunkError, match=r"chunk 'here/c/0': inner chunk \(1,\): "):
            array[0]
        with pytest.raises(ChunkError, match=r"inner chunk \(1,\): "):
            array[0] = 3
        assert value_of(store, KEY) == before
