"""Nodes that are parsed when they are asked for are a dict of metadata in every way."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import zarr
from zarr.core.metadata import ConsolidatedMetadata, GroupMetadata
from zarr.core.metadata.lazy import LazyNodes, Unparsed
from zarr.errors import MetadataValidationError
from zarr.storage import MemoryStore


def twice(document: Any) -> Any:
    return document * 2


def make() -> LazyNodes:
    return LazyNodes({"a": Unparsed(1, twice, "below", "a"), "b": 5, "c": Unparsed(3, twice, "below", "c")})


PLAIN = {"a": 2, "b": 5, "c": 6}

READINGS: dict[str, Callable[[Any], object]] = {
    "dict": dict,
    "unpacked": lambda d: {**d},
    "keywords": lambda d: (lambda **kw: kw)(**d),
    "updated": lambda d: (lambda out: out.update(d) or out)({}),
    "items": lambda d: list(d.items()),
    "values": lambda d: list(d.values()),
    "keys": lambda d: list(d.keys()),
    "iter": list,
    "reversed": lambda d: list(reversed(d)),
    "getitem": lambda d: d["a"],
    "get": lambda d: (d.get("c"), d.get("z"), d.get("z", 1)),
    "pop": lambda d: (d.pop("a"), d.pop("z", 4), dict(d)),
    "popitem": lambda d: (d.popitem(), dict(d)),
    "setdefault": lambda d: (d.setdefault("a", 9), d.setdefault("z", 9), dict(d)),
    "set": lambda d: (d.__setitem__("a", 7), dict(d)),
    "del": lambda d: (d.__delitem__("a"), dict(d)),
    "or": lambda d: (d | {"a": 1}, {"a": 1} | d),
    "repr": repr,
    "len, in": lambda d: (len(d), "a" in d, "z" in d, bool(d)),
    "json": json.dumps,
    "copy": lambda d: dict(d.copy()),
    "copy.copy": lambda d: dict(copy.copy(d)),
    "deepcopy": lambda d: dict(copy.deepcopy(d)),
    "pickle": lambda d: dict(pickle.loads(pickle.dumps(d))),
    "==": lambda d: (d == PLAIN, dict.__eq__(PLAIN, dict(d)), d != PLAIN, d == {}, d == 5),
    "== of a dict": lambda d: PLAIN == d,  # noqa: SIM300 (the other way round is above)
}


@pytest.mark.parametrize("name", READINGS)
def test_it_reads_as_a_dict(name: str) -> None:
    assert READINGS[name](make()) == READINGS[name](dict(PLAIN))


@pytest.mark.parametrize("name", ["getitem", "get"])
def test_each_is_parsed_once(name: str) -> None:
    parsed: list[int] = []
    nodes = LazyNodes(
        {
            "a": Unparsed(1, lambda d: parsed.append(d) or [d], "below", "a"),
            "b": Unparsed(2, parsed.append, "below", "b"),
        }
    )
    for _ in range(3):
        assert nodes["a"] is nodes.get("a")
    assert parsed == [1]


def test_a_pickle_does_not_parse() -> None:
    def fail(document: Any) -> None:
        raise AssertionError("parsed")

    assert len(pickle.dumps(LazyNodes({"a": Unparsed(1, twice, "below", "a")}))) < 300
    assert len(copy.copy(LazyNodes({"a": Unparsed(1, fail, "below", "a")}))) == 1


def test_a_bad_neighbour_leaves_the_others_readable() -> None:
    store = MemoryStore()
    root = zarr.create_group(store)
    for name in ("bad", "good"):
        root.create_array(name, shape=(2,), dtype="i4")
    with pytest.warns(match="Consolidated metadata"):
        zarr.consolidate_metadata(store)
    document = json.loads(store._store_dict["zarr.json"].to_bytes())
    document["consolidated_metadata"]["metadata"]["bad"]["shape"] = [-1]
    store._store_dict["zarr.json"] = zarr.core.buffer.cpu.Buffer.from_bytes(json.dumps(document).encode())
    group = zarr.open_group(store)
    assert group["good"].shape == (2,)
    for ask in (lambda: group["bad"], lambda: list(group.arrays())):
        with pytest.raises(
            ValueError, match=rf"{store}/zarr.json: consolidated_metadata.metadata\['bad'\].shape"
        ):
            ask()


def test_groups_are_parsed_at_once() -> None:
    with pytest.raises(MetadataValidationError, match=r"metadata\['g'\].zarr_format"):
        ConsolidatedMetadata.from_dict(
            {
                "kind": "inline",
                "must_understand": False,
                "metadata": {"g": {"zarr_format": 9, "node_type": "group"}},
            }
        )
    found = ConsolidatedMetadata.from_dict({"kind": "inline", "metadata": {"g": GroupMetadata().to_dict()}})
    assert isinstance(found.metadata["g"], GroupMetadata)
