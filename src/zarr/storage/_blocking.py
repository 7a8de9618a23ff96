"""Base of the stores that never wait: they implement blocking methods, and the coroutines come from here.

Driven inline, a coroutine calls the method at once; awaited on a real loop, it calls it in the pool.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from typing import Any, ParamSpec, TypeVar

from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.ranges import ByteRequest, slice_of
from zarr.abc.store import Store
from zarr.core import run

__all__ = ["BlockingStore", "plain_form"]

P = ParamSpec("P")
T = TypeVar("T")


class BlockingStore(Store):
    """Base class of stores whose methods do their work and return.

    A subclass implements ``get_sync``, ``set_sync``, ``delete_sync``, ``exists_sync``, ``keys_sync`` and
    ``list_dir_sync``; the other blocking methods have slower forms here.
    """

    _suspends = False

    __str__ = object.__repr__

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{self}')"

    async def _call(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await run.call(method, *args, **kwargs)

    # --- blocking

    @abstractmethod
    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """The value of a key or a range of it; None exactly if there is no such key."""

    @abstractmethod
    def set_sync(self, key: str, value: Buffer) -> None:
        """Store a value, whole, replacing what was there."""

    @abstractmethod
    def delete_sync(self, key: str) -> None:
        """Delete a value; nothing happens if there is none."""

    @abstractmethod
    def exists_sync(self, key: str) -> bool:
        """Whether there is a value for this key."""

    @abstractmethod
    def keys_sync(self, prefix: str = "") -> Iterator[str]:
        """All keys that start with the prefix."""

    @abstractmethod
    def list_dir_sync(self, prefix: str) -> Iterator[str]:
        """Names of the keys and prefixes one level below the prefix."""

    def getsize_sync(self, key: str) -> int:
        """Size of a value in bytes; FileNotFoundError if there is none."""
        value = self.get_sync(key)
        if value is None:
            raise FileNotFoundError(key)
        return len(value)

    def set_if_not_exists_sync(self, key: str, value: Buffer) -> bool | None:
        """Store a value unless there is one, and say whether it was stored; None if the store cannot tell."""
        if self.exists_sync(key):
            return False
        self.set_sync(key, value)
        return True

    def delete_dir_sync(self, prefix: str) -> None:
        """Delete every value below the prefix, which is taken as a directory."""
        self._check_writable()
        for key in list(self.keys_sync(as_directory(prefix))):
            self.delete_sync(key)

    # --- the same as coroutines

    async def get(
        self,
        key: str,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        return await self._call(self.get_sync, key, prototype=prototype, byte_range=byte_range)

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        def get_all() -> list[Buffer | None]:
            return [self.get_sync(key, prototype=prototype, byte_range=r) for key, r in key_ranges]

        return await self._call(get_all)

    async def set(self, key: str, value: Buffer, byte_range: tuple[int, int] | None = None) -> None:
        if byte_range is None:
            await self._call(self.set_sync, key, value)
        else:
            await self._set_range(key, value, byte_range)

    async def set_if_not_exists(self, key: str, value: Buffer) -> bool | None:
        return await self._call(self.set_if_not_exists_sync, key, value)

    async def delete(self, key: str) -> None:
        await self._call(self.delete_sync, key)

    async def delete_dir(self, prefix: str) -> None:
        await self._call(self.delete_dir_sync, prefix)

    async def exists(self, key: str) -> bool:
        return await self._call(self.exists_sync, key)

    async def getsize(self, key: str) -> int:
        return await self._call(self.getsize_sync, key)

    async def getsize_prefix(self, prefix: str) -> int:
        def add_up() -> int:
            return sum(self.getsize_sync(key) for key in self.keys_sync(as_directory(prefix)))

        return await self._call(add_up)

    async def is_empty(self, prefix: str) -> bool:
        def nothing() -> bool:
            return next(self.keys_sync(as_directory(prefix)), None) is None

        return await self._call(nothing)

    async def list(self) -> AsyncGenerator[str, None]:
        async for key in self._iterate(self.keys_sync, ""):
            yield key

    async def list_prefix(self, prefix: str) -> AsyncGenerator[str, None]:
        async for key in self._iterate(self.keys_sync, prefix):
            yield key

    async def list_dir(self, prefix: str) -> AsyncGenerator[str, None]:
        async for name in self._iterate(self.list_dir_sync, prefix):
            yield name

    async def _iterate(self, method: Callable[[str], Iterator[str]], prefix: str) -> AsyncIterator[str]:
        if run.is_inline():
            for name in method(prefix):
                yield name
        else:
            for name in await self._call(lambda: list(method(prefix))):
                yield name


def plain_form(store: Store, name: str) -> Callable[..., Any] | None:
    """The blocking method that a coroutine of a store calls, where it can be called here and now; None elsewhere."""
    if getattr(type(store), name) is getattr(BlockingStore, name) and run.is_inline():
        plain: Callable[..., Any] = getattr(store, f"{name}_sync")
        return plain
    return None


def as_directory(prefix: str) -> str:
    """The prefix with a slash at its end, unless it is empty."""
    return prefix if not prefix or prefix.endswith("/") else prefix + "/"


def cut(value: Buffer, byte_range: ByteRequest | None) -> Buffer:
    """The part of a value that a request asks for."""
    if byte_range is None:
        return value
    start, end = slice_of(byte_range, len(value))
    return value[start:end]
