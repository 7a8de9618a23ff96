"""A cache that is bounded in bytes and forgets what was used least recently; threads share it."""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

__all__ = ["BoundedCache"]

T = TypeVar("T")

_all: weakref.WeakSet[BoundedCache[object]] = weakref.WeakSet()


class BoundedCache(Generic[T]):
    """Values by key, up to a number of bytes.

    Parameters
    ----------
    max_bytes
        How many bytes all values may have together; one that has more is not kept.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._forget()
        _all.add(self)  # type: ignore[arg-type]

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self.nbytes = 0

    def get(self, key: Hashable) -> T | None:
        """The value of a key, if it is here."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: T, nbytes: int) -> None:
        """Keep a value, and let go of the oldest if there is no room."""
        with self._lock:
            self._drop(key)
            if nbytes > self.max_bytes:
                return
            self._values[key] = value, nbytes
            self.nbytes += nbytes
            while self.nbytes > self.max_bytes:
                self._drop(next(iter(self._values)))

    def resize(self, max_bytes: int) -> None:
        """Change how many bytes there is room for."""
        with self._lock:
            self.max_bytes = max_bytes
            while self.nbytes > self.max_bytes:
                self._drop(next(iter(self._values)))

    def drop(self, key: Hashable) -> None:
        """Forget a key."""
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
            self.nbytes = 0

    def __len__(self) -> int:
        return len(self._values)

    def _drop(self, key: Hashable) -> None:
        found = self._values.pop(key, None)
        if found is not None:
            self.nbytes -= found[1]


def _after_fork() -> None:
    for cache in list(_all):  # another thread may have held the lock
        cache._forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
