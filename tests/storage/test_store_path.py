"""StorePath, and the stores that users mean by what they give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from zarr.abc.store import RangeByteRequest, Store, SupportsSyncStore
from zarr.core import run
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.storage import LocalStore, MemoryStore, StorePath, make_store_path
from zarr.testing.utils import assert_bytes_equal


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


async def filled(store: Store) -> Store:
    for key in ("other", "a/k", "a/b/k", "ab/k"):
        await store.set(key, buffer(key.encode()))
    return store


async def keys(store: Store) -> list[str]:
    return sorted([key async for key in store.list()])


ALL = ["a/b/k", "a/k", "ab/k", "other"]

# --- opening


@pytest.mark.parametrize("mode", [None, "r", "r+", "a"])
async def test_modes_that_change_nothing(any_store: Store, mode: Any) -> None:
    store = await filled(any_store)
    path = await StorePath.open(store, "a", mode)
    assert path.path == "a"
    assert path.read_only == (mode == "r")
    assert await keys(store) == ALL
    if mode == "r":
        with pytest.raises(ValueError, match="read-only"):
            await (path / "k").set(buffer(b"x"))
        assert not store.read_only
    else:
        assert path.store is store
        assert store._is_open


async def test_mode_w_deletes_what_is_below(any_store: Store) -> None:
    store = await filled(any_store)
    await StorePath.open(store, "a", "w")
    assert await keys(store) == ["ab/k", "other"]
    await StorePath.open(store, "", "w")
    assert await keys(store) == []


async def test_mode_w_minus_refuses_what_is_there(any_store: Store) -> None:
    store = await filled(any_store)
    with pytest.raises(FileExistsError, match=r"/a\b"):
        await StorePath.open(store, "a", "w-")
    with pytest.raises(FileExistsError):
        await StorePath.open(store, "", "w-")
    assert await keys(store) == ALL
    assert (await StorePath.open(store, "new", "w-")).path == "new"


@pytest.mark.parametrize("mode", ["r+", "a", "w", "w-"])
async def test_modes_that_write_refuse_a_read_only_store(any_store: Store, mode: Any) -> None:
    store = (await filled(any_store)).with_read_only(True)
    with pytest.raises(ValueError, match=f"Store is read-only but mode is '{mode.replace('+', '.')}'"):
        await StorePath.open(store, "new", mode)
    assert await keys(store) == ALL


@pytest.mark.parametrize("mode", ["x", "", "rw", "R", 3])
async def test_other_modes_are_refused(any_store: Store, mode: Any) -> None:
    with pytest.raises(ValueError, match="Invalid mode"):
        await StorePath.open(any_store, "", mode)


async def test_mode_r_of_a_store_that_cannot_change_its_mode() -> None:
    class Fixed(MemoryStore):
        def with_read_only(self, read_only: bool = False) -> MemoryStore:
            raise NotImplementedError

    with pytest.raises(ValueError, match="Store is not read-only but mode is 'r'"):
        await StorePath.open(Fixed(), "", "r")
    assert (await StorePath.open(Fixed(read_only=True), "", "r")).read_only


def test_opening_is_driven_from_blocking_code(any_store: Store) -> None:
    path = run.run(StorePath.open(any_store, "a", "w"))
    run.run((path / "k").set(buffer(b"x")))
    assert_bytes_equal(run.run((path / "k").get()), b"x")


# --- values


async def test_value_of_a_path(any_store: Store) -> None:
    path = StorePath(any_store, "a/k")
    assert await path.get() is None
    assert not await path.exists()
    await path.set(buffer(b"value"))
    assert await path.exists()
    assert_bytes_equal(await path.get(default_buffer_prototype(), RangeByteRequest(1, 3)), b"al")
    await path.set_if_not_exists(buffer(b"other"))
    assert_bytes_equal(await path.get(), b"value")
    assert not await StorePath(any_store, "a").is_empty()
    assert await StorePath(any_store, "b").is_empty()
    await path.delete()
    assert await path.get() is None
    await (StorePath(any_store, "a") / "b/k").set(buffer(b""))
    await StorePath(any_store, "a").delete_dir()
    assert await keys(any_store) == []


async def test_blocking_access(any_store: Store) -> None:
    path = StorePath(any_store, "a/k")
    if not isinstance(any_store, SupportsSyncStore):
        with pytest.raises(TypeError, match="has no blocking methods"):
            path.get_sync()
        return
    path.set_sync(buffer(b"value"))
    assert_bytes_equal(path.get_sync(byte_range=RangeByteRequest(0, 2)), b"va")
    path.delete_sync()
    assert path.get_sync(prototype=default_buffer_prototype()) is None


def test_blocking_access_where_there_is_none() -> None:
    class Waits(Store):
        pass

    Waits.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]
    path = StorePath(Waits(), "k")  # type: ignore[abstract]
    for call in (path.get_sync, path.delete_sync, lambda: path.set_sync(buffer(b""))):
        with pytest.raises(TypeError, match="Waits"):
            call()


@pytest.mark.parametrize("document", [{}, {"a": [1, None, "ü"]}, [], 3, "text"])
async def test_json(any_store: Store, document: Any) -> None:
    path = StorePath(any_store, "zarr.json")
    assert await path.get_json() is None
    await path.set(buffer(json.dumps(document).encode()))
    assert await path.get_json() == document
    await path.set(buffer(b'{"a": 1} and more'))
    assert await path.get_json(byte_range=RangeByteRequest(0, 8)) == {"a": 1}
    with pytest.raises(json.JSONDecodeError):
        await path.get_json()


# --- names


@pytest.mark.parametrize(
    ("given", "path"),
    [("", ""), ("/", ""), ("a", "a"), ("/a/b/", "a/b"), ("a//b", "a/b"), ("a\\b", "a/b"), (" a ", " a ")],
)
def test_path_is_normalised(given: str, path: str) -> None:
    assert StorePath(MemoryStore(), given).path == path


@pytest.mark.parametrize("wrong", ["..", "a/../b", ".", "./a", "a/..", "__zt.a", "a/__zt.b", "a\x00"])
def test_path_that_leads_elsewhere_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="is invalid"):
        StorePath(MemoryStore(), wrong)


def test_joining() -> None:
    root = StorePath(MemoryStore())
    assert (root / "a" / "b/c").path == "a/b/c"
    assert (root / "a" / "").path == "a"
    with pytest.raises(ValueError):
        root / "a" / ".."


def test_text_of_a_path(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    assert str(StorePath(store, "a/b")) == f"file://{tmp_path.as_posix()}/a/b"
    assert repr(StorePath(store, "a/b")) == f"StorePath(LocalStore, 'file://{tmp_path.as_posix()}/a/b')"
    assert str(StorePath(store)) == f"file://{tmp_path.as_posix()}"
    memory = MemoryStore()
    assert repr(StorePath(memory, "a")) == f"StorePath(MemoryStore, '{memory}/a')"


def test_paths_are_equal_by_store_and_path(tmp_path: Path) -> None:
    assert StorePath(LocalStore(tmp_path), "a") == StorePath(LocalStore(tmp_path), "/a/")
    assert StorePath(LocalStore(tmp_path), "a") != StorePath(LocalStore(tmp_path), "b")
    assert StorePath(LocalStore(tmp_path), "a") != StorePath(MemoryStore(), "a")
    assert StorePath(MemoryStore(), "a") != "a"


# --- whatever a user gives


async def test_store_and_path_as_they_are(any_store: Store) -> None:
    assert (await make_store_path(any_store)).store is any_store
    path = await make_store_path(any_store, path="/a/b")
    assert path.path == "a/b"
    below = await make_store_path(path, path="c/")
    assert below.store is any_store
    assert below.path == "a/b/c"
    assert (await make_store_path(path)) == path
    assert (await make_store_path(any_store, path=None)).path == ""


@pytest.mark.parametrize("spell", [str, Path, lambda p: p.as_uri()], ids=["str", "Path", "file-url"])
async def test_directory(tmp_path: Path, spell: Any) -> None:
    path = await make_store_path(spell(tmp_path / "new"), path="a")
    assert isinstance(path.store, LocalStore)
    assert path.store.root == tmp_path / "new"
    assert path.path == "a"
    await (path / "k").set(buffer(b"x"))
    assert (tmp_path / "new" / "a" / "k").read_bytes() == b"x"
    reader = await make_store_path(spell(tmp_path / "new"), mode="r")
    assert reader.read_only


@pytest.mark.parametrize("mode", ["r", "r+"])
async def test_directory_that_is_to_be_there(tmp_path: Path, mode: Any) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist"):
        await make_store_path(tmp_path / "nowhere", mode=mode)
    assert not (tmp_path / "nowhere").exists()


async def test_dict() -> None:
    content = {"a/k": buffer(b"x")}
    path = await make_store_path(content, path="a")  # type: ignore[arg-type]
    assert isinstance(path.store, MemoryStore)
    assert_bytes_equal(await (path / "k").get(), b"x")
    assert (await make_store_path(content, mode="r")).read_only  # type: ignore[arg-type]


async def test_none_is_a_new_store_in_memory() -> None:
    one, two = await make_store_path(None), await make_store_path(None)
    assert isinstance(one.store, MemoryStore)
    await (one / "k").set(buffer(b"x"))
    assert not await (two / "k").exists()


@pytest.mark.parametrize("wrong", [1, 1.5, b"path", ["path"], object(), {"a", "b"}])
async def test_anything_else_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="Unsupported type for store_like"):
        await make_store_path(wrong)


async def test_url_of_unknown_scheme_is_refused() -> None:
    with pytest.raises((ValueError, ImportError)):
        await make_store_path("nonsense-scheme://a/b")


@pytest.mark.parametrize("kind", ["path", "dict", "none", "store", "store-path"])
async def test_storage_options_are_for_urls(tmp_path: Path, kind: str) -> None:
    store = MemoryStore()
    like: dict[str, Any] = {
        "path": tmp_path,
        "dict": {},
        "none": None,
        "store": store,
        "store-path": StorePath(store, "a"),
    }
    with pytest.raises(TypeError, match="'storage_options' was provided but"):
        await make_store_path(like[kind], storage_options={"anon": True})
    await make_store_path(like[kind], storage_options={})


@pytest.mark.parametrize("path", ["..", "a/../b", "./a"])
async def test_path_in_a_store_leads_nowhere_else(tmp_path: Path, path: str) -> None:
    for like in (tmp_path, None, StorePath(MemoryStore(), "a")):
        with pytest.raises(ValueError, match="is invalid"):
            await make_store_path(like, path=path)


@pytest.mark.parametrize("mode", ["w", "w-", "a"])
async def test_modes_prepare_the_location(any_store: Store, mode: Any) -> None:
    store = await filled(any_store)
    if mode == "w-":
        with pytest.raises(FileExistsError):
            await make_store_path(store, path="a", mode=mode)
    else:
        await make_store_path(store, path="a", mode=mode)
    assert await keys(store) == (["ab/k", "other"] if mode == "w" else ALL)
