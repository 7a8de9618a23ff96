"""Write the object arrays of this folder again, with zarr-python 2.18 (and msgpack).

    PYTHONPATH=<folder with msgpack> <python with zarr 2.18> tests/data/zp2-objects/make.py

One array of format 2 for each object codec of numcodecs, and for a few layouts. What they hold is ``CASES``, which
tests read too: name, values, missing part of the array, and what zarr.create was given.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent


def objects(*items: Any, shape: tuple[int, ...] = (-1,)) -> np.ndarray[Any, Any]:
    """An array of objects, of which lists and arrays are not taken apart."""
    out = np.empty(len(items), object)
    for i, item in enumerate(items):
        out[i] = item
    return out.reshape(shape)


MIXED = ("a", 1, None, 2.5, True, "ü✓", "", [1, [2]], {"k": [1, None]}, -7)
WORDS = ("a", "bc", "", "ü✓", "日本", "d")
BYTES = (b"a", b"", b"\x00\xff", b"bcd", b"e", b"ff")
ARRAYS = ([1, 2, 3], [4], [], [5, -6], [2**31 - 1], [0])
LABELS = ["a", "bc", "ü✓"]

# name: (object codec, its arguments, values, parameters of zarr.create)
CASES: dict[str, tuple[str, dict[str, Any], Any, dict[str, Any]]] = {
    "json2": ("JSON", {}, objects(*MIXED), {"chunks": 4}),
    "json2-2d": ("JSON", {}, objects(*WORDS, shape=(2, 3)), {"chunks": (2, 2)}),
    "json2-F": ("JSON", {}, objects(*WORDS, shape=(2, 3)), {"chunks": (2, 3), "order": "F"}),
    "json2-0d": ("JSON", {}, objects("x", shape=()), {}),
    "json2-null": ("JSON", {}, objects("x", 1), {"chunks": 1, "fill_value": None}),
    "json2-text": ("JSON", {}, objects("x", 1), {"chunks": 1, "fill_value": "fill"}),
    "json2-list": ("JSON", {}, objects("x", 1), {"chunks": 1, "fill_value": [1, 2]}),
    "msgpack2": ("MsgPack", {}, objects(*MIXED, b"\x00\xff"), {"chunks": 4}),
    "msgpack2-2d": ("MsgPack", {}, objects(*WORDS, shape=(2, 3)), {"chunks": (2, 2)}),
    "pickle": ("Pickle", {}, objects(*MIXED, (1, 2), {3}), {"chunks": 4}),
    "pickle-F": ("Pickle", {}, objects(*WORDS, shape=(2, 3)), {"chunks": (2, 2), "order": "F"}),
    "vlen-utf8": ("VLenUTF8", {}, objects(*WORDS, shape=(2, 3)), {"chunks": (2, 2), "order": "F"}),
    "vlen-bytes": ("VLenBytes", {}, objects(*BYTES), {"chunks": 4}),
    "vlen-array": (
        "VLenArray",
        {"dtype": "<i4"},
        objects(*(np.array(a, "i4") for a in ARRAYS)),
        {"chunks": 4},
    ),
    "vlen-array-F": (
        "VLenArray",
        {"dtype": ">f8"},
        objects(*(np.array(a, ">f8") for a in ARRAYS), shape=(2, 3)),
        {"chunks": (2, 2), "order": "F", "fill_value": None},
    ),
    "categorize": (
        "Categorize",
        {"labels": LABELS, "dtype": object},
        objects("a", "ü✓", "", "bc"),
        {"chunks": 3},
    ),
    "categorize-U": (
        "Categorize",
        {"labels": LABELS, "dtype": "<U2"},
        np.array([["a", "ü✓"], ["", "bc"]], "<U2"),
        {"chunks": (2, 1), "order": "F", "dtype": "<U2"},
    ),
}


def main() -> None:
    import numcodecs

    import zarr

    for name, (codec, arguments, values, options) in CASES.items():
        folder = HERE / f"{name}.zarr"
        shutil.rmtree(folder, ignore_errors=True)
        given = {"dtype": object, **options}
        made = getattr(numcodecs, codec)(**arguments)
        key = "object_codec" if given["dtype"] is object else "filters"
        # one more along the first axis, which stays missing where chunks end there
        shape = (values.shape[0] + 4, *values.shape[1:]) if values.ndim else ()
        array = zarr.create(
            store=str(folder),
            shape=shape,
            compressor=numcodecs.Zstd() if name == "json2-2d" else None,
            **{key: made if key == "object_codec" else [made]},
            **given,
        )
        array[tuple(slice(n) for n in values.shape)] = values if values.ndim else values[()]


if __name__ == "__main__":
    main()
