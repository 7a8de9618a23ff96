"""``int2``, ``int4``, ``uint2``, ``uint4``: in memory one byte each, the value in the low bits.

Fill values are JSON integers in range.
"""

from __future__ import annotations

from typing import Any, ClassVar

from zarr.core.dtype.ml.common import MLType, ml_dtype
from zarr.core.dtype.npy.common import scalar_of_array
from zarr.core.dtype.npy.int import int_from_json, int_of_scalar
from zarr.core.dtype.registry import data_type_registry
from zarr.types import JSON, ZarrFormat

__all__ = ["Int2", "Int4", "SmallInt", "UInt2", "UInt4"]


class SmallInt(MLType):
    """The base of the small integers."""

    _low: ClassVar[int]
    _high: ClassVar[int]

    def _check_scalar(self, data: object) -> bool:
        return int_of_scalar(data) is not None

    def cast_scalar(self, data: object) -> Any:
        """A number as an integer of this type; a fraction is cut off, out of range is OverflowError."""
        value = int_of_scalar(scalar_of_array(data))
        if value is None:
            raise self._reject_scalar(data)
        return self._in_range(value)

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> int:
        """A JSON integer."""
        return int(self.cast_scalar(data))

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> Any:
        """The integer of a JSON number without fraction and in range."""
        return self._in_range(int_from_json(data))

    def _in_range(self, value: int) -> Any:
        if not self._low <= value <= self._high:
            bounds = f"{self._low} to {self._high}"
            raise OverflowError(f"Integer {value} out of bounds for {self._zarr_v3_name}: {bounds}.")
        return ml_dtype(self._zarr_v3_name).type(value)


class Int2(SmallInt):
    """Signed, 2 bits."""

    _zarr_v3_name: ClassVar[str] = "int2"
    _bits: ClassVar[int] = 2
    _low: ClassVar[int] = -2
    _high: ClassVar[int] = 1


class Int4(SmallInt):
    """Signed, 4 bits."""

    _zarr_v3_name: ClassVar[str] = "int4"
    _bits: ClassVar[int] = 4
    _low: ClassVar[int] = -8
    _high: ClassVar[int] = 7


class UInt2(SmallInt):
    """Unsigned, 2 bits."""

    _zarr_v3_name: ClassVar[str] = "uint2"
    _bits: ClassVar[int] = 2
    _low: ClassVar[int] = 0
    _high: ClassVar[int] = 3


class UInt4(SmallInt):
    """Unsigned, 4 bits."""

    _zarr_v3_name: ClassVar[str] = "uint4"
    _bits: ClassVar[int] = 4
    _low: ClassVar[int] = 0
    _high: ClassVar[int] = 15


for _cls in (Int2, Int4, UInt2, UInt4):
    data_type_registry.register(_cls._zarr_v3_name, _cls)
