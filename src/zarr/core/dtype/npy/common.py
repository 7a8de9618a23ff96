"""What the families of NumPy types share: byte order, plain names in documents, bytes in JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, cast

import numpy as np

from zarr.core import later
from zarr.core.dtype.common import (
    DTypeSpec_V2,
    DTypeSpec_V3,
    EndiannessStr,
    HasEndianness,
    HasItemSize,
    check_dtype_spec_no_object_codec_v2,
    invalid_json,
    parse_spec_v3,
)
from zarr.core.dtype.wrapper import DType, Scalar, TBaseDType, ZDType, check_format
from zarr.types import DTypeConfig_V2, DTypeJSON, ZarrFormat

if TYPE_CHECKING:
    import base64 as base64
else:
    base64 = later("base64")

__all__ = [
    "NOT_REAL",
    "NamedType",
    "bytes_from_json",
    "bytes_to_json",
    "endianness_from_numpy_str",
    "endianness_to_numpy_str",
    "get_endianness_from_numpy_dtype",
    "name_v2",
    "parse_length",
    "scalar_of_array",
    "spec_v2",
]


# what has `__int__` and `__float__` as every NumPy scalar has, but is no real number
NOT_REAL: Final = (np.flexible, np.complexfloating, np.datetime64, np.timedelta64, np.ndarray)


def endianness_to_numpy_str(endianness: str) -> str:
    """``<`` or ``>``."""
    if endianness == "little":
        return "<"
    if endianness == "big":
        return ">"
    raise ValueError(f"Invalid endianness: {endianness!r}. Expected one of 'little', 'big'")


def endianness_from_numpy_str(order: str) -> EndiannessStr:
    """The byte order that ``<``, ``>`` or ``=`` stands for."""
    if order == "=":
        return sys.byteorder
    if order in "<>":
        return "little" if order == "<" else "big"
    raise ValueError(f"Invalid endianness: {order!r}. Expected one of '=', '<', '>'")


def get_endianness_from_numpy_dtype(dtype: np.dtype[Any]) -> EndiannessStr:
    """The byte order of a dtype that has one."""
    return endianness_from_numpy_str(dtype.byteorder)


def spec_v2(name: str) -> DTypeSpec_V2:
    """The format 2 document of a type without an object codec."""
    return DTypeConfig_V2(name=name, object_codec_id=None)


def name_v2(cls: type, data: object, expected: str) -> str:
    """The name in a format 2 document of a type that is not structured and has no object codec."""
    if check_dtype_spec_no_object_codec_v2(data) and isinstance(data["name"], str):
        return data["name"]
    raise invalid_json(cls, data, expected)


def parse_length(length: int) -> int:
    """A length of at least 1."""
    if length < 1:
        raise ValueError(f"length must be >= 1, got {length}.")
    return length


def scalar_of_array(data: object) -> object:
    """The element of a 0-d array; anything else as it is."""
    return data[()] if isinstance(data, np.ndarray) and data.ndim == 0 else data


def bytes_to_json(data: bytes, zarr_format: ZarrFormat = 3) -> str:
    """Bytes as base64."""
    return base64.standard_b64encode(data).decode("ascii")


def bytes_from_json(data: object, zarr_format: ZarrFormat = 3) -> bytes:
    """The bytes of a base64 string, or of a list of integers 0 to 255."""
    if isinstance(data, str):
        try:
            return base64.b64decode(data, validate=True)
        except ValueError as error:
            raise ValueError(f"Invalid base64 string {data!r}: {error}") from None
    if isinstance(data, Sequence) and not isinstance(data, (bytes, bytearray)):
        if any(type(item) is not int or not 0 <= item <= 255 for item in data):
            raise ValueError(f"Invalid list of bytes {data!r}: expected integers from 0 to 255.")
        return bytes(cast("Sequence[int]", data))
    raise TypeError(f"Invalid type: {data!r}. Expected a base64-encoded string or a list of integers.")


class NamedType(ZDType[DType, Scalar], HasItemSize):
    """A type that has no parameter besides byte order, so that its documents are just names.

    Subclasses set ``_code``, the kind and size of ``np.dtype.str``: ``i4``. Those with a byte order inherit
    :class:`HasEndianness` too.
    """

    _code: ClassVar[str]
    _zarr_v2_names: ClassVar[tuple[str, ...]]
    _zarr_v3_aliases: ClassVar[tuple[str, ...]] = ()

    @property
    def item_size(self) -> int:
        """Bytes per element."""
        return int(self._code[1:])

    @classmethod
    def _check_native_dtype(cls, dtype: TBaseDType) -> bool:
        # by kind and size, as `long` and `longlong` may be two dtype classes of one representation
        return dtype.isbuiltin != 2 and dtype.str[1:] == cls._code and dtype.subdtype is None

    @classmethod
    def from_native_dtype(cls, dtype: TBaseDType) -> Self:
        """The type of a native dtype."""
        if not cls._check_native_dtype(dtype):
            raise cls._reject_native_dtype(dtype)
        return cls._of_order(dtype.str[0])

    def to_native_dtype(self) -> DType:
        """The native dtype."""
        return cast("DType", np.dtype(self._order() + self._code))

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        expected = f"one of the strings {cls._zarr_v2_names}."
        name = name_v2(cls, data, expected)
        if name not in cls._zarr_v2_names:
            raise invalid_json(cls, data, expected)
        return cls._of_order(name[0])

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        spec = parse_spec_v3(data)
        if spec is None or spec[1] or spec[0] not in (cls._zarr_v3_name, *cls._zarr_v3_aliases):
            raise invalid_json(cls, data, f"the string {cls._zarr_v3_name!r}")
        return cls()

    def to_json(self, zarr_format: ZarrFormat) -> DTypeSpec_V2 | DTypeSpec_V3:
        """The document of this type: its name."""
        if check_format(zarr_format) == 2:
            return spec_v2(self._order() + self._code)
        return self._zarr_v3_name

    def _order(self) -> str:
        return endianness_to_numpy_str(self.endianness) if isinstance(self, HasEndianness) else "|"

    @classmethod
    def _of_order(cls, order: str) -> Self:
        if issubclass(cls, HasEndianness):
            return cls(endianness=endianness_from_numpy_str(order))
        return cls()
