"""A zip archive that is a value of another store: a file far away, or an archive in an archive. Read only."""

from __future__ import annotations

import io
from typing import IO, Any, NoReturn, cast

from zarr.abc.buffer import Buffer
from zarr.abc.ranges import RangeByteRequest
from zarr.abc.store import Store
from zarr.core import run
from zarr.core.buffer import default_buffer_prototype
from zarr.core.keys import join_path
from zarr.storage._zip import ZipStore

__all__ = ["ZipValueStore"]


class ValueFile(io.RawIOBase):
    """A value of a store as a file that is read in ranges."""

    def __init__(self, store: Store, key: str) -> None:
        self._store = store
        self._key = key
        self._position = 0
        self._known_size: int | None = None

    async def _find_size(self) -> int:
        await run.settle(self._store)
        await self._store._ensure_open()
        try:
            return await self._store.getsize(self._key)
        except FileNotFoundError:
            raise FileNotFoundError(f"{join_path(str(self._store), self._key)} does not exist") from None

    async def _fetch(self, start: int, end: int) -> Buffer | None:
        await run.settle(self._store)
        return await self._store.get(self._key, default_buffer_prototype(), RangeByteRequest(start, end))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = 0 if whence == io.SEEK_SET else self._position if whence == io.SEEK_CUR else self.size()
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, out: Any) -> int:
        data = self.read_at(self._position, len(out))
        out[: len(data)] = data
        self._position += len(data)
        return len(data)

    # --- as an ArchiveFile, which threads can read at once

    def size(self) -> int:
        """How long it is."""
        if self._known_size is None:
            self._known_size = run.run(self._find_size())
        return self._known_size

    def read_at(self, offset: int, size: int) -> bytes:
        """Bytes from an offset, as many as asked for; fewer at the end."""
        end = min(offset + size, self.size())
        if end <= offset:
            return b""
        data = run.run(self._fetch(offset, end))
        if data is None or len(data) != end - offset:
            raise OSError(
                f"{join_path(str(self._store), self._key)} was replaced or deleted while it was read; open it again."
            )
        return data.to_bytes()

    def write_at(self, offset: int, *parts: bytes | memoryview) -> NoReturn:
        """Not possible."""
        raise io.UnsupportedOperation("write")

    def sync(self) -> None:
        """There is nothing to bring to a disk."""

    def release(self) -> None:
        """Nothing is held."""


class ZipValueStore(ZipStore):
    """A zip archive that is a value of another store, read through ranges.

    Parameters
    ----------
    store
        The store that the archive is in.
    key
        The archive's key there.
    """

    _suspends = False
    supports_writes = False
    supports_deletes = False

    def __init__(self, store: Store, key: str, *, read_only: bool = True) -> None:
        super().__init__(cast("IO[bytes]", ValueFile(store, key)), mode="r")
        self._read_only = read_only
        self._inside = store, key

    def _check_writable(self) -> NoReturn:
        super()._check_writable()
        raise ValueError(f"{self}: an archive inside another store can be read, and cannot be written.")

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, (type(self), *self._inside, self.read_only)

    def __str__(self) -> str:
        store, key = self._inside
        return f"{join_path(str(store), key)}|zip:"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ZipValueStore) and self._inside == other._inside


def _unpickle(cls: type[ZipValueStore], store: Store, key: str, read_only: bool) -> ZipValueStore:
    return cls(store, key, read_only=read_only)
