"""CacheStore: never an old value after a change through it, no more bytes than allowed, and few requests."""

from __future__ import annotations

import asyncio
import pickle
import random
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import test_conformance as suite
from hypothesis import given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore as ObstoreMemory

import zarr
from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.ranges import ByteRequest, OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core import run
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.core.sync import sync
from zarr.errors import ZarrRuntimeWarning
from zarr.experimental.cache_store import CacheStore as ExperimentalCacheStore
from zarr.storage import CacheStore, LocalStore, LoggingStore, MemoryStore, ObjectStore, WrapperStore
from zarr.testing.store import LatencyStore
from zarr.testing.utils import assert_bytes_equal

P = default_buffer_prototype()


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


def counting(inner: Any = None) -> LoggingStore[Any]:
    return LoggingStore(inner or MemoryStore(), "ERROR")


def keys(store: Any) -> list[str]:
    return sorted(store._store_dict)


class CacheSuite(suite.Wrapping):
    """The suite goes round the cache: it sets and gets in the store behind it."""

    store_cls = CacheStore

    @pytest.fixture
    def cache(self, tmp_path: Path) -> Any:
        return MemoryStore()

    @pytest.fixture
    def store_kwargs(self, inner_kwargs: dict[str, Any], cache: Any) -> dict[str, Any]:
        return {"store": self.inner.store_cls(**inner_kwargs), "cache_store": cache}

    @pytest.fixture
    def open_kwargs(self, inner_kwargs: dict[str, Any], cache: Any) -> dict[str, Any]:
        return {"store_cls": self.inner.store_cls, "cache_store": cache, **inner_kwargs}

    def test_store_repr(self, store: Any) -> None:
        assert str(store) == f"wrapping-{store._store}"
        assert repr(store) == (
            f"CacheStore(store={store._store!r}, cache_store={store._cache!r}, max_age_seconds=infinity, "
            "max_size=None, current_size=0, cached_keys=0)"
        )


class TestCacheOfLocal(CacheSuite):
    inner = suite.TestLocalStore()


class TestCacheInLocal(CacheSuite):
    inner = suite.TestMemoryStore()

    @pytest.fixture
    def cache(self, tmp_path: Path) -> LocalStore:
        return LocalStore(tmp_path / "cache")


class TestCacheOfWaiting(CacheSuite, suite.TestWrapperOfWaiting):
    @pytest.fixture
    def store_kwargs(self, inner_kwargs: dict[str, Any], cache: Any) -> dict[str, Any]:
        return {"store": LatencyStore(**inner_kwargs), "cache_store": cache}

    @pytest.fixture
    def open_kwargs(self, store_kwargs: dict[str, Any]) -> dict[str, Any]:
        return {
            "store_cls": suite._opened_latency,
            "inner": store_kwargs["store"],
            "cache_store": MemoryStore(),
        }


# --- hits


async def test_value_is_fetched_once() -> None:
    source = counting(MemoryStore({"k": buffer(b"0123456789")}))
    store = CacheStore(source, cache_store=MemoryStore())
    for _ in range(3):
        assert_bytes_equal(await store.get("k", P), b"0123456789")
    assert_bytes_equal(await store.get("k", P, RangeByteRequest(2, 4)), b"23")
    assert_bytes_equal(await store.get("k", P, SuffixByteRequest(1)), b"9")
    assert source.counter["get"] == 1
    assert store.cache_stats() == {
        "hits": 4,
        "misses": 1,
        "evictions": 0,
        "total_requests": 5,
        "hit_rate": 0.8,
    }
    assert store.cache_info() == {
        "cache_store_type": "MemoryStore",
        "max_age_seconds": "infinity",
        "max_size": None,
        "current_size": 10,
        "cache_set_data": True,
        "tracked_keys": 1,
        "cached_keys": 1,
    }


async def test_ranges_are_fetched_once_and_kept_in_memory() -> None:
    source = counting(MemoryStore())
    source._store.set_sync("k", buffer(b"0123456789"))
    cache = MemoryStore()
    store = CacheStore(source, cache_store=cache)
    for _ in range(2):
        assert_bytes_equal(await store.get("k", P, SuffixByteRequest(3)), b"789")
        assert_bytes_equal(await store.get("k", P, OffsetByteRequest(8)), b"89")
    assert source.counter["get"] == 2
    assert keys(cache) == []
    assert (store.cache_info()["tracked_keys"], store.cache_info()["cached_keys"]) == (1, 0)
    assert store.cache_info()["current_size"] == 5


