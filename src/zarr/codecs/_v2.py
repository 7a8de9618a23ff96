"""V2Codec: the filters and the compressor of a format 2 array as one codec (array to bytes).

Specification: zarr v2. A chunk is laid out in the array's memory order, goes through the filters and then
the compressor; there is no header.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.abc.codec import ArrayBytesCodec, BytesLike
from zarr.codecs import blosc, gzip, zstd
from zarr.codecs._bounds import check_unsized
from zarr.codecs._objects import object_decoder, object_encoder, pickles, refuse_pickle
from zarr.codecs._v2_numbers import decompress_pcodec, decompress_zfpy
from zarr.codecs._v2_sizes import encoded_size, has_rule, objects_size
from zarr.core import load_module

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.numcodec import Numcodec
    from zarr.core.array_spec import ArraySpec

__all__ = ["V2Codec"]

_MOST_PER_BYTE_OF_LZ4 = 255


@dataclass(frozen=True)
class V2Codec(ArrayBytesCodec):
    """Filters and compressor.

    Parameters
    ----------
    filters
        numcodecs codecs in the order of encoding, or None.
    compressor
        The numcodecs codec that comes last, or None.
    allow_pickle
        Whether a codec that pickles is used; else chunks are refused.
    """

    is_fixed_size = False

    filters: tuple[Numcodec, ...] | None
    compressor: Numcodec | None
    allow_pickle: bool = False

    def compute_encoded_size(self, _input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        raise NotImplementedError("the size of a format 2 chunk is not fixed")

    @property
    def pickles(self) -> bool:
        """Whether one of the codecs pickles."""
        return pickles((*(self.filters or ()), self.compressor))

    def _steps(self, dtype: np.dtype[Any]) -> tuple[Numcodec | None, tuple[Numcodec, ...], Numcodec | None]:
        """The codec that makes bytes of objects, where there are, then filters and compressor."""
        filters, compressor = self.filters or (), self.compressor
        if dtype.kind not in "OT":
            return None, filters, compressor
        if filters:
            return filters[0], filters[1:], compressor
        if compressor is None:
            raise ValueError(f"an array of {dtype} needs an object codec among its filters, as vlen-utf8")
        return compressor, (), None

    def decoder(self, spec: ArraySpec) -> Callable[[BytesLike], npt.NDArray[Any]]:
        if self.pickles and not self.allow_pickle:
            return refuse_pickle
        dtype, shape, order = spec.dtype.to_native_dtype(), spec.shape, spec.order
        object_codec, filters, compressor = self._steps(dtype)
        count = int(np.prod(shape, dtype=object))
        size = dtype.itemsize * count if object_codec is None else objects_size(object_codec, count)
        decoders: list[Callable[[Any], Any]] = []
        if object_codec is not None:
            decoders.append(object_decoder(object_codec, spec))
        for codec in filters:  # in the order of encoding, since each makes so many bytes of so many
            decoders.insert(0, _filter(codec, size))
            size = encoded_size(codec, size)  # which the step before has to give
        decompress = _decompressor(compressor, size)
        clean = spec.dtype._low_bits()

        def decode(data: BytesLike) -> npt.NDArray[Any]:
            chunk: Any = decompress(data)
            for step in decoders:
                chunk = step(chunk)
            array = _as_array(chunk, dtype, shape, order)
            return array if clean is None else clean(array)

        return decode

    def encoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], BytesLike]:
        if self.pickles and not self.allow_pickle:
            return refuse_pickle
        dtype, order = spec.dtype.to_native_dtype(), spec.order
        object_codec, filters, compressor = self._steps(dtype)
        compress = _compressor(compressor)
        encode_objects = None if object_codec is None else object_encoder(object_codec, spec, order)
        shown = None if object_codec is not None else _without_buffer(dtype)

        def encode(data: npt.NDArray[Any]) -> BytesLike:
            chunk: Any = np.asarray(data, dtype, order=order)
            if shown is not None:
                chunk = chunk.view(shown)
            if encode_objects is not None:
                chunk = encode_objects(chunk)
            elif not filters:
                chunk = chunk.ravel(order=order)
            for codec in filters:
                if codec.codec_id == "bitround":  # which forgets the order of what has axes
                    chunk = chunk.ravel(order="A")
                chunk = codec.encode(chunk)
            return _as_bytes(compress(_as_contiguous(chunk)))

        return encode


def _decoding(codec: Any) -> Callable[[Any], Any]:
    # by zarr's own switch alone, which has been asked; numcodecs has another
    return pickle.loads if codec.codec_id == "pickle" else codec.decode


def _as_array(chunk: Any, dtype: np.dtype[Any], shape: tuple[int, ...], order: Any) -> npt.NDArray[Any]:
    """What the last filter gave as a chunk: an array of elements, or their bytes."""
    if dtype.kind in "OT":
        array = np.asarray(chunk).astype(dtype, copy=False)
    else:
        array = chunk if isinstance(chunk, np.ndarray) else np.frombuffer(chunk, "B")
        if array.dtype != dtype:
            array = np.frombuffer(_as_bytes(array), dtype)
    if array.shape == shape:
        return array  # some codecs store the shape, so that there is no order to restore
    count = int(np.prod(shape, dtype=object))
    if array.size != count:
        raise ValueError(f"{array.size} elements of {dtype} where a chunk of shape {shape} has {count}")
    return array.ravel(order="A").reshape(shape, order=order)


def _without_buffer(dtype: np.dtype[Any]) -> np.dtype[Any] | None:
    """As what numcodecs is given elements of data types that packages add; None for those that it knows."""
    if not _is_added(dtype):
        return None
    return np.dtype(f"u{dtype.itemsize}" if dtype.itemsize in (1, 2, 4, 8) else f"V{dtype.itemsize}")


def _is_added(dtype: np.dtype[Any]) -> bool:
    if dtype.fields is not None:
        return any(_is_added(field[0]) for field in dtype.fields.values())
    return dtype.base.isbuiltin == 2


def _as_contiguous(chunk: Any) -> Any:
    if not isinstance(chunk, np.ndarray):
        return chunk
    return np.asfortranarray(chunk) if chunk.flags.f_contiguous else np.ascontiguousarray(chunk)


def _as_bytes(data: Any) -> BytesLike:
    if isinstance(data, np.ndarray):
        return data.ravel(order="A").view(np.uint8)
    return np.frombuffer(data, np.uint8)


_BOUNDED = ("zstd", "blosc", "gzip", "zlib", "bz2", "lzma", "lz4", "pcodec", "zfpy")


def _filter(codec: Any, size: int | None) -> Callable[[Any], Any]:
    """The decoding function of a filter, which may be a compressor too."""
    decode = _decompressor(codec, size)
    if codec.codec_id in _BOUNDED:
        return lambda data: decode(_as_bytes(data))
    return decode if size is None or not has_rule(codec) else _of_size(codec, size, decode)


def _of_size(codec: Any, size: int, decode: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The decoding function, given what comes to so many bytes, and nothing else."""
    encoded = encoded_size(codec, size)

    def checked(data: Any) -> Any:
        given = data.nbytes if isinstance(data, np.ndarray) else memoryview(data).nbytes
        if encoded is None:
            raise ValueError(f"{codec.codec_id} has elements of a size that {size} bytes are no multiple of")
        if given != encoded:
            raise ValueError(f"{given} bytes for {codec.codec_id}, which makes {encoded} of {size}")
        return decode(data)

    return checked


