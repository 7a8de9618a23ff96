"""ZipStore: the exported suite and machines, archives and what of them is on disk, modes, copies, other processes."""

from __future__ import annotations

import asyncio
import errno
import gc
import io
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import warnings
import zipfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis.stateful import rule
from machines import run_machine

import zarr
from zarr.abc.buffer import Buffer
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.buffer import cpu
from zarr.storage import WrapperStore, ZipStore
from zarr.storage._zip import _file
from zarr.testing.stateful import ZarrHierarchyStateMachine, ZarrStoreStateMachine
from zarr.testing.store import StoreTests

METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


def content(store: ZipStore) -> dict[str, bytes]:
    found = {}
    for key in store.keys_sync():
        value = store.get_sync(key)
        assert value is not None
        found[key] = value.to_bytes()
    return found


def on_disk(path: Path) -> dict[str, bytes]:
    """What another reader of zip archives finds; every name once."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert len(set(names)) == len(names)
        return {name: archive.read(name) for name in names}


# --- the exported suite


class TestZipStore(StoreTests[ZipStore, cpu.Buffer]):
    store_cls = ZipStore
    buffer_cls = cpu.Buffer

    async def set(self, store: ZipStore, key: str, value: Buffer) -> None:
        data = memoryview(value.to_bytes())
        store._place.archive(write=True).write(key, data, zipfile.ZIP_STORED)

    async def get(self, store: ZipStore, key: str) -> Buffer:
        store.flush()
        assert store.path is not None
        return buffer(on_disk(store.path)[key])

    @pytest.fixture
    def store_kwargs(self, tmp_path: Path) -> dict[str, Any]:
        return {"path": tmp_path / "store.zip", "mode": "w"}

    def test_store_repr(self, store: ZipStore) -> None:
        assert str(store) == f"zip://{store.path}"
        assert repr(store) == f"ZipStore('zip://{store.path}')"

    def test_store_supports_writes(self, store: ZipStore) -> None:
        assert store.supports_writes
        assert store.supports_deletes

    def test_store_supports_listing(self, store: ZipStore) -> None:
        assert store.supports_listing


class TestZipStoreOfFileObject(TestZipStore):
    async def get(self, store: ZipStore, key: str) -> Buffer:
        store.flush()
        assert isinstance(store._place.file, io.BytesIO)
        with zipfile.ZipFile(io.BytesIO(store._place.file.getvalue())) as archive:
            return buffer(archive.read(key))

    @pytest.fixture
    def store_kwargs(self, tmp_path: Path) -> dict[str, Any]:
        return {"path": io.BytesIO(), "mode": "w"}

    def test_store_repr(self, store: ZipStore) -> None:
        assert repr(store) == f"ZipStore('zip://{store._place.file}')"

    async def test_serializable_store(self, store: ZipStore) -> None:
        with pytest.raises(TypeError, match="construct the store from a path instead"):
            pickle.dumps(store)

    async def test_store_open_read_only(self, open_kwargs: dict[str, Any]) -> None:  # type: ignore[override]
        with await self.store_cls.open(**open_kwargs):
            pass
        store = await self.store_cls.open(**{**open_kwargs, "read_only": True})
        assert store.read_only

    async def test_read_only_store_raises(self, open_kwargs: dict[str, Any]) -> None:
        with await self.store_cls.open(**open_kwargs):
            pass
        await super().test_read_only_store_raises(open_kwargs)

    async def test_with_read_only_store(self, open_kwargs: dict[str, Any]) -> None:
        with await self.store_cls.open(**open_kwargs):
            pass
        await super().test_with_read_only_store(open_kwargs)


class TestZipStoreWithoutPread(TestZipStore):
    """Where the system reads and writes only at a file's position, as Windows does."""

    @pytest.fixture(autouse=True)
    def seek(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_file, "_file_of", _file._SeekingDescriptor)


