"""The codec pipeline of zarrs (in Rust) below our arrays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import zarr


@pytest.fixture(autouse=True)
def _pipeline() -> Iterator[None]:
    with zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"}):
        yield


def pipeline_of(array: zarr.Array) -> str:
    return type(array._async_array.codec_pipeline).__name__


@pytest.mark.parametrize("shards", [None, (20, 20)])
@pytest.mark.parametrize("dtype", ["u1", "i4", "f8"])
def test_round_trip(tmp_path: Path, dtype: str, shards: tuple[int, int] | None) -> None:
    data = np.random.default_rng(0).integers(0, 99, (50, 30)).astype(dtype)
    z = zarr.create_array(tmp_path / "a.zarr", shape=data.shape, dtype=dtype, chunks=(10, 10), shards=shards)
    assert pipeline_of(z) == "ZarrsCodecPipeline"
    z[:] = data
    z[3:33, 5:8] = 7
    data[3:33, 5:8] = 7
    np.testing.assert_array_equal(z[:], data)
    np.testing.assert_array_equal(z[17:45, 4], data[17:45, 4])
    np.testing.assert_array_equal(z[::3, 1::2], data[::3, 1::2])
    np.testing.assert_array_equal(z.oindex[[1, 40, 7], 2:20], data[np.ix_([1, 40, 7], range(2, 20))])
    np.testing.assert_array_equal(z.vindex[[1, 40], [2, 29]], data[[1, 40], [2, 29]])


def test_what_it_wrote_is_read_without_it(tmp_path: Path) -> None:
    data = np.arange(1000.0).reshape(10, 100)
    zarr.create_array(tmp_path / "a.zarr", data=data, chunks=(5, 10), shards=(10, 50))
    with zarr.config.set({"codec_pipeline.path": "zarr.core.codec_pipeline.BatchedCodecPipeline"}):
        z = zarr.open_array(tmp_path / "a.zarr", mode="r")
        assert pipeline_of(z) == "BatchedCodecPipeline"
        np.testing.assert_array_equal(z[:], data)


def test_what_we_wrote_it_reads(tmp_path: Path) -> None:
    data = np.arange(1000.0).reshape(10, 100)
    with zarr.config.set({"codec_pipeline.path": "zarr.core.codec_pipeline.BatchedCodecPipeline"}):
        zarr.create_array(tmp_path / "a.zarr", data=data, chunks=(5, 10), shards=(10, 50))
        zarr.create_array(tmp_path / "b.zarr", data=data, chunks=(5, 10), zarr_format=2)
    for name in ("a.zarr", "b.zarr"):
        z = zarr.open_array(tmp_path / name, mode="r")
        assert pipeline_of(z) == "ZarrsCodecPipeline"
        np.testing.assert_array_equal(z[:], data)


def test_missing_chunks_have_the_fill_value(tmp_path: Path) -> None:
    z = zarr.create_array(tmp_path / "a.zarr", shape=(10, 10), dtype="i2", chunks=(5, 5), fill_value=9)
    z[0, 0] = 1
    expected = np.full((10, 10), 9, "i2")
    expected[0, 0] = 1
    np.testing.assert_array_equal(z[:], expected)


@pytest.mark.filterwarnings("ignore")  # zarrs says that it goes another way
def test_data_types_that_it_lacks(tmp_path: Path) -> None:
    z = zarr.create_array(tmp_path / "a.zarr", shape=(3,), dtype=[("a", "i4"), ("b", "f8")], chunks=2)
    value = np.array([(1, 2.0), (3, 4.0), (5, 6.0)], dtype=z.dtype)
    z[:] = value
    np.testing.assert_array_equal(z[:], value)
