"""The conformance suite for stores, and a store that takes its time.

Authors of stores subclass ``StoreTests``: the names of tests, fixtures and parameters are public. Tests look
at what is stored through ``set`` and ``get`` of the suite, which go round the store.
"""

from __future__ import annotations

import asyncio
import pickle
import time
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

import numpy as np

try:
    import pytest
except ModuleNotFoundError as error:
    from zarr.testing._missing import explain

    raise explain(error, __name__) from error

from zarr.abc.buffer import Buffer
from zarr.abc.ranges import slice_of
from zarr.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import _collect_aiterator
from zarr.storage import WrapperStore
from zarr.testing.utils import assert_bytes_equal

if TYPE_CHECKING:
    from typing import Self

    from zarr.abc.buffer import BufferPrototype

__all__ = ["LatencyStore", "StoreTests"]

S = TypeVar("S", bound=Store)
B = TypeVar("B", bound=Buffer)

Latency: TypeAlias = float | tuple[float, float]

_READ_ONLY = "store was opened in read-only mode and does not support writing"
_CHUNK_KEYS = ["c/0", "foo/c/0.0", "foo/0/0"]


class StoreTests(Generic[S, B]):
    """Tests that every store passes.

    A subclass names ``store_cls`` and ``buffer_cls`` and defines what is abstract here. The fixture ``store``
    is open and empty.
    """

    store_cls: type[S]
    buffer_cls: type[B]

    # --- what a subclass says of its store

    @abstractmethod
    async def set(self, store: S, key: str, value: Buffer) -> None:
        """Put a value into the store's storage without the store's own ``set``."""

    @abstractmethod
    async def get(self, store: S, key: str) -> Buffer:
        """Take a value from the store's storage without the store's own ``get``."""

    @abstractmethod
    @pytest.fixture
    def store_kwargs(self) -> dict[str, Any]:
        """Arguments of the store's class."""
        raise NotImplementedError

    @abstractmethod
    def test_store_repr(self, store: S) -> None: ...

    @abstractmethod
    def test_store_supports_writes(self, store: S) -> None: ...

    @abstractmethod
    def test_store_supports_listing(self, store: S) -> None: ...

    # --- fixtures

    @pytest.fixture
    def open_kwargs(self, store_kwargs: dict[str, Any]) -> dict[str, Any]:
        """Arguments of the class's ``open``."""
        return store_kwargs

    @pytest.fixture
    async def store(self, open_kwargs: dict[str, Any]) -> Store:
        return await self.store_cls.open(**open_kwargs)

    @pytest.fixture
    async def store_not_open(self, store_kwargs: dict[str, Any]) -> Store:
        return self.store_cls(**store_kwargs)

    def _buffer(self, data: bytes) -> B:
        return self.buffer_cls.from_bytes(data)

    # --- what a store is

    def test_store_type(self, store: S) -> None:
        assert isinstance(store, Store)
        assert isinstance(store, self.store_cls)

    def test_store_eq(self, store: S, store_kwargs: dict[str, Any]) -> None:
        assert store == self.store_cls(**store_kwargs)

    async def test_serializable_store(self, store: S) -> None:
        again: S = pickle.loads(pickle.dumps(store))
        assert again == store
        assert again.read_only == store.read_only
        data = self._buffer(b"\x00\x01\x02\x03")
        await again.set("foo", data)
        assert_bytes_equal(await again.get("foo", default_buffer_prototype()), data)

    def test_store_read_only(self, store: S) -> None:
        assert not store.read_only
        with pytest.raises(AttributeError):
            store.read_only = False  # type: ignore[misc]

    def test_store_supports_partial_writes(self, store: S) -> None:
        assert not store.supports_partial_writes

    # --- opening, and stores that refuse changes

    @pytest.mark.parametrize("read_only", [True, False])
    async def test_store_open_read_only(self, open_kwargs: dict[str, Any], read_only: bool) -> None:
        open_kwargs["read_only"] = read_only
        store = await self.store_cls.open(**open_kwargs)
        assert store._is_open
        assert store.read_only == read_only

    async def test_store_context_manager(self, open_kwargs: dict[str, Any]) -> None:
        with await self.store_cls.open(**open_kwargs) as store:
            assert store._is_open
            with pytest.raises(ValueError, match="store is already open"):
                await store._open()
        assert not store._is_open

    async def test_read_only_store_raises(self, open_kwargs: dict[str, Any]) -> None:
        store = await self.store_cls.open(**{**open_kwargs, "read_only": True})
        assert store.read_only
        with pytest.raises(ValueError, match=_READ_ONLY):
            await store.set("foo", self._buffer(b"bar"))
        with pytest.raises(ValueError, match=_READ_ONLY):
            await store.delete("foo")

    async def test_with_read_only_store(self, open_kwargs: dict[str, Any]) -> None:
        reader = await self.store_cls.open(**{**open_kwargs, "read_only": True})
        try:
            writer = reader.with_read_only(read_only=False)
        except NotImplementedError:
            pytest.skip("the store cannot change its mode")
        assert reader.read_only
        assert not writer.read_only
        data = self._buffer(b"bar")
        await writer.set("foo", data)
        assert_bytes_equal(await writer.get("foo", default_buffer_prototype()), data)
        again = writer.with_read_only(read_only=True)
        assert again.read_only
        assert not writer.read_only
        for refusing in (reader, again):
            with pytest.raises(ValueError, match=_READ_ONLY):
                await refusing.set("foo", self._buffer(b"baz"))
            with pytest.raises(ValueError, match=_READ_ONLY):
                await refusing.delete("foo")
        if writer.supports_deletes:
            await writer.delete("foo")
            assert not await writer.exists("foo")

    # --- reading

    @pytest.mark.parametrize("key", _CHUNK_KEYS)
    @pytest.mark.parametrize(
        ("data", "byte_range"),
        [
            (b"\x01\x02\x03\x04", None),
            (b"\x01\x02\x03\x04", RangeByteRequest(1, 4)),
            (b"\x01\x02\x03\x04", OffsetByteRequest(1)),
            (b"\x01\x02\x03\x04", SuffixByteRequest(1)),
            (b"", None),
        ],
    )
    async def test_get(self, store: S, key: str, data: bytes, byte_range: ByteRequest | None) -> None:
        await self.set(store, key, self._buffer(data))
        observed = await store.get(key, prototype=default_buffer_prototype(), byte_range=byte_range)
        assert_bytes_equal(observed, _part(data, byte_range))

    async def test_get_not_open(self, store_not_open: S) -> None:
        """A store that was not opened opens itself."""
        assert not store_not_open._is_open
        data = self._buffer(b"\x01\x02\x03\x04")
        await self.set(store_not_open, "c/0", data)
        assert_bytes_equal(await store_not_open.get("c/0", prototype=default_buffer_prototype()), data)

    async def test_get_raises(self, store: S) -> None:
        await self.set(store, "c/0", self._buffer(b"\x01\x02\x03\x04"))
        with pytest.raises((ValueError, TypeError), match=r"Unexpected byte_range, got.*"):
            await store.get("c/0", prototype=default_buffer_prototype(), byte_range=(0, 2))  # type: ignore[arg-type]

    async def test_get_many(self, store: S) -> None:
        """All keys come, in any order, with the value that each has."""
        stored = {f"c/{i}": bytes([i]) for i in range(4)} | {"zarr.json": b"{}"}
        for key, data in stored.items():
            await self.set(store, key, self._buffer(data))
        requests = [(key, default_buffer_prototype(), None) for key in [*stored, "missing"]]
        observed = {key: value async for key, value in store._get_many(requests)}
        assert set(observed) == {*stored, "missing"}
        assert observed["missing"] is None
        for key, data in stored.items():
            assert_bytes_equal(observed[key], data)

    @pytest.mark.parametrize("key", _CHUNK_KEYS)
    @pytest.mark.parametrize("data", [b"\x01\x02\x03\x04", b""])
    async def test_getsize(self, store: S, key: str, data: bytes) -> None:
        await self.set(store, key, self._buffer(data))
        assert await store.getsize(key) == len(data)

    async def test_getsize_prefix(self, store: S) -> None:
        sizes = {"c/0/0": 10, "c/0/1": 20, "c/1/0": 5, "cc/0": 7, "zarr.json": 2}
        for key, size in sizes.items():
            await self.set(store, key, self._buffer(b"\x00" * size))
        assert await store.getsize_prefix("c") == 35
        assert await store.getsize_prefix("c/0") == 30
        assert await store.getsize_prefix("") == 44

    async def test_getsize_raises(self, store: S) -> None:
        with pytest.raises(FileNotFoundError):
            await store.getsize("not-a-real-key")

    @pytest.mark.parametrize(
        "key_ranges",
        [
            [],
            [("zarr.json", RangeByteRequest(0, 2))],
            [("c/0", RangeByteRequest(0, 2)), ("zarr.json", None)],
            [
                ("c/0/0", RangeByteRequest(0, 2)),
                ("c/0/1", SuffixByteRequest(2)),
                ("c/0/2", OffsetByteRequest(2)),
            ],
        ],
    )
    async def test_get_partial_values(
        self, store: S, key_ranges: list[tuple[str, ByteRequest | None]]
    ) -> None:
        for key, _ in key_ranges:
            await self.set(store, key, self._buffer(key.encode()))
        observed = await store.get_partial_values(
            prototype=default_buffer_prototype(), key_ranges=[*key_ranges, ("missing", None)]
        )
        assert len(observed) == len(key_ranges) + 1
        for value, (key, byte_range) in zip(observed, key_ranges, strict=False):
            assert_bytes_equal(value, _part(key.encode(), byte_range))
        assert observed[-1] is None

    async def test_exists(self, store: S) -> None:
        assert not await store.exists("foo")
        await store.set("foo/zarr.json", self._buffer(b"bar"))
        assert await store.exists("foo/zarr.json")
        assert not await store.exists("foo")
        assert not await store.exists("foo/zarr")

    # --- writing

    @pytest.mark.parametrize("key", ["zarr.json", *_CHUNK_KEYS])
    @pytest.mark.parametrize("data", [b"\x01\x02\x03\x04", b""])
    async def test_set(self, store: S, key: str, data: bytes) -> None:
        assert not store.read_only
        await store.set(key, self._buffer(data))
        assert_bytes_equal(await self.get(store, key), data)

    async def test_set_not_open(self, store_not_open: S) -> None:
        """A store that was not opened opens itself."""
        assert not store_not_open._is_open
        data = self._buffer(b"\x01\x02\x03\x04")
        await store_not_open.set("c/0", data)
        assert_bytes_equal(await self.get(store_not_open, "c/0"), data)

    async def test_set_many(self, store: S) -> None:
        values = {key: self._buffer(key.encode()) for key in ("zarr.json", "c/0", "foo/c/0.0", "foo/0/0")}
        await store._set_many(values.items())
        for key, value in values.items():
            assert_bytes_equal(await self.get(store, key), value)

    async def test_set_if_not_exists(self, store: S) -> None:
        old, new = self._buffer(b"0000"), self._buffer(b"1111")
        await self.set(store, "k", old)
        await store.set_if_not_exists("k", new)
        assert_bytes_equal(await store.get("k", default_buffer_prototype()), old)
        await store.set_if_not_exists("k2", new)
        assert_bytes_equal(await store.get("k2", default_buffer_prototype()), new)

    # --- deleting

    async def test_delete(self, store: S) -> None:
        if not store.supports_deletes:
            pytest.skip("store does not support deletes")
        await store.set("foo/zarr.json", self._buffer(b"bar"))
        await store.set("foo/c/0", self._buffer(b"bar"))
        await store.delete("foo/zarr.json")
        assert not await store.exists("foo/zarr.json")
        assert await store.exists("foo/c/0")

    async def test_delete_dir(self, store: S) -> None:
        if not store.supports_deletes:
            pytest.skip("store does not support deletes")
        kept = ["zarr.json", "foo-bar/zarr.json"]  # the second begins like the prefix but is beside it
        for key in [*kept, "foo/zarr.json", "foo/c/0"]:
            await store.set(key, self._buffer(b"bar"))
        await store.delete_dir("foo")
        for key in kept:
            assert await store.exists(key)
        for key in ("foo/zarr.json", "foo/c/0"):
            assert not await store.exists(key)

    async def test_delete_nonexistent_key_does_not_raise(self, store: S) -> None:
        if not store.supports_deletes:
            pytest.skip("store does not support deletes")
        await store.delete("nonexistent_key")

    async def test_clear(self, store: S) -> None:
        await self.set(store, "key", self._buffer(b"something"))
        await store.clear()
        assert await store.is_empty("")

    # --- listing

    async def test_is_empty(self, store: S) -> None:
        assert await store.is_empty("")
        await self.set(store, "foo/bar", self._buffer(b"something"))
        assert not await store.is_empty("")
        assert not await store.is_empty("foo")
        assert not await store.is_empty("foo/")
        assert await store.is_empty("fo")
        assert await store.is_empty("spam/")

    async def test_list(self, store: S) -> None:
        assert await _collect_aiterator(store.list()) == ()
        keys = {"foo/zarr.json", "bar/zarr.json", *(f"foo/c/{i}" for i in range(10))}
        for key in keys:
            await store.set(key, self._buffer(b"bar"))
        observed = await _collect_aiterator(store.list())
        assert sorted(observed) == sorted(keys)

    async def test_list_prefix(self, store: S) -> None:
        """Keys come whole, with the prefix."""
        prefixes = ("", "a/", "a/b/", "a/b/c/", "b/")
        keys = [prefix + name for prefix in prefixes for name in ("zarr.json", "c/0", "d/c/1")]
        for key in keys:
            await store.set(key, self._buffer(key.encode()))
        for prefix in prefixes:
            observed = await _collect_aiterator(store.list_prefix(prefix))
            assert sorted(observed) == sorted({key for key in keys if key.startswith(prefix)})

    async def test_list_empty_path(self, store: S) -> None:
        """The empty prefix is every key."""
        assert await _collect_aiterator(store.list_prefix("")) == ()
        keys = ["foo/bar/zarr.json", "foo/bar/c/1", "foo/baz/c/0"]
        for key in keys:
            await store.set(key, self._buffer(b"bar"))
        assert sorted(await _collect_aiterator(store.list_prefix(""))) == sorted(keys)

    async def test_list_dir(self, store: S) -> None:
        assert await _collect_aiterator(store.list_dir("")) == ()
        assert await _collect_aiterator(store.list_dir("foo")) == ()
        for key in ("foo/zarr.json", "foo/c/0", "foo/c/1", "foobar/zarr.json", "group-0/a/zarr.json"):
            await store.set(key, self._buffer(b"bar"))
        for prefix, names in (
            ("", ["foo", "foobar", "group-0"]),
            ("foo", ["c", "zarr.json"]),
            ("foo/", ["c", "zarr.json"]),
            ("foo/c", ["0", "1"]),
            ("group-0", ["a"]),
        ):
            assert sorted(await _collect_aiterator(store.list_dir(prefix))) == names

    # --- the blocking methods, where a store has them

    def _require(self, store: S, *names: str) -> Any:
        for name in names:
            if not hasattr(store, name):
                pytest.skip(f"store has no {name}")
        return store

    def test_get_sync(self, store: S) -> None:
        blocking = self._require(store, "get_sync", "set_sync")
        blocking.set_sync("c/0", self._buffer(b"\x01\x02\x03\x04"))
        assert_bytes_equal(
            blocking.get_sync("c/0", prototype=default_buffer_prototype()), b"\x01\x02\x03\x04"
        )

    def test_get_sync_missing(self, store: S) -> None:
        blocking = self._require(store, "get_sync")
        assert blocking.get_sync("nonexistent", prototype=default_buffer_prototype()) is None

    def test_set_sync(self, store: S) -> None:
        blocking = self._require(store, "get_sync", "set_sync")
        for data in (b"first", b"the second, longer", b""):
            blocking.set_sync("c/0", self._buffer(data))
            assert_bytes_equal(blocking.get_sync("c/0", prototype=default_buffer_prototype()), data)

    def test_delete_sync(self, store: S) -> None:
        blocking = self._require(store, "get_sync", "set_sync", "delete_sync")
        if not store.supports_deletes:
            pytest.skip("store does not support deletes")
        blocking.set_sync("c/0", self._buffer(b"data"))
        blocking.delete_sync("c/0")
        assert blocking.get_sync("c/0", prototype=default_buffer_prototype()) is None

    def test_delete_sync_missing(self, store: S) -> None:
        blocking = self._require(store, "delete_sync")
        if not store.supports_deletes:
            pytest.skip("store does not support deletes")
        blocking.delete_sync("nonexistent")

    @pytest.mark.parametrize("direction", ["set_async_get_sync", "set_sync_get_async"])
    async def test_sync_async_set_get_parity(self, store: S, direction: str) -> None:
        blocking = self._require(store, "get_sync", "set_sync")
        data = self._buffer(b"\x01\x02\x03\x04")
        if direction == "set_async_get_sync":
            await store.set("c/0", data)
            observed = blocking.get_sync("c/0", prototype=default_buffer_prototype())
        else:
            blocking.set_sync("c/0", data)
            observed = await store.get("c/0", prototype=default_buffer_prototype())
        assert_bytes_equal(observed, data)

    async def test_delete_sync_visible_to_async_get(self, store: S) -> None:
        blocking = self._require(store, "delete_sync")
        if not store.supports_deletes:
            pytest.skip("store does not support deletes")
        await store.set("c/0", self._buffer(b"data"))
        blocking.delete_sync("c/0")
        assert await store.get("c/0", prototype=default_buffer_prototype()) is None

    @pytest.mark.parametrize(
        "byte_range",
        [
            None,
            RangeByteRequest(1, 4),
            OffsetByteRequest(1),
            SuffixByteRequest(1),
            RangeByteRequest(10, 20),
        ],
        ids=["none", "range", "offset", "suffix", "range-past-eof"],
    )
    async def test_get_sync_byte_range_parity(self, store: S, byte_range: ByteRequest | None) -> None:
        blocking = self._require(store, "get_sync")
        await self.set(store, "c/0", self._buffer(b"\x01\x02\x03\x04"))
        prototype = default_buffer_prototype()
        expected = await store.get("c/0", prototype=prototype, byte_range=byte_range)
        assert_bytes_equal(blocking.get_sync("c/0", prototype=prototype, byte_range=byte_range), expected)


