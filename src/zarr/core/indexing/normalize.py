"""From what a user writes to one selector per axis: ellipsis, wraparound, bounds.

Errors are the ones that NumPy's users know: IndexError and its subclasses of `zarr.errors`.
"""

from __future__ import annotations

import operator
from types import EllipsisType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from zarr.core.indexing.selection import SelectionNormalized
from zarr.errors import BoundsCheckError, NegativeStepError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "bounds_error",
    "boundscheck_indices",
    "check_positive_steps",
    "check_selection_length",
    "ensure_tuple",
    "err_too_many_indices",
    "normalize_basic",
    "normalize_integer_selection",
    "places_of",
    "replace_ellipsis",
    "replace_lists",
    "slice_to_range",
    "wraparound_indices",
]

_WHOLE = slice(None)
_SPARSE = 8
"""A mask is sparse if no more than one in so many is true."""


def ensure_tuple(v: Any) -> Any:
    """A tuple: v itself, or one that holds v."""
    return v if isinstance(v, tuple) else (v,)


def err_too_many_indices(selection: Any, shape: tuple[int, ...]) -> NoReturn:
    """Raise the IndexError for a selection that is longer than the array has axes."""
    raise IndexError(f"too many indices for array; expected {len(shape)}, got {len(selection)}")


def check_selection_length(selection: SelectionNormalized, shape: tuple[int, ...]) -> None:
    """IndexError where a selection is longer than the array has axes."""
    if len(selection) > len(shape):
        err_too_many_indices(selection, shape)


def replace_ellipsis(selection: Any, shape: tuple[int, ...]) -> Any:
    """One item per axis: the ellipsis, and what is missing at the end, become whole slices."""
    selection = ensure_tuple(selection)
    places = [i for i, item in enumerate(selection) if isinstance(item, EllipsisType)]
    if len(places) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    if places:
        missing = len(shape) - len(selection) + 1
        if missing < 0:
            err_too_many_indices([s for s in selection if s is not ...], shape)
        selection = (*selection[: places[0]], *(_WHOLE,) * missing, *selection[places[0] + 1 :])
    else:
        check_selection_length(selection, shape)
        selection = (*selection, *(_WHOLE,) * (len(shape) - len(selection)))
    return selection


def replace_lists(selection: Any) -> Any:
    """The selection with lists made arrays; an empty list selects nothing, as in NumPy."""
    return tuple(
        (np.asarray(item) if len(item) else np.empty(0, np.intp)) if isinstance(item, list) else item
        for item in selection
    )


def normalize_basic(selection: Any, shape: tuple[int, ...]) -> tuple[int | slice, ...]:
    """One int or slice per axis; IndexError for anything else."""
    return tuple(_basic_item(item) for item in replace_ellipsis(selection, shape))


def _basic_item(item: Any) -> int | slice:
    if isinstance(item, slice):
        return item
    if hasattr(item, "__index__") and not isinstance(item, (bool, np.bool_)):
        try:
            return operator.index(item)
        except TypeError:
            pass
    raise IndexError(
        f"unsupported selection item for basic indexing; expected integer or slice, got {type(item)}"
    )


def bounds_error(index: int, axis: int | None, length: int) -> BoundsCheckError:
    """The error for an index that is outside an axis."""
    where = "" if axis is None else f", axis {axis}"
    return BoundsCheckError(f"index out of bounds for dimension with length {length}: index {index}{where}")


def normalize_integer_selection(dim_sel: int, dim_len: int) -> int:
    """An index as one from the start of the axis; BoundsCheckError where it is outside."""
    index = operator.index(dim_sel)
    normal = index + dim_len if index < 0 else index
    if not 0 <= normal < dim_len:
        raise bounds_error(index, None, dim_len)
    return normal


def wraparound_indices(x: npt.NDArray[Any], dim_len: int) -> npt.NDArray[Any]:
    """Indices with negative ones counted from the end; the array itself where none is negative."""
    negative = x < 0
    return np.where(negative, x + dim_len, x) if negative.any() else x


def boundscheck_indices(x: npt.NDArray[Any], dim_len: int, axis: int | None = None) -> None:
    """BoundsCheckError where an index, counted from the start, is outside the axis."""
    if x.size and (x.min() < 0 or x.max() >= dim_len):
        wrong = x[(x < 0) | (x >= dim_len)].flat[0]
        raise bounds_error(int(wrong), axis, dim_len)


def slice_to_range(s: slice, length: int) -> range:
    """The indices that a slice selects."""
    return range(*s.indices(length))


def check_positive_steps(selection: Any) -> None:
    """NegativeStepError where a slice has a step below 1, for the entries that do not take them."""
    for item in ensure_tuple(selection):
        if isinstance(item, slice) and item.step is not None and item.step < 1:
            raise NegativeStepError("only slices with step >= 1 are supported.")


def places_of(mask: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], ...]:
    """``numpy.nonzero`` of a mask: of a sparse one of several axes by its flat places, some ten times as fast."""
    if mask.ndim < 2 or not mask.size or np.count_nonzero(mask) * _SPARSE > mask.size:
        return np.nonzero(mask)
    return np.unravel_index(np.flatnonzero(mask), mask.shape)
