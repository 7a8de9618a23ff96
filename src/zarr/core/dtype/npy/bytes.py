"""Bytes: ``null_terminated_bytes`` (v2 ``"|S3"``), ``raw_bytes`` (``"|V3"``), ``variable_length_bytes``.

Writing these to format 3 warns, as no specification has the names. It has ``r<N>`` (core), and ``bytes``,
which is read as ``variable_length_bytes``. Fill values are base64 or a list of integers; too long is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Literal, Self, TypeAlias, cast

import numpy as np
from typing_extensions import ReadOnly, TypedDict

from zarr.core.dtype.common import (
    DTypeSpec_V2,
    DTypeSpec_V3,
    HasItemSize,
    HasLength,
    HasObjectCodec,
    check_dtype_spec_v2,
    invalid_json,
    parse_spec_v3,
    v3_unstable_dtype_warning,
)
from zarr.core.dtype.npy.common import (
    bytes_from_json,
    bytes_to_json,
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
    "FixedLengthBytesConfig",
    "NullTerminatedBytes",
    "NullTerminatedBytesJSON_V3",
    "NullterminatedBytesJSON_V2",
    "RawBits",
    "RawBytes",
    "RawBytesJSON_V2",
    "RawBytesJSON_V3",
    "VariableLengthBytes",
    "VariableLengthBytesJSON_V2",
]

BytesLike: TypeAlias = bytes | bytearray | memoryview
_NAME_V2 = re.compile(r"[|<>]([SV])([0-9]+)")
_RAW_BITS = re.compile(r"r([1-9][0-9]*)")


class FixedLengthBytesConfig(TypedDict):
    """The configuration of bytes of fixed length."""

    length_bytes: ReadOnly[int]


class NullterminatedBytesJSON_V2(DTypeConfig_V2[str, None]):
    """``{"name": "|S3", "object_codec_id": None}``."""


class NullTerminatedBytesJSON_V3(NamedConfig[Literal["null_terminated_bytes"], FixedLengthBytesConfig]):
    """``{"name": "null_terminated_bytes", "configuration": {"length_bytes": ...}}``."""


class RawBytesJSON_V2(DTypeConfig_V2[str, None]):
    """``{"name": "|V3", "object_codec_id": None}``."""


class RawBytesJSON_V3(NamedConfig[Literal["raw_bytes"], FixedLengthBytesConfig]):
    """``{"name": "raw_bytes", "configuration": {"length_bytes": ...}}``."""


class VariableLengthBytesJSON_V2(DTypeConfig_V2[Literal["|O"], Literal["vlen-bytes"]]):
    """``{"name": "|O", "object_codec_id": "vlen-bytes"}``."""


def _length_from_json_v2(cls: type, kind: str, data: object) -> int:
    expected = f"a string like '|{kind}3'."
    match = _NAME_V2.fullmatch(name_v2(cls, data, expected))
    if match is None or match[1] != kind:
        raise invalid_json(cls, data, expected)
    return int(match[2])


def _length_from_json_v3(cls: type, name: str, data: object) -> int:
    spec = parse_spec_v3(data)
    if (
        spec is None
        or spec[0] != name
        or set(spec[1]) != {"length_bytes"}
        or type(length := spec[1]["length_bytes"]) is not int
    ):
        raise invalid_json(
            cls,
            data,
            f"an object with the name {name!r} and a configuration of exactly 'length_bytes', an integer",
        )
    return length


@dataclass(frozen=True, kw_only=True)
class NullTerminatedBytes(
    ZDType[np.dtypes.BytesDType, np.bytes_],  # type: ignore[type-arg, unused-ignore]
    HasLength,
    HasItemSize,
):
    """At most ``length`` bytes, zero padded, so that zeros at the end are lost.

    Parameters
    ----------
    length : int
        Bytes, at least 1.
    """

    dtype_cls = np.dtypes.BytesDType
    _zarr_v3_name: ClassVar[str] = "null_terminated_bytes"

    def __post_init__(self) -> None:
        parse_length(self.length)

    @property
    def item_size(self) -> int:
        """Bytes per element."""
        return self.length

    @classmethod
    def from_native_dtype(cls, dtype: TBaseDType) -> Self:
        """The type of a native dtype."""
        if not cls._check_native_dtype(dtype):
            raise cls._reject_native_dtype(dtype)
        return cls(length=dtype.itemsize)

    def to_native_dtype(self) -> np.dtypes.BytesDType:  # type: ignore[type-arg, unused-ignore]
        """The native dtype."""
        return cast("np.dtypes.BytesDType", np.dtype(f"S{self.length}"))  # type: ignore[type-arg, unused-ignore]

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        return cls(length=_length_from_json_v2(cls, "S", data))

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        return cls(length=_length_from_json_v3(cls, cls._zarr_v3_name, data))

    def to_json(self, zarr_format: ZarrFormat) -> DTypeSpec_V2 | DTypeSpec_V3:
        """The document of this type."""
        if check_format(zarr_format) == 2:
            return spec_v2(f"|S{self.length}")
        v3_unstable_dtype_warning(self)
        return {"name": self._zarr_v3_name, "configuration": {"length_bytes": self.length}}

    def _check_scalar(self, data: object) -> bool:
        return isinstance(data, (bytes, bytearray, memoryview, str, int, np.integer))

    def cast_scalar(self, data: object) -> np.bytes_:
        """Bytes, an ASCII string, or an integer written out; ValueError where it is longer than the type."""
        data = scalar_of_array(data)
        if not self._check_scalar(data):
            raise self._reject_scalar(data)
        if isinstance(data, (str, int, np.integer)):
            data = str(data).encode("ascii")
        value = bytes(cast("BytesLike", data)).rstrip(b"\0")  # padding
        if len(value) > self.length:
            raise ValueError(f"Bytes {value!r} are too long for {self}: {len(value)} bytes.")
        return np.bytes_(value)

    def default_scalar(self) -> np.bytes_:
        """No bytes."""
        return np.bytes_(b"")

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> str:
        """Base64 of the bytes without padding."""
        return bytes_to_json(self.cast_scalar(data))

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> np.bytes_:
        """The bytes of base64, not too many."""
        return self.cast_scalar(bytes_from_json(data))


@dataclass(frozen=True, kw_only=True)
class RawBytes(
    ZDType[np.dtypes.VoidDType, np.void],  # type: ignore[type-arg, unused-ignore]
    HasLength,
    HasItemSize,
):
    """Exactly ``length`` bytes without meaning.

    Parameters
    ----------
    length : int
        Bytes, at least 1.
    """

    dtype_cls = np.dtypes.VoidDType  # type: ignore[assignment]
    _zarr_v3_name: ClassVar[str] = "raw_bytes"

    def __post_init__(self) -> None:
        parse_length(self.length)

    @property
    def item_size(self) -> int:
        """Bytes per element."""
        return self.length

    @classmethod
    def _check_native_dtype(cls, dtype: TBaseDType) -> bool:
        return type(dtype) is cls.dtype_cls and dtype.fields is None and dtype.subdtype is None

    @classmethod
    def from_native_dtype(cls, dtype: TBaseDType) -> Self:
        """The type of a native dtype."""
        if not cls._check_native_dtype(dtype):
            raise cls._reject_native_dtype(dtype)
        return cls(length=dtype.itemsize)

    def to_native_dtype(self) -> np.dtypes.VoidDType:  # type: ignore[type-arg, unused-ignore]
        """The native dtype."""
        return cast("np.dtypes.VoidDType", np.dtype(f"V{self.length}"))  # type: ignore[type-arg, unused-ignore]

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        return cls(length=_length_from_json_v2(cls, "V", data))

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        return cls(length=_length_from_json_v3(cls, cls._zarr_v3_name, data))

    def to_json(self, zarr_format: ZarrFormat) -> DTypeSpec_V2 | DTypeSpec_V3:
        """The document of this type."""
        if check_format(zarr_format) == 2:
            return spec_v2(f"|V{self.length}")
        v3_unstable_dtype_warning(self)
        return {"name": self._zarr_v3_name, "configuration": {"length_bytes": self.length}}

    def _check_scalar(self, data: object) -> bool:
        return isinstance(data, (bytes, bytearray, memoryview, np.void))

    def cast_scalar(self, data: object) -> np.void:
        """Bytes, zero padded to the length of the type; ValueError where there are more."""
        data = scalar_of_array(data)
        if not self._check_scalar(data):
            raise self._reject_scalar(data)
        value = bytes(data.tobytes() if isinstance(data, np.void) else cast("BytesLike", data))
        if len(value) > self.length:
            raise ValueError(f"Bytes {value!r} are too long for {self}: {len(value)} bytes.")
        return np.void(value.ljust(self.length, b"\0"))

    def default_scalar(self) -> np.void:
        """Zero bytes."""
        return self.cast_scalar(b"")

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> JSON:
        """Base64 of the bytes."""
        return bytes_to_json(self.cast_scalar(data).tobytes())

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> np.void:
        """The bytes of base64 or of a list of integers, exactly as many as the type has."""
        value = bytes_from_json(data)
        if len(value) != self.length:
            raise ValueError(
                f"Invalid fill value {data!r}: {len(value)} bytes, but {self} has {self.length}."
            )
        return self.cast_scalar(value)


class RawBits(RawBytes):
    """:class:`RawBytes` under the name that core v3 has, ``"r<N>"``, N in bits; read, and written back."""

    _zarr_v3_name: ClassVar[str] = "r*"

    @classmethod
    def _check_native_dtype(cls, dtype: TBaseDType) -> bool:
        return False  # the type of a native dtype is RawBytes

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        raise invalid_json(cls, data, "a format 3 document")

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        spec = parse_spec_v3(data)
        match = None if spec is None or spec[1] else _RAW_BITS.fullmatch(spec[0])
        if match is None or int(match[1]) % 8:
            raise invalid_json(cls, data, "'r' and a number of bits, a multiple of 8")
        return cls(length=int(match[1]) // 8)

    def to_json(self, zarr_format: ZarrFormat) -> DTypeSpec_V2 | DTypeSpec_V3:
        """The document of this type."""
        if check_format(zarr_format) == 2:
            return spec_v2(f"|V{self.length}")
        return f"r{8 * self.length}"

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> JSON:
        """A list of integers; in format 2 base64."""
        if zarr_format == 2:
            return super().to_json_scalar(data, zarr_format=zarr_format)
        return list(self.cast_scalar(data).tobytes())


class VariableLengthBytes(ZDType[np.dtypes.ObjectDType, bytes], HasObjectCodec):
    """Bytes of any length, held in object arrays."""

    dtype_cls = np.dtypes.ObjectDType
    _zarr_v3_name: ClassVar[str] = "variable_length_bytes"
    _zarr_v3_aliases: ClassVar[tuple[str, ...]] = ("bytes", "binary")
    object_codec_id: ClassVar[str] = "vlen-bytes"

    @classmethod
    def from_native_dtype(cls, dtype: TBaseDType) -> Self:
        """The type of the object dtype."""
        if not cls._check_native_dtype(dtype):
            raise cls._reject_native_dtype(dtype)
        return cls()

    def to_native_dtype(self) -> np.dtypes.ObjectDType:
        """The object dtype."""
        return cast("np.dtypes.ObjectDType", np.dtype("O"))

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
        spec = parse_spec_v3(data)
        if spec is None or spec[1] or spec[0] not in (cls._zarr_v3_name, *cls._zarr_v3_aliases):
            raise invalid_json(cls, data, f"the string {cls._zarr_v3_name!r} or 'bytes'")
        return cls()

    def to_json(self, zarr_format: ZarrFormat) -> DTypeSpec_V2 | DTypeSpec_V3:
        """The document of this type."""
        if check_format(zarr_format) == 2:
            return DTypeConfig_V2(name="|O", object_codec_id=self.object_codec_id)
        v3_unstable_dtype_warning(self)
        return self._zarr_v3_name

    def _check_scalar(self, data: object) -> bool:
        return isinstance(data, (bytes, bytearray, memoryview, str)) or (type(data) is int and data == 0)

    def cast_scalar(self, data: object) -> bytes:
        """Bytes; a string as UTF-8; 0, which older format 2 data has, as no bytes."""
        data = scalar_of_array(data)
        if not self._check_scalar(data):
            raise self._reject_scalar(data)
        if isinstance(data, str):
            return data.encode()
        return bytes(cast("BytesLike", data))

    def default_scalar(self) -> bytes:
        """No bytes."""
        return b""

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> str:
        """Base64 of the bytes."""
        return bytes_to_json(self.cast_scalar(data))

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> bytes:
        """The bytes of base64 or of a list of integers; in format 2 also of 0, which is no bytes."""
        if zarr_format == 2 and type(data) is int and data == 0:
            return b""
        return bytes_from_json(data)


for _cls in (RawBytes, NullTerminatedBytes, VariableLengthBytes, RawBits):
    data_type_registry.register(_cls._zarr_v3_name, _cls)
