"""The process-wide pool of threads, and work shared out over it.

The thread that calls works too, so one item never leaves it, and a pool that is busy never blocks it. A
thread of the pool does not share out again.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from zarr.core.config import config
from zarr.core.run.inline import is_inline

__all__ = ["call", "executor", "share_out", "stop_pool", "workers"]

P = ParamSpec("P")
T = TypeVar("T")

_lock = threading.Lock()
_executor: ThreadPoolExecutor | None = None
_size = 0
_here = threading.local()


def workers() -> int:
    """How many threads work at once: ``threading.max_workers``, or the processors this process may use."""
    wanted = config.get("threading.max_workers", None)
    if wanted is not None:
        return max(1, int(wanted))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def executor() -> ThreadPoolExecutor:
    """The pool, of the size that the configuration asks for now."""
    global _executor, _size
    size = max(workers(), 4)
    with _lock:
        if _executor is None or _size != size:
            old, _size = _executor, size
            _executor = ThreadPoolExecutor(size, thread_name_prefix="zarr_pool", initializer=_mark)
            if old is not None:
                old.shutdown(wait=False)
        return _executor


def _mark() -> None:
    _here.in_pool = True


async def call(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call blocking code from a coroutine: here where driven inline, else in the pool."""
    if is_inline():
        return function(*args, **kwargs)
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(executor(), partial(function, *args, **kwargs))


class _Shared(Iterator[T]):
    """An iterator that several threads draw from, until one of them fails."""

    def __init__(self, items: Iterable[T]) -> None:
        self._items = iter(items)
        self._lock = threading.Lock()
        self.stopped = False

    def __next__(self) -> T:
        with self._lock:
            if self.stopped:
                raise StopIteration
            return next(self._items)


def share_out(function: Callable[[T], Any], items: Iterable[T], threads: int) -> None:
    """Call ``function`` with every item, on this thread and up to ``threads - 1`` of the pool.

    When a call raises, nothing new begins, what runs is waited for, and the error is raised.
    """
    if threads <= 1 or getattr(_here, "in_pool", False):
        for item in items:
            function(item)
        return
    shared = _Shared(items)

    def work() -> None:
        try:
            for item in shared:
                function(item)
        except BaseException:
            shared.stopped = True
            raise

    pool = executor()
    helpers: list[Future[None]] = [pool.submit(work) for _ in range(threads - 1)]
    try:
        work()
    finally:
        errors = [h.exception() for h in helpers if not h.cancel()]
    for error in errors:
        if error is not None:
            raise error


def stop_pool() -> None:
    """Shut the pool down; a later use starts it again."""
    global _executor, _size
    with _lock:
        old, _executor, _size = _executor, None, 0
    if old is not None:
        old.shutdown(wait=True, cancel_futures=True)


def _forget() -> None:
    global _lock, _executor, _size, _here
    _lock, _executor, _size, _here = threading.Lock(), None, 0, threading.local()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
