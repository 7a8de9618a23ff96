"""The stores that the tests here run over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from zarr.abc.store import Store
from zarr.storage import LocalStore, MemoryStore, WrapperStore
from zarr.testing.store import LatencyStore

KINDS: dict[str, Callable[[Path], Store]] = {
    "local": LocalStore,
    "memory": lambda _: MemoryStore(),
    "wrapper-of-local": lambda root: WrapperStore(LocalStore(root)),
    "wrapper-of-memory": lambda _: WrapperStore(MemoryStore()),
    "latency": lambda _: LatencyStore(MemoryStore()),
}


@pytest.fixture(params=KINDS)
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind, not yet opened."""
    return KINDS[request.param](tmp_path / "store")
