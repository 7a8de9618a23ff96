"""MemoryStore: the dict it is given, its copies by pickle."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.storage import MemoryStore
from zarr.testing.buffer import TestBuffer
from zarr.testing.utils import assert_bytes_equal


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


async def test_dict_is_used_and_not_copied() -> None:
    content = {"a": buffer(b"a")}
    store = MemoryStore(content)
    await store.set("b", buffer(b"b"))
    content["c"] = buffer(b"c")
    assert sorted([k async for k in store.list()]) == sorted(content) == ["a", "b", "c"]
    await store.clear()
    assert content == {}


async def test_an_empty_dict_is_used_too() -> None:
    content: dict[str, cpu.Buffer] = {}
    await MemoryStore(content).set("a", buffer(b"a"))  # type: ignore[arg-type]
    assert list(content) == ["a"]


async def test_other_modes_share_the_dict() -> None:
    store = MemoryStore()
    reader = store.with_read_only(True)
    await store.set("a", buffer(b"a"))
    assert_bytes_equal(await reader.get("a", default_buffer_prototype()), b"a")
    assert store._lock_scope == reader._lock_scope


async def test_pickled_store_is_a_copy_with_its_content() -> None:
    store = MemoryStore()
    await store.set("a", buffer(b"a"))
    again = pickle.loads(pickle.dumps(store))
    assert again == store
    await again.set("b", buffer(b"b"))
    assert_bytes_equal(await again.get("a", default_buffer_prototype()), b"a")
    assert not await store.exists("b")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
async def test_values_of_a_copy_cannot_be_changed_from_outside(copied: object) -> None:
    store = MemoryStore()
    await store.set("a", cpu.Buffer.from_array_like(np.arange(3, dtype="B")))
    again = copied(store)  # type: ignore[operator]
    value = await again.get("a", default_buffer_prototype())
    with pytest.raises(ValueError, match="read-only"):
        value[0:1] = np.array([9], "B")


async def test_value_comes_in_the_class_asked_for() -> None:
    store = MemoryStore()
    await store.set("a", TestBuffer.from_bytes(b"a"))
    assert type(await store.get("a")) is cpu.Buffer
    prototype = default_buffer_prototype()._replace(buffer=TestBuffer)
    assert type(await store.get("a", prototype)) is TestBuffer


async def test_stores_of_equal_content_are_equal() -> None:
    one, two = MemoryStore(), MemoryStore()
    assert one == two
    await one.set("a", buffer(b"a"))
    assert one != two
    await two.set("a", buffer(b"a"))
    assert one == two
    assert one != one.with_read_only(True)
    assert one != "store"


async def test_listing_goes_on_while_keys_change() -> None:
    store = MemoryStore({f"k{i}": buffer(b"") for i in range(5)})
    async for key in store.list():
        await store.delete(key)
        await store.set(f"new-{key}", buffer(b""))
    assert len([k async for k in store.list()]) == 5
