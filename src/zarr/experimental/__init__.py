"""What may still change: nothing at present but names that have moved to where they belong."""

from zarr.core.chunk_grids import ChunkGrid, ChunkSpec

__all__ = ["ChunkGrid", "ChunkSpec"]
