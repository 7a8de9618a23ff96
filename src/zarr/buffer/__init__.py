"""Buffers by the memory they live in."""

from zarr.buffer import cpu, gpu
from zarr.core.buffer.core import default_buffer_prototype

__all__ = ["cpu", "default_buffer_prototype", "gpu"]
