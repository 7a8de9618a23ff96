"""The registry of data types, and the search for the type of a document or of a native dtype.

Files of types end with their registration here, and load when one of their types is first used. Entry points are
read on the first miss, not before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import numpy as np

from zarr.core import load_module
from zarr.core.common import check_native_name
from zarr.core.dtype.common import check_dtype_spec_v2, parse_spec_v3
from zarr.core.dtype.wrapper import TBaseDType, TBaseScalar, ZDType, check_format
from zarr.errors import DataTypeValidationError
from zarr.types import DTypeJSON, ZarrFormat

__all__ = ["DataTypeRegistry", "data_type_registry"]

AnyType = ZDType[TBaseDType, TBaseScalar]


_OWN = {
    "npy.structured": "struct",
    "npy.float": "float16 float32 float64",
    "ml.float": "bfloat16 float8_e3m4 float8_e4m3 float8_e4m3b11fnuz float8_e4m3fn float8_e4m3fnuz float8_e5m2 "
    "float8_e5m2fnuz float8_e8m0fnu float6_e2m3fn float6_e3m2fn float4_e2m1fn",
    "npy.complex": "complex64 complex128",
    "ml.complex": "complex_float16 complex_bfloat16 complex_float8_e3m4 complex_float8_e4m3 "
    "complex_float8_e4m3b11fnuz complex_float8_e4m3fnuz complex_float8_e5m2 complex_float8_e5m2fnuz "
    "complex_float8_e8m0fnu complex_float6_e2m3fn complex_float6_e3m2fn complex_float4_e2m1fn",
    "npy.int": "int8 int16 int32 int64 uint8 uint16 uint32 uint64",
    "ml.int": "int2 int4 uint2 uint4",
    "npy.bool": "bool",
    "npy.bytes": "raw_bytes null_terminated_bytes variable_length_bytes r*",
    "npy.string": "fixed_length_utf32 string",
    "npy.objects": "json2 msgpack2 pickle vlen-array categorize",
    "npy.time": "numpy.datetime64 numpy.timedelta64",
}
"""The types of this package by their files, in the order in which they are tried."""

_PLACES = {key: f"zarr.core.dtype.{module}" for module, keys in _OWN.items() for key in keys.split()}
_NUMBERS = {
    type(np.dtype(key)): key
    for module in ("npy.bool", "npy.int", "npy.float", "npy.complex")
    for key in _OWN[module].split()
}
_ALIASES = {
    "complex_float32": "complex64",
    "complex_float64": "complex128",
    "bytes": "variable_length_bytes",
    "binary": "variable_length_bytes",
}


class DataTypeRegistry:
    """Data type classes by the name they are registered under.

    Those of this package are loaded when one is asked for by its name or is a plain number; all of them, before
    anything else is looked for, listed or registered.
    """

    def __init__(self) -> None:
        self._contents: dict[str, type[AnyType] | str] = {}
        self._complete = True
        self._entry_points_read = False

    @classmethod
    def _of_this_package(cls) -> DataTypeRegistry:
        self = cls()
        self._contents.update(_PLACES)
        self._complete = False
        return self

    @property
    def contents(self) -> dict[str, type[AnyType]]:
        """The types by name, in the order in which they are tried."""
        if not self._complete:
            for place in dict.fromkeys(_PLACES.values()):
                load_module(place)  # which registers its types
            self._complete = True
        return cast("dict[str, type[AnyType]]", self._contents)

    def __eq__(self, other: object) -> bool:
        return self.contents == other.contents if isinstance(other, DataTypeRegistry) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"DataTypeRegistry(contents={self.contents})"

    def register(self, key: str, cls: type[AnyType]) -> None:
        """Add a type, or replace the one of that name."""
        if not (isinstance(cls, type) and issubclass(cls, ZDType)):
            raise TypeError(f"Expected a subclass of ZDType, got {cls!r}")
        if self._contents.get(key) == cls.__module__:  # it is ours, and is just being loaded
            self._contents[key] = cls
        else:
            self.contents[key] = cls

    def unregister(self, key: str) -> None:
        """Forget a type.

        Raises
        ------
        KeyError
            If there is none of that name.
        """
        if key not in self.contents:
            raise KeyError(f"Data type '{key}' not found in registry.")
        del self.contents[key]

    def get(self, key: str) -> type[AnyType]:
        """The type of that name, or KeyError."""
        if key not in self._contents:
            self._read_entry_points()
        return self._loaded(key)

    def _known(self, key: str) -> type[AnyType] | None:
        """The type that is registered under that name; reads no entry points."""
        found = self._contents.get(key)
        return self._loaded(key) if isinstance(found, str) else found

    def _loaded(self, key: str) -> type[AnyType]:
        found = self._contents[key]
        if isinstance(found, str):
            load_module(found)
            found = self._contents[key]
        return cast("type[AnyType]", found)

    def has_name(self, name: str) -> bool:
        """Whether a registered type has this name, or alias, in format 3; reads no entry points."""
        return bool(self._named(name))

    def match_dtype(self, dtype: TBaseDType) -> AnyType:
        """The type of a native dtype.

        Raises
        ------
        ValueError
            If there is none, more than one, or the dtype is ``object``, which does not say of what.
        """
        if dtype.kind == "O":
            raise ValueError(_OBJECT_DTYPE)
        found = self._match_dtype(dtype)
        if not found and self._read_entry_points():
            found = self._match_dtype(dtype)
        if not found:
            raise ValueError(f"No Zarr data type found that matches dtype '{dtype!r}'")
        if len(found) > 1:
            raise ValueError(
                f"Multiple Zarr data types match dtype '{dtype!r}': {found}. Pass one of them instead of the "
                "dtype, or unregister all but one."
            )
        return found[0]

    def _match_dtype(self, dtype: TBaseDType) -> list[AnyType]:
        # types of exactly this dtype class first: nearly always there is one, and nothing else is tried
        exact = self._of_native(type(dtype))
        found = list(_attempts_native(exact, dtype))
        return found or list(_attempts_native((c for c in self._classes() if c not in exact), dtype))

    def _of_native(self, dtype_cls: type[TBaseDType]) -> list[type[AnyType]]:
        """The types whose native dtypes are of a class; as long as only ours are there, numbers have one."""
        if not self._complete and dtype_cls in _NUMBERS:
            return [self._loaded(_NUMBERS[dtype_cls])]
        return [cls for cls in self._classes() if cls.dtype_cls is dtype_cls]

    def match_json(self, data: DTypeJSON, *, zarr_format: ZarrFormat) -> AnyType:
        """The type of a document; see :meth:`ZDType.from_json` for its form.

        Raises
        ------
        ValueError
            If no type takes it.
        """
        candidates = self._likely_v2(data) if check_format(zarr_format) == 2 else self._likely_v3(data)
        cause: DataTypeValidationError | None = None
        for cls in candidates:
            try:
                return cls.from_json(data, zarr_format=zarr_format)
            except DataTypeValidationError as error:
                cause = error
        for classes in (self._classes, self._more_classes):
            for cls in classes():
                try:
                    return cls.from_json(data, zarr_format=zarr_format)
                except DataTypeValidationError:
                    pass
        if cause is not None and zarr_format == 3:
            raise cause
        raise ValueError(f"No Zarr data type found that matches {data!r}{_hint(data)}")

    def _classes(self) -> Iterator[type[AnyType]]:
        return iter(dict.fromkeys(self.contents.values()))

    def _more_classes(self) -> Iterator[type[AnyType]]:
        return self._classes() if self._read_entry_points() else iter(())

    def _likely_v3(self, data: DTypeJSON) -> list[type[AnyType]]:
        spec = parse_spec_v3(data)
        return [] if spec is None else self._named(spec[0])

    def _named(self, name: str) -> list[type[AnyType]]:
        if name in self._contents:
            return [self._loaded(name)]
        if not self._complete:
            return [self._loaded(_ALIASES[name])] if name in _ALIASES else []
        return [cls for cls in self._classes() if name in getattr(cls, "_zarr_v3_aliases", ())]

    def _likely_v2(self, data: DTypeJSON) -> list[type[AnyType]]:
        if not check_dtype_spec_v2(data):
            return []
        name, codec = data["name"], data["object_codec_id"]
        if codec is not None:
            # the one registered last first, so that others' types for a codec come before ours
            found = [cls for cls in self._classes() if getattr(cls, "object_codec_id", None) == codec]
            return found[::-1]
        try:
            check_native_name(name)
            native = np.dtype(name) if isinstance(name, str) else None
        except (TypeError, ValueError, SyntaxError):
            return []
        return self._of_native(type(np.dtype("V1") if native is None else native))

    def _read_entry_points(self) -> bool:
        """Register the types that installed packages offer; whether there is any new one."""
        if self._entry_points_read:
            return False
        self._entry_points_read = True
        # by name: importlib.metadata is slow to import, and nearly never needed
        entry_points = load_module("importlib.metadata").entry_points
        before = len(self.contents)
        offered = (*entry_points(group="zarr.data_type"), *entry_points(group="zarr", name="data_type"))
        for entry_point in offered:
            cls = entry_point.load()
            self.contents.setdefault(cls._zarr_v3_name, cls)
        return len(self.contents) > before


def _attempts_native(
    classes: Iterator[type[AnyType]] | list[type[AnyType]], dtype: TBaseDType
) -> Iterator[AnyType]:
    for cls in classes:
        try:
            yield cls.from_native_dtype(dtype)
        except DataTypeValidationError:
            pass


def _hint(data: object) -> str:
    if not isinstance(data, Mapping) or data.get("name") != "|O":
        return ""
    if (codec := data.get("object_codec_id")) is None:
        return ". An object array needs an object codec among its filters, as `vlen-utf8`, to be read."
    return f". No type is registered for object arrays by the codec {codec!r}."


_OBJECT_DTYPE = (
    "Zarr data type resolution from object failed. The numpy 'object' data type is ambiguous: several Zarr "
    "data types are held in object arrays, and the dtype does not say which one is meant. Pass a Zarr data "
    "type instead, for example zarr.dtype.VariableLengthUTF8() or dtype=str for strings, or "
    "zarr.dtype.VariableLengthBytes() for bytes."
)

data_type_registry = DataTypeRegistry._of_this_package()
