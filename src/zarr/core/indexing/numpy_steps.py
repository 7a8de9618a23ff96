"""The two steps of a plan for ``[]``: a buffer in the array's order, and NumPy's shape made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from zarr.core.indexing.projection import Indexer

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["NumpyPlan"]


class NumpyPlan(NamedTuple):
    """How to carry out an index.

    Attributes
    ----------
    indexer : Indexer
        Fills, or reads, a buffer of shape ``indexer.shape``.
    result_shape : tuple of int
        The shape that NumPy gives.
    transpose : tuple of int or None
        The order of the buffer's axes in the result; None where they are in order already.
    """

    indexer: Indexer
    result_shape: tuple[int, ...]
    transpose: tuple[int, ...] | None = None

    def arrange(self, buffer: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The result, given the filled buffer: a view of it."""
        if self.transpose is not None:
            buffer = buffer.transpose(self.transpose)
        return buffer if buffer.shape == self.result_shape else buffer.reshape(self.result_shape)

    def scatter(self, value: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """An assigned value as a buffer; ValueError where it cannot be broadcast to the result's shape."""
        shape = self.indexer.shape
        if value.shape != self.result_shape:
            if value.ndim > len(self.result_shape):
                value = value.reshape(_without_leading_ones(value.shape, len(self.result_shape)))
            try:
                value = np.broadcast_to(value, self.result_shape)
            except ValueError:
                raise ValueError(
                    f"could not broadcast input array from shape {value.shape} into shape {self.result_shape}"
                ) from None
        if self.transpose is None:
            return value if value.shape == shape else value.reshape(shape)
        value = value.reshape(tuple(shape[i] for i in self.transpose))
        return value.transpose(np.argsort(self.transpose))


def _without_leading_ones(shape: tuple[int, ...], ndim: int) -> tuple[int, ...]:
    extra = len(shape) - ndim
    return shape[extra:] if set(shape[:extra]) <= {1} else shape
