"""Chunks whose array's document is gone, as an interrupted deletion leaves them, are never data of a new array."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.errors import ContainsArrayError
from zarr.storage import LocalStore

formats = pytest.mark.parametrize("zarr_format", [2, 3])


def without_document(path: Path, zarr_format: Any) -> None:
    zarr.create_array(path, name="a", data=np.arange(1, 7), chunks=2, zarr_format=zarr_format)
    (path / "a" / ("zarr.json" if zarr_format == 3 else ".zarray")).unlink()


@formats
def test_no_array_is_made_over_chunks(tmp_path: Path, zarr_format: Any) -> None:
    without_document(tmp_path, zarr_format)
    files = sorted(tmp_path.rglob("*"))
    for name in ("a", "/a/"):
        with pytest.raises(
            FileExistsError, match=r"a holds '(c|[012])', which is left of an array.*overwrite=True"
        ):
            zarr.create_array(tmp_path, name=name, shape=6, chunks=2, dtype="i8", zarr_format=zarr_format)
    assert sorted(tmp_path.rglob("*")) == files


@formats
def test_overwriting_deletes_them(tmp_path: Path, zarr_format: Any) -> None:
    without_document(tmp_path, zarr_format)
    array = zarr.create_array(
        tmp_path, name="a", shape=6, chunks=2, dtype="i8", zarr_format=zarr_format, overwrite=True
    )
    np.testing.assert_array_equal(array[...], np.zeros(6))


@formats
def test_an_array_that_is_there_is_what_the_error_says(tmp_path: Path, zarr_format: Any) -> None:
    zarr.create_array(tmp_path, data=np.arange(6), zarr_format=zarr_format)
    with pytest.raises(ContainsArrayError):
        zarr.create_array(tmp_path, shape=6, dtype="i8", zarr_format=zarr_format)


def test_nodes_with_names_of_chunks_are_none(tmp_path: Path) -> None:
    for name in ("0", "c"):
        zarr.create_group(tmp_path / name)
    zarr.create_array(tmp_path, shape=6, dtype="i8")


@formats
@pytest.mark.parametrize("node", ["array", "group"])
def test_attributes_that_are_left_over_are_replaced(tmp_path: Path, zarr_format: Any, node: str) -> None:
    zarr.create_group(tmp_path, path="a", attributes={"old": 1}, zarr_format=2)
    (tmp_path / "a" / ".zgroup").unlink()
    if node == "group":
        zarr.create_group(tmp_path, path="a", attributes={"new": 2}, zarr_format=zarr_format)
    else:
        zarr.create_array(
            tmp_path, name="a", shape=2, dtype="i4", attributes={"new": 2}, zarr_format=zarr_format
        )
    assert dict(zarr.open(tmp_path, path="a").attrs) == {"new": 2}


@formats
def test_where_directories_cannot_be_renamed(tmp_path: Path, zarr_format: Any, monkeypatch: Any) -> None:
    """As on some overlays: the documents go first, so that nothing is there in part."""

    group = zarr.create_group(LocalStore(tmp_path), zarr_format=zarr_format)
    group.create_array("g/a", data=np.arange(6), chunks=2)

    def rename(*args: Any) -> None:
        raise OSError(errno.EXDEV, "not here")

    def stop(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.EIO, "stopped")

    monkeypatch.setattr(os, "rename", rename)
    with monkeypatch.context() as patch:
        patch.setattr("zarr.storage._local.rmtree", stop)
        with pytest.raises(OSError, match="stopped"):
            del group["g"]
    assert "g" not in group
    assert not [p for p in (tmp_path / "g").rglob("*") if p.name in ("zarr.json", ".zarray", ".zgroup")]
    assert (tmp_path / "g" / "a").exists()
    zarr.create_group(LocalStore(tmp_path), path="g", zarr_format=zarr_format)
    del group["g"]
    assert not (tmp_path / "g").exists()
