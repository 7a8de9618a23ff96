"""Choosing chunk lengths: automatic ones, byte targets, and what users write as ``chunks``.

Pure arithmetic over shapes; the result is always a `DimensionGrid` or a `ChunkGrid`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, cast

from zarr.core.chunk_grids.dimensions import DimensionGrid, FixedDimension, VaryingDimension
from zarr.core.chunk_grids.grid import ChunkGrid
from zarr.core.common import ChunksLike

__all__ = [
    "full_span_chunk_size",
    "guess_chunks",
    "is_regular_1d",
    "is_regular_nd",
    "normalize_chunks_1d",
    "normalize_chunks_nd",
    "parse_byte_target",
    "plan_target_shape",
]

_KIB = 1024
_AUTO_MIN = 128 * _KIB
_AUTO_AT_1_MIB = 256 * _KIB
_AUTO_MAX = 64 * _KIB**2
_UNITS = {"B": 1}
for _power, _letter in enumerate("KMGT", start=1):
    _UNITS |= {_letter: 1000**_power, f"{_letter}B": 1000**_power, f"{_letter}IB": 1024**_power}


def guess_chunks(shape: tuple[int, ...], typesize: int, *, max_bytes: int | None = None) -> ChunkGrid:
    """Automatic chunks: the array's shape with one axis after the other halved until it is small enough.

    The aimed size grows with the decimal logarithm of the array's, from 128 KiB to 64 MiB, and is 256 KiB
    for an array of 1 MiB.

    Parameters
    ----------
    shape : tuple of int
        Shape of the array.
    typesize : int
        Bytes per element.
    max_bytes : int, optional
        A chunk is smaller than this, where it has more than one element; default 64 MiB.
    """
    lengths = [max(n, 1) for n in shape]
    if typesize == 0:
        return ChunkGrid.from_sizes(shape, lengths)
    most = _AUTO_MAX if max_bytes is None else max_bytes
    whole = math.prod(lengths) * typesize
    aim = _AUTO_AT_1_MIB * 2 ** math.log10(whole / _KIB**2)
    enough = min(1.5 * min(max(aim, _AUTO_MIN), most), most)
    turn = 0
    while (items := math.prod(lengths)) > 1 and items * typesize >= enough:
        axis = turn % len(lengths)
        lengths[axis] = -(-lengths[axis] // 2)
        turn += 1
    return ChunkGrid.from_sizes(shape, lengths)


def parse_byte_target(text: str) -> int:
    """The number of bytes in a string such as ``"1MB"``, ``"64 KiB"`` or ``"1.5GB"``; ValueError if none."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", text)
    unit = _UNITS.get(match[2].upper()) if match else None
    if match is None or unit is None:
        raise ValueError(
            f"{text!r} is not a size in bytes; expected a number and a unit, such as '500kB' or '64MiB'"
        )
    nbytes = int(float(match[1]) * unit)
    if nbytes < 1:
        raise ValueError(f"a size in bytes must be at least 1, got {text!r}")
    return nbytes


