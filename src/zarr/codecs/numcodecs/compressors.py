"""numcodecs.blosc, lz4, zstd, zlib, gzip, bz2, lzma and shuffle (bytes to bytes): compressors of numcodecs.

No specification but that of numcodecs; names: ``numcodecs.<id>`` (v3), the id (v2). Example:
{"name": "numcodecs.zlib", "configuration": {"level": 1}}. Decoding gives no more bytes than the chunk has.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.abc.codec import BytesLike
from zarr.codecs import blosc, gzip, zstd
from zarr.codecs._bounds import check_unsized
from zarr.codecs._parse import parse_choice, parse_flag, parse_whole
from zarr.codecs.numcodecs._base import _NumcodecsBytesBytesCodec, as_bytes, library
from zarr.errors import at
from zarr.registry import register_codec

if TYPE_CHECKING:
    from typing import Self

    import numpy.typing as npt

    from zarr.core.array_spec import ArraySpec

__all__ = ["BZ2", "LZ4", "LZMA", "Blosc", "GZip", "Shuffle", "Zlib", "Zstd"]

_MOST_PER_BYTE = 255  # of an LZ4 block


def _whole(low: int | None, high: int | None) -> Callable[[object, str], int]:
    return lambda data, name: parse_whole(data, name, low, high)


class Blosc(_NumcodecsBytesBytesCodec):
    """Blosc; elements are taken to be single bytes, unless ``typesize`` says otherwise."""

    codec_name = "numcodecs.blosc"
    _members = {
        "cname": lambda data, name: parse_choice(
            data, name, ("blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd")
        ),
        "clevel": _whole(0, 9),
        "shuffle": _whole(-1, 2),
        "blocksize": _whole(0, None),
        "typesize": lambda data, name: None if data is None else parse_whole(data, name, 1, 255),
    }

    def decoder(self, spec: ArraySpec, decoded_size: int | None) -> Callable[[BytesLike], BytesLike]:
        return lambda data: blosc.decompress(data, decoded_size)


class LZ4(_NumcodecsBytesBytesCodec):
    """LZ4: one block, behind the number of decoded bytes (4 bytes, little endian)."""

    codec_name = "numcodecs.lz4"
    _members = {"acceleration": _whole(None, None)}

    def decoder(self, spec: ArraySpec, decoded_size: int | None) -> Callable[[BytesLike], BytesLike]:
        def decode(data: BytesLike) -> BytesLike:
            view = np.frombuffer(data, "B")
            if len(view) < 4:
                raise ValueError(f"{len(view)} bytes are too short for lz4's header of 4")
            told = int.from_bytes(view[:4].tobytes(), "little")
            if decoded_size is not None and told != decoded_size:
                raise ValueError(f"lz4's header tells of {told} decoded bytes, the chunk has {decoded_size}")
            if decoded_size is None:
                check_unsized(told)
            if told > _MOST_PER_BYTE * len(view):
                raise ValueError(
                    f"lz4's header tells of {told} decoded bytes, more than {len(view)} bytes can hold"
                )
            if not told:
                return b""
            return as_bytes(self._codec.decode(view))

        return decode


class Zstd(_NumcodecsBytesBytesCodec):
    """Zstandard, as the codec ``zstd`` of format 3."""

    codec_name = "numcodecs.zstd"
    _members = {"level": _whole(None, None), "checksum": parse_flag}

    def decoder(self, spec: ArraySpec, decoded_size: int | None) -> Callable[[BytesLike], BytesLike]:
        return lambda data: zstd.decompress(data, decoded_size)

    def encoder(self, spec: ArraySpec) -> Callable[[BytesLike], BytesLike]:
        given: dict[str, Any] = {"level": 0, "checksum": False, **self._configuration}
        level = min(max(given["level"], -131072), 22)  # as the library takes what is out of range
        return zstd.ZstdCodec(level=level, checksum=given["checksum"]).encoder(spec)


class Zlib(_NumcodecsBytesBytesCodec):
    """zlib, RFC 1950."""

    codec_name = "numcodecs.zlib"
    _members = {"level": _whole(-1, 9)}

    def decoder(self, spec: ArraySpec, decoded_size: int | None) -> Callable[[BytesLike], BytesLike]:
        return lambda data: gzip.decompress_streams(data, decoded_size, zlib.decompressobj, zlib.error, 0)

    def encoder(self, spec: ArraySpec) -> Callable[[BytesLike], BytesLike]:
        level: Any = self.codec_config.get("level", 1)
        return lambda data: zlib.compress(data, level)


class GZip(_NumcodecsBytesBytesCodec):
    """gzip, RFC 1952; as the codec ``gzip`` of format 3, without the time."""

    codec_name = "numcodecs.gzip"
    _members = {"level": _whole(0, 9)}

    def decoder(self, spec: ArraySpec, decoded_size: int | None) -> Callable[[BytesLike], BytesLike]:
        return lambda data: gzip.decompress(data, decoded_size)

    def encoder(self, spec: ArraySpec) -> Callable[[BytesLike], BytesLike]:
        level: Any = self.codec_config.get("level", 1)
        return gzip.GzipCodec(level=level).encoder(spec)


class BZ2(_NumcodecsBytesBytesCodec):
    """bzip2."""

    codec_name = "numcodecs.bz2"
    _members = {"level": _whole(1, 9)}

    def decoder(self, spec: ArraySpec, decoded_size: int | None) -> Callable[[BytesLike], BytesLike]:
        return lambda data: gzip.decompress_streams(
            data, decoded_size, library("bz2").BZ2Decompressor, OSError
        )

    def encoder(self, spec: ArraySpec) -> Callable[[BytesLike], BytesLike]:
        level = self.codec_config.get("level", 1)
        return lambda data: library("bz2").compress(data, level)


def _lzma_filters(data: object, name: str) -> Any:
    if data is None or (isinstance(data, list | tuple) and all(isinstance(item, dict) for item in data)):
        return data
    with at(name):
        raise TypeError(f"Expected null or a list of objects. Got {data!r}.")


class LZMA(_NumcodecsBytesBytesCodec):
    """LZMA, in one of the containers of Python's ``lzma``: 1 is xz, 2 lzma, 3 none."""

    codec_name = "numcodecs.lzma"
    _members = {
        "format": _whole(1, 3),
        "check": _whole(-1, 15),
        "preset": lambda data, name: None if data is None else parse_whole(data, name, 0, None),
        "filters": _lzma_filters,
    }

    def _options(self) -> dict[str, Any]:
        return {"format": 1, "check": -1, "preset": None, "filters": None, **self._configuration}

    def decoder(self, spec: ArraySpec, decoded_size: int | None) -> Callable[[BytesLike], BytesLike]:
        options = self._options()
        # the containers name their filters themselves
        chosen = {
            "format": options["format"],
            "filters": options["filters"] if options["format"] == 3 else None,
        }

        def decode(data: BytesLike) -> BytesLike:
            lzma = library("lzma")
            return gzip.decompress_streams(
                data, decoded_size, partial(lzma.LZMADecompressor, **chosen), lzma.LZMAError
            )

        return decode

    def encoder(self, spec: ArraySpec) -> Callable[[BytesLike], BytesLike]:
        options = self._options()
        return lambda data: library("lzma").compress(data, **options)


