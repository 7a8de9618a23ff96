"""Memory that is used again belongs to one at a time, and large memory is not kept."""

from __future__ import annotations

import threading

import numpy as np

from zarr.core import run
from zarr.core.scratch import borrow, give_back, keeping_large

LARGE = 2 << 20


def test_memory_comes_back() -> None:
    memory = borrow(1000)
    give_back(memory)
    assert borrow(500) is memory


def test_what_is_lent_is_not_lent_again() -> None:
    """A finalizer, or a handler of a signal, may read too while its thread is in the middle of a read."""
    first, second = borrow(1000), borrow(1000)
    assert not np.shares_memory(first, second)
    give_back(first)
    give_back(second)


def test_threads_have_their_own() -> None:
    memory = borrow(1000)
    give_back(memory)
    found = []
    thread = threading.Thread(target=lambda: found.append(borrow(1000)))
    thread.start()
    thread.join()
    assert not np.shares_memory(memory, found[0])


def test_large_memory_is_kept_while_many_chunks_are_worked_on() -> None:
    memory = borrow(LARGE)
    give_back(memory)
    assert borrow(LARGE) is not memory
    with keeping_large():
        memory = borrow(LARGE)
        give_back(memory)
        with keeping_large():
            assert borrow(LARGE) is memory
            give_back(memory)
        assert borrow(LARGE) is memory
        give_back(memory)
    assert borrow(LARGE) is not memory


def test_sharing_out_keeps_it() -> None:
    lent = []

    def work(_: int) -> None:
        lent.append(borrow(LARGE))
        give_back(lent[-1])

    run.share_out(work, range(3), 1)
    assert lent[0] is lent[1] is lent[2]
