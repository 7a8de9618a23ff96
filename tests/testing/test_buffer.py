"""Buffers of classes of their own, and the store that insists on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zarr.abc.buffer import BufferPrototype
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.testing.buffer import (
    NDBufferUsingTestNDArrayLike,
    StoreExpectingTestBuffer,
    TestBuffer,
    TestNDArrayLike,
)
from zarr.testing.utils import assert_bytes_equal

PROTOTYPE = BufferPrototype(buffer=TestBuffer, nd_buffer=NDBufferUsingTestNDArrayLike)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(("fill_value", "expected"), [(None, 0), (0, 0), (7, 7), (np.int16(-1), -1)])
def test_new_array_is_of_the_class(order: Any, fill_value: Any, expected: int) -> None:
    made = NDBufferUsingTestNDArrayLike.create(shape=(2, 3), dtype="i2", order=order, fill_value=fill_value)
    array: Any = made.as_ndarray_like()
    assert type(array) is TestNDArrayLike
    assert array.flags[f"{order}_CONTIGUOUS"]
    np.testing.assert_array_equal(array, np.full((2, 3), expected, "i2"))
    empty = NDBufferUsingTestNDArrayLike.empty((2, 3), "i2", order)
    assert type(empty.as_ndarray_like()) is TestNDArrayLike
    assert empty.shape == (2, 3)


@pytest.mark.parametrize("dtype", ["?", "U3", "S3", "M8[s]", "c8", [("a", "i4")]])
def test_new_array_of_other_types(dtype: Any) -> None:
    made = NDBufferUsingTestNDArrayLike.create(shape=(2,), dtype=dtype)
    np.testing.assert_array_equal(np.asarray(made.as_ndarray_like()), np.zeros(2, dtype))


def test_pytest_does_not_collect_them() -> None:
    assert not TestBuffer.__test__
    assert not TestNDArrayLike.__test__


async def test_store_takes_and_gives_the_class_only() -> None:
    store = StoreExpectingTestBuffer()
    assert not store._suspends
    value = TestBuffer.from_bytes(b"abc")
    await store.set("c/0", value)
    observed = await store.get("c/0", PROTOTYPE)
    assert type(observed) is TestBuffer
    assert_bytes_equal(observed, value)
    assert await store.get("c/1", PROTOTYPE) is None
    with pytest.raises(AssertionError):
        await store.set("c/0", cpu.Buffer.from_bytes(b"abc"))
    with pytest.raises(AssertionError):
        await store.get("c/0", default_buffer_prototype())
    with pytest.raises(AssertionError):
        store.set_sync("c/0", cpu.Buffer.from_bytes(b"abc"))
    with pytest.raises(AssertionError):
        store.get_sync("c/0")


async def test_documents_are_exempt() -> None:
    store = StoreExpectingTestBuffer()
    for value in (cpu.Buffer.from_bytes(b"{}"), TestBuffer.from_bytes(b"{}")):
        await store.set("a/zarr.json", value)
        assert_bytes_equal(await store.get("a/zarr.json", default_buffer_prototype()), b"{}")
