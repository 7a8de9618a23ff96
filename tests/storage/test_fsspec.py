"""FsspecStore: the exported suite, what a missing key is, retries, listings, loops, threads and forks."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import re
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec
import numpy as np
import pytest
from dictionary_filesystem import Dictionary, dictionary_store
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
from fsspec.implementations.dirfs import DirFileSystem

import zarr
from zarr.abc.buffer import Buffer
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.core.sync import sync
from zarr.errors import ZarrUserWarning
from zarr.storage import FsspecStore, RemoteStore, _retry
from zarr.testing.store import StoreTests
from zarr.testing.utils import assert_bytes_equal


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


class FsspecTests(StoreTests[FsspecStore, cpu.Buffer]):
    store_cls = FsspecStore
    buffer_cls = cpu.Buffer

    async def set(self, store: FsspecStore, key: str, value: Buffer) -> None:
        path = f"{store.path}/{key}"
        store.fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        store.fs.pipe_file(path, value.to_bytes())

    async def get(self, store: FsspecStore, key: str) -> Buffer:
        return self.buffer_cls.from_bytes(store.fs.cat_file(f"{store.path}/{key}"))

    def test_store_repr(self, store: FsspecStore) -> None:
        assert repr(store) == str(store) == f"<FsspecStore({type(store.fs).__name__}, {store.path})>"

    def test_store_supports_writes(self, store: FsspecStore) -> None:
        assert store.supports_writes
        assert store.supports_deletes

    def test_store_supports_listing(self, store: FsspecStore) -> None:
        assert store.supports_listing


class TestMemoryFilesystem(FsspecTests):
    @pytest.fixture
    def store_kwargs(self) -> dict[str, Any]:
        return {"fs": fsspec.filesystem("memory"), "path": f"/{uuid4()}"}


class TestLocalFilesystem(FsspecTests):
    @pytest.fixture
    def store_kwargs(self, tmp_path: Path) -> dict[str, Any]:
        return {"fs": fsspec.filesystem("file"), "path": str(tmp_path)}


class TestFilesystemWithCoroutines(FsspecTests):
    @pytest.fixture
    def store_kwargs(self) -> dict[str, Any]:
        return {"fs": Dictionary({}, asynchronous=True), "path": "root"}

    async def set(self, store: FsspecStore, key: str, value: Buffer) -> None:
        store.fs.files[f"root/{key}"] = value.to_bytes()

    async def get(self, store: FsspecStore, key: str) -> Buffer:
        return self.buffer_cls.from_bytes(store.fs.files[f"root/{key}"])

    async def test_serializable_store(self, store: FsspecStore) -> None:
        """The dict is copied with the store, so the copy has its own."""
        again = pickle.loads(pickle.dumps(store))
        assert (again.path, again.read_only) == (store.path, store.read_only)
        await again.set("foo", self._buffer(b"\x00"))
        assert_bytes_equal(await again.get("foo", default_buffer_prototype()), b"\x00")


# --- how it is made


def test_remote_store_is_the_older_name() -> None:
    assert RemoteStore is FsspecStore


@pytest.mark.parametrize("wrong", ["memory", None, {}])
def test_what_is_no_filesystem_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="must be a filesystem of fsspec"):
        FsspecStore(wrong)


def test_path_with_a_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("path argument to FsspecStore must not include scheme")):
        FsspecStore(fsspec.filesystem("memory"), path="memory://x")


def test_filesystem_on_the_loop_of_fsspec_warns_and_works() -> None:
    fs = Dictionary()
    with pytest.warns(ZarrUserWarning, match="was not created with `asynchronous=True`"):
        store = FsspecStore(fs, path="root")
    sync(store.set("k", buffer(b"x")))
    assert fs.home is fs.loop

    async def on_a_loop_of_mine() -> bytes:
        value = await store.get("k")
        assert value is not None
        return value.to_bytes()

    assert asyncio.run(on_a_loop_of_mine()) == asyncio.run(on_a_loop_of_mine()) == b"x"


def test_made_of_urls_mappers_and_paths(tmp_path: Path) -> None:
    upath = pytest.importorskip("upath")
    name = f"/{uuid4()}"
    one = FsspecStore.from_url(f"memory:/{name}/x/", read_only=True)
    two = FsspecStore.from_mapper(fsspec.get_mapper(f"memory:/{name}/x"), read_only=True)
    three = FsspecStore.from_upath(upath.UPath(f"memory:/{name}/x"), read_only=True)
    assert one == two == three
    assert repr(one) == f"<FsspecStore(MemoryFileSystem, {name}/x)>"
    assert one.read_only
    assert one != one.with_read_only(False)
    assert one != FsspecStore.from_url(f"memory:/{name}/y", read_only=True)
    cached = FsspecStore.from_url(
        f"simplecache::memory:/{name}/x", {"simplecache": {"cache_storage": str(tmp_path)}}
    )
    sync(one.with_read_only(False).set("k", buffer(b"x")))
    assert_bytes_equal(sync(cached.get("k")), b"x")


def test_wrapped_filesystem_is_unwrapped() -> None:
    wrapper = pytest.importorskip("fsspec.implementations.asyn_wrapper").AsyncFileSystemWrapper
    store = FsspecStore(wrapper(fsspec.filesystem("memory"), asynchronous=True), path=f"/{uuid4()}")
    sync(store.set("a/k", buffer(b"x")))
    assert sync(store.getsize("a/k")) == 1


def test_pickled_store_reaches_the_same_data() -> None:
    store = FsspecStore(fsspec.filesystem("memory"), path=f"/{uuid4()}", concurrency=3)
    sync(store.set("k", buffer(b"x")))
    again = pickle.loads(pickle.dumps(store))
    assert again == store
    assert again._lock_scope == store._lock_scope
    assert_bytes_equal(sync(again.get("k")), b"x")


# --- what a missing key is


@pytest.mark.parametrize(
    "error",
    [
        PermissionError("403"),
        IsADirectoryError("dir"),
        NotADirectoryError("dir"),
        OSError(5, "Input/output error"),
        ValueError("odd"),
        KeyError("k"),
    ],
)
async def test_other_errors_are_raised_and_say_of_what(error: Exception) -> None:
    fs, store = dictionary_store()
    await store.set("a/k", buffer(b"x"))
    for request in (store.get, store.exists, store.getsize, store.delete):
        fs.failures = [error] if request != store.delete else [error, FileNotFoundError()]
        with pytest.raises(type(error)) as caught:
            await request("a/k")
        told = str(caught.value) + "".join(getattr(caught.value, "__notes__", ()))
        assert "'a/k'" in told
        assert "<FsspecStore(Dictionary, root)>" in told


def test_no_error_becomes_a_fill_value() -> None:
    fs, store = dictionary_store()
    array = zarr.create_array(store, data=np.ones(10, "i4"), chunks=5, fill_value=7)
    assert (array[:] == 1).all()
    for error in (PermissionError("403"), IsADirectoryError(21, "x"), TimeoutError(), OSError(5, "x")):
        fs.failures = [error] * 20
        with pytest.raises(type(error)), zarr.config.set({"storage.retries.attempts": 1}):
            array[:]
    fs.failures = []
    del fs.files["root/c/0"]
    assert array[:].tolist() == [7] * 5 + [1] * 5


def test_a_directory_where_a_chunk_should_be_is_an_error(tmp_path: Path) -> None:
    store = FsspecStore(fsspec.filesystem("file"), path=str(tmp_path))
    array = zarr.create_array(store, shape=3, dtype="i4", chunks=3)
    (tmp_path / "c" / "0").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        array[:]
    sync(store.delete("c/0"))  # there is no such key
    assert (tmp_path / "c" / "0").is_dir()


async def test_refused_permission_counts_as_missing_where_it_is_allowed() -> None:
    fs, store = dictionary_store()
    fs.failures = [PermissionError("403")]
    with pytest.raises(PermissionError, match="allowed_exceptions"):
        await store.get("k")
    lenient = FsspecStore(fs, path="root", allowed_exceptions=(FileNotFoundError, PermissionError))
    fs.failures = [PermissionError("403")]
    assert await lenient.get("k") is None


async def test_missing_bucket_is_no_missing_key() -> None:
    fs, store = dictionary_store()
    cause = RuntimeError()
    cause.response = {"Error": {"Code": "NoSuchBucket"}}  # type: ignore[attr-defined]
    error = FileNotFoundError("no bucket")
    error.__cause__ = cause
    for request in (store.get, store.exists, store.delete, store.is_empty, store.getsize_prefix):
        fs.failures = [error]
        with pytest.raises(FileNotFoundError, match="no bucket"):
            await request("k")
    fs.failures = [error]
    with pytest.raises(FileNotFoundError, match="no bucket"):
        [name async for name in store.list_dir("")]


async def test_more_bytes_than_asked_for_are_an_error() -> None:
    class Ignorant(Dictionary):
        async def _cat_file(self, path: str, start: Any = None, end: Any = None, **kwargs: Any) -> bytes:
            return self._value(path)

    store = FsspecStore(Ignorant({"root/k": b"0123456789"}, asynchronous=True), path="root")
    with pytest.raises(ConnectionError, match="10 bytes came"):
        await store.get("k", default_buffer_prototype(), RangeByteRequest(2, 4))


@pytest.mark.parametrize(
    ("error", "expected"),
    [(OSError("416 Range Not Satisfiable"), b""), (OSError("range refused"), b"")],
)
async def test_range_behind_the_end_is_empty_where_the_server_refuses_it(
    error: Exception, expected: bytes
) -> None:
    fs, store = dictionary_store()
    await store.set("k", buffer(b"0123"))
    await store.set("empty", buffer(b""))
    for key, byte_range in (
        ("k", RangeByteRequest(9, 12)),
        ("k", OffsetByteRequest(4)),
        ("empty", SuffixByteRequest(2)),
    ):
        fs.failures = [error]
        assert_bytes_equal(await store.get(key, default_buffer_prototype(), byte_range), expected)
    fs.failures = [error]
    with pytest.raises(OSError, match="416|refused"):
        await store.get("k", default_buffer_prototype(), RangeByteRequest(1, 3))
    fs.failures = [error]
    assert await store.get("none", default_buffer_prototype(), RangeByteRequest(1, 3)) is None


# --- retries


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, without any time passing."""
    made: list[float] = []

    async def sleep(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr(_retry, "sleep", sleep)
    return made


async def test_passing_failures_are_tried_again(pauses: list[float]) -> None:
    fs, store = dictionary_store()
    fs.failures = [ConnectionResetError("reset"), TimeoutError()]
    await store.set("k", buffer(b"x"))
    fs.failures = [TimeoutError(), ConnectionResetError(104, "reset")]
    assert_bytes_equal(await store.get("k"), b"x")
    fs.failures = [TimeoutError()]
    await store.delete("k")
    fs.failures = [TimeoutError()]
    assert not await store.exists("k")
    assert len(pauses) == 6


async def test_the_last_error_tells_how_often_it_was_tried(pauses: list[float]) -> None:
    fs, store = dictionary_store()
    fs.failures = [ConnectionResetError(104, "reset")] * 9
    with (
        pytest.raises(ConnectionResetError, match=r"get 'a/k' of <Fsspec.*sent 3 times.*reset") as caught,
        zarr.config.set({"storage.retries.attempts": 3}),
    ):
        await store.get("a/k")
    assert isinstance(caught.value.__cause__, ConnectionResetError)
    assert len(fs.asked) == 3


async def test_creating_is_not_tried_again(pauses: list[float]) -> None:
    fs, store = dictionary_store()
    fs.failures = [TimeoutError("slow")]
    with pytest.raises(TimeoutError, match="slow"):
        await store.set_if_not_exists("k", buffer(b"x"))
    assert not pauses


@pytest.mark.parametrize("protocol", ["s3", ("gs", "gcs"), "abfs"])
async def test_filesystems_that_try_again_themselves_are_left_to_it(
    protocol: Any, pauses: list[float]
) -> None:
    fs, store = dictionary_store()
    fs.__dict__["protocol"] = protocol
    fs.failures = [TimeoutError("slow")]
    with pytest.raises(TimeoutError):
        await store.get("k")
    assert not pauses


# --- creating


async def test_filesystem_that_cannot_create_looks_first() -> None:
    class Older(Dictionary):
        async def _pipe_file(self, path: str, value: bytes) -> None:  # type: ignore[override]
            await super()._pipe_file(path, value)

    store = FsspecStore(Older(asynchronous=True), path="root")
    assert await store.set_if_not_exists("k", buffer(b"x")) is None
    assert await store.set_if_not_exists("k", buffer(b"y")) is False
    assert_bytes_equal(await store.get("k"), b"x")


# --- files of this machine


@pytest.fixture(params=["threads", "wrapped"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FsspecStore:
    fs: Any = fsspec.filesystem("file")
    if request.param == "wrapped":
        fs = AsyncFileSystemWrapper(fs, asynchronous=True)
    return FsspecStore(fs, path=str(tmp_path))


@pytest.mark.parametrize("step", ["_write", "os.replace"])
async def test_file_that_cannot_be_written_keeps_its_value(
    files: FsspecStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await files.set("a/k", buffer(b"old"))

    def fail(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"zarr.storage._local.{step}", fail)
    with pytest.raises(OSError, match="No space left"):
        await files.set("a/k", buffer(b"new"))
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["k"]
    assert (tmp_path / "a/k").read_bytes() == b"old"


async def test_file_is_created_by_one(files: FsspecStore, tmp_path: Path) -> None:
    for key in ("a/k", "a/k/below"):
        assert await files.set_if_not_exists(key, buffer(b"x")) is True
        assert await files.set_if_not_exists(key, buffer(b"y")) is False
        assert (tmp_path / key).read_bytes() == b"x"
        await files.delete(key)
    for change in (files.set, files.set_if_not_exists):  # the directory a/k is left over
        await change("a/k", buffer(b"z"))
        await files.delete("a/k")
        await files.set("a/k/below", buffer(b"x"))
        with pytest.raises(IsADirectoryError):
            await change("a/k", buffer(b"z"))
        await files.delete("a/k/below")


# --- listings


async def test_what_cannot_be_listed_is_an_error_and_not_left_out() -> None:
    fs, store = dictionary_store()
    for key in ("a/k", "b/k"):
        await store.set(key, buffer(b"x"))
    for failing in (1, 2, 3):
        listed = 0

        async def ls(path: str, **kwargs: Any) -> Any:
            nonlocal listed
            listed += 1
            if listed == failing:  # noqa: B023
                raise PermissionError(path)
            return await Dictionary._ls(fs, path, **kwargs)

        fs.__dict__["_ls"] = ls
        with pytest.raises(PermissionError, match="list '.?' of <FsspecStore"):
            [key async for key in store.list()]


async def test_listings_are_not_taken_from_a_cache() -> None:
    fs, store = dictionary_store()
    await store.set("a/k", buffer(b"x"))
    assert [name async for name in store.list_dir("a")] == ["k"]
    fs.files["root/a/l"] = b"by another process"
    assert sorted([name async for name in store.list_dir("a")]) == ["k", "l"]
    assert sorted([key async for key in store.list()]) == ["a/k", "a/l"]
    assert await store.getsize_prefix("a") == 19
    del fs.files["root/a/k"], fs.files["root/a/l"]
    assert await store.is_empty("a")
    assert [name async for name in store.list_dir("a")] == []


async def test_directories_of_other_filesystems_list_all_or_fail() -> None:
    fs = Dictionary({"root/a/k": b"x", "root/b/k": b"x"}, asynchronous=True)
    store = FsspecStore(DirFileSystem("root", fs, asynchronous=True), path="/")
    assert sorted([key async for key in store.list()]) == ["a/k", "b/k"]
    fs.failures = [PermissionError("403")]
    with pytest.raises(PermissionError):
        [key async for key in store.list()]


def test_references(tmp_path: Path) -> None:
    """Chunks that lie in files of another format, as kerchunk describes them."""
    (tmp_path / "blob").write_bytes(np.arange(10, dtype="<i4").tobytes())
    document = {
        "zarr_format": 2, "shape": [10], "chunks": [5], "dtype": "<i4", "compressor": None, "fill_value": 0,
        "order": "C", "filters": None,
    }  # fmt: skip
    references: dict[str, Any] = {
        ".zgroup": '{"zarr_format": 2}',
        "a/.zarray": json.dumps(document),
        "a/0": [f"file://{tmp_path}/blob", 0, 20],
        "a/1": [f"file://{tmp_path}/blob", 20, 20],
    }
    options = {"fo": {"version": 1, "refs": references}, "remote_protocol": "file"}
    fs = fsspec.filesystem("reference", **options)
    for store in (FsspecStore.from_mapper(fs.get_mapper("")), FsspecStore.from_url("reference://", options)):
        group = zarr.open_group(store, mode="r")
        assert [name for name, _ in group.members()] == ["a"]
        assert np.array_equal(group["a"][:], np.arange(10))  # type: ignore[index]
    (tmp_path / "blob").unlink()
    with pytest.raises(Exception, match=r"'a/\d' of <FsspecStore"):
        group["a"][:]  # type: ignore[index]


async def test_names_with_signs_of_patterns_are_names() -> None:
    for store in (FsspecStore(fsspec.filesystem("memory"), path=f"/{uuid4()}"), dictionary_store()[1]):
        for key in ("a[1]/k", "a1/k", "a*/k", "ab/k", "a?/k"):
            await store.set(key, buffer(key.encode()))
        assert_bytes_equal(await store.get("a[1]/k"), b"a[1]/k")
        for directory in ("a[1]", "a*", "a?"):
            await store.delete_dir(directory)
        assert sorted([key async for key in store.list()]) == ["a1/k", "ab/k"]


def test_a_key_may_take_the_place_of_a_directory_that_is_empty(tmp_path: Path) -> None:
    store = FsspecStore(fsspec.filesystem("file"), path=str(tmp_path))
    sync(store.set("a/b/k", buffer(b"x")))
    with pytest.raises(IsADirectoryError):
        sync(store.set("a", buffer(b"y")))
    sync(store.delete("a/b/k"))
    sync(store.set("a", buffer(b"y")))
    assert_bytes_equal(sync(store.get("a")), b"y")


def test_emptied_directories_go(tmp_path: Path) -> None:
    store = FsspecStore(fsspec.filesystem("file"), path=str(tmp_path / "root"))
    for key in ("a/b/c/k", "a/k", "b/k"):
        sync(store.set(key, buffer(b"x")))
    sync(store.delete_dir("a"))
    assert [p.name for p in (tmp_path / "root").iterdir()] == ["b"]


# --- loops, threads, processes


def test_a_second_loop_gets_an_instance_of_its_own() -> None:
    files: dict[str, bytes] = {}
    fs = Dictionary(files, asynchronous=True)
    store = FsspecStore(fs, path="root")
    array = zarr.create_array(store, data=np.arange(10), chunks=2)  # on the background loop

    async def mine() -> Any:
        return await (await zarr.api.asynchronous.open_array(store=store)).getitem(slice(None))

    for _ in range(2):
        assert np.array_equal(asyncio.run(mine()), np.arange(10))
        assert np.array_equal(array[:], np.arange(10))


async def test_blocking_and_awaited_calls_in_one_program() -> None:
    store = FsspecStore(Dictionary({}, asynchronous=True), path="root")
    await store.set("k", buffer(b"x"))
    array = zarr.create_array(store, name="a", data=np.arange(10), chunks=2)  # inside a running loop
    assert np.array_equal(array[:], np.arange(10))
    assert_bytes_equal(await store.get("k"), b"x")


def test_budget_is_shared_and_a_store_has_a_cap() -> None:
    fs, store = dictionary_store()
    array = zarr.create_array(store, data=np.arange(200), chunks=2)
    capped = zarr.open_array(FsspecStore(fs, path="root", concurrency=2), mode="r")

    def read(source: Any) -> int:
        fs.most_at_once = 0
        threads = [threading.Thread(target=lambda: source[:]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return fs.most_at_once

    with zarr.config.set({"async.concurrency": 7}):
        assert read(array) == 7
        assert read(capped) == 2


@pytest.fixture
def child() -> Any:
    """Run a function in a forked process; it returns what the function returned as text."""
    if not hasattr(os, "fork"):
        pytest.skip("no fork here")

    def run(function: Any) -> str:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                text = str(function())
            except BaseException as error:
                text = repr(error)
            os.write(writer, text.encode()[:4000])
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as stream:
            said = stream.read()
        os.waitpid(pid, 0)
        return said

    return run


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.filterwarnings("ignore::zarr.errors.ZarrUserWarning")
@pytest.mark.parametrize("asynchronous", [True, False])
def test_store_works_in_a_forked_process(child: Any, asynchronous: bool) -> None:
    store = FsspecStore(Dictionary({}, asynchronous=asynchronous), path="root")
    array = zarr.create_array(store, data=np.arange(10), chunks=2)
    assert array[:].sum() == 45
    assert child(lambda: array[:].sum()) == "45"
    assert array[:].sum() == 45


async def test_what_is_cancelled_has_ended_when_its_caller_goes_on(tmp_path: Path) -> None:
    began, ended = threading.Event(), threading.Event()

    class Slow(type(fsspec.filesystem("memory"))):  # type: ignore[misc]
        cachable = False

        def pipe_file(self, path: str, value: bytes, **kwargs: Any) -> None:
            began.set()
            threading.Event().wait(0.2)
            ended.set()

    store = FsspecStore(Slow(), path="/x")
    task = asyncio.create_task(store.set("k", buffer(b"x")))
    await asyncio.to_thread(began.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
