"""The public names of data types; see ``zarr.core.dtype``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.core import names_of

if TYPE_CHECKING:
    from zarr.core.dtype import (
        Bool,
        Complex64,
        Complex128,
        DateTime64,
        DateTime64JSON_V2,
        DateTime64JSON_V3,
        DTypeSpec_V2,
        FixedLengthUTF32,
        FixedLengthUTF32JSON_V2,
        FixedLengthUTF32JSON_V3,
        Float16,
        Float32,
        Float64,
        Int8,
        Int16,
        Int32,
        Int64,
        NullTerminatedBytes,
        NullterminatedBytesJSON_V2,
        NullTerminatedBytesJSON_V3,
        RawBits,
        RawBytes,
        RawBytesJSON_V2,
        RawBytesJSON_V3,
        Struct,
        StructJSON_V3,
        Structured,
        StructuredJSON_V2,
        StructuredJSON_V3,
        TimeDelta64,
        TimeDelta64JSON_V2,
        TimeDelta64JSON_V3,
        UInt8,
        UInt16,
        UInt32,
        UInt64,
        VariableLengthBytes,
        VariableLengthBytesJSON_V2,
        VariableLengthUTF8,
        VariableLengthUTF8JSON_V2,
        ZDType,
        data_type_registry,
        parse_data_type,
        parse_dtype,
    )
    from zarr.core.dtype.common import check_dtype_spec_no_object_codec_v2, check_dtype_spec_v2
else:
    __getattr__, __dir__ = names_of(
        __name__,
        {
            "zarr.core.dtype": "Bool Complex64 Complex128 DateTime64 DateTime64JSON_V2 DateTime64JSON_V3 "
            "DTypeSpec_V2 FixedLengthUTF32 FixedLengthUTF32JSON_V2 FixedLengthUTF32JSON_V3 "
            "Float16 Float32 Float64 Int8 Int16 Int32 Int64 NullTerminatedBytes "
            "NullterminatedBytesJSON_V2 NullTerminatedBytesJSON_V3 RawBits RawBytes "
            "RawBytesJSON_V2 RawBytesJSON_V3 Struct StructJSON_V3 Structured StructuredJSON_V2 "
            "StructuredJSON_V3 TimeDelta64 TimeDelta64JSON_V2 TimeDelta64JSON_V3 UInt8 UInt16 "
            "UInt32 UInt64 VariableLengthBytes VariableLengthBytesJSON_V2 VariableLengthUTF8 "
            "VariableLengthUTF8JSON_V2 ZDType data_type_registry parse_data_type parse_dtype",
            "zarr.core.dtype.common": "check_dtype_spec_no_object_codec_v2 check_dtype_spec_v2",
        },
    )

__all__ = [
    "Bool",
    "Complex64",
    "Complex128",
    "DTypeSpec_V2",
    "DateTime64",
    "DateTime64JSON_V2",
    "DateTime64JSON_V3",
    "FixedLengthUTF32",
    "FixedLengthUTF32JSON_V2",
    "FixedLengthUTF32JSON_V3",
    "Float16",
    "Float32",
    "Float64",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "NullTerminatedBytes",
    "NullTerminatedBytesJSON_V3",
    "NullterminatedBytesJSON_V2",
    "RawBits",
    "RawBytes",
    "RawBytesJSON_V2",
    "RawBytesJSON_V3",
    "Struct",
    "StructJSON_V3",
    "Structured",
    "StructuredJSON_V2",
    "StructuredJSON_V3",
    "TimeDelta64",
    "TimeDelta64JSON_V2",
    "TimeDelta64JSON_V3",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "VariableLengthBytes",
    "VariableLengthBytesJSON_V2",
    "VariableLengthUTF8",
    "VariableLengthUTF8JSON_V2",
    "ZDType",
    "check_dtype_spec_no_object_codec_v2",
    "check_dtype_spec_v2",
    "data_type_registry",
    "parse_data_type",
    "parse_dtype",
]
