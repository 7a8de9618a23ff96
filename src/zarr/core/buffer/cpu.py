"""Buffers in the memory of the CPU, over NumPy arrays. Nothing is copied that need not be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zarr.abc import buffer as core
from zarr.abc.store import set_default_prototype
from zarr.registry import register_buffer, register_ndbuffer

if TYPE_CHECKING:
    from typing import Self

    import numpy.typing as npt

    from zarr.core.common import BytesLike

__all__ = ["Buffer", "NDBuffer", "as_numpy_array_wrapper", "buffer_prototype", "numpy_buffer_prototype"]

_BYTE = np.dtype("B")


class Buffer(core.Buffer):
    """A run of bytes in a NumPy array."""

    __slots__ = ()

    @classmethod
    def create_zero_length(cls) -> Self:
        return cls(np.empty(0, dtype=_BYTE))

    @classmethod
    def from_buffer(cls, buffer: core.Buffer) -> Self:
        view = cls(buffer.as_numpy_array())
        view.generation = buffer.generation
        return view

    @classmethod
    def from_bytes(cls, bytes_like: BytesLike) -> Self:
        return cls(np.frombuffer(bytes_like, dtype=_BYTE))

    def as_numpy_array(self) -> npt.NDArray[Any]:
        return np.asanyarray(self._data)

    def combine(self, others: Iterable[core.Buffer]) -> Self:
        parts = [self.as_numpy_array(), *(other.as_numpy_array() for other in others)]
        return self.__class__(np.concatenate(parts))


class NDBuffer(core.NDBuffer):
    """An N-dimensional NumPy array."""

    __slots__ = ()

    @classmethod
    def create(
        cls,
        *,
        shape: Iterable[int],
        dtype: npt.DTypeLike,
        order: Literal["C", "F"] = "C",
        fill_value: Any | None = None,
    ) -> Self:
        if fill_value is None or (isinstance(fill_value, int) and fill_value == 0):
            return cls(np.zeros(shape=tuple(shape), dtype=dtype, order=order))
        array = np.empty(tuple(shape), dtype, order)
        array[...] = fill_value  # np.full loses zeros at the end of bytes
        return cls(array)

    @classmethod
    def empty(cls, shape: tuple[int, ...], dtype: npt.DTypeLike, order: Literal["C", "F"] = "C") -> Self:
        return cls(np.empty(shape=shape, dtype=dtype, order=order))

    @classmethod
    def from_numpy_array(cls, array_like: npt.ArrayLike) -> Self:
        return cls(np.asanyarray(array_like))

    def as_numpy_array(self) -> npt.NDArray[Any]:
        return np.asanyarray(self._data)

    def __getitem__(self, key: Any) -> Self:
        return self.__class__(np.asanyarray(self._data.__getitem__(self._of_arrays(key))))

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, core.NDBuffer):
            key, value = self._of_arrays(key), value.as_ndarray_like()
        self._data.__setitem__(key, value)

    def _of_arrays(self, key: Any) -> Any:
        """A key that means the same, by which an element is taken as an array, whatever object it is."""
        items = key if isinstance(key, tuple) else (key,)
        if self._data.dtype.kind != "O" or any(item is Ellipsis for item in items):
            return key
        return (*items, ...)


def as_numpy_array_wrapper(
    func: Callable[[npt.NDArray[Any]], bytes], buf: core.Buffer, prototype: core.BufferPrototype
) -> core.Buffer:
    """Apply a function of NumPy bytes to any buffer; the result is a buffer of the prototype."""
    return prototype.buffer.from_bytes(func(buf.as_numpy_array()))


buffer_prototype = core.BufferPrototype(buffer=Buffer, nd_buffer=NDBuffer)
set_default_prototype(buffer_prototype)


def numpy_buffer_prototype() -> core.BufferPrototype:
    """The prototype of plain NumPy buffers, whatever the configuration says."""
    return buffer_prototype


register_buffer(Buffer)
register_buffer(Buffer, "zarr.buffer.cpu.Buffer")
register_ndbuffer(NDBuffer)
register_ndbuffer(NDBuffer, "zarr.buffer.cpu.NDBuffer")
