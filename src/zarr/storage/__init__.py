"""Stores: where the bytes are. The only rooms that touch disks and networks."""

from zarr.storage._common import StoreLike, StorePath, make_store_path
from zarr.storage._local import LocalStore
from zarr.storage._memory import MemoryStore
from zarr.storage._wrapper import WrapperStore

__all__ = ["LocalStore", "MemoryStore", "StoreLike", "StorePath", "WrapperStore", "make_store_path"]
