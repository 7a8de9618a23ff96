"""Attributes: what is written, what is read back, and what several handles do to each other."""

from __future__ import annotations

import datetime
import enum
import json
import math
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.errors import NodeNotFoundError
from zarr.storage import MemoryStore


def make_group(store: Any) -> Any:
    return zarr.create_group(store)


def make_group_2(store: Any) -> Any:
    return zarr.create_group(store, zarr_format=2)


def make_array(store: Any) -> Any:
    return zarr.create_array(store, shape=(3,), dtype="i4")


def make_array_2(store: Any) -> Any:
    return zarr.create_array(store, shape=(3,), dtype="i4", zarr_format=2)


class Counting(MemoryStore):
    """A store that counts what is set."""

    _suspends = False
    sets = 0

    def set_sync(self, key: str, value: Any) -> None:
        self.sets += key.endswith((".zattrs", "zarr.json"))
        super().set_sync(key, value)


@pytest.fixture(params=[make_group, make_group_2, make_array, make_array_2])
def node(request: pytest.FixtureRequest) -> Any:
    return request.param(Counting())


def again(node: Any) -> Any:
    """Another handle of the node, opened from the store."""
    return zarr.open(node.store, mode="r+")


class Colour(enum.Enum):
    red = "r"
    vector = np.float32(1.5)


VALUES = [
    (np.float32(1.5), 1.5),
    (np.int64(-3), -3),
    (np.bool_(True), True),
    (np.str_("x"), "x"),
    (np.arange(6).reshape(2, 3), [[0, 1, 2], [3, 4, 5]]),
    (np.array([1.5, np.inf]), [1.5, math.inf]),
    (np.datetime64("2020-01-02T03:04"), "2020-01-02T03:04"),
    (np.array(["2020-01-02"], "M8[D]"), ["2020-01-02"]),
    (datetime.datetime(2020, 1, 2, 3, 4), "2020-01-02T03:04:00"),
    (datetime.date(2020, 1, 2), "2020-01-02"),
    (PurePosixPath("/a/b"), "/a/b"),
    (Colour.red, "r"),
    (Colour.vector, 1.5),
    ((1, (2, 3)), [1, [2, 3]]),
    ({1: {"x": np.int8(2)}}, {"1": {"x": 2}}),
    (b"abc", "YWJj"),
    (1 + 2j, [1.0, 2.0]),
    (2**200, 2**200),
    ("\U0001f600\ud800", "\U0001f600\ud800"),
    (None, None),
]


@pytest.mark.parametrize(("value", "stored"), VALUES, ids=[repr(v)[:40] for v, _ in VALUES])
def test_what_is_written_is_what_is_read(node: Any, value: Any, stored: Any) -> None:
    node.attrs["v"] = value
    node.attrs["in"] = {"list": [value]}
    for handle in (node, again(node)):
        assert handle.attrs["v"] == stored
        assert type(handle.attrs["in"]["list"][0]) is type(again(node).attrs["in"]["list"][0])
        assert handle.attrs.asdict() == {"v": stored, "in": {"list": [stored]}}


@pytest.mark.parametrize("create", [zarr.create_group, make_array])
def test_attributes_of_a_new_node(create: Any) -> None:
    store = MemoryStore()
    given = {"a": np.float32(1.5), "d": {"t": (1, 2)}}
    made = (
        zarr.create_group(store, attributes=given)
        if create is zarr.create_group
        else zarr.create_array(store, shape=(1,), dtype="i4", attributes=given)
    )
    given["d"]["t"] = "changed by the caller"  # type: ignore[index]
    assert made.attrs.asdict() == zarr.open(store).attrs.asdict() == {"a": 1.5, "d": {"t": [1, 2]}}


def test_numbers_that_are_not_finite_are_written_as_by_zarr_python() -> None:
    store = MemoryStore()
    zarr.create_group(store).attrs.update(a=math.nan, b=math.inf, c=-math.inf)
    document = store._store_dict["zarr.json"].to_bytes().decode()
    assert '"a": NaN' in document
    assert '"b": Infinity' in document
    assert '"c": -Infinity' in document
    assert math.isnan(zarr.open_group(store).attrs["a"])


