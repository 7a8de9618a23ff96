"""What users may pass as a dtype; the registry; the names that others import."""

from __future__ import annotations

import importlib
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any, ClassVar

import numpy as np
import pytest

import zarr.core.dtype as core_dtype
import zarr.dtype
from zarr.core.dtype import (
    Bool,
    Complex64,
    Complex128,
    DataTypeRegistry,
    DateTime64,
    FixedLengthUTF32,
    Float64,
    Int8,
    Int32,
    Int64,
    NullTerminatedBytes,
    RawBits,
    RawBytes,
    Struct,
    TimeDelta64,
    UInt16,
    VariableLengthBytes,
    VariableLengthUTF8,
    data_type_registry,
    get_data_type_from_json,
    get_data_type_from_native_dtype,
    parse_data_type,
    parse_dtype,
)
from zarr.core.dtype.common import (
    check_dtype_name_v2,
    check_dtype_spec_no_object_codec_v2,
    check_dtype_spec_v2,
    check_dtype_spec_v3,
    check_structured_dtype_name_v2,
)

AB = Struct(fields=(("a", Int32()), ("b", Float64())))
BOTH = pytest.mark.parametrize("zarr_format", [2, 3])


@BOTH
@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("int8", Int8()),
        ("|i1", Int8()),
        (">i1", Int8()),
        ("i4", Int32()),
        ("=i4", Int32()),
        (">i4", Int32(endianness="big")),
        (np.int32, Int32()),
        (np.dtype(">u2"), UInt16(endianness="big")),
        (int, Int64()),
        (float, Float64()),
        (bool, Bool()),
        (complex, Complex128()),
        ("long", Int64()),
        ("longlong", Int64()),
        ("c8", Complex64()),
        ("?", Bool()),
        (str, VariableLengthUTF8()),
        ("str", VariableLengthUTF8()),
        ("string", VariableLengthUTF8()),
        (np.dtypes.StringDType(), VariableLengthUTF8()),
        (np.dtypes.StringDType(coerce=False), VariableLengthUTF8()),
        ("S4", NullTerminatedBytes(length=4)),
        ("U3", FixedLengthUTF32(length=3)),
        (">U3", FixedLengthUTF32(length=3, endianness="big")),
        ("V5", RawBytes(length=5)),
        ("M8", DateTime64()),
        ("datetime64[ns]", DateTime64(unit="ns")),
        (">m8[10ms]", TimeDelta64(unit="ms", scale_factor=10, endianness="big")),
        ([("a", "<i4"), ("b", "<f8")], AB),
        ([["a", "<i4"], ["b", "<f8"]], AB),
        ([("a", [("b", "<i4")])], Struct(fields=(("a", Struct(fields=(("b", Int32()),))),))),
        ("i4,f8", Struct(fields=(("f0", Int32()), ("f1", Float64())))),
        (Int8(), Int8()),
        # beyond Zarr-Python
        ("r24", RawBits(length=3)),
        ("complex_float32", Complex64()),
        ({"name": "int8"}, Int8()),
        ({"name": "<i4", "object_codec_id": None}, Int32()),
        ({"name": "|O", "object_codec_id": "vlen-bytes"}, VariableLengthBytes()),
        ({"name": "raw_bytes", "configuration": {"length_bytes": 3}}, RawBytes(length=3)),
    ],
)
def test_parse_dtype(spec: Any, expected: Any, zarr_format: Any) -> None:
    assert parse_dtype(spec, zarr_format=zarr_format) == expected
    assert parse_data_type(spec, zarr_format=zarr_format) == expected


def test_bytes_depends_on_the_format() -> None:
    assert parse_dtype("bytes", zarr_format=3) == VariableLengthBytes()
    assert parse_dtype("variable_length_bytes", zarr_format=3) == VariableLengthBytes()
    for spec, zarr_format in ((bytes, 2), (bytes, 3), ("bytes", 2)):
        with pytest.raises(ValueError, match=r"length must be >= 1, got 0\."):
            parse_dtype(spec, zarr_format=zarr_format)


@BOTH
@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("nope", TypeError, "data type 'nope' not understood"),
        (3, TypeError, "Cannot interpret '3' as a data type"),
        (object, ValueError, "Zarr data type resolution from object failed"),
        ("|O", ValueError, "ambiguous"),
        ("S0", ValueError, r"length must be >= 1, got 0\."),
        ("U", ValueError, r"length must be >= 1, got 0\."),
        (np.void, ValueError, r"length must be >= 1, got 0\."),
        (np.longdouble, ValueError, "No Zarr data type found that matches dtype 'dtype"),
        (np.clongdouble, ValueError, "No Zarr data type found that matches dtype 'dtype"),
        (np.dtypes.StringDType(na_object=None), ValueError, "`na_object` set"),
        ([], ValueError, "must have at least one field"),
        (Int8, TypeError, "Expected an instance of a Zarr data type, got the class Int8"),
        (np.dtype("(2,3)i4"), ValueError, "small array"),
        ({"name": "nope"}, ValueError, "No Zarr data type found that matches"),
        ({}, ValueError, "No Zarr data type found that matches"),
        ({"name": "|O", "object_codec_id": "other"}, ValueError, "codec 'other'"),
    ],
)
def test_parse_dtype_refused(spec: Any, error: type[Exception], message: str, zarr_format: Any) -> None:
    with pytest.raises(error, match=message):
        parse_dtype(spec, zarr_format=zarr_format)


