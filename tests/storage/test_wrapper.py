"""WrapperStore and LatencyStore: every method reaches the store inside; what a wrapper changes, changes."""

from __future__ import annotations

import inspect
import pickle
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.store import ByteRequest, RangeByteRequest, Store
from zarr.core import run
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.core.sync import sync
from zarr.storage import LocalStore, MappingStore, MemoryStore, WrapperStore
from zarr.testing.store import LatencyStore
from zarr.testing.utils import assert_bytes_equal


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


class Recorder:
    """Answers every name with a value of its own and remembers that it was asked."""

    _suspends = False
    read_only = False

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        if name in ("asked", "_suspends", "__class__", "__dict__") or name.startswith("__"):
            return object.__getattribute__(self, name)
        self.asked.append(name)
        declared = inspect.getattr_static(Store, name, None)
        if isinstance(declared, property):
            return f"answer of {name}"

        def answer(*args: Any, **kwargs: Any) -> Any:
            if name in ("list", "list_prefix", "list_dir", "get_ranges", "_get_many"):
                return _items(f"answer of {name}")
            if inspect.iscoroutinefunction(declared) or name in ("get", "set"):
                return _value(f"answer of {name}")
            return f"answer of {name}"

        return answer


async def _value(value: str) -> str:
    return value


async def _items(value: str) -> AsyncIterator[str]:
    yield value


ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "get": ("k", None),
    "get_partial_values": (None, []),
    "get_ranges": ("k", []),
    "_get_many": ([],),
    "exists": ("k",),
    "getsize": ("k",),
    "getsize_prefix": ("k",),
    "is_empty": ("k",),
    "set": ("k", None),
    "set_if_not_exists": ("k", None),
    "_set_many": ([],),
    "delete": ("k",),
    "delete_dir": ("k",),
    "clear": (),
    "list": (),
    "list_prefix": ("k",),
    "list_dir": ("k",),
    "close": (),
    "_open": (),
    "_ensure_open": (),
    "_check_writable": (),
}
OTHERWISE = {
    "open": "takes the class to wrap",
    "with_read_only": "wraps the result",
    "set_partial_values": "made of get and set",
    "get_ranges_sync": "made of get_sync",
}


def test_every_method_of_stores_is_among_those_tested() -> None:
    for name, member in vars(Store).items():
        if not name.startswith("_") and not isinstance(member, property):
            assert name in ARGUMENTS or name in OTHERWISE, name


@pytest.mark.parametrize("name", ARGUMENTS)
async def test_method_is_forwarded(name: str) -> None:
    inner: Any = Recorder()
    kwargs = {"prototype": None} if name == "get_ranges" else {}
    result = getattr(WrapperStore(inner), name)(*ARGUMENTS[name], **kwargs)
    if inspect.isawaitable(result):
        result = await result
    elif hasattr(result, "__aiter__"):
        (result,) = [item async for item in result]
    assert name in inner.asked
    assert result in (f"answer of {name}", None)


PROPERTIES = [n for n, m in vars(Store).items() if isinstance(m, property)]


@pytest.mark.parametrize("name", PROPERTIES)
def test_property_is_forwarded(name: str) -> None:
    inner: Any = Recorder()
    getattr(WrapperStore(inner), name)
    assert name in inner.asked


@pytest.mark.parametrize("cls", [LocalStore, MemoryStore])
def test_blocking_methods_are_forwarded(cls: Any, tmp_path: Path) -> None:
    wrapper = WrapperStore(cls(tmp_path) if cls is LocalStore else cls())
    own = {"get_sync", "get_ranges_sync", "set_sync", "set_if_not_exists_sync", "delete_sync"}
    for name in dir(cls):
        if name.endswith("_sync") and name[0] != "_" and name not in own:
            assert getattr(wrapper, name) == getattr(wrapper._store, name)
    wrapper.set_sync("k", buffer(b"value"))
    assert_bytes_equal(wrapper.get_sync("k", byte_range=RangeByteRequest(1, 3)), b"al")
    wrapper.delete_sync("k")
    assert wrapper._store.get_sync("k") is None


