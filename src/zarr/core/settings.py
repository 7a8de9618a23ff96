"""The values of the configuration, as this package reads them: the defaults, or the user's."""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zarr.core.configured import Config

__all__ = ["DEFAULTS", "places", "settings"]

_NUMCODECS = {
    "blosc": "Blosc", "lz4": "LZ4", "zstd": "Zstd", "zlib": "Zlib", "gzip": "GZip", "bz2": "BZ2", "lzma": "LZMA",
    "shuffle": "Shuffle", "delta": "Delta", "bitround": "BitRound", "fixedscaleoffset": "FixedScaleOffset",
    "quantize": "Quantize", "packbits": "PackBits", "astype": "AsType", "crc32": "CRC32", "crc32c": "CRC32C",
    "adler32": "Adler32", "fletcher32": "Fletcher32", "jenkins_lookup3": "JenkinsLookup3", "pcodec": "PCodec",
    "zfpy": "ZFPY",
}  # fmt: skip

DEFAULTS: dict[str, Any] = {
    "default_zarr_format": 3,
    "array": {
        "order": "C",
        "write_empty_chunks": False,
        "read_missing_chunks": True,
        "target_shard_size_bytes": None,
        "rectilinear_chunks": True,
        "sharding_coalesce_max_gap_bytes": 1 << 20,
        "sharding_coalesce_max_bytes": 16 << 20,
        "allow_unsafe_pickle_decode": False,
    },
    "async": {"concurrency": 64, "timeout": None},
    "storage": {"conditional_writes": True, "backend": "auto", "retries": {"attempts": 5, "seconds": 60.0}},
    "threading": {"max_workers": None},
    "chunk_cache": {"max_bytes": 0},
    "local": {"locks": True},
    "limits": {
        "document_bytes": 64 << 20,
        "variable_chunk_bytes": 4 << 30,
        "zip_member_bytes": 4 << 30,
    },
    "json_indent": 2,
    "codec_pipeline": {
        "path": "zarr.core.codec_pipeline.BatchedCodecPipeline",
        "batch_size": 1,
        "max_workers": None,
    },
    "codecs": {
        "blosc": "zarr.codecs.blosc.BloscCodec",
        "gzip": "zarr.codecs.gzip.GzipCodec",
        "zstd": "zarr.codecs.zstd.ZstdCodec",
        "bytes": "zarr.codecs.bytes.BytesCodec",
        "endian": "zarr.codecs.bytes.BytesCodec",
        "crc32c": "zarr.codecs.crc32c_.Crc32cCodec",
        "sharding_indexed": "zarr.codecs.sharding.ShardingCodec",
        "transpose": "zarr.codecs.transpose.TransposeCodec",
        "vlen-utf8": "zarr.codecs.vlen_utf8.VLenUTF8Codec",
        "vlen-bytes": "zarr.codecs.vlen_utf8.VLenBytesCodec",
        "cast_value": "zarr.codecs.cast_value.CastValue",
        "scale_offset": "zarr.codecs.scale_offset.ScaleOffset",
        "packbits": "zarr.codecs.packbits.PackBitsCodec",
        "bitround": "zarr.codecs.bitround.BitRoundCodec",
        "reshape": "zarr.codecs.reshape.ReshapeCodec",
        "numcodecs": {name: f"zarr.codecs.numcodecs.{cls}" for name, cls in _NUMCODECS.items()},
    },
    "buffer": "zarr.buffer.cpu.Buffer",
    "ndbuffer": "zarr.buffer.cpu.NDBuffer",
}


class _Settings:
    """What the configuration says, for this package to read.

    As long as neither a file nor a variable sets anything, and nobody has asked for ``zarr.config``, these are the
    defaults, and donfig is not loaded: with the YAML of its files it takes as long as half of this package.

    Attributes
    ----------
    config
        The values, nested.
    """

    def __init__(self) -> None:
        self.config: Mapping[str, Any] = DEFAULTS
        self.user: Config | None = None

    def follow(self, user: Config) -> None:
        """Read from the user's configuration from now on."""
        self.user, self.config = user, user.config

    def get(self, key: str, *default: Any) -> Any:
        """The value of a dotted name; KeyError where there is none, unless a default is given."""
        if self.user is not None:
            return self.user.get(key, *default)
        value: Any = self.config
        for part in key.split("."):
            if part not in value and default:
                return default[0]
            value = value[part]
        return value

    def unlock(self) -> None:
        """Have a lock that nobody holds: in a forked child."""
        if self.user is not None:
            self.user.config_lock = type(self.user.config_lock)()


def places() -> list[str]:
    """Where files of the configuration may be, the more important ones last; those that donfig would choose."""
    prefixes = dict.fromkeys((sys.prefix, *site.PREFIXES))
    return [
        os.getenv("ZARR_ROOT_CONFIG", "/etc/zarr"),
        *(os.path.join(prefix, "etc", "zarr") for prefix in prefixes),
        os.path.join(os.path.expanduser("~"), ".config", "zarr"),
    ]


settings = _Settings()
