"""Moving: what may be moved, that it is whole, and that an interruption loses nothing and can be made good."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.errors import ConflictError, ContainsArrayError, ContainsGroupError
from zarr.storage import LocalStore, MemoryStore
from zarr.testing.store import LatencyStore

pytestmark = pytest.mark.filterwarnings(
    "ignore:Consolidated metadata is currently:zarr.errors.ZarrUserWarning"
)

STORES: dict[str, Callable[[Path], Any]] = {
    "memory": lambda _: MemoryStore(),
    "local": LocalStore,
    "waiting": lambda _: LatencyStore(MemoryStore()),
    "local that cannot rename": lambda path: LatencyStore(LocalStore(path)),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return STORES[request.param](tmp_path / "store")


def fill(store: Any, zarr_format: Any = 3) -> zarr.Group:
    """A group with an array ``a``, a group ``g`` that holds an array and a group, and an array ``g-2``."""
    root = zarr.create_group(store, zarr_format=zarr_format, attributes={"root": 1})
    options: Any = {} if zarr_format == 2 else {"shards": (4,)}
    root.create_array("a", data=np.arange(10), chunks=(2,), attributes={"units": "K"})
    root.create_array("g/h/x", data=np.arange(10) * 2, chunks=(2,), **options)
    root["g"].attrs["kept"] = True
    root.create_array("g-2", data=np.arange(3))
    return root


def content(group: zarr.Group) -> dict[str, Any]:
    """All nodes below: attributes, and values of arrays."""
    fresh = zarr.open_group(group.store_path, mode="r", use_consolidated=False)
    return {
        path: (node.attrs.asdict(), node[...].tolist() if isinstance(node, zarr.Array) else None)
        for path, node in fresh.members(max_depth=None)
    }


def renamed(before: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {
        new + path[len(old) :] if path == old or path.startswith(f"{old}/") else path: value
        for path, value in before.items()
    }


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize(
    ("old", "new"), [("a", "b"), ("g", "z"), ("g/h", "h"), ("a", "g/a"), ("/a/", "g/h/a"), ("g/h/x", "g/h/y")]
)
def test_moving(old: str, new: str, zarr_format: Any, store: Any) -> None:
    root = fill(store, zarr_format)
    before = content(root)
    assert root.move(old, new) is None
    assert content(root) == renamed(before, old.strip("/"), new)
    assert old not in root
    assert root.move(new, old) is None
    assert content(root) == before


def test_parents_are_made(store: Any) -> None:
    root = fill(store)
    root.move("a", "p/q/a")
    assert root["p/q/a"][:].tolist() == list(range(10))
    assert isinstance(root["p"], zarr.Group)


def test_relative_to_the_group(store: Any) -> None:
    root = fill(store)
    root["g"].move("h/x", "y")
    assert root["g/y"][1] == 2
    assert root["g/y"].path == "g/y"


async def test_awaited() -> None:
    root = fill(MemoryStore())
    await root._async_group.move("a", "b")
    assert (await root._async_group.getitem("b")).shape == (10,)


def test_onto_itself_is_nothing(store: Any) -> None:
    root = fill(store)
    before = content(root)
    root.move("a", "/a")
    assert content(root) == before
    with pytest.raises(KeyError, match="none"):
        root.move("none", "none")


REFUSED: list[tuple[str, str, type[Exception], str]] = [
    ("none", "b", KeyError, "none"),
    ("a", "g", ContainsGroupError, "'g'"),
    ("g", "a", ContainsArrayError, "'a'"),
    ("g/h", "g", ContainsGroupError, "'g'"),
    ("g", "g/h/new", ValueError, "into itself"),
    ("g", "a/below", ContainsArrayError, "only groups may have child nodes"),
    ("", "b", ValueError, "root"),
    ("a", "", ValueError, "root"),
    ("a", "../b", ValueError, "segments"),
]


@pytest.mark.parametrize(("old", "new", "error", "message"), REFUSED)
def test_what_is_refused(old: str, new: str, error: type[Exception], message: str, store: Any) -> None:
    root = fill(store)
    before = content(root)
    with pytest.raises(error, match=message):
        root.move(old, new)
    assert content(root) == before


def test_nothing_that_is_there_is_touched(store: Any) -> None:
    root = fill(store)
    base = store._store if isinstance(store, LatencyStore) else store
    stray = base.get_sync("a/c/0")
    base.set_sync("b/c/7", stray)
    with pytest.raises(FileExistsError, match="b"):
        root.move("a", "b")
    assert base.get_sync("b/c/7").to_bytes() == stray.to_bytes()
    assert root["a"][:].tolist() == list(range(10))
    assert not base.exists_sync("b/zarr.json")


def test_read_only(store: Any) -> None:
    fill(store)
    group = zarr.open_group(store, mode="r")
    with pytest.raises(ValueError, match="read-only"):
        group.move("a", "b")
    assert "a" in group


def test_a_store_that_cannot_delete() -> None:
    class Kept(MemoryStore):
        _suspends = False
        supports_deletes = False

    root = zarr.create_group(Kept())
    root.create_array("a", shape=(1,), dtype="i4")
    with pytest.raises(ValueError, match="cannot delete or list"):
        root.move("a", "b")


def test_a_directory_is_renamed(tmp_path: Path) -> None:
    root = fill(LocalStore(tmp_path))
    inodes = {p.name: p.stat().st_ino for p in (tmp_path / "g/h/x/c").iterdir()}
    root.move("g", "p/z")
    assert {p.name: p.stat().st_ino for p in (tmp_path / "p/z/h/x/c").iterdir()} == inodes
    assert not (tmp_path / "g").exists()
    assert not list(tmp_path.rglob("*.zmove"))


def test_a_directory_of_another_file_system_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = fill(LocalStore(tmp_path))
    before = content(root)

    def rename(old: str, new: str) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "rename", rename)
    root.move("g", "z")
    assert content(root) == renamed(before, "g", "z")


# --- interruptions


class Failing(MemoryStore):
    """A store of which the n-th call raises, before it has done anything or after it."""

    _suspends = False
    left: int | None = None
    after = False

    def _count(self) -> bool:
        if self.left is None:
            return False
        self.left -= 1
        if self.left == 0 and not self.after:
            raise OSError("interrupted")
        return self.left == 0

    def get_sync(self, key: str, **options: Any) -> Any:
        self._count()
        return super().get_sync(key, **options)

    def set_sync(self, key: str, value: Any) -> None:
        last = self._count()
        super().set_sync(key, value)
        if last:
            raise OSError("interrupted")

    def set_if_not_exists_sync(self, key: str, value: Any) -> Any:
        last = self._count()
        made = super().set_if_not_exists_sync(key, value)
        if last:
            raise OSError("interrupted")
        return made

    def delete_sync(self, key: str) -> None:
        last = self._count()
        super().delete_sync(key)
        if last:
            raise OSError("interrupted")

    def exists_sync(self, key: str) -> bool:
        self._count()
        return super().exists_sync(key)

    def keys_sync(self, prefix: str = "") -> Any:
        self._count()
        return super().keys_sync(prefix)


def values(group: zarr.Group, path: str) -> Any:
    """The values of an array if it is there."""
    try:
        return zarr.open_array(group.store, path=path, mode="r")[...].tolist()
    except FileNotFoundError:
        return None


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize(("old", "new", "array"), [("a", "b", ""), ("g", "p/z", "/h/x")])
def test_interrupted_at_every_call(old: str, new: str, array: str, zarr_format: Any, after: bool) -> None:
    store = Failing()
    root = fill(store, zarr_format)
    zarr.consolidate_metadata(store)
    before, start = content(root), dict(store._store_dict)
    whole = before[f"{old}{array}"][1]
    for n in range(1, 1000):
        store._store_dict = dict(start)
        root = zarr.open_group(store)
        store.left, store.after = n, after
        try:
            root.move(old, new)
        except OSError:
            store.left = None
        else:
            if store.left > 0:
                break
            continue  # the n-th call only reads, and does not raise afterwards
        here, there = values(root, old + array), values(root, new + array)
        assert whole in (here, there)
        assert {json.dumps(v) for v in (here, there)} <= {json.dumps(whole), "null"}, n
        fresh = zarr.open_group(store)
        if store.exists_sync(f"{new}/.zmove") or values(fresh, new + array) is None:
            fresh.move(old, new)
        wanted = renamed(before, old, new)
        if "/" in new:
            wanted[new.partition("/")[0]] = ({}, None)
        assert content(fresh) == wanted, n
        assert old not in fresh
        assert not [key for key in store._store_dict if key.endswith(".zmove")]
        assert not [key for key in store._store_dict if key.startswith(f"{old}/")]
        seen = {path for path, _ in zarr.open_consolidated(store).members(max_depth=None)}
        assert seen == set(wanted), n
    else:
        pytest.fail("the move never came to its end")
    assert n > 20


def interrupted(monkeypatch: pytest.MonkeyPatch, where: str) -> zarr.Group:
    """A group of which the move of ``a`` to ``b`` was interrupted before something is deleted or set."""
    store = MemoryStore()
    root = fill(store)
    with monkeypatch.context() as patch:

        def fail(self: Any, key: str, *args: Any) -> None:
            if key == where:
                raise OSError("interrupted")
            real(self, key, *args)

        method = "set_sync" if where.startswith("b") else "delete_sync"
        real = getattr(MemoryStore, method)
        patch.setattr(MemoryStore, method, fail)
        with pytest.raises(OSError, match="interrupted"):
            root.move("a", "b")
    return root


def test_the_source_may_change_until_it_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    root = interrupted(monkeypatch, "b/zarr.json")
    root["a"].resize((4,))
    root["a"][0] = 99
    root.move("a", "b")
    root["b"].resize((10,))
    assert root["b"][:].tolist() == [99, 1, 2, 3, 0, 0, 0, 0, 0, 0]


def test_two_that_differ_are_both_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    root = interrupted(monkeypatch, "a/zarr.json")
    root["b"][0] = 99
    with pytest.raises(ConflictError, match="differs now"):
        root.move("a", "b")
    assert (root["a"][0], root["b"][0]) == (0, 99)


def test_another_move_to_the_same_place_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    root = interrupted(monkeypatch, "b/zarr.json")
    with pytest.raises(FileExistsError, match="a move of 'a' to here is not finished"):
        root.move("g", "b")
    with pytest.raises(KeyError):
        root.move("b", "c")
    root.move("a", "b")
    assert "g" in root
    assert root["b"][:].tolist() == list(range(10))


def test_moving_what_is_half_moved_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    root = interrupted(monkeypatch, "a/zarr.json")
    with pytest.raises(FileExistsError, match="a move to here is not finished"):
        root.move("b", "c")


def test_half_moved_nodes_are_listed_without_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    root = interrupted(monkeypatch, "a/zarr.json")
    assert sorted(root) == ["a", "b", "g", "g-2"]
    assert list(root["g"]) == ["h"]
