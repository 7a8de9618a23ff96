"""Driving a coroutine on the caller's thread, and moving it to a loop when it meets a store that waits.

A coroutine starts inline. ``await settle(store)`` stands before the first touch of a store: if the store's
coroutines suspend, the half-run coroutine is handed to the background loop and goes on there. Inline mode
is a context variable that holds the loop that was running when the drive began, so it holds inside
Jupyter's loop, and a nested ``asyncio.run`` below it is not inline.
"""

from __future__ import annotations

from asyncio import _get_running_loop
from collections.abc import Coroutine, Generator
from contextvars import ContextVar
from typing import Any, TypeVar

from zarr.abc.store import Store
from zarr.core.run.loop import on_loop
from zarr.errors import SyncError

__all__ = ["is_inline", "run", "settle"]

T = TypeVar("T")

_NOT_DRIVEN = object()
_driven: ContextVar[object] = ContextVar("zarr_driven", default=_NOT_DRIVEN)
_MOVE = object()


def is_inline() -> bool:
    """Whether the running coroutine is driven inline, so that it must not wait."""
    return _driven.get() is _get_running_loop()


class _Move:
    """Awaited inline, it hands the coroutine to the background loop."""

    def __await__(self) -> Generator[object, None, None]:
        yield _MOVE


async def settle(store: Store) -> None:
    """Stand before the first use of a store: go on where its coroutines can be awaited."""
    if store._suspends and _driven.get() is _get_running_loop():
        await _Move()


def run(coro: Coroutine[Any, Any, T]) -> T:
    """Drive a coroutine to its end from blocking code, inline as far as possible.

    Raises
    ------
    SyncError
        If it waits for something although the store said that it never would.
    """
    token = _driven.set(_get_running_loop())
    try:
        waits_for = coro.send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    except RuntimeError as error:
        if str(error) == "no running event loop":
            raise SyncError(_lied(_store_in_traceback(error))) from error
        raise
    finally:
        _driven.reset(token)
    if waits_for is _MOVE:
        return on_loop(coro)
    message = _lied(_store_in_coroutine(coro))
    coro.close()
    raise SyncError(message)


def _lied(store: Store | None) -> str:
    who = "a store or codec" if store is None else repr(store)
    return (
        f"{who} waited for an event loop in the middle of a blocking call, although it said that its "
        "coroutines never wait; set `_suspends = True` on its class."
    )


def _store_in_coroutine(coro: Any) -> Store | None:
    found: Store | None = None
    while coro is not None:
        frame = getattr(coro, "cr_frame", None) or getattr(coro, "ag_frame", None)
        owner = None if frame is None else frame.f_locals.get("self")
        if isinstance(owner, Store):
            found = owner
        coro = getattr(coro, "cr_await", None) or getattr(coro, "ag_await", None)
    return found


def _store_in_traceback(error: BaseException) -> Store | None:
    found: Store | None = None
    traceback = error.__traceback__
    while traceback is not None:
        owner = traceback.tb_frame.f_locals.get("self")
        if isinstance(owner, Store):
            found = owner
        traceback = traceback.tb_next
    return found