async def test_many_ranges_at_once() -> None:
    source = counting(MemoryStore({"k": buffer(b"0123456789")}))
    store = CacheStore(source, cache_store=MemoryStore())
    wanted = [RangeByteRequest(0, 2), RangeByteRequest(4, 6), SuffixByteRequest(1), None]
    await store.get("k", P, RangeByteRequest(4, 6))
    for _ in range(2):
        found = {}
        async for batch in store.get_ranges("k", wanted, prototype=P):
            found |= dict(batch)
        assert [found[i].to_bytes() for i in range(4)] == [b"01", b"45", b"9", b"0123456789"]
    assert source.counter == {"get": 1, "get_ranges": 2}  # in the second round, only the whole value
    assert dict(store.get_ranges_sync("k", wanted[:2], prototype=P))[1].to_bytes() == b"45"


async def test_what_is_written_is_kept() -> None:
    source, cache = counting(), MemoryStore()
    store = CacheStore(source, cache_store=cache)
    await store.set("k", buffer(b"x"))
    await store._set_many([("a", buffer(b"y")), ("b", buffer(b"z"))])
    assert keys(cache) == ["a", "b", "k"]
    assert [value.to_bytes() for _, value in await run.collect(store._get_many([("k", P, None)]))] == [b"x"]
    assert [v.to_bytes() for v in await store.get_partial_values(P, [("a", None), ("b", None)])] == [
        b"y",
        b"z",
    ]
    assert "get" not in source.counter
    other = CacheStore(source, cache_store=MemoryStore(), cache_set_data=False)
    await other.set("k", buffer(b"x"))
    assert other.cache_info()["cached_keys"] == 0
    await other.get("k", P)
    assert source.counter["get"] == 1


async def test_missing_values_are_asked_for_again() -> None:
    source = counting()
    store = CacheStore(source, cache_store=MemoryStore())
    assert await store.get("k", P) is None
    source._store.set_sync("k", buffer(b"x"))
    assert_bytes_equal(await store.get("k", P), b"x")


def test_kinds_of_buffers_are_kept_apart() -> None:
    class Other(cpu.Buffer):
        pass

    store = CacheStore(MemoryStore({"k": buffer(b"0123")}), cache_store=MemoryStore())
    mine = BufferPrototype(buffer=Other, nd_buffer=cpu.NDBuffer)
    for byte_range in (None, RangeByteRequest(1, 2)):
        for prototype in (P, mine, P):
            value = store.get_sync("k", prototype=prototype, byte_range=byte_range)
            assert type(value) is prototype.buffer


# --- changes


def changes() -> dict[str, Callable[[Any], Any]]:
    return {
        "set": lambda s: s.set("a/k", buffer(b"new")),
        "set_sync": lambda s: s.set_sync("a/k", buffer(b"new")),
        "_set_many": lambda s: s._set_many([("a/k", buffer(b"1")), ("a/k", buffer(b"new"))]),
        "delete": lambda s: s.delete("a/k"),
        "delete_sync": lambda s: s.delete_sync("a/k"),
        "delete_dir": lambda s: s.delete_dir("a"),
        "delete_dir_sync": lambda s: s.delete_dir_sync("a/"),
        "clear": lambda s: s.clear(),
        "of-a-copy": lambda s: s.with_read_only(True).with_read_only(False).set("a/k", buffer(b"new")),
        "in-a-with": lambda s: s.__enter__().set("a/k", buffer(b"new")),
    }


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("name", changes())
async def test_nothing_old_is_read_after_a_change(name: str, keeps: bool) -> None:
    source, cache = MemoryStore(), MemoryStore()
    store = CacheStore(source, cache_store=cache, cache_set_data=keeps)
    parts = [None, RangeByteRequest(0, 1), SuffixByteRequest(2)]
    for fill in ("whole", "parts"):
        await store.set("a/k", buffer(b"old"))
        await store.set("other", buffer(b"other"))
        for part in parts if fill == "whole" else parts[1:]:
            await store.get("a/k", P, part)
        result = changes()[name](store)
        if result is not None:
            await result
        expected = None if "del" in name or name == "clear" else buffer(b"new")
        for part in parts:
            wanted = None if expected is None else {None: b"new", parts[1]: b"n", parts[2]: b"ew"}[part]
            assert_bytes_equal(await store.get("a/k", P, part), wanted)
        assert (await store.get("other", P) is None) == (name == "clear")
        assert keys(cache) == [key for key in keys(source) if (key, None) in store._index._entries]


