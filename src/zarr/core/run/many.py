"""Many coroutines at once under a limit; one after the other where driven inline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, TypeVar

from zarr.core.config import config
from zarr.core.run.inline import is_inline

__all__ = ["collect", "gather"]

T = TypeVar("T")
V = TypeVar("V")


async def gather(
    function: Callable[..., Awaitable[V]], items: Iterable[tuple[Any, ...]], limit: int | None = None
) -> list[V]:
    """Await ``function(*item)`` for all items, at most ``limit`` at once; results in the order of items.

    ``limit`` is the configuration's ``async.concurrency`` where None. When one fails, those that have not
    begun never do, the others are cancelled and waited for, and the error is raised.
    """
    if is_inline():
        return [await function(*item) for item in items]
    if limit is None:
        limit = int(config.get("async.concurrency"))
    todo = enumerate(items)
    results: dict[int, V] = {}

    async def work() -> None:
        for i, item in todo:
            results[i] = await function(*item)

    tasks = [asyncio.create_task(work()) for _ in range(max(1, limit))]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return [results[i] for i in range(len(results))]


async def collect(items: AsyncIterator[T]) -> list[T]:
    """Everything that an asynchronous iterator gives."""
    return [item async for item in items]
