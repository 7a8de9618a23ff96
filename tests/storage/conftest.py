"""The stores that the tests here run over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import fsspec
import obstore.store
import pytest

from zarr.abc.store import Store
from zarr.storage import (
    CacheStore,
    FsspecStore,
    LocalStore,
    LoggingStore,
    ManagedMemoryStore,
    MappingStore,
    MemoryStore,
    ObjectStore,
    SQLiteStore,
    WrapperStore,
    ZipStore,
)
from zarr.testing.store import LatencyStore

KINDS: dict[str, Callable[[Path], Store]] = {
    "local": LocalStore,
    "memory": lambda _: MemoryStore(),
    "wrapper-of-local": lambda root: WrapperStore(LocalStore(root)),
    "wrapper-of-memory": lambda _: WrapperStore(MemoryStore()),
    "latency": lambda _: LatencyStore(MemoryStore()),
    "managed": lambda _: ManagedMemoryStore(),
    "below-a-path-of-managed": lambda _: ManagedMemoryStore(path="below/it"),
    "logging": lambda _: LoggingStore(MemoryStore(), "ERROR"),
    "cache-of-local": lambda root: CacheStore(LocalStore(root), cache_store=MemoryStore()),
    "cache-in-local": lambda root: CacheStore(MemoryStore(), cache_store=LocalStore(root), max_size=20),
    "zip": lambda root: ZipStore(root, mode="w"),
    "sqlite": SQLiteStore,
    "mapping": lambda _: MappingStore({}),
    "fsspec-memory": lambda root: FsspecStore(fsspec.filesystem("memory"), path=f"/{uuid4()}"),
    "fsspec-local": lambda root: FsspecStore(fsspec.filesystem("file"), path=str(root)),
    "obstore-memory": lambda _: ObjectStore(obstore.store.MemoryStore()),
    "obstore-local": lambda root: ObjectStore(obstore.store.LocalStore(root, mkdir=True)),
    "cache-of-waiting": lambda _: CacheStore(LatencyStore(MemoryStore()), cache_store=MemoryStore()),
}


@pytest.fixture(params=KINDS)
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind, not yet opened."""
    return KINDS[request.param](tmp_path / "store")
