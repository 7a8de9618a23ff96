"""Inline drives: what is inline and what is not, stores that lie about waiting, and readable tracebacks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from run_stores import WaitingStore

import zarr
from zarr.core import run
from zarr.core.run import is_inline, settle, to_loop
from zarr.errors import SyncError
from zarr.storage import LocalStore, MemoryStore, WrapperStore


async def inline() -> bool:
    return is_inline()


class Called(MemoryStore):
    """A memory store that calls something when a value is read."""

    def __init__(self, function: Callable[[], Any]) -> None:
        super().__init__()
        self.function = function
        self.found: Any = None

    def get_sync(self, key: str, **kwargs: Any) -> Any:
        self.found = self.function()
        return super().get_sync(key, **kwargs)


# --- what is inline


def test_a_drive_is_inline_and_ends() -> None:
    assert run.run(inline())
    assert not is_inline()


async def test_a_drive_under_a_loop_is_inline_and_ends() -> None:
    assert not is_inline()
    assert run.run(inline())
    assert not is_inline()


def test_a_loop_below_a_drive_is_not_inline() -> None:
    async def outer() -> tuple[bool, bool, bool]:
        before = is_inline()
        below = asyncio.run(inline())
        return before, below, is_inline()

    assert run.run(outer()) == (True, False, True)


def test_a_drive_below_a_drive_is_inline() -> None:
    async def outer() -> tuple[bool, bool]:
        return run.run(inline()), is_inline()

    assert run.run(outer()) == (True, True)


async def test_a_thread_with_a_loop_below_a_drive_is_not_inline() -> None:
    found = []

    async def outer() -> None:
        thread = threading.Thread(target=lambda: found.append(asyncio.run(inline())))
        thread.start()
        thread.join()

    run.run(outer())
    assert found == [False]


async def test_a_task_that_is_made_in_a_drive_is_not_inline() -> None:
    """It copies the context of the drive, and runs when the drive is over."""
    waiting = zarr.create_array(WaitingStore(), data=np.arange(4))

    async def later() -> tuple[bool, Any]:
        return is_inline(), await waiting.async_array.getitem(3)

    store = Called(lambda: asyncio.get_running_loop().create_task(later()))
    run.run(store.get("key", zarr.core.buffer.default_buffer_prototype()))
    not_inline, value = await store.found
    assert not not_inline
    assert value == 3


async def test_settle_and_to_loop_do_nothing_on_a_loop() -> None:
    here = threading.get_ident()
    await settle(WaitingStore())
    await to_loop()
    assert threading.get_ident() == here


@pytest.mark.parametrize("under_a_loop", [False, True])
def test_settle_moves_what_is_half_run_to_the_background(under_a_loop: bool) -> None:
    async def work() -> list[str]:
        names = [threading.current_thread().name]
        await settle(MemoryStore())
        names.append(threading.current_thread().name)
        await settle(WaitingStore())
        names.append(threading.current_thread().name)
        await asyncio.sleep(0)
        return names

    async def below() -> list[str]:
        return run.run(work())

    here = threading.current_thread().name
    assert (asyncio.run(below()) if under_a_loop else run.run(work())) == [here, here, "zarr_io"]


def test_to_loop_moves_always() -> None:
    async def work() -> str:
        await to_loop()
        return threading.current_thread().name

    assert run.run(work()) == "zarr_io"


# --- stores that lie


class Lies(MemoryStore):
    """A store whose reads wait although it says that they do not."""

    _suspends = False

    def __init__(self, wait: Callable[[], Any]) -> None:
        super().__init__()
        self.wait = wait

    def __repr__(self) -> str:
        return "<the store that lies>"

    async def get(self, *args: Any, **kwargs: Any) -> Any:
        await self.wait()
        return await super().get(*args, **kwargs)

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        await self.wait()
        async for name in super().list_dir(prefix):
            yield name


class Stubborn(Lies):
    """It does not even let itself be stopped."""

    _suspends = False

    async def get(self, *args: Any, **kwargs: Any) -> Any:
        while True:
            try:
                await self.wait()
            except GeneratorExit:
                await self.wait()


class Bare:
    """Awaited, it waits, without any loop."""

    def __await__(self) -> Any:
        yield


async def _future() -> None:
    await asyncio.get_running_loop().create_future()


async def _task() -> None:
    coro = asyncio.sleep(0)
    try:
        await asyncio.create_task(coro)
    except RuntimeError:
        coro.close()
        raise


async def _timeout() -> None:
    async with asyncio.timeout(1):
        await asyncio.sleep(0)


async def _event() -> None:
    await asyncio.Event().wait()


WAITS: dict[str, Callable[[], Any]] = {
    "sleep": lambda: asyncio.sleep(0.001),
    "sleep 0": lambda: asyncio.sleep(0),
    "future": _future,
    "event": _event,
    "task": _task,
    "thread": lambda: asyncio.to_thread(len, ""),
    "timeout": _timeout,
    "bare": Bare,
}


@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("under_a_loop", [False, True])
def test_a_store_that_lies_is_named(wait: str, under_a_loop: bool) -> None:
    store = Lies(WAITS[wait])

    def use() -> None:
        with pytest.raises(SyncError, match=r"<the store that lies> waited .* set `_suspends = True`"):
            zarr.open_array(store, mode="r+")

    async def below() -> None:
        use()

    asyncio.run(below()) if under_a_loop else use()


async def test_an_iterator_that_lies_is_named() -> None:
    store = Lies(lambda: asyncio.sleep(0))
    zarr.create_group(MemoryStore(store._store_dict))
    store.wait = _nothing
    group = zarr.open_group(store, mode="r+")
    store.wait = lambda: asyncio.sleep(0)
    with pytest.raises(SyncError, match="<the store that lies> waited"):
        list(group.keys())


async def _nothing() -> None:
    pass


@pytest.mark.parametrize("under_a_loop", [False, True])
def test_what_a_wrapper_wraps_is_named(under_a_loop: bool) -> None:
    store = WrapperStore(Lies(lambda: asyncio.sleep(0)))

    async def below() -> None:
        zarr.open_array(store, mode="r+")

    with pytest.raises(SyncError, match="<the store that lies>"):
        asyncio.run(below()) if under_a_loop else run.run(below())


def test_a_store_that_does_not_let_itself_be_stopped_is_named() -> None:
    with pytest.raises(SyncError, match="<the store that lies>"):
        zarr.open_array(Stubborn(Bare), mode="r+")


def test_what_is_no_store_is_named_in_general() -> None:
    async def work() -> None:
        await Bare()

    with pytest.raises(SyncError, match="a store or codec waited"):
        run.run(work())


def test_other_runtime_errors_are_left_alone() -> None:
    async def work() -> None:
        raise RuntimeError("generator raised StopIteration")

    with pytest.raises(RuntimeError, match="generator raised") as caught:
        run.run(work())
    assert not isinstance(caught.value, SyncError)


# --- tracebacks


class Broken(LocalStore):
    def get_sync(self, key: str, **kwargs: Any) -> Any:
        raise PermissionError(key)


class BrokenWaiting(WaitingStore):
    async def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        raise PermissionError(key)


@pytest.mark.parametrize("kind", ["inline", "waiting"])
@pytest.mark.parametrize("under_a_loop", [False, True])
def test_a_traceback_shows_the_caller_and_the_store(kind: str, under_a_loop: bool, tmp_path: Path) -> None:
    store = Broken(tmp_path) if kind == "inline" else BrokenWaiting()

    def the_users_own_function() -> None:
        zarr.open_array(store, mode="r+")

    async def below() -> None:
        the_users_own_function()

    with pytest.raises(PermissionError) as caught:
        asyncio.run(below()) if under_a_loop else the_users_own_function()
    names = [entry.name for entry in caught.traceback]
    assert "the_users_own_function" in names
    assert names[-1] == ("get_sync" if kind == "inline" else "get")
    assert "read_node" in names


def test_an_inline_traceback_has_no_frames_of_asyncio(tmp_path: Path) -> None:
    with pytest.raises(PermissionError) as caught:
        zarr.open_array(Broken(tmp_path), mode="r+")
    assert not [entry for entry in caught.traceback if "asyncio" in str(entry.path)]
