"""Which store is meant by paths, URLs, URL pipelines, mappings and objects of other packages."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import zipfile
from collections import UserDict
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import obstore.store
import pytest

import zarr
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.errors import GroupNotFoundError
from zarr.storage import (
    FsspecStore,
    LocalStore,
    LoggingStore,
    ManagedMemoryStore,
    MemoryStore,
    ObjectStore,
    StorePath,
    ZipStore,
    make_store_path,
)
from zarr.storage._common import make_store
from zarr.storage._urls import is_pipeline, is_url, local_path, parse_pipeline, scheme_of
from zarr.storage._zip_value import ValueFile, ZipValueStore
from zarr.testing.store import LatencyStore
from zarr.testing.utils import assert_bytes_equal

P = default_buffer_prototype()


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


def zipped(**values: bytes) -> bytes:
    """A zip archive; two underscores in a name stand for a slash."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in values.items():
            archive.writestr(name.replace("__", "/"), data)
    return file.getvalue()


@pytest.fixture
def no_fsspec(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has not loaded it."""
    for name in [n for n in sys.modules if n.partition(".")[0] == "fsspec"]:
        monkeypatch.delitem(sys.modules, name)


# --- the grammar


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("file:///d/x.zip|zip:", ("file:///d/x.zip", [("zip", "")])),
        ("file:///d/x.zip|zip", ("file:///d/x.zip", [("zip", "")])),
        ("s3://b/k|ZIP:in/ner|Zarr3:a/", ("s3://b/k", [("zip", "in/ner"), ("zarr3", "a/")])),
        ("s3://b/k?v=1|zarr2", ("s3://b/k?v=1", [("zarr2", "")])),
        ("s3://b/k|auto:", ("s3://b/k", [("zarr", "")])),
        ("s3://b/k.zip|zip|AUTO:a", ("s3://b/k.zip", [("zip", ""), ("zarr", "a")])),
        ("memory://n|zip:a%20b|zarr:", ("memory://n", [("zip", "a%20b"), ("zarr", "")])),
        ("s3://b/k.zip|zip:a|zarr2:|..:|zarr3:", ("s3://b/k.zip", [("zip", "a"), ("zarr3", "")])),
        ("s3://b/k.zip|zip:a/b|zarr2|..:c", ("s3://b/k.zip", [("zip", "a/c")])),
        ("s3://b/d/k.zip|zip:a|..:other.zip|zip", ("s3://b/d/other.zip", [("zip", "")])),
        ("s3://b/d/k.zip|zip:a|..:../k.zip", ("s3://b/k.zip", [])),
        ("data/k.zip|zip|..:x", ("data/x", [])),
        ("memory://n|zip|..:x", ("memory://n/x", [])),
    ],
)
def test_pipelines(text: str, expected: Any) -> None:
    assert is_pipeline(text)
    root, adapters = parse_pipeline(text)
    assert (root, [tuple(adapter) for adapter in adapters]) == expected


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("s3://b/k|tar:", r"'tar:' is no known adapter.*known are zip:, zarr:, zarr2:, zarr3:, auto:, \.\.:"),
        (
            "s3://b/k|icechunk:@branch.main",
            r"'icechunk:@branch.main' is no known adapter.*zarr\.open\(session\.store\)",
        ),
        ("s3://b/k|", "'' is no known adapter"),
        ("s3://b/k||zip:", "'' is no known adapter"),
        ("file:///d/a|b", "Write a '|' that is part of a name in a URL as %7C"),
        ("s3://b/k|..:", "no adapter before '..:'"),
        ("s3://b/k|zarr3:|zip:", "nothing can be inside zarr3:"),
        ("s3://b/k|zarr:|zarr2:", "nothing can be inside zarr:"),
    ],
)
async def test_pipelines_that_are_wrong(text: str, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        parse_pipeline(text)
    with pytest.raises(ValueError, match=match):
        await make_store_path(text)


def test_paths_with_a_bar_are_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_pipeline(str(tmp_path / "a|b"))
    assert not is_pipeline("a b|c d:")
    assert is_pipeline("a|zip")
    assert is_pipeline("a|zip:b")
    assert is_pipeline("a|nonsense:")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a|zip").mkdir()
    assert not is_pipeline("a|zip")
    zarr.create_group("x|y")
    assert (tmp_path / "x|y" / "zarr.json").is_file()
    zarr.create_group(Path("p|zip:"))
    assert (tmp_path / "p|zip:" / "zarr.json").is_file()


def test_urls_and_paths_are_told_apart() -> None:
    for url in ("s3://b", "file:/x", "file:x", "FILE:///x", "simplecache::s3://b", "a://b"):
        assert is_url(url)
    for path in ("", "x", "/x", "C:/x", "C:\\x", "c:x", "memory:", "a:b", "~/x", "./file"):
        assert not is_url(path)
    assert scheme_of("S3://b") == "s3"
    assert scheme_of("local:///x") == "file"
    assert scheme_of("/x") == ""


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///d/x", "/d/x"),
        ("file:/d/x", "/d/x"),
        ("FILE:///d/x", "/d/x"),
        ("file://localhost/d/x", "/d/x"),
        ("local:///d/x", "/d/x"),
        ("file://d/x", "d/x"),
        ("file://localhost", "localhost"),
        ("file:///d/a%20b%7C%C3%BC", "/d/a b|ü"),
        ("file:///d/x?y#z", "/d/x?y#z"),
    ],
)
def test_paths_in_file_urls(url: str, path: str) -> None:
    assert local_path(url, windows=False) == path


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///C:/d/x", "C:/d/x"),
        ("file:///c:\\d", "c:\\d"),
        ("file:/C:/d", "C:/d"),
        ("file:///d:", "d:"),
        ("file:///data/x", "/data/x"),
        ("file:////server/share", "//server/share"),
    ],
)
def test_drives_in_file_urls(url: str, path: str) -> None:
    assert local_path(url, windows=True) == path


def test_name_with_a_percent_sign_is_taken_as_it_stands_if_it_is_there(tmp_path: Path) -> None:
    url = f"file://{tmp_path}/a%20b"
    assert local_path(url) == str(tmp_path / "a b")
    (tmp_path / "a%20b").mkdir()
    assert local_path(url) == str(tmp_path / "a%20b")


# --- paths


@pytest.mark.parametrize("mode", ["a", "w", "w-"])
@pytest.mark.parametrize("spell", [str, Path, lambda p: p.as_uri()], ids=["str", "Path", "url"])
def test_zip_opens_by_itself(tmp_path: Path, mode: Any, spell: Any) -> None:
    place = spell(tmp_path / "data.ZIP")
    array = zarr.open_array(place, mode=mode, shape=(6,), chunks=(2,), dtype="i4")
    assert isinstance(array.store, ZipStore)
    array[:] = range(6)
    del array  # nothing uses the archive any more: it is closed
    with zipfile.ZipFile(tmp_path / "data.ZIP") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["c/0", "c/1", "c/2", "zarr.json"]
    for reading in ("r", "r+", "a"):
        assert list(zarr.open_array(place, mode=reading)[:]) == list(range(6))


def test_saving_to_a_zip(tmp_path: Path) -> None:
    path = str(tmp_path / "data.zip")
    zarr.save(path, a=np.arange(3), b=np.arange(4))
    assert zipfile.ZipFile(path).testzip() is None
    np.testing.assert_array_equal(zarr.load(path)["b"], np.arange(4))


def test_zip_that_is_written_can_be_opened_again_in_this_process(tmp_path: Path) -> None:
    path = str(tmp_path / "data.zip")
    group = zarr.open_group(path, mode="w")
    group.create_array("a", data=np.arange(3))
    np.testing.assert_array_equal(zarr.open_group(path, mode="r")["a"][:], np.arange(3))
    again = zarr.open_group(path)
    again.create_array("b", data=np.arange(4))
    del group, again
    assert set(zarr.open_group(path, mode="r")) == {"a", "b"}


def test_zip_of_a_process_that_just_ends_is_whole(tmp_path: Path) -> None:
    path = str(tmp_path / "data.zip")
    code = f"import zarr; g = zarr.open_group({path!r}, mode='w'); g.create_array('a', data=[1, 2, 3])"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ})
    assert list(zarr.open_group(path, mode="r")["a"][:]) == [1, 2, 3]


def test_opening_a_zip_locks_and_changes_nothing_before_the_first_write(tmp_path: Path) -> None:
    path = tmp_path / "data.zip"
    zarr.save(str(path), np.arange(3))
    before = path.read_bytes()
    one, two = zarr.open_array(str(path)), zarr.open_array(str(path), mode="r+")
    assert list(one[:]) == list(two[:]) == [0, 1, 2]
    with ZipStore(path, mode="a"):  # nobody else has it for writing
        pass
    del one, two
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", ["r", "r+"])
@pytest.mark.parametrize("name", ["none.zip", "none", "none.sqlite"])
def test_file_that_is_to_be_read_must_exist(tmp_path: Path, mode: Any, name: str) -> None:
    for place in (str(tmp_path / name), f"file://{tmp_path}/{name}", f"{tmp_path}/{name}|zip:|zarr3:"):
        with pytest.raises(FileNotFoundError, match="does not exist"):
            zarr.open(place, mode=mode)
    assert list(tmp_path.iterdir()) == []


def test_directory_stays_a_directory_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "data.zip").mkdir()
    (tmp_path / "data.db").mkdir()
    for name in ("data.zip", "data.db"):
        group = zarr.open_group(str(tmp_path / name))
        assert isinstance(group.store, LocalStore)
        assert (tmp_path / name / "zarr.json").is_file()


@pytest.mark.parametrize("name", ["data.sqlite", "data.db", "data.SQLite"])
def test_database_opens_by_itself(tmp_path: Path, name: str) -> None:
    path = str(tmp_path / name)
    zarr.save(path, np.arange(3))
    assert (tmp_path / name).read_bytes().startswith(b"SQLite format 3")
    array = zarr.open_array(path, mode="r")
    assert type(array.store).__name__ == "SQLiteStore"
    assert array.store.read_only
    assert list(array[:]) == [0, 1, 2]


# --- memory


@pytest.mark.usefixtures("no_fsspec")
async def test_memory_url_is_a_managed_store() -> None:
    path = await make_store_path("memory://url-a/below/it", path="k", mode="a")
    assert path.store == ManagedMemoryStore("url-a")
    assert str(path) == "memory://url-a/below/it/k"
    assert (await make_store_path("memory://url-a", mode="r")).read_only
    assert (await make_store("memory://url-a")).name == "url-a"  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="is a place inside a store"):
        await make_store("memory://url-a/below")


@pytest.mark.usefixtures("no_fsspec")
def test_values_named_by_a_url_stay() -> None:
    zarr.save("memory://url-b", np.arange(3))
    np.testing.assert_array_equal(zarr.load("memory://url-b"), np.arange(3))
    with pytest.raises(GroupNotFoundError):
        zarr.open("memory://url-nobody", mode="r")


def test_memory_url_is_fsspecs_where_that_is_in_use() -> None:
    assert "fsspec" in sys.modules
    zarr.save("memory://url-c", np.arange(3))
    assert fsspec.filesystem("memory").exists("/url-c/zarr.json")
    assert isinstance(zarr.open("memory://url-c").store, FsspecStore)
    mine = ManagedMemoryStore("url-d")
    zarr.save(mine, np.arange(4))
    assert len(zarr.open("memory://url-d", mode="r")) == 4


def test_local_paths_load_no_package_for_remote_stores(tmp_path: Path) -> None:
    code = (
        "import sys; before = set(sys.modules)\n"  # coverage has loaded some of them
        "import zarr\n"
        f"for place in ({str(tmp_path / 'a')!r}, {(tmp_path / 'b').as_uri()!r}, 'memory://m', None, {{}}):\n"
        "    zarr.open_group(place, mode='a')\n"
        "print(*[m for m in ('fsspec', 'obstore', 'zipfile', 'sqlite3', 'asyncio') if m in set(sys.modules) - before])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


# --- objects


async def test_mappings(tmp_path: Path) -> None:
    empty: dict[str, Any] = {}
    assert isinstance((await make_store_path(empty)).store, MemoryStore)
    values = {"a/k": buffer(b"x")}
    assert (await make_store_path(values)).store._store_dict is values  # type: ignore[attr-defined]
    for mapping in ({"a/k": b"x"}, UserDict({"a/k": b"x"})):
        path = await make_store_path(mapping, path="a")
        assert type(path.store).__name__ == "MappingStore"
        assert_bytes_equal(await (path / "k").get(), b"x")
        await (path / "new").set(buffer(b"y"))
        assert mapping["a/new"] == b"y"
        assert (await make_store_path(mapping, mode="r")).read_only


async def test_objects_of_other_packages(tmp_path: Path) -> None:
    made: list[tuple[Any, type]] = [
        (fsspec.filesystem("memory"), FsspecStore),
        (fsspec.get_mapper("memory://mapped"), FsspecStore),
        (obstore.store.MemoryStore(), ObjectStore),
    ]
    for value, kind in made:
        for mode in ("r", None):
            store = (await make_store_path(value, mode=mode)).store
            assert isinstance(store, kind)
            assert store.read_only == (mode == "r")


@pytest.mark.parametrize("wrong", [1, b"path", ["path"], object(), {"a"}])
async def test_anything_else_is_refused_by_its_name(wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"Unsupported type for store_like: '{type(wrong).__name__}'"):
        await make_store_path(wrong)


# --- options


@pytest.mark.parametrize(
    "place", ["x", "x.zip", "file:///x", "memory://x", "x.zip|zip:", "memory://x|zip:", Path("x"), {}, None]
)
async def test_storage_options_are_for_remote_urls(
    place: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TypeError, match="'storage_options' was provided but unused"):
        await make_store_path(place, storage_options={"anon": True})


async def test_storage_options_reach_the_root_of_a_pipeline() -> None:
    for url in ("s3://bucket/key", "s3://bucket/key|zarr3:", "s3://bucket/key.zip|zip:"):
        with pytest.raises(TypeError, match="nonsense_option"):
            await make_store_path(url, storage_options={"nonsense_option": True})


async def test_url_of_unknown_scheme() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        await make_store_path("nonsense-scheme://a/b")


# --- pipelines


def test_zip_in_a_pipeline(tmp_path: Path) -> None:
    root = f"file://{tmp_path}/archive.bin"
    group = zarr.open_group(f"{root}|zip:in/ner|zarr3:", mode="w")
    group.create_array("a", data=np.arange(3))
    del group
    assert "in/ner/a/zarr.json" in zipfile.ZipFile(tmp_path / "archive.bin").namelist()
    for url in (
        f"{root}|zip:in/ner/a",
        f"{root}|zip:in|zarr:ner/a",
        f"{tmp_path}/archive.bin|zip|zarr3:in/ner/a/",
    ):
        assert list(zarr.open_array(url, mode="r")[:]) == [0, 1, 2]
    assert list(zarr.open_array(f"{root}|zip:in", path="ner/a")[:]) == [0, 1, 2]


def _both_formats(path: Path) -> None:
    for zarr_format, data in ((2, [2, 2]), (3, [3, 3, 3])):
        zarr.save_array(str(path / str(zarr_format)), np.array(data), zarr_format=zarr_format)
    for name in (".zarray", ".zattrs", "0"):
        (path / "3" / name).write_bytes((path / "2" / name).read_bytes())


@pytest.mark.filterwarnings("ignore:Both zarr.json")
def test_format_in_a_pipeline(tmp_path: Path) -> None:
    _both_formats(tmp_path)
    both = f"file://{tmp_path}/3"
    for open_it in (zarr.open, zarr.open_array, zarr.load):
        assert list(open_it(f"{both}|zarr2:")[:]) == [2, 2]
        assert list(open_it(f"{both}|zarr3:")[:]) == [3, 3, 3]
        assert list(open_it(f"{both}|zarr:")[:]) == [3, 3, 3]
        assert list(open_it(f"{both}|auto:")[:]) == [3, 3, 3]
        assert list(open_it(f"file://{tmp_path}|zarr2:3")[:]) == [2, 2]
    assert zarr.open(f"{both}|zarr2:", zarr_format=2).metadata.zarr_format == 2
    with pytest.raises(FileNotFoundError):
        zarr.open(f"file://{tmp_path}/2|zarr3:", mode="r")


def test_format_in_a_pipeline_is_that_of_what_is_made(tmp_path: Path) -> None:
    def url(name: str) -> str:
        return f"file://{tmp_path}/{name}|zarr2:"

    zarr.open_group(url("a"), mode="a")
    zarr.open_array(url("b"), mode="w", shape=(3,), dtype="i4")
    zarr.create(3, store=url("c"))
    zarr.create_group(url("d"))
    zarr.save(url("e"), np.arange(3))
    zarr.save(url("f"), a=np.arange(3))
    zarr.group(url("g"))
    zarr.create_array(url("h"), shape=(3,), dtype="i4", zarr_format=2)
    zarr.from_array(url("i"), data=np.arange(3), zarr_format=2)
    for name in "abcdefghi":
        assert zarr.open(str(tmp_path / name)).metadata.zarr_format == 2
        assert not (tmp_path / name / "zarr.json").exists()


def test_formats_that_differ_are_an_error_and_nothing_is_deleted(tmp_path: Path) -> None:
    zarr.save(str(tmp_path / "a"), np.arange(3), zarr_format=2)
    url = f"file://{tmp_path}/a|zarr2:"
    calls: list[Any] = [
        lambda: zarr.open(url, zarr_format=3),
        lambda: zarr.open_array(url, zarr_format=3),
        lambda: zarr.open_group(url, mode="w", zarr_format=3),
        lambda: zarr.create_array(url, shape=(3,), dtype="i4", overwrite=True, zarr_format=3),
        lambda: zarr.create(3, store=url, overwrite=True, zarr_format=3),
        lambda: zarr.create_group(url, overwrite=True, zarr_format=3),
        lambda: zarr.Group.from_store(url, overwrite=True),
        lambda: zarr.save(url, np.arange(9), zarr_format=3),
        lambda: zarr.from_array(url, data=np.arange(9), overwrite=True, zarr_format=3),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="the URL says 'zarr2:', but format 3 is asked for"):
            call()
    np.testing.assert_array_equal(zarr.load(url), np.arange(3))


def test_nodes_below_know_their_format_themselves(tmp_path: Path) -> None:
    group = zarr.open_group(f"file://{tmp_path}|zarr2:", mode="w")
    group.create_group("a").create_array("b", shape=(3,), dtype="i4")
    assert group["a/b"].metadata.zarr_format == 2


@pytest.mark.usefixtures("no_fsspec")
async def test_archive_inside_another_store() -> None:
    outer = ManagedMemoryStore("outer")
    inner = zipped(k=b"inner", dir__k=b"deeper")
    await outer.set("dir/x.zip", buffer(zipped(some__inner=inner, k=b"outer")))
    path = await make_store_path("memory://outer/dir/x.zip|zip:")
    assert str(path) == "memory://outer/dir/x.zip|zip:"
    assert_bytes_equal(await (path / "k").get(), b"outer")
    path = await make_store_path("memory://outer/dir/x.zip|zip:some/inner|zip:dir", mode="r")
    assert_bytes_equal(await (path / "k").get(), b"deeper")
    assert path.read_only
    assert repr(path.store) == "ZipValueStore('memory://outer/dir/x.zip|zip:/some/inner|zip:')"


@pytest.mark.usefixtures("no_fsspec")
def test_arrays_in_an_archive_inside_another_store(tmp_path: Path) -> None:
    zarr.save(str(tmp_path / "x.zip"), np.arange(30))
    outer = ManagedMemoryStore("outer-arrays")
    outer.set_sync("x.zip", buffer((tmp_path / "x.zip").read_bytes()))
    url = "memory://outer-arrays/x.zip|zip:|zarr3:"
    array = zarr.open_array(url)  # mode "a", as by default: reading works
    np.testing.assert_array_equal(array[:], np.arange(30))
    with pytest.raises(
        ValueError, match="an archive inside another store can be read, and cannot be written"
    ):
        array[0] = 1
    with pytest.raises(ValueError, match="read-only mode"):
        zarr.open_array(url, mode="r")[0] = 1
    with pytest.raises(ValueError):
        zarr.open_group(url, mode="w")
    np.testing.assert_array_equal(zarr.load(url), np.arange(30))


def test_archive_far_away_is_read_through_ranges() -> None:
    far = LoggingStore(LatencyStore(MemoryStore()), "ERROR")
    assert far._suspends
    data = zipped(big=bytes(3_000_000), small=b"0123456789")
    far._store._store.set_sync("x.zip", buffer(data))
    store = ZipValueStore(far, "x.zip")
    assert not store._suspends
    assert_bytes_equal(store.get_sync("small"), b"0123456789")
    assert far.counter["getsize"] == 1
    assert far.counter["get"] <= 4
    again = pickle.loads(pickle.dumps(store.with_read_only(True)))
    assert again == store
    assert again.read_only
    assert sorted(again.keys_sync()) == ["big", "small"]
    assert store != ZipValueStore(far, "y.zip")


async def test_archive_far_away_is_read_from_a_loop() -> None:
    far = LatencyStore(MemoryStore({"x.zip": buffer(zipped(k=b"value"))}))
    store = ZipValueStore(far, "x.zip")
    assert_bytes_equal(await store.get("k", P), b"value")


def test_archive_that_is_missing_or_changes() -> None:
    inner = MemoryStore({"x.zip": buffer(zipped(k=b"value"))})
    with pytest.raises(FileNotFoundError, match="/y.zip does not exist"):
        ZipValueStore(inner, "y.zip").get_sync("k")
    with pytest.raises(zipfile.BadZipFile):
        ZipValueStore(MemoryStore({"k": buffer(b"no archive at all")}), "k").get_sync("k")
    store = ZipValueStore(inner, "x.zip")
    assert store.exists_sync("k")
    inner.set_sync("x.zip", buffer(b""))
    with pytest.raises(OSError, match="x.zip was replaced or deleted while it was read"):
        store.get_sync("k")


def test_value_as_a_file() -> None:
    file = ValueFile(MemoryStore({"k": buffer(b"0123456789")}), "k")
    assert file.readable()
    assert file.seekable()
    assert not file.writable()
    assert file.read(3) == b"012"
    assert file.tell() == 3
    assert file.seek(1, io.SEEK_CUR) == 4
    assert file.read(2) == b"45"
    assert file.seek(-2, io.SEEK_END) == 8
    assert file.read() == b"89"
    assert file.read() == b""
    assert file.seek(100) == 100
    assert file.read() == b""
    with pytest.raises(io.UnsupportedOperation):
        file.write_at(0, b"x")
    with pytest.raises(io.UnsupportedOperation):
        file.truncate(0)


async def test_store_path_keeps_the_format_of_its_url(tmp_path: Path) -> None:
    path = await make_store_path(f"file://{tmp_path}|zarr2:a")
    assert (path.path, path.zarr_format) == ("a", 2)
    assert (await make_store_path(path)).zarr_format == 2
    assert (path / "b").zarr_format is None
    assert path.agreed_format(None) == path.agreed_format(2) == 2
    assert StorePath(MemoryStore()).agreed_format(3) == 3
    assert StorePath(MemoryStore()).agreed_format(None) is None
