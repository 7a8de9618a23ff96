"""Stores: where the bytes are. The only rooms that touch disks and networks.

Each is loaded when it is first used.
"""

from typing import TYPE_CHECKING

from zarr.core import names_of

if TYPE_CHECKING:
    from zarr.storage._cache import CacheStore
    from zarr.storage._common import StorePath, make_store_path
    from zarr.storage._fsspec import FsspecStore, RemoteStore
    from zarr.storage._gpu import GpuMemoryStore
    from zarr.storage._like import StoreLike
    from zarr.storage._local import LocalStore
    from zarr.storage._logging import LoggingStore
    from zarr.storage._managed import ManagedMemoryStore
    from zarr.storage._mapping import MappingStore
    from zarr.storage._memory import MemoryStore
    from zarr.storage._obstore import ObjectStore
    from zarr.storage._sqlite import SQLiteStore
    from zarr.storage._synchronized import ProcessSynchronizer, SynchronizedStore, ThreadSynchronizer
    from zarr.storage._wrapper import WrapperStore
    from zarr.storage._zip import ZipStore
else:
    __getattr__, __dir__ = names_of(
        __name__,
        {
            "_cache": "CacheStore",
            "_common": "StorePath make_store_path",
            "_fsspec": "FsspecStore RemoteStore",
            "_gpu": "GpuMemoryStore",
            "_like": "StoreLike",
            "_local": "LocalStore",
            "_logging": "LoggingStore",
            "_managed": "ManagedMemoryStore",
            "_mapping": "KVStore MappingStore",
            "_memory": "MemoryStore",
            "_obstore": "ObjectStore",
            "_sqlite": "SQLiteStore",
            "_synchronized": "ProcessSynchronizer SynchronizedStore ThreadSynchronizer",
            "_wrapper": "WrapperStore",
            "_zip": "ZipStore",
        },
    )

__all__ = [
    "CacheStore",
    "FsspecStore",
    "GpuMemoryStore",
    "LocalStore",
    "LoggingStore",
    "ManagedMemoryStore",
    "MappingStore",
    "MemoryStore",
    "ObjectStore",
    "ProcessSynchronizer",
    "RemoteStore",
    "SQLiteStore",
    "StoreLike",
    "StorePath",
    "SynchronizedStore",
    "ThreadSynchronizer",
    "WrapperStore",
    "ZipStore",
    "make_store_path",
]