def test_blocking_methods_are_absent_where_the_store_has_none() -> None:
    class Waits(MemoryStore):
        async def get(self, *args: Any, **kwargs: Any) -> Buffer | None:
            return None

    class Plain(Store):
        pass

    Plain.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]
    plain = WrapperStore(Plain())  # type: ignore[abstract]
    assert plain._suspends
    for call in (lambda: plain.get_sync("k"), lambda: plain.delete_sync("k")):
        with pytest.raises(TypeError, match="Plain has no blocking methods"):
            call()
    assert not hasattr(plain, "list_dir_sync")
    assert not hasattr(WrapperStore(Plain()), "nonsense")  # type: ignore[abstract]
    assert WrapperStore(Waits())._suspends


async def test_with_read_only_keeps_the_class() -> None:
    class Mine(WrapperStore[MemoryStore]):
        pass

    wrapper = Mine(MemoryStore())
    reader = wrapper.with_read_only(True)
    assert type(reader) is Mine
    assert reader.read_only
    await wrapper.set("k", buffer(b"x"))
    assert_bytes_equal(await reader.get("k", default_buffer_prototype()), b"x")


async def test_open_wraps_a_new_store(tmp_path: Path) -> None:
    wrapper = await WrapperStore.open(LocalStore, tmp_path, read_only=True)
    assert wrapper._is_open
    assert wrapper._store == LocalStore(tmp_path, read_only=True)


async def test_wrapper_is_open_when_its_store_is() -> None:
    inner = MemoryStore()
    wrapper = WrapperStore(inner)
    assert not wrapper._is_open
    with wrapper as entered:
        await entered._ensure_open()
        assert inner._is_open
        assert wrapper._is_open
    assert not inner._is_open
    with pytest.raises(NotImplementedError):
        wrapper._is_open = True


def test_locks_are_those_of_the_store_inside(tmp_path: Path) -> None:
    for inner in (MemoryStore(), LocalStore(tmp_path)):
        assert WrapperStore(WrapperStore(inner))._lock_scope == inner._lock_scope


def test_pickled_wrapper() -> None:
    wrapper = WrapperStore(WrapperStore(MemoryStore({"k": buffer(b"x")})))
    again = pickle.loads(pickle.dumps(wrapper))
    assert again == wrapper
    assert_bytes_equal(again.get_sync("k"), b"x")


def test_wrappers_are_equal_by_class_and_store() -> None:
    inner = MemoryStore()
    assert WrapperStore(inner) == WrapperStore(inner)
    assert WrapperStore(inner) != inner
    assert WrapperStore(inner) != LatencyStore(inner)


class Shouting(WrapperStore[MemoryStore]):
    """Changes what is read, and says nothing about waiting."""

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        value = await super().get(key, prototype, byte_range)
        return None if value is None else prototype.buffer.from_bytes(value.to_bytes().upper())


def test_wrapper_that_changes_reading_counts_as_waiting() -> None:
    store = Shouting(MemoryStore({"k": buffer(b"x")}))
    assert store._suspends
    assert not WrapperStore(MemoryStore())._suspends
    assert WrapperStore(store)._suspends
    assert_bytes_equal(sync(store.get("k", default_buffer_prototype())), b"X")


class Secret(WrapperStore[Any]):
    """Changes bytes where they are read and written, and defines nothing but that."""

    _suspends = WrapperStore._suspends

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        return changed(await super().get(key, prototype, byte_range))

    async def set(self, key: str, value: Buffer) -> None:
        await super().set(key, changed(value))

    def get_sync(self, key: str, **options: Any) -> Buffer | None:
        return changed(super().get_sync(key, **options))

    def set_sync(self, key: str, value: Buffer) -> None:
        super().set_sync(key, changed(value))


class MoreSecret(Secret):
    """Of which the same is true."""


def changed(value: Any) -> Any:
    return value and buffer(bytes(byte ^ 0xA5 for byte in value.to_bytes()))


@pytest.mark.parametrize("wrap", [Secret, MoreSecret, lambda inner: WrapperStore(Secret(inner))])
@pytest.mark.parametrize("make", [MemoryStore, lambda: LatencyStore(MemoryStore())])
async def test_wrapper_with_its_own_get_reads_all_by_it(make: Any, wrap: Any) -> None:
    store = wrap(make())
    await store.set("k", buffer(b"0123456789"))
    prototype, ranges = default_buffer_prototype(), [RangeByteRequest(6, 8), RangeByteRequest(1, 3), None]
    found: dict[int, Any] = {}
    async for batch in store.get_ranges("k", ranges, prototype=prototype):
        found.update(batch)
    parts = await store.get_partial_values(prototype, [("k", byte_range) for byte_range in ranges])
    for i, data in enumerate((b"67", b"12", b"0123456789")):
        assert_bytes_equal(found[i], data)
        assert_bytes_equal(parts[i], data)
    assert_bytes_equal(
        dict([item async for item in store._get_many([("k", prototype, None)])])["k"], found[2]
    )


