"""LocalStore: values as files below a directory.

A value is written to a temporary file in its own directory and renamed, so a reader and a crash see the old
value or the new one. A missing key is ENOENT and nothing else: a directory, a FIFO or a file in the way of a
parent is an error.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from itertools import count
from typing import TYPE_CHECKING, Self

import numpy as np

from zarr.abc.buffer import UNSURE, Buffer, BufferPrototype
from zarr.abc.ranges import ByteRequest, slice_of
from zarr.core import later
from zarr.core.buffer import default_buffer_prototype
from zarr.core.common import ZARR_JSON, ZARRAY_JSON, ZGROUP_JSON
from zarr.core.config import quick_get
from zarr.core.keys import TEMPORARY_PREFIX, check_key, is_temporary
from zarr.storage._blocking import BlockingStore, as_directory

if TYPE_CHECKING:
    import pathlib as pathlib
    import shutil as shutil
    from pathlib import Path

    from zarr.abc.codec import BytesLike
    from zarr.abc.store import Hidden
    from zarr.core.common import AccessModeLiteral
    from zarr.storage import _file_lock as file_lock
    from zarr.storage import _hidden as hidden
    from zarr.storage._file_lock import FileLock
else:
    file_lock = later("zarr.storage._file_lock")
    hidden = later("zarr.storage._hidden")
    pathlib = later("pathlib")
    shutil = later("shutil")

__all__ = ["LocalStore", "link_new", "write_and_put"]

_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_MOST_AT_ONCE = 1 << 30
_LARGE_PAGES = 4 << 20
"""Bytes from which on NumPy asks the system for memory of large pages."""
_BEYOND = memoryview(bytearray(1))
"""Room for the byte that only a longer value has."""
_TICK_NS = 20_000_000
"""Longer than the step by which the times of files go on, in nanoseconds."""
_DOCUMENTS = {ZARR_JSON, ZARRAY_JSON, ZGROUP_JSON}
_ATTEMPTS = 100
"""How often a write is begun again because its directory was deleted under it."""
_NOTHING: AbstractContextManager[None] = nullcontext()


class LocalStore(BlockingStore):
    """A directory of the file system.

    Parameters
    ----------
    root
        The directory; it is made when something is first written.
    read_only
        Refuse every change.
    """

    _suspends = False
    supports_writes: bool = True
    supports_deletes: bool = True
    supports_listing: bool = True

    def __init__(self, root: Path | str, *, read_only: bool = False) -> None:
        super().__init__(read_only=read_only)
        if not isinstance(root, str) and not isinstance(root, pathlib.Path):
            raise TypeError(
                f"'root' must be a string or Path instance. Got an instance of {type(root)} instead."
            )
        self._root = root
        self._base = f"{os.path.abspath(root)}{os.sep}"

    @property
    def root(self) -> Path:
        """The directory, as it was given."""
        return pathlib.Path(self._root)

    @classmethod
    async def open(
        cls, root: Path | str, *, read_only: bool = False, mode: AccessModeLiteral | None = None
    ) -> Self:
        """Make a store and open it; ``mode`` "r" is ``read_only``."""
        store = cls(root, read_only=read_only or mode == "r")
        await store._open()
        return store

    async def _open(self, *, mode: AccessModeLiteral | None = None) -> None:
        if self.read_only and not os.path.exists(self._base):
            raise FileNotFoundError(f"{self.root} does not exist")
        await super()._open()

    def with_read_only(self, read_only: bool = False) -> Self:
        return type(self)(root=self._root, read_only=read_only)

    def __str__(self) -> str:
        return f"file://{self.root.as_posix()}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.root == other.root and self.read_only == other.read_only

    @property
    def _lock_scope(self) -> Hashable:
        return self._base

    @property
    def _address(self) -> tuple[Hashable, str]:
        return "file", pathlib.Path(os.path.realpath(self._base)).as_posix()

    def _state_of(self, key: str) -> Hashable:
        try:
            status = os.stat(self._file(key))
        except OSError:  # reading will tell
            return None
        generation = _generation(status) if stat.S_ISREG(status.st_mode) else UNSURE
        return None if generation is UNSURE else generation

    def _exclusion(self, key: str) -> FileLock | None:
        return file_lock.FileLock(self._file(key)) if quick_get("local", "locks") else None

    def _file(self, key: str) -> str:
        return self._base + check_key(key)

    # --- reading

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        path = self._file(key)
        try:
            fd = os.open(path, _READ)
        except FileNotFoundError:
            self._check_links(path)
            return None
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                raise _not_a_file(status.st_mode, key, self)
            start, end = (0, status.st_size) if byte_range is None else slice_of(byte_range, status.st_size)
            data = _read(fd, start, end - start)
        finally:
            os.close(fd)
        value = (default_buffer_prototype() if prototype is None else prototype).buffer.from_bytes(data)
        if byte_range is not None:
            value.generation = _generation(status)
        return value

    def _read_into_sync(self, key: str, parts: list[memoryview], start: int, size: int) -> bool | None:
        if _preadv is None:
            return False
        path = self._file(key)
        try:
            fd = os.open(path, _READ)
        except FileNotFoundError:
            self._check_links(path)
            return None
        except OSError:  # which a plain read reports
            return False
        try:
            wanted = sum(map(len, parts))
            if wanted > _MOST_AT_ONCE:
                return False
            if wanted == size:
                return _preadv(fd, [*parts, _BEYOND], 0) == size
            status = os.fstat(fd)
            whole = stat.S_ISREG(status.st_mode) and status.st_size == size
            return whole and _preadv(fd, parts, start) == wanted
        except OSError:  # it is no file
            return False
        finally:
            os.close(fd)

    def _check_links(self, path: str) -> None:
        """That a file is not missing because a link on the way to it leads nowhere."""
        while len(path) > len(self._base):
            mode = _mode(path)
            if stat.S_ISLNK(mode):
                raise OSError(errno.ENOLINK, "a link leads nowhere: mount or restore what it is to", path)
            if mode:
                return
            path = os.path.dirname(path)

    def exists_sync(self, key: str) -> bool:
        try:
            return stat.S_ISREG(os.stat(self._file(key)).st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False

    def getsize_sync(self, key: str) -> int:
        status = os.stat(self._file(key))
        if not stat.S_ISREG(status.st_mode):
            raise _not_a_file(status.st_mode, key, self)
        return status.st_size

    # --- changing

    def set_sync(self, key: str, value: Buffer) -> None:
        self._check_writable()
        self._check_value(value)
        self._replace(self._file(key), value.as_buffer_like(), os.replace)

    def _put_sync(self, key: str, data: BytesLike) -> None:
        self._check_writable()
        path = self._file(key)
        locks = quick_get("local", "locks") and os.access(path, os.F_OK)  # what is not there has no lock
        with file_lock.FileLock(path) if locks else _NOTHING:
            self._replace(path, data, os.replace)

    def set_if_not_exists_sync(self, key: str, value: Buffer) -> bool | None:
        self._check_writable()
        self._check_value(value)
        path = self._file(key)
        try:
            self._replace(path, value.as_buffer_like(), link_new)
            return True
        except FileExistsError:
            pass
        except OSError:  # which does not matter if there is one
            if not _mode(path):
                raise
        if _remove_empty(path):
            return self.set_if_not_exists_sync(key, value)
        if os.path.isdir(path):
            raise IsADirectoryError(errno.EISDIR, f"key {key!r} of {self!r} is a directory")
        return False

    @staticmethod
    def _replace(target: str, data: BytesLike, put: Callable[[str, str], None]) -> None:
        directory = target[: target.rindex("/")] if os.sep == "/" else os.path.dirname(target)
        for _ in range(_ATTEMPTS):
            try:
                return write_and_put(directory, data, target, put)
            except FileNotFoundError:  # the directory is not there yet, or another deletes it meanwhile
                _make_directory(directory)
            except IsADirectoryError:  # keys were below this one, and are deleted
                if not _remove_empty(target):
                    raise
        write_and_put(directory, data, target, put)

    def delete_sync(self, key: str) -> None:
        self._check_writable()
        _remove(self._file(key))

    def delete_dir_sync(self, prefix: str) -> None:
        self._check_writable()
        prefix = prefix.strip("/")
        path = self._file(prefix) if prefix else self._base
        try:
            # documents last: they show that what is left by an interruption is of Zarr
            names = [path] if prefix else sorted((e.path for e in os.scandir(path)), key=_is_hidden)
        except FileNotFoundError:
            return
        for name in names:
            mode = _mode(name)
            if stat.S_ISDIR(mode):
                _remove_directory(name)
            elif not prefix or (stat.S_ISLNK(mode) and os.path.isdir(name)):
                _remove(name)  # of a link to a directory the link alone; what else has this name is a key

    async def _rename_dir(self, source: str, dest: str) -> bool:
        """Give all keys below a prefix another one at once; False where the directory cannot be renamed."""
        return await self._call(self._rename_dir_sync, source, dest)

    def _rename_dir_sync(self, source: str, dest: str) -> bool:
        self._check_writable()
        target = self._file(dest)
        _make_directory(os.path.dirname(target))
        if not _remove_empty(target) and os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, f"there is something at {dest!r} of {self!r}")
        try:
            os.rename(self._file(source), target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return False
        return True

    async def clear(self) -> None:
        await self._call(self.delete_dir_sync, "")

    async def move(self, dest_root: Path | str) -> None:
        """Move everything to another directory, which must not exist.

        Raises
        ------
        FileExistsError
            If there is something at ``dest_root``.
        """
        self._check_writable()
        target = pathlib.Path(dest_root)
        if target.exists():
            raise FileExistsError(f"Destination root {target} already exists.")
        os.makedirs(target.parent, exist_ok=True)
        os.replace(self.root, target)
        self._root = target
        self._base = f"{os.path.abspath(target)}{os.sep}"

    # --- listing

    def keys_sync(self, prefix: str = "") -> Iterator[str]:
        above = prefix.rpartition("/")[0]
        if above:
            check_key(f"{above}/k")  # as the start of a key, so that an empty part at its end is refused too
        for key in _files_below(self._base, f"{above}/" if above else ""):
            if key.startswith(prefix):
                yield key

    def list_dir_sync(self, prefix: str) -> Iterator[str]:
        prefix = prefix.rstrip("/")
        try:
            with os.scandir(self._file(prefix) if prefix else self._base) as entries:
                names = [entry.name for entry in entries]
        except (FileNotFoundError, NotADirectoryError):
            return
        for name in names:
            if not is_temporary(name):
                yield name

    async def _hidden(self, prefix: str) -> list[Hidden]:
        return await self._call(lambda: list(hidden.hidden_below(self._base, as_directory(prefix))))

    async def _remove_hidden(self, name: str) -> None:
        self._check_writable()
        await self._call(self._remove_hidden_sync, name)

    def _remove_hidden_sync(self, name: str) -> None:
        above, _, last = name.rpartition("/")
        if not is_temporary(last):
            raise ValueError(f"{name!r} was not left by an unfinished write")
        path = f"{self._file(above)}{os.sep}{last}" if above else self._base + last
        if os.path.isdir(path) and not os.path.islink(path):
            _remove_tree(path)
        else:
            _remove(path)


def _generation(status: os.stat_result) -> Hashable:
    """What differs for two states of a file, given that each was replaced and not written over."""
    changed = max(status.st_ctime_ns, status.st_mtime_ns)
    if time.time_ns() - changed < _TICK_NS:  # the next state could have the same time, and this inode again
        return UNSURE
    return status.st_dev, status.st_ino, status.st_size, changed


def _read(fd: int, start: int, size: int) -> bytes | memoryview:
    if size < _LARGE_PAGES:
        data = _pread(fd, size, start)
        if len(data) == size:
            return data
    out = memoryview(np.empty(size, np.uint8))  # NumPy's memory is made of large pages
    filled = 0
    while filled < size:  # one read may be cut short
        got = _read_at(fd, out[filled : filled + _MOST_AT_ONCE], start + filled)
        if not got:
            break
        filled += got
    return out[:filled]


def _read_at(fd: int, out: memoryview, start: int) -> int:
    if _preadv is not None:
        return _preadv(fd, [out], start)
    data = _pread(fd, len(out), start)
    out[: len(data)] = data
    return len(data)


def _seek_and_read(fd: int, size: int, start: int) -> bytes:
    os.lseek(fd, start, os.SEEK_SET)
    return os.read(fd, size)


_pread = getattr(os, "pread", _seek_and_read)
_preadv: Callable[[int, list[memoryview], int], int] | None = getattr(os, "preadv", None)


def _write(fd: int, data: BytesLike) -> None:
    size = len(data)
    written = os.write(fd, data) if size <= _MOST_AT_ONCE else 0
    while written < size:  # large, or cut short
        written += os.write(fd, memoryview(data)[written : written + _MOST_AT_ONCE])


class _Names:
    """Names for temporary files, that no other process gives."""

    def __init__(self) -> None:
        self._start = TEMPORARY_PREFIX + os.urandom(8).hex()
        self._numbers = count()

    def __call__(self) -> str:
        return f"{self._start}{next(self._numbers):x}"


_new_name = _Names()


def _forget() -> None:
    global _new_name
    _new_name = _Names()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def write_and_put(directory: str, data: BytesLike, target: str, put: Callable[[str, str], None]) -> None:
    """Write a file whole, of data in bytes: to a temporary name in its directory, from where ``put`` moves it."""
    temporary = f"{directory}{os.sep}{_new_name()}"
    fd = os.open(temporary, _CREATE, 0o666)
    try:
        try:
            _write(fd, data)
        finally:
            os.close(fd)
        put(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _make_directory(path: str) -> bool:
    """Make a directory and what is missing above it; False where it cannot be, or others delete it meanwhile."""
    for _ in range(2):
        try:
            os.mkdir(path)  # most often nothing else is missing
            return True
        except FileNotFoundError:
            above = os.path.dirname(path)
            if above == path or not _make_directory(above):
                return False
        except FileExistsError:
            return _is_directory(path)
    return False


def _is_directory(path: str) -> bool:
    """Whether it is a directory, or a link to one; False if it is gone, NotADirectoryError if it is something else."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(mode):
        raise NotADirectoryError(errno.ENOTDIR, "a file is in the way of a directory", path) from None
    return True


