"""Consolidated metadata after writes through handles that know them: in every document and in every handle."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from zarr.core.group import ConsolidatedMetadata, GroupMetadata
from zarr.errors import ContainsArrayError, ZarrUserWarning
from zarr.storage import MemoryStore
from zarr.testing.store import LatencyStore

pytestmark = pytest.mark.filterwarnings(
    "ignore:Consolidated metadata is currently:zarr.errors.ZarrUserWarning"
)

STORES: dict[str, Callable[[], Any]] = {"memory": MemoryStore, "waiting": lambda: LatencyStore(MemoryStore())}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Any:
    return STORES[request.param]()


def fill(store: Any, zarr_format: Any) -> zarr.Group:
    root = zarr.create_group(store, zarr_format=zarr_format, attributes={"r": 1})
    root.create_array("x", shape=(3,), dtype="i4", attributes={"u": "K"})
    root.create_array("g/h/y", shape=(3,), dtype="i4")
    root.create_group("empty")
    return zarr.consolidate_metadata(store)


@pytest.fixture(params=[2, 3])
def root(request: pytest.FixtureRequest, store: Any) -> zarr.Group:
    return fill(store, request.param)


def listed(group: zarr.Group) -> dict[str, Any]:
    """All nodes below with what their metadata say, without their own consolidated metadata."""
    out = {}
    for path, node in group.members(max_depth=None):
        document = node.metadata.to_dict()
        document.pop("consolidated_metadata", None)
        out[path] = json.dumps(document, sort_keys=True, default=str)
    return out


def check(*handles: zarr.Group) -> None:
    """What the store's documents say when asked one by one is what the consolidated ones say, and each handle."""
    store = handles[0].store
    true = listed(zarr.open_group(store, use_consolidated=False))
    assert listed(zarr.open_consolidated(store)) == true
    for handle in handles:
        prefix = handle.path + "/" if handle.path else ""
        below = {
            path[len(prefix) :]: d for path, d in true.items() if path.startswith(prefix) and path != prefix
        }
        assert listed(handle) == below


CHANGES: dict[str, Callable[[zarr.Group], object]] = {
    "array": lambda g: g.create_array("new", shape=(1,), dtype="i4", attributes={"a": 1}),
    "array with parents": lambda g: g.create_array("p/q/new", shape=(1,), dtype="i4"),
    "group": lambda g: g.create_group("new", attributes={"a": 1}),
    "group in a group": lambda g: g["g"].create_group("new"),
    "array in a new group": lambda g: g.create_group("p").create_array("x", shape=(1,), dtype="i4"),
    "array overwrites group": lambda g: g.create_array("g", shape=(1,), dtype="i4", overwrite=True),
    "group overwrites group": lambda g: g.create_group("g", overwrite=True),
    "group overwrites array": lambda g: g["g/h"].create_group("y", overwrite=True),
    "setitem": lambda g: g.__setitem__("g/h/y", np.arange(9)),
    "delitem": lambda g: g.__delitem__("g"),
    "delitem below": lambda g: g["g"].__delitem__("h/y"),
    "require": lambda g: [
        g.require_group("g"),
        g.require_group("new"),
        g.require_array("z", shape=(1,), dtype="f4"),
    ],
    "zeros": lambda g: g.zeros(name="z", shape=(2,)),
    "attribute of an array": lambda g: g["x"].attrs.__setitem__("new", 1),
    "nested attribute": lambda g: [g["x"].attrs.update(d={}), g["x"].attrs["d"].update(k=1)],
    "attribute of a group": lambda g: g["g"].attrs.__setitem__("new", 1),
    "attribute of a group below": lambda g: g["g"]["h"].attrs.__setitem__("new", 1),
    "own attribute": lambda g: g.attrs.__setitem__("new", 1),
    "resize": lambda g: g["x"].resize((7,)),
    "append": lambda g: g["g"]["h"]["y"].append(np.arange(3, dtype="i4")),
    "move": lambda g: g.move("g", "p/z"),
    "move below": lambda g: g["g"].move("h/y", "y"),
    "copy": lambda g: g.copy("g", "copied"),
    "copy over": lambda g: zarr.copy(g["x"], g["g"]["h"], name="y", if_exists="replace"),
    "hierarchy": lambda g: dict(g.create_hierarchy({"n/m": GroupMetadata({"a": 1}, g.metadata.zarr_format)})),
    "hierarchy overwrites": lambda g: dict(
        g.create_hierarchy({"g": GroupMetadata({"a": 1}, g.metadata.zarr_format)}, overwrite=True)
    ),
}


