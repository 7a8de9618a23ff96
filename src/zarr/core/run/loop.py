"""One event loop in a background thread, started when first needed and made anew after a fork."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Coroutine
from contextvars import ContextVar, copy_context
from typing import Any, Generic, TypeVar

from zarr.core.config import settings
from zarr.core.run.lazy import asyncio, futures, running_loop
from zarr.errors import SyncError

__all__ = ["background_loop", "halted_loop", "on_loop", "stop_loop"]

T = TypeVar("T")

_lock = threading.RLock()
_loop: asyncio.AbstractEventLoop | None = None
_thread: threading.Thread | None = None
_of_parents: list[asyncio.AbstractEventLoop | None] = []  # kept: a loop that is closed here closes there
_halted: ContextVar[asyncio.AbstractEventLoop | None] = ContextVar("zarr_halted", default=None)

CANCEL_GRACE_SECONDS = 5.0
"""How long a cancelled operation may take to wind up before its caller goes on."""

STOP_GRACE_SECONDS = 1.0
"""The same for those that run when the loop is stopped."""


def background_loop() -> asyncio.AbstractEventLoop:
    """The loop, running in its thread."""
    global _loop, _thread
    with _lock:
        if _loop is None or _loop.is_closed():
            loop = asyncio.new_event_loop()
            thread = threading.Thread(target=_serve, args=(loop,), name="zarr_io", daemon=True)
            thread.start()
            _loop, _thread = loop, thread
        return _loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    """Run the loop until it is stopped; an exit that an operation raises is its caller's, not the loop's."""
    while True:
        try:
            return loop.run_forever()
        except (SystemExit, KeyboardInterrupt):
            pass


def halted_loop() -> asyncio.AbstractEventLoop | None:
    """The loop that stands still until this coroutine has ended, because its thread waits for it."""
    return _halted.get()


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
    if timeout is None:
        timeout = settings.get("async.timeout", None)
    job = _Job(coro)
    try:
        job.send(loop)
        return job.outcome.result(timeout)
    except BaseException as error:
        if job.loop is None:
            coro.close()
            raise
        if job.outcome.done():
            raise
        job.stop()
        if isinstance(error, TimeoutError):
            raise TimeoutError(
                f"not done within {timeout} s, the timeout in use (see `async.timeout`)"
            ) from None
        raise
    finally:
        del job  # an error refers to this frame: let the frame not refer to the error


class _Job(Generic[T]):
    """A coroutine that is run on the loop of another thread."""

    def __init__(self, coro: Coroutine[Any, Any, T]) -> None:
        self.coro = coro
        self.outcome: futures.Future[T] = futures.Future()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.task: asyncio.Task[T] | None = None

    def send(self, loop: asyncio.AbstractEventLoop | None) -> None:
        caller = running_loop()
        context = copy_context()
        context.run(_halted.set, caller)
        with _lock:  # so that the loop is not stopped meanwhile
            if loop is None:
                loop = background_loop()
            if loop is caller:
                raise SyncError(
                    "Calling sync() from within a running loop: await the asynchronous form instead."
                )
            self.loop = loop  # before the call, behind which a Ctrl-C may come
            try:
                loop.call_soon_threadsafe(self._start, context=context)
            except RuntimeError:  # it is closed
                self.loop = None
                raise

    def _start(self) -> None:
        try:
            self.task = asyncio.get_running_loop().create_task(self.coro)
        except Exception as error:  # it is no coroutine
            self.outcome.set_exception(error)
        else:
            self.task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[T]) -> None:
        try:
            self.outcome.set_result(task.result())
        except BaseException as error:
            self.outcome.set_exception(error)
        finally:
            del self, task  # as in on_loop

    def stop(self) -> None:
        """Cancel it, and wait until it has wound up."""
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self._cancel)
        try:
            self.outcome.exception(CANCEL_GRACE_SECONDS)
        except BaseException:  # a second Ctrl-C, or not wound up yet: the first error goes to the caller
            pass

    def _cancel(self) -> None:
        if self.task is not None:
            self.task.cancel()
        elif not self.outcome.done():  # the Ctrl-C came before the loop had the coroutine
            self.coro.close()
            self.outcome.cancel()


def stop_loop() -> None:
    """Stop the loop and its thread, and cancel what runs there; a later use starts them again."""
    global _loop, _thread
    with _lock:
        loop, thread, _loop, _thread = _loop, _thread, None, None
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(lambda: loop.create_task(_wind_up()))
    if thread is not threading.current_thread():
        thread.join(timeout=STOP_GRACE_SECONDS + 0.5)
    if not thread.is_alive():
        loop.close()


async def _wind_up() -> None:
    loop = asyncio.get_running_loop()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=STOP_GRACE_SECONDS)
    loop.call_soon(loop.stop)  # after the callbacks that hand the results on


def _forget() -> None:
    global _lock, _loop, _thread
    _of_parents.append(_loop)
    _lock, _loop, _thread = threading.RLock(), None, None
    settings.unlock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
atexit.register(stop_loop)
