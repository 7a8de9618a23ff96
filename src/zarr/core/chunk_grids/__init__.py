"""Chunk grids: how arrays are cut into chunks, and how chunk lengths are chosen.

Pure: no I/O, functions of shapes. Format facts: specification of v3, chunk grids regular and rectilinear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.core import names_of
from zarr.core.chunk_grids.dimensions import DimensionGrid, FixedDimension, VaryingDimension
from zarr.core.chunk_grids.grid import ChunkGrid, ChunkSpec

if TYPE_CHECKING:
    from zarr.core.chunk_grids.layout import ChunkLayout, resolve_outer_and_inner_chunks
    from zarr.core.chunk_grids.sizes import (
        full_span_chunk_size,
        guess_chunks,
        is_regular_1d,
        is_regular_nd,
        normalize_chunks_1d,
        normalize_chunks_nd,
        parse_byte_target,
        plan_target_shape,
    )
else:
    __getattr__, __dir__ = names_of(
        __name__,
        {
            "layout": "ChunkLayout resolve_outer_and_inner_chunks",
            "sizes": "full_span_chunk_size guess_chunks is_regular_1d is_regular_nd normalize_chunks_1d "
            "normalize_chunks_nd parse_byte_target plan_target_shape",
        },
    )

__all__ = [
    "ChunkGrid",
    "ChunkLayout",
    "ChunkSpec",
    "DimensionGrid",
    "FixedDimension",
    "VaryingDimension",
    "full_span_chunk_size",
    "guess_chunks",
    "is_regular_1d",
    "is_regular_nd",
    "normalize_chunks_1d",
    "normalize_chunks_nd",
    "parse_byte_target",
    "plan_target_shape",
    "resolve_outer_and_inner_chunks",
]
