"""What these types share: documents that are just names, and native dtypes by ``ml_dtypes``.

Format 2 has no names for them; those of format 3 are used, as TensorStore does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from zarr.core.dtype.common import (
    DTypeSpec_V2,
    DTypeSpec_V3,
    HasEndianness,
    HasItemSize,
    invalid_json,
    parse_spec_v3,
    v3_unstable_dtype_warning,
)
from zarr.core.dtype.npy.common import get_endianness_from_numpy_dtype, name_v2, spec_v2
from zarr.core.dtype.wrapper import TBaseDType, ZDType, check_format
from zarr.types import DTypeJSON, ZarrFormat

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["MLType", "ml_dtype"]


def ml_dtype(name: str) -> np.dtype[Any]:
    """The dtype of that name in ``ml_dtypes``.

    Raises
    ------
    ImportError
        If the package is not installed, or too old to have it.
    """
    try:
        import ml_dtypes
    except ImportError as error:
        raise ImportError(
            f"The data type {name!r} needs the package ml_dtypes; to install it: pip install 'zarr[ml]'"
        ) from error
    if not hasattr(ml_dtypes, name):
        raise ImportError(
            f"The data type {name!r} needs a newer version of ml_dtypes than {ml_dtypes.__version__}; "
            "to install it: pip install --upgrade 'zarr[ml]'"
        )
    dtype: np.dtype[Any] = np.dtype(getattr(ml_dtypes, name))
    return dtype


class MLType(ZDType[np.dtype[Any], Any], HasItemSize):
    """A type of ``ml_dtypes``, whose name there is that in format 3."""

    dtype_cls = np.dtype
    _item_size: ClassVar[int] = 1
    _bits: ClassVar[int] = 8
    _specified: ClassVar[bool] = True

    @property
    def item_size(self) -> int:
        """Bytes per element."""
        return self._item_size

    @classmethod
    def _check_native_dtype(cls, dtype: TBaseDType) -> bool:
        return dtype.type.__module__ == "ml_dtypes" and dtype.name == cls._zarr_v3_name

    @classmethod
    def from_native_dtype(cls, dtype: TBaseDType) -> Self:
        """The type of a native dtype."""
        if not cls._check_native_dtype(dtype):
            raise cls._reject_native_dtype(dtype)
        if issubclass(cls, HasEndianness):
            return cls(endianness=get_endianness_from_numpy_dtype(dtype))
        return cls()

    def to_native_dtype(self) -> np.dtype[Any]:
        """The native dtype; ImportError without ``ml_dtypes``."""
        native = ml_dtype(self._zarr_v3_name)
        if isinstance(self, HasEndianness) and self.endianness != sys.byteorder:
            return native.newbyteorder()
        return native

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        expected = f"the string {cls._zarr_v3_name!r}"
        if name_v2(cls, data, expected) != cls._zarr_v3_name:
            raise invalid_json(cls, data, expected)
        return cls()

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        if parse_spec_v3(data) != (cls._zarr_v3_name, {}):
            raise invalid_json(cls, data, f"the string {cls._zarr_v3_name!r}")
        return cls()

    def to_json(self, zarr_format: ZarrFormat) -> DTypeSpec_V2 | DTypeSpec_V3:
        """The document of this type: its name."""
        if check_format(zarr_format) == 2:
            if isinstance(self, HasEndianness) and self.endianness != "little":
                raise ValueError(f"Format 2 has no name for {self}; use endianness='little'.")
            return spec_v2(self._zarr_v3_name)
        if not self._specified:
            v3_unstable_dtype_warning(self)
        return self._zarr_v3_name

    def _low_bits(self) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]] | None:
        if self._bits == 8:
            return None
        native = self.to_native_dtype()
        words = np.dtype(f"u{native.itemsize}")
        mask = words.type(int.from_bytes(bytes([(1 << self._bits) - 1]) * native.itemsize, "little"))
        return lambda array: (array.view(words) & mask).view(native)

    def default_scalar(self) -> Any:
        """The value whose bits are all 0: zero, where the type has it."""
        return np.zeros((), ml_dtype(self._zarr_v3_name))[()]
