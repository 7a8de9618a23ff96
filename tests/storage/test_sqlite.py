"""SQLiteStore: the exported suite and machines, the table of Zarr-Python 2, transactions, other processes, damage."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import pickle
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import warnings
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule
from machines import run_machine

import zarr
from zarr.abc.buffer import Buffer
from zarr.abc.store import RangeByteRequest
from zarr.core.buffer import cpu
from zarr.storage import SQLiteStore, WrapperStore
from zarr.testing.stateful import ZarrHierarchyStateMachine, ZarrStoreStateMachine
from zarr.testing.store import StoreTests


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


def content(store: SQLiteStore) -> dict[str, bytes]:
    return {key: store.get_sync(key).to_bytes() for key in store.keys_sync()}  # type: ignore[union-attr]


def rows(path: Path, statement: str = "SELECT k, v FROM zarr", *values: object) -> list[Any]:
    db = sqlite3.connect(path)
    with db:
        found = db.execute(statement, values).fetchall()
    db.close()
    return found


class TestSQLiteStore(StoreTests[SQLiteStore, cpu.Buffer]):
    store_cls = SQLiteStore
    buffer_cls = cpu.Buffer

    async def set(self, store: SQLiteStore, key: str, value: Buffer) -> None:
        rows(store.path, "CREATE TABLE IF NOT EXISTS zarr(k TEXT PRIMARY KEY, v BLOB)")
        rows(store.path, "REPLACE INTO zarr VALUES(?, ?)", key, value.to_bytes())

    async def get(self, store: SQLiteStore, key: str) -> Buffer:
        return buffer(rows(store.path, "SELECT v FROM zarr WHERE k = ?", key)[0][0])

    @pytest.fixture
    def store_kwargs(self, tmp_path: Path) -> dict[str, Any]:
        path = tmp_path / "store.sqlite"
        rows(path, "CREATE TABLE zarr(k TEXT PRIMARY KEY, v BLOB)")
        return {"path": path}

    def test_store_repr(self, store: SQLiteStore) -> None:
        assert str(store) == f"sqlite://{store.path.as_posix()}"
        assert repr(store) == f"SQLiteStore('sqlite://{store.path.as_posix()}')"

    def test_store_supports_writes(self, store: SQLiteStore) -> None:
        assert store.supports_writes
        assert store.supports_deletes

    def test_store_supports_listing(self, store: SQLiteStore) -> None:
        assert store.supports_listing


class TestSQLiteStoreWithoutLog(TestSQLiteStore):
    @pytest.fixture
    def store_kwargs(self, tmp_path: Path) -> dict[str, Any]:
        return {"path": str(tmp_path / "store.sqlite"), "wal": False}

    @pytest.fixture
    def open_kwargs(self, store_kwargs: dict[str, Any]) -> dict[str, Any]:
        SQLiteStore(store_kwargs["path"]).delete_sync("k")
        return store_kwargs


# --- the machines


class StoreMachine(ZarrStoreStateMachine):
    @rule()
    def close(self) -> None:
        store: Any = self.store.store
        store.close()
        assert dict(rows(store.path)) == {key: value.to_bytes() for key, value in self.model.items()}

    def teardown(self) -> None:
        self.close()


@pytest.mark.machine
def test_store_machine(tmp_path: Path) -> None:
    number = count()
    run_machine(lambda: StoreMachine(SQLiteStore(tmp_path / f"{next(number)}.sqlite")))


@pytest.mark.machine
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
@pytest.mark.parametrize("wrap", [lambda store: store, WrapperStore])
def test_hierarchy_machine(tmp_path: Path, wrap: Any) -> None:
    number = count()

    class Machine(ZarrHierarchyStateMachine):
        def teardown(self) -> None:
            self.store.close()

    run_machine(lambda: Machine(wrap(SQLiteStore(tmp_path / f"{next(number)}.sqlite"))))


# --- keys and listing

parts = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="/\0"), min_size=1, max_size=3
)
keys = st.lists(parts | st.sampled_from(["a", "b", "a0", "a-", "c"]), min_size=1, max_size=3).map("/".join)
valid_keys = keys.filter(lambda key: not {".", ".."} & set(key.split("/")))


@settings(max_examples=60)
@given(st.sets(valid_keys, max_size=12), st.lists(valid_keys, max_size=4))
def test_listing_is_that_of_a_dict(
    tmp_path_factory: pytest.TempPathFactory, stored: set[str], asked: list[str]
) -> None:
    path = tmp_path_factory.mktemp("listing") / "a.sqlite"
    with SQLiteStore(path, wal=False) as store:
        store._set_all([(key, buffer(key.encode())) for key in stored] + [("x/y", buffer(b""))])
        stored = stored | {"x/y"}
        prefixes = {"", *asked, *(key.rpartition("/")[0] for key in stored)}
        for prefix in prefixes:
            assert list(store.keys_sync(prefix)) == sorted(key for key in stored if key.startswith(prefix))
            start = f"{prefix}/" if prefix else ""
            below = [key[len(start) :] for key in stored if key.startswith(start)]
            assert sorted(store.list_dir_sync(prefix)) == sorted({key.partition("/")[0] for key in below})
            assert asyncio.run(store.getsize_prefix(prefix)) == sum(
                0 if key == "x/y" else len(key.encode()) for key in stored if key.startswith(start)
            )
        for prefix in asked:
            store.delete_dir_sync(prefix)
            stored = {key for key in stored if not key.startswith(f"{prefix}/")}
            assert set(store.keys_sync()) == stored
    shutil.rmtree(path.parent)


def test_many_keys_are_listed_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zarr.storage._sqlite._KEYS_AT_ONCE", 7)
    store = SQLiteStore(tmp_path / "a.sqlite")
    names = [f"c/{i:03}" for i in range(70)]
    store._set_all([(name, buffer(b"")) for name in names])
    assert list(store.keys_sync()) == names
    assert list(store.keys_sync("c/01")) == names[10:20]
    store.close()


def test_a_directory_among_many_keys_is_listed_without_looking_at_them(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "a.sqlite")
    store._set_all([(f"{group}/c/{i}", buffer(b"")) for group in ("a", "b") for i in range(20_000)])
    with store._connections.use() as db:
        steps = [0]

        def step() -> None:
            steps[0] += 1

        db.set_progress_handler(step, 100)
        assert sorted(store.list_dir_sync("")) == ["a", "b"]
    assert steps[0] < 10
    store.close()


# --- the file


def test_after_close_there_is_one_plain_file(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    stores = [SQLiteStore(path), SQLiteStore(path)]
    for i, store in enumerate(stores):
        store.set_sync(f"{i}", buffer(b"value"))
        assert store.get_sync("0") == buffer(b"value")
    for store in stores:
        store.close()
    assert os.listdir(tmp_path) == ["a.sqlite"]
    assert path.read_bytes()[18:20] == b"\1\1"  # no log is needed to read it
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        assert content(SQLiteStore(path, read_only=True)) == {"0": b"value", "1": b"value"}
    finally:
        tmp_path.chmod(0o755)


def test_dropped_without_close(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        store = SQLiteStore(tmp_path / "a.sqlite")
        store.set_sync("a", buffer(b"1"))
        del store
        gc.collect()
    assert os.listdir(tmp_path) == ["a.sqlite"]
    code = (
        "import sys, zarr\nfrom zarr.storage import SQLiteStore\n"
        "store = SQLiteStore(sys.argv[1])\nzarr.create_array(store, data=[1, 2, 3])\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code, str(tmp_path / "b.sqlite")], check=True)
    assert list(zarr.open_array(SQLiteStore(tmp_path / "b.sqlite"))[:]) == [1, 2, 3]
    assert sorted(os.listdir(tmp_path)) == ["a.sqlite", "b.sqlite"]


def test_reading_makes_nothing(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "a.sqlite")
    assert store.get_sync("a") is None
    assert list(store.keys_sync()) == []
    with pytest.raises(FileNotFoundError):
        SQLiteStore(tmp_path / "a.sqlite", read_only=True).get_sync("a")
    rows(tmp_path / "other.sqlite", "CREATE TABLE other(x)")
    assert SQLiteStore(tmp_path / "other.sqlite").get_sync("a") is None
    with pytest.raises(sqlite3.DatabaseError, match="no table 'zarr'"):
        SQLiteStore(tmp_path / "other.sqlite", read_only=True).get_sync("a")
    assert os.listdir(tmp_path) == ["other.sqlite"]
    assert rows(tmp_path / "other.sqlite", "SELECT name FROM sqlite_master") == [("other",)]


def test_read_only_means_it(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    with SQLiteStore(path) as store:
        store.set_sync("a", buffer(b"1"))
    before = path.read_bytes()
    for store in (SQLiteStore(path, read_only=True), SQLiteStore(path).with_read_only(True)):
        for change in (
            store.set("b", buffer(b"")),
            store.set_if_not_exists("b", buffer(b"")),
            store._set_many([("b", buffer(b""))]),
            store.delete("a"),
            store.delete_dir(""),
            store.clear(),
        ):
            with pytest.raises(ValueError, match="read-only"):
                asyncio.run(change)
        with pytest.raises(ValueError, match="read-only"), store.transaction():
            pass
        store.close()
    assert path.read_bytes() == before


def test_what_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"this is something else" * 100)
    for read_only in (True, False):
        with pytest.raises(sqlite3.DatabaseError, match=r"a\.sqlite: .*not a database; it is damaged"):
            asyncio.run(SQLiteStore.open(path, read_only=read_only))
        with pytest.raises(sqlite3.DatabaseError):
            SQLiteStore(path).set_sync("a", buffer(b""))
    assert path.read_bytes() == b"this is something else" * 100
    with pytest.raises(IsADirectoryError):
        SQLiteStore(tmp_path).get_sync("a")
    with pytest.raises(OSError, match="not a regular file"):
        SQLiteStore("/dev/null").set_sync("a", buffer(b""))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "fifo")
        with pytest.raises(OSError, match="not a regular file"):
            SQLiteStore(tmp_path / "fifo").get_sync("a")
    with pytest.raises(TypeError):
        SQLiteStore(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="MemoryStore"):
        SQLiteStore(":memory:")


def test_damaged_pages_are_errors_or_right_values(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    values = {f"c/{i}": bytes([i]) * 3000 for i in range(60)}
    with SQLiteStore(path) as store:
        store._set_all([(key, buffer(value)) for key, value in values.items()])
    whole = path.read_bytes()
    chance, errors = random.Random(1), 0
    for _ in range(150):
        hurt = bytearray(whole)
        page = chance.randrange(len(hurt) // 4096) * 4096
        hurt[page : page + 12] = chance.randbytes(12)
        path.write_bytes(hurt)
        store = SQLiteStore(path, read_only=True)
        for key, value in values.items():
            try:
                found = store.get_sync(key)
            except sqlite3.DatabaseError as error:
                assert str(path) in str(error)
                errors += 1
                continue
            assert found is None or len(found) == len(value)
        store.close()
    assert errors > 100


@pytest.mark.parametrize("value", ["text", None, 5])
def test_a_value_that_is_no_blob_is_an_error(tmp_path: Path, value: object) -> None:
    path = tmp_path / "a.sqlite"
    with SQLiteStore(path) as store:
        store.set_sync("good", buffer(b"1"))
        rows(path, "INSERT INTO zarr VALUES('bad', ?)", value)
        for byte_range in (None, RangeByteRequest(0, 1)):
            with pytest.raises(sqlite3.DataError, match=r"a\.sqlite: the value of key 'bad' is of type"):
                store.get_sync("bad", byte_range=byte_range)
        assert store.get_sync("good") == buffer(b"1")


def test_a_range_of_a_large_value(tmp_path: Path) -> None:
    value = os.urandom(3_000_000)
    with SQLiteStore(tmp_path / "a.sqlite") as store:
        store.set_sync("k", buffer(value))
        for start, end in (
            (0, 10),
            (2_999_990, 3_000_000),
            (1_000_000, 2_500_000),
            (5, 5),
            (3_000_000, 3_000_009),
        ):
            found = store.get_sync("k", byte_range=RangeByteRequest(start, end))
            assert found is not None
            assert found.to_bytes() == value[start:end]


# --- Zarr-Python 2


def test_the_table_of_zarr_python_2(tmp_path: Path) -> None:
    """As its SQLiteStore made it; and one that it can read, for it wants these two columns."""
    path = tmp_path / "a.sqlite"
    rows(path, "CREATE TABLE IF NOT EXISTS zarr(k TEXT PRIMARY KEY, v BLOB)")
    rows(path, "REPLACE INTO zarr VALUES('.zgroup', ?)", b'{"zarr_format": 2}')
    with SQLiteStore(path) as store:
        group = zarr.open_group(store, mode="a")
        assert group.metadata.zarr_format == 2
        group.create_array("x", data=np.arange(5))
    assert sorted(key for key, _ in rows(path)) == [".zgroup", "x/.zarray", "x/.zattrs", "x/0"]
    assert rows(path, "SELECT sql FROM sqlite_master WHERE name = 'zarr'") == [
        ("CREATE TABLE zarr(k TEXT PRIMARY KEY, v BLOB)",)
    ]


@pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part")
@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("shards", [None, (20, 20)])
def test_hierarchy_from_end_to_end(tmp_path: Path, zarr_format: Any, shards: Any) -> None:
    if zarr_format == 2:
        shards = None
    values = np.arange(60 * 40, dtype="i4").reshape(60, 40)
    with SQLiteStore(tmp_path / "a.sqlite") as store:
        root = zarr.open_group(store, mode="w", zarr_format=zarr_format, attributes={"a": 1})
        array = root.create_array("g/x", shape=(60, 40), chunks=(10, 10), shards=shards, dtype="i4")
        array[:] = values
        array[5:15, 5:15] = values[5:15, 5:15] = -1
        array[20:40, 20:40] = values[20:40, 20:40] = 0
        zarr.consolidate_metadata(store)
        np.testing.assert_array_equal(zarr.open_array(store, path="g/x", mode="r")[:], values)
    with SQLiteStore(tmp_path / "a.sqlite", read_only=True) as store:
        root = zarr.open_group(store, mode="r")
        assert dict(root.attrs) == {"a": 1}
        np.testing.assert_array_equal(root["g/x"][15:25, 3:30], values[15:25, 3:30])  # type: ignore[index]


# --- transactions


def test_transaction(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "a.sqlite")
    array = zarr.create_array(store, shape=(40, 1000), chunks=(1, 1000), dtype="f8", fill_value=0)
    with pytest.raises(ZeroDivisionError), store.transaction() as inside:
        zarr.open_array(inside)[:] = 1.0  # by many threads
        assert (zarr.open_array(inside, mode="r")[:] == 1).all()
        1 / 0
    assert len(list(store.keys_sync())) == 1
    with store.transaction() as inside:
        zarr.open_array(inside)[:] = 2.0
        inside.delete_sync("none")
        asyncio.run(inside._set_many([("x", buffer(b"1")), ("y", buffer(b"2"))]))
        with pytest.raises(RuntimeError, match="a transaction of this thread is open"):
            store.set_sync("z", buffer(b""))
        assert (array[:] == 0).all()  # from outside, the old state
        with pytest.raises(ValueError, match="in a transaction already"), inside.transaction():
            pass
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(inside)
        inside.close()
    assert (array[:] == 2).all()
    with pytest.raises(ValueError, match="the transaction is over"):
        inside.get_sync("x")
    store.set_sync("z", buffer(b""))
    store.close()


def test_set_many_sets_all_or_none(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "a.sqlite")
    store.set_sync("a", buffer(b"old"))
    rows(
        store.path,
        "CREATE TRIGGER no BEFORE INSERT ON zarr WHEN NEW.k = 'c' BEGIN SELECT RAISE(ABORT, 'no c'); END",
    )
    values = [("a", buffer(b"new")), ("b", buffer(b"1")), ("c", buffer(b"2"))]
    with pytest.raises(sqlite3.DatabaseError, match="no c"):
        asyncio.run(store._set_many(values))
    assert content(store) == {"a": b"old"}
    with store.transaction() as inside:
        inside.set_sync("d", buffer(b"3"))
        with pytest.raises(sqlite3.DatabaseError, match="no c"):
            asyncio.run(inside._set_many(values))
    assert content(store) == {"a": b"old", "d": b"3"}
    for bad in ("", "../a", "a/"):
        with pytest.raises(ValueError):
            asyncio.run(store._set_many([("e", buffer(b"")), (bad, buffer(b""))]))
    with pytest.raises(TypeError, match="must be a Buffer"):
        store.set_sync("a", b"")  # type: ignore[arg-type]
    assert content(store) == {"a": b"old", "d": b"3"}
    store.close()


async def test_set_if_not_exists_has_one_winner(tmp_path: Path) -> None:
    stores = [SQLiteStore(tmp_path / "a.sqlite") for _ in range(4)]
    won = await asyncio.gather(*(stores[i % 4].set_if_not_exists("k", buffer(b"%d" % i)) for i in range(40)))
    assert won.count(True) == 1
    assert content(stores[0]) == {"k": b"%d" % won.index(True)}
    for store in stores:
        store.close()


# --- threads and processes


def test_threads(tmp_path: Path) -> None:
    stores = [SQLiteStore(tmp_path / "a.sqlite") for _ in range(2)]
    failures: list[object] = []

    def work(number: int) -> None:
        store = stores[number % 2]
        try:
            for i in range(30):
                key = f"{number}/{i}"
                store.set_sync(key, buffer(bytes([number, i]) * 5000))
                found = store.get_sync(key, byte_range=RangeByteRequest(100, 200))
                assert found is not None
                assert found.to_bytes() == bytes([number, i]) * 50
                if i % 3 == 0:
                    store.delete_sync(key)
                if i % 10 == 0:
                    store.close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    expected = {f"{n}/{i}": bytes([n, i]) * 5000 for n in range(6) for i in range(30) if i % 3}
    assert content(stores[0]) == expected
    for store in stores:
        store.close()
    assert os.listdir(tmp_path) == ["a.sqlite"]


def _write(store: SQLiteStore, number: int) -> None:
    for i in range(25):
        store._set_all([(f"{number}/a", buffer(b"%d" % i * 3000)), (f"{number}/b", buffer(b"%d" % i * 3000))])
        store.set_sync(f"{number}/{i}", buffer(b"x"))
    store.close()


def _read(store: SQLiteStore, queue: Any) -> None:
    seen = 0
    while not store.exists_sync("stop"):
        for number in range(2):
            values = [store.get_sync(f"{number}/{name}") for name in "ab"]
            for value in values:
                if value is not None:
                    data = value.to_bytes()
                    length = len(data) // 3000
                    assert data == data[:length] * 3000
                    seen += 1
    queue.put(seen)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes(tmp_path: Path, method: str) -> None:
    context = multiprocessing.get_context(method)
    store = SQLiteStore(tmp_path / "a.sqlite")
    store.set_sync("start", buffer(b""))
    queue = context.SimpleQueue()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside threads
        readers = [context.Process(target=_read, args=(store, queue)) for _ in range(2)]
        writers = [context.Process(target=_write, args=(store, number)) for number in range(2)]
        for process in readers + writers:
            process.start()
    for process in writers:
        process.join(120)
    store.set_sync("stop", buffer(b""))
    for process in readers:
        process.join(120)
    assert [process.exitcode for process in readers + writers] == [0] * 4
    assert queue.get() + queue.get() > 0
    assert len(list(store.keys_sync())) == 2 + 2 * 27
    store.close()
    assert rows(tmp_path / "a.sqlite", "PRAGMA integrity_check") == [("ok",)]


def _fork_and_run(function: Any) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            code = function()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_forks_while_busy(tmp_path: Path) -> None:
    """Children use the store of their parent while its threads write."""
    store = SQLiteStore(tmp_path / "a.sqlite")
    stop = threading.Event()
    written = [0, 0]

    def work(number: int) -> None:
        while not stop.is_set():
            store.set_sync(f"t{number}/{written[number]}", buffer(bytes(2000)))
            written[number] += 1

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()

    def child(number: int) -> int:
        for i in range(5):
            store.set_sync(f"child/{number}/{i}", buffer(b"1"))
        found = store.get_sync("t0/0")
        return 0 if found is not None and len(found) == 2000 else 2

    while not written[0]:
        time.sleep(0.001)
    codes = [_fork_and_run(partial(child, number)) for number in range(8)]
    stop.set()
    for thread in threads:
        thread.join()
    assert codes == [0] * 8
    assert len(list(store.keys_sync())) == sum(written) + 40
    store.close()
    assert rows(tmp_path / "a.sqlite", "PRAGMA integrity_check") == [("ok",)]


def test_fork_in_a_transaction(tmp_path: Path) -> None:
    """The child must not touch the connection that it inherits: not use it, not end its transaction, not close it."""
    store = SQLiteStore(tmp_path / "a.sqlite")

    def child() -> int:
        gc.collect()
        refused = 0
        for function in (lambda: store.get_sync("a"), lambda: inside.set_sync("b", buffer(b""))):
            try:
                function()
            except (sqlite3.OperationalError, ValueError):
                refused += 1
        store.close()
        return refused

    with store.transaction() as inside:
        inside.set_sync("a", buffer(b"1"))
        assert _fork_and_run(child) == 2
        inside.set_sync("c", buffer(b"2"))
    assert content(store) == {"a": b"1", "c": b"2"}
    store.close()
    assert rows(tmp_path / "a.sqlite", "PRAGMA integrity_check") == [("ok",)]


def test_locked_for_too_long(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "a.sqlite", timeout=0.05)
    store.set_sync("a", buffer(b"1"))
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match=r"a\.sqlite: database is locked; another process"):
        store.set_sync("b", buffer(b"2"))
    assert store.get_sync("a") == buffer(b"1")
    other.execute("ROLLBACK")
    other.close()
    store.set_sync("b", buffer(b"2"))
    assert content(store) == {"a": b"1", "b": b"2"}
    store.close()


@pytest.mark.parametrize("wal", [True, False])
def test_random_kills(tmp_path: Path, wal: bool) -> None:
    code = (
        "import sys\nfrom zarr.core.buffer import cpu\nfrom zarr.storage import SQLiteStore\n"
        f"store = SQLiteStore(sys.argv[1], wal={wal})\ni = 0\n"
        "while True:\n"
        "    value = cpu.Buffer.from_bytes(b'%d,' % i * 2000)\n"
        "    store._set_all([('a', value), ('b', value)])\n"
        "    print(i, flush=True)\n    i += 1\n"
    )
    chance = random.Random(5)
    path = tmp_path / "a.sqlite"
    for _ in range(4):
        process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(chance.randint(2, 15)):
            last = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()
        process.wait()
        process.stdout.close()
        last = int(rest[-1]) if rest else last
        with SQLiteStore(path) as store:
            found = content(store)
        assert found["a"] == found["b"]
        assert int(found["a"].split(b",")[0]) >= last
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


def test_no_space(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    store = SQLiteStore(path)
    store.set_sync("a", buffer(b"1"))
    with store._connections.use(write=True) as db:
        db.execute("PRAGMA max_page_count=10")
    with pytest.raises(sqlite3.OperationalError, match=r"a\.sqlite: database or disk is full"):
        store.set_sync("b", buffer(bytes(10_000_000)))
    assert content(store) == {"a": b"1"}
    store.close()
    store.set_sync("b", buffer(bytes(100_000)))
    assert content(store) == {"a": b"1", "b": bytes(100_000)}
    store.close()


def test_pickled(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "a.sqlite")
    array = zarr.create_array(store, data=np.arange(9))
    again = pickle.loads(pickle.dumps(array))
    again[0] = 7
    assert array[0] == 7
    assert again.store == store
    assert again.store != store.with_read_only(True)
    assert again.store != SQLiteStore(tmp_path / "b.sqlite")
    again.store.close()
    store.close()


def test_handles_stay_where_they_were(tmp_path: Path) -> None:
    def handles() -> int:
        return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0

    (tmp_path / "bad").write_bytes(b"no database, but long enough" * 10)
    before = handles()
    for _ in range(30):
        with SQLiteStore(tmp_path / "a.sqlite") as store:
            store.set_sync("a", buffer(b"1"))
            with pytest.raises(sqlite3.DatabaseError):
                SQLiteStore(tmp_path / "bad").get_sync("a")
    gc.collect()
    assert handles() <= before
