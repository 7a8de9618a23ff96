"""SQLiteStore: values in one table of an SQLite database.

The layout is that of Zarr-Python 2: a table ``zarr`` with the key ``k`` and the value ``v``. Keys below a prefix are a
range of the table's index, so nothing here looks at all keys.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.ranges import ByteRequest, slice_of
from zarr.core.buffer import default_buffer_prototype
from zarr.core.keys import check_key
from zarr.storage._blocking import BlockingStore, as_directory
from zarr.storage._sqlite_connections import Connection, ConnectionPool, Connections, Transaction

__all__ = ["SQLiteStore"]

_SET = "INSERT INTO zarr(k, v) VALUES(?, ?) ON CONFLICT(k) DO UPDATE SET v = excluded.v"
_RENAME = (
    "UPDATE zarr SET k = ? || substr(k, ?) WHERE k >= ? AND k < ? "
    "AND NOT EXISTS (SELECT 1 FROM zarr WHERE k >= ? AND k < ?)"
)
_AFTER_ALL = b""
"""Sorts behind every key, as blobs do behind texts."""
_KEYS_AT_ONCE = 1000

# One key of each name below a prefix of :n - 1 characters: a key is followed by the next one, and one in a directory by
# the next that is not in there ('0' is the character behind the slash).
_ONE_OF_EACH_NAME = """
WITH RECURSIVE found(k) AS (
    SELECT min(k) FROM zarr WHERE k >= :start AND k < :end
    UNION ALL
    SELECT (
        SELECT min(zarr.k) FROM zarr WHERE zarr.k < :end AND zarr.k >= CASE instr(substr(found.k, :n), '/')
            WHEN 0 THEN found.k || char(1)
            ELSE substr(found.k, 1, :n - 2 + instr(substr(found.k, :n), '/')) || '0'
        END
    ) FROM found WHERE found.k IS NOT NULL
)
SELECT k FROM found WHERE k IS NOT NULL
"""


class SQLiteStore(BlockingStore):
    """A database of SQLite, in one file.

    Any number of processes may read and write it at once. A value is set whole or not at all; several are with
    ``transaction``. While it is written, two files lie beside it, which are gone when it is closed.

    Parameters
    ----------
    path
        The database; it is made when something is first written.
    read_only
        Refuse every change; nothing is made then.
    timeout
        Seconds to wait while another process writes.
    wal
        Whether writers use a write-ahead log, with which readers never wait and a power failure loses the last
        values at most. It needs memory that processes share: on a file system of a network, turn it off.

    Raises
    ------
    sqlite3.DatabaseError
        When it is used and is no database, or damaged.
    """

    _suspends = False
    supports_writes: bool = True
    supports_deletes: bool = True
    supports_listing: bool = True

    def __init__(
        self, path: Path | str, *, read_only: bool = False, timeout: float = 30.0, wal: bool = True
    ) -> None:
        super().__init__(read_only=read_only)
        if not isinstance(path, (str, Path)):
            raise TypeError(
                f"'path' must be a string or Path instance. Got an instance of {type(path)} instead."
            )
        if str(path) == ":memory:":
            raise ValueError("SQLiteStore needs a file; use MemoryStore for values in memory.")
        self.path = Path(path)
        self._timeout = timeout
        self._wal = wal
        self._connections: Connections = self._new_connections()

    def _new_connections(self) -> ConnectionPool:
        return ConnectionPool(self.path, read_only=self.read_only, timeout=self._timeout, wal=self._wal)

    # --- life

    async def _open(self) -> None:
        await self._call(self.exists_sync, "zarr.json")  # so that what is no database is told now
        await super()._open()

    def close(self) -> None:
        """Close the file; the store opens itself again when used."""
        self._connections.close()
        super().close()

    def with_read_only(self, read_only: bool = False) -> Self:
        other = self._copy()
        other._read_only = read_only
        if self._connections.read_only and not read_only:
            other._connections = other._new_connections()
        return other

    def _copy(self) -> Self:
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._is_open = False
        return other

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        """A store whose changes are made all together, at the end of the ``with``, or not at all.

        Other stores and processes see none of them before, and wait with their own changes. An error in the ``with``
        undoes all.

        Examples
        --------
        >>> with store.transaction() as inside:  # doctest: +SKIP
        ...     zarr.open_array(inside, path="a")[:] = values
        """
        self._check_writable()
        if isinstance(self._connections, Transaction):
            raise ValueError(f"{self!r} is in a transaction already")
        with self._connections.use(write=True) as db:
            db.execute("BEGIN IMMEDIATE")
            transaction = Transaction(db)
            inside = self._copy()
            inside._connections = transaction
            try:
                yield inside
                transaction.end("COMMIT")
            except BaseException:
                transaction.end("ROLLBACK")
                raise

    def __getstate__(self) -> dict[str, Any]:
        if isinstance(self._connections, Transaction):
            raise TypeError(
                "a store in a transaction cannot be pickled; pickle the store that it was made of"
            )
        return {**self.__dict__, "_connections": None, "_is_open": False}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._connections = self._new_connections()

    def __str__(self) -> str:
        return f"sqlite://{self.path.as_posix()}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.path == other.path and self.read_only == other.read_only

    @property
    def _lock_scope(self) -> Hashable:
        return "sqlite", os.path.abspath(self.path)

    # --- reading

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        with self._connections.use() as db:
            data = _read(db, key) if byte_range is None else _read_range(db, key, byte_range)
        if data is None:
            return None
        return (default_buffer_prototype() if prototype is None else prototype).buffer.from_bytes(data)

    def exists_sync(self, key: str) -> bool:
        with self._connections.use() as db:
            return db.execute("SELECT 1 FROM zarr WHERE k = ?", (key,)).fetchone() is not None

    def getsize_sync(self, key: str) -> int:
        with self._connections.use() as db:
            found: tuple[int] | None = db.execute("SELECT length(v) FROM zarr WHERE k = ?", (key,)).fetchone()
        if found is None:
            raise FileNotFoundError(key)
        return found[0]

    async def getsize_prefix(self, prefix: str) -> int:
        def add_up() -> int:
            with self._connections.use() as db:
                query = "SELECT total(length(v)) FROM zarr WHERE k >= ? AND k < ?"
                return int(db.execute(query, _span(as_directory(prefix))).fetchone()[0])

        return await self._call(add_up)

    # --- changing

    def set_sync(self, key: str, value: Buffer) -> None:
        self._set_all([(key, value)])

    async def _set_many(self, values: Iterable[tuple[str, Buffer]]) -> None:
        """Set all of the values or none."""
        await self._call(self._set_all, list(values))

    def _bytes_of(self, value: Buffer) -> bytes | bytearray | memoryview:
        self._check_value(value)
        return value.as_buffer_like()

    def _set_all(self, values: list[tuple[str, Buffer]]) -> None:
        self._check_writable()
        rows = [(check_key(key), self._bytes_of(value)) for key, value in values]
        with self._connections.use(write=True) as db:
            if len(rows) == 1:
                db.execute(_SET, rows[0])
                return
            db.execute("SAVEPOINT setting")
            try:
                db.executemany(_SET, rows)
            except BaseException:
                db.execute("ROLLBACK TO setting")
                raise
            finally:
                db.execute("RELEASE setting")

    def set_if_not_exists_sync(self, key: str, value: Buffer) -> bool | None:
        self._check_writable()
        row = (check_key(key), self._bytes_of(value))
        with self._connections.use(write=True) as db:
            return db.execute("INSERT OR IGNORE INTO zarr(k, v) VALUES(?, ?)", row).rowcount == 1

    def delete_sync(self, key: str) -> None:
        self._check_writable()
        with self._connections.use(write=True) as db:
            db.execute("DELETE FROM zarr WHERE k = ?", (key,))

    def delete_dir_sync(self, prefix: str) -> None:
        self._check_writable()
        with self._connections.use(write=True) as db:
            db.execute("DELETE FROM zarr WHERE k >= ? AND k < ?", _span(as_directory(prefix)))

    async def clear(self) -> None:
        await self._call(self.delete_dir_sync, "")

    async def _rename_dir(self, source: str, dest: str) -> bool:
        """Rename all keys below a prefix at once; see ``zarr.abc.store.SupportsRenameDir``."""
        return await self._call(self._rename_dir_sync, source, dest)

    def _rename_dir_sync(self, source: str, dest: str) -> bool:
        self._check_writable()
        source, dest = as_directory(source), as_directory(check_key(dest))
        with self._connections.use(write=True) as db:
            renamed = db.execute(_RENAME, (dest, len(source) + 1, *_span(source), *_span(dest))).rowcount
        if not renamed and next(self.keys_sync(dest), None) is not None:
            raise FileExistsError(f"there is something at {dest!r} of {self}")
        return True

    # --- listing

    def keys_sync(self, prefix: str = "") -> Iterator[str]:
        start, end = _span(prefix)
        query = f"SELECT k FROM zarr WHERE k >= ? AND k < ? ORDER BY k LIMIT {_KEYS_AT_ONCE}"
        while True:
            with self._connections.use() as db:
                found = [key for (key,) in db.execute(query, (start, end))]
            yield from found
            if len(found) < _KEYS_AT_ONCE:
                return
            start = found[-1] + "\1"

    def list_dir_sync(self, prefix: str) -> Iterator[str]:
        prefix = as_directory(prefix)
        start, end = _span(prefix)
        with self._connections.use() as db:
            found = db.execute(
                _ONE_OF_EACH_NAME, {"n": len(prefix) + 1, "start": start, "end": end}
            ).fetchall()
        yield from dict.fromkeys(key[len(prefix) :].partition("/")[0] for (key,) in found)


def _span(prefix: str) -> tuple[str, str | bytes]:
    """What all keys that start with a prefix are between."""
    return prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1) if prefix else _AFTER_ALL


def _read(db: Connection, key: str) -> bytes | None:
    found = db.execute("SELECT v, typeof(v) FROM zarr WHERE k = ?", (key,)).fetchone()
    return None if found is None else _check_blob(key, *found)


def _read_range(db: Connection, key: str, byte_range: ByteRequest) -> bytes | None:
    db.execute("SAVEPOINT reading")  # the row, its size and its bytes as of one moment
    try:
        found = db.execute("SELECT rowid, length(v), typeof(v) FROM zarr WHERE k = ?", (key,)).fetchone()
        if found is None:
            return None
        row, size, kind = found
        _check_blob(key, b"", kind)
        start, end = slice_of(byte_range, size)
        with db.blobopen("zarr", "v", row, readonly=True) as blob:
            blob.seek(start)
            return blob.read(end - start)
    finally:
        db.execute("RELEASE reading")


def _check_blob(key: str, value: bytes, kind: str) -> bytes:
    if kind != "blob":
        raise sqlite3.DataError(f"the value of key {key!r} is of type {kind}, not a blob")
    return value
