"""Files that archives are in, read and written at offsets; and the lock that keeps a second writer away.

Bytes that are read are those of one place of the file, whatever other threads do to it meanwhile.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from typing import IO, Protocol, runtime_checkable

from zarr.core.keys import TEMPORARY_PREFIX
from zarr.errors import ZarrUserWarning, warn
from zarr.storage._thread_lock import ThreadLock

__all__ = ["ArchiveFile", "FileObject", "open_to_read", "open_to_write", "replace_file"]

_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_MOST_AT_ONCE = 1 << 30
_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)

if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int, mode: int = msvcrt.LK_NBLCK) -> None:
        os.lseek(fd, 1 << 62, os.SEEK_SET)  # far behind the end, as others cannot read what is locked
        msvcrt.locking(fd, mode, 1)

    def _unlock(fd: int) -> None:
        _lock(fd, msvcrt.LK_UNLCK)

else:
    import fcntl

    def _lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_UN)  # closing is not enough while a forked child has the file open


@runtime_checkable
class ArchiveFile(Protocol):
    """A file that an archive is in."""

    def size(self) -> int:
        """How long it is."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Bytes from an offset, as many as asked for; fewer at the end."""

    def write_at(self, offset: int, *parts: bytes | memoryview) -> None:
        """Put bytes at an offset."""

    def truncate(self, size: int) -> None:
        """Cut off what is behind."""

    def sync(self) -> None:
        """Wait until all of it is on the disk."""

    def release(self) -> None:
        """Let other writers have it."""


class FileObject:
    """Somebody's open file object; it stays theirs and stays open."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._lock = ThreadLock()

    def size(self) -> int:
        with self._lock:
            return self._file.seek(0, os.SEEK_END)

    def read_at(self, offset: int, size: int) -> bytes:
        with self._lock:
            self._file.seek(offset)
            data = self._file.read(size)
            while data and len(data) < size and (more := self._file.read(size - len(data))):
                data += more
            return data

    def write_at(self, offset: int, *parts: bytes | memoryview) -> None:
        with self._lock:
            self._file.seek(offset)
            for part in parts:
                rest = memoryview(part)
                while rest:
                    rest = rest[self._file.write(rest) :]

    def truncate(self, size: int) -> None:
        with self._lock:
            self._file.truncate(size)

    def sync(self) -> None:
        self._file.flush()

    def release(self) -> None:
        if not self._file.closed:
            self._file.flush()


class _Descriptor:
    """A file of the system, closed when nobody uses it any more."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def __del__(self) -> None:
        os.close(self._fd)

    def size(self) -> int:
        return os.fstat(self._fd).st_size

    def read_at(self, offset: int, size: int) -> bytes:
        data = self._read(offset, size)
        if len(data) == size or not data:
            return data
        parts, got = [data], len(data)
        while got < size and (more := self._read(offset + got, size - got)):
            parts.append(more)
            got += len(more)
        return b"".join(parts)

    def write_at(self, offset: int, *parts: bytes | memoryview) -> None:
        for part in parts:
            rest = memoryview(part)
            while rest:
                written = self._write(offset, rest[:_MOST_AT_ONCE])
                offset += written
                rest = rest[written:]

    def _read(self, offset: int, size: int) -> bytes:
        return os.pread(self._fd, min(size, _MOST_AT_ONCE), offset)

    def _write(self, offset: int, data: memoryview) -> int:
        return os.pwrite(self._fd, data, offset)

    def truncate(self, size: int) -> None:
        os.ftruncate(self._fd, size)

    def sync(self) -> None:
        os.fsync(self._fd)

    def release(self) -> None:
        try:
            _unlock(self._fd)
        except OSError:
            pass


class _SeekingDescriptor(_Descriptor):
    """The same where the system reads and writes only at the file's position."""

    def __init__(self, fd: int) -> None:
        super().__init__(fd)
        self._turn = ThreadLock()

    def _read(self, offset: int, size: int) -> bytes:
        with self._turn:
            os.lseek(self._fd, offset, os.SEEK_SET)
            return os.read(self._fd, min(size, _MOST_AT_ONCE))

    def _write(self, offset: int, data: memoryview) -> int:
        with self._turn:
            os.lseek(self._fd, offset, os.SEEK_SET)
            return os.write(self._fd, data)


_file_of = _Descriptor if hasattr(os, "pread") else _SeekingDescriptor


def open_to_read(path: str) -> ArchiveFile:
    """Open a file; an error if it is a directory, a FIFO or a device."""
    return _file_of(_regular(os.open(path, os.O_RDONLY | _FLAGS), path))


def open_to_write(path: str, mode: str) -> ArchiveFile:
    """Open or make a file and lock it: ``w`` empties it, ``a`` does not, ``x`` is an error if it is there.

    Raises
    ------
    BlockingIOError
        If another has the lock.
    """
    path = os.path.realpath(path)
    flags = os.O_RDWR | os.O_CREAT | _FLAGS | (os.O_EXCL if mode == "x" else 0)
    while True:
        fd = _regular(os.open(path, flags, 0o666), path)
        file = _file_of(fd)
        _claim(fd, path)
        if _is_at(fd, path):
            break  # else it was replaced before we had the lock
    if mode == "w" and file.size():
        try:
            return replace_file(path, lambda new: None)  # who reads the old one goes on doing so
        except OSError:  # no right to do so, or Windows
            file.truncate(0)
    return file


def replace_file(path: str, fill: Callable[[ArchiveFile], None]) -> ArchiveFile:
    """Put a new file, which ``fill`` writes, in the place of another; it is locked. Either is there at any time."""
    path = os.path.realpath(path)
    name = os.path.join(os.path.dirname(path), f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}")
    fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS, 0o666)
    file = _file_of(fd)
    try:
        os.chmod(name, stat.S_IMODE(os.stat(path).st_mode))
        _claim(fd, path)
        fill(file)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    return file


def _regular(fd: int, path: str) -> int:
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode):
        return fd
    os.close(fd)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "a directory is no zip archive", path)
    raise OSError(errno.EINVAL, "not a regular file, so no zip archive", path)


def _claim(fd: int, path: str) -> None:
    try:
        _lock(fd)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise BlockingIOError(
                error.errno, "another store or process writes this zip archive; close that first", path
            ) from error
        warn(
            f"{path}: the file system has no locks, so a second writer of this zip archive would not be noticed.",
            ZarrUserWarning,
        )


def _is_at(fd: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path))
    except FileNotFoundError:
        return False
