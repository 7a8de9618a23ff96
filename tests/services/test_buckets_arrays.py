"""Arrays and groups on object services from end to end, with NumPy as the oracle."""

from __future__ import annotations

import asyncio
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import numpy as np
import pytest
from bucket_stores import KINDS, make_store
from service_s3 import BUCKET, S3, S3FileSystem

import zarr
from zarr.abc.store import Store
from zarr.core.sync import _collect_aiterator, sync
from zarr.errors import ZarrUserWarning
from zarr.storage import FsspecStore

DATA = np.arange(1, 24 * 20 + 1, dtype="int32").reshape(24, 20)


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, prefix: str) -> Store:
    return make_store(request, request.param, prefix)


def keys(store: Store) -> set[str]:
    async def listed() -> tuple[str, ...]:
        return await _collect_aiterator(store.list())

    return set(sync(listed()))


def again(store: Store, name: str = "") -> Any:
    """The array, as somebody else opens it."""
    return zarr.open_array(store, path=name, mode="r")


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("order", ["C", "F"])
def test_write_and_read(store: Store, zarr_format: Any, order: Any) -> None:
    config = {"order": order}
    array = zarr.create_array(
        store, shape=DATA.shape, chunks=(5, 6), dtype="int32", zarr_format=zarr_format, config=config
    )
    array[...] = DATA
    np.testing.assert_array_equal(again(store)[...], DATA)
    array[3:9, 4] = -7
    expected = DATA.copy()
    expected[3:9, 4] = -7
    found = again(store)
    for selection in (..., (slice(2, 11, 3), slice(None)), (7, 5), (slice(22, None), slice(-3, None))):
        np.testing.assert_array_equal(found[selection], expected[selection])
    np.testing.assert_array_equal(found.oindex[[1, 20], [3, 4, 19]], expected[np.ix_([1, 20], [3, 4, 19])])
    np.testing.assert_array_equal(found.vindex[[1, 20], [3, 4]], expected[[1, 20], [3, 4]])
    np.testing.assert_array_equal(found.blocks[1, 2], expected[5:10, 12:18])


def test_shards(store: Store) -> None:
    array = zarr.create_array(store, shape=DATA.shape, shards=(12, 10), chunks=(3, 5), dtype="int32")
    array[...] = DATA
    assert keys(store) == {"zarr.json", *(f"c/{i}/{j}" for i, j in product(range(2), range(2)))}
    array[2:5, 3:8] = 0
    expected = DATA.copy()
    expected[2:5, 3:8] = 0
    found = again(store)
    np.testing.assert_array_equal(found[4:20:3, 2:17], expected[4:20:3, 2:17])
    np.testing.assert_array_equal(found[...], expected)


def test_missing_chunks_are_fill_values(store: Store) -> None:
    array = zarr.create_array(store, shape=DATA.shape, chunks=(12, 10), dtype="int32", fill_value=-1)
    array[:12, :10] = DATA[:12, :10]
    expected = np.full_like(DATA, -1)
    expected[:12, :10] = DATA[:12, :10]
    np.testing.assert_array_equal(again(store)[...], expected)
    assert keys(store) == {"zarr.json", "c/0/0"}


def test_threads_write_chunks(store: Store) -> None:
    array = zarr.create_array(store, shape=DATA.shape, chunks=(4, 5), dtype="int32")

    def write(corner: tuple[int, int]) -> None:
        part = slice(corner[0], corner[0] + 4), slice(corner[1], corner[1] + 5)
        array[part] = DATA[part]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, product(range(0, 24, 4), range(0, 20, 5))))
    np.testing.assert_array_equal(again(store)[...], DATA)


def test_threads_write_parts_of_one_chunk(store: Store) -> None:
    """As dask's threads, with blocks that are not aligned to chunks: nobody's part is lost."""
    array = zarr.create_array(store, shape=DATA.shape, chunks=DATA.shape, dtype="int32")

    def write(row: int) -> None:
        array[row : row + 3] = DATA[row : row + 3]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(0, 24, 3)))
    np.testing.assert_array_equal(again(store)[...], DATA)


def test_threads_read(store: Store) -> None:
    zarr.create_array(store, data=DATA, chunks=(4, 5))

    def read(row: int) -> Any:
        return again(store)[row : row + 3]

    with ThreadPoolExecutor(8) as pool:
        np.testing.assert_array_equal(np.concatenate(list(pool.map(read, range(0, 24, 3)))), DATA)


