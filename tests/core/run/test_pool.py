"""The pool: work shared out over threads, and blocking code called from coroutines."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from run_stores import HANG_SECONDS

import zarr
from zarr.core import run
from zarr.core.run import call, pool, share_out
from zarr.core.run.helpers import Helpers
from zarr.core.sync import cleanup_resources

pytestmark = pytest.mark.usefixtures("three_workers")


@pytest.mark.parametrize("threads", [1, 2, 3, 8])
@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_every_item_exactly_once(threads: int, count: int) -> None:
    seen: list[int] = []
    share_out(seen.append, range(count), threads)
    assert sorted(seen) == list(range(count))


def test_threads_of_the_pool_and_the_caller_s_work_together() -> None:
    meet = threading.Barrier(3, timeout=HANG_SECONDS)  # broken unless three threads are at work at once
    names = set()

    def work(_: int) -> None:
        meet.wait()
        names.add(threading.current_thread().name)

    share_out(work, range(3), 3)
    assert threading.current_thread().name in names
    assert sum(name.startswith("zarr_pool") for name in names) == 2


def test_one_thread_is_the_caller_s() -> None:
    seen = []
    share_out(lambda _: seen.append(threading.current_thread()), range(5), 1)
    assert set(seen) == {threading.current_thread()}


def test_a_generator_of_items_is_drawn_from_by_one_thread_at_a_time() -> None:
    inside = threading.Lock()

    def items() -> Iterator[int]:
        for i in range(2000):
            assert inside.acquire(blocking=False)
            inside.release()
            yield i

    seen: Counter[int] = Counter()
    share_out(lambda i: seen.update([i]), items(), 3)
    assert seen == Counter(range(2000))


def test_an_error_of_the_generator_is_raised() -> None:
    def items() -> Iterator[int]:
        yield from range(10)
        raise LookupError("no more items")

    seen: list[int] = []
    with pytest.raises(LookupError, match="no more items"):
        share_out(seen.append, items(), 3)
    assert sorted(seen) == list(range(10))


@pytest.mark.parametrize("fails_in_pool", [False, True])
def test_an_error_stops_new_work_and_is_raised_when_all_has_ended(fails_in_pool: bool) -> None:
    begun, ended = [], []
    meet = threading.Barrier(2, timeout=HANG_SECONDS)
    failed = threading.Event()

    def work(number: int) -> None:
        begun.append(number)
        meet.wait()
        in_pool = threading.current_thread().name.startswith("zarr_pool")
        if in_pool is fails_in_pool:
            failed.set()
            raise LookupError(number)
        failed.wait(HANG_SECONDS)
        ended.append(number)

    with pytest.raises(LookupError):
        share_out(work, range(100), 2)
    assert sorted(begun) == [0, 1]
    assert len(ended) == 1


def test_the_error_has_the_frames_of_both_threads() -> None:
    meet = threading.Barrier(2, timeout=HANG_SECONDS)

    def fail(number: int) -> None:
        meet.wait()
        if threading.current_thread().name.startswith("zarr_pool"):
            raise LookupError(number)

    with pytest.raises(LookupError) as caught:
        share_out(fail, range(2), 2)
    names = [entry.name for entry in caught.traceback]
    assert names[0] == "test_the_error_has_the_frames_of_both_threads"
    assert names[-1] == "fail"


def test_a_thread_that_helps_does_not_share_out_again() -> None:
    meet = threading.Barrier(2, timeout=HANG_SECONDS)
    seen = []

    def inner(outer: threading.Thread) -> None:
        seen.append((outer, threading.current_thread()))

    def outer(_: int) -> None:
        meet.wait()
        here = threading.current_thread()
        if here.name.startswith("zarr_pool"):
            share_out(inner, [here] * 50, 3)

    share_out(outer, range(2), 2)
    assert len(seen) == 50
    assert all(outer is inner for outer, inner in seen)


def test_a_busy_pool_blocks_nobody() -> None:
    free = threading.Event()
    busy = [zarr.core.sync._get_executor().submit(free.wait, HANG_SECONDS) for _ in range(10)]
    try:
        seen: list[int] = []
        share_out(seen.append, range(100), 3)
        assert sorted(seen) == list(range(100))
    finally:
        free.set()
    assert all(future.result() for future in busy)


def test_many_threads_share_out_at_once() -> None:
    def one(base: int) -> list[int]:
        seen: list[int] = []
        share_out(seen.append, range(base, base + 200), 3)
        return sorted(seen)

    with ThreadPoolExecutor(8) as threads:
        for base, seen in enumerate(threads.map(one, range(40))):
            assert seen == list(range(base, base + 200))


def test_the_pool_has_the_size_of_the_configuration() -> None:
    sizes = []
    for wanted in (5, 9, 9, 2):
        with zarr.config.set({"threading.max_workers": wanted}):
            sizes.append((pool.workers(), pool.executor()._max_workers))
    assert sizes == [(5, 5), (9, 9), (9, 9), (2, 4)]


def test_resizing_the_pool_loses_no_work() -> None:
    stop = threading.Event()

    def resize() -> None:
        size = 5
        while not stop.is_set():
            size = 11 - size
            with zarr.config.set({"threading.max_workers": size}):
                pool.executor()

    resizer = threading.Thread(target=resize)
    resizer.start()
    try:
        for _ in range(300):
            seen: list[int] = []
            share_out(seen.append, range(20), 3)
            assert sorted(seen) == list(range(20))
    finally:
        stop.set()
        resizer.join()


def test_a_pool_that_takes_nothing_leaves_the_work_to_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is when the interpreter exits."""

    def refuse(self: object) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(pool, "_helpers", Helpers())
    monkeypatch.setattr(threading.Thread, "start", refuse)
    seen: list[int] = []
    share_out(seen.append, range(10), 3)
    assert seen == list(range(10))


