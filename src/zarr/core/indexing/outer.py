"""Orthogonal selections of NumPy arrays: what `oindex` means, where a chunk is in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from zarr.core.indexing.normalize import ensure_tuple, replace_ellipsis, replace_lists, slice_to_range
from zarr.core.indexing.selection import Selection, is_bool_array, is_integer
from zarr.errors import ArrayIndexError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["ix_", "make_slice_selection", "oindex", "oindex_set"]


def ix_(selection: Any, shape: tuple[int, ...]) -> Any:
    """An orthogonal selection as open integer arrays, one per axis, that NumPy combines the same way."""
    items = replace_lists(replace_ellipsis(selection, shape))
    arrays = [_indices(item, n) for item, n in zip(items, shape, strict=True)]
    return np.ix_(*arrays)


def _indices(item: Any, extent: int) -> npt.NDArray[Any]:
    if isinstance(item, slice):
        r = slice_to_range(item, extent)
        return np.arange(r.start, r.stop, r.step)
    if is_integer(item):
        return np.array([int(item)])
    return np.flatnonzero(item) if is_bool_array(item) else np.asarray(item)


def _open(selection: Selection, shape: tuple[int, ...]) -> tuple[Any, tuple[int, ...]]:
    """What NumPy takes, and the axes of length 1 that integers leave."""
    items = replace_lists(replace_ellipsis(selection, shape))
    if all(is_integer(item) or isinstance(item, slice) for item in items):
        return items, ()
    return ix_(items, shape), tuple(i for i, item in enumerate(items) if is_integer(item))


def oindex(a: npt.NDArray[Any], selection: Selection) -> npt.NDArray[Any]:
    """An orthogonal selection of a NumPy array; integers drop their axis."""
    items, dropped = _open(selection, a.shape)
    result = a[items]
    return cast("npt.NDArray[Any]", result.squeeze(axis=dropped) if dropped else result)


def oindex_set(a: npt.NDArray[Any], selection: Selection, value: Any) -> None:
    """Assign to an orthogonal selection of a NumPy array."""
    items, dropped = _open(selection, a.shape)
    if dropped and np.ndim(value):
        ndim = a.ndim - len(dropped)
        value = np.asarray(value)
        value = value.reshape((1,) * (ndim - value.ndim) + value.shape)
        value = np.expand_dims(value, dropped)
    a[items] = value


def make_slice_selection(selection: Any) -> list[Any]:
    """The selection with integers, and arrays of one integer, made slices of length 1.

    Raises
    ------
    ArrayIndexError
        An array has several items.
    """
    result: list[Any] = []
    for item in ensure_tuple(selection) if not isinstance(selection, list) else selection:
        if is_integer(item):
            result.append(slice(int(item), int(item) + 1, 1))
        elif isinstance(item, np.ndarray):
            if item.size != 1:
                raise ArrayIndexError("an array of several indices cannot be made a slice")
            result.append(slice(int(item.flat[0]), int(item.flat[0]) + 1, 1))
        else:
            result.append(item)
    return result
