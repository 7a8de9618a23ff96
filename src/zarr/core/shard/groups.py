"""Reading many small inner chunks, coded together. Pure.

A fast path: what it cannot do, or finds wrong, is left to the path that goes inner chunk by inner chunk.
"""

from __future__ import annotations

from typing import Any, TypeAlias, cast

import numpy as np

from zarr.abc.ranges import RangeByteRequest
from zarr.core.codec_chain import Stack
from zarr.core.indexing import NumpyPlan
from zarr.core.shard.boxes import FEW, Box, box_of
from zarr.core.shard.inner import decode_inner
from zarr.core.shard.layout import Entries, ShardLayout
from zarr.core.shard.outer import Outer, outer_of
from zarr.core.shard.places import Array
from zarr.core.shard.points import Points, points_of
from zarr.core.shard.steps import Bytes, Fetch, Jobs, Steps

__all__ = ["Group", "group_of", "read_group"]

Group: TypeAlias = Box | Outer | Points


def group_of(
    layout: ShardLayout, selection: Any, drop_axes: tuple[int, ...], plan: NumpyPlan
) -> Group | None:
    """What a selection, of which this is the plan, has of the shard; None where this path does not serve."""
    if not layout.inner.goes_together or type(selection) is not tuple or plan.indexer.nchunks < FEW:
        return None
    group: Group | None = box_of(layout, selection, drop_axes)
    if group is None and not drop_axes:
        group = points_of(plan)
    return outer_of(plan, drop_axes) if group is None else group


def read_group(layout: ShardLayout, group: Group, entries: Entries, whole: Bytes | None, out: Array) -> Steps:
    """Read the inner chunks of a group, of which the places are known, into the selection's array."""
    inner, stack = layout.inner, cast("Stack", layout.inner.stack)
    numbers = np.arange(entries.there.size).reshape(group.counts)
    places = list(zip(entries.starts.ravel().tolist(), entries.ends.ravel().tolist(), strict=True))
    pieces: dict[int, Any] = {}
    if whole is None:
        present = numbers[entries.there].tolist()
        found = (yield Fetch([RangeByteRequest(*places[i]) for i in present])) if present else ()
        pieces = dict(zip(present, found, strict=True))

    def decode(numbers: list[int]) -> Array:
        if whole is None:
            data = [pieces.pop(i) for i in numbers]
        else:
            data = [whole[start:end] for start, end in map(places.__getitem__, numbers)]
        try:
            return stack.decode(data)
        except MemoryError:
            raise
        except Exception:  # which of them is wrong?
            return np.stack(
                [
                    decode_inner(inner, d, group.coords(i), places[i])
                    for i, d in zip(numbers, data, strict=True)
                ]
            )

    def place(job: Any) -> None:
        there = entries.there[job].ravel()
        chunks = decode(numbers[job].ravel()[there].tolist()) if there.any() else None
        if chunks is None or not there.all():
            present, chunks = chunks, np.empty((there.size, *inner.shape), inner.dtype)
            chunks[~there] = inner.fill_value
            if present is not None:
                chunks[there] = present
        group.place(inner, job, chunks, out)

    yield Jobs(place, list(group.jobs(stack.nbytes)))
