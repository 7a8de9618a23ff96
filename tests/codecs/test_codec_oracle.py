"""Our compressors against those of numcodecs: each reads what the other writes; several frames and members."""

from __future__ import annotations

import gzip
from typing import Any

import numcodecs
import numcodecs.blosc
import numpy as np
import pytest
import zstandard
from codec_chunks import decoded, encoded, through
from hypothesis import given
from hypothesis import strategies as st

from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ZstdCodec

CNAMES = ("lz4", "lz4hc", "blosclz", "zlib", "zstd")
SHUFFLES = ("noshuffle", "shuffle", "bitshuffle")

# ours, theirs
PAIRS: list[tuple[Any, Any]] = [
    *((GzipCodec(level=n), numcodecs.GZip(n)) for n in (0, 1, 9)),
    *((ZstdCodec(level=n), numcodecs.Zstd(n)) for n in (-7, 0, 3, 22)),
    (ZstdCodec(level=1, checksum=True), numcodecs.Zstd(1, checksum=True)),
    *(
        (
            BloscCodec(cname=cname, clevel=clevel, shuffle=shuffle, typesize=2, blocksize=blocksize),
            numcodecs.Blosc(cname, clevel, SHUFFLES.index(shuffle), blocksize),
        )
        for cname in CNAMES
        for shuffle in SHUFFLES
        for clevel, blocksize in ((0, 0), (5, 0), (9, 512))
    ),
    (Crc32cCodec(), numcodecs.CRC32C(location="end") if hasattr(numcodecs, "CRC32C") else None),
]
PAIRS = [pair for pair in PAIRS if pair[1] is not None]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=repr)
@pytest.mark.parametrize("size", [1, 1000, 70_000])
def test_each_reads_the_other(ours: Any, theirs: Any, size: int) -> None:
    chunk = (np.arange(size) % 251).astype("u2")
    plain = chunk.tobytes()
    assert bytes(memoryview(theirs.decode(encoded([BytesCodec(), ours], chunk)))) == plain
    written = bytes(memoryview(theirs.encode(chunk)))
    assert decoded([BytesCodec(), ours], written, chunk.shape, chunk.dtype).tobytes() == plain


@given(
    st.binary(min_size=1, max_size=500),
    st.sampled_from([p for p in PAIRS if not isinstance(p[0], BloscCodec)]),
)
def test_any_bytes(data: bytes, pair: Any) -> None:
    ours, theirs = pair
    chunk = np.frombuffer(data, "u1")
    assert bytes(memoryview(theirs.decode(encoded([BytesCodec(), ours], chunk)))) == data
    assert decoded([BytesCodec(), ours], theirs.encode(data), chunk.shape, "u1").tobytes() == data


@pytest.mark.parametrize("cname", CNAMES)
@pytest.mark.parametrize("shuffle", SHUFFLES)
def test_blosc_bytes_are_those_of_the_library(cname: str, shuffle: str) -> None:
    chunk = np.arange(5000, dtype="i4")
    ours = encoded([BytesCodec(), BloscCodec(cname=cname, shuffle=shuffle)], chunk)
    assert ours == numcodecs.Blosc(cname, 5, SHUFFLES.index(shuffle)).encode(chunk)
    assert (ours[3], int.from_bytes(ours[4:8], "little")) == (4, chunk.nbytes)


# --- several in a row

A, B = bytes(range(200)), b"x" * 50
ZSTD = zstandard.ZstdCompressor()
UNTOLD = zstandard.ZstdCompressor(write_content_size=False)
SUMMED = zstandard.ZstdCompressor(write_checksum=True)
SKIPPABLE = (0x184D2A53).to_bytes(4, "little") + (3).to_bytes(4, "little") + b"abc"
EMPTY = ZSTD.compress(b"")


def streamed(data: bytes) -> bytes:
    """A frame as a stream writes it, that does not tell its size."""
    stream = zstandard.ZstdCompressor().compressobj()
    return stream.compress(data[:30]) + stream.compress(data[30:]) + stream.flush()


ZSTD_FRAMES: list[tuple[bytes, bytes]] = [
    (UNTOLD.compress(A), A),
    (streamed(A), A),
    (ZSTD.compress(A) + ZSTD.compress(B), A + B),
    (UNTOLD.compress(A) + SUMMED.compress(B), A + B),
    (SUMMED.compress(A) + UNTOLD.compress(B) + ZSTD.compress(A), A + B + A),
    (SKIPPABLE + ZSTD.compress(A), A),
    (ZSTD.compress(A) + SKIPPABLE, A),
    (SKIPPABLE * 2 + UNTOLD.compress(A) + SKIPPABLE + SUMMED.compress(B), A + B),
    (ZSTD.compress(A) + EMPTY, A),
    (EMPTY + ZSTD.compress(A), A),
    (UNTOLD.compress(bytes(1_000_000)), bytes(1_000_000)),
    (ZSTD.compress(bytes(1_000_000)), bytes(1_000_000)),
    (b"".join(ZSTD.compress(bytes([n])) for n in range(200)), bytes(range(200))),
]


@pytest.mark.parametrize(("data", "plain"), ZSTD_FRAMES, ids=range(len(ZSTD_FRAMES)))
def test_zstd_frames(data: bytes, plain: bytes) -> None:
    codecs = [BytesCodec(), ZstdCodec()]
    assert decoded(codecs, data, (len(plain),), "u1").tobytes() == plain
    for wrong in (len(plain) - 1, len(plain) + 1):
        with pytest.raises(ValueError, match="codec 'zstd'"):
            decoded(codecs, data, (wrong,), "u1")


@pytest.mark.parametrize(
    "members", [[A], [A, B], [b"", A, b"", B], [A, b""], [bytes([n]) for n in range(200)]]
)
def test_gzip_members(members: list[bytes]) -> None:
    data = b"".join(gzip.compress(member) for member in members)
    plain = b"".join(members)
    codecs = [BytesCodec(), GzipCodec()]
    assert decoded(codecs, data, (len(plain),), "u1").tobytes() == plain
    for wrong in (len(plain) - 1, len(plain) + 1):
        with pytest.raises(ValueError, match="codec 'gzip'"):
            decoded(codecs, data, (wrong,), "u1")


def test_gzip_with_a_name_and_a_time_in_its_header() -> None:
    data = gzip.compress(A, mtime=1e9)
    data = data[:3] + b"\x08" + data[4:10] + b"name\0" + data[10:]
    assert decoded([BytesCodec(), GzipCodec()], data, (len(A),), "u1").tobytes() == A


def test_compressors_in_a_row_read_what_is_not_told_in_advance() -> None:
    """Only the innermost knows the size of a chunk; the others are not bounded by it."""
    chunk = np.zeros(50_000, "i4")
    for inner in (GzipCodec(level=1), ZstdCodec(), BloscCodec()):
        for outer in (GzipCodec(level=1), ZstdCodec(), BloscCodec(), Crc32cCodec()):
            assert not through([BytesCodec(), inner, outer], chunk).any()
