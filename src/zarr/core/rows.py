"""Copies between arrays whose rows are short. Pure.

NumPy copies row by row, along the last axis, and the start of a row costs as much as some ten elements. Where the
rows of both arrays are contiguous and of the same data type, each is copied here as one element of its bytes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["assign", "contiguous"]

Array: TypeAlias = "npt.NDArray[Any]"

_LONGEST = 192
"""Bytes of a row from which on NumPy is as fast."""
_FEWEST = 128
"""Rows that are worth it."""
_KINDS = frozenset("biufcmMSU")


def assign(target: Array, source: Array) -> None:
    """``target[...] = source``."""
    if target.shape == source.shape and target.dtype == source.dtype:
        row = _row(target)
        if row is not None and source.strides[-1] == source.itemsize:
            target.view(row)[...] = source.view(row)
            return
    target[...] = source


def contiguous(array: Array, dtype: npt.DTypeLike) -> Array:
    """``numpy.ascontiguousarray(array, dtype)``, of an array of at least one axis."""
    row = None if array.flags.c_contiguous or array.dtype != dtype else _row(array)
    if row is None:
        return np.ascontiguousarray(array, dtype)
    out = np.empty(array.shape, array.dtype)
    out.view(row)[...] = array.view(row)
    return out


def _row(array: Array) -> np.dtype[Any] | None:
    """A data type of the bytes of a row; None where rows are not contiguous, or not better copied by it."""
    shape = array.shape
    if len(shape) < 2 or array.dtype.kind not in _KINDS:
        return None
    nbytes = shape[-1] * array.itemsize
    if array.strides[-1] != array.itemsize or not array.itemsize < nbytes <= _LONGEST:
        return None
    return _bytes_of(nbytes) if array.size >= _FEWEST * shape[-1] else None


@cache
def _bytes_of(count: int) -> np.dtype[Any]:
    return np.dtype((np.void, count))
