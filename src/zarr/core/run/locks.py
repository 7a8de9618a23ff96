"""Locks per key and per node, within this process: whoever patches a stored value holds its key's lock.

Each name has a lock of its own, which lives as long as somebody holds it or waits for it. A thread or coroutine holds
one of a kind at a time, and takes a node's before a key's, so they cannot block each other for good; nor can a store
whose methods use other arrays.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Hashable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary, ref

from zarr.core.run.inline import is_inline
from zarr.core.run.lazy import asyncio, running_loop
from zarr.core.run.loop import halted_loop
from zarr.core.run.pool import call
from zarr.errors import SyncError

__all__ = ["entered", "key_lock", "locked", "new_turn"]

_locks: dict[Hashable, ref[threading.Lock]] = {}
_holders: dict[threading.Lock, asyncio.AbstractEventLoop] = {}
"""The loops whose coroutines hold locks."""
_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, WeakKeyDictionary[threading.Lock, asyncio.Lock]] = (
    WeakKeyDictionary()
)
"""For the coroutines of one loop, which take turns without asking again and again."""
_LONGEST_WAIT_SECONDS = 0.01
"""Before a lock that a thread or another loop has is tried again."""


def new_turn() -> AbstractContextManager[object]:
    """What threads take turns by: ``with``."""
    return threading.Lock()


def _lock(name: Hashable) -> threading.Lock:
    """The lock of this name. A dead one takes its entry away itself: only then is there room for another."""
    while True:
        lock = threading.Lock()
        found = _locks.setdefault(name, ref(lock, partial(_locks.pop, name)))()
        if found is not None:
            return found


def key_lock(scope: Hashable, key: str) -> threading.Lock:
    """The lock for a key of the store with this scope; use it by ``with``.

    Raises
    ------
    SyncError
        If a coroutine has the lock whose loop stands still for this call, and so would for good.
    """
    lock = _lock((scope, key))
    if _holders:
        _check_holder(lock, running_loop())
    return lock


def _check_holder(lock: threading.Lock, halted: asyncio.AbstractEventLoop | None) -> None:
    if halted is not None and _holders.get(lock) is halted:
        raise SyncError(
            "A coroutine that is awaited on this thread's event loop is changing the same key, and cannot go "
            "on while a blocking call holds the loop up: await the asynchronous form here too."
        )


class locked:
    """The same lock for coroutines: ``async with locked(...)``. On a loop it does not block the loop.

    It raises SyncError as ``key_lock`` does. With ``node``, it is the lock of the node at this path.
    """

    def __init__(self, scope: Hashable, key: str, *, node: bool = False) -> None:
        self._lock = _lock((scope, key, "node") if node else (scope, key))
        self._turn: asyncio.Lock | None = None

    async def __aenter__(self) -> None:
        if is_inline():
            while not self._lock.acquire(timeout=_LONGEST_WAIT_SECONDS):
                _check_holder(self._lock, running_loop())
            return
        loop = asyncio.get_running_loop()
        turn = _turns.setdefault(loop, WeakKeyDictionary()).setdefault(self._lock, asyncio.Lock())
        await turn.acquire()
        try:
            seconds = 0.0
            while not self._lock.acquire(blocking=False):
                _check_holder(self._lock, halted_loop())
                await asyncio.sleep(seconds)
                seconds = min(seconds + 0.001, _LONGEST_WAIT_SECONDS)
        except BaseException:
            turn.release()
            raise
        self._turn = turn
        _holders[self._lock] = loop

    async def __aexit__(self, *exc: object) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            _holders.pop(self._lock, None)
        self._lock.release()
        if turn is not None:
            turn.release()


class entered:
    """A context manager whose beginning may block, for coroutines: ``async with entered(context)``."""

    def __init__(self, context: AbstractContextManager[object] | None) -> None:
        self._context = context
        self._inside = False

    def _enter(self) -> object:
        given = None
        if self._context is not None:
            given = self._context.__enter__()
            self._inside = True
        return given

    async def __aenter__(self) -> object:
        if self._context is None:
            return None
        try:
            return await call(self._enter)
        except BaseException:  # it may be inside all the same, if it is this coroutine that was cancelled
            await self.__aexit__(None, None, None)
            raise

    async def __aexit__(self, *exc: Any) -> None:
        if self._context is not None and self._inside:
            self._inside = False
            self._context.__exit__(*exc)


def _forget() -> None:
    global _locks
    _locks = {}  # not emptied: the old locks still take their entries out of the old one
    _holders.clear()
    _turns.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