@pytest.mark.parametrize("make", [lambda: MappingStore({}), lambda: LatencyStore(MappingStore({}))])
def test_shards_through_a_wrapper_with_its_own_get(make: Any) -> None:
    data = np.arange(1, 101)
    store = Secret(make())
    zarr.create_array(store, data=data, chunks=5, shards=50, compressors=None)
    array = zarr.open_array(store, mode="r")
    np.testing.assert_array_equal(array[::10], data[::10])  # several inner chunks of a shard, not all
    np.testing.assert_array_equal(array[:], data)


@pytest.mark.parametrize("wrap", [Secret, MoreSecret, lambda inner: WrapperStore(Secret(inner))])
@pytest.mark.parametrize("latency", [False, True])
async def test_wrapper_with_its_own_set_writes_all_by_it(tmp_path: Path, wrap: Any, latency: bool) -> None:
    inner: Any = LatencyStore(LocalStore(tmp_path)) if latency else LocalStore(tmp_path)
    store = wrap(inner)
    await store._set_many([("a", buffer(b"x"))])
    assert await store.set_if_not_exists("b", buffer(b"x"))
    assert store.set_if_not_exists_sync("c", buffer(b"x"))
    for key in "abc":
        assert (tmp_path / key).read_bytes() == changed(buffer(b"x")).to_bytes()
        assert await store.set_if_not_exists(key, buffer(b"y")) is False
        assert store.set_if_not_exists_sync(key, buffer(b"y")) is False


@pytest.mark.parametrize("latency", [False, True])
def test_parts_of_chunks_through_a_wrapper_with_its_own_set(tmp_path: Path, latency: bool) -> None:
    inner: Any = LatencyStore(LocalStore(tmp_path)) if latency else LocalStore(tmp_path)
    array = zarr.create_array(Secret(inner), shape=100, chunks=10, dtype="i4", compressors=None)
    array[5:25] = 7  # makes two chunks that are covered in part
    array[7:9] = 8
    expected = np.zeros(100, "i4")
    expected[5:25] = 7
    expected[7:9] = 8
    np.testing.assert_array_equal(array[:], expected)


# --- LatencyStore


async def test_latency_store_waits() -> None:
    store = LatencyStore(MemoryStore(), get_latency=0.02, set_latency=0.03)
    assert store._suspends
    assert await seconds(store.set("k", buffer(b"xyz"))) >= 0.03
    assert await seconds(store.get("k", default_buffer_prototype())) >= 0.02
    both = [("k", None), ("k", RangeByteRequest(0, 1))]
    assert await seconds(store.get_partial_values(default_buffer_prototype(), both)) >= 0.02
    ranges = store.get_ranges("k", [RangeByteRequest(0, 1)], prototype=default_buffer_prototype())
    assert await seconds(run.collect(ranges)) >= 0.02
    assert await seconds(store.exists("k")) < 0.02


async def seconds(awaitable: Any) -> float:
    start = time.perf_counter()
    await awaitable
    return time.perf_counter() - start


def test_latency_store_waits_in_blocking_methods() -> None:
    store: Any = LatencyStore(MemoryStore(), get_latency=0.02, set_latency=0.01)
    start = time.perf_counter()
    store.set_sync("k", buffer(b"x"))
    assert_bytes_equal(store.get_sync("k"), b"x")
    assert time.perf_counter() - start >= 0.03


def test_latency_store_keeps_its_latencies() -> None:
    store = LatencyStore(MemoryStore(), get_latency=0.5, set_latency=(0.25, 0.0))
    for other in (store.with_read_only(True), pickle.loads(pickle.dumps(store)), store.__enter__()):
        assert (other.get_latency, other.set_latency) == (0.5, 0.25)


def test_drawn_latency_is_never_negative() -> None:
    store = LatencyStore(MemoryStore(), get_latency=(0.001, 0.1))
    drawn = [store.get_latency for _ in range(50)]
    assert min(drawn) == 0
    assert len(set(drawn)) > 5
