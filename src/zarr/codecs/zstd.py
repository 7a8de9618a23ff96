"""zstd (bytes to bytes): Zstandard, RFC 8878. Registered extension of format 3, and the default compressor.

Specification: zarr-extensions, codecs/zstd. Names: ``zstd`` (v3 and v2). Example: {"name": "zstd",
"configuration": {"level": 0, "checksum": false}}. ``checksum`` is always written, since some readers
require it. Contexts are kept per thread: making one costs more than a small chunk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import zstandard
from typing_extensions import Self

from zarr.abc.codec import BytesBytesCodec, BytesLike
from zarr.codecs._parse import configured, parse_flag, parse_whole
from zarr.registry import register_codec

if TYPE_CHECKING:
    from zarr.core.array_spec import ArraySpec
    from zarr.core.common import JSON

__all__ = ["ZstdCodec"]


class _Contexts(threading.local):
    def __init__(self) -> None:
        self.decompressor = zstandard.ZstdDecompressor()
        self.compressors: dict[tuple[int, bool], zstandard.ZstdCompressor] = {}


_contexts = _Contexts()


@dataclass(frozen=True)
class ZstdCodec(BytesBytesCodec):
    """Compression by Zstandard.

    Parameters
    ----------
    level
        -131072 (fastest) to 22 (most); 0 is the library's default.
    checksum
        Add a checksum of the content to each chunk, which is verified when it is read.
    """

    is_fixed_size = False

    level: int = 0
    checksum: bool = False

    def __init__(self, *, level: int = 0, checksum: bool = False) -> None:
        object.__setattr__(self, "level", parse_whole(level, "level", -131072, 22))
        object.__setattr__(self, "checksum", parse_flag(checksum, "checksum"))

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        return configured(cls, data, "zstd")

    def to_dict(self) -> dict[str, JSON]:
        return {"name": "zstd", "configuration": {"level": self.level, "checksum": self.checksum}}

    def compute_encoded_size(self, _input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        raise NotImplementedError("the size of zstd's output is not fixed")

    def decoder(self, spec: ArraySpec, decoded_size: int | None) -> Callable[[BytesLike], BytesLike]:
        return lambda data: decompress(data, decoded_size)

    def encoder(self, spec: ArraySpec) -> Callable[[BytesLike], BytesLike]:
        level, checksum = self.level, self.checksum

        def encode(data: BytesLike) -> bytes:
            compressor = _contexts.compressors.get((level, checksum))
            if compressor is None:
                compressor = zstandard.ZstdCompressor(level=level, write_checksum=checksum)
                _contexts.compressors[level, checksum] = compressor
            return compressor.compress(data)

        return encode


def decompress(data: BytesLike, decoded_size: int | None) -> bytes:
    """Decompress one frame or several; ValueError unless they give ``decoded_size`` bytes.

    Nothing larger than that is allocated, whatever the frame claims.
    """
    try:
        claimed = zstandard.frame_content_size(data)
        if claimed == decoded_size and claimed > 0:
            return _contexts.decompressor.decompress(data, allow_extra_data=False)
        return _decompress_stream(data, decoded_size)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error


def _decompress_stream(data: BytesLike, decoded_size: int | None) -> bytes:
    out = bytearray()
    rest: BytesLike = data
    while len(rest):
        frame = zstandard.ZstdDecompressor().decompressobj()
        source = memoryview(rest).cast("B")
        position = 0
        while position < len(source) and not frame.eof:
            out += frame.decompress(source[position : position + 4096])
            position += 4096
            if decoded_size is not None and len(out) > decoded_size:
                raise ValueError(f"more than the {decoded_size} bytes that the chunk has")
        if not frame.eof:
            raise ValueError(f"the frame ends too early, after {len(out)} bytes")
        rest = frame.unused_data + bytes(source[position:])
    if decoded_size is not None and len(out) != decoded_size:
        raise ValueError(f"{len(out)} bytes where the chunk has {decoded_size}")
    return bytes(out)


register_codec("zstd", ZstdCodec)
