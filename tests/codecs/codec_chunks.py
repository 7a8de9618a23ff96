"""Chunks and bound codecs for the tests here."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.codec_chain import CodecChain, bind_chain
from zarr.core.dtype import parse_dtype
from zarr.core.metadata.grid import RegularChunkGridMetadata
from zarr.core.metadata.v3 import fit_codecs


def spec_of(shape: tuple[int, ...], dtype: Any, *, fill_value: Any = None, order: Any = "C") -> ArraySpec:
    """The spec of a chunk."""
    zdtype = parse_dtype(dtype, zarr_format=3)
    fill = zdtype.default_scalar() if fill_value is None else fill_value
    return ArraySpec(shape, zdtype, fill, ArrayConfig(order, True), buffer_prototype)


def chain_of(codecs: Any, shape: tuple[int, ...], dtype: Any, **options: Any) -> CodecChain:
    """Codecs, fitted and bound to a chunk."""
    spec = spec_of(shape, dtype, **options)
    grid = RegularChunkGridMetadata(chunk_shape=shape)
    return bind_chain(fit_codecs(tuple(codecs), spec, shape=shape, chunk_grid=grid), spec)


def encoded(codecs: Any, chunk: np.ndarray[Any, Any]) -> bytes:
    """The bytes of a chunk."""
    data = chain_of(codecs, chunk.shape, chunk.dtype).encode(chunk)
    assert data is not None
    return bytes(memoryview(data))


def decoded(codecs: Any, data: bytes, shape: tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
    """The chunk of bytes."""
    return chain_of(codecs, shape, dtype).decode(data)


def through(codecs: Any, chunk: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A chunk, encoded and decoded."""
    return decoded(codecs, encoded(codecs, chunk), chunk.shape, chunk.dtype)
