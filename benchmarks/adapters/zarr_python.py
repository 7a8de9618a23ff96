"""Zarr-Python's API: serves ours and upstream alike. The option is the path of a codec pipeline."""

from __future__ import annotations

import importlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from cells import Array

import zarr
import zarr.codecs
import zarr.storage
from adapters import BaseLibrary, Handle, Place

CODECS = {
    "raw": lambda: None,
    "zstd1": lambda: zarr.codecs.ZstdCodec(level=1),
    "blosc-lz4": lambda: zarr.codecs.BloscCodec(cname="lz4", clevel=5, shuffle="shuffle", typesize=4),
    "gzip5": lambda: zarr.codecs.GzipCodec(level=5),
}


class Library(BaseLibrary):
    def __init__(self, pipeline: str = "") -> None:
        self.pipeline = pipeline
        if pipeline:
            package = pipeline.partition(".")[0]
            importlib.import_module(package)
            zarr.config.set({"codec_pipeline.path": pipeline})

    def versions(self) -> dict[str, str]:
        found = {"zarr": zarr.__version__, "numcodecs": version("numcodecs")}
        if self.pipeline.startswith("zarrs"):
            found["zarrs"] = version("zarrs")
        return found

    def new_memory(self) -> Place:
        return zarr.storage.MemoryStore()

    def create(self, place: Place, array: Array) -> Handle:
        return zarr.create_array(
            store=place,
            shape=array.shape,
            chunks=array.chunks,
            shards=array.shards,
            dtype="float32",
            compressors=CODECS[array.codec](),
            fill_value=0,
        )

    def open(self, place: Place) -> Handle:
        return zarr.open_array(store=place, mode="r")

    def write(self, handle: Handle, data: np.ndarray) -> None:
        handle[...] = data

    def read(self, handle: Handle) -> np.ndarray:
        return handle[...]

    def get(self, handle: Handle, mode: str, selection: Any) -> Any:
        if mode == "oindex":
            return handle.oindex[selection]
        if mode == "vindex":
            return handle.vindex[selection]
        if mode == "mask":
            return handle.get_mask_selection(selection)
        return handle[selection]

    def append(self, handle: Handle, block: np.ndarray) -> Handle:
        handle.append(block)
        return handle

    def create_members(self, place: Path, names: list[str], array: Array) -> None:
        group = zarr.create_group(store=place)
        for name in names:
            group.create_array(
                name, shape=array.shape, chunks=array.chunks, dtype="float32", compressors=None
            )

    def open_members(self, place: Path, names: list[str]) -> list[Any]:
        group = zarr.open_group(place, mode="r")
        return [group[name] for name in names]

    def list_members(self, place: Path) -> list[str]:
        return [name for name, _ in zarr.open_group(place, mode="r").arrays()]

    def consolidate(self, place: Path) -> None:
        zarr.consolidate_metadata(place)

    def open_members_consolidated(self, place: Path, names: list[str]) -> list[Any]:
        group = zarr.open_consolidated(place)
        return [group[name] for name in names]


def layout_of(path: Path) -> tuple[Any, list[str]]:
    """The chunk shape and the codec names (inner ones too) that a written array's zarr.json states."""
    document = json.loads((path / "zarr.json").read_bytes())
    names: list[str] = []
    for codec in document["codecs"]:
        inner = codec.get("configuration", {}).get("codecs", [])
        names += [codec["name"], *(c["name"] for c in inner)]
    return document["chunk_grid"]["configuration"]["chunk_shape"], [n for n in names if n != "transpose"]
