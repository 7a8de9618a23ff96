"""The exported suite finds what is wrong with a store."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from zarr.abc.buffer import Buffer
from zarr.core.buffer import cpu
from zarr.storage import MemoryStore
from zarr.testing.store import StoreTests


class Suite(StoreTests[MemoryStore, cpu.Buffer]):
    store_cls = MemoryStore
    buffer_cls = cpu.Buffer

    async def set(self, store: MemoryStore, key: str, value: Buffer) -> None:
        store._store_dict[key] = value

    async def get(self, store: MemoryStore, key: str) -> Buffer:
        return store._store_dict[key]


class DeletesNeighbours(MemoryStore):
    async def delete_dir(self, prefix: str) -> None:
        for key in list(self._store_dict):
            if key.startswith(prefix):
                del self._store_dict[key]


class ListsShort(MemoryStore):
    async def list(self) -> AsyncGenerator[str, None]:
        for key in list(self._store_dict)[1:]:
            yield key


class ListsFullPaths(MemoryStore):
    async def list_dir(self, prefix: str) -> AsyncGenerator[str, None]:
        async for name in super().list_dir(prefix):
            yield f"{prefix}/{name}"


class IgnoresRanges(MemoryStore):
    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Buffer | None:
        return await super().get(key, prototype)


class Overwrites(MemoryStore):
    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        await self.set(key, value)


class EmptyMeansNoPrefix(MemoryStore):
    async def is_empty(self, prefix: str) -> bool:
        return not any(key.startswith(prefix) for key in self._store_dict)


class WritesAnyway(MemoryStore):
    def _check_writable(self) -> None:
        pass


class OpensTwice(MemoryStore):
    async def _open(self) -> None:
        self._is_open = True


class SizeOfMissing(MemoryStore):
    async def getsize(self, key: str) -> int:
        return 0


class DeleteRaises(MemoryStore):
    async def delete(self, key: str) -> None:
        del self._store_dict[key]


BROKEN = [
    (DeletesNeighbours, "test_delete_dir"),
    (ListsShort, "test_list"),
    (ListsFullPaths, "test_list_dir"),
    (IgnoresRanges, "test_get_raises"),
    (IgnoresRanges, "test_get_sync_byte_range_parity"),
    (Overwrites, "test_set_if_not_exists"),
    (EmptyMeansNoPrefix, "test_is_empty"),
    (WritesAnyway, "test_read_only_store_raises"),
    (OpensTwice, "test_store_context_manager"),
    (SizeOfMissing, "test_getsize_raises"),
    (DeleteRaises, "test_delete_nonexistent_key_does_not_raise"),
]


@pytest.mark.parametrize(("store_cls", "name"), BROKEN)
async def test_broken_store_fails(store_cls: type[MemoryStore], name: str) -> None:
    suite = Suite()
    suite.store_cls = store_cls
    with pytest.raises((AssertionError, KeyError, pytest.fail.Exception)):
        await call(suite, name)


@pytest.mark.parametrize("name", sorted({name for _, name in BROKEN}))
async def test_sound_store_passes(name: str) -> None:
    await call(Suite(), name)


async def call(suite: Suite, name: str) -> None:
    method = getattr(suite, name)
    if name in ("test_read_only_store_raises", "test_store_context_manager"):
        await method({"store_dict": {}})
        return
    store = await suite.store_cls.open()
    if name == "test_get_sync_byte_range_parity":
        from zarr.abc.store import RangeByteRequest

        await method(store, RangeByteRequest(1, 3))
    else:
        await method(store)