async def test_value_that_is_there_stays() -> None:
    store = CacheStore(MemoryStore({"k": buffer(b"old")}), cache_store=MemoryStore())
    assert await store.set_if_not_exists("k", buffer(b"new")) is False
    assert store.set_if_not_exists_sync("k", buffer(b"new")) is False
    assert_bytes_equal(await store.get("k", P), b"old")
    assert await store.set_if_not_exists("n", buffer(b"new")) is True
    assert_bytes_equal(await store.get("n", P), b"new")


async def test_write_that_fails_leaves_nothing_in_the_cache() -> None:
    class Fails(WrapperStore[MemoryStore]):
        async def set(self, key: str, value: Buffer) -> None:
            await super().set(key, value)
            raise OSError("after the fact")

    cache = MemoryStore()
    store = CacheStore(Fails(MemoryStore({"k": buffer(b"old")})), cache_store=cache)
    await store.get("k", P)
    with pytest.raises(OSError, match="after the fact"):
        await store.set("k", buffer(b"new"))
    assert keys(cache) == []
    assert_bytes_equal(await store.get("k", P), b"new")


async def test_bytes_that_the_caller_changes_later_are_not_those_of_the_cache() -> None:
    store = CacheStore(MemoryStore(), cache_store=MemoryStore())
    memory = np.frombuffer(bytearray(b"old"), dtype="B")
    await store.set("k", cpu.Buffer.from_array_like(memory))
    memory[:] = 0
    assert_bytes_equal(await store.get("k", P), b"old")


