"""Adapter for the API of Zarr-Python 3: Zarr-Python itself, zarrs below it, and this project.

ZARR_INTEROP_PEER says which (zp3, zarrs or ours). For zarrs all chunks pass its codec pipeline, which may
not fall back to Zarr-Python's.
"""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from common import Adapter, Case, Found, dtype_of, fill_of, is_numeric, main, v2_dtype, write_boxes

import zarr

PEER = os.environ.get("ZARR_INTEROP_PEER", "zp3")
if PEER == "zarrs":
    zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline", "codec_pipeline.strict": True})

ARRAY_TO_ARRAY = ("transpose",)
ARRAY_TO_BYTES = ("bytes", "sharding_indexed", "vlen-utf8")
DEFAULT_INDEX_CODECS = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]


def split_chain(codecs: list[Case]) -> dict[str, Any]:
    """A chain as the three arguments of create_array."""
    kinds: dict[str, Any] = {"filters": [], "serializer": None, "compressors": []}
    for codec in codecs:
        if codec["name"] in ARRAY_TO_BYTES:
            kinds["serializer"] = codec
        else:
            kinds["filters" if codec["name"] in ARRAY_TO_ARRAY else "compressors"].append(codec)
    return kinds


def v3_arguments(case: Case) -> dict[str, Any]:
    encoding = case["key_encoding"]
    separator = encoding["configuration"]["separator"]
    arguments = {"chunk_key_encoding": {"name": encoding["name"], "separator": separator}}
    sharding = case["codecs"][0].get("configuration", {})
    if len(case["codecs"]) == 1 and sharding.get("index_codecs") == DEFAULT_INDEX_CODECS:
        shards = {"shape": tuple(case["chunks"]), "index_location": sharding["index_location"]}
        arguments |= {"chunks": tuple(sharding["chunk_shape"]), "shards": shards}
        return arguments | split_chain(sharding["codecs"])
    return arguments | {"chunks": tuple(case["chunks"])} | split_chain(case["codecs"])


def v2_arguments(case: Case) -> dict[str, Any]:
    return {
        "chunks": tuple(case["chunks"]),
        # Zarr-Python adds the codec of strings itself.
        "filters": case["filters"] if case["dtype"] != "string" else "auto",
        "compressors": case["compressor"],
        "order": case["order"],
        "chunk_key_encoding": {"name": "v2", "separator": case["separator"]},
    }


def array_dtype(case: Case) -> Any:
    if case["dtype"] == "string":
        return "string"
    return v2_dtype(case) if case["format"] == 2 else dtype_of(case)


class ZarrPython3(Adapter):
    def versions(self) -> dict[str, str]:
        found = {"zarr": zarr.__version__, "numpy": np.__version__}
        for package in ("numcodecs", *(["zarrs"] if PEER == "zarrs" else [])):
            try:
                found[package] = version(package)
            except PackageNotFoundError:
                pass
        return found

    def unsupported(self, case: Case, direction: str) -> str | None:
        if PEER == "ours" or "arrays" in case:
            return None
        return zarr_python_limit(case) or (zarrs_limit(case, direction) if PEER == "zarrs" else None)

    def write_group(self, case: Case, path: Path, attributes: Case) -> None:
        zarr.create_group(path, zarr_format=case["format"], attributes=attributes)

    def write_array(self, case: Case, path: Path) -> None:
        arguments = v2_arguments(case) if case["format"] == 2 else v3_arguments(case)
        array = zarr.create_array(
            path,
            shape=tuple(case["shape"]),
            dtype=array_dtype(case),
            fill_value=fill_of(case),
            zarr_format=case["format"],
            attributes=case["attributes"],
            **arguments,
        )
        write_boxes(array, case)

    def read_group(self, case: Case, path: Path) -> Any:
        return dict(zarr.open_group(path, mode="r").attrs)

    def read_array(self, case: Case, path: Path) -> Found:
        array = zarr.open_array(path, mode="r")
        return Found(array[...], dict(array.attrs))

    def consolidate(self, case: Case, path: Path) -> None:
        zarr.consolidate_metadata(path)

    def read_tree(self, case: Case, path: Path) -> tuple[dict[str, Any], dict[str, Found]]:
        root = zarr.open_group(path, mode="r", use_consolidated=case["consolidated"])
        groups, arrays = {"": dict(root.attrs)}, {}
        for name, member in root.members(max_depth=None):
            if isinstance(member, zarr.Group):
                groups[name] = dict(member.attrs)
            else:
                arrays[name] = Found(member[...], dict(member.attrs))
        return groups, arrays


def zarr_python_limit(case: Case) -> str | None:
    """What Zarr-Python 3.4.2 cannot do."""
    outer = case.get("codecs", [{"name": None}])
    if outer[0]["name"] == "transpose" and outer[1]["name"] == "sharding_indexed":
        inner = outer[1]["configuration"]["chunk_shape"]
        if any(chunk % edge for chunk, edge in zip(case["chunks"], inner, strict=True)):
            return "bug: compares the inner chunks of a transposed shard with the shape before transposition"
    return None


def zarrs_limit(case: Case, direction: str) -> str | None:
    """What zarrs 0.2.3 (the crate at 0.23.8) cannot do without falling back to Zarr-Python."""
    if not is_numeric(case):
        return "falls back to Zarr-Python for strings, times and structs"
    if case["format"] == 2 and (case["compressor"] or {}).get("id") == "lz4":
        return "no lz4"
    if direction == "write":
        return None
    if case["format"] == 2 and case["byteorder"] == "big" and np.dtype(case["dtype"]).itemsize > 1:
        return "reads into native byte order only, Zarr-Python asks for the stored one"
    if case["format"] == 2 and case["order"] == "F" and len(case["shape"]) > 1:
        return "reads into C order only, Zarr-Python asks for the stored one"
    if case["format"] == 3 and case["dtype"].startswith("complex") and "big" in str(case["codecs"]):
        return "bug: swaps real and imaginary part of big-endian numbers"
    return None


if __name__ == "__main__":
    main(ZarrPython3())