def _decompressor(compressor: Any, size: int | None) -> Callable[[BytesLike], Any]:
    """The decoding function; of common compressors our own, which stops at what must come out."""
    if compressor is None:
        return lambda data: data
    if compressor.codec_id == "zstd":
        return lambda data: zstd.decompress(data, size)
    if compressor.codec_id == "blosc":
        return lambda data: blosc.decompress(data, size)
    if compressor.codec_id == "gzip":
        return lambda data: gzip.decompress(data, size)
    if compressor.codec_id in ("zlib", "bz2", "lzma"):
        new_stream, failure, no_limit = _streams(compressor)
        return lambda data: gzip.decompress_streams(data, size, new_stream, failure, no_limit)
    if compressor.codec_id == "lz4":
        return lambda data: compressor.decode(_checked_lz4(data, size))
    if compressor.codec_id == "pcodec":
        return lambda data: decompress_pcodec(data, size)
    if compressor.codec_id == "zfpy":
        return lambda data: decompress_zfpy(data, size)
    return _decoding(compressor)


def _streams(compressor: Any) -> tuple[Callable[[], Any], type[Exception], int]:
    """What decompresses a stream of a compressor, its error, and its word for output of any size."""
    library: Any = load_module(compressor.codec_id)
    if compressor.codec_id == "zlib":
        return library.decompressobj, library.error, 0
    if compressor.codec_id == "bz2":
        return library.BZ2Decompressor, OSError, -1
    options = {"format": compressor.format, "filters": compressor.filters}
    return partial(library.LZMADecompressor, **options), library.LZMAError, -1


def _checked_lz4(data: BytesLike, size: int | None) -> BytesLike:
    told = int.from_bytes(bytes(memoryview(data)[:4]), "little")
    if size is not None and told != size:
        raise ValueError(f"lz4's header tells of {told} decoded bytes, the chunk has {size}")
    if size is None:
        check_unsized(told)
    if told > _MOST_PER_BYTE_OF_LZ4 * len(data):
        raise ValueError(f"lz4's header tells of {told} decoded bytes, more than {len(data)} bytes can hold")
    return data


def _compressor(compressor: Any) -> Callable[[Any], Any]:
    if compressor is None:
        return lambda data: data
    if compressor.codec_id == "zstd":
        ours = zstd.ZstdCodec(level=compressor.level, checksum=getattr(compressor, "checksum", False))
        encode = ours.encoder(None)  # type: ignore[arg-type]
        return lambda data: encode(_as_bytes(data))
    if compressor.codec_id == "gzip":
        encode = gzip.GzipCodec(level=compressor.level).encoder(None)  # type: ignore[arg-type]
        return lambda data: encode(_as_bytes(data))
    encode_any: Callable[[Any], Any] = compressor.encode
    return encode_any
