"""A layer over the file functions of ``os``: it counts the calls that concern a directory, and lets one go wrong.

It is put in place by ``with layer:`` and takes what is below ``root`` only. It knows nothing of this package, so that
it serves for others too.
"""

from __future__ import annotations

import builtins
import errno
import fcntl
import io
import os
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

NAMES = (
    "open read pread write pwrite close fstat stat lstat replace rename link unlink remove rmdir mkdir scandir listdir "
    "ftruncate truncate fsync"
).split()
_WRITES = {"write", "pwrite"}
_READS = {"read", "pread", "stat", "lstat", "fstat", "scandir", "listdir"}

KILLED = 77
"""Exit status of a process that the layer has killed."""


def errors_of(call: str) -> list[int]:
    """The errors that a system gives for such a call."""
    found = [errno.EIO]
    if call in ("open", "scandir", "listdir"):
        found += [errno.EMFILE, errno.EACCES]
    if call in ("write", "pwrite"):
        found += [errno.ENOSPC, errno.EFBIG]
    if call in ("mkdir", "create", "link", "close"):
        found += [errno.ENOSPC]
    if call in ("stat", "lstat", "replace", "rename", "link", "unlink", "remove", "rmdir", "mkdir", "create"):
        found += [errno.EACCES]
    return found


class FileLayer:
    """Counts calls; the one with number ``at`` fails or is the last.

    Parameters
    ----------
    root
        The directory that is watched.
    at
        Number of the call, from 0; None lets all be.
    error
        What it fails with; None kills the process in its place, half way through if it writes.
    lasting
        Let all writing calls after it fail too, as on a full disk.
    modules
        Modules that have taken names from ``os`` as their own, with these names.
    """

    def __init__(
        self,
        root: Path,
        at: int | None = None,
        error: int | None = None,
        *,
        lasting: bool = False,
        modules: tuple[tuple[Any, str, str], ...] = (),
    ) -> None:
        self.root = os.path.abspath(root)
        self.at, self.error, self.lasting, self.modules = at, error, lasting, modules
        self.calls: list[str] = []
        self.failed = False
        self._fds: set[int] = set()
        self._lock = threading.RLock()
        self._stack = ExitStack()

    def __enter__(self) -> FileLayer:
        for name in NAMES:
            self._stack.enter_context(mock.patch.object(os, name, self._wrapped(name, getattr(os, name))))
        for module, name, original in self.modules:
            self._stack.enter_context(mock.patch.object(module, name, getattr(os, original)))
        self._stack.enter_context(mock.patch.object(fcntl, "flock", self._wrapped("flock", fcntl.flock)))
        opened = self._opened(io.open)
        self._stack.enter_context(mock.patch.object(io, "open", opened))
        self._stack.enter_context(mock.patch.object(builtins, "open", opened))
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def _concerns(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        for what in (*args[:2], *(kwargs.get(name) for name in ("dir_fd", "src_dir_fd"))):
            if isinstance(what, int) and what in self._fds:
                return True
            if isinstance(what, str | bytes | os.PathLike):
                path = os.fsdecode(os.fspath(what))
                if path.startswith(self.root):
                    return True
        return False

    def _wrapped(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if not self._concerns(args, kwargs):
                return original(*args, **kwargs)
            kind = "create" if name == "open" and args[1] & os.O_CREAT else name
            if self._begin(kind):
                self._go_wrong(name, original, args)
            result = original(*args, **kwargs)
            if name == "open":
                self._fds.add(result)
            elif name == "close":
                self._fds.discard(args[0])
            return result

        return call

    def _begin(self, kind: str) -> bool:
        """Count a call; whether it is one that goes wrong."""
        with self._lock:
            number = len(self.calls)
            self.calls.append(kind)
            if self.at is None:
                return False
            if number == self.at:
                self.failed = True
                return True
            return self.lasting and self.failed and kind in ("write", "pwrite", "create", "mkdir")

    def _go_wrong(self, name: str, original: Callable[..., Any], args: tuple[Any, ...]) -> None:
        if name in _WRITES and len(args[1]) > 1:
            original(args[0], memoryview(args[1])[: len(args[1]) // 2], *args[2:])
        if self.error is None:
            os._exit(KILLED)
        if name == "close":
            original(args[0])
            self._fds.discard(args[0])
        raise OSError(self.error, os.strerror(self.error), str(args[0]))

    def _opened(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if not self._concerns((file,), {}):
                return original(file, mode, *args, **kwargs)
            if self._begin("open" if mode.startswith("r") else "create"):
                self._go_wrong("open", original, (file,))
            return _File(original(file, mode, *args, **kwargs), self)

        return call


class _File:
    """A file object whose calls are counted too."""

    def __init__(self, file: Any, layer: FileLayer) -> None:
        self._file, self._layer = file, layer

    def __getattr__(self, name: str) -> Any:
        original = getattr(self._file, name)
        if name not in ("read", "readinto", "write", "truncate", "flush", "close"):
            return original

        def call(*args: Any) -> Any:
            if self._layer._begin(name):
                if name == "close":
                    original()
                if name == "write" and len(args[0]) > 1:
                    original(args[0][: len(args[0]) // 2])
                    self._file.flush()
                self._layer._go_wrong("other", original, (self._file.name,))
            return original(*args)

        return call

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __iter__(self) -> Any:
        return iter(self._file)
