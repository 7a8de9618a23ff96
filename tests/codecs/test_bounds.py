"""Bombs in format 2 behind filters, among filters and of objects: decoding stops at what the next step can take."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numcodecs
import numcodecs.fletcher32
import numpy as np
import pytest
import zstandard
from codec_chunks import chain_of, encoded
from numcodecs.pcodec import PCodec
from numcodecs.zfpy import ZFPY

import zarr
from zarr.codecs import BloscCodec, VLenUTF8Codec
from zarr.codecs._v2 import V2Codec, _decompressor
from zarr.codecs._v2_numbers import decompress_pcodec
from zarr.codecs._v2_sizes import encoded_size, objects_size
from zarr.core.metadata.v3 import parse_codec
from zarr.errors import ChunkError

COUNT = 250
CHUNK = np.arange(COUNT, dtype="<i4")
ZEROS = bytes(64 << 20)
BLOSC = struct.pack("<BBBBIII", 2, 1, 0x21, 4, 2**32 - 1, 1 << 16, 16)

BOMBS: list[tuple[Any, bytes]] = [
    (numcodecs.Zlib(), zlib.compress(ZEROS)),
    (numcodecs.GZip(), gzip.compress(ZEROS)),
    (numcodecs.BZ2(), bz2.compress(ZEROS)),
    (numcodecs.LZMA(), lzma.compress(ZEROS, preset=0)),
    (numcodecs.Zstd(), zstandard.ZstdCompressor().compress(ZEROS)),
    (numcodecs.Zstd(), zstandard.ZstdCompressor(write_content_size=False).compress(ZEROS)),
    (numcodecs.Blosc(), numcodecs.Blosc().encode(ZEROS)),
    (numcodecs.LZ4(), numcodecs.LZ4().encode(ZEROS)),
]
CLAIMS: list[tuple[Any, bytes]] = [
    (numcodecs.Blosc(), BLOSC),
    (numcodecs.LZ4(), (2**31 - 1).to_bytes(4, "little") + bytes(20)),
    (numcodecs.Zstd(), b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", 2**40) + b"\x01\x00\x00"),
]
FILTERS: list[Any] = [
    numcodecs.Delta("<i4", astype="<i2"),
    numcodecs.FixedScaleOffset(0, 1, "<i4", "u1"),
    numcodecs.AsType("<i2", "<i4"),
    numcodecs.Shuffle(4),
    numcodecs.CRC32(),
    numcodecs.Adler32(),
    numcodecs.fletcher32.Fletcher32(),
    numcodecs.JenkinsLookup3(),
    numcodecs.Base64(),
]


@contextmanager
def little_memory(limit: int = 8 << 20) -> Iterator[None]:
    """Fails if more is allocated at any time; what decompressors need for themselves is not seen."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


def ids(items: list[Any]) -> list[str]:
    return [item[0].codec_id if isinstance(item, tuple) else item.codec_id for item in items]


@pytest.mark.parametrize("codec", FILTERS, ids=ids(FILTERS))
@pytest.mark.parametrize(("compressor", "bomb"), BOMBS + CLAIMS, ids=ids(BOMBS + CLAIMS))
def test_bombs_behind_filters(codec: Any, compressor: Any, bomb: bytes) -> None:
    chain = chain_of([V2Codec(filters=(codec,), compressor=compressor)], (COUNT,), "<i4")
    assert np.array_equal(chain.decode(chain.encode(CHUNK % 100)), CHUNK % 100)
    with little_memory(), pytest.raises(ChunkError):
        chain.decode(bomb)


@pytest.mark.parametrize(("compressor", "bomb"), BOMBS + CLAIMS, ids=ids(BOMBS + CLAIMS))
def test_bombs_among_filters(compressor: Any, bomb: bytes) -> None:
    chain = chain_of([V2Codec(filters=(numcodecs.Shuffle(4), compressor), compressor=None)], (COUNT,), "<i4")
    assert np.array_equal(chain.decode(chain.encode(CHUNK)), CHUNK)
    with little_memory(), pytest.raises(ChunkError):
        chain.decode(bomb)


