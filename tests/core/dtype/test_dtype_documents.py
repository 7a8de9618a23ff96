"""Documents of every type in both formats; recorded from Zarr-Python 3.4.2 where not said otherwise."""

from __future__ import annotations

import pickle
import warnings
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from zarr.core.dtype import (
    ANY_DTYPE,
    Bool,
    Complex64,
    Complex128,
    DateTime64,
    FixedLengthUTF32,
    Float16,
    Float32,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    NullTerminatedBytes,
    RawBits,
    RawBytes,
    Struct,
    Structured,
    TimeDelta64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    VariableLengthBytes,
    VariableLengthUTF8,
    ZDType,
    data_type_registry,
)
from zarr.core.dtype.common import HasEndianness, HasItemSize, HasLength, HasObjectCodec, unpack_dtype_json
from zarr.errors import DataTypeValidationError, UnstableSpecificationWarning

NESTED = Struct(
    fields=(
        ("a", Int32()),
        ("b", FixedLengthUTF32(length=2)),
        ("c", DateTime64(unit="s")),
        ("d", Struct(fields=(("e", Bool()),))),
    )
)
SMALL = Struct(fields=(("a", Int8()),))

# type, numpy dtype, format 2 name, format 3 document, default in JSON (2, 3), item size
TABLE: list[tuple[ZDType[Any, Any], Any, Any, Any, Any, Any, int | None]] = [
    (Bool(), "bool", "|b1", "bool", False, False, 1),
    (Int8(), "int8", "|i1", "int8", 0, 0, 1),
    (UInt8(), "uint8", "|u1", "uint8", 0, 0, 1),
    (Int16(), "<i2", "<i2", "int16", 0, 0, 2),
    (Int16(endianness="big"), ">i2", ">i2", "int16", 0, 0, 2),
    (UInt16(), "<u2", "<u2", "uint16", 0, 0, 2),
    (Int32(), "<i4", "<i4", "int32", 0, 0, 4),
    (UInt32(endianness="big"), ">u4", ">u4", "uint32", 0, 0, 4),
    (Int64(), "<i8", "<i8", "int64", 0, 0, 8),
    (UInt64(), "<u8", "<u8", "uint64", 0, 0, 8),
    (Float16(), "<f2", "<f2", "float16", 0.0, 0.0, 2),
    (Float32(), "<f4", "<f4", "float32", 0.0, 0.0, 4),
    (Float64(endianness="big"), ">f8", ">f8", "float64", 0.0, 0.0, 8),
    (Complex64(), "<c8", "<c8", "complex64", (0.0, 0.0), (0.0, 0.0), 8),
    (Complex128(endianness="big"), ">c16", ">c16", "complex128", (0.0, 0.0), (0.0, 0.0), 16),
    (
        DateTime64(),
        "<M8",
        "<M8",
        {"name": "numpy.datetime64", "configuration": {"unit": "generic", "scale_factor": 1}},
        -(2**63),
        -(2**63),
        8,
    ),
    (
        DateTime64(unit="us", scale_factor=10),
        "<M8[10us]",
        "<M8[10us]",
        {"name": "numpy.datetime64", "configuration": {"unit": "us", "scale_factor": 10}},
        -(2**63),
        -(2**63),
        8,
    ),
    (
        TimeDelta64(unit="s", endianness="big"),
        ">m8[s]",
        ">m8[s]",
        {"name": "numpy.timedelta64", "configuration": {"unit": "s", "scale_factor": 1}},
        -(2**63),
        -(2**63),
        8,
    ),
    (
        FixedLengthUTF32(length=3),
        "<U3",
        "<U3",
        {"name": "fixed_length_utf32", "configuration": {"length_bytes": 12}},
        "",
        "",
        12,
    ),
    (
        NullTerminatedBytes(length=3),
        "S3",
        "|S3",
        {"name": "null_terminated_bytes", "configuration": {"length_bytes": 3}},
        "",
        "",
        3,
    ),
    (
        RawBytes(length=3),
        "V3",
        "|V3",
        {"name": "raw_bytes", "configuration": {"length_bytes": 3}},
        "AAAA",
        "AAAA",
        3,
    ),
    (VariableLengthUTF8(), np.dtypes.StringDType(), "|O", "string", "", "", None),
    (VariableLengthBytes(), "O", "|O", "variable_length_bytes", "", "", None),
    (
        Struct(fields=(("a", Int32()), ("b", Float64(endianness="big")))),
        [("a", "<i4"), ("b", ">f8")],
        [["a", "<i4"], ["b", ">f8"]],
        {
            "name": "struct",
            "configuration": {
                "fields": [{"name": "a", "data_type": "int32"}, {"name": "b", "data_type": "float64"}]
            },
        },
        "AAAAAAAAAAAAAAAA",
        {"a": 0, "b": 0.0},
        12,
    ),
    (
        NESTED,
        [("a", "<i4"), ("b", "<U2"), ("c", "<M8[s]"), ("d", [("e", "?")])],
        [["a", "<i4"], ["b", "<U2"], ["c", "<M8[s]"], ["d", [["e", "|b1"]]]],
        {
            "name": "struct",
            "configuration": {
                "fields": [
                    {"name": "a", "data_type": "int32"},
                    {
                        "name": "b",
                        "data_type": {"name": "fixed_length_utf32", "configuration": {"length_bytes": 8}},
                    },
                    {
                        "name": "c",
                        "data_type": {
                            "name": "numpy.datetime64",
                            "configuration": {"unit": "s", "scale_factor": 1},
                        },
                    },
                    {
                        "name": "d",
                        "data_type": {
                            "name": "struct",
                            "configuration": {"fields": [{"name": "e", "data_type": "bool"}]},
                        },
                    },
                ]
            },
        },
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        {"a": 0, "b": "", "c": 0, "d": {"e": False}},
        21,
    ),
    # not Zarr-Python's: the name of core v3, and a list as its fill value
    (RawBits(length=2), "V2", "|V2", "r16", "AAA=", [0, 0], 2),
]
EACH = pytest.mark.parametrize("row", TABLE, ids=[str(row[0]) for row in TABLE])
UNSTABLE = (NullTerminatedBytes, VariableLengthBytes)


