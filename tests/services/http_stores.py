"""The stores that read by HTTP, made by name at a URL."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
from obstore.store import HTTPStore

from zarr.abc.store import Store
from zarr.storage import FsspecStore, ObjectStore

KINDS = ["fsspec", "obstore"]


def make_store(kind: str, url: str, timeout: float = 30.0, attempts: int = 2, pause: float = 0.005) -> Store:
    """A store that reads below a URL."""
    if kind == "fsspec":
        limits = aiohttp.ClientTimeout(total=timeout)
        options = {"client_kwargs": {"timeout": limits}}
        return FsspecStore.from_url(url, options, read_only=True)
    wait = timedelta(seconds=pause)
    store = HTTPStore.from_url(
        url,
        client_options={"allow_http": True, "timeout": timedelta(seconds=timeout)},
        retry_config={
            "max_retries": attempts - 1,
            "retry_timeout": timedelta(seconds=30),
            "backoff": {"init_backoff": wait, "max_backoff": wait, "base": 2},
        },
    )
    return ObjectStore(store, read_only=True)
