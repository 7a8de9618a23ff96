"""Reading many small inner chunks, coded together. Pure.

A fast path: what it cannot do, or finds wrong, is left to the path that goes inner chunk by inner chunk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from zarr.core.codec_chain import Stack
from zarr.core.indexing import NumpyPlan
from zarr.core.shard.boxes import FEW, Box, box_of
from zarr.core.shard.inner import decode_inner
from zarr.core.shard.layout import Entries, ShardLayout
from zarr.core.shard.outer import Outer, outer_of
from zarr.core.shard.pieces import Pieces, fetch_pieces
from zarr.core.shard.places import Array
from zarr.core.shard.points import Points, points_of
from zarr.core.shard.steps import Bytes, Jobs, Steps

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Group", "group_of", "read_group"]

Group: TypeAlias = Box | Outer | Points


def group_of(
    layout: ShardLayout, selection: Any, drop_axes: tuple[int, ...], plan: NumpyPlan
) -> Group | None:
    """What a selection, of which this is the plan, has of the shard; None where this path does not serve."""
    chunks = plan.indexer.nchunks
    if type(selection) is not tuple or chunks < FEW:
        return None
    if not layout.inner.goes_together(chunks, plan.indexer.shape):
        return None
    group: Group | None = box_of(layout, selection, drop_axes)
    if group is None and not drop_axes:
        group = points_of(plan)
    return outer_of(plan, drop_axes) if group is None else group


def read_group(layout: ShardLayout, group: Group, entries: Entries, whole: Bytes | None, out: Array) -> Steps:
    """Read the inner chunks of a group, of which the places are known, into the selection's array."""
    inner, stack = layout.inner, cast("Stack", layout.inner.stack)
    starts, ends, there = entries.starts.ravel(), entries.ends.ravel(), entries.there.ravel()
    numbers = np.arange(there.size).reshape(group.counts)
    if whole is not None:
        pieces = Pieces([(whole, 0)], starts, ends)
    elif there.any():
        pieces = yield from fetch_pieces(starts, ends, there, layout.limits)

    def decode(numbers: npt.NDArray[np.intp]) -> Array:
        if inner.is_copy and (rows := pieces.rows(numbers, stack.nbytes)) is not None:
            return rows.view(inner.dtype).reshape(-1, *inner.shape)
        data = pieces[numbers]

        def one(i: int) -> Array:
            number = int(numbers[i])
            entry = int(starts[number]), int(ends[number])
            return decode_inner(inner, data[i], group.coords(number), entry)

        return stack.decode_each(data, one)

    def place(job: Any) -> None:
        there = entries.there[job].ravel()
        chunks = decode(numbers[job].ravel()[there]) if there.any() else None
        if chunks is None or not there.all():
            present, chunks = chunks, np.empty((there.size, *inner.shape), inner.dtype)
            chunks[~there] = inner.fill_value
            if present is not None:
                chunks[there] = present
        group.place(inner, job, chunks, out)

    yield Jobs(place, list(group.jobs(stack.nbytes)))
