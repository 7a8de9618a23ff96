"""Arrays made in a group and filled with one value: ``zeros``, ``ones`` and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.abc.codec import ArrayArrayCodec, BytesBytesCodec
from zarr.core.array import AsyncArray
from zarr.core.array.kept import kept_options
from zarr.core.array_spec import with_config
from zarr.core.metadata.v3 import parse_codecs, validate_array_bytes_codec, validate_codecs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from zarr.core.metadata import GroupMetadata
    from zarr.types import ZarrFormat

__all__ = ["Filled"]


class Filled:
    """Methods of an AsyncGroup that make arrays of one value."""

    if TYPE_CHECKING:
        metadata: GroupMetadata
        create_array: Callable[..., Awaitable[AsyncArray[Any]]]

    def _newer(self, given: dict[str, Any]) -> dict[str, Any]:
        """The options of ``create_array`` that are meant; those that only ``zarr.create`` has are taken too."""
        zarr_format = self.metadata.zarr_format
        out = {name: value for name, value in given.items() if name not in _OLDER}
        if out.get("dtype") is None:
            out["dtype"] = "float64"
        chunks = given.get("chunk_shape") if given.get("chunks") is None else given["chunks"]
        out["chunks"] = "auto" if chunks is None or chunks is True else chunks
        if given.get("zarr_format") not in (None, zarr_format):
            raise ValueError(f"zarr_format: the members of a group have its own, which is {zarr_format}.")
        if given.get("write_empty_chunks") is not None:
            out["config"] = with_config(out.get("config"), write_empty_chunks=given["write_empty_chunks"])
        if given.get("dimension_separator") is not None:
            if zarr_format == 3:
                raise ValueError("dimension_separator: format 3 arrays have `chunk_key_encoding` instead.")
            out["chunk_key_encoding"] = {"name": "v2", "separator": given["dimension_separator"]}
        return out if given.get("codecs") is None else {**out, **_split(given["codecs"], zarr_format)}

    async def empty(self, /, *, name: str, shape: tuple[int, ...], **kwargs: Any) -> AsyncArray[Any]:
        """Make an array of which the content does not matter."""
        return await self.create_array(name, shape=shape, **self._newer(kwargs))

    async def zeros(self, /, *, name: str, shape: tuple[int, ...], **kwargs: Any) -> AsyncArray[Any]:
        """Make an array of zeros."""
        return await self.create_array(name, shape=shape, fill_value=0, **self._newer(kwargs))

    async def ones(self, /, *, name: str, shape: tuple[int, ...], **kwargs: Any) -> AsyncArray[Any]:
        """Make an array of ones."""
        return await self.create_array(name, shape=shape, fill_value=1, **self._newer(kwargs))

    async def full(
        self, /, *, name: str, shape: tuple[int, ...], fill_value: Any | None, **kwargs: Any
    ) -> AsyncArray[Any]:
        """Make an array of one value."""
        return await self.create_array(name, shape=shape, fill_value=fill_value, **self._newer(kwargs))

    async def empty_like(self, /, *, name: str, data: Any, **kwargs: Any) -> AsyncArray[Any]:
        """As ``empty``, with shape, data type, chunks, codecs and fill value of another array."""
        return await self.empty(name=name, **_like(data, self.metadata.zarr_format, kwargs))

    async def zeros_like(self, /, *, name: str, data: Any, **kwargs: Any) -> AsyncArray[Any]:
        """As ``zeros``, with shape, data type, chunks and codecs of another array."""
        return await self.zeros(name=name, **_unfilled(_like(data, self.metadata.zarr_format, kwargs)))

    async def ones_like(self, /, *, name: str, data: Any, **kwargs: Any) -> AsyncArray[Any]:
        """As ``ones``, with shape, data type, chunks and codecs of another array."""
        return await self.ones(name=name, **_unfilled(_like(data, self.metadata.zarr_format, kwargs)))

    async def full_like(self, /, *, name: str, data: Any, **kwargs: Any) -> AsyncArray[Any]:
        """As ``full``, with shape, data type, chunks, codecs and, by default, fill value of another array."""
        return await self.full(name=name, **_like(data, self.metadata.zarr_format, kwargs))


_OLDER = frozenset(("chunk_shape", "zarr_format", "write_empty_chunks", "dimension_separator", "codecs"))
_KEPT = ("dtype", "chunks", "shards", "filters", "serializer", "compressors", "order", "fill_value")


def _split(codecs: Any, zarr_format: ZarrFormat) -> dict[str, Any]:
    """A chain of codecs as the options that hold its parts."""
    if zarr_format == 2:
        raise ValueError("codecs: format 2 arrays do not support `codecs`; use `filters` and `compressors`.")
    chain = parse_codecs(codecs)
    validate_codecs(chain)
    parts: dict[str, Any] = {"serializer": validate_array_bytes_codec(chain)}
    parts["filters"] = tuple(codec for codec in chain if isinstance(codec, ArrayArrayCodec))
    parts["compressors"] = tuple(codec for codec in chain if isinstance(codec, BytesBytesCodec))
    return parts


def _like(data: Any, zarr_format: ZarrFormat, given: dict[str, Any]) -> dict[str, Any]:
    """Options for an array like another one; what is given goes first."""
    if "chunk_shape" in given:
        given = {"chunks": given["chunk_shape"], **given}
    source = getattr(data, "_async_array", data)
    if not hasattr(source, "shape") or not hasattr(source, "dtype"):
        source = np.asarray(source)
    out: dict[str, Any] = {"shape": tuple(source.shape), "dtype": source.dtype}
    if isinstance(source, AsyncArray):
        kept = kept_options(source, zarr_format)
        out.update({name: kept[name] for name in _KEPT if name in kept})
        if "chunks" in given or "codecs" in given:  # the shards need not be made of these
            out.pop("shards", None)
    elif isinstance(getattr(source, "chunks", None), tuple):
        out["chunks"] = source.chunks
    return {**out, **given}


def _unfilled(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "fill_value"}
