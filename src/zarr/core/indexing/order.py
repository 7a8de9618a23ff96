"""Orders in which the chunks of a grid can be written: Morton, C and F order."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "colexicographic_order_coords",
    "decode_morton",
    "decode_morton_vectorized",
    "lexicographic_order_coords",
    "morton_order_coords",
]


def _bits(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Per bit of a Morton code, from the lowest: which bit of which axis. Short axes run out first."""
    lengths = [max(n - 1, 0).bit_length() for n in shape]
    return [
        (axis, bit) for bit in range(max(lengths, default=0)) for axis, n in enumerate(lengths) if bit < n
    ]


def decode_morton(z: int, chunk_shape: tuple[int, ...]) -> tuple[int, ...]:
    """The coordinates of a Morton code, the first axis varying fastest.

    The code has as many bits per axis as its length needs; for lengths that are no powers of two some
    codes decode to coordinates outside.
    """
    coords = [0] * len(chunk_shape)
    for place, (axis, bit) in enumerate(_bits(chunk_shape)):
        coords[axis] |= (z >> place & 1) << bit
    return tuple(coords)


def decode_morton_vectorized(z: npt.NDArray[np.intp], chunk_shape: tuple[int, ...]) -> npt.NDArray[np.intp]:
    """`decode_morton` of many codes: an array of shape (number of codes, number of axes)."""
    coords = np.zeros((len(z), len(chunk_shape)), dtype=np.intp)
    for place, (axis, bit) in enumerate(_bits(chunk_shape)):
        coords[:, axis] |= (z >> place & 1) << bit
    return coords


@lru_cache(maxsize=16)
def morton_order_coords(shape: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """All coordinates of a grid in Morton order, the first axis varying fastest."""
    if math.prod(shape) == 0:
        return ()
    # encode what is inside rather than decode all codes: of those, nearly all may be outside
    grid = np.indices(shape, dtype=np.intp).reshape(len(shape), math.prod(shape))
    codes = np.zeros(grid.shape[1], dtype=np.intp)
    for place, (axis, bit) in enumerate(_bits(shape)):
        codes |= (grid[axis] >> bit & 1) << place
    rows = grid[:, np.argsort(codes)].T.tolist()
    return cast("tuple[tuple[int, ...], ...]", tuple(map(tuple, rows)))


@lru_cache(maxsize=16)
def lexicographic_order_coords(shape: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """All coordinates of a grid in C order."""
    return tuple(product(*map(range, shape)))


@lru_cache(maxsize=16)
def colexicographic_order_coords(shape: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """All coordinates of a grid in F order."""
    return tuple(coords[::-1] for coords in product(*map(range, shape[::-1])))