def little(dtype: ZDType[Any, Any]) -> ZDType[Any, Any]:
    """What format 3 gives back, which keeps no byte order."""
    if isinstance(dtype, Structured):
        return type(dtype)(fields=tuple((name, little(field)) for name, field in dtype.fields))
    if isinstance(dtype, HasEndianness):
        return type(dtype)(**{**vars(dtype), "endianness": "little"})
    return dtype


@EACH
def test_format_2(row: Any) -> None:
    dtype, _, name, _, default, _, _ = row
    codec = dtype.object_codec_id if isinstance(dtype, HasObjectCodec) else None
    document = {"name": name, "object_codec_id": codec}
    assert dtype.to_json(2) == document
    assert unpack_dtype_json(document) == name
    assert dtype.to_json_scalar(dtype.default_scalar(), zarr_format=2) == default
    if type(dtype) is not RawBits:
        assert type(dtype).from_json(document, zarr_format=2) == dtype
        assert data_type_registry.match_json(document, zarr_format=2) == dtype


@EACH
def test_format_3(row: Any) -> None:
    dtype, _, _, document, _, default, _ = row
    if type(dtype) is RawBytes or isinstance(dtype, UNSTABLE):
        with pytest.warns(UnstableSpecificationWarning, match="does not have a Zarr V3 specification"):
            assert dtype.to_json(zarr_format=3) == document
    else:
        assert dtype.to_json(zarr_format=3) == document
    assert unpack_dtype_json(document) == document
    assert type(dtype).from_json(document, zarr_format=3) == little(dtype)
    assert data_type_registry.match_json(document, zarr_format=3) == little(dtype)
    assert dtype.to_json_scalar(dtype.default_scalar(), zarr_format=3) == default


