"""The one budget of requests in flight that all threads, loops and remote stores of this process share.

A slot is held for one request only, never while another is waited for, so requests cannot block each other.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from zarr.core.config import settings
from zarr.core.run.lazy import asyncio
from zarr.core.run.loop import halted_loop

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

__all__ = ["Budget", "requests"]


class _Waiter:
    __slots__ = ("halted", "loop", "turn")

    def __init__(self, loop: AbstractEventLoop, halted: AbstractEventLoop | None) -> None:
        self.loop = loop
        self.halted = halted
        self.turn: Future[None] = loop.create_future()

    def take(self, budget: Budget) -> None:
        """On the waiter's loop, where it may have been cancelled meanwhile."""
        if self.turn.done():
            budget.leave(self.loop)
        else:
            self.turn.set_result(None)


class Budget:
    """A count of requests in flight, with a queue for those that are too many.

    Requests of a loop that stands still until this very request has ended (a blocking call inside a
    coroutine) are not counted against it: they could not end before it.

    Parameters
    ----------
    limit
        How many may be in flight; asked each time.
    """

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self.forget()

    def forget(self) -> None:
        """Start with nothing in flight, as in a new process."""
        self._lock = threading.Lock()
        self._total = 0
        self._of_loop: dict[AbstractEventLoop, int] = {}
        self._waiting: deque[_Waiter] = deque()
        self._urgent: deque[_Waiter] = deque()  # a loop stands still until they are done

    @property
    def in_flight(self) -> int:
        """How many requests are in flight now."""
        return self._total

    async def join(self) -> AbstractEventLoop:
        """Wait for a slot and take it; ``leave`` wants what comes back."""
        loop, halted = asyncio.get_running_loop(), halted_loop()
        with self._lock:
            if self._has_room(halted) and not (self._waiting and halted is None):
                self._enter(loop)
                return loop
            self._drop_closed_loops()
            waiter = _Waiter(loop, halted)
            (self._waiting if halted is None else self._urgent).append(waiter)
            self._hand_on()
        try:
            await waiter.turn
        except BaseException:
            self._give_up(waiter)
            raise
        return loop

    def leave(self, loop: AbstractEventLoop) -> None:
        """Give a slot back, so that the next one has it."""
        with self._lock:
            self._exit(loop)
            if self._waiting or self._urgent:
                self._hand_on()

    def _has_room(self, halted: AbstractEventLoop | None) -> bool:
        counted = self._total if halted is None else self._total - self._of_loop.get(halted, 0)
        return counted < max(1, self._limit())

    def _enter(self, loop: AbstractEventLoop) -> None:
        self._total += 1
        self._of_loop[loop] = self._of_loop.get(loop, 0) + 1

    def _exit(self, loop: AbstractEventLoop) -> None:
        if count := self._of_loop.pop(loop, 0):  # else the loop was closed with requests in flight
            self._total -= 1
            if count > 1:
                self._of_loop[loop] = count - 1

    def _drop_closed_loops(self) -> None:
        for loop in [loop for loop in self._of_loop if loop.is_closed()]:
            self._total -= self._of_loop.pop(loop)

    def _hand_on(self) -> None:
        for waiter in list(self._urgent):
            if self._has_room(waiter.halted):
                self._urgent.remove(waiter)
                self._grant(waiter)
        while self._waiting and self._has_room(None):
            self._grant(self._waiting.popleft())

    def _grant(self, waiter: _Waiter) -> None:
        self._enter(waiter.loop)
        try:
            waiter.loop.call_soon_threadsafe(waiter.take, self)
        except RuntimeError:  # the loop is closed
            self._exit(waiter.loop)

    def _give_up(self, waiter: _Waiter) -> None:
        with self._lock:
            for queue in (self._waiting, self._urgent):
                if waiter in queue:
                    queue.remove(waiter)
                    return
        if not waiter.turn.cancelled():  # it has the slot; else `take` finds out
            self.leave(waiter.loop)


def _limit() -> int:
    return int(settings.get("async.concurrency"))


requests = Budget(_limit)
"""The budget of this process; its size is ``async.concurrency``."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=requests.forget)
