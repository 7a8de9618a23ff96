"""Functions of zarr.api.synchronous, under the name that their module had in Zarr-Python 2."""

from zarr.api.synchronous import (
    consolidate_metadata,
    load,
    open,
    open_consolidated,
    save,
    save_array,
    save_group,
    tree,
)

__all__ = [
    "consolidate_metadata",
    "load",
    "open",
    "open_consolidated",
    "save",
    "save_array",
    "save_group",
    "tree",
]
