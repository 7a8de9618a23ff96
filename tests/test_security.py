"""docs/security.md names a test for each promise; and promises that have no better place."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)


def test_every_promise_names_its_test() -> None:
    rows = re.findall(r"^\| (?!promise|---)(.*?) \| (.*) \|$", PAGE, re.MULTILINE)
    assert len(rows) > 10
    assert [promise for promise, tests in rows if "`tests/" not in tests] == []


@pytest.mark.parametrize(("file", "name"), NAMED, ids=lambda part: part.rpartition("/")[2] or "whole file")
def test_the_tests_exist(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    names = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    assert not name or name in names


TYPES = ["<m8[s/0]", "M8[s/]", "m8[s/4294967296]", ",f8", "f8)", "(2"]
ARRAY_V2 = {"zarr_format": 2, "shape": [2], "chunks": [2], "dtype": "<i8", "fill_value": 0, "order": "C"}
OF_TYPE: dict[str, Callable[[str], dict[str, Any]]] = {
    "dtype": lambda name: {"dtype": name},
    "field": lambda name: {"dtype": [["a", name]]},
    "field of a field": lambda name: {"dtype": [["a", [["b", name, [2]]]]]},
    "filter": lambda name: {"filters": [{"id": "delta", "dtype": "<i8", "astype": name}]},
    "struct of a filter": lambda name: {"filters": [{"id": "delta", "dtype": [["a", name]]}]},
    "compressor": lambda name: {"compressor": {"id": "astype", "encode_dtype": name, "decode_dtype": "<i8"}},
    "object codec": lambda name: {"dtype": "|O", "filters": [{"id": "vlen-array", "dtype": name}]},
}


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("place", OF_TYPE)
def test_names_of_data_types_do_not_end_the_process(place: str, name: str) -> None:
    """NumPy does, where it divides by zero; of others it says that they are no Python."""
    document = {**ARRAY_V2, "filters": None, "compressor": None, **OF_TYPE[place](name)}
    value = default_buffer_prototype().buffer.from_bytes(json.dumps(document).encode())
    with pytest.raises((ValueError, TypeError), match=r"/\.zarray: (dtype|filters|compressor)"):
        zarr.open_array(MemoryStore({".zarray": value}))


@pytest.mark.parametrize("name", TYPES)
def test_nor_do_those_in_codecs_of_format_3(name: str) -> None:
    document: Any = zarr.create_array({}, shape=2, dtype="i8").metadata.to_dict()
    document["codecs"] = [{"name": "numcodecs.delta", "configuration": {"dtype": name}}, *document["codecs"]]
    value = default_buffer_prototype().buffer.from_bytes(json.dumps(document).encode())
    with pytest.raises((ValueError, TypeError), match=r"zarr\.json: codecs\[0\]\.configuration\.dtype"):
        zarr.open_array(MemoryStore({"zarr.json": value}))


NAMES = [
    "../secret",
    "x/../../secret",
    "..\\secret",
    "./secret",
    "a\0b",
    "/secret",
    "//secret",
    "file://{}/secret",
    "{}/secret",
]


@pytest.mark.filterwarnings("ignore:Consolidated metadata")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_names_in_consolidated_metadata_lead_nowhere_else(
    tmp_path: Path, name: str, zarr_format: Any
) -> None:
    """They are an error, or names of something below the group, where there is nothing."""
    name = name.format(tmp_path)
    zarr.create_array(tmp_path / "secret", data=np.arange(1, 5), zarr_format=zarr_format)
    root = zarr.create_group(tmp_path / "a.zarr", zarr_format=zarr_format)
    root.create_array("x", data=np.arange(1, 5))
    zarr.consolidate_metadata(tmp_path / "a.zarr")
    path = tmp_path / "a.zarr" / ("zarr.json" if zarr_format == 3 else ".zmetadata")
    document: Any = json.loads(path.read_text())
    if zarr_format == 3:
        entries = document["consolidated_metadata"]["metadata"]
        entries[name] = entries["x"]
    else:
        document["metadata"][f"{name}/.zarray"] = document["metadata"]["x/.zarray"]
    path.write_text(json.dumps(document))
    try:
        group = zarr.open_consolidated(tmp_path / "a.zarr")
        found = {
            path: node[:].tolist()
            for path, node in group.members(max_depth=None)
            if isinstance(node, zarr.Array)
        }
    except ValueError as error:
        assert "invalid" in str(error)
        return
    assert found.pop("x") == [1, 2, 3, 4]
    assert all(values == [0, 0, 0, 0] for values in found.values())
