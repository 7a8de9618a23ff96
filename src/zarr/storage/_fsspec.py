"""FsspecStore: a store over any filesystem of fsspec, with or without coroutines."""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncGenerator, Collection, Hashable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.ranges import ByteRequest, OffsetByteRequest, RangeByteRequest
from zarr.core import run
from zarr.core.keys import is_temporary
from zarr.errors import ZarrUserWarning, warn
from zarr.storage import _fsspec_http as http
from zarr.storage._fsspec_calls import Calls, InThreads, calls_of, protocols_of
from zarr.storage._local import link_new, write_and_put
from zarr.storage._retry import PASSING_STATUS
from zarr.storage._waiting import WaitingStore, directory_of

if TYPE_CHECKING:
    from fsspec.mapping import FSMap

__all__ = ["FsspecStore", "RemoteStore"]

ALLOWED_EXCEPTIONS: tuple[type[Exception], ...] = (FileNotFoundError,)
"""Errors of a filesystem that mean that a key is missing."""

_RETRY_THEMSELVES = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "oss", "tos", "hf"}
_PASSING = {"ClientConnectionError", "ClientPayloadError", "ConnectionError", "TimeoutError"}
_NO_SUCH_STORE = {"NoSuchBucket", "ContainerNotFound"}
_BATCH = 1000
_AT_ONCE = 100


