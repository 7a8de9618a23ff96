"""What every store keeps to, beyond the exported suite: ranges, keys, read-only, races, memory of its own."""

from __future__ import annotations

import asyncio
import inspect
import threading
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zarr.abc.ranges import ByteRequest, OffsetByteRequest, RangeByteRequest, SuffixByteRequest, slice_of
from zarr.abc.store import Store
from zarr.core import run
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.storage import LocalStore, MemoryStore, WrapperStore, ZipStore
from zarr.testing.utils import assert_bytes_equal

SOME = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


# --- byte ranges

ranges = st.one_of(
    st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda p: RangeByteRequest(min(p), max(p))),
    st.integers(0, 12).map(OffsetByteRequest),
    st.integers(0, 12).map(SuffixByteRequest),
)


def expected(data: bytes, byte_range: ByteRequest | None) -> bytes:
    match byte_range:
        case RangeByteRequest(start, end):
            return data[start:end]
        case OffsetByteRequest(offset):
            return data[offset:]
        case SuffixByteRequest(suffix):
            return data[-suffix:] if suffix else b""
        case _:
            return data


@SOME
@given(data=st.binary(max_size=10), byte_range=ranges)
async def test_ranges_are_slices_of_the_value(any_store: Store, data: bytes, byte_range: ByteRequest) -> None:
    await any_store.set("a/k", buffer(data))
    observed = await any_store.get("a/k", default_buffer_prototype(), byte_range)
    assert_bytes_equal(observed, expected(data, byte_range))
    assert await any_store.get("a/none", default_buffer_prototype(), byte_range) is None


@SOME
@given(
    data=st.binary(max_size=10),
    wanted=st.lists(st.one_of(st.none(), ranges), max_size=5),
    gap=st.integers(0, 4),
    most=st.integers(1, 8),
)
async def test_many_ranges_are_slices_of_the_value(
    any_store: Store, data: bytes, wanted: list[ByteRequest | None], gap: int, most: int
) -> None:
    await any_store.set("k", buffer(data))
    joining: dict[str, Any] = {
        "prototype": default_buffer_prototype(),
        "max_gap_bytes": gap,
        "max_coalesced_bytes": most,
    }
    batches = [batch async for batch in any_store.get_ranges("k", wanted, **joining)]
    found = {i: part for batch in batches for i, part in batch}
    assert sum(map(len, batches)) == len(found) == len(wanted)
    for i, byte_range in enumerate(wanted):
        assert_bytes_equal(found[i], expected(data, byte_range))
    if hasattr(any_store, "get_sync"):
        for i, part in any_store.get_ranges_sync("k", wanted, **joining):
            assert_bytes_equal(part, expected(data, wanted[i]))
        assert {part for _, part in any_store.get_ranges_sync("none", wanted, **joining)} <= {None}
    else:
        with pytest.raises(TypeError, match=f"{type(any_store).__name__} has no blocking methods"):
            any_store.get_ranges_sync("k", wanted, **joining)


async def test_range_of_a_value_is_set(any_store: Store) -> None:
    store: Any = any_store
    if isinstance(store, WrapperStore):  # Zarr-Python's wrappers do not take it either
        with pytest.raises(TypeError, match="byte_range"):
            await store.set("k", buffer(b"0123"), byte_range=None)
        return
    await store.set("k", buffer(b"0123"), byte_range=None)
    await store.set("k", buffer(b"xy"), byte_range=(1, 3))
    assert_bytes_equal(await store.get("k", default_buffer_prototype()), b"0xy3")
    with pytest.raises(ValueError, match="the value has 2 bytes"):
        await store.set("k", buffer(b"xy"), byte_range=(1, 4))


@given(size=st.integers(0, 12), byte_range=ranges)
def test_slice_lies_within_the_value(size: int, byte_range: ByteRequest) -> None:
    start, end = slice_of(byte_range, size)
    assert 0 <= start <= end <= size


@pytest.mark.parametrize("wrong", [(0, 2), 3, "1-2", slice(0, 2), [0, 2]])
async def test_what_is_no_range_is_refused(any_store: Store, wrong: Any) -> None:
    await any_store.set("k", buffer(b"data"))
    with pytest.raises(ValueError, match=r"^Unexpected byte_range, got"):
        await any_store.get("k", default_buffer_prototype(), wrong)
    with pytest.raises(ValueError, match=r"^Unexpected byte_range, got"):
        await any_store.get_partial_values(default_buffer_prototype(), [("k", wrong)])


# --- keys

OUTSIDE = [
    "..",
    "../k",
    "a/../k",
    "a/../../k",
    "/k",
    "//k",
    "k/",
    "a//k",
    "./k",
    "a/.",
    "a/..",
    "",
    "k\x00",
    "\x00",
]
TEMPORARY = ["__zt.x", "a/__zt.x", "__zt./a"]


