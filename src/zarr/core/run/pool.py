"""The process-wide pool of threads, and work shared out over it.

The thread that calls works too, so one item never leaves it, and a pool that is busy never blocks it. A
thread that helps another does not share out again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, ParamSpec, TypeVar

from zarr.core.config import settings
from zarr.core.run.helpers import Helpers
from zarr.core.run.inline import is_inline
from zarr.core.run.lazy import asyncio, futures
from zarr.core.scratch import keeping_large

__all__ = ["ask", "call", "executor", "share_out", "stop_pool", "workers"]

P = ParamSpec("P")
T = TypeVar("T")

_MOST_AT_ONCE = 64
_SHARES = 2
"""A thread draws this part of what would be its own, of what is left: so all end at about the same time."""

_lock = threading.RLock()
_executor: futures.ThreadPoolExecutor | None = None
_helpers = Helpers()
_size = 0
_busy = 0
"""How many threads are sharing work at the moment."""
_here = threading.local()


def workers() -> int:
    """How many threads work at once: ``threading.max_workers``, or the processors this process may use."""
    wanted = settings.get("threading.max_workers", None)
    if wanted is not None:
        return max(1, int(wanted))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def executor() -> futures.ThreadPoolExecutor:
    """The pool, of the size that the configuration asks for now."""
    global _executor, _size
    size = max(workers(), 4)
    with _lock:
        if _executor is None or _size != size:
            old, _size = _executor, size
            _executor = futures.ThreadPoolExecutor(size, thread_name_prefix="zarr_pool")
            if old is not None:
                old.shutdown(wait=False)
        return _executor


def _submit(function: Callable[[], T]) -> futures.Future[T]:
    with _lock:  # so that no other thread shuts the pool down before it has the work
        return executor().submit(function)


async def call(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call blocking code from a coroutine: here where driven inline, else in the pool.

    When the coroutine is cancelled, the items that the code shares out and that have not begun never do, and
    what runs is waited for.
    """
    if is_inline():
        return function(*args, **kwargs)
    stop = threading.Event()

    def work() -> T:
        _here.stop = stop
        try:
            return function(*args, **kwargs)
        finally:
            del _here.stop

    future = _submit(work)
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        stop.set()
        if not future.done():
            rest = asyncio.wrap_future(future)
            rest.add_done_callback(lambda rest: rest.cancelled() or rest.exception())  # nobody asks for it
            await asyncio.wait([rest])
        raise


async def ask(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a user's code, which may make blocking calls: not on a loop that these need, nor in the pool."""
    if is_inline():
        return function(*args, **kwargs)
    return await asyncio.to_thread(function, *args, **kwargs)


class _Shared(Iterable[T]):
    """Items that several threads draw from, until one of them fails or the caller is cancelled.

    Of ``count`` items a thread draws several at once, and fewer towards the end: neighbours often lie in one directory,
    or in one page of memory, where threads would wait for each other.
    """

    def __init__(
        self, items: Iterable[T], stop: threading.Event | None, count: int = 0, threads: int = 1
    ) -> None:
        self._items = iter(items)
        self._lock = threading.Lock()
        self._stop = stop
        self._left = count
        self._shares = _SHARES * threads
        self._helping = 0
        self._closed = False
        self._all_ended = threading.Lock()
        self._all_ended.acquire()
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[T]:
        while drawn := self._draw():
            for item in drawn:
                if self.error is not None:
                    return
                if self._stop is not None and self._stop.is_set():
                    raise asyncio.CancelledError
                yield item

    def _draw(self) -> list[T]:
        with self._lock:
            if self.error is not None:
                return []
            most = max(1, min(-(-self._left // self._shares), _MOST_AT_ONCE))
            drawn = list(islice(self._items, most))
            self._left -= len(drawn)
            return drawn

    def fail(self, error: BaseException) -> None:
        """Let nobody draw any more."""
        with self._lock:
            self.error = self.error or error

    def begin(self) -> bool:
        """Whether a helper may begin; if so it says when it has come to its ``end``."""
        with self._lock:
            if not self._closed:
                self._helping += 1
            return not self._closed

    def end(self) -> None:
        """Say that a helper has ended."""
        with self._lock:
            self._helping -= 1
            if self._closed and not self._helping:
                self._all_ended.release()

    def join(self) -> None:
        """Wait for the helpers that have begun; no other will."""
        with self._lock:
            self._closed = True
            waits = self._helping > 0
        if waits:
            self._all_ended.acquire()


def share_out(function: Callable[[T], Any], items: Iterable[T], threads: int, *, count: int = 0) -> None:
    """Call ``function`` with every item, on this thread and up to ``threads - 1`` of the pool.

    ``count`` is how many items there are: of many, a thread takes several at once. When a call raises, nothing new
    begins, what runs is waited for, and the error is raised.
    """
    stop: threading.Event | None = getattr(_here, "stop", None)
    if threads <= 1 or getattr(_here, "helps", False):
        with keeping_large():
            for item in items if stop is None else _Shared(items, stop):
                function(item)
        return
    claim = _Claim()
    try:
        mine = claim.take(threads)
        _work_together(function, _Shared(items, stop, count, threads), mine)
    finally:
        claim.release()


class _Claim:
    """Threads that are taken for one call, until it gives them back or, interrupted before it could, is gone."""

    __slots__ = ("_threads",)

    def __init__(self) -> None:
        self._threads = 0

    def take(self, threads: int) -> int:
        """How many of so many may work, the caller's among them: no more than are free while others share out."""
        global _busy
        with _lock:
            free = max(1, min(threads, max(workers(), threads) - _busy))
            self._threads, _busy = free, _busy + free
        return free

    def release(self) -> None:
        """Give them back."""
        global _busy
        with _lock:
            threads, self._threads = self._threads, 0
            _busy = max(0, _busy - threads)  # a fork in between begins at 0

    __del__ = release


def _work_together(function: Callable[[T], Any], shared: _Shared[T], threads: int) -> None:
    def work() -> None:
        try:
            with keeping_large():
                for item in shared:
                    function(item)
        except BaseException as error:
            shared.fail(error)

    def help_out() -> None:
        if not shared.begin():
            return
        _here.helps = True
        try:
            work()
        finally:
            _here.helps = False
            shared.end()

    try:
        most = max(workers(), threads) - 1
        for _ in range(threads - 1):
            _helpers.ask(help_out, most)
    except RuntimeError:  # the interpreter is about to exit, or has no thread left: this one works
        pass
    except BaseException as error:
        shared.fail(error)
    work()
    try:
        shared.join()
    except BaseException as error:  # an interrupt waits for the helpers too, a second one does not
        shared.fail(error)
        shared.join()
    failure, shared.error = shared.error, None
    if failure is not None:
        try:
            raise failure
        finally:
            del failure  # it refers to this frame: let the frame not refer to it


def stop_pool() -> None:
    """Shut the pool down; a later use starts it again."""
    global _executor, _helpers, _size
    with _lock:
        old, _executor, _size = _executor, None, 0
        helpers, _helpers = _helpers, Helpers()
    if old is not None:
        old.shutdown(wait=True, cancel_futures=True)
    helpers.stop()


def _forget() -> None:
    global _lock, _executor, _helpers, _size, _busy, _here
    _lock, _executor, _helpers, _size, _busy, _here = (
        threading.RLock(),
        None,
        Helpers(),
        0,
        0,
        threading.local(),
    )


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
