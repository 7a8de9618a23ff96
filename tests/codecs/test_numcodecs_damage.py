"""``numcodecs.*`` on bytes that are not what they should be: bounded, named, never wrong data."""

from __future__ import annotations

import bz2
import lzma
import tracemalloc
import zlib
from typing import Any

import numpy as np
import pytest
from codec_chunks import chain_of, encoded

import zarr
from zarr.codecs import BytesCodec, VLenUTF8Codec
from zarr.codecs import numcodecs as nc
from zarr.codecs.numcodecs import _base
from zarr.errors import ChunkError, UnknownCodecError

LITTLE = BytesCodec(endian="little")
CHUNK = np.arange(32, dtype="<i4")
COMPRESSORS = [
    nc.Blosc(), nc.LZ4(), nc.Zstd(), nc.Zlib(), nc.GZip(), nc.BZ2(), nc.LZMA(), nc.LZMA(format=2)
]  # fmt: skip
CHECKSUMS = [nc.CRC32(), nc.CRC32C(), nc.Adler32(), nc.Fletcher32(), nc.JenkinsLookup3()]


def decode(codecs: Any, data: bytes, shape: Any = (32,), dtype: Any = "<i4") -> Any:
    return chain_of(codecs, shape, dtype).decode(data)


@pytest.mark.parametrize("codec", COMPRESSORS)
def test_wrong_sizes_are_errors(codec: Any) -> None:
    for other in (np.arange(31, dtype="<i4"), np.arange(33, dtype="<i4"), np.zeros(10000, "<i4")):
        with pytest.raises(ChunkError, match=codec.codec_name):
            decode([LITTLE, codec], encoded([LITTLE, codec], other))


@pytest.mark.parametrize("codec", [*COMPRESSORS, *CHECKSUMS])
def test_cut_bytes_are_errors(codec: Any) -> None:
    whole = encoded([LITTLE, codec], CHUNK)
    assert (decode([LITTLE, codec], whole) == CHUNK).all()
    for cut in (0, 1, 3, 5, len(whole) // 2, len(whole) - 1):
        with pytest.raises(ChunkError):
            decode([LITTLE, codec], whole[:cut])
    with pytest.raises(ChunkError):
        decode([LITTLE, codec], whole + b"\x01")


@pytest.mark.parametrize("codec", CHECKSUMS)
def test_checksums_find_what_was_changed(codec: Any) -> None:
    damaged = bytearray(encoded([LITTLE, codec], CHUNK))
    damaged[40] ^= 4
    with pytest.raises(ChunkError, match="Stored and computed checksum do not match"):
        decode([LITTLE, codec], bytes(damaged))


BOMB = bytes(50_000_000)
BOMBS = [
    (nc.Zlib(), zlib.compress(BOMB)),
    (nc.BZ2(), bz2.compress(BOMB)),
    (nc.LZMA(), lzma.compress(BOMB, preset=0)),
    (nc.LZ4(), (2**31 - 1).to_bytes(4, "little") + bytes(20)),
]


@pytest.mark.parametrize(("codec", "data"), BOMBS)
def test_bombs_are_not_inflated(codec: Any, data: bytes) -> None:
    chain = chain_of([LITTLE, codec], (32,), "<i4")
    chain.encode(CHUNK)
    tracemalloc.start()
    with pytest.raises(ChunkError, match=r"more than the 128 bytes|the chunk has 128"):
        chain.decode(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_lz4_is_bounded_where_the_size_is_not_known() -> None:
    codecs = [VLenUTF8Codec(), nc.LZ4()]
    text = np.array(["a" * 50, "b"], dtype="T")
    data = encoded(codecs, text)
    assert decode(codecs, data, (2,), "T").tolist() == ["a" * 50, "b"]
    with pytest.raises(ChunkError, match="more than 24 bytes can hold"):
        decode(codecs, (2**32 - 1).to_bytes(4, "little") + bytes(20), (2,), "T")


def test_shuffle_wants_whole_elements() -> None:
    with pytest.raises(ValueError, match="5 bytes are not a multiple of the elementsize 4"):
        encoded([BytesCodec(), nc.Shuffle(elementsize=4)], np.arange(5, dtype="u1"))
    with pytest.raises(ChunkError, match=r"numcodecs\.shuffle.*multiple"):
        decode([VLenUTF8Codec(), nc.Shuffle(elementsize=4)], b"12345", (1,), "T")


def test_packed_bits_that_tell_another_count() -> None:
    with pytest.raises(ChunkError, match=r"numcodecs\.packbits"):
        decode([nc.PackBits(), BytesCodec()], bytes.fromhex("06b180"), (9,), "bool")


@pytest.mark.parametrize(("codec", "extra"), [(nc.PCodec(), "pcodec"), (nc.ZFPY(), "zfpy")])
def test_packages_that_are_missing_are_named(codec: Any, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}")

    array = zarr.create_array({}, shape=4, dtype="f4", serializer=codec)
    _base.library.cache_clear()
    monkeypatch.setattr(_base, "load_module", missing)
    with pytest.raises(UnknownCodecError, match=rf"pip install 'zarr\[{extra}\]'"):
        array[:] = 1
    with pytest.raises(ChunkError, match=rf"codec 'numcodecs.{extra}'.*pip install 'zarr\[{extra}\]'"):
        decode([codec], b"abc", (4,), "f4")
    _base.library.cache_clear()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("nope", "install the Python package that brings it"),
        ("numcodecs.nope", "install the Python package"),
        ("n5_default", "pip install zarr-n5"),
        ("imagecodecs_jpeg", "pip install imagecodecs"),
    ],
)
def test_unknown_codecs_tell_where_they_stand(name: str, hint: str) -> None:
    array = zarr.create_array({}, shape=4, dtype="f4")
    document: Any = array.metadata.to_dict()
    document["codecs"] = [*document["codecs"], {"name": name, "configuration": {}}]
    with pytest.raises(UnknownCodecError, match=rf"zarr\.json: codecs\[2\]: .*codec '{name}'.*{hint}"):
        type(array.metadata).from_dict(document, path="zarr.json")
