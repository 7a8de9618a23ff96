"""Writes zp3-migrated.json: arrays of format 2 by Zarr-Python 3 and what its migration makes of their documents.

Run with Zarr-Python 3.4.2, numcodecs 0.17.1 and NumPy 2: ``python make_migrated.py``.
"""

from __future__ import annotations

import json
import math
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import zarr
from zarr.metadata.migrate_v3 import migrate_v2_to_v3
from zarr.storage import LocalStore

ZLIB = {"id": "zlib", "level": 1}
DELTA = {"id": "delta", "dtype": "<i4"}
SHUFFLE = {"id": "shuffle", "elementsize": 4}
TENTHS = {"id": "fixedscaleoffset", "scale": 10, "offset": 0, "dtype": "<f8"}
BLOSC = {"id": "blosc", "cname": "lz4", "clevel": 3, "shuffle": 1, "blocksize": 0}
PAIR = [["a", "<i4"], ["b", "<f8"]]

FILLS = {
    "|b1": True, "|i1": 1, "|u1": 1, "<i2": 1, ">i4": 5, "<i8": 2**60, ">u8": 2**64 - 1, "<f2": 0.5, "<f4": "NaN",
    ">f8": "-Infinity", "<c8": [1.0, "NaN"], ">c16": [0.0, 1.0], "|S5": "YWJjZGU=", "<U3": "abc", ">U3": "x",
    "|V4": "AAECAw==", "<M8[ns]": 0, "<M8[10s]": 5, "<m8[ms]": -3, ">M8[D]": 2**63 - 1,
}  # fmt: skip
COMPRESSORS: dict[str, Any] = {
    "none": None,
    "zlib": {"id": "zlib", "level": 3},
    "gzip": {"id": "gzip", "level": 4},
    "zstd": {"id": "zstd", "level": -5},
    "zstd with checksum": {"id": "zstd", "level": 3, "checksum": True},
    "bz2": {"id": "bz2", "level": 2},
    "lzma": {"id": "lzma", "format": 1, "check": -1, "preset": None, "filters": None},
    "lz4": {"id": "lz4", "acceleration": 1},
    "blosc": BLOSC,
    "blosc noshuffle": {**BLOSC, "cname": "zstd", "shuffle": 0},
    "blosc bitshuffle": {**BLOSC, "shuffle": 2, "blocksize": 512},
    "blosc autoshuffle": {**BLOSC, "shuffle": -1},
    "shuffle": SHUFFLE,
    "crc32": {"id": "crc32"},
    "crc32c": {"id": "crc32c"},
    "adler32": {"id": "adler32"},
    "fletcher32": {"id": "fletcher32"},
    "jenkins_lookup3": {"id": "jenkins_lookup3", "initval": 0, "prefix": None},
    "base64": {"id": "base64"},
}
FILTERS: dict[str, tuple[str, list[Any]]] = {
    "delta": ("<i4", [DELTA]),
    "delta narrow": ("<i4", [{**DELTA, "astype": "<i2"}]),
    "delta big": (">i4", [{"id": "delta", "dtype": ">i4"}]),
    "fixedscaleoffset": ("<f8", [{**TENTHS, "astype": "<u2"}]),
    "quantize": ("<f8", [{"id": "quantize", "digits": 2, "dtype": "<f8"}]),
    "bitround": ("<f4", [{"id": "bitround", "keepbits": 4}]),
    "packbits": ("|b1", [{"id": "packbits"}]),
    "astype": ("<f8", [{"id": "astype", "encode_dtype": "<f4", "decode_dtype": "<f8"}]),
    "two": ("<f8", [{**TENTHS, "astype": "<i4"}, DELTA]),
    "shuffle": ("<i4", [SHUFFLE]),
    "delta shuffle": ("<i4", [DELTA, SHUFFLE]),
    "zlib": ("<i4", [ZLIB]),
    "checksum": ("<i4", [{"id": "crc32"}]),
    "empty": ("<i4", []),
}