class Gates(WrapperStore[MemoryStore]):
    """Reads and writes stop where the test wants them to."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.after_get: asyncio.Event | None = None
        self.before_set: asyncio.Event | None = None
        self.reached = asyncio.Event()

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        value = await super().get(key, prototype, byte_range)
        gate, self.after_get = self.after_get, None
        if gate is not None:
            self.reached.set()
            await gate.wait()
        return value

    async def set(self, key: str, value: Buffer) -> None:
        gate, self.before_set = self.before_set, None
        if gate is not None:
            self.reached.set()
            await gate.wait()
        await super().set(key, value)


@pytest.mark.parametrize("name", [n for n in changes() if not n.endswith("_sync")])
@pytest.mark.parametrize("byte_range", [None, SuffixByteRequest(3)])
async def test_value_read_before_a_change_is_not_kept_after_it(
    name: str, byte_range: ByteRequest | None
) -> None:
    source = Gates(MemoryStore({"a/k": buffer(b"old")}))
    store = CacheStore(source, cache_store=MemoryStore())
    gate = source.after_get = asyncio.Event()
    reading = asyncio.create_task(store.get("a/k", P, byte_range))
    await source.reached.wait()
    await changes()[name](store)
    gate.set()
    assert_bytes_equal(await reading, b"old")
    expected = None if "del" in name or name == "clear" else b"new"
    assert_bytes_equal(await store.get("a/k", P, byte_range), expected)
    assert not store._index._traffic


async def test_value_read_during_a_write_is_not_kept() -> None:
    source = Gates(MemoryStore({"k": buffer(b"old")}))
    store = CacheStore(source, cache_store=MemoryStore())
    gate = source.before_set = asyncio.Event()
    writing = asyncio.create_task(store.set("k", buffer(b"new")))
    await source.reached.wait()
    for byte_range in (None, SuffixByteRequest(3)):
        assert_bytes_equal(await store.get("k", P, byte_range), b"old")
    gate.set()
    await writing
    for byte_range in (None, SuffixByteRequest(3)):
        assert_bytes_equal(await store.get("k", P, byte_range), b"new")


async def test_two_writers_at_once_leave_what_the_store_has() -> None:
    source = Gates(MemoryStore())
    store = CacheStore(source, cache_store=MemoryStore())
    gate = source.before_set = asyncio.Event()
    first = asyncio.create_task(store.set("k", buffer(b"first")))
    await source.reached.wait()
    await store.set("k", buffer(b"second"))
    gate.set()
    await first
    assert_bytes_equal(await store.get("k", P), b"first")


async def test_cancelled_read_leaves_nothing_behind() -> None:
    source = Gates(MemoryStore({"k": buffer(b"old")}))
    store = CacheStore(source, cache_store=MemoryStore())
    source.after_get = asyncio.Event()
    reading = asyncio.create_task(store.get("k", P))
    await source.reached.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not store._index._traffic
    assert store.cache_info()["current_size"] == 0


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["set", "get", "range", "delete", "delete_dir", "clear", "clear_cache", "many"]),
        st.sampled_from(["a", "b/c", "b/d"]),
        st.binary(max_size=6),
    ),
    max_size=25,
)


@given(steps=STEPS, size=st.sampled_from([None, 0, 5, 12]), seed=st.integers(0, 99))
@settings(max_examples=40)
def test_tasks_at_once_never_make_the_cache_differ_from_the_store(
    steps: list[tuple[str, str, bytes]], size: int | None, seed: int
) -> None:
    """Whatever runs at once, the cache holds the store's values when all is done."""
    chance = random.Random(seed)

    class Slow(WrapperStore[MemoryStore]):
        async def _pause(self) -> None:
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)

        async def get(self, *args: Any, **kwargs: Any) -> Buffer | None:
            await self._pause()
            value = await super().get(*args, **kwargs)
            await self._pause()
            return value

        async def set(self, key: str, value: Buffer) -> None:
            await self._pause()
            await super().set(key, value)
            await self._pause()

        async def delete(self, key: str) -> None:
            await self._pause()
            await super().delete(key)
            await self._pause()

    source, cache = MemoryStore(), MemoryStore()
    store = CacheStore(Slow(source), cache_store=Slow(cache), max_size=size)

    async def step(name: str, key: str, data: bytes) -> None:
        match name:
            case "set":
                await store.set(key, buffer(data))
            case "many":
                await store._set_many([("a", buffer(data)), (key, buffer(data))])
            case "get":
                await store.get(key, P)
            case "range":
                await store.get(key, P, RangeByteRequest(1, 3))
            case "delete":
                await store.delete(key)
            case "delete_dir":
                await store.delete_dir("b")
            case "clear":
                await store.clear()
            case "clear_cache":
                await store.clear_cache()

    async def all_steps() -> None:
        for start in range(0, len(steps), 5):
            await asyncio.gather(*(step(*s) for s in steps[start : start + 5]))
            info = store.cache_info()
            assert size is None or info["current_size"] <= size
            assert not store._index._traffic
            for key, value in cache._store_dict.items():
                assert_bytes_equal(value, source._store_dict[key])
            for key in ("a", "b/c", "b/d"):
                expected = source.get_sync(key)
                assert_bytes_equal(await store.get(key, P), expected)
                part = None if expected is None else expected.to_bytes()[1:3]
                assert_bytes_equal(await store.get(key, P, RangeByteRequest(1, 3)), part)

    asyncio.run(all_steps())


def test_threads_at_once(tmp_path: Path) -> None:
    source, cache = LocalStore(tmp_path / "source"), LocalStore(tmp_path / "cache")
    store = CacheStore(source, cache_store=cache, max_size=40)
    errors: list[BaseException] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        try:
            for _ in range(150):
                key = chance.choice(["a", "b", "c"])
                match chance.randrange(4):
                    case 0:
                        store.set_sync(key, buffer(bytes([seed]) * 10))
                    case 1:
                        store.delete_sync(key)
                    case _:
                        value = store.get_sync(key)
                        assert value is None or len(set(value.to_bytes())) == 1
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert not store._index._traffic
    for key in ("a", "b", "c"):
        assert_bytes_equal(store.get_sync(key), source.get_sync(key))
    assert store.cache_info()["current_size"] <= 40
    assert sum(p.stat().st_size for p in (tmp_path / "cache").rglob("*") if p.is_file()) <= 40


# --- size and age


