"""ZipStore: a store in one zip archive."""

from __future__ import annotations

import os
import shutil
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import IO, Any, Literal, Self
from zipfile import ZIP_STORED, BadZipFile

from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.ranges import ByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.core.keys import check_key
from zarr.storage._blocking import BlockingStore, as_directory
from zarr.storage._zip._format import is_key
from zarr.storage._zip._methods import METHODS
from zarr.storage._zip._place import Place, place_written_at
from zarr.storage._zip._recover import recover

__all__ = ["ZipStore"]

ZipStoreAccessModeLiteral = Literal["r", "w", "a", "x"]

_LONGEST_NAME = 0xFFFF


class ZipStore(BlockingStore):
    """A zip archive.

    What is written is read back at once, but the file is a whole archive only after ``close`` or ``flush``: use
    ``with``. One store at a time writes an archive. A value that is set again takes the place of the old one; what is
    replaced or deleted frees its space when the archive is closed, at the latest once it is a fifth of a large one.

    Parameters
    ----------
    path
        The archive: a path, or an open binary file object that can seek, which stays open.
    mode
        ``r`` reads; ``w`` begins a new archive; ``a`` writes to the one that is there, or a new one; ``x`` begins a new
        one where there is none.
    read_only
        Refuse every change; nothing is made or emptied then. As ``mode`` says where None.
    compression
        How members are compressed, a constant of the ``zipfile`` module. Chunks mostly are compressed before.
    allowZip64
        Whether archives may hold more than 65,534 members or 4 GiB.

    Raises
    ------
    BlockingIOError
        When it is opened for writing while another store or process writes it.
    zipfile.BadZipFile
        When it is opened and is no whole archive; see ``recover``.
    """

    _suspends = False
    supports_writes: bool = True
    supports_deletes: bool = True
    supports_listing: bool = True

    def __init__(
        self,
        path: Path | str | IO[bytes],
        *,
        mode: ZipStoreAccessModeLiteral = "r",
        read_only: bool | None = None,
        compression: int = ZIP_STORED,
        allowZip64: bool = True,
    ) -> None:
        if mode not in ("r", "w", "a", "x"):
            raise ValueError(f"ZipStore requires mode 'r', 'w', 'a' or 'x', got {mode!r}")
        if compression not in METHODS:
            raise ValueError(f"compression must be one of {METHODS}, got {compression!r}")
        super().__init__(read_only=mode == "r" or bool(read_only))
        first, may_miss = ("r", mode != "r") if self.read_only else (mode, False)
        if isinstance(path, (str, Path)):
            self._place = Place(Path(path), None, first, may_miss=may_miss)
        elif all(hasattr(path, name) for name in ("read", "seek", "tell")):
            self._place = Place(None, path, first, may_miss=may_miss)
        else:
            raise TypeError(
                "expected a path or an open binary file object supporting read/seek/tell, got "
                f"{type(path).__name__}"
            )
        self._zmode = mode
        self.compression = compression
        self.allowZip64 = allowZip64

    @property
    def path(self) -> Path | None:
        """Where the archive is; None if it is in a file object."""
        return self._place.path

    @staticmethod
    def recover(path: Path | str) -> int:
        """Save what a killed writer had written: make the file a whole archive again.

        What was set and deleted before it was killed counts, up to the last value that is whole.

        Parameters
        ----------
        path
            The archive.

        Returns
        -------
        int
            How many keys there are now.

        Raises
        ------
        zipfile.BadZipFile
            If there is nothing to save.
        BlockingIOError
            If a writer is still at work.
        """
        return recover(str(path))

    # --- life

    async def _open(self) -> None:
        await self._call(self._place.archive, write=not self.read_only)
        await super()._open()

    def flush(self) -> None:
        """Write the directory, so that the file is a whole archive now, and stay open."""
        if not self.read_only:
            self._place.flush()

    def close(self) -> None:
        """Write the directory and close the file; the store opens itself again when used."""
        if not (self.read_only and self._place.is_written):  # then it is for another to close
            self._place.close()
        super().close()

    def with_read_only(self, read_only: bool = False) -> Self:
        """The same archive, and what is written to it but not flushed."""
        other = self._copy()
        other._read_only = read_only
        return other

    def _copy(self) -> Self:
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._is_open = False
        return other

    def __getstate__(self) -> dict[str, Any]:
        if self.path is None:
            raise TypeError(
                "cannot pickle a ZipStore backed by a file-like object; construct the store from a path instead"
            )
        if self._place.begins_anew:
            self._place.archive()  # here, and not once more by each copy
        return {**self.__dict__, "_place": self.path, "_is_open": False}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        path = state["_place"]
        self._place = place_written_at(path) or Place(path, None, "r", may_miss=state["_zmode"] != "r")

    def __str__(self) -> str:
        return f"zip://{self._place}"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, type(self))
            and self.path == other.path
            and self._place.file is other._place.file
            and self.compression == other.compression
            and self.allowZip64 == other.allowZip64
        )

    @property
    def _lock_scope(self) -> Hashable:
        return id(self._place.file) if self.path is None else ("zip", os.path.abspath(self.path))

    # --- reading

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        try:
            data = self._place.archive().read(key, byte_range)
        except BadZipFile as error:
            raise BadZipFile(f"key {key!r} of {self!r}: {error}") from error
        if data is None:
            return None
        return (default_buffer_prototype() if prototype is None else prototype).buffer.from_bytes(data)

    def exists_sync(self, key: str) -> bool:
        return key in self._place.archive().members

    def getsize_sync(self, key: str) -> int:
        try:
            return self._place.archive().members[key].size
        except KeyError:
            raise FileNotFoundError(key) from None

    # --- changing

    def set_sync(self, key: str, value: Buffer) -> None:
        self._write(key, value, anew=False)

    def set_if_not_exists_sync(self, key: str, value: Buffer) -> bool | None:
        return self._write(key, value, anew=True)

    def _write(self, key: str, value: Buffer, *, anew: bool) -> bool:
        self._check_writable()
        self._check_value(value)
        if not is_key(check_key(key)) or len(key.encode()) > _LONGEST_NAME:
            raise ValueError(
                f"{key!r} is no key of a store in a zip archive: it has a backslash or begins with a drive, which "
                "names another place on another system, or it is too long."
            )
        data = memoryview(value.as_buffer_like())
        return self._place.archive(write=True).write(
            key, data, self.compression, zip64=self.allowZip64, anew=anew
        )

    def delete_sync(self, key: str) -> None:
        self._check_writable()
        self._place.archive(write=True).remove([key])

    def delete_dir_sync(self, prefix: str) -> None:
        self._check_writable()
        archive = self._place.archive(write=True)
        archive.remove(archive.keys(as_directory(prefix)))

    async def clear(self) -> None:
        await self._call(self.delete_dir_sync, "")

    async def move(self, path: Path | str) -> None:
        """Move the archive to another path; directories above it are made.

        Raises
        ------
        FileExistsError
            If there is something at the path.
        """
        await self._call(self._move, Path(path))

    def _move(self, path: Path) -> None:
        self._check_writable()
        if self.path is None:
            raise NotImplementedError(f"{self!r} is in a file object, which cannot be moved")
        if path.exists():
            raise FileExistsError(f"{path} already exists.")
        self._place.close()
        os.makedirs(path.parent, exist_ok=True)
        shutil.move(self.path, path)
        self._place.path = path

    # --- listing

    def keys_sync(self, prefix: str = "") -> Iterator[str]:
        yield from self._place.archive().keys(prefix)

    def list_dir_sync(self, prefix: str) -> Iterator[str]:
        yield from self._place.archive().names(as_directory(prefix))
