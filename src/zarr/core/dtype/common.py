"""What all data types share: mixins that say what a type has, checks of type documents, one warning.

A document of format 3 is a name or ``{"name", "configuration"}``; one of format 2 is always
``{"name", "object_codec_id"}``, where the name is the ``dtype`` member of the array document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, Self, TypeAlias, TypeGuard

from zarr.errors import DataTypeValidationError, UnstableSpecificationWarning, warn
from zarr.types import JSON, DTypeConfig_V2, DTypeJSON

__all__ = [
    "ENDIANNESS_STR",
    "OBJECT_CODEC_IDS",
    "SPECIAL_FLOAT_STRINGS",
    "DTypeConfig_V2",
    "DTypeJSON",
    "DTypeName_V2",
    "DTypeSpec_V2",
    "DTypeSpec_V3",
    "EndiannessStr",
    "HasEndianness",
    "HasItemSize",
    "HasLength",
    "HasObjectCodec",
    "ObjectCodecID",
    "ScalarTypeValidationError",
    "UnstableSpecificationWarning",
    "check_dtype_name_v2",
    "check_dtype_spec_no_object_codec_v2",
    "check_dtype_spec_v2",
    "check_dtype_spec_v3",
    "check_structured_dtype_name_v2",
    "invalid_json",
    "parse_spec_v3",
    "unpack_dtype_json",
    "v3_unstable_dtype_warning",
]

EndiannessStr: TypeAlias = Literal["little", "big"]
ENDIANNESS_STR: Final = ("little", "big")
ObjectCodecID: TypeAlias = Literal[
    "vlen-utf8", "vlen-bytes", "vlen-array", "pickle", "json2", "msgpack2", "categorize"
]
OBJECT_CODEC_IDS: Final = (
    "vlen-utf8", "vlen-bytes", "vlen-array", "pickle", "json2", "msgpack2", "categorize",
)  # fmt: skip
SpecialFloatStrings: TypeAlias = Literal["NaN", "Infinity", "-Infinity"]
SPECIAL_FLOAT_STRINGS: Final = ("NaN", "Infinity", "-Infinity")

DTypeName_V2: TypeAlias = "str | Sequence[object]"
DTypeSpec_V2: TypeAlias = DTypeConfig_V2[DTypeName_V2, str | None]
DTypeSpec_V3: TypeAlias = "str | Mapping[str, object]"


class ScalarTypeValidationError(ValueError):
    """A scalar does not belong to a data type."""


@dataclass(frozen=True, kw_only=True)
class HasEndianness:
    """A type whose elements are stored in a byte order."""

    endianness: EndiannessStr = "little"


@dataclass(frozen=True, kw_only=True)
class HasLength:
    """A type with a length: code points, or bytes."""

    length: int


class HasItemSize:
    """A type whose elements all take ``item_size`` bytes."""

    @property
    def item_size(self) -> int:
        """Bytes per element."""
        raise NotImplementedError


class HasObjectCodec:
    """A type that format 2 stores as an object array, by the codec of this id."""

    object_codec_id: ClassVar[str]

    def of_codec(self, configuration: Mapping[str, Any]) -> Self:
        """The type that a codec of this configuration stores: itself, where it has no parameters."""
        return self


def v3_unstable_dtype_warning(dtype: object) -> None:
    """Warn that the type has no specification in format 3, so that others may not read it."""
    warn(
        f"The data type ({dtype}) does not have a Zarr V3 specification. Arrays written with it may not be "
        "readable by other Zarr implementations, and its stored form may change without warning.",
        UnstableSpecificationWarning,
    )


def check_structured_dtype_name_v2(data: object) -> TypeGuard[Sequence[object]]:
    """Whether this is the list form of a structured type of format 2."""
    return (
        isinstance(data, Sequence)
        and not isinstance(data, (str, bytes))
        and all(
            isinstance(field, Sequence)
            and not isinstance(field, (str, bytes))
            and len(field) in (2, 3)
            and isinstance(field[0], str)
            and check_dtype_name_v2(field[1])
            for field in data
        )
    )


def check_dtype_name_v2(data: object) -> TypeGuard[DTypeName_V2]:
    """Whether this has the form of the ``dtype`` member of a format 2 array."""
    return isinstance(data, str) or check_structured_dtype_name_v2(data)


def check_dtype_spec_v2(data: object) -> TypeGuard[DTypeSpec_V2]:
    """Whether this is ``{"name": ..., "object_codec_id": ...}``, well-formed."""
    return (
        isinstance(data, Mapping)
        and set(data) == {"name", "object_codec_id"}
        and check_dtype_name_v2(data["name"])
        and isinstance(data["object_codec_id"], str | None)
    )


def check_dtype_spec_no_object_codec_v2(data: object) -> TypeGuard[DTypeConfig_V2[DTypeName_V2, None]]:
    """Whether this is a well-formed format 2 type without an object codec."""
    return check_dtype_spec_v2(data) and data["object_codec_id"] is None


def check_dtype_spec_v3(data: object) -> TypeGuard[DTypeSpec_V3]:
    """Whether this has the form of the ``data_type`` member of a format 3 array."""
    return isinstance(data, str) or (
        isinstance(data, Mapping) and set(data) == {"name", "configuration"} and isinstance(data["name"], str)
    )


def parse_spec_v3(data: object) -> tuple[str, Mapping[str, object]] | None:
    """Name and configuration of a format 3 type; None where it is not one.

    The bare name, and an object without a configuration, mean an empty configuration.
    """
    if isinstance(data, str):
        return data, {}
    if not isinstance(data, Mapping) or not set(data) <= {"name", "configuration", "must_understand"}:
        return None
    name, configuration = data.get("name"), data.get("configuration", {})
    if not isinstance(name, str) or not isinstance(configuration, Mapping):
        return None
    if data.get("must_understand", True) is not True:
        return None
    return name, configuration


def unpack_dtype_json(data: DTypeSpec_V2 | DTypeSpec_V3) -> JSON:
    """What is written to the array document: for format 2 the name without the object codec id."""
    if isinstance(data, Mapping) and "object_codec_id" in data:
        return data["name"]  # type: ignore[return-value]
    return data  # type: ignore[return-value]


def invalid_json(cls: type, data: object, expected: str) -> DataTypeValidationError:
    """The error that ``data`` is not a document of the type ``cls``."""
    return DataTypeValidationError(
        f"Invalid JSON representation of {cls.__name__}. Got {data!r}, expected {expected}"
    )