def test_helpers_that_come_too_late_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    late: list[Callable[[], None]] = []
    monkeypatch.setattr(Helpers, "ask", lambda self, function, most: late.append(function))
    seen: list[int] = []
    share_out(seen.append, range(10), 3)
    for function in late:
        function()
    assert seen == list(range(10))
    assert len(late) == 2


def test_calls_that_are_soon_done_do_not_leave_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call may be over before its helper wakes, which then is not idle when the next asks for one."""
    helpers = Helpers()
    monkeypatch.setattr(pool, "_helpers", helpers)
    for _ in range(3000):
        share_out(len, [()] * 4, 2)
    assert len(helpers._threads) <= 2
    helpers.stop()


@pytest.mark.parametrize("place", ["take", "release"])
def test_threads_of_an_interrupted_call_are_given_back(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    method = getattr(pool._Claim, place)

    def interrupted(self: pool._Claim, *args: int) -> None:
        if place == "take":
            method(self, *args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pool._Claim, place, interrupted)
        with pytest.raises(KeyboardInterrupt):
            share_out(len, [()] * 4, 3)
    assert pool._busy == 0


def test_after_a_clean_up_it_is_made_anew() -> None:
    before = pool.executor()
    cleanup_resources()
    test_threads_of_the_pool_and_the_caller_s_work_together()
    assert pool.executor() is not before


# --- call


def test_inline_call_is_a_plain_call() -> None:
    assert run.run(call(threading.current_thread)) is threading.current_thread()


async def test_on_a_loop_it_is_called_in_the_pool() -> None:
    thread = await call(threading.current_thread)
    assert thread.name.startswith("zarr_pool")


async def test_its_error_is_raised() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        await call(int, "x")


async def test_what_is_called_on_a_loop_may_share_out() -> None:
    meet = threading.Barrier(3, timeout=HANG_SECONDS)
    await call(share_out, lambda _: meet.wait(), range(3), 3)


@pytest.mark.parametrize("threads", [1, 3])
async def test_a_cancelled_call_stops_sharing_out_and_waits_for_what_runs(threads: int) -> None:
    begun, running = threading.Event(), threading.Event()
    free = threading.Event()
    done = []

    def work(number: int) -> None:
        running.set()
        begun.set()
        free.wait(HANG_SECONDS)
        done.append(number)

    task = asyncio.create_task(call(share_out, work, range(1000), threads))
    await asyncio.to_thread(begun.wait, HANG_SECONDS)
    task.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not task.done()  # it waits for the item that has begun
    free.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert 1 <= len(done) <= 2 * threads
    after = list(done)
    await asyncio.sleep(0.01)
    assert done == after


async def test_an_error_after_the_cancellation_is_dropped_silently() -> None:
    begun, free = threading.Event(), threading.Event()

    def fail() -> None:
        begun.set()
        free.wait(HANG_SECONDS)
        raise LookupError

    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    task = asyncio.create_task(call(fail))
    await asyncio.to_thread(begun.wait, HANG_SECONDS)
    task.cancel()
    await asyncio.sleep(0)
    free.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not complaints


async def test_a_call_that_is_cancelled_before_it_begins_never_does() -> None:
    free = threading.Event()
    executor = zarr.core.sync._get_executor()
    busy = [executor.submit(free.wait, HANG_SECONDS) for _ in range(executor._max_workers)]
    called = []
    task = asyncio.create_task(call(called.append, 1))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    free.set()
    for future in busy:
        future.result()
    await call(len, "the pool has come to what was queued")
    assert not called


@pytest.mark.parametrize("count", [1, 7, 64, 1000])
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_many_items_are_taken_several_at_once(count: int, threads: int) -> None:
    seen: list[int] = []
    share_out(seen.append, range(count), threads, count=count)
    assert sorted(seen) == list(range(count))


def test_what_a_thread_took_is_not_begun_after_an_error() -> None:
    begun: list[int] = []

    def work(i: int) -> None:
        begun.append(i)
        raise ValueError(i)

    with pytest.raises(ValueError):
        share_out(work, range(1000), 2, count=1000)
    assert len(begun) <= 2


def test_callers_at_once_share_the_threads_there_are() -> None:
    """As under dask: as many threads work as one call alone would use, and not that many for each."""
    at_once, most, lock = 0, 0, threading.Lock()

    def work(_: int) -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.002)
        with lock:
            at_once -= 1

    with zarr.config.set({"threading.max_workers": 3}):
        callers = [threading.Thread(target=share_out, args=(work, range(30), 3)) for _ in range(3)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert most <= 5  # the first may have three when two others come
        share_out(work, range(30), 3)
    assert pool._busy == 0
