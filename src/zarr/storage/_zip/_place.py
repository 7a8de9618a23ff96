"""The place of an archive, shared by the stores that read and write it: it is opened when needed, and closed once.

After it was closed it opens again: to read, without a lock; to write, with it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO
from weakref import WeakValueDictionary, finalize
from zipfile import BadZipFile

from zarr.errors import ZarrUserWarning, warn
from zarr.storage._thread_lock import ThreadLock
from zarr.storage._zip._archive import Archive
from zarr.storage._zip._file import ArchiveFile, FileObject, open_to_read, open_to_write

__all__ = ["Place", "place_written_at"]

_all: WeakValueDictionary[int, Place] = WeakValueDictionary()


class Place:
    """Where an archive is, and the archive while it is open.

    Parameters
    ----------
    path
        Its path; None if it is in a file object.
    file
        The file object it is in; None if it is at a path.
    mode
        How it is opened first.
    may_miss
        Whether a missing archive reads as an empty one.
    """

    def __init__(self, path: Path | None, file: IO[bytes] | None, mode: str, *, may_miss: bool) -> None:
        self.path = path
        self.file = file
        self._may_miss = may_miss
        self._next = mode
        self._archive: Archive | None = None
        self._finish: finalize[[str | None], Place] | None = None
        self._lock = ThreadLock()
        _all[id(self)] = self

    def __str__(self) -> str:
        return str(self.path or self.file)

    @property
    def _path(self) -> str | None:
        return None if self.path is None else str(self.path)

    @property
    def begins_anew(self) -> bool:
        """Whether the next opening empties the file, or must not find one."""
        return self._next in ("w", "x")

    @property
    def is_written(self) -> bool:
        """Whether this process has it open for writing."""
        return self._archive is not None and self._archive.is_writable

    def archive(self, *, write: bool = False) -> Archive:
        """The open archive.

        Raises
        ------
        BadZipFile
            If it is not whole.
        BlockingIOError
            If it is to be written and another writes it.
        """
        found = self._archive
        if found is not None and (found.is_writable or not write):
            return found
        with self._lock:
            if self._archive is None or (write and not self._archive.is_writable):
                mode = "a" if write and self._next == "r" else self._next
                if mode == "r" and self._may_miss and self.path is not None and not self.path.exists():
                    return Archive.empty()
                archive = self._opened(mode)
                if archive.is_writable:  # closed at the latest with the last store, or the program
                    self._finish = finalize(self, archive.close, self._path)
                self._archive = archive
                self._next = "r"
            return self._archive

    def _opened(self, mode: str) -> Archive:
        file: ArchiveFile
        if self.file is not None:
            file = self.file if isinstance(self.file, ArchiveFile) else FileObject(self.file)
            if mode in ("w", "x"):
                file.truncate(0)
        else:
            path = str(self.path)
            file = open_to_read(path) if mode == "r" else open_to_write(path, mode)
        try:
            archive = Archive(file, writable=mode != "r")
        except BadZipFile as error:
            file.release()
            raise BadZipFile(
                f"{self} is no whole zip archive: {error}. If its writer is still at work, wait until it closes the "
                "store; if it was killed, ZipStore.recover(path) saves what it had written."
            ) from None
        except BaseException:
            file.release()
            raise
        if archive.refused:
            shown = ", ".join(map(repr, archive.refused[:3]))
            warn(
                f"{self}: {len(archive.refused)} members have names that cannot be keys, and are ignored: {shown} ...",
                ZarrUserWarning,
            )
        return archive

    def flush(self) -> None:
        """Make the file a whole archive, and keep it open."""
        if self.is_written or self._next != "r":
            self.archive(write=True).commit()

    def close(self) -> None:
        """Make the file a whole archive, and close it."""
        with self._lock:
            if self._archive is not None:
                self._archive.close(self._path)
                self._archive = None
            if self._finish is not None:
                self._finish.detach()
                self._finish = None


def place_written_at(path: Path) -> Place | None:
    """The place at a path, if this process has it open for writing."""
    wanted = os.path.abspath(path)
    for reference in _all.valuerefs():
        place = reference()
        if place is not None and place.is_written and os.path.abspath(str(place.path)) == wanted:
            return place
    return None
