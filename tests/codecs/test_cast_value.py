"""cast_value: vectors of the facts, exact fractions as the oracle, maps, ranges, fill values, documents."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, get_args

import numpy as np
import pytest
from codec_chunks import chain_of, encoded, through
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import zarr
from zarr.codecs import BytesCodec, CastValue, ShardingCodec
from zarr.codecs._cast import RoundingMode, cast
from zarr.codecs._number_kinds import Kind, kind_of
from zarr.core.metadata.v3 import parse_codec
from zarr.errors import ChunkError

LITTLE = BytesCodec(endian="little")
HALVES = np.array([0.5, 1.5, -0.5, -1.5, 2.2, -2.2])
MODES: tuple[Any, ...] = get_args(RoundingMode)
INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
FLOATS = ["float16", "float32", "float64"]
SMALL_INTEGERS = ["int2", "uint2", "int4", "uint4"]
SMALL_FLOATS = [
    "bfloat16", "float8_e3m4", "float8_e4m3", "float8_e4m3b11fnuz", "float8_e4m3fnuz", "float8_e5m2",
    "float8_e5m2fnuz", "float8_e8m0fnu", "float6_e2m3fn", "float6_e3m2fn", "float4_e2m1fn",
]  # fmt: skip


def kind(name: str) -> Kind:
    if name in SMALL_INTEGERS + SMALL_FLOATS:
        ml_dtypes = pytest.importorskip("ml_dtypes")
        name = getattr(ml_dtypes, name)
    found = kind_of(np.dtype(name))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("rounding", "expected"),
    [
        ("nearest-even", [0, 2, 0, -2, 2, -2]),
        ("towards-zero", [0, 1, 0, -1, 2, -2]),
        ("towards-positive", [1, 2, 0, -1, 3, -2]),
        ("towards-negative", [0, 1, -1, -2, 2, -3]),
        ("nearest-away", [1, 2, -1, -2, 2, -2]),
    ],
)
def test_rounding_vectors(rounding: Any, expected: list[int]) -> None:
    codecs = [CastValue(data_type="int8", rounding=rounding), BytesCodec()]
    assert encoded(codecs, HALVES) == np.array(expected, "i1").tobytes()
    assert through(codecs, HALVES).tolist() == expected


@pytest.mark.parametrize(
    ("source", "target", "rule", "values", "expected"),
    [
        ("f8", "int8", "wrap", [128, -129, 300, 1e20], [-128, 127, 44, 0]),
        ("f8", "int8", "clamp", [128, -129, 300], [127, -128, 127]),
        ("i8", "uint64", "wrap", [-1, 5], [2**64 - 1, 5]),
        ("i8", "uint64", "clamp", [-1, 5], [0, 5]),
        ("f8", "uint64", "clamp", [2.0**64, 2.0**64 - 2048], [2**64 - 1, 2**64 - 2048]),
        ("f4", "int64", "wrap", [2.0**63, -(2.0**64)], [-(2**63), 0]),
        ("f8", "float32", "clamp", [1e300, -1e300, 2], [math.inf, -math.inf, 2]),
        ("i8", "float16", "clamp", [70000, -70000], [math.inf, -math.inf]),
        ("f8", "float32", None, [math.inf, -math.inf, -0.0], [math.inf, -math.inf, -0.0]),
        ("i8", "float64", None, [2**53 + 1, -(2**53) - 1], [2.0**53, -(2.0**53)]),
    ],
)
def test_range_vectors(source: str, target: str, rule: Any, values: Any, expected: Any) -> None:
    chunk = np.array(values, source)
    want = np.array(expected, target)
    assert encoded([CastValue(data_type=target, out_of_range=rule), LITTLE], chunk) == want.tobytes()


@pytest.mark.parametrize(
    ("source", "target", "rule", "value", "message"),
    [
        ("f8", "int8", None, 300, "Value 300.0 is out of range for int8; out_of_range='clamp' or 'wrap'"),
        (
            "f8",
            "float32",
            None,
            1e300,
            r"Value 1e\+300 is out of range for float32; out_of_range='clamp' would",
        ),
        ("i8", "float16", None, 65520, "out of range for float16"),
        ("i2", "uint8", None, -1, "Value -1 is out of range for uint8"),
        ("f8", "int8", "clamp", math.nan, "Cannot cast nan to int8 without a scalar_map"),
        ("f8", "int8", "clamp", -math.inf, "Cannot cast -inf to int8"),
        ("f8", "int8", "wrap", math.inf, "Cannot cast inf to int8"),
    ],
)
def test_values_without_a_rule(source: str, target: str, rule: Any, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encoded([CastValue(data_type=target, out_of_range=rule), LITTLE], np.array([1, value], source))


@pytest.mark.parametrize("name", ["float6_e3m2fn", "float4_e2m1fn", "float8_e4m3fnuz"])
def test_floats_without_infinity(name: str) -> None:
    target, source = kind(name), kind("float64")
    with pytest.raises(ValueError, match="Cannot cast inf"):
        cast(np.array([math.inf]), source, target, "nearest-even", "clamp")
    most = target.values[-1]
    assert cast(np.array([1e9]), source, target, "nearest-even", "clamp").astype("f4") == most


# --- exact arithmetic as the oracle


def ulp_grid(target: str, value: Fraction) -> tuple[Fraction, Fraction]:
    """Neighbours of a value among floats of unbounded exponent."""
    bits, least = {"float16": (11, -24), "float32": (24, -149), "float64": (53, -1074)}[target]
    exponent = -(2**10) if value == 0 else math.floor(math.log2(abs(value)))
    while Fraction(2) ** exponent > abs(value) and value:
        exponent -= 1
    while Fraction(2) ** (exponent + 1) <= abs(value):
        exponent += 1
    step = Fraction(2) ** max(exponent - bits + 1, least)
    low = math.floor(value / step) * step
    return low, low if low == value else low + step


def choose(value: Fraction, low: Fraction, high: Fraction, mode: str, low_is_even: bool) -> Fraction:
    """One of two neighbours."""
    if low == high:
        return low
    if mode == "towards-zero":
        return low if value > 0 else high
    if mode in ("towards-positive", "towards-negative"):
        return high if mode == "towards-positive" else low
    if value - low != high - value:
        return low if value - low < high - value else high
    if mode == "nearest-away":
        return high if value > 0 else low
    return low if low_is_even else high


def is_even(low: Fraction, high: Fraction) -> bool:
    return low == high or (low / (high - low)) % 2 == 0


@st.composite
def source_values(draw: Any) -> tuple[str, Any]:
    name = draw(st.sampled_from(INTEGERS + FLOATS))
    if name in INTEGERS:
        info = np.iinfo(name)
        near = st.integers(0, info.bits).flatmap(lambda b: st.integers(-2, 2).map(lambda d: 2**b + d))
        numbers = st.one_of(st.integers(int(info.min), int(info.max)), near, near.map(lambda n: -n))
        value = draw(numbers.filter(lambda n: info.min <= n <= info.max))
    else:
        width: Any = np.dtype(name).itemsize * 8
        halves = st.integers(-600, 600).map(lambda n: n / 2)
        value = draw(st.one_of(st.floats(allow_nan=False, allow_infinity=False, width=width), halves))
    return name, np.array([value], name)


@given(source_values(), st.sampled_from(INTEGERS + FLOATS), st.sampled_from(MODES))
def test_casts_are_exact(given_value: tuple[str, Any], target: str, mode: Any) -> None:
    source, values = given_value
    exact = Fraction(int(values[0]) if source in INTEGERS else float(values[0]))
    if target in INTEGERS:
        floor = Fraction(math.floor(exact))
        low, high = floor, floor if floor == exact else floor + 1
        limits = Fraction(int(np.iinfo(target).min)), Fraction(int(np.iinfo(target).max))
    else:
        low, high = ulp_grid(target, exact)
        limits = Fraction(float(np.finfo(target).min)), Fraction(float(np.finfo(target).max))
    want = choose(exact, low, high, mode, is_even(low, high))
    work = values.astype(kind(source).work)
    if limits[0] <= want <= limits[1]:
        out = cast(work, kind(source), kind(target), mode, None)
        assert out.dtype == target
        assert Fraction(int(out[0]) if target in INTEGERS else float(out[0])) == want
        assert target in INTEGERS or source in INTEGERS or np.signbit(out[0]) == np.signbit(values[0])
        return
    with pytest.raises(ValueError, match="out of range"):
        cast(work, kind(source), kind(target), mode, None)
    out = cast(work, kind(source), kind(target), mode, "clamp")
    if target in INTEGERS:
        assert int(out[0]) == (limits[0] if want < limits[0] else limits[1])
        bits = np.iinfo(target).bits
        wrapped = cast(work, kind(source), kind(target), mode, "wrap")
        assert (int(wrapped[0]) - int(want)) % 2**bits == 0
    else:
        assert out[0] == math.copysign(math.inf, exact)


@pytest.mark.parametrize("name", SMALL_FLOATS)
@pytest.mark.parametrize("mode", MODES)
def test_small_floats_are_exact(name: str, mode: Any) -> None:
    target = kind(name)
    table = target.values
    inside = np.random.default_rng(5).choice(table[:-1], 40)
    behind = table[np.searchsorted(table, inside) + 1]
    middle = (inside + behind) / 2
    for value in np.concatenate(
        [inside, middle, np.nextafter(middle, math.inf), np.nextafter(middle, -math.inf)]
    ):
        index = int(np.searchsorted(table, value))
        right = table[index]
        left = right if right == value else table[index - 1]
        even = int(target.patterns[np.searchsorted(table, left)]) % 2 == 0
        want = choose(Fraction(value), Fraction(left), Fraction(right), mode, even)
        out = cast(np.array([value]), kind("float64"), target, mode, None)
        assert Fraction(float(out.astype("f4")[0])) == want
    special = cast(table, kind("float64"), target, mode, None)
    assert (special.view(target.patterns.dtype) == target.patterns).all()


@pytest.mark.parametrize("name", SMALL_INTEGERS)
def test_small_integers(name: str) -> None:
    target = kind(name)
    values = np.arange(-40, 40)
    clamped = cast(values, kind("int64"), target, "nearest-even", "clamp").astype("i8")
    assert (clamped == np.clip(values, target.low, target.high)).all()
    wrapped = cast(values.astype("f8"), kind("float64"), target, "nearest-even", "wrap").astype("i8")
    assert ((wrapped - values) % 2**target.bits == 0).all()
    assert wrapped.min() == target.low
    assert wrapped.max() == target.high
    back = cast(
        wrapped.astype(target.dtype).astype(target.work), target, kind("float32"), "nearest-even", None
    )
    assert (back == wrapped).all()


def test_kinds_of_other_types() -> None:
    for other in ("bool", "c8", "M8[s]", "S3", "U3", "V4", "longdouble", "O"):
        assert kind_of(np.dtype(other)) is None


# --- maps


def test_maps_come_first() -> None:
    maps = {"encode": [["NaN", -1], ["Infinity", 127], [2.5, 9]], "decode": [[-1, "NaN"], [127, "Infinity"]]}
    codecs = [CastValue(data_type="int8", scalar_map=maps), BytesCodec()]
    chunk = np.array([[math.nan, math.inf], [2.5, 4.5]])
    assert encoded(codecs, chunk) == b"\xff\x7f\x09\x04"
    np.testing.assert_array_equal(through(codecs, chunk), [[math.nan, math.inf], [9, 4]])


def test_the_first_entry_counts_and_zeros_are_one() -> None:
    codecs = [CastValue(data_type="int8", scalar_map={"encode": [[1, 5], [1, 6], [0.0, 7]]}), BytesCodec()]
    assert encoded(codecs, np.array([1.0, 0.0, -0.0, 2.0])) == bytes([5, 7, 7, 2])
    several = [["0xfff8000000000001", 3], ["NaN", 4]]
    codecs = [CastValue(data_type="int8", scalar_map={"encode": several}), BytesCodec()]
    assert encoded(codecs, np.array([math.nan, -math.nan])) == bytes([3, 3])


@given(npst.arrays("i2", st.integers(1, 30), elements=st.integers(-9, 9)), st.permutations(range(-9, 10)))
def test_large_maps(chunk: Any, order: list[int]) -> None:
    maps = {"encode": [[n, 100 + n] for n in order[:12]], "decode": [[100 + n, n] for n in order[:12]]}
    codecs = [CastValue(data_type="uint8", scalar_map=maps, out_of_range="clamp"), BytesCodec()]
    listed = {n: 100 + n for n in order[:12]}
    assert list(encoded(codecs, chunk)) == [listed.get(n, max(n, 0)) for n in chunk.tolist()]


def test_maps_of_python_values() -> None:
    codec = CastValue(data_type="int8", scalar_map={"encode": {math.nan: np.int8(3), -math.inf: 4}})
    document: Any = codec.to_dict()
    assert document["configuration"]["scalar_map"] == {"encode": [["NaN", 3], ["-Infinity", 4]]}


# --- documents and arrays


@pytest.mark.parametrize(
    "configuration",
    [
        {"data_type": "int8"},
        {"data_type": "float32", "rounding": "towards-zero"},
        {"data_type": "uint8", "out_of_range": "wrap", "scalar_map": {"encode": [["NaN", 0]]}},
        {"data_type": "int8", "scalar_map": {}},
    ],
)
def test_documents(configuration: Any) -> None:
    document: Any = {"name": "cast_value", "configuration": configuration}
    codec = parse_codec(document)
    assert codec.to_dict() == document
    assert codec == parse_codec(codec.to_dict())
    assert hash(codec) == hash(parse_codec(document))
    defaults = {"rounding": "nearest-even", "out_of_range": None, "scalar_map": None}
    assert parse_codec({"name": "cast_value", "configuration": {**defaults, **configuration}}) == codec


@pytest.mark.parametrize(
    ("configuration", "error", "message"),
    [
        ({}, TypeError, "configuration.data_type: .*missing"),
        ({"data_type": "int8", "x": 1}, TypeError, "no member 'x'"),
        ({"data_type": "nope"}, ValueError, "configuration.data_type: "),
        ({"data_type": "bool"}, ValueError, "integer and floating-point"),
        ({"data_type": "int8", "rounding": "up"}, ValueError, "configuration.rounding: Expected one of"),
        (
            {"data_type": "int8", "out_of_range": "x"},
            ValueError,
            "configuration.out_of_range: Expected one of",
        ),
        ({"data_type": "float32", "out_of_range": "wrap"}, ValueError, "only valid for integer target"),
        ({"data_type": "int8", "scalar_map": 3}, TypeError, "configuration.scalar_map: Expected a mapping"),
        ({"data_type": "int8", "scalar_map": {"foo": []}}, ValueError, "'encode' and 'decode' only"),
        ({"data_type": "int8", "scalar_map": {"encode": 3}}, TypeError, "scalar_map.encode: Expected a list"),
        (
            {"data_type": "int8", "scalar_map": {"encode": [[1]]}},
            ValueError,
            "scalar_map.encode: Expected pairs",
        ),
    ],
)
def test_refused_documents(configuration: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        parse_codec({"name": "cast_value", "configuration": configuration})


@pytest.mark.parametrize(
    ("dtype", "fill", "options", "message"),
    [
        ("bool", False, {}, "integer and floating-point"),
        ("f8", 300, {}, "the fill value cannot be stored: Value 300.0 is out of range"),
        ("f8", math.nan, {}, "the fill value cannot be stored: Cannot cast nan"),
        ("f8", 0, {"scalar_map": {"encode": [["NaN", 300]]}}, "scalar_map.encode: 300 is not representable"),
        ("i8", 0, {"scalar_map": {"decode": [[1, 1.5]]}}, "scalar_map.decode: 1.5 is not representable"),
    ],
)
def test_arrays_that_do_not_fit(dtype: str, fill: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=rf"codecs\[0\].*{message}"):
        zarr.create_array(
            {}, shape=4, dtype=dtype, fill_value=fill, filters=[CastValue(data_type="int8", **options)]
        )


@pytest.mark.parametrize("outside", [True, False])
def test_with_shards_and_a_fill_value_that_is_mapped(outside: bool) -> None:
    maps = {"encode": [["NaN", -1]], "decode": [[-1, "NaN"]]}
    codec = CastValue(data_type="int16", out_of_range="clamp", scalar_map=maps)
    options: Any = {"chunks": (2,), "shards": (8,)}
    if outside:
        options = {"chunks": (8,), "serializer": ShardingCodec(chunk_shape=(2,))}
    array = zarr.create_array(
        {}, shape=8, dtype="f8", fill_value=math.nan, filters=[codec], compressors=None, **options
    )
    array[1:3] = [5, 70000]
    np.testing.assert_array_equal(zarr.open_array(array.store)[:], [math.nan, 5, 32767, *[math.nan] * 5])


def test_more_bytes_per_element_than_the_array_has() -> None:
    array = zarr.create_array({}, data=np.arange(4, dtype="i1"), filters=[CastValue(data_type="float32")])
    assert zarr.open_array(array.store)[:].tolist() == [0, 1, 2, 3]
    chain = chain_of([CastValue(data_type="float32"), LITTLE], (4,), "i1")
    assert chain.encoded_size == 16
    with pytest.raises(ChunkError, match="cast_value.*Value 200.0 is out of range for int8"):
        chain.decode(np.array([1, 2, 3, 200], "f4").tobytes())


@given(
    npst.arrays("f8", npst.array_shapes(min_dims=0, max_dims=3, max_side=4), elements=st.floats(-120, 120))
)
def test_shapes_orders_and_scalars(chunk: Any) -> None:
    assume(chunk.size)
    codecs = [CastValue(data_type="int8"), BytesCodec()]
    out = through(codecs, np.array(chunk, order="F"))
    assert out.shape == chunk.shape
    assert (out == np.rint(chunk)).all()
