"""Locks per key, within this process: whoever patches a stored value holds its key's lock.

There is a fixed number of locks and a key always maps to the same one. A thread or coroutine holds one at a
time, so they cannot block each other for good.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Hashable

__all__ = ["key_lock", "locked"]

_STRIPES = 1021
_locks = [threading.Lock() for _ in range(_STRIPES)]
_WAIT_SECONDS = (0.0, 0.0, 0.001, 0.002, 0.005, 0.01)


def key_lock(scope: Hashable, key: str) -> threading.Lock:
    """The lock for a key of the store with this scope; use it by ``with``."""
    return _locks[hash((scope, key)) % _STRIPES]


class locked:
    """The same lock for coroutines on a loop, which must not block it: ``async with locked(...)``."""

    def __init__(self, scope: Hashable, key: str) -> None:
        self._lock = key_lock(scope, key)

    async def __aenter__(self) -> None:
        turn = 0
        while not self._lock.acquire(blocking=False):
            await asyncio.sleep(_WAIT_SECONDS[min(turn, len(_WAIT_SECONDS) - 1)])
            turn += 1

    async def __aexit__(self, *exc: object) -> None:
        self._lock.release()


def _forget() -> None:
    for i in range(_STRIPES):
        _locks[i] = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
