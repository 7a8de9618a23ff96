"""Chunked, compressed N-dimensional arrays over any storage, in formats 2 and 3 of Zarr.

Names are loaded when they are first used, so that ``import zarr`` costs next to nothing.
"""

from typing import TYPE_CHECKING, Any

from zarr._version import __version__
from zarr.core import load_module

if TYPE_CHECKING:
    from zarr._debug_info import print_debug_info
    from zarr.api.synchronous import (
        array,
        clean,
        consolidate_metadata,
        copy,
        copy_all,
        copy_store,
        create,
        create_array,
        create_group,
        create_hierarchy,
        empty,
        empty_like,
        from_array,
        full,
        full_like,
        group,
        load,
        ones,
        ones_like,
        open,
        open_array,
        open_consolidated,
        open_group,
        open_like,
        save,
        save_array,
        save_group,
        tree,
        verify,
        zeros,
        zeros_like,
    )
    from zarr.core.array import Array, AsyncArray
    from zarr.core.config import config
    from zarr.core.group import AsyncGroup, Group
    from zarr.storage import ProcessSynchronizer, ThreadSynchronizer

__all__ = [
    "Array",
    "AsyncArray",
    "AsyncGroup",
    "Group",
    "ProcessSynchronizer",
    "ThreadSynchronizer",
    "__version__",
    "array",
    "clean",
    "config",
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
    "print_debug_info",
    "save",
    "save_array",
    "save_group",
    "tree",
    "verify",
    "zeros",
    "zeros_like",
]

_PLACES = {
    "Array": "zarr.core.array",
    "AsyncArray": "zarr.core.array",
    "AsyncGroup": "zarr.core.group",
    "Group": "zarr.core.group",
    "ProcessSynchronizer": "zarr.storage",
    "ThreadSynchronizer": "zarr.storage",
    "config": "zarr.core.config",
    "print_debug_info": "zarr._debug_info",
}
_MODULES = frozenset(
    "abc api buffer codecs convenience core dtype errors experimental hierarchy indexing metadata registry storage "
    "testing types".split()
)


def __getattr__(name: str) -> Any:
    if name in __all__:
        value = getattr(load_module(_PLACES.get(name, "zarr.api.synchronous")), name)
    elif name in _MODULES:
        value = load_module(f"zarr.{name}")
    else:
        raise AttributeError(f"module 'zarr' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
