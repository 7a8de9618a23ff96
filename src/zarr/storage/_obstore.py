"""ObjectStore: a store over any store of the obstore package.

obstore sends failed requests again by itself; here only those whose answer broke off in the middle are.
"""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncGenerator, Collection, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.ranges import ByteRequest, OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.core.keys import check_key
from zarr.core.run.lazy import asyncio
from zarr.storage._waiting import WaitingStore

if TYPE_CHECKING:
    from obstore import GetOptions, UpdateVersion
    from obstore.store import ObjectStore as ObstoreStore

__all__ = ["ObjectStore"]

T_Store = TypeVar("T_Store", bound="ObstoreStore")

_USED = ("get_async", "put_async", "head_async", "delete_async", "list", "list_with_delimiter_async")
_BATCH = 1000
_NO_SUCH_STORE = ("<Code>NoSuchBucket</Code>", "<Code>ContainerNotFound</Code>")
_NO_SUCH_RANGE = (
    "416 Range Not Satisfiable",
    "Invalid range",
    "range was invalid",
    "non-partial response",
    "Wanted range starting at",  # Azurite, where it starts at the end
    '"bytes 0--1/0"',  # and of an empty value
)
_PROBE_SECONDS = 5.0


class AnswerBrokeOff(ConnectionError):
    """The bytes of an answer stopped before its end."""


class ObjectStore(WaitingStore, Generic[T_Store]):
    """A store over a store of the obstore package: S3, GCS, Azure, HTTP, local or memory.

    Failed requests are sent again as that store's ``retry_config`` says.

    Parameters
    ----------
    store
        The store of obstore.
    read_only
        Refuse every change.
    concurrency
        How many requests of this store may be in flight at once; None for as many as the process's budget
        ``async.concurrency`` has room for.

    Raises
    ------
    TypeError
        If ``store`` is no store of obstore.

    Notes
    -----
    The threads of obstore do not survive a fork. In a forked process whose parent had used obstore, requests
    raise RuntimeError; start processes by "spawn" or "forkserver" instead.
    """

    store: T_Store

    def __init__(self, store: T_Store, *, read_only: bool = False, concurrency: int | None = None) -> None:
        if not all(hasattr(store, name) for name in _USED):
            raise TypeError(f"expected ObjectStore class, got {store!r}: it must be a store of obstore")
        super().__init__(read_only=read_only, concurrency=concurrency)
        self.store = store
        self.supports_listing = type(store).__name__ != "HTTPStore"
        self._own = object()

    def with_read_only(self, read_only: bool = False) -> ObjectStore[T_Store]:
        return type(self)(self.store, read_only=read_only, concurrency=self._concurrency)

    def __str__(self) -> str:
        return f"object_store://{self.store}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"

    def __eq__(self, value: object) -> bool:
        return (
            isinstance(value, ObjectStore)
            and self.read_only == value.read_only
            and self._concurrency == value._concurrency
            and bool(self.store == value.store)
        )

    @property
    def _lock_scope(self) -> Hashable:
        if type(self.store).__name__ == "MemoryStore":
            return id(self.store)
        config: Mapping[str, Any] = getattr(self.store, "config", None) or {}
        return (repr(self.store), config.get("endpoint"))

    @property
    def _address(self) -> tuple[Hashable, str]:
        config: Mapping[str, Any] = getattr(self.store, "config", None) or {}
        if not self._bucket:
            return self._lock_scope, ""
        storage = (type(self.store).__name__, self._bucket, config.get("endpoint"))
        return storage, str(getattr(self.store, "prefix", None) or "").strip("/")

    @property
    def _bucket(self) -> str:
        config: Mapping[str, Any] = getattr(self.store, "config", None) or {}
        return str(config.get("bucket") or config.get("container_name") or "")

    def _state_of(self, key: str) -> Hashable:
        if type(self.store).__name__ in ("MemoryStore", "LocalStore"):  # others change it without requests
            return None
        return super()._state_of(key)

    # --- one request

    def _check_process(self) -> None:
        if _survived != [True]:
            _check_fork()

    async def _read(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None
    ) -> Buffer | None:
        asked = await self._without_suffix(key, byte_range)
        try:
            result = await self.store.get_async(key, options=_options(asked))
        except FileNotFoundError as error:
            _check_missing(error)
            return None
        try:
            data = await result.bytes_async()
        except Exception as error:
            raise AnswerBrokeOff(str(error)) from error
        start, end = result.range
        if len(data) != end - start:
            raise AnswerBrokeOff(f"{len(data)} bytes came of {end - start}")
        if isinstance(byte_range, SuffixByteRequest) and end - start != min(
            byte_range.suffix, result.meta["size"]
        ):
            raise AnswerBrokeOff("the value was replaced while its size was asked")
        buffer = prototype.buffer.from_bytes(memoryview(data))
        buffer.generation = self._generation(result.meta["e_tag"])
        return buffer

    def _generation(self, tag: str | None) -> Hashable:
        kind = type(self.store).__name__
        if (
            tag is None or kind == "LocalStore"
        ):  # where another file may get the tag, which had its inode before
            return None
        # tags in memory are numbers: those of a store that is gone say nothing, though this one may have its address
        return (self._own, tag) if kind == "MemoryStore" else tag

    async def _without_suffix(self, key: str, byte_range: ByteRequest | None) -> ByteRequest | None:
        """The same range, asked from its start where the service knows no ranges from the end."""
        if type(self.store).__name__ != "AzureStore" or not isinstance(byte_range, SuffixByteRequest):
            return byte_range
        return OffsetByteRequest(max(0, (await self._size(key) or 0) - byte_range.suffix))

    async def _write(self, key: str, value: Buffer) -> None:
        await self.store.put_async(key, self._payload(value))

    async def _create(self, key: str, value: Buffer) -> bool | None:
        if await self._put_if(key, value, "create"):
            return True
        stored = await self._read(key, default_buffer_prototype(), None)
        if stored is not None and stored.to_bytes() == value.to_bytes():
            return None  # it may be our own, stored by a request that obstore took for failed
        return False

    async def _put_if(self, key: str, value: Buffer, mode: Literal["create"] | UpdateVersion) -> bool:
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        try:
            await self.store.put_async(key, self._payload(value), mode=mode, use_multipart=False)
        except (AlreadyExistsError, PreconditionError):
            return False
        return True

    def _payload(self, value: Buffer) -> Any:
        """The bytes to send; those that outlive the request are a copy."""
        if type(self.store).__name__ == "MemoryStore":
            return value.to_bytes()
        return value.as_buffer_like()

    async def _remove(self, key: str) -> None:
        try:
            await self.store.delete_async(key)
        except FileNotFoundError as error:
            _check_missing(error)
        except Exception as error:
            if "Is a directory (os error" not in str(error):  # which is no key
                raise

    async def _remove_many(self, keys: Sequence[str]) -> None:
        try:
            await self._send("delete", f"{keys[0]} and {len(keys) - 1} more", self.store.delete_async, keys)
        except (
            FileNotFoundError
        ) as error:  # another one has deleted some of them, so perhaps not all are gone
            _check_missing(error)
            for key in keys:
                await self._send("delete", key, self._remove, key)

    async def _size(self, key: str) -> int | None:
        try:
            return (await self.store.head_async(key))["size"]
        except FileNotFoundError as error:
            if "is directory" not in str(error):
                _check_missing(error)
            return None

    async def _files_below(self, directory: str) -> AsyncGenerator[Sequence[tuple[str, int]], None]:
        self._check_listing()
        pages = self.store.list(prefix=directory or None, chunk_size=_BATCH).__aiter__()
        while page := await self._send("list", directory, _next, pages):
            yield [(item["path"], item["size"]) for item in page]

    async def _names_in(self, directory: str) -> Collection[str]:
        self._check_listing()
        found = await self._send("list", directory, self.store.list_with_delimiter_async, directory or None)
        paths = [*found["common_prefixes"], *(item["path"] for item in found["objects"])]
        return {path.rpartition("/")[2] for path in paths}

    def _is_passing(self, error: Exception) -> bool:
        return isinstance(error, AnswerBrokeOff)

    def _is_past_end(self, error: Exception) -> bool:
        return any(text in str(error) for text in _NO_SUCH_RANGE)

    # --- values that change only from a known version

    @property
    def _has_versions(self) -> bool:
        return type(self.store).__name__ not in ("HTTPStore", "LocalStore")

    async def _get_versioned(self, key: str) -> tuple[Buffer | None, UpdateVersion | None]:
        """A value and its version, which are both None where there is none."""
        check_key(key)
        self._is_open = True
        return await self._send("get", key, self._read_versioned, key)

    async def _read_versioned(self, key: str) -> tuple[Buffer | None, UpdateVersion | None]:
        try:
            result = await self.store.get_async(key)
        except FileNotFoundError as error:
            _check_missing(error)
            return None, None
        data = await result.bytes_async()
        version: UpdateVersion = {}
        if (tag := result.meta["e_tag"]) is not None:
            version["e_tag"] = tag
        if (number := result.meta["version"]) is not None:
            version["version"] = number
        return default_buffer_prototype().buffer.from_bytes(memoryview(data)), version

    async def _set_if_version(self, key: str, value: Buffer, version: UpdateVersion | None) -> bool:
        """Store a value if the stored one still has this version, None for no value; whether it was stored.

        False may also mean that it was stored but the answer got lost: read again before a decision.

        Raises
        ------
        NotImplementedError
            If the store has no conditional writes, as obstore's LocalStore.
        """
        await self._before_change(key, value)
        return await self._send("create", key, self._put_if, key, value, version or "create")