async def test_values_used_least_recently_go_first() -> None:
    cache = MemoryStore()
    store = CacheStore(MemoryStore(), cache_store=cache, max_size=25)
    for key in ("a", "b"):
        await store.set(key, buffer(b"0123456789"))
    await store.get("a", P)
    await store.set("c", buffer(b"0123456789"))
    assert keys(cache) == ["a", "c"]
    assert store.cache_stats()["evictions"] == 1
    await store.get("b", P, RangeByteRequest(0, 5))  # fits beside them
    assert store.cache_info()["current_size"] == 25
    await store.get("b", P, RangeByteRequest(0, 6))
    assert store.cache_info()["current_size"] <= 25
    assert keys(cache) == ["c"]


async def test_values_larger_than_the_cache_are_not_kept() -> None:
    source, cache = counting(), MemoryStore()
    store = CacheStore(source, cache_store=cache, max_size=5)
    await store.set("small", buffer(b"x"))
    await store.set("k", buffer(b"0123456789"))
    await store.get("k", P)
    await store.get("k", P, SuffixByteRequest(6))
    assert keys(cache) == ["small"]
    assert source.counter["get"] == 2
    nothing = CacheStore(source, cache_store=MemoryStore(), max_size=0)
    assert_bytes_equal(await nothing.get("k", P), b"0123456789")
    assert nothing.cache_info()["tracked_keys"] == 0


