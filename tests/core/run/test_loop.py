"""The background loop: timeouts, errors, stopping; and the names in ``zarr.core.sync``."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from run_stores import HANG_SECONDS, WaitingStore

import zarr
from zarr.core import sync as sync_module
from zarr.core.run import loop as loop_module
from zarr.core.sync import (
    SyncMixin,
    _get_executor,
    _get_loop,
    cleanup_resources,
    collect_aiterator,
    reset_resources_after_fork,
    sync,
)
from zarr.errors import SyncError


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


class Held:
    """An operation that ends when it is cancelled, and takes two turns for it."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.wound_up = False

    async def wait(self) -> None:
        self.begun.set()
        try:
            await asyncio.sleep(HANG_SECONDS)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            self.wound_up = True
            raise


# --- sync


def test_sync() -> None:
    assert sync(double(4)) == 8


async def test_sync_below_a_running_loop() -> None:
    assert sync(double(4)) == 8


def test_sync_in_a_coroutine_in_sync() -> None:
    """Below the background loop a call can be inline, and cannot wait."""
    local = zarr.create_array({}, data=np.arange(4))
    waiting = zarr.create_array(WaitingStore(), data=np.arange(4))

    async def outer() -> Any:
        with pytest.raises(SyncError, match="within a running loop"):
            waiting[1]
        with pytest.raises(SyncError, match="within a running loop"):
            sync(double(1))
        return local[2], await waiting.async_array.getitem(3)

    assert sync(outer()) == (2, 3)


def test_sync_on_a_loop_of_the_caller_s() -> None:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        assert sync(_running_loop(), loop=loop) is loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
    coro = double(1)
    with pytest.raises(RuntimeError, match="closed"):
        sync(coro, loop=loop)
    assert coro.cr_frame is None  # closed: nothing warns of a coroutine that was never awaited


async def _running_loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_what_is_no_coroutine_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="coroutine"):
        sync(3)  # type: ignore[arg-type]


def test_many_threads_at_once() -> None:
    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(lambda i: sync(double(i)), range(300))) == [2 * i for i in range(300)]
    assert sum(thread.name == "zarr_io" for thread in threading.enumerate()) == 1


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, asyncio.CancelledError, LookupError])
def test_every_error_comes_to_the_caller_and_the_loop_lives_on(error: type[BaseException]) -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise error("why")

    with pytest.raises(error, match="why") as caught:
        sync(fail())
    assert caught.traceback[-1].name == "fail"
    assert sync(double(1)) == 2


def test_an_error_that_is_dropped_frees_what_its_frames_held() -> None:
    class Big:
        pass

    async def fail() -> None:
        big = Big()
        held.append(weakref.ref(big))
        await asyncio.sleep(0)
        raise LookupError

    held: list[weakref.ref[Big]] = []
    gc.disable()
    try:
        with pytest.raises(LookupError):
            sync(fail())
        sync(double(1))  # the loop has come to the next
        assert held[0]() is None
    finally:
        gc.enable()


# --- timeouts


@pytest.mark.parametrize("way", ["argument", "configuration", "array"])
def test_a_timeout_cancels_and_waits_until_it_has_wound_up(way: str) -> None:
    held = Held()
    store = WaitingStore()
    array = zarr.create_array(store, data=np.arange(4))
    if way == "argument":
        with pytest.raises(TimeoutError, match=r"not done within 0\.01 s"):
            sync(held.wait(), timeout=0.01)
    else:
        store.seconds = HANG_SECONDS
        with zarr.config.set({"async.timeout": 0.01}), pytest.raises(TimeoutError, match=r"async\.timeout"):
            array[2] if way == "array" else sync(held.wait())
    assert (store.cancelled == 1) if way == "array" else held.wound_up
    assert store.running == 0


def test_a_timeout_error_of_the_operation_s_own_is_left_alone() -> None:
    async def fail() -> None:
        raise TimeoutError("the server's")

    with pytest.raises(TimeoutError, match="the server's"):
        sync(fail(), timeout=HANG_SECONDS)


def test_what_does_not_wind_up_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "CANCEL_GRACE_SECONDS", 0.01)
    free = asyncio.Event()
    ended = threading.Event()

    async def stubborn() -> None:
        try:
            await asyncio.sleep(HANG_SECONDS)
        except asyncio.CancelledError:
            await free.wait()
            ended.set()

    with pytest.raises(TimeoutError):
        sync(stubborn(), timeout=0.01)
    assert not ended.is_set()
    _get_loop().call_soon_threadsafe(free.set)
    assert ended.wait(HANG_SECONDS)
    assert sync(double(1)) == 2


def test_a_local_store_knows_no_timeout() -> None:
    array = zarr.create_array({}, data=np.arange(4))
    with zarr.config.set({"async.timeout": 1e-9}):
        assert array[2] == 2


# --- stopping


def test_after_a_clean_up_all_is_made_anew() -> None:
    array = zarr.create_array(WaitingStore(), data=np.arange(4))
    loop, executor = _get_loop(), _get_executor()
    cleanup_resources()
    cleanup_resources()
    assert loop.is_closed()
    assert not any(thread.name == "zarr_io" for thread in threading.enumerate())
    assert array[2] == 2
    assert _get_loop() is not loop
    assert _get_executor() is not executor


def test_a_clean_up_cancels_what_runs_and_its_caller_goes_on() -> None:
    held = Held()
    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(sync, held.wait())
        assert held.begun.wait(HANG_SECONDS)
        cleanup_resources()
        assert isinstance(call.exception(HANG_SECONDS), asyncio.CancelledError)
    assert held.wound_up


def test_calls_and_clean_ups_at_once_lose_nothing() -> None:
    stop = threading.Event()

    def clean() -> None:
        while not stop.is_set():
            loop_module.stop_loop()

    cleaner = threading.Thread(target=clean)
    cleaner.start()
    try:
        for i in range(200):
            try:
                assert sync(double(i), timeout=HANG_SECONDS) == 2 * i
            except asyncio.CancelledError:
                pass
    finally:
        stop.set()
        cleaner.join()


def test_resources_are_forgotten_as_after_a_fork() -> None:
    loop, executor = _get_loop(), _get_executor()
    try:
        reset_resources_after_fork()
        assert _get_loop() is not loop
        assert _get_executor() is not executor
        assert sync(double(1)) == 2
    finally:
        loop.call_soon_threadsafe(loop.stop)
        executor.shutdown()


# --- the other names


def test_the_names_are_there() -> None:
    assert sync_module.SyncError is SyncError
    assert set(sync_module.__all__) >= {"sync", "SyncMixin", "SyncError", "collect_aiterator"}


async def _numbers() -> AsyncIterator[int]:
    for i in range(3):
        await asyncio.sleep(0)
        yield i


def test_collect_aiterator() -> None:
    assert collect_aiterator(_numbers()) == (0, 1, 2)


def test_mixin() -> None:
    class Thing(SyncMixin):
        def double(self, number: int) -> int:
            return self._sync(double(number))

        def numbers(self) -> list[int]:
            return self._sync_iter(_numbers())

    assert Thing().double(3) == 6
    assert Thing().numbers() == [0, 1, 2]


def test_get_loop_and_get_executor() -> None:
    assert _get_loop() is _get_loop()
    assert _get_loop().is_running()
    assert _get_executor().submit(len, "four").result() == 4
