"""CacheStore: what was read or written is kept in a second store, so that it need not be fetched again.

What the cache holds is dropped before the value itself changes, so a crash in between leaves a gap in the
cache and no old value. Ranges of values are kept in memory.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Coroutine, Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from typing import Any, Literal, Self, TypeVar

from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.ranges import ByteRequest, OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.abc.store import Store
from zarr.core import run
from zarr.core.buffer import default_buffer_prototype
from zarr.errors import ZarrRuntimeWarning, warn
from zarr.storage._blocking import as_directory
from zarr.storage._cache_index import CacheIndex, Ticket
from zarr.storage._wrapper import WrapperStore

__all__ = ["CacheStore"]

T = TypeVar("T")

_OWN_OPTIONS = ("cache_store", "max_age_seconds", "max_size", "cache_set_data")
_READS = frozenset(("exists_sync", "getsize_sync", "keys_sync", "list_dir_sync"))
"""Blocking methods that are forwarded: those that change nothing and cannot be cached."""


class CacheStore(WrapperStore[Store]):
    """Keeps values of a store in another, faster one.

    What is written or deleted through this object is never read in its old state. What others change in the
    store behind it is seen when the cached value is too old: give ``max_age_seconds`` where that happens. A
    cache store that survives, such as a LocalStore, is used again by the next CacheStore over the same store,
    if its entries do not age.

    Parameters
    ----------
    store
        The store that is cached.
    cache_store
        Where values are kept, under their own keys. It must support deletes, and serve this one store only.
    max_age_seconds
        Seconds after which a cached value is fetched again, or "infinity".
    max_size
        Bytes that the cache may hold; values used least recently go first, larger ones are not kept. None for
        no limit.
    cache_set_data
        Whether what is written is kept too.

    Raises
    ------
    ValueError
        If the cache store is read-only or cannot delete, or an age or size is none.

    Examples
    --------
    >>> from zarr.storage import LocalStore, MemoryStore
    >>> store = CacheStore(LocalStore("data.zarr"), cache_store=MemoryStore(), max_size=2**30)
    >>> store.cache_info()["max_size"]
    1073741824
    """

    def __init__(
        self,
        store: Store,
        *,
        cache_store: Store,
        max_age_seconds: float | Literal["infinity"] = "infinity",
        max_size: int | None = None,
        cache_set_data: bool = True,
    ) -> None:
        super().__init__(store)
        if not cache_store.supports_deletes or cache_store.read_only:
            raise ValueError(
                f"The provided cache store {cache_store} does not support deletes. The cache_store must support "
                "deletes for CacheStore to function properly."
            )
        self._cache = cache_store
        self.max_age_seconds = _parse_age(max_age_seconds)
        self.max_size = _parse_size(max_size)
        self.cache_set_data = cache_set_data
        self._index = self._new_index()

    def _new_index(self) -> CacheIndex:
        return CacheIndex(self.max_size, float(self.max_age_seconds))

    @classmethod
    async def open(cls, store_cls: type[Store], *args: Any, **kwargs: Any) -> Self:
        """Wrap a new store of a class; arguments named as ours are ours, the rest is that store's."""
        own = {name: kwargs.pop(name) for name in _OWN_OPTIONS if name in kwargs}
        store = store_cls(*args, **kwargs)
        await store._open()
        return cls(store, **own)

    @property
    def _suspends(self) -> bool:  # type: ignore[override]
        return any(store._suspends or not hasattr(store, "get_sync") for store in (self._store, self._cache))

    def _with_store(self, store: Store) -> Self:
        """The same cache over another face of the same store."""
        other = object.__new__(type(self))
        vars(other).update(vars(self), _store=store)
        return other

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_index"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._index = self._new_index()

    def __repr__(self) -> str:
        info = self.cache_info()
        return (
            f"CacheStore(store={self._store!r}, cache_store={self._cache!r}, "
            f"max_age_seconds={self.max_age_seconds}, max_size={self.max_size}, "
            f"current_size={info['current_size']}, cached_keys={info['cached_keys']})"
        )

    def __eq__(self, value: object) -> bool:
        return (
            isinstance(value, CacheStore)
            and self._store == value._store
            and self._cache == value._cache
            and self._settings == value._settings
        )

    @property
    def _settings(self) -> tuple[Any, ...]:
        return self.max_age_seconds, self.max_size, self.cache_set_data

    def __getattr__(self, name: str) -> Any:
        if name in _READS:
            return super().__getattr__(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @contextmanager
    def _exclusion(self, key: str) -> Generator[object, None, None]:
        with self._store._exclusion(key) or nullcontext() as found:
            self._index.forget(key)  # others may have changed the value, which is to be patched as it is now
            yield found

    # --- the cache

    def cache_info(self) -> dict[str, Any]:
        """How the cache is set up and what it holds."""
        cached, tracked = self._index.keys()
        return {
            "cache_store_type": type(self._cache).__name__,
            "max_age_seconds": self.max_age_seconds,
            "max_size": self.max_size,
            "current_size": self._index.size,
            "cache_set_data": self.cache_set_data,
            "tracked_keys": len(tracked),
            "cached_keys": len(cached),
        }

    def cache_stats(self) -> dict[str, Any]:
        """How often the cache had what was asked for."""
        hits, misses = self._index.hits, self._index.misses
        return {
            "hits": hits,
            "misses": misses,
            "evictions": self._index.evictions,
            "total_requests": hits + misses,
            "hit_rate": hits / (hits + misses) if hits + misses else 0.0,
        }

    async def clear_cache(self) -> None:
        """Empty the cache; the store behind it stays as it is."""
        await run.settle(self)
        with self._index.sweeping(""):
            await self._cache.clear()

    async def _load(self) -> None:
        """Learn what the cache store holds from before; done once."""
        if self._index.is_loaded:
            return
        await self._cache._ensure_open()
        sizes: dict[str, int] = {}
        if self._cache.supports_listing:
            async for key in self._cache.list():
                with suppress(FileNotFoundError):  # another deletes it meanwhile
                    sizes[key] = await self._cache.getsize(key)
        await self._delete_cached(self._index.load(sizes))

    async def _delete_cached(self, keys: Iterable[str]) -> None:
        for key in keys:
            await self._cache.delete(key)

    async def _find(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None
    ) -> Buffer | None:
        """What the cache has, if it has it."""
        await self._load()
        found = self._index.find(key, byte_range)
        if found.expired:
            await self._cache.delete(key)
        value = found.part
        if found.in_store:
            value = await self._read_cached(key, prototype, byte_range)
        self._index.count(value is not None)
        if value is None or isinstance(value, prototype.buffer):
            return value
        return prototype.buffer.from_buffer(value)

    async def _read_cached(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None
    ) -> Buffer | None:
        value = None
        try:
            value = await self._cache.get(key, prototype, byte_range)
        except OSError as error:
            warn(f"{self._cache} could not read {key!r}: {error}", ZarrRuntimeWarning)
            with suppress(OSError):
                await self._cache.delete(key)  # or it could be found again when it is old
        if value is None:  # else somebody has emptied the cache store
            self._index.forget(key)
        return value

    async def _keep(self, ticket: Ticket, value: Buffer) -> None:
        size = len(value)
        in_the_way = self._index.reserve(ticket, size)
        if in_the_way is None:
            return
        stored = False
        try:
            await self._delete_cached(in_the_way)
            await self._write_cached(ticket.key, value)
            stored = True
        except OSError as error:
            warn(f"{self._cache} could not keep {ticket.key!r}: {error}", ZarrRuntimeWarning)
        finally:
            if not self._index.keep(ticket, size, stored):
                with suppress(OSError):
                    await self._cache.delete(ticket.key)

    async def _write_cached(self, key: str, value: Buffer) -> None:
        try:
            await self._cache.set(key, value)
        except OSError:
            clashing = self._index.drop_clashing(key)
            if not clashing:
                raise
            await self._delete_cached(clashing)
            await self._cache.set(key, value)

    async def _keep_part(self, ticket: Ticket, byte_range: ByteRequest, part: Buffer) -> None:
        copy = type(part).from_bytes(part.to_bytes())  # `part` may be a small view of much memory
        copy.generation = part.generation
        await self._delete_cached(self._index.keep_part(ticket, byte_range, copy))

    # --- reading

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        if not _is_request(byte_range):
            return await self._store.get(key, prototype, byte_range)  # which says what is wrong with it
        found = await self._find(key, prototype, byte_range)
        if found is not None:
            return found
        with self._index.reading(key, whole=byte_range is None) as ticket:
            value = await self._store.get(key, prototype, byte_range)
            if value is not None:
                if byte_range is None:
                    await self._keep(ticket, value)
                else:
                    await self._keep_part(ticket, byte_range, value)
            return value

    async def get_ranges(
        self,
        key: str,
        byte_ranges: Sequence[ByteRequest | None],
        *,
        prototype: BufferPrototype,
        **limits: Any,
    ) -> AsyncGenerator[Sequence[tuple[int, Buffer | None]], None]:
        missing = []
        for i, byte_range in enumerate(byte_ranges):
            found = await self._find(key, prototype, byte_range) if _is_request(byte_range) else None
            if found is None:
                missing.append(i)
            else:
                yield [(i, found)]
        if not missing:
            return
        wanted = [byte_ranges[i] for i in missing]
        with self._index.reading(key, whole=False) as ticket:
            async for batch in super().get_ranges(key, wanted, prototype=prototype, **limits):
                for i, part in batch:
                    byte_range = wanted[i]
                    if part is not None and byte_range is not None:
                        await self._keep_part(ticket, byte_range, part)
                yield [(missing[i], part) for i, part in batch]

    # --- changing

    async def set(self, key: str, value: Buffer) -> None:
        await self._write_through([(key, value)])

    async def _set_many(self, values: Iterable[tuple[str, Buffer]]) -> None:
        await self._write_through(list(values))

    async def _write_through(self, values: Sequence[tuple[str, Buffer]]) -> None:
        self._check_writable()
        await self._load()
        with ExitStack() as stack:
            tickets = [
                stack.enter_context(self._index.writing(key, keeps=self.cache_set_data)) for key, _ in values
            ]
            await self._delete_cached(key for key, _ in values)
            if len(values) == 1:
                await self._store.set(*values[0])
            else:
                await self._store._set_many(values)
            for ticket, (_, value) in zip(tickets, values, strict=True):
                await self._keep(ticket, value)

    async def set_if_not_exists(self, key: str, value: Buffer) -> bool | None:
        self._check_writable()
        await self._load()
        with self._index.writing(key, keeps=False):
            await self._cache.delete(key)
            return await self._store.set_if_not_exists(key, value)

    async def delete(self, key: str) -> None:
        self._check_writable()
        await self._load()
        with self._index.writing(key, keeps=False):
            await self._cache.delete(key)
            await self._store.delete(key)

    async def delete_dir(self, prefix: str) -> None:
        self._check_writable()
        await self._load()
        with self._index.sweeping(as_directory(prefix)) as dropped:
            await self._delete_cached(dropped)
            await self._store.delete_dir(prefix)

    async def clear(self) -> None:
        self._check_writable()
        await self._load()
        with self._index.sweeping("") as dropped:
            await self._delete_cached(dropped)
            await self._store.clear()

    # --- the same, blocking

    def _run(self, coro: Coroutine[Any, Any, T]) -> T:
        async def settled() -> T:
            await run.settle(self)
            return await coro

        return run.run(settled())

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        return self._run(self.get(key, prototype or default_buffer_prototype(), byte_range))

    def get_ranges_sync(
        self,
        key: str,
        byte_ranges: Sequence[ByteRequest | None],
        *,
        prototype: BufferPrototype,
        **limits: Any,
    ) -> Sequence[tuple[int, Buffer | None]]:
        """As ``get_ranges``, in one sequence."""
        batches = self._run(run.collect(self.get_ranges(key, byte_ranges, prototype=prototype, **limits)))
        return [item for batch in batches for item in batch]

    def set_sync(self, key: str, value: Buffer) -> None:
        self._run(self.set(key, value))

    def set_if_not_exists_sync(self, key: str, value: Buffer) -> bool | None:
        """As ``set_if_not_exists``."""
        return self._run(self.set_if_not_exists(key, value))

    def delete_sync(self, key: str) -> None:
        self._run(self.delete(key))

    def delete_dir_sync(self, prefix: str) -> None:
        """As ``delete_dir``."""
        self._run(self.delete_dir(prefix))


def _is_request(byte_range: object) -> bool:
    return byte_range is None or isinstance(
        byte_range, RangeByteRequest | OffsetByteRequest | SuffixByteRequest
    )


def _parse_age(age: float | str) -> float | Literal["infinity"]:
    if age == "infinity":
        return "infinity"
    if isinstance(age, str):
        raise ValueError("max_age_seconds string value must be 'infinity'")
    if isinstance(age, bool) or not isinstance(age, int | float) or not age >= 0:
        raise ValueError(f"max_age_seconds: expected a number of at least 0 or 'infinity', got {age!r}")
    return age


def _parse_size(size: int | None) -> int | None:
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 0):
        raise ValueError(f"max_size: expected bytes as an int of at least 0, or None; got {size!r}")
    return size
