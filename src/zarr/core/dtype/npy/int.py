"""Integers of 8 to 64 bits: ``int8`` ... ``uint64``; format 2 ``"|i1"`` ... ``"<u8"``.

Fill values are JSON integers in range, exact over all 64 bits; leniently also ``1.0``, ``"1"`` and ``true``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, SupportsInt, cast

import numpy as np

from zarr.core.dtype.common import HasEndianness
from zarr.core.dtype.npy.common import NOT_REAL, NamedType, scalar_of_array
from zarr.core.dtype.registry import data_type_registry
from zarr.core.dtype.wrapper import DType, Scalar
from zarr.types import JSON, ZarrFormat

__all__ = [
    "BaseInt",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "MultiByteInt",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "int_from_json",
    "int_of_scalar",
]

_DIGITS = re.compile("[+-]?[0-9]{1,20}")


def int_from_json(data: object) -> int:
    """The integer that a JSON value stands for: an integer, or a number or string that is a whole number."""
    if isinstance(data, int):
        return int(data)
    if isinstance(data, float) and data.is_integer():
        return int(data)
    if isinstance(data, str) and _DIGITS.fullmatch(data):
        return int(data)
    raise TypeError(f"Invalid type: {data}. Expected an integer.")


def int_of_scalar(data: object) -> int | None:
    """The integer of a number (its fraction cut off, as NumPy casts) or of a string; else None."""
    data = scalar_of_array(data)
    if isinstance(data, (int, str, bytes)):
        return int(data)
    return int(data) if isinstance(data, SupportsInt) and not isinstance(data, NOT_REAL) else None


class BaseInt(NamedType[DType, Scalar]):
    """The base of the integer types."""

    def _check_scalar(self, data: object) -> bool:
        return int_of_scalar(data) is not None

    def cast_scalar(self, data: object) -> Scalar:
        """A number as an integer of this type; a fraction is cut off, out of range is OverflowError."""
        value = int_of_scalar(data)
        if value is None:
            raise self._reject_scalar(data)
        return self._in_range(value)

    def default_scalar(self) -> Scalar:
        """Zero."""
        return self._in_range(0)

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> int:
        """A JSON integer."""
        return int(cast("SupportsInt", self.cast_scalar(data)))

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> Scalar:
        """The integer of a JSON number without fraction and in range."""
        return self._in_range(int_from_json(data))

    def _in_range(self, value: int) -> Scalar:
        bits = 8 * int(self._code[1:])
        low, high = (0, 2**bits - 1) if self._code[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        if not low <= value <= high:
            raise OverflowError(f"Integer {value} out of bounds for {self._zarr_v3_name}: {low} to {high}.")
        return cast("Scalar", self.to_native_dtype().type(value))


@dataclass(frozen=True, kw_only=True)
class MultiByteInt(BaseInt[DType, Scalar], HasEndianness):
    """The base of the integer types with a byte order."""


class Int8(BaseInt[np.dtypes.Int8DType, np.int8]):
    """Signed, 8 bits."""

    dtype_cls = np.dtypes.Int8DType
    _code: ClassVar[str] = "i1"
    _zarr_v3_name: ClassVar[str] = "int8"
    _zarr_v2_names: ClassVar[tuple[str, ...]] = ("|i1", "<i1", ">i1")


class UInt8(BaseInt[np.dtypes.UInt8DType, np.uint8]):
    """Unsigned, 8 bits."""

    dtype_cls = np.dtypes.UInt8DType
    _code: ClassVar[str] = "u1"
    _zarr_v3_name: ClassVar[str] = "uint8"
    _zarr_v2_names: ClassVar[tuple[str, ...]] = ("|u1", "<u1", ">u1")


class Int16(MultiByteInt[np.dtypes.Int16DType, np.int16]):
    """Signed, 16 bits."""

    dtype_cls = np.dtypes.Int16DType
    _code: ClassVar[str] = "i2"
    _zarr_v3_name: ClassVar[str] = "int16"
    _zarr_v2_names: ClassVar[tuple[str, ...]] = (">i2", "<i2")


class Int32(MultiByteInt[np.dtypes.Int32DType, np.int32]):
    """Signed, 32 bits."""

    dtype_cls = np.dtypes.Int32DType
    _code: ClassVar[str] = "i4"
    _zarr_v3_name: ClassVar[str] = "int32"
    _zarr_v2_names: ClassVar[tuple[str, ...]] = (">i4", "<i4")


class Int64(MultiByteInt[np.dtypes.Int64DType, np.int64]):
    """Signed, 64 bits."""

    dtype_cls = np.dtypes.Int64DType
    _code: ClassVar[str] = "i8"
    _zarr_v3_name: ClassVar[str] = "int64"
    _zarr_v2_names: ClassVar[tuple[str, ...]] = (">i8", "<i8")


class UInt16(MultiByteInt[np.dtypes.UInt16DType, np.uint16]):
    """Unsigned, 16 bits."""

    dtype_cls = np.dtypes.UInt16DType
    _code: ClassVar[str] = "u2"
    _zarr_v3_name: ClassVar[str] = "uint16"
    _zarr_v2_names: ClassVar[tuple[str, ...]] = (">u2", "<u2")


class UInt32(MultiByteInt[np.dtypes.UInt32DType, np.uint32]):
    """Unsigned, 32 bits."""

    dtype_cls = np.dtypes.UInt32DType
    _code: ClassVar[str] = "u4"
    _zarr_v3_name: ClassVar[str] = "uint32"
    _zarr_v2_names: ClassVar[tuple[str, ...]] = (">u4", "<u4")


class UInt64(MultiByteInt[np.dtypes.UInt64DType, np.uint64]):
    """Unsigned, 64 bits."""

    dtype_cls = np.dtypes.UInt64DType
    _code: ClassVar[str] = "u8"
    _zarr_v3_name: ClassVar[str] = "uint64"
    _zarr_v2_names: ClassVar[tuple[str, ...]] = (">u8", "<u8")


for _cls in (Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64):
    data_type_registry.register(_cls._zarr_v3_name, _cls)
