"""Many coroutines at once under a limit; one after the other where driven inline."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from itertools import chain, islice
from typing import Any, TypeVar

from zarr.core.config import settings
from zarr.core.run.inline import is_inline
from zarr.core.run.lazy import asyncio

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
        limit = int(settings.get("async.concurrency"))
    todo = enumerate(items)
    first = list(islice(todo, max(1, limit)))
    if len(first) < 2:
        return [await function(*item) for _, item in chain(first, todo)]
    results: dict[int, V] = {}
    failed = False

    async def work(given: tuple[int, tuple[Any, ...]]) -> None:
        nonlocal failed
        try:
            for i, item in chain((given,), todo):
                if failed:
                    return
                results[i] = await function(*item)
        except BaseException:
            failed = True
            raise

    tasks = [asyncio.create_task(work(given)) for given in first]
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
