"""save, save_array, save_group and load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.storage import MemoryStore
from zarr.testing.store import LatencyStore

STORES = {"memory": MemoryStore, "waiting": lambda: LatencyStore(MemoryStore())}


@pytest.fixture(params=[*STORES, "local"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return tmp_path / "saved" if request.param == "local" else STORES[request.param]()


@pytest.mark.parametrize("zarr_format", [2, 3, None])
def test_one_array(store: Any, zarr_format: Any) -> None:
    data = np.arange(6.0).reshape(2, 3)
    zarr.save(store, data, zarr_format=zarr_format)
    np.testing.assert_array_equal(zarr.load(store), data)
    assert isinstance(zarr.open(store), zarr.Array)
    assert zarr.open(store).metadata.zarr_format == (zarr_format or 3)


def test_saving_replaces(store: Any) -> None:
    zarr.save_array(store, np.arange(9), chunks=(2,))
    zarr.save_array(store, np.arange(2.0))
    assert zarr.load(store).tolist() == [0, 1]


def test_several_arrays_are_a_group(store: Any) -> None:
    zarr.save(store, np.arange(3), np.ones(2), x=np.zeros(1))
    assert sorted(zarr.open(store).keys()) == ["arr_0", "arr_1", "x"]
    loaded = zarr.load(store)
    assert isinstance(loaded, dict)
    assert {name: value.tolist() for name, value in loaded.items()} == {
        "arr_0": [0, 1, 2],
        "arr_1": [1, 1],
        "x": [0],
    }
    zarr.save_group(store, y=np.arange(2))
    assert sorted(zarr.open(store).keys()) == ["arr_0", "arr_1", "x", "y"]


def test_below_a_path(store: Any) -> None:
    zarr.save(store, np.arange(3), path="p/q")
    assert zarr.load(store, path="p/q").tolist() == [0, 1, 2]
    zarr.save(store, a=np.arange(2), path="p/r")
    assert zarr.load(store, path="p/r")["a"].tolist() == [0, 1]
    assert isinstance(zarr.open(store, path="p"), zarr.Group)


def test_a_scalar_and_nothing(store: Any) -> None:
    zarr.save(store, np.float64(2.5))
    assert zarr.load(store) == 2.5
    for call in (lambda: zarr.save(store), lambda: zarr.save_group(store)):
        with pytest.raises(ValueError, match="at least one array"):
            call()


@pytest.mark.parametrize("value", [[1, 2], 5, "x", None])
def test_only_arrays_are_saved(store: Any, value: Any) -> None:
    with pytest.raises(TypeError, match="array"):
        zarr.save_array(store, value)
    with pytest.raises(TypeError, match="second: all arguments must be arrays"):
        zarr.save_group(store, first=np.arange(2), second=value)
    assert zarr.open_group(store).nmembers() == 0


def test_masked_arrays(store: Any) -> None:
    zarr.save(store, np.ma.masked_array([1, 2], mask=False))
    assert zarr.load(store).tolist() == [1, 2]
    with pytest.raises(TypeError, match="masked array cannot be stored"):
        zarr.save(store, np.ma.masked_array([1, 2], mask=[True, False]))
    assert zarr.load(store).tolist() == [1, 2]


def test_loading_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        zarr.load(tmp_path / "nope")
    with pytest.raises(FileNotFoundError, match="nope"):
        zarr.load(MemoryStore(), path="nope")
