"""The contracts of memory: a Buffer is one run of bytes, an NDBuffer an N-dimensional array.

Both wrap what holds the data (a NumPy array on a CPU, a CuPy array on a GPU) and share it: wrapping,
slicing and viewing copy nothing. Nothing here knows where memory lives; ``zarr.buffer.cpu`` and
``zarr.buffer.gpu`` do.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Sequence
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Literal,
    NamedTuple,
    Protocol,
    Self,
    SupportsIndex,
    TypeAlias,
    cast,
    runtime_checkable,
)

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "UNSURE",
    "ArrayLike",
    "Buffer",
    "BufferPrototype",
    "NDArrayLike",
    "NDArrayLikeOrScalar",
    "NDBuffer",
]

_BytesLike: TypeAlias = bytes | bytearray | memoryview
UNSURE: Final = "unsure"
"""The generation of bytes from a value that has been changed just now."""

_BYTE = np.dtype("B")

ScalarType: TypeAlias = int | float | complex | bytes | str | bool | np.generic


@runtime_checkable
class ArrayLike(Protocol):
    """What a Buffer can wrap: a one-dimensional array of bytes."""

    @property
    def dtype(self) -> np.dtype[Any]: ...
    @property
    def ndim(self) -> int: ...
    @property
    def size(self) -> int: ...
    def __getitem__(self, key: slice) -> Self: ...
    def __setitem__(self, key: slice, value: Any) -> None: ...
    def copy(self) -> Self: ...


@runtime_checkable
class NDArrayLike(Protocol):
    """What an NDBuffer can wrap: an N-dimensional array of NumPy's kind."""

    @property
    def dtype(self) -> np.dtype[Any]: ...
    @property
    def ndim(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, key: slice) -> Self: ...
    def __setitem__(self, key: slice, value: Any) -> None: ...
    def __array__(self) -> npt.NDArray[Any]: ...
    def reshape(
        self,
        shape: tuple[int, ...],
        /,
        *,
        order: Literal["A", "C", "F"] | None = ...,
        copy: bool | None = ...,
    ) -> NDArrayLike: ...
    def view(self, dtype: npt.DTypeLike) -> Self: ...
    def astype(
        self, dtype: npt.DTypeLike, order: Literal["K", "A", "C", "F"] = ..., *, copy: bool = ...
    ) -> Self: ...
    def fill(self, value: Any) -> None: ...
    def copy(self) -> Self: ...
    def transpose(self, axes: SupportsIndex | Sequence[SupportsIndex] | None) -> Self: ...
    def ravel(self, order: Literal["K", "A", "C", "F"] = ...) -> Self: ...
    def all(self) -> np.bool_: ...
    def __eq__(self, other: object) -> Self: ...  # type: ignore[override]


NDArrayLikeOrScalar: TypeAlias = ScalarType | NDArrayLike


class BufferPrototype(NamedTuple):
    """The pair of buffer classes that an operation makes its results with."""

    buffer: type[Buffer]
    nd_buffer: type[NDBuffer]


def check_item_key_is_1d_contiguous(key: Any) -> None:
    """Raise TypeError or ValueError unless ``key`` is a slice with step 1."""
    if not isinstance(key, slice):
        raise TypeError(f"Item key has incorrect type (expected slice, got {key.__class__.__name__})")
    if not (key.step is None or key.step == 1):
        raise ValueError("slice must be contiguous")


class Buffer(ABC):
    """A contiguous run of bytes.

    Parameters
    ----------
    array_like
        One-dimensional array with dtype ``B`` (uint8), which is shared.

    Attributes
    ----------
    generation
        Of bytes that a store read: equal for two reads of the same key exactly if both saw the same stored
        value. None where the store cannot tell, ``UNSURE`` where it could not tell this time.
    """

    __slots__ = ("_data", "generation")

    generation: Hashable

    def __init__(self, array_like: ArrayLike) -> None:
        if array_like.ndim != 1:
            raise ValueError("array_like: only 1-dim allowed")
        if array_like.dtype != _BYTE:
            raise ValueError("array_like: only byte dtype allowed")
        self._data = array_like
        self.generation = None

    @classmethod
    @abstractmethod
    def create_zero_length(cls) -> Self:
        """A buffer of no bytes."""

    @classmethod
    def from_array_like(cls, array_like: ArrayLike) -> Self:
        """Wrap a one-dimensional array of bytes."""
        return cls(array_like)

    @classmethod
    @abstractmethod
    def from_buffer(cls, buffer: Buffer) -> Self:
        """This class's view of any buffer, copying only between kinds of memory."""

    @classmethod
    @abstractmethod
    def from_bytes(cls, bytes_like: _BytesLike) -> Self:
        """A buffer over a bytes-like object, without a copy where that can be."""

    def as_array_like(self) -> ArrayLike:
        """The array inside."""
        return self._data

    @abstractmethod
    def as_numpy_array(self) -> npt.NDArray[Any]:
        """The bytes as a one-dimensional NumPy array, without a copy where that can be."""

    def as_buffer_like(self) -> _BytesLike:
        """The bytes as an object with the buffer protocol."""
        return memoryview(self.as_numpy_array())

    def to_bytes(self) -> bytes:
        """A copy of the bytes."""
        return bytes(self.as_numpy_array())

    def __getitem__(self, key: slice) -> Self:
        check_item_key_is_1d_contiguous(key)
        part = self.__class__(self._data.__getitem__(key))
        part.generation = self.generation
        return part

    def __setitem__(self, key: slice, value: Any) -> None:
        check_item_key_is_1d_contiguous(key)
        self._data.__setitem__(key, value)

    def __len__(self) -> int:
        return self._data.size

    @abstractmethod
    def combine(self, others: Iterable[Buffer]) -> Self:
        """A new buffer: these bytes, then those of the others."""

    def __add__(self, other: Buffer) -> Self:
        return self.combine([other])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Buffer) and np.array_equal(self.as_numpy_array(), other.as_numpy_array())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} bytes>"


