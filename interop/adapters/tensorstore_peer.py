"""Adapter for tensorstore: arrays only, both formats, created from explicit metadata as its specs want."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

import numpy as np
import tensorstore as ts
from common import Adapter, Case, Found, codec_names, is_numeric, main, v2_dtype, write_boxes

V2_COMPRESSORS = {None, "blosc", "bz2", "zlib", "gzip", "zstd"}


def v2_metadata(case: Case) -> Case:
    return {
        "zarr_format": 2,
        "shape": case["shape"],
        "chunks": case["chunks"],
        "dtype": v2_dtype(case).str,
        "fill_value": case["fill"],
        "order": case["order"],
        "compressor": case["compressor"],
        "filters": None,
        "dimension_separator": case["separator"],
    }


def v3_metadata(case: Case) -> Case:
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": case["shape"],
        "data_type": case["dtype"],
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": case["chunks"]}},
        "chunk_key_encoding": case["key_encoding"],
        "fill_value": case["fill"],
        "codecs": case["codecs"],
        "attributes": case["attributes"],
    }


def spec(case: Case, path: Path) -> Case:
    driver = {2: "zarr", 3: "zarr3"}[case["format"]]
    return {"driver": driver, "kvstore": {"driver": "file", "path": f"{path}/"}}


class TensorStore(Adapter):
    parts: ClassVar[list[str]] = ["array", "attributes"]

    def versions(self) -> dict[str, str]:
        return {"tensorstore": version("tensorstore"), "numpy": np.__version__}

    def lacks_attributes(self, case: Case) -> bool:
        return case["format"] == 2

    def unsupported(self, case: Case, direction: str) -> str | None:
        if "arrays" in case:
            return "no groups"
        if not is_numeric(case):
            return "no strings, times or structs, or as bytes only"
        if case["format"] == 2:
            compressor = (case["compressor"] or {}).get("id")
            if compressor == "zstd" and case.get("writer") == "zp2":
                return "refuses the member checksum that numcodecs adds to zstd"
            return None if compressor in V2_COMPRESSORS else f"no compressor {compressor} in format 2"
        names = codec_names(case["codecs"])
        if "sharding_indexed" in names and case["codecs"][-1]["name"] != "sharding_indexed":
            return "no codecs after sharding_indexed"
        return None

    def write_array(self, case: Case, path: Path) -> None:
        metadata = v2_metadata(case) if case["format"] == 2 else v3_metadata(case)
        created = spec(case, path) | {"metadata": metadata}
        write_boxes(ts.open(created, create=True).result(), case)

    def read_array(self, case: Case, path: Path) -> Found:
        store = ts.open(spec(case, path), open=True, read=True).result()
        attributes = None
        if case["format"] == 3:
            attributes = store.spec(retain_context=False).to_json()["metadata"].get("attributes", {})
        return Found(store.read().result(), attributes)


if __name__ == "__main__":
    main(TensorStore())
