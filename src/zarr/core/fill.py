"""Whether a chunk holds nothing but the fill value. Pure.

NaN equals NaN of any payload and NaT equals NaT, but 0.0 is not -0.0: what is elided must read back the same.
"""

from __future__ import annotations

from collections.abc import Callable
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["DEFAULT_FILL_VALUE", "DefaultFillValue", "FillCheck", "as_element", "fill_checker"]

Array: TypeAlias = "npt.NDArray[Any]"


class DefaultFillValue:
    """Stands for the fill value that a data type has where none is given."""

    def __repr__(self) -> str:
        return "DEFAULT_FILL_VALUE"


DEFAULT_FILL_VALUE = DefaultFillValue()


class FillCheck:
    """Tells whether all elements of an array are the fill value.

    Parameters
    ----------
    each
        Tells of each element of an array whether it is.
    first
        The same of one element; most chunks of real data fail at their first.
    """

    __slots__ = ("_each", "_first")

    def __init__(self, each: Callable[[Array], Any], first: Callable[[Any], Any] | None = None) -> None:
        self._each, self._first = each, each if first is None else first

    def __call__(self, array: Array) -> bool:
        if not array.size:
            return True
        return bool(self._first(array[(0,) * array.ndim])) and bool(np.all(self._each(array)))

    def of_stack(self, stack: Array) -> list[int]:
        """Which of the arrays that are stacked along the first axis hold nothing else."""
        firsts = stack.reshape(len(stack), -1)[:, 0]
        return [i for i in np.flatnonzero(self._each(firsts)).tolist() if self(stack[i])]


def fill_checker(dtype: np.dtype[Any], fill_value: Any) -> FillCheck:
    """A check whether arrays of this data type hold nothing but the fill value."""
    if fill_value is None:
        return _nothing()
    if dtype.kind == "T":
        return FillCheck(lambda array: array == fill_value)
    if dtype.kind == "O":
        return _same_objects(fill_value[()] if isinstance(fill_value, np.ndarray) else fill_value)
    fill = np.asarray(fill_value, dtype=dtype)
    if dtype.kind == "f" and np.isnan(fill):
        return FillCheck(np.isnan)
    if dtype.kind in "mM" and np.isnat(fill):
        return FillCheck(np.isnat)
    if dtype.kind in "biuSUmM" or (dtype.kind == "f" and fill != 0):
        return FillCheck(lambda array: array == fill)
    return _same_bytes(dtype, fill)


def as_element(value: Any) -> Any:
    """An object as what NumPy assigns to elements of an object array, never to its parts."""
    if isinstance(value, str | bytes):
        return value
    out = np.empty(1, object)
    out[0] = value
    return out.reshape(())


def _nothing() -> FillCheck:
    return FillCheck(lambda array: np.zeros(array.shape, bool), lambda item: False)


def _same_objects(fill: Any) -> FillCheck:
    """Elements are the same object of one of a few plain types; 0 is neither False nor 0.0."""
    kind = type(fill)
    if kind not in (str, bytes, int, bool, NoneType):
        return _nothing()

    def is_it(item: Any) -> bool:
        return type(item) is kind and bool(item == fill)

    return FillCheck(lambda array: all(map(is_it, array.flat)), is_it)


def _same_bytes(dtype: np.dtype[Any], fill: Array) -> FillCheck:
    word = next(n for n in (8, 4, 2, 1) if dtype.itemsize % n == 0)
    words = np.dtype(f"u{word}")
    pattern, one = fill.reshape(1).view(words), fill.tobytes()

    def each(array: Array) -> Any:
        flat = np.ascontiguousarray(array, dtype).reshape(-1)
        return (flat.view(words).reshape(-1, pattern.size) == pattern).all(axis=1)

    return FillCheck(each, lambda item: np.asarray(item, dtype).tobytes() == one)
