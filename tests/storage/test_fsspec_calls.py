"""Where methods of filesystems run: threads, fsspec's loop, the caller's; after errors, cancelling and a fork."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from typing import Any

import fsspec
import pytest
from dictionary_filesystem import Dictionary
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.spec import AbstractFileSystem

from zarr.storage import _fsspec_calls
from zarr.storage._fsspec_calls import InThreads, OnCallersLoop, OnItsLoop, calls_of, protocols_of


class Meter(MemoryFileSystem):
    """Counts how many are inside at once."""

    cachable = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = self.inside = 0
        self.lock = threading.Lock()

    def touch_it(self) -> int:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        time.sleep(0.01)
        with self.lock:
            self.inside -= 1
        return os.getpid()


class OneConnection(Meter):
    protocol = ("sftp", "ssh")


def test_each_kind_has_its_place() -> None:
    assert isinstance(calls_of(fsspec.filesystem("memory")), InThreads)
    assert isinstance(calls_of(Dictionary()), OnItsLoop)
    assert isinstance(calls_of(Dictionary(asynchronous=True)), OnCallersLoop)


@pytest.mark.parametrize(("cls", "expected"), [(Meter, range(2, 9)), (OneConnection, [1])])
async def test_threads_at_once(cls: type[Meter], expected: Any) -> None:
    fs = cls()
    call = calls_of(fs)
    await asyncio.gather(*(call("touch_it") for _ in range(8)))
    assert fs.most in expected


def test_protocols_of_what_is_inside_count() -> None:
    assert "sftp" in protocols_of(DirFileSystem("a", OneConnection()))
    assert protocols_of(Meter()) == {"memory"}


async def test_threads_of_one_filesystem_end_with_it() -> None:
    call = calls_of(OneConnection())
    await call("touch_it")
    before = len(_fsspec_calls._executors)
    del call
    gc.collect()
    assert len(_fsspec_calls._executors) == before - 1


@pytest.mark.parametrize("fs", [Dictionary(), Dictionary(asynchronous=True), fsspec.filesystem("memory")])
async def test_errors_and_results_come_back(fs: AbstractFileSystem) -> None:
    call = calls_of(fs)
    with pytest.raises(FileNotFoundError):
        await call("cat_file", "/none")
    with pytest.raises((AttributeError, TypeError)):
        await call("no_such_method")
    await call("pipe_file", "/k", b"x")
    assert await call("cat_file", "/k") == b"x"


def test_parameters_of_methods() -> None:
    call = calls_of(Dictionary())
    assert call.has_parameter("pipe_file", "mode")
    assert not call.has_parameter("pipe_file", "bogus")
    assert not call.has_parameter("no_such_method", "mode")
    assert calls_of(fsspec.filesystem("memory")).has_parameter("pipe_file", "mode")


class Slow(Dictionary):
    """Its writes take a while, and say when they have ended."""

    ended = 0

    async def _pipe_file(self, path: str, value: bytes, **kwargs: Any) -> None:  # type: ignore[override]
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.02)
            type(self).ended += 1


@pytest.mark.parametrize("asynchronous", [True, False])
async def test_what_is_cancelled_has_ended_when_the_caller_goes_on(asynchronous: bool) -> None:
    Slow.ended = 0
    task = asyncio.create_task(calls_of(Slow(asynchronous=asynchronous))("pipe_file", "k", b"x"))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert Slow.ended == 1


@pytest.mark.parametrize("fs", [Dictionary(), fsspec.filesystem("memory")])
async def test_error_of_what_is_cancelled_is_no_news(fs: AbstractFileSystem) -> None:
    heard: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(context))
    for steps in range(6):
        task = asyncio.create_task(calls_of(fs)("cat_file", "/none"))
        await asyncio.sleep(steps / 3000)
        task.cancel()
        with pytest.raises((asyncio.CancelledError, FileNotFoundError)):
            await task
    del task
    await asyncio.sleep(0.01)
    gc.collect()
    assert not heard


async def test_cancelled_before_it_began() -> None:
    call = calls_of(Dictionary())
    task = asyncio.create_task(call("pipe_file", "k", b"x"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(FileNotFoundError):
        await call("cat_file", "k")


def test_filesystems_inside_are_made_anew_too() -> None:
    inner = Dictionary(asynchronous=True)
    outer = DirFileSystem("a", inner, asynchronous=True)
    again = _fsspec_calls.made_anew(outer, asynchronous=False)
    assert isinstance(again, DirFileSystem)
    assert again.fs is not inner
    assert (again.asynchronous, again.fs.asynchronous) == (False, False)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("cls", [Meter, OneConnection])
def test_threads_are_new_after_a_fork(cls: type[Meter]) -> None:
    fs = cls()
    call = calls_of(fs)
    assert asyncio.run(call("touch_it")) == os.getpid()
    pid = os.fork()
    if pid == 0:
        there = asyncio.run(asyncio.wait_for(call("touch_it"), 10))
        renewed = call.fs is not fs
        os._exit(0 if there == os.getpid() and renewed == (cls is OneConnection) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
