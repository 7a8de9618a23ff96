"""LocalStore: what may stand in place of a file, unfinished writes, links, roots."""

from __future__ import annotations

import os
import pickle
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from zarr.abc.ranges import SuffixByteRequest
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.storage import LocalStore
from zarr.storage import _local as local
from zarr.testing.utils import assert_bytes_equal


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def files(store: LocalStore) -> list[str]:
    return sorted(str(p.relative_to(store.root)) for p in store.root.rglob("*") if not p.is_dir())


# --- a missing key is missing; anything else in its place is an error


async def test_missing_is_none(store: LocalStore) -> None:
    for key in ("k", "a/b/c"):
        assert await store.get(key) is None
    store.root.mkdir()
    assert await store.get("k") is None
    assert await store.get("k", default_buffer_prototype(), SuffixByteRequest(3)) is None


async def test_directory_is_not_missing(store: LocalStore) -> None:
    await store.set("a/b", buffer(b"x"))
    with pytest.raises(IsADirectoryError, match="'a'"):
        await store.get("a")
    with pytest.raises(IsADirectoryError):
        await store.getsize("a")
    assert not await store.exists("a")


async def test_file_as_parent_is_not_missing(store: LocalStore) -> None:
    await store.set("a", buffer(b"x"))
    with pytest.raises(NotADirectoryError):
        await store.get("a/b")
    with pytest.raises(OSError):
        await store.set("a/b", buffer(b"y"))
    with pytest.raises(OSError):
        await store.set("a/b/c", buffer(b"y"))
    assert not await store.exists("a/b")
    await store.delete("a/b")
    assert files(store) == ["a"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
async def test_fifo_is_not_missing_and_does_not_block(store: LocalStore) -> None:
    store.root.mkdir()
    os.mkfifo(store.root / "k")
    with pytest.raises(OSError, match="not a regular file"):
        await store.get("k")
    with pytest.raises(OSError, match="not a regular file"):
        await store.getsize("k")
    assert not await store.exists("k")
    assert [k async for k in store.list()] == []


@pytest.mark.skipif(sys.platform == "win32", reason="no sockets in the file system")
async def test_socket_is_not_missing(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.root.mkdir()
    monkeypatch.chdir(store.root)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind("k")
        with pytest.raises(OSError):
            await store.get("k")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read anything")
async def test_forbidden_is_not_missing(store: LocalStore) -> None:
    await store.set("k", buffer(b"x"))
    (store.root / "k").chmod(0)
    with pytest.raises(PermissionError):
        await store.get("k")


async def test_failing_disk_is_not_missing(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    await store.set("k", buffer(b"x"))
    monkeypatch.setattr(local, "_pread", failing)
    with pytest.raises(OSError, match="disk"):
        await store.get("k")


def failing(*args: Any) -> Any:
    raise OSError(5, "the disk is broken")


async def test_directory_in_place_of_a_key_is_not_overwritten(store: LocalStore) -> None:
    await store.set("a/b", buffer(b"x"))
    for change in (store.set, store.set_if_not_exists):
        with pytest.raises(OSError):
            await change("a", buffer(b"y"))
    await store.delete("a")
    assert files(store) == ["a/b"]


async def test_directories_that_deleted_keys_were_in_are_not_in_the_way(store: LocalStore) -> None:
    for change in (store.set, store.set_if_not_exists):
        for key in ("a/b/c", "a/d"):
            await store.set(key, buffer(b"x"))
            await store.delete(key)
        assert (store.root / "a/b").is_dir()
        await change("a", buffer(b"y"))
        assert files(store) == ["a"]
        await store.delete("a")


async def test_directories_behind_a_link_are_left_alone(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "outside/empty").mkdir(parents=True)
    store.root.mkdir()
    (store.root / "a").symlink_to(tmp_path / "outside")
    with pytest.raises(IsADirectoryError):
        await store.set_if_not_exists("a", buffer(b"y"))
    assert (tmp_path / "outside/empty").is_dir()


# --- a write is whole or did not happen


@pytest.mark.parametrize("step", ["write", "replace", "close"])
@pytest.mark.parametrize("old", [None, b"old"])
async def test_failing_write_leaves_what_was_there(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, step: str, old: bytes | None
) -> None:
    await store.set("a/other", buffer(b"other"))
    if old is not None:
        await store.set("a/k", buffer(old))
    with monkeypatch.context() as patched:
        if step == "close":
            close = os.close

            def close_and_fail(fd: int) -> None:
                close(fd)
                failing()

            patched.setattr(os, "close", close_and_fail)
        else:
            patched.setattr(os, step, failing)
        with pytest.raises(OSError, match="disk"):
            store.set_sync("a/k", buffer(b"new"))
    value = await store.get("a/k")
    assert_bytes_equal(value, old)
    assert files(store) == (["a/k", "a/other"] if old is not None else ["a/other"])


@pytest.mark.parametrize("step", ["write", "link"])
async def test_failing_creation_leaves_nothing(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, step, failing)
        with pytest.raises(OSError, match="disk"):
            store.set_if_not_exists_sync("a/k", buffer(b"new"))
    assert files(store) == []


async def test_creation_where_there_is_one_says_so_whatever_fails(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not looked for first; where nothing can be written, as in a directory for reading alone, it is then."""
    await store.set("k", buffer(b"old"))
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", failing)
        assert store.set_if_not_exists_sync("k", buffer(b"new")) is False
    assert_bytes_equal(await store.get("k"), b"old")
    assert files(store) == ["k"]


@pytest.mark.parametrize("there", [True, False])
def test_creation_looks_for_nothing_first(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    if there:
        store.root.mkdir()
    with monkeypatch.context() as patched:
        for look in ("stat", "lstat"):
            patched.setattr(os, look, failing)
        assert store.set_if_not_exists_sync("k", buffer(b"new")) is True
        assert store.set_if_not_exists_sync("a/b/k", buffer(b"new")) is True
    assert files(store) == ["a/b/k", "k"]


async def test_write_in_pieces_is_whole(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    write, pread = os.write, local._pread
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:7]))
    monkeypatch.setattr(local, "_pread", lambda fd, size, start: pread(fd, min(size, 5), start))
    data = bytes(range(100))
    await store.set("k", buffer(data))
    assert_bytes_equal(await store.get("k"), data)


def test_readers_see_the_old_value_or_the_new(store: LocalStore) -> None:
    values = [bytes([i]) * 50_000 for i in range(3)]
    store.set_sync("k", buffer(values[0]))
    stop = threading.Event()

    def write() -> None:
        i = 0
        while not stop.is_set():
            i += 1
            store.set_sync("k", buffer(values[i % 3]))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(200):
            value = store.get_sync("k")
            assert value is not None
            assert value.to_bytes() in values
            assert list(store.keys_sync()) == ["k"]
    finally:
        stop.set()
        writer.join()
    assert files(store) == ["k"]


def test_writes_and_deletions_of_one_directory_do_not_disturb_each_other(store: LocalStore) -> None:
    errors: list[BaseException] = []
    stop = threading.Event()

    def again_and_again(*calls: Any) -> None:
        while not stop.is_set():
            for method, *args in calls:
                try:
                    method(*args)
                except BaseException as error:
                    errors.append(error)

    value = buffer(b"x" * 100)
    writes = [(store.set_sync, "a/b/c/k", value), (store.set_if_not_exists_sync, "a/b/c/l", value)]
    reads = [(store.get_sync, "a/b/c/k"), (lambda: list(store.keys_sync()),), (store.delete_sync, "a/b/c/k")]
    threads = [
        threading.Thread(target=again_and_again, args=calls)
        for calls in (writes, reads, [(store.delete_dir_sync, "a")], [(store.delete_dir_sync, "")])
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    store.set_sync("a/b/c/k", value)
    store.delete_dir_sync("")
    assert files(store) == []


async def test_directory_that_is_gone_before_it_is_looked_at(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meets_a_directory(path: str) -> None:
        raise IsADirectoryError(21, "Is a directory")

    await store.set("a", buffer(b"x"))
    monkeypatch.setattr(os, "unlink", meets_a_directory)
    await store.delete("k")


async def test_creation_where_there_are_no_hard_links(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    await store.set_if_not_exists("k", buffer(b"first"))
    await store.set_if_not_exists("k", buffer(b"second"))
    assert_bytes_equal(await store.get("k"), b"first")
    assert files(store) == ["k"]


# --- unfinished writes are not keys

LEFTOVERS = ["__zt.abc", f"k.{'0a' * 16}.partial", "k.__lock"]


@pytest.mark.parametrize("name", LEFTOVERS)
async def test_leftovers_of_writes_are_not_listed(store: LocalStore, name: str) -> None:
    await store.set("a/k", buffer(b"x"))
    (store.root / "a" / name).write_bytes(b"leftover")
    assert [k async for k in store.list()] == ["a/k"]
    assert [k async for k in store.list_prefix("a")] == ["a/k"]
    assert [k async for k in store.list_dir("a")] == ["k"]
    assert await store.getsize_prefix("a") == 1
    await store.delete("a/k")
    assert await store.is_empty("a")
    await store.delete_dir("a")
    assert not (store.root / "a").exists()


@pytest.mark.parametrize("name", ["x__zt.", "__zt", "k.partial", "k.0a.partial", "__lock", "k.__lock.2"])
async def test_names_that_only_look_like_it_are_keys(store: LocalStore, name: str) -> None:
    await store.set(name, buffer(b"x"))
    assert [k async for k in store.list()] == [name]


# --- links


@pytest.fixture
def linked(store: LocalStore, tmp_path: Path) -> LocalStore:
    """A store with links to a file and to a directory outside it."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "k").write_bytes(b"elsewhere")
    store.root.mkdir()
    try:
        (store.root / "dir").symlink_to(tmp_path / "elsewhere")
        (store.root / "file").symlink_to(tmp_path / "elsewhere" / "k")
    except OSError:
        pytest.skip("no links here")
    return store


async def test_links_are_followed_to_read(linked: LocalStore) -> None:
    assert_bytes_equal(await linked.get("dir/k"), b"elsewhere")
    assert_bytes_equal(await linked.get("file"), b"elsewhere")
    assert sorted([k async for k in linked.list()]) == ["dir/k", "file"]


@pytest.mark.parametrize("prefix", ["", "dir"])
async def test_what_links_lead_to_is_not_deleted(linked: LocalStore, tmp_path: Path, prefix: str) -> None:
    await linked.delete_dir(prefix)
    await linked.delete("file")
    assert (tmp_path / "elsewhere" / "k").read_bytes() == b"elsewhere"
    assert await linked.is_empty(prefix)


async def test_link_to_a_file_is_replaced_not_followed(linked: LocalStore, tmp_path: Path) -> None:
    await linked.set("file", buffer(b"new"))
    assert_bytes_equal(await linked.get("file"), b"new")
    assert (tmp_path / "elsewhere" / "k").read_bytes() == b"elsewhere"


async def test_link_that_leads_nowhere_is_not_missing(store: LocalStore, tmp_path: Path) -> None:
    """It leads to a disk that is not mounted, say: a fill value in its place would be wrong data."""
    store.root.mkdir()
    for name in ("k", "dir"):
        (store.root / name).symlink_to(tmp_path / "nowhere")
    for key in ("k", "dir/k", "dir/dir/k"):
        with pytest.raises(OSError, match="a link leads nowhere") as caught:
            await store.get(key)
        assert not isinstance(caught.value, FileNotFoundError)
        assert not await store.exists(key)
    assert [k async for k in store.list()] == []
    assert await store.getsize_prefix("") == 0


async def test_links_that_lead_round_in_a_circle_are_not_followed_for_ever(store: LocalStore) -> None:
    for key in ("a/k", "b/k", "a/c/k"):
        await store.set(key, buffer(b"x"))
    for link, target in (("a/up", "."), ("a/c/top", "."), ("b/to-a", "a"), ("a/to-b", "b")):
        (store.root / link).symlink_to(store.root / target)
    found = [k async for k in store.list()]
    assert len(set(found)) == len(found) < 20
    assert {"a/k", "b/k", "a/c/k", "b/to-a/k", "a/to-b/k"} <= set(found)
    await store.clear()
    assert not list(store.root.iterdir())


async def test_delete_dir_leaves_a_key_of_that_name(store: LocalStore) -> None:
    await store.set("a", buffer(b"x"))
    await store.delete_dir("a")
    assert files(store) == ["a"]


# --- the root


async def test_root_is_made_by_the_first_write(tmp_path: Path) -> None:
    store = await LocalStore.open(tmp_path / "a" / "b")
    assert await store.is_empty("")
    assert [k async for k in store.list_dir("")] == []
    await store.clear()
    await store.delete_dir("x")
    await store.delete("x")
    assert not (tmp_path / "a").exists()
    await store.set("k", buffer(b"x"))
    assert (tmp_path / "a" / "b" / "k").read_bytes() == b"x"


async def test_reader_of_a_directory_that_is_not_there(tmp_path: Path) -> None:
    for kwargs in ({"read_only": True}, {"mode": "r"}):
        with pytest.raises(FileNotFoundError, match="does not exist"):
            await LocalStore.open(tmp_path / "nowhere", **kwargs)  # type: ignore[arg-type]
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("root", [b"path", 1, None])
def test_root_is_a_path(root: Any) -> None:
    with pytest.raises(TypeError, match="'root' must be a string or Path instance"):
        LocalStore(root)


async def test_relative_root_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = LocalStore("here")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    await store.set("k", buffer(b"x"))
    assert (tmp_path / "here" / "k").exists()


async def test_move(store: LocalStore, tmp_path: Path) -> None:
    await store.set("a/k", buffer(b"x"))
    target = tmp_path / "new" / "place"
    await store.move(str(target))
    assert store.root == target
    assert_bytes_equal(await store.get("a/k"), b"x")
    assert not (tmp_path / "store").exists()
    (tmp_path / "taken").mkdir()
    with pytest.raises(FileExistsError, match="already exists"):
        await store.move(tmp_path / "taken")
    assert_bytes_equal(await store.get("a/k"), b"x")


async def test_pickled_store_is_the_same_place(store: LocalStore) -> None:
    await store.set("k", buffer(b"x"))
    again = pickle.loads(pickle.dumps(store))
    assert_bytes_equal(await again.get("k"), b"x")
    assert again._lock_scope == store._lock_scope


async def test_stores_of_one_directory_are_equal(store: LocalStore, tmp_path: Path) -> None:
    assert store == LocalStore(str(store.root))
    assert store != LocalStore(tmp_path)
    assert store != store.with_read_only(True)
    assert store != str(store.root)


def test_a_directory_is_deleted_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interruption leaves nothing of it that has a name, and nothing that is listed."""
    store = LocalStore(tmp_path)
    for key in ("a/zarr.json", "a/c/0", "a/x/c/1", "ab"):
        store.set_sync(key, cpu.Buffer.from_bytes(b"1"))

    def interrupted(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.delete_dir_sync("a")
    assert list(store.keys_sync()) == list(store.list_dir_sync("")) == ["ab"]
    assert not (tmp_path / "a").exists()


def test_a_directory_is_renamed_at_once(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.set_sync("a/c/0", cpu.Buffer.from_bytes(b"1"))
    store.set_sync("taken/k", cpu.Buffer.from_bytes(b"2"))
    (tmp_path / "empty").mkdir()
    assert store._rename_dir_sync("a", "p/q") is True
    assert store._rename_dir_sync("p/q", "empty") is True
    assert sorted(store.keys_sync()) == ["empty/c/0", "taken/k"]
    with pytest.raises(FileExistsError, match="something at 'taken'"):
        store._rename_dir_sync("empty", "taken")
    with pytest.raises(ValueError, match="read-only"):
        LocalStore(tmp_path, read_only=True)._rename_dir_sync("empty", "x")
    with pytest.raises(ValueError, match="no key of a store"):
        store._rename_dir_sync("empty", "../x")
    assert sorted(store.keys_sync()) == ["empty/c/0", "taken/k"]


def test_directories_below_a_link_that_leads_nowhere_are_given_up_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    made: list[str] = []
    mkdir = os.mkdir
    monkeypatch.setattr(os, "mkdir", lambda path: (made.append(path), mkdir(path))[1])
    assert not local._make_directory(str(tmp_path / "link" / "a/b/c/d/e/f/g/h"))
    assert len(made) == 9


def test_a_directory_that_is_deleted_meanwhile_is_no_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert local._is_directory(str(tmp_path))
    assert not local._is_directory(str(tmp_path / "gone"))
    with pytest.raises(NotADirectoryError, match="in the way"):
        local._make_directory(str(tmp_path / "file"))


def test_writes_beside_deletions_of_their_directory(tmp_path: Path) -> None:
    store, value = LocalStore(tmp_path), cpu.Buffer.from_bytes(b"x")
    errors: list[Exception] = []

    def write(key: str) -> None:
        try:
            for _ in range(300):
                store.set_sync(f"p/q/r/{key}", value)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(key,)) for key in "abc"]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        store.delete_dir_sync("p")
    assert errors == []
