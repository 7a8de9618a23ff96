"""Changing a node's documents so that no other writer's change is lost: one at a time, from what is stored now.

Threads and coroutines of this process take turns. Other processes are kept out by the store's locks, where it has
any; where it has values that are replaced only if they still are what was read, the change is made again if not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Literal, TypeVar

from zarr.core.common import ZARR_JSON, ZARRAY_JSON, ZATTRS_JSON, ZGROUP_JSON, ZMETADATA_V2_JSON
from zarr.core.keys import join_path
from zarr.core.run.locks import entered, locked
from zarr.errors import ConflictError
from zarr.storage._common import StorePath
from zarr.storage._versions import ATTEMPTS, Outrun, VersionedStore, has_versions

if TYPE_CHECKING:
    from zarr.abc.store import Store
    from zarr.core.common import ZarrFormat

__all__ = ["change"]

T = TypeVar("T")

_DOCUMENTS = {
    (3, "array"): (ZARR_JSON,),
    (3, "group"): (ZARR_JSON,),
    (2, "array"): (ZARRAY_JSON, ZATTRS_JSON),
    (2, "group"): (ZGROUP_JSON, ZATTRS_JSON, ZMETADATA_V2_JSON),
}
"""The documents of a node; the first makes it one."""


async def change(
    path: StorePath,
    zarr_format: ZarrFormat,
    kind: Literal["array", "group"],
    make: Callable[[StorePath], Awaitable[T]],
) -> T:
    """Await ``make(place)`` while nobody else changes the documents of this node.

    Parameters
    ----------
    make
        Reads the documents at the place that it is given, and writes them there, the one that makes it a node as the
        last thing. It may write chunks, and must not change the node by this function again. It is called again
        if another process has changed the document meanwhile.

    Raises
    ------
    ConflictError
        If others are always quicker.
    """
    store = path.store
    keys = tuple(join_path(path.path, name) for name in _DOCUMENTS[zarr_format, kind])
    async with locked(store._lock_scope, path.path, node=True):
        for _ in range(ATTEMPTS):
            async with entered(_exclusion_of(store, keys)):
                if not has_versions(store):
                    return await make(path)
                try:
                    return await make(StorePath(VersionedStore(store, keys), path.path))
                except Outrun:
                    continue
    raise ConflictError(
        f"{path}: other processes changed the documents {ATTEMPTS} times while this one tried to; it is not changed."
    )


def _exclusion_of(store: Store, keys: Iterable[str]) -> AbstractContextManager[object] | None:
    """What keeps other processes from changing these documents; None where the store has nothing of the kind."""
    contexts = [context for key in keys if (context := store._exclusion(key)) is not None]
    return _entered_in_turn(contexts) if len(contexts) > 1 else next(iter(contexts), None)


@contextmanager
def _entered_in_turn(contexts: list[AbstractContextManager[object]]) -> Iterator[None]:
    with ExitStack() as stack:
        for context in contexts:
            stack.enter_context(context)
        yield
