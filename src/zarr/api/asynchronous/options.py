"""What the parameters mean that these functions have in common."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, cast

from zarr import storage
from zarr.core import later
from zarr.core.common import ANY_ACCESS_MODE
from zarr.core.config import settings
from zarr.errors import ZarrRuntimeWarning, warn

if TYPE_CHECKING:
    from zarr.core import array_spec as array_spec
    from zarr.core.array_spec import ArrayConfigLike
    from zarr.core.common import AccessModeLiteral, ZarrFormat
    from zarr.storage import _common as stores
    from zarr.storage._common import StoreLike, StorePath
else:
    array_spec = later("zarr.core.array_spec")
    stores = later("zarr.storage._common")

__all__ = [
    "chosen_format",
    "config_of",
    "default_mode",
    "locate",
    "synchronized",
    "warn_of_old",
]


_WITHOUT_EFFECT = (
    "chunk_store",
    "cache_attrs",
    "cache_metadata",
    "meta_array",
    "object_codec",
)


async def locate(
    store: StoreLike | None,
    path: str | None,
    mode: AccessModeLiteral | None,
    storage_options: dict[str, Any] | None = None,
    synchronizer: Any = None,
) -> StorePath:
    """The place that is meant; for mode "w" what is there is deleted if it is of Zarr."""
    if mode is not None and mode not in ANY_ACCESS_MODE:
        raise ValueError(f"Invalid mode: {mode}, expected one of ('r', 'r+', 'a', 'w', 'w-')")
    given: AccessModeLiteral | None = None if mode == "w" else mode
    store_path = await stores.make_store_path(store, path=path, mode=given, storage_options=storage_options)
    if mode == "w" and store_path.read_only:
        raise ValueError("Store is read-only but mode is 'w'. Create a writable store or use 'r' mode.")
    return store_path if synchronizer is None else synchronized(store_path, synchronizer)


def synchronized(store_path: StorePath, synchronizer: Any) -> StorePath:
    """The same place in a store that takes the locks of a synchronizer."""
    found = copy(store_path)
    found.store = storage.SynchronizedStore(store_path.store, synchronizer)
    return found


def chosen_format(zarr_format: ZarrFormat | None) -> ZarrFormat:
    """The format of what is made: as given, or the configuration's ``default_zarr_format``."""
    chosen = settings.get("default_zarr_format") if zarr_format is None else zarr_format
    if chosen not in (2, 3):
        raise ValueError(f"zarr_format must be 2 or 3. Got {chosen!r}.")
    return cast("ZarrFormat", chosen)


def default_mode(store: StoreLike | None) -> AccessModeLiteral:
    """The mode where none is given: "r" for a read-only store, else "a"."""
    return "r" if getattr(store, "read_only", False) else "a"


def warn_of_old(given: dict[str, Any]) -> None:
    """Warn of parameters of older versions that are given and have no effect."""
    for name in _WITHOUT_EFFECT:
        if given.get(name) is not None:
            warn(f"The {name} argument has no effect.", ZarrRuntimeWarning)


def config_of(config: ArrayConfigLike | None, kwargs: dict[str, Any]) -> ArrayConfigLike | None:
    """The configuration, with the older parameter ``write_empty_chunks`` in it."""
    empty_chunks = kwargs.get("write_empty_chunks")
    return config if empty_chunks is None else array_spec.with_config(config, write_empty_chunks=empty_chunks)
