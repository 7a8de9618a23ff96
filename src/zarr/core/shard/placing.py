"""Bringing a chunk's bytes to where its elements belong, by no more memory in between than the thread keeps.

Of chunks whose bytes can be had in part only those are asked for that a selection needs: straight to the result, if
they lie there in long runs, and else in kept memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from zarr.core.rows import assign
from zarr.core.scratch import borrow, give_back
from zarr.core.shard.places import put, take

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.codec import BytesLike
    from zarr.core.codec_chain import CodecChain
    from zarr.core.indexing import ChunkProjection

    Array = npt.NDArray[Any]
    Bytes = npt.NDArray[np.uint8]

__all__ = ["decode_to_place", "read_to_place"]

Read: TypeAlias = "Callable[[list[memoryview], int], bool | None]"
"""Fills memory, part by part, with the bytes of a chunk's array from one on, and says whether it could."""

_SHORT = 1 << 14
"""Bytes of a run that are copied as fast as they are read in its place."""
_SLICES = {slice}
_MANY = 1000
"""Runs that one call of the system can take, on any system."""


def read_to_place(
    read: Read, chain: CodecChain, drop_axes: tuple[int, ...], out: Array, projection: ChunkProjection
) -> bool | None:
    """Have what is selected of a chunk read to where it belongs.

    Returns
    -------
    bool or None
        What ``read`` says; if not True, what is in the chunk's place is undefined.
    """
    _, selection, place, covers = projection
    target = _place_of(out, place, chain) if covers else None
    if target is not None:
        runs = _runs(target) if chain.nbytes >= _SHORT else None
        if runs is not None:
            return read(runs, 0)
        start, shape = 0, chain.shape
    else:
        start, shape, selection = _block_of(chain.shape, selection)
    size = math.prod(shape) * chain.dtype.itemsize
    memory = borrow(size)
    here = memory[:size]
    found = read([here.data], start * chain.dtype.itemsize)
    if found:
        chunk = here.view(chain.dtype).reshape(shape)
        if target is not None:
            assign(target, chunk)
        else:
            _put(out, place, take(chunk, selection, drop_axes))
    give_back(memory)
    return found


def decode_to_place(
    chain: CodecChain,
    data: BytesLike,
    drop_axes: tuple[int, ...],
    out: Array,
    projection: ChunkProjection,
) -> None:
    """Decode a chunk and put what is selected of it in its place.

    Raises
    ------
    ChunkError
        If it cannot be decoded; what is in its place then is undefined.
    """
    if chain.decodes_parts:
        read = partial(chain.decode_parts, data)
        if read_to_place(read, chain, drop_axes, out, projection):
            return
    _, selection, place, covers = projection
    target = _place_of(out, place, chain) if covers else None
    memory = None
    if not chain.decodes_into:
        chunk = chain.decode(data)
    elif target is not None and target.flags.c_contiguous:
        chain.decode_into(data, target.reshape(-1).view(np.uint8))
        return
    else:
        memory = borrow(chain.nbytes)
        chunk = chain.decode_into(data, memory[: chain.nbytes])
    if target is not None:
        assign(target, chunk)
    else:
        _put(out, place, take(chunk, selection, drop_axes))
    if memory is not None:
        give_back(memory)


def _put(out: Array, place: Any, part: Array) -> None:
    if part.ndim or out.dtype.hasobject:
        put(out, place, part)
    else:
        out[place] = part


def _place_of(out: Array, place: Any, chain: CodecChain) -> Array | None:
    """The place of a whole chunk in the result, as a view; None if it is none of the chunk's kind and shape."""
    if type(place) is not tuple or not {*map(type, place)} <= _SLICES:
        return None
    target = out[(*place, ...)]  # a view, also where there are no axes
    fits = target.shape == chain.shape and target.dtype == chain.dtype and target.flags.writeable
    return target if fits else None


def _runs(target: Array) -> list[memoryview] | None:
    """The memory of an array, in C order, as runs; None if they are short or many."""
    length, axis = target.itemsize, target.ndim
    while axis and (target.strides[axis - 1] == length or target.shape[axis - 1] == 1):
        axis -= 1
        length *= target.shape[axis]
    if length < _SHORT or target.nbytes > _MANY * length:
        return None
    rows = (target[(*place, ...)] for place in np.ndindex(target.shape[:axis]))
    return [memoryview(row.reshape(-1).view(np.uint8)) for row in rows]


def _block_of(shape: tuple[int, ...], selection: Any) -> tuple[int, tuple[int, ...], Any]:
    """The part of a chunk, in one run of its memory, that has all of a selection.

    Returns
    -------
    start, shape, selection
        The place of its first element, its shape, and the selection in it.
    """
    if type(selection) is not tuple or len(selection) != len(shape):
        return 0, shape, selection
    start, below = 0, math.prod(shape)
    sizes: list[int] = []
    inside = list(selection)
    for axis, (item, length) in enumerate(zip(selection, shape, strict=True)):
        below //= length
        if type(item) is int and 0 <= item < length:
            first, size = item, 1
            inside[axis] = 0
        elif type(item) is slice and (item.step is None or item.step > 0):
            first, stop, step = item.indices(length)
            size = max(stop - first, 0)
            inside[axis] = slice(0, size, step)
        elif type(item) is np.ndarray and item.dtype.kind in "iu" and item.size:
            first, last = int(item.min()), int(item.max())
            if first < 0 or last >= length:
                break
            size = last - first + 1
            inside[axis] = item - first
        else:
            break
        start += first * below
        sizes.append(size)
        if size != 1:
            break
    return start, (*sizes, *shape[len(sizes) :]), tuple(inside)
