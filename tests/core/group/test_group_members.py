"""What is in a group: finding, listing, making, requiring, replacing and deleting members."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.abc.store import Store
from zarr.codecs import BytesCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec
from zarr.errors import (
    ContainsArrayError,
    ContainsGroupError,
    GroupNotFoundError,
    ZarrDeprecationWarning,
    ZarrUserWarning,
)
from zarr.storage import LocalStore, MemoryStore
from zarr.testing.store import LatencyStore

STORES: dict[str, Callable[[Path], Store]] = {
    "memory": lambda _: MemoryStore(),
    "local": LocalStore,
    "waiting": lambda _: LatencyStore(MemoryStore()),
}
TREE = ["g", "g/h", "g/h/y", "g/x", "z"]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return STORES[request.param](tmp_path / "store")


@pytest.fixture(params=[2, 3])
def root(request: pytest.FixtureRequest, store: Store) -> zarr.Group:
    """A group with arrays z, g/x and g/h/y."""
    group = zarr.create_group(store, zarr_format=request.param)
    for name in ("z", "g/x", "g/h/y"):
        group.create_array(name, shape=(2,), dtype="i4")
    return group


def test_listing(root: zarr.Group) -> None:
    assert sorted(root) == sorted(root.keys()) == ["g", "z"]
    assert len(root) == root.nmembers() == 2
    assert root.nmembers(max_depth=None) == 5
    assert sorted(name for name, _ in root.members()) == ["g", "z"]
    assert sorted(name for name, _ in root.members(max_depth=1)) == ["g", "g/h", "g/x", "z"]
    assert sorted(name for name, _ in root.members(max_depth=None)) == TREE
    assert list(root.array_keys()) == [name for name, _ in root.arrays()] == ["z"]
    assert list(root.group_keys()) == [name for name, _ in root.groups()] == ["g"]
    assert [a.path for a in root.array_values()] == ["z"]
    assert [g.path for g in root.group_values()] == ["g"]
    assert all(isinstance(node, zarr.Array if name in ("z", "g/x", "g/h/y") else zarr.Group)
               for name, node in root.members(max_depth=None))  # fmt: skip


async def test_listing_awaited(root: zarr.Group) -> None:
    group = root._async_group
    assert sorted([name async for name, _ in group.members(max_depth=None)]) == TREE
    assert await group.nmembers() == 2
    assert [name async for name in group.array_keys()] == ["z"]
    assert [name async for name in group.group_keys()] == ["g"]
    assert [a.path async for a in group.array_values()] == ["z"]
    assert [g.path async for g in group.group_values()] == ["g"]
    assert await group.contains("g/h/y")
    assert not await group.contains("nope")


@pytest.mark.parametrize("path", ["g/h", "/g/h", "g/h/", "g//h", "g\\h"])
def test_paths_are_normalised(root: zarr.Group, path: str) -> None:
    found = root[path]
    assert isinstance(found, zarr.Group)
    assert (found.path, found.name, found.basename) == ("g/h", "/g/h", "h")
    assert path in root


def test_finding(root: zarr.Group) -> None:
    assert isinstance(root["z"], zarr.Array)
    assert root["g"]["h/y"] == root["g/h/y"]
    assert root.get("z") == root["z"]
    assert root.get("nope") is None
    assert root.get("nope", 5) == 5
    assert root.get_array("g/x").shape == (2,)
    assert root.get_group("g").path == "g"
    assert "z" in root
    assert "nope" not in root
    assert "z/deeper" not in root
    with pytest.raises(KeyError, match="nope"):
        root["nope"]
    with pytest.raises(ContainsGroupError, match="'g'"):
        root.get_array("g")
    with pytest.raises(ContainsArrayError, match="'z'"):
        root.get_group("z")
    with pytest.raises(KeyError, match="nope"):
        root.get_array("nope")


def test_deleting(root: zarr.Group) -> None:
    root["g/h/y"][:] = 1
    del root["g/h"]
    assert sorted(name for name, _ in root.members(max_depth=None)) == ["g", "g/x", "z"]
    assert "g/h/y" not in root
    del root["g"]
    del root["/z/"]
    assert len(root) == 0
    with pytest.raises(KeyError, match="'z'"):
        del root["z"]


def test_deleting_leaves_neighbours(root: zarr.Group) -> None:
    root.create_array("g-2", shape=(1,), dtype="i4")
    del root["g"]
    assert sorted(root) == ["g-2", "z"]


def test_setting_an_item_stores_an_array(root: zarr.Group) -> None:
    root["z"] = np.arange(3.0)
    root["new/below"] = [[1, 2], [3, 4]]
    assert root["z"][:].tolist() == [0, 1, 2]
    assert root["new/below"][:].tolist() == [[1, 2], [3, 4]]
    assert isinstance(root["new"], zarr.Group)
    with pytest.raises(TypeError, match="masked"):
        root["m"] = np.ma.masked_array([1, 2], mask=[True, False])


def test_making(root: zarr.Group) -> None:
    made = root.create_group("a/b", attributes={"x": 1})
    assert made.attrs.asdict() == {"x": 1}
    assert made.metadata.zarr_format == root.metadata.zarr_format
    assert isinstance(root["a"], zarr.Group)
    with pytest.raises(ContainsGroupError):
        root.create_group("g")
    with pytest.raises(ContainsArrayError):
        root.create_group("z")
    with pytest.raises(ContainsGroupError):
        root.create_array("g", shape=(1,), dtype="i4")
    for make in (root.create_group, lambda name: root.create_array(name, shape=(1,), dtype="i4")):
        with pytest.raises(ContainsArrayError, match="only groups may have child nodes"):
            make("z/below")
        with pytest.raises(ContainsArrayError, match="only groups may have child nodes"):
            make("z/far/below")
        with pytest.raises(KeyError):
            root["z/far"]
    assert len(root.create_group("g", overwrite=True)) == 0
    assert root.create_array("g", data=np.arange(2), overwrite=True)[:].tolist() == [0, 1]


def test_requiring_groups(root: zarr.Group) -> None:
    assert root.require_group("g")["x"].shape == (2,)
    assert root.require_group("new").path == "new"
    assert [g.path for g in root.require_groups("g", "p", "q/r")] == ["g", "p", "q/r"]
    assert len(root.require_group("g", overwrite=True)) == 0
    with pytest.raises(TypeError, match="Incompatible object"):
        root.require_group("z")


def test_requiring_arrays(root: zarr.Group) -> None:
    root["z"][:] = 5
    assert root.require_array("z", shape=2, dtype="i4", exact=True)[:].tolist() == [5, 5]
    assert root.require_array("z", shape=(2,))[:].tolist() == [5, 5]
    # not exact: the stored data type has to cast safely to the one asked for
    assert root.require_array("z", shape=(2,), dtype="f8")[:].tolist() == [5, 5]
    assert root.require_array("new", shape=(3,), dtype="i2").dtype == "i2"
    for options, message in (
        ({"shape": (3,)}, r"Incompatible shape at .*z: \(2,\) exists, \(3,\) is required"),
        (
            {"shape": (2,), "dtype": "f8", "exact": True},
            "Incompatible dtype at .*z: int32 exists, float64 is required",
        ),
        ({"shape": (2,), "dtype": "i2"}, "Incompatible dtype"),
    ):
        with pytest.raises(TypeError, match=message):
            root.require_array("z", **options)
    with pytest.raises(TypeError, match="Incompatible object"):
        root.require_array("g", shape=(2,))


def test_requiring_an_array_of_strings() -> None:
    root = zarr.create_group(MemoryStore())
    made = root.require_array("s", shape=(2,), dtype="string")
    assert root.require_array("s", shape=(2,), dtype="string", exact=True) == made


FILLED = {"zeros": 0, "ones": 1, "empty": 0}


@pytest.mark.parametrize("name", FILLED)
def test_filled_arrays(name: str) -> None:
    root = zarr.create_group(MemoryStore())
    array = getattr(root, name)(name="a", shape=(2, 3), dtype="i2", chunks=(1, 3))
    assert array[:].tolist() == [[FILLED[name]] * 3] * 2
    like = getattr(root, f"{name}_like")(name="b", data=array)
    assert (like.shape, like.dtype, like.chunks, like.fill_value) == ((2, 3), "i2", (1, 3), FILLED[name])
    of_numpy = getattr(root, f"{name}_like")(name="c", data=np.zeros((4,), "f4"))
    assert (of_numpy.shape, of_numpy.dtype) == ((4,), "f4")
    assert getattr(root, name)(name="d", shape=(1,)).dtype == "f8"


def test_full_arrays() -> None:
    root = zarr.create_group(MemoryStore())
    assert root.full(name="a", shape=(2,), fill_value=7, dtype="i4")[:].tolist() == [7, 7]
    assert root.full_like(name="b", data=np.zeros(2), fill_value=7.5)[:].tolist() == [7.5, 7.5]


@pytest.mark.parametrize("formats", [(2, 2), (3, 3), (2, 3), (3, 2)])
def test_arrays_like_another_one(formats: tuple[Any, Any]) -> None:
    """Chunks that are not stored read as they do of the other, unless another value is asked for."""
    source = zarr.create_array(
        {}, shape=(4, 6), dtype=">i2", chunks=(2, 3), fill_value=7, compressors=None, attributes={"not": "kept"},
        zarr_format=formats[0],
    )  # fmt: skip
    root = zarr.create_group({}, zarr_format=formats[1])
    for name, value in (("empty", 7), ("zeros", 0), ("ones", 1), ("full", 7)):
        made = getattr(root, f"{name}_like")(name=name, data=source)
        assert (made.shape, made.dtype, made.chunks) == ((4, 6), ">i2", (2, 3))
        assert (made[:] == value).all()
        assert made.metadata.zarr_format == formats[1]
        assert (made.compressors == ()) == (formats[0] == formats[1])
        assert made.attrs.asdict() == {}
    assert root.full_like(name="given", data=source, fill_value=3, dtype="f4", chunks=(4, 4))[0, 0] == 3.0


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_options_that_only_create_has(zarr_format: Any) -> None:
    root = zarr.create_group({}, zarr_format=zarr_format)
    for i, options in enumerate(
        ({"chunks": None}, {"chunks": True}, {"dtype": None}, {"zarr_format": zarr_format})
    ):
        made = root.zeros(name=f"a{i}", shape=(4,), **options)
        assert (made.dtype, made.chunks) == ("f8", (4,))
    made = root.ones(name="b", shape=(4,), chunk_shape=(2,), write_empty_chunks=True, config={"order": "F"})
    made[:] = 1
    assert (made.chunks, made.nchunks_initialized, made.config.order) == ((2,), 2, "F")
    assert root.empty_like(name="c", data=made, chunk_shape=(3,)).chunks == (3,)
    assert root.empty(name="d", shape=(4,), chunks=False).chunks == (4,)
    with pytest.raises(ValueError, match=f"zarr_format: .* which is {zarr_format}"):
        root.zeros(name="e", shape=(4,), zarr_format=5 - zarr_format)
    if zarr_format == 2:
        split = root.zeros(name="f", shape=(4, 4), chunks=(2, 2), dimension_separator="/")
        split[:] = 1
        assert "f/0/1" in root.store._store_dict  # type: ignore[attr-defined]
        with pytest.raises(ValueError, match="codecs: format 2"):
            root.zeros(name="g", shape=(4,), codecs=[BytesCodec()])
    else:
        with pytest.raises(ValueError, match="dimension_separator: format 3"):
            root.zeros(name="g", shape=(4,), dimension_separator="/")


CHAINS: list[Any] = [
    [BytesCodec()],
    [{"name": "bytes", "configuration": {"endian": "big"}}, GzipCodec(level=1)],
    [TransposeCodec(order=(1, 0)), BytesCodec(), GzipCodec(), ZstdCodec()],
    [ShardingCodec(chunk_shape=(2, 2))],
]


@pytest.mark.parametrize("codecs", CHAINS, ids=str)
def test_chains_of_codecs(codecs: list[Any]) -> None:
    made = zarr.create_group({}).full(
        name="a", shape=(4, 4), chunks=(4, 2), fill_value=7, dtype="i4", codecs=codecs
    )
    other = zarr.create((4, 4), chunks=(4, 2), fill_value=7, dtype="i4", codecs=codecs)
    assert made.metadata == other.metadata
    made[:2] = other[:2] = 1
    assert made[:].tolist() == other[:].tolist() == [[1] * 4] * 2 + [[7] * 4] * 2
    with pytest.raises(ValueError, match="At least one ArrayBytesCodec"):
        zarr.create_group({}).zeros(name="a", shape=(4,), codecs=[GzipCodec()])


def test_an_array_like_one_with_shards() -> None:
    source = zarr.create_array({}, shape=(8,), dtype="i4", chunks=(2,), shards=(4,), fill_value=7)
    root = zarr.create_group({})
    made = root.empty_like(name="a", data=source)
    assert (made.chunks, made.shards, made[:].tolist()) == ((2,), (4,), [7] * 8)
    made = root.zeros_like(name="b", data=source, chunks=(3,))
    assert (made.chunks, made.shards, made[:].tolist()) == ((3,), None, [0] * 8)
    assert root.ones_like(name="c", data=[[1, 2]]).shape == (1, 2)


def test_old_names_warn() -> None:
    root = zarr.create_group(MemoryStore())
    with pytest.warns(ZarrDeprecationWarning, match="create_array"):
        root.create_dataset("a", shape=(2,), dtype="i4")
    with pytest.warns(ZarrDeprecationWarning, match="require_array"):
        root.require_dataset("a", shape=(2,), dtype="i4")
    with pytest.warns(ZarrDeprecationWarning, match="create_array"):
        root.array("b", data=np.arange(2))
    with pytest.warns(ZarrDeprecationWarning, match="compressors"):
        root.create_array("c", shape=(2,), dtype="i4", compressor=None)
    assert root.create("d", shape=(2,), dtype="i4").path == "d"
    assert sorted(root) == ["a", "b", "c", "d"]


async def test_old_names_awaited() -> None:
    group = zarr.create_group(MemoryStore())._async_group
    with pytest.warns(ZarrDeprecationWarning, match="create_array"):
        made = await group.create_dataset("a", shape=(2,), dtype="i4")
    with pytest.warns(ZarrDeprecationWarning, match="require_array"):
        assert await group.require_dataset("a", shape=(2,), dtype="i4") == made


def test_what_is_no_node_is_passed_over(tmp_path: Path) -> None:
    root = zarr.create_group(tmp_path)
    root.create_array("x", shape=(1,), dtype="i4")
    (tmp_path / "notes.txt").write_text("x")
    with pytest.warns(ZarrUserWarning, match="notes.txt is not recognized"):
        assert list(root) == ["x"]


def test_members_checks_its_input(root: zarr.Group) -> None:
    with pytest.raises(ValueError, match=r"max_depth must be None or >= 0. Got '-1'"):
        root.members(max_depth=-1)


def test_a_store_that_cannot_be_listed() -> None:
    class Unlisted(MemoryStore):
        _suspends = False
        supports_listing = False

    root = zarr.create_group(Unlisted())
    root.create_array("x", shape=(1,), dtype="i4")
    assert "x" in root
    with pytest.raises(ValueError, match="does not support listing"):
        list(root)


TREE_TEXT = """\
/
├── g
│   ├── h
│   │   └── y (2,) int32
│   └── x (2,) int32
└── z (2,) int32
"""


def test_tree(root: zarr.Group) -> None:
    assert str(root.tree()) == repr(root.tree()) == str(zarr.tree(root)) == TREE_TEXT
    assert str(root.tree(level=1)) == "/\n├── g\n└── z (2,) int32\n"
    assert "z (2,) int32" in root.tree()._repr_html_()
    assert "3 more nodes" in str(root.tree(max_nodes=2))
    root.create_array("big", shape=(300, 100), dtype="f8")
    assert "\n├── big (300, 100) float64 234.4K\n" in str(root.tree(sizes=True))
    assert str(root.tree(sizes=True)).endswith("\n└── z (2,) int32 8\n")
    del root["big"]
    assert str(root["g/h"].tree()) == "/\n└── y (2,) int32\n"
    with pytest.warns(ZarrDeprecationWarning, match="expand"):
        root.tree(expand=True)


def test_info() -> None:
    root = zarr.create_group(MemoryStore())
    root.create_array("x", shape=(1,), dtype="i4")
    root.create_array("sub/s", shape=(1,), dtype="i4")
    short = (
        "Name        : \nType        : Group\nZarr format : 3\nRead-only   : False\nStore type  : MemoryStore"
    )
    assert repr(root.info) == short
    counts = "\nNo. members : 3\nNo. arrays  : 2\nNo. groups  : 1"
    assert repr(root.info_complete()) == short + counts
    assert repr(root["sub"].info).startswith("Name        : sub\n")


def test_repr_and_equality(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "g.zarr")
    assert repr(group) == f"<Group file://{tmp_path}/g.zarr>"
    assert repr(group._async_group) == f"<AsyncGroup file://{tmp_path}/g.zarr>"
    assert zarr.open_group(tmp_path / "g.zarr") == group
    assert group != group.create_group("sub")
    assert group.synchronizer is None
    assert (group.path, group.name, group.basename) == ("", "/", "")


def test_pickling(root: zarr.Group) -> None:
    if isinstance(root.store, LatencyStore):
        pytest.skip("pickled by its own tests")
    for one in (root, root._async_group):
        again = pickle.loads(pickle.dumps(one))
        assert again == one
        assert type(again) is type(one)
    assert sorted(pickle.loads(pickle.dumps(root))) == ["g", "z"]


def test_groups_of_the_other_format_are_not_members() -> None:
    store = MemoryStore()
    root = zarr.create_group(store, zarr_format=3)
    zarr.create_group(store, path="old", zarr_format=2)
    assert "old" not in root
    with pytest.raises(GroupNotFoundError):
        zarr.open_group(store, path="old", zarr_format=3, mode="r")


def test_documents_of_both_formats_warn() -> None:
    store = MemoryStore()
    zarr.create_group(store, zarr_format=2, attributes={"from": 2})
    zarr.create_group(store, zarr_format=3, attributes={"from": 3})
    with pytest.warns(ZarrUserWarning, match=r"Both zarr.json .* and .zgroup"):
        assert zarr.open_group(store, mode="r").attrs["from"] == 3
    assert zarr.open_group(store, mode="r", zarr_format=2).attrs["from"] == 2
