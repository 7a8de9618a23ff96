"""packbits: vectors of the facts, every width and range of bits, padding, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from codec_chunks import chain_of, encoded, through
from hypothesis import given
from hypothesis import strategies as st

import zarr
from zarr.codecs import PackBitsCodec, TransposeCodec
from zarr.core.dtype import parse_dtype
from zarr.core.metadata.v3 import parse_codec
from zarr.errors import ChunkError

BOOLS = [1, 0, 1, 1, 0, 0, 0, 1, 1]


def chunk_of(values: Any, name: str) -> Any:
    """An array of a type that NumPy or ml_dtypes has."""
    if name in ("int2", "uint2", "int4", "uint4") or "_" in name or name == "bfloat16":
        pytest.importorskip("ml_dtypes")
    return np.array(values).astype(parse_dtype(name, zarr_format=3).to_native_dtype())


# values, data type, options, bytes in hex
VECTORS: list[tuple[Any, str, Any, str]] = [
    (BOOLS, "bool", {}, "8d01"),
    (BOOLS, "bool", {"padding_encoding": "first_byte"}, "078d01"),
    (BOOLS, "bool", {"padding_encoding": "last_byte"}, "8d0107"),
    (BOOLS[:8], "bool", {"padding_encoding": "first_byte"}, "008d"),
    ([1, 2, 3, 4, 15], "uint4", {}, "21430f"),
    ([-8, 7, -1, 0], "int4", {}, "780f"),
    ([-2, -1, 0, 1], "int2", {}, "4e"),
    ([3, 0, 1], "uint2", {}, "13"),
    ([0x234, 0xBCD, 0x001], "uint16", {"first_bit": 0, "last_bit": 11}, "34d2bc0100"),
    ([0x1230, 0x4560], "uint16", {"first_bit": 4, "last_bit": 15}, "236145"),
    ([1, -1], "int32", {}, "01000000 ffffffff"),
    ([1, 2], "uint8", {}, "0102"),
    ([1.5], "float16", {}, "003e"),
    ([1 + 2j], "complex64", {}, "0000803f 00000040"),
    ([1, -2], "datetime64[s]", {"last_bit": 15}, "0100 feff"),
    ([1.5, -6], "float4_e2m1fn", {}, "f3"),
    ([1.0, -1.0], "float6_e2m3fn", {}, "080a"),
]


@pytest.mark.parametrize(("values", "dtype", "options", "expected"), VECTORS)
def test_vectors(values: Any, dtype: str, options: Any, expected: str) -> None:
    if dtype.startswith("datetime"):
        chunk = np.array(values, "i8").view("M8[s]")
        zdtype: Any = chunk.dtype
    else:
        chunk = chunk_of(values, dtype)
        zdtype = chunk.dtype
    chain = chain_of([PackBitsCodec(**options)], chunk.shape, zdtype)
    data: Any = chain.encode(chunk)
    assert bytes(memoryview(data)) == bytes.fromhex(expected)
    assert chain.encoded_size == len(data)
    back = chain.decode(data)
    assert back.dtype == chunk.dtype
    kept = chunk if "first_bit" not in options or options["first_bit"] == 0 else chunk & 0xFFF0
    assert (back == kept).all()


@given(st.data(), st.sampled_from(["i1", "u1", "i2", "u2", "i4", ">i4", "u8", "i8"]))
def test_any_range_of_bits(data: Any, dtype: str) -> None:
    width = 8 * np.dtype(dtype).itemsize
    first = data.draw(st.integers(0, width - 1))
    last = data.draw(st.integers(first, width - 1))
    padding = data.draw(st.sampled_from(["none", "first_byte", "last_byte"]))
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    values = data.draw(st.lists(st.integers(low, high), min_size=1, max_size=9))
    codec = PackBitsCodec(padding_encoding=padding, first_bit=first, last_bit=last)
    chain = chain_of([codec], (len(values),), dtype)
    encoding: Any = chain.encode(np.array(values, dtype))
    bits = len(values) * (last - first + 1)
    assert len(encoding) == chain.encoded_size == -(-bits // 8) + (padding != "none")
    stream = sum(
        ((v >> first) & (2 ** (last - first + 1) - 1)) << i * (last - first + 1) for i, v in enumerate(values)
    )
    body = {"none": encoding, "first_byte": encoding[1:], "last_byte": encoding[:-1]}[padding]
    assert int.from_bytes(bytes(body), "little") == stream
    expected = []
    for value in values:
        field = (value >> first) & (2 ** (last - first + 1) - 1)
        if low < 0 and field >> (last - first):
            field -= 2 ** (last - first + 1)
        expected.append(field << first)
    assert chain.decode(encoding).tolist() == expected


def test_shapes_and_orders() -> None:
    chunk = np.random.default_rng(3).integers(0, 2, (3, 5, 2)).astype(bool)
    assert (through([PackBitsCodec()], np.asfortranarray(chunk)) == chunk).all()
    assert encoded([PackBitsCodec()], chunk) == np.packbits(chunk, bitorder="little").tobytes()
    assert (through([TransposeCodec(order=(2, 0, 1)), PackBitsCodec()], chunk) == chunk).all()
    assert through([PackBitsCodec()], np.array(True)).shape == ()


@pytest.mark.parametrize("shards", [None, (8,)])
def test_arrays(shards: Any) -> None:
    array = zarr.create_array(
        {}, shape=13, dtype="bool", chunks=4, shards=shards, serializer=PackBitsCodec(), compressors=None
    )
    array[2:11] = BOOLS
    assert zarr.open_array(array.store)[:].astype(int).tolist() == [0, 0, *BOOLS, 0, 0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("8d01", "2 bytes where a chunk .* has 3"),
        ("078d0100", "4 bytes"),
        ("068d01", "the padding byte tells of 6 bits where there are 7"),
    ],
)
def test_damaged_chunks(data: str, message: str) -> None:
    chain = chain_of([PackBitsCodec(padding_encoding="first_byte")], (9,), "bool")
    with pytest.raises(ChunkError, match=f"packbits.*{message}"):
        chain.decode(bytes.fromhex(data))


def test_documents() -> None:
    for configuration in (
        {"padding_encoding": "none"},
        {"padding_encoding": "last_byte", "first_bit": 1, "last_bit": 3},
    ):
        document: Any = {"name": "packbits", "configuration": configuration}
        assert parse_codec(document).to_dict() == document
    absent = {"padding_encoding": "none", "first_bit": None, "last_bit": None}
    for form in ("packbits", {"name": "packbits"}, {"name": "packbits", "configuration": absent}):
        assert parse_codec(form) == PackBitsCodec()


@pytest.mark.parametrize(
    ("configuration", "error", "message"),
    [
        ({"padding_encoding": "both"}, ValueError, "configuration.padding_encoding: Expected one of"),
        ({"first_bit": -1}, ValueError, "configuration.first_bit"),
        (
            {"first_bit": 4, "last_bit": 3},
            ValueError,
            "configuration.last_bit: Expected an integer of at least 4",
        ),
        ({"last_bit": "3"}, TypeError, "configuration.last_bit"),
        ({"start_bit": 3}, TypeError, "no member 'start_bit'"),
    ],
)
def test_refused_documents(configuration: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        parse_codec({"name": "packbits", "configuration": configuration})


@pytest.mark.parametrize(
    ("dtype", "options", "message"),
    [
        ("bool", {"last_bit": 1}, "configuration.last_bit: bool has bits 0 to 0"),
        ("u2", {"first_bit": 16}, "configuration.first_bit: uint16 has bits 0 to 15"),
        ("str", {}, "packbits takes booleans and numbers"),
        ("S3", {}, "packbits takes booleans and numbers"),
    ],
)
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
def test_data_types_that_do_not_fit(dtype: str, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=rf"codecs\[0\].*{message}"):
        zarr.create_array({}, shape=4, dtype=dtype, serializer=PackBitsCodec(**options))
