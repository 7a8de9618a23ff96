"""Codecs beside those of Zarr-Python: what it wrote (tests/data/make_codecs.py) is read, and written the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.core.buffer import cpu

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "zp3-codecs.json").read_text("utf-8")
)
PACKAGES = {"numcodecs.pcodec": "pcodec", "numcodecs.zfpy": "zfpy"}


def label(case: dict[str, Any]) -> str:
    members = "-".join(f"{k}={v}" for k, v in case["codec"]["configuration"].items())
    return f"{case['codec']['name']}-{members}-{case['dtype']}{'-shards' * case['sharded']}"[:90]


def values_of(data: Any, dtype: str) -> Any:
    return np.array(json.loads(json.dumps(data).replace('"NaN"', "NaN")), dtype)


@pytest.fixture(params=CASES, ids=label)
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    if found["codec"]["name"] in PACKAGES:
        pytest.importorskip(PACKAGES[found["codec"]["name"]])
    return found


def test_what_zarr_python_wrote_is_read(case: dict[str, Any]) -> None:
    files = {"zarr.json": json.dumps(case["document"]).encode()}
    files |= {key: bytes.fromhex(data) for key, data in case["chunks"].items()}
    store = zarr.storage.MemoryStore({key: cpu.Buffer.from_bytes(data) for key, data in files.items()})
    array = zarr.open_array(store, mode="r")
    assert json.loads(json.dumps(array.metadata.to_dict())) == case["document"]
    np.testing.assert_array_equal(array[...], values_of(case["read"], case["dtype"]))


def test_what_we_write_is_the_same(case: dict[str, Any]) -> None:
    values = values_of(case["values"], case["dtype"])
    shape, kind, codec = values.shape, case["kind"], case["codec"]
    chunks: Any = {"chunks": (1, *shape[1:]), "shards": shape} if case["sharded"] else {"chunks": shape}
    codecs: Any = {"compressors": None}
    codecs["compressors" if kind == "bytes" else kind] = codec if kind == "serializer" else [codec]
    fill = values_of(case["document"]["fill_value"], "f8")
    array = zarr.create_array(
        zarr.storage.MemoryStore(),
        shape=shape,
        dtype=case["dtype"],
        fill_value=int(fill) if case["dtype"][1] == "M" else fill,
        config={"write_empty_chunks": True},
        **chunks,
        **codecs,
    )
    assert json.loads(json.dumps(array.metadata.to_dict())) == case["document"]
    array[...] = values
    np.testing.assert_array_equal(array[...], values_of(case["read"], case["dtype"]))
    if kind not in ("compressors", "serializer"):  # of these libraries have other versions
        stored = {k: v.to_bytes().hex() for k, v in array.store._store_dict.items() if k != "zarr.json"}
        if not case["sharded"]:
            assert stored == case["chunks"]
        else:  # the order of inner chunks is free
            assert {k: len(v) for k, v in stored.items()} == {k: len(v) for k, v in case["chunks"].items()}
