"""Complex numbers of two small floats (zarr-extensions): ``complex_float16``, ``complex_bfloat16``, and
``complex_`` of each float of 8, 6 and 4 bits. A fill value is ``[real, imaginary]``.

``ml_dtypes`` has the first two, from 0.6 on. Nothing has the others: their elements are structs of ``re`` and
``im``, which keep every bit, and with which nothing can be mistaken for a number that computes wrongly.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from zarr.core.dtype.ml.common import MLType, ml_dtype
from zarr.core.dtype.ml.float import (
    BFloat16,
    Float4E2M1FN,
    Float6E2M3FN,
    Float6E3M2FN,
    Float8E3M4,
    Float8E4M3,
    Float8E4M3B11FNUZ,
    Float8E4M3FNUZ,
    Float8E5M2,
    Float8E5M2FNUZ,
    Float8E8M0FNU,
    SmallFloat,
)
from zarr.core.dtype.npy.common import scalar_of_array
from zarr.core.dtype.npy.complex import complex_from_json, complex_of_scalar, complex_to_json
from zarr.core.dtype.npy.float import FLOAT_FORMS
from zarr.core.dtype.npy.float_json import FloatForm
from zarr.core.dtype.registry import data_type_registry
from zarr.core.dtype.wrapper import TBaseDType
from zarr.types import JSON, ZarrFormat

__all__ = [
    "ComplexBFloat16",
    "ComplexFloat4E2M1FN",
    "ComplexFloat6E2M3FN",
    "ComplexFloat6E3M2FN",
    "ComplexFloat8E3M4",
    "ComplexFloat8E4M3",
    "ComplexFloat8E4M3B11FNUZ",
    "ComplexFloat8E4M3FNUZ",
    "ComplexFloat8E5M2",
    "ComplexFloat8E5M2FNUZ",
    "ComplexFloat8E8M0FNU",
    "ComplexFloat16",
    "SmallComplex",
]


class SmallComplex(MLType):
    """The base of the small complex types."""

    _part: ClassVar[type[SmallFloat] | None]
    _native_name: ClassVar[str] = ""

    @classmethod
    def _check_native_dtype(cls, dtype: TBaseDType) -> bool:
        if cls._native_name:
            return dtype.type.__module__ == "ml_dtypes" and dtype.name == cls._native_name
        return False  # the type of a native dtype with fields is a struct

    def to_native_dtype(self) -> np.dtype[Any]:
        """The dtype of ``ml_dtypes``, or one of two fields ``re`` and ``im``; ImportError without it."""
        if self._native_name:
            return ml_dtype(self._native_name)
        part = self._form().dtype
        return np.dtype([("re", part), ("im", part)])

    def _form(self) -> FloatForm:
        return FLOAT_FORMS[2] if self._part is None else self._part()._form()

    def _check_scalar(self, data: object) -> bool:
        return self._parts(data) is not None

    def _parts(self, data: object) -> tuple[Any, Any] | None:
        data = scalar_of_array(data)
        if isinstance(data, np.void) and data.dtype.names is not None and len(data.dtype.names) == 2:
            return data[0], data[1]
        try:
            value = complex_of_scalar(data)
        except ValueError:
            return None
        return None if value is None else (value.real, value.imag)

    def cast_scalar(self, data: object) -> Any:
        """A number, a string that is one, or a struct of two, as a complex number of this type."""
        native = self.to_native_dtype()
        if isinstance(data, np.generic | np.ndarray) and data.dtype == native and data.ndim == 0:
            return np.asarray(data, native)[()]
        parts = self._parts(data)
        if parts is None:
            raise self._reject_scalar(data)
        form = self._form()
        real, imaginary = (form.of_checked_number(float(part), data) for part in parts)
        return np.frombuffer(real.tobytes() + imaginary.tobytes(), native)[0]

    def default_scalar(self) -> Any:
        """The value whose bits are all 0: zero, where the type has it."""
        return np.zeros((), self.to_native_dtype())[()]

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> JSON:
        """Real and imaginary part."""
        return complex_to_json(self.cast_scalar(data), self._form(), zarr_format=zarr_format)

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> Any:
        """The complex number of ``[real, imaginary]``."""
        return complex_from_json(data, self._form(), self.to_native_dtype(), zarr_format=zarr_format)


class ComplexFloat16(SmallComplex):
    """Two float16."""

    _zarr_v3_name: ClassVar[str] = "complex_float16"
    _native_name: ClassVar[str] = "complex32"
    _part: ClassVar[type[SmallFloat] | None] = None
    _item_size: ClassVar[int] = 4


class ComplexBFloat16(SmallComplex):
    """Two bfloat16."""

    _zarr_v3_name: ClassVar[str] = "complex_bfloat16"
    _native_name: ClassVar[str] = "bcomplex32"
    _part: ClassVar[type[SmallFloat] | None] = BFloat16
    _item_size: ClassVar[int] = 4


class _ComplexStruct(SmallComplex):
    """The base of those that are structs in memory."""

    _item_size: ClassVar[int] = 2


class ComplexFloat8E3M4(_ComplexStruct):
    """Two float8_e3m4."""

    _zarr_v3_name: ClassVar[str] = "complex_float8_e3m4"
    _part: ClassVar[type[SmallFloat] | None] = Float8E3M4


class ComplexFloat8E4M3(_ComplexStruct):
    """Two float8_e4m3."""

    _zarr_v3_name: ClassVar[str] = "complex_float8_e4m3"
    _part: ClassVar[type[SmallFloat] | None] = Float8E4M3


class ComplexFloat8E4M3B11FNUZ(_ComplexStruct):
    """Two float8_e4m3b11fnuz."""

    _zarr_v3_name: ClassVar[str] = "complex_float8_e4m3b11fnuz"
    _part: ClassVar[type[SmallFloat] | None] = Float8E4M3B11FNUZ


class ComplexFloat8E4M3FNUZ(_ComplexStruct):
    """Two float8_e4m3fnuz."""

    _zarr_v3_name: ClassVar[str] = "complex_float8_e4m3fnuz"
    _part: ClassVar[type[SmallFloat] | None] = Float8E4M3FNUZ


class ComplexFloat8E5M2(_ComplexStruct):
    """Two float8_e5m2."""

    _zarr_v3_name: ClassVar[str] = "complex_float8_e5m2"
    _part: ClassVar[type[SmallFloat] | None] = Float8E5M2


class ComplexFloat8E5M2FNUZ(_ComplexStruct):
    """Two float8_e5m2fnuz."""

    _zarr_v3_name: ClassVar[str] = "complex_float8_e5m2fnuz"
    _part: ClassVar[type[SmallFloat] | None] = Float8E5M2FNUZ


class ComplexFloat8E8M0FNU(_ComplexStruct):
    """Two float8_e8m0fnu."""

    _zarr_v3_name: ClassVar[str] = "complex_float8_e8m0fnu"
    _part: ClassVar[type[SmallFloat] | None] = Float8E8M0FNU


class ComplexFloat6E2M3FN(_ComplexStruct):
    """Two float6_e2m3fn."""

    _zarr_v3_name: ClassVar[str] = "complex_float6_e2m3fn"
    _part: ClassVar[type[SmallFloat] | None] = Float6E2M3FN
    _bits: ClassVar[int] = 6


class ComplexFloat6E3M2FN(_ComplexStruct):
    """Two float6_e3m2fn."""

    _zarr_v3_name: ClassVar[str] = "complex_float6_e3m2fn"
    _part: ClassVar[type[SmallFloat] | None] = Float6E3M2FN
    _bits: ClassVar[int] = 6


class ComplexFloat4E2M1FN(_ComplexStruct):
    """Two float4_e2m1fn."""

    _zarr_v3_name: ClassVar[str] = "complex_float4_e2m1fn"
    _part: ClassVar[type[SmallFloat] | None] = Float4E2M1FN
    _bits: ClassVar[int] = 4


for _cls in (
    ComplexFloat16,
    ComplexBFloat16,
    ComplexFloat8E3M4,
    ComplexFloat8E4M3,
    ComplexFloat8E4M3B11FNUZ,
    ComplexFloat8E4M3FNUZ,
    ComplexFloat8E5M2,
    ComplexFloat8E5M2FNUZ,
    ComplexFloat8E8M0FNU,
    ComplexFloat6E2M3FN,
    ComplexFloat6E3M2FN,
    ComplexFloat4E2M1FN,
):
    data_type_registry.register(_cls._zarr_v3_name, _cls)
