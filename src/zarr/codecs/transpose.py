"""transpose (array to array): the axes in another order. Core of format 3.

Specification: zarr v3, codecs/transpose. Names: ``transpose`` (v3). Example: {"name": "transpose",
"configuration": {"order": [1, 0]}}: axis i of the encoded chunk is axis order[i] of the decoded one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

from zarr.abc.codec import ArrayArrayCodec
from zarr.codecs._parse import configured, parse_whole
from zarr.errors import at
from zarr.registry import register_codec

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.buffer import NDBuffer
    from zarr.core.array_spec import ArraySpec
    from zarr.core.common import JSON
    from zarr.core.dtype import ZDType
    from zarr.core.metadata.v3 import ChunkGridMetadata

__all__ = ["TransposeCodec"]


@dataclass(frozen=True, init=False)
class TransposeCodec(ArrayArrayCodec):
    """Axes in another order.

    Parameters
    ----------
    order
        A permutation of the axes.
    """

    is_fixed_size = True

    order: tuple[int, ...]

    def __init__(self, *, order: Iterable[int]) -> None:
        if isinstance(order, str) or not isinstance(order, Iterable):
            with at("order"):
                raise TypeError(f"Expected an iterable of integers. Got {order!r} instead.")
        parsed = tuple(parse_whole(axis, f"order[{i}]", 0, None) for i, axis in enumerate(order))
        if sorted(parsed) != list(range(len(parsed))):
            with at("order"):
                raise ValueError(f"Expected a permutation of the axes 0 to {len(parsed) - 1}. Got {parsed}.")
        object.__setattr__(self, "order", parsed)

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        return configured(cls, data, "transpose")

    def to_dict(self) -> dict[str, JSON]:
        return {"name": "transpose", "configuration": {"order": tuple(self.order)}}

    def validate(
        self, shape: tuple[int, ...], dtype: ZDType[Any, Any], chunk_grid: ChunkGridMetadata
    ) -> None:
        if len(self.order) != len(shape):
            with at("configuration.order"):
                raise ValueError(
                    "The `order` must have as many entries as there are dimensions in the array. Got "
                    f"{self.order} for an array of {len(shape)} dimensions."
                )

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        self.validate(array_spec.shape, array_spec.dtype, cast("Any", None))
        return self

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        return replace(chunk_spec, shape=tuple(chunk_spec.shape[axis] for axis in self.order))

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        return input_byte_length

    def _inverse(self) -> tuple[int, ...]:
        return tuple(int(axis) for axis in np.argsort(self.order))

    def decoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]]:
        inverse = self._inverse()
        return lambda data: data.transpose(inverse)

    def encoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]]:
        return lambda data: data.transpose(self.order)

    def _decode_sync(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> NDBuffer:
        return chunk_data.transpose(self._inverse())

    def _encode_sync(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> NDBuffer:
        return chunk_data.transpose(self.order)


register_codec("transpose", TransposeCodec)