class Shuffle(_NumcodecsBytesBytesCodec):
    """The first bytes of all elements, then the second bytes and so on.

    ``elementsize`` is that of the array's elements where it is left out, and 1, which changes nothing, where
    these are of any length.
    """

    codec_name = "numcodecs.shuffle"
    _members = {"elementsize": _whole(0, None)}
    is_fixed_size = True

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        if "elementsize" in self.codec_config:
            return self
        dtype = array_spec.dtype.to_native_dtype()
        return self._with(elementsize=1 if dtype.kind in "OT" else dtype.itemsize)

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        return input_byte_length

    @property
    def _elementsize(self) -> int:
        size: Any = self.codec_config.get("elementsize", 4)
        return max(int(size), 1)

    def decoder(self, spec: ArraySpec, decoded_size: int | None) -> Callable[[BytesLike], BytesLike]:
        size = self._elementsize
        return lambda data: _from_planes(_whole_elements(data, size).reshape(size, -1))

    def encoder(self, spec: ArraySpec) -> Callable[[BytesLike], BytesLike]:
        size = self._elementsize
        return lambda data: _whole_elements(data, size).reshape(-1, size).T.reshape(-1)


def _whole_elements(data: BytesLike, size: int) -> npt.NDArray[np.uint8]:
    if len(data) % size:
        raise ValueError(f"{len(data)} bytes are not a multiple of the elementsize {size} to shuffle by")
    return np.frombuffer(data, "B")


def _from_planes(planes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    size, count = planes.shape
    if size > 16:
        return planes.T.reshape(-1)
    out = np.empty((count, size), "B")
    for i in range(size):  # up to five times as fast as NumPy's own copy of a transposed view
        out[:, i] = planes[i]
    return out.reshape(-1)


for _cls in (Blosc, LZ4, Zstd, Zlib, GZip, BZ2, LZMA, Shuffle):
    register_codec(_cls.codec_name, _cls, qualname=f"zarr.codecs.numcodecs.{_cls.__name__}")
