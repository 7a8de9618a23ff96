"""Several that make one node at once: exactly one does, in threads and in processes, and in every kind of store."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.errors import ContainsArrayError, ContainsGroupError
from zarr.storage import LocalStore, MemoryStore
from zarr.testing.store import LatencyStore


class Silent(MemoryStore):
    """A store of somebody else, which does not say whether it has set a value."""

    _suspends = False

    def set_if_not_exists_sync(self, key: str, value: Any) -> None:
        super().set_if_not_exists_sync(key, value)


STORES: dict[str, Callable[[Path], Any]] = {
    "memory": lambda _: MemoryStore(),
    "local": LocalStore,
    "waiting": lambda _: LatencyStore(MemoryStore()),
    "silent": lambda _: Silent(),
}

MAKERS: dict[str, Callable[[Any, int], Any]] = {
    "groups": lambda store, i: zarr.create_group(store, path="p/n"),
    "arrays": lambda store, i: zarr.create_array(store, name="p/n", shape=(3,), dtype="i4"),
    "groups of format 2": lambda store, i: zarr.create_group(
        store, path="p/n", zarr_format=2, attributes={"i": i}
    ),
    "arrays of format 2": lambda store, i: zarr.create_array(
        store, name="p/n", shape=(3,), dtype="i4", zarr_format=2, attributes={"i": i}
    ),
    "both": lambda store, i: (MAKERS["groups"] if i % 2 else MAKERS["arrays"])(store, i),
    "hierarchies": lambda store, i: list(
        zarr.create_hierarchy(store=store, nodes={"p/n": zarr.core.group.GroupMetadata({"i": i})})
    ),
    "with mode w-": lambda store, i: zarr.open_group(store, path="p/n", mode="w-"),
}

REFUSED = (ContainsArrayError, ContainsGroupError, FileExistsError)


def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
    """What a call gives in each of many threads; REFUSED errors as results."""
    barrier = threading.Barrier(count)
    results: list[Any] = [None] * count

    def work(i: int) -> None:
        barrier.wait()
        try:
            results[i] = call(i)
        except BaseException as error:
            results[i] = error

    threads = [threading.Thread(target=work, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(isinstance(r, REFUSED) for r in results if isinstance(r, BaseException)), results
    return results


@pytest.mark.parametrize("kind", STORES)
@pytest.mark.parametrize("name", MAKERS)
def test_one_of_many_threads_wins(name: str, kind: str, tmp_path: Path) -> None:
    for attempt in range(5):
        store = STORES[kind](tmp_path / str(attempt))
        results = at_once(6, lambda i: MAKERS[name](store, i))  # noqa: B023
        (winner,) = (i for i, result in enumerate(results) if not isinstance(result, BaseException))
        node = zarr.open(store, path="p/n", mode="r")
        assert node.attrs.get("i", winner) == winner


@pytest.mark.parametrize("kind", STORES)
def test_those_who_require_a_group_all_get_it(kind: str, tmp_path: Path) -> None:
    for attempt in range(5):
        store = STORES[kind](tmp_path / str(attempt))
        root = zarr.create_group(store)
        for call in (lambda i: root.require_group("g"), lambda i: zarr.open_group(store, path="h", mode="a")):  # noqa: B023
            results = at_once(6, call)
            assert all(isinstance(result, zarr.Group) for result in results)
        arrays = at_once(6, lambda i: root.require_array("x", shape=(2,), dtype="i4"))  # noqa: B023
        assert all(isinstance(array, zarr.Array) for array in arrays)


RACE = """
import sys, time, zarr
from zarr.errors import ContainsArrayError, ContainsGroupError
where, start, i, kind = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
zarr.create_array({}, shape=(1,), dtype="i4"), zarr.create_group({})
for n in range(20):
    time.sleep(max(0, start + n * 0.02 - time.time()))
    try:
        if kind == "array":
            zarr.create_array(where, name=f"n{n}", shape=(1,), dtype="i4")
        else:
            zarr.create_group(where, path=f"n{n}", zarr_format=int(kind))
        print(n)
    except (ContainsArrayError, ContainsGroupError):
        pass
"""


@pytest.mark.parametrize("kind", ["array", "3", "2"])
def test_one_of_many_processes_wins(kind: str, tmp_path: Path) -> None:
    import time

    start = str(time.time() + 1.5)
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, str(tmp_path), start, str(i), kind],
            stdout=subprocess.PIPE,
            text=True,
        )
        for i in range(3)
    ]
    won = [int(n) for run in runs for n in run.communicate(timeout=60)[0].split()]
    assert [run.returncode for run in runs] == [0] * 3
    assert sorted(won) == list(range(20))


def test_what_is_there_is_not_touched_by_the_others() -> None:
    store = MemoryStore()
    array = zarr.create_array(store, name="a", data=np.arange(3), attributes={"first": True})
    for call in (MAKERS["groups"], MAKERS["arrays"]):
        zarr.create_group(store, path="p/n", overwrite=True)
        with pytest.raises(REFUSED):
            call(store, 0)
    with pytest.raises(ContainsArrayError):
        zarr.create_array(store, name="a", shape=(9,), dtype="f4")
    assert zarr.open_array(store, path="a").attrs.asdict() == {"first": True}
    assert array[:].tolist() == [0, 1, 2]