@pytest.mark.parametrize("reopened", [False, True])
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_everywhere(name: str, reopened: bool, root: zarr.Group) -> None:
    handle = zarr.open_group(root.store) if reopened else root
    before = listed(handle)
    CHANGES[name](handle)
    check(handle)
    assert listed(handle) != before or name == "own attribute"
    assert zarr.open_consolidated(handle.store).attrs.asdict() == handle.attrs.asdict()


def test_pickled_handles_know_of_them(tmp_path: Path) -> None:
    root = fill(tmp_path, 3)
    array, group = (pickle.loads(pickle.dumps(root[name])) for name in ("x", "g"))
    assert len(pickle.dumps(root["x"])) < len(pickle.dumps(root))
    array.resize((5,))
    group.create_group("new")
    check(zarr.open_group(tmp_path))
    assert sorted(group) == ["h", "new"]


@given(names=st.lists(st.sampled_from(sorted(CHANGES)), max_size=5), zarr_format=st.sampled_from([2, 3]))
def test_changes_one_after_the_other(names: list[str], zarr_format: Any) -> None:
    root = fill(MemoryStore(), zarr_format)
    for name in names:
        try:
            CHANGES[name](root)
        except (KeyError, ValueError, RuntimeError, AttributeError, TypeError):
            pass  # what one has made or deleted is in the way of another
        check(root)


def test_handles_of_one_group_share_what_they_know(root: zarr.Group) -> None:
    group, again, deep = root["g"], root["g"], root["g/h"]
    group.create_group("new")
    deep.create_array("z", shape=(1,), dtype="i4")
    deep["z"].resize((5,))
    check(root)
    for handle in (group, again):
        assert sorted(p for p, _ in handle.members(max_depth=None)) == ["h", "h/y", "h/z", "new"]
        assert handle["h/z"].shape == (5,)
    assert sorted(deep) == ["y", "z"]


def test_two_who_change_them_revert_nothing(root: zarr.Group) -> None:
    other = zarr.open_group(root.store)
    root.create_group("one")
    other["x"].resize((8,))
    other.create_group("two")
    root.attrs["a"] = 1
    del other["empty"]
    check(zarr.open_group(root.store))
    assert root["x"].shape == (3,)  # this handle knows what it knew, and its own changes
    assert {"one", "empty"} <= set(root)


def test_groups_in_groups_that_are_consolidated_too(store: Any) -> None:
    fill(store, 3)
    zarr.consolidate_metadata(store, path="g")
    root = zarr.consolidate_metadata(store)
    for name, handle in (("one", root["g/h"]), ("two", zarr.open_group(store, path="g")["h"])):
        handle.create_group(name)
        for path in ("", "g"):
            fresh = zarr.open_consolidated(store, path=path)
            assert listed(fresh) == listed(zarr.open_group(store, path=path, use_consolidated=False))
            assert any(p.endswith(f"h/{name}") for p, _ in fresh.members(max_depth=None))


def test_a_handle_that_leaves_them_out_leaves_them_alone(root: zarr.Group) -> None:
    plain = zarr.open_group(root.store, use_consolidated=False)
    plain.create_group("new")
    plain["x"].attrs["new"] = 1
    assert "new" not in zarr.open_consolidated(root.store)
    assert "new" not in zarr.open_consolidated(root.store)["x"].attrs
    plain.attrs["own"] = 1  # they stay when the document is written that they are in
    assert sorted(zarr.open_consolidated(root.store)) == ["empty", "g", "x"]


