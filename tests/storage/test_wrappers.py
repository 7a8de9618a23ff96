"""Every wrapper of the package forwards every method of stores: found by reflection, so none is forgotten."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

import zarr.storage
from zarr.abc.buffer import Buffer
from zarr.abc.ranges import RangeByteRequest
from zarr.abc.store import Hidden, Store
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.storage import CacheStore, LoggingStore, MemoryStore, SynchronizedStore, WrapperStore
from zarr.storage._blocking import BlockingStore
from zarr.storage._versions import VersionedStore
from zarr.testing.store import LatencyStore

P = default_buffer_prototype()


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


class Recorder(MemoryStore):
    """Remembers which of its methods and properties were asked for."""

    _suspends = False

    def __init__(self) -> None:
        self.asked: set[str] = set()
        super().__init__({"a/k": buffer(b"0123")})
        self.asked.clear()

    def __getattribute__(self, name: str) -> Any:
        if name != "asked" and not name.startswith("__"):
            self.asked.add(name)
        return super().__getattribute__(name)

    def _exclusion(self, key: str) -> AbstractContextManager[object]:
        return nullcontext(f"exclusion of {key}")

    async def _hidden(self, prefix: str) -> list[Hidden]:
        return [Hidden(f"{prefix}/__zt.x", True, 4, 0.0)]

    async def _remove_hidden(self, name: str) -> None:
        self._store_dict[f"removed {name}"] = buffer(b"")


WRAPPERS: dict[type[Any], Callable[[Store], Any]] = {
    WrapperStore: WrapperStore,
    LatencyStore: LatencyStore,
    LoggingStore: lambda store: LoggingStore(store, "ERROR"),
    CacheStore: lambda store: CacheStore(store, cache_store=MemoryStore()),
}

CALLS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "get": (("a/k", P), {}),
    "get_partial_values": ((P, [("a/k", None), ("none", None)]), {}),
    "get_ranges": (("a/k", [RangeByteRequest(1, 3)]), {"prototype": P}),
    "_get_many": (([("a/k", P, None)],), {}),
    "exists": (("a/k",), {}),
    "getsize": (("a/k",), {}),
    "getsize_prefix": (("a",), {}),
    "is_empty": (("a",), {}),
    "set": (("a/k", buffer(b"new")), {}),
    "set_if_not_exists": (("a/k", buffer(b"new")), {}),
    "_set_many": (([("a/k", buffer(b"new"))],), {}),
    "_patch_values": (([("a/k", 1, b"new")],), {}),
    "_set_range": (("a/k", buffer(b"new"), (1, 4)), {}),
    "delete": (("a/k",), {}),
    "delete_dir": (("a",), {}),
    "clear": ((), {}),
    "list": ((), {}),
    "list_prefix": (("a",), {}),
    "list_dir": (("a",), {}),
    "close": ((), {}),
    "_open": ((), {}),
    "_ensure_open": ((), {}),
    "_check_writable": ((), {}),
    "_exclusion": (("a/k",), {}),
    "_hidden": (("a",), {}),
    "_remove_hidden": (("a/__zt.x",), {}),
    # blocking
    "get_sync": (("a/k",), {}),
    "get_ranges_sync": (("a/k", [RangeByteRequest(1, 3)]), {"prototype": P}),
    "exists_sync": (("a/k",), {}),
    "getsize_sync": (("a/k",), {}),
    "keys_sync": (("a",), {}),
    "list_dir_sync": (("a",), {}),
    "set_sync": (("a/k", buffer(b"new")), {}),
    "set_if_not_exists_sync": (("a/k", buffer(b"new")), {}),
    "delete_sync": (("a/k",), {}),
    "delete_dir_sync": (("a",), {}),
}
PROPERTIES = sorted(name for name, member in vars(Store).items() if isinstance(member, property))
OTHERWISE = {
    "open",
    "with_read_only",
    "set_partial_values",
    "_call",
    "_iterate",
    "_check_value",
    "_state_of",
    "_read_into_sync",
    "_read_part_sync",
    "_suspends",
    "_abc_impl",
}
"""Tested in test_wrapper.py (``_state_of`` where it is used, core/chunk_io/test_decoded.py), or no part of what a store does for others."""

MADE_OF: dict[str, set[str]] = {
    "get_partial_values": {"get"},
    "get_ranges": {"get"},
    "_get_many": {"get"},
    "_set_many": {"set"},
    "_patch_values": {"get", "set"},
    "get_ranges_sync": {"get_ranges", "get_sync"},
    "_set_range": {"get", "set"},
    "get_sync": {"get"},
    "set_sync": {"set"},
    "set_if_not_exists_sync": {"set_if_not_exists"},
    "delete_sync": {"delete"},
    "delete_dir_sync": {"delete_dir"},
}
"""What a wrapper may call instead."""


def _wrappers() -> Iterator[type]:
    for module in pkgutil.iter_modules(zarr.storage.__path__, "zarr.storage."):
        importlib.import_module(module.name)
    todo: list[type] = [WrapperStore]
    while todo:
        cls = todo.pop()
        todo.extend(cls.__subclasses__())
        if cls.__module__.startswith("zarr."):
            yield cls


def test_every_wrapper_is_tested_here() -> None:
    assert set(_wrappers()) == {*WRAPPERS, SynchronizedStore, VersionedStore}  # tested by themselves


def test_every_method_is_tested_here() -> None:
    declared = {
        name
        for cls in (Store, BlockingStore)
        for name, member in vars(cls).items()
        if not name.startswith("__") and (callable(member) or isinstance(member, classmethod))
    }
    assert declared - OTHERWISE == set(CALLS)


async def result_of(store: Any, name: str) -> Any:
    """What a call gives, as something that can be compared."""
    args, kwargs = CALLS[name]
    result = getattr(store, name)(*args, **kwargs)
    if inspect.isawaitable(result):
        result = await result
    if hasattr(result, "__aiter__"):
        result = [item async for item in result]
    elif isinstance(result, Iterator):
        result = list(result)
    elif isinstance(result, AbstractContextManager):
        with result as result:
            pass
    return comparable(result)


def comparable(value: Any) -> Any:
    if isinstance(value, Buffer):
        return value.to_bytes()
    if isinstance(value, list | tuple):
        return [comparable(item) for item in value]
    return value


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("wrapper", WRAPPERS)
async def test_method_is_forwarded(wrapper: type, name: str) -> None:
    inner = Recorder()
    store = WRAPPERS[wrapper](inner)
    result = await result_of(store, name)
    assert inner.asked & {name, *MADE_OF.get(name, ())}
    alone = Recorder()
    assert result == await result_of(alone, name)
    assert comparable(list(inner._store_dict.items())) == comparable(list(alone._store_dict.items()))


@pytest.mark.parametrize("name", PROPERTIES)
@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_property_is_forwarded(wrapper: type, name: str) -> None:
    inner = Recorder()
    store = WRAPPERS[wrapper](inner)
    inner.asked.clear()
    value = getattr(store, name)
    assert name in inner.asked
    assert value == getattr(inner, name)


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_what_is_wrapped_twice_is_forwarded_twice(wrapper: type) -> None:
    store = WRAPPERS[wrapper](WrapperStore(WRAPPERS[wrapper](Recorder())))
    for name in CALLS:
        assert callable(getattr(store, name))
    assert store._suspends == (wrapper is LatencyStore)


@pytest.mark.parametrize("wrapper", WRAPPERS)
async def test_opening_closing_and_read_only(wrapper: type) -> None:
    inner = MemoryStore({"k": buffer(b"x")})
    store = WRAPPERS[wrapper](inner)
    with store as entered:
        await entered._ensure_open()
        assert inner._is_open
        with pytest.raises(ValueError, match="already open"):
            await entered._open()
    assert not inner._is_open
    reader = store.with_read_only(True)
    assert type(reader) is wrapper
    assert reader.read_only
    assert not store.read_only
    assert (await reader.get("k", P)).to_bytes() == b"x"
    for change in (reader.set("k", buffer(b"y")), reader.delete("k"), reader.delete_dir(""), reader.clear()):
        with pytest.raises(ValueError, match="read-only mode"):
            await change
    assert (await store.get("k", P)).to_bytes() == b"x"