@EACH
def test_native(row: Any) -> None:
    dtype, native, _, _, _, _, item_size = row
    native = np.dtype(native)
    assert dtype.to_native_dtype() == native
    if type(dtype) is not RawBits:
        assert type(dtype).from_native_dtype(native) == dtype
    if item_size is None:
        assert not isinstance(dtype, HasItemSize)
    else:
        assert dtype.item_size == item_size == native.itemsize


@EACH
def test_is_a_value(row: Any) -> None:
    dtype = row[0]
    assert pickle.loads(pickle.dumps(dtype)) == dtype
    assert hash(dtype) == hash(pickle.loads(pickle.dumps(dtype)))
    assert eval(repr(dtype)) == dtype
    for field in fields(dtype):
        with pytest.raises(AttributeError):
            setattr(dtype, field.name, "x")


@EACH
def test_default_scalar_survives(row: Any) -> None:
    dtype = row[0]
    for zarr_format in (2, 3):
        data = dtype.to_json_scalar(dtype.default_scalar(), zarr_format=zarr_format)
        back = dtype.from_json_scalar(data, zarr_format=zarr_format)
        assert type(back) is type(dtype.default_scalar())
        assert dtype.to_json_scalar(back, zarr_format=zarr_format) == data


def test_mixins() -> None:
    assert isinstance(Int16(), HasEndianness)
    assert not isinstance(Int8(), HasEndianness)
    assert isinstance(FixedLengthUTF32(length=1), HasLength)
    assert all(issubclass(cls, ZDType) for cls in ANY_DTYPE)
    with pytest.raises(TypeError):
        Int16("big")
    with pytest.raises(ValueError, match="Invalid endianness"):
        Int16(endianness="x").to_native_dtype()


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("bytes", VariableLengthBytes()),
        ("binary", VariableLengthBytes()),
        ("complex_float32", Complex64()),
        ("complex_float64", Complex128()),
        ({"name": "int8"}, Int8()),
        ({"name": "int8", "configuration": {}}, Int8()),
        ({"name": "string", "must_understand": True}, VariableLengthUTF8()),
        (
            {"name": "structured", "configuration": {"fields": [["a", "int8"]]}},
            Struct(fields=(("a", Int8()),)),
        ),
        ({"name": "struct", "configuration": {"fields": [["a", "int8"]]}}, Struct(fields=(("a", Int8()),))),
        (
            {"name": "numpy.datetime64", "configuration": {"unit": "μs", "scale_factor": 3}},
            DateTime64(unit="us", scale_factor=3),
        ),
    ],
)
def test_other_spellings_in_format_3(document: Any, expected: Any) -> None:
    assert data_type_registry.match_json(document, zarr_format=3) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (">i1", Int8()),
        ("<u1", UInt8()),
        ("<b1", Bool()),
        ("<V3", RawBytes(length=3)),
        (">S1", NullTerminatedBytes(length=1)),
        ("<M8[μs]", DateTime64(unit="us")),
        ((("a", "<i4"),), Struct(fields=(("a", Int32()),))),
    ],
)
def test_other_spellings_in_format_2(name: Any, expected: Any) -> None:
    assert data_type_registry.match_json({"name": name, "object_codec_id": None}, zarr_format=2) == expected


