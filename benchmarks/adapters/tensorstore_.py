"""tensorstore, its zarr3 driver. Files are not fsynced, as no other library here does that by default."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import tensorstore as ts
from cells import Array

from adapters import BaseLibrary, Handle, NotAvailable, Place

CODECS: dict[str, list[dict[str, Any]]] = {
    "raw": [],
    "zstd1": [{"name": "zstd", "configuration": {"level": 1}}],
    "blosc-lz4": [
        {
            "name": "blosc",
            "configuration": {
                "cname": "lz4",
                "clevel": 5,
                "shuffle": "shuffle",
                "typesize": 4,
                "blocksize": 0,
            },
        }
    ],
    "gzip5": [{"name": "gzip", "configuration": {"level": 5}}],
}


def _codecs(array: Array) -> list[dict[str, Any]]:
    little = {"name": "bytes", "configuration": {"endian": "little"}}
    codecs = [little, *CODECS[array.codec]]
    if array.shards is None:
        return codecs
    configuration = {
        "chunk_shape": array.chunks,
        "codecs": codecs,
        "index_codecs": [little, {"name": "crc32c"}],
        "index_location": "end",
    }
    return [{"name": "sharding_indexed", "configuration": configuration}]


class Library(BaseLibrary):
    def __init__(self, option: str = "") -> None:
        self.context = ts.Context({"file_io_sync": False})

    def versions(self) -> dict[str, str]:
        return {"tensorstore": version("tensorstore")}

    def new_memory(self) -> Place:
        return ts.Context()  # its `memory_key_value_store` lives as long as the context

    def _open(self, place: Place, **options: Any) -> Handle:
        if isinstance(place, Path):
            kvstore, context = {"driver": "file", "path": f"{place}/"}, self.context
        else:
            kvstore, context = {"driver": "memory", "path": "array/"}, place
        return ts.open({"driver": "zarr3", "kvstore": kvstore, **options}, context=context).result()

    def create(self, place: Place, array: Array) -> Handle:
        grid = {"name": "regular", "configuration": {"chunk_shape": array.shards or array.chunks}}
        metadata = {
            "shape": array.shape,
            "chunk_grid": grid,
            "data_type": "float32",
            "fill_value": 0,
            "codecs": _codecs(array),
        }
        return self._open(place, create=True, metadata=metadata)

    def open(self, place: Place) -> Handle:
        return self._open(place)

    def write(self, handle: Handle, data: np.ndarray) -> None:
        handle.write(data).result()

    def read(self, handle: Handle) -> np.ndarray:
        return handle.read().result()

    def get(self, handle: Handle, mode: str, selection: Any) -> Any:
        if mode == "oindex":
            return handle.oindex[selection].read().result()
        if mode == "vindex":
            return handle.vindex[selection].read().result()
        return handle[selection].read().result()

    def append(self, handle: Handle, block: np.ndarray) -> Handle:
        start = handle.shape[0]
        size = start + block.shape[0]
        handle = handle.resize(exclusive_max=[size, None, None], expand_only=True).result()
        handle[start:size].write(block).result()
        return handle

    def create_members(self, place: Path, names: list[str], array: Array) -> None:
        for name in names:
            self.create(place / name, array)

    def open_members(self, place: Path, names: list[str]) -> list[Any]:
        return [self.open(place / name) for name in names]

    def list_members(self, place: Path) -> list[str]:
        raise NotAvailable("no groups")
