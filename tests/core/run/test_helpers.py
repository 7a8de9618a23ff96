"""Threads that wait for calls."""

from __future__ import annotations

import threading
import time
import weakref

from run_stores import HANG_SECONDS

from zarr.core.run.helpers import Helpers


def test_as_many_threads_as_are_busy_at_once() -> None:
    helpers, names, free = Helpers(), set(), threading.Event()
    begun = threading.Semaphore(0)

    def work() -> None:
        names.add(threading.current_thread())
        begun.release()
        free.wait(HANG_SECONDS)

    for _ in range(3):
        helpers.ask(work)
    for _ in range(3):
        assert begun.acquire(timeout=HANG_SECONDS)
    free.set()
    while helpers._idle < 3:
        time.sleep(0.001)
    for _ in range(50):
        helpers.ask(work)
        assert begun.acquire(timeout=HANG_SECONDS)
        while helpers._idle < 3:
            time.sleep(0)
    assert len(names) == len(helpers._threads) == 3
    helpers.stop()


def test_stopping_ends_the_threads_after_their_calls() -> None:
    helpers, done = Helpers(), []
    for i in range(3):
        helpers.ask(lambda i=i: done.append(i))  # type: ignore[misc]
    threads = list(helpers._threads)
    helpers.stop()
    assert sorted(done) == [0, 1, 2]
    assert not any(thread.is_alive() for thread in threads)


def test_what_was_called_is_not_kept() -> None:
    class Call:
        def __call__(self) -> None:
            pass

    helpers, call = Helpers(), Call()
    seen = weakref.ref(call)
    helpers.ask(call)
    del call
    end = time.monotonic() + HANG_SECONDS
    while seen() is not None and time.monotonic() < end:
        time.sleep(0.001)
    assert seen() is None
    helpers.stop()