class FsspecStore(WaitingStore):
    """A store over a filesystem of fsspec.

    Parameters
    ----------
    fs
        The filesystem. One without coroutines is called in threads.
    read_only
        Refuse every change.
    path
        Where in the filesystem the store is, without a scheme.
    allowed_exceptions
        Errors of the filesystem that mean that a key is missing. Others are raised: a directory where a chunk
        should be, a refused permission or a failing server is no missing chunk. Where a server is known to
        answer 403 for what is missing, add PermissionError.
    concurrency
        How many requests of this store may be in flight at once; None for as many as the process's budget
        ``async.concurrency`` has room for.

    Raises
    ------
    TypeError
        If ``fs`` is no filesystem of fsspec.
    ValueError
        If ``path`` has a scheme.

    Warns
    -----
    ZarrUserWarning
        If the filesystem has coroutines and was not made with ``asynchronous=True``. Its requests then run on
        the loop of fsspec, which works everywhere and costs a few microseconds each.

    Notes
    -----
    A filesystem made with ``asynchronous=True`` runs on the loop that first uses it, and another loop gets an
    instance of its own. Requests are sent again as ``storage.retries`` in the configuration says, except where
    the filesystem does so itself, as those for S3, Google Cloud and Azure.
    """

    fs: Any
    path: str
    allowed_exceptions: tuple[type[Exception], ...]

    def __init__(
        self,
        fs: Any,
        read_only: bool = False,
        path: str = "/",
        allowed_exceptions: tuple[type[Exception], ...] = ALLOWED_EXCEPTIONS,
        *,
        concurrency: int | None = None,
    ) -> None:
        if not hasattr(fs, "_strip_protocol") or not hasattr(fs, "async_impl"):
            raise TypeError(f"fs must be a filesystem of fsspec, got {type(fs).__name__}.")
        if getattr(fs, "async_impl", False) and not fs.asynchronous:
            warn(
                f"fs ({fs}) was not created with `asynchronous=True`, this may lead to surprising behavior: its "
                "requests run on fsspec's own loop.",
                ZarrUserWarning,
            )
        self._set_up(fs, read_only, path, allowed_exceptions, concurrency)

    def _set_up(
        self,
        fs: Any,
        read_only: bool,
        path: str,
        allowed_exceptions: tuple[type[Exception], ...],
        concurrency: int | None,
    ) -> None:
        scheme, separator, _ = path.partition("://")
        if separator and fs._strip_protocol(path) != path:
            raise ValueError(f"path argument to FsspecStore must not include scheme ({scheme})")
        WaitingStore.__init__(self, read_only=read_only, concurrency=concurrency)
        self.fs = fs
        self.path = path
        self.allowed_exceptions = allowed_exceptions
        self._root = fs._strip_protocol(path).rstrip("/")
        self._call: Calls = calls_of(fs)
        self._is_http = http.is_http(fs)
        self.supports_listing = not self._is_http
        self._is_local = _is_local(self._call.fs)

    @classmethod
    def _quietly(
        cls,
        fs: Any,
        read_only: bool,
        path: str,
        allowed_exceptions: tuple[type[Exception], ...] = ALLOWED_EXCEPTIONS,
        concurrency: int | None = None,
    ) -> FsspecStore:
        """A store over a filesystem that its user has not chosen how to make, so without a warning."""
        self = cls.__new__(cls)
        self._set_up(fs, read_only, path, allowed_exceptions, concurrency)
        return self

    @classmethod
    def from_url(
        cls,
        url: str,
        storage_options: dict[str, Any] | None = None,
        read_only: bool = False,
        allowed_exceptions: tuple[type[Exception], ...] = ALLOWED_EXCEPTIONS,
    ) -> FsspecStore:
        """A store at a URL.

        Parameters
        ----------
        url
            Scheme and path; chains such as ``simplecache::s3://bucket/path`` too.
        storage_options
            Options of the filesystem.
        read_only, allowed_exceptions
            As for the class.
        """
        from fsspec.core import url_to_fs

        fs, path = url_to_fs(url, **(storage_options or {}))
        return cls._quietly(
            fs, read_only, path if http.is_http(fs) else fs._strip_protocol(path), allowed_exceptions
        )

    @classmethod
    def from_mapper(
        cls,
        fs_map: FSMap,
        read_only: bool = False,
        allowed_exceptions: tuple[type[Exception], ...] = ALLOWED_EXCEPTIONS,
    ) -> FsspecStore:
        """A store where a mapping of fsspec is.

        Parameters
        ----------
        fs_map
            What ``fsspec.get_mapper`` returns.
        read_only, allowed_exceptions
            As for the class.
        """
        return cls._quietly(fs_map.fs, read_only, fs_map.root, allowed_exceptions)

    @classmethod
    def from_upath(
        cls,
        upath: Any,
        read_only: bool = False,
        allowed_exceptions: tuple[type[Exception], ...] = ALLOWED_EXCEPTIONS,
    ) -> FsspecStore:
        """A store where a path of universal_pathlib is.

        Parameters
        ----------
        upath
            A UPath.
        read_only, allowed_exceptions
            As for the class.
        """
        return cls._quietly(upath.fs, read_only, upath.path, allowed_exceptions)

    def with_read_only(self, read_only: bool = False) -> FsspecStore:
        return type(self)._quietly(self.fs, read_only, self.path, self.allowed_exceptions, self._concurrency)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_call": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._call = calls_of(self.fs)

    def __repr__(self) -> str:
        return f"<FsspecStore({type(self.fs).__name__}, {self.path.partition('?')[0]})>"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, type(self))
            and self.path == other.path
            and self.read_only == other.read_only
            and self.allowed_exceptions == other.allowed_exceptions
            and self._concurrency == other._concurrency
            and bool(self.fs == other.fs)
        )

    @property
    def _lock_scope(self) -> Hashable:
        return (*self._address[0], self._root)

    @property
    def _address(self) -> tuple[tuple[Hashable, ...], str]:
        return (type(self.fs).__name__, getattr(self.fs, "_fs_token", id(self.fs))), self._root

    @property
    def _bucket(self) -> str:
        return str(self._root).strip("/").partition("/")[0]

    def _state_of(self, key: str) -> Hashable:
        return super()._state_of(key) if self.fs.async_impl else None  # others change files without requests

    # --- one request

    def _name(self, key: str) -> str:
        """What the filesystem calls a key."""
        if self._is_http:
            return http.join_url(self._root, key)
        return f"{self._root}/{key}" if self._root else str(self.fs._strip_protocol(key))

    async def _read(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None
    ) -> Buffer | None:
        generation: Hashable = None
        try:
            if self._is_http:
                found = await self._call.run(http.get, self._name(key), byte_range)
                if found is None:
                    return None
                data, generation = found
            else:
                data = await self._call("cat_file", self._name(key), **self._limits(byte_range))
        except self.allowed_exceptions as error:
            _check_missing(error)
            return None
        except PermissionError as error:
            raise PermissionError(
                f"{error}; if the server answers so for keys that are missing, give the store "
                "allowed_exceptions=(FileNotFoundError, PermissionError)"
            ) from error
        if isinstance(byte_range, RangeByteRequest) and len(data) > byte_range.end - byte_range.start:
            raise ConnectionError(f"asked for {byte_range}, {len(data)} bytes came")
        buffer = prototype.buffer.from_bytes(data)
        buffer.generation = generation
        return buffer

    def _limits(self, byte_range: ByteRequest | None) -> dict[str, int]:
        if byte_range is None:  # s3fs would first ask for the size, and take it from a cache if it is there
            return {"max_concurrency": 1} if self._call.has_parameter("cat_file", "max_concurrency") else {}
        if isinstance(byte_range, RangeByteRequest):
            return {"start": byte_range.start, "end": byte_range.end}
        if isinstance(byte_range, OffsetByteRequest):
            return {"start": byte_range.offset}
        return {"start": -byte_range.suffix}

    async def _write(self, key: str, value: Buffer) -> None:
        await self._pipe(key, value.to_bytes())

    async def _pipe(self, key: str, data: bytes, **mode: str) -> None:
        name = self._name(key)
        pipe = partial(self._call.run, _write_whole) if self._is_local else partial(self._call, "pipe_file")
        try:
            await pipe(name, data, **mode)
        except (FileNotFoundError, IsADirectoryError) as error:  # where directories exist without keys
            if not isinstance(self._call, InThreads):
                raise
            if isinstance(error, IsADirectoryError):
                await self._call.run(_remove_empty, name)
            else:
                await self._call("makedirs", name.rpartition("/")[0], exist_ok=True)
            await pipe(name, data, **mode)

    async def _create(self, key: str, value: Buffer) -> bool | None:
        if not self._call.has_parameter("pipe_file", "mode"):
            if await self._size(key) is not None:
                return False
            await self._write(key, value)
            return None
        try:
            await self._pipe(key, value.to_bytes(), mode="create")
        except FileExistsError:
            return False
        return True if self._creates_alone() else None

    def _creates_alone(self) -> bool:
        """Whether of many that create a value one succeeds; fsspec's own way looks first and writes then."""
        if self._is_local:
            return True
        inner = type(getattr(self.fs, "sync_fs", self.fs))
        generic = next((c for c in inner.__mro__ if c.__name__ == "AbstractFileSystem"), None)
        return inner.async_impl or generic is None or inner.pipe_file is not generic.__dict__["pipe_file"]

    async def _remove(self, key: str) -> None:
        try:
            await self._call("rm_file", self._name(key))
        except self.allowed_exceptions as error:
            _check_missing(error)
        except Exception:
            if not await self._is_directory(key):
                raise

    async def _is_directory(self, key: str) -> bool:
        try:
            return bool((await self._info(key))["type"] == "directory")
        except FileNotFoundError:
            return False

    async def _remove_many(self, keys: Sequence[str]) -> None:
        if hasattr(self.fs, "_bulk_delete"):
            names = [self._name(key) for key in keys]
            await self._send(
                "delete", f"{keys[0]} and {len(keys) - 1} more", self._call, "bulk_delete", names
            )
        else:
            await run.gather(self.delete, [(key,) for key in keys])

    async def _remove_directories(self, directory: str) -> None:
        if isinstance(self._call, InThreads):
            await self._call.run(_remove_empty, self._place(directory))

    async def _size(self, key: str) -> int | None:
        try:
            if self._is_http:
                size: int | None = await self._call.run(http.size, self._name(key))
                return size
            info = await self._info(key)
        except self.allowed_exceptions as error:
            _check_missing(error)
            return None
        if info["type"] == "directory":
            return None
        if info["size"] is None:
            return len(await self._call("cat_file", self._name(key)))
        return int(info["size"])

    async def _info(self, key: str) -> dict[str, Any]:
        info: dict[str, Any] = await self._fresh("info", self._name(key))
        return info

    async def _fresh(self, method: str, name: str, **options: Any) -> Any:
        """Call a method that might answer out of a cache of listings."""
        if self._call.has_parameter(method, "refresh"):
            return await self._call(method, name, refresh=True, **options)
        return await self._call.run(_call_fresh, self._call.real(method), name, **options)

    async def _files_below(self, directory: str) -> AsyncGenerator[Sequence[tuple[str, int]], None]:
        if not _finds_flat(self._call.fs, self._call.real("find")):
            async for batch in self._walk_down(directory):
                yield batch
            return
        try:
            found = await self._send(
                "list", directory, self._fresh, "find", self._place(directory), detail=True
            )
        except FileNotFoundError as error:
            _check_missing(error)
            return
        start = f"{directory}/" if directory else ""
        files = [  # of a path that is a key, "find" finds the key itself, which is not below
            (key, int(info["size"] or 0))
            for name, info in found.items()
            if info["type"] != "directory" and (key := self._key(name)) and key.startswith(start)
        ]
        for i in range(0, len(files), _BATCH):
            yield files[i : i + _BATCH]

    async def _walk_down(self, directory: str) -> AsyncGenerator[Sequence[tuple[str, int]], None]:
        """Files below a directory by a listing of each; fsspec's own walk leaves out what it cannot list."""
        todo = [directory]
        while todo:
            here, todo = todo[:_AT_ONCE], todo[_AT_ONCE:]
            for entries in await run.gather(self._entries, [(name,) for name in here]):
                todo += [key for key, info in entries.items() if info["type"] == "directory"]
                yield [(k, int(i["size"] or 0)) for k, i in entries.items() if i["type"] != "directory"]

    async def _entries(self, directory: str) -> dict[str, dict[str, Any]]:
        """What a directory holds, by key; nothing where there is none."""
        self._check_listing()
        try:
            found = await self._send(
                "list", directory, self._fresh, "ls", self._place(directory), detail=True
            )
        except (FileNotFoundError, NotADirectoryError) as error:
            _check_missing(error)
            return {}
        keys = ((self._key(info["name"]), info) for info in found)
        start = f"{directory}/" if directory else ""
        return {key: info for key, info in keys if key and key != directory and key.startswith(start)}

    async def is_empty(self, prefix: str) -> bool:
        directory = directory_of(prefix)
        async for batch in self._walk_down(directory):
            if any(not is_temporary(key.rpartition("/")[2]) for key, _ in batch):
                return False
        return True

    def _place(self, directory: str) -> str:
        return self._name(directory) if directory else self._root

    def _key(self, name: str) -> str:
        return (
            name[len(self._root) :].strip("/") if name.startswith(self._root + "/") or not self._root else ""
        )

    async def _names_in(self, directory: str) -> Collection[str]:
        return [key.rpartition("/")[2] for key in await self._entries(directory)]

    # --- errors

    def _is_passing(self, error: Exception) -> bool:
        if protocols_of(self.fs) & _RETRY_THEMSELVES:
            return False
        status = getattr(error, "status", None)
        return status in PASSING_STATUS or not _PASSING.isdisjoint(c.__name__ for c in type(error).__mro__)

    def _is_past_end(self, error: Exception) -> bool:
        text = str(error)
        return "416" in text or "InvalidRange" in text or "range" in text.lower()


