"""gather: many coroutines under a limit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

import zarr
from zarr.core import run
from zarr.core.run import collect, gather


class Counted:
    """Coroutines that count how many of them run."""

    def __init__(self) -> None:
        self.running = self.most = self.begun = self.cancelled = self.ended = 0

    async def wait(self, number: int, turns: int = 3) -> int:
        self.begun += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            for _ in range(turns):
                await asyncio.sleep(0)
            if number < 0:
                raise LookupError(number)
        except asyncio.CancelledError:
            self.cancelled += 1
            await asyncio.sleep(0)
            raise
        finally:
            self.running -= 1
        self.ended += 1
        return number


async def test_results_are_in_the_order_of_items() -> None:
    counted = Counted()
    items = [(i, 20 - i) for i in range(20)]
    assert await gather(counted.wait, items) == list(range(20))


@pytest.mark.parametrize("limit", [1, 2, 7])
async def test_no_more_than_the_limit_run(limit: int) -> None:
    counted = Counted()
    await gather(counted.wait, [(i,) for i in range(20)], limit)
    assert counted.most == limit
    assert counted.ended == 20


async def test_the_limit_is_the_configuration_s() -> None:
    counted = Counted()
    with zarr.config.set({"async.concurrency": 4}):
        await gather(counted.wait, [(i,) for i in range(20)])
    assert counted.most == 4


@pytest.mark.parametrize("count", [0, 1])
async def test_few_items(count: int) -> None:
    tasks = len(asyncio.all_tasks())

    async def look(number: int) -> int:
        assert len(asyncio.all_tasks()) == tasks  # nothing to share: no task is made
        return number

    assert await gather(look, [(i,) for i in range(count)]) == list(range(count))


async def test_items_are_drawn_when_there_is_room() -> None:
    counted = Counted()
    drawn = 0

    def items() -> Iterator[tuple[int]]:
        nonlocal drawn
        for i in range(50):
            drawn += 1
            assert drawn - counted.ended <= 3
            yield (i,)

    assert len(await gather(counted.wait, items(), 3)) == 50


async def test_the_first_error_cancels_the_others_and_waits_for_them() -> None:
    counted = Counted()
    items = [(1, 1000), (-2, 5), (3, 1000), *((i, 1) for i in range(4, 100))]
    with pytest.raises(LookupError, match="-2"):
        await gather(counted.wait, items, 3)
    assert counted.running == 0
    assert counted.cancelled == 2
    assert counted.begun == 3


async def test_nothing_begins_after_an_error() -> None:
    begun = []

    async def work(number: int) -> None:
        begun.append(number)
        await asyncio.sleep(0)
        if number == 0:
            raise LookupError

    with pytest.raises(LookupError):
        await gather(work, [(i,) for i in range(10)], 2)
    assert begun == [0, 1]  # the second ends after the first has failed, and takes no other item


async def test_an_error_of_the_items_is_raised() -> None:
    def items() -> Iterator[tuple[int]]:
        yield from ((i,) for i in range(5))
        raise LookupError("no more")

    counted = Counted()
    with pytest.raises(LookupError, match="no more"):
        await gather(counted.wait, items(), 2)
    assert counted.running == 0


async def test_cancelling_it_cancels_all() -> None:
    counted = Counted()
    task = asyncio.create_task(gather(counted.wait, [(i, 10_000) for i in range(5)], 5))
    while counted.running < 5:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (counted.running, counted.cancelled) == (0, 5)


def test_inline_it_is_one_after_the_other() -> None:
    seen = []

    async def work(number: int) -> int:
        seen.append(number)
        return -number

    assert run.run(gather(work, [(i,) for i in range(5)])) == [0, -1, -2, -3, -4]
    assert seen == list(range(5))


async def test_collect() -> None:
    async def numbers() -> AsyncIterator[int]:
        for i in range(3):
            await asyncio.sleep(0)
            yield i

    assert await collect(numbers()) == [0, 1, 2]
