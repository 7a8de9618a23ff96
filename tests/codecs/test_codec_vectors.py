"""Bytes that every implementation agrees on (section 10), and that what is written reads back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from codec_chunks import chain_of, decoded, encoded, through
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from zarr.codecs import (
    BloscCodec,
    BytesCodec,
    Crc32cCodec,
    GzipCodec,
    TransposeCodec,
    VLenBytesCodec,
    VLenUTF8Codec,
    ZstdCodec,
)

LITTLE, BIG = BytesCodec(endian="little"), BytesCodec(endian="big")
STRUCT = np.dtype([("a", "i2"), ("b", "u1"), ("c", [("d", "f4")])])

# codecs, chunk, bytes in hex
VECTORS: list[tuple[Any, Any, str]] = [
    ([LITTLE], np.array([1, -2], "i2"), "0100 feff"),
    ([BIG], np.array([1, -2], "i2"), "0001 fffe"),
    ([BIG], np.array([1, -2], ">i2"), "0001 fffe"),
    ([LITTLE], np.array([1, -2], ">i2"), "0100 feff"),
    ([LITTLE], np.array([2**63], "u8"), "0000000000000080"),
    ([LITTLE], np.array([1.5], "f8"), "000000000000f83f"),
    ([BIG], np.array([1.5], "f2"), "3e00"),
    ([LITTLE], np.array([1 + 2j], "c8"), "0000803f 00000040"),
    ([BIG], np.array([1 + 2j], "c8"), "3f800000 40000000"),
    ([BytesCodec()], np.array([True, False]), "0100"),
    ([BytesCodec()], np.array([-1, 3], "i1"), "ff03"),
    ([LITTLE], np.array(["Hi", "é"], "U2"), "48000000 69000000 e9000000 00000000"),
    ([BIG], np.array(["Hi"], "U2"), "00000048 00000069"),
    ([BytesCodec()], np.array([b"ab", b"c"], "S3"), "616200 630000"),
    ([LITTLE], np.array(["NaT", 1], "M8[s]"), "0000000000000080 0100000000000000"),
    ([BIG], np.array([1], "m8[s]"), "0000000000000001"),
    ([BIG], np.array([(1, 2, (1.5,))], STRUCT), "0001 02 3fc00000"),
    ([LITTLE], np.array([(1, 2, (1.5,))], STRUCT), "0100 02 0000c03f"),
    ([LITTLE], np.array([[1, 2, 3], [4, 5, 6]], "i2", order="F"), "0100 0200 0300 0400 0500 0600"),
    ([LITTLE], np.array(7, "i2"), "0700"),
    ([TransposeCodec(order=(1, 0)), LITTLE], np.array([[1, 2, 3], [4, 5, 6]], "i2"), "0100 0400 0200 0500 0300 0600"),
    (
        [TransposeCodec(order=(2, 0, 1)), BytesCodec()],
        np.arange(24, dtype="u1").reshape(2, 3, 4),
        "0004080c1014 0105090d1115 02060a0e1216 03070b0f1317",
    ),
    (
        [TransposeCodec(order=(1, 0)), TransposeCodec(order=(1, 0)), BytesCodec()],
        np.arange(6, dtype="u1").reshape(2, 3),
        "000102030405",
    ),
    (
        [LITTLE, Crc32cCodec()],
        np.array([1, 2, 3, 4], "i4"),
        "01000000 02000000 03000000 04000000 ee89f972",
    ),
    ([VLenUTF8Codec()], np.array(["Hi", "é"], np.dtypes.StringDType()), "02000000 02000000 4869 02000000 c3a9"),
    ([VLenUTF8Codec()], np.array([""], np.dtypes.StringDType()), "01000000 00000000"),
]  # fmt: skip


@pytest.mark.parametrize(("codecs", "chunk", "data"), VECTORS)
def test_bytes(codecs: Any, chunk: Any, data: str) -> None:
    assert encoded(codecs, chunk).hex() == data.replace(" ", "")
    back = decoded(codecs, bytes.fromhex(data), chunk.shape, chunk.dtype)
    np.testing.assert_array_equal(back, chunk)


def test_vlen_bytes() -> None:
    chunk = np.array([b"ab", b""], object)
    chain = chain_of([VLenBytesCodec()], (2,), "variable_length_bytes")
    data = bytes(memoryview(chain.encode(chunk)))
    assert data.hex() == "02000000 02000000 6162 00000000".replace(" ", "")
    assert chain.decode(data).tolist() == [b"ab", b""]


def test_any_byte_but_zero_is_true() -> None:
    assert decoded([BytesCodec()], b"\x00\x01\x02\xff", (4,), "bool").astype("u1").astype(bool).tolist() == [
        False, True, True, True,
    ]  # fmt: skip


def test_gzip_is_reproducible() -> None:
    """No time and no name in the header: the same chunk gives the same bytes."""
    chunk = np.arange(100, dtype="u1")
    data = encoded([BytesCodec(), GzipCodec(level=1)], chunk)
    assert data[:8] == bytes.fromhex("1f8b0800 00000000")
    assert data == encoded([BytesCodec(), GzipCodec(level=1)], chunk)


# --- what is written reads back

DTYPES = st.one_of(
    npst.boolean_dtypes(),
    npst.integer_dtypes(endianness="?"),
    npst.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
    npst.complex_number_dtypes(endianness="?", sizes=(64, 128)),
    npst.datetime64_dtypes(endianness="?", max_period="s", min_period="ms"),
    npst.unicode_string_dtypes(endianness="?", min_len=1, max_len=3),
    npst.byte_string_dtypes(min_len=1, max_len=3),
    st.just(STRUCT),
)
COMPRESSORS = st.sampled_from(
    [
        (),
        (GzipCodec(level=1),),
        (ZstdCodec(),),
        (ZstdCodec(level=-5, checksum=True), Crc32cCodec()),
        (BloscCodec(cname="lz4", clevel=1),),
        (Crc32cCodec(), BloscCodec(shuffle="bitshuffle"), GzipCodec(level=9)),
        (ZstdCodec(), ZstdCodec()),
    ]
)


@st.composite
def chunks(draw: st.DrawFn) -> np.ndarray[Any, Any]:
    shape = draw(npst.array_shapes(min_dims=0, max_dims=3, max_side=5))
    dtype = draw(DTYPES)
    size = int(np.prod(shape)) * dtype.itemsize
    if dtype.kind in "UMb" or dtype.fields:
        chunk = draw(npst.arrays(dtype, shape))
    else:
        chunk = np.frombuffer(draw(st.binary(min_size=size, max_size=size)), dtype).reshape(shape)
    return np.asfortranarray(chunk) if draw(st.booleans()) else chunk


@given(chunks(), st.sampled_from(["little", "big"]), COMPRESSORS, st.data())
def test_round_trip(chunk: Any, endian: str, compressors: Any, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(chunk.ndim)))
    filters = data.draw(st.sampled_from([(), (TransposeCodec(order=order),)]))
    codecs = (*filters, BytesCodec(endian=endian), *compressors)
    back = through(codecs, chunk)
    assert back.shape == chunk.shape
    native = chunk.dtype.newbyteorder("=")
    assert back.astype(native).tobytes() == chunk.astype(native).tobytes()


@given(npst.arrays(object, npst.array_shapes(max_dims=2, max_side=4), elements=st.text(max_size=5)))
def test_round_trip_of_strings(chunk: Any) -> None:
    chunk = np.array(chunk.tolist(), np.dtypes.StringDType())
    np.testing.assert_array_equal(through([VLenUTF8Codec(), ZstdCodec()], chunk), chunk)
