"""Plans carried out against stores: chunks read, decoded and placed; values encoded and written."""

from typing import TYPE_CHECKING

from zarr.core import names_of
from zarr.core.chunk_io.bound import BoundArray, bind_array

if TYPE_CHECKING:
    from zarr.core.chunk_io.read import read_chunks
    from zarr.core.chunk_io.write import write_chunks
else:
    __getattr__, __dir__ = names_of(
        __name__,
        {
            "read": "read_chunks",
            "write": "write_chunks",
        },
    )

__all__ = ["BoundArray", "bind_array", "read_chunks", "write_chunks"]
