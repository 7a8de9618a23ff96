"""The known place of the buffer contracts, and the default prototype, which the configuration names."""

from typing import Any

from zarr.abc.buffer import (
    ArrayLike,
    Buffer,
    BufferPrototype,
    NDArrayLike,
    NDArrayLikeOrScalar,
    NDBuffer,
    ScalarType,
    check_item_key_is_1d_contiguous,
)
from zarr.core.config import settings
from zarr.registry import _buffers, _ndbuffers, get_buffer_class, get_ndbuffer_class

__all__ = [
    "ArrayLike",
    "Buffer",
    "BufferPrototype",
    "NDArrayLike",
    "NDArrayLikeOrScalar",
    "NDBuffer",
    "ScalarType",
    "check_item_key_is_1d_contiguous",
    "default_buffer_prototype",
    "is_default_prototype",
]


def default_buffer_prototype() -> BufferPrototype:
    """The prototype that the configuration names by ``buffer`` and ``ndbuffer``."""
    return BufferPrototype(buffer=get_buffer_class(), nd_buffer=get_ndbuffer_class())


def is_default_prototype(prototype: BufferPrototype) -> bool:
    """Whether it is that prototype, of classes that are registered; quicker, for what asks at every element."""
    named: Any = settings.config
    return (
        _buffers.get(named.get("buffer")) is prototype.buffer
        and _ndbuffers.get(named.get("ndbuffer")) is prototype.nd_buffer
    )
