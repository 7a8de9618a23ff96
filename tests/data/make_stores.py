"""Write the archives and databases of ``stores/`` again: the same array in the stores of other implementations.

    python tests/data/make_stores.py         with Zarr-Python 3: zp3.zip, in which values were set twice;
                                             zipped.zip, a directory packed by shutil, with entries of directories
    python tests/data/make_stores.py         with Zarr-Python 2: zp2.zip, zp2.sqlite

They are read by ``tests/storage/test_store_fixtures.py``.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from pathlib import Path

import numpy as np

import zarr

HERE = Path(__file__).resolve().parent / "stores"
VALUES = np.arange(7 * 5, dtype="i4").reshape(7, 5)


def fill(array: object) -> None:
    array[:] = VALUES * 0 + 1
    array[:] = VALUES
    array.attrs["units"] = "km"
    array.attrs["units"] = "m"


def with_version_2() -> None:
    with zarr.ZipStore(str(HERE / "zp2.zip"), mode="w") as store:
        fill(zarr.group(store).create_dataset("g/x", shape=(7, 5), chunks=(3, 2), dtype="i4"))
    store = zarr.SQLiteStore(str(HERE / "zp2.sqlite"))
    fill(zarr.group(store).create_dataset("g/x", shape=(7, 5), chunks=(3, 2), dtype="i4"))
    store.close()


def with_version_3() -> None:
    store = zarr.storage.ZipStore(HERE / "zp3.zip", mode="w")
    fill(zarr.create_array(store, name="g/x", shape=(7, 5), chunks=(3, 2), dtype="i4", fill_value=-1))
    store.close()
    with tempfile.TemporaryDirectory() as directory:
        fill(zarr.create_array(directory, name="g/x", shape=(7, 5), chunks=(3, 2), dtype="i4", fill_value=-1))
        shutil.make_archive(str(HERE / "zipped"), "zip", directory)


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    warnings.simplefilter("ignore")
    if zarr.__version__.startswith("2"):
        with_version_2()
    else:
        with_version_3()
