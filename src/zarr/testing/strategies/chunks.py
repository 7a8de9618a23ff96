"""Shapes of arrays, chunks and shards, and chunk grids."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st

from zarr.core.metadata.v3 import RectilinearChunkGridMetadata, RegularChunkGridMetadata

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = [
    "array_shapes",
    "chunk_grids",
    "chunk_shapes",
    "chunks_param_from_rectilinear",
    "complex_chunk_grids",
    "rectilinear_chunk_grids",
    "rectilinear_chunk_shape_declarations",
    "rectilinear_chunks",
    "rectilinear_dim_edges",
    "shard_shapes",
]

Edges: TypeAlias = "list[int | list[int]]"

_MAX_CHUNKS = 400
"""The most chunks of a rectilinear grid: enough for every case at an edge, few enough to be quick."""

array_shapes: SearchStrategy[tuple[int, ...]] = npst.array_shapes(
    max_dims=4, min_side=3, max_side=5
) | npst.array_shapes(max_dims=4, min_side=0)
"""Mostly shapes of several chunks, and some with a length of 0 or 1."""


@st.composite
def chunk_shapes(draw: DrawFn, *, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shapes of chunks for an array: at least 1 along each axis, and not longer than the array."""
    # the number of chunks is drawn rather than their length: large chunks are not preferred so
    counts = draw(st.tuples(*(st.integers(1, max(1, size)) for size in shape)))
    return tuple(max(1, -(-size // n)) for size, n in zip(shape, counts, strict=True))


@st.composite
def shard_shapes(draw: DrawFn, *, shape: tuple[int, ...], chunk_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shapes of shards: a number of whole chunks along each axis that does not reach beyond the array."""
    counts = draw(
        st.tuples(*(st.integers(1, max(1, n // c)) for n, c in zip(shape, chunk_shape, strict=True)))
    )
    return tuple(c * n for c, n in zip(chunk_shape, counts, strict=True))


# --- rectilinear


@st.composite
def rectilinear_dim_edges(draw: DrawFn, *, extent: int, max_chunks: int = 20) -> list[int]:
    """Lengths of one to ``max_chunks`` chunks along an axis, which add up to its extent."""
    count = draw(st.integers(1, max(1, min(extent, max_chunks))))
    if count == 1:
        return [max(1, extent)]
    cuts = draw(st.sets(st.integers(1, extent - 1), min_size=count - 1, max_size=count - 1))
    ends = [0, *sorted(cuts), extent]
    return [b - a for a, b in pairwise(ends)]


def _max_chunks_per_dim(ndim: int) -> int:
    return max(1, min(20, int(_MAX_CHUNKS ** (1 / max(1, ndim)))))


@st.composite
def rectilinear_chunks(draw: DrawFn, *, shape: tuple[int, ...]) -> list[list[int]]:
    """Lengths of chunks along each axis, as ``chunks`` of ``create_array`` takes them."""
    most = _max_chunks_per_dim(len(shape))
    return [draw(rectilinear_dim_edges(extent=size, max_chunks=most)) for size in shape]


@st.composite
def rectilinear_chunk_grids(draw: DrawFn, *, shape: tuple[int, ...]) -> RectilinearChunkGridMetadata:
    """Rectilinear grids for an array; along some axes one length that is repeated."""
    most = _max_chunks_per_dim(len(shape))
    axes = [draw(_repeated_length(size, most) | _edges(size, most)) for size in shape]
    return RectilinearChunkGridMetadata(chunk_shapes=tuple(axes))


def _edges(size: int, most: int) -> SearchStrategy[int | tuple[int, ...]]:
    return rectilinear_dim_edges(extent=size, max_chunks=most).map(tuple)


def _repeated_length(size: int, most: int) -> SearchStrategy[int | tuple[int, ...]]:
    return st.integers(max(1, -(-size // most)), max(1, size))


@st.composite
def rectilinear_chunk_shape_declarations(
    draw: DrawFn, *, shape: tuple[int, ...]
) -> tuple[list[int | Edges], tuple[int | tuple[int, ...], ...]]:
    """``chunk_shapes`` of a document in any of its spellings, and the same spelled out.

    An axis is one length that is repeated, or a list of lengths and ``[length, count]`` pairs. The last
    chunk may reach beyond the array.
    """
    most = _max_chunks_per_dim(len(shape))
    declared: list[int | Edges] = []
    resolved: list[int | tuple[int, ...]] = []
    for size in shape:
        drawn = draw(_repeated_length(size, most) | _edges(size, most))
        if isinstance(drawn, int):
            declared.append(drawn)
            resolved.append(drawn)
            continue
        edges = list(drawn)
        edges[-1] += draw(st.just(0) | st.integers(0, 3))
        declared.append(draw(_spellings(edges)))
        resolved.append(tuple(edges))
    return declared, tuple(resolved)


@st.composite
def _spellings(draw: DrawFn, edges: list[int]) -> Edges:
    spelled: Edges = []
    for length, run in groupby(edges):
        left = len(list(run))
        while left:
            count = draw(st.integers(1, left))
            if draw(st.booleans()):
                spelled.append([length, count])
            else:
                spelled.extend([length] * count)
            left -= count
    return spelled


def chunks_param_from_rectilinear(meta: RectilinearChunkGridMetadata) -> list[int | list[int]]:
    """The ``chunks`` of ``create_array`` that makes this grid."""
    return [edges if isinstance(edges, int) else list(edges) for edges in meta.chunk_shapes]


complex_chunk_grids = rectilinear_chunk_grids


@st.composite
def chunk_grids(
    draw: DrawFn, *, shape: tuple[int, ...]
) -> RegularChunkGridMetadata | RectilinearChunkGridMetadata:
    """Grids for an array: regular, or, where no axis is empty, also rectilinear."""
    regular: SearchStrategy[Any] = chunk_shapes(shape=shape).map(
        lambda chunks: RegularChunkGridMetadata(chunk_shape=chunks)
    )
    if not shape or 0 in shape:
        return draw(regular)  # type: ignore[no-any-return]
    return draw(regular | rectilinear_chunk_grids(shape=shape))
