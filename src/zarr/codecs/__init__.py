"""Codecs: between arrays and bytes, and bytes and bytes. Pure computation; one file per codec.

A codec of your own subclasses one of the three classes in ``zarr.abc.codec`` and is made known by
``zarr.registry.register_codec`` or the entry point group ``zarr.codecs``. Those that few arrays have are
loaded on first use, ``zarr.codecs.numcodecs`` too.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from zarr.codecs.blosc import BloscCname, BloscCodec, BloscShuffle
from zarr.codecs.bytes import BytesCodec, Endian
from zarr.codecs.crc32c_ import Crc32cCodec
from zarr.codecs.gzip import GzipCodec
from zarr.codecs.sharding import ShardingCodec, ShardingCodecIndexLocation, SubchunkWriteOrder
from zarr.codecs.transpose import TransposeCodec
from zarr.codecs.vlen_utf8 import VLenBytesCodec, VLenUTF8Codec
from zarr.codecs.zstd import ZstdCodec

if TYPE_CHECKING:
    from zarr.codecs import numcodecs as numcodecs
    from zarr.codecs.bitround import BitRoundCodec
    from zarr.codecs.cast_value import CastValue
    from zarr.codecs.packbits import PackBitsCodec
    from zarr.codecs.reshape import ReshapeCodec
    from zarr.codecs.scale_offset import ScaleOffset

__all__ = [
    "BitRoundCodec",
    "BloscCname",
    "BloscCodec",
    "BloscShuffle",
    "BytesCodec",
    "CastValue",
    "Crc32cCodec",
    "Endian",
    "GzipCodec",
    "PackBitsCodec",
    "ReshapeCodec",
    "ScaleOffset",
    "ShardingCodec",
    "ShardingCodecIndexLocation",
    "SubchunkWriteOrder",
    "TransposeCodec",
    "VLenBytesCodec",
    "VLenUTF8Codec",
    "ZstdCodec",
]

_ON_FIRST_USE = {
    "BitRoundCodec": "bitround",
    "CastValue": "cast_value",
    "PackBitsCodec": "packbits",
    "ReshapeCodec": "reshape",
    "ScaleOffset": "scale_offset",
}


def __getattr__(name: str) -> Any:
    if name == "numcodecs":
        return import_module(f"{__name__}.{name}")
    if name in _ON_FIRST_USE:
        return getattr(import_module(f"{__name__}.{_ON_FIRST_USE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
