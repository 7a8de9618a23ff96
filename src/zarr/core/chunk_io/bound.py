"""BoundArray: all that depends on an array alone, worked out once when it is opened.

Here documents of format 2 and 3 meet: what follows sees codecs, a grid and keys, and no format.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from operator import is_
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from zarr.abc.codec import Codec
from zarr.abc.store import Store
from zarr.core import later, run
from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.buffer import cpu
from zarr.core.chunk_grids import ChunkGrid
from zarr.core.chunk_key_encodings import ChunkKeyEncoding, DefaultChunkKeyEncoding, V2ChunkKeyEncoding
from zarr.core.codec_chain import CodecChain, bind_chain, runs_without_waiting
from zarr.core.fill import as_element
from zarr.core.metadata.parsed import is_kept
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.errors import ChunkError, ChunkNotFoundError, at

if TYPE_CHECKING:
    import numpy as np

    from zarr.abc.buffer import BufferPrototype
    from zarr.abc.codec import BytesLike
    from zarr.codecs import _v2 as codecs_v2
    from zarr.codecs._v2 import V2Codec
    from zarr.core.indexing import Indexer
    from zarr.core.metadata import ArrayMetadata
    from zarr.storage._common import StorePath
else:
    codecs_v2 = later("zarr.codecs._v2")

__all__ = ["BoundArray", "bind_array", "codecs_of"]


def codecs_of(metadata: ArrayMetadata, *, allow_pickle: bool = False) -> tuple[Codec, ...]:
    """The chain of codecs of an array of either format."""
    if not isinstance(metadata, ArrayV3Metadata):
        return (codecs_v2.V2Codec(metadata.filters, metadata.compressor, allow_pickle),)
    return metadata.codecs


_NOTHING = nullcontext()
_bound_alike: dict[int, BoundArray] = {}
"""Arrays whose metadata are kept for equal documents, by their codecs; without their stores."""
_MOST_ALIKE = 256
_LARGEST_WRITTEN = 1 << 18
"""Bytes of chunks up to which it is worth it to write several by few calls."""
_LARGEST_COPIED = 1 << 16
"""The same for reads that are one copy in memory otherwise."""


def _parts_of(metadata: ArrayMetadata) -> tuple[Any, ...] | None:
    """What metadata of format 3 say of chunks."""
    if not isinstance(metadata, ArrayV3Metadata):
        return None
    m = metadata
    return m.data_type, m.chunk_grid, m.chunk_key_encoding, m.fill_value, m.codecs


class _Place(NamedTuple):
    """A place as errors begin with it: its text is made when it is needed."""

    store_path: StorePath

    def __str__(self) -> str:
        return f"{self.store_path}:"


class BoundArray:
    """An array, ready to be read and written.

    Attributes
    ----------
    store, path
        Where the chunks are.
    key
        A function that gives the key of a chunk in the store.
    grid
        How the array is cut into chunks (shards).
    config
        Run-time options; its order is that of format 2's documents where they have one.
    pickles
        Whether one of the codecs pickles.
    waits_not
        Whether codecs and store run without waiting, so that chunks are plain calls.
    reads_into
        Whether the store can read values to where they belong.
    """

    def __init__(
        self,
        metadata: ArrayMetadata,
        store_path: StorePath,
        config: ArrayConfig,
        *,
        allow_pickle: bool = False,
    ) -> None:
        self._parts = _parts_of(metadata)
        self.zdtype = metadata.dtype
        self.dtype: np.dtype[Any] = metadata.dtype.to_native_dtype()
        self.config = config
        self.codecs = codecs_of(metadata, allow_pickle=allow_pickle)
        self.pickles = not isinstance(metadata, ArrayV3Metadata) and any(
            cast("V2Codec", codec).pickles for codec in self.codecs
        )
        default = metadata.dtype.default_scalar()
        fill_value = default if metadata.fill_value is None else metadata.fill_value
        self._fill_value = as_element(fill_value) if self.dtype.kind == "O" else fill_value
        self.plain_codecs = runs_without_waiting(self.codecs)
        self._put(metadata, store_path)
        self._chains: dict[tuple[int, ...], CodecChain] = {}
        with at(_Place(store_path)):
            self._one_chain = self.chain_of(self.grid.chunk_shape) if self.grid.is_regular else None

    def _put(self, metadata: ArrayMetadata, store_path: StorePath) -> None:
        """Give it its place and the shape of the array; nothing else of it depends on these."""
        self.store: Store = store_path.store
        self.path = store_path.path
        self.key = _key_encoder(store_path.path, metadata.chunk_key_encoding, len(metadata.shape))
        self.grid = ChunkGrid.from_metadata(metadata)
        self.waits_not = self.plain_codecs and not self.store._suspends and hasattr(self.store, "get_sync")
        self.reads_into = type(self.store)._read_into_sync is not Store._read_into_sync

    def bound_again(
        self, metadata: ArrayMetadata, store_path: StorePath, config: ArrayConfig
    ) -> BoundArray | None:
        """The same for an array that says the same of its chunks, by the very objects; None for others."""
        parts = _parts_of(metadata)
        if self._parts is None or parts is None or self.config is not config or self.pickles:
            return None
        if not all(map(is_, parts, self._parts)):
            return None
        again = object.__new__(type(self))
        again.__dict__.update(self.__dict__)
        again._put(metadata, store_path)
        return again

    def _without_store(self) -> BoundArray:
        without = object.__new__(type(self))
        without.__dict__.update(self.__dict__)
        del without.store
        return without

    @property
    def fill_value(self) -> Any:
        """What elements are that are not stored; objects are wrapped in an array of rank 0, and copied."""
        fill = self._fill_value
        return copy.deepcopy(fill) if self.dtype.kind == "O" else fill

    def reads_together(self, indexer: Indexer) -> bool:
        """Whether it is worth it to read and decode several of the plan's chunks by few calls."""
        chain = self._one_chain
        if chain is None or (chain.is_copy and self.store._is_memory and chain.nbytes > _LARGEST_COPIED):
            return False
        return chain.goes_together(indexer.nchunks, indexer.shape)

    def writes_together(self, *, alike: bool) -> bool:
        """Whether it is worth it to encode and store several chunks, all of them covered, by few calls."""
        chain = self._one_chain
        if chain is None or chain.stack is None:
            return False
        return chain.is_small if alike else 0 < chain.nbytes <= _LARGEST_WRITTEN

    def put(self, key: str, data: BytesLike | None) -> None:
        """Store the bytes of a whole chunk, whatever was there; None deletes it. For stores that do not wait."""
        store: Any = self.store
        with run.key_lock(store._lock_scope, key):
            if data is not None:
                store._put_sync(key, data)
            else:
                with self.exclusion(key):
                    store.delete_sync(key)

    def put_new(self, key: str, data: Any) -> bool:
        """Store the bytes of a chunk unless there is one; False where there is, or where the store cannot tell."""
        store: Any = self.store
        if not (hasattr(store, "exists_sync") and hasattr(store, "set_if_not_exists_sync")):
            return False
        with run.key_lock(store._lock_scope, key):
            if store.exists_sync(key):
                return False
            if data is None:
                return True
            return store.set_if_not_exists_sync(key, cpu.Buffer.from_bytes(data)) is not False

    def exclusion(self, key: str) -> AbstractContextManager[object]:
        """What keeps other processes from changing this chunk."""
        return self.store._exclusion(key) or _NOTHING

    def spec(self, shape: tuple[int, ...], prototype: BufferPrototype = cpu.buffer_prototype) -> ArraySpec:
        """What a chunk of this shape is."""
        return ArraySpec(shape, self.zdtype, self.fill_value, self.config, prototype)

    def chain_of(self, shape: tuple[int, ...]) -> CodecChain:
        """The codecs bound to chunks of a shape."""
        chain = self._chains.get(shape)
        if chain is None:
            chain = self._chains[shape] = bind_chain(self.codecs, self.spec(shape))
        return chain

    def chunk_shape(self, coords: tuple[int, ...]) -> tuple[int, ...]:
        """The stored shape of a chunk."""
        return tuple(dim.chunk_size(i) for dim, i in zip(self.grid.dimensions, coords, strict=True))

    def chain(self, coords: tuple[int, ...]) -> CodecChain:
        """The codecs bound to a chunk's shape."""
        one = self._one_chain
        return self.chain_of(self.chunk_shape(coords)) if one is None else one

    @property
    def is_copy(self) -> bool:
        """Whether the bytes of chunks are those of their arrays in memory."""
        return self._one_chain is not None and self._one_chain.is_copy

    @cached_property
    def coding(self) -> str | None:
        """What chunks are decoded by, for use as a key; None where that cannot be told, or where they hold objects."""
        coding = f"{self.dtype!r} {self.codecs!r}"
        return None if self.dtype.hasobject or " object at 0x" in coding else coding

    @property
    def chunk_nbytes(self) -> int:
        """Size in bytes of a decoded chunk; of the first, where they differ."""
        if self._one_chain is not None:
            return self.dtype.itemsize * math.prod(self._one_chain.shape)
        return self.dtype.itemsize * math.prod(
            dim.chunk_size(0) for dim in self.grid.dimensions if dim.nchunks
        )

    def missing(self, key: str) -> ChunkNotFoundError:
        """The error for a chunk that has to be there."""
        return ChunkNotFoundError(f"{self._array} has no chunk {key!r}; read_missing_chunks is false.")

    def named(self, error: ChunkError, key: str) -> ChunkError:
        """The error of a chunk that says which chunk."""
        return ChunkError(f"{self._array}, chunk {key!r}: {error}")

    @property
    def _array(self) -> str:
        return f"array {'/' + self.path!r} of {self.store}"