class NDBuffer:
    """An N-dimensional array.

    Parameters
    ----------
    array
        The array, which is shared.
    """

    __slots__ = ("_data",)

    def __init__(self, array: NDArrayLike) -> None:
        self._data = array

    @classmethod
    @abstractmethod
    def create(
        cls,
        *,
        shape: Iterable[int],
        dtype: npt.DTypeLike,
        order: Literal["C", "F"] = "C",
        fill_value: Any | None = None,
    ) -> Self:
        """A new array, filled with ``fill_value``, or with zeros where that is None."""
        raise NotImplementedError

    @classmethod
    def empty(cls, shape: tuple[int, ...], dtype: npt.DTypeLike, order: Literal["C", "F"] = "C") -> Self:
        """A new array whose content is not set."""
        return cls.create(shape=shape, dtype=dtype, order=order)

    @classmethod
    def from_ndarray_like(cls, ndarray_like: NDArrayLike) -> Self:
        """Wrap an array."""
        return cls(ndarray_like)

    @classmethod
    @abstractmethod
    def from_numpy_array(cls, array_like: npt.ArrayLike) -> Self:
        """Wrap a NumPy array, copying only to another kind of memory."""
        raise NotImplementedError

    def as_ndarray_like(self) -> NDArrayLike:
        """The array inside."""
        return self._data

    @abstractmethod
    def as_numpy_array(self) -> npt.NDArray[Any]:
        """The array as NumPy's, without a copy where that can be."""
        raise NotImplementedError

    def as_scalar(self) -> ScalarType:
        """The only element of an array of size 1, as a NumPy scalar."""
        if self._data.size != 1:
            raise ValueError("Buffer does not contain a single scalar value")
        return cast("ScalarType", self.as_numpy_array().reshape(())[()])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Data type of the elements."""
        return self._data.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self._data.shape

    @property
    def byteorder(self) -> Literal["little", "big"]:
        """Byte order of the elements; the machine's where they have none."""
        order = self.dtype.byteorder
        if order == "<":
            return "little"
        return "big" if order == ">" else sys.byteorder

    def reshape(self, newshape: tuple[int, ...] | Literal[-1]) -> Self:
        """The same elements in another shape."""
        return self.__class__(self._data.reshape(cast("tuple[int, ...]", newshape)))

    def squeeze(self, axis: tuple[int, ...]) -> Self:
        """The array without the given axes, which have length 1."""
        return self.reshape(tuple(n for i, n in enumerate(self.shape) if i not in axis))

    def astype(self, dtype: npt.DTypeLike, order: Literal["K", "A", "C", "F"] = "K") -> Self:
        """The elements in another data type."""
        return self.__class__(self._data.astype(dtype, order=order))

    def transpose(self, axes: SupportsIndex | Sequence[SupportsIndex] | None) -> Self:
        """A view with the axes in another order."""
        return self.__class__(self._data.transpose(axes))

    def fill(self, value: Any) -> None:
        """Set every element."""
        self._data.fill(value)

    def copy(self) -> Self:
        """A copy in memory of its own."""
        return self.__class__(self._data.copy())

    @abstractmethod
    def __getitem__(self, key: Any) -> Self:
        raise NotImplementedError

    @abstractmethod
    def __setitem__(self, key: Any, value: Any) -> None:
        raise NotImplementedError

    def __len__(self) -> int:
        return self._data.__len__()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} shape={self.shape} dtype={self.dtype} {self._data!r}>"

    def all_equal(self, other: Any, equal_nan: bool = True) -> bool:
        """Whether every element equals ``other``; -0.0 and 0.0 differ, NaN and NaT equal themselves."""
        if other is None:
            return False
        data = np.asanyarray(self._data)
        other = np.asanyarray(other, dtype=data.dtype)
        if data.dtype.kind in "fc" and not other.any() and not np.isnan(other).any():
            bits = np.dtype(f"V{data.dtype.itemsize}")
            return bool(
                (np.ascontiguousarray(data).view(bits) == np.ascontiguousarray(other).view(bits)).all()
            )
        nan = equal_nan and data.dtype.kind not in "USTOV"
        return bool(np.array_equal(np.broadcast_to(other, data.shape), data, equal_nan=nan))
