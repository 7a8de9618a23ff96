"""StorePath, a location in a store, and how one is made of whatever a user gives (StoreLike)."""

from __future__ import annotations

import json
import sys
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, Self

from zarr import storage
from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.store import ByteRequest, Store
from zarr.core import elsewhere, later, run
from zarr.core.buffer import default_buffer_prototype
from zarr.core.common import ANY_ACCESS_MODE, JSON, AccessModeLiteral
from zarr.core.keys import join_path, normalize_path
from zarr.storage._locate import Located, load, locate

if TYPE_CHECKING:
    import pathlib as pathlib

    from zarr.abc.store import SupportsSyncStore
    from zarr.core.common import ZarrFormat
    from zarr.storage._like import StoreLike
else:
    pathlib = later("pathlib")

__all__ = ["StoreLike", "StorePath", "make_store_path"]

__getattr__ = elsewhere(__name__)


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
    _found_in: object = None
    """The consolidated metadata that a node at this place was found in; see ``zarr.core.metadata.consolidated``."""

    zarr_format: ZarrFormat | None = None
    """The format of what is there, if a URL such as ``...|zarr2:`` says it."""

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

    def _located(self) -> tuple[Hashable, str]:
        """The storage and the place in it: the same for one place by stores with different roots."""
        storage, root = self.store._address
        return storage, join_path(root, self.path)

    def _is_within(self, other: StorePath) -> bool:
        """Whether this place is the other one or below it."""
        (storage, here), (other_storage, there) = self._located(), other._located()
        return storage == other_storage and f"{here}/".startswith(f"{there}/" if there else "")

    def agreed_format(self, zarr_format: ZarrFormat | None) -> ZarrFormat | None:
        """The format that the URL or the caller says, if one of them does.

        Raises
        ------
        ValueError
            If they say different ones.
        """
        if self.zarr_format is None or zarr_format in (None, self.zarr_format):
            return zarr_format or self.zarr_format
        raise ValueError(
            f"{self}: the URL says 'zarr{self.zarr_format}:', but format {zarr_format} is asked for; give "
            f"zarr_format={self.zarr_format}, or '|zarr:' in the URL."
        )

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


async def make_store(
    store_like: StoreLike | None,
    *,
    mode: AccessModeLiteral | None = None,
    storage_options: dict[str, Any] | None = None,
) -> Store:
    """The store that a user means; see ``make_store_path``.

    Raises
    ------
    ValueError
        If a place inside the store is meant.
    """
    found = _locate(store_like, mode, storage_options)
    if found.path:
        raise ValueError(f"{store_like!r} is a place inside a store; use make_store_path.")
    await run.settle(found.store)
    return found.store


def _locate(
    store_like: StoreLike | None, mode: AccessModeLiteral | None, storage_options: dict[str, Any] | None
) -> Located:
    if isinstance(store_like, str):
        return locate(store_like, mode, storage_options)
    if storage_options:
        raise TypeError(
            "'storage_options' was provided but unused. 'storage_options' is only used when the store is a URL of a "
            f"remote store; got {type(store_like).__name__!r}."
        )
    if isinstance(store_like, Store):
        return Located(store_like)
    if store_like is None:
        return Located(storage.MemoryStore())  # which ``StorePath.open`` makes read-only
    found = _of_other_package(store_like, mode)
    if found is not None:
        return Located(found)
    if isinstance(store_like, pathlib.Path):
        return locate(store_like, mode)
    if isinstance(store_like, Mapping):
        return Located(load("store_of_mapping")(store_like, read_only=mode == "r"))
    raise TypeError(
        f"Unsupported type for store_like: {type(store_like).__name__!r}. A store is given as a Store, a StorePath, "
        "a path or URL (str or Path), a mapping, None for a new one in memory, or an object of fsspec, obstore or "
        "universal_pathlib."
    )


_OTHER_PACKAGES = ("fsspec", "obstore", "upath")


def _of_other_package(value: object, mode: AccessModeLiteral | None) -> Store | None:
    # not `_OTHER_PACKAGES.isdisjoint`, which would look at all modules
    if type(value) is dict or sys.modules.keys().isdisjoint(_OTHER_PACKAGES):
        return None
    found: Store | None = load("store_of_object")(value, mode == "r")
    return found


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
        One of

        - a Store or a StorePath;
        - a path, str or ``pathlib.Path``: a directory, or a file that ends in ``.zip``, ``.sqlite`` or ``.db``;
        - a URL: ``file://``, ``memory://name``, ``s3://``, ``gs://``, ``az://``, ``http(s)://`` and what else
          fsspec knows;
        - a URL pipeline, such as ``s3://bucket/data.zip|zip:inner/path|zarr3:``;
        - a dict of Buffers, which becomes a MemoryStore, or another mapping of keys to bytes;
        - a filesystem or mapping of fsspec, a store of obstore, a UPath;
        - None, for a new store in memory.
    path
        Path in that store.
    mode
        Access mode, see ``StorePath.open``; None to leave the store as it is.
    storage_options
        Options for a remote store that is named by a URL.

    Raises
    ------
    TypeError
        If ``store_like`` is nothing of these, or there are ``storage_options`` without a URL.
    FileNotFoundError
        If a directory or file that is to be read does not exist.
    ValueError
        If a URL is none that is known, or a path leads out of the store.
    """
    path = normalize_path(path)
    if isinstance(store_like, StorePath):
        if storage_options:
            raise TypeError("'storage_options' was provided but the store is a StorePath.")
        found = Located(store_like.store, store_like.path, store_like.zarr_format)
        mode = "a" if mode == "w-" else mode  # whether a node is there is seen when one is made
    else:
        found = _locate(store_like, mode, storage_options)
    store_path = await StorePath.open(found.store, path=join_path(found.path, path), mode=mode)
    store_path.zarr_format = found.zarr_format
    return store_path
