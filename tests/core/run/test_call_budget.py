"""A scalar read costs few Python calls. Counts, not times: they do not depend on the machine."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.abc.store import Store
from zarr.storage import LocalStore, MemoryStore

MEMORY_CALLS = 14
LOCAL_CALLS = 13
SHARD_CALLS = 36
OPEN_CALLS = 94
MEMBER_CALLS = 60
LISTED_CALLS = 62
CONSOLIDATED_CALLS = 48
CREATE_CALLS = 210
APPEND_CALLS = 380


@contextmanager
def _no_collection() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def count_calls(function: Callable[[], Any]) -> int:
    """Python functions entered, and generators and coroutines resumed, in the second of two calls."""
    calls = 0

    def profile(frame: Any, event: str, arg: object) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code is not function.__code__

    function()
    before = sys.getprofile()
    with _no_collection():
        sys.setprofile(profile)
        try:
            function()
        finally:
            sys.setprofile(before)
    return calls


def test_the_counter_counts() -> None:
    def three_deep() -> list[int]:
        def below() -> Iterator[int]:
            yield 1

        return list(below())

    assert count_calls(lambda: three_deep()) == 3  # three_deep, and the generator twice


@pytest.mark.parametrize(("kind", "budget"), [("memory", MEMORY_CALLS), ("local", LOCAL_CALLS)])
def test_a_scalar_read_is_cheap(kind: str, budget: int, tmp_path: Path) -> None:
    store: Store = MemoryStore() if kind == "memory" else LocalStore(tmp_path)
    data = np.arange(64 * 64, dtype="float32").reshape(64, 64)
    zarr.create_array(store, data=data, chunks=(16, 16), compressors=None)
    array = zarr.open_array(store, mode="r")
    assert array[5, 7] == data[5, 7]
    assert count_calls(lambda: array[5, 7]) < budget


def test_a_scalar_of_a_shard_is_cheap(tmp_path: Path) -> None:
    data = np.arange(64 * 64, dtype="float32").reshape(64, 64)
    array = zarr.create_array(tmp_path, data=data, chunks=(4, 4), shards=(64, 64))
    os.utime(tmp_path / "c/0/0", (0, 0))
    time.sleep(0.03)  # so that the store can tell states of the file apart, and the index is kept
    assert array[5, 7] == data[5, 7]
    assert count_calls(lambda: array[5, 7]) < SHARD_CALLS


def test_opening_an_array_again_is_cheap(tmp_path: Path) -> None:
    zarr.create_array(tmp_path, shape=(64, 64), chunks=(16, 16), dtype="f4")
    path = str(tmp_path)  # of another kind of path it is asked whether it is another package's
    assert count_calls(lambda: zarr.open_array(path, mode="r")) < OPEN_CALLS


def test_members_like_others_are_cheap(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path)
    names = iter(["a", "b", "c"])

    def create() -> None:
        group.create_array(next(names), shape=(100,), chunks=(10,), dtype="f4")

    assert count_calls(create) < CREATE_CALLS
    assert count_calls(lambda: group["b"]) < MEMBER_CALLS


@pytest.mark.filterwarnings("ignore:Consolidated metadata")
def test_many_members_are_cheap(tmp_path: Path) -> None:
    counts = []
    for number in (10, 60):
        group = zarr.create_group(tmp_path / str(number))
        for n in range(number):
            group.create_array(f"a{n}", shape=(100,), chunks=(10,), dtype="f4")
        listing = count_calls(lambda group=group: list(group.arrays()))
        consolidated = zarr.consolidate_metadata(group.store_path)
        names = iter([f"a{n}" for n in range(2)])
        counts.append((listing, count_calls(lambda group=consolidated, names=names: group[next(names)])))
    (few, _), (many, one) = counts
    assert (many - few) / 50 < LISTED_CALLS
    assert one < CONSOLIDATED_CALLS


def test_appending_is_cheap(tmp_path: Path) -> None:
    array = zarr.create_array(tmp_path, shape=(0, 8), chunks=(4, 8), dtype="f4", compressors=None)
    block = np.ones((4, 8), "f4")
    array.append(block)
    assert count_calls(lambda: array.append(block)) < APPEND_CALLS


def test_many_inner_chunks_take_few_calls_each(tmp_path: Path) -> None:
    """Coded and placed together: what is left for each is what its codecs do."""
    data = np.arange(1, 64 * 64 * 64 + 1, dtype="float32").reshape(64, 64, 64)
    array = zarr.create_array(tmp_path, shape=data.shape, chunks=(4, 4, 4), shards=(64, 64, 64), dtype="f4")
    with zarr.config.set({"threading.max_workers": 1}):
        writing = count_calls(lambda: array.__setitem__(..., data))
        reading = count_calls(lambda: array[...])
    assert writing < 16**3 * 2 + 500
    assert reading < 16**3 * 3 + 500
    np.testing.assert_array_equal(array[...], data)
