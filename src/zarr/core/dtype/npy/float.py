"""``float16``, ``float32``, ``float64`` (IEEE 754); format 2 ``"<f2"``, ``"<f4"``, ``"<f8"``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, SupportsFloat, SupportsIndex, cast

import numpy as np

from zarr.core.dtype.common import HasEndianness
from zarr.core.dtype.npy.common import NOT_REAL, NamedType, scalar_of_array
from zarr.core.dtype.npy.float_json import FloatForm, float_from_json, float_of_number, float_to_json
from zarr.core.dtype.registry import data_type_registry
from zarr.core.dtype.wrapper import DType, Scalar
from zarr.types import JSON, ZarrFormat

__all__ = ["FLOAT_FORMS", "BaseFloat", "Float16", "Float32", "Float64", "number_of_scalar"]

FLOAT_FORMS = {
    2: FloatForm(np.dtype("f2"), 0x7E00),
    4: FloatForm(np.dtype("f4"), 0x7FC00000),
    8: FloatForm(np.dtype("f8"), 0x7FF8000000000000),
}


def number_of_scalar(data: object) -> float | None:
    """The Python number of a number or of a string that is one; None for other objects."""
    if isinstance(data, (int, float)):
        return data
    if isinstance(data, str):
        try:
            return float(data)
        except ValueError:
            return None
    if isinstance(data, NOT_REAL):
        return None
    if isinstance(data, SupportsIndex):  # an integer; exact
        return data.__index__()
    return float(data) if isinstance(data, SupportsFloat) else None


@dataclass(frozen=True, kw_only=True)
class BaseFloat(NamedType[DType, Scalar], HasEndianness):
    """The base of the float types."""

    def _check_scalar(self, data: object) -> bool:
        return number_of_scalar(scalar_of_array(data)) is not None

    def cast_scalar(self, data: object) -> Scalar:
        """A number, or a string that is one, as the nearest float of this type."""
        data = scalar_of_array(data)
        form = FLOAT_FORMS[self.item_size]
        if type(data) is form.dtype.type:
            return cast("Scalar", data)  # as it is: a conversion may change the bits of a NaN
        if isinstance(data, (np.float16, np.float32, np.float64)):
            with np.errstate(all="ignore"):
                return cast("Scalar", data.astype(form.dtype))
        value = number_of_scalar(data)
        if value is None:
            raise self._reject_scalar(data)
        return cast("Scalar", float_of_number(value, form.dtype))

    def default_scalar(self) -> Scalar:
        """Zero."""
        return self.cast_scalar(0.0)

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> float | str:
        """A number, "NaN", "Infinity", "-Infinity", or in format 3 the hexadecimal bits of another NaN."""
        return float_to_json(self.cast_scalar(data), FLOAT_FORMS[self.item_size], zarr_format=zarr_format)

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> Scalar:
        """The float of a JSON value; see :mod:`zarr.core.dtype.npy.float_json`."""
        form = FLOAT_FORMS[self.item_size]
        return cast("Scalar", float_from_json(data, form, zarr_format=zarr_format))


class Float16(BaseFloat[np.dtypes.Float16DType, np.float16]):
    """16 bits: 1 sign, 5 exponent, 10 fraction."""

    dtype_cls = np.dtypes.Float16DType
    _code: ClassVar[str] = "f2"
    _zarr_v3_name: ClassVar[str] = "float16"
    _zarr_v2_names: ClassVar[tuple[str, ...]] = (">f2", "<f2")


class Float32(BaseFloat[np.dtypes.Float32DType, np.float32]):
    """32 bits: 1 sign, 8 exponent, 23 fraction."""

    dtype_cls = np.dtypes.Float32DType
    _code: ClassVar[str] = "f4"
    _zarr_v3_name: ClassVar[str] = "float32"
    _zarr_v2_names: ClassVar[tuple[str, ...]] = (">f4", "<f4")


class Float64(BaseFloat[np.dtypes.Float64DType, np.float64]):
    """64 bits: 1 sign, 11 exponent, 52 fraction."""

    dtype_cls = np.dtypes.Float64DType
    _code: ClassVar[str] = "f8"
    _zarr_v3_name: ClassVar[str] = "float64"
    _zarr_v2_names: ClassVar[tuple[str, ...]] = (">f8", "<f8")


for _cls in (Float16, Float32, Float64):
    data_type_registry.register(_cls._zarr_v3_name, _cls)