@pytest.mark.parametrize(
    "document",
    [
        "<i1",
        "nope",
        "r7",
        "r0",
        "r*",
        3,
        None,
        [],
        {},
        "datetime64[s]",
        "numpy.datetime64",
        {"name": "int8", "configuration": {"a": 1}},
        {"name": "int8", "must_understand": False},
        {"name": "int8", "extra": 1},
        {"name": "struct"},
        {"name": "struct", "configuration": {"fields": []}},
        {"name": "struct", "configuration": {"fields": [{"name": "a"}]}},
        {"name": "struct", "configuration": {"fields": [{"name": "", "data_type": "int8"}]}},
        {"name": "struct", "configuration": {"fields": 2 * [{"name": "a", "data_type": "int8"}]}},
        {"name": "struct", "configuration": {"fields": [{"name": "a", "data_type": "string"}]}},
        {"name": "struct", "configuration": {"fields": [{"name": 1, "data_type": "int8"}]}},
        {"name": "numpy.datetime64", "configuration": {"unit": "s"}},
        {"name": "numpy.datetime64", "configuration": {"unit": "x", "scale_factor": 1}},
        {"name": "numpy.datetime64", "configuration": {"unit": "\u00b5s", "scale_factor": 1}},
        {"name": "numpy.datetime64", "configuration": {"unit": "s", "scale_factor": 0}},
        {"name": "numpy.datetime64", "configuration": {"unit": "s", "scale_factor": 2**31}},
        {"name": "numpy.datetime64", "configuration": {"unit": "s", "scale_factor": 1.0}},
        {"name": "numpy.datetime64", "configuration": {"unit": "s", "scale_factor": 1, "z": 1}},
        {"name": "fixed_length_utf32", "configuration": {"length_bytes": 6}},
        {"name": "fixed_length_utf32", "configuration": {"length_bytes": 0}},
        {"name": "fixed_length_utf32", "configuration": {"length_bytes": "4"}},
        {"name": "raw_bytes", "configuration": {"length_bytes": 0}},
        {"name": "null_terminated_bytes", "configuration": {}},
    ],
)
def test_refused_in_format_3(document: Any) -> None:
    with pytest.raises(ValueError):
        data_type_registry.match_json(document, zarr_format=3)


@pytest.mark.parametrize(
    "name",
    [
        "|i4", "i4", "=i4", "bool", "int8", "|U3", "U3", "S3", "<U", "|S0", "<U0", "|V0", "<M8[0s]", "<M8[x]",
        "|M8[s]", "<f16", "<c32", "nope", "|O", "<U٣",
        [], [["a", "nope"]], [["a", "|O"]], [["a"]], [["", "<i4"]],
        [["a", "<i4"], ["a", "<i4"]], [["a", "<i4", [0]]], [["a", "<i4", [-1]]], [["a", "<i4", ["x"]]],
    ],
)  # fmt: skip
def test_refused_in_format_2(name: Any) -> None:
    with pytest.raises(ValueError):
        data_type_registry.match_json({"name": name, "object_codec_id": None}, zarr_format=2)


@pytest.mark.parametrize(
    "document", ["<i4", {"name": "<i4"}, {"name": "<i4", "object_codec_id": "vlen-utf8"}]
)
def test_malformed_in_format_2(document: Any) -> None:
    with pytest.raises(ValueError, match="No Zarr data type found that matches"):
        data_type_registry.match_json(document, zarr_format=2)


@pytest.mark.parametrize("codec", ["json2", "msgpack2", "categorize", "pickle", "vlen-array"])
def test_types_of_object_codecs(codec: str) -> None:
    document = {"name": "|O", "object_codec_id": codec}
    dtype = data_type_registry.match_json(document, zarr_format=2)
    assert dtype.to_json(2) == document
    assert dtype.to_native_dtype().kind in "OT"
    with pytest.raises(DataTypeValidationError, match="of format 2"):
        dtype.to_json(3)
    with pytest.raises(DataTypeValidationError, match="a format 2 document"):
        data_type_registry.match_json(codec, zarr_format=3)
    for other in ({"name": "<i4", "object_codec_id": codec}, {"name": "|O", "object_codec_id": "vlen-other"}):
        with pytest.raises(ValueError, match="No"):
            data_type_registry.match_json(other, zarr_format=2)
    with pytest.raises(ValueError, match="needs an object codec"):
        data_type_registry.match_json({"name": "|O", "object_codec_id": None}, zarr_format=2)


def test_errors_say_where() -> None:
    inner = {"name": "struct", "configuration": {"fields": [{"name": "b", "data_type": "nope"}]}}
    outer = {"name": "struct", "configuration": {"fields": [["a", "int8"], ["c", inner]]}}
    where = r"configuration\.fields\[1\]\.data_type\.configuration\.fields\[0\]\.data_type: No Zarr data type"
    with pytest.raises(ValueError, match=where):
        data_type_registry.match_json(outer, zarr_format=3)
    with pytest.raises(ValueError, match=r"dtype\[1\]: No Zarr data type found that matches .*nope"):
        data_type_registry.match_json(
            {"name": [["a", "<i4"], ["b", "nope"]], "object_codec_id": None}, zarr_format=2
        )


