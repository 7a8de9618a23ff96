"""Adapter for z5py: real numbers, little endian, C order, and one compressor in a chain."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import z5py
from common import Adapter, Case, Found, fill_of, is_numeric, main, write_boxes

DTYPES = {f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)} | {"float32", "float64"}
V2_COMPRESSIONS = {"zlib": "zlib", "bz2": "bzip2", "zstd": "zstd", "blosc": "blosc"}
SHUFFLES = {"noshuffle": 0, "shuffle": 1, "bitshuffle": 2}
INDEX_CODECS = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]


def chain_of(case: Case) -> tuple[list[int] | None, list[Case]]:
    """The inner chunk shape if sharded, and the chain within."""
    first = case["codecs"][0]
    if first["name"] == "sharding_indexed":
        return first["configuration"]["chunk_shape"], first["configuration"]["codecs"]
    return None, case["codecs"]


def v2_options(case: Case) -> dict[str, Any]:
    compressor = dict(case["compressor"] or {})
    options: dict[str, Any] = {"compression": V2_COMPRESSIONS.get(compressor.pop("id", None), "raw")}
    if "cname" in compressor:
        compressor["codec"] = compressor.pop("cname")
    return options | compressor | {"chunks": tuple(case["chunks"])}


def v3_options(case: Case) -> dict[str, Any]:
    inner, chain = chain_of(case)
    options: dict[str, Any] = {"compression": "raw", "chunks": tuple(inner or case["chunks"])}
    if inner:
        options["shards"] = tuple(case["chunks"])
    if len(chain) > 1:
        configuration = chain[1]["configuration"]
        options["compression"] = chain[1]["name"]
        if chain[1]["name"] == "blosc":
            options |= {"codec": configuration["cname"], "level": configuration["clevel"]}
            options["shuffle"] = SHUFFLES[configuration["shuffle"]]
        else:
            options["level"] = configuration["level"]
    return options | {"chunk_key_encoding": case["key_encoding"]["name"]}


def v2_limit(case: Case, direction: str) -> str | None:
    if case["byteorder"] == "big" and np.dtype(case["dtype"]).itemsize > 1:
        return "little endian only"
    if case["order"] == "F":
        return "C order only"
    identifier = (case["compressor"] or {}).get("id")
    if identifier == "lz4" or (identifier == "gzip" and direction == "write"):
        return f"no compressor {identifier} in format 2"
    return None


def v3_limit(case: Case, direction: str) -> str | None:
    inner, chain = chain_of(case)
    names = [codec["name"] for codec in chain]
    if "big" in str(case["codecs"]):
        return "little endian only"
    if names[0] != "bytes" or len(names) > 2 or (inner and len(case["codecs"]) > 1):
        return "only bytes and one compressor in a chain"
    if names[1:] == ["crc32c"]:
        return "no crc32c"
    if direction == "write" and "'checksum': True" in str(chain):
        return "writes zstd without checksum"
    if inner:
        sharding = case["codecs"][0]["configuration"]
        if sharding["index_codecs"] != INDEX_CODECS or sharding["index_location"] == "start":
            return "shard index with crc32c, at the end, only"
    encoding = case["key_encoding"]
    if (
        direction == "write"
        and encoding["configuration"]["separator"] != {"default": "/", "v2": "."}[encoding["name"]]
    ):
        return "writes the default separator of a chunk key encoding only"
    return None


class Z5py(Adapter):
    def versions(self) -> dict[str, str]:
        return {"z5py": version("z5py"), "numpy": np.__version__}

    def unsupported(self, case: Case, direction: str) -> str | None:
        if "arrays" in case:
            return "no consolidated metadata, no way to tell groups from arrays when listing"
        if direction == "read" and "group" not in case["parts"]:
            return "opens arrays through their group only"
        if not is_numeric(case):
            return "no strings, times or structs"
        if case["dtype"] not in DTYPES:
            return f"no {case['dtype']}"
        if not case["shape"]:
            return "no arrays of rank 0"
        if 0 in case["shape"] and direction == "write":
            return "bug: crashes when it creates an array without elements"
        if isinstance(case["fill"], int) and int(float(case["fill"])) != case["fill"]:
            return "holds fill values as doubles"
        if case["fill"] is None:
            return "no null fill value"
        return v2_limit(case, direction) if case["format"] == 2 else v3_limit(case, direction)

    def write_group(self, case: Case, path: Path, attributes: Case) -> None:
        file = z5py.ZarrFile(str(path), "a", zarr_format=case["format"])
        for key, value in attributes.items():
            file.attrs[key] = value

    def write_array(self, case: Case, path: Path) -> None:
        separator = case["separator"] if case["format"] == 2 else "."
        parent = z5py.ZarrFile(str(path.parent), "a", separator, case["format"])
        options = v2_options(case) if case["format"] == 2 else v3_options(case)
        shape, dtype = tuple(case["shape"]), case["dtype"]
        array = parent.create_dataset(path.name, shape, dtype, fillvalue=fill_of(case).item(), **options)
        for key, value in case["attributes"].items():
            array.attrs[key] = value
        write_boxes(array, case)

    def read_group(self, case: Case, path: Path) -> Any:
        return dict(z5py.ZarrFile(str(path), "r").attrs.items())

    def read_array(self, case: Case, path: Path) -> Found:
        array = z5py.ZarrFile(str(path.parent), "r")[path.name]
        return Found(array[...], dict(array.attrs.items()))


if __name__ == "__main__":
    main(Z5py())
