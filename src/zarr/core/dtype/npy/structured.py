"""``struct`` (and the older ``structured``): packed fields, also structs, and in format 2 small arrays.

Format 3 ``{"name": "struct", "configuration": {"fields": [{"name": "a", "data_type": "int32"}, ...]}}``, and
a fill value that is an object of every field; format 2 ``[["a", "<i4"], ["b", "<f4", [2, 3]]]``, and base64.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeAlias, cast

import numpy as np
from typing_extensions import ReadOnly, TypedDict

from zarr.core.dtype.common import (
    DTypeSpec_V2,
    DTypeSpec_V3,
    HasItemSize,
    HasObjectCodec,
    check_dtype_spec_no_object_codec_v2,
    check_structured_dtype_name_v2,
    invalid_json,
    parse_spec_v3,
    v3_unstable_dtype_warning,
)
from zarr.core.dtype.npy.common import bytes_from_json, bytes_to_json, scalar_of_array
from zarr.core.dtype.npy.subarray import Subarray
from zarr.core.dtype.registry import data_type_registry
from zarr.core.dtype.wrapper import TBaseDType, TBaseScalar, ZDType, check_format
from zarr.core.named_config import NamedConfig
from zarr.errors import ZarrUserWarning, at, warn
from zarr.types import JSON, DTypeConfig_V2, DTypeJSON, ZarrFormat

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Struct", "StructJSON_V3", "Structured", "StructuredJSON_V2", "StructuredJSON_V3"]

AnyType: TypeAlias = ZDType[TBaseDType, TBaseScalar]


class StructField(TypedDict):
    """A field of a struct in format 3."""

    name: ReadOnly[str]
    data_type: ReadOnly[object]


class StructConfig(TypedDict):
    """The configuration of a struct in format 3."""

    fields: ReadOnly[Sequence[StructField]]


class StructuredConfig(TypedDict):
    """The configuration of the older form."""

    fields: ReadOnly[Sequence[Sequence[object]]]


class StructuredJSON_V2(DTypeConfig_V2[Sequence[Sequence[object]], None]):
    """``{"name": [["a", "<i4"], ...], "object_codec_id": None}``."""


class StructJSON_V3(NamedConfig[Literal["struct"], StructConfig]):
    """``{"name": "struct", "configuration": {"fields": [{"name": ..., "data_type": ...}, ...]}}``."""


class StructuredJSON_V3(NamedConfig[Literal["structured"], StructuredConfig]):
    """``{"name": "structured", "configuration": {"fields": [["a", "int32"], ...]}}``."""


@dataclass(frozen=True, kw_only=True)
class Structured(ZDType[np.dtypes.VoidDType, np.void], HasItemSize):  # type: ignore[type-arg, unused-ignore]
    """Elements of several fields, packed; the older form in format 3. See :class:`Struct`.

    Parameters
    ----------
    fields : tuple of (str, ZDType)
        Names, not empty and unique, and types, of fixed size; at least one.
    """

    dtype_cls = np.dtypes.VoidDType  # type: ignore[assignment]
    _zarr_v3_name: ClassVar[str] = "structured"

    fields: tuple[tuple[str, AnyType], ...]

    def __post_init__(self) -> None:
        fields = tuple((name, dtype) for name, dtype in self.fields)
        object.__setattr__(self, "fields", fields)
        if not fields:
            raise ValueError(f"must have at least one field. Got {fields!r}")
        names = [name for name, _ in fields]
        if "" in names or len(set(names)) < len(names):
            raise ValueError(f"The names of fields must be unique and not empty. Got {names}")
        for name, dtype in fields:
            if isinstance(dtype, HasObjectCodec):
                raise ValueError(
                    f"Field {name!r} is of variable length ({dtype}), which a struct cannot hold."
                )

    @property
    def item_size(self) -> int:
        """Bytes per element."""
        return self.to_native_dtype().itemsize

    def has_multi_byte_fields(self) -> bool:
        """Whether any field is larger than a byte, so that a byte order is to be written with the array."""
        return any(_item_size(dtype) > 1 for _, dtype in self.fields)

    @classmethod
    def _check_native_dtype(cls, dtype: TBaseDType) -> bool:
        return type(dtype) is cls.dtype_cls and dtype.fields is not None

    @classmethod
    def from_native_dtype(cls, dtype: TBaseDType) -> Self:
        """The type of a native dtype; fields that are not packed will be, with a warning."""
        if not cls._check_native_dtype(dtype):
            raise cls._reject_native_dtype(dtype)
        fields = []
        for name in dtype.names or ():
            native, _, *title = dtype.fields[name]  # type: ignore[index]
            if title:
                raise ValueError(
                    f"Cannot convert the structured data type {dtype}: field {name!r} has a title "
                    f"({title[0]!r}), which is not supported."
                )
            cast_to = Subarray.from_native_dtype if native.subdtype else data_type_registry.match_dtype
            fields.append((name, cast_to(native)))
        out = cls(fields=tuple(fields))
        offsets = {name: dtype.fields[name][1] for name in dtype.names or ()}  # type: ignore[index]
        packed = out.to_native_dtype()
        if packed.itemsize != dtype.itemsize or any(packed.fields[n][1] != o for n, o in offsets.items()):  # type: ignore[index]
            warn(
                f"The fields of {dtype} are stored packed: values are kept, but offsets and itemsize change.",
                ZarrUserWarning,
            )
        return out

    def to_native_dtype(self) -> np.dtypes.VoidDType:  # type: ignore[type-arg, unused-ignore]
        """The native dtype, packed."""
        fields = [(name, dtype.to_native_dtype()) for name, dtype in self.fields]
        return cast("np.dtypes.VoidDType", np.dtype(fields))  # type: ignore[type-arg, unused-ignore]

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        if not check_dtype_spec_no_object_codec_v2(data) or not check_structured_dtype_name_v2(data["name"]):
            raise invalid_json(cls, data, "a list of [name, dtype] or [name, dtype, shape]")
        fields = []
        for number, field in enumerate(data["name"]):
            with at(f"dtype[{number}]"):
                name, base, *shape = cast("Sequence[Any]", field)
                fields.append((name, _field_of_json_v2(base, *shape)))
        return cls(fields=tuple(fields))

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        spec = parse_spec_v3(data)
        items = None if spec is None or set(spec[1]) != {"fields"} else spec[1]["fields"]
        if spec is None or spec[0] not in ("struct", "structured") or not _is_list(items):
            raise invalid_json(
                cls,
                data,
                "an object with the name 'struct' and a configuration of exactly 'fields', a list of "
                '{"name": ..., "data_type": ...}',
            )
        fields = []
        for number, item in enumerate(cast("Sequence[object]", items)):
            with at(f"configuration.fields[{number}]"):
                fields.append(_field_of_json_v3(item))
        return cls(fields=tuple(fields))

    def to_json(self, zarr_format: ZarrFormat) -> DTypeSpec_V2 | DTypeSpec_V3:
        """The document of this type, in format 3 in its older form."""
        if check_format(zarr_format) == 2:
            return DTypeConfig_V2(name=self._name_v2(), object_codec_id=None)
        v3_unstable_dtype_warning(self)
        fields = [[name, dtype.to_json(zarr_format=3)] for name, dtype in self.fields]
        return {"name": self._zarr_v3_name, "configuration": {"fields": fields}}

    def _name_v2(self) -> list[list[object]]:
        out = []
        for name, dtype in self.fields:
            base, shape = (dtype.base, [list(dtype.shape)]) if isinstance(dtype, Subarray) else (dtype, [])
            inner = cast("DTypeConfig_V2[object, None]", base.to_json(zarr_format=2))["name"]
            out.append([name, inner, *shape])
        return out

    def _check_scalar(self, data: object) -> bool:
        return isinstance(data, (bytes, bytearray, list, tuple, int, float, np.generic, Mapping))

    def cast_scalar(self, data: object) -> np.void:
        """The values of the fields in order or by name, the packed bytes, or one number for every field."""
        data = scalar_of_array(data)
        if isinstance(data, (bytes, bytearray)):
            return _of_bytes(bytes(data), self.to_native_dtype())
        if isinstance(data, np.void) and data.dtype.names is None:
            return _of_bytes(data.tobytes(), self.to_native_dtype())
        if isinstance(data, Mapping):
            return self._of_values(self._by_name(data))
        if isinstance(data, (list, tuple, np.void)):
            values = _values(data)
            if len(values) != len(self.fields):
                raise ValueError(
                    f"{len(values)} values cannot be assigned to the {len(self.fields)} fields of {self}."
                )
            return self._of_values(values)
        if not self._check_scalar(data):
            raise self._reject_scalar(data)
        if data == 0:
            return self.default_scalar()
        return self._of_values([data] * len(self.fields))

    def _low_bits(self) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]] | None:
        fields = [(name, clean) for name, field in self.fields if (clean := field._low_bits()) is not None]
        if not fields:
            return None

        def clean_fields(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
            out = array.copy(order="K")
            for name, clean in fields:
                out[name] = clean(array[name])
            return out

        return clean_fields

    def default_scalar(self) -> np.void:
        """Zero bytes."""
        return _of_bytes(bytes(self.item_size), self.to_native_dtype())

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> str | dict[str, JSON]:
        """Base64 of the packed bytes, little-endian in format 3."""
        value = np.array(self.cast_scalar(data), self._json_dtype(zarr_format))
        return bytes_to_json(value.tobytes())

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> np.void:
        """The scalar of base64, as :meth:`to_json_scalar` writes it, or of an object of every field."""
        if isinstance(data, Mapping):
            values = []
            for (name, dtype), value in zip(self.fields, self._by_name(data), strict=True):
                with at(f".{name}"):
                    values.append(dtype.from_json_scalar(cast("JSON", value), zarr_format=zarr_format))
            return self._of_values(values)
        if not isinstance(data, str):
            raise TypeError(f"Invalid type: {data}. Expected a dict or base64-encoded string.")
        value = _of_bytes(bytes_from_json(data), self._json_dtype(zarr_format))
        return cast("np.void", np.array(value, self.to_native_dtype())[()])

    def _json_dtype(self, zarr_format: ZarrFormat) -> np.dtype[np.void]:
        """The layout of base64; little-endian in format 3, where the type has no byte order."""
        native = self.to_native_dtype()
        return native if zarr_format == 2 else native.newbyteorder("<")

    def _by_name(self, data: Mapping[str, Any]) -> list[object]:
        names = [name for name, _ in self.fields]
        if set(data) != set(names):
            raise ValueError(f"The fields of {data!r} are not those of the struct, {names}.")
        return [data[name] for name in names]

    def _of_values(self, values: Sequence[object]) -> np.void:
        out = np.zeros((), self.to_native_dtype())
        for (name, dtype), value in zip(self.fields, values, strict=True):
            out[name] = dtype.cast_scalar(value)
        return cast("np.void", out[()])


class Struct(Structured):
    """Elements of several fields, packed.

    Parameters
    ----------
    fields : tuple of (str, ZDType)
        Names, not empty and unique, and types, of fixed size; at least one.

    Notes
    -----
    The registered ``struct`` of zarr-extensions (2026-03).
    """

    _zarr_v3_name: ClassVar[str] = "struct"

    def to_json(self, zarr_format: ZarrFormat) -> DTypeSpec_V2 | DTypeSpec_V3:
        """The document of this type."""
        if check_format(zarr_format) == 2:
            return DTypeConfig_V2(name=self._name_v2(), object_codec_id=None)
        fields = [{"name": name, "data_type": dtype.to_json(zarr_format=3)} for name, dtype in self.fields]
        return {"name": self._zarr_v3_name, "configuration": {"fields": fields}}

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> str | dict[str, JSON]:
        """An object with every field; in format 2 base64 of the packed bytes."""
        if zarr_format == 2:
            return super().to_json_scalar(data, zarr_format=2)
        scalar = self.cast_scalar(data)
        return {name: dtype.to_json_scalar(scalar[name], zarr_format=3) for name, dtype in self.fields}


def _of_bytes(data: bytes, dtype: np.dtype[np.void]) -> np.void:
    if len(data) != dtype.itemsize:
        raise ValueError(f"Invalid value of {len(data)} bytes for a struct of {dtype.itemsize} bytes.")
    return cast("np.void", np.frombuffer(data, dtype).copy()[0])


def _values(data: Sequence[object] | np.void) -> list[object]:
    # by number: items of a structured scalar keep their dtype so
    return [data[i] for i in range(len(data.dtype.names or ()))] if isinstance(data, np.void) else list(data)


def _item_size(dtype: AnyType) -> int:
    return dtype.item_size if isinstance(dtype, HasItemSize) else dtype.to_native_dtype().itemsize


def _is_list(data: object) -> bool:
    return isinstance(data, Sequence) and not isinstance(data, (str, bytes))


def _field_of_json_v2(base: Any, shape: object = None) -> AnyType:
    dtype = data_type_registry.match_json({"name": base, "object_codec_id": None}, zarr_format=2)
    if shape is None:
        return dtype
    return Subarray(base=dtype, shape=tuple(cast("Sequence[int]", shape)) if _is_list(shape) else (shape,))  # type: ignore[arg-type]


def _field_of_json_v3(item: object) -> tuple[str, AnyType]:
    """Name and type of ``{"name": ..., "data_type": ...}``, or of the older ``[name, data_type]``."""
    if isinstance(item, Mapping) and set(item) == {"name", "data_type"}:
        item = (item["name"], item["data_type"])
    if not _is_list(item) or len(cast("Sequence[object]", item)) != 2:
        raise ValueError(f'expected {{"name": ..., "data_type": ...}}, got {item!r}')
    name, data_type = cast("Sequence[Any]", item)
    if not isinstance(name, str):
        raise ValueError(f"expected a string as the name of a field, got {name!r}")
    with at(".data_type"):
        return name, data_type_registry.match_json(data_type, zarr_format=3)


# "structured" in a document is read as a struct, under its own name or the older one
data_type_registry.register(Struct._zarr_v3_name, Struct)
