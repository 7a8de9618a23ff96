"""Unions of data types, for those who annotate with them, and the same as tuples for ``isinstance``."""

from __future__ import annotations

from typing import Final, TypeAlias

from zarr.core.dtype.npy.bool import Bool
from zarr.core.dtype.npy.bytes import NullTerminatedBytes, RawBytes, VariableLengthBytes
from zarr.core.dtype.npy.complex import Complex64, Complex128
from zarr.core.dtype.npy.float import Float16, Float32, Float64
from zarr.core.dtype.npy.int import Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64
from zarr.core.dtype.npy.string import FixedLengthUTF32, VariableLengthUTF8
from zarr.core.dtype.npy.structured import Struct
from zarr.core.dtype.npy.time import DateTime64, TimeDelta64

__all__ = [
    "ANY_DTYPE",
    "BYTES_DTYPE",
    "COMPLEX_FLOAT_DTYPE",
    "FLOAT_DTYPE",
    "INTEGER_DTYPE",
    "STRING_DTYPE",
    "TIME_DTYPE",
    "AnyDType",
    "BytesDType",
    "ComplexFloatDType",
    "FloatDType",
    "IntegerDType",
    "StringDType",
    "TimeDType",
]

IntegerDType: TypeAlias = Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64
INTEGER_DTYPE: Final = (Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64)
FloatDType: TypeAlias = Float16 | Float32 | Float64
FLOAT_DTYPE: Final = (Float16, Float32, Float64)
ComplexFloatDType: TypeAlias = Complex64 | Complex128
COMPLEX_FLOAT_DTYPE: Final = (Complex64, Complex128)
StringDType: TypeAlias = FixedLengthUTF32 | VariableLengthUTF8
STRING_DTYPE: Final = (FixedLengthUTF32, VariableLengthUTF8)
TimeDType: TypeAlias = DateTime64 | TimeDelta64
TIME_DTYPE: Final = (DateTime64, TimeDelta64)
BytesDType: TypeAlias = RawBytes | NullTerminatedBytes | VariableLengthBytes
BYTES_DTYPE: Final = (RawBytes, NullTerminatedBytes, VariableLengthBytes)
AnyDType: TypeAlias = (
    Bool | IntegerDType | FloatDType | ComplexFloatDType | StringDType | BytesDType | Struct | TimeDType
)
ANY_DTYPE: Final = (
    Bool,
    *INTEGER_DTYPE,
    *FLOAT_DTYPE,
    *COMPLEX_FLOAT_DTYPE,
    *STRING_DTYPE,
    *BYTES_DTYPE,
    Struct,
    *TIME_DTYPE,
)