@pytest.mark.parametrize("value", [object(), {1, 2}, {("a",): 1}, [object()]])
def test_what_has_no_json_is_refused(node: Any, value: Any) -> None:
    before = node.store.sets
    for change in (
        lambda: node.attrs.__setitem__("wrong", value),
        lambda: node.attrs.put({"wrong": value}),
        lambda: node.attrs.update(right=1, wrong=value),
        lambda: node.update_attributes({"wrong": value}),
    ):
        with pytest.raises(TypeError, match="attribute 'wrong': "):
            change()
    assert node.attrs.asdict() == {}
    assert node.store.sets == before


def test_names_are_strings(node: Any) -> None:
    with pytest.raises(TypeError, match="Expected names to be strings. Got 1"):
        node.attrs[1] = "x"


def test_a_mapping(node: Any) -> None:
    attrs = node.attrs
    attrs["a"] = 1
    attrs.update({"b": 2}, c=3)
    attrs.update()
    assert (len(attrs), list(attrs), "b" in attrs, "z" in attrs) == (3, ["a", "b", "c"], True, False)
    assert dict(attrs) == {"a": 1, "b": 2, "c": 3}
    assert repr(attrs) == "Attributes({'a': 1, 'b': 2, 'c': 3})"
    assert attrs.get("z", 5) == 5
    assert attrs.setdefault("a", 9) == 1
    assert attrs.setdefault("d", 9) == 9
    assert attrs.pop("d") == 9
    assert attrs.pop("d", None) is None
    with pytest.raises(KeyError, match="'d'"):
        attrs.pop("d")
    with pytest.raises(KeyError, match="'d'"):
        del attrs["d"]
    del attrs["a"]
    assert again(node).attrs.asdict() == {"b": 2, "c": 3}
    attrs.put({"x": 1})
    assert again(node).attrs.asdict() == {"x": 1}
    attrs.clear()
    assert again(node).attrs.asdict() == node.attrs.asdict() == {}


def test_each_call_is_one_write(node: Any) -> None:
    for change, writes in (
        (lambda: node.attrs.update(a=1, b=2, c=3), 1),
        (lambda: node.attrs.update(), 0),
        (lambda: node.attrs.clear(), 1),
        (lambda: node.attrs.put({"x": 1, "y": 2}), 1),
    ):
        before = node.store.sets
        change()
        documents = 2 if node.metadata.zarr_format == 2 and isinstance(node, zarr.Group) else 1
        assert node.store.sets - before in (writes, writes * documents)


def test_a_batch_is_one_write(node: Any) -> None:
    node.attrs["old"] = 1
    before = node.store.sets
    with node.attrs.batch() as attrs:
        attrs["a"] = {"n": 1}
        attrs["a"]["n"] += 1
        attrs["l"] = []
        attrs["l"].append(5)
        del attrs["old"]
        assert attrs.asdict() == {"a": {"n": 2}, "l": [5]}
        assert node.store.sets == before
        assert node.attrs.asdict() == {"old": 1}
    assert again(node).attrs.asdict() == node.attrs.asdict() == {"a": {"n": 2}, "l": [5]}
    assert node.store.sets - before <= 2  # a group of format 2 has two documents
    with pytest.raises(RuntimeError, match="has been written"):
        attrs["late"] = 1


def test_a_batch_that_raises_writes_nothing(node: Any) -> None:
    def fail() -> None:
        with node.attrs.batch() as attrs:
            attrs["a"] = 1
            raise OSError("out of luck")

    with pytest.raises(OSError, match="out of luck"):
        fail()
    assert again(node).attrs.asdict() == node.attrs.asdict() == {}


def test_a_batch_merges(node: Any) -> None:
    with node.attrs.batch() as attrs:
        attrs["a"] = 1
        again(node).attrs["b"] = 2
    assert again(node).attrs.asdict() == {"a": 1, "b": 2}


