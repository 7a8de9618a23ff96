"""What stores that wait have in common, over those of fsspec and obstore: machines, arrays, threads, the cap."""

from __future__ import annotations

import asyncio
import pickle
import threading
from pathlib import Path
from uuid import uuid4

import fsspec
import numpy as np
import obstore.store
import pytest
from dictionary_filesystem import Dictionary
from machines import run_machine

import zarr
from zarr.abc.store import RangeByteRequest
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.core.run.budget import requests
from zarr.core.sync import sync
from zarr.storage import FsspecStore, ObjectStore
from zarr.storage import _changes as changes
from zarr.storage._waiting import WaitingStore
from zarr.testing.stateful import ZarrHierarchyStateMachine, ZarrStoreStateMachine
from zarr.testing.utils import assert_bytes_equal


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


@pytest.fixture(params=["fsspec-memory", "fsspec-local", "coroutines", "obstore-memory", "obstore-local"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> WaitingStore:
    root = tmp_path / "root"
    match request.param:
        case "fsspec-memory":
            return FsspecStore(fsspec.filesystem("memory"), path=f"/{uuid4()}")
        case "fsspec-local":
            return FsspecStore(fsspec.filesystem("file"), path=str(root))
        case "coroutines":
            return FsspecStore(Dictionary(asynchronous=True), path="root")
        case "obstore-memory":
            return ObjectStore(obstore.store.MemoryStore())
    return ObjectStore(obstore.store.LocalStore(root, mkdir=True, automatic_cleanup=True))


@pytest.mark.machine
def test_store_machine(empty: WaitingStore) -> None:
    run_machine(lambda: ZarrStoreStateMachine(empty))


@pytest.mark.machine
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
def test_hierarchy_machine(empty: WaitingStore) -> None:
    run_machine(lambda: ZarrHierarchyStateMachine(empty))


@pytest.mark.parametrize("shards", [None, (50,)])
def test_array(empty: WaitingStore, shards: tuple[int, ...] | None) -> None:
    data = np.arange(203, dtype="i4")
    made = zarr.create_array(empty, name="a", data=data, chunks=(10,), shards=shards)
    made[13:58] = data[13:58] = -1
    read = zarr.open_array(empty, path="a", mode="r")
    assert np.array_equal(read[:], data)
    assert np.array_equal(read[7:93:5], data[7:93:5])
    assert [name for name, _ in zarr.open_group(empty, mode="r").members()] == ["a"]


async def test_one_of_many_creates(empty: WaitingStore) -> None:
    created = await asyncio.gather(*(empty.set_if_not_exists("a/k", buffer(bytes([i]))) for i in range(8)))
    if None in created:  # where the filesystem cannot tell, nobody is told that it was the one
        assert True not in created
    else:
        assert sorted(created, key=str) == [False] * 7 + [True]


def test_many_threads_share_one_store(empty: WaitingStore) -> None:
    array = zarr.create_array(empty, data=np.arange(60), chunks=5)
    wrong: list[object] = []

    def read() -> None:
        reads = (array[:] for _ in range(5))
        wrong.extend(read for read in reads if not np.array_equal(read, np.arange(60)))

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


async def test_many_ranges_take_few_reads(empty: WaitingStore) -> None:
    await empty.set("k", buffer(bytes(range(100))))
    wanted = [RangeByteRequest(i, i + 2) for i in (90, 0, 3, 40)]
    batches = [
        batch
        async for batch in empty.get_ranges(
            "k", wanted, prototype=default_buffer_prototype(), max_gap_bytes=5, max_coalesced_bytes=50
        )
    ]
    assert sorted(len(batch) for batch in batches) == [1, 1, 2]
    for i, value in [item for batch in batches for item in batch]:
        assert_bytes_equal(value, bytes(range(wanted[i].start, wanted[i].end)))


@pytest.mark.parametrize("wrong", [0, -1])
def test_cap_is_at_least_one(wrong: int) -> None:
    with pytest.raises(ValueError, match="concurrency must be at least 1"):
        FsspecStore(fsspec.filesystem("memory"), concurrency=wrong)


def test_cap_belongs_to_the_store(tmp_path: Path) -> None:
    inner = obstore.store.LocalStore(tmp_path)
    for store in (FsspecStore(fsspec.filesystem("file"), concurrency=2), ObjectStore(inner, concurrency=2)):
        assert store != type(store)(getattr(store, "fs", inner))
        for again in (pickle.loads(pickle.dumps(store)), store.with_read_only(True)):
            assert again._concurrency == 2
            assert again._cap is not None


async def test_slots_come_back_when_requests_fail_or_are_cancelled(empty: WaitingStore) -> None:
    await empty.set("k", buffer(b"x"))
    tasks = [asyncio.create_task(empty.get("k")) for _ in range(30)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    with pytest.raises(ValueError, match="is no key"):
        await empty.get("../k")
    assert requests.in_flight == 0


@pytest.mark.parametrize("shards", [None, (8,)])
def test_decoded_chunks_are_kept_until_this_process_changes_something(
    monkeypatch: pytest.MonkeyPatch, shards: tuple[int, ...] | None
) -> None:
    filesystem = Dictionary(asynchronous=True)
    store, other = FsspecStore(filesystem, path="root/a"), FsspecStore(filesystem, path="root")
    data = np.arange(1, 17, dtype="i4")
    array = zarr.create_array(store, shape=(16,), chunks=(4,), shards=shards, dtype="i4")
    array[...] = data
    asked: list[str] = []
    read = FsspecStore._read

    async def counting(self: FsspecStore, key: str, *args: object) -> object:
        asked.append(key)
        return await read(self, key, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(FsspecStore, "_read", counting)
    with zarr.config.set({"chunk_cache.max_bytes": 1 << 20}):
        for i in range(3):
            np.testing.assert_array_equal(array[...], data)
            asked.clear()
            np.testing.assert_array_equal(array[2:15], data[2:15])
            assert not asked
            data[i] = -i
            zarr.open_array(other, path="a")[i] = -i
        np.testing.assert_array_equal(array[...], data)
        sync(other.delete("a/c/0"))
        assert (array[:4] == 0).all()


def test_changes_are_told_apart_by_bucket() -> None:
    before = {name: changes.last(name) for name in ("a", "b", "")}
    changes.note("a")
    assert changes.last("a") != before["a"]
    assert changes.last("b") == before["b"]
    assert changes.last("") != before[""]
    changes.note("")  # it may be any of them
    assert changes.last("b") != before["b"]