def test_several_filters_and_packed_bits() -> None:
    bits = np.arange(21) % 3 == 0
    filters = (numcodecs.PackBits(), numcodecs.CRC32())
    chain = chain_of([V2Codec(filters=filters, compressor=numcodecs.Zlib())], bits.shape, "bool")
    assert np.array_equal(chain.decode(chain.encode(bits)), bits)
    with little_memory(), pytest.raises(ChunkError, match="more than the 8 bytes"):
        chain.decode(zlib.compress(ZEROS))


@pytest.mark.parametrize("size", [1, 8, 63, 64, 65])
@pytest.mark.parametrize(
    "codec", [*FILTERS, numcodecs.PackBits(), numcodecs.BitRound(3)], ids=lambda c: c.codec_id
)
def test_sizes_are_those_that_come_out(codec: Any, size: int) -> None:
    kinds = {"packbits": "?", "bitround": "<f4"}
    data = np.ones(size, kinds.get(codec.codec_id, "<i4"))
    made = codec.encode(data.tobytes() if codec.codec_id == "base64" else data)
    assert (
        encoded_size(codec, data.nbytes) == memoryview(np.ascontiguousarray(np.frombuffer(made, "u1"))).nbytes
    )


@pytest.mark.parametrize(
    ("codec", "message"),
    [
        (
            numcodecs.AsType("<i4", "|S2147483647"),
            "astype has elements of a size that 1000 bytes are no multi",
        ),
        (numcodecs.AsType("|i1", "|S500"), "1000 bytes for astype, which makes 2 of 1000"),
        (numcodecs.Delta("|S0"), "delta has elements of a size"),
        (numcodecs.CRC32(), "1000 bytes for crc32, which makes 1004 of 1000"),
        (numcodecs.Base64(), "1000 bytes for base64, which makes 1336 of 1000"),
    ],
    ids=lambda part: getattr(part, "codec_id", ""),
)
def test_filters_make_no_more_than_the_chunk(codec: Any, message: str) -> None:
    """Whatever data types their configuration names."""
    chain = chain_of([V2Codec(filters=(codec,), compressor=None)], (COUNT,), "<i4")
    with little_memory(), pytest.raises(ChunkError, match=message):
        chain.decode(CHUNK.tobytes())


def test_sizes_that_nobody_knows() -> None:
    assert encoded_size(numcodecs.Zlib(), 100) is None
    assert encoded_size(numcodecs.Shuffle(4), None) is None
    assert encoded_size(numcodecs.Delta("<i4"), 101) is None
    assert objects_size(numcodecs.VLenUTF8(), 3) is None


# --- compressors of numbers, which store types and shapes of their own


NUMBERS: list[Any] = [PCodec(), ZFPY(mode=4, tolerance=-1)]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<i4", "<i8", "<f4", "<f8"])
@pytest.mark.parametrize("codec", NUMBERS, ids=ids(NUMBERS))
def test_numbers_of_format_2(codec: Any, dtype: str, order: Any) -> None:
    """What this package stores, and what Zarr-Python 2 does, which hands zfp the shape of the chunk."""
    data = (np.arange(77).reshape(7, 11) % 13).astype(dtype)
    array = zarr.create_array(
        {}, data=data, chunks=(4, 6), compressors=codec, order=order, zarr_format=2, filters=None
    )
    assert np.array_equal(array[...], data)
    decode = array._async_array._bound.chain((0, 0)).decode
    chunk = data[:4, :6]
    with_shape = order == "C" and codec.codec_id == "zfpy"  # zfp takes no other order
    stored = codec.encode(np.ascontiguousarray(chunk) if with_shape else chunk.ravel(order))
    assert np.array_equal(decode(stored), chunk)
    for wrong in (chunk[:, :5], np.concatenate([chunk, chunk])):
        with pytest.raises(ChunkError, match=r"bytes|elements"):
            decode(codec.encode(np.ascontiguousarray(wrong)))