@pytest.mark.parametrize("key", OUTSIDE + TEMPORARY)
async def test_no_value_is_set_outside_the_store(any_store: Store, key: str, tmp_path: Any) -> None:
    await any_store.set("kept", buffer(b"kept"))
    for change in (any_store.set, any_store.set_if_not_exists):
        with pytest.raises(ValueError, match="is no key of a store"):
            await change(key, buffer(b"x"))
    assert [k async for k in any_store.list()] == ["kept"]
    found = [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()]
    assert set(found) <= {"store/kept", "store", "store-wal", "store-shm"}  # the last three: one file for all


@pytest.mark.parametrize("key", OUTSIDE + TEMPORARY)
async def test_nothing_outside_the_store_is_touched(any_store: Store, key: str, tmp_path: Any) -> None:
    """Reading and deleting find nothing there, or refuse the key."""
    (tmp_path / "k").write_bytes(b"outside")
    await any_store.set("kept", buffer(b"kept"))
    await any_store.set("a/kept", buffer(b"kept"))

    async def nothing(result: Any) -> None:
        try:
            assert not await result
        except ValueError as error:
            if "is no key of a store" not in str(error):
                raise

    await nothing(any_store.get(key, default_buffer_prototype()))
    await nothing(any_store.exists(key))
    await nothing(any_store.delete(key))
    if key:
        await nothing(any_store.delete_dir(key))
        await nothing(run.collect(any_store.list_prefix(key)))
        await nothing(run.collect(any_store.list_dir(key)))
    assert (tmp_path / "k").read_bytes() == b"outside"
    assert sorted([k async for k in any_store.list()]) == ["a/kept", "kept"]


KEYS = [
    "c/0/0",
    "zarr.json",
    ".zarray",
    "...",
    "..a",
    "a..",
    "a/..b",
    "with space",
    "ünï/文",
    "a\\b",
    "__x/c",
    "~",
]


@pytest.mark.parametrize("key", KEYS)
async def test_unusual_keys_are_fine(any_store: Store, key: str) -> None:
    if isinstance(any_store, ZipStore) and "\\" in key:  # which would be another key on another system
        with pytest.raises(ValueError, match="is no key of a store"):
            await any_store.set(key, buffer(b"x"))
        return
    await any_store.set(key, buffer(b"x"))
    assert_bytes_equal(await any_store.get(key, default_buffer_prototype()), b"x")
    assert [k async for k in any_store.list()] == [key]
    await any_store.delete(key)
    assert not await any_store.exists(key)


# --- read-only

CHANGES: dict[str, tuple[Any, ...]] = {
    "set": ("k", buffer(b"new")),
    "set_if_not_exists": ("new", buffer(b"new")),
    "_set_many": ([("k", buffer(b"new"))],),
    "set_partial_values": ([("k", 0, b"new")],),
    "delete": ("k",),
    "delete_dir": ("a",),
    "clear": (),
    "move": ("elsewhere",),
    "set_sync": ("k", buffer(b"new")),
    "set_if_not_exists_sync": ("new", buffer(b"new")),
    "delete_sync": ("k",),
    "delete_dir_sync": ("a",),
}
HARMLESS = {
    "get",
    "get_sync",
    "get_partial_values",
    "get_ranges",
    "get_ranges_sync",
    "_get_many",
    "exists",
    "exists_sync",
    "getsize",
    "getsize_sync",
    "getsize_prefix",
    "is_empty",
    "list",
    "list_prefix",
    "list_dir",
    "keys_sync",
    "list_dir_sync",
    "open",
    "close",
    "with_read_only",
}


@pytest.mark.parametrize("cls", [LocalStore, MemoryStore])
def test_every_method_is_known_to_change_or_not(cls: type[Store]) -> None:
    methods = {n for n, _ in inspect.getmembers(cls, callable) if not n.startswith("_")}
    assert methods <= CHANGES.keys() | HARMLESS


