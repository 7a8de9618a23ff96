"""The data types of tests/test_dtypes_in_arrays.py, with values; what Zarr-Python 3 made of them is zp3-dtypes.json.

    <python with zarr 3.4.2> tests/data/dtype_cases.py

writes that again: for each format, without and with each fill value, one uncompressed chunk of eight elements, of which
the last is the fill value, and the parts of the document that depend on the data type. Needs NumPy; zarr to write.
"""

from __future__ import annotations

import asyncio
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent

UNITS = ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as")
STRUCT = np.dtype([("a", "<i2"), ("b", "<f4"), ("c", "?")])
NESTED = np.dtype([("a", "<i2"), ("in", [("x", "<f8"), ("t", "<M8[s]"), ("s", "S2")]), ("u", "<U2")])
SUBARRAY = np.dtype([("a", "<i2"), ("m", "<f4", (2, 2))])


def floats(dtype: str) -> np.ndarray[Any, Any]:
    return np.array([1.5, -0.0, 0.0, np.nan, np.inf, -np.inf, 0.1], dtype)


def cases() -> dict[str, tuple[Any, np.ndarray[Any, Any], list[Any]]]:
    """Name: data type as users give it, seven values, and fill values."""
    out: dict[str, tuple[Any, Any, list[Any]]] = {
        "bool": ("bool", np.array([1, 0, 1, 1, 0, 0, 1], "?"), [True]),
        "S": ("S3", np.array([b"a", b"", b"abc", b"x\0y", b"\xff", b"b", b"c"], "S3"), [b"fil"]),
        "U": ("<U3", np.array(["a", "", "ü✓", "abc", "日本", "b", "😀"], "<U3"), ["ü✓", "fil"]),
        "V": ("V3", np.array([b"abc", b"\0\0\0", b"\xff\0\xfe", b"a", b"b", b"c", b"d"], "V3"), [b"xyz"]),
        "string": (str, np.array(["a", "", "ü✓", "long " * 9, "日本", "b", "\0x"], "T"), ["fill ü", ""]),
        "bytes": (
            "variable_length_bytes",
            np.array([b"a", b"", b"\0\xff", b"long " * 9, b"b", b"c", b"\0"], object),
            [b"f\0ll", b""],
        ),
        "struct": (
            STRUCT,
            np.array([(i, i / 4, i % 2) for i in range(7)], STRUCT),
            [(1, 2.5, True), (0, -0.0, False), (0, np.nan, False)],
        ),
        "nested": (
            NESTED,
            np.array([(i, (i / 4, i, b"ab"[: i % 3]), "ü✓"[: i % 3]) for i in range(7)], NESTED),
            [(1, (2.5, np.datetime64("NaT"), b"x"), "ü")],
        ),
        "subarray": (
            SUBARRAY,
            np.array([(i, [[i, 1], [2, -i]]) for i in range(7)], SUBARRAY),
            [(1, [[1, 2], [3, 4]])],
        ),
    }
    for size in (1, 2, 4, 8):
        for kind in "iu":
            info = np.iinfo(f"{kind}{size}")
            values = np.array([info.min, info.max, 0, 1, 2, 3, 4], f"{kind}{size}")
            out[f"{kind}{size}"] = (f"{kind}{size}", values, [info.max, info.min])
    for size in (2, 4, 8):
        out[f"f{size}"] = (f"f{size}", floats(f"f{size}"), [1.5, -0.0, np.nan, -np.inf])
    for size in (8, 16):
        part = floats(f"f{size // 2}")
        values = np.stack([part, part[::-1]], -1).view(f"c{size}")[:, 0]
        out[f"c{size}"] = (f"c{size}", values, [1.5 - 2j, complex(-0.0, 0.0), complex(np.nan, np.inf)])
    for unit in UNITS:
        ticks = np.array([0, 1, -1, 2**40, -(2**63), 2**63 - 1, 5], "i8")
        for kind, scale in (("M8", ""), ("m8", "10")):
            dtype = f"{kind}[{scale}{unit}]"
            fills = [np.array(7, "i8").view(dtype)[()], np.array("NaT", dtype)[()]]
            out[dtype] = (dtype, ticks.view(dtype), fills)
    return out


def record(dtype: Any, values: Any, zarr_format: int, fill: Any) -> tuple[dict[str, Any], str]:
    """The document and the chunk, in hexadecimal, of an array."""
    import zarr
    from zarr.core.buffer import default_buffer_prototype

    store = zarr.storage.MemoryStore()
    array = zarr.create_array(
        store, shape=8, chunks=8, compressors=None, config={"write_empty_chunks": True},
        dtype=zarr.dtype.VariableLengthBytes() if dtype == "variable_length_bytes" else dtype,
        zarr_format=zarr_format, **fill,
    )  # fmt: skip
    array[:7] = values

    def get(key: str) -> bytes:
        return asyncio.run(store.get(key, default_buffer_prototype())).to_bytes()

    document = json.loads(get(".zarray" if zarr_format == 2 else "zarr.json"))
    members = ("dtype", "filters") if zarr_format == 2 else ("data_type", "codecs")
    return {k: document[k] for k in (*members, "fill_value")}, get("0" if zarr_format == 2 else "c/0").hex()


def main() -> None:
    warnings.simplefilter("ignore")
    out: dict[str, Any] = {}
    for name, (dtype, values, fills) in cases().items():
        if name == "subarray":
            continue
        for zarr_format in (2, 3):
            for number in (None, *range(len(fills))):
                fill = {} if number is None else {"fill_value": fills[number]}
                document, chunk = record(dtype, values, zarr_format, fill)
                one = {"format": zarr_format, "fill": number, "document": document, "chunk": chunk}
                out.setdefault(name, []).append(one)
    lines = [f"{json.dumps(name)}: {json.dumps(found)}" for name, found in out.items()]
    (HERE / "zp3-dtypes.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
