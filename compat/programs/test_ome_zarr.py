"""A multiscale image with labels, written and read by ome-zarr."""

from __future__ import annotations

from pathlib import Path

import dask.array as da
import numpy as np
import pytest
from ome_zarr.io import parse_url
from ome_zarr.reader import Reader
from ome_zarr.writer import write_image, write_labels

import zarr

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (2, 64, 96), dtype="uint8")


def levels_of(place: Path) -> list[da.Array]:
    location = parse_url(str(place), mode="r")
    assert location is not None
    return next(iter(Reader(location)())).data


def test_image(tmp_path: Path, image: np.ndarray) -> None:
    write_image(image, str(tmp_path / "i.zarr"), axes="cyx")
    levels = levels_of(tmp_path / "i.zarr")
    np.testing.assert_array_equal(levels[0].compute(), image)
    assert [level.shape[1:] for level in levels[:2]] == [(64, 96), (32, 48)]


def test_image_from_dask_in_shards(tmp_path: Path, image: np.ndarray) -> None:
    options = {"chunks": (1, 16, 16), "shards": (1, 32, 32)}
    write_image(
        da.from_array(image, chunks=(1, 32, 32)),
        str(tmp_path / "i.zarr"),
        axes="cyx",
        storage_options=options,
    )
    np.testing.assert_array_equal(levels_of(tmp_path / "i.zarr")[0].compute(), image)


def test_labels(tmp_path: Path, image: np.ndarray) -> None:
    root = zarr.open_group(tmp_path / "i.zarr", mode="w")
    write_image(image, root, axes="cyx")
    labels = (image[0] > 100).astype("int32")
    write_labels(labels, root, "bright", axes="yx")
    found = zarr.open_group(tmp_path / "i.zarr", mode="r")
    assert "bright" in found["labels"].attrs["ome"]["labels"]
    first = next(iter(found["labels/bright"].arrays()))[1]
    np.testing.assert_array_equal(
        found["labels/bright"]["s0" if "s0" in found["labels/bright"] else "0"][:], labels
    )
    assert first.dtype == "int32"
