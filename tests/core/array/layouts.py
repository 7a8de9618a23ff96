"""Random arrays: layouts that an array can be stored in, values of every data type, selections of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import ml_dtypes
import numcodecs
import numpy as np
from hypothesis import strategies as st

from zarr.codecs import (
    BloscCodec,
    BytesCodec,
    Crc32cCodec,
    GzipCodec,
    ShardingCodec,
    TransposeCodec,
    ZstdCodec,
)

STRING = np.dtypes.StringDType()
STRUCT = np.dtype([("a", "u1"), ("b", ">f4"), ("c", "S2")])
DTYPES: tuple[str | np.dtype[Any], ...] = (
    *(
        "bool",
        "int8",
        "uint8",
        "<i2",
        ">i4",
        "int64",
        "uint64",
        "float16",
        "float32",
        ">f8",
        "complex64",
        ">c16",
    ),
    *("<M8[ns]", "<m8[s]", "S3", "<U2", "string", "variable_length_bytes"),
    *("V3", STRUCT, "bfloat16", "int4"),
)
FORMAT_2_DTYPES = tuple(name for name in DTYPES if name != "string")


NATIVE = {
    "string": STRING,
    "variable_length_bytes": np.dtype(object),
    "bfloat16": np.dtype(ml_dtypes.bfloat16),
    "int4": np.dtype(ml_dtypes.int4),
}


def native(dtype: str | np.dtype[Any]) -> np.dtype[Any]:
    """The NumPy data type that arrays of a data type are read as."""
    return NATIVE[dtype] if dtype in NATIVE else np.dtype(dtype)


def blank(shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """Zeros, or empty strings."""
    return filled(shape, dtype, b"") if dtype.kind == "O" else np.zeros(shape, dtype)


def filled(shape: tuple[int, ...], dtype: np.dtype[Any], value: Any) -> np.ndarray[Any, Any]:
    """An array of one value; np.full would lose the zeros at the end of bytes."""
    out = np.empty(shape, dtype)
    out[...] = value
    return out


def random_values(dtype: np.dtype[Any], shape: tuple[int, ...], seed: int) -> np.ndarray[Any, Any]:
    """Values among which those are many that make trouble: zero, minus zero, NaN, NaT, the empty string."""
    rng = np.random.default_rng(seed)
    if dtype.kind == "b":
        return np.asarray(rng.random(shape) < 0.5)
    if dtype.kind in "SUT":
        return np.array(["", "a", "bc", "b", "zz"])[rng.integers(0, 5, (*shape, 1))].astype(dtype)[..., 0]
    if dtype.kind == "O":
        pool = np.array([b"", b"a", b"\0", b"bc\0", b"zz"], object)
        return pool[rng.integers(0, 5, (*shape, 1))].reshape(shape)
    if dtype.names:
        struct = np.zeros(shape, dtype)
        for place, name in enumerate(dtype.names):
            struct[name] = random_values(dtype[name], shape, seed + place)
        return struct
    if dtype.kind == "V" and dtype.type is np.void:
        return rng.integers(0, 3, (*shape, dtype.itemsize), "u1").view(dtype)[..., 0]
    low = 0 if dtype.kind == "u" else -5
    numbers = np.asarray(rng.integers(low, 8 if dtype == NATIVE["int4"] else 100, shape))
    numbers[rng.random(shape) < 0.3] = 0
    if dtype.kind in "mM":
        out = numbers.astype(dtype)
        out[rng.random(shape) < 0.2] = "NaT"
        return out
    out = numbers.astype(dtype)
    if dtype.kind in "fc" or dtype == NATIVE["bfloat16"]:
        out[rng.random(shape) < 0.2] = np.nan
        out[rng.random(shape) < 0.2] = -0.0
    return out


def same(got: Any, expected: Any) -> None:
    """Equal in shape, data type and every bit."""
    expected = np.asarray(expected)
    kinds = np.asarray(got).dtype.kind + expected.dtype.kind
    if np.ndim(got) == 0 and (kinds[0] == kinds[1] or kinds in ("UT", "SO")):
        got = np.asarray(got, expected.dtype)  # scalars have no byte order, and strings no room
    got = np.asarray(got)
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    if got.dtype.kind in "OT":
        assert got.tolist() == expected.tolist()
    else:
        if got.dtype.kind != "V":
            np.testing.assert_array_equal(got, expected)
        assert got.tobytes() == expected.tobytes()


@dataclass
class Layout:
    """What ``zarr.create_array`` (or ``zarr.create``, for whole chains of codecs) is given."""

    shape: tuple[int, ...]
    dtype: str | np.dtype[Any]
    options: dict[str, Any] = field(default_factory=dict)
    fill: Any = None
    edges: tuple[tuple[int, ...], ...] = ()

    def model(self) -> np.ndarray[Any, Any]:
        """The array in NumPy, empty."""
        dtype = native(self.dtype)
        if self.fill is not None:
            return filled(self.shape, dtype, self.fill)
        if dtype.kind in "mM":
            return filled(self.shape, dtype, "NaT")
        return blank(self.shape, dtype)


def _divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]


@st.composite
def edge_lists(draw: st.DrawFn, length: int) -> tuple[int, ...]:
    """Lengths of chunks that add up to a dimension's length."""
    edges = []
    while length:
        edges.append(draw(st.integers(1, length)))
        length -= edges[-1]
    return tuple(edges)


