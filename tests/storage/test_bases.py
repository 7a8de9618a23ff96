"""What the base classes give a store that defines the abstract methods alone: the suite passes over it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import zarr
from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.ranges import ByteRequest
from zarr.abc.store import RangeByteRequest, Store
from zarr.core import run
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.core.sync import sync
from zarr.errors import SyncError
from zarr.storage import LocalStore, MemoryStore
from zarr.storage._blocking import BlockingStore, as_directory, cut, plain_form
from zarr.testing.store import StoreTests
from zarr.testing.utils import assert_bytes_equal


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


class Minimal(Store):
    """A store as a third party writes it: abstract methods only, each of which really waits."""

    supports_writes = supports_deletes = supports_listing = True  # type: ignore[assignment]

    def __init__(self, content: dict[str, Buffer], *, read_only: bool = False) -> None:
        super().__init__(read_only=read_only)
        self.content = content

    def __eq__(self, value: object) -> bool:
        return isinstance(value, Minimal) and self.content == value.content

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        await asyncio.sleep(0)
        value = self.content.get(key)
        return None if value is None else cut(value, byte_range)

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        return [await self.get(key, prototype, byte_range) for key, byte_range in key_ranges]

    async def exists(self, key: str) -> bool:
        await asyncio.sleep(0)
        return key in self.content

    async def set(self, key: str, value: Buffer) -> None:
        self._check_writable()
        await asyncio.sleep(0)
        self.content[key] = value

    async def delete(self, key: str) -> None:
        self._check_writable()
        await asyncio.sleep(0)
        self.content.pop(key, None)

    async def list(self) -> AsyncIterator[str]:
        async for key in self.list_prefix(""):
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        for key in list(self.content):
            await asyncio.sleep(0)
            if key.startswith(prefix):
                yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        prefix = as_directory(prefix)
        for name in {k[len(prefix) :].partition("/")[0] for k in self.content if k.startswith(prefix)}:
            yield name


class Blocking(BlockingStore):
    """A store that defines the abstract blocking methods only."""

    _suspends = False
    supports_writes = supports_deletes = supports_listing = True  # type: ignore[assignment]

    def __init__(self, content: dict[str, Buffer], *, read_only: bool = False) -> None:
        super().__init__(read_only=read_only)
        self.content = content

    def __eq__(self, value: object) -> bool:
        return isinstance(value, Blocking) and self.content == value.content

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        value = self.content.get(key)
        return None if value is None else cut(value, byte_range)

    def set_sync(self, key: str, value: Buffer) -> None:
        self._check_writable()
        self.content[key] = value

    def delete_sync(self, key: str) -> None:
        self._check_writable()
        self.content.pop(key, None)

    def exists_sync(self, key: str) -> bool:
        return key in self.content

    def keys_sync(self, prefix: str = "") -> Iterator[str]:
        return (key for key in list(self.content) if key.startswith(prefix))

    def list_dir_sync(self, prefix: str) -> Iterator[str]:
        start = len(as_directory(prefix))
        yield from {key[start:].partition("/")[0] for key in self.keys_sync(as_directory(prefix))}


class Bases(StoreTests[Any, cpu.Buffer]):
    buffer_cls = cpu.Buffer

    async def set(self, store: Any, key: str, value: Buffer) -> None:
        store.content[key] = value

    async def get(self, store: Any, key: str) -> Buffer:
        value: Buffer = store.content[key]
        return value

    @pytest.fixture
    def store_kwargs(self) -> dict[str, Any]:
        return {"content": {}}

    def test_store_repr(self, store: Any) -> None:
        assert type(store).__name__ in repr(store)

    def test_store_supports_writes(self, store: Any) -> None:
        assert store.supports_writes

    def test_store_supports_listing(self, store: Any) -> None:
        assert store.supports_listing


class TestMinimal(Bases):
    store_cls = Minimal


class TestBlocking(Bases):
    store_cls = Blocking


# --- whether coroutines wait


def test_class_that_defines_coroutines_counts_as_waiting() -> None:
    class Quiet(Blocking):
        def extra(self) -> None: ...

    class Overrides(Blocking):
        async def get(self, *args: Any, **kwargs: Any) -> Buffer | None:
            return None

    class Says(Blocking):
        _suspends = False

        async def get(self, *args: Any, **kwargs: Any) -> Buffer | None:
            return None

    assert Minimal._suspends
    assert not Quiet._suspends
    assert Overrides._suspends
    assert not Says._suspends


def test_waiting_store_is_moved_to_the_loop() -> None:
    async def use(store: Store) -> list[str]:
        await run.settle(store)
        await store.set("k", buffer(b"x"))
        return [key async for key in store.list()]

    assert run.run(use(Minimal({}))) == ["k"]


def test_store_that_said_it_never_waits_is_named() -> None:
    class Lies(Minimal):
        _suspends = False

    async def use() -> None:
        await Lies({}).set("k", buffer(b"x"))

    with pytest.raises(SyncError, match="Lies"):
        run.run(use())


# --- what a store cannot do


class Limited(Minimal):
    supports_writes = supports_deletes = supports_listing = False  # type: ignore[assignment]


def test_what_a_store_does_not_support_is_said() -> None:
    store = Limited({"a/k": buffer(b"x")})
    for coroutine in (store.is_empty(""), store.delete_dir("a"), store.clear()):
        with pytest.raises(NotImplementedError, match="Limited cannot"):
            sync(coroutine)
    with pytest.deprecated_call():
        coroutine = store.set_partial_values([("a/k", 0, b"y")])
    with pytest.raises(NotImplementedError, match="Limited cannot write"):
        sync(coroutine)
    assert list(store.content) == ["a/k"]


def test_mode_cannot_be_changed_unless_a_store_says_how() -> None:
    with pytest.raises(NotImplementedError, match="with_read_only is not implemented for the"):
        Minimal({}).with_read_only(True)


async def test_many_ranges_of_a_store_that_waits() -> None:
    store = Minimal({"k": buffer(b"0123456789")})
    wanted = [RangeByteRequest(8, 12), RangeByteRequest(0, 2), None, RangeByteRequest(1, 4)]
    found: dict[int, Any] = {}
    async for batch in store.get_ranges(
        "k", wanted, prototype=default_buffer_prototype(), max_gap_bytes=0, max_coalesced_bytes=5
    ):
        found |= dict(batch)
    for i, expected in enumerate([b"89", b"01", b"0123456789", b"123"]):
        assert_bytes_equal(found[i], expected)
    async for batch in store.get_ranges("none", wanted, prototype=default_buffer_prototype()):
        assert {part for _, part in batch} == {None}


async def test_a_coroutine_is_left_out_only_where_it_is_the_base_class_s() -> None:
    class Counted(LocalStore):
        _suspends = False

        async def exists(self, key: str) -> bool:
            return await super().exists(key)

    def found(store: BlockingStore) -> list[str]:
        return [
            name for name in ("get", "exists", "list_dir", "set_if_not_exists") if plain_form(store, name)
        ]

    async def drive(store: BlockingStore) -> list[str]:
        return found(store)

    assert run.run(drive(LocalStore("x"))) == ["get", "exists", "list_dir", "set_if_not_exists"]
    assert run.run(drive(Counted("x"))) == ["get", "list_dir", "set_if_not_exists"]
    assert run.run(drive(MemoryStore())) == ["get", "exists", "list_dir", "set_if_not_exists"]
    assert found(LocalStore("x")) == []  # on a loop, where it would hold that up


def test_coroutines_that_a_store_overrides_are_awaited(tmp_path: Path) -> None:
    called: set[str] = set()

    class Counted(LocalStore):
        _suspends = False

        async def set_if_not_exists(self, key: str, value: Buffer) -> bool | None:
            called.add("set_if_not_exists")
            return await super().set_if_not_exists(key, value)

        async def list_dir(self, prefix: str) -> AsyncIterator[str]:  # type: ignore[override]
            called.add("list_dir")
            async for name in super().list_dir(prefix):
                yield name

        async def exists(self, key: str) -> bool:
            called.add("exists")
            return await super().exists(key)

    for store in (Counted(tmp_path / "own"), LocalStore(tmp_path / "plain")):
        group = zarr.create_group(store)
        group.create_array("a/b", shape=(2,), dtype="i1")
        assert sorted(zarr.open_group(store).members(max_depth=None))[0][0] == "a"
    assert called == {"set_if_not_exists", "list_dir", "exists"}
    keys = [sorted(LocalStore(tmp_path / name).keys_sync()) for name in ("own", "plain")]
    assert keys[0] == keys[1] == ["a/b/zarr.json", "a/zarr.json", "zarr.json"]
