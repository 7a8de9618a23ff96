"""Where the methods of an fsspec filesystem run, for each has its own place and breaks in any other.

    in threads             filesystems without coroutines
    on fsspec's loop       those made in the ordinary way: their connections belong to that loop
    on the caller's loop   those made with ``asynchronous=True``: one instance for each loop

What is cancelled is waited for, so that no write goes on after its caller has gone.
"""

from __future__ import annotations

import os
import weakref
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from zarr.core.run.lazy import asyncio, futures
from zarr.core.run.loop import CANCEL_GRACE_SECONDS

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future, Task

__all__ = ["Calls", "InThreads", "calls_of", "protocols_of"]

_THREADS = 32
_ONE_AT_A_TIME = {"ftp", "sftp", "ssh", "tar", "libarchive", "git"}
"""Protocols of filesystems that hold one connection or file and must not be called from two threads."""


class Calls(ABC):
    """Calls methods of a filesystem by their names without an underscore, and functions of the filesystem."""

    def __init__(self, fs: Any) -> None:
        self.fs = fs

    @abstractmethod
    async def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function with the filesystem as its first argument, where the filesystem can work."""

    async def __call__(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return await self.run(_method, method, *args, **kwargs)

    def has_parameter(self, method: str, parameter: str) -> bool:
        """Whether a method has a parameter of this name."""
        code = getattr(getattr(getattr(self.fs, self.real(method), None), "__func__", None), "__code__", None)
        return code is not None and parameter in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

    def real(self, method: str) -> str:
        """The name that a method has on this filesystem."""
        return "_" + method


def calls_of(fs: Any) -> Calls:
    """The right way to call a filesystem."""
    if not getattr(fs, "async_impl", False):
        return InThreads(fs)
    inner = getattr(fs, "sync_fs", None)  # of a filesystem without coroutines, wrapped by fsspec
    if inner is not None:
        return InThreads(inner)
    return OnCallersLoop(fs) if fs.asynchronous else OnItsLoop(fs)


def _method(fs: Any, method: str, *args: Any, **kwargs: Any) -> Awaitable[Any]:
    return getattr(fs, "_" + method)(*args, **kwargs)  # type: ignore[no-any-return]


def protocols_of(fs: Any) -> set[str]:
    """The protocols of a filesystem and of those inside it."""
    own = {fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol)
    inner = getattr(fs, "fs", None)
    return own | protocols_of(inner) if hasattr(inner, "protocol") else own


async def _wound_up(outcome: Future[Any]) -> None:
    """Wait until what was cancelled has ended; nobody asks for its error any more."""
    outcome.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    await asyncio.wait([outcome], timeout=CANCEL_GRACE_SECONDS)


# --- in threads

_executors: dict[object, futures.ThreadPoolExecutor] = {}
"""The threads that all share, by None, and those of filesystems that are called one at a time."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_executors.clear)


