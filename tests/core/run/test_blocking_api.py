"""The blocking API wherever it is called: in Jupyter, in threads, over stores of all kinds."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from run_stores import WaitingStore

import zarr
from zarr.abc.store import Store
from zarr.storage import LocalStore, MemoryStore, WrapperStore

DATA = np.arange(60, dtype="i4").reshape(10, 6)


def use_everything(store: Store) -> None:
    """Groups and arrays, made, read, written, listed, changed and deleted."""
    group = zarr.create_group(store, attributes={"a": 1})
    array = group.create_array("x/y", data=DATA, chunks=(4, 4))
    sharded = group.create_array("s", shape=(10, 6), dtype="i4", chunks=(2, 3), shards=(4, 6))
    sharded[:] = DATA
    np.testing.assert_array_equal(array[:], DATA)
    np.testing.assert_array_equal(sharded[3:7, ::2], DATA[3:7, ::2])
    assert array[9, 5] == 59
    array[2:5, 1] = -1
    assert array[4, 1] == -1
    np.testing.assert_array_equal(array.oindex[[0, 9], [0, 5]], DATA[np.ix_([0, 9], [0, 5])])
    array.vindex[[0, 1], [0, 1]] = 7
    assert list(array.vindex[[0, 1], [0, 1]]) == [7, 7]
    np.testing.assert_array_equal(array.blocks[0, 1], array[:4, 4:])
    array.resize((12, 6))
    array.append(DATA[:2])
    assert zarr.open_array(store, path="x/y", mode="r+").shape == (14, 6)
    assert array.nchunks_initialized == array.nchunks == 8
    assert array.nbytes_stored() > 0
    assert "Array" in str(array.info_complete())
    array.attrs["unit"] = "m"
    group.attrs.update(b=2)
    reopened = zarr.open_group(store, mode="r+")
    assert dict(reopened.attrs) == {"a": 1, "b": 2}
    assert sorted(reopened) == ["s", "x"]
    assert dict(reopened["x/y"].attrs) == {"unit": "m"}  # type: ignore[union-attr]
    assert sorted(name for name, _ in reopened.members(max_depth=None)) == ["s", "x", "x/y"]
    assert len(reopened) == reopened.nmembers() == 2
    assert [name for name, _ in reopened.groups()] == list(reopened.group_keys()) == ["x"]
    assert [name for name, _ in reopened.arrays()] == list(reopened.array_keys()) == ["s"]
    assert "s" in str(reopened.tree())
    assert reopened.require_group("x").get("z") is None
    assert reopened.require_array("s", shape=(10, 6), dtype="i4").fill_value == 0
    assert (reopened.zeros_like(name="l", data=array)[0] == 0).all()
    with pytest.warns(zarr.errors.ZarrUserWarning, match="not part in the Zarr format 3"):
        zarr.consolidate_metadata(store)
    assert set(zarr.open_consolidated(store)["x"].keys()) == {"y"}  # type: ignore[union-attr]
    reopened = zarr.open_group(store, mode="r+", use_consolidated=False)
    del reopened["x"]
    assert "x" not in reopened
    zarr.save_array(store, DATA, path="saved")
    np.testing.assert_array_equal(zarr.open_array(store, path="saved", mode="r+")[:], DATA)
    zarr.create_array(store, name="saved", shape=3, dtype="f8", overwrite=True)
    with pytest.raises(zarr.errors.ContainsArrayError):
        zarr.create_array(store, name="saved", shape=3, dtype="f8")


def test_everything(store: Store) -> None:
    use_everything(store)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_store_with_the_abstract_methods_alone(zarr_format: Any) -> None:
    store = WaitingStore()
    array = zarr.create_array(store, name="g/a", data=DATA, chunks=(3, 3), zarr_format=zarr_format)
    group = zarr.open_group(store, path="g", mode="r+")
    np.testing.assert_array_equal(group["a"][:], DATA)  # type: ignore[index]
    assert list(group.array_keys()) == ["a"]
    array.resize((5, 5))
    assert array.nchunks_initialized == 4
    del group["a"]
    assert not [key for key in store.values if key.startswith("g/a")]


async def test_everything_below_a_running_loop(store: Store) -> None:
    """As in a notebook: called, not awaited, by a coroutine."""
    use_everything(store)


def test_everything_below_loops_one_after_the_other(store: Store) -> None:
    """Nothing is bound to the loop below which it was first used."""
    array = zarr.create_array(store, data=DATA)

    async def read() -> Any:
        return array[3, 3], await array.async_array.getitem((4, 4))

    for _ in range(3):
        assert asyncio.run(read()) == (DATA[3, 3], DATA[4, 4])


async def test_a_blocking_call_in_a_coroutine_in_a_blocking_call(store: Store) -> None:
    array = zarr.create_array(store, data=DATA)

    async def coroutine() -> Any:
        return array[1, 1] + await array.async_array.getitem((2, 2))

    def blocking() -> Any:
        return asyncio.run(coroutine()) + array[0, 1]

    assert await asyncio.to_thread(blocking) == DATA[1, 1] + DATA[2, 2] + DATA[0, 1]


def test_many_threads_at_once(store: Store) -> None:
    group = zarr.create_group(store)

    def work(number: int) -> None:
        array = group.create_array(f"a{number}", data=DATA + number, chunks=(2, 3))
        array[0] = number
        array.attrs["number"] = number
        np.testing.assert_array_equal(array[1:], DATA[1:] + number)
        again = zarr.open_array(store, path=f"a{number}", mode="r+")
        assert again.attrs["number"] == number

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(work, range(36)))
    assert len(group) == 36
    for number in range(36):
        assert (group[f"a{number}"][0] == number).all()  # type: ignore[index]


def test_many_threads_each_with_a_loop(store: Store) -> None:
    array = zarr.create_array(store, data=DATA, chunks=(2, 2))

    async def read(number: int) -> Any:
        return (await array.async_array.getitem(number)) + array[number]

    with ThreadPoolExecutor(8) as threads:
        for number, row in enumerate(threads.map(lambda i: asyncio.run(read(i)), range(10))):
            np.testing.assert_array_equal(row, 2 * DATA[number])


@pytest.mark.parametrize("below_a_loop", [False, True])
@pytest.mark.parametrize(
    "assign",
    [
        lambda array, value: array.__setitem__(slice(None), value),
        lambda array, value: array.set_orthogonal_selection(slice(None), value),
        lambda array, value: array.append(value),
    ],
    ids=["setitem", "oindex", "append"],
)
def test_a_value_may_be_an_array_in_a_store_of_the_same_kind(
    store: Store, assign: Callable[..., None], below_a_loop: bool
) -> None:
    """Reading it is a blocking call, in the middle of a call that may run on the background loop."""
    value = zarr.create_array(store, name="value", data=DATA)
    array = zarr.create_array(store, name="array", shape=DATA.shape, dtype="i4")

    async def below() -> None:
        assign(array, value)

    asyncio.run(below()) if below_a_loop else assign(array, value)
    np.testing.assert_array_equal(array[-10:], DATA)


def test_an_array_may_be_made_of_one_in_a_store_of_the_same_kind(store: Store) -> None:
    value = zarr.create_array(store, name="value", data=DATA)
    for name, make in {
        "create": lambda: zarr.create_array(store, name="create", data=value),
        "array": lambda: zarr.array(value, store=store, path="array"),
        "save": lambda: zarr.save_array(store, value, path="save"),
        "setitem": lambda: zarr.open_group(store, mode="a").__setitem__("setitem", value),
    }.items():
        make()
        made = zarr.open_array(store, path=name, mode="r+")
        np.testing.assert_array_equal(made[:], DATA)


# --- what waits and what does not


class Noted:
    """Says on which threads values were read."""

    threads: list[str]

    def note(self) -> None:
        self.threads.append(threading.current_thread().name)


class AsyncGet(LocalStore, Noted):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.threads = []
        self.keys: list[str] = []

    async def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        self.note()
        self.keys.append(key)
        return await super().get(key, *args, **kwargs)


class SyncGet(LocalStore, Noted):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.threads = []

    def get_sync(self, key: str, **kwargs: Any) -> Any:
        self.note()
        return super().get_sync(key, **kwargs)


class SlowList:
    """No store, but mixed into one."""

    async def list_dir(self, prefix: str) -> Any:
        await asyncio.sleep(0)
        async for name in super().list_dir(prefix):  # type: ignore[misc]
            yield name


class Mixed(SlowList, LocalStore):
    pass


class Quiet(LocalStore):
    """It overrides what is no reading or writing."""

    def __str__(self) -> str:
        return "quiet"


class WaitingWrapper(WrapperStore[Any]):
    async def exists(self, key: str) -> bool:
        await asyncio.sleep(0)
        return await super().exists(key)


class SaidSo(LocalStore):
    _suspends = False

    async def exists(self, key: str) -> bool:
        return await super().exists(key)


def test_which_stores_wait(tmp_path: Path) -> None:
    waits: dict[Store, bool] | list[tuple[Store, bool]] = [
        (MemoryStore(), False),
        (LocalStore(tmp_path), False),
        (Quiet(tmp_path), False),
        (SyncGet(tmp_path), False),
        (SaidSo(tmp_path), False),
        (AsyncGet(tmp_path), True),
        (Mixed(tmp_path), True),
        (WaitingStore(), True),
        (WrapperStore(MemoryStore()), False),
        (WrapperStore(WaitingStore()), True),
        (WrapperStore(WrapperStore(WaitingStore())), True),
        (WaitingWrapper(MemoryStore()), True),
        (WrapperStore(WaitingWrapper(MemoryStore())), True),
    ]
    assert [store._suspends for store, _ in waits] == [expected for _, expected in waits]


def test_an_overridden_get_is_used_for_documents_and_chunks(tmp_path: Path) -> None:
    zarr.create_array(tmp_path, data=DATA, chunks=(5, 6))
    store = AsyncGet(tmp_path)
    array = zarr.open_array(store, mode="r+")
    assert "zarr.json" in store.keys
    np.testing.assert_array_equal(array[:], DATA)
    array[0, 0] = 9
    assert {"c/0/0", "c/1/0"} <= set(store.keys)
    assert set(store.threads) == {"zarr_io"}


async def test_an_overridden_get_is_used_when_awaited(tmp_path: Path) -> None:
    zarr.create_array(tmp_path, data=DATA, chunks=(5, 6))
    store = AsyncGet(tmp_path)
    array = await zarr.api.asynchronous.open_array(store=store)
    np.testing.assert_array_equal(await array.getitem(...), DATA)
    assert set(store.keys) >= {"zarr.json", "c/0/0", "c/1/0"}
    assert set(store.threads) == {threading.current_thread().name}


@pytest.mark.parametrize("below_a_loop", [False, True])
def test_an_overridden_get_sync_is_used_on_the_caller_s_thread(tmp_path: Path, below_a_loop: bool) -> None:
    zarr.create_array(tmp_path, data=DATA)
    store = SyncGet(tmp_path)

    async def read() -> None:
        assert zarr.open_array(store, mode="r+")[0, 3] == 3

    asyncio.run(read()) if below_a_loop else zarr.core.run.run(read())
    assert len(store.threads) >= 2
    assert set(store.threads) == {threading.current_thread().name}


def test_stores_that_wait_in_one_method_only(tmp_path: Path) -> None:
    use_everything(Mixed(tmp_path))
    use_everything(WaitingWrapper(MemoryStore()))


def test_wrappers_of_both_kinds(store: Store) -> None:
    use_everything(WrapperStore(WrapperStore(store)))


async def test_an_awaited_read_leaves_the_loop_to_others(store: Store) -> None:
    array = zarr.create_array(store, data=DATA, chunks=(1, 1))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    np.testing.assert_array_equal(await array.async_array.getitem(...), DATA)
    task.cancel()
    assert turns > 1
