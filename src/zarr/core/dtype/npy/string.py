"""``fixed_length_utf32`` (format 2 ``"<U3"``) and ``string`` (format 2 ``"|O"`` with ``vlen-utf8``).

``{"name": "fixed_length_utf32", "configuration": {"length_bytes": 12}}`` holds 3 code points, zero padded.
A fill value is a JSON string; one too long for a fixed length is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal, Self, cast

import numpy as np
from typing_extensions import ReadOnly, TypedDict

from zarr.core.dtype.common import (
    DTypeSpec_V2,
    DTypeSpec_V3,
    HasEndianness,
    HasItemSize,
    HasLength,
    HasObjectCodec,
    check_dtype_spec_v2,
    invalid_json,
    parse_spec_v3,
)
from zarr.core.dtype.npy.common import (
    endianness_from_numpy_str,
    endianness_to_numpy_str,
    get_endianness_from_numpy_dtype,
    name_v2,
    parse_length,
    scalar_of_array,
    spec_v2,
)
from zarr.core.dtype.registry import data_type_registry
from zarr.core.dtype.wrapper import TBaseDType, ZDType, check_format
from zarr.core.named_config import NamedConfig
from zarr.types import JSON, DTypeConfig_V2, DTypeJSON, ZarrFormat

__all__ = [
    "FixedLengthUTF32",
    "FixedLengthUTF32JSON_V2",
    "FixedLengthUTF32JSON_V3",
    "LengthBytesConfig",
    "VariableLengthUTF8",
    "VariableLengthUTF8JSON_V2",
]

_NUMPY_SUPPORTS_VLEN_STRING: Final = True  # NumPy 2 always does; the name is imported by other packages


class LengthBytesConfig(TypedDict):
    """The configuration of a type of fixed length."""

    length_bytes: ReadOnly[int]


class FixedLengthUTF32JSON_V2(DTypeConfig_V2[str, None]):
    """``{"name": "<U3", "object_codec_id": None}``."""


class FixedLengthUTF32JSON_V3(NamedConfig[Literal["fixed_length_utf32"], LengthBytesConfig]):
    """``{"name": "fixed_length_utf32", "configuration": {"length_bytes": ...}}``."""


class VariableLengthUTF8JSON_V2(DTypeConfig_V2[Literal["|O"], Literal["vlen-utf8"]]):
    """``{"name": "|O", "object_codec_id": "vlen-utf8"}``."""


def _text_of_scalar(data: object) -> str | None:
    """A string, or a number written out; None for other objects."""
    data = scalar_of_array(data)
    if isinstance(data, (str, int, float, complex, np.number, np.bool_)):
        return str(data)
    return None


@dataclass(frozen=True, kw_only=True)
class FixedLengthUTF32(
    ZDType[np.dtypes.StrDType, np.str_],  # type: ignore[type-arg, unused-ignore]
    HasEndianness,
    HasLength,
    HasItemSize,
):
    """Strings of at most ``length`` code points of 4 bytes.

    Parameters
    ----------
    length : int
        Code points, at least 1.
    endianness : {"little", "big"}
        The byte order of the code points.
    """

    dtype_cls = np.dtypes.StrDType
    _zarr_v3_name: ClassVar[str] = "fixed_length_utf32"
    code_point_bytes: ClassVar[int] = 4

    def __post_init__(self) -> None:
        parse_length(self.length)

    @property
    def item_size(self) -> int:
        """Bytes per element."""
        return self.length * self.code_point_bytes

    @classmethod
    def from_native_dtype(cls, dtype: TBaseDType) -> Self:
        """The type of a native dtype."""
        if not cls._check_native_dtype(dtype):
            raise cls._reject_native_dtype(dtype)
        return cls(
            length=dtype.itemsize // cls.code_point_bytes,
            endianness="little" if dtype.itemsize == 0 else get_endianness_from_numpy_dtype(dtype),
        )

    def to_native_dtype(self) -> np.dtypes.StrDType:  # type: ignore[type-arg, unused-ignore]
        """The native dtype."""
        return cast("np.dtypes.StrDType", np.dtype(self._name_v2()))  # type: ignore[type-arg, unused-ignore]

    def _name_v2(self) -> str:
        return f"{endianness_to_numpy_str(self.endianness)}U{self.length}"

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        expected = "a string like '<U3'."
        name = name_v2(cls, data, expected)
        if name[:2] not in ("<U", ">U") or not (name[2:].isascii() and name[2:].isdigit()):
            raise invalid_json(cls, data, expected)
        return cls(length=int(name[2:]), endianness=endianness_from_numpy_str(name[0]))

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        spec = parse_spec_v3(data)
        if (
            spec is None
            or spec[0] != cls._zarr_v3_name
            or set(spec[1]) != {"length_bytes"}
            or type(size := spec[1]["length_bytes"]) is not int
            or size % cls.code_point_bytes
        ):
            raise invalid_json(
                cls,
                data,
                f"an object with the name {cls._zarr_v3_name!r} and a configuration of exactly "
                "'length_bytes', a multiple of 4",
            )
        return cls(length=size // cls.code_point_bytes)

    def to_json(self, zarr_format: ZarrFormat) -> DTypeSpec_V2 | DTypeSpec_V3:
        """The document of this type."""
        if check_format(zarr_format) == 2:
            return spec_v2(self._name_v2())
        return {"name": self._zarr_v3_name, "configuration": {"length_bytes": self.item_size}}

    def _check_scalar(self, data: object) -> bool:
        return _text_of_scalar(data) is not None

    def cast_scalar(self, data: object) -> np.str_:
        """A string, or a number written out; ValueError where it is longer than the type."""
        text = _text_of_scalar(data)
        if text is None:
            raise self._reject_scalar(data)
        text = text.rstrip("\0")  # padding
        if len(text) > self.length:
            raise ValueError(f"String {text!r} is too long for {self}: {len(text)} code points.")
        return np.str_(text)

    def default_scalar(self) -> np.str_:
        """The empty string."""
        return np.str_("")

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> str:
        """A JSON string without padding."""
        return str(self.cast_scalar(data))

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> np.str_:
        """The string of a JSON string that is not too long."""
        if not isinstance(data, str):
            raise TypeError(f"Invalid type: {data}. Expected a string.")
        return self.cast_scalar(data)


class VariableLengthUTF8(ZDType[np.dtypes.StringDType, str], HasObjectCodec):
    """Strings of any length."""

    dtype_cls = np.dtypes.StringDType
    _zarr_v3_name: ClassVar[str] = "string"
    object_codec_id: ClassVar[str] = "vlen-utf8"

    @classmethod
    def from_native_dtype(cls, dtype: TBaseDType) -> Self:
        """The type of a native dtype."""
        if not cls._check_native_dtype(dtype):
            raise cls._reject_native_dtype(dtype)
        if hasattr(dtype, "na_object"):
            raise ValueError(
                f"Zarr data type resolution from {dtype!r} failed. A `numpy.dtypes.StringDType` with "
                "`na_object` set is not supported, as missing strings cannot be stored. Use "
                "`numpy.dtypes.StringDType()`."
            )
        return cls()

    def to_native_dtype(self) -> np.dtypes.StringDType:
        """The native dtype."""
        return np.dtypes.StringDType()

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        if (
            check_dtype_spec_v2(data)
            and data["name"] == "|O"
            and data["object_codec_id"] == cls.object_codec_id
        ):
            return cls()
        raise invalid_json(cls, data, f"the string '|O' and the object codec {cls.object_codec_id!r}")

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        if parse_spec_v3(data) == (cls._zarr_v3_name, {}):
            return cls()
        raise invalid_json(cls, data, f"the string {cls._zarr_v3_name!r}")

    def to_json(self, zarr_format: ZarrFormat) -> DTypeSpec_V2 | DTypeSpec_V3:
        """The document of this type."""
        if check_format(zarr_format) == 2:
            return DTypeConfig_V2(name="|O", object_codec_id=self.object_codec_id)
        return self._zarr_v3_name

    def _check_scalar(self, data: object) -> bool:
        return _text_of_scalar(data) is not None

    def cast_scalar(self, data: object) -> str:
        """A string, or a number written out."""
        text = _text_of_scalar(data)
        if text is None:
            raise self._reject_scalar(data)
        return text

    def default_scalar(self) -> str:
        """The empty string."""
        return ""

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> str:
        """A JSON string."""
        return self.cast_scalar(data)

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> str:
        """The string of a JSON string; leniently also of a number, as older format 2 data has 0."""
        if not isinstance(data, (str, int, float)):
            raise TypeError(f"Invalid type: {data}. Expected a string or number.")
        return str(data)


for _cls in (FixedLengthUTF32, VariableLengthUTF8):
    data_type_registry.register(_cls._zarr_v3_name, _cls)
