"""ManagedMemoryStore: one dict per name, found again by a URL, in this process only."""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from zarr.abc.buffer import Buffer
from zarr.core.buffer import cpu
from zarr.storage import ManagedMemoryStore, MemoryStore
from zarr.storage._managed import is_known, kept_store
from zarr.testing.store import StoreTests
from zarr.testing.utils import assert_bytes_equal


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


class TestManagedMemoryStore(StoreTests[ManagedMemoryStore, cpu.Buffer]):
    store_cls = ManagedMemoryStore
    buffer_cls = cpu.Buffer

    async def set(self, store: ManagedMemoryStore, key: str, value: Buffer) -> None:
        store._store_dict[store._start + key] = value

    async def get(self, store: ManagedMemoryStore, key: str) -> Buffer:
        return store._store_dict[store._start + key]

    @pytest.fixture(params=["", "a/path"])
    def store_kwargs(self, request: pytest.FixtureRequest) -> dict[str, Any]:
        return {"name": f"suite-{id(request.node)}", "path": request.param}

    def test_store_repr(self, store: ManagedMemoryStore) -> None:
        assert str(store) == f"memory://{store.name}" + (f"/{store.path}" if store.path else "")
        assert repr(store) == f"ManagedMemoryStore('{store}')"

    def test_store_supports_writes(self, store: ManagedMemoryStore) -> None:
        assert store.supports_writes
        assert store.supports_deletes

    def test_store_supports_listing(self, store: ManagedMemoryStore) -> None:
        assert store.supports_listing


def test_stores_of_one_name_share_values() -> None:
    one, two = ManagedMemoryStore("shared"), ManagedMemoryStore("shared")
    one.set_sync("k", buffer(b"x"))
    assert_bytes_equal(two.get_sync("k"), b"x")
    assert one == two
    assert one != ManagedMemoryStore("other")
    assert one != MemoryStore(one._store_dict)
    assert one.get_sync("k") is not None
    assert ManagedMemoryStore("other").get_sync("k") is None


def test_values_live_as_long_as_a_store() -> None:
    one = ManagedMemoryStore("short-lived")
    one.set_sync("k", buffer(b"x"))
    two = ManagedMemoryStore("short-lived", path="below")
    del one
    gc.collect()
    assert is_known("short-lived")
    del two
    gc.collect()
    assert not is_known("short-lived")
    assert ManagedMemoryStore("short-lived").get_sync("k") is None


def test_values_of_a_kept_name_stay() -> None:
    kept_store("kept").set_sync("k", buffer(b"x"))
    gc.collect()
    assert_bytes_equal(ManagedMemoryStore("kept").get_sync("k"), b"x")


def test_stores_without_a_name_get_new_ones() -> None:
    stores = [ManagedMemoryStore() for _ in range(5)]
    assert len({store.name for store in stores}) == 5
    taken = ManagedMemoryStore(str(int(stores[-1].name) + 1))
    assert ManagedMemoryStore().name != taken.name


def test_path_is_a_part_of_the_values() -> None:
    whole, part = ManagedMemoryStore("tree"), ManagedMemoryStore("tree", path="/a//b/")
    assert part.path == "a/b"
    assert whole != part
    part.set_sync("k", buffer(b"x"))
    assert list(whole.keys_sync()) == ["a/b/k"]
    assert list(part.keys_sync()) == ["k"]
    assert list(part.list_dir_sync("")) == ["k"]
    assert part._lock_scope != whole._lock_scope


@pytest.mark.parametrize("delete", ["clear", "delete_dir"])
async def test_deleting_all_stays_below_the_path(delete: str) -> None:
    whole, part = ManagedMemoryStore("to-clear"), ManagedMemoryStore("to-clear", path="a")
    for key in ("a/k", "a/b/k", "ab", "other"):
        whole.set_sync(key, buffer(b"x"))
    await (part.clear() if delete == "clear" else part.delete_dir(""))
    assert sorted(whole.keys_sync()) == ["ab", "other"]


async def test_read_only_face() -> None:
    store = ManagedMemoryStore("faces", path="a")
    reader = store.with_read_only(True)
    assert (reader.name, reader.path, reader.read_only) == ("faces", "a", True)
    assert reader != store
    store.set_sync("k", buffer(b"x"))
    assert_bytes_equal(reader.get_sync("k"), b"x")
    with pytest.raises(ValueError, match="read-only mode"):
        await reader.clear()


# --- URLs and names


@pytest.mark.parametrize("url", ["memory://found", "memory://found/", "MEMORY://found"])
def test_url_finds_the_store(url: str) -> None:
    store = ManagedMemoryStore("found")
    assert ManagedMemoryStore.from_url(url) == store
    assert ManagedMemoryStore.from_url(url, read_only=True).read_only
    assert ManagedMemoryStore.from_url(str(store)) == store


def test_url_with_a_path() -> None:
    store = ManagedMemoryStore("found-below")
    below = ManagedMemoryStore.from_url("memory://found-below/a//b")
    assert below.path == "a/b"
    assert below._store_dict is store._store_dict


@pytest.mark.parametrize("url", ["memory://nobody-made-this", "memory://", "memory:///a"])
def test_url_of_no_store_is_an_error(url: str) -> None:
    with pytest.raises(ValueError, match="Memory store not found for URL"):
        ManagedMemoryStore.from_url(url)


@pytest.mark.parametrize("url", ["file:///x", "memory:x", "x"])
def test_other_urls_are_errors(url: str) -> None:
    with pytest.raises(ValueError, match="Expected a 'memory://' URL"):
        ManagedMemoryStore.from_url(url)


def test_names_and_paths_that_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot contain '/'"):
        ManagedMemoryStore("a/b")
    with pytest.raises(ValueError, match="is invalid"):
        ManagedMemoryStore("a", path="../b")
    with pytest.raises(TypeError, match="name: expected str or None, got 'dict'"):
        ManagedMemoryStore({})  # type: ignore[arg-type]


# --- processes and threads


def test_pickled_store_is_the_same_in_this_process() -> None:
    store = ManagedMemoryStore("pickled", path="a", read_only=True)
    again = pickle.loads(pickle.dumps(store))
    assert again == store
    assert again._store_dict is store._store_dict


def test_pickled_store_is_refused_in_another_process(tmp_path: Path) -> None:
    file = tmp_path / "store"
    file.write_bytes(pickle.dumps(ManagedMemoryStore("pickled-away")))
    code = f"import pickle; pickle.loads(open({str(file)!r}, 'rb').read())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "RuntimeError: ManagedMemoryStore 'pickled-away' was pickled in process" in done.stderr
    assert str(os.getpid()) in done.stderr


def test_threads_that_name_a_store_at_once_get_one() -> None:
    for attempt in range(30):
        barrier = threading.Barrier(4)
        stores: list[ManagedMemoryStore] = []

        def make(name: str, barrier: threading.Barrier, stores: list[ManagedMemoryStore]) -> None:
            barrier.wait()
            stores.append(ManagedMemoryStore(name))

        threads = [
            threading.Thread(target=make, args=(f"raced-{attempt}", barrier, stores)) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({id(store._store_dict) for store in stores}) == 1
