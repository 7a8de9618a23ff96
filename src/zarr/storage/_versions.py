"""Values that are replaced only if they still are what was read, in stores that can do that: object stores."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zarr.abc.store import Store
from zarr.core.config import settings
from zarr.storage._wrapper import WrapperStore

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, BufferPrototype
    from zarr.abc.store import ByteRequest

__all__ = ["ATTEMPTS", "Outrun", "VersionedStore", "has_versions"]

ATTEMPTS = 100
"""How often a change is made again because another writer was quicker."""


def has_versions(store: Any) -> bool:
    """Whether values of a store can be replaced on condition that nobody else did."""
    return getattr(store, "_has_versions", False) and bool(settings.get("storage.conditional_writes"))


class Outrun(Exception):
    """Another process has changed the value since it was read."""


class VersionedStore(WrapperStore[Store]):
    """A store in which some values are replaced only if they are what was read through it.

    Parameters
    ----------
    store
        The store.
    keys
        The keys of these values.
    """

    _suspends = True

    def __init__(self, store: Any, keys: Iterable[str]) -> None:
        super().__init__(store)
        self._inner, self._keys = store, frozenset(keys)
        self._versions: dict[str, Any] = {}

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        if key not in self._keys or byte_range is not None:
            return await super().get(key, prototype, byte_range)
        value, self._versions[key] = await self._inner._get_versioned(key)
        return value  # type: ignore[no-any-return]

    async def set(self, key: str, value: Buffer) -> None:
        if key not in self._versions:
            await super().set(key, value)
        elif not await self._inner._set_if_version(key, value, self._versions.pop(key)):
            raise Outrun

    async def set_if_not_exists(self, key: str, value: Buffer) -> bool | None:
        return await self._inner.set_if_not_exists(key, value)  # type: ignore[no-any-return]
