"""What open, open_array and open_group do in every mode with whatever is there; what overwriting spares."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.errors import (
    ArrayNotFoundError,
    ContainsArrayError,
    ContainsGroupError,
    GroupNotFoundError,
    NodeTypeValidationError,
)
from zarr.storage import LocalStore, MemoryStore
from zarr.testing.store import LatencyStore

NEW = {"shape": (3,), "dtype": "i2"}


def make_array(where: Any) -> None:
    zarr.create_array(where, shape=(4,), dtype="i4", chunks=(2,))[:] = 7


def make_group(where: Any) -> None:
    zarr.create_group(where).create_array("x", shape=(4,), dtype="i4")


def make_foreign(where: Path) -> None:
    (where / "sub").mkdir(parents=True)
    (where / "a.txt").write_text("a")
    (where / "sub" / "b.txt").write_text("b")


MAKERS: dict[str, Callable[[Any], None]] = {
    "nothing": lambda where: None,
    "array": make_array,
    "group": make_group,
    "foreign": make_foreign,
}

# The outcome per function: what is there -> an outcome per mode r, r+, a, w, w-.
# "array" and "group" are what was there, "new array" and "new group" are what was made.
MISSING, EXISTS, TAKEN = FileNotFoundError, FileExistsError, FileExistsError
OUTCOMES: dict[str, dict[str, tuple[Any, ...]]] = {
    "open": {
        "nothing": (MISSING, MISSING, "new group", "new group", "new group"),
        "array": ("array", "array", "array", "new group", EXISTS),
        "group": ("group", "group", "group", "new group", EXISTS),
        "foreign": (GroupNotFoundError, GroupNotFoundError, "new group", TAKEN, EXISTS),
    },
    "open with shape": {
        "nothing": (MISSING, MISSING, "new array", "new array", "new array"),
        "array": ("array", "array", "array", "new array", EXISTS),
        "group": ("group", "group", "group", "new array", EXISTS),
        "foreign": (ArrayNotFoundError, ArrayNotFoundError, "new array", TAKEN, EXISTS),
    },
    "open_array": {
        "nothing": (MISSING, MISSING, ArrayNotFoundError, TypeError, TypeError),
        "array": ("array", "array", "array", TypeError, EXISTS),
        "group": (
            NodeTypeValidationError,
            NodeTypeValidationError,
            NodeTypeValidationError,
            TypeError,
            EXISTS,
        ),
        "foreign": (ArrayNotFoundError, ArrayNotFoundError, ArrayNotFoundError, TypeError, EXISTS),
    },
    "open_array with shape": {
        "nothing": (MISSING, MISSING, "new array", "new array", "new array"),
        "array": ("array", "array", "array", "new array", EXISTS),
        "group": (
            NodeTypeValidationError,
            NodeTypeValidationError,
            NodeTypeValidationError,
            "new array",
            EXISTS,
        ),
        "foreign": (ArrayNotFoundError, ArrayNotFoundError, "new array", TAKEN, EXISTS),
    },
    "open_group": {
        "nothing": (MISSING, MISSING, "new group", "new group", "new group"),
        "array": (ContainsArrayError, ContainsArrayError, ContainsArrayError, "new group", EXISTS),
        "group": ("group", "group", "group", "new group", EXISTS),
        "foreign": (GroupNotFoundError, GroupNotFoundError, "new group", TAKEN, EXISTS),
    },
}
MODES = ("r", "r+", "a", "w", "w-")
CASES = [
    pytest.param(function, there, mode, outcome, id=f"{function}-{there}-{mode}")
    for function, table in OUTCOMES.items()
    for there, outcomes in table.items()
    for mode, outcome in zip(MODES, outcomes, strict=True)
]


def files(where: Path) -> dict[str, bytes]:
    return {str(p.relative_to(where)): p.read_bytes() for p in where.rglob("*") if p.is_file()}


def describe(node: Any) -> str:
    if isinstance(node, zarr.Array):
        return "array" if node.shape == (4,) else "new array"
    return "group" if list(node.keys()) == ["x"] else "new group"


@pytest.mark.parametrize(("function", "there", "mode", "outcome"), CASES)
def test_modes(function: str, there: str, mode: Any, outcome: Any, tmp_path: Path) -> None:
    where = tmp_path / "node"
    MAKERS[there](where)
    before = files(where)
    name, _, shaped = function.partition(" with ")
    call = lambda: getattr(zarr, name)(where, mode=mode, **(NEW if shaped else {}))  # noqa: E731
    if not isinstance(outcome, str):
        with pytest.raises(outcome):
            call()
        assert files(where) == before
        return
    node = call()
    if there == "foreign" and isinstance(node, zarr.Group):
        with pytest.warns(match="not recognized"):
            assert describe(node) == outcome
    else:
        assert describe(node) == outcome
    assert node.read_only == (mode == "r")
    if there == "foreign":
        assert before.items() <= files(where).items()
    if outcome in ("array", "group"):
        assert files(where) == before
    elif there != "foreign":
        assert list(files(where)) == ["zarr.json"]


@pytest.mark.parametrize("there", ["nothing", "array", "group"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["memory", "waiting"])
def test_modes_in_other_stores(kind: str, there: str, mode: Any) -> None:
    store = MemoryStore() if kind == "memory" else LatencyStore(MemoryStore())
    MAKERS[there](store)
    outcome = OUTCOMES["open_group"][there][MODES.index(mode)]
    if isinstance(outcome, str):
        assert describe(zarr.open_group(store, mode=mode)) == outcome
    else:
        with pytest.raises(outcome):
            zarr.open_group(store, mode=mode)


CREATORS: dict[str, Callable[..., Any]] = {
    "create_array": lambda where, **kw: zarr.create_array(where, **NEW, **kw),
    "create": lambda where, **kw: zarr.create(store=where, **NEW, **kw),
    "create_group": zarr.create_group,
}


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("there", MAKERS)
@pytest.mark.parametrize("name", CREATORS)
def test_creating(name: str, there: str, overwrite: bool, tmp_path: Path) -> None:
    where = tmp_path / "node"
    MAKERS[there](where)
    before = files(where)
    error: Any = {"array": ContainsArrayError, "group": ContainsGroupError}.get(there)
    if there == "foreign" and overwrite:
        with pytest.raises(FileExistsError, match="not of Zarr; nothing was deleted"):
            CREATORS[name](where, overwrite=True)
        assert files(where) == before
    elif error is not None and not overwrite:
        with pytest.raises(error, match="node"):
            CREATORS[name](where)
        assert files(where) == before
    else:
        CREATORS[name](where, overwrite=overwrite)
        assert (list(files(where)) == ["zarr.json"]) == (there != "foreign")


@pytest.mark.parametrize("there", ["array", "group"])
def test_group_opens_or_replaces(there: str, tmp_path: Path) -> None:
    MAKERS[there](tmp_path)
    if there == "array":
        with pytest.raises(ContainsArrayError):
            zarr.group(tmp_path)
    else:
        assert list(zarr.group(tmp_path)) == ["x"]
    assert list(zarr.group(tmp_path, overwrite=True)) == []


def test_a_directory_of_groups_is_of_zarr(tmp_path: Path) -> None:
    """No document at the top, and all that is below is of Zarr: it may be replaced."""
    make_group(tmp_path / "all" / "one")
    make_array(tmp_path / "all" / "two" / "deep")
    zarr.create_group(tmp_path / "all", overwrite=True)
    assert list(files(tmp_path / "all")) == ["zarr.json"]


FOREIGN = [
    "README.md",
    "x/notes.txt",
    "g/1",
    "g/deep/er/photo.tif",
    "g/c",
    "zarr.json.bak",
    "g/h/.git/config",
]


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("name", FOREIGN)
def test_a_hierarchy_that_holds_something_else_is_refused(
    name: str, zarr_format: Any, tmp_path: Path
) -> None:
    root = zarr.create_group(tmp_path, zarr_format=zarr_format)
    root.create_group("g/h")
    root.create_array("g/y", data=np.arange(4), chunks=(2,))
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("mine")
    before = files(tmp_path)
    for call in (
        lambda: zarr.open_group(tmp_path, mode="w"),
        lambda: zarr.create_array(tmp_path, overwrite=True, **NEW),
        lambda: zarr.save_array(tmp_path, np.arange(3)),
    ):
        with pytest.raises(FileExistsError, match=f"holds '.*{Path(name).name}', which is not of Zarr"):
            call()
        assert files(tmp_path) == before
    zarr.open_group(tmp_path, path="g/y", mode="w")  # what is elsewhere is not in the way


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_what_is_in_the_directory_of_an_array_goes_with_it(zarr_format: Any, tmp_path: Path) -> None:
    zarr.create_array(tmp_path, data=np.arange(4), zarr_format=zarr_format)
    (tmp_path / "odd-chunk-name.bin").write_text("a chunk in an encoding that nobody here knows")
    (tmp_path / ".DS_Store").write_text("")
    zarr.open_group(tmp_path, mode="w")
    assert set(files(tmp_path)) == {"zarr.json"}


LEFT_OVER = [
    ["c/0/0", "c/1/0"],
    ["0.0", "1.0"],
    [".zattrs", "0", "1"],
    ["x/c/0", "y/0.1"],
    [".zattrs"],
    ["c.0.1"],
]


@pytest.mark.parametrize("names", LEFT_OVER)
def test_what_an_interrupted_deletion_has_left_is_of_zarr(names: list[str], tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    zarr.open_group(tmp_path, mode="w")
    assert set(files(tmp_path)) == {"zarr.json"}


@pytest.mark.parametrize("names", [["0", "1", "2"], ["c"], ["1.0/setup.py"], ["cur/1", "new/2"], ["c/a"]])
def test_numbers_alone_could_be_anything(names: list[str], tmp_path: Path) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mail")
    before = files(tmp_path)
    with pytest.raises(FileExistsError, match="not of Zarr; nothing was deleted"):
        zarr.open_group(tmp_path, mode="w")
    assert files(tmp_path) == before


def test_nothing_is_deleted_for_something_that_cannot_be_made(tmp_path: Path) -> None:
    make_array(tmp_path)
    before = files(tmp_path)
    for call in (
        lambda: zarr.open(tmp_path, mode="w", shape=(3,), dtype="nope"),
        lambda: zarr.open_array(tmp_path, mode="w", shape=(3,), dtype="i4", chunks=(0,)),
        lambda: zarr.open_group(tmp_path, mode="w", zarr_format=4),  # type: ignore[arg-type]
        lambda: zarr.create_array(tmp_path, overwrite=True, shape=(3,), dtype="i4", chunks=(2, 2)),
        lambda: zarr.create_array(tmp_path, overwrite=True, data=np.ma.masked_array([1], mask=[True])),
    ):
        with pytest.raises((TypeError, ValueError)):
            call()
        assert files(tmp_path) == before


def test_overwriting_spares_the_neighbours(tmp_path: Path) -> None:
    root = zarr.create_group(tmp_path)
    for name in ("a", "a-b", "ab"):
        root.create_array(name, data=np.arange(3))
    zarr.create_array(tmp_path, name="a", shape=(1,), dtype="i4", overwrite=True)
    assert root["a-b"][:].tolist() == root["ab"][:].tolist() == [0, 1, 2]


def test_a_read_only_store_is_opened_read_only() -> None:
    store = MemoryStore()
    make_group(store)
    frozen = store.with_read_only(True)
    assert zarr.open(frozen).read_only
    assert zarr.open_group(frozen).read_only
    assert zarr.open_array(frozen, path="x").read_only
    for mode in ("w", "r+", "w-"):
        with pytest.raises(ValueError, match=f"Store is read-only but mode is '{mode}'".replace("+", r"\+")):
            zarr.open_group(frozen, mode=mode)


def test_default_modes(tmp_path: Path) -> None:
    assert isinstance(zarr.open(tmp_path / "g"), zarr.Group)
    assert isinstance(zarr.open(tmp_path / "a", **NEW), zarr.Array)
    assert isinstance(zarr.open_array(tmp_path / "b", **NEW), zarr.Array)
    assert isinstance(zarr.open_group(tmp_path / "c"), zarr.Group)
    with pytest.raises(ArrayNotFoundError):
        zarr.open_array(tmp_path / "d")


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_the_format_is_found(zarr_format: Any, tmp_path: Path) -> None:
    zarr.create_array(LocalStore(tmp_path), name="a", zarr_format=zarr_format, **NEW)
    other = 5 - zarr_format
    assert zarr.open(tmp_path, path="a").metadata.zarr_format == zarr_format
    assert zarr.open_array(tmp_path, path="a", zarr_format=zarr_format).shape == (3,)
    assert zarr.open_group(tmp_path, mode="r").metadata.zarr_format == zarr_format
    with pytest.raises(ArrayNotFoundError):
        zarr.open_array(tmp_path, path="a", zarr_format=other, mode="r")
    with pytest.raises(GroupNotFoundError):
        zarr.open_group(tmp_path, zarr_format=other, mode="r")
