"""The top-level functions, awaited. Their blocking twins are derived from them.

Each module loads when one of its functions is first used.
"""

from typing import TYPE_CHECKING

from zarr.core import names_of

if TYPE_CHECKING:
    from zarr.api.asynchronous.arrays import (
        array,
        create,
        create_array,
        empty,
        empty_like,
        full,
        full_like,
        ones,
        ones_like,
        zeros,
        zeros_like,
    )
    from zarr.api.asynchronous.copies import copy, copy_all, copy_store
    from zarr.api.asynchronous.copying import from_array
    from zarr.api.asynchronous.groups import consolidate_metadata, create_group, group, tree
    from zarr.api.asynchronous.opening import open, open_array, open_consolidated, open_group, open_like
    from zarr.api.asynchronous.saving import load, save, save_array, save_group
    from zarr.api.asynchronous.verifying import clean, verify
    from zarr.core.group import create_hierarchy
else:
    __getattr__, __dir__ = names_of(
        __name__,
        {
            "arrays": "array create create_array empty empty_like full full_like ones ones_like zeros "
            "zeros_like",
            "copies": "copy copy_all copy_store",
            "copying": "from_array",
            "groups": "consolidate_metadata create_group group tree",
            "opening": "open open_array open_consolidated open_group open_like",
            "saving": "load save save_array save_group",
            "verifying": "clean verify",
            "zarr.core.group": "create_hierarchy",
        },
    )

__all__ = [
    "array",
    "clean",
    "consolidate_metadata",
    "copy",
    "copy_all",
    "copy_store",
    "create",
    "create_array",
    "create_group",
    "create_hierarchy",
    "empty",
    "empty_like",
    "from_array",
    "full",
    "full_like",
    "group",
    "load",
    "ones",
    "ones_like",
    "open",
    "open_array",
    "open_consolidated",
    "open_group",
    "open_like",
    "save",
    "save_array",
    "save_group",
    "tree",
    "verify",
    "zeros",
    "zeros_like",
]
