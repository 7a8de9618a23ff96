"""Splitting integer arrays by chunk: along one axis, or several axes jointly.

One stable sort at most, then everything is done by runs of equal chunks; no loop over elements. Stable, so
that of two values written to one element the later wins, as in NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from zarr.core.chunk_grids import DimensionGrid
from zarr.core.indexing.axes import plan_slice
from zarr.core.indexing.normalize import bounds_error, boundscheck_indices, wraparound_indices
from zarr.core.indexing.projection import AxisTable, LongAxis
from zarr.core.indexing.selection import Selector

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["PointRuns", "normalize_indices", "plan_integers", "plan_points", "sorted_run_ends"]

Ints: TypeAlias = "npt.NDArray[np.intp]"


def sorted_run_ends(a: npt.NDArray[Any]) -> tuple[Ints, Ints]:
    """Where the runs of equal items of a one-dimensional array start and stop."""
    if a.size == 0:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    cuts = np.flatnonzero(a[1:] != a[:-1]) + 1
    return np.concatenate(([0], cuts)), np.concatenate((cuts, [a.size]))


def normalize_indices(x: npt.NDArray[Any], extent: int, axis: int | None = None) -> Ints:
    """Indices counted from the start of the axis; BoundsCheckError where one is outside."""
    if x.dtype.kind == "u" and x.size and int(x.max()) >= extent:
        raise bounds_error(int(x.max()), axis, extent)
    indices = x.astype(np.intp, copy=False)
    if indices.size and (int(indices.min()) < -extent):
        raise bounds_error(int(indices.min()), axis, extent)
    indices = wraparound_indices(indices, extent)
    boundscheck_indices(indices, extent, axis)
    return indices


def plan_integers(dim: DimensionGrid, extent: int, indices: Ints) -> AxisTable | LongAxis:
    """The elements of one axis at indices in any order, repeated or not.

    Parameters
    ----------
    dim : DimensionGrid
        How the axis is cut.
    extent : int
        Length of the axis.
    indices : array of int
        One-dimensional, inside the axis, not negative.
    """
    if indices.size <= 1:
        return plan_slice(dim, extent, int(indices[0]) if indices.size else 0, 1, indices.size)
    steps = np.diff(indices)
    step = int(steps[0])
    if step and (steps == step).all():
        return plan_slice(dim, extent, int(indices[0]), step, indices.size)
    order: Ints | None = None
    if int(steps.min()) < 0:
        order = np.argsort(indices, kind="stable")
        indices = indices[order]
        steps = np.diff(indices)
    distinct = bool(steps.all())
    chunks = dim.indices_to_chunks(indices)
    starts, stops = sorted_run_ends(chunks)
    parts = indices - dim.chunk_offsets(chunks)
    coords: list[int] = chunks[starts].tolist()
    heads, tails = parts[starts].tolist(), parts[stops - 1].tolist()
    selectors: list[Selector] = []
    outs: list[Selector] = []
    whole: list[bool] = []
    for chunk, start, stop, head, tail in zip(
        coords, starts.tolist(), stops.tolist(), heads, tails, strict=True
    ):
        n = stop - start
        run = n == 1 or (distinct and tail - head == n - 1)
        selectors.append(slice(head, tail + 1, 1) if run else parts[start:stop])
        whole.append(run and n == dim.data_size(chunk))
        if order is None:
            outs.append(slice(start, stop))
        elif n == 1:
            outs.append(slice(int(order[start]), int(order[start]) + 1))
        else:
            outs.append(order[start:stop])
    return coords, selectors, outs, whole


class PointRuns(NamedTuple):
    """Points of several axes, sorted by chunk; run ``i`` is from ``starts[i]`` to ``stops[i]``.

    Attributes
    ----------
    coords : list of tuple of int
        The chunk of each run, on the axes of the points.
    parts : tuple of array
        Per axis the places in the chunks, sorted.
    order : array or None
        Where each sorted point comes from; None where they were sorted.
    """

    coords: list[tuple[int, ...]]
    parts: tuple[Ints, ...]
    order: Ints | None
    starts: list[int]
    stops: list[int]

    def __len__(self) -> int:
        return len(self.starts)

    def rows(self) -> Iterator[tuple[tuple[int, ...], tuple[Ints, ...], slice | Ints]]:
        """Per run the chunk, the places in it, and the places in the flat result."""
        for chunk, start, stop in zip(self.coords, self.starts, self.stops, strict=True):
            out = slice(start, stop) if self.order is None else self.order[start:stop]
            yield chunk, tuple(p[start:stop] for p in self.parts), out


def plan_points(dims: Sequence[DimensionGrid], points: Sequence[Ints]) -> PointRuns:
    """Split points by chunk.

    Parameters
    ----------
    dims : sequence of DimensionGrid
        The axes that the points are on, at least one.
    points : sequence of array
        Per axis the index of each point: one-dimensional, of one length, inside the axis, not negative.
    """
    chunks = [dim.indices_to_chunks(p) for dim, p in zip(dims, points, strict=True)]
    key = _chunk_key(dims, chunks)
    order: Ints | None = None
    if (key[1:] < key[:-1]).any():
        order = np.argsort(key, kind="stable")
        key = key[order]
        chunks = [c[order] for c in chunks]
        points = [p[order] for p in points]
    starts, stops = sorted_run_ends(key)
    parts = tuple(p - dim.chunk_offsets(c) for dim, p, c in zip(dims, points, chunks, strict=True))
    coords = list(zip(*(c[starts].tolist() for c in chunks), strict=True))
    return PointRuns(coords, parts, order, starts.tolist(), stops.tolist())


def _chunk_key(dims: Sequence[DimensionGrid], chunks: Sequence[Ints]) -> npt.NDArray[np.integer[Any]]:
    """One integer per point that orders points as their chunks are ordered."""
    cells = math.prod(dim.ngridcells for dim in dims)
    if cells <= np.iinfo(np.intp).max:
        key = chunks[0]
        for dim, c in zip(dims[1:], chunks[1:], strict=True):
            key = key * dim.ngridcells + c
        # NumPy's stable sort of 16 bits is several times faster than that of 64
        return key.astype(np.uint16) if cells <= 1 << 16 else key
    _, ranks = np.unique(np.stack(chunks, axis=1), axis=0, return_inverse=True)
    return ranks.reshape(-1)
