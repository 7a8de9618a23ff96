"""What people call: ``zarr.api.asynchronous`` is the source, ``zarr.api.synchronous`` its blocking twin."""

from typing import Any

from zarr.core import load_module as _load_module


def __getattr__(name: str) -> Any:
    if name in ("asynchronous", "synchronous"):
        return _load_module(f"zarr.api.{name}")
    raise AttributeError(f"module 'zarr.api' has no attribute {name!r}")
