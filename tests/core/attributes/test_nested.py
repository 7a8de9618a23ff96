"""Dicts and lists among attributes behave as Python's, and what is done to them is stored or refused."""

from __future__ import annotations

import copy
import json
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from zarr.errors import ConflictError
from zarr.storage import MemoryStore

START: dict[str, Any] = {"d": {"x": 1, "e": {"y": [1, {"z": 2}]}}, "l": [3, 1, 2, [4]], "n": math.inf}

EDITS: dict[str, Callable[[Any], object]] = {
    "set": lambda a: a["d"].__setitem__("x", 5),
    "set deep": lambda a: a["d"]["e"]["y"][1].__setitem__("z", 5),
    "add a dict and use it": lambda a: [a["d"].__setitem__("new", {}), a["d"]["new"].__setitem__("k", 1)],
    "del": lambda a: a["d"].__delitem__("x"),
    "update": lambda a: a["d"].update({"p": 1}, q=(2, 3)),
    "ior": lambda a: a["d"].__ior__({"p": 1}),
    "pop": lambda a: a["d"].pop("x"),
    "pop default": lambda a: a["d"].pop("none", 7),
    "popitem": lambda a: a["d"].popitem(),
    "clear": lambda a: a["d"].clear(),
    "setdefault": lambda a: a["d"].setdefault("x", 9),
    "setdefault new": lambda a: a["d"].setdefault("new", []).append(1),
    "list set": lambda a: a["l"].__setitem__(0, 9),
    "list set slice": lambda a: a["l"].__setitem__(slice(0, 2), [7, 8, 9]),
    "list del": lambda a: a["l"].__delitem__(slice(None, None, 2)),
    "append": lambda a: a["l"].append({"k": 1}),
    "extend": lambda a: a["l"].extend(x for x in (5, 6)),
    "insert": lambda a: a["l"].insert(1, [0]),
    "list pop": lambda a: a["l"].pop(),
    "remove": lambda a: a["l"].remove(1),
    "reverse": lambda a: a["l"].reverse(),
    "sort": lambda a: a["l"].sort(key=str),
    "list clear": lambda a: a["l"].clear(),
    "list iadd": lambda a: a["l"].__iadd__([1]),
    "list imul": lambda a: a["l"].__imul__(2),
    "inner list": lambda a: a["l"][3].append(a["n"]),
    "wrong key": lambda a: a["d"].pop("none"),
    "wrong del": lambda a: a["d"].__delitem__("none"),
    "wrong index": lambda a: a["l"].__setitem__(9, 1),
    "wrong remove": lambda a: a["l"].remove(77),
}


def outcome(edit: Callable[[Any], object], attrs: Any) -> object:
    try:
        edit(attrs)
    except AttributeError as error:
        return type(error)
    except (LookupError, ValueError, TypeError) as error:
        return type(error), str(error)
    return None


def plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("kind", ["array", "group"])
@pytest.mark.parametrize("name", EDITS)
def test_edits_are_stored(name: str, kind: str, zarr_format: Any) -> None:
    store = MemoryStore()
    node: Any = (
        zarr.create_group(store, attributes=START, zarr_format=zarr_format)
        if kind == "group"
        else zarr.create_array(store, shape=(1,), dtype="i4", attributes=START, zarr_format=zarr_format)
    )
    expected = copy.deepcopy(START)
    wanted = outcome(EDITS[name], expected)
    assert outcome(EDITS[name], node.attrs) == wanted
    assert node.attrs.asdict() == zarr.open(store).attrs.asdict() == plain(expected)


@given(names=st.lists(st.sampled_from([n for n in EDITS if not n.startswith("wrong")]), max_size=6))
def test_held_values_stay_true(names: list[str]) -> None:
    """Values that were taken out before go on working, as those of a dict do, or refuse."""
    store = MemoryStore()
    group = zarr.create_group(store, attributes=START)
    held = {"d": group.attrs["d"], "l": group.attrs["l"], "n": math.inf}
    expected = copy.deepcopy(START)
    for name in names:
        wanted = outcome(EDITS[name], expected)
        assert outcome(EDITS[name], held) == wanted
        expected = plain(expected)
        assert held == zarr.open_group(store).attrs.asdict() == group.attrs.asdict() == expected


def make() -> Any:
    return zarr.create_group(MemoryStore(), attributes=START)


