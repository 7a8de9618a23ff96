"""blosc (bytes to bytes): shuffling and several compressors. Core of format 3.

Specification: zarr v3, codecs/blosc; bytes are those of c-blosc 1. Names: ``blosc`` (v3 and v2). Example:
{"name": "blosc", "configuration": {"typesize": 4, "cname": "lz4", "clevel": 5, "shuffle": "shuffle",
"blocksize": 0}}. The library's ``snappy`` is not in the wheels of numcodecs.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import numpy as np

from zarr.abc.codec import BytesBytesCodec, BytesLike
from zarr.codecs._bounds import check_unsized
from zarr.codecs._parse import configured, parse_choice, parse_whole
from zarr.core import load_module
from zarr.registry import register_codec

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.array_spec import ArraySpec
    from zarr.core.common import JSON

__all__ = ["BloscCname", "BloscCodec", "BloscShuffle"]

BloscShuffleLiteral: TypeAlias = Literal["noshuffle", "shuffle", "bitshuffle"]
BloscCnameLiteral: TypeAlias = Literal["lz4", "lz4hc", "blosclz", "snappy", "zlib", "zstd"]

_SHUFFLES: tuple[BloscShuffleLiteral, ...] = ("noshuffle", "shuffle", "bitshuffle")
_CNAMES: tuple[BloscCnameLiteral, ...] = ("lz4", "lz4hc", "blosclz", "snappy", "zlib", "zstd")
_HEADER = struct.Struct("<4xIII")


class BloscShuffle:
    """The ways to shuffle, by name."""

    noshuffle: BloscShuffleLiteral = "noshuffle"
    shuffle: BloscShuffleLiteral = "shuffle"
    bitshuffle: BloscShuffleLiteral = "bitshuffle"

    @staticmethod
    def from_int(num: int) -> BloscShuffleLiteral:
        """The name for the number that format 2 has."""
        if num not in (0, 1, 2):
            raise ValueError(f"Value must be between 0 and 2. Got {num}.")
        return _SHUFFLES[num]


class BloscCname:
    """The compressors, by name."""

    lz4: BloscCnameLiteral = "lz4"
    lz4hc: BloscCnameLiteral = "lz4hc"
    blosclz: BloscCnameLiteral = "blosclz"
    zstd: BloscCnameLiteral = "zstd"
    snappy: BloscCnameLiteral = "snappy"
    zlib: BloscCnameLiteral = "zlib"


@dataclass(frozen=True, init=False)
class BloscCodec(BytesBytesCodec):
    """Compression by Blosc.

    Parameters
    ----------
    typesize
        Size in bytes of the elements to shuffle; the array's element size where None.
    cname
        The compressor.
    clevel
        0 (none) to 9 (most).
    shuffle
        How to shuffle; where None, by bits for elements of one byte, else by bytes.
    blocksize
        Size in bytes of the blocks; 0 to choose.
    """

    is_fixed_size = False

    typesize: int
    cname: BloscCnameLiteral
    clevel: int
    shuffle: BloscShuffleLiteral
    blocksize: int
    _left_open: frozenset[str] = field(init=False, compare=False, repr=False)

    def __init__(
        self,
        *,
        typesize: int | None = None,
        cname: BloscCnameLiteral | str = "zstd",
        clevel: int = 5,
        shuffle: BloscShuffleLiteral | str | None = None,
        blocksize: int = 0,
    ) -> None:
        left_open = {n for n, v in (("typesize", typesize), ("shuffle", shuffle)) if v is None}
        put = object.__setattr__
        put(self, "typesize", 1 if typesize is None else parse_whole(typesize, "typesize", 1, 255))
        put(self, "cname", parse_choice(cname, "cname", _CNAMES))
        put(self, "clevel", parse_whole(clevel, "clevel", 0, 9))
        put(self, "shuffle", "bitshuffle" if shuffle is None else parse_choice(shuffle, "shuffle", _SHUFFLES))
        put(self, "blocksize", parse_whole(blocksize, "blocksize", 0, None))
        put(self, "_left_open", frozenset(left_open))

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        return configured(cls, data, "blosc")

    def to_dict(self) -> dict[str, JSON]:
        names = ("typesize", "cname", "clevel", "shuffle", "blocksize")
        return {"name": "blosc", "configuration": {n: getattr(self, n) for n in names}}

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        if not self._left_open:
            return self
        itemsize = min(getattr(array_spec.dtype, "item_size", 1), 255)
        typesize = itemsize if "typesize" in self._left_open else self.typesize
        natural: BloscShuffleLiteral = "bitshuffle" if typesize == 1 else "shuffle"
        shuffle = natural if "shuffle" in self._left_open else self.shuffle
        return type(self)(
            typesize=typesize, cname=self.cname, clevel=self.clevel, shuffle=shuffle, blocksize=self.blocksize
        )

    def compute_encoded_size(self, _input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        raise NotImplementedError("the size of blosc's output is not fixed")

    @property
    def _blosc_codec(self) -> Any:
        """The numcodecs codec that does the same; some packages take it."""
        shuffle = _SHUFFLES.index(self.shuffle)
        return _library().Blosc(self.cname, self.clevel, shuffle, self.blocksize, self.typesize)

    def decoder(self, spec: ArraySpec, decoded_size: int | None) -> Callable[[BytesLike], BytesLike]:
        return lambda data: decompress(data, decoded_size)

    def decoder_into(
        self, spec: ArraySpec, decoded_size: int
    ) -> Callable[[BytesLike, npt.NDArray[np.uint8]], None]:
        return decompress_into

    def encoder(self, spec: ArraySpec) -> Callable[[BytesLike], BytesLike]:
        compress = _library().compress
        options = (
            self.cname.encode(),
            self.clevel,
            _SHUFFLES.index(self.shuffle),
            self.blocksize,
            self.typesize,
        )
        return lambda data: compress(data, *options)


_MOST_PER_BYTE = 1 << 15
"""Of what is inside: a block of Zstandard holds the most, 128 KiB in 4 bytes."""


@cache
def _library() -> Any:
    return load_module("numcodecs.blosc")


def decompress(data: BytesLike, decoded_size: int | None) -> BytesLike:
    """Decompress; ValueError unless the header's sizes are those of the bytes and of ``decoded_size``."""
    size = _decoded_size(data, decoded_size)
    out = np.empty(size, "B")
    decompress_into(data, out)
    return out


def decompress_into(data: BytesLike, out: npt.NDArray[np.uint8]) -> None:
    """Decompress into memory; ValueError unless the header's sizes are those of the bytes and of the memory."""
    _decoded_size(data, out.size)
    try:
        _library().decompress(data, out)
    except RuntimeError as error:
        raise ValueError(str(error)) from error


def _decoded_size(data: BytesLike, decoded_size: int | None) -> int:
    if len(data) < 16:
        raise ValueError(f"{len(data)} bytes are too short for blosc's header of 16")
    size, _, stored = _HEADER.unpack_from(data)
    if stored != len(data):
        raise ValueError(f"blosc's header tells of {stored} bytes, there are {len(data)}")
    if decoded_size is not None and size != decoded_size:
        raise ValueError(f"blosc's header tells of {size} decoded bytes, the chunk has {decoded_size}")
    if decoded_size is None:
        check_unsized(size)
        if size > _MOST_PER_BYTE * len(data):
            raise ValueError(f"blosc's header tells of {size} decoded bytes, more than {len(data)} can hold")
    return int(size)


register_codec("blosc", BloscCodec)
