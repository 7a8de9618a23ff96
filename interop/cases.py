"""The list of interop cases, and the file of them that adapters read.

A case is a small JSON object from which any adapter creates the same node with its own library:

``name, format`` (2 or 3), ``dtype``, ``shape``, ``chunks`` (of the chunk grid: the shard shape
when sharded), ``fill`` (in the JSON form of format 3; null in format 2 only), ``regions`` (boxes that are
written, null for all), ``attributes``, ``group_attributes`` (of the parent group);
format 3: ``codecs`` and ``key_encoding`` as in zarr.json;
format 2: ``byteorder``, ``order``, ``compressor``, ``filters`` and ``separator`` as in .zarray.
A hierarchy case has ``groups`` (path: attributes), ``arrays`` (path: case) and ``consolidated`` instead.

A dtype is the name of a NumPy dtype, a list of fields, or ``string``.

``python cases.py FILE`` writes all cases; each then has its expected bytes too (``data``: base64, C order,
little endian; for ``string`` a list of the elements), so that no adapter computes values. Needs NumPy.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

ONE_BYTE = ["bool", "int8", "uint8"]
WIDE = ["int16", "uint16", "int32", "uint32", "int64", "uint64"]
FLOATS = ["float16", "float32", "float64"]
COMPLEX = ["complex64", "complex128"]
DTYPES = [*ONE_BYTE, *WIDE, *FLOATS, *COMPLEX]
SIZES = {"bool": 1, "complex64": 8, "complex128": 16} | {
    f"{kind}{bits}": bits // 8 for kind in ("int", "uint", "float") for bits in (8, 16, 32, 64)
}

ATTRIBUTES = {
    "units": "m",
    "count": 3,
    "scale": 0.5,
    "flags": [True, None, "x"],
    "nested": {"größe": [1, [2]], "empty": {}},
}
GROUP_ATTRIBUTES = {"title": "interop ✓", "levels": [1, 2, 3]}

# Written in part: one whole chunk, and part of a chunk at the edge; whole chunks stay missing.
PARTIAL = [[[0, 3], [0, 2]], [[6, 7], [3, 5]]]


def zero(dtype: str) -> Any:
    if dtype == "bool":
        return False
    return [0.0, 0.0] if dtype in COMPLEX else 0.0 if dtype in FLOATS else 0


def node(name: str, format: int, dtype: Any, **members: Any) -> dict[str, Any]:
    base = {
        "name": name,
        "format": format,
        "dtype": dtype,
        "shape": [7, 5],
        "chunks": [3, 2],
        "fill": 0 if isinstance(dtype, list) else zero(dtype),
        "regions": None,
        "attributes": ATTRIBUTES,
        "group_attributes": GROUP_ATTRIBUTES,
    }
    return base | members


# --- format 3 ------------------------------------------------------------------------------------------


def bytes_(dtype: str, endian: str = "little") -> dict[str, Any]:
    return {"name": "bytes", "configuration": {"endian": endian}} if SIZES[dtype] > 1 else {"name": "bytes"}


def gzip(level: int = 5) -> dict[str, Any]:
    return {"name": "gzip", "configuration": {"level": level}}


def zstd(level: int = 3, checksum: bool = False) -> dict[str, Any]:
    return {"name": "zstd", "configuration": {"level": level, "checksum": checksum}}


def blosc(dtype: str, cname: str = "lz4", shuffle: str = "shuffle", clevel: int = 5) -> dict[str, Any]:
    configuration = {"typesize": SIZES[dtype], "cname": cname, "clevel": clevel, "shuffle": shuffle}
    return {"name": "blosc", "configuration": configuration | {"blocksize": 0}}


def transpose(*order: int) -> dict[str, Any]:
    return {"name": "transpose", "configuration": {"order": list(order)}}


def sharding(
    chunks: list[int], codecs: list[Any], location: str = "end", index: list[Any] | None = None
) -> dict[str, Any]:
    index = index or [bytes_("uint64"), CRC]
    configuration = {
        "chunk_shape": chunks,
        "codecs": codecs,
        "index_codecs": index,
        "index_location": location,
    }
    return {"name": "sharding_indexed", "configuration": configuration}


CRC = {"name": "crc32c"}


def v3(name: str, dtype: Any = "int32", codecs: list[Any] | None = None, **members: Any) -> dict[str, Any]:
    key_encoding = {"name": "default", "configuration": {"separator": "/"}}
    extra = {"codecs": codecs or [bytes_(dtype)], "key_encoding": key_encoding} | members
    return node(f"v3/{name}", 3, dtype, **extra)


def v3_dtypes() -> Iterator[dict[str, Any]]:
    for dtype in DTYPES:
        yield v3(f"dtype/{dtype}/little", dtype)
        if dtype not in ONE_BYTE:
            yield v3(f"dtype/{dtype}/big", dtype, [bytes_(dtype, "big")])
        if dtype in ("bool", "uint64", "float16", "float64", "complex64"):
            yield v3(f"dtype/{dtype}/zstd", dtype, [bytes_(dtype), zstd()])


def v3_codecs() -> Iterator[dict[str, Any]]:
    dtype, plain = "int32", bytes_("int32")
    chains = {
        "gzip-1": [gzip(1)],
        "gzip-9": [gzip(9)],
        "zstd-0": [zstd(0)],
        "zstd-checksum": [zstd(1, checksum=True)],
        "zstd-negative": [zstd(-5)],
        "crc32c": [CRC],
        "zstd-crc32c": [zstd(), CRC],
        "gzip-crc32c": [gzip(), CRC],
        "blosc-crc32c": [blosc(dtype), CRC],
        "gzip-zstd": [gzip(), zstd()],
        "blosc-stored": [blosc(dtype, clevel=0)],
    }
    for name, chain in chains.items():
        yield v3(f"codec/{name}", dtype, [plain, *chain])
    for cname in ("lz4", "zstd", "lz4hc", "blosclz", "zlib"):
        for shuffle in ("noshuffle", "shuffle", "bitshuffle"):
            yield v3(f"codec/blosc-{cname}-{shuffle}", dtype, [plain, blosc(dtype, cname, shuffle)])
    for other in ("bool", "float64", "complex128"):
        for shuffle in ("shuffle", "bitshuffle"):
            chain = [bytes_(other), blosc(other, "zstd", shuffle)]
            # Big enough that blosc really shuffles and compresses.
            yield v3(f"codec/blosc-{other}-{shuffle}", other, chain, shape=[40, 9], chunks=[32, 8])


def v3_transpose() -> Iterator[dict[str, Any]]:
    for dtype, endian in (
        ("int16", "little"),
        ("float32", "big"),
        ("uint8", "little"),
        ("float64", "little"),
    ):
        yield v3(f"transpose/{dtype}-{endian}", dtype, [transpose(1, 0), bytes_(dtype, endian)])
    cube = {"shape": [4, 5, 3], "chunks": [2, 3, 2]}
    for order in ((0, 1, 2), (2, 1, 0), (2, 0, 1), (1, 2, 0), (0, 2, 1)):
        label = "".join(map(str, order))
        yield v3(f"transpose/3d-{label}", "int32", [transpose(*order), bytes_("int32")], **cube)
    yield v3("transpose/zstd", "int32", [transpose(1, 0), bytes_("int32"), zstd()])
    twice = [transpose(2, 0, 1), transpose(1, 0, 2), bytes_("int32")]
    yield v3("transpose/twice", "int32", twice, **cube)
    missing = [transpose(1, 0), bytes_("float32")]
    yield v3("transpose/missing", "float32", missing, regions=PARTIAL, fill="NaN")


def v3_sharding() -> Iterator[dict[str, Any]]:
    dtype, plain = "int32", bytes_("int32")
    square = {"shape": [10, 7], "chunks": [4, 6]}
    some = [[[1, 3], [2, 5]], [[9, 10], [0, 7]]]
    inner_chains = {
        "none": [plain],
        "gzip": [plain, gzip()],
        "zstd": [plain, zstd()],
        "blosc": [plain, blosc(dtype)],
        "zstd-crc32c": [plain, zstd(), CRC],
        "big": [bytes_(dtype, "big"), zstd()],
        "transpose": [transpose(1, 0), plain, zstd()],
    }
    for location in ("end", "start"):
        for name, chain in inner_chains.items():
            yield v3(f"sharding/{location}-{name}", dtype, [sharding([2, 3], chain, location)], **square)
        for name, chain in (("none", [plain]), ("zstd", [plain, zstd()])):
            codecs = [sharding([2, 3], chain, location)]
            yield v3(f"sharding/{location}-{name}-missing", dtype, codecs, **square, regions=some, fill=-7)
        nested = [sharding([4, 4], [sharding([2, 2], [plain, zstd()], location)], location)]
        yield v3(f"sharding/{location}-nested", dtype, nested, shape=[13, 10], chunks=[8, 8])
        yield v3(
            f"sharding/{location}-nested-missing", dtype, nested, shape=[13, 10], chunks=[8, 8], regions=some
        )
    for name, index in (
        ("no-crc", [plain_index := bytes_("uint64")]),
        ("big", [bytes_("uint64", "big"), CRC]),
        ("two-crc", [plain_index, CRC, CRC]),
    ):
        yield v3(f"sharding/index-{name}", dtype, [sharding([2, 3], [plain], index=index)], **square)
    for label, inner in (("even", [2, 2]), ("uneven", [3, 2])):
        codecs = [transpose(1, 0), sharding(inner, [plain, zstd()])]
        yield v3(f"sharding/outer-transpose-{label}", dtype, codecs, **square)
    yield v3("sharding/outer-crc32c", dtype, [sharding([2, 3], [plain, zstd()]), CRC], **square)
    yield v3("sharding/1d", dtype, [sharding([3], [plain, zstd()])], shape=[20], chunks=[9])
    cube = {"shape": [5, 4, 3], "chunks": [4, 4, 2]}
    yield v3("sharding/3d", dtype, [sharding([2, 2, 1], [plain, zstd()])], **cube)
    for other in ("bool", "uint8", "float16", "float64", "complex64", "uint64"):
        yield v3(f"sharding/{other}", other, [sharding([2, 3], [bytes_(other), zstd()])], **square)
    dotted = {"name": "default", "configuration": {"separator": "."}}
    yield v3("sharding/separator", dtype, [sharding([2, 3], [plain])], **square, key_encoding=dotted)
    nan = [sharding([2, 3], [bytes_("float64"), zstd()])]
    # Not where the NaN with payload lies: writers may take a chunk of NaNs for a chunk of the fill value.
    yield v3("sharding/fill-nan", "float64", nan, **square, regions=[[[2, 4], [1, 5]]], fill="NaN")


def v3_keys() -> Iterator[dict[str, Any]]:
    shapes = {"0d": ([], []), "1d": ([25], [2]), "2d": ([7, 5], [3, 2]), "3d": ([3, 3, 2], [1, 2, 2])}
    for encoding in ("default", "v2"):
        for label, separator in (("slash", "/"), ("dot", ".")):
            for rank, (shape, chunks) in shapes.items():
                keys = {"name": encoding, "configuration": {"separator": separator}}
                name = f"keys/{encoding}-{label}-{rank}"
                yield v3(name, "int16", shape=shape, chunks=chunks, key_encoding=keys)


def fills(dtype: str) -> dict[str, Any]:
    """The fill values worth a case for one dtype."""
    if dtype == "bool":
        return {"true": True}
    if dtype in FLOATS:
        return {"1.5": 1.5, "negzero": -0.0, "nan": "NaN", "inf": "Infinity", "neginf": "-Infinity"}
    if dtype in COMPLEX:
        return {"finite": [1.5, -2.0], "special": ["NaN", "-Infinity"], "negzero": [-0.0, 0.0]}
    bits = 8 * SIZES[dtype]
    if dtype.startswith("u"):
        return {"max": 2**bits - 1}
    return {"max": 2 ** (bits - 1) - 1, "min": -(2 ** (bits - 1))}


def v3_fills() -> Iterator[dict[str, Any]]:
    for dtype in DTYPES:
        for label, fill in fills(dtype).items():
            yield v3(f"fill/{dtype}-{label}", dtype, fill=fill, regions=PARTIAL)


SHAPES = {
    "0d": {"shape": [], "chunks": []},
    "0d-missing": {"shape": [], "chunks": [], "regions": [], "fill": 9},
    "1d": {"shape": [11], "chunks": [4]},
    "1d-chunk-larger": {"shape": [3], "chunks": [10]},
    "1d-single-elements": {"shape": [4], "chunks": [1]},
    "2d-exact": {"shape": [6, 4], "chunks": [3, 2]},
    "2d-empty": {"shape": [0, 4], "chunks": [2, 2]},
    "2d-missing-all": {"regions": [], "fill": 5},
    "2d-partial": {"regions": PARTIAL},
    "3d": {"shape": [5, 4, 3], "chunks": [2, 3, 2]},
    "5d": {"shape": [2, 3, 2, 1, 3], "chunks": [1, 2, 2, 1, 2]},
}


def v3_shapes() -> Iterator[dict[str, Any]]:
    for label, members in SHAPES.items():
        yield v3(f"shape/{label}", "int32", [bytes_("int32"), zstd()], **members)


# --- format 2 ------------------------------------------------------------------------------------------


def v2(name: str, dtype: Any = "int32", **members: Any) -> dict[str, Any]:
    base = {"byteorder": "little", "order": "C", "compressor": None, "filters": None, "separator": "."}
    return node(f"v2/{name}", 2, dtype, **(base | members))


def v2_blosc(cname: str, shuffle: int) -> dict[str, Any]:
    return {"id": "blosc", "cname": cname, "clevel": 5, "shuffle": shuffle, "blocksize": 0}


def v2_cases() -> Iterator[dict[str, Any]]:
    for dtype in DTYPES:
        for byteorder in ("little", "big")[: 1 if dtype in ONE_BYTE else 2]:
            yield v2(f"dtype/{dtype}/{byteorder}", dtype, byteorder=byteorder)
    for compressor in ("zlib", "gzip", "bz2", "zstd"):
        level = {"id": compressor, "level": 3}
        yield v2(f"compressor/{compressor}", compressor=level)
        yield v2(f"compressor/{compressor}-f8-big-F", "float64", compressor=level, byteorder="big", order="F")
    yield v2("compressor/lz4", compressor={"id": "lz4", "acceleration": 1})
    for cname in ("lz4", "zstd"):
        for shuffle in (0, 1, 2):
            yield v2(f"compressor/blosc-{cname}-{shuffle}", compressor=v2_blosc(cname, shuffle))
    for cname in ("lz4hc", "blosclz", "zlib"):
        yield v2(f"compressor/blosc-{cname}", compressor=v2_blosc(cname, 1))
    yield v2("order/F-2d", order="F")
    yield v2("order/F-3d", "int16", order="F", **SHAPES["3d"])
    yield v2("order/F-3d-slash", "int16", order="F", separator="/", **SHAPES["3d"])
    yield v2("order/F-missing", "float32", order="F", regions=PARTIAL, fill="NaN")
    for label in ("0d", "1d", "3d", "2d-partial"):
        yield v2(f"separator/slash-{label}", separator="/", **SHAPES[label])
    for label, members in SHAPES.items():
        yield v2(f"shape/{label}", **members)
    for dtype in ("bool", "int64", "uint64", "uint8", "float16", "float32", "float64", "complex64"):
        for label, fill in fills(dtype).items():
            yield v2(f"fill/{dtype}-{label}", dtype, fill=fill, regions=PARTIAL)
    for dtype in ("int32", "float64"):
        yield v2(f"fill/{dtype}-null", dtype, fill=None, regions=PARTIAL)


# --- data types that few implementations share ----------------------------------------------------------

STRUCT = [["a", "int16"], ["b", "float32"], ["c", "bool"]]
SPECIAL = {"U": ("U3", "ü"), "S": ("S4", "fill"), "datetime": ("M8[s]", 1000), "timedelta": ("m8[10ms]", -1)}


def special_dtypes() -> Iterator[dict[str, Any]]:
    little = {"name": "bytes", "configuration": {"endian": "little"}}
    for label, (dtype, fill) in SPECIAL.items():
        codecs = [{"name": "bytes"} if label == "S" else little, zstd()]
        yield v3(f"special/{label}", dtype, codecs, fill=fill, regions=PARTIAL)
        for byteorder in ("little", "big"):
            members = {"fill": fill, "regions": PARTIAL, "byteorder": byteorder}
            yield v2(f"special/{label}-{byteorder}", dtype, **members)
    yield v3("special/struct", STRUCT, [little, zstd()], fill=[1, 2.5, True], regions=PARTIAL)
    yield v2("special/struct", STRUCT, fill=[1, 2.5, True], regions=PARTIAL)
    for label, members in (("string", {}), ("string-missing", {"fill": "fill ✓", "regions": PARTIAL})):
        text = {"fill": ""} | members
        yield v3(f"special/{label}", "string", [{"name": "vlen-utf8"}, zstd()], **text)
        yield v2(f"special/{label}", "string", filters=[{"id": "vlen-utf8"}], **text)


# --- hierarchies and the file --------------------------------------------------------------------------


def hierarchies() -> Iterator[dict[str, Any]]:
    for format, array in ((2, v2), (3, v3)):
        for consolidated in (False, True):
            yield {
                "name": f"v{format}/hierarchy/{'consolidated' if consolidated else 'plain'}",
                "format": format,
                "consolidated": consolidated,
                "groups": {"": GROUP_ATTRIBUTES, "a": {"depth": 1}, "a/b": {"depth": 2}, "empty": {}},
                "arrays": {
                    path: array(path, dtype, chunks=[4, 5])
                    for path, dtype in {"x": "int32", "a/y": "float64", "a/b/z": "uint8"}.items()
                },
            }


def all_cases() -> list[dict[str, Any]]:
    sources = [v3_dtypes, v3_codecs, v3_transpose, v3_sharding, v3_keys, v3_fills, v3_shapes, v2_cases]
    cases = [case for source in [*sources, special_dtypes, hierarchies] for case in source()]
    names = [case["name"] for case in cases]
    assert len(names) == len(set(names)), "case names must be unique"
    return cases


def add_data(case: dict[str, Any]) -> dict[str, Any]:
    """The case with the bytes that a reader must get."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "data"))
    from values import expected

    if "arrays" in case:
        return case | {"arrays": {path: add_data(array) for path, array in case["arrays"].items()}}
    data = expected(case)
    if case["dtype"] == "string":
        return case | {"data": data.ravel().tolist()}
    raw = data.astype(data.dtype.newbyteorder("<")).tobytes()
    return case | {"data": base64.b64encode(raw).decode()}


if __name__ == "__main__":
    pattern = sys.argv[2] if len(sys.argv) > 2 else "*"
    chosen = [add_data(case) for case in all_cases() if fnmatch(case["name"], pattern)]
    Path(sys.argv[1]).write_text(json.dumps(chosen))
