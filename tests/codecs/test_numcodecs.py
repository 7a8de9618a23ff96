"""The ``numcodecs.*`` codecs: vectors (section 12 of the facts), numcodecs itself as the oracle, documents."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numcodecs
import numpy as np
import pytest
from codec_chunks import chain_of, decoded, encoded, spec_of, through
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import zarr
from zarr.codecs import BytesCodec, ShardingCodec, TransposeCodec
from zarr.codecs import numcodecs as nc
from zarr.core.dtype import parse_dtype
from zarr.core.metadata.v3 import parse_codec
from zarr.registry import get_codec_class

LITTLE = BytesCodec(endian="little")
FOUR = np.array([1, 2, 3, 4], "<i4")
FOUR_BYTES = FOUR.tobytes().hex()
BOOLS = np.array([1, 0, 1, 1, 0, 0, 0, 1, 1], bool)
PUBLIC = [name for name in nc.__all__ if not name.startswith("_")]

# codecs, chunk, bytes in hex
VECTORS: list[tuple[Any, Any, str]] = [
    ([LITTLE, nc.CRC32()], FOUR, "efd405af" + FOUR_BYTES),
    ([LITTLE, nc.CRC32(location="end")], FOUR, FOUR_BYTES + "efd405af"),
    ([LITTLE, nc.Adler32()], FOUR, "0b006000" + FOUR_BYTES),
    ([LITTLE, nc.CRC32C()], FOUR, FOUR_BYTES + "ee89f972"),
    ([LITTLE, nc.CRC32C(location="start")], FOUR, "ee89f972" + FOUR_BYTES),
    ([LITTLE, nc.Fletcher32()], FOUR, FOUR_BYTES + "000a0028"),
    ([LITTLE, nc.JenkinsLookup3()], FOUR, FOUR_BYTES + "46124966"),
    ([LITTLE, nc.Shuffle(elementsize=4)], FOUR, "01020304" + "00" * 12),
    ([LITTLE, nc.Shuffle()], FOUR, "01020304" + "00" * 12),
    ([LITTLE, nc.Shuffle(elementsize=0)], FOUR, FOUR_BYTES),
    ([BytesCodec(), nc.Shuffle()], np.arange(3, dtype="u1"), "000102"),
    ([nc.PackBits(), BytesCodec()], BOOLS, "07b180"),
    ([nc.PackBits(), BytesCodec()], np.ones((2, 4), bool), "00ff"),
    ([nc.Delta(dtype="<i4"), LITTLE], FOUR, "01000000" * 4),
    ([nc.Delta(astype="i2"), LITTLE], np.array([5, 3, 9], "i8"), "0500 feff 0600"),
    ([nc.Delta(), BytesCodec(endian="big")], np.array([5, 3], ">i2"), "0005 fffe"),
    ([nc.Delta(dtype="i8"), LITTLE], np.array([7, 9], "M8[s]"), "0700000000000000 0200000000000000"),
    ([nc.AsType(encode_dtype="u1"), BytesCodec()], np.array([1.0, 200.0]), "01c8"),
    ([nc.FixedScaleOffset(offset=1, scale=2, astype="u1"), BytesCodec()], np.array([1.0, 1.25, 1.75, 3]), "00000204"),
    ([nc.Quantize(digits=1), LITTLE], np.array([0.1], "f4"), "0000003e"),
    ([nc.BitRound(keepbits=0), LITTLE], np.array([1.9, -1.1], "f4"), "00000040 000080bf"),
]  # fmt: skip


@pytest.mark.parametrize(("codecs", "chunk", "expected"), VECTORS)
def test_vectors(codecs: Any, chunk: Any, expected: str) -> None:
    data = bytes.fromhex(expected)
    assert encoded(codecs, chunk) == data
    out = decoded(codecs, data, chunk.shape, chunk.dtype)
    assert out.shape == chunk.shape
    assert out.dtype == chunk.dtype.newbyteorder("=")


@pytest.mark.parametrize("name", PUBLIC)
def test_every_codec_is_found_by_its_name(name: str) -> None:
    cls = getattr(nc, name)
    assert get_codec_class(cls.codec_name) is cls
    assert issubclass(cls, nc._NumcodecsCodec)


ORACLES = [
    (nc.Blosc(), numcodecs.Blosc(), True),
    (nc.Blosc(cname="zlib", clevel=9, shuffle=2), numcodecs.Blosc("zlib", 9, 2), True),
    (nc.LZ4(), numcodecs.LZ4(), True),
    (nc.LZ4(acceleration=7), numcodecs.LZ4(7), True),
    (nc.Zstd(level=5, checksum=True), numcodecs.Zstd(5, checksum=True), False),
    (nc.Zstd(level=99), numcodecs.Zstd(99), False),
    (nc.Zlib(), numcodecs.Zlib(), True),
    (nc.Zlib(level=-1), numcodecs.Zlib(-1), True),
    (nc.GZip(level=9), numcodecs.GZip(9), False),
    (nc.BZ2(), numcodecs.BZ2(), True),
    (nc.LZMA(), numcodecs.LZMA(), True),
    (nc.LZMA(format=2, preset=1), numcodecs.LZMA(2, preset=1), True),
    (nc.Shuffle(elementsize=3), numcodecs.Shuffle(3), True),
    (nc.Shuffle(elementsize=12), numcodecs.Shuffle(12), True),
    (nc.Shuffle(elementsize=18), numcodecs.Shuffle(18), True),
    (nc.CRC32(), numcodecs.CRC32(), True),
    (nc.Adler32(location="end"), numcodecs.Adler32("end"), True),
    (nc.Fletcher32(), numcodecs.Fletcher32(), True),
    (nc.JenkinsLookup3(initval=7), numcodecs.JenkinsLookup3(7), True),
]


@pytest.mark.parametrize(("ours", "theirs", "same_bytes"), ORACLES, ids=lambda v: str(v)[:40])
@given(data=st.binary(min_size=1, max_size=40))
def test_bytes_as_numcodecs_has_them(ours: Any, theirs: Any, same_bytes: bool, data: bytes) -> None:
    chunk = np.frombuffer(data * 36, "u1")
    mine, other = encoded([BytesCodec(), ours], chunk), bytes(theirs.encode(chunk))
    if same_bytes:
        assert mine == other
    assert bytes(theirs.decode(mine)) == chunk.tobytes()
    assert decoded([BytesCodec(), ours], other, chunk.shape, "u1").tobytes() == chunk.tobytes()


FILTERS = [
    ("i4", nc.Delta(dtype="<i4"), numcodecs.Delta("i4")),
    ("u2", nc.Delta(dtype="u2", astype="i8"), numcodecs.Delta("u2", "i8")),
    ("f8", nc.FixedScaleOffset(offset=3, scale=0.5), numcodecs.FixedScaleOffset(3, 0.5, "f8")),
    ("f4", nc.Quantize(digits=2, astype="f8"), numcodecs.Quantize(2, "f4", "f8")),
    ("f2", nc.Quantize(digits=1), numcodecs.Quantize(1, "f2")),
    ("f4", nc.BitRound(keepbits=7), numcodecs.BitRound(7)),
    ("f8", nc.BitRound(keepbits=52), numcodecs.BitRound(52)),
    ("i4", nc.AsType(encode_dtype="i8"), numcodecs.AsType("i8", "i4")),
    ("bool", nc.PackBits(), numcodecs.PackBits()),
]


@pytest.mark.parametrize(("dtype", "ours", "theirs"), FILTERS, ids=lambda v: str(v)[:40])
@given(data=st.data())
def test_elements_as_numcodecs_has_them(dtype: str, ours: Any, theirs: Any, data: Any) -> None:
    shapes = npst.array_shapes(min_dims=1, max_dims=3, max_side=4)
    finite = {"allow_nan": False, "allow_infinity": False, "min_value": -100, "max_value": 100}
    elements = npst.from_dtype(np.dtype(dtype), **finite) if dtype[0] == "f" else None
    chunk = data.draw(npst.arrays(dtype, shapes, elements=elements))
    expected = np.asarray(theirs.encode(chunk))
    assert encoded([ours, LITTLE], chunk) == expected.tobytes()
    back = np.asarray(theirs.decode(expected)).reshape(-1).view(dtype)
    assert through([ours, LITTLE], chunk).tobytes() == back.tobytes()
    turned = [TransposeCodec(order=tuple(reversed(range(chunk.ndim)))), ours, LITTLE]
    assert encoded(turned, chunk) == np.asarray(theirs.encode(np.ascontiguousarray(chunk.T))).tobytes()
    shape = through(turned, chunk).shape
    assert shape == chunk.shape


# codec, data type, configuration as written
FILLED_IN = [
    (nc.Shuffle(), "f8", {"elementsize": 8}),
    (nc.Shuffle(), "string", {"elementsize": 1}),
    (nc.Delta(astype="i8"), "i4", {"astype": "i8", "dtype": "int32"}),
    (nc.FixedScaleOffset(offset=0, scale=10), ">f4", {"offset": 0, "scale": 10, "dtype": "float32"}),
    (nc.Quantize(digits=2), "f4", {"digits": 2, "dtype": "float32"}),
    (nc.AsType(encode_dtype="f4"), "f8", {"encode_dtype": "f4", "decode_dtype": "float64"}),
    (nc.AsType(encode_dtype=">i2"), "M8[s]", {"encode_dtype": "<i2", "decode_dtype": "datetime64[s]"}),
    (nc.BitRound(keepbits=np.int64(3)), "f4", {"keepbits": 3}),
    (nc.PackBits(), "bool", {}),
    (nc.Zlib(id="zlib"), "i4", {}),
    (nc.ZFPY(mode=4, tolerance=0.5, compression_kwargs={"tolerance": 0.5}), "f4", {"mode": 4, "tolerance": 0.5}),
    (nc.JenkinsLookup3(prefix=None), "i4", {"prefix": None}),
]  # fmt: skip


@pytest.mark.parametrize(("codec", "dtype", "configuration"), FILLED_IN)
def test_documents(codec: Any, dtype: str, configuration: Any) -> None:
    zdtype = parse_dtype(dtype, zarr_format=3)
    fitted = codec.evolve_from_array_spec(spec_of((4,), zdtype))
    written = {"name": codec.codec_name, "configuration": configuration}
    assert fitted.to_dict() == written
    assert parse_codec(written) == fitted
    assert hash(parse_codec(written)) == hash(fitted)
    assert fitted.evolve_from_array_spec(spec_of((4,), zdtype)) == fitted


def test_names_alone_are_read() -> None:
    for form in (
        "numcodecs.zlib",
        {"name": "numcodecs.zlib"},
        {"name": "numcodecs.zlib", "configuration": {}},
    ):
        assert parse_codec(form) == nc.Zlib()
    assert nc.Zlib() != nc.Zlib(level=1)
    assert repr(nc.Delta(dtype="i4")) == "Delta(codec_name='numcodecs.delta', codec_config={'dtype': 'i4'})"
    assert nc.Delta(dtype="i4").codec_config == {"id": "delta", "dtype": "i4"}


REFUSED = [
    (nc.Zlib, {"lvel": 5}, TypeError, "no member 'lvel'; it has \\['level'\\]"),
    (nc.Zlib, {"level": "5"}, TypeError, "level: Expected an integer"),
    (nc.Zlib, {"level": 10}, ValueError, "level: Expected an integer of -1 to 9"),
    (nc.Zlib, {"id": "gzip"}, ValueError, "Codec id does not match zlib. Got: gzip."),
    (nc.BZ2, {"level": 0}, ValueError, "level"),
    (nc.Blosc, {"cname": "zip"}, ValueError, "cname: Expected one of"),
    (nc.LZMA, {"filters": "x"}, TypeError, "filters"),
    (nc.CRC32, {"location": "middle"}, ValueError, "location"),
    (nc.JenkinsLookup3, {"prefix": "ab"}, ValueError, "prefix"),
    (nc.AsType, {}, TypeError, "encode_dtype: .*missing"),
    (nc.AsType, {"encode_dtype": "O"}, ValueError, "encode_dtype: Expected elements of a fixed size"),
    (nc.AsType, {"encode_dtype": "nope"}, TypeError, "encode_dtype: "),
    (nc.FixedScaleOffset, {"offset": "1", "scale": 1}, TypeError, "offset: Expected a number"),
    (nc.BitRound, {"keepbits": -1}, ValueError, "keepbits"),
    (nc.PCodec, {"level": 13}, ValueError, "level"),
    (nc.ZFPY, {"mode": 1}, ValueError, "mode"),
]


@pytest.mark.parametrize(("cls", "configuration", "error", "message"), REFUSED)
def test_refused_configurations(cls: Any, configuration: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        cls(**configuration)
    with pytest.raises(error, match="configuration"):
        parse_codec({"name": cls.codec_name, "configuration": configuration})


UNFIT = [
    (nc.PackBits(), "i4", ValueError, "Packbits filter requires bool dtype"),
    (nc.BitRound(keepbits=3), "i4", TypeError, "floats of 16 to 64 bits"),
    (nc.BitRound(keepbits=24), "f4", ValueError, "configuration.keepbits: Expected an integer of 0 to 23"),
    (nc.Delta(dtype="i2"), "i4", ValueError, "configuration.dtype: int16 is not the data type of the array"),
    (nc.Quantize(digits=2, dtype="f4"), "i4", ValueError, "configuration.dtype"),
]


@pytest.mark.parametrize(("codec", "dtype", "error", "message"), UNFIT)
def test_data_types_that_do_not_fit(codec: Any, dtype: str, error: Any, message: str) -> None:
    with pytest.raises(error, match=rf"codecs\[0\].*{message}"):
        zarr.create_array({}, shape=4, dtype=dtype, filters=[codec])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"filters": numcodecs.Delta("i4")}, nc.Delta(dtype="<i4", astype="<i4")),
        ({"filters": [numcodecs.FixedScaleOffset(1, 2, "i4", "i2")]},
         nc.FixedScaleOffset(scale=2, offset=1, dtype="<i4", astype="<i2")),
        ({"compressors": numcodecs.Zlib(3)}, nc.Zlib(level=3)),
        ({"compressors": [numcodecs.Shuffle(4), numcodecs.LZ4()]}, nc.Shuffle(elementsize=4)),
        ({"compressors": numcodecs.Blosc()}, nc.Blosc(cname="lz4", clevel=5, shuffle=1, blocksize=0)),
    ],
)  # fmt: skip
def test_objects_of_numcodecs_in_format_3(options: Any, expected: Any) -> None:
    array = zarr.create_array({}, data=FOUR, chunks=3, **options)
    assert expected in [c for c in array.metadata.codecs if isinstance(c, nc._NumcodecsCodec)]
    assert zarr.open_array(array.store)[:].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("as_object", [True, False])
def test_in_format_2(as_object: bool) -> None:
    filters: Any = (
        [numcodecs.Delta("<i4"), numcodecs.CRC32()] if as_object else [nc.Delta(dtype="<i4"), nc.CRC32()]
    )
    compressor: Any = numcodecs.BZ2(3) if as_object else nc.BZ2(level=3)
    array = zarr.create_array({}, data=FOUR, chunks=3, zarr_format=2, filters=filters, compressors=compressor)
    document: Any = array.metadata.to_dict()
    assert [f["id"] for f in document["filters"]] == ["delta", "crc32"]
    assert document["compressor"] == {"id": "bz2", "level": 3}
    assert zarr.open_array(array.store)[:].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "codec", [nc.Delta(), nc.FixedScaleOffset(offset=0, scale=1, astype="i2"), nc.AsType(encode_dtype="i8")]
)
@pytest.mark.parametrize("outside", [True, False])
def test_with_shards(codec: Any, outside: bool) -> None:
    data = np.arange(24, dtype="i4").reshape(4, 6)
    data[:2] = 7
    options: Any = {"chunks": (2, 3), "shards": (4, 6)}
    if outside:
        options = {"chunks": (4, 6), "serializer": ShardingCodec(chunk_shape=(2, 3))}
    array = zarr.create_array(
        {}, shape=data.shape, dtype="i4", filters=[codec], fill_value=7, compressors=None, **options
    )
    array[:2] = data[:2]
    array[2:] = data[2:]
    assert (zarr.open_array(array.store)[...] == data).all()
    array[1:3, 2:4] = 5
    data[1:3, 2:4] = 5
    assert (array[...] == data).all()


def test_sizes_are_known_where_they_are_fixed() -> None:
    codecs = (nc.Delta(astype="i8"), LITTLE, nc.Shuffle(), nc.CRC32(), nc.JenkinsLookup3())
    assert chain_of(codecs, (3, 5), "i4").encoded_size == 3 * 5 * 8 + 4 + 4
    spec = spec_of((9,), "bool")
    assert nc.PackBits().compute_encoded_size(9, spec) == 3
    with pytest.raises(NotImplementedError, match=r"numcodecs\.zlib"):
        nc.Zlib().compute_encoded_size(9, spec)


def test_a_codec_of_ones_own() -> None:
    class Base64(nc._NumcodecsBytesBytesCodec):
        codec_name = "numcodecs.base64"

    assert encoded([LITTLE, Base64()], FOUR) == b"AQAAAAIAAAADAAAABAAAAA=="
    assert through([LITTLE, Base64()], FOUR).tolist() == [1, 2, 3, 4]

    class Nameless(nc._NumcodecsBytesBytesCodec):
        codec_name = "base64"

    with pytest.raises(ValueError, match=r"Expected name to start with 'numcodecs\.'"):
        Nameless()
    with pytest.raises(ValueError, match=r"Expected name to start with 'numcodecs\.'"):
        nc.Zlib.from_dict({"name": "zlib", "configuration": {}})


def test_numcodecs_is_loaded_on_first_use() -> None:
    code = (
        "import sys, numpy, zarr\n"
        "import zarr.codecs.numcodecs as nc\n"
        "filters, compressors = [], [nc.Shuffle(), nc.CRC32(), nc.Zstd(), nc.Zlib(), nc.BZ2(), nc.LZMA()]\n"
        "a = zarr.create_array({}, data=numpy.arange(9), compressors=compressors)\n"
        "assert zarr.open_array(a.store)[8] == 8\n"
        "assert 'numcodecs' not in sys.modules\n"
        "nc.Delta(dtype='i4')._codec\n"
        "assert 'numcodecs' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