async def test_values_get_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("zarr.storage._cache_index.time.monotonic", lambda: now)
    source, cache = counting(MemoryStore({"k": buffer(b"old")})), MemoryStore()
    store = CacheStore(source, cache_store=cache, max_age_seconds=10)
    for _ in range(2):
        await store.get("k", P)
        await store.get("k", P, SuffixByteRequest(1))
    source._store.set_sync("k", buffer(b"new"))
    now += 9.9
    assert_bytes_equal(await store.get("k", P), b"old")
    now += 0.1
    assert_bytes_equal(await store.get("k", P, SuffixByteRequest(1)), b"w")
    assert keys(cache) == []
    assert_bytes_equal(await store.get("k", P), b"new")
    never = CacheStore(source, cache_store=MemoryStore(), max_age_seconds=0)
    source.counter.clear()
    for _ in range(2):
        await never.get("k", P)
    assert source.counter["get"] == 2


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"max_age_seconds": "forever"}, "must be 'infinity'"),
        ({"max_age_seconds": -1}, "max_age_seconds: expected"),
        ({"max_age_seconds": None}, "max_age_seconds: expected"),
        ({"max_age_seconds": float("nan")}, "max_age_seconds: expected"),
        ({"max_size": -1}, "max_size: expected"),
        ({"max_size": "1 GB"}, "max_size: expected"),
        ({"cache_store": MemoryStore(read_only=True)}, "does not support deletes"),
    ],
)
def test_options_that_are_refused(wrong: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        CacheStore(MemoryStore(), **{"cache_store": MemoryStore(), **wrong})


# --- ranges of different states of a value


async def test_ranges_of_different_states_of_a_value_do_not_meet() -> None:
    source = MemoryStore()
    source.set_sync("k", buffer(b"old"))
    store = CacheStore(source, cache_store=MemoryStore())
    await store.get("k", P, RangeByteRequest(0, 1))
    source.set_sync("k", buffer(b"new"))  # by somebody else
    old = await store.get("k", P, RangeByteRequest(0, 1))
    new = await store.get("k", P, RangeByteRequest(1, 3))
    assert old is not None
    assert new is not None
    assert old.generation != new.generation  # so the reader can see it
    assert_bytes_equal(await store.get("k", P, RangeByteRequest(0, 1)), b"n")


async def test_ranges_without_a_generation_are_not_kept() -> None:
    class Plain(WrapperStore[MemoryStore]):
        async def get(self, *args: Any, **kwargs: Any) -> Buffer | None:
            value = await super().get(*args, **kwargs)
            return None if value is None else buffer(value.to_bytes())

    source = counting(Plain(MemoryStore({"k": buffer(b"old")})))
    store = CacheStore(source, cache_store=MemoryStore())
    for _ in range(2):
        await store.get("k", P, RangeByteRequest(0, 1))
    assert source.counter["get"] == 2


def test_shards_through_a_cache(tmp_path: Path) -> None:
    source = counting(LocalStore(tmp_path))
    store = CacheStore(source, cache_store=MemoryStore())
    array = zarr.create_array(store, shape=(64,), shards=(32,), chunks=(4,), dtype="i4")
    array[:] = range(64)
    source.counter.clear()
    assert list(zarr.open_array(store, mode="r")[10:50]) == list(range(10, 50))
    assert not {"get", "get_sync", "get_ranges", "get_ranges_sync"} & set(source.counter)


SOURCES: dict[str, Callable[[Path], Any]] = {
    "memory": lambda _: MemoryStore(),
    "local": LocalStore,
    "waiting": lambda _: LatencyStore(MemoryStore()),
    "objects": lambda _: ObjectStore(ObstoreMemory()),
}


@pytest.mark.parametrize("layout", [{"chunks": 8}, {"chunks": 2, "shards": 8}])
@pytest.mark.parametrize("source", SOURCES)
def test_what_is_patched_is_what_the_store_has_now(
    source: str, layout: dict[str, Any], tmp_path: Path
) -> None:
    """However old the cache may be: else it would undo what others wrote since."""
    inner = SOURCES[source](tmp_path)
    cached = zarr.create_array(
        CacheStore(inner, cache_store=MemoryStore()), shape=8, dtype="i4", fill_value=0, **layout
    )
    cached[:] = 1
    assert cached[:].tolist() == [1] * 8
    others = zarr.open_array(inner, mode="r+")
    others[:2] = 2
    others.attrs["theirs"] = 2
    cached[6:] = 3
    cached.attrs["ours"] = 3
    for array in (others, cached, zarr.open_array(inner)):
        assert array[:].tolist() == [2, 2, 1, 1, 1, 1, 3, 3]
    assert dict(zarr.open_array(inner).attrs) == {"theirs": 2, "ours": 3}


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("source", SOURCES)
def test_documents_that_are_patched_are_those_of_the_store(
    source: str, zarr_format: Any, tmp_path: Path
) -> None:
    inner = SOURCES[source](tmp_path)
    root = zarr.create_group(CacheStore(inner, cache_store=MemoryStore()), zarr_format=zarr_format)
    array = root.create_array("x", shape=8, dtype="i4")
    for node in (root, array):
        node.attrs["first"] = 1
        others = zarr.open(inner, path=node.path, mode="r+")
        others.attrs["theirs"] = 2
        node.attrs["ours"] = 3
        found = dict(zarr.open(inner, path=node.path, mode="r").attrs)
        assert found == {"first": 1, "theirs": 2, "ours": 3}


async def test_value_that_is_read_while_another_patches_it_is_not_kept() -> None:
    source = Gates(MemoryStore({"k": buffer(b"old")}))
    store = CacheStore(source, cache_store=MemoryStore())
    gate = source.after_get = asyncio.Event()
    reading = asyncio.create_task(store.get("k", P))
    await source.reached.wait()
    await source._store.set("k", buffer(b"new"))  # by somebody else
    with store._exclusion("k"):
        gate.set()
        assert_bytes_equal(await reading, b"old")
        assert_bytes_equal(await store.get("k", P), b"new")


# --- what the cache store does


async def test_cache_store_from_before_is_used_again(tmp_path: Path) -> None:
    source = counting()
    for _ in range(2):
        store = CacheStore(source, cache_store=LocalStore(tmp_path), max_size=100)
        await store.set("k", buffer(b"x")) if not source.counter else None
        assert_bytes_equal(await store.get("k", P), b"x")
        assert store.cache_info()["current_size"] == 1
    assert "get" not in source.counter
    small = CacheStore(source, cache_store=LocalStore(tmp_path), max_size=0)
    await small.get("other", P)
    assert list(tmp_path.iterdir()) == []


async def test_cache_store_from_before_is_too_old_where_entries_age(tmp_path: Path) -> None:
    source = counting(MemoryStore({"k": buffer(b"new")}))
    store = CacheStore(source, cache_store=MemoryStore({"k": buffer(b"old")}), max_age_seconds=1000)
    assert_bytes_equal(await store.get("k", P), b"new")


async def test_nothing_old_is_in_the_cache_while_the_store_is_written() -> None:
    """So that a crash in between leaves no old value for the next process."""
    cache = MemoryStore()

    class Looks(WrapperStore[MemoryStore]):
        async def set(self, key: str, value: Buffer) -> None:
            assert keys(cache) == []
            await super().set(key, value)

    store = CacheStore(Looks(MemoryStore()), cache_store=cache)
    for data in (b"1", b"2"):
        await store.set("k", buffer(data))
    assert keys(cache) == ["k"]


async def test_cache_store_that_somebody_emptied() -> None:
    cache = MemoryStore()
    store = CacheStore(MemoryStore({"k": buffer(b"x")}), cache_store=cache)
    await store.get("k", P)
    await cache.clear()
    assert_bytes_equal(await store.get("k", P), b"x")
    assert store.cache_stats()["misses"] == 2
    assert store.cache_info()["current_size"] == 1


async def test_cache_that_is_full_is_warned_of() -> None:
    class Full(WrapperStore[MemoryStore]):
        async def set(self, key: str, value: Buffer) -> None:
            raise OSError(28, "No space left on device")

    store = CacheStore(MemoryStore(), cache_store=Full(MemoryStore()))
    with pytest.warns(ZarrRuntimeWarning, match="could not keep 'k'.*No space left"):
        await store.set("k", buffer(b"x"))
    with pytest.warns(ZarrRuntimeWarning, match="could not keep"):
        assert_bytes_equal(await store.get("k", P), b"x")
    assert store.cache_info()["current_size"] == 0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("one", "other"), [("a/c/0/0", "a/c/0"), ("a/c/0", "a/c/0/0")])
