"""h5py: the same arrays in one HDF5 file, which it writes itself, where HDF5 has the codec built in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from cells import Array

from adapters import BaseLibrary, Handle, NotAvailable, Place

CODECS: dict[str, dict[str, Any]] = {"raw": {}, "gzip5": {"compression": "gzip", "compression_opts": 5}}


class Library(BaseLibrary):
    reads_shared = False

    def __init__(self, option: str = "") -> None:
        pass

    def versions(self) -> dict[str, str]:
        return {"h5py": h5py.__version__, "hdf5": h5py.version.hdf5_version}

    def create(self, place: Place, array: Array) -> Handle:
        if array.codec not in CODECS or array.shards is not None:
            raise NotAvailable("no such codec without a plugin" if array.shards is None else "no shards")
        maxshape = (None, *array.shape[1:])
        options = {"chunks": array.chunks, "maxshape": maxshape, **CODECS[array.codec]}
        return h5py.File(place, "w").create_dataset("a", array.shape, "float32", **options)

    def open(self, place: Place) -> Handle:
        return h5py.File(place, "r")["a"]

    def write(self, handle: Handle, data: np.ndarray) -> None:
        handle[...] = data

    def read(self, handle: Handle) -> np.ndarray:
        return handle[...]

    def finish(self, handle: Handle) -> None:
        handle.file.close()

    def get(self, handle: Handle, mode: str, selection: Any) -> Any:
        if mode == "vindex":
            raise NotAvailable("no vindex")
        return handle[selection]

    def append(self, handle: Handle, block: np.ndarray) -> Handle:
        start = handle.shape[0]
        handle.resize(start + block.shape[0], axis=0)
        handle[start:] = block
        return handle

    def create_members(self, place: Path, names: list[str], array: Array) -> None:
        with h5py.File(place, "w") as file:
            for name in names:
                file.create_dataset(name, array.shape, "float32", chunks=array.chunks)

    def open_members(self, place: Path, names: list[str]) -> list[Any]:
        file = h5py.File(place, "r")
        return [file[name] for name in names]

    def list_members(self, place: Path) -> list[str]:
        with h5py.File(place, "r") as file:
            return list(file)
