"""Arrays made in a group and filled with one value: ``zeros``, ``ones`` and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from zarr.core.array import AsyncArray

__all__ = ["Filled"]


class Filled:
    """Methods of an AsyncGroup that make arrays of one value."""

    if TYPE_CHECKING:
        create_array: Callable[..., Awaitable[AsyncArray[Any]]]

    async def empty(self, /, *, name: str, shape: tuple[int, ...], **kwargs: Any) -> AsyncArray[Any]:
        """Make an array of which the content does not matter."""
        return await self.create_array(name, shape=shape, **_with_dtype(kwargs))

    async def zeros(self, /, *, name: str, shape: tuple[int, ...], **kwargs: Any) -> AsyncArray[Any]:
        """Make an array of zeros."""
        return await self.create_array(name, shape=shape, fill_value=0, **_with_dtype(kwargs))

    async def ones(self, /, *, name: str, shape: tuple[int, ...], **kwargs: Any) -> AsyncArray[Any]:
        """Make an array of ones."""
        return await self.create_array(name, shape=shape, fill_value=1, **_with_dtype(kwargs))

    async def full(
        self, /, *, name: str, shape: tuple[int, ...], fill_value: Any | None, **kwargs: Any
    ) -> AsyncArray[Any]:
        """Make an array of one value."""
        return await self.create_array(name, shape=shape, fill_value=fill_value, **_with_dtype(kwargs))

    async def empty_like(self, /, *, name: str, data: Any, **kwargs: Any) -> AsyncArray[Any]:
        """As ``empty``, with shape and data type of another array."""
        return await self.empty(name=name, **_like(data, kwargs))

    async def zeros_like(self, /, *, name: str, data: Any, **kwargs: Any) -> AsyncArray[Any]:
        """As ``zeros``, with shape and data type of another array."""
        return await self.zeros(name=name, **_like(data, kwargs))

    async def ones_like(self, /, *, name: str, data: Any, **kwargs: Any) -> AsyncArray[Any]:
        """As ``ones``, with shape and data type of another array."""
        return await self.ones(name=name, **_like(data, kwargs))

    async def full_like(self, /, *, name: str, data: Any, **kwargs: Any) -> AsyncArray[Any]:
        """As ``full``, with shape and data type of another array."""
        return await self.full(name=name, **_like(data, kwargs))


def _with_dtype(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {"dtype": "float64", **kwargs}


def _like(data: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    like = data if hasattr(data, "shape") and hasattr(data, "dtype") else np.asarray(data)
    out = {"shape": tuple(like.shape), "dtype": like.dtype, **kwargs}
    if isinstance(getattr(data, "chunks", None), tuple):
        out.setdefault("chunks", data.chunks)
    return out
