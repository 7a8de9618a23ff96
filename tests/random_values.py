"""Random values for arrays of any fixed-size data type."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["values"]


def values(shape: tuple[int, ...], dtype: np.dtype[Any], seed: int) -> Any:
    """Random bytes, at times with much of the fill value (zeros) between them, in either order in memory."""
    rng = np.random.default_rng(seed)
    if dtype.kind == "U":
        return rng.choice(np.array(["", "", "a", "xy"], dtype), shape)
    data = np.frombuffer(rng.bytes(int(np.prod(shape)) * dtype.itemsize), dtype).reshape(shape).copy()
    if rng.integers(2):
        data[rng.random(shape) < 0.9] = np.zeros((), dtype)
    return np.asfortranarray(data).reshape(shape) if rng.integers(2) else data
