"""The types of ml_dtypes: documents without the package, fill values with it."""

from __future__ import annotations

import json
import math
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zarr.core.dtype import BFloat16, Float8E4M3FN, Float8E8M0FNU, data_type_registry, parse_dtype
from zarr.core.dtype.ml.common import MLType
from zarr.core.dtype.ml.complex import SmallComplex
from zarr.core.dtype.ml.float import SmallFloat
from zarr.core.dtype.ml.int import SmallInt
from zarr.errors import DataTypeValidationError, UnstableSpecificationWarning

FLOATS = sorted(n for n, cls in data_type_registry.contents.items() if issubclass(cls, SmallFloat))
INTS = sorted(n for n, cls in data_type_registry.contents.items() if issubclass(cls, SmallInt))
EACH = pytest.mark.parametrize("name", FLOATS + INTS)


def test_all_are_here() -> None:
    assert INTS == ["int2", "int4", "uint2", "uint4"]
    assert FLOATS == [
        "bfloat16",
        "float4_e2m1fn",
        "float6_e2m3fn",
        "float6_e3m2fn",
        "float8_e3m4",
        "float8_e4m3",
        "float8_e4m3b11fnuz",
        "float8_e4m3fn",
        "float8_e4m3fnuz",
        "float8_e5m2",
        "float8_e5m2fnuz",
        "float8_e8m0fnu",
    ]


