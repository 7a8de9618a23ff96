"""An open archive: a log of members, of which the directory at the end names those that count.

Nothing that is in the file is written over. A value that is set again stands behind the old one, and what is removed is
told in a note; a directory is written when the archive is closed. So a writer that is killed leaves the archive as it
was, with a log behind it, and never half a change.
"""

from __future__ import annotations

import os
from bisect import bisect_left, insort
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from zipfile import ZIP_STORED, BadZipFile, LargeZipFile

from isal.isal_zlib import crc32

from zarr.abc.ranges import ByteRequest, slice_of
from zarr.core.config import settings
from zarr.core.keys import TEMPORARY_PREFIX
from zarr.storage._thread_lock import ThreadLock
from zarr.storage._zip._file import ArchiveFile, FileObject, replace_file
from zarr.storage._zip._format import (
    LOCAL_SIZE,
    Directory,
    Member,
    find_start,
    new_member,
    pack_end,
    read_directory,
)
from zarr.storage._zip._methods import METHODS, compress, decompress

__all__ = ["REMOVED", "Archive"]

REMOVED = f"{TEMPORARY_PREFIX}removed"
"""Name of the notes that tell which keys were removed; no directory ever names them."""

_LIMIT = "limits.zip_member_bytes"
"""The setting of how much may come out of what is compressed."""
_READ_AHEAD = 1 << 20
"""Up to this size a value is read together with its header."""
_EXTRA = 64
"""Bytes that the extra fields in a header seldom exceed."""
_AFTER_SLASH = "0"
"""The character that sorts behind the slash."""
_SMALL = 16 << 20
"""Up to this size an archive is copied to save any byte; a larger one only where a fifth of it counts no more."""
_AT_ONCE = 1 << 20
_LONG, _SHORT = 0xFFFFFFFF, 0xFFFF


