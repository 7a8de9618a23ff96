"""The exported suite over LocalStore, MemoryStore, wrappers of both, and a store that waits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from zarr.abc.buffer import Buffer
from zarr.core.buffer import cpu
from zarr.storage import LocalStore, MemoryStore, WrapperStore
from zarr.testing.store import LatencyStore, StoreTests


class TestLocalStore(StoreTests[LocalStore, cpu.Buffer]):
    store_cls = LocalStore
    buffer_cls = cpu.Buffer

    async def set(self, store: LocalStore, key: str, value: Buffer) -> None:
        path = store.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(value.to_bytes())

    async def get(self, store: LocalStore, key: str) -> Buffer:
        return self.buffer_cls.from_bytes((store.root / key).read_bytes())

    @pytest.fixture
    def store_kwargs(self, tmp_path: Path) -> dict[str, Any]:
        return {"root": tmp_path}

    def test_store_repr(self, store: LocalStore) -> None:
        assert str(store) == f"file://{store.root.as_posix()}"
        assert repr(store) == f"LocalStore('file://{store.root.as_posix()}')"

    def test_store_supports_writes(self, store: LocalStore) -> None:
        assert store.supports_writes
        assert store.supports_deletes

    def test_store_supports_listing(self, store: LocalStore) -> None:
        assert store.supports_listing


class TestMemoryStore(StoreTests[MemoryStore, cpu.Buffer]):
    store_cls = MemoryStore
    buffer_cls = cpu.Buffer

    async def set(self, store: MemoryStore, key: str, value: Buffer) -> None:
        store._store_dict[key] = value

    async def get(self, store: MemoryStore, key: str) -> Buffer:
        return store._store_dict[key]

    @pytest.fixture
    def store_kwargs(self) -> dict[str, Any]:
        return {"store_dict": {}}

    def test_store_repr(self, store: MemoryStore) -> None:
        assert re.fullmatch(r"MemoryStore\('memory://\d+'\)", repr(store))
        assert repr(store) == f"MemoryStore('{store}')"

    def test_store_supports_writes(self, store: MemoryStore) -> None:
        assert store.supports_writes
        assert store.supports_deletes

    def test_store_supports_listing(self, store: MemoryStore) -> None:
        assert store.supports_listing


class Wrapping(StoreTests[WrapperStore[Any], cpu.Buffer]):
    """The suite over a wrapper; the suite of the store inside says how to go round it."""

    store_cls: type[WrapperStore[Any]] = WrapperStore
    buffer_cls = cpu.Buffer
    inner: StoreTests[Any, Any]

    async def set(self, store: WrapperStore[Any], key: str, value: Buffer) -> None:
        await self.inner.set(store._store, key, value)

    async def get(self, store: WrapperStore[Any], key: str) -> Buffer:
        return await self.inner.get(store._store, key)

    @pytest.fixture
    def inner_kwargs(self, tmp_path: Path) -> dict[str, Any]:
        return {"root": tmp_path} if self.inner.store_cls is LocalStore else {"store_dict": {}}

    @pytest.fixture
    def store_kwargs(self, inner_kwargs: dict[str, Any]) -> dict[str, Any]:
        return {"store": self.inner.store_cls(**inner_kwargs)}

    @pytest.fixture
    def open_kwargs(self, inner_kwargs: dict[str, Any]) -> dict[str, Any]:
        return {"store_cls": self.inner.store_cls, **inner_kwargs}

    def test_store_repr(self, store: WrapperStore[Any]) -> None:
        assert str(store) == f"wrapping-{store._store}"
        inner = self.inner.store_cls.__name__
        assert repr(store) == f"{self.store_cls.__name__}({inner}, '{store._store}')"

    def test_store_supports_writes(self, store: WrapperStore[Any]) -> None:
        assert store.supports_writes
        assert store.supports_deletes

    def test_store_supports_listing(self, store: WrapperStore[Any]) -> None:
        assert store.supports_listing


class TestWrapperOfLocal(Wrapping):
    inner = TestLocalStore()


class TestWrapperOfMemory(Wrapping):
    inner = TestMemoryStore()


class TestLatencyStore(Wrapping):
    store_cls = LatencyStore
    inner = TestMemoryStore()


class TestWrapperOfWaiting(Wrapping):
    """A wrapper of a store whose coroutines really wait."""

    inner = TestLatencyStore()

    @pytest.fixture
    def inner_kwargs(self) -> dict[str, Any]:
        return {"store": MemoryStore()}

    @pytest.fixture
    def open_kwargs(self, store_kwargs: dict[str, Any]) -> dict[str, Any]:
        return {"store_cls": _opened_latency, "inner": store_kwargs["store"]}


def _opened_latency(inner: LatencyStore, read_only: bool = False) -> LatencyStore:
    return inner if inner.read_only == read_only else inner.with_read_only(read_only)
