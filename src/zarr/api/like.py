"""Options for an array that is to be like another one."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr.core.array import Array, AsyncArray
from zarr.core.metadata import ArrayV3Metadata

__all__ = ["filled_like_options", "like_options"]


def like_options(a: Any, zarr_format: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Shape, data type and, of a Zarr array, chunks, codecs and format; what is given goes first."""
    out: dict[str, Any] = {}
    if isinstance(a, Array | AsyncArray):
        metadata = a.metadata
        out = {"shape": a.shape, "dtype": metadata.dtype}
        same_format = zarr_format in (None, metadata.zarr_format)
        out["zarr_format"] = metadata.zarr_format if zarr_format is None else zarr_format
        if not isinstance(metadata, ArrayV3Metadata):
            out["chunks"] = metadata.chunks
            if same_format:
                out.update(compressor=metadata.compressor, filters=metadata.filters, order=metadata.order)
                out["dimension_separator"] = metadata.dimension_separator
        else:
            out["chunks"] = a._chunk_grid
            if same_format:
                out["codecs"] = metadata.codecs
        if not same_format:
            out["dtype"] = a.dtype
    else:
        like = a if hasattr(a, "shape") and hasattr(a, "dtype") else np.asanyarray(a)
        out = {"shape": tuple(like.shape), "dtype": like.dtype, "zarr_format": zarr_format}
        if isinstance(getattr(a, "chunks", None), tuple):
            out["chunks"] = a.chunks
    return {**out, **given}


def filled_like_options(a: Any, zarr_format: Any, given: dict[str, Any]) -> dict[str, Any]:
    """The same, with the fill value of a Zarr array."""
    fill = {"fill_value": a.fill_value} if isinstance(a, Array | AsyncArray) else {}
    return {**fill, **like_options(a, zarr_format, given)}
