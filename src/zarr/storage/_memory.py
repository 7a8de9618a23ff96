"""MemoryStore: values in a dict of this process.

The dict holds Buffers. A value whose memory its caller could still change is copied on the way in, and
what is inside is not writable, so nothing outside can change a stored value.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, MutableMapping
from itertools import count
from typing import Any, ParamSpec, TypeVar

import numpy as np

from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.ranges import ByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.core.keys import check_key
from zarr.storage._blocking import BlockingStore, as_directory, cut

__all__ = ["MemoryStore"]

P = ParamSpec("P")
T = TypeVar("T")


class MemoryStore(BlockingStore):
    """A store in memory.

    Parameters
    ----------
    store_dict
        The dict of key to Buffer to use; it is used, not copied. A new one where None.
    read_only
        Refuse every change.
    """

    _suspends = False
    _is_memory = True
    supports_writes: bool = True
    supports_deletes: bool = True
    supports_listing: bool = True

    _store_dict: MutableMapping[str, Buffer]

    def __init__(
        self, store_dict: MutableMapping[str, Buffer] | None = None, *, read_only: bool = False
    ) -> None:
        super().__init__(read_only=read_only)
        self._store_dict = {} if store_dict is None else store_dict

    def with_read_only(self, read_only: bool = False) -> MemoryStore:
        return type(self)(store_dict=self._store_dict, read_only=read_only)

    def __str__(self) -> str:
        return f"memory://{id(self._store_dict)}"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, type(self))
            and self._store_dict == other._store_dict
            and self.read_only == other.read_only
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for key, value in list(self._store_dict.items()):  # pickle makes all arrays writable
            self._store_dict[key] = _own(value)

    @property
    def _lock_scope(self) -> Hashable:
        return id(self._store_dict)

    def _state_of(self, key: str) -> Hashable:
        return getattr(self._store_dict.get(key), "generation", None)

    async def _call(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return method(*args, **kwargs)  # never worth a hop to another thread

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        value = self._store_dict.get(key)
        if value is None:
            return None
        if byte_range is not None:
            value = cut(value, byte_range)
        wanted = default_buffer_prototype().buffer if prototype is None else prototype.buffer
        return value if type(value) is wanted else wanted.from_buffer(value)

    def set_sync(self, key: str, value: Buffer) -> None:
        self._check_writable()
        self._check_value(value)
        self._store_dict[check_key(key)] = _own(value)

    def set_if_not_exists_sync(self, key: str, value: Buffer) -> bool | None:
        self._check_writable()
        self._check_value(value)
        new = _own(value)  # an object that nobody else has
        return self._store_dict.setdefault(check_key(key), new) is new

    def delete_sync(self, key: str) -> None:
        self._check_writable()
        self._store_dict.pop(key, None)

    def exists_sync(self, key: str) -> bool:
        return key in self._store_dict

    def getsize_sync(self, key: str) -> int:
        try:
            return len(self._store_dict[key])
        except KeyError:
            raise FileNotFoundError(key) from None

    def keys_sync(self, prefix: str = "") -> Iterator[str]:
        for key in list(self._store_dict):
            if key.startswith(prefix):
                yield key

    def list_dir_sync(self, prefix: str) -> Iterator[str]:
        prefix = as_directory(prefix)
        start = len(prefix)
        yield from {key[start:].partition("/")[0] for key in list(self._store_dict) if key.startswith(prefix)}

    async def clear(self) -> None:
        self._check_writable()
        self._store_dict.clear()


_generations = count(1)


def _own(value: Buffer) -> Buffer:
    """The value in memory that nobody else can change, as a generation of its own."""
    inside = value.as_array_like()
    if not isinstance(inside, np.ndarray):
        inside = inside.copy()
    elif _can_change(inside):
        inside = inside.copy()
        inside.flags.writeable = False
    owned = type(value).from_array_like(inside)
    owned.generation = next(_generations)
    return owned


def _can_change(array: np.ndarray[Any, Any]) -> bool:
    """Whether anybody holds this memory in a writable form; a view that is read-only proves nothing."""
    holder: object = array
    while isinstance(holder, np.ndarray):
        if holder.flags.writeable:
            return True
        holder = holder.base
    while isinstance(holder, memoryview):
        holder = holder.obj
    return not (holder is None or isinstance(holder, bytes))
