"""``checksum=True``: where the checksum is put, and that no flipped bit of stored data is read."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from zarr.codecs import BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, ZstdCodec
from zarr.core.buffer.cpu import Buffer
from zarr.errors import ChunkError
from zarr.storage import MemoryStore

DATA = np.arange(1, 17, dtype="i2")
TEXT = np.array(["a", "bc", "", "d"], dtype="T")

LAYOUTS: dict[str, dict[str, Any]] = {
    "compressed": {"data": DATA, "chunks": 8},
    "plain": {"data": DATA, "chunks": 8, "compressors": None},
    "sharded": {"data": DATA, "chunks": 4, "shards": 8},
    "index at the start": {"data": DATA, "chunks": 4, "shards": {"shape": 8, "index_location": "start"}},
    "gzip": {"data": DATA, "chunks": 16, "compressors": [GzipCodec()]},
    "text": {"data": TEXT, "chunks": 2},
    "scalar": {"data": np.array(7)},
    "rectilinear": {"data": DATA, "chunks": [[3, 13]]},
}


@pytest.mark.parametrize("options", LAYOUTS.values(), ids=LAYOUTS)
def test_every_flipped_bit_is_an_error(options: dict[str, Any]) -> None:
    store = MemoryStore()
    array = zarr.create_array(store, checksum=True, **options)
    assert np.array_equal(array[...], options["data"])
    for key in [key for key in store._store_dict if key != "zarr.json"]:
        whole = store._store_dict[key]
        for bit in range(8 * len(whole)):
            changed = bytearray(whole.to_bytes())
            changed[bit // 8] ^= 1 << bit % 8
            store._store_dict[key] = Buffer.from_bytes(bytes(changed))
            with pytest.raises(ChunkError, match="crc32c"):
                array[...]
        store._store_dict[key] = whole
    assert np.array_equal(array[...], options["data"])


def codecs_of(**options: Any) -> tuple[Any, ...]:
    given = {"shape": 8, "dtype": "i4", "chunks": 2, "checksum": True} | options
    return zarr.create_array({}, **given).metadata.codecs  # type: ignore[no-any-return]


def test_it_is_the_last_thing_that_is_done_to_a_chunk() -> None:
    little = BytesCodec(endian="little")
    assert codecs_of() == (little, ZstdCodec(level=0), Crc32cCodec())
    assert codecs_of(compressors=None) == (little, Crc32cCodec())
    (sharding,) = codecs_of(shards=4)
    assert sharding.codecs == (little, ZstdCodec(level=0), Crc32cCodec())


def test_one_is_enough() -> None:
    assert codecs_of(compressors=[GzipCodec(), Crc32cCodec()])[1:] == (GzipCodec(), Crc32cCodec())
    assert codecs_of(compressors=[Crc32cCodec(), GzipCodec()])[1:] == (
        Crc32cCodec(),
        GzipCodec(),
        Crc32cCodec(),
    )
    assert codecs_of(checksum=False)[1:] == (ZstdCodec(level=0),)


def test_shards_within_shards_and_around() -> None:
    inner = ShardingCodec(chunk_shape=(1,), codecs=[BytesCodec()])
    outer = ShardingCodec(chunk_shape=(2,), codecs=[inner])
    (made,) = zarr.create(8, chunks=4, dtype="u1", codecs=[outer], checksum=True).metadata.codecs
    assert made.codecs[0].codecs[-1] == Crc32cCodec()
    packed = zarr.create(8, chunks=4, dtype="u1", codecs=[outer, GzipCodec()], checksum=True).metadata.codecs
    assert packed[1:] == (GzipCodec(), Crc32cCodec())


def test_in_groups() -> None:
    root = zarr.create_group({})
    array = root.create_array("a", shape=3, dtype="f4", checksum=True)
    assert array.metadata.codecs[-1] == Crc32cCodec()
    assert root.require_array("b", shape=3, dtype="f4", checksum=True).compressors[-1] == Crc32cCodec()


@pytest.mark.parametrize("create", [zarr.create, lambda **options: zarr.create_array({}, **options)])
def test_format_2_has_no_place_for_it(create: Any) -> None:
    with pytest.raises(ValueError, match=r"checksum: format 2 .*zarr_format=3"):
        create(shape=3, dtype="f4", zarr_format=2, checksum=True)
    assert create(shape=3, dtype="f4", zarr_format=2, checksum=False).metadata.zarr_format == 2