def test_they_are_dicts_and_lists() -> None:
    attrs = make().attrs
    assert isinstance(attrs["d"], dict)
    assert isinstance(attrs["l"], list)
    assert attrs["d"] == START["d"]
    assert attrs["l"] == START["l"]
    assert repr(attrs["d"]) == repr(START["d"])
    assert repr(attrs["l"]) == repr(START["l"])
    assert json.dumps(attrs["d"]) == json.dumps(START["d"])
    assert {**attrs["d"]} == START["d"]
    assert np.asarray(attrs["l"][:3]).tolist() == [3, 1, 2]
    assert (attrs["d"] | {"q": 1}) == {**START["d"], "q": 1}


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v)), lambda v: v.copy()],
    ids=["copy", "deepcopy", "pickle", "method"],
)
def test_copies_are_plain(duplicate: Callable[[Any], Any]) -> None:
    group = make()
    for key in ("d", "l"):
        copied = duplicate(group.attrs[key])
        assert type(copied) is type(START[key])
        assert copied == START[key]
    duplicate(group.attrs["d"])["e"]["y"].append("not saved")
    group.attrs.asdict()["d"]["e"]["y"].append("not saved")
    group.attrs.pop("l").append("not saved")
    assert group.attrs.asdict() == zarr.open_group(group.store).attrs.asdict()
    assert "not saved" not in str(group.attrs)


def test_iadd_through_the_attributes() -> None:
    group = make()
    group.attrs["l"] += [5]
    group.attrs["d"] |= {"k": 1}
    group.attrs["d"]["x"] += 1
    stored = zarr.open_group(group.store).attrs
    assert stored["l"] == [*START["l"], 5]
    assert stored["d"] == {**START["d"], "x": 2, "k": 1}


@pytest.mark.parametrize("change", ["replaced", "deleted", "changed", "made another kind"])
def test_what_is_not_there_any_more_refuses(change: str) -> None:
    group = make()
    held, inner, items = group.attrs["d"], group.attrs["d"]["e"], group.attrs["l"]
    if change == "replaced":
        group.attrs.update(d={"other": 1}, l=[])
    elif change == "deleted":
        group.attrs.clear()
    elif change == "changed":
        group.attrs["d"]["e"]["y"].append(9)
        group.attrs["l"].append(9)
    else:
        group.attrs.update(d=[1], l={})
    before = group.attrs.asdict()
    for edit, where in (
        (lambda: held.__setitem__("x", 9), r"attrs\['d'\] has been replaced"),
        (lambda: inner.__setitem__("k", 9), r"attrs\['d'\]\['e'\] has been"),
        (lambda: items.append(9), r"read attrs\['l'\] again"),
        (lambda: items.__iadd__([9]), r"attrs\['l'\]"),
    ):
        with pytest.raises(ConflictError, match=where):
            edit()
    assert group.attrs.asdict() == zarr.open_group(group.store).attrs.asdict() == before


def test_changes_of_others_in_the_same_dict_stay() -> None:
    group = make()
    other = zarr.open_group(group.store)
    held = group.attrs["d"]
    other.attrs["d"]["theirs"] = 1
    other.attrs["d"]["e"]["theirs"] = 2
    held["ours"] = 3
    assert held == group.attrs["d"] == zarr.open_group(group.store).attrs["d"]
    assert (held["theirs"], held["ours"], held["e"]["theirs"]) == (1, 3, 2)


def test_a_list_that_others_changed_refuses() -> None:
    group = make()
    zarr.open_group(group.store).attrs["l"].append("theirs")
    with pytest.raises(ConflictError, match="read attrs"):
        group.attrs["l"].append("ours")
    group.attrs.refresh()
    group.attrs["l"].append("ours")
    assert zarr.open_group(group.store).attrs["l"][-2:] == ["theirs", "ours"]


def test_what_others_deleted_refuses() -> None:
    group = make()
    del zarr.open_group(group.store).attrs["d"]["x"]
    with pytest.raises(ConflictError, match="deleted"):
        group.attrs["d"].pop("x")
    del zarr.open_group(group.store).attrs["d"]
    with pytest.raises(ConflictError, match="deleted"):
        group.attrs["d"]["k"] = 1
    assert "d" not in zarr.open_group(group.store).attrs


def test_what_has_no_json_is_refused() -> None:
    group = make()
    for edit in (
        lambda: group.attrs["d"].__setitem__("k", object()),
        lambda: group.attrs["l"].append({1, 2}),
    ):
        with pytest.raises(TypeError, match="attribute '[dl]'"):
            edit()
    assert group.attrs.asdict() == START
    group.attrs["d"]["k"] = np.float32(0.5)
    assert group.attrs["d"]["k"] == 0.5
    assert type(group.attrs["d"]["k"]) is float
