"""Parameters of codecs: what is refused, what a document holds, what is filled in for an array."""

from __future__ import annotations

import dataclasses
import pickle
import re
from typing import Any

import numpy as np
import pytest
from codec_chunks import spec_of

from zarr.codecs import (
    BloscCname,
    BloscCodec,
    BloscShuffle,
    BytesCodec,
    Crc32cCodec,
    Endian,
    GzipCodec,
    ShardingCodec,
    ShardingCodecIndexLocation,
    TransposeCodec,
    VLenBytesCodec,
    VLenUTF8Codec,
    ZstdCodec,
)
from zarr.codecs.bytes import has_byte_order

# class, arguments, error, message
REFUSED: list[tuple[Any, dict[str, Any], Any, str]] = [
    *((GzipCodec, {"level": v}, ValueError, rf"^level: .* 0 to 9\. Got {v}") for v in (-1, 10)),
    *((GzipCodec, {"level": v}, TypeError, "^level: Expected an integer") for v in (1.0, "1", None, True)),
    *((ZstdCodec, {"level": v}, ValueError, rf"^level: .*-131072 to 22\. Got {v}") for v in (-131073, 23)),
    (ZstdCodec, {"level": "1"}, TypeError, "^level: Expected an integer"),
    *((ZstdCodec, {"checksum": v}, TypeError, "^checksum: Expected true or false") for v in (1, None, "true")),
    *((BloscCodec, {"clevel": v}, ValueError, "^clevel: .* 0 to 9") for v in (-1, 10)),
    *((BloscCodec, {"typesize": v}, ValueError, "^typesize: .* 1 to 255") for v in (0, 256)),
    (BloscCodec, {"blocksize": -1}, ValueError, "^blocksize: .* of at least 0"),
    (BloscCodec, {"cname": "brotli"}, ValueError, r"^cname: Expected one of \['lz4'.*'brotli'"),
    (BloscCodec, {"shuffle": 1}, ValueError, "^shuffle: Expected one of"),
    (BytesCodec, {"endian": "native"}, ValueError, "^endian: Expected one of .*'native'"),
    (TransposeCodec, {"order": (0, 2)}, ValueError, r"^order: .*permutation of the axes 0 to 1. Got \(0, 2\)"),
    (TransposeCodec, {"order": (0, 0)}, ValueError, "^order: "),
    (TransposeCodec, {"order": (0, -1)}, ValueError, r"^order\[1\]: "),
    (TransposeCodec, {"order": "F"}, TypeError, "^order: Expected an iterable"),
    (TransposeCodec, {"order": 1}, TypeError, "^order: "),
    (TransposeCodec, {"order": (0, 1.0)}, TypeError, r"^order\[1\]: "),
    (ShardingCodec, {"chunk_shape": (1, 0)}, ValueError, r"^chunk_shape\[1\]: .*>= 1"),
    (ShardingCodec, {"chunk_shape": (1, "2")}, TypeError, r"^chunk_shape\[1\]: "),
    (ShardingCodec, {"chunk_shape": None}, TypeError, "^chunk_shape: "),
    (ShardingCodec, {"chunk_shape": 1, "index_location": "middle"}, ValueError, "^index_location: "),
    (ShardingCodec, {"chunk_shape": 1, "subchunk_write_order": "x"}, ValueError, "^subchunk_write_order: "),
    (ShardingCodec, {"chunk_shape": 1, "codecs": [{"name": "nope"}]}, ValueError, r"^codecs\[0\]: .*'nope'"),
    (ShardingCodec, {"chunk_shape": 1, "index_codecs": 3}, TypeError, "^index_codecs: "),
]  # fmt: skip


