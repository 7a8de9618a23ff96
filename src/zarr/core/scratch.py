"""Memory for one chunk, used again and again: a first touch of fresh memory costs as much as the copy into it.

Each thread keeps what was given back last. Large memory it keeps only while it works on many chunks (``share_out``).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["borrow", "give_back", "keeping_large"]

_SMALL = 1 << 20
"""Bytes that a thread keeps for good."""


class _Kept(threading.local):
    memory: npt.NDArray[np.uint8] | None = None
    large: bool = False


_kept = _Kept()


def borrow(nbytes: int) -> npt.NDArray[np.uint8]:
    """At least so many bytes, of any content, that nobody else has."""
    memory, _kept.memory = _kept.memory, None
    return np.empty(nbytes, np.uint8) if memory is None or memory.size < nbytes else memory


def give_back(memory: npt.NDArray[np.uint8]) -> None:
    """Let others have the memory, of which nothing may be in use any more. What is not given back is freed."""
    if memory.size <= _SMALL or _kept.large:
        _kept.memory = memory


@contextmanager
def keeping_large() -> Iterator[None]:
    """Keep large memory too, until the end."""
    before, _kept.large = _kept.large, True
    try:
        yield
    finally:
        _kept.large = before
        if not before and _kept.memory is not None and _kept.memory.size > _SMALL:
            _kept.memory = None
