"""Buffers of classes of their own, and a store that insists on them.

With these a test sees whether code keeps to the buffer classes that its caller asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from zarr.core.buffer import cpu
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from typing import Self

    import numpy.typing as npt

    from zarr.abc.buffer import Buffer, BufferPrototype, NDArrayLike
    from zarr.abc.store import ByteRequest

__all__ = ["NDBufferUsingTestNDArrayLike", "StoreExpectingTestBuffer", "TestBuffer", "TestNDArrayLike"]


class TestNDArrayLike(np.ndarray[Any, np.dtype[Any]]):
    """An array class of its own."""

    __test__ = False


class TestBuffer(cpu.Buffer):
    """A buffer class of its own."""

    __test__ = False


class NDBufferUsingTestNDArrayLike(cpu.NDBuffer):
    """A buffer whose new arrays are ``TestNDArrayLike``."""

    @classmethod
    def create(
        cls,
        *,
        shape: Iterable[int],
        dtype: npt.DTypeLike,
        order: Literal["C", "F"] = "C",
        fill_value: Any | None = None,
    ) -> Self:
        """A new array, filled with ``fill_value``, or with zeros where that is None."""
        array = TestNDArrayLike(shape=tuple(shape), dtype=dtype, order=order)
        array.fill(np.zeros((), dtype)[()] if fill_value is None else fill_value)
        return cls(cast("NDArrayLike", array))

    @classmethod
    def empty(cls, shape: tuple[int, ...], dtype: npt.DTypeLike, order: Literal["C", "F"] = "C") -> Self:
        """A new array whose content is not set."""
        return cls(cast("NDArrayLike", TestNDArrayLike(shape=shape, dtype=dtype, order=order)))


class StoreExpectingTestBuffer(MemoryStore):
    """A store in memory for ``TestBuffer``: what is set or asked for in another class fails an assertion.

    Keys with ``json`` in them are exempt: metadata is always read and written in the CPU's plain buffers.
    """

    _suspends = False

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """As in MemoryStore, after the assertion; the coroutine ``get`` comes through here too."""
        if "json" not in key:
            assert prototype is not None
            assert issubclass(prototype.buffer, TestBuffer)
        value = super().get_sync(key, prototype=prototype, byte_range=byte_range)
        if "json" not in key and value is not None:
            assert isinstance(value, TestBuffer)
        return value

    def set_sync(self, key: str, value: Buffer) -> None:
        """As in MemoryStore, after the assertion; the coroutine ``set`` comes through here too."""
        if "json" not in key:
            assert isinstance(value, TestBuffer)
        super().set_sync(key, value)