def _key_encoder(path: str, encoding: ChunkKeyEncoding, ndim: int) -> Callable[[tuple[int, ...]], str]:
    prefix, encode = f"{path}/" if path else "", encoding.encode_chunk_key
    plain = type(encoding) in (
        DefaultChunkKeyEncoding,
        V2ChunkKeyEncoding,
    )  # no subclass, which may encode otherwise
    if plain and isinstance(encoding, DefaultChunkKeyEncoding | V2ChunkKeyEncoding):
        return (prefix.replace("%", "%%") + encoding.key_format(ndim)).__mod__  # which calls no Python
    return lambda coords: prefix + encode(coords)


def bind_array(
    metadata: Any, store_path: StorePath, config: ArrayConfig, *, allow_pickle: bool = False
) -> BoundArray:
    """Bind an array's metadata to where it is stored."""
    if not is_kept(metadata):
        return BoundArray(metadata, store_path, config, allow_pickle=allow_pickle)
    like = _bound_alike.get(id(metadata.codecs))  # which are not freed as long as they are here
    again = None if like is None else like.bound_again(metadata, store_path, config)
    if again is None:
        again = BoundArray(metadata, store_path, config, allow_pickle=allow_pickle)
        if len(_bound_alike) >= _MOST_ALIKE:
            _bound_alike.clear()
        _bound_alike[id(metadata.codecs)] = again._without_store()
    return again
