"""Data sets of tests/data, written by other implementations, read through the public API.

manifest.json describes each; values.py recomputes what it must hold. The last tests also compare metadata
documents: what Zarr-Python 3 wrote must come out of our metadata classes byte for byte.
"""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.core.buffer import default_buffer_prototype

DATA = Path(__file__).parent.parent / "data"
MANIFEST: list[dict[str, Any]] = json.loads((DATA / "manifest.json").read_text(encoding="utf-8"))
VALUES = runpy.run_path(str(DATA / "values.py"))

pytestmark = [
    # Fixed-length strings and structs have no accepted specification in format 3.
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
    # Consolidated metadata neither.
    pytest.mark.filterwarnings("ignore:Consolidated metadata"),
]

ARRAYS = [entry for entry in MANIFEST if "arrays" not in entry["case"]]
HIERARCHIES = [entry for entry in MANIFEST if "arrays" in entry["case"]]


def every(entries: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("entry", entries, ids=[entry["path"] for entry in entries])


def assert_same(found: Any, case: dict[str, Any]) -> None:
    """Bit for bit, so that NaN equals itself and negative zero does not equal zero."""
    expected = VALUES["expected"](case)
    found = np.asarray(found)
    assert found.shape == expected.shape
    if case["dtype"] == "string":
        assert found.dtype.kind == "T"
        assert found.tolist() == expected.tolist()
        return
    assert (found.dtype.kind, found.dtype.itemsize) == (expected.dtype.kind, expected.dtype.itemsize)
    np.testing.assert_array_equal(found, expected)
    assert found.astype(expected.dtype).tobytes() == expected.tobytes()


def assert_same_scalar(found: Any, case: dict[str, Any]) -> None:
    expected = VALUES["fill_scalar"](case)
    if case["dtype"] == "string":
        assert found == expected
        return
    assert np.asarray(found).astype(expected.dtype).tobytes() == expected.tobytes()


@every(ARRAYS)
def test_data(entry: dict[str, Any]) -> None:
    array = zarr.open(DATA / entry["path"] / "array", mode="r")
    assert isinstance(array, zarr.Array)
    assert_same(array[...], entry["case"])


@every(ARRAYS)
def test_selections(entry: dict[str, Any]) -> None:
    case = entry["case"]
    array = zarr.open_array(DATA / entry["path"] / "array", mode="r")
    expected = VALUES["expected"](case)
    for selection in [(slice(1, None),), (slice(None, None, 2),), (Ellipsis, slice(1, 4)), (-1,)]:
        if case["shape"] and case["dtype"] != "string":
            found = np.asarray(array[selection])
            assert found.astype(expected.dtype).tobytes() == expected[selection].tobytes()


@every(ARRAYS)
def test_metadata(entry: dict[str, Any]) -> None:
    case = entry["case"]
    array = zarr.open_array(DATA / entry["path"] / "array", mode="r")
    assert array.shape == tuple(case["shape"])
    assert array.metadata.zarr_format == case["format"]
    if case["fill"] is None:
        assert array.fill_value is None
    else:
        assert_same_scalar(array.fill_value, case)
    if "attributes" in entry["parts"]:
        assert array.attrs.asdict() == case["attributes"]
    if case["format"] == 2:
        assert array.order == case["order"]
        assert array.chunks == tuple(case["chunks"])
    elif case["codecs"][-1]["name"] == "sharding_indexed" and len(case["codecs"]) == 1:
        assert array.shards == tuple(case["chunks"])
        assert array.chunks == tuple(case["codecs"][0]["configuration"]["chunk_shape"])
    elif "sharding_indexed" not in {codec["name"] for codec in case["codecs"]}:
        assert array.shards is None
        assert array.chunks == tuple(case["chunks"])


@every([entry for entry in ARRAYS if "group" in entry["parts"]])
def test_array_in_its_group(entry: dict[str, Any]) -> None:
    group = zarr.open(DATA / entry["path"], mode="r")
    assert isinstance(group, zarr.Group)
    assert group.attrs.asdict() == entry["case"]["group_attributes"]
    assert list(group.array_keys()) == ["array"]
    array = group["array"]
    assert isinstance(array, zarr.Array)
    assert_same(array[...], entry["case"])


def assert_tree(root: zarr.Group, case: dict[str, Any]) -> None:
    members = dict(root.members(max_depth=None))
    groups = {path: member for path, member in members.items() if isinstance(member, zarr.Group)}
    arrays = {path: member for path, member in members.items() if isinstance(member, zarr.Array)}
    assert {path: group.attrs.asdict() for path, group in ({"": root} | groups).items()} == case["groups"]
    assert arrays.keys() == case["arrays"].keys()
    for path, array in arrays.items():
        assert array.attrs.asdict() == case["arrays"][path]["attributes"]
        assert_same(array[...], case["arrays"][path])


@every(HIERARCHIES)
def test_hierarchy(entry: dict[str, Any]) -> None:
    assert_tree(zarr.open_group(DATA / entry["path"], mode="r", use_consolidated=False), entry["case"])


@every([entry for entry in HIERARCHIES if entry["case"]["consolidated"]])
def test_consolidated_hierarchy(entry: dict[str, Any]) -> None:
    root = zarr.open_consolidated(DATA / entry["path"], mode="r")
    assert root.metadata.consolidated_metadata is not None
    assert_tree(root, entry["case"])


@every([entry for entry in HIERARCHIES if not entry["case"]["consolidated"]])
def test_not_consolidated(entry: dict[str, Any]) -> None:
    root = zarr.open_group(DATA / entry["path"], mode="r")
    assert root.metadata.consolidated_metadata is None
    with pytest.raises(ValueError):
        zarr.open_group(DATA / entry["path"], mode="r", use_consolidated=True)


def nodes_of_zarr_python_3() -> list[str]:
    """Paths, below DATA, of every node that Zarr-Python 3 wrote and did not consolidate."""
    names = ("zarr.json", ".zarray", ".zgroup")
    folders = {found.parent for name in names for found in DATA.glob(f"zp3/**/{name}")}
    roots = {DATA / entry["path"] for entry in HIERARCHIES if entry["case"]["consolidated"]}
    return sorted(folder.relative_to(DATA).as_posix() for folder in folders - roots)


@pytest.mark.parametrize("path", nodes_of_zarr_python_3())
def test_document_comes_out_as_written(path: str) -> None:
    node = zarr.open(DATA / path, mode="r")
    documents = node.metadata.to_buffer_dict(default_buffer_prototype())
    assert documents
    for name, buffer in documents.items():
        assert buffer.to_bytes().decode() == (DATA / path / name).read_text(encoding="utf-8")


@every([entry for entry in HIERARCHIES if entry["path"].startswith("zp3/")])
def test_consolidated_document_comes_out_as_written(entry: dict[str, Any]) -> None:
    root = zarr.open_consolidated(DATA / entry["path"], mode="r")
    documents = root.metadata.to_buffer_dict(default_buffer_prototype())
    original = (DATA / entry["path"] / "zarr.json").read_text(encoding="utf-8")
    assert documents["zarr.json"].to_bytes().decode() == original
