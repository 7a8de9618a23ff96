"""The values that an interop case holds, recomputed from its description alone.

A case (see interop/cases.py and manifest.json) names a dtype, a shape, a fill value and the regions that
were written. Everything here is integer arithmetic and exact floats, so that it gives the same bits on
every machine, in every NumPy. Needs NumPy and nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

# Which NumPy unsigned type holds the bits of a float, and the bits of a quiet NaN with sign and payload.
_NAN_BITS = {2: (np.uint16, 0xFE2A), 4: (np.uint32, 0xFFC0_0123), 8: (np.uint64, 0xFFF8_0000_DEAD_BEEF)}

_WORDS = ["bc", "", "xyz", "ß", "日本", "a😀"]


def dtype_of(case: dict[str, Any]) -> np.dtype[Any]:
    """The dtype in native byte order; object stands for ``string``, whose elements are str."""
    dtype = case["dtype"]
    if dtype == "string":
        return np.dtype(object)
    return np.dtype([tuple(field) for field in dtype] if isinstance(dtype, list) else dtype)


def fill_scalar(case: dict[str, Any]) -> np.generic:
    """The fill value as a scalar of the case's dtype; null (format 2 only) reads as zero."""
    dtype, fill = dtype_of(case), case["fill"]
    if fill is None:
        return dtype.type(0)
    if dtype.names:
        return np.array(tuple(fill), dtype)[()]
    if dtype.kind in "OSUmM":
        return np.array(fill, dtype)[()]
    if dtype.kind == "c":
        # Not re + 1j * im: that sum loses signed zeros and turns infinities to NaN.
        part = np.dtype(f"f{dtype.itemsize // 2}")
        return np.array([float(part_value) for part_value in fill], part).view(dtype)[0]
    return dtype.type(float(fill) if dtype.kind == "f" else fill)


def values(dtype: np.dtype[Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Values of all sizes for a whole array, the extremes of the dtype first."""
    size = int(np.prod(shape, dtype=np.int64))
    parts = 2 if dtype.kind == "c" else 1
    mixed = (np.arange(size * parts, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E37_79B9_7F4A_7C15)
    if dtype.kind == "b":
        flat = (mixed >> np.uint64(63)).astype(dtype)
    elif dtype.kind in "iu":
        flat = (mixed >> np.uint64(64 - 8 * dtype.itemsize)).astype(dtype)
        info = np.iinfo(dtype)
        extremes = np.array([info.min, info.max], dtype)[:size]
        flat[: extremes.size] = extremes
    elif dtype.names:
        flat = np.empty(size, dtype)
        for name in dtype.names:
            flat[name] = values(dtype[name], (size,))
    elif dtype.kind in "mM":
        # The smallest integer, which comes first, is NaT.
        flat = (values(np.dtype(np.int64), (size,)) >> np.int64(20)).view(dtype)
        flat[:1] = "NaT"
    elif dtype.kind in "OSU":
        words = _WORDS[:3] if dtype.kind == "S" else _WORDS
        flat = np.array([words[index] for index in mixed % np.uint64(len(words))], dtype)
    elif dtype.kind == "f":
        flat = _floats(dtype, mixed)
    else:
        flat = _floats(np.dtype(f"f{dtype.itemsize // 2}"), mixed).view(dtype)
    return flat.reshape(shape)


def _floats(dtype: np.dtype[Any], mixed: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    # Eighths between -125 and 125 are exact in float16 already.
    flat = ((mixed >> np.uint64(40)) % np.uint64(2001)).astype(np.float64)
    flat = ((flat - 1000) / 8).astype(dtype)
    info = np.finfo(dtype)
    special = [-0.0, np.inf, -np.inf, np.nan, info.max, info.min, info.smallest_subnormal, info.tiny]
    extremes = np.array([1.5, *special, 0], dtype)
    unsigned, nan_bits = _NAN_BITS[dtype.itemsize]
    extremes.view(unsigned)[-1] = nan_bits
    extremes = extremes[: flat.size]
    flat[: extremes.size] = extremes
    return flat


def boxes(case: dict[str, Any]) -> list[tuple[slice, ...]]:
    """The regions that were written, each as one slice per dimension; the whole array when none are given."""
    if case.get("regions") is None:
        return [tuple(slice(0, length) for length in case["shape"])]
    return [tuple(slice(*bounds) for bounds in region) for region in case["regions"]]


def expected(case: dict[str, Any]) -> np.ndarray[Any, Any]:
    """What a reader must get for the whole array, bit for bit, in native byte order."""
    dtype, shape = dtype_of(case), tuple(case["shape"])
    source = values(dtype, shape)
    result = np.empty(shape, dtype)
    result[...] = fill_scalar(case)
    for box in boxes(case):
        result[box] = source[box]
    return result
