"""Data types: what the elements of an array are, their documents in both formats, and their fill values.

One file per family, which loads when one of its types is first used; see ``wrapper`` for the contract of a type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.core import names_of

if TYPE_CHECKING:
    from zarr.core.dtype.common import (
        DTypeJSON,
        DTypeSpec_V2,
        DTypeSpec_V3,
        HasEndianness,
        HasItemSize,
        HasLength,
        HasObjectCodec,
    )
    from zarr.core.dtype.ml.complex import ComplexBFloat16, ComplexFloat16, SmallComplex
    from zarr.core.dtype.ml.float import (
        BFloat16,
        Float4E2M1FN,
        Float6E2M3FN,
        Float6E3M2FN,
        Float8E3M4,
        Float8E4M3,
        Float8E4M3B11FNUZ,
        Float8E4M3FN,
        Float8E4M3FNUZ,
        Float8E5M2,
        Float8E5M2FNUZ,
        Float8E8M0FNU,
    )
    from zarr.core.dtype.ml.int import Int2, Int4, UInt2, UInt4
    from zarr.core.dtype.npy.bool import Bool
    from zarr.core.dtype.npy.bytes import (
        NullTerminatedBytes,
        NullterminatedBytesJSON_V2,
        NullTerminatedBytesJSON_V3,
        RawBits,
        RawBytes,
        RawBytesJSON_V2,
        RawBytesJSON_V3,
        VariableLengthBytes,
        VariableLengthBytesJSON_V2,
    )
    from zarr.core.dtype.npy.complex import Complex64, Complex128
    from zarr.core.dtype.npy.float import Float16, Float32, Float64
    from zarr.core.dtype.npy.int import Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64
    from zarr.core.dtype.npy.objects import (
        CategorizedUTF8,
        JSONObject,
        MsgPackObject,
        ObjectType,
        PickledObject,
        VariableLengthArray,
    )
    from zarr.core.dtype.npy.string import (
        FixedLengthUTF32,
        FixedLengthUTF32JSON_V2,
        FixedLengthUTF32JSON_V3,
        VariableLengthUTF8,
        VariableLengthUTF8JSON_V2,
    )
    from zarr.core.dtype.npy.structured import (
        Struct,
        StructJSON_V3,
        Structured,
        StructuredJSON_V2,
        StructuredJSON_V3,
    )
    from zarr.core.dtype.npy.time import (
        DateTime64,
        DateTime64JSON_V2,
        DateTime64JSON_V3,
        TimeDelta64,
        TimeDelta64JSON_V2,
        TimeDelta64JSON_V3,
    )
    from zarr.core.dtype.parse import (
        VLEN_UTF8_ALIAS,
        ZDTypeLike,
        get_data_type_from_json,
        get_data_type_from_native_dtype,
        parse_data_type,
        parse_dtype,
    )
    from zarr.core.dtype.registry import DataTypeRegistry, data_type_registry
    from zarr.core.dtype.unions import (
        ANY_DTYPE,
        BYTES_DTYPE,
        COMPLEX_FLOAT_DTYPE,
        FLOAT_DTYPE,
        INTEGER_DTYPE,
        STRING_DTYPE,
        TIME_DTYPE,
        AnyDType,
        BytesDType,
        ComplexFloatDType,
        FloatDType,
        IntegerDType,
        StringDType,
        TimeDType,
    )
    from zarr.core.dtype.wrapper import TBaseDType, TBaseScalar, ZDType
else:
    __getattr__, __dir__ = names_of(
        __name__,
        {
            "common": "DTypeJSON DTypeSpec_V2 DTypeSpec_V3 HasEndianness HasItemSize HasLength "
            "HasObjectCodec",
            "ml.complex": "ComplexBFloat16 ComplexFloat16 SmallComplex",
            "ml.float": "BFloat16 Float4E2M1FN Float6E2M3FN Float6E3M2FN Float8E3M4 Float8E4M3 "
            "Float8E4M3B11FNUZ Float8E4M3FN Float8E4M3FNUZ Float8E5M2 Float8E5M2FNUZ "
            "Float8E8M0FNU",
            "ml.int": "Int2 Int4 UInt2 UInt4",
            "npy.bool": "Bool",
            "npy.bytes": "NullTerminatedBytes NullterminatedBytesJSON_V2 NullTerminatedBytesJSON_V3 RawBits "
            "RawBytes RawBytesJSON_V2 RawBytesJSON_V3 VariableLengthBytes "
            "VariableLengthBytesJSON_V2",
            "npy.complex": "Complex64 Complex128",
            "npy.float": "Float16 Float32 Float64",
            "npy.int": "Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64",
            "npy.objects": "CategorizedUTF8 JSONObject MsgPackObject ObjectType PickledObject "
            "VariableLengthArray",
            "npy.string": "FixedLengthUTF32 FixedLengthUTF32JSON_V2 FixedLengthUTF32JSON_V3 VariableLengthUTF8 "
            "VariableLengthUTF8JSON_V2",
            "npy.structured": "Struct StructJSON_V3 Structured StructuredJSON_V2 StructuredJSON_V3",
            "npy.time": "DateTime64 DateTime64JSON_V2 DateTime64JSON_V3 TimeDelta64 TimeDelta64JSON_V2 "
            "TimeDelta64JSON_V3",
            "parse": "VLEN_UTF8_ALIAS ZDTypeLike get_data_type_from_json get_data_type_from_native_dtype "
            "parse_data_type parse_dtype",
            "registry": "DataTypeRegistry data_type_registry",
            "unions": "ANY_DTYPE BYTES_DTYPE COMPLEX_FLOAT_DTYPE FLOAT_DTYPE INTEGER_DTYPE STRING_DTYPE TIME_DTYPE "
            "AnyDType BytesDType ComplexFloatDType FloatDType IntegerDType StringDType TimeDType",
            "wrapper": "TBaseDType TBaseScalar ZDType",
        },
    )

__all__ = [
    "ANY_DTYPE",
    "BYTES_DTYPE",
    "COMPLEX_FLOAT_DTYPE",
    "FLOAT_DTYPE",
    "INTEGER_DTYPE",
    "STRING_DTYPE",
    "TIME_DTYPE",
    "VLEN_UTF8_ALIAS",
    "AnyDType",
    "BFloat16",
    "Bool",
    "BytesDType",
    "CategorizedUTF8",
    "Complex64",
    "Complex128",
    "ComplexBFloat16",
    "ComplexFloat16",
    "ComplexFloatDType",
    "DTypeJSON",
    "DTypeSpec_V2",
    "DTypeSpec_V3",
    "DataTypeRegistry",
    "DateTime64",
    "DateTime64JSON_V2",
    "DateTime64JSON_V3",
    "FixedLengthUTF32",
    "FixedLengthUTF32JSON_V2",
    "FixedLengthUTF32JSON_V3",
    "Float4E2M1FN",
    "Float6E2M3FN",
    "Float6E3M2FN",
    "Float8E3M4",
    "Float8E4M3",
    "Float8E4M3B11FNUZ",
    "Float8E4M3FN",
    "Float8E4M3FNUZ",
    "Float8E5M2",
    "Float8E5M2FNUZ",
    "Float8E8M0FNU",
    "Float16",
    "Float32",
    "Float64",
    "FloatDType",
    "HasEndianness",
    "HasItemSize",
    "HasLength",
    "HasObjectCodec",
    "Int2",
    "Int4",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "IntegerDType",
    "JSONObject",
    "MsgPackObject",
    "NullTerminatedBytes",
    "NullTerminatedBytesJSON_V3",
    "NullterminatedBytesJSON_V2",
    "ObjectType",
    "PickledObject",
    "RawBits",
    "RawBytes",
    "RawBytesJSON_V2",
    "RawBytesJSON_V3",
    "SmallComplex",
    "StringDType",
    "Struct",
    "StructJSON_V3",
    "Structured",
    "StructuredJSON_V2",
    "StructuredJSON_V3",
    "TBaseDType",
    "TBaseScalar",
    "TimeDType",
    "TimeDelta64",
    "TimeDelta64JSON_V2",
    "TimeDelta64JSON_V3",
    "UInt2",
    "UInt4",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "VariableLengthArray",
    "VariableLengthBytes",
    "VariableLengthBytesJSON_V2",
    "VariableLengthUTF8",
    "VariableLengthUTF8JSON_V2",
    "ZDType",
    "ZDTypeLike",
    "data_type_registry",
    "get_data_type_from_json",
    "get_data_type_from_native_dtype",
    "parse_data_type",
    "parse_dtype",
]
