"""Codecs: between arrays and bytes, and bytes and bytes. Pure computation; one file per codec.

A codec of your own subclasses one of the three classes in ``zarr.abc.codec`` and is made known by
``zarr.registry.register_codec`` or the entry point group ``zarr.codecs``. Each is loaded when it is first used,
by its name here or in a document; see ``zarr.registry``.
"""

from typing import TYPE_CHECKING

from zarr.core import names_of

if TYPE_CHECKING:
    from zarr.codecs import numcodecs as numcodecs
    from zarr.codecs.bitround import BitRoundCodec
    from zarr.codecs.blosc import BloscCname, BloscCodec, BloscShuffle
    from zarr.codecs.bytes import BytesCodec, Endian
    from zarr.codecs.cast_value import CastValue
    from zarr.codecs.crc32c_ import Crc32cCodec
    from zarr.codecs.gzip import GzipCodec
    from zarr.codecs.packbits import PackBitsCodec
    from zarr.codecs.reshape import ReshapeCodec
    from zarr.codecs.scale_offset import ScaleOffset
    from zarr.codecs.sharding import ShardingCodec, ShardingCodecIndexLocation, SubchunkWriteOrder
    from zarr.codecs.transpose import TransposeCodec
    from zarr.codecs.vlen_utf8 import VLenBytesCodec, VLenUTF8Codec
    from zarr.codecs.zstd import ZstdCodec
else:
    __getattr__, __dir__ = names_of(
        __name__,
        {
            "bitround": "BitRoundCodec",
            "blosc": "BloscCname BloscCodec BloscShuffle",
            "bytes": "BytesCodec Endian",
            "cast_value": "CastValue",
            "crc32c_": "Crc32cCodec",
            "gzip": "GzipCodec",
            "numcodecs": "",
            "packbits": "PackBitsCodec",
            "reshape": "ReshapeCodec",
            "scale_offset": "ScaleOffset",
            "sharding": "ShardingCodec ShardingCodecIndexLocation SubchunkWriteOrder",
            "transpose": "TransposeCodec",
            "vlen_utf8": "VLenBytesCodec VLenUTF8Codec",
            "zstd": "ZstdCodec",
        },
    )

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
