"""scale_offset: the arithmetic of each type, and the errors where it has no result."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from codec_chunks import chain_of, encoded, through
from hypothesis import given
from hypothesis import strategies as st

import zarr
from zarr.codecs import BytesCodec, CastValue, ScaleOffset, ShardingCodec
from zarr.core.metadata.v3 import parse_codec
from zarr.errors import ChunkError

LITTLE = BytesCodec(endian="little")


@pytest.mark.parametrize(
    ("dtype", "options", "values", "expected"),
    [
        ("f8", {"offset": 5, "scale": 2}, [5, 6, 10, 11], [0, 2, 10, 12]),
        ("f4", {"offset": 0.1, "scale": 10}, [1, 2, 3], (np.float32([1, 2, 3]) - np.float32(0.1)) * np.float32(10)),
        ("f2", {"offset": 0.1, "scale": 10}, [1, 2, 3], [9, 19, 29]),
        ("f4", {"offset": "NaN"}, [1.0], [math.nan]),
        ("f4", {"offset": 1, "scale": 10}, [math.inf, -math.inf, math.nan], [math.inf, -math.inf, math.nan]),
        ("i4", {"offset": -5, "scale": 3}, [5, -5], [30, 0]),
        ("i1", {"scale": -1}, [-127, 3], [127, -3]),
        ("u1", {"offset": 5, "scale": 2}, [5, 6, 132], [0, 2, 254]),
        ("u8", {"offset": 2**63}, [2**64 - 1], [2**63 - 1]),
("i8", {"offset": 2**62, "scale": -2}, [2**62 - 7, 2**62 + 9], [14, -18]),
        (">i2", {"scale": 2}, [3], [6]),
    ],
)  # fmt: skip
def test_vectors(dtype: str, options: Any, values: Any, expected: Any) -> None:
    chunk = np.array(values, dtype)
    want = np.array(expected, np.dtype(dtype).newbyteorder("<"))
    chain = chain_of([ScaleOffset(**options), LITTLE], chunk.shape, dtype, fill_value=chunk[0])
    data: Any = chain.encode(chunk)
    assert bytes(memoryview(data)) == want.tobytes()
    if not np.isnan(want.astype("f8")).any():
        np.testing.assert_allclose(chain.decode(data), chunk, rtol=1e-3)


@given(st.data(), st.sampled_from(["i1", "u1", "i4", "u4", "i8", "u8"]))
def test_integers_are_exact_or_refused(data: Any, dtype: str) -> None:
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    bits = high.bit_length()
    near = st.integers(0, bits).flatmap(lambda b: st.integers(-2, 2).map(lambda d: 2**b + d))
    numbers = st.one_of(st.integers(low, high), near, near.map(lambda n: -n), st.integers(-3, 3))
    numbers = numbers.filter(lambda n: low <= n <= high)
    offset, scale = data.draw(numbers), data.draw(numbers.filter(bool))
    value, stored = data.draw(numbers), data.draw(numbers)
    chain = chain_of([ScaleOffset(offset=offset, scale=scale), LITTLE], (1,), dtype, fill_value=offset)
    difference, result = value - offset, (value - offset) * scale
    if low <= difference <= high and low <= result <= high:
        encoding: Any = chain.encode(np.array([value], dtype))
        assert np.frombuffer(encoding, dtype)[0] == result
        assert chain.decode(encoding)[0] == value
    else:
        with pytest.raises(ValueError, match="outside the range"):
            chain.encode(np.array([value], dtype))
    quotient, rest = divmod(stored, scale)
    if rest == 0 and low <= quotient <= high and low <= quotient + offset <= high:
        assert chain.decode(np.array([stored], dtype).tobytes())[0] == quotient + offset
    else:
        with pytest.raises(ChunkError, match="scale_offset"):
            chain.decode(np.array([stored], dtype).tobytes())


def test_floats_that_overflow_say_so() -> None:
    with pytest.warns(RuntimeWarning, match="overflow"):
        assert (
            encoded([ScaleOffset(scale=10), LITTLE], np.array([3e38], "f4")) == np.float32(math.inf).tobytes()
        )


def test_small_types() -> None:
    pytest.importorskip("ml_dtypes")
    chain = chain_of([ScaleOffset(offset=1, scale=2), BytesCodec()], (2,), "uint4", fill_value=1)
    dtype = chain.dtype
    assert chain.decode(chain.encode(np.array([1, 8]).astype(dtype))).astype("i8").tolist() == [1, 8]  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Value 9 gives one outside the range of uint4"):
        chain.encode(np.array([1, 9]).astype(dtype))
    chain = chain_of([ScaleOffset(offset=1, scale=2), LITTLE], (2,), "bfloat16")
    assert chain.decode(chain.encode(np.array([1, 1.5]).astype(chain.dtype))).tolist() == [1, 1.5]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "document"),
    [
        ({}, {"name": "scale_offset"}),
        ({"offset": 0, "scale": 1}, {"name": "scale_offset"}),
        ({"offset": np.float64(5)}, {"name": "scale_offset", "configuration": {"offset": 5.0}}),
        (
            {"offset": "NaN", "scale": 2},
            {"name": "scale_offset", "configuration": {"offset": "NaN", "scale": 2}},
        ),
    ],
)
def test_documents(options: Any, document: Any) -> None:
    codec = ScaleOffset(**options)
    assert codec.to_dict() == document
    assert parse_codec(document) == codec
    assert parse_codec({"name": "scale_offset", "configuration": options}) == codec
    assert parse_codec("scale_offset") == ScaleOffset()


@pytest.mark.parametrize(
    ("configuration", "error", "message"),
    [
        ({"x": 1}, TypeError, "no member 'x'"),
        ({"offset": None}, TypeError, "offset must be a number or string, got NoneType"),
        ({"offset": [1]}, TypeError, "got list"),
        ({"scale": 0}, ValueError, "scale_offset scale must be non-zero"),
    ],
)
def test_refused_documents(configuration: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        parse_codec({"name": "scale_offset", "configuration": configuration})


@pytest.mark.parametrize(
    ("dtype", "fill", "options", "message"),
    [
        ("bool", 0, {}, "only supports integer and floating-point"),
        ("c8", 0, {}, "only supports integer and floating-point"),
        ("i4", 0, {"offset": 1.5}, r"configuration\.offset: 1.5 is not representable"),
        ("u1", 0, {"offset": 300}, r"configuration\.offset: 300 is not representable"),
        ("f4", 0, {"scale": "-0"}, "non-zero"),
        ("u1", 3, {"offset": 5}, "the fill value cannot be stored: Value 3"),
    ],
)
def test_arrays_that_do_not_fit(dtype: str, fill: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=rf"codecs\[0\].*{message}"):
        zarr.create_array({}, shape=4, dtype=dtype, fill_value=fill, filters=[ScaleOffset(**options)])


@pytest.mark.parametrize("outside", [True, False])
def test_with_cast_value_in_shards(outside: bool) -> None:
    maps = {"encode": [["NaN", 65535]], "decode": [[65535, "NaN"]]}
    filters = [ScaleOffset(offset=20, scale=100), CastValue(data_type="uint16", scalar_map=maps)]
    options: Any = {"chunks": (2,), "shards": (6,)}
    if outside:
        options = {"chunks": (6,), "serializer": ShardingCodec(chunk_shape=(2,))}
    array = zarr.create_array({}, shape=6, dtype="f8", fill_value=math.nan, filters=filters, **options)
    array[3:5] = [20.5, 21.251]
    np.testing.assert_array_equal(zarr.open_array(array.store)[:], [math.nan] * 3 + [20.5, 21.25, math.nan])
    assert chain_of([ScaleOffset(offset=1), LITTLE], (), "f8").encoded_size == 8
    assert through([ScaleOffset(offset=1, scale=2), LITTLE], np.array(3.0)).shape == ()
