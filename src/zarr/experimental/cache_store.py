"""CacheStore under the name that Zarr-Python gives it; it is ``zarr.storage.CacheStore``."""

from zarr.storage._cache import CacheStore

__all__ = ["CacheStore"]