def test_append_and_resize(store: Store) -> None:
    array = zarr.create_array(store, data=DATA, chunks=(5, 6))
    array.append(DATA)
    np.testing.assert_array_equal(again(store)[...], np.concatenate([DATA, DATA]))
    array.resize((7, 20))
    found = again(store)
    assert found.shape == (7, 20)
    np.testing.assert_array_equal(found[...], DATA[:7])
    assert keys(store) == {"zarr.json", *(f"c/{i}/{j}" for i, j in product(range(2), range(4)))}
    array.resize((24, 20))
    expected = np.where(np.arange(24)[:, None] < 7, DATA, 0)
    np.testing.assert_array_equal(again(store)[10:], expected[10:])


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_groups(store: Store, zarr_format: Any) -> None:
    root = zarr.create_group(store, zarr_format=zarr_format, attributes={"title": "root"})
    for name in ("a", "b/c", "b/d"):
        array = root.create_array(name, shape=DATA.shape, chunks=(12, 10), dtype="int32")
        array[...] = DATA
        array.attrs["name"] = name
    found = zarr.open_group(store, mode="r")
    assert dict(found.attrs) == {"title": "root"}
    assert sorted(found) == ["a", "b"]
    assert {name for name, _ in found.members(max_depth=None)} == {"a", "b", "b/c", "b/d"}
    assert found["b/c"].attrs["name"] == "b/c"
    np.testing.assert_array_equal(found["b/d"][...], DATA)
    del root["b"]
    assert sorted(zarr.open_group(store, mode="r")) == ["a"]
    assert not {key for key in keys(store) if key.startswith("b")}
    with pytest.raises(KeyError):
        found["nothing"]


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_consolidated(store: Store, zarr_format: Any) -> None:
    root = zarr.create_group(store, zarr_format=zarr_format)
    for name in ("a", "b/c"):
        root.create_array(name, data=DATA, chunks=(12, 10))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ZarrUserWarning)
        zarr.consolidate_metadata(store)
    found = zarr.open_consolidated(store)
    assert {name for name, _ in found.members(max_depth=None)} == {"a", "b", "b/c"}
    np.testing.assert_array_equal(found["b/c"][...], DATA)


def test_modes(store: Store) -> None:
    with pytest.raises(FileNotFoundError):
        zarr.open_array(store, mode="r")
    zarr.create_array(store, data=DATA, chunks=(12, 10))
    with pytest.raises(FileExistsError):
        zarr.open_array(store, mode="w-", shape=(1,), dtype="i4")
    with pytest.raises(ValueError, match="read-only"):
        again(store)[0, 0] = 1
    zarr.create_array(store, shape=(3,), chunks=(3,), dtype="int8", overwrite=True)
    assert keys(store) == {"zarr.json"}


async def test_asynchronous_face(store: Store) -> None:
    array = await zarr.api.asynchronous.create_array(store, shape=DATA.shape, chunks=(4, 5), dtype="int32")
    await array.setitem(..., DATA)
    found = await zarr.api.asynchronous.open_array(store=store, mode="r")
    parts = await asyncio.gather(*(found.getitem(slice(row, row + 4)) for row in range(0, 24, 4)))
    np.testing.assert_array_equal(np.concatenate(parts), DATA)


def test_blocking_calls_inside_a_running_loop(store: Store) -> None:
    """As in a notebook."""

    async def cell() -> Any:
        return zarr.create_array(store, data=DATA, chunks=(4, 5))[...]

    np.testing.assert_array_equal(asyncio.run(cell()), DATA)


def test_one_filesystem_on_loop_after_loop(s3: S3, prefix: str) -> None:
    """fsspec keeps the filesystem, and with it the connections of a loop that is no more."""

    async def program(wanted: bool) -> Any:
        store = FsspecStore(s3.filesystem(asynchronous=True), path=f"{BUCKET}/{prefix}")
        try:
            if not wanted:
                await zarr.api.asynchronous.create_array(store, data=DATA, chunks=(4, 5))
                return None
            return await (await zarr.api.asynchronous.open_array(store=store, mode="r")).getitem(...)
        finally:
            await S3FileSystem.close_opened(forget=False)

    asyncio.run(program(False))
    np.testing.assert_array_equal(asyncio.run(program(True)), DATA)
