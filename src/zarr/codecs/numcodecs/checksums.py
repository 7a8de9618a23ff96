"""numcodecs.crc32, crc32c, adler32, fletcher32 and jenkins_lookup3 (bytes to bytes): checksums of the bytes.

No specification but that of numcodecs; names: ``numcodecs.<id>`` (v3), the id (v2). Example:
{"name": "numcodecs.crc32", "configuration": {"location": "start"}}. A checksum has 4 bytes, little endian.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zarr.abc.codec import BytesLike
from zarr.codecs import crc32c_
from zarr.codecs._parse import parse_choice, parse_whole
from zarr.codecs.numcodecs._base import _NumcodecsBytesBytesCodec
from zarr.errors import at
from zarr.registry import register_codec

if TYPE_CHECKING:
    from zarr.core.array_spec import ArraySpec

__all__ = ["CRC32", "CRC32C", "Adler32", "Fletcher32", "JenkinsLookup3"]


class _NumcodecsChecksumCodec(_NumcodecsBytesBytesCodec):
    """A checksum before or behind the bytes, verified when they are read."""

    is_fixed_size = True
    _default_location: ClassVar[str] = "end"

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        return input_byte_length + 4

    def _checksum(self, data: Any) -> int:
        """The checksum that numcodecs puts behind the bytes."""
        return int.from_bytes(bytes(memoryview(self._codec.encode(data))[-4:]), "little")

    def _parts(self) -> tuple[slice, slice]:
        """Where the bytes and where the checksum are."""
        at_start = self.codec_config.get("location", self._default_location) == "start"
        return (slice(4, None), slice(4)) if at_start else (slice(-4), slice(-4, None))

    def decoder(self, spec: ArraySpec, decoded_size: int | None) -> Callable[[BytesLike], BytesLike]:
        body, place = self._parts()

        def decode(data: BytesLike) -> BytesLike:
            view = np.frombuffer(data, "B")
            if len(view) < 4:
                raise ValueError(f"{len(view)} bytes are too short to contain a checksum of 4")
            stored = int.from_bytes(view[place].tobytes(), "little")
            computed = self._checksum(view[body])
            if stored != computed:
                raise ValueError(
                    f"Stored and computed checksum do not match: stored 0x{stored:08x}, computed "
                    f"0x{computed:08x}; the bytes were damaged"
                )
            return view[body]

        return decode

    def encoder(self, spec: ArraySpec) -> Callable[[BytesLike], BytesLike]:
        body, place = self._parts()

        def encode(data: BytesLike) -> BytesLike:
            view = np.frombuffer(data, "B")
            out = np.empty(len(view) + 4, "B")
            out[body] = view
            out[place] = np.frombuffer(self._checksum(view).to_bytes(4, "little"), "B")
            return out

        return encode


def _location(data: object, name: str) -> str:
    return parse_choice(data, name, ("start", "end"))


class CRC32(_NumcodecsChecksumCodec):
    """CRC-32, as zlib has it; in front, unless ``location`` is "end"."""

    codec_name = "numcodecs.crc32"
    _members = {"location": _location}
    _default_location = "start"

    def _checksum(self, data: Any) -> int:
        return zlib.crc32(data)


class Adler32(_NumcodecsChecksumCodec):
    """Adler-32; in front, unless ``location`` is "end"."""

    codec_name = "numcodecs.adler32"
    _members = {"location": _location}
    _default_location = "start"

    def _checksum(self, data: Any) -> int:
        return zlib.adler32(data)


class CRC32C(_NumcodecsChecksumCodec):
    """CRC-32C (Castagnoli); behind, unless ``location`` is "start"."""

    codec_name = "numcodecs.crc32c"
    _members = {"location": _location}

    def _checksum(self, data: Any) -> int:
        return crc32c_.checksum(data)


class Fletcher32(_NumcodecsChecksumCodec):
    """Fletcher's checksum, as HDF5 has it."""

    codec_name = "numcodecs.fletcher32"
    _members = {}


def _no_prefix(data: object, name: str) -> None:
    if data is not None:
        with at(name):
            raise ValueError("a prefix cannot be written to a document, and is not supported")


class JenkinsLookup3(_NumcodecsChecksumCodec):
    """Bob Jenkins' lookup3, as HDF5 has it."""

    codec_name = "numcodecs.jenkins_lookup3"
    _members = {"initval": lambda data, name: parse_whole(data, name, 0, 2**32 - 1), "prefix": _no_prefix}


for _cls in (CRC32, CRC32C, Adler32, Fletcher32, JenkinsLookup3):
    register_codec(_cls.codec_name, _cls, qualname=f"zarr.codecs.numcodecs.{_cls.__name__}")
