"""Synchronizers: the locks that a user brings are taken where a chunk or a document is changed."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.storage import LocalStore, MemoryStore, SynchronizedStore
from zarr.testing.store import LatencyStore


class Noting:
    """Notes which keys are locked and let go."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    @contextmanager
    def __getitem__(self, key: str) -> Any:
        self.notes.append(f"+{key}")
        yield
        self.notes.append(f"-{key}")


@pytest.fixture(params=["memory", "local", "waiting"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "local":
        return LocalStore(tmp_path / "data")
    return MemoryStore() if request.param == "memory" else LatencyStore(MemoryStore())


def test_what_is_locked(store: Any) -> None:
    noting = Noting()
    array = zarr.open_array(store, path="a", shape=4, chunks=2, dtype="i4", synchronizer=noting, mode="w")
    noting.notes.clear()
    array[0] = 1
    assert noting.notes == ["+a/c/0", "-a/c/0"]
    noting.notes.clear()
    array.attrs["b"] = 1
    assert noting.notes[:1] + noting.notes[-1:] == ["+a/zarr.json", "-a/zarr.json"]
    noting.notes.clear()
    array.append([7, 7])
    assert noting.notes == ["+a/zarr.json", "+a/c/2", "-a/c/2", "-a/zarr.json"]
    np.testing.assert_array_equal(array[...], [1, 0, 0, 0, 7, 7])


@pytest.mark.parametrize("make", [zarr.open_array, zarr.create, zarr.open])
def test_where_it_is_given(store: Any, make: Callable[..., Any]) -> None:
    noting = Noting()
    array = make(store=store, shape=4, chunks=2, dtype="i4", synchronizer=noting)
    noting.notes.clear()
    array[0] = 1
    assert noting.notes == ["+c/0", "-c/0"]
    assert array.store.synchronizer is noting


@pytest.mark.parametrize("make", [zarr.open_group, zarr.group, zarr.open])
def test_groups_hand_it_on(store: Any, make: Callable[..., Any]) -> None:
    noting = Noting()
    group = make(store=store, synchronizer=noting)
    assert group.synchronizer is noting
    array = group.create_array("a", shape=4, chunks=4, dtype="i4")
    noting.notes.clear()
    array[0] = 1
    group["a"][1] = 2
    assert noting.notes == ["+a/c/0", "-a/c/0"] * 2
    assert zarr.group().synchronizer is None


def test_the_store_looks_like_the_one_inside(tmp_path: Path) -> None:
    inside, locks = LocalStore(tmp_path), zarr.ProcessSynchronizer(tmp_path / "locks")
    store = SynchronizedStore(inside, locks)
    assert str(store) == str(inside)
    assert store == SynchronizedStore(inside, zarr.ProcessSynchronizer(tmp_path / "locks"))
    assert store != SynchronizedStore(inside, zarr.ProcessSynchronizer(tmp_path / "others"))
    assert store != inside
    assert store.with_read_only(True).read_only
    assert store.with_read_only(True).synchronizer is locks
    assert pickle.loads(pickle.dumps(store)) == store
    assert repr(locks) == f"ProcessSynchronizer({str(tmp_path / 'locks')!r})"


def test_threads() -> None:
    locks = pickle.loads(pickle.dumps(zarr.ThreadSynchronizer()))
    array = zarr.open_array(MemoryStore(), shape=8, chunks=8, dtype="i8", synchronizer=locks, mode="w")

    def work(i: int) -> None:
        for n in range(50):
            array[i] = n

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_array_equal(array[...], np.full(8, 49))


def write(path: Path, number: int, wait: Callable[[], Any]) -> None:
    locks = zarr.ProcessSynchronizer(path / "locks")
    with zarr.config.set({"local.locks": False}):
        array = zarr.open_array(path / "data", mode="r+", synchronizer=locks)
        wait()
        for n in range(10):
            array[number] = n + 1


def test_processes(tmp_path: Path) -> None:
    zarr.create_array(tmp_path / "data", shape=4, chunks=4, dtype="i8")
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(4)
    writers = [context.Process(target=write, args=(tmp_path, i, gate.wait)) for i in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * 4
    np.testing.assert_array_equal(zarr.open_array(tmp_path / "data")[...], np.full(4, 10))
    assert sorted(p.name for p in (tmp_path / "locks").iterdir()) == ["c%2F0"]
