"""Reading a NumPy index: from what stands between the brackets to one entry per axis, new axis or flag.

The rules are NumPy's (user guide, "Advanced indexing"); what NumPy refuses raises IndexError here too.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from types import EllipsisType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from zarr.core.indexing.normalize import bounds_error, places_of

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Entry", "Gap", "NewAxis", "OnAxis", "Picks", "parse_numpy_index"]


class Picks(NamedTuple):
    """An advanced index: an integer array along an axis, or (axis None) what a 0-d boolean stands for.

    The integers are as written: negative ones count from the end, and none is checked yet.
    """

    axis: int | None
    array: npt.NDArray[Any]


class OnAxis(NamedTuple):
    """An integer (not negative, inside the axis) or a slice along an axis."""

    axis: int
    item: int | slice


class NewAxis(NamedTuple):
    """`None`: a new axis of length 1."""


class Gap(NamedTuple):
    """An ellipsis that stands for no axis; it still keeps advanced indices apart."""


Entry: TypeAlias = "OnAxis | Picks | NewAxis | Gap"
_FLAGS = (np.zeros(0, np.intp), np.zeros(1, np.intp))
_WHOLE = slice(None)


def parse_numpy_index(selection: Any, shape: tuple[int, ...]) -> list[Entry]:
    """The entries of an index, in the order written, with every axis of the array once.

    Raises
    ------
    IndexError
        What NumPy refuses; BoundsCheckError for an index outside its axis.
    """
    items = [_parse_item(item) for item in (selection if isinstance(selection, tuple) else (selection,))]
    used = sum(map(_axes_used, items))
    if used > len(shape):
        raise IndexError(f"too many indices for array; expected {len(shape)}, got {used}")
    dots = sum(item is ... for item in items)
    if dots > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    if not dots:
        items.append(...)
    entries: list[Entry] = []
    axis = 0
    for place, item in enumerate(items):
        if item is None:
            entries.append(NewAxis())
        elif isinstance(item, EllipsisType):
            missing = len(shape) - used
            entries.extend(OnAxis(axis + i, _WHOLE) for i in range(missing))
            if not missing and dots and place < len(items) - 1:
                entries.append(Gap())
            axis += missing
        elif isinstance(item, np.ndarray):
            entries.extend(_array_entries(item, axis, shape))
            axis += _axes_used(item)
        elif isinstance(item, slice):
            entries.append(OnAxis(axis, item))
            axis += 1
        else:
            index = item + shape[axis] if item < 0 else item
            if not 0 <= index < shape[axis]:
                raise bounds_error(item, axis, shape[axis])
            entries.append(OnAxis(axis, index))
            axis += 1
    return entries


def _parse_item(item: Any) -> Any:
    """An int, slice, array of integers or bools, None or Ellipsis."""
    if item is None or item is ... or isinstance(item, slice):
        return item
    if isinstance(item, (bool, np.bool_)):
        return np.asarray(item)
    if isinstance(item, np.ndarray):
        item = np.asarray(item)  # a matrix, say, keeps its dimensions in whatever is made of it
    else:
        if hasattr(item, "__index__"):
            try:
                return operator.index(item)
            except TypeError:
                pass
        item = _parse_arraylike(item)
    if item.dtype.kind not in "iub":
        raise IndexError(f"arrays used as indices must be of integer (or boolean) type, got {item.dtype}")
    return int(item) if item.ndim == 0 and item.dtype.kind != "b" else item


def _parse_arraylike(item: Any) -> npt.NDArray[Any]:
    if isinstance(item, (str, bytes)) or not (isinstance(item, Sequence) or hasattr(item, "__array__")):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean "
            f"arrays are valid indices, got {item!r}"
        )
    try:
        array = np.asarray(item)
    except (TypeError, ValueError) as e:
        raise IndexError(f"not a valid index: {item!r}") from e
    # a list without items has no type of its own
    return array.astype(np.intp) if array.size == 0 and isinstance(item, Sequence) else array


def _axes_used(item: Any) -> int:
    if item is None or item is ...:
        return 0
    return item.ndim if isinstance(item, np.ndarray) and item.dtype.kind == "b" else 1


def _array_entries(item: npt.NDArray[Any], axis: int, shape: tuple[int, ...]) -> list[Entry]:
    if item.dtype.kind != "b":
        return [Picks(axis, item)]
    if item.ndim == 0:
        return [Picks(None, _FLAGS[bool(item)])]
    for i, n in enumerate(item.shape):
        # NumPy takes a mask of length 0 for any axis, and selects nothing
        if n and n != shape[axis + i]:
            raise IndexError(
                "Boolean array has the wrong length for dimension; "
                f"expected {shape[axis + i]}, got {n} (axis {axis + i})"
            )
    return [Picks(axis + i, indices) for i, indices in enumerate(places_of(item))]
