"""One event loop in a background thread, started when first needed and made anew after a fork."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from zarr.core.config import config
from zarr.errors import SyncError

__all__ = ["background_loop", "on_loop", "stop_loop"]

T = TypeVar("T")

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_thread: threading.Thread | None = None

CANCEL_GRACE_SECONDS = 5.0
"""How long a cancelled operation may take to wind up before its caller goes on."""


def background_loop() -> asyncio.AbstractEventLoop:
    """The loop, running in its thread."""
    global _loop, _thread
    with _lock:
        if _loop is None or _loop.is_closed():
            _loop = asyncio.new_event_loop()
            _thread = threading.Thread(target=_loop.run_forever, name="zarr_io", daemon=True)
            _thread.start()
        return _loop


def on_loop(
    coro: Coroutine[Any, Any, T],
    loop: asyncio.AbstractEventLoop | None = None,
    timeout: float | None = None,
) -> T:
    """Run a coroutine, fresh or half-run, on a loop in another thread and wait for it.

    Parameters
    ----------
    coro
        The coroutine.
    loop
        The background loop where None.
    timeout
        Seconds; the configuration's ``async.timeout`` where None. TimeoutError after it.

    Raises
    ------
    SyncError
        If called on the loop's own thread, which would wait for itself.
    """
    if loop is None:
        loop = background_loop()
    if asyncio._get_running_loop() is loop:
        coro.close()
        raise SyncError("Calling sync() from within a running loop: await the asynchronous form instead.")
    if timeout is None:
        timeout = config.get("async.timeout", None)
    outcome: Future[T] = Future()
    tasks: list[asyncio.Task[T]] = []

    def start() -> None:
        tasks.append(loop.create_task(coro))
        tasks[0].add_done_callback(lambda task: _pass_on(task, outcome))

    loop.call_soon_threadsafe(start)
    try:
        return outcome.result(timeout)
    except BaseException:
        if not outcome.done():
            loop.call_soon_threadsafe(lambda: tasks and tasks[0].cancel())
            _wait(outcome)
        raise


def _pass_on(task: asyncio.Task[T], outcome: Future[T]) -> None:
    if task.cancelled():
        outcome.set_exception(asyncio.CancelledError())
    elif (error := task.exception()) is not None:
        outcome.set_exception(error)
    else:
        outcome.set_result(task.result())


def _wait(outcome: Future[Any]) -> None:
    try:
        outcome.exception(CANCEL_GRACE_SECONDS)
    except BaseException:  # a second Ctrl-C, or still not wound up: the first error goes to the caller
        pass


def stop_loop() -> None:
    """Stop the loop and its thread; a later use starts them again."""
    global _loop, _thread
    with _lock:
        loop, thread, _loop, _thread = _loop, _thread, None, None
    if loop is None or thread is None:
        return
    loop.call_soon_threadsafe(loop.stop)
    thread.join(timeout=0.5)
    if not thread.is_alive():
        loop.close()


def _forget() -> None:
    global _lock, _loop, _thread
    _lock, _loop, _thread = threading.Lock(), None, None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
atexit.register(stop_loop)
