"""The two kinds of stores: one that never waits and one that really does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from run_stores import WaitingStore

import zarr
from zarr.abc.store import Store
from zarr.storage import LocalStore


@pytest.fixture(params=["local", "waiting"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return LocalStore(tmp_path / "store") if request.param == "local" else WaitingStore()


@pytest.fixture
def three_workers() -> Iterator[None]:
    """A pool that really shares out, also on a machine with one processor."""
    with zarr.config.set({"threading.max_workers": 3}):
        yield
