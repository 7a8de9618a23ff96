"""The structures of a zip archive (PKWARE's APPNOTE 6.3), packed and parsed. Pure.

Parsing is strict: the directory ends where its end record begins, and that ends where the file does. So neither an
archive that is cut off, nor one that is stored inside another, is taken for something whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from struct import Struct
from typing import NamedTuple, TypeAlias
from zipfile import ZIP_LZMA, BadZipFile

from zarr.core.keys import check_key

__all__ = [
    "END_SIGNATURE",
    "LOCAL_SIZE",
    "Directory",
    "Member",
    "ReadAt",
    "find_start",
    "is_key",
    "new_member",
    "pack_end",
    "parse_local",
    "read_directory",
]

ReadAt: TypeAlias = Callable[[int, int], bytes]
"""Bytes of the file from an offset, as many as asked for; fewer at its end."""

_LOCAL = Struct("<4s5H3L2H")
_CENTRAL = Struct("<4s6H3L5H2L")
_END = Struct("<4s4H2LH")
_END64 = Struct("<4sQ2H2L4Q")
_LOCATOR64 = Struct("<4sLQL")
_EXTRA = Struct("<2H")

LOCAL_SIZE = _LOCAL.size
END_SIGNATURE = b"PK\5\6"
_LOCAL_SIGNATURE, _CENTRAL_SIGNATURE = b"PK\3\4", b"PK\1\2"
_END64_SIGNATURE, _LOCATOR64_SIGNATURE = b"PK\6\6", b"PK\6\7"

_LONG, _SHORT = 0xFFFFFFFF, 0xFFFF
"""What stands in a field of 4 or 2 bytes whose value is in the record for large archives (zip64)."""
_VERSION, _VERSION64, _UNIX = 20, 45, 3 << 8
_DATE = 0x21
"""1 January 1980, always: the same values give the same archive."""
_ATTRIBUTES = 0o100644 << 16
_UTF8 = 0x800
_ENCRYPTED = 0x1
_LZMA_ENDS = 0x2
_SIZES_FOLLOW = 0x8
_LONGEST_END = _END64.size + _LOCATOR64.size + _END.size + _SHORT
_PLAIN = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)*", re.ASCII)
"""What nearly all keys are, and sooner tested than the rest."""
_NOT_A_KEY = re.compile(r"\\|\A[A-Za-z]:|\ufffd")
"""Backslashes, drives, and what stands for bytes that are no text."""


class Member(NamedTuple):
    """A value in the archive: where it is, and its entry in the directory as it stands there."""

    offset: int
    stored: int
    size: int
    crc: int
    method: int
    flags: int
    record: bytes

    @property
    def name(self) -> bytes:
        """Its name, as it stands in the archive."""
        length = _CENTRAL.unpack_from(self.record)[10]
        return self.record[_CENTRAL.size : _CENTRAL.size + length]

    @property
    def key(self) -> str:
        """Its name as text."""
        return _text(self.name, self.flags)

    @property
    def is_encrypted(self) -> bool:
        """Whether a password is needed."""
        return bool(self.flags & _ENCRYPTED)


@dataclass
class Directory:
    """What an archive holds.

    ``others`` are entries whose names are no keys, kept as they are: of directories, and those in ``refused``.
    """

    members: dict[str, Member] = field(default_factory=dict)
    others: list[bytes] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    comment: bytes = b""


def _text(name: bytes, flags: int) -> str:
    if name.isascii():
        return name.decode("ascii")  # the others take long
    return name.decode("utf-8" if flags & _UTF8 else "cp437", "replace")


def is_key(name: str) -> bool:
    r"""Whether a name can be a key: as for all stores, and without ``\`` and drives, so that it is one anywhere."""
    if _PLAIN.fullmatch(name) is not None:
        return True
    try:
        return check_key(name) == name and _NOT_A_KEY.search(name) is None
    except ValueError:
        return False


# --- packing


def new_member(
    name: bytes, offset: int, stored: int, size: int, crc: int, method: int, flags: int | None = None
) -> tuple[bytes, Member]:
    """A member that is to be written at an offset, and the header that goes before its bytes."""
    large = max(stored, size) >= _LONG
    if flags is None:
        flags = (0 if name.isascii() else _UTF8) | (_LZMA_ENDS if method == ZIP_LZMA else 0)
    needed = _VERSION64 if large or offset >= _LONG else _VERSION
    extra = Struct("<2H2Q").pack(1, 16, size, stored) if large else b""
    sizes = (_LONG, _LONG) if large else (stored, size)
    both = (flags, method, 0, _DATE, crc, *sizes, len(name))
    header = _LOCAL.pack(_LOCAL_SIGNATURE, needed, *both, len(extra)) + name + extra
    wide = [size, stored] if large else []
    if offset >= _LONG:
        wide.append(offset)
    extra = Struct(f"<2H{len(wide)}Q").pack(1, 8 * len(wide), *wide) if wide else b""
    record = _CENTRAL.pack(
        _CENTRAL_SIGNATURE,
        _UNIX | _VERSION,
        needed,
        *both,
        len(extra),
        0,
        0,
        0,
        _ATTRIBUTES,
        min(offset, _LONG),
    )
    return header, Member(offset, stored, size, crc, method, flags, record + name + extra)


def pack_end(count: int, size: int, offset: int, comment: bytes) -> bytes:
    """What follows a directory of so many entries and bytes that begins at an offset."""
    end64 = b""
    if count >= _SHORT or max(size, offset) >= _LONG:
        versions = (_VERSION64, _VERSION64)
        end64 = _END64.pack(
            _END64_SIGNATURE, _END64.size - 12, *versions, 0, 0, count, count, size, offset
        ) + _LOCATOR64.pack(_LOCATOR64_SIGNATURE, 0, offset + size, 1)
    few, small, near = min(count, _SHORT), min(size, _LONG), min(offset, _LONG)
    return end64 + _END.pack(END_SIGNATURE, 0, 0, few, few, small, near, len(comment)) + comment


# --- parsing


def read_directory(read_at: ReadAt, size: int) -> Directory:
    """The directory of an archive that ends at ``size``.

    Raises
    ------
    BadZipFile
        If there is none at this end, or it is damaged.
    """
    base = max(0, size - _LONGEST_END)
    tail = read_at(base, size - base)
    if len(tail) < size - base:
        raise BadZipFile("it ends before its end")
    count, length, offset, comment = _find_end(tail, base)
    data = tail[offset - base : offset - base + length] if offset >= base else read_at(offset, length)
    found = Directory(comment=comment)
    position = seen = 0
    while position < length:
        position = _parse_record(data, position, found)
        seen += 1
    if seen != count:
        raise BadZipFile(f"its directory has {seen} entries where {count} are promised")
    return found


def _find_end(tail: bytes, base: int) -> tuple[int, int, int, bytes]:
    """Number of entries, size and offset of the directory, and the comment, from the bytes at ``base`` to the end."""
    position = len(tail)
    while (position := tail.rfind(END_SIGNATURE, 0, position)) >= 0:
        if position + _END.size > len(tail):
            continue
        _, disk, first, here, count, length, offset, comment = _END.unpack_from(tail, position)
        if disk or first or here != count or position + _END.size + comment != len(tail):
            continue
        before = position
        if count == _SHORT or _LONG in (length, offset):
            before, count, length, offset = _parse_end64(tail, base, position) or (
                before,
                count,
                length,
                offset,
            )
        if offset + length == base + before:
            return count, length, offset, tail[position + _END.size :]
    raise BadZipFile("it has no directory at its end")


def _parse_end64(tail: bytes, base: int, position: int) -> tuple[int, int, int, int] | None:
    """Where the record for large archives is that belongs to an end record, and what it says."""
    locator = position - _LOCATOR64.size
    if locator < 0 or not tail.startswith(_LOCATOR64_SIGNATURE, locator):
        return None
    at: int = _LOCATOR64.unpack_from(tail, locator)[2] - base
    if not 0 <= at <= locator - _END64.size or not tail.startswith(_END64_SIGNATURE, at):
        return None
    _, rest, *_, count, length, offset = _END64.unpack_from(tail, at)
    return (at, count, length, offset) if at + 12 + rest == locator else None


def _parse_record(data: bytes, position: int, found: Directory) -> int:
    """Add the entry at a position of the directory to what was found; where the next one is."""
    start = position + _CENTRAL.size
    if start > len(data) or not data.startswith(_CENTRAL_SIGNATURE, position):
        raise BadZipFile("its directory is damaged")
    fields: tuple[int, ...] = _CENTRAL.unpack_from(data, position)
    _, _, _, flags, method, _, _, crc, stored, size, name_size, extra_size, comment_size, _, _, _, offset = (
        fields
    )
    extra = start + name_size
    end = extra + extra_size + comment_size
    if end > len(data):
        raise BadZipFile("its directory is damaged")
    if size == _LONG or stored == _LONG or offset == _LONG:
        size, stored, offset = _parse_wide(data[extra : extra + extra_size], size, stored, offset)
    name = _text(data[start:extra], flags)
    record = data[position:end]
    if is_key(name):
        found.members[name] = Member(offset, stored, size, crc, method, flags, record)
    else:
        found.others.append(record)
        if not name.endswith("/") or not is_key(name[:-1]):
            found.refused.append(name)
    return end


def _parse_wide(extra: bytes, *values: int) -> list[int]:
    """Values of which those that are all ones stand in the extra field 1 (zip64)."""
    position = 0
    while position + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, position)
        position += _EXTRA.size
        if kind == 1:
            wide = [
                int.from_bytes(extra[i : i + 8], "little") for i in range(position, position + length - 7, 8)
            ]
            if len(wide) < values.count(_LONG):
                raise BadZipFile("its directory is damaged")
            return [wide.pop(0) if value == _LONG else value for value in values]
        position += length
    return list(values)


def find_start(head: bytes, member: Member) -> int:
    """Where the value of a member starts, from the bytes at its offset; an error unless its header is there."""
    name = member.name
    if len(head) < LOCAL_SIZE + len(name) or not head.startswith(_LOCAL_SIGNATURE):
        raise BadZipFile("there is no header where the directory says")
    fields: tuple[int, ...] = _LOCAL.unpack_from(head)
    name_size, extra_size = fields[-2:]
    if head[LOCAL_SIZE : LOCAL_SIZE + name_size] != name:
        raise BadZipFile("the header where the directory says is that of another member")
    return member.offset + LOCAL_SIZE + name_size + extra_size


def parse_local(read_at: ReadAt, offset: int) -> tuple[str, Member, int] | None:
    """The name of the member whose header is at an offset, the member, where its value starts; None if there is none.

    None too if its size stands behind the value, so that the value's end cannot be known.
    """
    head = read_at(offset, LOCAL_SIZE)
    if len(head) < LOCAL_SIZE or not head.startswith(_LOCAL_SIGNATURE):
        return None
    fields: tuple[int, ...] = _LOCAL.unpack(head)
    _, _, flags, method, _, _, crc, stored, size, name_size, extra_size = fields
    rest = read_at(offset + LOCAL_SIZE, name_size + extra_size)
    if flags & _SIZES_FOLLOW or len(rest) < name_size + extra_size:
        return None
    if _LONG in (size, stored):
        size, stored = _parse_wide(rest[name_size:], size, stored)
    name = rest[:name_size]
    member = new_member(name, offset, stored, size, crc, method, flags)[1]
    return member.key, member, offset + LOCAL_SIZE + name_size + extra_size
