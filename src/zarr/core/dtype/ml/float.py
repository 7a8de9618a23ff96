"""``bfloat16`` and the floats of 8, 6 and 4 bits (zarr-extensions), one byte each but for the first.

Fill values are those of floats (see :mod:`zarr.core.dtype.npy.float_json`): NaN and infinity only where the
type has them, rounded to nearest even, and an error where the type has nothing near.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from zarr.core.dtype.common import HasEndianness
from zarr.core.dtype.ml.common import MLType, ml_dtype
from zarr.core.dtype.npy.common import scalar_of_array
from zarr.core.dtype.npy.float import number_of_scalar
from zarr.core.dtype.npy.float_json import (
    FloatForm,
    double_to_round_again,
    float_from_json,
    float_to_json,
    scalar_of_bits,
)
from zarr.core.dtype.registry import data_type_registry
from zarr.types import JSON, ZarrFormat

__all__ = [
    "BFloat16",
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
    "SmallFloat",
]


class SmallFloatForm(FloatForm):
    """A form whose numbers are rounded here, as ``ml_dtypes`` rounds twice, and saturates.

    Attributes
    ----------
    limit : float
        The magnitude from which on a number is out of range, where there is neither NaN nor infinity to tell.
    """

    def __init__(self, dtype: np.dtype[Any], nan: int | None, infinite: bool, limit: float) -> None:
        super().__init__(dtype, nan, infinite)
        self.limit = limit

    def of_number(self, value: float) -> Any:
        """The nearest value of the dtype, ties to even."""
        if value != value and self.nan is not None:
            return scalar_of_bits(self.nan, self.dtype)
        value = double_to_round_again(value)
        with np.errstate(all="ignore"):
            out = np.array(_round_to_odd(value)).astype(self.dtype)[()]
        if math.isfinite(value) and (out != out or abs(value) >= self.limit):
            raise OverflowError(f"Number {value} out of bounds for {self.dtype.name}.")
        return out


def _round_to_odd(value: float) -> np.float32:
    """A float32 that rounds to any type of much less precision as the number itself would."""
    wide = np.float64(value)
    narrow = np.float32(wide)
    if narrow == wide or not np.isfinite(wide):
        return narrow
    bits = int(narrow.view(np.uint32))
    toward_zero = bits - 1 if abs(narrow) > abs(wide) else bits
    return np.uint32(toward_zero | 1).view(np.float32)


class SmallFloat(MLType):
    """The base of the small floats."""

    _nan: ClassVar[int | None]
    _infinite: ClassVar[bool] = False
    _limit: ClassVar[float] = math.inf

    def _form(self) -> SmallFloatForm:
        return SmallFloatForm(ml_dtype(self._zarr_v3_name), self._nan, self._infinite, self._limit)

    def _check_scalar(self, data: object) -> bool:
        return number_of_scalar(scalar_of_array(data)) is not None

    def cast_scalar(self, data: object) -> Any:
        """A number, or a string that is one, as the nearest float of this type."""
        data = scalar_of_array(data)
        form = self._form()
        if type(data) is form.dtype.type:
            return data
        value = number_of_scalar(data)
        if value is None:
            raise self._reject_scalar(data)
        return form.of_checked_number(value, data)

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> float | str:
        """A number, "NaN", "Infinity", "-Infinity", or in format 3 the hexadecimal bits of another NaN."""
        return float_to_json(self.cast_scalar(data), self._form(), zarr_format=zarr_format)

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> Any:
        """The float of a JSON value."""
        return float_from_json(data, self._form(), zarr_format=zarr_format)


@dataclass(frozen=True, kw_only=True)
class BFloat16(SmallFloat, HasEndianness):
    """16 bits: 1 sign, 8 exponent, 7 fraction; the upper half of float32."""

    _zarr_v3_name: ClassVar[str] = "bfloat16"
    _item_size: ClassVar[int] = 2
    _nan: ClassVar[int | None] = 0x7FC0
    _infinite: ClassVar[bool] = True


class Float8E3M4(SmallFloat):
    """8 bits: 1 sign, 3 exponent (bias 3), 4 fraction; like IEEE 754."""

    _zarr_v3_name: ClassVar[str] = "float8_e3m4"
    _nan: ClassVar[int | None] = 0x78
    _infinite: ClassVar[bool] = True


class Float8E4M3(SmallFloat):
    """8 bits: 1 sign, 4 exponent (bias 7), 3 fraction; like IEEE 754."""

    _zarr_v3_name: ClassVar[str] = "float8_e4m3"
    _nan: ClassVar[int | None] = 0x7C
    _infinite: ClassVar[bool] = True


class Float8E4M3B11FNUZ(SmallFloat):
    """8 bits: 1 sign, 4 exponent (bias 11), 3 fraction; no infinity, one NaN, no -0."""

    _zarr_v3_name: ClassVar[str] = "float8_e4m3b11fnuz"
    _nan: ClassVar[int | None] = 0x80


class Float8E4M3FN(SmallFloat):
    """8 bits: 1 sign, 4 exponent (bias 7), 3 fraction; no infinity. Not a registered name."""

    _zarr_v3_name: ClassVar[str] = "float8_e4m3fn"
    _nan: ClassVar[int | None] = 0x7F
    _specified: ClassVar[bool] = False


class Float8E4M3FNUZ(SmallFloat):
    """8 bits: 1 sign, 4 exponent (bias 8), 3 fraction; no infinity, one NaN, no -0."""

    _zarr_v3_name: ClassVar[str] = "float8_e4m3fnuz"
    _nan: ClassVar[int | None] = 0x80


class Float8E5M2(SmallFloat):
    """8 bits: 1 sign, 5 exponent (bias 15), 2 fraction; like IEEE 754."""

    _zarr_v3_name: ClassVar[str] = "float8_e5m2"
    _nan: ClassVar[int | None] = 0x7E
    _infinite: ClassVar[bool] = True


class Float8E5M2FNUZ(SmallFloat):
    """8 bits: 1 sign, 5 exponent (bias 16), 2 fraction; no infinity, one NaN, no -0."""

    _zarr_v3_name: ClassVar[str] = "float8_e5m2fnuz"
    _nan: ClassVar[int | None] = 0x80


class Float8E8M0FNU(SmallFloat):
    """8 bits: powers of two: 8 exponent (bias 127); no sign, no zero, no infinity."""

    _zarr_v3_name: ClassVar[str] = "float8_e8m0fnu"
    _nan: ClassVar[int | None] = 0xFF


class Float6E2M3FN(SmallFloat):
    """6 bits: 1 sign, 2 exponent (bias 1), 3 fraction; finite only."""

    _zarr_v3_name: ClassVar[str] = "float6_e2m3fn"
    _bits: ClassVar[int] = 6
    _nan: ClassVar[int | None] = None
    _limit: ClassVar[float] = 7.75


class Float6E3M2FN(SmallFloat):
    """6 bits: 1 sign, 3 exponent (bias 3), 2 fraction; finite only."""

    _zarr_v3_name: ClassVar[str] = "float6_e3m2fn"
    _bits: ClassVar[int] = 6
    _nan: ClassVar[int | None] = None
    _limit: ClassVar[float] = 30.0


class Float4E2M1FN(SmallFloat):
    """4 bits: 1 sign, 2 exponent (bias 1), 1 fraction; finite only."""

    _zarr_v3_name: ClassVar[str] = "float4_e2m1fn"
    _bits: ClassVar[int] = 4
    _nan: ClassVar[int | None] = None
    _limit: ClassVar[float] = 7.0


for _cls in (
    BFloat16,
    Float8E3M4,
    Float8E4M3,
    Float8E4M3B11FNUZ,
    Float8E4M3FN,
    Float8E4M3FNUZ,
    Float8E5M2,
    Float8E5M2FNUZ,
    Float8E8M0FNU,
    Float6E2M3FN,
    Float6E3M2FN,
    Float4E2M1FN,
):
    data_type_registry.register(_cls._zarr_v3_name, _cls)