@pytest.mark.parametrize("delete", ["delete", "delete_dir", "clear", "behind", None])
async def test_keys_of_which_one_is_a_directory_of_the_other(
    tmp_path: Path, one: str, other: str, delete: str | None
) -> None:
    """Such as chunks of an array that is made anew with other dimensions. None: the store holds both."""
    source, cache = MemoryStore(), LocalStore(tmp_path)
    store = CacheStore(source, cache_store=cache)
    await store.set(one, buffer(b"one"))
    assert await cache.exists(one)
    match delete:
        case "delete":
            await store.delete(one)
        case "delete_dir":
            await store.delete_dir("a")
        case "clear":
            await store.clear()
        case "behind":
            await source.clear()
    await store.set(other, buffer(b"other"))
    for key, value in ((other, b"other"), (one, None if delete else b"one"), (other, b"other")):
        assert_bytes_equal(await store.get(key, P), value)
    assert await cache.exists(other)
    assert store.cache_info()["current_size"] == sum([await cache.getsize(key) async for key in cache.list()])


async def test_cache_that_cannot_be_read_is_warned_of() -> None:
    class Broken(WrapperStore[MemoryStore]):
        async def get(self, *args: Any) -> Buffer | None:
            raise OSError(5, "Input/output error")

    cache = MemoryStore()
    store = CacheStore(MemoryStore(), cache_store=Broken(cache))
    await store.set("k", buffer(b"x"))
    assert keys(cache) == ["k"]
    with pytest.warns(ZarrRuntimeWarning, match="could not read 'k'.*Input/output error"):
        assert_bytes_equal(await store.get("k", P), b"x")
    await store.delete_dir("")
    assert keys(cache) == []


async def test_value_that_two_fetch_one_after_the_other_is_counted_once() -> None:
    store = CacheStore(MemoryStore(), cache_store=MemoryStore())
    for _ in range(2):  # both had looked, in vain, before the first of them kept it
        with store._index.reading("k", whole=True) as ticket:
            await store._keep(ticket, buffer(b"x" * 9))
    assert store.cache_info()["current_size"] == 9


async def test_a_cache_store_with_its_own_set_and_get() -> None:
    class Own(CacheStore):
        async def set(self, key: str, value: Buffer) -> None:
            await super().set(key, buffer(value.to_bytes() + b"!"))

        async def get(self, *args: Any) -> Buffer | None:
            found = await super().get(*args)
            return found and buffer(found.to_bytes() + b"?")

    store = Own(MemoryStore(), cache_store=MemoryStore())
    await store.set("a", buffer(b"a"))
    await store._set_many([("b", buffer(b"b"))])
    found = dict([item async for item in store._get_many([("a", P, None), ("b", P, None)])])
    for key in "ab":
        assert_bytes_equal(found[key], f"{key}!?".encode())


