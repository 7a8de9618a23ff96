"""The top-level functions, blocking: each is derived from the coroutine of the same name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zarr.api import asynchronous
from zarr.core import array as array_package
from zarr.core import group as group_package
from zarr.core import later
from zarr.core.run import blocking
from zarr.core.run.inline import run
from zarr.core.run.many import collect

if TYPE_CHECKING:
    from zarr.abc.store import Store
    from zarr.core.group import AsyncGroup, Group
    from zarr.core.group import group as groups
    from zarr.core.group.tree import TreeRepr
    from zarr.core.metadata.io import NodeMetadata
    from zarr.types import AnyArray, AnyAsyncArray
else:
    groups = later("zarr.core.group.group")

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


if TYPE_CHECKING:

    def _array(array: AnyAsyncArray) -> AnyArray: ...
    def _group(group: AsyncGroup) -> Group: ...

    array = blocking(asynchronous.array, then=_array)
    copy = blocking(asynchronous.copy)
    copy_all = blocking(asynchronous.copy_all)
    copy_store = blocking(asynchronous.copy_store)
    create = blocking(asynchronous.create, then=_array)
    create_array = blocking(asynchronous.create_array, then=_array)
    empty = blocking(asynchronous.empty, then=_array)
    empty_like = blocking(asynchronous.empty_like, then=_array)
    from_array = blocking(asynchronous.from_array, then=_array)
    full = blocking(asynchronous.full, then=_array)
    full_like = blocking(asynchronous.full_like, then=_array)
    ones = blocking(asynchronous.ones, then=_array)
    ones_like = blocking(asynchronous.ones_like, then=_array)
    zeros = blocking(asynchronous.zeros, then=_array)
    zeros_like = blocking(asynchronous.zeros_like, then=_array)
    open_like = blocking(asynchronous.open_like, then=_array)
    open = blocking(asynchronous.open, then=groups.as_blocking)
    open_array = blocking(asynchronous.open_array, then=_array)
    open_group = blocking(asynchronous.open_group, then=_group)
    open_consolidated = blocking(asynchronous.open_consolidated, then=_group)
    group = blocking(asynchronous.group, then=_group)
    create_group = blocking(asynchronous.create_group, then=_group)
    consolidate_metadata = blocking(asynchronous.consolidate_metadata, then=_group)
    save = blocking(asynchronous.save)
    save_array = blocking(asynchronous.save_array)
    save_group = blocking(asynchronous.save_group)
    load = blocking(asynchronous.load)
    verify = blocking(asynchronous.verify)
    clean = blocking(asynchronous.clean)


def __getattr__(name: str) -> Any:
    """The twin of a coroutine function, made when it is first used: only then the coroutine's module loads."""
    if name in ("Array", "AsyncArray"):  # which other packages take from here
        return getattr(array_package, name)
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    twin = globals()[name] = blocking(getattr(asynchronous, name), then=_face)
    return twin


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _face(result: Any) -> Any:
    """The blocking face of a node; anything else as it is."""
    if isinstance(result, array_package.AsyncArray):
        return array_package.Array(result)
    return groups.as_blocking(result) if isinstance(result, group_package.AsyncGroup) else result


def tree(grp: Group, expand: bool | None = None, level: int | None = None) -> TreeRepr:
    """A drawing of what is below a group; see ``Group.tree``."""
    return grp.tree(expand=expand, level=level)


def create_hierarchy(
    *, store: Store, nodes: dict[str, NodeMetadata], overwrite: bool = False
) -> Iterator[tuple[str, Group | AnyArray]]:
    """Make nodes of their metadata, and groups for the parents that are missing.

    Parameters
    ----------
    store
        Where to make them.
    nodes
        Metadata by path; all of one format.
    overwrite
        Delete nodes that are there under these paths.

    Yields
    ------
    tuple of str and node
        Path and node, in no promised order.
    """
    made = run(collect(asynchronous.create_hierarchy(store=store, nodes=nodes, overwrite=overwrite)))
    for path, node in made:
        yield path, groups.as_blocking(node)
