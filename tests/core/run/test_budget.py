"""The budget of requests in flight: a limit that threads and loops share, and slots that never get lost."""

from __future__ import annotations

import asyncio
import os
import threading
import time

import pytest

import zarr
from zarr.core import run
from zarr.core.run.budget import Budget, requests
from zarr.core.run.loop import on_loop


class Meter:
    """Counts how many are inside at once."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.inside = self.most = self.done = 0
        self._lock = threading.Lock()

    async def request(self, seconds: float = 0.002) -> None:
        loop = await self.budget.join()
        try:
            with self._lock:
                self.inside += 1
                self.most = max(self.most, self.inside)
            await asyncio.sleep(seconds)
        finally:
            with self._lock:
                self.inside -= 1
                self.done += 1
            self.budget.leave(loop)


async def test_no_more_than_the_limit_at_once() -> None:
    meter = Meter(Budget(lambda: 3))
    await asyncio.gather(*(meter.request() for _ in range(30)))
    assert (meter.most, meter.done, meter.budget.in_flight) == (3, 30, 0)


async def test_limit_may_change_and_is_at_least_one() -> None:
    limits = [0]
    meter = Meter(Budget(lambda: limits[0]))
    await asyncio.gather(*(meter.request() for _ in range(5)))
    assert meter.most == 1
    limits[0] = 4
    await asyncio.gather(*(meter.request() for _ in range(9)))
    assert meter.most == 4


def test_threads_and_their_loops_share_it() -> None:
    meter = Meter(Budget(lambda: 5))

    async def many() -> None:
        await asyncio.gather(*(meter.request() for _ in range(20)))

    threads = [threading.Thread(target=lambda: asyncio.run(many())) for _ in range(4)]
    threads += [threading.Thread(target=lambda: on_loop(many())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (meter.most, meter.done, meter.budget.in_flight) == (5, 160, 0)


async def test_those_who_wait_have_their_turn_in_order() -> None:
    budget, order = Budget(lambda: 1), []

    async def request(i: int) -> None:
        loop = await budget.join()
        order.append(i)
        await asyncio.sleep(0)
        budget.leave(loop)

    await asyncio.gather(*(request(i) for i in range(10)))
    assert order == list(range(10))


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
async def test_slots_of_cancelled_requests_come_back(steps: int) -> None:
    meter = Meter(Budget(lambda: 2))
    tasks = [asyncio.create_task(meter.request(0.001)) for _ in range(12)]
    for _ in range(steps):
        await asyncio.sleep(0)
    for task in tasks[1::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)
    assert meter.budget.in_flight == 0
    await asyncio.wait_for(meter.request(), 5)


async def test_slot_that_was_granted_to_a_cancelled_request_comes_back() -> None:
    budget = Budget(lambda: 1)
    loop = await budget.join()
    waiting = asyncio.create_task(budget.join())
    await asyncio.sleep(0)
    budget.leave(loop)  # grants, which the loop has not carried out yet
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(0)
    assert budget.in_flight == 0


def test_loops_that_were_closed_leave_nothing_behind() -> None:
    budget = Budget(lambda: 1)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(budget.join())  # and never leaves
    loop.close()
    asyncio.run(asyncio.wait_for(Meter(budget).request(), 5))
    assert budget.in_flight == 0


async def test_blocking_call_inside_a_coroutine_is_not_held_up_by_its_own_loop() -> None:
    """The requests in flight on this loop cannot end before the blocking call has."""
    meter = Meter(Budget(lambda: 2))
    held = [asyncio.create_task(meter.request(0.05)) for _ in range(6)]
    await asyncio.sleep(0.01)
    began = time.monotonic()
    on_loop(meter.request(), timeout=5)
    assert time.monotonic() - began < 5
    await asyncio.gather(*held)
    assert meter.budget.in_flight == 0


async def test_many_blocking_calls_inside_a_coroutine_wait_for_each_other() -> None:
    meter = Meter(Budget(lambda: 2))
    held = [asyncio.create_task(meter.request(0.05)) for _ in range(2)]
    await asyncio.sleep(0.01)

    async def many() -> None:
        await run.gather(meter.request, [()] * 8, 8)

    on_loop(many(), timeout=5)
    assert meter.most == 4  # two here, two there
    await asyncio.gather(*held)
    assert meter.budget.in_flight == 0


async def test_size_is_the_configured_concurrency() -> None:
    meter = Meter(requests)
    with zarr.config.set({"async.concurrency": 4}):
        await asyncio.gather(*(meter.request() for _ in range(20)))
    assert meter.most == 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
async def test_child_starts_with_nothing_in_flight() -> None:
    loop = await requests.join()
    pid = os.fork()
    if pid == 0:
        os._exit(requests.in_flight)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert requests.in_flight == 1
    requests.leave(loop)