RemoteStore = FsspecStore
"""The older name."""


def _check_missing(error: BaseException) -> None:
    """Let pass what says that the key is missing; a missing bucket is an error."""
    cause: BaseException | None = error
    while cause is not None:
        response = getattr(cause, "response", None)
        if isinstance(response, dict) and response.get("Error", {}).get("Code") in _NO_SUCH_STORE:
            raise error
        cause = cause.__cause__


def _finds_flat(fs: Any, find: str) -> bool:
    """Whether a filesystem has a way of its own to find all files below a path, as those of object stores do."""
    inner = getattr(fs, "fs", None)
    own = not getattr(type(fs), find).__module__.startswith(("fsspec.asyn", "fsspec.spec"))
    return own and (not hasattr(type(inner), find) or _finds_flat(inner, find))


def _call_fresh(fs: Any, method: str, name: str, **options: Any) -> Any:
    fs.invalidate_cache()
    if type(fs.dircache).__name__ == "DirCache":  # else it is no cache but what the filesystem knows
        fs.dircache.clear()
    return getattr(fs, method)(name, **options)


def _is_local(fs: Any) -> bool:
    from fsspec.implementations.local import LocalFileSystem

    return type(fs) is LocalFileSystem


def _write_whole(fs: Any, name: str, data: bytes, mode: str = "overwrite") -> None:
    """As LocalStore does, where fsspec would write the file in its place."""
    if os.path.isdir(name):
        raise IsADirectoryError(errno.EISDIR, "a directory is in the way of a file", name)
    write_and_put(os.path.dirname(name), data, name, link_new if mode == "create" else os.replace)


def _remove_empty(fs: Any, base: str) -> None:
    """Remove the empty directories below one, and itself."""
    try:
        found = fs.find(base, withdirs=True, detail=True)
    except FileNotFoundError:
        return
    directories = [name for name, info in found.items() if info["type"] == "directory"]
    for name in sorted({*directories, base}, key=len, reverse=True):
        try:
            fs.rmdir(name)
        except Exception:  # it is not empty, or there are no directories
            pass
