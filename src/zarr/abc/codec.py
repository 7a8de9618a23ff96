"""The contracts of codecs and of codec pipelines.

A codec is a frozen piece of metadata and pure computation. Its primitive is a plain function:
``_decode_sync`` and ``_encode_sync`` on buffers, or, for codecs of this package, ``decoder`` and
``encoder``, which bind it to a chunk's spec and give functions of NumPy arrays and bytes. A third
party's codec may have only the coroutines ``_decode_single`` and ``_encode_single``. Whichever a class
has, the others are derived here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Literal,
    Protocol,
    Self,
    TypeAlias,
    TypeVar,
    cast,
    runtime_checkable,
)

import numpy as np

from zarr.abc.buffer import Buffer, NDBuffer
from zarr.abc.metadata import Metadata
from zarr.abc.store import ByteGetter, ByteSetter, Store
from zarr.types import TypedDict

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.array_spec import ArraySpec
    from zarr.core.common import NamedConfig
    from zarr.core.dtype import ZDType
    from zarr.core.indexing import SelectorTuple
    from zarr.core.metadata import ArrayMetadata
    from zarr.core.metadata.v3 import ChunkGridMetadata

__all__ = [
    "ArrayArrayCodec",
    "ArrayBytesCodec",
    "ArrayBytesCodecPartialDecodeMixin",
    "ArrayBytesCodecPartialEncodeMixin",
    "BaseCodec",
    "BytesBytesCodec",
    "Codec",
    "CodecInput",
    "CodecJSON",
    "CodecJSON_V2",
    "CodecJSON_V3",
    "CodecOutput",
    "CodecPipeline",
    "GetResult",
    "SupportsSyncCodec",
]

CodecInput = TypeVar("CodecInput", bound=NDBuffer | Buffer)
CodecOutput = TypeVar("CodecOutput", bound=NDBuffer | Buffer)
TName = TypeVar("TName", bound=str, covariant=True)

BytesLike: TypeAlias = "bytes | bytearray | memoryview | npt.NDArray[np.uint8]"
ManyCoders: TypeAlias = "tuple[Callable[[list[Any]], list[BytesLike]], Callable[[Sequence[Any]], bytes]]"
"""What the functions of a bound codec pass on as bytes: anything with the buffer protocol."""


class CodecJSON_V2(TypedDict, Generic[TName]):
    """A codec in a format 2 document: its id, and its configuration beside it."""

    id: TName


CodecJSON_V3: TypeAlias = "str | NamedConfig[str, Mapping[str, object]]"
CodecJSON: TypeAlias = "str | Mapping[str, object]"


class GetResult(TypedDict):
    """What became of one chunk in a read."""

    status: Literal["present", "missing"]


@runtime_checkable
class SupportsSyncCodec(Protocol):
    """A codec whose work is done by plain functions."""

    def _decode_sync(self, chunk_data: Any, chunk_spec: ArraySpec) -> Any: ...
    def _encode_sync(self, chunk_data: Any, chunk_spec: ArraySpec) -> Any: ...


class BaseCodec(Metadata, ABC, Generic[CodecInput, CodecOutput]):
    """Base class of codecs. Subclass one of its three kinds."""

    is_fixed_size: bool = False

    @abstractmethod
    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        """Encoded size in bytes of an input of the given size; only where it is fixed."""

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        """The spec (shape, data type, fill value) that comes out of encoding."""
        return chunk_spec

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        """The codec with what it leaves open filled in for an array."""
        return self

    def validate(
        self, *, shape: tuple[int, ...], dtype: ZDType[Any, Any], chunk_grid: ChunkGridMetadata
    ) -> None:
        """Raise if the codec cannot serve such an array."""

    # --- one chunk, in the three forms

    @property
    def is_sync(self) -> bool:
        """Whether the codec's work is done by plain functions."""
        return all(
            _is_own(type(self), *names)
            for names in (("_decode_sync", "decoder"), ("_encode_sync", "encoder"))
        )

    @abstractmethod
    def _decode_sync(self, chunk_data: CodecOutput, chunk_spec: ArraySpec) -> CodecInput: ...

    @abstractmethod
    def _encode_sync(self, chunk_data: CodecInput, chunk_spec: ArraySpec) -> CodecOutput | None: ...

    async def _decode_single(self, chunk_data: CodecOutput, chunk_spec: ArraySpec) -> CodecInput:
        return self._decode_sync(chunk_data, chunk_spec)

    async def _encode_single(self, chunk_data: CodecInput, chunk_spec: ArraySpec) -> CodecOutput | None:
        return self._encode_sync(chunk_data, chunk_spec)

    # --- many chunks

    async def decode(
        self, chunks_and_specs: Iterable[tuple[CodecOutput | None, ArraySpec]]
    ) -> Iterable[CodecInput | None]:
        """Decode chunks; None, a missing chunk, stays None."""
        return [None if c is None else await self._decode_single(c, spec) for c, spec in chunks_and_specs]

    async def encode(
        self, chunks_and_specs: Iterable[tuple[CodecInput | None, ArraySpec]]
    ) -> Iterable[CodecOutput | None]:
        """Encode chunks; None, a missing chunk, stays None."""
        return [None if c is None else await self._encode_single(c, spec) for c, spec in chunks_and_specs]