def test_wrong_class() -> None:
    with pytest.raises(DataTypeValidationError, match=r"Invalid JSON representation of Int8\. Got 'int16'"):
        Int8.from_json("int16", zarr_format=3)
    with pytest.raises(DataTypeValidationError, match="Invalid data type: int16"):
        Int8.from_native_dtype(np.dtype("i2"))
    for cls in (*ANY_DTYPE, RawBits):
        with pytest.raises(DataTypeValidationError):
            cls.from_json({"name": "?", "object_codec_id": None}, zarr_format=2)
        with pytest.raises(DataTypeValidationError):
            cls.from_json("?", zarr_format=3)
        with pytest.raises(DataTypeValidationError):
            cls.from_native_dtype(np.dtype("g"))
    with pytest.raises(DataTypeValidationError):
        Structured.from_native_dtype(np.dtype("V4"))
    with pytest.raises(DataTypeValidationError):
        RawBytes.from_native_dtype(np.dtype("i4,f4"))
    with pytest.raises(DataTypeValidationError):
        VariableLengthUTF8.from_native_dtype(np.dtype("O"))


def test_formats_are_2_and_3() -> None:
    for dtype in [row[0] for row in TABLE]:
        with pytest.raises(ValueError, match="zarr_format must be 2 or 3, got 4"):
            dtype.to_json(4)
        with pytest.raises(ValueError, match="zarr_format must be 2 or 3, got 4"):
            type(dtype).from_json("int8", zarr_format=4)


@pytest.mark.parametrize("unit", ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"])
@pytest.mark.parametrize("cls", [DateTime64, TimeDelta64])
def test_every_unit(cls: Any, unit: Any) -> None:
    for factor in (1, 7, 2**31 - 1):
        dtype = cls(unit=unit, scale_factor=factor)
        assert cls.from_native_dtype(dtype.to_native_dtype()) == dtype
        for zarr_format in (2, 3):
            assert cls.from_json(dtype.to_json(zarr_format), zarr_format=zarr_format) == dtype


def test_bad_parameters() -> None:
    with pytest.raises(ValueError, match=r"length must be >= 1, got 0\."):
        FixedLengthUTF32(length=0)
    with pytest.raises(ValueError, match=r"length must be >= 1, got -1\."):
        NullTerminatedBytes(length=-1)
    with pytest.raises(ValueError, match="unit must be one of"):
        DateTime64(unit="x")
    with pytest.raises(ValueError, match=r"scale_factor must be > 0, got 0\."):
        DateTime64(scale_factor=0)
    with pytest.raises(ValueError, match="scale_factor must be < 2147483648"):
        DateTime64(scale_factor=2**31)
    with pytest.raises(ValueError, match=r"must have at least one field. Got \(\)"):
        Struct(fields=())


def test_structured_is_written_in_its_older_form_with_a_warning() -> None:
    dtype = Structured(fields=(("a", Int32()), ("b", Float64(endianness="big"))))
    with pytest.warns(UnstableSpecificationWarning):
        assert dtype.to_json(3) == {
            "name": "structured",
            "configuration": {"fields": [["a", "int32"], ["b", "float64"]]},
        }
    # recorded: base64 is little-endian in format 3, and in the order of the fields in format 2
    assert dtype.to_json_scalar((1, 2.0), zarr_format=3) == "AQAAAAAAAAAAAABA"
    assert dtype.to_json_scalar((1, 2.0), zarr_format=2) == "AQAAAEAAAAAAAAAA"
    for zarr_format, data in ((3, "AQAAAAAAAAAAAABA"), (2, "AQAAAEAAAAAAAAAA")):
        assert dtype.from_json_scalar(data, zarr_format=zarr_format).item() == (1, 2.0)
    assert dtype != Struct(fields=dtype.fields)


def test_specified_types_are_written_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for dtype in [row[0] for row in TABLE]:
            dtype.to_json(2)
            if type(dtype) is not RawBytes and not isinstance(dtype, UNSTABLE):
                dtype.to_json(3)
