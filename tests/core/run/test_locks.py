"""Locks per key: writers of different parts of one chunk, of one shard, of one document all win."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from run_stores import HANG_SECONDS, WaitingStore

import zarr
from zarr.abc.store import Store
from zarr.core import run
from zarr.core.run import locks
from zarr.core.run.locks import key_lock, locked
from zarr.errors import SyncError
from zarr.storage import LocalStore, MemoryStore

THREADS = 8
EACH = 4
ROUNDS = 20

LAYOUTS: dict[str, dict[str, Any]] = {
    "chunk": {"chunks": (THREADS * EACH,)},
    "shard": {"chunks": (EACH,), "shards": (THREADS * EACH,)},
    "inner chunks shared": {"chunks": (THREADS * EACH // 2,), "shards": (THREADS * EACH,)},
}

STORES: dict[str, Callable[[Path], Store]] = {
    "local": LocalStore,
    "memory": lambda _: MemoryStore(),
    "waiting": lambda _: WaitingStore(),
}


@pytest.fixture(params=STORES)
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return STORES[request.param](tmp_path)


def in_threads(work: Callable[[int], Any], count: int = THREADS) -> list[Any]:
    """Call it with each number, all at the same time."""
    meet = threading.Barrier(count, timeout=HANG_SECONDS)

    def one(number: int) -> Any:
        meet.wait()
        return work(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_threads_that_write_parts_of_one_chunk_all_win(any_store: Store, layout: str) -> None:
    array = zarr.create_array(any_store, shape=THREADS * EACH, dtype="i4", **LAYOUTS[layout])
    for turn in range(1, ROUNDS + 1):

        def write(number: int, turn: int = turn) -> None:
            for i in range(number * EACH, (number + 1) * EACH):
                array[i] = 1000 * turn + i

        in_threads(write)
        np.testing.assert_array_equal(array[:], 1000 * turn + np.arange(THREADS * EACH))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("same_handle", [True, False])
async def test_coroutines_that_write_parts_of_one_chunk_all_win(
    any_store: Store, layout: str, same_handle: bool
) -> None:
    create = zarr.api.asynchronous.create_array
    array = await create(any_store, shape=THREADS * EACH, dtype="i4", **LAYOUTS[layout])
    handles = [array]
    if not same_handle:
        handles = [await zarr.api.asynchronous.open_array(store=any_store) for _ in range(3)]
    for turn in range(1, ROUNDS + 1):
        writes = [handles[i % len(handles)].setitem(i, 1000 * turn + i) for i in range(THREADS * EACH)]
        await asyncio.gather(*writes)
        np.testing.assert_array_equal(await array.getitem(...), 1000 * turn + np.arange(THREADS * EACH))


def test_threads_and_coroutines_together(any_store: Store) -> None:
    array = zarr.create_array(any_store, shape=THREADS * EACH, dtype="i4", chunks=(THREADS * EACH,))

    async def write_all(first: int) -> None:
        await asyncio.gather(*(array.async_array.setitem(first + i, first + i) for i in range(EACH)))

    def work(number: int) -> None:
        if number % 2:
            asyncio.run(write_all(number * EACH))
        else:
            for i in range(number * EACH, (number + 1) * EACH):
                array[i] = i

    for _ in range(ROUNDS // 4):
        array[:] = -1
        in_threads(work)
        np.testing.assert_array_equal(array[:], np.arange(THREADS * EACH))


@pytest.mark.parametrize("kind", ["array", "group"])
def test_threads_that_set_attributes_all_win(any_store: Store, kind: str) -> None:
    if kind == "array":
        node: Any = zarr.create_array(any_store, shape=1, dtype="i4")
    else:
        node = zarr.create_group(any_store)

    def write(number: int) -> None:
        for i in range(5):
            node.update_attributes({f"{number}-{i}": i})

    in_threads(write)
    found = dict(zarr.open(any_store, mode="r+").attrs)
    assert found == {f"{number}-{i}": i for number in range(THREADS) for i in range(5)}


# --- the locks themselves


def test_a_key_has_one_lock_and_equal_scopes_share_it(tmp_path: Path) -> None:
    assert key_lock("a", "k") is key_lock("a", "k")
    one, other = LocalStore(tmp_path), LocalStore(str(tmp_path))
    assert key_lock(one._lock_scope, "k") is key_lock(other._lock_scope, "k")


def test_no_two_names_share_a_lock() -> None:
    with key_lock("a", "k"):
        for i in range(5000):
            other = key_lock("a", f"k{i}")
            assert other.acquire(blocking=False)
            other.release()


def test_locks_go_when_nobody_has_them() -> None:
    before = len(locks._locks)
    for i in range(100):
        with key_lock("a", f"k{i}"):
            assert len(locks._locks) <= before + 1
    assert len(locks._locks) <= before


def test_the_lock_is_the_same_for_all_who_come_while_it_is_used() -> None:
    """Each time the last one leaves, the lock goes; never while somebody is inside or waits."""
    inside = [0] * 20

    def work(number: int) -> None:
        for i in range(2000):
            with key_lock("a", f"k{i // 100}"):
                inside[i // 100] += 1
                time.sleep(0)
                assert inside[i // 100] == 1
                inside[i // 100] -= 1

    in_threads(work)


async def test_coroutines_leave_no_locks_behind() -> None:
    before = len(locks._locks)

    async def work(number: int) -> None:
        async with locked("a", f"k{number % 3}"):
            await asyncio.sleep(0)

    await asyncio.gather(*(work(i) for i in range(30)))
    assert len(locks._locks) <= before
    assert not locks._turns[asyncio.get_running_loop()]


def test_a_store_may_use_other_arrays_while_it_writes(tmp_path: Path) -> None:
    journal = zarr.create_array(MemoryStore(), shape=4000, chunks=1, dtype="i1", fill_value=0)

    class Noting(LocalStore):
        def set_sync(self, key: str, value: Any) -> None:
            journal[:] = 1
            super().set_sync(key, value)

    array = zarr.create_array(Noting(tmp_path), shape=8, chunks=8, dtype="i4", fill_value=0)
    worker = threading.Thread(target=array.__setitem__, args=(slice(2, 5), 7), daemon=True)
    worker.start()
    worker.join(HANG_SECONDS)
    assert not worker.is_alive()
    assert array[:].tolist() == [0, 0, 7, 7, 7, 0, 0, 0]
    assert journal[:].all()


async def test_a_waiting_coroutine_leaves_the_loop_to_others() -> None:
    other_ran = asyncio.Event()
    lock = key_lock("scope", "key")

    async def other() -> None:
        other_ran.set()

    with lock:
        task = asyncio.create_task(_hold("scope", "key"))
        await asyncio.sleep(0.005)
        await asyncio.create_task(other())
        assert other_ran.is_set()
        assert not task.done()
    await asyncio.wait_for(task, HANG_SECONDS)
    assert not lock.locked()


async def _hold(scope: str, key: str) -> None:
    lock = key_lock(scope, key)
    async with locked(scope, key):
        assert lock.locked()


async def test_a_coroutine_that_is_cancelled_while_it_waits_has_no_lock() -> None:
    lock = key_lock("scope", "key")
    with lock:
        task = asyncio.create_task(_hold("scope", "key"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not lock.locked()


@pytest.mark.parametrize("error", [LookupError, asyncio.CancelledError])
async def test_an_error_releases_the_lock(error: type[BaseException]) -> None:
    with pytest.raises(error):
        async with locked("scope", "key"):
            raise error
    assert not key_lock("scope", "key").locked()


def test_inline_it_waits_for_another_thread() -> None:
    """An inline coroutine must not suspend: the thread itself waits."""
    lock = key_lock("scope", "key")
    lock.acquire()
    releaser = threading.Timer(0.02, lock.release)
    releaser.start()
    run.run(_hold("scope", "key"))
    releaser.join()
    assert not lock.locked()


class Slow(LocalStore):
    """A local store whose writes wait until they may go on."""

    _suspends = True

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.writing = asyncio.Event()
        self.go_on = asyncio.Event()

    async def set(self, key: str, value: Any) -> None:
        self.writing.set()
        await self.go_on.wait()
        await super().set(key, value)


@pytest.mark.parametrize("blocking_store", ["the same", "local"])
async def test_a_blocking_call_cannot_wait_for_a_coroutine_of_the_loop_that_it_holds_up(
    blocking_store: str, tmp_path: Path
) -> None:
    """It would for ever; so it says so."""
    plain = zarr.create_array(tmp_path, shape=8, chunks=8, dtype="i4", fill_value=9)
    plain[...] = 0
    store = Slow(tmp_path)
    slow = zarr.open_array(store)
    blocking_array = slow if blocking_store == "the same" else plain
    task = asyncio.create_task(slow.async_array.setitem(0, 1))
    await store.writing.wait()
    with pytest.raises(SyncError, match="await the asynchronous form"):
        blocking_array[1] = 1
    store.go_on.set()
    await task
    plain[1] = 1
    np.testing.assert_array_equal(plain[:2], [1, 1])
