"""Stored bytes are not trusted: damage and bombs are errors that name the codec, and nothing large is allocated."""

from __future__ import annotations

import bz2
import lzma
import random
import struct
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numcodecs
import numpy as np
import pytest
import zstandard
from codec_chunks import chain_of, decoded, encoded
from hypothesis import given
from hypothesis import strategies as st

from zarr.codecs import (
    BloscCodec,
    BytesCodec,
    Crc32cCodec,
    GzipCodec,
    VLenBytesCodec,
    VLenUTF8Codec,
    ZstdCodec,
)
from zarr.codecs._v2 import V2Codec
from zarr.errors import ChunkError

CHUNK = (np.arange(3000) % 7).astype("i4")
COMPRESSORS: dict[str, Any] = {
    "gzip": GzipCodec(level=5),
    "zstd": ZstdCodec(),
    "zstd+checksum": ZstdCodec(checksum=True),
    "crc32c": Crc32cCodec(),
    **{f"blosc+{n}": BloscCodec(cname=n) for n in ("lz4", "lz4hc", "blosclz", "zlib", "zstd")},
}
CHECKSUMMED = ("gzip", "zstd+checksum", "crc32c")


@contextmanager
def little_memory(limit: int = 32 << 20) -> Iterator[None]:
    """Fails if more is allocated at any time."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


def decode(codecs: Any, data: bytes) -> Any:
    return decoded(codecs, data, CHUNK.shape, CHUNK.dtype)


@pytest.mark.parametrize("name", COMPRESSORS)
class TestDamage:
    def chain(self, name: str) -> tuple[list[Any], bytes]:
        codecs = [BytesCodec(), COMPRESSORS[name]]
        return codecs, encoded(codecs, CHUNK)

    def test_truncated(self, name: str) -> None:
        codecs, data = self.chain(name)
        for size in {0, 1, 2, 3, 4, 5, 8, 15, 16, 17, len(data) // 2, *range(len(data) - 9, len(data))}:
            with pytest.raises(ChunkError, match=rf"codec '\w+', of {size} stored bytes: "):
                decode(codecs, data[:size])

    def test_extended(self, name: str) -> None:
        codecs, data = self.chain(name)
        for more in (b"\0", b"\xff" * 3, b"\x28\xb5\x2f\xfd", data[:40], data):
            with pytest.raises(ChunkError, match="codec"):
                decode(codecs, data + more)

    def test_flipped(self, name: str) -> None:
        """With a checksum every change is found; without, none breaks the bounds or the process."""
        codecs, data = self.chain(name)
        rng = random.Random(1)
        body = range(10 if name == "gzip" else 0, len(data))  # gzip's time and system are not summed up
        for _ in range(200):
            changed = bytearray(data)
            changed[rng.choice(body)] ^= 1 << rng.randrange(8)
            try:
                chunk = decode(codecs, bytes(changed))
            except ChunkError:
                continue
            assert chunk.shape == CHUNK.shape
            assert name not in CHECKSUMMED or np.array_equal(chunk, CHUNK)

    def test_noise(self, name: str) -> None:
        codecs, _ = self.chain(name)
        for seed in range(20):
            with pytest.raises(ChunkError):
                decode(codecs, random.Random(seed).randbytes(200))


def test_every_flip_of_a_checksummed_chunk_is_found() -> None:
    codecs = [BytesCodec(), Crc32cCodec()]
    data = encoded(codecs, np.arange(9, dtype="u1"))
    for place in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            with pytest.raises(
                ChunkError, match=r"codec 'crc32c', of 13 stored bytes: .*checksum do not match"
            ):
                decoded(codecs, bytes(changed), (9,), "u1")


# --- bombs: little that claims, or makes, much

BOMB = bytes(64 << 20)
SMALL = 1000


def zstd_frame(claim: int | None, blocks: int, kind: int = 1) -> bytes:
    """A frame of blocks that each repeat one byte 128 KiB times, claiming any size."""
    header = b"\x28\xb5\x2f\xfd"
    header += b"\x00\x58" if claim is None else b"\xe0" + struct.pack("<Q", claim)
    body = b"".join(
        struct.pack("<I", (128 << 10) << 3 | kind << 1 | (i == blocks - 1))[:3] + b"\0" for i in range(blocks)
    )
    return header + body


def blosc_header(size: int, stored: int = 16) -> bytes:
    return struct.pack("<BBBBIII", 2, 1, 0x21, 4, size, 1 << 16, stored)


def deflate(data: bytes, wbits: int) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return stream.compress(data) + stream.flush()


BOMBS: list[tuple[Any, bytes, str]] = [
    (ZstdCodec(), zstandard.ZstdCompressor().compress(BOMB), "more than the 1000 bytes"),
    (ZstdCodec(), zstandard.ZstdCompressor(write_content_size=False).compress(BOMB), ""),
    (ZstdCodec(), zstd_frame(None, 4000), ""),
    (ZstdCodec(), zstd_frame(2**60, 1), "more than the 1000 bytes"),
    (ZstdCodec(), zstd_frame(2**63 + 5, 1), ""),
    (ZstdCodec(), zstd_frame(SMALL, 4000), ""),
    (ZstdCodec(), zstandard.ZstdCompressor().compress(bytes(999)) + zstd_frame(None, 4000), ""),
    (GzipCodec(), deflate(BOMB, 31), "more than the 1000 bytes"),
    (GzipCodec(), deflate(bytes(999), 31) + deflate(BOMB, 31), "more than the 1000 bytes"),
    (GzipCodec(), deflate(b"", 31) * 20_000, "0 bytes where the chunk has 1000"),
    (BloscCodec(), blosc_header(2**32 - 1), "tells of 4294967295 decoded bytes, the chunk has 1000"),
    (BloscCodec(), blosc_header(SMALL, 2**31), "tells of 2147483648 bytes, there are 16"),
    (BloscCodec(), blosc_header(SMALL), ""),
]


@pytest.mark.parametrize(
    ("codec", "data", "part"), BOMBS, ids=[f"{type(b[0]).__name__}{i}" for i, b in enumerate(BOMBS)]
)
def test_bombs(codec: Any, data: bytes, part: str) -> None:
    chain = chain_of([BytesCodec(), codec], (SMALL,), "u1")
    with little_memory(4 << 20), pytest.raises(ChunkError, match=f"codec '.*{part}"):
        chain.decode(data)


@pytest.mark.parametrize(
    "data", [zstd_frame(2**60, 1), zstd_frame(2**40, 1000), zstd_frame(2**33, 1, kind=0)]
)
def test_claims_are_not_believed_where_the_size_is_not_fixed(data: bytes) -> None:
    chain = chain_of([VLenUTF8Codec(), ZstdCodec()], (1,), str)
    with little_memory(), pytest.raises(ChunkError, match="zstd"):
        chain.decode(data)


V2_BOMBS: list[tuple[Any, bytes]] = [
    (numcodecs.Zlib(), deflate(BOMB, 15)),
    (numcodecs.GZip(), deflate(BOMB, 31)),
    (numcodecs.BZ2(), bz2.compress(BOMB)),
    (numcodecs.LZMA(), lzma.compress(BOMB, preset=0)),
    (numcodecs.LZ4(), (2**31 - 1).to_bytes(4, "little") + b"\0" * 20),
    (numcodecs.Zstd(), zstd_frame(None, 4000)),
    (numcodecs.Blosc(), blosc_header(2**32 - 1)),
]


@pytest.mark.parametrize(("compressor", "data"), V2_BOMBS, ids=[b[0].codec_id for b in V2_BOMBS])
def test_bombs_of_format_2(compressor: Any, data: bytes) -> None:
    chain = chain_of([V2Codec(filters=None, compressor=compressor)], (SMALL,), "u1")
    with little_memory(16 << 20), pytest.raises(ChunkError, match="1000"):
        chain.decode(data)


# --- codecs that make arrays of bytes


@pytest.mark.parametrize("size", [0, 1, 11_999, 12_001])
def test_bytes_of_another_number(size: int) -> None:
    with pytest.raises(
        ChunkError, match=rf"codec 'bytes', of {size} stored bytes: .*shape \(3000,\).*int32 has 12000"
    ):
        decode([BytesCodec()], bytes(size))


def vlen_of(*items: bytes, count: int | None = None) -> bytes:
    body = b"".join(len(item).to_bytes(4, "little") + item for item in items)
    return (len(items) if count is None else count).to_bytes(4, "little") + body


VLEN_DAMAGE = [
    b"",
    b"\x04",
    vlen_of(b"a"),
    vlen_of(b"a", b"b", b"c", b"d", b"e"),
    vlen_of(b"a", b"b", b"c", count=4),
    vlen_of(b"a", b"b", b"c", b"d")[:-1],
    vlen_of(b"a", b"b", b"c") + b"\xff\xff\xff\xff" + b"d",
    vlen_of(b"a", b"b", b"c") + b"\xff\xff\xff\x7f" + b"d",
]


@pytest.mark.parametrize("data", VLEN_DAMAGE)
@pytest.mark.parametrize(
    ("codec", "dtype"),
    [(VLenUTF8Codec(), str), (VLenBytesCodec(), "variable_length_bytes")],
    ids=["utf8", "bytes"],
)
def test_vlen(codec: Any, dtype: Any, data: bytes) -> None:
    with pytest.raises(ChunkError, match="codec 'vlen-"):
        decoded([codec], data, (4,), dtype)


@pytest.mark.parametrize(
    ("codec", "dtype"), [(VLenUTF8Codec(), str), (VLenBytesCodec(), "variable_length_bytes")]
)
@pytest.mark.parametrize("items", [(b"a", "é".encode(), b"", b"d"), (b"",)])
@pytest.mark.parametrize("more", [b"m", b"more", bytes(4)])
def test_bytes_after_the_last_item(codec: Any, dtype: Any, items: tuple[bytes, ...], more: bytes) -> None:
    data = vlen_of(*items)
    assert decoded([codec], data, (len(items),), dtype).size == len(items)
    with pytest.raises(ChunkError, match=f"{len(more)} bytes after the last of {len(items)} items"):
        decoded([codec], data + more, (len(items),), dtype)


def test_vlen_utf8_that_is_not_utf8() -> None:
    with pytest.raises(ChunkError, match="codec 'vlen-utf8'"):
        decoded([VLenUTF8Codec()], vlen_of(b"\xff", b"", b"", b""), (4,), str)


def test_vlen_count_is_checked_before_anything_is_allocated() -> None:
    chain = chain_of([VLenUTF8Codec()], (2**31,), str)
    with little_memory(), pytest.raises(ChunkError, match="2147483648"):
        chain.decode(vlen_of(count=2**31))


@given(st.binary(max_size=60))
def test_noise_as_strings(data: bytes) -> None:
    try:
        assert decoded([VLenUTF8Codec()], data, (4,), str).shape == (4,)
    except ChunkError:
        pass


def test_the_cause_is_kept() -> None:
    with pytest.raises(ChunkError) as caught:
        decode([BytesCodec(), GzipCodec()], b"nonsense")
    assert isinstance(caught.value.__cause__, ValueError)
    assert isinstance(caught.value, ValueError)
