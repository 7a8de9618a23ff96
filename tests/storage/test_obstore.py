"""ObjectStore: the exported suite, errors of the service, answers that break off, versions, forks."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import obstore.store
import pytest
from obstore.exceptions import AlreadyExistsError, GenericError, PermissionDeniedError

import zarr
from zarr.abc.buffer import Buffer
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.core.sync import sync
from zarr.storage import ObjectStore, _retry
from zarr.testing.store import StoreTests
from zarr.testing.utils import assert_bytes_equal


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


class ObstoreTests(StoreTests[ObjectStore[Any], cpu.Buffer]):
    store_cls = ObjectStore
    buffer_cls = cpu.Buffer

    async def set(self, store: ObjectStore[Any], key: str, value: Buffer) -> None:
        store.store.put(key, value.to_bytes())

    async def get(self, store: ObjectStore[Any], key: str) -> Buffer:
        return self.buffer_cls.from_bytes(bytes(store.store.get(key).bytes()))

    def test_store_repr(self, store: ObjectStore[Any]) -> None:
        assert str(store) == f"object_store://{store.store}"
        assert repr(store) == f"ObjectStore({store})"

    def test_store_supports_writes(self, store: ObjectStore[Any]) -> None:
        assert store.supports_writes
        assert store.supports_deletes

    def test_store_supports_listing(self, store: ObjectStore[Any]) -> None:
        assert store.supports_listing


class TestMemory(ObstoreTests):
    @pytest.fixture
    def store_kwargs(self) -> dict[str, Any]:
        return {"store": obstore.store.MemoryStore()}

    async def test_serializable_store(self, store: ObjectStore[Any]) -> None:
        """obstore's store in memory cannot be pickled."""
        with pytest.raises(TypeError, match="cannot pickle"):
            pickle.dumps(store)


class TestLocal(ObstoreTests):
    @pytest.fixture
    def store_kwargs(self, tmp_path: Path) -> dict[str, Any]:
        return {"store": obstore.store.LocalStore(tmp_path)}


# --- what it is


@pytest.mark.parametrize("wrong", ["store", None, {}])
def test_what_is_no_store_of_obstore_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="expected ObjectStore class, got"):
        ObjectStore(wrong)


def test_equal_stores_share_locks_and_others_do_not(tmp_path: Path) -> None:
    def bucket(**options: Any) -> ObjectStore[Any]:
        return ObjectStore(obstore.store.S3Store("bucket", skip_signature=True, **options))

    assert bucket(prefix="a") == bucket(prefix="a")
    assert bucket(prefix="a")._lock_scope == bucket(prefix="a")._lock_scope
    scopes = {bucket()._lock_scope, bucket(prefix="a")._lock_scope, bucket(endpoint="https://h")._lock_scope}
    scopes |= {ObjectStore(obstore.store.MemoryStore())._lock_scope for _ in range(2) for _ in [0]}
    assert len(scopes) >= 4
    one, two = obstore.store.MemoryStore(), obstore.store.MemoryStore()
    assert ObjectStore(one)._lock_scope == ObjectStore(one)._lock_scope != ObjectStore(two)._lock_scope
    assert ObjectStore(one) != ObjectStore(one, read_only=True)
    assert ObjectStore(one) != one


def test_http_cannot_list() -> None:
    assert not ObjectStore(obstore.store.HTTPStore("https://h/x")).supports_listing


# --- a service that fails


