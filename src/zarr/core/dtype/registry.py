"""The registry of data types, and the search for the type of a document or of a native dtype.

Files of types end with their registration here. Entry points are read on the first miss, not before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module

import numpy as np

from zarr.core.common import check_native_name
from zarr.core.dtype.common import check_dtype_spec_v2, parse_spec_v3
from zarr.core.dtype.wrapper import TBaseDType, TBaseScalar, ZDType, check_format
from zarr.errors import DataTypeValidationError
from zarr.types import DTypeJSON, ZarrFormat

__all__ = ["DataTypeRegistry", "data_type_registry"]

AnyType = ZDType[TBaseDType, TBaseScalar]


@dataclass(kw_only=True)
class DataTypeRegistry:
    """Data type classes by the name they are registered under."""

    contents: dict[str, type[AnyType]] = field(default_factory=dict, init=False)
    _entry_points_read: bool = field(default=False, init=False, repr=False, compare=False)

    def register(self, key: str, cls: type[AnyType]) -> None:
        """Add a type, or replace the one of that name."""
        if not (isinstance(cls, type) and issubclass(cls, ZDType)):
            raise TypeError(f"Expected a subclass of ZDType, got {cls!r}")
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
        if key not in self.contents:
            self._read_entry_points()
        return self.contents[key]

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
        exact = [cls for cls in self._classes() if cls.dtype_cls is type(dtype)]
        found = list(_attempts_native(exact, dtype))
        return found or list(_attempts_native((c for c in self._classes() if c not in exact), dtype))

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
        if name in self.contents:
            return [self.contents[name]]
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
        dtype_cls = np.dtypes.VoidDType if native is None else type(native)
        return [cls for cls in self._classes() if cls.dtype_cls is dtype_cls]

    def _read_entry_points(self) -> bool:
        """Register the types that installed packages offer; whether there is any new one."""
        if self._entry_points_read:
            return False
        self._entry_points_read = True
        # by name: importlib.metadata is slow to import, and nearly never needed
        entry_points = import_module("importlib.metadata").entry_points
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

data_type_registry = DataTypeRegistry()