@pytest.mark.parametrize("codec", NUMBERS, ids=ids(NUMBERS))
def test_numbers_behind_a_filter_that_nobody_knows(codec: Any) -> None:
    many = np.arange(300_000, dtype="<f4")
    decode = _decompressor(codec, None)
    assert np.array_equal(decode(codec.encode(many)).reshape(-1), many)
    with zarr.config.set({"limits.variable_chunk_bytes": 1 << 20}), pytest.raises(ValueError):
        decode(codec.encode(many))


def test_pcodec_that_is_damaged() -> None:
    data = bytearray(PCodec().encode(CHUNK))
    with pytest.raises(RuntimeError):
        decompress_pcodec(bytes(data[:-20]), CHUNK.nbytes)
    with pytest.raises(RuntimeError):
        decompress_pcodec(b"no pcodec at all", CHUNK.nbytes)


# --- objects, whose size the metadata do not tell: what is claimed is not believed


@pytest.mark.parametrize(("compressor", "claim"), CLAIMS, ids=ids(CLAIMS))
def test_claims_about_strings_of_format_2(compressor: Any, claim: bytes) -> None:
    array = zarr.create_array(
        {}, shape=2, dtype="string", zarr_format=2, filters=[numcodecs.VLenUTF8()], compressors=compressor
    )
    array[:] = np.array(["a", "b" * 1000], dtype="T")
    assert array[1] == "b" * 1000
    chain = array._async_array._bound.chain((0,))
    with little_memory(), pytest.raises(ChunkError):
        chain.decode(claim)


def test_labels_have_a_fixed_size() -> None:
    codec = numcodecs.Categorize(["a", "b"], dtype=object, astype="u2")
    array = zarr.create_array(
        {}, shape=4, dtype=object, zarr_format=2, filters=[codec], compressors=numcodecs.Zlib()
    )
    array[:] = np.array(["a", "b", "b", "a"], dtype=object)
    chain = array._async_array._bound.chain((0,))
    assert list(chain.decode(chain.encode(array[:]))) == ["a", "b", "b", "a"]
    with little_memory(), pytest.raises(ChunkError, match="more than the 8 bytes"):
        chain.decode(zlib.compress(ZEROS))


def test_claims_of_blosc_about_strings_of_format_3() -> None:
    chain = chain_of([VLenUTF8Codec(), BloscCodec()], (2,), str)
    with little_memory(), pytest.raises(ChunkError, match="more than 16 can hold"):
        chain.decode(BLOSC)
    text = np.array(["a" * 2_000_000, "b"], dtype="T")
    codecs = [VLenUTF8Codec(), BloscCodec(cname="zstd", clevel=9)]
    assert np.array_equal(chain_of(codecs, (2,), str).decode(encoded(codecs, text)), text)


@pytest.mark.parametrize(("compressor", "bomb"), BOMBS, ids=ids(BOMBS))
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_strings_have_a_limit_of_the_configuration(compressor: Any, bomb: bytes, zarr_format: Any) -> None:
    if zarr_format == 2:
        codecs: list[Any] = [V2Codec(filters=(numcodecs.VLenUTF8(),), compressor=compressor)]
    else:
        config = {k: v for k, v in compressor.get_config().items() if k != "id"}
        name = f"numcodecs.{compressor.codec_id}"
        codecs = [VLenUTF8Codec(), parse_codec({"name": name, "configuration": config})]
    text = np.array(["a", "b" * 1000], dtype="T" if zarr_format == 3 else object)
    chain = chain_of(codecs, (2,), "string")
    with zarr.config.set({"limits.variable_chunk_bytes": 1 << 20}):
        assert chain.decode(chain.encode(text)).tolist() == text.tolist()
        with little_memory(), pytest.raises(ChunkError, match=r"limits\.variable_chunk_bytes = 1048576"):
            chain.decode(bomb)
    for limit in (None, 64 << 20):
        with (
            zarr.config.set({"limits.variable_chunk_bytes": limit}),
            pytest.raises(ChunkError, match=r"vlen-utf8|a count of 0 items"),
        ):
            chain.decode(bomb)
