"""Dask arrays written to Zarr and read back, chunk by chunk."""

from __future__ import annotations

from pathlib import Path

import dask.array as da
import numpy as np
import pytest

import zarr


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_round_trip(tmp_path: Path, zarr_format: int) -> None:
    data = np.arange(20 * 30, dtype="i4").reshape(20, 30)
    url = str(tmp_path / "a.zarr")
    da.from_array(data, chunks=(7, 10)).rechunk((10, 10)).to_zarr(url, zarr_format=zarr_format)
    found = da.from_zarr(url)
    assert found.chunksize == (10, 10)
    np.testing.assert_array_equal(found.compute(), data)


def test_store_into_an_array_from_many_threads(tmp_path: Path) -> None:
    data = np.random.default_rng(0).random((64, 64))
    target = zarr.create_array(
        tmp_path / "a.zarr", shape=(64, 64), dtype="f8", chunks=(8, 8), shards=(32, 32)
    )
    da.from_array(data, chunks=(32, 32)).store(target, lock=False, scheduler="threads")
    np.testing.assert_array_equal(target[:], data)


def test_tokens_of_the_same_array_are_the_same(tmp_path: Path) -> None:
    zarr.create_array(tmp_path / "a.zarr", data=np.arange(10))
    names = {da.from_array(zarr.open_array(tmp_path / "a.zarr", mode="r")).name for _ in range(2)}
    assert len(names) == 1


def test_reduction_of_what_is_larger_than_a_chunk(tmp_path: Path) -> None:
    z = zarr.create_array(tmp_path / "a.zarr", data=np.arange(1000).reshape(10, 100), chunks=(3, 40))
    assert da.from_zarr(z).sum().compute() == sum(range(1000))
