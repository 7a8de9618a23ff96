"""Many coroutines at once, as other packages call it: items first, and no limit where none is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from zarr.core.run.lazy import asyncio
from zarr.core.run.many import gather

if TYPE_CHECKING:
    from asyncio import Future

__all__ = ["concurrent_foreach", "concurrent_iter", "concurrent_map"]

T = TypeVar("T", bound=tuple[Any, ...])
V = TypeVar("V")


def concurrent_iter(
    items: Iterable[T], func: Callable[..., Awaitable[V]], limit: int | None = None
) -> list[Future[V]]:
    """Start ``func(*item)`` for all items, at most ``limit`` at once; the tasks, in the order of items."""
    given = list(items)
    places = asyncio.Semaphore(max(1, len(given) if limit is None else limit))

    async def work(item: T) -> V:
        async with places:
            return await func(*item)

    return [asyncio.ensure_future(work(item)) for item in given]


async def concurrent_map(
    items: Iterable[T], func: Callable[..., Awaitable[V]], limit: int | None = None
) -> list[V]:
    """Await ``func(*item)`` for all items, at most ``limit`` at once; results in the order of items."""
    given = list(items)
    return await gather(func, given, len(given) if limit is None else limit)


async def concurrent_foreach(items: Iterable[T], func: Callable[..., Awaitable[object]], limit: int) -> None:
    """As ``concurrent_map``, where the results do not matter."""
    await gather(func, items, limit)
