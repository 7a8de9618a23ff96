"""Attributes of arrays and groups: a dict that is saved, merged with what others wrote meanwhile."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.core.attributes import Attributes
from zarr.storage import MemoryStore
from zarr.testing.store import LatencyStore

KINDS = ("array-2", "array-3", "group-2", "group-3")
STORES = {"memory": MemoryStore, "waiting": lambda: LatencyStore(MemoryStore())}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Any:
    return STORES[request.param]()


def make(kind: str, store: Any, attributes: Any = None) -> Any:
    what, _, zarr_format = kind.partition("-")
    if what == "array":
        return zarr.create_array(
            store, shape=(2,), dtype="i4", zarr_format=int(zarr_format), attributes=attributes
        )
    return zarr.create_group(store, zarr_format=int(zarr_format), attributes=attributes)


def reopened(node: Any) -> dict[str, Any]:
    return zarr.open(node.store).attrs.asdict()


@pytest.mark.parametrize("kind", KINDS)
def test_a_dict_that_is_saved(kind: str, store: Any) -> None:
    node = make(kind, store, {"a": 1})
    attrs = node.attrs
    assert isinstance(attrs, Attributes)
    assert dict(attrs) == {"a": 1}
    attrs["b"] = [1, None, {"c": "é"}]
    attrs.update({"d": 2}, e=3)
    attrs.setdefault("f", 4)
    assert reopened(node) == {"a": 1, "b": [1, None, {"c": "é"}], "d": 2, "e": 3, "f": 4}
    del attrs["d"]
    assert attrs.pop("e") == 3
    assert "d" not in attrs
    assert len(attrs) == 3
    assert sorted(attrs) == ["a", "b", "f"]
    assert attrs.get("zz", 5) == 5
    assert reopened(node) == {"a": 1, "b": [1, None, {"c": "é"}], "f": 4}
    attrs.put({"only": True})
    assert reopened(node) == attrs.asdict() == {"only": True}
    assert repr(attrs) == "Attributes({'only': True})"
    assert node.update_attributes({"more": 1}) is node
    assert attrs == {"only": True, "more": 1}
    attrs.clear()
    assert reopened(node) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_missing_is_a_key_error(kind: str) -> None:
    attrs = make(kind, MemoryStore()).attrs
    with pytest.raises(KeyError, match="nope"):
        attrs["nope"]
    with pytest.raises(KeyError, match="nope"):
        del attrs["nope"]


@pytest.mark.parametrize("kind", KINDS)
def test_changes_of_others_are_kept(kind: str, store: Any) -> None:
    one = make(kind, store, {"old": 0})
    other = zarr.open(store)
    one.attrs["x"] = 1
    other.attrs["y"] = 2
    assert reopened(one) == {"old": 0, "x": 1, "y": 2}
    assert other.attrs.asdict() == {"old": 0, "x": 1, "y": 2}
    del one.attrs["old"]
    assert reopened(one) == {"x": 1, "y": 2}


VALUES = {
    "int": (np.int64(3), 3),
    "float": (np.float32(0.5), 0.5),
    "nan": (np.float64("nan"), float("nan")),
    "bool": (np.True_, True),
    "str": (np.str_("x"), "x"),
    "array": (np.arange(4, dtype="u1").reshape(2, 2), [[0, 1], [2, 3]]),
    "0-d array": (np.array(2.5), 2.5),
    "datetime": (np.datetime64("2024-02-03", "D"), "2024-02-03"),
    "date": (datetime.date(2024, 2, 3), "2024-02-03"),
    "complex": (1 + 2j, [1.0, 2.0]),
    "nested": ({"a": [np.int8(1), (2, 3)]}, {"a": [1, [2, 3]]}),
    "large": (2**70, 2**70),
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("kind", ["array-3", "group-2"])
def test_values_become_json(kind: str, name: str) -> None:
    given, expected = VALUES[name]
    node = make(kind, MemoryStore(), {"made": given})
    node.attrs["set"] = given
    assert json.dumps(reopened(node)) == json.dumps({"made": expected, "set": expected})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [{1, 2}, object(), lambda: None], ids=["set", "object", "function"])
def test_what_is_not_json_is_refused_and_nothing_changed(kind: str, value: Any) -> None:
    node = make(kind, MemoryStore(), {"a": 1})
    with pytest.raises(TypeError, match="cannot be written to a metadata document"):
        node.attrs["b"] = value
    assert reopened(node) == node.attrs.asdict() == {"a": 1}


@pytest.mark.parametrize("kind", KINDS)
async def test_awaited(kind: str) -> None:
    node = make(kind, MemoryStore(), {"a": 1})
    target = node.async_array if kind.startswith("array") else node._async_group
    assert await target.update_attributes({"b": 2}) is target
    assert target.attrs == {"a": 1, "b": 2}
    assert reopened(node) == {"a": 1, "b": 2}


def test_a_group_keeps_its_consolidated_metadata() -> None:
    store = MemoryStore()
    group = zarr.create_group(store, zarr_format=2)
    group.create_array("x", shape=(1,), dtype="i4")
    zarr.consolidate_metadata(store)
    group = zarr.open_group(store)
    group.attrs["a"] = 1
    again = zarr.open_consolidated(store)
    assert list(again.keys()) == ["x"]
    assert again.attrs.asdict() == {"a": 1}


@pytest.mark.parametrize("node", ["array", "group"])
def test_of_two_documents_one_is_written(tmp_path: Path, node: str) -> None:
    """So that attributes of format 2 change at once, and what others wrote in the other document stays."""
    if node == "array":
        zarr.create_array(tmp_path, shape=3, dtype="i4", zarr_format=2)
    else:
        zarr.create_group(tmp_path, zarr_format=2)
    other = tmp_path / f".z{node}"
    other.write_bytes(other.read_bytes() + b"\n \n")
    before = other.read_bytes()
    opened: Any = zarr.open(tmp_path, mode="r+")
    opened.attrs["x"] = 1
    assert other.read_bytes() == before
    assert dict(zarr.open(tmp_path).attrs) == {"x": 1}
    other.unlink()
    opened.attrs["y"] = 2  # as before: who has a handle of what was deleted makes it again
    assert other.exists()
