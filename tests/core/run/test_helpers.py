"""Threads that wait for calls."""

from __future__ import annotations

import threading
import time
import weakref

import pytest
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
        helpers.ask(work, 9)
    for _ in range(3):
        assert begun.acquire(timeout=HANG_SECONDS)
    free.set()
    while helpers._idle < 3:
        time.sleep(0.001)
    for _ in range(50):
        helpers.ask(work, 9)
        assert begun.acquire(timeout=HANG_SECONDS)
        while helpers._idle < 3:
            time.sleep(0)
    assert len(names) == len(helpers._threads) == 3
    helpers.stop()


def test_stopping_ends_the_threads_after_their_calls() -> None:
    helpers, done = Helpers(), []
    for i in range(3):
        helpers.ask(lambda i=i: done.append(i), 9)  # type: ignore[misc]
    threads = list(helpers._threads)
    helpers.stop()
    assert sorted(done) == [0, 1, 2]
    assert not any(thread.is_alive() for thread in threads)
    with pytest.raises(RuntimeError, match="stopped"):
        helpers.ask(lambda: None, 9)


def test_what_was_called_is_not_kept() -> None:
    class Call:
        def __call__(self) -> None:
            pass

    helpers, call = Helpers(), Call()
    seen = weakref.ref(call)
    helpers.ask(call, 1)
    del call
    end = time.monotonic() + HANG_SECONDS
    while seen() is not None and time.monotonic() < end:
        time.sleep(0.001)
    assert seen() is None
    helpers.stop()


def test_no_more_threads_than_are_allowed() -> None:
    helpers, done, free = Helpers(), [], threading.Event()
    for i in range(5):
        helpers.ask(lambda i=i: (free.wait(HANG_SECONDS), done.append(i)), 2)  # type: ignore[misc]
    assert len(helpers._threads) == 2
    free.set()
    helpers.stop()
    assert sorted(done) == list(range(5))
    assert helpers._idle == 2


def test_asking_while_they_are_stopped_hangs_neither() -> None:
    helpers, free = Helpers(), threading.Event()
    helpers.ask(lambda: free.wait(HANG_SECONDS) and None, 9)
    stopping = threading.Thread(target=helpers.stop)
    stopping.start()
    while not helpers._stopped:
        time.sleep(0.001)
    with pytest.raises(RuntimeError, match="stopped"):
        helpers.ask(lambda: None, 9)
    free.set()
    stopping.join(HANG_SECONDS)
    assert not stopping.is_alive()


def test_a_handler_may_ask_while_its_thread_does() -> None:
    helpers, done = Helpers(), []
    with helpers._lock:  # as when a signal comes in the middle of `ask`
        helpers.ask(lambda: done.append(1), 1)
    helpers.stop()
    assert done == [1]
