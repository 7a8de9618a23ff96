"""Plans carried out against stores: chunks read, decoded and placed; values encoded and written."""

from zarr.core.chunk_io.bound import BoundArray, bind_array
from zarr.core.chunk_io.read import read_chunks
from zarr.core.chunk_io.write import write_chunks

__all__ = ["BoundArray", "bind_array", "read_chunks", "write_chunks"]
