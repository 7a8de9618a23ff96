"""The codecs of numcodecs for format 3, named ``numcodecs.*``: what arrays of format 2 have, for those of 3.

Each takes, by keyword, the members of its configuration in format 2. Where format 3 has a codec of its own
(``zstd``, ``blosc``, ``gzip``, ``crc32c`` ...) more readers know that one.
"""

from zarr.codecs.numcodecs._base import (
    _NumcodecsArrayArrayCodec,
    _NumcodecsArrayBytesCodec,
    _NumcodecsBytesBytesCodec,
    _NumcodecsCodec,
)
from zarr.codecs.numcodecs.checksums import CRC32, CRC32C, Adler32, Fletcher32, JenkinsLookup3
from zarr.codecs.numcodecs.compressors import BZ2, LZ4, LZMA, Blosc, GZip, Shuffle, Zlib, Zstd
from zarr.codecs.numcodecs.filters import AsType, BitRound, Delta, FixedScaleOffset, PackBits, Quantize
from zarr.codecs.numcodecs.serializers import ZFPY, PCodec

__all__ = [
    "BZ2",
    "CRC32",
    "CRC32C",
    "LZ4",
    "LZMA",
    "ZFPY",
    "Adler32",
    "AsType",
    "BitRound",
    "Blosc",
    "Delta",
    "FixedScaleOffset",
    "Fletcher32",
    "GZip",
    "JenkinsLookup3",
    "PCodec",
    "PackBits",
    "Quantize",
    "Shuffle",
    "Zlib",
    "Zstd",
    "_NumcodecsArrayArrayCodec",
    "_NumcodecsArrayBytesCodec",
    "_NumcodecsBytesBytesCodec",
    "_NumcodecsCodec",
]