def _part(data: bytes, byte_range: ByteRequest | None) -> bytes:
    start, end = slice_of(byte_range, len(data))
    return data[start:end]


class LatencyStore(WrapperStore[Store]):
    """A store that waits before it reads and writes.

    Parameters
    ----------
    store
        The store that is wrapped.
    get_latency, set_latency
        Seconds to wait before each ``get`` and ``set``; a pair is the mean and standard deviation of a normal
        distribution that each wait is drawn from, cut at zero.
    """

    def __init__(self, store: Store, *, get_latency: Latency = 0, set_latency: Latency = 0) -> None:
        super().__init__(store)
        self._get_latency = get_latency
        self._set_latency = set_latency
        self._random = np.random.default_rng()

    @property
    def get_latency(self) -> float:
        """Seconds that the next ``get`` waits."""
        return self._drawn(self._get_latency)

    @property
    def set_latency(self) -> float:
        """Seconds that the next ``set`` waits."""
        return self._drawn(self._set_latency)

    def _drawn(self, latency: Latency) -> float:
        if isinstance(latency, tuple):
            return max(0.0, float(self._random.normal(*latency)))
        return latency

    def _with_store(self, store: Store) -> Self:
        return type(self)(store, get_latency=self._get_latency, set_latency=self._set_latency)

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """As in the wrapped store, after waiting."""
        await asyncio.sleep(self.get_latency)
        return await self._store.get(key, prototype, byte_range)

    async def set(self, key: str, value: Buffer) -> None:
        """As in the wrapped store, after waiting."""
        await asyncio.sleep(self.set_latency)
        await self._store.set(key, value)

    async def set_if_not_exists(self, key: str, value: Buffer) -> bool | None:
        """As in the wrapped store, after waiting."""
        await asyncio.sleep(self.set_latency)
        return await self._store.set_if_not_exists(key, value)

    def get_sync(self, key: str, **kwargs: Any) -> Buffer | None:
        """As in the wrapped store, after waiting."""
        time.sleep(self.get_latency)
        return super().get_sync(key, **kwargs)

    def set_sync(self, key: str, value: Buffer) -> None:
        """As in the wrapped store, after waiting."""
        time.sleep(self.set_latency)
        super().set_sync(key, value)

    def set_if_not_exists_sync(self, key: str, value: Buffer) -> bool | None:
        """As in the wrapped store, after waiting."""
        time.sleep(self.set_latency)
        return super().set_if_not_exists_sync(key, value)
