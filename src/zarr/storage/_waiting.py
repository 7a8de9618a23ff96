"""Base of the stores that wait for a network: keys, ranges and many requests at once are dealt with here.

A subclass says how one request is made. Each request holds a slot of the process's budget, is sent again
when it fails for a passing reason, and its error says what was asked of which store.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Hashable, Iterable, Sequence
from functools import partial
from typing import Any, ParamSpec, TypeVar

from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.ranges import (
    ByteRequest,
    RangeByteRequest,
    SuffixByteRequest,
    coalesce,
    slice_of,
)
from zarr.abc.store import MAX_COALESCED_BYTES, MAX_GAP_BYTES, Store
from zarr.core import run
from zarr.core.buffer import default_buffer_prototype
from zarr.core.keys import check_key, is_temporary
from zarr.core.run.budget import Budget, requests
from zarr.storage import _changes as changes
from zarr.storage import _each
from zarr.storage._retry import Retries, named, send

__all__ = ["WaitingStore"]

P = ParamSpec("P")
T = TypeVar("T")

_ONCE = Retries(attempts=1, seconds=0)
_READS = {"get", "exists", "getsize", "list"}


class WaitingStore(Store):
    """Base class of stores whose requests take time.

    Parameters
    ----------
    read_only
        Refuse every change.
    concurrency
        How many requests of this store may be in flight at once; None for as many as the process's budget
        ``async.concurrency`` has room for.
    """

    _suspends = True
    supports_writes: bool = True
    supports_deletes: bool = True
    supports_listing: bool = True

    def __init__(self, *, read_only: bool = False, concurrency: int | None = None) -> None:
        super().__init__(read_only=read_only)
        if concurrency is not None and concurrency < 1:
            raise ValueError(f"concurrency must be at least 1, got {concurrency}")
        self._concurrency = concurrency
        self._cap = self._new_cap()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_cap": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._cap = self._new_cap()

    def _new_cap(self) -> Budget | None:
        most = self._concurrency
        return None if most is None else Budget(lambda: most)

    # --- how one request is made

    @abstractmethod
    async def _read(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None
    ) -> Buffer | None:
        """Bytes of a value, as many as there are in the range; None exactly if there is no such key."""

    @abstractmethod
    async def _write(self, key: str, value: Buffer) -> None: ...

    @abstractmethod
    async def _create(self, key: str, value: Buffer) -> bool | None:
        """Store a value unless there is one; whether it was stored, None where that is unknown."""

    @abstractmethod
    async def _remove(self, key: str) -> None: ...

    @abstractmethod
    async def _size(self, key: str) -> int | None:
        """Size of a value; None if there is no such key."""

    @abstractmethod
    async def _remove_many(self, keys: Sequence[str]) -> None: ...

    async def _remove_directories(self, directory: str) -> None:
        """Where directories exist without keys: remove those that are empty."""
        return

    @abstractmethod
    def _files_below(self, directory: str) -> AsyncGenerator[Sequence[tuple[str, int]], None]:
        """Keys below a directory and the sizes of their values, in batches, each by ``_send``."""

    @abstractmethod
    async def _names_in(self, directory: str) -> Collection[str]:
        """Names one level below a directory, by ``_send``."""

    @abstractmethod
    def _is_passing(self, error: Exception) -> bool:
        """Whether the same request may succeed in a moment, and nobody has tried that yet."""

    @abstractmethod
    def _is_past_end(self, error: Exception) -> bool:
        """Whether an error may mean that a range has no byte of the value in it."""

    @property
    def _bucket(self) -> str:
        """The bucket (container) that all keys are in; "" where that is not known."""
        return ""

    def _state_of(self, key: str) -> Hashable:
        return changes.last(self._bucket)

    def _check_process(self) -> None:
        """Raise an error if requests cannot be made in this process."""

    async def _send(
        self,
        verb: str,
        key: str,
        request: Callable[P, Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        once = partial(self._in_budget, request, *args, **kwargs)
        if verb not in _READS:
            changes.note(self._bucket)
        try:
            return await send(once, self._is_passing, _ONCE if verb == "create" else None)
        except Exception as error:
            told = named(error, f"{verb} {key!r} of {self}")
            if told is error:
                raise
            raise told from error
        finally:
            if verb not in _READS:  # what was read meanwhile may be old or new
                changes.note(self._bucket)

    async def _in_budget(self, request: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        self._check_process()
        cap = self._cap
        if cap is not None:
            capped = await cap.join()
        try:
            loop = await requests.join()
            try:
                return await request(*args, **kwargs)
            finally:
                requests.leave(loop)
        finally:
            if cap is not None:
                cap.leave(capped)

    # --- reading

    async def get(
        self,
        key: str,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        self._is_open = True
        check_key(key)
        prototype = prototype or default_buffer_prototype()
        if byte_range is None:
            return await self._send("get", key, self._read, key, prototype, None)
        if _is_empty(byte_range):
            return await self._nothing(key, prototype)
        try:
            return await self._send("get", key, self._read, key, prototype, byte_range)
        except Exception as error:
            if not self._is_past_end(error):
                raise
            size = await self._send("get", key, self._size, key)
            start, end = slice_of(byte_range, size or 0)
            if start < end:
                raise
            return None if size is None else prototype.buffer.create_zero_length()

    async def _nothing(self, key: str, prototype: BufferPrototype) -> Buffer | None:
        size = await self._send("get", key, self._size, key)
        return None if size is None else prototype.buffer.create_zero_length()

    get_partial_values = _each.get_partial_values
    _get_many = _each.get_many

    async def get_ranges(
        self,
        key: str,
        byte_ranges: Sequence[ByteRequest | None],
        *,
        prototype: BufferPrototype,
        max_concurrency: int = 10,
        max_gap_bytes: int = MAX_GAP_BYTES,
        max_coalesced_bytes: int = MAX_COALESCED_BYTES,
    ) -> AsyncGenerator[Sequence[tuple[int, Buffer | None]], None]:
        groups, other = coalesce(
            byte_ranges, max_gap_bytes=max_gap_bytes, max_coalesced_bytes=max_coalesced_bytes
        )
        reads: list[tuple[str, BufferPrototype, ByteRequest | None]] = [
            *((key, prototype, group.request) for group in groups),
            *((key, prototype, byte_range) for _, byte_range in other),
        ]
        found = await run.gather(self.get, reads, max_concurrency)
        for group, whole in zip(groups, found, strict=False):
            yield group.parts(whole)
        for (i, _), value in zip(other, found[len(groups) :], strict=True):
            yield [(i, value)]

    async def exists(self, key: str) -> bool:
        self._is_open = True
        return await self._send("exists", check_key(key), self._size, key) is not None

    async def getsize(self, key: str) -> int:
        self._is_open = True
        size = await self._send("getsize", check_key(key), self._size, key)
        if size is None:
            raise FileNotFoundError(f"{key!r} in {self}")
        return size

    async def getsize_prefix(self, prefix: str) -> int:
        total = 0
        async for batch in self._walk(prefix):
            total += sum(size for _, size in batch)
        return total

    async def is_empty(self, prefix: str) -> bool:
        async for batch in self._walk(prefix):
            if batch:
                return False
        return True

    # --- changing

    async def set(self, key: str, value: Buffer, byte_range: tuple[int, int] | None = None) -> None:
        await self._before_change(key, value)
        if byte_range is None:
            await self._send("set", key, self._write, key, value)
        else:
            await self._set_range(key, value, byte_range)

    async def set_if_not_exists(self, key: str, value: Buffer) -> bool | None:
        await self._before_change(key, value)
        return await self._send("create", key, self._create, key, value)

    async def _before_change(self, key: str, value: Buffer) -> None:
        self._check_writable()
        self._check_value(value)
        check_key(key)
        self._is_open = True

    async def _set_many(self, values: Iterable[tuple[str, Buffer]]) -> None:
        self._check_writable()
        await run.gather(self.set, values)

    async def delete(self, key: str) -> None:
        self._check_writable()
        check_key(key)
        self._is_open = True
        await self._send("delete", key, self._remove, key)

    async def delete_dir(self, prefix: str) -> None:
        self._check_writable()
        directory = directory_of(prefix)
        self._is_open = True
        async for batch in self._files_below(directory):
            await self._remove_many([key for key, _ in batch])
        await self._remove_directories(directory)

    # --- listing

    async def list(self) -> AsyncGenerator[str, None]:
        async for key in self.list_prefix(""):
            yield key

    async def list_prefix(self, prefix: str) -> AsyncGenerator[str, None]:
        directory = prefix.rpartition("/")[0]
        async for batch in self._walk(directory):
            for key, _ in batch:
                if key.startswith(prefix):
                    yield key

    async def list_dir(self, prefix: str) -> AsyncGenerator[str, None]:
        directory = directory_of(prefix)
        self._is_open = True
        for name in await self._names_in(directory):
            if not is_temporary(name):
                yield name

    def _check_listing(self) -> None:
        if not self.supports_listing:
            raise NotImplementedError(
                f"{self} cannot list its keys, because HTTP has no way to ask for them: open arrays and groups by "
                "their names, or let the writer consolidate the metadata (zarr.consolidate_metadata)."
            )

    async def _walk(self, prefix: str) -> AsyncGenerator[Sequence[tuple[str, int]], None]:
        directory = directory_of(prefix)
        self._is_open = True
        async for batch in self._files_below(directory):
            yield [item for item in batch if not is_temporary(item[0].rpartition("/")[2])]


def directory_of(prefix: str) -> str:
    """The prefix without a slash at its end; ValueError if it leads out of the store."""
    directory = prefix.removesuffix("/")
    return check_key(directory) if directory else ""


def _is_empty(byte_range: ByteRequest) -> bool:
    """Whether a request is for no bytes, whatever the value; ValueError if it is no request."""
    slice_of(byte_range, 0)
    if isinstance(byte_range, RangeByteRequest):
        return byte_range.start >= byte_range.end
    return isinstance(byte_range, SuffixByteRequest) and byte_range.suffix == 0