class InThreads(Calls):
    """Calls blocking methods in threads, of some filesystems one at a time."""

    def __init__(self, fs: Any) -> None:
        super().__init__(fs)
        self._pid = os.getpid()
        self._of_it_alone = bool(protocols_of(fs) & _ONE_AT_A_TIME)
        if self._of_it_alone:
            weakref.finalize(self, _end_threads, id(self))

    def real(self, method: str) -> str:
        return method

    async def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        job = self._threads().submit(function, self.fs, *args, **kwargs)
        outcome = asyncio.wrap_future(job)
        try:
            return await asyncio.shield(outcome)
        except asyncio.CancelledError:
            if not job.cancel():
                await _wound_up(outcome)
            raise

    async def __call__(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return await self.run(_blocking_method, method, *args, **kwargs)

    def _threads(self) -> futures.ThreadPoolExecutor:
        key, most = (id(self), 1) if self._of_it_alone else (None, _THREADS)
        if self._of_it_alone and self._pid != os.getpid():  # the connection is the parent's
            self.fs, self._pid = made_anew(self.fs), os.getpid()
        found = _executors.get(key)
        if found is None:
            new = futures.ThreadPoolExecutor(most, thread_name_prefix="zarr_fsspec")
            found = _executors.setdefault(key, new)
        return found


def _blocking_method(fs: Any, method: str, *args: Any, **kwargs: Any) -> Any:
    return getattr(fs, method)(*args, **kwargs)


def _end_threads(key: int) -> None:
    executor = _executors.pop(key, None)
    if executor is not None:
        executor.shutdown(wait=False)


# --- on fsspec's loop


class OnItsLoop(Calls):
    """Calls coroutines on the loop that fsspec runs in a thread of its own."""

    async def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.fs._pid != os.getpid():  # forked: neither the loop nor its connections are here
            self.fs = made_anew(self.fs, asynchronous=False)
        loop = self.fs.loop
        job = partial(function, self.fs, *args, **kwargs)
        if loop is asyncio.get_running_loop():
            return await job()
        return await _hop(loop, job)


async def _hop(there: AbstractEventLoop, job: Callable[[], Any]) -> Any:
    """Await a coroutine on another loop."""
    here = asyncio.get_running_loop()
    outcome: Future[Any] = here.create_future()
    tasks: list[Task[Any]] = []

    def start() -> None:
        task = there.create_task(_await(job))
        tasks.append(task)
        task.add_done_callback(end)

    def end(task: Task[Any]) -> None:
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        try:
            here.call_soon_threadsafe(deliver, error, None if error else task.result())
        except RuntimeError:  # the caller's loop has been closed
            pass

    def deliver(error: BaseException | None, result: Any) -> None:
        if outcome.done():
            return
        if error is None:
            outcome.set_result(result)
        elif isinstance(error, asyncio.CancelledError):
            outcome.cancel()
        else:
            outcome.set_exception(error)

    there.call_soon_threadsafe(start)
    try:
        return await asyncio.shield(outcome)
    except asyncio.CancelledError:
        if not outcome.done():
            there.call_soon_threadsafe(lambda: tasks[0].cancel())
        await _wound_up(outcome)
        raise


async def _await(job: Callable[[], Awaitable[Any]]) -> Any:
    return await job()


# --- on the caller's loop


class OnCallersLoop(Calls):
    """Calls coroutines where the caller is; a second loop gets an instance of its own.

    All stores over a filesystem share these instances, which it holds itself, for fsspec hands out the same
    filesystem again and again, with the connections of whatever loop came first.
    """

    def __init__(self, fs: Any) -> None:
        super().__init__(fs)
        self._of_loop: WeakKeyDictionary[AbstractEventLoop, Any] = fs.__dict__.setdefault(
            "_zarr_of_loop", WeakKeyDictionary()
        )

    async def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        loop = asyncio.get_running_loop()
        fs = self._of_loop.get(loop)
        if fs is None:
            fs = self._of_loop[loop] = self._instance_for(loop)
        return await function(fs, *args, **kwargs)

    def _instance_for(self, loop: AbstractEventLoop) -> Any:
        first = self.fs.__dict__.setdefault("_zarr_first_loop", ref(loop))
        if first() is loop and self.fs._pid == os.getpid():
            return self.fs
        return made_anew(self.fs, asynchronous=True)


def made_anew(fs: Any, **options: bool) -> Any:
    """A filesystem like another one, with connections of its own."""
    old = {name: _renewed(value, options) for name, value in fs.storage_options.items() if name != "loop"}
    args = [_renewed(value, options) for value in fs.storage_args]
    return type(fs)(*args, **{**old, **options, "skip_instance_cache": True})


def _renewed(value: Any, options: dict[str, bool]) -> Any:
    is_filesystem = hasattr(value, "async_impl") and hasattr(value, "storage_args")
    return made_anew(value, **(options if value.async_impl else {})) if is_filesystem else value