@pytest.mark.parametrize("name", CHANGES)
async def test_read_only_store_is_not_changed(any_store: Store, name: str, tmp_path: Any) -> None:
    for key in ("k", "a/b"):
        await any_store.set(key, buffer(b"old"))
    before = sorted(tmp_path.rglob("*"))
    store = any_store.with_read_only(True)
    if not hasattr(store, name):
        pytest.skip("this store has no such method")
    args = [str(tmp_path / a) if a == "elsewhere" else a for a in CHANGES[name]]
    with (
        pytest.raises(ValueError, match="store was opened in read-only mode and does not support writing"),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", DeprecationWarning)
        result = getattr(store, name)(*args)
        if inspect.isawaitable(result):
            await result
    assert sorted(tmp_path.rglob("*")) == before
    for key in ("k", "a/b"):
        assert_bytes_equal(await any_store.get(key, default_buffer_prototype()), b"old")
    assert sorted([k async for k in any_store.list()]) == ["a/b", "k"]


# --- changes


async def test_set_partial_values_patches(any_store: Store) -> None:
    await any_store.set("k", buffer(b"01234"))
    with pytest.deprecated_call():
        await any_store.set_partial_values([("k", 1, b"xx"), ("k", 4, b"yy"), ("new", 2, b"z")])
    assert_bytes_equal(await any_store.get("k", default_buffer_prototype()), b"0xx3yy")
    assert_bytes_equal(await any_store.get("new", default_buffer_prototype()), b"\x00\x00z")


async def test_what_is_no_buffer_is_not_set(any_store: Store) -> None:
    for wrong in (b"bytes", np.zeros(3, "B"), "text", None):
        with pytest.raises(TypeError, match="`value` must be a Buffer instance"):
            await any_store.set("k", wrong)  # type: ignore[arg-type]
    assert not await any_store.exists("k")


async def test_store_keeps_no_memory_of_its_caller(any_store: Store) -> None:
    data = np.arange(6, dtype="B")
    frozen = data[:]
    frozen.flags.writeable = False
    source = bytearray(b"012345")
    values = {
        "array": cpu.Buffer.from_array_like(data),
        "view": cpu.Buffer.from_array_like(data[1:3]),
        "read-only-view": cpu.Buffer.from_array_like(frozen),
        "bytearray": cpu.Buffer.from_bytes(source),
        "read-only-memoryview": cpu.Buffer.from_bytes(memoryview(source).toreadonly()),
        "bytes": cpu.Buffer.from_bytes(b"012345"),
    }
    before = {key: value.to_bytes() for key, value in values.items()}
    for key, value in values.items():
        await any_store.set(key, value)
        await any_store.set_if_not_exists(f"{key}-2", value)
    data[:] = 9
    source[:] = b"999999"
    for key, old in before.items():
        for stored in (key, f"{key}-2"):
            assert_bytes_equal(await any_store.get(stored, default_buffer_prototype()), old)


async def test_what_is_read_does_not_lead_back_into_the_store(any_store: Store) -> None:
    await any_store.set("k", cpu.Buffer.from_array_like(np.arange(6, dtype="B")))
    for byte_range in (None, RangeByteRequest(0, 3)):
        value = await any_store.get("k", default_buffer_prototype(), byte_range)
        assert value is not None
        try:
            value[0:1] = buffer(b"\x09").as_numpy_array()
        except ValueError:  # not writable
            pass
        assert_bytes_equal(await any_store.get("k", default_buffer_prototype()), bytes(range(6)))


def test_of_many_threads_that_create_one_key_one_wins(any_store: Store) -> None:
    if not hasattr(any_store, "set_if_not_exists_sync"):
        pytest.skip("threads share stores without a loop only")
    store: Any = any_store
    many, rounds = 8, 15
    barrier = threading.Barrier(many)
    seen: list[set[bytes]] = [set() for _ in range(rounds)]

    def work(i: int) -> None:
        for turn in range(rounds):
            barrier.wait()
            store.set_if_not_exists_sync(f"a/{turn}", buffer(bytes([i]) * 1000))
            seen[turn].add(store.get_sync(f"a/{turn}", prototype=default_buffer_prototype()).to_bytes())

    threads = [threading.Thread(target=work, args=(i,)) for i in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(s) for s in seen] == [1] * rounds
    assert all(len(value) == 1000 for s in seen for value in s)


async def test_of_many_coroutines_that_create_one_key_one_wins(any_store: Store) -> None:
    if any_store._suspends:
        pytest.skip("the base class can only look first")

    async def create(i: int) -> bytes:
        await any_store.set_if_not_exists("k", buffer(bytes([i])))
        value = await any_store.get("k", default_buffer_prototype())
        assert value is not None
        return value.to_bytes()

    assert len(set(await asyncio.gather(*(create(i) for i in range(10))))) == 1


# --- blocking and asynchronous use


def test_stores_that_never_wait_are_driven_without_a_loop(any_store: Store) -> None:
    async def use() -> list[str]:
        await any_store._ensure_open()
        await any_store.set("a/k", buffer(b"x"))
        await any_store.set_if_not_exists("a/l", buffer(b"y"))
        assert await any_store.getsize_prefix("a") == 2
        await any_store.delete("a/k")
        keys = [key async for key in any_store.list()]
        assert [name async for name in any_store.list_dir("a")] == ["l"]
        await any_store.delete_dir("a")
        assert await any_store.is_empty("")
        return keys

    if any_store._suspends:
        from zarr.core.sync import sync

        assert sync(use()) == ["a/l"]
    else:
        assert run.run(use()) == ["a/l"]
