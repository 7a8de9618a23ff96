"""Parts of chunks and of results, by the selections of a plan. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from zarr.core.rows import assign

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Array", "array_part", "put", "put_back", "take", "target_of"]

Array: TypeAlias = "npt.NDArray[Any]"


def take(chunk: Array, selection: Any, drop_axes: tuple[int, ...]) -> Array:
    """The part of a chunk that a projection selects."""
    part: Array = chunk[array_part(chunk, selection) if chunk.dtype.hasobject else selection]
    return part.squeeze(axis=drop_axes) if drop_axes else part


def put(whole: Array, selection: Any, part: Array) -> None:
    """``whole[selection] = part``, where the selection has slices and arrays."""
    if part.ndim > 1 and type(selection) is tuple and all(type(item) is slice for item in selection):
        assign(whole[selection], part)
    else:
        whole[array_part(whole, selection)] = part


def array_part(chunk: Array, selection: Any) -> Any:
    """The selection; of an object array one that gives an array, and not the object, of a single element."""
    return (*selection, ...) if chunk.dtype.hasobject and isinstance(selection, tuple) else selection


def target_of(part: Array, selection: Any) -> Array:
    """Where a reader may put a selection: a view of ``part``, or new memory where the selection has arrays."""
    items = selection if isinstance(selection, tuple) else (selection,)
    if all(isinstance(item, slice) for item in items):
        return part[(*items, ...)]
    return np.empty_like(part[selection])


def put_back(part: Array, selection: Any, target: Array) -> None:
    """Put what was read into a ``target_of`` the selection in its place, if it is not there already."""
    if target.base is None:
        part[array_part(part, selection)] = target