async def test_clear_cache_leaves_the_store() -> None:
    source, cache = MemoryStore(), MemoryStore()
    store = CacheStore(source, cache_store=cache)
    await store.set("k", buffer(b"x"))
    await store.get("k", P, SuffixByteRequest(1))
    await store.clear_cache()
    assert (keys(cache), keys(source)) == ([], ["k"])
    assert store.cache_info()["tracked_keys"] == store.cache_info()["current_size"] == 0
    assert_bytes_equal(await store.get("k", P), b"x")


async def test_cache_store_that_cannot_list_is_used() -> None:
    class Blind(WrapperStore[MemoryStore]):
        supports_listing = False  # type: ignore[assignment]

        def list(self) -> AsyncIterator[str]:
            raise AssertionError

    store = CacheStore(MemoryStore({"k": buffer(b"x")}), cache_store=Blind(MemoryStore()))
    await store.get("k", P)
    assert store.cache_info()["cached_keys"] == 1


# --- what it is


def test_blocking_stores_stay_blocking() -> None:
    waiting = LatencyStore(MemoryStore())
    assert not CacheStore(MemoryStore(), cache_store=MemoryStore())._suspends
    assert CacheStore(waiting, cache_store=MemoryStore())._suspends
    assert CacheStore(MemoryStore(), cache_store=waiting)._suspends
    source = counting()
    store = CacheStore(source, cache_store=MemoryStore())
    array = zarr.create_array(store, data=np.arange(6), chunks=2)
    assert list(array[2:4]) == [2, 3]
    assert not hasattr(store, "nonsense_sync")
    assert sorted(store.keys_sync()) == ["c/0", "c/1", "c/2", "zarr.json"]


def test_waiting_stores_through_arrays() -> None:
    source = counting(LatencyStore(MemoryStore()))
    store = CacheStore(source, cache_store=MemoryStore())
    array = zarr.create_array(store, data=np.arange(60), chunks=2)
    source.counter.clear()
    np.testing.assert_array_equal(array[:], np.arange(60))
    assert "get" not in source.counter


async def test_invalid_requests_are_the_stores_matter() -> None:
    store = CacheStore(MemoryStore({"k": buffer(b"x")}), cache_store=MemoryStore())
    for wrong in ((0, 1), [0, 1]):
        with pytest.raises(ValueError, match="Unexpected byte_range, got"):
            await store.get("k", P, wrong)  # type: ignore[arg-type]


def test_pickled_cache_begins_anew(tmp_path: Path) -> None:
    store = CacheStore(
        LocalStore(tmp_path / "s"), cache_store=LocalStore(tmp_path / "c"), max_size=100, cache_set_data=False
    )
    store.set_sync("k", buffer(b"x"))
    store.get_sync("k")
    again = pickle.loads(pickle.dumps(store))
    assert again == store
    assert_bytes_equal(again.get_sync("k"), b"x")
    assert again.cache_stats()["hits"] == 1


def test_faces_share_the_cache() -> None:
    store = CacheStore(MemoryStore(), cache_store=MemoryStore())
    reader = store.with_read_only(True)
    store.set_sync("k", buffer(b"x"))
    assert_bytes_equal(reader.get_sync("k"), b"x")
    assert reader.cache_stats() == store.cache_stats()
    with pytest.raises(ValueError, match="read-only mode"):
        reader.set_sync("k", buffer(b"y"))
    assert store.cache_info()["cached_keys"] == 1


def test_equality_and_names() -> None:
    source, cache = MemoryStore(), MemoryStore()
    store = CacheStore(source, cache_store=cache)
    assert store == CacheStore(source, cache_store=cache)
    assert store != CacheStore(source, cache_store=cache, max_size=1)
    assert store != source
    assert ExperimentalCacheStore is CacheStore is zarr.storage.CacheStore


def test_clear_cache_from_blocking_code() -> None:
    store = CacheStore(LatencyStore(MemoryStore()), cache_store=MemoryStore())
    sync(store.set("k", buffer(b"x")))
    sync(store.clear_cache())
    assert store.cache_info()["cached_keys"] == 0
