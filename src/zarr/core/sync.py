"""The known place of what ``core.run`` offers to those who mix blocking and asynchronous code."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

from zarr.core.run import loop as _loop
from zarr.core.run import pool as _pool
from zarr.core.run.lazy import asyncio, futures
from zarr.core.run.loop import on_loop
from zarr.core.run.many import collect
from zarr.errors import SyncError

__all__ = [
    "SyncError",
    "SyncMixin",
    "cleanup_resources",
    "collect_aiterator",
    "reset_resources_after_fork",
    "sync",
]

T = TypeVar("T")


def sync(
    coro: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop | None = None, timeout: float | None = None
) -> T:
    """Run any coroutine on the background loop, or another, and wait for it."""
    return on_loop(coro, loop, timeout)


class SyncMixin:
    """Gives a class ``_sync`` and ``_sync_iter`` for its blocking methods."""

    def _sync(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return on_loop(coroutine)

    def _sync_iter(self, async_iterator: AsyncIterator[T]) -> list[T]:
        return on_loop(collect(async_iterator))


async def _collect_aiterator(data: AsyncIterator[T]) -> tuple[T, ...]:
    return tuple(await collect(data))


def collect_aiterator(data: AsyncIterator[T]) -> tuple[T, ...]:
    """Everything that an asynchronous iterator gives, from blocking code."""
    return on_loop(_collect_aiterator(data))


def _get_loop() -> asyncio.AbstractEventLoop:
    return _loop.background_loop()


def _get_executor() -> futures.ThreadPoolExecutor:
    return _pool.executor()


def cleanup_resources() -> None:
    """Stop the background loop and the pool; a later use starts them again."""
    _loop.stop_loop()
    _pool.stop_pool()


def reset_resources_after_fork() -> None:
    """Forget the parent's loop and pool; done by itself in a forked child."""
    _loop._forget()
    _pool._forget()
