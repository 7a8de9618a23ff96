"""WrapperStore: a store over another one. Everything is forwarded; a subclass overrides what it changes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Hashable, Iterable, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast

from zarr.abc.store import MAX_COALESCED_BYTES, MAX_GAP_BYTES, Store, overrides
from zarr.storage import _each
from zarr.storage._blocking import BlockingStore

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, BufferPrototype
    from zarr.abc.store import ByteRequest, Hidden, SupportsSyncStore

__all__ = ["WrapperStore"]

T_Store = TypeVar("T_Store", bound=Store)


_MADE_OF: dict[str, dict[str, Any]] = {
    "get": {
        "get_partial_values": _each.get_partial_values,
        "get_ranges": Store.get_ranges,
        "_get_many": _each.get_many,
    },
    "set": {"_set_many": Store._set_many},
    "set_sync": {"set_if_not_exists_sync": BlockingStore.set_if_not_exists_sync},
}
"""What is not handed on by a wrapper that overrides a method and not these: bytes that it changes would pass it by."""


class WrapperStore(Store, Generic[T_Store]):
    """Forwards everything to another store.

    Parameters
    ----------
    store
        The store that is wrapped.
    """

    _store: T_Store

    def __init_subclass__(cls, **kwargs: Any) -> None:
        for own, others in _MADE_OF.items():
            for name, made_of_own in others.items():
                if overrides(cls, own, name):
                    setattr(cls, name, made_of_own)
        super().__init_subclass__(**kwargs)

    def __init__(self, store: T_Store) -> None:
        self._store = store

    @property
    def _suspends(self) -> bool:  # type: ignore[override]
        return self._store._suspends or not hasattr(self._store, "get_sync")

    @property
    def _lock_scope(self) -> Hashable:
        return self._store._lock_scope

    @property
    def _address(self) -> tuple[Hashable, str]:
        return self._store._address

    def _state_of(self, key: str) -> Hashable:
        return self._store._state_of(key)

    def _exclusion(self, key: str) -> AbstractContextManager[object] | None:
        return self._store._exclusion(key)

    @classmethod
    async def open(cls, store_cls: type[T_Store], *args: Any, **kwargs: Any) -> Self:
        """Wrap a new store of a class; the other arguments are that store's."""
        store = store_cls(*args, **kwargs)
        await store._open()
        return cls(store=store)

    def with_read_only(self, read_only: bool = False) -> Self:
        return self._with_store(self._store.with_read_only(read_only))

    def _with_store(self, store: Any) -> Self:
        return type(self)(store=store)

    def __enter__(self) -> Self:
        return self._with_store(self._store.__enter__())

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._store.__exit__(exc_type, exc_value, traceback)

    async def _open(self) -> None:
        await self._store._open()

    async def _ensure_open(self) -> None:
        await self._store._ensure_open()

    def close(self) -> None:
        self._store.close()

    @property
    def _is_open(self) -> bool:
        return self._store._is_open

    @_is_open.setter
    def _is_open(self, value: bool) -> None:
        raise NotImplementedError("a WrapperStore is open when the store it wraps is")

    def __str__(self) -> str:
        return f"wrapping-{self._store}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({type(self._store).__name__}, '{self._store}')"

    def __eq__(self, value: object) -> bool:
        return type(self) is type(value) and self._store == value._store

    def __getattr__(self, name: str) -> Any:
        # blocking methods beyond the three of the protocol, where the wrapped store has them
        if name.endswith("_sync") and not name.startswith("_"):
            return getattr(self._store, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """As the wrapped store's; TypeError if it cannot be read without waiting."""
        return self._blocking().get_sync(key, prototype=prototype, byte_range=byte_range)

    def set_sync(self, key: str, value: Buffer) -> None:
        """As the wrapped store's; TypeError if it cannot be written without waiting."""
        self._blocking().set_sync(key, value)

    def set_if_not_exists_sync(self, key: str, value: Buffer) -> bool | None:
        """As the wrapped store's; AttributeError if it has no such method."""
        store: Any = self._store
        created: bool | None = store.set_if_not_exists_sync(key, value)
        return created

    def delete_sync(self, key: str) -> None:
        """As the wrapped store's; TypeError if it cannot be written without waiting."""
        self._blocking().delete_sync(key)

    def _blocking(self) -> SupportsSyncStore:
        store: Any = self._store  # asking isinstance of the protocol would take longer than many a read
        if not (hasattr(store, "get_sync") and hasattr(store, "set_sync") and hasattr(store, "delete_sync")):
            raise TypeError(f"the store {type(store).__name__} has no blocking methods.")
        return cast("SupportsSyncStore", store)

    @property
    def read_only(self) -> bool:
        return self._store.read_only

    def _check_writable(self) -> None:
        self._store._check_writable()

    @property
    def supports_writes(self) -> bool:
        return self._store.supports_writes

    @property
    def supports_deletes(self) -> bool:
        return self._store.supports_deletes

    @property
    def supports_partial_writes(self) -> bool:
        return self._store.supports_partial_writes

    @property
    def supports_listing(self) -> bool:
        return self._store.supports_listing

    @property
    def supports_consolidated_metadata(self) -> bool:
        return self._store.supports_consolidated_metadata

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        return await self._store.get(key, prototype, byte_range)

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        return await self._store.get_partial_values(prototype, key_ranges)

    async def get_ranges(
        self,
        key: str,
        byte_ranges: Sequence[ByteRequest | None],
        *,
        prototype: BufferPrototype,
        max_concurrency: int | None = None,
        max_gap_bytes: int | None = None,
        max_coalesced_bytes: int | None = None,
    ) -> AsyncGenerator[Sequence[tuple[int, Buffer | None]], None]:
        async for batch in self._store.get_ranges(
            key,
            byte_ranges,
            prototype=prototype,
            max_concurrency=10 if max_concurrency is None else max_concurrency,
            max_gap_bytes=MAX_GAP_BYTES if max_gap_bytes is None else max_gap_bytes,
            max_coalesced_bytes=MAX_COALESCED_BYTES if max_coalesced_bytes is None else max_coalesced_bytes,
        ):
            yield batch

    async def _get_many(
        self, requests: Iterable[tuple[str, BufferPrototype, ByteRequest | None]]
    ) -> AsyncGenerator[tuple[str, Buffer | None], None]:
        async for item in self._store._get_many(requests):
            yield item

    async def exists(self, key: str) -> bool:
        return await self._store.exists(key)

    async def getsize(self, key: str) -> int:
        return await self._store.getsize(key)

    async def getsize_prefix(self, prefix: str) -> int:
        return await self._store.getsize_prefix(prefix)

    async def is_empty(self, prefix: str) -> bool:
        return await self._store.is_empty(prefix)

    async def set(self, key: str, value: Buffer) -> None:
        await self._store.set(key, value)

    async def set_if_not_exists(self, key: str, value: Buffer) -> bool | None:
        return await self._store.set_if_not_exists(key, value)

    async def _set_many(self, values: Iterable[tuple[str, Buffer]]) -> None:
        await self._store._set_many(values)

    async def delete(self, key: str) -> None:
        await self._store.delete(key)

    async def delete_dir(self, prefix: str) -> None:
        await self._store.delete_dir(prefix)

    async def clear(self) -> None:
        await self._store.clear()

    def list(self) -> AsyncIterator[str]:
        return self._store.list()

    def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        return self._store.list_prefix(prefix)

    def list_dir(self, prefix: str) -> AsyncIterator[str]:
        return self._store.list_dir(prefix)

    async def _hidden(self, prefix: str) -> Sequence[Hidden]:
        return await self._store._hidden(prefix)

    async def _remove_hidden(self, name: str) -> None:
        await self._store._remove_hidden(name)
