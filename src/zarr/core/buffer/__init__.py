"""Buffers, and the prototype that is used where a caller names none."""

from zarr.abc.buffer import ArrayLike, Buffer, BufferPrototype, NDArrayLike, NDArrayLikeOrScalar, NDBuffer
from zarr.core.buffer.core import default_buffer_prototype
from zarr.core.buffer.cpu import numpy_buffer_prototype

__all__ = [
    "ArrayLike",
    "Buffer",
    "BufferPrototype",
    "NDArrayLike",
    "NDArrayLikeOrScalar",
    "NDBuffer",
    "default_buffer_prototype",
    "numpy_buffer_prototype",
]
