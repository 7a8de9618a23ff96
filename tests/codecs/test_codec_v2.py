"""Chunks of format 2: bytes, then filters, then a compressor, as numcodecs has them; zarr v2."""

from __future__ import annotations

from typing import Any

import numcodecs
import numpy as np
import pytest
from codec_chunks import chain_of
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import zarr
from zarr.codecs._v2 import V2Codec
from zarr.errors import ChunkError
from zarr.storage import MemoryStore

FILTERS: dict[str, Any] = {
    "none": None,
    "delta": (numcodecs.Delta("<i4"),),
    "delta to smaller": (numcodecs.Delta("<i4", astype="<i2"),),
    "shuffle": (numcodecs.Shuffle(4),),
    "both": (numcodecs.Delta("<i4"), numcodecs.Shuffle(4)),
    "fixed scale": (numcodecs.FixedScaleOffset(offset=0, scale=2, dtype="<i4", astype="<i8"),),
    "astype": (numcodecs.AsType(encode_dtype="<i8", decode_dtype="<i4"),),
    "checksum": (numcodecs.CRC32(),),
}
COMPRESSORS: dict[str, Any] = {
    "none": None,
    "zstd": numcodecs.Zstd(3),
    "zstd+checksum": numcodecs.Zstd(3, checksum=True),
    "gzip": numcodecs.GZip(2),
    "zlib": numcodecs.Zlib(2),
    "bz2": numcodecs.BZ2(1),
    "lzma": numcodecs.LZMA(preset=1),
    "lzma raw": numcodecs.LZMA(format=3, filters=[{"id": 0x21, "preset": 1}]),
    "lzma alone": numcodecs.LZMA(format=2),
    "lz4": numcodecs.LZ4(),
    "blosc": numcodecs.Blosc("lz4", 5, 1),
    "blosc of bits": numcodecs.Blosc("zstd", 1, 2),
    "blosc auto": numcodecs.Blosc("lz4", 1, -1),
}
CHUNK = (np.arange(60).reshape(3, 4, 5) % 11).astype("<i4")


def expected(chunk: Any, order: Any, filters: Any, compressor: Any) -> bytes:
    """What the specification asks for, by numcodecs alone."""
    data: Any = np.asarray(chunk, order=order).reshape(-1, order="A").copy()
    for codec in (*(filters or ()), *((compressor,) if compressor else ())):
        data = codec.encode(data)
    return bytes(memoryview(np.ascontiguousarray(data)).cast("B"))


def decoded_by_numcodecs(data: Any, filters: Any, compressor: Any) -> bytes:
    for codec in (compressor,) if compressor else ():
        data = codec.decode(data)
    for codec in reversed(filters or ()):
        data = codec.decode(data)
    return bytes(memoryview(np.ascontiguousarray(data)).cast("B"))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("filters", FILTERS)
@pytest.mark.parametrize("compressor", COMPRESSORS)
def test_bytes(order: Any, filters: str, compressor: str) -> None:
    codec = V2Codec(filters=FILTERS[filters], compressor=COMPRESSORS[compressor])
    chain = chain_of([codec], CHUNK.shape, CHUNK.dtype, order=order)
    wanted = expected(CHUNK, order, FILTERS[filters], COMPRESSORS[compressor])
    written = bytes(memoryview(chain.encode(CHUNK)))
    if compressor not in ("gzip",) and not compressor.startswith("zstd"):  # a time; another library's version
        assert written == wanted
    plain = CHUNK.tobytes(order)
    assert decoded_by_numcodecs(written, FILTERS[filters], COMPRESSORS[compressor]) == plain
    for data in (written, wanted):
        np.testing.assert_array_equal(chain.decode(data), CHUNK)


@given(
    npst.arrays(
        st.sampled_from(["<i2", ">i2", "<f8", ">f4", "|b1", "|S3", "<U2", ">U2", "<c8", "<M8[s]", ">m8[ms]"]),
        npst.array_shapes(min_dims=0, max_dims=3, max_side=4),
    ),
    st.sampled_from(["C", "F"]),
    st.sampled_from(["none", "zstd", "zlib", "blosc", "lz4"]),
)
def test_round_trip(chunk: Any, order: Any, compressor: str) -> None:
    chain = chain_of(
        [V2Codec(filters=None, compressor=COMPRESSORS[compressor])], chunk.shape, chunk.dtype, order=order
    )
    back = chain.decode(bytes(memoryview(chain.encode(chunk))))
    assert (back.dtype, back.shape) == (chunk.dtype, chunk.shape)
    assert back.tobytes() == chunk.tobytes()


