"""Locks between processes on files that are replaced by renaming: whoever changes a value holds its file's lock.

The lock is on the file as it is now (its inode). Who waits for it finds, when the holder has put another file in its
place, that it holds a file without a name, and begins again with the one that is there. So nothing is left in the
directory, and the system frees what a process held that dies. A file that is not there has no lock: who makes it must
not replace one that was made meanwhile.
"""

from __future__ import annotations

import errno
import os
import sys
from types import TracebackType

from zarr.errors import ZarrRuntimeWarning, warn

__all__ = ["FileLock"]

_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_UNSUPPORTED = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)

if sys.platform == "win32":  # an open file cannot be replaced there

    def _flock(fd: int) -> None:
        raise OSError(errno.ENOSYS, "not on Windows")

else:
    import fcntl

    def _flock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX)


class FileLock:
    """The lock of a file, for use by ``with``, which tells whether there is a file; None if it cannot be locked.

    Parameters
    ----------
    path
        The file.
    """

    __slots__ = ("_fd", "_path")

    def __init__(self, path: str) -> None:
        self._path = path
        self._fd = -1

    def __enter__(self) -> bool | None:
        if sys.platform == "win32":
            return None
        while True:
            try:
                self._fd = os.open(self._path, os.O_RDONLY | _FLAGS)
            except (FileNotFoundError, NotADirectoryError):
                return False
            try:
                self._lock()
                if self._is_current():
                    return True
            except OSError as error:
                self._close()
                if error.errno not in _UNSUPPORTED:
                    raise
                self._warn(error)
                return None
            except BaseException:
                self._close()
                raise
            self._close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def _lock(self) -> None:
        try:
            _flock(self._fd)
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            self._close()  # some network file systems lock only what is open for writing
            self._fd = os.open(self._path, os.O_RDWR | _FLAGS)
            _flock(self._fd)

    def _is_current(self) -> bool:
        """Whether the file that is locked is the one that has the name."""
        try:
            there, here = os.stat(self._path), os.fstat(self._fd)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return there.st_ino == here.st_ino and there.st_dev == here.st_dev

    def _close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            try:
                os.close(fd)
            except OSError:  # nothing was written through it
                pass

    def _warn(self, error: OSError) -> None:
        warn(
            f"{self._path} cannot be locked ({error.strerror}): processes that write parts of the same chunk at the "
            "same time can undo each other's writes. Set local.locks to false in zarr.config to do without.",
            ZarrRuntimeWarning,
        )
