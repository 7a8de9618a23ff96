"""ManagedMemoryStore: stores in memory that have names, so that a URL ``memory://name`` can mean one.

Stores of one name share one dict of this process. It lives as long as a store uses it; one that was made by
a URL stays until the process ends, for a URL is a name to come back to.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterator
from itertools import count
from typing import Any
from weakref import WeakValueDictionary

from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.ranges import ByteRequest
from zarr.core import run
from zarr.core.keys import check_key, join_path, normalize_path
from zarr.storage._blocking import as_directory
from zarr.storage._memory import MemoryStore

__all__ = ["ManagedMemoryStore"]


class _Values(dict[str, Buffer]):
    """A dict that can be referred to weakly."""

    __slots__ = ("__weakref__",)


_named: WeakValueDictionary[str, _Values] = WeakValueDictionary()
_kept: dict[str, _Values] = {}
_numbers = count()


class ManagedMemoryStore(MemoryStore):
    """A store in memory that is found by its name.

    Parameters
    ----------
    name
        Stores of one name hold the same values. A new number where None.
    path
        The store holds what lies below this path of the values of that name.
    read_only
        Refuse every change.

    Raises
    ------
    ValueError
        If there is a slash in the name.

    Examples
    --------
    >>> store = ManagedMemoryStore("measurements")
    >>> str(store)
    'memory://measurements'
    >>> ManagedMemoryStore.from_url("memory://measurements") == store
    True
    """

    _suspends = False

    path: str

    def __init__(self, name: str | None = None, *, path: str = "", read_only: bool = False) -> None:
        if name is None:
            name = next(str(n) for n in _numbers if str(n) not in _named)
        if not isinstance(name, str):
            raise TypeError(f"name: expected str or None, got {type(name).__name__!r}")
        if "/" in name:
            raise ValueError(
                f"Store name cannot contain '/': {name!r}. Use the 'path' parameter to specify a path within the "
                "store."
            )
        super().__init__(_values_of(name), read_only=read_only)
        self._name = name
        self.path = normalize_path(path)
        self._start = as_directory(self.path)

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @classmethod
    def from_url(cls, url: str, *, read_only: bool = False) -> ManagedMemoryStore:
        """The store that a URL ``memory://name/path`` means.

        Raises
        ------
        ValueError
            If it is no such URL, or there is no store of that name.
        """
        name, path = parse_memory_url(url)
        if name not in _named:
            raise ValueError(
                f"Memory store not found for URL {url!r}. The store may have been garbage collected."
            )
        return cls(name, path=path, read_only=read_only)

    def with_read_only(self, read_only: bool = False) -> ManagedMemoryStore:
        return type(self)(self._name, path=self.path, read_only=read_only)

    def __str__(self) -> str:
        return f"memory://{join_path(self._name, self.path)}"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, type(self))
            and self._store_dict is other._store_dict
            and self.path == other.path
            and self.read_only == other.read_only
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, (type(self), self._name, self.path, self.read_only, os.getpid())

    @property
    def _lock_scope(self) -> Hashable:
        return id(self._store_dict), self.path

    @property
    def _address(self) -> tuple[Hashable, str]:
        return id(self._store_dict), self.path

    # --- keys below the path

    def _state_of(self, key: str) -> Hashable:
        return super()._state_of(self._start + key)

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        return super().get_sync(self._start + key, prototype=prototype, byte_range=byte_range)

    def set_sync(self, key: str, value: Buffer) -> None:
        super().set_sync(self._start + check_key(key), value)

    def set_if_not_exists_sync(self, key: str, value: Buffer) -> bool | None:
        return super().set_if_not_exists_sync(self._start + check_key(key), value)

    def delete_sync(self, key: str) -> None:
        super().delete_sync(self._start + key)

    def exists_sync(self, key: str) -> bool:
        return super().exists_sync(self._start + key)

    def getsize_sync(self, key: str) -> int:
        return super().getsize_sync(self._start + key)

    def keys_sync(self, prefix: str = "") -> Iterator[str]:
        start = len(self._start)
        keys = super().keys_sync(self._start + prefix)
        return (key[start:] for key in keys)

    def list_dir_sync(self, prefix: str) -> Iterator[str]:
        return super().list_dir_sync(self._start + prefix)

    async def clear(self) -> None:
        await self.delete_dir("")


def _values_of(name: str) -> _Values:
    with run.key_lock("names of memory stores", name):
        values = _named.get(name)
        if values is None:
            values = _named[name] = _Values()
        return values


def parse_memory_url(url: str) -> tuple[str, str]:
    """The name and the path in a URL ``memory://name/path``; ValueError if it is none."""
    scheme, colon, rest = url.partition("://")
    if not colon or scheme.lower() != "memory":
        raise ValueError(f"Expected a 'memory://' URL, got {url!r}.")
    name, _, path = rest.partition("/")
    return name, normalize_path(path)


def is_known(name: str) -> bool:
    """Whether there is a store of this name."""
    return name in _named


def kept_store(name: str, *, read_only: bool = False) -> ManagedMemoryStore:
    """The store of a name, whose values stay until the process ends."""
    store = ManagedMemoryStore(name, read_only=read_only)
    _kept[name] = _values_of(name)
    return store


def _unpickle(
    cls: type[ManagedMemoryStore], name: str, path: str, read_only: bool, process: int
) -> ManagedMemoryStore:
    if process != os.getpid():
        raise RuntimeError(
            f"ManagedMemoryStore {name!r} was pickled in process {process} and is unpickled in process {os.getpid()}. "
            "Its values are in the memory of the first; use a store that several processes can reach, such as "
            "LocalStore."
        )
    return cls(name, path=path, read_only=read_only)