@pytest.mark.parametrize("dtype", [[("a", "<i2"), ("b", "S2")], "V5", "<U3", ">f8"])
def test_other_types_keep_their_bytes(dtype: Any) -> None:
    chunk = np.zeros(3, dtype)
    chain = chain_of([V2Codec(filters=None, compressor=None)], (3,), chunk.dtype)
    assert bytes(memoryview(chain.encode(chunk))) == chunk.tobytes()


@pytest.mark.parametrize("compressor", [n for n in COMPRESSORS if n != "none"])
@pytest.mark.parametrize("filters", ["none", "shuffle"])
def test_damage(compressor: str, filters: str) -> None:
    chain = chain_of(
        [V2Codec(filters=FILTERS[filters], compressor=COMPRESSORS[compressor])], CHUNK.shape, "<i4"
    )
    data = bytes(memoryview(chain.encode(CHUNK)))
    for damaged in (b"", data[:3], data[: len(data) // 2], b"\xff" * len(data)):
        with pytest.raises(ChunkError, match=rf"codec 'v2', of {len(damaged)} stored bytes: "):
            chain.decode(damaged)


@pytest.mark.parametrize("size", [239, 241, 480])
def test_another_number_of_bytes(size: int) -> None:
    for compressor in (
        None,
        numcodecs.Zlib(),
        numcodecs.LZ4(),
        numcodecs.BZ2(),
        numcodecs.LZMA(),
        numcodecs.Blosc(),
    ):
        chain = chain_of([V2Codec(filters=None, compressor=compressor)], CHUNK.shape, "<i4")
        with pytest.raises(ChunkError):
            chain.decode(expected(np.zeros(size, "u1"), "C", None, compressor))


@pytest.mark.parametrize("order", ["C", "F"])
def test_in_an_array(order: Any) -> None:
    store = MemoryStore()
    options = {"filters": list(FILTERS["both"]), "compressors": COMPRESSORS["zlib"], "order": order}
    array = zarr.create_array(store, shape=(5, 4), chunks=(3, 4), dtype="<i4", zarr_format=2, **options)
    data = np.arange(20).reshape(5, 4)
    array[...] = data
    stored = store._store_dict["0.0"].to_bytes()
    assert stored == expected(data[:3].astype("<i4"), order, FILTERS["both"], COMPRESSORS["zlib"])
    array[1:4, ::2] = -1
    data[1:4, ::2] = -1
    np.testing.assert_array_equal(zarr.open_array(store, mode="r")[...], data)


OF_NUMBERS: list[Any] = [
    numcodecs.AsType("<f4", "<f8"),
    numcodecs.BitRound(30),
    numcodecs.Delta("<f8"),
    numcodecs.FixedScaleOffset(0, 10, "<f8", "<i2"),
    numcodecs.Quantize(3, "<f8"),
    numcodecs.Shuffle(8),
    numcodecs.CRC32(),
]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("codec", OF_NUMBERS, ids=lambda codec: codec.codec_id)
def test_filters_keep_the_order_of_memory(codec: Any, order: Any) -> None:
    """Also the one that makes C order of everything: what is stored is in the order that the document tells."""
    data = np.arange(60, dtype="<f8").reshape(6, 10)
    store = MemoryStore()
    options: Any = {"data": data, "chunks": (6, 10), "zarr_format": 2, "filters": codec, "compressors": None}
    array = zarr.create_array(store, order=order, **options)
    np.testing.assert_allclose(array[...], data)
    flat = codec.decode(codec.encode(data.ravel(order)))
    np.testing.assert_allclose(np.frombuffer(flat, "<f8"), data.ravel(order))
    assert store._store_dict["0.0"].to_bytes() == bytes(memoryview(codec.encode(data.ravel(order))).cast("B"))
