"""Whether a chunk is nothing but the fill value, against a reference that goes element by element."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from zarr.core.fill import fill_checker

DTYPES = [
    "bool", "i1", "u8", "<i4", ">i2", "f2", "<f4", ">f8", "c8", ">c16", "M8[s]", ">m8[ns]", "S3", "<U2", ">U2", "V3",
    [("a", "u1"), ("b", "<f4")], [("a", "i2"), ("b", [("c", "f8")])],
]  # fmt: skip


def slowly(array: np.ndarray[Any, Any], fill: np.ndarray[Any, Any]) -> bool:
    """NaN is NaN and NaT is NaT whatever their bits; else bits count, so that 0.0 is not -0.0."""
    kind = array.dtype.kind
    for item in array.reshape(-1):
        one = np.asarray(item, array.dtype)
        if one.tobytes() == fill.tobytes():
            continue
        if kind == "f" and np.isnan(one) and np.isnan(fill):
            continue
        return False
    return True


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, Any]:
    """An array of which all, or all but one, or any elements are the fill value."""
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    pool = [bytes(dtype.itemsize)] + [draw(st.binary(min_size=dtype.itemsize, max_size=dtype.itemsize))]
    if dtype.kind == "f":
        pool += [np.asarray(v, dtype).tobytes() for v in (-0.0, np.nan, -np.nan, np.inf, 1)]
    if dtype.kind == "U":
        pool = [np.array(v, dtype).tobytes() for v in ("", "a", "ab")]
    if dtype.kind == "b":
        pool = [b"\0", b"\1"]
    fill = np.frombuffer(draw(st.sampled_from(pool)), dtype)[0]
    shape = draw(npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
    array = np.full(shape, fill, dtype)
    flat = array.reshape(-1)
    for _ in range(draw(st.integers(0, 2)) if flat.size else 0):
        place = draw(st.integers(0, flat.size - 1))
        flat[place] = np.frombuffer(draw(st.sampled_from(pool)), dtype)[0]
    array = flat.reshape(shape)
    if draw(st.booleans()):
        array = np.asfortranarray(array)
    if array.ndim and draw(st.booleans()):
        array = np.repeat(array, 2, axis=-1)[..., ::2]
    return array, fill


@pytest.mark.differential
@given(cases())
def test_against_the_reference(case: tuple[Any, Any]) -> None:
    array, fill = case
    check = fill_checker(array.dtype, fill)
    assert check(array) is slowly(array, np.asarray(fill, array.dtype))


def pattern(value: int, dtype: str) -> Any:
    return np.frombuffer(struct.pack("<Q", value)[: np.dtype(dtype).itemsize], dtype)[0]


# dtype, fill value, elements, whether they are it
CASES: list[tuple[Any, Any, Any, bool]] = [
    ("f8", np.nan, [pattern(0x7FF8000000000001, "f8"), -np.nan], True),
    ("f8", np.nan, [np.nan, 0], False),
    ("f8", 0.0, [0.0, -0.0], False),
    ("f8", -0.0, [-0.0, -0.0], True),
    ("f4", np.inf, [np.inf, np.inf], True),
    ("c8", 0, [complex(0, 0), complex(0, -0.0)], False),
    ("M8[s]", "NaT", ["NaT", "NaT"], True),
    ("M8[s]", "NaT", ["NaT", 0], False),
    ("M8[s]", 5, [5, 5], True),
    ("U3", "a", ["a", "a"], True),
    ("U3", "", ["", "a"], False),
    ("S3", b"", [b"", b"\0"], True),
    (np.dtypes.StringDType(), "", ["", ""], True),
    (np.dtypes.StringDType(), "x", ["x", ""], False),
    (object, "", ["", ""], True),
    (object, b"", [b"", b"a"], False),
    (object, 0, [0, False], False),
    (object, 0, [0, 0.0], False),
    (object, None, [None, None], False),
    ("i2", None, [0, 0], False),
    ("i2", 0, [], True),
]


@pytest.mark.parametrize(("dtype", "fill", "elements", "expected"), CASES)
def test_cases(dtype: Any, fill: Any, elements: Any, expected: bool) -> None:
    dtype = np.dtype(dtype)
    value = fill if fill is None or dtype.kind in "OT" else np.array(fill, dtype)[()]
    assert fill_checker(dtype, value)(np.array(elements, dtype)) == expected


def test_arrays_in_the_other_byte_order() -> None:
    assert fill_checker(np.dtype("<f4"), np.float32(0))(np.zeros(3, ">f4"))
    assert not fill_checker(np.dtype("<i4"), np.int32(1))(np.full(3, 1 << 24, ">i4").view("<i4") + 1)