async def _next(pages: Any) -> Sequence[Any]:
    try:
        return await pages.__anext__()  # type: ignore[no-any-return]
    except StopAsyncIteration:
        return ()


def _options(byte_range: ByteRequest | None) -> GetOptions | None:
    match byte_range:
        case None:
            return None
        case RangeByteRequest(start, end):
            return {"range": (start, end)}
        case OffsetByteRequest(offset):
            return {"range": {"offset": offset}}
        case SuffixByteRequest(suffix):
            return {"range": {"suffix": suffix}}


def _check_missing(error: FileNotFoundError) -> None:
    """Let pass what says that the key is missing; a missing bucket and a directory are errors."""
    text = str(error)
    if "is directory" in text:
        raise IsADirectoryError(f"it is a directory: {text}") from error
    if any(code in text for code in _NO_SUCH_STORE):
        raise error


# --- obstore's threads do not survive a fork

_survived: list[bool] = [True]  # after a fork empty, until it is known


def _check_fork() -> None:
    if not _survived:
        _survived.append(_answers())
    if not _survived[0]:
        raise RuntimeError(
            "obstore was used before this process was forked, and its threads do not survive a fork: start processes "
            "by 'spawn' or 'forkserver' (multiprocessing.set_start_method), or use a FsspecStore."
        )


def _answers() -> bool:
    """Whether obstore still works, found out on a thread that may stand still for good."""
    thread = threading.Thread(target=lambda: asyncio.run(_ask()), daemon=True)
    thread.start()
    thread.join(_PROBE_SECONDS)
    return not thread.is_alive()


async def _ask() -> None:
    from obstore.store import MemoryStore

    await MemoryStore().list_with_delimiter_async()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_survived.clear)
