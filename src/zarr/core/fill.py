"""Whether a chunk holds nothing but the fill value. Pure.

NaN equals NaN of any payload and NaT equals NaT, but 0.0 is not -0.0: what is elided must read back the same.
"""

from __future__ import annotations

from collections.abc import Callable
from types import NoneType
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["as_element", "fill_checker"]

Check = Callable[[npt.NDArray[Any]], bool]


def fill_checker(dtype: np.dtype[Any], fill_value: Any) -> Check:
    """A function that tells whether all elements of an array of this data type are the fill value."""
    if fill_value is None:
        return lambda array: False
    if dtype.kind == "T":
        return _after_first(lambda array: array == fill_value)
    if dtype.kind == "O":
        return _same_objects(fill_value[()] if isinstance(fill_value, np.ndarray) else fill_value)
    fill = np.asarray(fill_value, dtype=dtype)
    if dtype.kind == "f" and np.isnan(fill):
        return _after_first(np.isnan)
    if dtype.kind in "mM" and np.isnat(fill):
        return _after_first(np.isnat)
    if dtype.kind in "biuSUmM" or (dtype.kind == "f" and fill != 0):
        return _after_first(lambda array: array == fill)
    return _same_bytes(dtype, fill)


def as_element(value: Any) -> Any:
    """An object as what NumPy assigns to elements of an object array, never to its parts."""
    if isinstance(value, str | bytes):
        return value
    out = np.empty(1, object)
    out[0] = value
    return out.reshape(())


def _same_objects(fill: Any) -> Check:
    """Elements are the same object of one of a few plain types; 0 is neither False nor 0.0."""
    if type(fill) not in (str, bytes, int, bool, NoneType):
        return lambda array: False
    kind = type(fill)
    return lambda array: all(type(item) is kind and item == fill for item in array.flat)


def _after_first(test: Callable[[Any], Any]) -> Check:
    """All elements pass the test; most chunks of real data fail at the first."""

    def check(array: npt.NDArray[Any]) -> bool:
        return not array.size or (bool(test(array[(0,) * array.ndim])) and bool(test(array).all()))

    return check


def _same_bytes(dtype: np.dtype[Any], fill: npt.NDArray[Any]) -> Check:
    word = next(n for n in (8, 4, 2, 1) if dtype.itemsize % n == 0)
    words = np.dtype(f"u{word}")
    pattern = fill.reshape(1).view(words)

    def check(array: npt.NDArray[Any]) -> bool:
        if not array.size:
            return True
        first = array[(0,) * array.ndim]
        if np.asarray(first, dtype).tobytes() != pattern.tobytes():
            return False
        flat = np.ascontiguousarray(array, dtype).reshape(-1)
        return bool((flat.view(words).reshape(-1, pattern.size) == pattern).all())

    return check
