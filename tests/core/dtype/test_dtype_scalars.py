"""Fill values: exact, in every form that is legal in a document, and refused where they mean nothing."""

from __future__ import annotations

import datetime
import json
import math
import struct
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zarr.core.dtype import (
    Bool,
    Complex64,
    Complex128,
    DateTime64,
    FixedLengthUTF32,
    Float16,
    Float32,
    Float64,
    Int8,
    Int32,
    Int64,
    NullTerminatedBytes,
    RawBits,
    RawBytes,
    TimeDelta64,
    UInt8,
    UInt64,
    VariableLengthBytes,
    VariableLengthUTF8,
)

FLOATS: dict[Any, int] = {Float16(): 16, Float32(): 32, Float64(endianness="big"): 64}
BOTH = pytest.mark.parametrize("zarr_format", [2, 3])


def through_json(data: Any) -> Any:
    """What a reader of the written document sees."""
    return json.loads(json.dumps(data, allow_nan=False))


def bits(scalar: Any) -> int:
    return int.from_bytes(np.asarray(scalar).tobytes(), "little")


def of_bits(value: int, width: int) -> Any:
    return np.frombuffer(value.to_bytes(width // 8, "little"), f"<f{width // 8}")[0]


@given(st.data(), st.sampled_from(list(FLOATS.items())))
def test_any_float_bits_survive_format_3(data: st.DataObject, which: tuple[Any, int]) -> None:
    dtype, width = which
    value = data.draw(st.integers(0, 2**width - 1))
    out = through_json(dtype.to_json_scalar(of_bits(value, width), zarr_format=3))
    assert bits(dtype.from_json_scalar(out, zarr_format=3)) == value


@given(st.data(), st.sampled_from(list(FLOATS.items())))
def test_any_float_survives_format_2(data: st.DataObject, which: tuple[Any, int]) -> None:
    dtype, width = which
    scalar = of_bits(data.draw(st.integers(0, 2**width - 1)), width)
    back = dtype.from_json_scalar(through_json(dtype.to_json_scalar(scalar, zarr_format=2)), zarr_format=2)
    assert math.isnan(back) if math.isnan(scalar) else bits(back) == bits(scalar)


@given(st.integers(0, 2**64 - 1))
def test_any_complex_bits_survive_format_3(value: int) -> None:
    scalar = np.frombuffer(value.to_bytes(8, "little"), "<c8")[0]
    out = through_json(Complex64().to_json_scalar(scalar, zarr_format=3))
    assert Complex64().from_json_scalar(out, zarr_format=3).tobytes() == value.to_bytes(8, "little")


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_int64_and_time_survive(value: int) -> None:
    for zarr_format in (2, 3):
        for dtype in (Int64(), DateTime64(unit="ns"), TimeDelta64(unit="D", scale_factor=3), DateTime64()):
            scalar = dtype.from_json_scalar(value, zarr_format=zarr_format)
            assert scalar.dtype == dtype.to_native_dtype()
            assert scalar.view(np.int64) == value
            assert through_json(dtype.to_json_scalar(scalar, zarr_format=zarr_format)) == value


@given(st.integers(0, 2**64 - 1))
def test_any_uint64_survives(value: int) -> None:
    scalar = UInt64().from_json_scalar(value, zarr_format=3)
    assert isinstance(scalar, np.uint64)
    assert UInt64().to_json_scalar(scalar, zarr_format=3) == value


@given(st.text(st.characters(exclude_characters="\0"), max_size=6))
def test_any_text_survives(value: str) -> None:
    for dtype in (FixedLengthUTF32(length=6), VariableLengthUTF8()):
        out = through_json(dtype.to_json_scalar(value, zarr_format=3))
        assert dtype.from_json_scalar(out, zarr_format=3) == value


@given(st.binary(max_size=6))
def test_any_bytes_survive(value: bytes) -> None:
    for zarr_format in (2, 3):
        for dtype, expected in (
            (VariableLengthBytes(), value),
            (NullTerminatedBytes(length=6), value.rstrip(b"\0")),
            (RawBytes(length=6), value.ljust(6, b"\0")),
            (RawBits(length=6), value.ljust(6, b"\0")),
        ):
            out = through_json(dtype.to_json_scalar(value, zarr_format=zarr_format))
            scalar = dtype.from_json_scalar(out, zarr_format=zarr_format)
            assert (scalar.tobytes() if isinstance(scalar, np.void) else scalar) == expected


def nearest(value: Fraction, width: int) -> float:
    """The nearest float, ties to even, by exact arithmetic."""
    precision, low, high = {16: (11, -24, 15), 32: (24, -149, 127)}[width]
    if value == 0:
        return 0.0
    magnitude = abs(value)
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    exponent -= Fraction(2) ** exponent > magnitude
    step = Fraction(2) ** max(exponent - precision + 1, low)
    out = round(magnitude / step) * step  # which rounds ties to even
    out = math.inf if out >= Fraction(2) ** (high + 1) else float(out)
    return math.copysign(out, value)


def _near_a_tie(mantissa: int, shift: int, off: int) -> int:
    return (mantissa << shift) + off


@given(
    st.one_of(
        st.floats(allow_nan=False, allow_infinity=False),
        st.floats(-70000, 70000),
        st.integers(-(2**140), 2**140),
        st.builds(
            lambda m, s, d: (m << s) + d, st.integers(0, 2**25), st.integers(30, 105), st.integers(-1, 1)
        ),
    ),
    st.sampled_from([(Float16(), 16), (Float32(), 32)]),
)
def test_numbers_are_rounded_to_nearest_even(value: float, which: tuple[Any, int]) -> None:
    dtype, width = which
    scalar = dtype.from_json_scalar(value, zarr_format=3)
    assert float(scalar) == nearest(Fraction(value), width)
    assert math.copysign(1, scalar) == math.copysign(1, value) or value == 0


@pytest.mark.parametrize(
    ("dtype", "data", "expected"),
    [
        (Float16(), "NaN", 0x7E00),
        (Float32(), "NaN", 0x7FC00000),
        (Float64(), "NaN", 0x7FF8000000000000),
        (Float32(), "Infinity", 0x7F800000),
        (Float32(), "-Infinity", 0xFF800000),
        (Float32(), "0x7fc00000", 0x7FC00000),
        (Float32(), "0xFFC00001", 0xFFC00001),
        (Float32(), "0x7f800001", 0x7F800001),
        (Float32(), "0x3f800000", 0x3F800000),
        (Float32(), -0.0, 0x80000000),
        (Float32(), 0.1, 0x3DCCCCCD),
        (Float32(), 3.5e38, 0x7F800000),
        (Float16(), 65519.999, 0x7BFF),
        (Float16(), 65520, 0x7C00),
        (Float64(), 2**53 + 1, 0x4340000000000000),
        (Float64(), 10**400, 0x7FF0000000000000),
        (Float32(), -(10**400), 0xFF800000),
        # as Zarr-Python reads them, though no specification has them
        (Float32(), "nan", 0x7FC00000),
        (Float32(), "-NaN", 0xFFC00000),
        (Float32(), "inf", 0x7F800000),
        (Float32(), "+Infinity", 0x7F800000),
        (Float32(), "1.5", 0x3FC00000),
        (Float32(), True, 0x3F800000),
        (Float32(), float("nan"), 0x7FC00000),
    ],
)
def test_float_forms(dtype: Any, data: Any, expected: int) -> None:
    assert bits(dtype.from_json_scalar(data, zarr_format=3)) == expected


@pytest.mark.parametrize(
    "data",
    ["0x7fc0", "0x7fc000001", "0x", "0xzzzzzzzz", "0x+fc00000", "0x_fc00000", "0X7FC00000", "3f800000", "",
     "x", "1_0", "１", None, [1], 1 + 0j, {}],
)  # fmt: skip
def test_float_refused(data: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        Float32().from_json_scalar(data, zarr_format=3)


def test_hexadecimal_is_format_3() -> None:
    with pytest.raises(TypeError):
        Float32().from_json_scalar("0x7fc00000", zarr_format=2)


@pytest.mark.parametrize(
    ("value", "zarr_format", "expected"),
    [
        (np.uint32(0x7FC00000).view("f4"), 3, "NaN"),
        (np.uint32(0xFFC00000).view("f4"), 3, "0xffc00000"),
        (np.uint32(0x7F800001).view("f4"), 3, "0x7f800001"),
        (np.uint32(0xFFC00001).view("f4"), 2, "NaN"),
        (np.nan, 3, "NaN"),
        (np.inf, 3, "Infinity"),
        (-np.inf, 2, "-Infinity"),
        (0.1, 3, 0.10000000149011612),
        (np.float64(0.1), 3, 0.10000000149011612),
        (1e39, 3, "Infinity"),
        (np.float64(1e39), 3, "Infinity"),
        (np.array(2.5), 3, 2.5),
        (np.int64(3), 3, 3.0),
        ("1.5", 3, 1.5),
    ],
)
def test_float_written(value: Any, zarr_format: Any, expected: Any) -> None:
    out = Float32().to_json_scalar(value, zarr_format=zarr_format)
    assert out == expected
    assert type(out) is type(expected)


@BOTH
@pytest.mark.parametrize(
    ("data", "expected"), [(1, 1), (1.0, 1), (1e1, 10), ("1", 1), (True, 1), (-128, -128), (127, 127)]
)
def test_int_forms(data: Any, expected: int, zarr_format: Any) -> None:
    scalar = Int8().from_json_scalar(data, zarr_format=zarr_format)
    assert isinstance(scalar, np.int8)
    assert scalar == expected


@BOTH
@pytest.mark.parametrize(
    ("dtype", "data", "error"),
    [
        (Int8(), 1.5, TypeError),
        (Int8(), 128, OverflowError),
        (Int8(), -129.0, OverflowError),
        (UInt8(), -1, OverflowError),
        (Int8(), "x", TypeError),
        (Int8(), "1.0", TypeError),
        (Int64(), "1_0", TypeError),
        (Int64(), "9" * 5000, TypeError),
        (Int8(), None, TypeError),
        (Int8(), [1], TypeError),
        (Int8(), float("nan"), TypeError),
        (Int8(), math.inf, TypeError),
        (Int64(), 2**63, OverflowError),
        (Int64(), -(2**63) - 1, OverflowError),
        (UInt64(), 2**64, OverflowError),
        (UInt64(), 1.8446744073709552e19, OverflowError),
        (Int64(), 1e300, OverflowError),
        (DateTime64(unit="s"), 2**63, OverflowError),
        (DateTime64(unit="s"), 1.0, TypeError),
        (DateTime64(unit="s"), "2020-01-01", TypeError),
        (DateTime64(unit="s"), None, TypeError),
        (Bool(), 2, TypeError),
        (Bool(), "x", TypeError),
        (Bool(), None, TypeError),
        (Complex64(), 1, TypeError),
        (Complex64(), [1], TypeError),
        (Complex64(), [1, 2, 3], TypeError),
        (Complex64(), "12", TypeError),
        (Complex64(), [None, 1], TypeError),
        (FixedLengthUTF32(length=3), "abcd", ValueError),
        (FixedLengthUTF32(length=3), 0, TypeError),
        (NullTerminatedBytes(length=3), "YWJjZA==", ValueError),
        (NullTerminatedBytes(length=3), "!!", ValueError),
        (NullTerminatedBytes(length=3), "abc", ValueError),
        (NullTerminatedBytes(length=3), 0, TypeError),
        (RawBytes(length=3), "YQ==", ValueError),
        (RawBytes(length=3), "YWJjZA==", ValueError),
        (RawBits(length=3), [1, 2], ValueError),
        (RawBits(length=3), [1, 2, 256], ValueError),
        (RawBits(length=3), [1, 2, True], ValueError),
        (VariableLengthBytes(), "abc", ValueError),
        (VariableLengthBytes(), 1, TypeError),
        (VariableLengthUTF8(), None, TypeError),
        (VariableLengthUTF8(), [1], TypeError),
    ],
)
def test_refused(dtype: Any, data: Any, error: type[Exception], zarr_format: Any) -> None:
    with pytest.raises(error):
        dtype.from_json_scalar(data, zarr_format=zarr_format)


@BOTH
@pytest.mark.parametrize(
    ("dtype", "data", "expected"),
    [
        (Bool(), True, np.True_),
        (Bool(), 1, np.True_),
        (Bool(), 0, np.False_),
        (Bool(), "true", np.True_),
        (Bool(), "false", np.False_),
        (Complex64(), [1, -2], np.complex64(1 - 2j)),
        (Complex128(), ("Infinity", "-Infinity"), np.complex128(complex(np.inf, -np.inf))),
        (DateTime64(unit="s"), 5, np.datetime64(5, "s")),
        (FixedLengthUTF32(length=3), "abc", np.str_("abc")),
        (FixedLengthUTF32(length=3), "a\0\0\0\0", np.str_("a")),
        (NullTerminatedBytes(length=3), "YWJj", np.bytes_(b"abc")),
        (NullTerminatedBytes(length=3), "YQA=", np.bytes_(b"a")),
        (NullTerminatedBytes(length=3), "", np.bytes_(b"")),
        (RawBytes(length=3), "YWJj", np.void(b"abc")),
        (RawBytes(length=3), [97, 98, 99], np.void(b"abc")),
        (VariableLengthBytes(), [97, 98], b"ab"),
        (VariableLengthBytes(), [], b""),
        (VariableLengthBytes(), "YWI=", b"ab"),
        (VariableLengthUTF8(), "é", "é"),
        (VariableLengthUTF8(), 0, "0"),
    ],
)
def test_accepted(dtype: Any, data: Any, expected: Any, zarr_format: Any) -> None:
    scalar = dtype.from_json_scalar(data, zarr_format=zarr_format)
    assert type(scalar) is type(expected)
    assert scalar == expected


def test_nat() -> None:
    for dtype in (DateTime64(unit="s"), TimeDelta64(unit="s"), DateTime64()):
        scalar = dtype.from_json_scalar("NaT", zarr_format=3)
        assert np.isnat(scalar)
        assert dtype.to_json_scalar(scalar, zarr_format=3) == -(2**63)
        assert np.isnat(dtype.cast_scalar("NaT"))
        assert np.isnat(dtype.cast_scalar(None))
        assert dtype.to_json_scalar("NaT", zarr_format=2) == -(2**63)


def test_zero_of_older_format_2_data() -> None:
    assert VariableLengthBytes().from_json_scalar(0, zarr_format=2) == b""
    with pytest.raises(TypeError):
        VariableLengthBytes().from_json_scalar(0, zarr_format=3)


@pytest.mark.parametrize(
    ("dtype", "data", "expected"),
    [
        (Int8(), 1.5, np.int8(1)),
        (Int8(), np.float64(2.5), np.int8(2)),
        (Int8(), "1", np.int8(1)),
        (Int8(), b"1", np.int8(1)),
        (Int8(), np.True_, np.int8(1)),
        (Int8(), np.array(3), np.int8(3)),
        (Bool(), 2, np.True_),
        (Bool(), np.nan, np.True_),
        (Float32(), np.float16(1.5), np.float32(1.5)),
        (Float32(), Fraction(1, 2), np.float32(0.5)),
        (Complex64(), "1+2j", np.complex64(1 + 2j)),
        (Complex64(), np.float32(2), np.complex64(2)),
        (Complex128(), np.complex64(1 + 2j), np.complex128(1 + 2j)),
        (DateTime64(unit="s"), "2020-01-01", np.datetime64("2020-01-01", "s")),
        (DateTime64(unit="s"), b"2020", np.datetime64("2020-01-01", "s")),
        (DateTime64(unit="s"), datetime.date(2020, 1, 1), np.datetime64("2020-01-01", "s")),
        (DateTime64(unit="s"), datetime.datetime(2020, 1, 1, 2), np.datetime64("2020-01-01T02", "s")),
        (DateTime64(unit="s"), np.datetime64("2020-01-01T00:00:00.5"), np.datetime64("2020-01-01", "s")),
        (DateTime64(unit="ns", endianness="big"), np.datetime64(5, "s"), np.datetime64(5 * 10**9, "ns")),
        (TimeDelta64(unit="s"), np.timedelta64(5, "m"), np.timedelta64(300, "s")),
        (TimeDelta64(unit="s"), datetime.timedelta(seconds=3), np.timedelta64(3, "s")),
        (TimeDelta64(unit="s"), 7, np.timedelta64(7, "s")),
        (FixedLengthUTF32(length=3), 1.5, np.str_("1.5")),
        (NullTerminatedBytes(length=3), "abc", np.bytes_(b"abc")),
        (NullTerminatedBytes(length=3), 0, np.bytes_(b"0")),
        (NullTerminatedBytes(length=3), bytearray(b"a"), np.bytes_(b"a")),
        (RawBytes(length=3), b"a", np.void(b"a\0\0")),
        (RawBytes(length=3), np.void(b"abc"), np.void(b"abc")),
        (VariableLengthUTF8(), np.str_("x"), "x"),
        (VariableLengthBytes(), "é", b"\xc3\xa9"),
        (VariableLengthBytes(), memoryview(b"ab"), b"ab"),
    ],
)
def test_cast(dtype: Any, data: Any, expected: Any) -> None:

    scalar = dtype.cast_scalar(data)
    assert type(scalar) is type(expected)
    assert scalar == expected
    if isinstance(scalar, (np.datetime64, np.timedelta64)):
        assert scalar.dtype == expected.dtype
    assert type(dtype.cast_scalar(scalar)) is type(scalar)


@pytest.mark.parametrize(
    ("dtype", "data", "error"),
    [
        (Int8(), np.ma.masked, TypeError),
        (Float32(), np.ma.masked, TypeError),
        (Bool(), np.ma.masked, TypeError),
        (VariableLengthUTF8(), np.ma.masked, TypeError),
        (Int8(), None, TypeError),
        (Int8(), 1 + 0j, TypeError),
        (Int8(), [1], TypeError),
        (Int8(), np.array([3]), TypeError),
        (Int8(), np.timedelta64(1, "s"), TypeError),
        (Int8(), np.complex64(1), TypeError),
        (Int8(), "x", ValueError),
        (Int8(), np.nan, ValueError),
        (Int8(), 128, OverflowError),
        (Int8(), np.int64(500), OverflowError),
        (Int32(), np.inf, OverflowError),
        (Bool(), None, TypeError),
        (Bool(), "true", TypeError),
        (Bool(), [], TypeError),
        (Float32(), None, TypeError),
        (Float32(), "x", TypeError),
        (Float32(), np.datetime64(1, "s"), TypeError),
        (Float32(), np.complex64(1), TypeError),
        (Complex64(), None, TypeError),
        (Complex64(), "x", ValueError),
        (DateTime64(unit="s"), 1.0, TypeError),
        (DateTime64(unit="s"), np.timedelta64(5, "s"), TypeError),
        (DateTime64(unit="s"), "x", ValueError),
        (DateTime64(unit="ns"), np.datetime64(2**62, "s"), OverflowError),
        (DateTime64(unit="ns"), "9999-01-01", OverflowError),
        (TimeDelta64(unit="ns"), np.timedelta64(2**62, "s"), OverflowError),
        (TimeDelta64(unit="s"), "x", ValueError),
        (TimeDelta64(unit="s"), np.datetime64(5, "s"), TypeError),
        (FixedLengthUTF32(length=3), "abcd", ValueError),
        (FixedLengthUTF32(length=3), b"ab", TypeError),
        (FixedLengthUTF32(length=3), None, TypeError),
        (NullTerminatedBytes(length=3), b"abcd", ValueError),
        (NullTerminatedBytes(length=3), "é", ValueError),
        (NullTerminatedBytes(length=3), None, TypeError),
        (RawBytes(length=3), b"abcd", ValueError),
        (RawBytes(length=3), 0, TypeError),
        (VariableLengthUTF8(), None, TypeError),
        (VariableLengthUTF8(), b"ab", TypeError),
        (VariableLengthBytes(), None, TypeError),
        (VariableLengthBytes(), 1, TypeError),
    ],
)
def test_cast_refused(dtype: Any, data: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        dtype.cast_scalar(data)


def test_a_signalling_nan_is_not_touched() -> None:
    scalar = np.frombuffer(struct.pack("<I", 0x7F800001), "<f4")[0]
    assert bits(Float32().cast_scalar(scalar)) == 0x7F800001
    assert Complex64().to_json_scalar(
        np.frombuffer(struct.pack("<II", 0x7F800001, 0xFF800003), "<c8")[0], zarr_format=3
    ) == ("0x7f800001", "0xff800003")
