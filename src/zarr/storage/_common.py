"""StorePath, a location in a store, and how one is made of whatever a user gives (StoreLike)."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.store import ByteRequest, Store
from zarr.core import run
from zarr.core.buffer import default_buffer_prototype
from zarr.core.common import ANY_ACCESS_MODE, JSON, AccessModeLiteral
from zarr.core.keys import join_path, normalize_path
from zarr.storage._local import LocalStore
from zarr.storage._memory import MemoryStore

if TYPE_CHECKING:
    from zarr.abc.store import SupportsSyncStore

__all__ = ["StoreLike", "StorePath", "make_store_path"]


class StorePath:
    """A location in a store: the bytes of a key, or what lies below a prefix.

    Parameters
    ----------
    store
        The store.
    path
        Path in the store; it is normalised.
    """

    store: Store
    path: str

    def __init__(self, store: Store, path: str = "") -> None:
        self.store = store
        self.path = normalize_path(path)

    @classmethod
    async def open(cls, store: Store, path: str, mode: AccessModeLiteral | None = None) -> Self:
        """A location, prepared as ``mode`` says.

        Parameters
        ----------
        mode
            "r" makes the store read-only; "w-" raises FileExistsError if anything is there; "w" deletes all
            that lies below; "r+", "a" and None do nothing.

        Raises
        ------
        ValueError
            If the mode is none of these, or asks for writes to a read-only store.
        """
        if mode is not None and mode not in ANY_ACCESS_MODE:
            raise ValueError(f"Invalid mode: {mode}, expected one of ('r', 'r+', 'a', 'w', 'w-')")
        await run.settle(store)
        if mode == "r" and not store.read_only:
            try:
                store = store.with_read_only(True)
            except NotImplementedError as error:
                raise ValueError(
                    "Store is not read-only but mode is 'r', and a "
                    f"{type(store).__name__} cannot make a read-only copy of itself; open it read-only."
                ) from error
        elif mode not in (None, "r") and store.read_only:
            raise ValueError(
                f"Store is read-only but mode is {mode!r}. Create a writable store or use 'r' mode."
            )
        await store._ensure_open()
        self = cls(store, path)
        if mode == "w-" and not await self.is_empty():
            raise FileExistsError(
                f"Cannot create {self} with mode 'w-' because it already contains data. Use mode 'w' to overwrite "
                "or 'a' to append."
            )
        if mode == "w":
            await self.delete_dir()
        return self

    @property
    def read_only(self) -> bool:
        """Whether the store refuses changes."""
        return self.store.read_only

    # --- coroutines

    async def get(
        self, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """The bytes of this key or a range of them; None if there is no such key."""
        if not self.path:
            return None  # the root is a prefix, no key
        await run.settle(self.store)
        return await self.store.get(self.path, prototype or default_buffer_prototype(), byte_range)

    async def get_json(self, *, byte_range: ByteRequest | None = None) -> JSON | None:
        """The JSON document of this key; None if there is no such key."""
        data = await self.get(byte_range=byte_range)
        return None if data is None else json.loads(data.to_bytes())

    async def set(self, value: Buffer) -> None:
        """Store the bytes of this key."""
        await run.settle(self.store)
        await self.store.set(self.path, value)

    async def set_if_not_exists(self, default: Buffer) -> None:
        """Store the bytes of this key unless there are any."""
        await run.settle(self.store)
        await self.store.set_if_not_exists(self.path, default)

    async def delete(self) -> None:
        """Delete this key."""
        await run.settle(self.store)
        await self.store.delete(self.path)

    async def delete_dir(self) -> None:
        """Delete all that lies below this prefix."""
        await run.settle(self.store)
        await self.store.delete_dir(self.path)

    async def exists(self) -> bool:
        """Whether this key has a value."""
        if not self.path:
            return False
        await run.settle(self.store)
        return await self.store.exists(self.path)

    async def is_empty(self) -> bool:
        """Whether nothing lies below this prefix."""
        await run.settle(self.store)
        return await self.store.is_empty(self.path)

    # --- the same without waiting, for stores that offer it

    def get_sync(
        self, *, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """As ``get``; TypeError if the store cannot be read without waiting."""
        return self._sync_store().get_sync(self.path, prototype=prototype, byte_range=byte_range)

    def set_sync(self, value: Buffer) -> None:
        """As ``set``; TypeError if the store cannot be written without waiting."""
        self._sync_store().set_sync(self.path, value)

    def delete_sync(self) -> None:
        """As ``delete``; TypeError if the store cannot be written without waiting."""
        self._sync_store().delete_sync(self.path)

    def _sync_store(self) -> SupportsSyncStore:
        store: Any = self.store
        if not hasattr(store, "get_sync"):
            raise TypeError(f"Store {type(store).__name__} has no blocking methods.")
        return store  # type: ignore[no-any-return]

    def __truediv__(self, other: str) -> StorePath:
        return self.__class__(self.store, join_path(self.path, other))

    def __str__(self) -> str:
        return join_path(str(self.store), self.path)

    def __repr__(self) -> str:
        return f"StorePath({type(self.store).__name__}, '{self}')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StorePath) and self.store == other.store and self.path == other.path

    __hash__ = None  # type: ignore[assignment]


StoreLike: TypeAlias = Store | StorePath | Path | str | MutableMapping[str, Buffer]


async def make_store(
    store_like: StoreLike | None,
    *,
    mode: AccessModeLiteral | None = None,
    storage_options: dict[str, Any] | None = None,
) -> Store:
    """The store that a user means by a Store, a path, a URL, a dict, or None (a new one in memory)."""
    store: Store
    if isinstance(store_like, Store):
        store = store_like
    elif store_like is None:
        store = MemoryStore()
    elif isinstance(store_like, MutableMapping):
        store = MemoryStore(store_like, read_only=mode == "r")
    elif isinstance(store_like, str) and "://" in store_like:
        store = _store_of_url(store_like, mode)
    elif isinstance(store_like, (str, Path)):
        store = LocalStore(store_like, read_only=mode == "r")
    else:
        raise TypeError(f"Unsupported type for store_like: {type(store_like).__name__!r}")
    if storage_options and not isinstance(store_like, str):
        raise TypeError(
            "'storage_options' was provided but is only used for URLs of remote stores; got "
            f"{type(store_like).__name__!r}."
        )
    await run.settle(store)
    if isinstance(store, LocalStore) and mode in ("r", "r+") and not store.root.exists():
        raise FileNotFoundError(f"{store.root} does not exist")
    return store


def _store_of_url(url: str, mode: AccessModeLiteral | None) -> Store:
    scheme, _, rest = url.partition("://")
    if scheme == "file":
        return LocalStore(rest, read_only=mode == "r")
    raise ValueError(
        f"{url!r}: no store is known for URLs that start with {scheme}://; give a Store object, a path of a "
        "directory, or a file:// URL."
    )


async def make_store_path(
    store_like: StoreLike | None,
    *,
    path: str | None = "",
    mode: AccessModeLiteral | None = None,
    storage_options: dict[str, Any] | None = None,
) -> StorePath:
    """The location that a user means.

    Parameters
    ----------
    store_like
        A Store, a StorePath, a path or URL, a dict of Buffers, or None for a new store in memory.
    path
        Path in that store.
    mode
        Access mode, see ``StorePath.open``; None to leave the store as it is.
    storage_options
        Options for remote stores that are named by a URL.

    Raises
    ------
    TypeError
        If ``store_like`` is nothing of these.
    FileNotFoundError
        If a directory that is to be read does not exist.
    """
    if isinstance(store_like, StorePath):
        if storage_options:
            raise TypeError("'storage_options' was provided but the store is a StorePath.")
        combined = join_path(store_like.path, normalize_path(path))
        return await StorePath.open(store_like.store, path=combined, mode=mode)
    store = await make_store(store_like, mode=mode, storage_options=storage_options)
    return await StorePath.open(store, path=normalize_path(path), mode=mode)
