"""A chain of codecs bound to one shape of chunks: two plain functions. Pure.

What depends on the array alone (byte orders, sizes, contexts) is worked out here, once; per chunk there are
only calls. Decoding is bounded by the size that the metadata promise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from operator import ge
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np

from zarr.abc.codec import ArrayBytesCodec, BaseCodec, BytesBytesCodec, BytesLike, Codec, ManyCoders
from zarr.core.fill import FillCheck, fill_checker
from zarr.errors import ChunkError, PickleCodecDisabledError

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.array_spec import ArraySpec
    from zarr.core.shard.layout import ShardLayout

__all__ = ["CodecChain", "Stack", "bind_chain"]

_LARGE = 1 << 15
"""Bytes of a chunk for which it is worth it to keep memory that it is decoded into."""

_SMALL = 1 << 14
"""Bytes of a chunk of which all is read and decoded at once, even if little of it is wanted."""
_LARGEST_TOGETHER = 1 << 17
"""Bytes of a chunk from which on it costs more to copy than to handle one by one."""
_LARGEST_RUN = 1 << 15
"""The same where it can be decoded in its place."""
_ENOUGH = 64
"""Chunks that are worth it to be coded by one call."""

Wait: TypeAlias = Callable[[Coroutine[Any, Any, Any]], Any]


class CodecChain:
    """A bound chain.

    Attributes
    ----------
    shape, dtype
        Of decoded chunks.
    fill_value
        What elements are that are not stored, as a NumPy scalar or Python object.
    is_fill
        Tells whether a decoded chunk is nothing but the fill value.
    keep_empty
        Whether such chunks are stored all the same.
    encoded_size
        Size in bytes of encoded chunks, where it is fixed.
    shard
        How the chunk is laid out if it is a shard that can be read and written in part.
    stack
        How many chunks are coded by few calls, where they can be.
    is_copy
        Whether the bytes of a chunk are those of its array in memory, in C order.
    decodes_into
        Whether a chunk can be decoded into given memory.
    decodes_parts
        Whether parts of a chunk can.
    nbytes
        Size in bytes of decoded chunks.
    """

    __slots__ = (
        "_decoders", "_encoders", "_into", "_parts", "decodes_into", "decodes_parts", "dtype", "encoded_size",
        "fill_value", "is_copy", "is_fill", "keep_empty", "nbytes", "shape", "shard", "stack",
    )  # fmt: skip

    def __init__(self, codecs: tuple[Codec, ...], spec: ArraySpec, wait: Wait | None = None) -> None:
        self.shape = spec.shape
        self.dtype: np.dtype[Any] = spec.dtype.to_native_dtype()
        self.fill_value = spec.dtype.default_scalar() if spec.fill_value is None else spec.fill_value
        self.is_fill = fill_checker(self.dtype, self.fill_value)
        self.keep_empty = spec.config.write_empty_chunks
        bind_shard = getattr(codecs[0], "bind_shard", None) if len(codecs) == 1 else None
        self.shard: ShardLayout | None = None if bind_shard is None else bind_shard(spec)
        self._decoders: list[tuple[str, Callable[[Any], Any]]] = []
        self._encoders: list[Callable[[Any], Any]] = []
        self.stack: Stack | None = None
        self.is_copy = False
        self._into: Callable[[Any, Any], None] | None = None
        self._parts: Callable[[Any, list[memoryview], int], bool] | None = None
        self.nbytes = self.dtype.itemsize * math.prod(self.shape)
        first, rest = codecs[0], codecs[1:]
        if "_stacks" in vars(type(first)) and all(isinstance(codec, BytesBytesCodec) for codec in rest):
            many = _own(rest[0], "coders_of_many") if rest else None
            coders = None if many is None else many(self.nbytes)
            self.stack = Stack(
                first, spec, self._encoders, self._decoders, self.keep_empty, self.is_fill, coders
            )
            copied = bool(cast("Any", first)._is_copy(spec))
            self.is_copy = copied and not rest
            into = _own(rest[0], "decoder_into") if copied and rest and self.nbytes >= _LARGE else None
            if into is not None:
                self._into = into(spec, self.nbytes)
            parts = _own(rest[0], "decoder_of_parts") if copied and rest else None
            if parts is not None:
                self._parts = parts(spec, self.nbytes)
        self.decodes_into, self.decodes_parts = self._into is not None, self._parts is not None
        size: int | None = None
        for codec in codecs:
            encode, decode = _functions(codec, spec, size, wait)
            self._decoders.insert(0, (codec_name(codec), decode))
            self._encoders.append(encode)
            if isinstance(codec, BytesBytesCodec):
                fixed = codec.is_fixed_size and size is not None
                size = codec.compute_encoded_size(cast("int", size), spec) if fixed else None
            elif isinstance(codec, ArrayBytesCodec):
                size = _encoded_size(codec, spec)
            spec = codec.resolve_metadata(spec)
        self.encoded_size = size

    @property
    def is_small(self) -> bool:
        """Whether chunks can be coded by few calls, and it is worth it, whatever is wanted of each."""
        return self.stack is not None and 0 < self.nbytes <= _SMALL

    def goes_together(self, chunks: int, shape: tuple[int, ...]) -> bool:
        """Whether chunks can be coded by few calls, and it is worth it for a result of this shape from so many."""
        if self.stack is None or not 0 < self.nbytes <= _LARGEST_TOGETHER:
            return False
        if self.nbytes <= _SMALL:
            return True
        most = 2 * math.prod(shape) >= chunks * math.prod(self.shape)
        return most and (self.nbytes <= _LARGEST_RUN or not _is_run(self.shape, shape))

    def decode(self, data: BytesLike) -> npt.NDArray[Any]:
        """The chunk in these bytes; it may be a view of them.

        Raises
        ------
        ChunkError
            If they are not a whole chunk; the message names the codec that found it.
        """
        name = ""
        chunk: Any = data
        try:
            for name, decode in self._decoders:  # noqa: B007 (the errors say where it stopped)
                chunk = decode(chunk)
        except (ChunkError, PickleCodecDisabledError, MemoryError):
            raise
        except Exception as error:
            raise _failed(name, data, error) from error
        if chunk.shape != self.shape:
            raise ChunkError(
                f"codec {name!r}: gave an array of shape {chunk.shape} where {self.shape} was due"
            )
        return chunk  # type: ignore[no-any-return]

    def decode_into(self, data: BytesLike, memory: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
        """``decode`` into memory of ``nbytes``, of which the chunk is a view; only where ``decodes_into``."""
        self._on_bytes(data, lambda piece: cast("Any", self._into)(piece, memory))
        return memory.view(self.dtype).reshape(self.shape)

    def decode_parts(self, data: BytesLike, parts: list[memoryview], start: int) -> bool:
        """Decode the bytes of a chunk's array from ``start`` on into parts, one after the other.

        Only where ``decodes_parts``. False where these bytes can only be decoded whole, or are found to be wrong.
        """
        return bool(self._on_bytes(data, lambda piece: cast("Any", self._parts)(piece, parts, start)))

    def _on_bytes(self, data: BytesLike, decode: Callable[[Any], Any]) -> Any:
        """Call a function in the place of the decoder that gives the bytes of the array."""
        name, piece = "", data
        try:
            for name, undo in self._decoders[:-2]:  # noqa: B007
                piece = undo(piece)
            name = self._decoders[-2][0]
            return decode(piece)
        except (ChunkError, PickleCodecDisabledError, MemoryError):
            raise
        except Exception as error:
            raise _failed(name, data, error) from error

    def encode(self, chunk: npt.NDArray[Any]) -> BytesLike | None:
        """The bytes of a chunk; they may be a view of it. None for one that is not to be stored."""
        if not self.keep_empty and self.is_fill(chunk):
            return None
        data: Any = chunk
        for encode in self._encoders:
            data = encode(data)
            if data is None:
                return None
        return cast("BytesLike", data)

    def full(self) -> npt.NDArray[Any]:
        """A new chunk of the fill value."""
        if self.dtype.kind == "O":
            out = np.empty(self.shape, self.dtype)
            out[...] = self.fill_value
            return out
        return np.full(self.shape, self.fill_value, self.dtype)


def _is_run(chunk: tuple[int, ...], result: tuple[int, ...]) -> bool:
    """Whether a chunk's elements lie side by side in a result."""
    first = next((axis for axis, length in enumerate(chunk) if length > 1), 0)
    return all(map(ge, chunk[first + 1 :], result[first + 1 :]))


