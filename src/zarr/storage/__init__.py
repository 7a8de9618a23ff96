"""Stores: where the bytes are. The only rooms that touch disks and networks.

Stores that need modules which most programs do not are loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from zarr.storage._common import StoreLike, StorePath, make_store_path
from zarr.storage._local import LocalStore
from zarr.storage._managed import ManagedMemoryStore
from zarr.storage._memory import MemoryStore
from zarr.storage._wrapper import WrapperStore

if TYPE_CHECKING:
    from zarr.storage._cache import CacheStore
    from zarr.storage._fsspec import FsspecStore, RemoteStore
    from zarr.storage._gpu import GpuMemoryStore
    from zarr.storage._logging import LoggingStore
    from zarr.storage._mapping import MappingStore
    from zarr.storage._obstore import ObjectStore
    from zarr.storage._sqlite import SQLiteStore
    from zarr.storage._synchronized import ProcessSynchronizer, SynchronizedStore, ThreadSynchronizer
    from zarr.storage._zip import ZipStore

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

_ON_FIRST_USE = {
    "CacheStore": "zarr.storage._cache",
    "FsspecStore": "zarr.storage._fsspec",
    "GpuMemoryStore": "zarr.storage._gpu",
    "KVStore": "zarr.storage._mapping",
    "LoggingStore": "zarr.storage._logging",
    "MappingStore": "zarr.storage._mapping",
    "ObjectStore": "zarr.storage._obstore",
    "ProcessSynchronizer": "zarr.storage._synchronized",
    "RemoteStore": "zarr.storage._fsspec",
    "SQLiteStore": "zarr.storage._sqlite",
    "SynchronizedStore": "zarr.storage._synchronized",
    "ThreadSynchronizer": "zarr.storage._synchronized",
    "ZipStore": "zarr.storage._zip",
}


def __getattr__(name: str) -> Any:
    if name not in _ON_FIRST_USE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_ON_FIRST_USE[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