class Failing:
    """A store of obstore that fails as it is told."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.failures: list[Exception] = []
        self.broken_answers = 0
        self.gets = 0

    def __getattr__(self, name: str) -> Any:
        if self.failures and name in ("put_async", "head_async", "delete_async", "list_with_delimiter_async"):
            raise self.failures.pop(0)
        return getattr(self._inner, name)

    async def get_async(self, path: str, **kwargs: Any) -> Any:
        self.gets += 1
        if self.failures:
            raise self.failures.pop(0)
        result = await self._inner.get_async(path, **kwargs)
        if not self.broken_answers:
            return result
        self.broken_answers -= 1
        return Broken(result, cut=self.broken_answers % 2 == 0)


class Broken:
    def __init__(self, result: Any, cut: bool) -> None:
        self.meta, self.range, self._result, self._cut = result.meta, result.range, result, cut

    async def bytes_async(self) -> bytes:
        if self._cut:
            return bytes(await self._result.bytes_async())[:-1]
        raise GenericError("request or response body error")


@pytest.fixture
def failing() -> Failing:
    return Failing(obstore.store.MemoryStore())


@pytest.mark.parametrize(
    "error",
    [
        PermissionDeniedError("403"),
        GenericError("500 Internal Server Error"),
        FileNotFoundError("<Code>NoSuchBucket</Code>"),
    ],
)
async def test_errors_are_raised_and_say_of_what(failing: Failing, error: Exception) -> None:
    store = ObjectStore(failing)  # type: ignore[type-var]
    await store.set("a/k", buffer(b"x"))
    for request in (store.get, store.exists, store.getsize, store.delete):
        failing.failures = [error]
        with pytest.raises(type(error), match=r"'a/k' of object_store://.*" + str(error)):
            await request("a/k")


def test_no_error_becomes_a_fill_value(failing: Failing) -> None:
    array = zarr.create_array(ObjectStore(failing), data=np.ones(10, "i4"), chunks=5, fill_value=7)  # type: ignore[type-var]
    failing.failures = [GenericError("500")] * 9
    with pytest.raises(GenericError, match="500"):
        array[:]
    failing.failures = []
    failing._inner.delete("c/0")
    assert array[:].tolist() == [7] * 5 + [1] * 5


async def test_text_of_errors_is_short(failing: Failing) -> None:
    store = ObjectStore(failing)  # type: ignore[type-var]
    failing.failures = [GenericError("refused\n\nDebug source:\nGeneric { much more }")]
    with pytest.raises(GenericError) as caught:
        await store.get("k")
    assert str(caught.value).endswith("refused")


async def test_answers_that_break_off_are_asked_for_again(
    failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sleep(seconds: float) -> None: ...

    monkeypatch.setattr(_retry, "sleep", sleep)
    store = ObjectStore(failing)  # type: ignore[type-var]
    await store.set("k", buffer(b"0123456789"))
    failing.broken_answers = 3
    assert_bytes_equal(await store.get("k"), b"0123456789")
    assert failing.gets == 4
    failing.broken_answers = 9
    with pytest.raises(ConnectionError, match="get 'k' of .*sent 5 times"):
        await store.get("k")
    failing.broken_answers = 1
    with (
        zarr.config.set({"storage.retries.attempts": 1}),
        pytest.raises(ConnectionError, match="9 bytes came of 10"),
    ):
        await store.get("k")


def test_a_directory_where_a_chunk_should_be_is_an_error(tmp_path: Path) -> None:
    store = ObjectStore(obstore.store.LocalStore(tmp_path))
    array = zarr.create_array(store, shape=3, dtype="i4", chunks=3)
    (tmp_path / "c" / "0").mkdir(parents=True)
    with pytest.raises(IsADirectoryError, match="'c/0'"):
        array[:]
    assert not sync(store.exists("c/0"))
    sync(store.delete("c/0"))  # there is no such key
    assert (tmp_path / "c" / "0").is_dir()


@pytest.mark.parametrize(
    "byte_range",
    [RangeByteRequest(9, 12), OffsetByteRequest(4), SuffixByteRequest(0), RangeByteRequest(2, 2)],
)
async def test_ranges_without_bytes(byte_range: Any) -> None:
    store = ObjectStore(obstore.store.MemoryStore())
    await store.set("k", buffer(b"0123"))
    assert_bytes_equal(await store.get("k", default_buffer_prototype(), byte_range), b"")
    assert await store.get("none", default_buffer_prototype(), byte_range) is None


async def test_what_others_have_deleted_meanwhile_is_no_error(tmp_path: Path) -> None:
    class Slow(Failing):
        def __getattr__(self, name: str) -> Any:
            if name == "delete_async":
                (tmp_path / "a" / "1").unlink(missing_ok=True)
            return super().__getattr__(name)

    store = ObjectStore(Slow(obstore.store.LocalStore(tmp_path)))  # type: ignore[type-var]
    for i in range(4):
        await store.set(f"a/{i}", buffer(b"x"))
    await store.delete_dir("a")
    assert await store.is_empty("")


# --- generations and versions


async def test_what_is_read_tells_its_generation(tmp_path: Path) -> None:
    store = ObjectStore(obstore.store.MemoryStore())
    seen = []
    for data in (b"0123", b"4567"):
        await store.set("k", buffer(data))
        for byte_range in (None, RangeByteRequest(1, 3)):
            value = await store.get("k", default_buffer_prototype(), byte_range)
            assert value is not None
            seen.append(value.generation)
    assert seen[0] == seen[1] != seen[2] == seen[3]
    assert None not in seen
    files = ObjectStore(obstore.store.LocalStore(tmp_path))  # whose tag can be that of another file before
    await files.set("k", buffer(b"0123"))
    value = await files.get("k", default_buffer_prototype())
    assert value is not None
    assert value.generation is None


async def test_value_changes_only_from_the_version_that_is_known() -> None:
    store = ObjectStore(obstore.store.MemoryStore())
    assert await store._get_versioned("k") == (None, None)
    assert await store._set_if_version("k", buffer(b"1"), None)
    assert not await store._set_if_version("k", buffer(b"2"), None)
    value, version = await store._get_versioned("k")
    assert_bytes_equal(value, b"1")
    assert await store._set_if_version("k", buffer(b"2"), version)
    assert not await store._set_if_version("k", buffer(b"3"), version)
    assert_bytes_equal(await store.get("k"), b"2")
    with pytest.raises(ValueError, match="read-only"):
        await store.with_read_only(True)._set_if_version("k", buffer(b"3"), version)


async def test_of_many_that_count_every_one_counts() -> None:
    store = ObjectStore(obstore.store.MemoryStore())
    await store.set("k", buffer(b"0"))

    async def count() -> None:
        while True:
            value, version = await store._get_versioned("k")
            assert value is not None
            if await store._set_if_version("k", buffer(b"%d" % (int(value.to_bytes()) + 1)), version):
                return

    await asyncio.gather(*(count() for _ in range(20)))
    assert_bytes_equal(await store.get("k"), b"20")


async def test_unknown_whether_created_where_the_value_is_ours(failing: Failing) -> None:
    """obstore may have sent the request twice, the first time with success."""
    store = ObjectStore(failing)  # type: ignore[type-var]
    await store.set("k", buffer(b"x"))
    assert await store.set_if_not_exists("k", buffer(b"x")) is None
    assert await store.set_if_not_exists("k", buffer(b"y")) is False
    assert await store.set_if_not_exists("l", buffer(b"y")) is True
    failing.failures = [AlreadyExistsError("k")]
    assert await store.set_if_not_exists("m", buffer(b"y")) is False


def test_no_versions_on_a_local_disk(tmp_path: Path) -> None:
    store = ObjectStore(obstore.store.LocalStore(tmp_path))
    sync(store.set("k", buffer(b"x")))
    _, version = sync(store._get_versioned("k"))
    with pytest.raises(NotImplementedError):
        sync(store._set_if_version("k", buffer(b"y"), version))


# --- fork

_FORK = """
import os, sys
import numpy, obstore.store, zarr
from zarr.storage import ObjectStore

store = ObjectStore(obstore.store.LocalStore(sys.argv[1]))
if sys.argv[2] == "used":
    zarr.create_array(store, name="a", data=numpy.arange(9))
pid = os.fork()
if pid == 0:
    try:
        zarr.create_array(store, name="b", data=numpy.arange(9))
    except BaseException as error:
        print(type(error).__name__, error, flush=True)
    else:
        print("works", flush=True)
    os._exit(0)
os.waitpid(pid, 0)
os._exit(0)
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="no fork here")
@pytest.mark.parametrize("used", ["used", "unused"])
def test_fork_is_an_error_where_obstore_would_hang(tmp_path: Path, used: str) -> None:
    command = [sys.executable, "-W", "ignore", "-c", _FORK, str(tmp_path), used]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    if used == "unused":
        assert said == "works\n"
    else:
        assert said.startswith("RuntimeError")
        assert "spawn" in said
