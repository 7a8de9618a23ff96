"""Driving a coroutine on the caller's thread, and moving it to a loop when it meets a store that waits.

A coroutine starts inline. ``await settle(store)`` stands before the first touch of a store: if the store's
coroutines suspend, the half-run coroutine is handed to the background loop and goes on there. Inline mode
is a context variable that holds the loop that was running when the drive began, so it holds inside
Jupyter's loop, and a nested ``asyncio.run`` below it is not inline.
"""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from contextvars import ContextVar
from gc import get_referents
from types import AsyncGeneratorType
from typing import TYPE_CHECKING, Any, TypeVar

from zarr.core import later
from zarr.core.run.lazy import running_loop
from zarr.core.run.loop import on_loop
from zarr.errors import SyncError

if TYPE_CHECKING:
    from zarr.abc import store as stores
    from zarr.abc.store import Store
else:
    stores = later("zarr.abc.store")

__all__ = ["is_inline", "run", "settle", "to_loop"]

T = TypeVar("T")

_OVER = object()
_driven: ContextVar[list[object]] = ContextVar("zarr_driven", default=[_OVER])  # noqa: B039 (over for good)
"""The loop below the drive, in a list, so that tasks which copied the context see the end of the drive."""
_MOVE = object()
_NO_LOOP = ("no running event loop", "There is no current event loop")


def is_inline() -> bool:
    """Whether the running coroutine is driven inline, so that it must not wait."""
    return _driven.get()[0] is running_loop()


class _Move:
    """Awaited inline, it hands the coroutine to the background loop."""

    def __await__(self) -> Generator[object, None, None]:
        yield _MOVE


async def settle(store: Store) -> None:
    """Stand before the first use of a store: go on where its coroutines can be awaited."""
    if store._suspends and _driven.get()[0] is running_loop():
        await _Move()


async def to_loop() -> None:
    """Stand before what may wait whatever the store is, such as a codec that has only coroutines."""
    if is_inline():
        await _Move()


def run(coro: Coroutine[Any, Any, T]) -> T:
    """Drive a coroutine to its end from blocking code, inline as far as possible.

    Raises
    ------
    SyncError
        If it waits for something although the store said that it never would.
    """
    drive: list[object] = [running_loop()]
    token = _driven.set(drive)
    try:
        waits_for = coro.send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    except (RuntimeError, AttributeError) as error:
        if _misses_loop(error):
            raise SyncError(_lied(_store_in_traceback(error))) from error
        raise
    finally:
        drive[0] = _OVER
        _driven.reset(token)
    if waits_for is _MOVE:
        return on_loop(coro)
    message = _lied(_store_in_coroutine(coro))
    try:
        coro.close()
    except RuntimeError:  # it waits even while it is closed
        pass
    raise SyncError(message)


def _misses_loop(error: RuntimeError | AttributeError) -> bool:
    if isinstance(error, AttributeError):  # asyncio's locks take None for a loop
        return error.obj is None and error.name == "create_future"
    return str(error).startswith(_NO_LOOP)


def _lied(store: Store | None) -> str:
    who = "a store or codec" if store is None else repr(store)
    return (
        f"{who} waited for an event loop in the middle of a blocking call, although it said that its "
        "coroutines never wait; set `_suspends = True` on its class."
    )


def _store_in_coroutine(coro: Any) -> Store | None:
    found: Store | None = None
    while coro is not None:
        if type(coro).__name__.startswith("async_generator_a"):  # asend, athrow: they do not say of which
            coro = next((o for o in get_referents(coro) if isinstance(o, AsyncGeneratorType)), None)
        frame = getattr(coro, "cr_frame", None) or getattr(coro, "ag_frame", None)
        owner = None if frame is None else frame.f_locals.get("self")
        if isinstance(owner, stores.Store):
            found = owner
        coro = getattr(coro, "cr_await", None) or getattr(coro, "ag_await", None)
    return found


def _store_in_traceback(error: BaseException) -> Store | None:
    found: Store | None = None
    traceback = error.__traceback__
    while traceback is not None:
        owner = traceback.tb_frame.f_locals.get("self")
        if isinstance(owner, stores.Store):
            found = owner
        traceback = traceback.tb_next
    return found
