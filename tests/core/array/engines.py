"""The ways that an array is read and written: each engine is a store, buffer classes and a manner of calling.

One test body drives them all; what they store and what they return has to be the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zarr
from zarr.abc.buffer import BufferPrototype
from zarr.abc.codec import BytesBytesCodec
from zarr.abc.store import Store
from zarr.core.sync import sync
from zarr.registry import register_codec
from zarr.storage import LocalStore, MemoryStore
from zarr.testing.buffer import NDBufferUsingTestNDArrayLike, StoreExpectingTestBuffer, TestBuffer
from zarr.testing.store import LatencyStore

OTHER_BUFFERS = BufferPrototype(TestBuffer, NDBufferUsingTestNDArrayLike)


@dataclass(frozen=True)
class WaitingCodec(BytesBytesCodec):
    """A codec that changes nothing and has coroutines only, which really wait."""

    is_fixed_size = True

    @classmethod
    def from_dict(cls, data: Any) -> WaitingCodec:
        return cls()

    def to_dict(self) -> Any:
        return {"name": "test_waiting"}

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: Any) -> int:
        return input_byte_length

    async def _decode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        await asyncio.sleep(0)
        return chunk_data

    async def _encode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        await asyncio.sleep(0)
        return chunk_data


# the plain forms are abstract in the base class, and this codec has none
WaitingCodec.__abstractmethods__ = frozenset()
register_codec("test_waiting", WaitingCodec)

Waiter = Callable[[Coroutine[Any, Any, Any]], Any]


@dataclass
class Engine:
    """An array, and how it is called."""

    name: str
    array: zarr.Array[Any]
    wait: Waiter
    prototype: BufferPrototype | None = None

    def read(self, way: str, selection: Any) -> Any:
        """What a selection gives; ``way`` is "[]" or one of basic, orthogonal, coordinate, mask, block."""
        if way == "[]" and self.prototype is None and self.wait is sync:
            return self.array[selection]
        target = self.array.async_array
        method = target.getitem if way == "[]" else getattr(target, f"get_{way}_selection")
        return self.wait(method(selection, prototype=self.prototype))

    def write(self, way: str, selection: Any, value: Any) -> None:
        """Assign to a selection."""
        if way == "[]" and self.prototype is None and self.wait is sync:
            self.array[selection] = value
            return
        target = self.array.async_array
        method = target.setitem if way == "[]" else getattr(target, f"set_{way}_selection")
        self.wait(method(selection, value, prototype=self.prototype))

    def stored(self) -> dict[str, bytes]:
        """The keys and values of the chunks."""
        store = self.array.store
        if isinstance(store, LatencyStore):
            store = store._store
        if isinstance(store, LocalStore):
            paths = [p for p in store.root.rglob("*") if p.is_file()]
            found = {str(p.relative_to(store.root)): p.read_bytes() for p in paths}
        else:
            assert isinstance(store, MemoryStore)
            found = {key: value.to_bytes() for key, value in store._store_dict.items()}
        documents = ("zarr.json", ".zarray", ".zattrs")
        return {key: value for key, value in found.items() if key.rpartition("/")[2] not in documents}


def make_engines(layout: Any, root: Path, loop: Waiter) -> list[Engine]:
    """The same empty array once per engine; ``loop`` runs a coroutine on a loop of the caller."""
    # the store that insists knows the documents of format 3 only
    insisting = StoreExpectingTestBuffer if layout.options["zarr_format"] == 3 else MemoryStore
    stores: list[tuple[str, Store, Waiter, BufferPrototype | None]] = [
        ("memory", MemoryStore(), sync, None),
        ("local", LocalStore(root), sync, None),
        ("waiting store", LatencyStore(MemoryStore()), sync, None),
        ("memory, awaited", MemoryStore(), loop, None),
        ("waiting store, awaited", LatencyStore(MemoryStore()), loop, None),
        ("other buffers", insisting(), sync, OTHER_BUFFERS),
        ("other buffers, awaited", LatencyStore(MemoryStore()), loop, OTHER_BUFFERS),
    ]
    engines = [
        Engine(name, make_array(layout, store), wait, prototype) for name, store, wait, prototype in stores
    ]
    # a codec with coroutines only cannot be inside a shard
    if layout.options["zarr_format"] == 3 and not {"codecs", "shards"} & set(layout.options):
        given = layout.options["compressors"]
        codecs = given if isinstance(given, tuple) else (given,)
        options = {**layout.options, "compressors": (*codecs, WaitingCodec())}
        array = make_array(layout, MemoryStore(), options)
        engines.append(Engine("waiting codec", array, sync))
        engines.append(Engine("waiting codec, awaited", make_array(layout, MemoryStore(), options), loop))
    return engines


def make_array(layout: Any, store: Store, options: dict[str, Any] | None = None) -> zarr.Array[Any]:
    """An array of a layout in a store."""
    options = dict(layout.options if options is None else options)
    if "codecs" in options:
        return zarr.create(layout.shape, store=store, dtype=layout.dtype, **options)
    return zarr.create_array(store, shape=layout.shape, dtype=layout.dtype, **options)


def check_same_bytes(engines: list[Engine]) -> None:
    """Every engine has stored the same."""
    first = engines[0].stored()
    for engine in engines[1:]:
        stored = engine.stored()
        assert sorted(stored) == sorted(first), engine.name
        for key, value in first.items():
            assert stored[key] == value, (engine.name, key)