def _own(codec: Codec, name: str) -> Callable[..., Any] | None:
    """A method that a codec's class itself has; not one that it inherits, since it may decode in a way of its own."""
    return getattr(codec, name) if name in vars(type(codec)) else None


def _failed(name: str, data: BytesLike, error: Exception) -> ChunkError:
    return ChunkError(f"codec {name!r}, of {len(data)} stored bytes: {str(error) or type(error).__name__}")


class Stack:
    """Many chunks of one shape, as an array with an axis more, coded by few calls.

    For chains of which the first codec makes of the stacked array the bytes of its chunks, one after the other; those
    that follow take each chunk's bytes, or the first of them those of all (``coders``).

    Attributes
    ----------
    nbytes
        Size in bytes of a chunk, after that first codec too.
    """

    __slots__ = (
        "_codec",
        "_coders",
        "_decoders",
        "_encoders",
        "_is_fill",
        "_keep_empty",
        "_made",
        "_spec",
        "nbytes",
    )

    def __init__(
        self,
        codec: Any,
        spec: ArraySpec,
        encoders: list[Callable[[Any], Any]],
        decoders: list[tuple[str, Callable[[Any], Any]]],
        keep_empty: bool,
        is_fill: FillCheck,
        coders: ManyCoders | None,
    ) -> None:
        self._codec, self._spec, self._coders = codec, spec, coders
        self._encoders, self._decoders = encoders, decoders
        self._keep_empty, self._is_fill = keep_empty, is_fill
        self._made: dict[int, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {}
        self.nbytes = spec.dtype.to_native_dtype().itemsize * math.prod(spec.shape)

    def _functions(self, count: int) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
        made = self._made.get(count)
        if made is None:
            spec = replace(self._spec, shape=(count, *self._spec.shape))
            made = self._codec.encoder(spec), self._codec.decoder(spec)
            if len(self._made) < _MOST_COUNTS:
                self._made[count] = made
        return made

    def decode(self, pieces: Sequence[BytesLike]) -> npt.NDArray[Any]:
        """The chunks in these bytes, stacked. Any exception means that one of them is wrong, and not which."""
        coders = self._coders if len(pieces) >= _ENOUGH else None
        for _, decode in self._decoders[: -1 if coders is None else -2]:
            pieces = list(map(decode, pieces))
        if coders is not None:
            joined = coders[1](pieces)
        else:
            if set(map(len, pieces)) != {self.nbytes}:
                raise ChunkError(f"a chunk has not the {self.nbytes} bytes that it should have")
            joined = b"".join(pieces)
        return cast("npt.NDArray[Any]", self._functions(len(pieces))[1](joined))

    def decode_each(
        self, pieces: Sequence[BytesLike], one: Callable[[int], npt.NDArray[Any]]
    ) -> npt.NDArray[Any]:
        """``decode``; where one of them is wrong, what ``one`` makes of each by its number: it tells which."""
        try:
            return self.decode(pieces)
        except MemoryError:
            raise
        except Exception:
            return np.stack([one(i) for i in range(len(pieces))])

    def encode(self, chunks: npt.NDArray[Any]) -> list[BytesLike | None]:
        """The bytes of stacked chunks; None for one that is not to be stored."""
        flat = memoryview(self._functions(len(chunks))[0](chunks))
        size = self.nbytes
        pieces: list[Any] = [flat[i : i + size] for i in range(0, len(chunks) * size, size)]
        if not self._keep_empty:
            for i in self._is_fill.of_stack(chunks):
                pieces[i] = None
        coders = self._coders if len(pieces) >= _ENOUGH else None
        if coders is not None:
            encoded = iter(coders[0]([piece for piece in pieces if piece is not None]))
            pieces = [None if piece is None else next(encoded) for piece in pieces]
        for encode in self._encoders[1 if coders is None else 2 :]:
            pieces = [None if piece is None else encode(piece) for piece in pieces]
        return pieces


_MOST_COUNTS = 16


def _functions(
    codec: Any, spec: ArraySpec, size: int | None, wait: Wait | None
) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Encoding and decoding; ``size`` is what a codec of bytes must decode to."""
    if wait is None or has_functions(codec):
        sizes = (size,) if isinstance(codec, BytesBytesCodec) else ()
        return codec.encoder(spec), codec.decoder(spec, *sizes)
    array, plain = spec.prototype.nd_buffer.from_numpy_array, spec.prototype.buffer.from_bytes
    from_bytes = isinstance(codec, BytesBytesCodec)
    to_array = not isinstance(codec, ArrayBytesCodec | BytesBytesCodec)

    def encode(data: Any) -> Any:
        given = plain(memoryview(data)) if from_bytes else array(data)
        made = wait(codec._encode_single(given, spec))
        return None if made is None else made.as_numpy_array()

    def decode(data: Any) -> Any:
        given = array(data) if to_array else plain(memoryview(data))
        return wait(codec._decode_single(given, spec)).as_numpy_array()

    return encode, decode


def has_functions(codec: Codec) -> bool:
    """Whether a codec's class brings plain functions, whatever it answers for codecs inside of it."""
    return bool(cast("Any", BaseCodec.is_sync).__get__(codec))


def codec_name(codec: Codec) -> str:
    """The name that messages have for a codec."""
    name = getattr(codec, "codec_name", None)
    return name if isinstance(name, str) else type(codec).__name__.removesuffix("Codec").lower()


def _encoded_size(codec: ArrayBytesCodec, spec: ArraySpec) -> int | None:
    dtype = spec.dtype.to_native_dtype()
    if not codec.is_fixed_size or dtype.kind in "OT":
        return None
    return codec.compute_encoded_size(dtype.itemsize * math.prod(spec.shape), spec)


def bind_chain(codecs: Iterable[Codec], spec: ArraySpec, wait: Wait | None = None) -> CodecChain:
    """Bind codecs, in the order of encoding, to the spec of decoded chunks.

    ``wait`` runs a coroutine to its end; it is needed for codecs that have nothing else.
    """
    return CodecChain(tuple(codecs), spec, wait)


def runs_without_waiting(codecs: Iterable[Codec]) -> bool:
    """Whether the work of all codecs is done by plain functions."""
    return all(codec.is_sync for codec in codecs)