def test_what_was_taken_out_is_plain(node: Any) -> None:
    """It is no attribute any more, so changes to it are not refused."""
    node.attrs.put({"a": {"x": 1}, "b": [1]})
    for take in (lambda: node.attrs.popitem(), lambda: ("b", node.attrs.pop("b"))):
        key, value = take()
        value.clear()
        assert key not in node.attrs
        assert key not in again(node).attrs
        assert not value
    with pytest.raises(KeyError, match="no attributes"):
        node.attrs.popitem()


def test_a_batch_sees_what_others_wrote_when_it_is_refreshed(node: Any) -> None:
    node.attrs.put({"old": 1, "mine": 0})
    with node.attrs.batch() as attrs:
        attrs["mine"] = 1
        del attrs["old"]
        again(node).attrs.update(theirs=2, mine=2)
        attrs.refresh()
        assert attrs.asdict() == {"mine": 1, "theirs": 2}
        attrs["theirs"] += 1
    assert again(node).attrs.asdict() == node.attrs.asdict() == {"mine": 1, "theirs": 3}


def test_handles_merge_and_revert_nothing(node: Any) -> None:
    old = again(node)
    node.attrs["a"] = 1
    if isinstance(node, zarr.Array):
        node.resize((9,))
    old.attrs["b"] = 2
    now = again(node)
    assert now.attrs.asdict() == old.attrs.asdict() == {"a": 1, "b": 2}
    if isinstance(node, zarr.Array):
        assert now.shape == (9,)
    del now.attrs["a"]
    del old.attrs["a"]  # which is gone already
    assert again(node).attrs.asdict() == {"b": 2}


def test_refresh(node: Any) -> None:
    again(node).attrs["a"] = 1
    assert "a" not in node.attrs
    node.attrs.refresh()
    assert node.attrs["a"] == 1
    for key in list(node.store._store_dict):
        del node.store._store_dict[key]
    with pytest.raises(NodeNotFoundError):
        node.attrs.refresh()


def test_update_attributes(node: Any) -> None:
    assert node.update_attributes({"a": np.int8(1)}) is node
    assert again(node).attrs.asdict() == {"a": 1}


async def test_awaited() -> None:
    store = MemoryStore()
    group = await zarr.api.asynchronous.create_group(store, attributes={"a": {"b": 1}})
    array = await group.create_array("x", shape=(1,), dtype="i4", attributes={"l": [1]})
    assert (group.attrs, array.attrs) == ({"a": {"b": 1}}, {"l": [1]})
    assert isinstance(group.attrs, dict)
    for change in (
        lambda: group.attrs.__setitem__("c", 1),
        lambda: group.attrs["a"].__setitem__("c", 1),
        lambda: array.attrs["l"].append(1),
        lambda: array.attrs.clear(),
    ):
        with pytest.raises(TypeError, match="await node.update_attributes"):
            change()
    assert await group.update_attributes({"p": Path("x")}) is group
    await array.update_attributes({"d": np.datetime64("2020-01-01")})
    assert (group.attrs, array.attrs) == ({"a": {"b": 1}, "p": "x"}, {"l": [1], "d": "2020-01-01"})


def test_read_only() -> None:
    store = MemoryStore()
    zarr.create_group(store, attributes={"d": {}, "l": [1]})
    group = zarr.open_group(store, mode="r")
    before = store._store_dict["zarr.json"].to_bytes()
    for change in (
        lambda: group.attrs.__setitem__("a", 1),
        lambda: group.attrs.clear(),
        lambda: group.attrs.pop("d"),
    ):
        with pytest.raises(ValueError, match="read-only"):
            change()
    mine = dict(group.attrs)  # copies, that a program may go on with
    mine["d"]["a"] = 1
    mine["l"].append(1)
    assert (type(mine["d"]), type(mine["l"])) == (dict, list)
    assert group.attrs.asdict() == {"d": {}, "l": [1]}
    assert store._store_dict["zarr.json"].to_bytes() == before
    assert json.dumps(group.attrs["d"]) == "{}"