class Archive:
    """An archive that is open.

    Parameters
    ----------
    file
        Where it is.
    writable
        Whether it may be changed; the file must be locked then.
    directory, end
        What it holds and where it ends, if its own directory does not say so.
    """

    _owner = -1
    """The process that may change it."""

    def __init__(
        self, file: ArchiveFile, *, writable: bool, directory: Directory | None = None, end: int | None = None
    ) -> None:
        self._file = file
        self._end = file.size() if end is None else end
        self._changed = writable and (directory is not None or not self._end)
        if directory is None:
            directory = Directory() if self._changed else read_directory(file.read_at, self._end)
        self._directory = directory
        self._lock = ThreadLock()
        self._starts: dict[int, int] = {}
        self._sorted: list[str] | None = None
        if writable:
            self._owner = os.getpid()

    @classmethod
    def empty(cls) -> Archive:
        """An archive that is not there."""
        return cls(FileObject(BytesIO()), writable=False, directory=Directory())

    @property
    def members(self) -> dict[str, Member]:
        """What is in it, by key."""
        return self._directory.members

    @property
    def refused(self) -> list[str]:
        """Names in it that are no keys."""
        return self._directory.refused

    @property
    def is_writable(self) -> bool:
        """Whether this process may change it."""
        return self._owner == os.getpid()

    # --- reading

    def read(self, key: str, byte_range: ByteRequest | None = None) -> bytes | memoryview | None:
        """A value or a range of it; None if there is no such key.

        Of a value that is stored without compression only the range is read. The checksum of a whole one is tested.

        Raises
        ------
        BadZipFile
            If it cannot be read, or is compressed and larger than a limit of the configuration.
        """
        member = self.members.get(key)
        if member is None:
            return None
        start, end = slice_of(byte_range, member.size)
        if member.is_encrypted or member.method not in METHODS:
            how = "encrypted" if member.is_encrypted else f"compressed by method {member.method}"
            raise BadZipFile(f"it is {how}, which cannot be read")
        is_whole = end - start == member.size
        if member.method == ZIP_STORED:
            if member.stored != member.size:
                raise BadZipFile("its two sizes in the directory do not agree")
            data = self._stored(member, start, end)
        else:
            _check_inflated(end)
            packed = self._stored(member, 0, member.stored)
            most = end + is_whole  # of a whole one, see whether there is more
            data = memoryview(decompress(member.method, packed, most))[start:most]
        if len(data) != end - start or (is_whole and crc32(data) != member.crc):
            raise BadZipFile("its bytes are not those that were stored: size or checksum (CRC-32) differs")
        return data

    def _stored(self, member: Member, start: int, end: int) -> bytes | memoryview:
        """Bytes as they are in the file."""
        first = self._starts.get(member.offset)
        if first is not None:
            return self._file.read_at(first + start, end - start)
        ahead = end if start == 0 and end <= _READ_AHEAD else 0
        head = self._file.read_at(member.offset, LOCAL_SIZE + len(member.name) + _EXTRA + ahead)
        first = self._starts[member.offset] = find_start(head, member)
        skip = first - member.offset
        if start == 0 and skip + end <= len(head):
            return memoryview(head)[skip : skip + end]
        return self._file.read_at(first + start, end - start)

    # --- listing

    def keys(self, prefix: str) -> list[str]:
        """The keys that start with a prefix, sorted."""
        with self._lock:
            order, start, end = self._span(prefix)
            return order[start:end]

    def names(self, prefix: str) -> list[str]:
        """The names one level below a prefix, which is empty or ends with a slash."""
        found: dict[str, None] = {}
        with self._lock:
            order, position, end = self._span(prefix)
            while position < end:
                name, slash, _ = order[position][len(prefix) :].partition("/")
                found[name] = None
                position = (
                    bisect_left(order, f"{prefix}{name}{_AFTER_SLASH}", position, end)
                    if slash
                    else position + 1
                )
        return list(found)

    def _span(self, prefix: str) -> tuple[list[str], int, int]:
        """All keys, sorted, and where those that start with a prefix begin and end."""
        if self._sorted is None:
            self._sorted = sorted(self.members)
        order = self._sorted
        start = bisect_left(order, prefix)
        end = bisect_left(order, True, start, key=lambda key: not key.startswith(prefix))
        return order, start, end

    # --- changing

    def write(
        self, key: str, data: memoryview, method: int, *, zip64: bool = True, anew: bool = False
    ) -> bool:
        """Store a value; with ``anew`` only if there is none. Whether it was stored."""
        packed = compress(method, data)
        crc = crc32(data)
        with self._lock:
            if anew and key in self.members:
                return False
            if not zip64 and (len(self.members) >= _SHORT or max(len(data), len(packed), self._end) >= _LONG):
                raise LargeZipFile(
                    f"key {key!r} would need the format for large archives; pass allowZip64=True"
                )
            is_new = key not in self.members
            self.members[key] = self._append(key.encode(), packed, len(data), crc, method)
            if is_new and self._sorted is not None:
                insort(self._sorted, key)
            return True

    def remove(self, keys: Iterable[str]) -> None:
        """Remove values, of those that are there."""
        with self._lock:
            found = [key for key in keys if key in self.members]
            if found:
                note = "\0".join(found).encode()
                self._append(REMOVED.encode(), note, len(note), crc32(note), ZIP_STORED)
                for key in found:
                    del self.members[key]
                self._sorted = None

    def _append(self, name: bytes, packed: bytes | memoryview, size: int, crc: int, method: int) -> Member:
        if not self.is_writable:
            raise BlockingIOError("the zip archive was closed meanwhile, or belongs to another process")
        header, member = new_member(name, self._end, len(packed), size, crc, method)
        self._changed = True
        try:
            self._file.write_at(self._end, header, packed)
        except BaseException:
            with suppress(OSError):
                self._file.truncate(self._end)
            raise
        self._starts[self._end] = self._end + len(header)
        self._end += len(header) + len(packed)
        return member

    # --- to the end

    def commit(self) -> None:
        """Write the directory, if anything has changed; then the archive is whole."""
        with self._lock:
            if self._changed:
                if self._file.size() > self._end:  # what is left of a write that failed
                    self._file.truncate(self._end)
                self._end = _write_directory(self._file, self._end, self._directory)
                self._changed = False

    def close(self, path: str | None) -> None:
        """Commit and let other writers have the file; one at a path is copied if much of it counts no more."""
        if self.is_writable:
            with self._lock:
                if self._changed and not (path is not None and self._is_wasteful() and self._replace(path)):
                    self.commit()
                self._owner = -1
                self._file.release()

    def _is_wasteful(self) -> bool:
        members = self.members.values()
        if self._directory.others or any(m.is_encrypted or m.method not in METHODS for m in members):
            return False  # better not touched
        live = sum(LOCAL_SIZE + len(member.name) + member.stored for member in members)
        wasted = self._end - live
        return wasted > (0 if live <= _SMALL else live // 4)

    def _replace(self, path: str) -> bool:
        """Put a copy of what counts in the archive's place; False if that cannot be."""
        try:
            replace_file(path, self._copy_to).release()
        except (OSError, BadZipFile):
            return False
        return True

    def _copy_to(self, file: ArchiveFile) -> None:
        copied = Directory(comment=self._directory.comment)
        end = 0
        for key, old in sorted(self.members.items(), key=lambda item: item[1].offset):
            self._stored(old, 0, 0)
            start = self._starts[old.offset]
            header, member = new_member(key.encode(), end, old.stored, old.size, old.crc, old.method)
            file.write_at(end, header)
            end += len(header)
            for position in range(0, old.stored, _AT_ONCE):
                part = self._file.read_at(start + position, min(_AT_ONCE, old.stored - position))
                if len(part) < min(_AT_ONCE, old.stored - position):
                    raise BadZipFile("it ends before its end")
                file.write_at(end, part)
                end += len(part)
            copied.members[key] = member
        _write_directory(file, end, copied)
        file.sync()  # before it takes the place of the only other copy


def _write_directory(file: ArchiveFile, offset: int, directory: Directory) -> int:
    records = [member.record for member in directory.members.values()] + directory.others
    data = b"".join(records)
    end = pack_end(len(records), len(data), offset, directory.comment)
    file.write_at(offset, data, end)
    return offset + len(data) + len(end)


def _check_inflated(size: int) -> None:
    most = settings.get(_LIMIT)
    if most is not None and size > most:
        raise BadZipFile(
            f"it is compressed, and {size} bytes would come out, which zarr.config does not allow: {_LIMIT} = {most}"
        )