@pytest.mark.parametrize("method", METHODS)
class TestMethods:
    async def test_values_come_back(self, tmp_path: Path, method: int) -> None:
        path = tmp_path / "a.zip"
        values = {f"k{i}": bytes(i) + os.urandom(i // 2) for i in (0, 1, 7, 1000, 100_000)}
        with ZipStore(path, mode="w", compression=method) as store:
            for key, value in values.items():
                store.set_sync(key, buffer(value))
            assert content(store) == values
        assert on_disk(path) == values
        with zipfile.ZipFile(path) as archive:
            assert {member.compress_type for member in archive.infolist()} == {method}
        store = ZipStore(path)
        assert content(store) == values
        for key, value in values.items():
            for wanted, part in (
                (RangeByteRequest(3, 60_000), value[3:60_000]),
                (OffsetByteRequest(5), value[5:]),
                (SuffixByteRequest(9), value[-9:]),
                (RangeByteRequest(2, 2), b""),
            ):
                found = store.get_sync(key, byte_range=wanted)
                assert found is not None
                assert found.to_bytes() == part

    def test_written_by_another(self, tmp_path: Path, method: int) -> None:
        path = tmp_path / "a.zip"
        values = {"zarr.json": b"{}" * 50, "ü/c/0": b"chunk" * 999, "empty": b""}
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("ü/", b"")
            for key, value in values.items():
                archive.writestr(key, value)
        store = ZipStore(path)
        assert content(store) == values
        assert sorted(store.list_dir_sync("")) == ["empty", "zarr.json", "ü"]


# --- the machines


class StoreMachine(ZarrStoreStateMachine):
    """The archive is closed now and then, and must hold the same afterwards."""

    path: Path

    @rule()
    def close(self) -> None:
        self.store.store.close()
        assert on_disk(self.path) == {key: value.to_bytes() for key, value in self.model.items()}

    @rule()
    def flush(self) -> None:
        inner: Any = self.store.store
        inner.flush()

    def teardown(self) -> None:
        self.close()


@pytest.mark.machine
@pytest.mark.parametrize("method", METHODS)
def test_store_machine(tmp_path: Path, method: int) -> None:
    number = count()

    def machine() -> StoreMachine:
        path = tmp_path / f"{next(number)}.zip"
        made = StoreMachine(ZipStore(path, mode="w", compression=method))
        made.path = path
        return made

    run_machine(machine)
    assert next(number) > 5
    assert not [path for path in os.listdir(tmp_path) if not path.endswith(".zip")]


@pytest.mark.machine
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
@pytest.mark.parametrize("wrap", [lambda store: store, WrapperStore])
def test_hierarchy_machine(tmp_path: Path, wrap: Any) -> None:
    number = count()

    class Machine(ZarrHierarchyStateMachine):
        def teardown(self) -> None:
            self.store.close()
            self.check_list_prefix_from_root()
            self.store.close()

    def machine() -> Machine:
        return Machine(wrap(ZipStore(tmp_path / f"{next(number)}.zip", mode="w")))

    run_machine(machine)


# --- arrays and groups


@pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part")
@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("shards", [None, (20, 20)])
def test_hierarchy_from_end_to_end(tmp_path: Path, zarr_format: Any, shards: Any) -> None:
    if shards is not None and zarr_format == 2:
        shards = None
    path = tmp_path / "a.zip"
    values = np.arange(60 * 40, dtype="i4").reshape(60, 40)
    with ZipStore(path, mode="w") as store:
        root = zarr.open_group(store, mode="w", zarr_format=zarr_format, attributes={"a": 1})
        array = root.create_array("g/x", shape=(60, 40), chunks=(10, 10), shards=shards, dtype="i4")
        array[:] = values
        array[5:15, 5:15] = values[5:15, 5:15] = -1
        array[20:40, 20:40] = values[20:40, 20:40] = 0
        root.attrs["b"] = 2
        array.attrs["c"] = 3
        zarr.consolidate_metadata(store)
        np.testing.assert_array_equal(array[:], values)
        np.testing.assert_array_equal(zarr.open_array(store, path="g/x", mode="r")[:], values)
    assert len(on_disk(path)) == len(content(ZipStore(path)))
    root = zarr.open_group(ZipStore(path), mode="r")
    assert dict(root.attrs) == {"a": 1, "b": 2}
    array = root["g/x"]  # type: ignore[assignment]
    assert dict(array.attrs) == {"c": 3}
    np.testing.assert_array_equal(array[:], values)
    with ZipStore(path, mode="a") as store:
        root = zarr.open_group(store, mode="a")
        root["g/x"].resize((30, 40))  # type: ignore[union-attr]
        root.create_array("g/y", data=values)
        del root["g/x"]
    root = zarr.open_group(ZipStore(path), mode="r")
    assert sorted(root["g"].keys()) == ["y"]  # type: ignore[union-attr]
    np.testing.assert_array_equal(root["g/y"][:], values)  # type: ignore[index]
    assert not any(key.startswith("g/x") for key in on_disk(path))


def test_array_stays_usable_after_close(tmp_path: Path) -> None:
    """As upstream: the store opens itself again, to read and to write."""
    store = ZipStore(tmp_path / "a.zip", mode="w")
    array = zarr.create_array(store, shape=9, chunks=3, dtype="i4")
    array[:] = 1
    store.close()
    assert array[4] == 1
    array[3:6] = 2
    store.close()
    np.testing.assert_array_equal(
        zarr.open_array(ZipStore(tmp_path / "a.zip"))[:], [1, 1, 1, 2, 2, 2, 1, 1, 1]
    )


def test_moved(tmp_path: Path) -> None:
    store = ZipStore(tmp_path / "a.zip", mode="w")
    array = zarr.create_array(store, data=np.arange(10))
    (tmp_path / "taken").touch()
    with pytest.raises(FileExistsError):
        asyncio.run(store.move(tmp_path / "taken"))
    with pytest.raises(ValueError, match="read-only"):
        asyncio.run(store.with_read_only(True).move(tmp_path / "c.zip"))
    asyncio.run(store.move(str(tmp_path / "deep" / "er" / "b.zip")))
    assert store.path == tmp_path / "deep" / "er" / "b.zip"
    assert store.path.exists()
    assert not (tmp_path / "a.zip").exists()
    np.testing.assert_array_equal(array[:], np.arange(10))
    array[0] = 5
    store.close()
    assert zarr.open_array(ZipStore(store.path))[0] == 5
    with pytest.raises(NotImplementedError):
        asyncio.run(ZipStore(io.BytesIO(), mode="w").move(tmp_path / "c.zip"))


# --- what is in the file


def test_a_value_set_often_is_in_the_file_once(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with ZipStore(path, mode="w") as store:
            for i in range(50):
                store.set_sync("zarr.json", buffer(b"%d" % i))
                store.set_sync("c/0", buffer(bytes(1000)))
            store.delete_sync("c/0")
    assert on_disk(path) == {"zarr.json": b"49"}
    assert path.read_bytes().count(b"zarr.json") == 2  # the value's header and the directory
    assert path.stat().st_size < 200
    assert os.listdir(tmp_path) == ["a.zip"]


def test_a_large_archive_is_not_copied_for_a_trifle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zarr.storage._zip._archive._SMALL", 1000)
    path = tmp_path / "a.zip"
    with ZipStore(path, mode="w") as store:
        store.set_sync("zarr.json", buffer(b"{}"))
        store.set_sync("c/0", buffer(bytes(100_000)))
    before = path.stat().st_ino
    for i in range(3):
        with ZipStore(path, mode="a") as store:
            store.set_sync("zarr.json", buffer(b"%d" % i))
    assert path.stat().st_ino == before
    assert on_disk(path) == {"zarr.json": b"2", "c/0": bytes(100_000)}
    with ZipStore(path, mode="a") as store:
        store.set_sync("c/0", buffer(bytes(90_000)))
    assert path.stat().st_size < 91_000
    assert on_disk(path) == {"zarr.json": b"2", "c/0": bytes(90_000)}


def test_copying_keeps_permissions_and_links(tmp_path: Path) -> None:
    real, link = tmp_path / "real.zip", tmp_path / "link.zip"
    with ZipStore(real, mode="w") as store:
        store.set_sync("a", buffer(b"1"))
    real.chmod(0o640)
    link.symlink_to(real)
    for mode in ("a", "w"):
        with ZipStore(link, mode=mode) as store:  # type: ignore[arg-type]
            store.set_sync("a", buffer(b"2"))
            store.set_sync("a", buffer(b"3"))
        assert link.is_symlink()
        assert real.stat().st_mode & 0o777 == 0o640
        assert on_disk(real) == {"a": b"3"}


def test_where_no_copy_can_be_made_the_archive_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> None:
        raise PermissionError(errno.EACCES, "no new files here")

    path = tmp_path / "a.zip"
    with ZipStore(path, mode="w") as store:
        store.set_sync("old", buffer(b"1"))
    monkeypatch.setattr("zarr.storage._zip._file.replace_file", refuse)
    monkeypatch.setattr("zarr.storage._zip._archive.replace_file", refuse)
    with ZipStore(path, mode="w") as store:
        assert content(store) == {}
        for i in range(5):
            store.set_sync("a", buffer(b"%d" % i))
    assert on_disk(path) == {"a": b"4"}


def test_the_same_values_give_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name, days in (("a", 0), ("b", 1)):
        with ZipStore(tmp_path / name, mode="w") as store:
            for i in range(1 + days):
                store.set_sync("k", buffer(b"%d" % (i - days)))
            store.set_sync("l", buffer(b"value"))
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    with zipfile.ZipFile(tmp_path / "a") as archive:
        assert archive.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)


def test_what_others_put_in_an_archive_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = b"a remark"
        archive.writestr("dir/", b"")
        archive.writestr("../up", b"theirs")
        archive.writestr(zipfile.ZipInfo("k", (2001, 2, 3, 4, 5, 6)), b"1")
    store = ZipStore(path, mode="a")
    with pytest.warns(UserWarning, match=r"1 members have names that cannot be keys.*'\.\./up'"):
        store.set_sync("l", buffer(b"2"))
    assert content(store) == {"k": b"1", "l": b"2"}
    store.close()
    assert on_disk(path) == {"dir/": b"", "../up": b"theirs", "k": b"1", "l": b"2"}
    with zipfile.ZipFile(path) as archive:
        assert archive.comment == b"a remark"
        assert archive.getinfo("k").date_time == (2001, 2, 3, 4, 5, 6)


def test_more_members_than_the_small_format_has(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with ZipStore(path, mode="w") as store:
        for i in range(66_000):
            store.set_sync(f"c/{i}", buffer(b""))
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == 66_000
    store = ZipStore(path)
    assert len(list(store.keys_sync("c/1"))) == len([i for i in range(66_000) if str(i)[0] == "1"])
    store.close()
    with pytest.raises(zipfile.LargeZipFile), ZipStore(path, mode="a", allowZip64=False) as store:
        store.set_sync("one/more", buffer(b""))


def test_offsets_beyond_four_gigabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a file with a hole, so that it takes no space."""
    monkeypatch.setattr("zarr.storage._zip._archive.Archive._is_wasteful", lambda self: False)
    path = tmp_path / "a.zip"
    with ZipStore(path, mode="w") as store:
        store.set_sync("a", buffer(b"near"))
        archive = store._place.archive()
        archive._end += 5 << 30
        store.set_sync("b", buffer(b"far"))
    store = ZipStore(path)
    assert content(store) == {"a": b"near", "b": b"far"}
    store.close()
    assert on_disk(path) == {"a": b"near", "b": b"far"}
    with pytest.raises(zipfile.LargeZipFile), ZipStore(path, mode="a", allowZip64=False) as store:
        store.set_sync("c", buffer(b""))
    os.truncate(path, 0)


def test_ranges_read_only_what_is_asked(tmp_path: Path) -> None:
    class Counting(io.BytesIO):
        total = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            Counting.total += len(data)
            return data

    file = Counting()
    with ZipStore(file, mode="w") as store:
        for i in range(20):
            store.set_sync(f"c/{i}", buffer(bytes(500_000)))
    Counting.total = 0
    store = ZipStore(file)
    assert len(list(store.keys_sync())) == 20
    assert Counting.total < 70_000
    Counting.total = 0
    for i in range(20):
        store.get_sync(f"c/{i}", byte_range=RangeByteRequest(1000, 1010))
        store.get_sync(f"c/{i}", byte_range=SuffixByteRequest(10))
    assert Counting.total < 20 * 150
    Counting.total = 0
    assert store.get_sync("c/3") == buffer(bytes(500_000))
    assert Counting.total < 500_200


def test_a_file_of_fsspec(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    with ZipStore(tmp_path / "a.zip", mode="w") as store:
        zarr.create_array(store, data=np.arange(10_000), chunks=1000)
    with fsspec.open(f"memory://{tmp_path.name}/a.zip", "wb") as file:
        file.write((tmp_path / "a.zip").read_bytes())
    with fsspec.open(f"memory://{tmp_path.name}/a.zip", "rb") as file:
        store = ZipStore(file)
        np.testing.assert_array_equal(zarr.open_array(store, mode="r")[2500:7500], np.arange(2500, 7500))
        store.close()
        assert not file.closed


# --- modes


def test_modes(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with pytest.raises(FileNotFoundError):
        asyncio.run(ZipStore.open(path, mode="r"))
    with ZipStore(path, mode="x") as store:
        store.set_sync("a", buffer(b"1"))
    with pytest.raises(FileExistsError):
        asyncio.run(ZipStore.open(path, mode="x"))
    with ZipStore(path, mode="a") as store:
        store.set_sync("b", buffer(b"2"))
    assert content(ZipStore(path)) == {"a": b"1", "b": b"2"}
    for mode in ("w", "a", "x"):
        store = ZipStore(path, mode=mode, read_only=True)  # type: ignore[arg-type]
        assert store.read_only
        assert content(store) == {"a": b"1", "b": b"2"}
        assert content(ZipStore(tmp_path / "none.zip", mode=mode, read_only=True)) == {}  # type: ignore[arg-type]
    assert not (tmp_path / "none.zip").exists()
    asyncio.run(ZipStore.open(path, mode="w")).close()
    assert on_disk(path) == {}
    ZipStore(path, mode="w").close()  # never opened: nothing happens
    with pytest.raises(ValueError, match="mode"):
        ZipStore(path, mode="r+")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="compression"):
        ZipStore(path, compression=77)
    with pytest.raises(
        TypeError, match="expected a path or an open binary file object supporting read/seek/tell, got int"
    ):
        ZipStore(3)  # type: ignore[arg-type]


def test_read_only_means_it(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with ZipStore(path, mode="w") as store:
        store.set_sync("a", buffer(b"1"))
    before = path.read_bytes()
    for store in (
        ZipStore(path),
        ZipStore(path, mode="a", read_only=True),
        ZipStore(path, mode="w", read_only=True),
    ):
        changes = [
            store.set("b", buffer(b"")),
            store.set_if_not_exists("b", buffer(b"")),
            store._set_many([("b", buffer(b""))]),
            store.delete("a"),
            store.delete_dir(""),
            store.clear(),
            store.move(tmp_path / "b.zip"),
        ]
        for change in changes:
            with pytest.raises(ValueError, match="read-only"):
                asyncio.run(change)
        store.flush()
        store.close()
    assert path.read_bytes() == before


def test_views_share_what_is_not_yet_flushed(tmp_path: Path) -> None:
    store = ZipStore(tmp_path / "a.zip", mode="w")
    view = store.with_read_only(True)
    store.set_sync("a", buffer(b"1"))
    assert content(view) == {"a": b"1"}
    view.close()
    store.set_sync("b", buffer(b"2"))
    assert content(view) == {"a": b"1", "b": b"2"}
    writer = ZipStore(tmp_path / "a.zip", read_only=True).with_read_only(False)
    store.close()
    writer.set_sync("c", buffer(b"3"))
    writer.close()
    assert on_disk(tmp_path / "a.zip") == {"a": b"1", "b": b"2", "c": b"3"}


def test_keys_that_are_no_portable_names_are_refused(tmp_path: Path) -> None:
    store = ZipStore(tmp_path / "a.zip", mode="w")
    for key in (
        "",
        "/a",
        "a/",
        "../a",
        "a/../b",
        "a\\b",
        "C:/a",
        "a\0b",
        "a//b",
        "./a",
        "__zt.removed",
        "k" * 70_000,
    ):
        with pytest.raises(ValueError):
            store.set_sync(key, buffer(b""))
        with pytest.raises(ValueError):
            store.set_if_not_exists_sync(key, buffer(b""))
        assert store.get_sync(key) is None
    with pytest.raises(TypeError, match="must be a Buffer"):
        store.set_sync("a", b"")  # type: ignore[arg-type]
    assert content(store) == {}


def test_left_open_it_is_closed_at_the_end_of_the_program(tmp_path: Path) -> None:
    code = (
        "import sys, zarr\nfrom zarr.storage import ZipStore\n"
        "store = ZipStore(sys.argv[1], mode='w')\nzarr.create_array(store, data=[1, 2, 3])\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.zip")], check=True)
    assert list(zarr.open_array(ZipStore(tmp_path / "a.zip"))[:]) == [1, 2, 3]
    store = ZipStore(tmp_path / "b.zip", mode="w")
    store.set_sync("a", buffer(b"1"))
    del store
    gc.collect()
    assert on_disk(tmp_path / "b.zip") == {"a": b"1"}


# --- one writer


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    store = ZipStore(path, mode="w")
    store.set_sync("a", buffer(b"1"))
    for mode in ("w", "a"):
        with pytest.raises(
            BlockingIOError, match=r"another store or process writes this zip archive.*a\.zip"
        ):
            ZipStore(path, mode=mode).set_sync("b", buffer(b"2"))  # type: ignore[arg-type]
    with pytest.raises(BlockingIOError):
        ZipStore.recover(path)
    store.set_sync("b", buffer(b"2"))
    store.close()
    with ZipStore(path, mode="a") as other:
        other.set_sync("c", buffer(b"3"))
        with pytest.raises(BlockingIOError):
            store.set_sync("d", buffer(b"4"))
        with pytest.raises(zipfile.BadZipFile, match="If its writer is still at work, wait"):
            store.get_sync("a")
    assert on_disk(path) == {"a": b"1", "b": b"2", "c": b"3"}


def _write(store: ZipStore, key: str) -> str:
    try:
        store.set_sync(key, buffer(b"child"))
        store.close()
    except OSError as error:
        return type(error).__name__
    return "written"


def _read(store: ZipStore, key: str) -> bytes | None:
    return content(store).get(key)


def in_another_process(method: str, function: Any, *args: Any) -> Any:
    """What a function returns; by ``inherit`` the child has the objects themselves and not copies."""
    if method != "inherit":
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
            return pool.submit(function, *args).result(120)
    receive, send = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads
        child = os.fork()
    if child == 0:
        try:
            os.write(send, pickle.dumps(function(*args)))
        finally:
            os._exit(0)
    os.close(send)
    with os.fdopen(receive, "rb") as file:
        answer = file.read()
    os.waitpid(child, 0)
    return pickle.loads(answer)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # fork beside threads
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver", "inherit"])
def test_other_processes(tmp_path: Path, method: str) -> None:
    ask = partial(in_another_process, method)
    path = tmp_path / "a.zip"
    store = ZipStore(path, mode="w")
    store.set_sync("a", buffer(b"1"))
    assert ask(_write, store, "b") == "BlockingIOError"
    if method == "inherit":
        assert ask(_read, store, "a") == b"1"
    store.set_sync("c", buffer(b"3"))
    store.close()
    assert on_disk(path) == {"a": b"1", "c": b"3"}
    assert ask(_read, store, "c") == b"3"
    assert ask(_write, store, "b") == "written"
    assert content(ZipStore(path)) == {"a": b"1", "c": b"3", "b": b"child"}
    store = ZipStore(path, mode="a")
    store.set_sync("d", buffer(b"4"))
    store.close()
    assert on_disk(path) == {"a": b"1", "c": b"3", "b": b"child", "d": b"4"}


def test_forks_while_threads_write(tmp_path: Path) -> None:
    """No child hangs on a lock that a thread of its parent held."""
    store = ZipStore(tmp_path / "a.zip", mode="w")
    store.set_sync("k", buffer(b"1"))
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            store.set_sync("c/0", buffer(bytes(1000)))
            list(store.list_dir_sync("c"))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    answers = [in_another_process("inherit", _read, store, "k") for _ in range(30)]
    answers += [in_another_process("inherit", _write, store, "b")]
    stop.set()
    for thread in threads:
        thread.join()
    assert answers == [b"1"] * 30 + ["BlockingIOError"]
    store.close()
    assert on_disk(tmp_path / "a.zip") == {"k": b"1", "c/0": bytes(1000)}


def test_pickled_copies_in_one_process_share_the_archive(tmp_path: Path) -> None:
    store = ZipStore(tmp_path / "a.zip", mode="w")
    copy = pickle.loads(pickle.dumps(store))
    copy.set_sync("a", buffer(b"1"))
    store.set_sync("b", buffer(b"2"))
    assert content(copy) == content(store) == {"a": b"1", "b": b"2"}
    copy.close()
    assert on_disk(tmp_path / "a.zip") == {"a": b"1", "b": b"2"}
    array = zarr.create_array(store, name="x", data=np.arange(9))
    again = pickle.loads(pickle.dumps(array))
    again[0] = 7
    assert array[0] == 7
    store.close()
    reader = pickle.loads(pickle.dumps(ZipStore(tmp_path / "a.zip")))
    assert reader.read_only
    assert zarr.open_array(reader, path="x")[0] == 7


@pytest.mark.parametrize("kind", ["path", "file object"])
def test_threads(tmp_path: Path, kind: str) -> None:
    target: Any = tmp_path / "a.zip" if kind == "path" else io.BytesIO()
    store = ZipStore(target, mode="w")
    store.set_sync("fixed", buffer(b"x" * 10_000))
    failures: list[object] = []

    def work(number: int) -> None:
        try:
            for i in range(60):
                key = f"{number}/{i}"
                store.set_sync(key, buffer(bytes([number, i]) * 1000))
                found = store.get_sync(key)
                assert found is not None
                assert found.to_bytes() == bytes([number, i]) * 1000
                part = store.get_sync("fixed", byte_range=RangeByteRequest(i, i + 3))
                assert part is not None
                assert part.to_bytes() == b"xxx"
                assert key in set(store.keys_sync(f"{number}/"))
                if i % 3 == 0:
                    store.delete_sync(key)
                if i % 20 == 0:
                    store.flush()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    store.close()
    expected = {f"{n}/{i}": bytes([n, i]) * 1000 for n in range(8) for i in range(60) if i % 3}
    assert content(ZipStore(target)) == expected | {"fixed": b"x" * 10_000}


async def test_set_if_not_exists_has_one_winner(tmp_path: Path) -> None:
    store = await ZipStore.open(tmp_path / "a.zip", mode="w")
    won = await asyncio.gather(*(store.set_if_not_exists("k", buffer(b"%d" % i)) for i in range(20)))
    assert won.count(True) == 1
    assert content(store) == {"k": b"%d" % won.index(True)}


def test_handles_stay_where_they_were(tmp_path: Path) -> None:
    def handles() -> int:
        return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0

    path = tmp_path / "a.zip"
    (tmp_path / "bad.zip").write_bytes(b"no archive")
    with ZipStore(path, mode="w") as store:
        store.set_sync("a", buffer(b"1"))
    before = handles()
    for _ in range(100):
        with ZipStore(path, mode="a") as store:
            store.set_sync("a", buffer(b"1"))
        with ZipStore(path) as store:
            store.get_sync("a")
        with pytest.raises(zipfile.BadZipFile):
            ZipStore(tmp_path / "bad.zip").get_sync("a")
        with pytest.raises(zipfile.BadZipFile):
            ZipStore(tmp_path / "bad.zip", mode="a").set_sync("a", buffer(b""))
    gc.collect()
    assert handles() <= before
