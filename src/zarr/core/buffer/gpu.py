"""Buffers in the memory of a GPU, over CuPy arrays. Importable without CuPy; making one is not possible then."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from zarr.abc import buffer as core
from zarr.registry import register_buffer, register_ndbuffer

if TYPE_CHECKING:
    from typing import Self

    import numpy.typing as npt

    from zarr.core.common import BytesLike

__all__ = ["Buffer", "NDBuffer", "buffer_prototype"]


@cache
def cupy() -> Any:
    """CuPy; ImportError with what to do where it is missing."""
    try:
        return import_module("cupy")
    except ImportError as error:
        raise ImportError("GPU buffers need CuPy: pip install 'zarr[gpu]'.") from error


class Buffer(core.Buffer):
    """A run of bytes in a CuPy array.

    Raises
    ------
    ImportError
        If CuPy is missing.
    """

    __slots__ = ()

    def __init__(self, array_like: core.ArrayLike) -> None:
        cupy()
        if not hasattr(array_like, "__cuda_array_interface__"):
            raise ValueError("array_like: expected an array in the memory of a GPU")
        super().__init__(array_like)

    @classmethod
    def create_zero_length(cls) -> Self:
        return cls(cupy().array([], dtype="B"))

    @classmethod
    def from_buffer(cls, buffer: core.Buffer) -> Self:
        return cls.from_array_like(buffer.as_array_like())

    @classmethod
    def from_array_like(cls, array_like: core.ArrayLike) -> Self:
        """Wrap a one-dimensional array of bytes, copied to the GPU if it is not there."""
        return cls(cupy().asarray(array_like))

    @classmethod
    def from_bytes(cls, bytes_like: BytesLike) -> Self:
        return cls(cupy().asarray(np.frombuffer(bytes_like, dtype="B")))

    def as_numpy_array(self) -> npt.NDArray[Any]:
        return cast("npt.NDArray[Any]", cupy().asnumpy(self._data))

    def combine(self, others: Iterable[core.Buffer]) -> Self:
        parts = [self._data, *(cupy().asarray(other.as_array_like()) for other in others)]
        return self.__class__(cupy().concatenate(parts))


class NDBuffer(core.NDBuffer):
    """An N-dimensional CuPy array.

    Raises
    ------
    ImportError
        If CuPy is missing.
    """

    __slots__ = ()

    def __init__(self, array: core.NDArrayLike) -> None:
        cupy()
        if not hasattr(array, "__cuda_array_interface__"):
            raise ValueError("array: expected an array in the memory of a GPU")
        super().__init__(array)

    @classmethod
    def create(
        cls,
        *,
        shape: Iterable[int],
        dtype: npt.DTypeLike,
        order: Literal["C", "F"] = "C",
        fill_value: Any | None = None,
    ) -> Self:
        made = cls.empty(tuple(shape), dtype, order)
        made.fill(0 if fill_value is None else fill_value)
        return made

    @classmethod
    def empty(cls, shape: tuple[int, ...], dtype: npt.DTypeLike, order: Literal["C", "F"] = "C") -> Self:
        return cls(cupy().empty(shape=shape, dtype=dtype, order=order))

    @classmethod
    def from_ndarray_like(cls, ndarray_like: core.NDArrayLike) -> Self:
        """Wrap an array, copied to the GPU if it is not there."""
        return cls(cupy().asarray(ndarray_like))

    @classmethod
    def from_numpy_array(cls, array_like: npt.ArrayLike) -> Self:
        return cls(cupy().asarray(array_like))

    def as_numpy_array(self) -> npt.NDArray[Any]:
        return cast("npt.NDArray[Any]", cupy().asnumpy(self._data))

    def __getitem__(self, key: Any) -> Self:
        return self.__class__(cupy().asanyarray(self._data.__getitem__(key)))

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, core.NDBuffer):
            value = value.as_ndarray_like()
        if isinstance(value, np.ndarray):
            value = cupy().asarray(value)
        self._data.__setitem__(key, value)


buffer_prototype = core.BufferPrototype(buffer=Buffer, nd_buffer=NDBuffer)

register_buffer(Buffer)
register_buffer(Buffer, "zarr.buffer.gpu.Buffer")
register_ndbuffer(NDBuffer)
register_ndbuffer(NDBuffer, "zarr.buffer.gpu.NDBuffer")
