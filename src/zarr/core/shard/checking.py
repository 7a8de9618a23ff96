"""Checking all of a chunk, inner chunk by inner chunk, and going on after what is wrong. Pure.

Driven as readers are, with bytes; a shard takes the memory of some of its inner chunks, not of all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from zarr.abc.ranges import RangeByteRequest
from zarr.core.shard.layout import MISSING
from zarr.core.shard.steps import WHOLE, Bytes, Fetch, Jobs, Steps
from zarr.errors import ChunkError, UnknownCodecError

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.codec_chain import CodecChain
    from zarr.core.shard.layout import ShardLayout

__all__ = ["Findings", "check_part"]

Coords: TypeAlias = tuple[int, ...]
Entry: TypeAlias = tuple[int, int]

_BATCH_BYTES = 8 << 20
_BATCH_COUNT = 1024
_MOST_ERRORS = 100


class Findings:
    """What a check finds in one chunk.

    Attributes
    ----------
    errors
        What is wrong, the first hundred.
    omitted
        How many errors there are beyond these.
    nbytes
        How many stored bytes were looked at.
    """

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.omitted = 0
        self.nbytes = 0

    def add(self, where: str, error: object) -> None:
        """Add an error."""
        if len(self.errors) < _MOST_ERRORS:
            self.errors.append(f"{where}{error}")
        else:
            self.omitted += 1

    def decode(self, chain: CodecChain, where: str, data: Bytes) -> None:
        """Decode a chunk for what is wrong with it."""
        try:
            chain.decode(data)
        except ChunkError as error:
            if isinstance(error.__cause__, UnknownCodecError):  # which says nothing about the bytes
                raise error.__cause__ from error
            self.add(where, error)


def check_part(chain: CodecChain, findings: Findings, size: int) -> Steps:
    """Decode all of a chunk of so many bytes; returns False where there is none. ``size`` matters for shards only."""
    if chain.shard is not None:
        return (yield from _check_shard(chain.shard, findings, "", 0, size))
    (data,) = yield WHOLE
    if data is None:
        return False
    findings.nbytes += len(data)
    yield Jobs(lambda data: findings.decode(chain, "", data), [data])
    return True


def _check_shard(layout: ShardLayout, findings: Findings, where: str, start: int, size: int) -> Steps:
    """Check the shard that is ``size`` bytes from ``start`` on."""
    if size < layout.index_size:
        findings.add(where, f"the shard is {size} bytes long, its index alone has {layout.index_size}")
        return True
    at = start + size - layout.index_size if layout.index_at_end else start
    (found,) = yield Fetch((RangeByteRequest(at, at + layout.index_size),))
    if found is None:
        return False
    findings.nbytes += len(found)
    try:
        index = layout.parse_index(found)
    except ChunkError as error:
        findings.add(where, error)
        return True
    present = _without_overlaps(_entries(layout, index, findings, where, size), findings, where)
    for batch in _batches(present):
        placed = [(coords, (start + first, start + end)) for coords, (first, end) in batch]
        yield from _check_inner(layout, findings, where, placed)
    return True


def _check_inner(
    layout: ShardLayout, findings: Findings, where: str, placed: list[tuple[Coords, Entry]]
) -> Steps:
    if layout.inner.shard is not None:
        for coords, (first, end) in placed:
            inside = f"{where}inner chunk {coords}: "
            yield from _check_shard(layout.inner.shard, findings, inside, first, end - first)
        return
    pieces = yield Fetch([RangeByteRequest(*entry) for _, entry in placed])

    def check(job: tuple[tuple[Coords, Entry], Bytes | None]) -> None:
        (coords, (first, end)), data = job
        inside = f"{where}inner chunk {coords}: "
        if data is None or len(data) != end - first:
            findings.add(inside, f"the store does not give the bytes {first} to {end}")
        else:
            findings.decode(layout.inner, inside, data)

    findings.nbytes += sum(len(data) for data in pieces if data is not None)
    yield Jobs(check, list(zip(placed, pieces, strict=True)))


def _entries(
    layout: ShardLayout, index: npt.NDArray[np.uint64], findings: Findings, where: str, size: int
) -> Iterator[tuple[Coords, Entry]]:
    """The inner chunks that are there, and where; those that cannot be are errors."""
    low, high = (
        (0, size - layout.index_size) if layout.index_at_end else (layout.index_size, size)
    )  # where data may be
    for place in np.argwhere((index != MISSING).any(axis=-1)):
        coords = tuple(place.tolist())
        try:
            entry = layout.entry(index, coords)
        except ChunkError as error:
            findings.add(where, error)
            continue
        if entry is None:
            continue
        if entry[0] < low or entry[1] > high:
            findings.add(
                where,
                f"inner chunk {coords}: the index tells of bytes {entry[0]} to {entry[1]}, which are not data of the "
                f"shard: these are bytes {low} to {high}",
            )
            continue
        yield coords, entry


def _without_overlaps(
    entries: Iterator[tuple[Coords, Entry]], findings: Findings, where: str
) -> list[tuple[Coords, Entry]]:
    """The inner chunks in the order of their bytes; an error for one that begins inside of another."""
    present = sorted(entries, key=lambda item: item[1])
    reach: tuple[Coords, Entry] | None = None  # the one that ends last so far
    for coords, entry in present:
        if (
            reach is not None and entry[0] < reach[1][1] and entry != reach[1]
        ):  # equal ones may share their bytes
            findings.add(where, f"inner chunk {coords}: its bytes overlap those of inner chunk {reach[0]}")
        if reach is None or entry[1] > reach[1][1]:
            reach = coords, entry
    return present


def _batches(present: list[tuple[Coords, Entry]]) -> Iterator[list[tuple[Coords, Entry]]]:
    batch: list[tuple[Coords, Entry]] = []
    total = 0
    for coords, (first, end) in present:
        if batch and (total + end - first > _BATCH_BYTES or len(batch) >= _BATCH_COUNT):
            yield batch
            batch, total = [], 0
        batch.append((coords, (first, end)))
        total += end - first
    if batch:
        yield batch
