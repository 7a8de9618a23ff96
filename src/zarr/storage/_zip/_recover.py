"""What can be saved of an archive whose writer was killed: its last directory, and the log behind that."""

from __future__ import annotations

import os
from zipfile import ZIP_STORED, BadZipFile

from isal.isal_zlib import crc32

from zarr.storage._zip._archive import REMOVED, Archive
from zarr.storage._zip._file import ArchiveFile, open_to_write
from zarr.storage._zip._format import END_SIGNATURE, Directory, Member, is_key, parse_local, read_directory
from zarr.storage._zip._methods import METHODS, decompress

__all__ = ["recover"]

_AT_ONCE = 1 << 20
_SHORTEST_END = 22


def recover(path: str) -> int:
    """Write a new directory behind the last member that is whole; how many keys the archive has then.

    Raises
    ------
    BadZipFile
        If there is nothing to be saved.
    BlockingIOError
        If somebody writes the archive.
    """
    os.stat(path)  # an error if there is none, as it would be made
    file = open_to_write(path, "a")
    try:
        directory, known = _last_directory(file)
        end = _replay(file, known, directory)
        if not end:
            raise BadZipFile(f"{path}: there is neither a directory nor a value in it; it is no zip archive")
        if end > known:
            Archive(file, writable=True, directory=directory, end=end).close(None)
        elif end < file.size():
            file.truncate(end)
    finally:
        file.release()
    return len(directory.members)


def _last_directory(file: ArchiveFile) -> tuple[Directory, int]:
    """The last directory in the file, and where it ends."""
    high = file.size()
    while high > 0:
        low = max(0, high - _AT_ONCE)
        block = file.read_at(low, high - low + len(END_SIGNATURE) - 1)
        position = len(block)
        while (position := block.rfind(END_SIGNATURE, 0, position)) >= 0:
            comment = file.read_at(low + position + _SHORTEST_END - 2, 2)
            end = low + position + _SHORTEST_END + int.from_bytes(comment, "little")
            try:
                return read_directory(file.read_at, end), end
            except BadZipFile:
                continue
        high = low
    return Directory(), 0


def _replay(file: ArchiveFile, end: int, directory: Directory) -> int:
    """Apply what was written behind a directory; where the last member ends that is whole."""
    size = file.size()
    while (found := parse_local(file.read_at, end)) is not None:
        name, member, start = found
        if start + member.stored > size or not _is_whole(file, member, start):
            break
        end = start + member.stored
        if name == REMOVED:
            for key in file.read_at(start, member.stored).decode().split("\0"):
                directory.members.pop(key, None)
        elif is_key(name):
            directory.members[name] = member
    return end


def _is_whole(file: ArchiveFile, member: Member, start: int) -> bool:
    if member.method == ZIP_STORED:
        crc = 0
        for position in range(start, start + member.stored, _AT_ONCE):
            crc = crc32(file.read_at(position, min(_AT_ONCE, start + member.stored - position)), crc)
        return member.size == member.stored and crc == member.crc
    if member.is_encrypted or member.method not in METHODS:
        return True  # nobody can tell
    try:
        data = decompress(member.method, file.read_at(start, member.stored), member.size + 1)
    except BadZipFile:
        return False
    return len(data) == member.size and crc32(data) == member.crc
