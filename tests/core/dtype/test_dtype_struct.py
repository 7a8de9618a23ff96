"""Structs: packing, nesting, small arrays as fields, and their fill values."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from zarr.core.dtype import (
    Bool,
    DateTime64,
    FixedLengthUTF32,
    Float32,
    Float64,
    Int8,
    Int16,
    Int32,
    RawBytes,
    Struct,
    VariableLengthUTF8,
    data_type_registry,
    parse_dtype,
)
from zarr.core.dtype.npy.subarray import Subarray
from zarr.errors import DataTypeValidationError, ZarrUserWarning

POINT = Struct(fields=(("a", Int32()), ("b", Float64(endianness="big"))))


@pytest.mark.parametrize(
    "native",
    [
        np.dtype([("a", "i1"), ("b", "i4")], align=True),
        np.dtype({"names": ["a", "b"], "formats": ["i1", "<i4"], "offsets": [0, 8]}),
        np.dtype({"names": ["a", "b"], "formats": ["i1", "<i4"], "offsets": [4, 0]}),
        np.dtype({"names": ["a", "b"], "formats": ["i1", "<i4"], "offsets": [0, 1], "itemsize": 16}),
    ],
)
def test_fields_are_packed_with_a_warning(native: Any) -> None:
    with pytest.warns(ZarrUserWarning, match="packed"):
        dtype = parse_dtype(native, zarr_format=3)
    assert dtype == Struct(fields=(("a", Int8()), ("b", Int32())))
    assert dtype.to_native_dtype().itemsize == 5


def test_refused_fields() -> None:
    with pytest.raises(ValueError, match=r"field 'a' has a title \('title'\)"):
        parse_dtype(np.dtype([(("title", "a"), "i4")]), zarr_format=3)
    with pytest.raises(ValueError, match="ambiguous"):
        parse_dtype(np.dtype([("a", "O")]), zarr_format=3)
    with pytest.raises(ValueError, match="variable length"):
        Struct(fields=(("a", VariableLengthUTF8()),))
    with pytest.raises(ValueError, match="unique"):
        Struct(fields=(("a", Int8()), ("a", Int8())))
    with pytest.raises(ValueError, match="not empty"):
        Struct(fields=(("", Int8()),))


def test_multi_byte_fields() -> None:
    def struct(field: Any) -> Struct:
        return Struct(fields=(("x", field),))

    # recorded from Zarr-Python 3.4.2
    assert not struct(Int8()).has_multi_byte_fields()
    assert not struct(RawBytes(length=1)).has_multi_byte_fields()
    assert struct(Int16()).has_multi_byte_fields()
    assert struct(RawBytes(length=4)).has_multi_byte_fields()
    assert struct(FixedLengthUTF32(length=1)).has_multi_byte_fields()
    assert struct(Struct(fields=(("a", Int8()), ("b", Int8())))).has_multi_byte_fields()


SUBARRAY = {
    "name": [["a", "<i4"], ["b", ">f4", [2, 3]], ["c", [["d", "|u1", 2]], [2]]],
    "object_codec_id": None,
}


def test_fields_that_are_arrays_in_format_2() -> None:
    dtype = data_type_registry.match_json(SUBARRAY, zarr_format=2)
    native = np.dtype([("a", "<i4"), ("b", ">f4", (2, 3)), ("c", [("d", "u1", (2,))], (2,))])
    assert dtype.to_native_dtype() == native
    assert parse_dtype(native, zarr_format=2) == dtype
    assert (
        parse_dtype([["a", "<i4"], ["b", ">f4", [2, 3]], ["c", [["d", "|u1", [2]]], [2]]], zarr_format=2)
        == dtype
    )
    written = dtype.to_json(2)
    assert written["name"] == [["a", "<i4"], ["b", ">f4", [2, 3]], ["c", [["d", "|u1", [2]]], [2]]]
    assert data_type_registry.match_json(written, zarr_format=2) == dtype
    with pytest.raises(DataTypeValidationError, match="cannot be stored in format 3"):
        dtype.to_json(3)


def test_fill_values_of_fields_that_are_arrays() -> None:
    dtype: Any = data_type_registry.match_json(SUBARRAY, zarr_format=2)
    value = np.zeros((), dtype.to_native_dtype())
    value["a"] = 7
    value["b"] = np.arange(6).reshape(2, 3)
    value["c"]["d"] = [[1, 2], [3, 4]]
    text = base64.b64encode(value.tobytes()).decode()
    assert dtype.to_json_scalar(value[()], zarr_format=2) == text
    assert dtype.from_json_scalar(text, zarr_format=2).tobytes() == value.tobytes()
    assert dtype.cast_scalar((7, np.arange(6).reshape(2, 3), [((1, 2),), ((3, 4),)])) == value
    assert dtype.default_scalar().tobytes() == bytes(dtype.item_size)


def test_subarray_alone() -> None:
    dtype = Subarray(base=Int16(), shape=(2,))
    assert dtype.item_size == 4
    assert dtype.default_scalar().tolist() == [0, 0]
    assert dtype.cast_scalar(3).tolist() == [3, 3]
    out = dtype.to_json_scalar([1, 2], zarr_format=2)
    assert dtype.from_json_scalar(out, zarr_format=2).tolist() == [1, 2]
    for zarr_format in (2, 3):
        with pytest.raises(DataTypeValidationError):
            dtype.to_json(zarr_format)
        with pytest.raises(DataTypeValidationError):
            Subarray.from_json("x", zarr_format=zarr_format)
    with pytest.raises(DataTypeValidationError):
        Subarray.from_native_dtype(np.dtype("i4"))


@pytest.mark.parametrize(
    "value",
    [
        (1, 2.0),
        [1, 2.0],
        {"b": 2.0, "a": 1},
        np.array((1, 2.0), "i4,f8")[()],
        np.array((1, 2.0), "<i4,<f8"),
        np.void(np.array((1, 2.0), "<i4,>f8").tobytes()),
        np.array((1, 2.0), "<i4,>f8").tobytes(),
    ],
)
def test_cast(value: Any) -> None:
    scalar = POINT.cast_scalar(value)
    assert scalar.dtype == POINT.to_native_dtype()
    assert scalar.item() == (1, 2.0)
    assert POINT.to_json_scalar(value, zarr_format=3) == {"a": 1, "b": 2.0}


def test_cast_one_number() -> None:
    assert POINT.cast_scalar(3).item() == (3, 3.0)
    assert Struct(fields=(("a", Int8()), ("t", DateTime64(unit="s")))).cast_scalar(0).tobytes() == bytes(9)


@pytest.mark.parametrize(
    "value", [(1,), (1, 2, 3), {"a": 1}, {"a": 1, "b": 2, "c": 3}, b"abc", (1, None), None, "x"]
)
def test_cast_refused(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        POINT.cast_scalar(value)


def test_fill_values() -> None:
    assert POINT.from_json_scalar({"b": "NaN", "a": 1}, zarr_format=3)["a"] == 1
    # accepted in format 2 as well, as Zarr-Python does
    assert POINT.from_json_scalar({"a": 1, "b": 2}, zarr_format=2).item() == (1, 2.0)
    for bad in ({"a": 1}, {"a": 1, "b": 1, "c": 1}, {}):
        with pytest.raises(ValueError, match="not those of the struct"):
            POINT.from_json_scalar(bad, zarr_format=3)
    with pytest.raises(TypeError, match=r"\.a: Invalid type: x"):
        POINT.from_json_scalar({"a": "x", "b": 0}, zarr_format=3)
    with pytest.raises(ValueError, match="3 bytes for a struct of 12 bytes"):
        POINT.from_json_scalar("AAAA", zarr_format=2)
    for value in (0, None, [1, 2.0]):
        with pytest.raises(TypeError):
            POINT.from_json_scalar(value, zarr_format=3)


def test_nan_payload_in_a_field() -> None:
    dtype = Struct(fields=(("x", Float32(endianness="big")), ("y", Struct(fields=(("z", Bool()),)))))
    data: Any = {"x": "0xffc00001", "y": {"z": True}}
    assert dtype.from_json_scalar(data, zarr_format=3).tobytes() == bytes.fromhex("ffc0000101")
    assert dtype.to_json_scalar(dtype.from_json_scalar(data, zarr_format=3), zarr_format=3) == data
