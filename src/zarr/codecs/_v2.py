"""V2Codec: the filters and the compressor of a format 2 array as one codec (array to bytes).

Specification: zarr v2. A chunk is laid out in the array's memory order, goes through the filters and then
the compressor; there is no header.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.abc.codec import ArrayBytesCodec, BytesLike
from zarr.codecs import blosc, gzip, zstd

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.numcodec import Numcodec
    from zarr.core.array_spec import ArraySpec

__all__ = ["V2Codec"]


@dataclass(frozen=True)
class V2Codec(ArrayBytesCodec):
    """Filters and compressor.

    Parameters
    ----------
    filters
        numcodecs codecs in the order of encoding, or None.
    compressor
        The numcodecs codec that comes last, or None.
    """

    is_fixed_size = False

    filters: tuple[Numcodec, ...] | None
    compressor: Numcodec | None

    def compute_encoded_size(self, _input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        raise NotImplementedError("the size of a format 2 chunk is not fixed")

    def decoder(self, spec: ArraySpec) -> Callable[[BytesLike], npt.NDArray[Any]]:
        dtype, shape, order = spec.dtype.to_native_dtype(), spec.shape, spec.order
        filters = tuple(reversed(self.filters or ()))
        size = None if filters or dtype.hasobject else dtype.itemsize * int(np.prod(shape, dtype=object))
        decompress = _decompressor(self.compressor, size)

        def decode(data: BytesLike) -> npt.NDArray[Any]:
            chunk: Any = decompress(data)
            for codec in filters:
                chunk = codec.decode(chunk)
            return _as_array(chunk, dtype, shape, order)

        return decode

    def encoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], BytesLike]:
        dtype, order = spec.dtype.to_native_dtype(), spec.order
        filters = self.filters or ()
        compress = _compressor(self.compressor)

        def encode(data: npt.NDArray[Any]) -> BytesLike:
            chunk: Any = np.asarray(data, dtype, order=order)
            if filters:
                for codec in filters:
                    chunk = codec.encode(chunk)
                chunk = _as_contiguous(chunk)
            else:
                chunk = chunk.ravel(order=order)
            return _as_bytes(compress(chunk))

        return encode


def _as_array(
    chunk: Any, dtype: np.dtype[Any], shape: tuple[int, ...], order: Any
) -> npt.NDArray[Any]:
    if dtype.hasobject or dtype.kind == "T":
        array = np.asarray(chunk).astype(dtype, copy=False)
    else:
        flat = chunk if isinstance(chunk, np.ndarray) else np.frombuffer(chunk, "B")
        # a filter may give the elements in their type already, or their bytes
        array = flat.ravel(order="A") if flat.dtype == dtype else np.frombuffer(_as_bytes(flat), dtype)
    count = int(np.prod(shape, dtype=object))
    if array.size != count:
        raise ValueError(f"{array.size} elements of {dtype} where a chunk of shape {shape} has {count}")
    return array.reshape(shape, order=order)


def _as_contiguous(chunk: Any) -> Any:
    if not isinstance(chunk, np.ndarray):
        return chunk
    return np.asfortranarray(chunk) if chunk.flags.f_contiguous else np.ascontiguousarray(chunk)


def _as_bytes(data: Any) -> BytesLike:
    if isinstance(data, np.ndarray):
        return data.ravel(order="A").view(np.uint8)
    return np.frombuffer(data, np.uint8)


def _decompressor(compressor: Any, size: int | None) -> Callable[[BytesLike], Any]:
    """The decoding function; our own, bounded by the size that must come out, for the common compressors."""
    if compressor is None:
        return lambda data: data
    if size is not None:
        if compressor.codec_id == "zstd":
            return lambda data: zstd.decompress(data, size)
        if compressor.codec_id == "blosc":
            return lambda data: blosc.decompress(data, size)
        if compressor.codec_id == "gzip":
            return lambda data: gzip.decompress(data, size)
        if compressor.codec_id == "zlib":
            return lambda data: gzip.decompress(data, size, 15)
    decode: Callable[[BytesLike], Any] = compressor.decode
    return decode


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
