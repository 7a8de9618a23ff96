"""The cases of dtypes.py: documents of arrays, the bytes of their elements and of their fill values. Needs NumPy."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np

SHAPE, CHUNK, WRITTEN = 12, 4, 6
ZSTD = {"name": "zstd", "configuration": {"level": 0, "checksum": False}}


TEXTS = ["a", "", "ü✓", "日本", "abc", "😀"]
LABELS = {"id": "categorize", "labels": ["a", "ü✓", "日本", "abc", "😀"], "astype": "|u1"}


def v3(dtype: Any, fill: Any, codecs: list[Any]) -> dict[str, Any]:
    return {
        "shape": [SHAPE], "data_type": dtype, "fill_value": fill, "codecs": codecs, "attributes": {},
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [CHUNK]}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "zarr_format": 3, "node_type": "array",
    }  # fmt: skip


def v2(dtype: Any, fill: Any, filters: Any = None, compressor: Any = None) -> dict[str, Any]:
    return {
        "shape": [SHAPE], "chunks": [CHUNK], "dtype": dtype, "fill_value": fill, "order": "C",
        "filters": filters, "compressor": compressor, "zarr_format": 2, "dimension_separator": ".",
    }  # fmt: skip


def plain(size: int = 8, endian: str = "little") -> dict[str, Any]:
    return {"name": "bytes", "configuration": {"endian": endian}} if size > 1 else {"name": "bytes"}


def case(name: str, document: dict[str, Any], values: Any, fill: Any) -> dict[str, Any]:
    """Values and fill as bytes of little-endian elements, or as lists of JSON items ("b64:..." are bytes)."""
    one = {"name": name, "document": document}
    return one | {"values": as_json(values), "fill": as_json(fill)}


def as_json(data: Any) -> Any:
    if isinstance(data, bytes):
        return data.hex()
    return ["b64:" + base64.b64encode(x).decode() if isinstance(x, bytes) else x for x in data]


def number_cases() -> Iterator[dict[str, Any]]:
    names = {
        "b1": "bool",
        **{f"{k}{n}": f"{w}{8 * n}" for k, w in (("i", "int"), ("u", "uint")) for n in (1, 2, 4, 8)},
    }
    names |= {"f2": "float16", "f4": "float32", "f8": "float64", "c8": "complex64", "c16": "complex128"}
    for code, name in names.items():
        size, kind = int(code[1:]), code[0]
        raw = (
            bytes((i * 37 + 11) % 120 for i in range(WRITTEN * size))
            if kind != "b"
            else bytes([1, 0, 1, 1, 0, 1])
        )
        values = np.frombuffer(raw, "<" + code)
        if kind in "fc":
            part = "f" + str(size if kind == "f" else size // 2)
            values = np.array([1.5, -0.0, np.inf, -np.inf, 0.1, 2] * (2 if kind == "c" else 1), "<" + part)
            values = values.view("<" + code)
        fills = {
            "f": [0.0, 1.5, "NaN", "-Infinity", -0.0],
            "c": [[0.0, 0.0], [1.5, "NaN"]],
            "b": [True, False],
        }
        for fill in fills.get(kind, [0, int(np.iinfo(code).max) if kind in "iu" else 0]):
            parts = (
                [float(x) for x in (fill if isinstance(fill, list) else [fill])] if kind in "fc" else [fill]
            )
            raw = np.array(parts, "<" + (code if kind != "c" else f"f{size // 2}")).tobytes()
            yield case(f"v3 {name} fill {fill}", v3(name, fill, [plain(size)]), values.tobytes(), raw)
            yield case(f"v2 {name} fill {fill}", v2(values.dtype.str, fill), values.tobytes(), raw)
        if size > 1:
            zero = bytes(size)
            yield case(
                f"v3 {name} big",
                v3(name, fills.get(kind, [0])[0], [plain(size, "big")]),
                values.tobytes(),
                zero,
            )
            yield case(f"v2 {name} big", v2(">" + code, fills.get(kind, [0])[0]), values.tobytes(), zero)
        if kind == "f":
            bits = {2: "7e01", 4: "ffc00123", 8: "fff8000000000123"}[size]
            yield case(
                f"v3 {name} fill NaN payload",
                v3(name, "0x" + bits, [plain(size)]),
                values.tobytes(),
                bytes.fromhex(bits)[::-1],
            )
        yield case(f"v2 {name} fill null", v2(values.dtype.str, None), values.tobytes(), bytes(size))


def small_cases() -> Iterator[dict[str, Any]]:
    names = "float8_e3m4 float8_e4m3 float8_e4m3fn float8_e4m3b11fnuz float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz " \
        "float8_e8m0fnu float6_e2m3fn float6_e3m2fn float4_e2m1fn int2 int4 uint2 uint4"  # fmt: skip
    bits = {"float6": 63, "float4": 15, "int2": 3, "int4": 15, "uint2": 3, "uint4": 15}
    for name in names.split():
        mask = bits.get(name.partition("_")[0], 255)
        values = bytes((i * 37 + 9) & mask for i in range(WRITTEN))
        zero = (
            "0x00"
            if name.startswith("float") and "e8m0" not in name
            else 1.0
            if name.startswith("float")
            else 0
        )
        raw = bytes([127]) if "e8m0" in name else b"\0"
        yield case(f"v3 {name}", v3(name, 0.0 if zero == "0x00" else zero, [plain(1)]), values, raw)
        if zero == "0x00":
            yield case(f"v3 {name} fill 1", v3(name, 1.0, [plain(1)]), values, bytes([ONE[name]]))
        if mask < 255:
            yield case(
                f"v3 {name} upper bits",
                v3(name, 0, [plain(1)]),
                bytes(v | (255 - mask) for v in values),
                b"\0",
            )
            continue
        if name != "float8_e4m3fn":  # which is no registered name
            yield case(
                f"v3 complex_{name}",
                v3(f"complex_{name}", [zero, zero] if zero != 0 else [0, 0], [plain(1)]),
                values * 2,
                raw * 2,
            )
        yield case(f"v2 {name}", v2(name, 0.0 if zero == "0x00" else zero), values, raw)
    half = bytes.fromhex("003c00c0007c01002035403f")
    for endian in ("little", "big"):
        yield case(f"v3 bfloat16 {endian}", v3("bfloat16", 1.5, [plain(2, endian)]), half, b"\xc0\x3f")
        for name in ("complex_float16", "complex_bfloat16"):
            yield case(f"v3 {name} {endian}", v3(name, [0.0, 0.0], [plain(2, endian)]), half * 2, bytes(4))
    yield case("v2 bfloat16", v2("bfloat16", 1.5), half, b"\xc0\x3f")


ONE = {
    "float8_e3m4": 0x30, "float8_e4m3": 0x38, "float8_e4m3fn": 0x38, "float8_e4m3b11fnuz": 0x58,
    "float8_e4m3fnuz": 0x40, "float8_e5m2": 0x3C, "float8_e5m2fnuz": 0x40, "float6_e2m3fn": 0x08,
    "float6_e3m2fn": 0x0C, "float4_e2m1fn": 0x02,
}  # fmt: skip


def time_cases() -> Iterator[dict[str, Any]]:
    ticks = np.array([0, 1, -1, 2**40, -(2**63), 5], "<i8").tobytes()
    for unit in "Y M W D h m s ms us ns ps fs as".split():
        for code, name, n in (("M8", "datetime64", 1), ("m8", "timedelta64", 10)):
            dtype = {"name": f"numpy.{name}", "configuration": {"unit": unit, "scale_factor": n}}
            nat = (-(2**63)).to_bytes(8, "little", signed=True)
            yield case(f"v3 {name}[{n}{unit}]", v3(dtype, "NaT", [plain()]), ticks, nat)
            yield case(
                f"v2 {name}[{n}{unit}]",
                v2(f"<{code}[{'' if n == 1 else n}{unit}]", 7),
                ticks,
                (7).to_bytes(8, "little"),
            )


def text_cases() -> Iterator[dict[str, Any]]:
    wide = np.array(TEXTS, "<U3")
    utf32 = {"name": "fixed_length_utf32", "configuration": {"length_bytes": 12}}
    yield case(
        "v3 fixed_length_utf32", v3(utf32, "fil", [plain()]), wide.tobytes(), np.array("fil", "<U3").tobytes()
    )
    yield case("v2 <U3", v2("<U3", "fil"), wide.tobytes(), np.array("fil", "<U3").tobytes())
    yield case("v2 >U3", v2(">U3", ""), wide.tobytes(), bytes(12))
    yield case("v2 <U3 categorize", v2("<U3", "", [LABELS | {"dtype": "<U3"}]), wide.tobytes(), bytes(12))
    raw, fill = b"abc\0\0\0x\0y\xff\0\0b\0\0c\0\0", base64.b64encode(b"fil").decode()
    for name, form, value in (("null_terminated_bytes", "S", fill), ("raw_bytes", "V", fill)):
        yield case(
            f"v3 {name}",
            v3({"name": name, "configuration": {"length_bytes": 3}}, value, [plain(1)]),
            raw,
            b"fil",
        )
        yield case(f"v2 |{form}3", v2(f"|{form}3", value), raw, b"fil")
    yield case("v3 r24", v3("r24", [102, 105, 108], [plain(1)]), raw, b"fil")


def struct_cases() -> Iterator[dict[str, Any]]:
    struct = np.zeros(WRITTEN, [("a", "<i2"), ("b", "<f4"), ("n", [("x", "<i8"), ("y", "?")])])
    struct["a"], struct["b"], struct["n"]["x"] = range(WRITTEN), 1.5, -1
    inner = {
        "name": "struct",
        "configuration": {
            "fields": [{"name": "x", "data_type": "int64"}, {"name": "y", "data_type": "bool"}]
        },
    }
    fields = [
        {"name": "a", "data_type": "int16"},
        {"name": "b", "data_type": "float32"},
        {"name": "n", "data_type": inner},
    ]
    dtype, filled = (
        {"name": "struct", "configuration": {"fields": fields}},
        {"a": 1, "b": 2.5, "n": {"x": 3, "y": True}},
    )
    one = np.array([(1, 2.5, (3, True))], struct.dtype).tobytes()
    yield case("v3 struct", v3(dtype, filled, [plain()]), struct.tobytes(), one)
    yield case(
        "v2 struct",
        v2([["a", "<i2"], ["b", "<f4"], ["n", [["x", "<i8"], ["y", "|b1"]]]], base64.b64encode(one).decode()),
        struct.tobytes(),
        one,
    )
    sub = v2([["a", "<i2"], ["m", "<f4", [2, 2]]], base64.b64encode(bytes(18)).decode())
    yield case("v2 struct with subarray", sub, bytes(range(18 * WRITTEN)), bytes(18))


def object_cases() -> Iterator[dict[str, Any]]:
    items = [b"a", b"", b"\0\xff", b"bcd", b"\0", b"e"]
    for name, fill in (("string", "fill ü"), ("string", "")):
        yield case(f"v3 string fill {fill!r}", v3(name, fill, [{"name": "vlen-utf8"}]), TEXTS, [fill])
        yield case(f"v2 vlen-utf8 fill {fill!r}", v2("|O", fill, [{"id": "vlen-utf8"}]), TEXTS, [fill])
    for name in ("variable_length_bytes", "bytes"):
        yield case(f"v3 {name}", v3(name, "ZmlsbA==", [{"name": "vlen-bytes"}]), items, [b"fill"])
    yield case("v2 vlen-bytes", v2("|O", "", [{"id": "vlen-bytes"}]), items, [b""])
    mixed = ["a", 1, None, 2.5, [1, [2]], {"k": True}]
    for fill in (None, "", 0, "fill"):
        yield case(f"v2 json2 fill {fill!r}", v2("|O", fill, [{"id": "json2"}]), mixed, [fill])
    yield case("v2 msgpack2", v2("|O", "", [{"id": "msgpack2"}]), [*mixed[:5], b"\0\xff"], [""])
    yield case(
        "v2 vlen-array",
        v2("|O", None, [{"id": "vlen-array", "dtype": "<i4"}]),
        [[1, 2], [3], [], [4], [5, 6, 7], [8]],
        [[]],
    )
    yield case("v2 |O categorize", v2("|O", "", [LABELS | {"dtype": "|O"}]), TEXTS, [""])


VALUES, ZERO = np.array([1, 2, 3, -4, 5, 100], "<i4").tobytes(), bytes(4)
BLOSC = {"cname": "lz4", "clevel": 5, "blocksize": 0}


def codec_cases() -> Iterator[dict[str, Any]]:
    with_config = {
        "gzip": {"level": 5}, "zstd": ZSTD["configuration"], "crc32c": None,
        "blosc": BLOSC | {"shuffle": "shuffle", "typesize": 4}, "numcodecs.blosc": BLOSC | {"shuffle": 1},
        **{f"numcodecs.{n}": {"level": 1} for n in ("bz2", "zlib", "gzip", "zstd")},
        "numcodecs.lz4": {"acceleration": 1}, "numcodecs.lzma": {"format": 1, "check": -1}, "numcodecs.shuffle": {"elementsize": 4},
        **{f"numcodecs.{n}": {} for n in ("crc32", "crc32c", "adler32", "fletcher32", "jenkins_lookup3")},
    }  # fmt: skip
    for name, configuration in with_config.items():
        codec = {"name": name} if configuration is None else {"name": name, "configuration": configuration}
        yield case(f"v3 codec {name}", v3("int32", 0, [plain(4), codec]), VALUES, ZERO)


def v3_filter_cases() -> Iterator[dict[str, Any]]:
    first = {
        "transpose": {"order": [0]}, "numcodecs.delta": {"dtype": "<i4"}, "numcodecs.astype": {"encode_dtype": "<i8", "decode_dtype": "<i4"},
        "numcodecs.fixedscaleoffset": {"offset": 0, "scale": 1, "dtype": "<i4", "astype": "<i2"},
        "scale_offset": {"offset": 3, "scale": 1},
    }  # fmt: skip
    for name, configuration in first.items():
        yield case(
            f"v3 codec {name}",
            v3("int32", 0, [{"name": name, "configuration": configuration}, plain(4)]),
            VALUES,
            ZERO,
        )
    yield case(
        "v3 codec numcodecs.pcodec",
        v3("int32", 0, [{"name": "numcodecs.pcodec", "configuration": {"level": 8}}]),
        VALUES,
        ZERO,
    )


def v3_other_codec_cases() -> Iterator[dict[str, Any]]:
    floats = np.array([1.5, 2.25, -3, 0, 8, 0.5], "<f4").tobytes()
    for name, configuration in {
        "numcodecs.bitround": {"keepbits": 5},
        "numcodecs.quantize": {"digits": 3, "dtype": "<f4"},
        "bitround": {"keepbits": 5},
    }.items():
        yield case(
            f"v3 codec {name}",
            v3("float32", 0.0, [{"name": name, "configuration": configuration}, plain(4)]),
            floats,
            ZERO,
        )
    for name in ("packbits", "numcodecs.packbits"):
        chain = [{"name": name}] if name == "packbits" else [{"name": name, "configuration": {}}, plain(1)]
        yield case(f"v3 codec {name}", v3("bool", False, chain), bytes([1, 0, 1, 1, 0, 1]), b"\0")
    inner = {
        "chunk_shape": [2],
        "codecs": [plain(4), ZSTD],
        "index_codecs": [plain(8), {"name": "crc32c"}],
        "index_location": "end",
    }
    yield case(
        "v3 codec sharding_indexed",
        v3("int32", 0, [{"name": "sharding_indexed", "configuration": inner}]),
        VALUES,
        ZERO,
    )


def v2_codec_cases() -> Iterator[dict[str, Any]]:
    for name in ("zlib", "gzip", "bz2", "zstd"):
        yield case(f"v2 codec {name}", v2("<i4", 0, None, {"id": name, "level": 1}), VALUES, ZERO)
    yield case("v2 codec blosc", v2("<i4", 0, None, {"id": "blosc", **BLOSC, "shuffle": 1}), VALUES, ZERO)
    rest: dict[str, dict[str, Any]] = {
        n: {}
        for n in (
            "crc32",
            "crc32c",
            "adler32",
            "fletcher32",
            "jenkins_lookup3",
            "base64",
            "json2",
            "msgpack2",
        )
    }
    rest |= {
        "lz4": {"acceleration": 1},
        "lzma": {"format": 1},
        "shuffle": {"elementsize": 4},
        "delta": {"dtype": "<i4"},
    }
    rest |= {
        "astype": {"encode_dtype": "<i8", "decode_dtype": "<i4"},
        "fixedscaleoffset": {"offset": 0, "scale": 1, "dtype": "<i4"},
    }
    for name, configuration in rest.items():
        yield case(f"v2 codec {name}", v2("<i4", 0, [{"id": name, **configuration}]), VALUES, ZERO)


SOURCES = (
    number_cases, small_cases, time_cases, text_cases, struct_cases, object_cases, codec_cases, v3_filter_cases,
    v3_other_codec_cases, v2_codec_cases,
)  # fmt: skip


def every_case() -> list[dict[str, Any]]:
    return [one for source in SOURCES for one in source()]
