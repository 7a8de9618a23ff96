"""Threads that wait for calls of which nobody waits for a result: to wake one takes no more than a queue's ``put``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

__all__ = ["Helpers"]


class Helpers:
    """Threads that are started when they are needed; the interpreter does not wait for them when it exits."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = threading.RLock()  # a signal's handler may ask while its thread does
        self._threads: list[threading.Thread] = []
        self._idle = 0  # less the calls that wait for one
        self._stopped = False

    def ask(self, function: Callable[[], None], most: int) -> None:
        """Have a thread call a function, which must not raise; at once, if one is idle or fewer than ``most`` there.

        Raises
        ------
        RuntimeError
            If the threads are stopped, or none can be started.
        """
        with self._lock:
            if self._stopped:
                raise RuntimeError("the threads are stopped")
            if self._idle > 0 or len(self._threads) >= most:
                self._idle -= 1
            else:
                name = f"zarr_pool_helper_{len(self._threads)}"
                thread = threading.Thread(target=self._work, name=name, daemon=True)
                thread.start()
                self._threads.append(thread)
            self._calls.put(function)

    def _work(self) -> None:
        while (function := self._calls.get()) is not None:
            function()
            del function  # and what it holds
            with self._lock:
                self._idle += 1
        self._calls.put(None)  # for the next thread

    def stop(self) -> None:
        """End the threads for good, when they have made the calls that they were asked for, and wait for them."""
        with self._lock:
            self._stopped = True
            threads = list(self._threads)
        self._calls.put(None)
        for thread in threads:
            thread.join()