def test_other_functions() -> None:
    with pytest.raises(ValueError, match="zarr_format must be 2 or 3"):
        parse_dtype("i4", zarr_format=4)
    assert get_data_type_from_native_dtype([("a", "<i4"), ("b", "<f8")]) == AB
    assert get_data_type_from_json("int8", zarr_format=3) == Int8()


@pytest.mark.parametrize(
    ("data", "verdicts"),
    # name v2, structured name v2, spec v2, spec v2 without codec, spec v3
    [
        ("int8", (True, False, False, False, True)),
        ({"name": "<i4", "object_codec_id": None}, (False, False, True, True, False)),
        ({"name": "|O", "object_codec_id": "vlen-utf8"}, (False, False, True, False, False)),
        ([["a", "<i4"]], (True, True, False, False, False)),
        ([["a", "<i4", [2]]], (True, True, False, False, False)),
        ({"name": [["a", "<i4"]], "object_codec_id": None}, (False, False, True, True, False)),
        (3, (False, False, False, False, False)),
        ({"name": "x", "configuration": {}}, (False, False, False, False, True)),
        ({"name": "x"}, (False, False, False, False, False)),
    ],
)
def test_checks(data: Any, verdicts: Any) -> None:
    checks: Any = (
        check_dtype_name_v2,
        check_structured_dtype_name_v2,
        check_dtype_spec_v2,
        check_dtype_spec_no_object_codec_v2,
        check_dtype_spec_v3,
    )
    assert tuple(check(data) for check in checks) == verdicts


@dataclass(frozen=True, kw_only=True)
class Mine(Int8):
    """A type of somebody else."""

    _zarr_v3_name: ClassVar[str] = "mine"


def test_registry() -> None:
    registry = DataTypeRegistry()
    registry.register("int8", Int8)
    assert registry.get("int8") is Int8
    assert registry == registry
    assert "Int8" in repr(registry)
    registry.register("again", Int8)
    assert registry.match_dtype(np.dtype("i1")) == Int8()
    registry.register("mine", Mine)
    with pytest.raises(ValueError, match="Multiple Zarr data types match"):
        registry.match_dtype(np.dtype("i1"))
    assert registry.match_json("mine", zarr_format=3) == Mine()
    registry.unregister("mine")
    with pytest.raises(KeyError, match="Data type 'mine' not found in registry"):
        registry.unregister("mine")
    with pytest.raises(KeyError):
        registry.get("mine")
    with pytest.raises(TypeError, match="subclass of ZDType"):
        registry.register("x", 3)


@pytest.mark.parametrize("miss", ["get", "match_json", "match_dtype"])
def test_entry_points_are_read_on_the_first_miss(monkeypatch: pytest.MonkeyPatch, miss: str) -> None:
    calls = []

    def entry_points(*, group: str, name: str | None = None) -> list[EntryPoint]:
        calls.append((group, name))
        if name is not None:
            return []
        return [EntryPoint(name="mine", value=f"{__name__}:Mine", group=group)]

    monkeypatch.setitem(sys.modules, __name__, sys.modules[Mine.__module__])
    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
    registry = DataTypeRegistry()
    registry.register("int32", Int32)
    assert registry.match_json("int32", zarr_format=3) == Int32()
    assert registry.match_dtype(np.dtype("<i4")) == Int32()
    assert calls == []
    if miss == "get":
        assert registry.get("mine") is Mine
    elif miss == "match_json":
        assert registry.match_json("mine", zarr_format=3) == Mine()
    else:
        assert registry.match_dtype(np.dtype("i1")) == Mine()
    assert calls == [("zarr.data_type", None), ("zarr", "data_type")]
    for _ in range(2):
        with pytest.raises(KeyError):
            registry.get("nope")
    assert len(calls) == 2


@pytest.mark.parametrize(
    "name",
    [
        "zarr.core.dtype.common.UnstableSpecificationWarning",
        "zarr.core.dtype.npy.bytes.NullTerminatedBytes",
        "zarr.core.dtype.npy.string._NUMPY_SUPPORTS_VLEN_STRING",
        "zarr.core.dtype.npy.structured.Struct",
        "zarr.core.dtype.npy.time.DATETIME_UNIT",
        "zarr.core.dtype.wrapper.ZDType",
        "zarr.core.dtype.wrapper.TBaseDType",
        "zarr.core.dtype.get_data_type_from_native_dtype",
        "zarr.core.dtype.VLEN_UTF8_ALIAS",
        "zarr.dtype.parse_data_type",
        "zarr.dtype.check_dtype_spec_v2",
    ],
)
def test_names_that_others_import(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    assert hasattr(importlib.import_module(module), attribute)


def test_public_names() -> None:
    for module in (core_dtype, zarr.dtype):
        assert all(hasattr(module, name) for name in module.__all__)
    assert next(iter(data_type_registry.contents.values())) in core_dtype.ANY_DTYPE
    assert data_type_registry.contents["struct"] is Struct


def test_import_is_light() -> None:
    code = (
        "import sys, numpy, zarr.core.dtype\n"
        "print([m for m in ('importlib.metadata', 'ml_dtypes', 'asyncio', 'numcodecs') if m in sys.modules])"
    )
    before = "import sys, numpy\nprint([m for m in ('importlib.metadata', 'asyncio') if m in sys.modules])"
    run = [
        subprocess.run([sys.executable, "-c", c], capture_output=True, text=True, check=True)
        for c in (code, before)
    ]
    assert run[0].stdout == run[1].stdout
