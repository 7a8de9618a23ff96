"""What an array is, without a look at its chunks: the properties that AsyncArray and Array share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
from zarr.core import later
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.core.node import Placed
from zarr.errors import ZarrDeprecationWarning, warn

if TYPE_CHECKING:
    import numpy as np
    from typing_extensions import TypeVar as TypeVarWithDefault

    from zarr.abc.numcodec import Numcodec
    from zarr.core import info as infos
    from zarr.core.array_spec import ArrayConfig
    from zarr.core.chunk_grids import ChunkGrid
    from zarr.core.chunk_io import BoundArray
    from zarr.core.common import MemoryOrder
    from zarr.core.dtype import ZDType
    from zarr.core.info import ArrayInfo
    from zarr.core.metadata import ArrayV2Metadata

    T_ArrayMetadata = TypeVarWithDefault(
        "T_ArrayMetadata", ArrayV2Metadata, ArrayV3Metadata, default=ArrayV3Metadata
    )
else:
    T_ArrayMetadata = TypeVar("T_ArrayMetadata")
    infos = later("zarr.core.info")

__all__ = ["ArrayFacts", "T_ArrayMetadata"]


class ArrayFacts(Placed, Generic[T_ArrayMetadata]):
    """Properties of anything that has an array's metadata, place and configuration."""

    if TYPE_CHECKING:

        @property
        def metadata(self) -> T_ArrayMetadata:
            """What its documents say."""

        @property
        def config(self) -> ArrayConfig:
            """How it behaves at run time."""

        @property
        def _bound(self) -> BoundArray: ...

    # --- what it is

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.metadata.shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape."""
        return self.metadata.shape

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.metadata.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy data type."""
        native: np.dtype[Any] = self.metadata.dtype.to_native_dtype()
        return native

    @property
    def _zdtype(self) -> ZDType[Any, Any]:
        return self.metadata.dtype

    @property
    def nbytes(self) -> int:
        """Size in bytes of all elements, uncompressed, without what items of variable size refer to."""
        return self.size * self.dtype.itemsize

    @property
    def order(self) -> MemoryOrder:
        """Memory order of what reads return."""
        return self.config.order

    @property
    def chunks(self) -> tuple[Any, ...]:
        """Shape of the chunks, of the inner ones where there are shards.

        Of chunks that vary (a rectilinear grid) the lengths within the array, per dimension: ``((3, 2), (4,))``.
        """
        return self.metadata.chunks

    @property
    def shards(self) -> tuple[Any, ...] | None:
        """Shape of the shards, or the lengths per dimension of shards that vary; None where there are none."""
        return self.metadata.shards

    @property
    def read_chunk_sizes(self) -> tuple[tuple[int, ...], ...]:
        """Per dimension the lengths, within the array, of the smallest parts that are read."""
        if self._is_sharded:
            inner = self.metadata.chunks
            return tuple(_pieces(n, c) for n, c in zip(self.shape, inner, strict=True))
        return self._chunk_grid.chunk_sizes

    @property
    def write_chunk_sizes(self) -> tuple[tuple[int, ...], ...]:
        """Per dimension the lengths, within the array, of the parts that are written as a whole."""
        return self._chunk_grid.chunk_sizes

    @property
    def filters(self) -> tuple[Numcodec, ...] | tuple[ArrayArrayCodec, ...]:
        """The codecs before the serializer."""
        if not isinstance(self.metadata, ArrayV3Metadata):
            return self.metadata.filters or ()
        return tuple(c for c in self.metadata.inner_codecs if isinstance(c, ArrayArrayCodec))

    @property
    def serializer(self) -> ArrayBytesCodec | None:
        """The codec that makes bytes of arrays; None for format 2."""
        if not isinstance(self.metadata, ArrayV3Metadata):
            return None
        return next(c for c in self.metadata.inner_codecs if isinstance(c, ArrayBytesCodec))

    @property
    def compressors(self) -> tuple[Numcodec, ...] | tuple[BytesBytesCodec, ...]:
        """The codecs behind the serializer."""
        if not isinstance(self.metadata, ArrayV3Metadata):
            return () if self.metadata.compressor is None else (self.metadata.compressor,)
        return tuple(c for c in self.metadata.inner_codecs if isinstance(c, BytesBytesCodec))

    @property
    def compressor(self) -> Numcodec | None:
        """The compressor of a format 2 array; use ``compressors``."""
        warn("`compressor` is deprecated; use `compressors`.", ZarrDeprecationWarning)
        if not isinstance(self.metadata, ArrayV3Metadata):
            return self.metadata.compressor
        raise TypeError("`compressor` is not available for Zarr format 3 arrays; use `compressors`.")

    @property
    def fill_value(self) -> Any:
        """Value of elements that are not stored."""
        return self.metadata.fill_value

    @property
    def _chunk_grid(self) -> ChunkGrid:
        return self._bound.grid

    @property
    def _is_sharded(self) -> bool:
        return isinstance(self.metadata, ArrayV3Metadata) and self.metadata.sharding_codec is not None

    @property
    def cdata_shape(self) -> tuple[int, ...]:
        """Number of chunks along each dimension, of the inner ones where there are shards."""
        return self._chunk_grid_shape

    @property
    def _chunk_grid_shape(self) -> tuple[int, ...]:
        if not self._is_sharded:
            return self._chunk_grid.grid_shape
        return tuple(-(-n // c) for n, c in zip(self.shape, self.chunks, strict=True))

    @property
    def nchunks(self) -> int:
        """Number of chunks, of the inner ones where there are shards."""
        return math.prod(self._chunk_grid_shape)

    @property
    def info(self) -> ArrayInfo:
        """Facts that need no look at the chunks."""
        return self._info()

    def _info(self, stored: int | None = None, nbytes: int | None = None) -> ArrayInfo:
        regular, sharded = self._chunk_grid.is_regular, self._is_sharded
        return infos.ArrayInfo(
            _zarr_format=self.metadata.zarr_format,
            _data_type=self._zdtype,
            _fill_value=self.metadata.fill_value,
            _shape=self.shape,
            _order=self.order,
            _shard_shape=self.shards if regular or not sharded else infos.VARIABLE,
            _chunk_shape=self.chunks if regular or sharded else infos.VARIABLE,
            _read_only=self.read_only,
            _store_type=type(self.store).__name__,
            _filters=self.filters,
            _serializer=self.serializer,
            _compressors=self.compressors,
            _count_bytes=self.nbytes,
            _count_bytes_stored=nbytes,
            _count_chunks_initialized=None if sharded else stored,
            _count_shards_initialized=stored if sharded else None,
        )


def _pieces(length: int, piece: int) -> tuple[int, ...]:
    full, rest = divmod(length, piece)
    return (piece,) * full + ((rest,) if rest else ())
