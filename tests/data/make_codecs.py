"""Writes zp3-codecs.json: small arrays by Zarr-Python 3, one for each way to use a codec of numcodecs and others.

Run with Zarr-Python 3.4.2, numcodecs 0.17.1, cast-value-rs, pcodec and zfpy 1.0.1: ``python make_codecs.py``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import zarr
import zarr.storage

INTS = ("<i4", [[1, 2, 3, -4], [70000, 6, 7, 8], [9, 10, 11, 12]])
FLOATS = ("<f8", [[0.0, -0.0, 1.25], [1e-3, 3.14159, -2.5]])
SINGLES = ("<f4", [[0.1, 1.2, 12.3], [123.4, 1234.5, -0.1]])
BYTES = ("|u1", [[1, 2, 3], [250, 251, 252]])
BOOLS = ("|b1", [True, False, True, True, False, False, False, True, True])
TIMES = ("<M8[s]", [1, 2, 1000, -5])
NANS = ("<f8", ["NaN", 1.5, 2.5, -3.0])


def n(name: str, **configuration: Any) -> dict[str, Any]:
    return {"name": f"numcodecs.{name}", "configuration": configuration}


def c(name: str, **configuration: Any) -> dict[str, Any]:
    return {"name": name, "configuration": configuration}


# kind, data, codec, and more arguments; bytes of "compressors" differ between versions of their libraries
CASES: list[tuple[str, Any, dict[str, Any], dict[str, Any]]] = [
    ("compressors", INTS, n("blosc"), {}),
    ("compressors", INTS, n("blosc", cname="zstd", clevel=9, shuffle=2, blocksize=0), {}),
    ("compressors", INTS, n("lz4"), {}),
    ("compressors", INTS, n("lz4", acceleration=3), {}),
    ("compressors", INTS, n("zstd", level=3), {}),
    ("compressors", INTS, n("zlib"), {}),
    ("compressors", INTS, n("zlib", level=9), {}),
    ("compressors", INTS, n("gzip", level=5), {}),
    ("compressors", INTS, n("bz2"), {}),
    ("compressors", INTS, n("lzma"), {}),
    ("compressors", INTS, n("lzma", format=2, preset=1), {}),
    ("compressors", INTS, n("lzma", format=3, filters=[{"id": 3, "dist": 4}, {"id": 33, "preset": 1}]), {}),
    ("bytes", INTS, n("shuffle"), {}),
    ("bytes", FLOATS, n("shuffle"), {}),
    ("bytes", FLOATS, n("shuffle", elementsize=2), {}),
    ("bytes", BYTES, n("shuffle"), {}),
    ("bytes", INTS, n("crc32"), {}),
    ("bytes", INTS, n("crc32", location="end"), {}),
    ("bytes", INTS, n("crc32c"), {}),
    ("bytes", INTS, n("crc32c", location="start"), {}),
    ("bytes", INTS, n("adler32"), {}),
    ("bytes", BYTES, n("fletcher32"), {}),
    ("bytes", INTS, n("fletcher32"), {}),
    ("bytes", INTS, n("jenkins_lookup3"), {}),
    ("bytes", INTS, n("jenkins_lookup3", initval=5), {}),
    ("filters", INTS, n("delta", dtype="int32"), {}),
    ("filters", INTS, n("delta", dtype="<i4", astype="<i8"), {}),
    ("filters", INTS, n("delta", dtype="u4"), {}),
    ("filters", FLOATS, n("delta", dtype="f8"), {}),
    ("filters", TIMES, n("delta", dtype="i8"), {}),
    ("filters", SINGLES, n("fixedscaleoffset", offset=-0.5, scale=10), {}),
    ("filters", SINGLES, n("fixedscaleoffset", offset=-0.5, scale=10, dtype="<f4", astype="<u2"), {}),
    ("filters", FLOATS, n("fixedscaleoffset", offset=-3, scale=1000, astype="u2"), {}),
    ("filters", SINGLES, n("quantize", digits=1), {}),
    ("filters", FLOATS, n("quantize", digits=3, dtype="<f8"), {}),
    ("filters", SINGLES, n("bitround", keepbits=3), {}),
    ("filters", FLOATS, n("bitround", keepbits=52), {}),
    ("filters", FLOATS, n("astype", encode_dtype="f4"), {}),
    ("filters", INTS, n("astype", encode_dtype="<i8", decode_dtype="<i4"), {}),
    ("filters", BOOLS, n("packbits"), {}),
    ("filters", INTS, n("delta", dtype="<i4"), {"shards": True}),
    ("filters", FLOATS, n("fixedscaleoffset", offset=-3, scale=1000, astype="u2"), {"shards": True}),
    ("bytes", INTS, n("shuffle"), {"shards": True}),
    ("bytes", INTS, n("crc32"), {"shards": True}),
    ("serializer", INTS, n("pcodec"), {}),
    ("serializer", SINGLES, n("pcodec", level=3, mode_spec="classic"), {}),
    ("serializer", INTS, n("pcodec", delta_encoding_order=2), {}),
    ("serializer", SINGLES, n("zfpy"), {}),
    ("serializer", FLOATS, n("zfpy", mode=4, tolerance=0.01), {}),
    ("serializer", INTS, n("zfpy", mode=3, precision=16), {}),
    ("serializer", FLOATS, n("zfpy", mode=2, rate=16), {}),
    ("filters", FLOATS, c("scale_offset", offset=-3, scale=10), {}),
    ("filters", SINGLES, c("scale_offset", scale=0.5), {}),
    ("filters", INTS, c("scale_offset", offset=-5, scale=3), {}),
    ("filters", FLOATS, c("cast_value", data_type="float32", rounding="towards-zero"), {}),
    ("filters", FLOATS, c("cast_value", data_type="int16", rounding="nearest-away"), {}),
    ("filters", INTS, c("cast_value", data_type="int8", out_of_range="clamp"), {}),
    ("filters", INTS, c("cast_value", data_type="uint8", out_of_range="wrap"), {}),
    (
        "filters",
        NANS,
        c("cast_value", data_type="int8", scalar_map={"encode": [["NaN", -1]], "decode": [[-1, "NaN"]]}),
        {"fill_value": "NaN"},
    ),
]


def as_json(array: Any) -> Any:
    """Values in JSON: times as integers, NaN by name."""
    if array.dtype.kind == "M":
        array = array.astype("i8")
    return json.loads(json.dumps(array.tolist()).replace("NaN", '"NaN"'))


def write(kind: str, data: Any, codec: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """One array: what was asked for, and what became of it."""
    dtype, listed = data
    values = np.array(json.loads(json.dumps(listed).replace('"NaN"', "NaN")), dtype)
    shape = values.shape
    chunks = {"chunks": (1, *shape[1:]), "shards": shape} if more.get("shards") else {"chunks": shape}
    codecs: dict[str, Any] = {"compressors": None}
    codecs["compressors" if kind == "bytes" else kind] = codec if kind == "serializer" else [codec]
    fill = float("nan") if more.get("fill_value") == "NaN" else 0
    store = zarr.storage.MemoryStore()
    config = {"write_empty_chunks": True}
    array = zarr.create_array(
        store, shape=shape, dtype=dtype, fill_value=fill, config=config, **chunks, **codecs
    )
    array[...] = values
    out = {key: value.to_bytes() for key, value in store._store_dict.items()}
    return {
        "kind": kind,
        "codec": codec,
        "dtype": dtype,
        "values": listed,
        "sharded": bool(more.get("shards")),
        "document": json.loads(out.pop("zarr.json")),
        "chunks": {key: value.hex() for key, value in out.items()},
        "read": as_json(zarr.open_array(store)[...]),
    }


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(write(*case)) for case in CASES)
    Path(__file__).with_name("zp3-codecs.json").write_text(f"[\n{lines}\n]\n", "utf-8")
