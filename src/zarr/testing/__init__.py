"""Tools for authors of stores, buffers and codecs to test their own with.

pytest imports this package as a plugin in every run, so nothing is imported here: the marker is registered,
and the tools are in the modules (``buffer``, ``store``, ``stateful``, ``strategies``, ``utils``).
"""

from importlib import import_module
from typing import Any

__all__ = ["StoreTests", "assert_bytes_equal", "pytest_configure"]

_ON_FIRST_USE = {"StoreTests": "zarr.testing.store", "assert_bytes_equal": "zarr.testing.utils"}


def pytest_configure(config: Any) -> None:
    """Register our marker with pytest."""
    config.addinivalue_line("markers", "gpu: mark a test as requiring CuPy and a GPU")


def __getattr__(name: str) -> Any:
    if name in _ON_FIRST_USE:
        return getattr(import_module(_ON_FIRST_USE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
