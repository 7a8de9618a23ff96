"""Chunks of 64 KiB whose bytes claim gigabytes, or expand to them, for every decoder: read in a process that has little
memory. ``python bombs.py`` prints for each what was raised, and in how many seconds."""

from __future__ import annotations

import bz2
import json
import lzma
import struct
import sys
import time
import warnings
import zlib
from collections.abc import Callable
from typing import Any

import numcodecs
import numcodecs.pcodec
import numcodecs.zfpy
import numpy as np

import zarr
from zarr.codecs import (
    BloscCodec,
    BytesCodec,
    GzipCodec,
    ShardingCodec,
    VLenBytesCodec,
    VLenUTF8Codec,
    ZstdCodec,
)
from zarr.codecs import numcodecs as nc
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore

COUNT = 8192
NUMBERS = np.arange(COUNT, dtype="<f8") % 100
HUGE = 1 << 32
ROOM = 256 << 20
"""Bytes of memory that there are, beyond what a process has that has decoded sound chunks."""
_PIECE = 1 << 20


def _deflated(wbits: int) -> bytes:
    """The same piece over and over, of which the compressor forgets all that was before."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, wbits)
    first = compressor.compress(bytes(_PIECE)) + compressor.flush(zlib.Z_FULL_FLUSH)
    piece = compressor.compress(bytes(_PIECE)) + compressor.flush(zlib.Z_FULL_FLUSH)
    return first + piece * (HUGE // _PIECE)


def _zstd_of_unknown_size() -> bytes:
    head = struct.pack("<IBB", 0xFD2FB528, 0, 0x58)  # no size, a window of 2 MiB
    kind = (1 << 17) << 3 | 1 << 1  # one byte, 128 KiB of it
    block, last = (bits.to_bytes(3, "little") + b"\0" for bits in (kind, kind | 1))
    return head + block * (HUGE >> 17) + last


def _zstd_that_claims() -> bytes:
    return struct.pack("<IBQ", 0xFD2FB528, 0xE0, HUGE) + b"\x01\0\0"


def _blosc() -> bytes:
    return struct.pack("<BBBBIII", 2, 1, 0x21, 8, HUGE - 1, 1 << 16, 16)


def _lz4() -> bytes:
    return (2**31 - 1).to_bytes(4, "little") + bytes(2**24)


def _streams(compress: Callable[[bytes], bytes]) -> bytes:
    return compress(bytes(16 << 20)) * 256


def _pcodec() -> bytes:
    """A file of numbers with the same chunk over and over."""
    codec = numcodecs.pcodec.PCodec()
    data = codec.encode(np.zeros(1 << 18))
    for start in range(5, len(data)):
        twice = data[:start] + 2 * data[start:-1] + data[-1:]
        try:
            if codec.decode(twice).size == 2 << 18:
                return data[:start] + (HUGE >> 21) * data[start:-1] + data[-1:]  # type: ignore[no-any-return]
        except (RuntimeError, ValueError):
            continue
    raise AssertionError("this is not how the format is")


def _zfp() -> bytes:
    data = int.from_bytes(numcodecs.zfpy.ZFPY(mode=4, tolerance=-1).encode(NUMBERS), "little")
    shape = (1 << 48) - 1 << 36
    return (data & ~shape | (HUGE // 8 - 1) << 36).to_bytes(1 << 17, "little")


def _strings(count: int, first: int) -> bytes:
    return struct.pack("<II", count, first) + bytes(4 * COUNT)


Case = tuple[dict[str, Any], bytes]


def cases() -> dict[str, Case]:
    """For each decoder the options of an array, and the bytes of its chunk."""
    of_format_2 = {
        "zlib": (numcodecs.Zlib(), _deflated(15)),
        "gzip": (numcodecs.GZip(), _deflated(31)),
        "zstd": (numcodecs.Zstd(), _zstd_of_unknown_size()),
        "zstd that claims": (numcodecs.Zstd(), _zstd_that_claims()),
        "blosc": (numcodecs.Blosc(), _blosc()),
        "lz4": (numcodecs.LZ4(), _lz4()),
        "bz2": (numcodecs.BZ2(), _streams(bz2.compress)),
        "lzma": (numcodecs.LZMA(), _streams(lambda data: lzma.compress(data, preset=0))),
        "pcodec": (numcodecs.pcodec.PCodec(), _pcodec()),
        "zfpy": (numcodecs.zfpy.ZFPY(mode=4, tolerance=-1), _zfp()),
    }
    of_format_3: dict[str, tuple[dict[str, Any], bytes]] = {
        "gzip": ({"compressors": GzipCodec()}, _deflated(31)),
        "zstd": ({"compressors": ZstdCodec()}, _zstd_of_unknown_size()),
        "zstd that claims": ({"compressors": ZstdCodec()}, _zstd_that_claims()),
        "blosc": ({"compressors": BloscCodec()}, _blosc()),
        "numcodecs.zlib": ({"compressors": nc.Zlib()}, _deflated(15)),
        "numcodecs.bz2": ({"compressors": nc.BZ2()}, of_format_2["bz2"][1]),
        "numcodecs.lzma": ({"compressors": nc.LZMA()}, of_format_2["lzma"][1]),
        "numcodecs.lz4": ({"compressors": nc.LZ4()}, _lz4()),
        "numcodecs.pcodec": ({"serializer": nc.PCodec(), "compressors": None}, of_format_2["pcodec"][1]),
        "numcodecs.zfpy": ({"serializer": nc.ZFPY(mode=4, tolerance=-1), "compressors": None}, _zfp()),
        "none": ({"compressors": None}, bytes(1 << 20)),
    }
    made: dict[str, Case] = {}
    for name, (codec, data) in of_format_2.items():
        options = {"zarr_format": 2, "compressors": codec}
        made[f"v2 {name}"] = options, data
        made[f"v2 filter {name}"] = options | {"filters": [codec], "compressors": None}, data
        made[f"v2 {name} behind delta"] = options | {"filters": [numcodecs.Delta("<f8")]}, data
        if name not in ("pcodec", "zfpy"):  # which compress numbers alone
            text = {"dtype": str, "filters": [numcodecs.VLenUTF8()]}
            made[f"v2 {name} behind strings"] = options | text, data
    for name, (options, data) in of_format_3.items():
        made[f"v3 {name}"] = options, data
        if options["compressors"] is not None:
            made[f"v3 {name} behind strings"] = options | {"dtype": str}, data
    claims = [_strings(2**32 - 1, 4), _strings(COUNT, 2**32 - 1), _strings(COUNT, 2**31 - 1)]
    for number, data in enumerate(claims):
        for codec in (VLenUTF8Codec(), VLenBytesCodec()):
            dtype = str if isinstance(codec, VLenUTF8Codec) else "variable_length_bytes"
            options = {"dtype": dtype, "serializer": codec, "compressors": None}
            made[f"v3 {type(codec).__name__} {number}"] = options, data
        for codec in (numcodecs.VLenUTF8(), numcodecs.VLenBytes()):
            dtype = str if codec.codec_id == "vlen-utf8" else "variable_length_bytes"
            options = {"zarr_format": 2, "dtype": dtype, "filters": [codec], "compressors": None}
            made[f"v2 {codec.codec_id} {number}"] = options, data
    objects: dict[str, Any] = {"zarr_format": 2, "dtype": object, "compressors": None}
    for number, data in enumerate((b"\xdd\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\x91" * 5_000_000)):
        made[f"v2 msgpack2 {number}"] = objects | {"filters": [numcodecs.MsgPack()]}, data
    for number, data in enumerate((b"[" * 5_000_000, b'["|O",[99999999999]]', b'[1,"|O",[1000000,1000000]]')):
        made[f"v2 json2 {number}"] = objects | {"filters": [numcodecs.JSON()]}, data
    entry = struct.pack("<QQ", 0, HUGE)
    codec = ShardingCodec(chunk_shape=(COUNT // 2,), codecs=[BytesCodec()], index_codecs=[BytesCodec()])
    made["v3 a shard's index"] = {"serializer": codec, "compressors": None}, bytes(1 << 16) + 2 * entry
    return made


def _made(options: dict[str, Any]) -> tuple[MemoryStore, str]:
    """A sound array of one chunk that has been read, and the chunk's key."""
    store = MemoryStore()
    options = {"shape": COUNT, "chunks": COUNT, "dtype": "<f8"} | options
    array = zarr.create_array(store, **options)
    array[...] = (
        NUMBERS if options["dtype"] == "<f8" else "abc" if options["dtype"] in (str, object) else b"abc"
    )
    assert array[:].shape == (COUNT,)
    (key,) = [key for key in store._store_dict if key in ("c/0", "0")]
    return store, key


def _limit_memory() -> None:
    if sys.platform == "linux":
        import resource

        with open("/proc/self/statm") as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + ROOM, now + ROOM))


def main() -> None:
    warnings.simplefilter("ignore")
    zarr.config.set({"limits.variable_chunk_bytes": 1 << 26})
    made = [(name, *_made(options), data) for name, (options, data) in cases().items()]
    _limit_memory()
    found = {}
    for name, store, key, data in made:
        store._store_dict[key] = default_buffer_prototype().buffer.from_bytes(data)
        begun = time.monotonic()
        try:
            zarr.open_array(store, mode="r")[...]
            said = "nothing"
        except BaseException as error:
            causes = (error, error.__cause__)
            said = next(
                (type(e).__name__ for e in causes if isinstance(e, MemoryError)), type(error).__name__
            )
            said += f": {error}"
        found[name] = said, round(time.monotonic() - begun, 3)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
