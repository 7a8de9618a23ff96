"""Connections to an SQLite database: each serves one call at a time, and none is carried into a forked process.

SQLite keeps its locks per process, so a child that uses or closes what it inherits can damage the database. Before a
fork the connections are closed; they open again when used.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from importlib import import_module
from pathlib import Path
from typing import Protocol
from weakref import WeakValueDictionary, finalize

from zarr.storage._thread_lock import ThreadLock

__all__ = ["Connection", "ConnectionPool", "Connections", "Transaction"]

_TABLE = "CREATE TABLE IF NOT EXISTS zarr(k TEXT PRIMARY KEY, v BLOB)"
"""As Zarr-Python 2 made it."""
_HAS_TABLE = "SELECT 1 FROM sqlite_master WHERE name = 'zarr'"
_PAGE_SIZE = 16384
"""Of new databases; most values fill several pages."""
_LONGEST_WAIT_BEFORE_FORK = 5.0
_WAIT = 0.001

_all: WeakValueDictionary[int, ConnectionPool] = WeakValueDictionary()
_left_behind: set[str] = set()
"""Databases that a connection was in use to when this process was forked off."""
_forking = False


class Connection(sqlite3.Connection):
    """A connection; whether it was made ready to write, and whether it is worth keeping."""

    is_ready = False
    is_kept = True


class Connections(Protocol):
    """Where calls get their connections."""

    read_only: bool

    def use(self, *, write: bool = False) -> AbstractContextManager[Connection]:
        """A connection for the time of a ``with``."""

    def close(self) -> None:
        """Close what is not in use."""


class ConnectionPool:
    """The connections of a store.

    Parameters
    ----------
    path
        The database.
    read_only
        Make and change nothing.
    timeout
        Seconds to wait while another process writes.
    wal
        Whether writers use a write-ahead log.
    """

    def __init__(self, path: Path, *, read_only: bool, timeout: float, wal: bool) -> None:
        self.read_only = read_only
        self._path = path
        self._timeout = timeout
        self._wal = wal
        self._idle: list[Connection] = []
        self._used: dict[object, tuple[int, Connection | None]] = {}
        self._write_lock = ThreadLock()
        self._is_writing = False
        self._name = os.path.abspath(path)
        finalize(self, _close, self._idle)
        _all[id(self)] = self

    @contextmanager
    def use(self, *, write: bool = False) -> Iterator[Connection]:
        """A connection for the time of a ``with``; the threads of this process write in turn.

        Raises
        ------
        sqlite3.DatabaseError
            Whatever goes wrong, with the path.
        """
        call = object()
        while self._begin(call):  # another thread forks
            time.sleep(_WAIT)
        try:
            with self._write_turn() if write else nullcontext():
                db = self._take(write)
                self._used[call] = (threading.get_ident(), db)
                try:
                    yield db
                finally:
                    self._give_back(db)
        except sqlite3.DatabaseError as error:
            raise type(error)(f"{self._path}: {error}{_advice(error)}") from error
        finally:
            self._used.pop(call, None)

    def _begin(self, call: object) -> bool:
        self._used[call] = (threading.get_ident(), None)
        if _forking:
            del self._used[call]
        return _forking

    @contextmanager
    def _write_turn(self) -> Iterator[None]:
        with self._write_lock:
            if self._is_writing:
                raise RuntimeError(
                    f"{self._path}: a transaction of this thread is open; write through the store that "
                    "`transaction()` gave."
                )
            self._is_writing = True
            try:
                yield
            finally:
                self._is_writing = False

    def _take(self, write: bool) -> Connection:
        if self._name in _left_behind:
            raise sqlite3.OperationalError(
                "the process was forked in the middle of a transaction; open the store anew"
            )
        try:
            db = self._idle.pop()
        except IndexError:
            db = self._connect(write)
        if write and not db.is_ready:
            try:
                self._make_ready(db)
            except BaseException:
                db.close()
                raise
        return db

    def _give_back(self, db: Connection) -> None:
        if self._name in _left_behind:
            return
        if db.in_transaction:  # something went wrong
            db.rollback()
        if db.is_kept:
            self._idle.append(db)
        else:
            db.close()

    def _connect(self, write: bool) -> Connection:
        try:
            mode = os.stat(self._path).st_mode
        except FileNotFoundError:
            if self.read_only:
                raise
            if not write:
                return _nothing()
        else:
            if stat.S_ISDIR(mode):
                raise IsADirectoryError(f"{self._path} is a directory, no SQLite database")
            if not stat.S_ISREG(mode):
                raise OSError(f"{self._path} is not a regular file, so no SQLite database")
        db = self._open("ro" if self.read_only else "rwc")
        try:
            if not write and db.execute(_HAS_TABLE).fetchone() is None:
                if self.read_only:
                    raise sqlite3.DatabaseError("there is no table 'zarr' in it, so no store of Zarr")
                db.close()
                return _nothing()
        except BaseException:
            db.close()
            raise
        return db

    def _open(self, mode: str) -> Connection:
        return sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=self._timeout,
            isolation_level=None,
            check_same_thread=False,
            factory=Connection,
        )

    def _make_ready(self, db: Connection) -> None:
        if self._wal:
            db.execute(f"PRAGMA page_size={_PAGE_SIZE}")
            with suppress(sqlite3.OperationalError):  # locked at this moment: then without
                if db.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",):
                    db.execute("PRAGMA synchronous=NORMAL")
        db.execute(_TABLE)
        db.is_ready = True

    def close(self) -> None:
        """Close what is not in use."""
        _close(self._idle)

    def prepare_fork(self) -> None:
        """Close all connections, after waiting for the calls of other threads."""
        me, until = threading.get_ident(), time.monotonic() + _LONGEST_WAIT_BEFORE_FORK
        while any(thread != me for thread, _ in list(self._used.values())) and time.monotonic() < until:
            time.sleep(_WAIT)
        _close(self._idle)

    def forget_inherited(self) -> None:
        """In the child: never touch nor close what was in use at the fork."""
        for _, db in self._used.values():
            if db is not None:
                _left_behind.add(self._name)
                ctypes = import_module("ctypes")
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(db))
        self._used.clear()
        self._is_writing = False


class Transaction:
    """The one connection of a transaction, which all threads share.

    Parameters
    ----------
    db
        The connection.
    """

    read_only = False

    def __init__(self, db: Connection) -> None:
        self._db: Connection | None = db
        self._lock = ThreadLock()
        self._owner = os.getpid()

    @contextmanager
    def use(self, *, write: bool = False) -> Iterator[Connection]:
        """The connection for the time of a ``with``."""
        with self._lock:
            if self._db is None or self._owner != os.getpid():
                raise ValueError(
                    "the transaction is over, or belongs to another process; use the store it was made of"
                )
            yield self._db

    def end(self, statement: str) -> None:
        """Commit or roll back."""
        with self._lock:
            if self._db is not None and self._owner == os.getpid():
                self._db.execute(statement)
                self._db = None

    def close(self) -> None:
        """Nothing: it ends with its ``with``."""


def _close(idle: list[Connection]) -> None:
    """Close connections; the last that wrote leaves one plain file, unless another process uses it."""
    last = None
    with suppress(IndexError):
        while True:
            db = idle.pop()
            if db.is_ready and last is None:
                last = db
            else:
                db.close()
    if last is not None:
        with suppress(sqlite3.OperationalError):
            last.execute("PRAGMA busy_timeout=0")
            last.execute("PRAGMA journal_mode=DELETE")
        last.close()


def _nothing() -> Connection:
    db: Connection = sqlite3.connect(
        ":memory:", isolation_level=None, check_same_thread=False, factory=Connection
    )
    db.execute(_TABLE)
    db.is_kept = False
    return db


def _advice(error: sqlite3.DatabaseError) -> str:
    text = str(error)
    if "not a database" in text or "malformed" in text:
        return "; it is damaged or something else. The sqlite3 program can recover what is left: `.recover`"
    if "locked" in text:
        return "; another process has been writing all the time. A longer `timeout` waits longer"
    return ""


def _pools() -> list[ConnectionPool]:
    return [pool for reference in _all.valuerefs() if (pool := reference()) is not None]


def _before_fork() -> None:
    global _forking
    _forking = True
    for pool in _pools():
        pool.prepare_fork()


def _after_fork() -> None:
    global _forking
    _forking = False


def _after_fork_in_child() -> None:
    _after_fork()
    for pool in _pools():
        pool.forget_inherited()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)
