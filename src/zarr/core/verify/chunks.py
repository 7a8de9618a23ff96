"""Decoding stored chunks for what is wrong with them; nothing is kept of them, and a large shard is read in parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from zarr.core import run
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.chunk_io.drive import drive_async, threads_for
from zarr.core.chunk_io.reading import Reading, ValueChanged
from zarr.core.shard import Findings, check_part, run_on_bytes

if TYPE_CHECKING:
    from zarr.core.array import AsyncArray
    from zarr.core.chunk_io import BoundArray

__all__ = ["Checked", "check_chunks"]

Coords: TypeAlias = tuple[int, ...]

_ATTEMPTS = 2
"""How often a shard is read in parts while others replace it, before it is read as a whole."""


@dataclass
class Checked:
    """What became of one chunk.

    Attributes
    ----------
    key
        Its key.
    findings
        What was found; None where it was deleted meanwhile, or could not be looked at.
    error
        Why it could not.
    """

    key: str
    findings: Findings | None = None
    error: Exception | None = None


async def check_chunks(array: AsyncArray[Any], chunks: list[tuple[str, Coords]]) -> list[Checked]:
    """Decode chunks, given by keys and coordinates, several at once."""
    bound = array._bound
    if not bound.plain_codecs:
        return await run.gather(lambda key, coords: _guarded(key, _by_pipeline(array, key, coords)), chunks)
    if not bound.waits_not:
        return await run.gather(lambda key, coords: _guarded(key, _check(bound, key, coords)), chunks)
    done: list[Checked] = []

    def check(chunk: tuple[str, Coords]) -> None:
        key, coords = chunk
        done.append(run.run(_guarded(key, _check(bound, key, coords))))

    await run.call(run.share_out, check, chunks, threads_for(len(chunks), bound.chunk_nbytes))
    return done


async def _guarded(key: str, check: Any) -> Checked:
    try:
        return Checked(key, await check)
    except Exception as error:  # whatever a codec or a store makes of strange bytes: it is the finding
        return Checked(key, None, error)


async def _check(bound: BoundArray, key: str, coords: Coords) -> Findings | None:
    chain, store = bound.chain(coords), bound.store
    for _ in range(_ATTEMPTS if chain.shard is not None else 0):
        findings = Findings()
        try:
            size = await store.getsize(key)
            steps = check_part(chain, findings, size)
            found = await drive_async(bound, key, steps, Reading(key))
            if findings.errors and await store.getsize(key) != size:
                continue
        except FileNotFoundError:
            return None
        except ValueChanged:
            continue
        return findings if found else None
    value = await store.get(key, buffer_prototype)
    if value is None:
        return None
    findings, data = Findings(), value.as_numpy_array()
    await run.call(run_on_bytes, check_part(chain, findings, len(data)), data)
    return findings


async def _by_pipeline(array: AsyncArray[Any], key: str, coords: Coords) -> Findings | None:
    """Read a chunk of codecs that have only coroutines; of a shard, only the first error is found."""
    findings = Findings()
    try:
        findings.nbytes = await array.store.getsize(key)
    except FileNotFoundError:
        return None
    dimensions = array._bound.grid.dimensions
    starts = [dim.chunk_offset(i) for dim, i in zip(dimensions, coords, strict=True)]
    ends = [start + dim.chunk_size(i) for start, dim, i in zip(starts, dimensions, coords, strict=True)]
    region = tuple(slice(a, min(b, n)) for a, b, n in zip(starts, ends, array.shape, strict=True))
    try:
        np.asarray(await array.getitem(region))
    except ValueError as error:
        findings.add("", error)
    return findings
