"""What people call: ``zarr.api.asynchronous`` is the source, ``zarr.api.synchronous`` its blocking twin."""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    if name in ("asynchronous", "synchronous"):
        return import_module(f"zarr.api.{name}")
    raise AttributeError(f"module 'zarr.api' has no attribute {name!r}")