def document(dtype: Any = "<i4", fill_value: Any = 0, **members: Any) -> dict[str, Any]:
    out = {"zarr_format": 2, "shape": [5, 6], "chunks": [2, 3], "dtype": dtype, "fill_value": fill_value}
    return {**out, "order": "C", "filters": None, "compressor": ZLIB, **members}


def cases() -> dict[str, dict[str, Any]]:
    out = {f"dtype {dtype}": document(dtype, fill) for dtype, fill in FILLS.items()}
    out |= {
        f"fill null {dtype}": document(dtype, None)
        for dtype in ("<i4", "|S5", "<U3", "<c8", "<M8[ns]", "|b1")
    }
    out |= {f"compressor {name}": document(compressor=codec) for name, codec in COMPRESSORS.items()}
    for name, (dtype, filters) in FILTERS.items():
        fill = False if dtype == "|b1" else 0
        out[f"filters {name}"] = document(dtype, fill, filters=filters)
        out[f"filters {name}, F"] = document(dtype, fill, filters=filters, order="F", compressor=None)
    for name in ("vlen-utf8", "vlen-bytes"):
        out[f"objects {name}"] = document("|O", "", filters=[{"id": name}])
        out[f"objects {name}, F"] = document("|O", None, filters=[{"id": name}], order="F")
    return out | {
        "struct": document(PAIR, "AAAAAAAAAAAAAAAA"),
        "struct of two byte orders": document([["a", "<i4"], ["b", ">f8"]], "AAAAAAAAAAAAAAAA"),
        "separator": document(dimension_separator="/"),
        "0d": document(shape=[], chunks=[]),
        "0d, F": document(shape=[], chunks=[], order="F"),
        "1d, F": document(shape=[5], chunks=[2], order="F"),
        "3d, F": document(shape=[5, 4, 3], chunks=[2, 3, 2], order="F"),
        "blosc of one byte": document("|u1", compressor=BLOSC),
        "filter behind bytes": document(filters=[ZLIB, DELTA]),
    }


def values(array: Any, name: str) -> Any:
    """Elements that differ, in all but the last rows, of which the chunks stay missing."""
    number = np.arange(1, math.prod(array.shape) + 1).reshape(array.shape)
    if name.startswith("objects"):
        texts = [str(n) for n in number.flat]
        return np.array([t.encode() for t in texts] if "bytes" in name else texts, object).reshape(
            array.shape
        )
    dtype = array.dtype
    if dtype.kind == "V" and dtype.fields is None:
        return number.astype("<i4").view(dtype)
    if dtype.fields:
        out = np.zeros(array.shape, dtype)
        for field in dtype.names:
            out[field] = number
        return out
    if dtype.kind in "mM":
        return number.astype("i8").view(f"{dtype.kind}8{dtype.str[3:]}").astype(dtype)
    return (number % 3 == 1 if dtype.kind == "b" else number).astype(dtype)


def make(name: str, zarray: dict[str, Any], folder: Path) -> dict[str, Any]:
    (folder / ".zarray").write_text(json.dumps(zarray))
    out: dict[str, Any] = {"name": name, "zarray": zarray}
    try:
        array = zarr.open_array(folder, zarr_format=2)
        rows = slice(0, 4) if array.ndim else ()
        array[rows] = values(array, name)[rows]
    except Exception as error:
        return {**out, "unwritten": type(error).__name__}
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".zarray")
    out["chunks"] = {path.relative_to(folder).as_posix(): path.read_bytes().hex() for path in sorted(files)}
    try:
        migrate_v2_to_v3(input_store=LocalStore(folder))
        out["zarr.json"] = json.loads((folder / "zarr.json").read_text())
    except Exception as error:
        out["refused"] = type(error).__name__
    return out


def main() -> None:
    warnings.simplefilter("ignore")
    made = []
    for name, zarray in cases().items():
        with tempfile.TemporaryDirectory() as folder:
            made.append(make(name, zarray, Path(folder)))
    text = "[\n" + ",\n".join(json.dumps(case) for case in made) + "\n]\n"
    (Path(__file__).parent / "zp3-migrated.json").write_text(text)


if __name__ == "__main__":
    main()
