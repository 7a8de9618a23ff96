"""Consolidated metadata, and hierarchies made at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import zarr
from zarr.core.group import (
    GroupMetadata,
    ImplicitGroupMarker,
    create_nodes,
    create_rooted_hierarchy,
    get_node,
)
from zarr.core.sync import sync
from zarr.errors import (
    ContainsArrayError,
    ContainsGroupError,
    GroupNotFoundError,
    NodeNotFoundError,
)
from zarr.storage import MemoryStore
from zarr.testing.store import LatencyStore

pytestmark = pytest.mark.filterwarnings(
    "ignore:Consolidated metadata is currently:zarr.errors.ZarrUserWarning"
)

STORES: dict[str, Callable[[], Any]] = {"memory": MemoryStore, "waiting": lambda: LatencyStore(MemoryStore())}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Any:
    return STORES[request.param]()


def array_metadata(zarr_format: Any = 3, **options: Any) -> Any:
    return zarr.create_array(
        MemoryStore(), shape=(2,), dtype="i4", zarr_format=zarr_format, **options
    ).metadata


# --- consolidated metadata


@pytest.fixture(params=[2, 3])
def consolidated(request: pytest.FixtureRequest, store: Any) -> zarr.Group:
    root = zarr.create_group(store, zarr_format=request.param, attributes={"a": 1})
    root.create_array("sub/deep/s", shape=(2,), dtype="i4")
    root.create_array("x", shape=(3,), dtype="i4", attributes={"u": "K"})
    root.create_group("none")
    return zarr.consolidate_metadata(store)


class Asked(MemoryStore):
    """A store that counts how it is asked."""

    _suspends = False
    asked = 0

    def get_sync(self, key: str, **options: Any) -> Any:
        self.asked += 1
        return super().get_sync(key, **options)

    def list_dir_sync(self, prefix: str) -> Any:
        self.asked += 1
        return super().list_dir_sync(prefix)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_members_need_no_store(zarr_format: Any) -> None:
    store = Asked()
    zarr.create_group(store, zarr_format=zarr_format).create_array("a/b/c", shape=(2,), dtype="i4")
    zarr.consolidate_metadata(store)
    group = zarr.open_consolidated(store)
    store.asked = 0
    assert [name for name, _ in group.members(max_depth=None)] == ["a", "a/b", "a/b/c"]
    assert group["a/b/c"].shape == (2,)
    assert list(group["a"]) == ["b"]
    assert "zz" not in group
    assert group.nmembers(max_depth=None) == 3
    assert store.asked == 0


def test_consolidated_groups_show_what_is_there(consolidated: zarr.Group, store: Any) -> None:
    for group in (consolidated, zarr.open_consolidated(store), zarr.open_group(store), zarr.open(store)):
        assert group.metadata.consolidated_metadata is not None
        assert sorted(n for n, _ in group.members(max_depth=None)) == [
            "none",
            "sub",
            "sub/deep",
            "sub/deep/s",
            "x",
        ]
        assert group["x"].attrs.asdict() == {"u": "K"}
        assert list(group["none"]) == []
        assert group.attrs.asdict() == {"a": 1}
        for wrong in ("zz", "x/y", "sub/zz", "sub/deep/s/0"):
            with pytest.raises(KeyError, match=wrong):
                group[wrong]
    plain = zarr.open_group(store, use_consolidated=False)
    assert plain.metadata.consolidated_metadata is None
    assert sorted(plain) == ["none", "sub", "x"]


def test_consolidated_metadata_are_believed(consolidated: zarr.Group, store: Any) -> None:
    zarr.open_group(store, use_consolidated=False).create_group("later")
    assert "later" not in zarr.open_group(store)
    again = zarr.consolidate_metadata(store)
    assert "later" in again
    below = zarr.open_group(store, use_consolidated=False)
    assert "later" in below


def test_deleting_a_member_updates_them(consolidated: zarr.Group, store: Any) -> None:
    other = zarr.open_group(store)
    other.attrs["by another"] = True
    del consolidated["sub/deep"]
    del consolidated["x"]
    again = zarr.open_consolidated(store)
    assert sorted(n for n, _ in again.members(max_depth=None)) == ["none", "sub"]
    assert again.attrs.asdict() == {"a": 1, "by another": True}


def test_writing_through_a_consolidated_group(consolidated: zarr.Group, store: Any) -> None:
    consolidated["x"][:] = 5
    assert zarr.open_consolidated(store)["x"][:].tolist() == [5, 5, 5]


def test_none_where_they_are_required(store: Any) -> None:
    zarr.create_group(store)
    with pytest.raises(ValueError, match="Consolidated metadata requested"):
        zarr.open_consolidated(store)
    with pytest.raises(TypeError, match="use_consolidated"):
        zarr.open_consolidated(store, use_consolidated=False)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="format 2"):
        zarr.open_group(store, use_consolidated="other")
    with pytest.raises(GroupNotFoundError):
        zarr.consolidate_metadata(store, path="nope")


def test_another_key_of_format_2() -> None:
    store = MemoryStore()
    zarr.create_group(store, zarr_format=2).create_array("x", shape=(1,), dtype="i4")
    zarr.consolidate_metadata(store)
    store._store_dict["meta-2"] = store._store_dict.pop(".zmetadata")
    with pytest.raises(ValueError, match="Consolidated metadata requested"):
        zarr.open_group(store, use_consolidated=True)
    assert list(
        zarr.open_group(store, use_consolidated="meta-2").metadata.consolidated_metadata.metadata
    ) == ["x"]  # type: ignore[union-attr]


def test_the_document_of_format_3_is_flat() -> None:
    store = MemoryStore()
    zarr.create_group(store).create_array("a/b", shape=(1,), dtype="i4")
    zarr.consolidate_metadata(store)
    document = json.loads(store._store_dict["zarr.json"].to_bytes())["consolidated_metadata"]
    assert (document["kind"], document["must_understand"]) == ("inline", False)
    assert list(document["metadata"]) == ["a", "a/b"]


# --- hierarchies


def test_create_hierarchy(store: Any) -> None:
    nodes = {"a": GroupMetadata({"x": 1}), "a/b/c": array_metadata(), "/d/": array_metadata()}
    made = dict(zarr.create_hierarchy(store=store, nodes=nodes))
    assert sorted(made) == ["", "a", "a/b", "a/b/c", "d"]
    assert made["a"].attrs.asdict() == {"x": 1}
    assert isinstance(made["a/b"], zarr.Group)
    assert isinstance(made["d"], zarr.Array)
    root = zarr.open_group(store)
    assert sorted(n for n, _ in root.members(max_depth=None)) == ["a", "a/b", "a/b/c", "d"]


def test_create_hierarchy_leaves_parents_alone(store: Any) -> None:
    zarr.create_group(store, attributes={"kept": 1}).create_group("a", attributes={"kept": 2})
    made = dict(zarr.create_hierarchy(store=store, nodes={"a/b": array_metadata()}))
    assert sorted(made) == ["a/b"]
    root = zarr.open_group(store)
    assert (root.attrs.asdict(), root["a"].attrs.asdict()) == ({"kept": 1}, {"kept": 2})


def test_create_hierarchy_of_nothing(store: Any) -> None:
    assert list(zarr.create_hierarchy(store=store, nodes={})) == []
    assert sync(store.is_empty("")) is True


def test_create_hierarchy_and_what_exists(store: Any) -> None:
    root = zarr.create_group(store)
    root.create_array("x", shape=(9,), dtype="i4")[:] = 1
    root.create_group("g").create_array("y", shape=(1,), dtype="i4")
    for nodes, kind in (
        ({"x": array_metadata()}, ContainsArrayError),
        ({"g": array_metadata()}, ContainsGroupError),
        ({"g": GroupMetadata()}, ContainsGroupError),
        ({"x/below": array_metadata()}, ContainsArrayError),
        ({"new": array_metadata(), "x": GroupMetadata()}, ContainsArrayError),
    ):
        with pytest.raises(kind):
            list(zarr.create_hierarchy(store=store, nodes=nodes))
    assert sorted(n for n, _ in root.members(max_depth=None)) == ["g", "g/y", "x"]
    list(
        zarr.create_hierarchy(
            store=store, nodes={"x": array_metadata(), "g": GroupMetadata()}, overwrite=True
        )
    )
    assert sorted(n for n, _ in root.members(max_depth=None)) == ["g", "x"]
    assert root["x"][:].tolist() == [0, 0]


def test_overwriting_a_parent_and_its_child_at_once(store: Any) -> None:
    nodes = {"g": GroupMetadata({"new": 1}), "g/x": array_metadata()}
    for _ in range(2):
        made = dict(zarr.create_hierarchy(store=store, nodes=nodes, overwrite=True))
        assert {"g", "g/x"} <= set(made)
    assert sorted(n for n, _ in zarr.open_group(store).members(max_depth=None)) == ["g", "g/x"]


def test_overwriting_deletes_nothing_if_something_else_is_in_the_way(store: Any) -> None:
    root = zarr.create_group(store)
    root.create_array("a", shape=(3,), dtype="i4")[:] = 5
    root.create_array("z", shape=(3,), dtype="i4")[:] = 6
    with pytest.raises(ContainsArrayError, match="'z'"):
        list(
            zarr.create_hierarchy(
                store=store, nodes={"a": GroupMetadata(), "z/b": array_metadata()}, overwrite=True
            )
        )
    assert root["a"][:].tolist() == [5, 5, 5]
    assert root["z"][:].tolist() == [6, 6, 6]


@pytest.mark.parametrize("there", ["array", "group"])
def test_overwriting_takes_away_what_is_between(store: Any, there: str) -> None:
    """The parent that is not named is below one that is overwritten: what it was does not matter."""
    root = zarr.create_group(store)
    if there == "array":
        root.create_array("a/b", shape=(3,), dtype="i4")[:] = 5
    else:
        root.create_group("a/b", attributes={"old": 1})
    nodes = {"a": GroupMetadata({"new": 1}), "a/b/c": array_metadata()}
    assert sorted(dict(zarr.create_hierarchy(store=store, nodes=nodes, overwrite=True))) == [
        "a",
        "a/b",
        "a/b/c",
    ]
    assert root["a/b"].attrs.asdict() == {}
    assert sorted(n for n, _ in root.members(max_depth=None)) == ["a", "a/b", "a/b/c"]


def test_overwriting_the_root(store: Any) -> None:
    zarr.create_group(store).create_group("old")
    list(
        zarr.create_hierarchy(store=store, nodes={"": GroupMetadata(), "x": array_metadata()}, overwrite=True)
    )
    assert [name for name, _ in zarr.open_group(store).members()] == ["x"]


WRONG = {
    "two formats": (
        {"a": GroupMetadata(zarr_format=2), "b": GroupMetadata(zarr_format=3)},
        "same Zarr format",
    ),
    "below an array": ({"a": array_metadata(), "a/b": array_metadata()}, "'a' is an array"),
}


@pytest.mark.parametrize("name", WRONG)
def test_create_hierarchy_checks_its_input(name: str) -> None:
    nodes, message = WRONG[name]
    store = MemoryStore()
    with pytest.raises(ValueError, match=message):
        list(zarr.create_hierarchy(store=store, nodes=nodes))
    assert store._store_dict == {}


def test_create_hierarchy_of_a_group(store: Any) -> None:
    group = zarr.create_group(store).create_group("top", attributes={"kept": 1})
    made = dict(group.create_hierarchy({"a/b": array_metadata(), "c": GroupMetadata()}))
    assert sorted(made) == ["a", "a/b", "c"]
    assert made["a/b"].path == "top/a/b"
    assert group.attrs.asdict() == {"kept": 1}
    with pytest.raises(ValueError, match="root of the hierarchy"):
        list(group.create_hierarchy({"": GroupMetadata()}))
    with pytest.raises(ValueError, match="has Zarr format 2"):
        list(group.create_hierarchy({"x": array_metadata(2)}))


async def test_hierarchies_awaited(store: Any) -> None:
    made = {
        path: node
        async for path, node in zarr.api.asynchronous.create_hierarchy(
            store=store, nodes={"a/b": array_metadata()}
        )
    }
    assert sorted(made) == ["", "a", "a/b"]
    root = await create_rooted_hierarchy(store=store, nodes={"r": GroupMetadata(), "r/x": array_metadata()})
    assert root.path == "r"
    with pytest.raises(ValueError, match="one root"):
        await create_rooted_hierarchy(store=store, nodes={"p": GroupMetadata(), "q": GroupMetadata()})
    assert (await get_node(store, "r/x", 3)).shape == (2,)
    with pytest.raises(NodeNotFoundError, match="nope"):
        await get_node(store, "nope", 3)
    async for path, node in create_nodes(store=store, nodes={"n": ImplicitGroupMarker(zarr_format=3)}):
        assert path == "n"
        assert type(node.metadata) is GroupMetadata
