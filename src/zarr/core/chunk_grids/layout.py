"""Chunks and shards together: the grid of what is stored, and of the inner chunks in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple, cast

from zarr.core.chunk_grids.dimensions import DimensionGrid, FixedDimension, VaryingDimension
from zarr.core.chunk_grids.grid import ChunkGrid
from zarr.core.chunk_grids.sizes import normalize_chunks_nd, plan_target_shape
from zarr.core.common import ChunksLike, ShardsLike
from zarr.errors import ZarrUserWarning, warn

__all__ = ["ChunkLayout", "resolve_outer_and_inner_chunks"]

_MANY_CHUNKS = 8


class ChunkLayout(NamedTuple):
    """The grid of stored chunks (shards, where there are), and the layout inside each.

    Attributes
    ----------
    outer_chunks : ChunkGrid
        The grid of what is stored under a key.
    inner : ChunkLayout or None
        The layout of the inner chunks, as a grid over the whole array; None without shards.
    """

    outer_chunks: ChunkGrid
    inner: ChunkLayout | None = None


def resolve_outer_and_inner_chunks(
    *,
    array_shape: tuple[int, ...],
    chunks: ChunkGrid,
    shard_shape: ShardsLike | None,
    item_size: int,
    target_shard_size_bytes: int | None = None,
) -> ChunkLayout:
    """The layout of an array that has chunks and perhaps shards.

    Parameters
    ----------
    array_shape : tuple of int
        Shape of the array.
    chunks : ChunkGrid
        The chunks: the inner ones where there are shards.
    shard_shape : None, "auto", str, int, sequence or mapping
        None for no shards; ``"auto"``; a byte target such as ``"100MB"``; a shape; a mapping with ``shape``.
    item_size : int
        Bytes per element.
    target_shard_size_bytes : int, optional
        What ``"auto"`` aims at; default two chunks along each axis that has many.

    Raises
    ------
    ValueError
        A shard is not a whole number of chunks, or the chunks inside shards are not regular.
    """
    if shard_shape is None:
        return ChunkLayout(chunks)
    if isinstance(shard_shape, Mapping):
        if "shape" not in shard_shape:
            raise ValueError(f"a mapping given as shards needs the key 'shape', got {dict(shard_shape)!r}")
        shard_shape = shard_shape["shape"]
    if not chunks.is_regular:
        raise ValueError(
            "Rectilinear chunks with sharding is not supported: inner chunks all have one shape. "
            "Use rectilinear shards instead: chunks=(inner_size, ...), shards=[[shard_sizes], ...]"
        )
    inner = chunks.chunk_shape
    if isinstance(shard_shape, str) and shard_shape == "auto":
        outer = _auto_shards(array_shape, inner, item_size, target_shard_size_bytes)
    else:
        shards = cast("ChunksLike", shard_shape)
        outer = normalize_chunks_nd(shards, array_shape, inner, item_size=item_size)
    for axis, (dim, size) in enumerate(zip(outer.dimensions, inner, strict=True)):
        _check_divisible(dim, size, axis)
    return ChunkLayout(outer, ChunkLayout(chunks))


def _auto_shards(
    shape: tuple[int, ...], inner: tuple[int, ...], item_size: int, target: int | None
) -> ChunkGrid:
    warn(
        "Automatic shard shape inference is experimental and may change without notice.",
        ZarrUserWarning,
    )
    if target is None:
        counts = tuple(2 if n // c > _MANY_CHUNKS else 1 for n, c in zip(shape, inner, strict=True))
    else:
        inner_bytes = max(item_size, 1) * math.prod(inner)
        cells = [-(-n // c) for n, c in zip(shape, inner, strict=True)]
        counts = plan_target_shape(cells, target // inner_bytes)
    return ChunkGrid.from_sizes(shape, [k * c for k, c in zip(counts, inner, strict=True)])


def _check_divisible(dim: DimensionGrid, size: int, axis: int) -> None:
    edges: tuple[int, ...] = ()
    if isinstance(dim, FixedDimension):
        edges = (dim.size,)
    elif isinstance(dim, VaryingDimension):
        edges = dim.edges
    for edge in edges:
        if edge % size:
            raise ValueError(
                f"Chunk edge length {edge} in dimension {axis} is not divisible by "
                f"the shard's inner chunk size {size}."
            )
