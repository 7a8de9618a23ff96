"""Names for selections, and questions about them.

A selection is what stands between the brackets; a selector is what stands for one axis in a plan.
"""

from __future__ import annotations

import numbers
from types import EllipsisType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "ArrayOfIntOrBool",
    "BasicSelection",
    "BasicSelector",
    "CoordinateSelection",
    "CoordinateSelectionNormalized",
    "CoordinateSelector",
    "Fields",
    "IntSequence",
    "MaskSelection",
    "OrthogonalSelection",
    "OrthogonalSelectionNormalized",
    "OrthogonalSelector",
    "Selection",
    "SelectionNormalized",
    "SelectionWithFields",
    "Selector",
    "SelectorTuple",
    "is_basic_selection",
    "is_bool",
    "is_bool_array",
    "is_bool_list",
    "is_contiguous_selection",
    "is_contiguous_slice",
    "is_coordinate_selection",
    "is_int_or_bool_iterable",
    "is_integer",
    "is_integer_array",
    "is_integer_list",
    "is_mask_selection",
    "is_positive_slice",
    "is_pure_fancy_indexing",
    "is_pure_orthogonal_indexing",
    "is_scalar",
    "is_slice",
    "is_total_slice",
]

IntSequence: TypeAlias = "list[int] | npt.NDArray[np.intp]"
ArrayOfIntOrBool: TypeAlias = "npt.NDArray[np.intp] | npt.NDArray[np.bool_]"
BasicSelector: TypeAlias = "int | slice | EllipsisType"
Selector: TypeAlias = "int | slice | npt.NDArray[np.intp] | npt.NDArray[np.bool_]"
BasicSelection: TypeAlias = "BasicSelector | tuple[BasicSelector, ...]"
CoordinateSelector: TypeAlias = "IntSequence | int"
CoordinateSelection: TypeAlias = "CoordinateSelector | tuple[CoordinateSelector, ...]"
MaskSelection: TypeAlias = "npt.NDArray[np.bool_]"
OrthogonalSelector: TypeAlias = "int | slice | npt.NDArray[np.intp] | npt.NDArray[np.bool_] | IntSequence"
OrthogonalSelection: TypeAlias = "OrthogonalSelector | tuple[OrthogonalSelector, ...]"
Selection: TypeAlias = "BasicSelection | CoordinateSelection | MaskSelection | OrthogonalSelection"
CoordinateSelectionNormalized: TypeAlias = "tuple[npt.NDArray[np.intp], ...]"
SelectionNormalized: TypeAlias = "tuple[Selector, ...]"
OrthogonalSelectionNormalized: TypeAlias = "tuple[Selector, ...]"
SelectionWithFields: TypeAlias = "Selection | str | list[str] | tuple[Selection | str | list[str], ...]"
SelectorTuple: TypeAlias = "tuple[Selector, ...] | npt.NDArray[np.intp] | slice"
Fields: TypeAlias = "str | list[str] | tuple[str, ...]"


def is_integer(x: Any) -> TypeGuard[int]:
    """Whether x is an integer (Python's or NumPy's) and no bool."""
    return isinstance(x, numbers.Integral) and not isinstance(x, bool)


def is_bool(x: Any) -> TypeGuard[bool | np.bool_]:
    """Whether x is a bool, Python's or NumPy's."""
    return isinstance(x, (bool, np.bool_))


def is_integer_list(x: Any) -> TypeGuard[list[int]]:
    """Whether x is a list of integers with at least one item."""
    return isinstance(x, list) and len(x) > 0 and all(is_integer(i) for i in x)


def is_bool_list(x: Any) -> TypeGuard[list[bool | np.bool_]]:
    """Whether x is a list of bools with at least one item."""
    return isinstance(x, list) and len(x) > 0 and all(is_bool(i) for i in x)


def is_integer_array(x: Any, ndim: int | None = None) -> TypeGuard[npt.NDArray[np.intp]]:
    """Whether x is an array of integers, and of ``ndim`` dimensions where given."""
    return _is_array(x, "iu", ndim)


def is_bool_array(x: Any, ndim: int | None = None) -> TypeGuard[npt.NDArray[np.bool_]]:
    """Whether x is an array of bools, and of ``ndim`` dimensions where given."""
    return _is_array(x, "b", ndim)


def _is_array(x: Any, kinds: str, ndim: int | None) -> bool:
    dtype = getattr(x, "dtype", None)
    if dtype is None or not hasattr(x, "shape") or isinstance(x, np.generic):
        return False
    return getattr(dtype, "kind", "") in kinds and (ndim is None or len(x.shape) == ndim)


