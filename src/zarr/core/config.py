"""The configuration: ``zarr.config``, by default values, files, ``ZARR_*`` variables and ``config.set``.

It is read at the edge, where arrays and groups are opened or created; what lies below gets values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from donfig import Config as DConfig

if TYPE_CHECKING:
    from donfig.config_obj import ConfigSet

__all__ = ["BadConfigError", "Config", "allows_pickle", "config", "parse_indexing_order", "quick_get"]


class BadConfigError(ValueError):
    """A value in the configuration cannot be used."""

    _msg = "bad Config: %r"


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


class Config(DConfig):  # type: ignore[misc]
    """The configuration object; values by dotted names, ``set`` is also a context manager."""

    def reset(self) -> None:
        """Forget everything but defaults, files and environment."""
        self.clear()
        self.refresh()

    def enable_gpu(self) -> ConfigSet:
        """Make arrays be read into GPU memory."""
        return self.set({"buffer": "zarr.buffer.gpu.Buffer", "ndbuffer": "zarr.buffer.gpu.NDBuffer"})


config = Config("zarr", defaults=[DEFAULTS])


def quick_get(section: str, name: str) -> Any:
    """``config.get("section.name")``, for what is asked at every chunk."""
    try:
        return config.config[section][name]
    except (KeyError, TypeError):
        return config.get(f"{section}.{name}", DEFAULTS[section][name])


def allows_pickle() -> bool:
    """Whether stored data may be unpickled, which can run any code: only where a plain true says so."""
    return config.get("array.allow_unsafe_pickle_decode") in (True, 1)


def parse_indexing_order(data: Any) -> Literal["C", "F"]:
    """A memory order."""
    if data in ("C", "F"):
        return cast("Literal['C', 'F']", data)
    raise ValueError(f"Expected one of ('C', 'F'), got {data} instead.")
