"""Deleting nodes: nothing of anybody else's, and in an order that an interruption does not make misleading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import zarr
from zarr.core import run
from zarr.core.buffer import default_buffer_prototype
from zarr.core.metadata.deleting import delete_all, delete_node, foreign_key
from zarr.storage import LocalStore, MemoryStore
from zarr.storage._common import StorePath
from zarr.testing.store import LatencyStore


class Recording(MemoryStore):
    """A store that tells what was deleted, and how often its keys were listed."""

    def __init__(self) -> None:
        super().__init__()
        self.deleted: list[str] = []
        self.listed = 0

    def delete_sync(self, key: str) -> None:
        self.deleted.append(key)
        super().delete_sync(key)

    def delete_dir_sync(self, prefix: str) -> None:
        self.deleted.append(f"{prefix}/*")
        super().delete_dir_sync(prefix)

    def list_prefix_sync(self, prefix: str) -> Any:
        self.listed += 1
        return super().list_prefix_sync(prefix)


STORES: dict[str, Any] = {
    "memory": lambda _: MemoryStore(),
    "local": LocalStore,
    "waiting": lambda _: LatencyStore(MemoryStore()),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return STORES[request.param](tmp_path / "store")


@run.blocking
async def put(store: Any, *keys: str) -> None:
    await run.settle(store)
    for key in keys:
        await store.set(key, default_buffer_prototype().buffer.from_bytes(b"mine"))


@run.blocking
async def keys_of(store: Any) -> list[str]:
    await run.settle(store)
    return sorted([key async for key in store.list()])


def fill(store: Any, zarr_format: Any) -> zarr.Group:
    root = zarr.create_group(store, zarr_format=zarr_format)
    root.create_group("g", attributes={"a": 1}).create_array("h/x", shape=(4,), dtype="i4", chunks=(2,))[
        :
    ] = 1
    return root


FOREIGN = ["g/notes.txt", "g/h/deep/er/notes.txt", "g/c/notes.txt", "g/0", "g/h/5"]


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("key", FOREIGN)
def test_what_holds_files_of_others_is_not_deleted(store: Any, zarr_format: Any, key: str) -> None:
    root = fill(store, zarr_format)
    put(store, key)
    before = keys_of(store)
    with pytest.raises(
        FileExistsError, match=f"holds '{key[2:]}', which is not of Zarr; nothing was deleted"
    ):
        del root["g"]
    assert keys_of(store) == before
    assert root["g/h/x"][:].tolist() == [1] * 4
    del root["g/h/x"]  # what has nothing of others in it goes
    assert not [k for k in keys_of(store) if k.startswith("g/h/x")]


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_what_is_of_zarr_or_of_the_system_is_deleted(store: Any, zarr_format: Any) -> None:
    root = fill(store, zarr_format)
    put(
        store,
        "g/.DS_Store",
        "g/h/._x",
        "g/h/x/Thumbs.db",
        "g/gone/c/0/1",
        "g/gone/0.1",
        "g/.zmove",
        "g/h/x/notes",
    )
    del root["g"]
    assert [key for key in keys_of(store) if key.startswith("g/")] == []
    assert zarr.open_group(store).metadata.zarr_format == zarr_format


@pytest.mark.parametrize("key", ["", "/", "//"])
def test_a_group_is_not_deleted_through_itself(key: str) -> None:
    root = fill(MemoryStore(), 3)
    before = keys_of(root.store)
    for group in (root, root["g"]):
        with pytest.raises(KeyError, match="is the group itself"):
            del group[key]  # type: ignore[union-attr]
    assert keys_of(root.store) == before


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_documents_go_first_and_the_own_before_those_below(zarr_format: Any) -> None:
    store = Recording()
    root = fill(store, zarr_format)
    store.deleted.clear()
    store.listed = 0
    del root["g"]
    own = {f"g/{name}" for name in ("zarr.json", ".zarray", ".zgroup")}
    assert set(store.deleted[:3]) == own
    assert {key.rpartition("/")[0] for key in store.deleted[3:5]} == {"g/h", "g/h/x"}
    assert "g/*" in store.deleted
    assert store.listed <= 2  # once to look, once to delete


def test_all_is_deleted_of_what_is_elsewhere(store: Any) -> None:
    fill(store, 3)
    put(store, "g/notes.txt")
    run.run(delete_all(StorePath(store, "g")))
    assert keys_of(store) == ["zarr.json"]


def test_a_store_that_cannot_delete(monkeypatch: pytest.MonkeyPatch) -> None:
    root = fill(MemoryStore(), 3)
    before = keys_of(root.store)
    with monkeypatch.context() as patch:
        patch.setattr(MemoryStore, "supports_deletes", False)
        with pytest.raises(ValueError, match="the store cannot delete"):
            del root["g"]
    assert keys_of(root.store) == before


def test_a_store_that_cannot_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows what is there: the node's own documents go, and what the store finds below."""
    root = fill(MemoryStore(), 3)
    with monkeypatch.context() as patch:
        patch.setattr(MemoryStore, "supports_listing", False)
        run.run(delete_node(StorePath(root.store, "g")))
    assert keys_of(root.store) == ["zarr.json"]


def test_a_damaged_document_makes_no_array() -> None:
    store = MemoryStore()
    put(store, "a/zarr.json", "a/notes.txt")
    assert run.run(foreign_key(StorePath(store, "a"))) == "notes.txt"
    assert run.run(foreign_key(StorePath(store))) == "a/notes.txt"
    put(store, "b/zarr.json")
    assert run.run(foreign_key(StorePath(store, "b"))) is None