def link_new(temporary: str, target: str) -> None:
    """Give a file its name if there is none of that name; FileExistsError else."""
    try:
        os.link(temporary, target)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        os.close(os.open(target, _CREATE, 0o666))  # no hard links here: claim the name, then fill it
        os.replace(temporary, target)
        return
    os.unlink(temporary)


def _remove(path: str) -> None:
    """Delete a file if there is one."""
    try:
        os.unlink(path)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        pass
    except OSError:
        if not os.path.isdir(path):  # what the error is for a directory depends on the system
            raise


def _remove_empty(path: str) -> bool:
    """Delete a directory with nothing in it but such directories, and say whether it is gone."""
    if not stat.S_ISDIR(_mode(path)):
        return False
    try:
        for directory, _, _ in os.walk(path, topdown=False):
            os.rmdir(directory)
    except OSError:
        return False
    return not os.path.lexists(path)


def _is_hidden(path: str) -> bool:
    return os.path.basename(path).startswith(".")


def _mode(path: str) -> int:
    """What is at a path, as of ``stat``; 0 if there is nothing."""
    try:
        return os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _remove_directory(path: str) -> None:
    """Give a directory a temporary name, so that all below it is gone at once, and delete it."""
    temporary = f"{os.path.dirname(path)}{os.sep}{TEMPORARY_PREFIX}{os.urandom(8).hex()}"
    try:
        os.rename(path, temporary)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EBUSY):  # an overlay, or where something is mounted
            raise
        _remove_documents(path)
        _remove_tree(path)
        return
    try:
        _remove_tree(temporary)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)  # whatever can be
        raise


