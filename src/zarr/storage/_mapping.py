"""MappingStore: any mapping of texts to bytes as a store, as Zarr-Python 2 took them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Self
from weakref import WeakValueDictionary

from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.ranges import ByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.core.keys import check_key
from zarr.storage._blocking import BlockingStore, as_directory, cut
from zarr.storage._memory import MemoryStore
from zarr.storage._thread_lock import ThreadLock

__all__ = ["KVStore", "MappingStore", "store_of_mapping"]

_locks: WeakValueDictionary[int, ThreadLock] = WeakValueDictionary()
"""By the identity of the mapping, which a store with the lock keeps alive."""


class MappingStore(BlockingStore):
    """Values in a mapping: a dict of bytes, a shelf, a database that looks like a dict.

    Listing looks at every key of the mapping.

    Parameters
    ----------
    mapping
        Its keys are texts (or bytes, as in ``dbm``), its values bytes-like or Buffers; values that are set are bytes.
    read_only
        Refuse every change; so does a mapping that is not a ``MutableMapping``.
    thread_safe
        Whether several threads may use the mapping at once; if not, they take turns.
    """

    _suspends = False
    supports_writes: bool = True
    supports_deletes: bool = True
    supports_listing: bool = True

    def __init__(
        self, mapping: Mapping[Any, Any], *, read_only: bool = False, thread_safe: bool = False
    ) -> None:
        if not isinstance(mapping, Mapping):
            raise TypeError(f"'mapping' must be a Mapping. Got an instance of {type(mapping)} instead.")
        super().__init__(read_only=read_only or not isinstance(mapping, MutableMapping))
        self._mapping: Any = mapping
        self._turn: AbstractContextManager[None] = (
            nullcontext() if thread_safe else _locks.setdefault(id(mapping), ThreadLock())
        )

    def with_read_only(self, read_only: bool = False) -> Self:
        return type(self)(
            self._mapping, read_only=read_only, thread_safe=not isinstance(self._turn, ThreadLock)
        )

    def __str__(self) -> str:
        return f"mapping://{type(self._mapping).__name__}-{id(self._mapping)}"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, type(self))
            and bool(self._mapping == other._mapping)
            and self.read_only == other.read_only
        )

    @property
    def _lock_scope(self) -> Hashable:
        return id(self._mapping)

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        value = self._value(key)
        if value is None:
            return None
        wanted = (default_buffer_prototype() if prototype is None else prototype).buffer
        found = wanted.from_buffer(value) if isinstance(value, Buffer) else wanted.from_bytes(value)
        return cut(found, byte_range)

    def _value(self, key: str) -> bytes | Buffer | None:
        with self._turn:
            value = self._mapping.get(key)  # not by [], for which a defaultdict would make it
            if value is None or isinstance(value, (bytes, Buffer)):
                return value
            try:
                return bytes(memoryview(value))  # copied: others may change it
            except TypeError:
                raise TypeError(
                    f"the value of key {key!r} in {self!r} is not bytes-like but {type(value).__name__}"
                ) from None

    def exists_sync(self, key: str) -> bool:
        with self._turn:
            return key in self._mapping

    def set_sync(self, key: str, value: Buffer) -> None:
        self._set(key, value, anew=False)

    def set_if_not_exists_sync(self, key: str, value: Buffer) -> bool | None:
        return self._set(key, value, anew=True)

    def _set(self, key: str, value: Buffer, *, anew: bool) -> bool:
        self._check_writable()
        self._check_value(value)
        data = value.to_bytes()
        with self._turn:
            if anew and key in self._mapping:
                return False
            self._mapping[check_key(key)] = data
            return True

    def delete_sync(self, key: str) -> None:
        self._check_writable()
        with self._turn:
            self._mapping.pop(key, None)

    def keys_sync(self, prefix: str = "") -> Iterator[str]:
        with self._turn:
            keys = list(self._mapping)
        for key in keys:
            text = key.decode() if isinstance(key, bytes) else key
            if isinstance(text, str) and text.startswith(prefix):
                yield text

    def list_dir_sync(self, prefix: str) -> Iterator[str]:
        prefix = as_directory(prefix)
        yield from {key[len(prefix) :].partition("/")[0] for key in self.keys_sync(prefix)}


KVStore = MappingStore  # its name in Zarr-Python 2


def store_of_mapping(mapping: Mapping[Any, Any], *, read_only: bool = False) -> MemoryStore | MappingStore:
    """The store that a user means by a mapping: a MemoryStore for a dict that is empty or of Buffers."""
    if type(mapping) is dict and all(isinstance(value, Buffer) for value in mapping.values()):
        return MemoryStore(mapping, read_only=read_only)
    return MappingStore(mapping, read_only=read_only)
