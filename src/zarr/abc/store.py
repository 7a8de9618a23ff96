"""The contract of a store: a mapping of string keys to bytes, read and written by coroutines.

A subclass implements the abstract methods. It says by ``_suspends`` whether its coroutines ever wait; the
default for a class that defines I/O coroutines of its own is yes. A store that never waits has the
blocking methods of ``SupportsSyncStore`` too, and is then called without an event loop.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Hashable, Iterable, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self, runtime_checkable

from typing_extensions import deprecated

from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.ranges import (
    ByteRequest,
    OffsetByteRequest,
    RangeByteRequest,
    SuffixByteRequest,
    coalesce,
)
from zarr.errors import warn

__all__ = [
    "ByteGetter",
    "ByteRequest",
    "ByteSetter",
    "OffsetByteRequest",
    "RangeByteRequest",
    "Store",
    "SuffixByteRequest",
    "SupportsDeleteSync",
    "SupportsGetSync",
    "SupportsSetSync",
    "SupportsSyncStore",
    "SyncByteGetter",
    "SyncByteSetter",
    "set_or_delete",
]

_IO = frozenset(
    "open _open _ensure_open get get_partial_values get_ranges _get_many exists getsize getsize_prefix is_empty "
    "set _set_many set_if_not_exists delete delete_dir clear list list_prefix list_dir".split()
)

_SET_PARTIAL = "set_partial_values is deprecated; set whole values instead."

MAX_GAP_BYTES = 1 << 20
MAX_COALESCED_BYTES = 16 << 20


class Hidden(NamedTuple):
    """Something in a store that is no key.

    Attributes
    ----------
    name
        As a key would be.
    is_temporary
        Whether an unfinished write has left it; else it is in the way of a key.
    nbytes
        Its size.
    modified
        When it was last changed, in seconds since 1970.
    """

    name: str
    is_temporary: bool
    nbytes: int
    modified: float


def overrides(cls: type[Store], name: str, other: str) -> bool:
    """Whether a class has one method of its own, or of a class nearer to it than that of the other method."""
    for base in cls.__mro__:
        if other in base.__dict__:
            return False
        if name in base.__dict__:
            return hasattr(cls, other)
    return False


def _keep_together(cls: type[Store], own: str, other: str) -> None:
    """Where a class overrides a method and not the other, which would pass it by, let the other be the plain one."""
    if overrides(cls, own, other):
        plain = next(b for b in reversed(cls.__mro__) if other in b.__dict__)
        setattr(cls, other, plain.__dict__[other])


class Store(ABC):
    """Base class of stores.

    Parameters
    ----------
    read_only
        Refuse every change.
    """

    _read_only: bool
    _is_open: bool
    _suspends: bool = True
    """Whether the coroutines of this store ever wait for something."""
    _is_memory: bool = False
    """Whether values are only copied, in memory."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for base in cls.__mro__:  # a class that is mixed in may read and write too
            if "_suspends" in base.__dict__:
                break
            if not _IO.isdisjoint(base.__dict__):
                cls._suspends = True
                break
        _keep_together(cls, "set", "set_if_not_exists")
        _keep_together(cls, "set_sync", "set_if_not_exists_sync")
        _keep_together(cls, "get_sync", "_read_into_sync")
        _keep_together(cls, "get_sync", "_read_part_sync")
        _keep_together(cls, "get_sync", "_state_of")
        _keep_together(cls, "get", "_state_of")

    def __init__(self, *, read_only: bool = False) -> None:
        self._is_open = False
        self._read_only = read_only

    # --- life

    @classmethod
    async def open(cls, *args: Any, **kwargs: Any) -> Self:
        """Make a store and open it."""
        store = cls(*args, **kwargs)
        await store._open()
        return store

    async def _open(self) -> None:
        if self._is_open:
            raise ValueError("store is already open")
        self._is_open = True

    async def _ensure_open(self) -> None:
        if not self._is_open:
            await self._open()

    def close(self) -> None:
        """Close the store; it opens itself again when used."""
        self._is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # --- what it is

    @property
    def read_only(self) -> bool:
        """Whether every change is refused."""
        return self._read_only

    def with_read_only(self, read_only: bool = False) -> Store:
        """The same store with another ``read_only``."""
        raise NotImplementedError(
            f"with_read_only is not implemented for the {type(self)} store type; open the store anew."
        )

    def _check_writable(self) -> None:
        if self.read_only:
            raise ValueError("store was opened in read-only mode and does not support writing")

    def _check_value(self, value: object) -> None:
        if not isinstance(value, Buffer):
            raise TypeError(
                f"{type(self).__name__}.set(): `value` must be a Buffer instance. Got an instance of {type(value)} "
                "instead."
            )

    @property
    def _lock_scope(self) -> Hashable:
        """What is equal for two stores exactly if their keys name the same values, within this process."""
        return id(self)

    @property
    def _address(self) -> tuple[Hashable, str]:
        """The storage that this store gives access to, and the path in it that is this store's root."""
        return self._lock_scope, ""

    def _state_of(self, key: str) -> Hashable:
        """What differs for two states of a value, found without reading it; None where the store cannot tell.

        Changes that other processes make may go unnoticed where to ask for them would be a request.
        """
        return None

    def _read_into_sync(self, key: str, parts: list[memoryview]) -> int:
        """Read a value into these parts of memory; its size, or 0 if it could not all be read so."""
        return 0

    def _read_part_sync(self, key: str, nbytes: int, start: int, end: int) -> bytes | None:
        """The bytes from ``start`` to ``end`` of a value that has ``nbytes``; None if it could not be read so."""
        return None

    def _exclusion(self, key: str) -> AbstractContextManager[object] | None:
        """What keeps other processes from changing the value of a key, while it is entered and until it is set.

        Returns
        -------
        context manager or None
            None where the store has nothing of the kind. What the context manager gives is False where there is no
            value that could be locked: then one is to be made by ``set_if_not_exists``.
        """
        return None

    @abstractmethod
    def __eq__(self, value: object) -> bool:
        """Whether the other store gives access to the same data in the same way."""

    __hash__ = None  # type: ignore[assignment]

    @property
    @abstractmethod
    def supports_writes(self) -> bool:
        """Whether values can be set."""

    @property
    @abstractmethod
    def supports_deletes(self) -> bool:
        """Whether values can be deleted."""

    @property
    def supports_partial_writes(self) -> bool:
        """Whether part of a value can be set: never."""
        return False

    @property
    @abstractmethod
    def supports_listing(self) -> bool:
        """Whether keys can be listed."""

    @property
    def supports_consolidated_metadata(self) -> bool:
        """Whether consolidated metadata is of use here."""
        return True

    # --- reading

    @abstractmethod
    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """The value of a key or a range of it; None exactly if there is no such key."""

    @abstractmethod
    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """The values of many keys and ranges, in their order."""

    async def get_ranges(
        self,
        key: str,
        byte_ranges: Sequence[ByteRequest | None],
        *,
        prototype: BufferPrototype,
        max_concurrency: int = 10,
        max_gap_bytes: int = MAX_GAP_BYTES,
        max_coalesced_bytes: int = MAX_COALESCED_BYTES,
    ) -> AsyncIterator[Sequence[tuple[int, Buffer | None]]]:
        """Many ranges of one value, in few reads: batches of (position of the range, bytes)."""
        groups, other = coalesce(
            byte_ranges, max_gap_bytes=max_gap_bytes, max_coalesced_bytes=max_coalesced_bytes
        )
        for group in groups:
            yield group.parts(await self.get(key, prototype, group.request))
        for i, r in other:
            yield [(i, await self.get(key, prototype, r))]

    def get_ranges_sync(
        self,
        key: str,
        byte_ranges: Sequence[ByteRequest | None],
        *,
        prototype: BufferPrototype,
        max_gap_bytes: int = MAX_GAP_BYTES,
        max_coalesced_bytes: int = MAX_COALESCED_BYTES,
    ) -> Sequence[tuple[int, Buffer | None]]:
        """As ``get_ranges``, in one sequence; TypeError if the store cannot be read without waiting."""
        read = getattr(self, "get_sync", None)
        if read is None:
            raise TypeError(f"the store {type(self).__name__} has no blocking methods.")
        groups, other = coalesce(
            byte_ranges, max_gap_bytes=max_gap_bytes, max_coalesced_bytes=max_coalesced_bytes
        )
        found: list[tuple[int, Buffer | None]] = []
        for group in groups:
            found += group.parts(read(key, prototype=prototype, byte_range=group.request))
        found.extend((i, read(key, prototype=prototype, byte_range=r)) for i, r in other)
        return found

    async def _get_many(
        self, requests: Iterable[tuple[str, BufferPrototype, ByteRequest | None]]
    ) -> AsyncGenerator[tuple[str, Buffer | None], None]:
        for key, prototype, byte_range in requests:
            yield key, await self.get(key, prototype, byte_range)

    @abstractmethod
    async def exists(self, key: str) -> bool:
        """Whether there is a value for this key."""

    async def getsize(self, key: str) -> int:
        """Size of a value in bytes; FileNotFoundError if there is none."""
        from_store = await self.get(key, _sizing_prototype())
        if from_store is None:
            raise FileNotFoundError(key)
        return len(from_store)

    async def getsize_prefix(self, prefix: str) -> int:
        """Size in bytes of all values whose key starts with the prefix."""
        if prefix and not prefix.endswith("/"):
            prefix += "/"
        return sum([await self.getsize(key) async for key in self.list_prefix(prefix)])

    async def is_empty(self, prefix: str) -> bool:
        """Whether no key lies below the prefix, which is taken as a directory."""
        if not self.supports_listing:
            raise NotImplementedError(f"{type(self).__name__} cannot list its keys")
        if prefix and not prefix.endswith("/"):
            prefix += "/"
        async for _ in self.list_prefix(prefix):
            return False
        return True

    # --- changing

    @abstractmethod
    async def set(self, key: str, value: Buffer) -> None:
        """Store a value, whole, replacing what was there."""

    async def set_if_not_exists(self, key: str, value: Buffer) -> bool | None:
        """Store a value unless there is one, and say whether it was stored; None if the store cannot tell."""
        self._check_writable()
        if await self.exists(key):
            return False
        await self.set(key, value)
        return True

    async def _set_many(self, values: Iterable[tuple[str, Buffer]]) -> None:
        for key, value in values:
            await self.set(key, value)

    @deprecated(_SET_PARTIAL, category=None)  # for type checkers; with a category it would load asyncio
    def set_partial_values(
        self, key_start_values: Iterable[tuple[str, int, bytes]]
    ) -> Coroutine[Any, Any, None]:
        """Overwrite bytes of values from given starts; the rest of each value stays."""
        warn(_SET_PARTIAL, DeprecationWarning)
        return self._patch_values(key_start_values)

    async def _set_range(self, key: str, value: Buffer, byte_range: tuple[int, int]) -> None:
        start, end = byte_range
        if end - start != len(value):
            raise ValueError(f"byte_range {byte_range}: the value has {len(value)} bytes")
        await self._patch_values([(key, start, value.to_bytes())])

    async def _patch_values(self, key_start_values: Iterable[tuple[str, int, bytes]]) -> None:
        if not self.supports_writes:
            raise NotImplementedError(f"{type(self).__name__} cannot write")
        prototype = _sizing_prototype()
        for key, start, patch in key_start_values:
            old = await self.get(key, prototype)
            data = bytearray(b"" if old is None else old.to_bytes())
            data.extend(bytes(max(0, start + len(patch) - len(data))))
            data[start : start + len(patch)] = patch
            await self.set(key, prototype.buffer.from_bytes(bytes(data)))

    @abstractmethod
    async def delete(self, key: str) -> None:
        """Delete a value; nothing happens if there is none."""

    async def delete_dir(self, prefix: str) -> None:
        """Delete every value below the prefix, which is taken as a directory."""
        self._check_writable()
        if not self.supports_deletes:
            raise NotImplementedError(f"{type(self).__name__} cannot delete")
        if prefix and not prefix.endswith("/"):
            prefix += "/"
        for key in [key async for key in self.list_prefix(prefix)]:
            await self.delete(key)

    async def clear(self) -> None:
        """Delete everything."""
        await self.delete_dir("")

    # --- listing

    @abstractmethod
    def list(self) -> AsyncIterator[str]:
        """All keys, in no promised order."""

    @abstractmethod
    def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """All keys that start with the prefix."""

    @abstractmethod
    def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """Names of the keys and prefixes one level below the prefix."""

    async def _hidden(self, prefix: str) -> Sequence[Hidden]:
        """What lies below the prefix, a directory, and is passed over by listings; nothing in most stores."""
        return ()

    async def _remove_hidden(self, name: str) -> None:
        """Delete what an unfinished write has left, by the name that ``_hidden`` gives."""
        return


