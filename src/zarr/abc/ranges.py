"""Byte ranges, and how many of one value are joined into fewer reads. Pure.

``RangeByteRequest(start, end)`` has an exclusive end and is cut at the end of the value; a
``SuffixByteRequest`` longer than the value is the whole value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer

__all__ = [
    "ByteRequest",
    "OffsetByteRequest",
    "RangeByteRequest",
    "SuffixByteRequest",
    "coalesce",
    "slice_of",
]


@dataclass(frozen=True)
class RangeByteRequest:
    """Bytes from ``start`` up to, without, ``end``."""

    start: int
    end: int


@dataclass(frozen=True)
class OffsetByteRequest:
    """Bytes from ``offset`` to the end."""

    offset: int


@dataclass(frozen=True)
class SuffixByteRequest:
    """The last ``suffix`` bytes."""

    suffix: int


ByteRequest: TypeAlias = RangeByteRequest | OffsetByteRequest | SuffixByteRequest


def slice_of(byte_range: ByteRequest | None, size: int) -> tuple[int, int]:
    """Start and end, within a value of ``size`` bytes, of what a request asks for.

    Raises
    ------
    ValueError
        If it is no request, or a number in it is negative.
    """
    if byte_range is None:
        return 0, size
    if any(n < 0 for n in getattr(byte_range, "__dict__", {}).values()):
        raise ValueError(f"Unexpected byte_range, got {byte_range}: negative.")
    if isinstance(byte_range, RangeByteRequest):
        return min(byte_range.start, size), min(max(byte_range.end, byte_range.start), size)
    if isinstance(byte_range, OffsetByteRequest):
        return min(byte_range.offset, size), size
    if isinstance(byte_range, SuffixByteRequest):
        return max(size - byte_range.suffix, 0), size
    raise ValueError(f"Unexpected byte_range, got {byte_range}.")


class Group(NamedTuple):
    """One read that serves several requests: ``members`` holds (position of the request, its range)."""

    start: int
    end: int
    members: list[tuple[int, RangeByteRequest]]

    @property
    def request(self) -> RangeByteRequest:
        """The range that is read."""
        return RangeByteRequest(self.start, self.end)

    def parts(self, read: Buffer | None) -> list[tuple[int, Buffer | None]]:
        """What was read, shared out: (position of the request, its bytes)."""
        if read is None:
            return [(i, None) for i, _ in self.members]
        return [(i, read[r.start - self.start : r.end - self.start]) for i, r in self.members]


def coalesce(
    byte_ranges: Sequence[ByteRequest | None], *, max_gap_bytes: int, max_coalesced_bytes: int
) -> tuple[list[Group], list[tuple[int, ByteRequest | None]]]:
    """Join ranges that lie within ``max_gap_bytes`` of each other, up to ``max_coalesced_bytes`` a read.

    Returns the joined reads, and the requests that are not plain ranges, each of which is a read of its own.
    """
    plain = [(i, r) for i, r in enumerate(byte_ranges) if isinstance(r, RangeByteRequest)]
    other: list[tuple[int, ByteRequest | None]] = [
        (i, r) for i, r in enumerate(byte_ranges) if not isinstance(r, RangeByteRequest)
    ]
    plain.sort(key=lambda item: (item[1].start, item[1].end))
    groups: list[Group] = []
    for item in plain:
        start, end = item[1].start, item[1].end
        if groups:
            last = groups[-1]
            joined = max(last.end, end)
            if start - last.end <= max_gap_bytes and joined - last.start <= max_coalesced_bytes:
                last.members.append(item)
                groups[-1] = Group(last.start, joined, last.members)
                continue
        groups.append(Group(start, end, [item]))
    return groups, other
