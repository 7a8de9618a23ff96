"""Chunks that lie in HDF5 and TIFF files, read as Zarr arrays by references."""

from __future__ import annotations

from pathlib import Path

import fsspec
import h5py
import numpy as np
import pytest
import tifffile
import xarray as xr
from kerchunk.hdf import SingleHdf5ToZarr
from obspec_utils.registry import ObjectStoreRegistry
from obstore.store import LocalStore
from virtualizarr import open_virtual_dataset
from virtualizarr.parsers import HDFParser

import zarr

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def data() -> np.ndarray:
    return np.random.default_rng(0).random((40, 30)).astype("f4")


@pytest.fixture
def h5_file(tmp_path: Path, data: np.ndarray) -> Path:
    place = tmp_path / "a.h5"
    with h5py.File(place, "w") as file:
        file.create_dataset("v", data=data, chunks=(10, 10), compression="gzip", shuffle=True)
        file.create_dataset("g/plain", data=np.arange(5))
    return place


def test_references_by_fsspec(h5_file: Path, data: np.ndarray) -> None:
    references = SingleHdf5ToZarr(str(h5_file)).translate()
    filesystem = fsspec.filesystem("reference", fo=references, remote_protocol="file", asynchronous=True)
    root = zarr.open_group(zarr.storage.FsspecStore(filesystem, read_only=True), mode="r", zarr_format=2)
    np.testing.assert_array_equal(root["v"][:], data)
    np.testing.assert_array_equal(root["v"][8:23, 29], data[8:23, 29])
    np.testing.assert_array_equal(root["g/plain"][:], np.arange(5))


def test_references_by_xarray(h5_file: Path, data: np.ndarray) -> None:
    references = SingleHdf5ToZarr(str(h5_file)).translate()
    with xr.open_dataset(references, engine="kerchunk", storage_options={"remote_protocol": "file"}) as ds:
        np.testing.assert_array_equal(ds["v"].values, data)


def test_virtual_dataset(h5_file: Path, data: np.ndarray) -> None:
    registry = ObjectStoreRegistry({"file://": LocalStore()})
    store = HDFParser()(url=f"file://{h5_file}", registry=registry)
    found = zarr.open_group(store, mode="r")
    np.testing.assert_array_equal(found["v"][5:25], data[5:25])
    with open_virtual_dataset(f"file://{h5_file}", registry=registry, parser=HDFParser()) as ds:
        references = ds.vz.to_kerchunk(format="dict")
    with xr.open_dataset(references, engine="kerchunk", storage_options={"remote_protocol": "file"}) as back:
        np.testing.assert_array_equal(back["v"].values, data)


def test_tiff(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 255, (3, 64, 48), dtype="uint8")
    tifffile.imwrite(tmp_path / "a.tif", image, tile=(16, 16), photometric="minisblack")
    with tifffile.imread(tmp_path / "a.tif", aszarr=True) as store:
        z = zarr.open(store, mode="r")
        np.testing.assert_array_equal(z[:], image)
        np.testing.assert_array_equal(z[1, 10:40, ::7], image[1, 10:40, ::7])