@pytest.mark.parametrize(("cls", "arguments", "error", "message"), REFUSED)
def test_refused(cls: Any, arguments: dict[str, Any], error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        cls(**arguments)
    with pytest.raises(error, match=message.replace("^", r"^configuration\.")):
        cls.from_dict({"name": NAMES[cls], "configuration": arguments})


NAMES = {
    GzipCodec: "gzip",
    ZstdCodec: "zstd",
    BloscCodec: "blosc",
    BytesCodec: "bytes",
    TransposeCodec: "transpose",
    ShardingCodec: "sharding_indexed",
}

BYTES_LE = {"name": "bytes", "configuration": {"endian": "little"}}

# codec, document
DOCUMENTS: list[tuple[Any, dict[str, Any]]] = [
    (BytesCodec(), BYTES_LE),
    (BytesCodec(endian=Endian.big), {"name": "bytes", "configuration": {"endian": "big"}}),
    (BytesCodec(endian=None), {"name": "bytes"}),
    (Crc32cCodec(), {"name": "crc32c"}),
    (GzipCodec(), {"name": "gzip", "configuration": {"level": 5}}),
    (ZstdCodec(), {"name": "zstd", "configuration": {"level": 0, "checksum": False}}),
    (
        ZstdCodec(level=-131072, checksum=True),
        {"name": "zstd", "configuration": {"level": -131072, "checksum": True}},
    ),
    (
        BloscCodec(typesize=4, cname=BloscCname.lz4, clevel=1, shuffle=BloscShuffle.shuffle, blocksize=9),
        {
            "name": "blosc",
            "configuration": {
                "typesize": 4,
                "cname": "lz4",
                "clevel": 1,
                "shuffle": "shuffle",
                "blocksize": 9,
            },
        },
    ),
    (TransposeCodec(order=[1, 0]), {"name": "transpose", "configuration": {"order": (1, 0)}}),
    (TransposeCodec(order=np.array([0])), {"name": "transpose", "configuration": {"order": (0,)}}),
    (VLenUTF8Codec(), {"name": "vlen-utf8", "configuration": {}}),
    (VLenBytesCodec(), {"name": "vlen-bytes", "configuration": {}}),
    (
        ShardingCodec(
            chunk_shape=2, index_location=ShardingCodecIndexLocation.start, subchunk_write_order="unordered"
        ),
        {
            "name": "sharding_indexed",
            "configuration": {
                "chunk_shape": (2,),
                "codecs": (BYTES_LE,),
                "index_codecs": (BYTES_LE, {"name": "crc32c"}),
                "index_location": "start",
            },
        },
    ),
]


@pytest.mark.parametrize(("codec", "document"), DOCUMENTS, ids=[d["name"] for _, d in DOCUMENTS])
class TestDocuments:
    def test_written(self, codec: Any, document: dict[str, Any]) -> None:
        assert codec.to_dict() == document
        assert list(codec.to_dict().get("configuration", {})) == list(document.get("configuration", {}))

    def test_read(self, codec: Any, document: dict[str, Any]) -> None:
        read = type(codec).from_dict(document)
        assert read.to_dict() == document
        if not isinstance(codec, ShardingCodec):  # its order of writing is in no document
            assert (read, hash(read)) == (codec, hash(codec))

    def test_pickled(self, codec: Any, document: dict[str, Any]) -> None:
        assert pickle.loads(pickle.dumps(codec)) == codec

    def test_another_name(self, codec: Any, document: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="nope"):
            type(codec).from_dict(document | {"name": "nope"})

    def test_unknown_members(self, codec: Any, document: dict[str, Any]) -> None:
        more = {"name": document["name"], "configuration": document.get("configuration", {}) | {"nope": 1}}
        if isinstance(codec, Crc32cCodec):
            assert Crc32cCodec.from_dict(more) == codec  # as Zarr-Python reads it
        else:
            with pytest.raises((TypeError, ValueError), match=r"^configuration: .*nope"):
                type(codec).from_dict(more)


def test_gzip_without_a_level_has_the_default() -> None:
    assert GzipCodec.from_dict({"name": "gzip", "configuration": {}}) == GzipCodec(level=5)


@pytest.mark.parametrize("name", ["gzip", "zstd", "blosc", "transpose", "sharding_indexed"])
def test_a_configuration_is_needed(name: str) -> None:
    cls: Any = next(c for c, n in NAMES.items() if n == name)
    with pytest.raises(ValueError, match="configuration"):
        cls.from_dict({"name": name})


# --- what is filled in


@pytest.mark.parametrize(
    ("dtype", "typesize", "shuffle"),
    [
        ("i1", 1, "bitshuffle"),
        ("i2", 2, "shuffle"),
        ("c16", 16, "shuffle"),
        ("S300", 255, "shuffle"),
        ("S1", 1, "bitshuffle"),
    ],
)
def test_blosc_takes_the_size_of_elements(dtype: str, typesize: int, shuffle: str) -> None:
    fitted = BloscCodec().evolve_from_array_spec(spec_of((2,), dtype))
    assert (fitted.typesize, fitted.shuffle) == (typesize, shuffle)
    assert fitted == BloscCodec(typesize=typesize, shuffle=shuffle)  # type: ignore[arg-type]


def test_a_field_of_blosc_is_replaced() -> None:
    codec = dataclasses.replace(BloscCodec(cname="lz4", typesize=4, shuffle="shuffle"), clevel=9)
    assert codec == BloscCodec(cname="lz4", typesize=4, shuffle="shuffle", clevel=9)
    assert dataclasses.replace(codec) == codec


def test_blosc_keeps_what_is_given() -> None:
    given = BloscCodec(typesize=3, shuffle="noshuffle")
    assert given.evolve_from_array_spec(spec_of((2,), "i8")) == given
    assert BloscCodec(shuffle="noshuffle").evolve_from_array_spec(spec_of((2,), "i8")).typesize == 8
    assert BloscCodec(typesize=1).evolve_from_array_spec(spec_of((2,), "i8")).shuffle == "bitshuffle"


@pytest.mark.parametrize("dtype", ["i1", "u1", "bool", "S3", "V3", [("a", "u1"), ("b", "S2")]])
def test_bytes_drop_their_order_where_there_is_none(dtype: Any) -> None:
    assert BytesCodec(endian="big").evolve_from_array_spec(spec_of((2,), dtype)).endian is None


@pytest.mark.parametrize(
    "dtype", ["i2", "f8", "c8", "U1", "M8[s]", "m8[s]", [("a", "u1"), ("b", [("c", "i2")])]]
)
def test_bytes_need_an_order(dtype: Any) -> None:
    with pytest.raises(ValueError, match="`endian` configuration needs to be specified"):
        BytesCodec(endian=None).evolve_from_array_spec(spec_of((2,), dtype))
    assert BytesCodec(endian="big").evolve_from_array_spec(spec_of((2,), dtype)).endian == "big"


def test_byte_order_of_subarrays() -> None:
    assert has_byte_order(np.dtype(("i2", (3,))))
    assert not has_byte_order(np.dtype(("u1", (3,))))


def test_elements_of_any_length_need_their_codec() -> None:
    with pytest.raises(ValueError, match="vlen-utf8"):
        BytesCodec().evolve_from_array_spec(spec_of((2,), str))
    with pytest.raises(ValueError, match=re.escape("'vlen-utf8' is for elements of any length")):
        VLenUTF8Codec().evolve_from_array_spec(spec_of((2,), "i4"))


@pytest.mark.parametrize("codec", [BytesCodec(), Crc32cCodec(), TransposeCodec(order=(0,))])
def test_sizes_that_are_fixed(codec: Any) -> None:
    assert codec.is_fixed_size
    assert codec.compute_encoded_size(10, spec_of((10,), "u1")) == 10 + 4 * isinstance(codec, Crc32cCodec)


@pytest.mark.parametrize(
    "codec", [GzipCodec(), ZstdCodec(), BloscCodec(), VLenUTF8Codec(), ShardingCodec(chunk_shape=1)]
)
def test_sizes_that_are_not(codec: Any) -> None:
    assert not codec.is_fixed_size
    with pytest.raises(NotImplementedError, match="not fixed"):
        codec.compute_encoded_size(10, spec_of((10,), "u1"))


@pytest.mark.parametrize(("number", "name"), list(enumerate(["noshuffle", "shuffle", "bitshuffle"])))
def test_numbers_of_shuffles(number: int, name: str) -> None:
    assert BloscShuffle.from_int(number) == name


def test_a_number_of_no_shuffle() -> None:
    with pytest.raises(ValueError, match="between 0 and 2"):
        BloscShuffle.from_int(3)


def test_transpose_shapes() -> None:
    codec = TransposeCodec(order=(2, 0, 1))
    assert codec.resolve_metadata(spec_of((2, 3, 4), "u1")).shape == (4, 2, 3)
