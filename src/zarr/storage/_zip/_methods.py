"""The compression methods of zip archives: stored, deflate, bzip2, LZMA. What comes out has a given limit."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, BadZipFile

__all__ = ["METHODS", "compress", "decompress"]

METHODS = {ZIP_STORED: "stored", ZIP_DEFLATED: "deflate", ZIP_BZIP2: "bzip2", ZIP_LZMA: "LZMA"}

_LZMA_HEADER = 9
_LZMA_DEFAULTS = {"id": lzma.FILTER_LZMA1, "lc": 3, "lp": 0, "pb": 2, "dict_size": 1 << 23}


def compress(method: int, data: memoryview) -> bytes | memoryview:
    """The bytes as they are kept in the archive."""
    if method == ZIP_STORED:
        return data
    if method == ZIP_DEFLATED:
        packer = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -15)
        return packer.compress(data) + packer.flush()
    if method == ZIP_BZIP2:
        return bz2.compress(data)
    parameters = (2 * 5 + 0) * 9 + 3  # pb, lp, lc
    header = bytes((9, 4, 5, 0, parameters)) + (1 << 23).to_bytes(4, "little")
    return header + lzma.compress(data, lzma.FORMAT_RAW, filters=[_LZMA_DEFAULTS])


def decompress(method: int, data: bytes | memoryview, most: int) -> bytes:
    """The first ``most`` bytes, or all if they are fewer; never more, whatever the data claim.

    Raises
    ------
    BadZipFile
        If the data are damaged.
    """
    try:
        return _DECODERS[method](bytes(data), most)
    except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError) as error:
        raise BadZipFile(f"damaged data: {error}") from error


def _inflate(data: bytes, most: int) -> bytes:
    return zlib.decompressobj(-15).decompress(data, most) if most else b""  # 0 is no limit there


def _bunzip2(data: bytes, most: int) -> bytes:
    return bz2.BZ2Decompressor().decompress(data, most)


def _unlzma(data: bytes, most: int) -> bytes:
    parameters, dictionary = data[4], int.from_bytes(data[5:_LZMA_HEADER], "little")
    if data[2:4] != b"\5\0":
        raise ValueError("the properties have another size")
    rest, lc = divmod(parameters, 9)
    pb, lp = divmod(rest, 5)
    # no match reaches further back than the value's start, and no value is 16,384 times as long as its data
    size = max(1 << 12, min(dictionary, most, len(data) << 14))
    chosen = {"id": lzma.FILTER_LZMA1, "lc": lc, "lp": lp, "pb": pb, "dict_size": size}
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chosen]).decompress(data[_LZMA_HEADER:], most)


_DECODERS: dict[int, Callable[[bytes, int], bytes]] = {
    ZIP_STORED: lambda data, most: data[:most],
    ZIP_DEFLATED: _inflate,
    ZIP_BZIP2: _bunzip2,
    ZIP_LZMA: _unlzma,
}