@EACH
def test_documents_without_the_package(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    dtype: Any = data_type_registry.match_json(name, zarr_format=3)
    assert isinstance(dtype, MLType)
    if name == "float8_e4m3fn":
        with pytest.warns(UnstableSpecificationWarning):
            assert dtype.to_json(3) == name
    else:
        assert dtype.to_json(3) == name
    assert dtype.to_json(2) == {"name": name, "object_codec_id": None}
    assert data_type_registry.match_json(dtype.to_json(2), zarr_format=2) == dtype
    assert dtype.item_size == (2 if name == "bfloat16" else 1)
    for use in (dtype.to_native_dtype, dtype.default_scalar, lambda: dtype.cast_scalar(1)):
        with pytest.raises(ImportError, match=r"pip install 'zarr\[ml\]'"):
            use()


def test_an_older_package(monkeypatch: pytest.MonkeyPatch) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    monkeypatch.delattr(ml_dtypes, "float4_e2m1fn")
    with pytest.raises(ImportError, match="newer version"):
        parse_dtype("float4_e2m1fn", zarr_format=3).to_native_dtype()


@EACH
def test_native(name: str) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    native = np.dtype(getattr(ml_dtypes, name))
    dtype: Any = parse_dtype(name, zarr_format=3)
    assert dtype.to_native_dtype() == native
    assert parse_dtype(native, zarr_format=3) == parse_dtype(name, zarr_format=2) == dtype
    assert dtype.default_scalar().dtype == native
    assert dtype.default_scalar().tobytes() == bytes(native.itemsize)


@EACH
def test_any_bits_survive(name: str) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    native = np.dtype(getattr(ml_dtypes, name))
    dtype: Any = parse_dtype(name, zarr_format=3)
    width = 16 if name == "bfloat16" else int(name.split("_")[0].lstrip("uintfloa"))
    for bits in range(2**width):
        scalar = np.frombuffer(bits.to_bytes(native.itemsize, sys.byteorder), native)[0]
        data = json.loads(json.dumps(dtype.to_json_scalar(scalar, zarr_format=3), allow_nan=False))
        back = dtype.from_json_scalar(data, zarr_format=3)
        assert back.dtype == native
        assert (back == scalar) if name in INTS else back.tobytes() == scalar.tobytes()


@pytest.mark.parametrize(
    ("name", "low", "high"), [("int2", -2, 1), ("uint2", 0, 3), ("int4", -8, 7), ("uint4", 0, 15)]
)
def test_integers_in_range(name: str, low: int, high: int) -> None:
    pytest.importorskip("ml_dtypes")
    dtype: Any = parse_dtype(name, zarr_format=3)
    for value in (low, high):
        assert int(dtype.from_json_scalar(value, zarr_format=3)) == value
        assert int(dtype.cast_scalar(dtype.cast_scalar(np.int64(value)))) == value
    for value in (low - 1, high + 1):
        with pytest.raises(OverflowError, match="out of bounds"):
            dtype.from_json_scalar(value, zarr_format=3)
        with pytest.raises(OverflowError, match="out of bounds"):
            dtype.cast_scalar(value)
    for data in (0.5, "x", None):
        with pytest.raises(TypeError):
            dtype.from_json_scalar(data, zarr_format=3)
    with pytest.raises(TypeError):
        dtype.cast_scalar(None)


# zarr-extensions: the pattern of "NaN", and whether there are infinities
@pytest.mark.parametrize(
    ("name", "nan", "infinite"),
    [
        ("bfloat16", 0x7FC0, True),
        ("float8_e3m4", 0x78, True),
        ("float8_e4m3", 0x7C, True),
        ("float8_e4m3b11fnuz", 0x80, False),
        ("float8_e4m3fnuz", 0x80, False),
        ("float8_e5m2", 0x7E, True),
        ("float8_e5m2fnuz", 0x80, False),
        ("float8_e8m0fnu", 0xFF, False),
        ("float6_e2m3fn", None, False),
        ("float6_e3m2fn", None, False),
        ("float4_e2m1fn", None, False),
    ],
)
def test_nan_and_infinity(name: str, nan: int | None, infinite: bool) -> None:
    pytest.importorskip("ml_dtypes")
    dtype: Any = parse_dtype(name, zarr_format=3)
    if nan is None:
        with pytest.raises(ValueError, match="no such value"):
            dtype.from_json_scalar("NaN", zarr_format=3)
        with pytest.raises(ValueError, match="no such value"):
            dtype.cast_scalar(np.nan)
    else:
        for scalar in (dtype.from_json_scalar("NaN", zarr_format=3), dtype.cast_scalar(np.nan)):
            assert int.from_bytes(scalar.tobytes(), sys.byteorder) == nan
            assert dtype.to_json_scalar(scalar, zarr_format=3) == "NaN"
    for text, sign in (("Infinity", 1), ("-Infinity", -1)):
        if infinite:
            assert float(dtype.from_json_scalar(text, zarr_format=3)) == sign * math.inf
            assert dtype.to_json_scalar(sign * math.inf, zarr_format=3) == text
        else:
            with pytest.raises(ValueError, match="no such value"):
                dtype.from_json_scalar(text, zarr_format=3)


@given(st.floats(-600, 600) | st.floats(-1, 1), st.sampled_from(FLOATS))
def test_numbers_are_rounded_to_nearest_even(value: float, name: str) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    native = np.dtype(getattr(ml_dtypes, name))
    dtype: Any = parse_dtype(name, zarr_format=3)
    width = 16 if name == "bfloat16" else int(name.split("_")[0][5:])
    patterns = np.arange(2**width, dtype=f"u{native.itemsize}")
    with np.errstate(invalid="ignore"):
        values = patterns.view(native).astype(float)
    finite = np.isfinite(values)
    try:
        out = float(dtype.from_json_scalar(value, zarr_format=3))
    except OverflowError:
        assert abs(value) > values[finite].max() or (name == "float8_e8m0fnu" and value < 2.0**-126)
        return
    if math.isinf(out):
        assert abs(value) > values[finite].max()
        return
    distance = abs(Fraction(out) - Fraction(value))
    near = values[finite][np.argsort(abs(values[finite] - value))[:4]]
    best = min(abs(Fraction(float(v)) - Fraction(value)) for v in near)
    assert distance == best
    ties = {float(v) for v in near if abs(Fraction(float(v)) - Fraction(value)) == best}
    if len(ties) > 1 and name != "float8_e8m0fnu":
        assert patterns[finite][values[finite] == out][0] % 2 == 0


def test_bfloat16_is_rounded_once() -> None:
    pytest.importorskip("ml_dtypes")
    # just above the middle of two, by less than float32 can tell
    assert float(BFloat16().from_json_scalar(1 + 2**-8 + 2**-40, zarr_format=3)) == 1 + 2**-7
    assert float(BFloat16().from_json_scalar(2**80 + 2**72 + 1, zarr_format=3)) == 2**80 + 2**73
    assert float(BFloat16().from_json_scalar(10**400, zarr_format=3)) == math.inf


def test_out_of_range() -> None:
    pytest.importorskip("ml_dtypes")
    for name in ("float4_e2m1fn", "float6_e2m3fn", "float8_e4m3fn", "float8_e4m3fnuz"):
        with pytest.raises(OverflowError, match=f"out of bounds for {name}"):
            parse_dtype(name, zarr_format=3).from_json_scalar(1000, zarr_format=3)
    for value in (0, -1.0):
        with pytest.raises(OverflowError, match="out of bounds for float8_e8m0fnu"):
            Float8E8M0FNU().from_json_scalar(value, zarr_format=3)
    for data in ("0x7fc0", "0x7", "x", None):
        with pytest.raises((TypeError, ValueError)):
            Float8E4M3FN().from_json_scalar(data, zarr_format=3)
    with pytest.raises(TypeError):
        Float8E4M3FN().cast_scalar(None)


def test_big_endian_bfloat16() -> None:
    pytest.importorskip("ml_dtypes")
    dtype = BFloat16(endianness="big")
    native = dtype.to_native_dtype()
    assert np.array([1.0, 2.5]).astype(native).tobytes() == bytes.fromhex("3f804020")
    assert BFloat16.from_native_dtype(native) == dtype
    assert dtype.to_json(3) == "bfloat16"
    with pytest.raises(ValueError, match="Format 2 has no name"):
        dtype.to_json(2)


def test_scalars_of_one_type_in_another() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    assert parse_dtype("f4", zarr_format=3).cast_scalar(ml_dtypes.bfloat16(1.5)) == np.float32(1.5)
    assert parse_dtype("i4", zarr_format=3).cast_scalar(ml_dtypes.int4(-3)) == np.int32(-3)
    assert parse_dtype("int4", zarr_format=3).cast_scalar(ml_dtypes.int2(1)) == 1


def test_wrong_class() -> None:
    with pytest.raises(DataTypeValidationError):
        BFloat16.from_native_dtype(np.dtype("f4"))
    with pytest.raises(DataTypeValidationError):
        BFloat16.from_json({"name": "<f4", "object_codec_id": None}, zarr_format=2)
    ml_dtypes = pytest.importorskip("ml_dtypes")
    with pytest.raises(ValueError, match="No Zarr data type found"):
        parse_dtype(np.dtype(ml_dtypes.uint1), zarr_format=3)


COMPLEX = sorted(n for n, cls in data_type_registry.contents.items() if issubclass(cls, SmallComplex))


@pytest.mark.parametrize("name", COMPLEX)
def test_complex_types(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dtype: Any = data_type_registry.match_json(name, zarr_format=3)
    assert dtype.to_json(3) == name
    assert dtype.item_size == (4 if name in ("complex_float16", "complex_bfloat16") else 2)
    pytest.importorskip("ml_dtypes")
    assert dtype.to_native_dtype().itemsize == dtype.item_size
    for data in ([1.0, -2.0], [0.5, 4]) if "e8m0" not in name else ([1.0, 2.0],):
        if data == [0.5, 4] and name == "complex_float6_e2m3fn":
            data = [0.5, 3.5]
        scalar = dtype.from_json_scalar(data, zarr_format=3)
        assert list(dtype.to_json_scalar(scalar, zarr_format=3)) == data
        assert dtype.cast_scalar(complex(*data)).tobytes() == scalar.tobytes()
        assert dtype.cast_scalar(scalar).tobytes() == scalar.tobytes()
    for wrong in (None, [1.0], "x", object()):
        with pytest.raises((TypeError, ValueError)):
            dtype.from_json_scalar(wrong, zarr_format=3)
        with pytest.raises((TypeError, ValueError)):
            dtype.cast_scalar(wrong)
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.raises(ImportError, match=r"pip install 'zarr\[ml\]'"):
        dtype.default_scalar()