_prototype: list[BufferPrototype] = []


def _sizing_prototype() -> BufferPrototype:
    if not _prototype:
        raise RuntimeError("no buffer prototype is set; import zarr.core.buffer first")
    return _prototype[0]


def set_default_prototype(prototype: BufferPrototype) -> None:
    """Name the prototype that stores use where the caller gave none; ``zarr.core.buffer`` calls it."""
    _prototype[:] = [prototype]


@runtime_checkable
class ByteGetter(Protocol):
    """Where the bytes of one value can be read."""

    async def get(self, prototype: BufferPrototype, byte_range: ByteRequest | None = None) -> Buffer | None:
        """The bytes, or None where there is no value."""


@runtime_checkable
class ByteSetter(Protocol):
    """Where the bytes of one value can be read and written."""

    async def get(self, prototype: BufferPrototype, byte_range: ByteRequest | None = None) -> Buffer | None:
        """The bytes, or None where there is no value."""

    async def set(self, value: Buffer) -> None:
        """Store the value."""

    async def delete(self) -> None:
        """Delete the value."""

    async def set_if_not_exists(self, default: Buffer) -> None:
        """Store the value unless there is one."""


@runtime_checkable
class SyncByteGetter(Protocol):
    """Where the bytes of one value can be read without waiting."""

    def get_sync(
        self, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """The bytes, or None where there is no value."""


@runtime_checkable
class SyncByteSetter(SyncByteGetter, Protocol):
    """Where the bytes of one value can be read and written without waiting."""

    def set_sync(self, value: Buffer) -> None:
        """Store the value."""

    def delete_sync(self) -> None:
        """Delete the value."""


@runtime_checkable
class SupportsGetSync(Protocol):
    """A store whose values can be read without waiting."""

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """The bytes of a value, or None if there is none."""


@runtime_checkable
class SupportsSetSync(Protocol):
    """A store whose values can be set without waiting."""

    def set_sync(self, key: str, value: Buffer) -> None:
        """Store a value."""


@runtime_checkable
class SupportsDeleteSync(Protocol):
    """A store whose values can be deleted without waiting."""

    def delete_sync(self, key: str) -> None:
        """Delete a value."""


@runtime_checkable
class SupportsSyncStore(SupportsGetSync, SupportsSetSync, SupportsDeleteSync, Protocol):
    """A store that can be read and written without waiting."""


@runtime_checkable
class SupportsRenameDir(Protocol):
    """A store that can give all keys below a prefix another one, at once; deleting a prefix is at once there too."""

    async def _rename_dir(self, source: str, dest: str) -> bool:
        """Do it, and say whether it could be done; FileExistsError if anything is at ``dest``."""


async def set_or_delete(byte_setter: ByteSetter, value: Buffer | None) -> None:
    """Set the value, or delete it where it is None."""
    if value is None:
        await byte_setter.delete()
    else:
        await byte_setter.set(value)
