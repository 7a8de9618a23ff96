"""What a reader or a writer of a chunk needs, and is sent. Pure.

A generator yields ``Fetch``, byte ranges of the chunk's value, and is sent a list of their bytes (None if there is no
value), which nobody else holds, so that it may let them go; or it yields ``Jobs``, calls that may run at once, and is
sent nothing. So one algorithm serves blocking stores, asynchronous stores and shards within shards.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

import numpy as np

from zarr.abc.ranges import ByteRequest, OffsetByteRequest, RangeByteRequest, SuffixByteRequest

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "WHOLE",
    "Bytes",
    "Fetch",
    "Jobs",
    "KeptChunks",
    "Known",
    "Steps",
    "cut",
    "range_within",
    "run_on_bytes",
]

Bytes: TypeAlias = "npt.NDArray[np.uint8]"


class Fetch(NamedTuple):
    """Byte ranges that are needed; None is the whole value."""

    ranges: Sequence[ByteRequest | None]


class Jobs(NamedTuple):
    """Calls of one function that may run at once."""

    function: Callable[[Any], Any]
    items: Sequence[Any]


Steps: TypeAlias = Generator[Fetch | Jobs, Any, Any]


class KeptChunks(Protocol):
    """Decoded inner chunks by their coordinates; the chunk itself by ``()``."""

    def get(self, coords: tuple[int, ...], /) -> npt.NDArray[Any] | None:
        """A chunk, if it is kept."""

    def add(self, coords: tuple[int, ...], chunk: npt.NDArray[Any], /) -> None:
        """Add a chunk that was read."""


class Known:
    """What is known of a shard: its index, before it is read or after.

    Attributes
    ----------
    index
        The parsed index, which then is not fetched; set by a reader that fetched it.
    whole
        Whether the reader has to take the whole shard in one read.
    chunks
        Where decoded inner chunks are kept, if they are.
    """

    __slots__ = ("chunks", "index", "whole")

    def __init__(
        self,
        index: npt.NDArray[np.uint64] | None = None,
        whole: bool = False,
        chunks: KeptChunks | None = None,
    ) -> None:
        self.index = index
        self.whole = whole
        self.chunks = chunks


WHOLE = Fetch((None,))


def run_on_bytes(steps: Steps, data: Bytes | None) -> Any:
    """Drive a generator with a value that is here."""
    answer: Any = None
    try:
        while True:
            step = steps.send(answer)
            if isinstance(step, Fetch):
                answer = [None if data is None else cut(data, r) for r in step.ranges]
            else:
                for item in step.items:
                    step.function(item)
                answer = None
    except StopIteration as stop:
        return stop.value


def cut(data: Bytes, byte_range: ByteRequest | None) -> Bytes:
    """A range of bytes that are here."""
    if byte_range is None:
        return data
    inside = range_within(byte_range, (0, len(data)))
    return data[inside.start : inside.end]


def range_within(byte_range: ByteRequest | None, entry: tuple[int, int]) -> RangeByteRequest:
    """A range of an inner shard as one of the outer."""
    start, end = entry
    if isinstance(byte_range, RangeByteRequest):
        return RangeByteRequest(min(start + byte_range.start, end), min(start + byte_range.end, end))
    if isinstance(byte_range, SuffixByteRequest):
        return RangeByteRequest(max(start, end - byte_range.suffix), end)
    if isinstance(byte_range, OffsetByteRequest):
        return RangeByteRequest(min(start + byte_range.offset, end), end)
    return RangeByteRequest(start, end)