@st.composite
def fill_values(draw: st.DrawFn, dtype: np.dtype[Any]) -> Any:
    if dtype.kind in "SUT":
        return draw(st.sampled_from([None, "", "bc"]))
    if dtype.kind in "OV":
        return draw(st.sampled_from([None, random_values(dtype, (), 1)[()], random_values(dtype, (), 2)[()]]))
    if dtype.kind == "b":
        return draw(st.sampled_from([None, False, True]))
    if dtype.kind in "mM":
        return draw(st.sampled_from([None, np.array("NaT", dtype)[()], np.array(0, dtype)[()]]))
    return draw(st.sampled_from([None, 0, 7, *([np.nan, -0.0] if dtype.kind in "fc" else [])]))


@st.composite
def layouts(draw: st.DrawFn, min_dims: int = 0, max_dims: int = 4) -> Layout:
    """Any layout of either format: chunks regular or not, shards, shards in shards, filters, compressors."""
    ndim = draw(st.integers(min_dims, max_dims))
    shape = tuple(draw(st.integers(0, (0, 13, 8, 5, 4)[ndim])) for _ in range(ndim))
    zarr_format = draw(st.sampled_from([3, 3, 2]))
    dtype = draw(st.sampled_from(DTYPES if zarr_format == 3 else FORMAT_2_DTYPES))
    fill = draw(fill_values(native(dtype)))
    options: dict[str, Any] = {
        "zarr_format": zarr_format,
        "config": {
            "order": draw(st.sampled_from("CF")),
            "write_empty_chunks": draw(st.booleans()),
        },
    }
    if fill is not None:
        options["fill_value"] = fill
    sizes = tuple(draw(st.integers(1, max(n, 1) + 2)) for n in shape)
    edges = tuple(
        tuple(min(size, n - at) for at in range(0, n, size)) for n, size in zip(shape, sizes, strict=True)
    )
    options["chunks"] = sizes
    if zarr_format == 2:
        options["order"] = draw(st.sampled_from("CF"))
        options["compressors"] = draw(
            st.sampled_from([None, numcodecs.Zlib(1), numcodecs.Blosc(), numcodecs.Zstd(0)])
        )
        if native(dtype).kind == "i" and draw(st.booleans()):
            options["filters"] = [numcodecs.Delta(dtype=native(dtype))]
        return Layout(shape, dtype, options, fill, edges)
    compressors = draw(
        st.sampled_from([(), ZstdCodec(), (GzipCodec(level=1), Crc32cCodec()), Crc32cCodec(), BloscCodec()])
    )
    filters = (
        [TransposeCodec(order=draw(st.permutations(range(ndim))))] if ndim and draw(st.booleans()) else []
    )
    kind = draw(st.sampled_from(["chunks", "edges", "shards", "shards of edges", "nested"]))
    if kind == "nested":
        return Layout(shape, dtype, draw(_nested(options, sizes, native(dtype))), fill, edges)
    options |= {"compressors": compressors, "filters": filters}
    if kind in ("edges", "shards of edges") and all(shape) and shape:
        edges = tuple(draw(edge_lists(n)) for n in shape)
        if kind == "edges":
            options["chunks"] = [list(e) for e in edges]
        else:
            options["shards"] = [list(e) for e in edges]
            options["chunks"] = tuple(draw(st.sampled_from(_divisors(int(np.gcd.reduce(e))))) for e in edges)
    elif kind == "shards":
        options["chunks"] = tuple(draw(st.sampled_from(_divisors(size))) for size in sizes)
        location = draw(st.sampled_from(["start", "end"]))
        options["shards"] = {"shape": sizes, "index_location": location}
    return Layout(shape, dtype, options, fill, edges)


