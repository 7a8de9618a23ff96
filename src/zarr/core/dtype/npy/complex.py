"""``complex64`` and ``complex128``: real part, then imaginary part; format 2 ``"<c8"``, ``"<c16"``.

A fill value is ``[real, imaginary]``, each in a form of floats. The registered names ``complex_float32`` and
``complex_float64`` mean the same two types and are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, SupportsComplex, cast

import numpy as np

from zarr.core.dtype.common import HasEndianness
from zarr.core.dtype.npy.common import NamedType, scalar_of_array
from zarr.core.dtype.npy.float import FLOAT_FORMS, number_of_scalar
from zarr.core.dtype.npy.float_json import FloatForm, float_from_json, float_of_number, float_to_json
from zarr.core.dtype.registry import data_type_registry
from zarr.core.dtype.wrapper import DType, Scalar
from zarr.types import JSON, ZarrFormat

__all__ = [
    "BaseComplex",
    "Complex64",
    "Complex128",
    "complex_from_json",
    "complex_of_scalar",
    "complex_to_json",
]


def complex_to_json(
    scalar: Any, form: FloatForm, *, zarr_format: ZarrFormat
) -> tuple[float | str, float | str]:
    """Real and imaginary part of a complex scalar in JSON, given the form of its parts."""
    parts = np.frombuffer(np.asarray(scalar).tobytes(), form.dtype)
    real, imaginary = (float_to_json(part, form, zarr_format=zarr_format) for part in parts)
    return real, imaginary


def complex_from_json(data: object, form: FloatForm, dtype: np.dtype[Any], *, zarr_format: ZarrFormat) -> Any:
    """The complex scalar of ``[real, imaginary]``."""
    if not isinstance(data, Sequence) or isinstance(data, (str, bytes)) or len(data) != 2:
        raise TypeError(f"Invalid type: {data}. Expected a list of two floats, real and imaginary part.")
    parts = [float_from_json(item, form, zarr_format=zarr_format) for item in data]
    return np.frombuffer(b"".join(part.tobytes() for part in parts), dtype)[0]


@dataclass(frozen=True, kw_only=True)
class BaseComplex(NamedType[DType, Scalar], HasEndianness):
    """The base of the complex types."""

    def _check_scalar(self, data: object) -> bool:
        return complex_of_scalar(scalar_of_array(data)) is not None

    def cast_scalar(self, data: object) -> Scalar:
        """A number, or a string that is one, as a complex number of this type."""
        data = scalar_of_array(data)
        native = self._native()
        if type(data) is native.type:
            return cast("Scalar", data)
        if isinstance(data, (np.complex64, np.complex128)):
            with np.errstate(all="ignore"):
                return cast("Scalar", data.astype(native))
        value = complex_of_scalar(data)
        if value is None:
            raise self._reject_scalar(data)
        part = self._form().dtype
        parts = (float_of_number(value.real, part), float_of_number(value.imag, part))
        return cast("Scalar", np.array(parts, part).view(native)[0])

    def default_scalar(self) -> Scalar:
        """Zero."""
        return self.cast_scalar(0)

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> tuple[float | str, float | str]:
        """Real and imaginary part."""
        return complex_to_json(self.cast_scalar(data), self._form(), zarr_format=zarr_format)

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> Scalar:
        """The complex number of ``[real, imaginary]``."""
        return cast("Scalar", complex_from_json(data, self._form(), self._native(), zarr_format=zarr_format))

    def _form(self) -> FloatForm:
        return FLOAT_FORMS[self.item_size // 2]

    def _native(self) -> np.dtype[Any]:
        return np.dtype(self._code)


def complex_of_scalar(data: object) -> complex | None:
    """The Python number of a number or of a string that is one; None for other objects."""
    if isinstance(data, (int, float, complex)):
        return data
    if isinstance(data, (np.integer, np.floating, np.bool_)):
        return number_of_scalar(data)
    if isinstance(data, str):
        return complex(data)
    if isinstance(data, SupportsComplex) and not isinstance(data, np.ndarray):
        return complex(data)
    return number_of_scalar(data)


class Complex64(BaseComplex[np.dtypes.Complex64DType, np.complex64]):
    """Two float32."""

    dtype_cls = np.dtypes.Complex64DType
    _code: ClassVar[str] = "c8"
    _zarr_v3_name: ClassVar[str] = "complex64"
    _zarr_v3_aliases: ClassVar[tuple[str, ...]] = ("complex_float32",)
    _zarr_v2_names: ClassVar[tuple[str, ...]] = (">c8", "<c8")


class Complex128(BaseComplex[np.dtypes.Complex128DType, np.complex128]):
    """Two float64."""

    dtype_cls = np.dtypes.Complex128DType
    _code: ClassVar[str] = "c16"
    _zarr_v3_name: ClassVar[str] = "complex128"
    _zarr_v3_aliases: ClassVar[tuple[str, ...]] = ("complex_float64",)
    _zarr_v2_names: ClassVar[tuple[str, ...]] = (">c16", "<c16")


for _cls in (Complex64, Complex128):
    data_type_registry.register(_cls._zarr_v3_name, _cls)