def _remove_documents(path: str) -> None:
    """Delete what makes nodes of a directory and of those below it."""
    for directory, _, names in os.walk(path):
        for name in _DOCUMENTS.intersection(names):
            _remove(os.path.join(directory, name))


def _remove_tree(path: str) -> None:
    """Delete a directory; what others delete or write in it meanwhile is no error."""

    def judge(function: object, path: str, error: BaseException) -> None:
        if not isinstance(error, OSError):
            raise error
        # without a number: it is not the directory that it was a moment ago
        anew = function is os.path.islink and error.errno is None
        if not anew and error.errno not in (errno.ENOENT, errno.ENOTEMPTY, errno.EEXIST):
            raise error

    if sys.version_info >= (3, 12):
        shutil.rmtree(path, onexc=judge)
    else:
        shutil.rmtree(path, onerror=lambda function, path, info: judge(function, path, info[1]))


def _not_a_file(mode: int, key: str, store: LocalStore) -> OSError:
    if stat.S_ISDIR(mode):
        return IsADirectoryError(errno.EISDIR, f"key {key!r} of {store!r} is a directory, not a file")
    return OSError(errno.EINVAL, f"key {key!r} of {store!r} is not a regular file")


def _files_below(base: str, prefix: str) -> Iterator[str]:
    todo: list[tuple[str, tuple[str, ...]]] = [(prefix, ())]
    while todo:
        here, followed = todo.pop()
        try:
            with os.scandir(base + here) as entries:
                found = list(entries)
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in found:
            if is_temporary(entry.name):
                continue
            if not entry.is_dir():
                if entry.is_file():
                    yield here + entry.name
            elif not entry.is_symlink():
                todo.append((f"{here}{entry.name}/", followed))
            else:
                target = os.path.join(os.path.realpath(entry.path), "")
                above = (*followed, os.path.join(os.path.realpath(base + here), ""))
                if not any(path.startswith(target) for path in above):  # else it leads round in a circle
                    todo.append((f"{here}{entry.name}/", (*above, target)))