def is_int_or_bool_iterable(x: Any) -> bool:
    """Whether x is a list or an array of integers or of bools."""
    return is_integer_list(x) or is_integer_array(x) or is_bool_list(x) or is_bool_array(x)


def is_scalar(value: Any, dtype: np.dtype[Any]) -> bool:
    """Whether x is one element: a scalar, a 0-d array, or a record for a structured data type."""
    if np.isscalar(value):
        return True
    if hasattr(value, "shape") and value.shape == ():
        return True
    return isinstance(value, tuple) and dtype.names is not None and len(value) == len(dtype.names)


def is_slice(s: Any) -> TypeGuard[slice]:
    """Whether s is a slice."""
    return isinstance(s, slice)


def is_contiguous_slice(s: Any) -> TypeGuard[slice]:
    """Whether s is a slice of step 1."""
    return isinstance(s, slice) and s.step in (None, 1)


def is_positive_slice(s: Any) -> TypeGuard[slice]:
    """Whether s is a slice of step 1 or more."""
    return isinstance(s, slice) and (s.step is None or s.step >= 1)


def is_contiguous_selection(selection: Any) -> TypeGuard[slice]:
    """Whether every item is an integer, an ellipsis or a slice of step 1."""
    items = selection if isinstance(selection, tuple) else (selection,)
    return all(is_integer_array(s, 0) or is_contiguous_slice(s) or is_integer(s) or s is ... for s in items)


def is_basic_selection(selection: Any) -> TypeGuard[BasicSelection]:
    """Whether every item is an integer, or a slice of step 1 or more."""
    items = selection if isinstance(selection, tuple) else (selection,)
    return all(is_integer(s) or is_positive_slice(s) for s in items)


def is_coordinate_selection(
    selection: SelectionNormalized, shape: tuple[int, ...]
) -> TypeGuard[CoordinateSelectionNormalized]:
    """Whether there is one integer or integer array per axis."""
    return (
        isinstance(selection, tuple)
        and len(selection) == len(shape)
        and all(is_integer(s) or is_integer_array(s) for s in selection)
    )


def is_mask_selection(selection: Selection, shape: tuple[int, ...]) -> TypeGuard[MaskSelection]:
    """Whether there is one boolean array of the array's shape."""
    return (
        isinstance(selection, tuple)
        and len(selection) == 1
        and is_bool_array(selection[0])
        and selection[0].shape == shape
    )


def is_pure_fancy_indexing(selection: Any, ndim: int) -> bool:
    """Whether a selection picks points: one integer, list or array per axis, at least one of them no integer.

    A boolean array of all dimensions is one too. Parameters: the selection, the array's dimensions.
    """
    if is_bool_array(selection):
        return bool(selection.ndim == ndim)
    if ndim == 1:
        if is_integer_list(selection) or is_integer_array(selection) or is_bool_list(selection):
            return True
        if isinstance(selection, tuple) and len(selection) == 1:
            return is_integer_list(selection[0]) or is_integer_array(selection[0])
        return False
    if not isinstance(selection, tuple) or len(selection) != ndim:
        return False
    points = [is_integer_list(s) or is_integer_array(s) for s in selection]
    return any(points) and all(p or is_integer(s) for p, s in zip(points, selection, strict=True))


def is_pure_orthogonal_indexing(selection: Selection, ndim: int) -> TypeGuard[OrthogonalSelection]:
    """Whether a selection is one for ``oindex``: an item per axis or less, one list or array at most."""
    if not ndim:
        return False
    items = selection if isinstance(selection, tuple) else (selection,)
    if len(items) == ndim == 1 and is_int_or_bool_iterable(items[0]) and _depth(items[0]) == 1:
        return True
    arrays = sum(is_int_or_bool_iterable(s) for s in items)
    return (
        arrays <= 1
        and len(items) <= ndim
        and all(is_int_or_bool_iterable(s) or is_integer(s) or isinstance(s, slice) for s in items)
    )


def is_total_slice(item: Any, shape: tuple[int, ...]) -> bool:
    """Whether a selection is all of an array of this shape, in order."""
    items = item if isinstance(item, tuple) else (item,)
    if len(items) > len(shape):
        return False
    return all(
        s is ... or (isinstance(s, slice) and s.indices(n) == (0, n, 1))
        for s, n in zip(items, shape, strict=False)
    )


def _depth(x: Any) -> int:
    return len(x.shape) if hasattr(x, "shape") else 1
