"""Contracts: what a store, a codec, a buffer and a metadata document must offer."""

from importlib import import_module
from typing import Any

_MODULES = frozenset("buffer codec metadata numcodec ranges store".split())


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"zarr.abc.{name}")
    raise AttributeError(f"module 'zarr.abc' has no attribute {name!r}")