def test_a_refused_change_changes_nothing(root: zarr.Group) -> None:
    before = listed(root)
    with pytest.raises(ContainsArrayError):
        root.create_group("x")
    with pytest.raises(ValueError, match="negative"):
        root["x"].resize((-1,))
    assert listed(root) == before
    check(root)


def test_other_keys_of_format_2_warn() -> None:
    store = MemoryStore()
    fill(store, 2)
    store._store_dict["other"] = store._store_dict.pop(".zmetadata")
    group = zarr.open_group(store, use_consolidated="other")
    with pytest.warns(ZarrUserWarning, match="what was changed is not in them"):
        group.create_group("new")
    assert "new" in group
    with pytest.warns(ZarrUserWarning, match="call `zarr.consolidate_metadata`"):
        group["x"].attrs["a"] = 1
    assert group["x"].attrs["a"] == 1
    assert ".zmetadata" not in store._store_dict


def test_members_that_a_document_cannot_know_stay(root: zarr.Group) -> None:
    """What other writers put into the document is not lost by a change to something else."""
    if root.metadata.zarr_format == 2:
        return
    base = root.store._store if isinstance(root.store, LatencyStore) else root.store
    document = json.loads(base._store_dict["zarr.json"].to_bytes())
    document["consolidated_metadata"]["metadata"]["foreign"] = {
        "zarr_format": 3,
        "node_type": "group",
        "attributes": {},
    }
    document["other"] = {"must_understand": False}
    base._store_dict["zarr.json"] = zarr.core.buffer.cpu.Buffer.from_bytes(json.dumps(document).encode())
    root.create_group("new")
    document = json.loads(base._store_dict["zarr.json"].to_bytes())
    assert {"foreign", "new", "x"} <= set(document["consolidated_metadata"]["metadata"])
    assert document["other"] == {"must_understand": False}


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_consolidating_reverts_no_change_of_another(
    zarr_format: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the list of what is below and the write of the document, another handle changes attributes."""
    store = MemoryStore()
    other = zarr.create_group(store, zarr_format=zarr_format, attributes={"n": 1})
    other.create_array("x", shape=(3,), dtype="i4")
    join = ConsolidatedMetadata.of_flat

    def of_flat(nodes: Any) -> Any:
        if "m" not in other.attrs:
            other.attrs.update({"n": 2, "m": 3})
        return join(nodes)

    with monkeypatch.context() as patch:
        patch.setattr(ConsolidatedMetadata, "of_flat", of_flat)
        group = zarr.consolidate_metadata(store)
    assert dict(group.attrs) == dict(zarr.open_group(store).attrs) == {"n": 2, "m": 3}
    assert sorted(zarr.open_consolidated(store)) == ["x"]


class Counting(MemoryStore):
    """A store that notes how it is asked."""

    _suspends = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calls: list[tuple[str, str]] = []

    def get_sync(self, key: str, **options: Any) -> Any:
        self.calls.append(("get", key))
        return super().get_sync(key, **options)

    def set_sync(self, key: str, value: Any) -> None:
        self.calls.append(("set", key))
        super().set_sync(key, value)


def test_the_price_of_keeping_them() -> None:
    """One read of each document above, one of the node, one write where they are held."""
    store = Counting()
    root = fill(store, 3)
    array = root["g/h/y"]
    plain = zarr.open_array(store, path="g/h/y")
    store.calls.clear()
    plain.attrs["a"] = 1
    without = len(store.calls)
    store.calls.clear()
    array.attrs["a"] = 2
    assert sorted(store.calls[without:]) == [
        ("get", "g/h/y/zarr.json"),
        ("get", "g/h/zarr.json"),
        ("get", "g/zarr.json"),
        ("get", "zarr.json"),
        ("set", "zarr.json"),
    ]
    store.calls.clear()
    assert [path for path, _ in root.members(max_depth=None)]
    array[:] = 1
    assert not [call for call in store.calls if call[1].endswith("zarr.json")]
