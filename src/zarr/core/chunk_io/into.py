"""Reading the bytes of a chunk straight to where they belong, without memory of their own in between.

A fast path for chunks that are stored as they are in memory and lie in few runs of the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from zarr.abc.store import Store

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.chunk_io.bound import BoundArray
    from zarr.core.codec_chain import CodecChain

__all__ = ["read_into"]

_SHORT = 1 << 14
"""Bytes of a run that are copied as fast as they are read in its place."""
_MANY = 1 << 10
"""Runs that one call of the system can take, on any system."""


def read_into(bound: BoundArray, key: str, chain: CodecChain, out: npt.NDArray[Any], place: Any) -> bool:
    """Read a chunk, of which all is selected, to its place in the result; False where that must be done another way.

    So it must if the value is missing or has not the chunk's size.
    """
    store, nbytes = bound.store, cast("int", chain.encoded_size)
    can = type(store)._read_into_sync is not Store._read_into_sync
    if not can or nbytes < _SHORT or out.dtype != chain.dtype:
        return False
    if type(place) is not tuple or any(type(item) is not slice for item in place):
        return False
    target = out[place]
    runs = _runs(target) if target.shape == chain.shape else None
    return runs is not None and store._read_into_sync(key, runs) == nbytes


def _runs(target: npt.NDArray[Any]) -> list[memoryview] | None:
    """The memory of an array, in C order, as runs; None if they are short or many."""
    length, axis = target.itemsize, target.ndim
    while axis and (target.strides[axis - 1] == length or target.shape[axis - 1] == 1):
        axis -= 1
        length *= target.shape[axis]
    if length < _SHORT or target.nbytes > _MANY * length or not target.flags.writeable:
        return None
    rows = (target[(*place, ...)] for place in np.ndindex(target.shape[:axis]))
    return [memoryview(row.reshape(-1).view(np.uint8)) for row in rows]