def _is_own(cls: type, *names: str) -> bool:
    """Whether a class has one of these methods from anywhere but this module."""
    return any(getattr(cls, name).__module__ != __name__ for name in names)


class ArrayArrayCodec(BaseCodec[NDBuffer, NDBuffer]):
    """A codec from array to array."""

    def decoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]]:
        """The decoding function for chunks whose decoded spec is ``spec``."""
        nd, decode = spec.prototype.nd_buffer, self._decode_sync
        return lambda data: decode(nd.from_numpy_array(data), spec).as_numpy_array()

    def encoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]]:
        """The encoding function for chunks whose decoded spec is ``spec``."""
        nd, encode = spec.prototype.nd_buffer, self._encode_sync
        return lambda data: cast("NDBuffer", encode(nd.from_numpy_array(data), spec)).as_numpy_array()

    def _decode_sync(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> NDBuffer:
        decode = _bound(self, "decoder", chunk_spec)
        return chunk_spec.prototype.nd_buffer.from_numpy_array(decode(chunk_data.as_numpy_array()))

    def _encode_sync(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> NDBuffer | None:
        encode = _bound(self, "encoder", chunk_spec)
        return chunk_spec.prototype.nd_buffer.from_numpy_array(encode(chunk_data.as_numpy_array()))


class ArrayBytesCodec(BaseCodec[NDBuffer, Buffer]):
    """A codec from array to bytes.

    A class that says ``_stacks = True`` makes of arrays that are stacked the bytes of each, one after the other. It
    tells by ``_is_copy(spec)`` whether these are the bytes that the array has in memory.
    """

    def decoder(self, spec: ArraySpec) -> Callable[[BytesLike], npt.NDArray[Any]]:
        """The decoding function for chunks whose decoded spec is ``spec``."""
        buffer, decode = spec.prototype.buffer, self._decode_sync
        return lambda data: decode(_as_buffer(buffer, data), spec).as_numpy_array()

    def encoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], BytesLike | None]:
        """The encoding function for chunks whose decoded spec is ``spec``; its None is a chunk not to store."""
        nd, encode = spec.prototype.nd_buffer, self._encode_sync

        def encode_array(data: npt.NDArray[Any]) -> BytesLike | None:
            out = encode(nd.from_numpy_array(data), spec)
            return None if out is None else out.as_numpy_array()

        return encode_array

    def _decode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        decode = _bound(self, "decoder", chunk_spec)
        return chunk_spec.prototype.nd_buffer.from_numpy_array(decode(chunk_data.as_numpy_array()))

    def _encode_sync(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer | None:
        encode = _bound(self, "encoder", chunk_spec)
        data = encode(chunk_data.as_numpy_array())
        return None if data is None else _as_buffer(chunk_spec.prototype.buffer, data)


class BytesBytesCodec(BaseCodec[Buffer, Buffer]):
    """A codec from bytes to bytes.

    A class may bring ``decoder_into``, ``decoder_of_parts`` and ``coders_of_many`` besides, which save memory, work
    and calls. They are not inherited: a subclass without them is used by its ``decoder`` and ``encoder``, which may be
    its own.
    """

    def decoder(self, spec: ArraySpec, decoded_size: int | None) -> Callable[[BytesLike], BytesLike]:
        """The decoding function; ``decoded_size`` is what must come out, None where that is not fixed."""
        buffer, decode = spec.prototype.buffer, self._decode_sync
        return lambda data: decode(_as_buffer(buffer, data), spec).as_numpy_array()

    def encoder(self, spec: ArraySpec) -> Callable[[BytesLike], BytesLike]:
        """The encoding function."""
        buffer, encode = spec.prototype.buffer, self._encode_sync
        return lambda data: cast("Buffer", encode(_as_buffer(buffer, data), spec)).as_numpy_array()

    def decoder_into(
        self, spec: ArraySpec, decoded_size: int
    ) -> Callable[[BytesLike, npt.NDArray[np.uint8]], None] | None:
        """A function that decodes into memory of this size, and raises unless it is filled; None for none."""
        return None

    def decoder_of_parts(
        self, spec: ArraySpec, decoded_size: int
    ) -> Callable[[BytesLike, list[memoryview], int], bool] | None:
        """A function that decodes the bytes from one on into several parts of memory, one after the other, without
        those before and behind; None for none. It returns False where it cannot: then all are decoded, which finds
        whatever is wrong."""
        return None

    def coders_of_many(self, nbytes: int) -> ManyCoders | None:
        """Functions that encode pieces of ``nbytes`` each, to one each, and that decode pieces to as many bytes each,
        one after the other; None for none. They must give what ``encoder`` gives, and take what ``decoder`` takes."""
        return None

    def _decode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer:
        decode = _bound(self, "decoder", chunk_spec, None)
        return _as_buffer(chunk_spec.prototype.buffer, decode(chunk_data.as_numpy_array()))

    def _encode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> Buffer | None:
        encode = _bound(self, "encoder", chunk_spec)
        return _as_buffer(chunk_spec.prototype.buffer, encode(chunk_data.as_numpy_array()))


def _bound(codec: Any, name: str, *args: Any) -> Callable[[Any], Any]:
    if not _is_own(type(codec), name):
        raise NotImplementedError(
            f"{type(codec).__name__} has no blocking form; it is used by its coroutines"
        )
    return cast("Callable[[Any], Any]", getattr(codec, name)(*args))


def _as_buffer(cls: type[Buffer], data: BytesLike) -> Buffer:
    return cls.from_bytes(memoryview(data) if isinstance(data, np.ndarray) else data)


Codec: TypeAlias = ArrayArrayCodec | ArrayBytesCodec | BytesBytesCodec


class ArrayBytesCodecPartialDecodeMixin:
    """For codecs that can decode part of a chunk, fetching only that part's bytes."""

    async def _decode_partial_single(
        self, byte_getter: ByteGetter, selection: SelectorTuple, chunk_spec: ArraySpec
    ) -> NDBuffer | None:
        raise NotImplementedError(f"{type(self).__name__} has no _decode_partial_single")

    async def decode_partial(
        self, batch_info: Iterable[tuple[ByteGetter, SelectorTuple, ArraySpec]]
    ) -> Iterable[NDBuffer | None]:
        """Decode the selected part of each chunk."""
        return [await self._decode_partial_single(*info) for info in batch_info]


class ArrayBytesCodecPartialEncodeMixin:
    """For codecs that can change part of a stored chunk."""

    async def _encode_partial_single(
        self, byte_setter: ByteSetter, chunk_array: NDBuffer, selection: SelectorTuple, chunk_spec: ArraySpec
    ) -> None:
        raise NotImplementedError(f"{type(self).__name__} has no _encode_partial_single")

    async def encode_partial(
        self, batch_info: Iterable[tuple[ByteSetter, NDBuffer, SelectorTuple, ArraySpec]]
    ) -> None:
        """Write the selected part of each chunk."""
        for info in batch_info:
            await self._encode_partial_single(*info)


class CodecPipeline(ABC):
    """How the chunks of an array are read and written, decoded and encoded. Others may bring their own."""

    @abstractmethod
    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        """The pipeline with what its codecs leave open filled in for an array."""

    @classmethod
    @abstractmethod
    def from_codecs(cls, codecs: Iterable[Codec]) -> Self:
        """A pipeline of the codecs, in the order of encoding."""

    @classmethod
    def from_array_metadata_and_store(cls, array_metadata: ArrayMetadata, store: Store) -> Self:
        """A pipeline for an array in a store; NotImplementedError to be made of codecs alone."""
        raise NotImplementedError(
            f"'{type(cls).__name__}' does not implement CodecPipeline.from_array_metadata_and_store"
        )

    @property
    @abstractmethod
    def supports_partial_decode(self) -> bool:
        """Whether part of a chunk can be read."""

    @property
    @abstractmethod
    def supports_partial_encode(self) -> bool:
        """Whether part of a chunk can be written."""

    @abstractmethod
    def validate(
        self, *, shape: tuple[int, ...], dtype: ZDType[Any, Any], chunk_grid: ChunkGridMetadata
    ) -> None:
        """Raise if the codecs cannot serve such an array."""

    @abstractmethod
    def compute_encoded_size(self, byte_length: int, array_spec: ArraySpec) -> int:
        """Encoded size in bytes of a chunk; only where it is fixed."""

    @abstractmethod
    async def decode(
        self, chunk_bytes_and_specs: Iterable[tuple[Buffer | None, ArraySpec]]
    ) -> Iterable[NDBuffer | None]:
        """Decode chunks."""

    @abstractmethod
    async def encode(
        self, chunk_arrays_and_specs: Iterable[tuple[NDBuffer | None, ArraySpec]]
    ) -> Iterable[Buffer | None]:
        """Encode chunks."""

    @abstractmethod
    async def read(
        self,
        batch_info: Iterable[tuple[ByteGetter, ArraySpec, SelectorTuple, SelectorTuple, bool]],
        out: NDBuffer,
        drop_axes: tuple[int, ...] = (),
    ) -> tuple[GetResult, ...]:
        """Read, decode and place parts of chunks into ``out``.

        Each item of ``batch_info``: where the chunk's bytes are, its spec, the selection in the chunk, the
        selection in ``out``, and whether it covers the whole chunk.
        """

    @abstractmethod
    async def write(
        self,
        batch_info: Iterable[tuple[ByteSetter, ArraySpec, SelectorTuple, SelectorTuple, bool]],
        value: NDBuffer,
        drop_axes: tuple[int, ...] = (),
    ) -> None:
        """Encode and write parts of chunks out of ``value``; items as in ``read``."""
