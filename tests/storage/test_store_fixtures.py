"""Archives and databases that Zarr-Python 2 and 3 wrote: read, and written on. See tests/data/make_stores.py."""

from __future__ import annotations

import shutil
import sqlite3
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.storage import SQLiteStore, ZipStore

STORES = Path(__file__).parents[1] / "data" / "stores"
VALUES = np.arange(7 * 5, dtype="i4").reshape(7, 5)


@pytest.mark.parametrize("name", ["zp2.zip", "zp2.sqlite", "zp3.zip", "zipped.zip"])
def test_read_and_written_on(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    shutil.copyfile(STORES / name, path)
    reader: Any = ZipStore(path) if name.endswith("zip") else SQLiteStore(path, read_only=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        array = zarr.open_group(reader, mode="r")["g/x"]
    assert isinstance(array, zarr.Array)
    np.testing.assert_array_equal(array[:], VALUES)
    assert dict(array.attrs) == {"units": "m"}
    reader.close()
    assert path.read_bytes() == (STORES / name).read_bytes()
    with ZipStore(path, mode="a") if name.endswith("zip") else SQLiteStore(path) as writer:
        array = zarr.open_array(writer, path="g/x", mode="r+")
        array[2:4, 1:3] = 100
        array.attrs["more"] = 1
        keys = sorted(writer.keys_sync())
    if name.endswith("zip"):
        with zipfile.ZipFile(path) as archive:
            assert sorted(k for k in archive.namelist() if not k.endswith("/")) == keys  # each once
    else:
        db = sqlite3.connect(path)
        assert sorted(key for (key,) in db.execute("SELECT k FROM zarr")) == keys
        db.close()
    again: Any = ZipStore(path) if name.endswith("zip") else SQLiteStore(path, read_only=True)
    array = zarr.open_array(again, path="g/x", mode="r")
    expected = VALUES.copy()
    expected[2:4, 1:3] = 100
    np.testing.assert_array_equal(array[:], expected)
    assert dict(array.attrs) == {"units": "m", "more": 1}
    again.close()


def test_the_fixture_has_members_twice() -> None:
    with zipfile.ZipFile(STORES / "zp3.zip") as archive:
        names = archive.namelist()
    assert len(names) > len(set(names))
