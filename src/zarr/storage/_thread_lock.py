"""A lock for the threads of this process. A forked child has it anew: who held it may not be there any more."""

from __future__ import annotations

import os
import threading
from weakref import WeakSet

__all__ = ["ThreadLock"]

_all: WeakSet[ThreadLock] = WeakSet()


class ThreadLock:
    """A reentrant lock, used by ``with``, that is free in a forked child."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        _all.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *exc: object) -> None:
        self._lock.release()

    def __reduce__(self) -> tuple[type[ThreadLock], tuple[()]]:
        return ThreadLock, ()


def _renew() -> None:
    for lock in _all:
        lock._lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
