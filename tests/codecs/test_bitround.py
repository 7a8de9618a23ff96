"""bitround: vectors of the facts, numcodecs for floats, exact integers, what must not change."""

from __future__ import annotations

import math
from typing import Any

import numcodecs
import numpy as np
import pytest
from codec_chunks import encoded, through
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import zarr
from zarr.codecs import BitRoundCodec, BytesCodec
from zarr.core.metadata.v3 import parse_codec

LITTLE = BytesCodec(endian="little")


@pytest.mark.parametrize(
    ("dtype", "values", "expected"),
    [
        ("f4", [0.1, 1.2, 12.3, 123.4, 1234.5], [0.1015625, 1.25, 12, 120, 1280]),
        ("u1", [0, 1, 10, 11, 100, 123, 200, 208, 209, 255], [0, 1, 10, 12, 96, 128, 192, 192, 224, 224]),
        ("i1", [-11, 11, 127, -128, -1, -127], [-12, 12, 112, -128, -1, -128]),
        ("u8", [2**64 - 1, 2**63 + 1], [7 << 61, 2**63]),
        ("i8", [2**63 - 1, -(2**63), -(2**63) + 1], [7 << 60, -(2**63), -(2**63)]),
        ("c8", [0.1 + 12.3j], [0.1015625 + 12j]),
        (">f8", [123.4], [120]),
    ],
)
def test_vectors_of_three_bits(dtype: str, values: Any, expected: Any) -> None:
    out = through([BitRoundCodec(keepbits=3), LITTLE], np.array(values, dtype))
    assert out.tolist() == expected


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@given(data=st.data())
def test_floats_as_numcodecs_rounds_them(dtype: str, data: Any) -> None:
    keepbits = data.draw(st.integers(0, int(np.finfo(dtype).nmant)))
    elements = npst.from_dtype(np.dtype(dtype), allow_nan=False)
    chunk = data.draw(npst.arrays(dtype, npst.array_shapes(max_dims=2), elements=elements))
    expected = numcodecs.BitRound(keepbits).encode(np.ascontiguousarray(chunk))
    assert encoded([BitRoundCodec(keepbits=keepbits), LITTLE], chunk) == np.asarray(expected).tobytes()


@given(st.sampled_from(["u1", "i1", "u4", "i8", "u8"]), st.integers(0, 70), st.data())
def test_integers_are_rounded_half_to_even(dtype: str, keepbits: int, data: Any) -> None:
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    value = data.draw(st.integers(low, high))
    size = abs(value)
    drop = max(size.bit_length() - keepbits, 0)
    kept, rest = size >> drop, size & (2**drop - 1)
    up = drop > 0 and (rest > 2 ** (drop - 1) or (rest == 2 ** (drop - 1) and kept & 1))
    rounded = (kept + up) << drop
    if not low <= (-rounded if value < 0 else rounded) <= high:
        rounded = kept << drop
    out = through([BitRoundCodec(keepbits=keepbits), LITTLE], np.array([value], dtype))
    assert out.tolist() == [-rounded if value < 0 else rounded]


def test_what_does_not_change() -> None:
    nans = np.array([0x7FFFFFFF, 0xFFC00001, 0x7F800000, 0xFF800000, 0x80000000], "u4").view("f4")
    assert encoded([BitRoundCodec(keepbits=0), LITTLE], nans) == nans.tobytes()
    most = np.array([1.1, math.pi])
    assert encoded([BitRoundCodec(keepbits=52), LITTLE], most) == most.tobytes()
    times = np.array(["NaT", 5], "M8[s]")
    assert encoded([BitRoundCodec(keepbits=1), LITTLE], times) == np.array(["NaT", 4], "M8[s]").tobytes()
    assert through([BitRoundCodec(keepbits=1), LITTLE], np.array(1.7)).shape == ()


def test_small_floats() -> None:
    pytest.importorskip("ml_dtypes")
    array = zarr.create_array({}, shape=2, dtype="bfloat16", filters=[BitRoundCodec(keepbits=2)])
    array[:] = [1.3, 3.3]
    assert zarr.open_array(array.store)[:].astype("f4").tolist() == [1.25, 3.5]


def test_documents() -> None:
    document: Any = {"name": "bitround", "configuration": {"keepbits": 10}}
    assert parse_codec(document).to_dict() == document
    for configuration, error in (
        ({}, TypeError),
        ({"keepbits": -1}, ValueError),
        ({"keepbits": 1.5}, TypeError),
    ):
        with pytest.raises(error, match="configuration.keepbits"):
            parse_codec({"name": "bitround", "configuration": configuration})
    for dtype in ("bool", "str"):
        with pytest.raises(ValueError, match=r"codecs\[0\]: bitround takes integers"):
            zarr.create_array({}, shape=4, dtype=dtype, filters=[BitRoundCodec(keepbits=3)])