@st.composite
def _nested(draw: st.DrawFn, options: dict[str, Any], sizes: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """A shard of shards, or a shard with a compressor around it: chains that only ``codecs`` can say."""
    middle = tuple(draw(st.sampled_from(_divisors(size))) for size in sizes)
    inner = tuple(draw(st.sampled_from(_divisors(size))) for size in middle)
    names = {"T": "vlen-utf8", "O": "vlen-bytes"}
    serializer: Any = {"name": names[dtype.kind]} if dtype.kind in names else BytesCodec(endian="big")
    shard = ShardingCodec(
        chunk_shape=middle,
        codecs=[ShardingCodec(chunk_shape=inner, codecs=[serializer, ZstdCodec()], index_location="start")],
    )
    outside = draw(st.sampled_from([[], [], [Crc32cCodec()]]))
    return {**options, "codecs": [shard, *outside]}


# --- selections


def integers(length: int) -> st.SearchStrategy[int]:
    return st.integers(-length, length - 1)


def slices(length: int, negative: bool = True) -> st.SearchStrategy[slice]:
    bound = st.none() | st.integers(-length - 2, length + 2)
    step = st.sampled_from([None, 1, 1, 2, 3, *([-1, -2] if negative else [])])
    return st.builds(slice, bound, bound, step)


def masks(draw: st.DrawFn, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    return np.random.default_rng(draw(st.integers(0, 99))).random(shape) < draw(
        st.sampled_from([0, 0.3, 0.6, 1])
    )


@st.composite
def numpy_selections(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:
    """An index that NumPy takes, of one item or more."""
    items: list[Any] = []
    axis = 0
    form = draw(st.sampled_from([(), (3,), (1,), (2, 3)]))
    while axis < len(shape) and draw(st.integers(0, 8)):
        n = shape[axis]
        kind = draw(st.sampled_from(["slice", "slice", "slice", "int", "array", "list", "new", "mask"]))
        if kind == "new":
            items.append(None)
            continue
        if kind == "int" and n:
            items.append(draw(integers(n)))
        elif kind == "array" and n:
            items.append(np.random.default_rng(draw(st.integers(0, 99))).integers(-n, n, form))
        elif kind == "list" and n:
            items.append(draw(st.lists(integers(n), min_size=3, max_size=3)))
        elif kind == "mask" and not any(isinstance(i, np.ndarray | list) for i in items):
            taken = draw(st.integers(1, len(shape) - axis))
            mask = masks(draw, shape[axis : axis + taken])
            if form and mask.sum() != form[-1]:
                form = (int(mask.sum()),)
            items.append(mask)
            axis += taken - 1
            items += [slice(None)] * (len(shape) - axis - 1)
            axis = len(shape)
            break
        else:
            items.append(draw(slices(n)))
        axis += 1
    if axis == len(shape) or draw(st.booleans()):
        place = draw(st.integers(0, len(items)))
        if axis < len(shape):
            place = len(items)
        items.insert(place, ...)
    return items[0] if len(items) == 1 else tuple(items)


@st.composite
def outer_selections(draw: st.DrawFn, shape: tuple[int, ...], unique: bool) -> Any:
    """One selector per dimension for ``oindex``."""
    items: list[Any] = []
    for n in shape:
        kind = draw(st.sampled_from(["slice", "int", "array", "mask"]))
        if kind == "int" and n:
            items.append(draw(integers(n)))
        elif kind == "array" and n:
            items.append(
                np.array(draw(st.lists(st.integers(0, n - 1), max_size=5, unique=unique)), dtype=int)
            )
        elif kind == "mask":
            items.append(masks(draw, (n,)))
        else:
            items.append(draw(slices(n, negative=False)))
    return tuple(items)


@st.composite
def points(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:
    """One array of integers per dimension for ``vindex``."""
    form = draw(st.sampled_from([(4,), (1,), (2, 3), (0,)])) if all(shape) else (0,)
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    return tuple(rng.integers(-n, n, form) if n else np.zeros(form, int) for n in shape)


@st.composite
def block_selections(draw: st.DrawFn, counts: tuple[int, ...]) -> Any:
    """Integers and slices that count chunks."""
    return tuple(
        draw(integers(n))
        if n and draw(st.booleans())
        else draw(slices(n, negative=False).filter(lambda s: s.step in (None, 1)))
        for n in counts
    )
