"""Floats in documents, bit for bit (core v3, "Permitted fill values"; v2, "Fill value encoding").

A number, or "NaN" (one bit pattern: positive, quiet, no payload), "Infinity", "-Infinity"; in format 3 also
"0x" and the big-endian hexadecimal digits of the whole element, which is how every other NaN is written.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from zarr.types import ZarrFormat

__all__ = [
    "FloatForm",
    "bits_of",
    "double_to_round_again",
    "float_from_json",
    "float_of_number",
    "float_to_json",
    "scalar_of_bits",
]


class FloatForm:
    """What the JSON of a float type needs to know of it.

    Attributes
    ----------
    dtype : np.dtype
        The native dtype, in the machine's byte order.
    nan : int or None
        The bit pattern of ``"NaN"``; None for a type without NaN.
    infinite : bool
        Whether it has infinities.
    """

    def __init__(self, dtype: np.dtype[Any], nan: int | None, infinite: bool = True) -> None:
        self.dtype, self.nan, self.infinite = dtype, nan, infinite

    def of_number(self, value: float) -> Any:
        """The nearest value of the dtype, ties to even."""
        return float_of_number(value, self.dtype)

    def of_checked_number(self, value: float, data: object) -> Any:
        """The same; ValueError for a NaN or infinity, given as ``data``, that the type does not have."""
        if (self.nan is None and value != value) or (not self.infinite and abs(value) == math.inf):
            raise ValueError(f"Invalid float value {data!r}: {self.dtype.name} has no such value.")
        return self.of_number(value)


def bits_of(scalar: Any) -> int:
    """The bit pattern of a scalar."""
    return int.from_bytes(np.asarray(scalar).tobytes(), sys.byteorder)


def scalar_of_bits(bits: int, dtype: np.dtype[Any]) -> Any:
    """The scalar of a bit pattern; no floating-point operation, which could change a NaN."""
    return np.frombuffer(bits.to_bytes(dtype.itemsize, sys.byteorder), dtype)[0]


def float_of_number(value: float, dtype: np.dtype[Any]) -> Any:
    """The nearest value of the dtype, ties to even; beyond its range, infinity where it has one."""
    if dtype.itemsize < 8:
        value = double_to_round_again(value)
    elif isinstance(value, int):
        value = _double_of_int(value)
    with np.errstate(all="ignore"):
        return dtype.type(value)


def double_to_round_again(value: float) -> float:
    """A double that rounds to any smaller type as the number would, even an integer that no double is."""
    if not isinstance(value, int) or not abs(value) >> 53:
        return value
    cut = abs(value).bit_length() - 50
    sticky = 1 if value & ((1 << cut) - 1) else 0
    return math.copysign(_double_of_int((abs(value) >> cut | sticky) << cut), value >> cut)


def _double_of_int(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, -1 if value < 0 else 1)


def float_from_json(data: object, form: FloatForm, *, zarr_format: ZarrFormat) -> Any:
    """The scalar of a JSON value.

    Raises
    ------
    TypeError
        If it is neither a number nor a string that stands for one.
    ValueError
        If it is hexadecimal of another width, or a NaN or infinity that the type does not have.
    """
    if isinstance(data, str):
        return _float_of_str(data, form, zarr_format)
    if isinstance(data, (int, float)):
        return form.of_checked_number(data, data)
    raise TypeError(f"Invalid type: {data}. Expected a float or a special string encoding of a float.")


def _float_of_str(text: str, form: FloatForm, zarr_format: ZarrFormat) -> Any:
    if text == "NaN" and form.nan is not None:
        return scalar_of_bits(form.nan, form.dtype)
    if zarr_format == 3 and text.startswith("0x"):
        return _float_of_hex(text, form.dtype)
    try:
        value = float(text) if text.isascii() and "_" not in text else None
    except ValueError:
        value = None
    if value is None:
        raise TypeError(f"Invalid type: {text}. Expected a float or a special string encoding of a float.")
    return form.of_checked_number(value, text)


def _float_of_hex(text: str, dtype: np.dtype[Any]) -> Any:
    digits = text[2:]
    if len(digits) != 2 * dtype.itemsize or not set(digits.lower()) <= set("0123456789abcdef"):
        raise ValueError(
            f"Invalid hexadecimal float value: {text!r}. Expected '0x' and {2 * dtype.itemsize} hexadecimal "
            f"digits, all the bits of {dtype.name}."
        )
    return scalar_of_bits(int(digits, 16), dtype)


def float_to_json(scalar: Any, form: FloatForm, *, zarr_format: ZarrFormat) -> float | str:
    """The JSON value of a scalar of the form's dtype.

    Format 3 keeps every bit. Format 2 has one NaN, so that sign and payload are lost there.
    """
    value = float(scalar)
    if value != value:
        bits = bits_of(scalar)
        if zarr_format == 2 or bits == form.nan:
            return "NaN"
        return f"0x{bits:0{2 * form.dtype.itemsize}x}"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value
