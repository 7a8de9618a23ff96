"""A field of a structured type that is itself a small array: ``["name", "<f4", [2, 3]]`` in format 2.

Not a type of its own: it has no document outside a structured type and none at all in format 3, and is not
registered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

import numpy as np

from zarr.core.dtype.common import DTypeSpec_V2, DTypeSpec_V3, HasItemSize, invalid_json
from zarr.core.dtype.npy.common import bytes_from_json, bytes_to_json
from zarr.core.dtype.registry import data_type_registry
from zarr.core.dtype.wrapper import TBaseDType, TBaseScalar, ZDType
from zarr.errors import DataTypeValidationError
from zarr.types import JSON, DTypeJSON, ZarrFormat

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Subarray"]


@dataclass(frozen=True, kw_only=True)
class Subarray(ZDType[np.dtype[Any], Any], HasItemSize):
    """An array of fixed shape in each element, in C order.

    Parameters
    ----------
    base : ZDType
        The type of its items, of fixed size.
    shape : tuple of int
        Its shape.
    """

    dtype_cls = np.dtypes.VoidDType  # type: ignore[assignment]
    _zarr_v3_name: ClassVar[str] = ""

    base: ZDType[TBaseDType, TBaseScalar]
    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.shape or any(type(n) is not int or n < 1 for n in self.shape):
            raise ValueError(f"The shape of a field must consist of positive integers, got {self.shape}.")

    @property
    def item_size(self) -> int:
        """Bytes per element."""
        return prod(self.shape) * cast("HasItemSize", self.base).item_size

    @classmethod
    def from_native_dtype(cls, dtype: TBaseDType) -> Self:
        """The type of a native dtype with a subdtype."""
        if dtype.subdtype is None:
            raise cls._reject_native_dtype(dtype)
        base, shape = dtype.subdtype
        return cls(base=data_type_registry.match_dtype(base), shape=shape)

    def to_native_dtype(self) -> np.dtype[Any]:
        """The native dtype, which has a subdtype."""
        return np.dtype((self.base.to_native_dtype(), self.shape))

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        raise invalid_json(cls, data, "nothing: it is part of a structured type")

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        raise invalid_json(cls, data, "nothing: it is part of a structured type")

    def to_json(self, zarr_format: ZarrFormat) -> DTypeSpec_V2 | DTypeSpec_V3:
        """Never: format 3 has no such type, and in format 2 the structured type writes it."""
        raise DataTypeValidationError(
            f"A field that is an array, of shape {self.shape}, cannot be stored in format {zarr_format}. Use "
            "format 2, or one field for each item."
        )

    def _check_scalar(self, data: object) -> bool:
        return True

    def cast_scalar(self, data: object) -> Any:
        """An array of the shape, or what broadcasts to it."""
        items = np.broadcast_to(np.asarray(data, dtype=self.base.to_native_dtype()), self.shape)
        return items.copy()

    def _low_bits(self) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]] | None:
        return self.base._low_bits()

    def default_scalar(self) -> Any:
        """Zeros."""
        return np.zeros(self.shape, self.base.to_native_dtype())

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> str:
        """Base64 of the items."""
        return bytes_to_json(self.cast_scalar(data).tobytes())

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> Any:
        """The items of base64."""
        items = np.frombuffer(bytes_from_json(data), self.base.to_native_dtype())
        return items.reshape(self.shape).copy()
