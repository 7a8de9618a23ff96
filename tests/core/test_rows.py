"""Copies by rows against NumPy's."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from zarr.core import rows

DTYPES = [
    "u1",
    "<i2",
    ">i4",
    "<f4",
    ">f8",
    "c16",
    "?",
    "S3",
    "U2",
    "M8[us]",
    "O",
    [("a", "i1"), ("b", "<i4")],
]


@st.composite
def arrays(draw: st.DrawFn, shape: tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
    """An array of this shape that lies in memory in some way."""
    ndim = len(shape)
    order = draw(st.permutations(range(ndim)))
    steps = [draw(st.sampled_from([1, 1, 1, 2, -1])) for _ in shape]
    whole = np.zeros([shape[axis] * abs(steps[axis]) for axis in order], dtype).transpose(np.argsort(order))
    return whole[(*(slice(None, None, step) for step in steps), ...)]


@pytest.mark.differential
@given(st.data())
def test_against_numpy(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(0, 6), min_size=0, max_size=4)))
    kinds = [np.dtype(data.draw(st.sampled_from(DTYPES)))] * 2
    if data.draw(st.booleans()):
        kinds[1] = np.dtype("f8")
        kinds[0] = np.dtype(data.draw(st.sampled_from(["<i2", "<f4", ">f4"])))
    source, target = data.draw(arrays(shape, kinds[0])), data.draw(arrays(shape, kinds[1]))
    plain = np.random.default_rng(0).integers(0, 100, shape)
    source[...] = plain.astype(str) if kinds[0].kind in "SU" else plain
    expected = target.copy()
    expected[...] = source
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_FEWEST", data.draw(st.sampled_from([1, 4, 128])))
        rows.assign(target, source)
        made = rows.contiguous(source, source.dtype)
    assert np.array_equal(target, expected)
    assert made.flags.c_contiguous
    assert np.array_equal(made, np.ascontiguousarray(source))
    assert made.dtype == source.dtype


def test_short_rows_are_copied_as_elements() -> None:
    source = np.arange(4096, dtype="f4").reshape(256, 16)[:, ::-1][:, ::-1]
    assert rows._row(source) == np.dtype("V64")
    assert rows._row(source[:, ::2]) is None
    assert rows._row(np.zeros((256, 100), "f4")) is None
    assert rows._row(np.zeros((2, 16), "f4")) is None


def test_a_value_is_broadcast() -> None:
    target = np.zeros((300, 8), "i4")
    rows.assign(target, np.arange(8, dtype="i4"))
    assert (target == np.arange(8)).all()
