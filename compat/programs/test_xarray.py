"""Datasets written by xarray, appended to, written in regions and read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import zarr


def dataset(start: int, days: int) -> xr.Dataset:
    time = np.datetime64("2020-01-01") + np.arange(start, start + days)
    values = np.arange(start * 6, (start + days) * 6, dtype="f4").reshape(days, 2, 3)
    values[0, 0, 0] = np.nan
    return xr.Dataset(
        {"t": (("time", "y", "x"), values, {"units": "K"})},
        coords={"time": time.astype("M8[ns]"), "y": [10.0, 20.0], "name": ("x", ["a", "bb", "ccc"])},
        attrs={"title": "made up"},
    )


@pytest.mark.parametrize("consolidated", [True, False])
@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.filterwarnings("ignore:Consolidated metadata", "ignore:The data type")
def test_round_trip(tmp_path: Path, zarr_format: int, consolidated: bool) -> None:
    ds = dataset(0, 4)
    ds.to_zarr(tmp_path / "a.zarr", zarr_format=zarr_format, consolidated=consolidated)
    with xr.open_zarr(tmp_path / "a.zarr", consolidated=consolidated) as found:
        xr.testing.assert_identical(found.load(), ds)


@pytest.mark.filterwarnings("ignore:Consolidated metadata", "ignore:The data type")
def test_append_and_regions(tmp_path: Path) -> None:
    url = tmp_path / "a.zarr"
    dataset(0, 4).to_zarr(url, encoding={"t": {"chunks": (2, 2, 3)}})
    dataset(4, 4).to_zarr(url, append_dim="time")
    new = dataset(2, 2).drop_vars(["y", "name"])
    new["t"] = new["t"] + 100
    new.to_zarr(url, region={"time": slice(2, 4)}, mode="r+")
    expected = xr.concat([dataset(0, 4), dataset(4, 4)], "time")["t"].values
    expected[2:4] = new["t"].values
    with xr.open_zarr(url) as found:
        np.testing.assert_array_equal(found["t"].values, expected)


@pytest.mark.filterwarnings("ignore:Consolidated metadata")
def test_shards_by_encoding(tmp_path: Path) -> None:
    data = np.arange(48.0).reshape(6, 8)
    ds = xr.Dataset({"v": (("y", "x"), data)})
    ds.to_zarr(tmp_path / "a.zarr", zarr_format=3, encoding={"v": {"chunks": (3, 2), "shards": (6, 4)}})
    assert zarr.open_array(tmp_path / "a.zarr/v", mode="r").shards == (6, 4)
    with xr.open_zarr(tmp_path / "a.zarr") as found:
        np.testing.assert_array_equal(found["v"][2:5, 1:7].values, data[2:5, 1:7])


@pytest.mark.filterwarnings("ignore:Consolidated metadata", "ignore:The data type")
def test_tree_of_groups(tmp_path: Path) -> None:
    tree = xr.DataTree.from_dict({"/a/b": dataset(3, 3), "/c": dataset(0, 2)})
    tree.to_zarr(tmp_path / "a.zarr")
    with xr.open_datatree(tmp_path / "a.zarr", engine="zarr") as found:
        xr.testing.assert_identical(found.load(), tree)


@pytest.mark.filterwarnings("ignore:Consolidated metadata", "ignore:The data type")
async def test_loading_by_await(tmp_path: Path) -> None:
    ds = dataset(0, 3)
    ds.to_zarr(tmp_path / "a.zarr")
    found = xr.open_zarr(tmp_path / "a.zarr", chunks=None)
    xr.testing.assert_identical(await found.load_async(), ds)
