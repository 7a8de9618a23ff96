"""Data for the tests of the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import zarr

DATA = np.arange(48, dtype="i4").reshape(6, 8)


def fill(path: Path, zarr_format: Any) -> None:
    root = zarr.create_group(path, zarr_format=zarr_format, attributes={"title": "a"})
    root.create_array("x", data=DATA, chunks=(3, 4), attributes={"units": "K", "nan": float("nan")})
    root.create_group("s").create_array("f", data=DATA / 2, chunks=(4, 4))


def files(path: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {str(p.relative_to(path)): p.read_bytes() for p in path.rglob("*") if p.is_file()}