def plan_target_shape(shape: Sequence[int], most: int) -> tuple[int, ...]:
    """A shape of at most ``most`` items (at least one) that is like ``shape`` scaled down.

    Axes are divided evenly: 100 with a bound of 60 becomes 50, not 60 and a rest of 40.
    """
    lengths = [max(n, 1) for n in shape]
    result = list(lengths)
    room = max(most, 1)
    axes = sorted(range(len(lengths)), key=lengths.__getitem__)
    for done, axis in enumerate(axes):
        rest = axes[done:]
        scale = (room / math.prod(lengths[i] for i in rest)) ** (1 / len(rest))
        length = min(lengths[axis], max(1, int(lengths[axis] * scale * (1 + 1e-12))))
        pieces = -(-lengths[axis] // length)
        result[axis] = -(-lengths[axis] // pieces)
        room //= result[axis]
    return tuple(result)


def full_span_chunk_size(span: int, unit: int = 1) -> int:
    """The length of one chunk that holds a whole dimension: a multiple of ``unit``, and at least one."""
    return max(-(-span // unit), 1) * unit


def normalize_chunks_1d(chunks: int | Iterable[object], span: int, unit: int = 1) -> DimensionGrid:
    """The chunks of one dimension from what a user wrote.

    Parameters
    ----------
    chunks : int or iterable of int
        A chunk length; -1 for one chunk; or the length of each chunk, which must sum to ``span``.
    span : int
        Length of the dimension.
    unit : int
        What chunks are multiples of: the length of an inner chunk. The chunk of -1 is; the lengths of all may
        sum to the least multiple that reaches ``span``.

    Raises
    ------
    TypeError
        Not an integer nor an iterable of integers.
    ValueError
        A length below 1, or a wrong sum.
    """
    if hasattr(chunks, "__index__") and getattr(chunks, "ndim", 0) == 0:
        size = chunks.__index__()
        if size == -1:
            size = full_span_chunk_size(span, unit)
        if size < 1:
            raise ValueError(f"Chunk size must be positive or -1, got {size}")
        return FixedDimension(size, span)
    if not isinstance(chunks, Iterable) or isinstance(chunks, (str, bytes)):
        raise TypeError(
            "Chunk specification must be an integer or an iterable of integers; "
            f"got {chunks!r} of type {type(chunks).__name__}."
        )
    items = list(chunks)
    if not items:
        raise ValueError("Chunk specification must not be empty")
    wrong = [i for i, item in enumerate(items) if not hasattr(item, "__index__")]
    if wrong:
        raise TypeError(
            f"Each chunk size must be an integer; got {items[wrong[0]]!r} at index {wrong[0]}. "
            "Chunk sizes are a flat sequence of positive integers, such as [3, 3, 1]."
        )
    edges = [cast("Any", item).__index__() for item in items]
    if min(edges) < 1:
        raise ValueError(f"All chunk sizes must be positive, got {edges}")
    if not 0 <= sum(edges) - span < unit:
        raise ValueError(f"Chunk sizes {edges} do not sum to span {span}")
    return VaryingDimension(edges, span)


def normalize_chunks_nd(
    chunks: ChunksLike | ChunkGrid | None,
    shape: tuple[int, ...],
    unit: tuple[int, ...] | None = None,
    *,
    item_size: int | None = None,
) -> ChunkGrid:
    """The chunk grid from what a user wrote as ``chunks`` (or as ``shards``).

    Parameters
    ----------
    chunks : int, sequence, bool, str or ChunkGrid
        One length for all dimensions, or per dimension what `normalize_chunks_1d` takes. False and -1 make
        one chunk of the whole array. A string such as ``"1MB"`` makes chunks of at most about that many
        bytes; it needs ``item_size``. A grid is taken as it is, for this shape.
    shape : tuple of int
        Shape of the array.
    unit : tuple of int, optional
        The inner chunk shape that chunks made here must be multiples of.
    item_size : int, optional
        Bytes per element.

    Raises
    ------
    TypeError, ValueError
        As in `normalize_chunks_1d`; or the number of dimensions differs.
    """
    if isinstance(chunks, ChunkGrid):
        return chunks.update_shape(shape)
    units = unit if unit is not None else (1,) * len(shape)
    if chunks is None or chunks is True:
        raise ValueError(
            f"{chunks} is not a valid chunk input. "
            "Use chunks='auto' for automatic chunks, or give an integer or a tuple of integers."
        )
    if chunks is False:
        chunks = -1
    if isinstance(chunks, str):
        if item_size is None:
            raise ValueError(f"{chunks!r} cannot be used as chunks here: the size of an element is not known")
        inner_bytes = max(item_size, 1) * math.prod(units)
        cells = [-(-n // u) for n, u in zip(shape, units, strict=True)]
        counts = plan_target_shape(cells, parse_byte_target(chunks) // inner_bytes)
        items: list[Any] = [k * u for k, u in zip(counts, units, strict=True)]
    elif hasattr(chunks, "__index__") and getattr(chunks, "ndim", 0) == 0:
        items = [chunks] * len(shape)
    elif isinstance(chunks, Iterable):
        items = list(chunks)
    else:
        raise TypeError(
            "Chunk specification must be an integer or an iterable of integers; "
            f"got {chunks!r} of type {type(chunks).__name__}."
        )
    if len(items) != len(shape):
        raise ValueError(f"chunks has {len(items)} dimensions but shape has {len(shape)} dimensions")
    return ChunkGrid(
        dimensions=tuple(
            normalize_chunks_1d(item, span, u) for item, span, u in zip(items, shape, units, strict=True)
        )
    )


def is_regular_1d(dim_chunks: Sequence[int]) -> bool:
    """Whether lengths are those of equal chunks, the last one possibly shorter."""
    if len(dim_chunks) < 2:
        return True
    first, last = dim_chunks[0], dim_chunks[-1]
    return last <= first and all(n == first for n in dim_chunks[1:-1])


def is_regular_nd(chunks: Iterable[Sequence[int]]) -> bool:
    """Whether `is_regular_1d` holds in every dimension."""
    return all(is_regular_1d(c) for c in chunks)
