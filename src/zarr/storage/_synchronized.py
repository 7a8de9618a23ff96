"""Synchronizers: locks by key that a user brings for those who write parts of the same chunks or documents.

Local stores have locks between processes by themselves. A synchronizer serves where they do not work, and stores
that have none; it is an object that gives a context manager for a key.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import quote

from zarr.abc.store import Store
from zarr.core.keys import check_key
from zarr.storage._wrapper import WrapperStore

__all__ = ["ProcessSynchronizer", "SynchronizedStore", "Synchronizer", "ThreadSynchronizer"]

if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int) -> None:
        while True:
            try:
                return msvcrt.locking(fd, msvcrt.LK_LOCK, 1)  # gives up after ten seconds
            except OSError:
                continue

else:
    import fcntl

    def _lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX)


class Synchronizer(Protocol):
    """Gives a lock for a key."""

    def __getitem__(self, key: str) -> AbstractContextManager[Any]: ...


class ThreadSynchronizer:
    """Locks between the threads of this process. Arrays have them anyway; this class is for those who ask for it."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._locks: dict[str, threading.Lock] = {}

    def __getitem__(self, key: str) -> AbstractContextManager[Any]:
        if self._process != os.getpid():  # forked: who held one is not here
            self.__init__()  # type: ignore[misc]
        return self._locks.setdefault(key, threading.Lock())

    def __reduce__(self) -> tuple[type[ThreadSynchronizer], tuple[()]]:
        return ThreadSynchronizer, ()


class ProcessSynchronizer:
    """Locks between processes, on files in a directory.

    Parameters
    ----------
    path
        The directory, on a file system that all processes share and that has locks. It is made when it is first
        needed, and its files stay. It must not lie in the data.

    Examples
    --------
    >>> array = zarr.open_array(store, synchronizer=zarr.ProcessSynchronizer("locks"))  # doctest: +SKIP
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def __getitem__(self, key: str) -> AbstractContextManager[Any]:
        return _KeptFileLock(self.path / quote(check_key(key), safe=""))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProcessSynchronizer) and self.path == other.path

    def __repr__(self) -> str:
        return f"ProcessSynchronizer({str(self.path)!r})"


class _KeptFileLock:
    """A lock on a file that nobody replaces."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1

    def __enter__(self) -> None:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        try:
            fd = os.open(self._path, flags, 0o666)
        except FileNotFoundError:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(self._path, flags, 0o666)
        try:
            _lock(fd)
        except BaseException:
            os.close(fd)
            raise
        self._fd = fd

    def __exit__(self, *exc: object) -> None:
        fd, self._fd = self._fd, -1
        os.close(fd)


class SynchronizedStore(WrapperStore[Store]):
    """A store whose values are changed under the locks of a synchronizer.

    Parameters
    ----------
    store
        The store.
    synchronizer
        What gives the locks.
    """

    def __init__(self, store: Store, synchronizer: Synchronizer) -> None:
        super().__init__(store)
        self.synchronizer = synchronizer

    def _with_store(self, store: Store) -> Self:
        return type(self)(store, self.synchronizer)

    def _exclusion(self, key: str) -> AbstractContextManager[object]:
        return _Both(self.synchronizer[key], self._store._exclusion(key))

    def __str__(self) -> str:
        return str(self._store)

    def __eq__(self, value: object) -> bool:
        return super().__eq__(value) and self.synchronizer == getattr(value, "synchronizer", None)


class _Both:
    """The lock of a synchronizer and that of the store, which tells whether there is a value."""

    def __init__(
        self, outer: AbstractContextManager[Any], inner: AbstractContextManager[object] | None
    ) -> None:
        self._outer, self._inner = outer, inner
        self._stack = ExitStack()

    def __enter__(self) -> object:
        with ExitStack() as stack:
            stack.enter_context(self._outer)
            there = None if self._inner is None else stack.enter_context(self._inner)
            self._stack = stack.pop_all()
        return there

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()
