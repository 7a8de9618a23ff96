"""Object arrays of format 2, ``"|O"``: one type for each object codec that numcodecs has besides
``vlen-utf8`` and ``vlen-bytes``, that is ``json2``, ``msgpack2``, ``pickle``, ``vlen-array``, ``categorize``.

Format 3 has none of them. Fill values are plain JSON, as zarr-python 2 wrote them; null reads as None, or as
an empty array.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast

import numpy as np

from zarr.core.common import check_native_name
from zarr.core.dtype.common import (
    DTypeSpec_V2,
    DTypeSpec_V3,
    HasObjectCodec,
    check_dtype_spec_v2,
    invalid_json,
)
from zarr.core.dtype.npy.common import scalar_of_array
from zarr.core.dtype.npy.string import VariableLengthUTF8
from zarr.core.dtype.registry import data_type_registry
from zarr.core.dtype.wrapper import TBaseDType, ZDType, check_format
from zarr.errors import DataTypeValidationError, at
from zarr.types import JSON, DTypeConfig_V2, DTypeJSON, ZarrFormat

__all__ = [
    "CategorizedUTF8",
    "JSONObject",
    "MsgPackObject",
    "ObjectType",
    "PickledObject",
    "VariableLengthArray",
]


def _check_codec_v2(cls: type[HasObjectCodec], data: object) -> None:
    if (
        not check_dtype_spec_v2(data)
        or data["name"] != "|O"
        or data["object_codec_id"] != cls.object_codec_id
    ):
        raise invalid_json(cls, data, f"the string '|O' and the object codec {cls.object_codec_id!r}")


def _no_format_3(dtype: HasObjectCodec) -> DataTypeValidationError:
    return DataTypeValidationError(
        f"Objects stored by the codec {dtype.object_codec_id!r} are of format 2, which is "
        "zarr_format=2. Format 3 has dtype=str for strings and 'variable_length_bytes' for bytes."
    )


class ObjectType(ZDType[np.dtypes.ObjectDType, Any], HasObjectCodec):
    """Python objects of the kinds that an object codec stores."""

    dtype_cls = np.dtypes.ObjectDType

    @classmethod
    def from_native_dtype(cls, dtype: TBaseDType) -> Self:
        """Never: the object dtype does not say by which codec."""
        raise cls._reject_native_dtype(dtype)

    def to_native_dtype(self) -> np.dtypes.ObjectDType:
        """The object dtype."""
        return cast("np.dtypes.ObjectDType", np.dtype("O"))

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        _check_codec_v2(cls, data)
        return cls()

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        raise invalid_json(cls, data, "a format 2 document")

    def to_json(self, zarr_format: ZarrFormat) -> DTypeSpec_V2 | DTypeSpec_V3:
        """The document of this type, of format 2."""
        if check_format(zarr_format) == 2:
            return DTypeConfig_V2(name="|O", object_codec_id=self.object_codec_id)
        raise _no_format_3(self)

    def _check_scalar(self, data: object) -> bool:
        return True

    def cast_scalar(self, data: object) -> Any:
        """The object itself; a NumPy scalar as the Python object it stands for."""
        data = scalar_of_array(data)
        return data.item() if isinstance(data, np.generic) else data

    def default_scalar(self) -> Any:
        """None."""
        return None

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> JSON:
        """The object, which has to be one of JSON."""
        return _plain_json(self.cast_scalar(data))

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> Any:
        """The JSON value."""
        return copy.deepcopy(data)


def _plain_json(data: object) -> JSON:
    """A copy of a JSON value; TypeError for anything that a document cannot hold."""
    if data is None or isinstance(data, bool | int | float | str):
        return data
    if isinstance(data, list | tuple):
        return [_plain_json(item) for item in data]
    if isinstance(data, Mapping) and all(isinstance(key, str) for key in data):
        return {key: _plain_json(value) for key, value in data.items()}
    raise TypeError(
        f"A fill value of objects must be JSON: null, true, a number, text, a list. Got {data!r}."
    )


class JSONObject(ObjectType):
    """Any values of JSON."""

    _zarr_v3_name: ClassVar[str] = "json2"
    object_codec_id: ClassVar[str] = "json2"


class MsgPackObject(ObjectType):
    """Any values of MessagePack; needs the package ``msgpack``."""

    _zarr_v3_name: ClassVar[str] = "msgpack2"
    object_codec_id: ClassVar[str] = "msgpack2"


class PickledObject(ObjectType):
    """Any Python objects. Chunks are refused unless ``array.allow_unsafe_pickle_decode`` is set."""

    _zarr_v3_name: ClassVar[str] = "pickle"
    object_codec_id: ClassVar[str] = "pickle"


@dataclass(frozen=True, kw_only=True)
class VariableLengthArray(ObjectType):
    """One-dimensional arrays of any length and one dtype.

    Parameters
    ----------
    item : str
        The dtype of the arrays' items, as the codec's configuration has it: ``"<i4"``.
    """

    _zarr_v3_name: ClassVar[str] = "vlen-array"
    object_codec_id: ClassVar[str] = "vlen-array"

    item: str = "<f8"

    def __post_init__(self) -> None:
        if self._item_dtype().hasobject:
            raise ValueError(f"Arrays of variable length cannot have items of dtype {self.item!r}.")

    def of_codec(self, configuration: Mapping[str, Any]) -> Self:
        """The type that a codec of this configuration stores."""
        with at("dtype"):
            if not isinstance(name := configuration.get("dtype"), str):
                raise ValueError(f"expected the name of a NumPy dtype, got {name!r}")
            check_native_name(name)
            try:
                return type(self)(item=name)
            except SyntaxError as error:  # of what NumPy takes for a list of names
                raise ValueError(f"expected the name of a NumPy dtype, got {name!r}") from error

    def _item_dtype(self) -> np.dtype[Any]:
        return np.dtype(self.item)

    def as_items(self, data: object) -> Any:
        """An element as an array of the items' dtype; None as an empty one.

        Raises
        ------
        TypeError
            If it is not one-dimensional, or its items are of another kind.
        """
        if data is None:
            return self.default_scalar()
        given = np.asarray(data)
        if given.ndim != 1:
            raise TypeError(f"Expected a one-dimensional array of {self.item}. Got {data!r}.")
        if given.size and not np.can_cast(given.dtype, self._item_dtype(), "same_kind"):
            raise TypeError(f"Items of {given.dtype} cannot be stored as {self.item}. Got {data!r}.")
        return np.asarray(data, self._item_dtype())

    def cast_scalar(self, data: object) -> Any:
        """Items as an array; a number as one item, which the 0 of older data is read as; None as no items."""
        return self.as_items([data] if isinstance(data, int | float | np.number) else data)

    def default_scalar(self) -> Any:
        """No items."""
        return np.empty(0, self._item_dtype())

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> JSON:
        """The items as a list; a number for one, null for none."""
        items = self.cast_scalar(data).tolist()
        return cast("JSON", items if len(items) > 1 else items[0] if items else None)

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> Any:
        """The items of a list, a number or null."""
        return self.cast_scalar(data)


class CategorizedUTF8(VariableLengthUTF8):
    """Strings, of which those among the codec's labels are stored; the others become empty strings."""

    _zarr_v3_name: ClassVar[str] = "categorize"
    object_codec_id: ClassVar[str] = "categorize"

    @classmethod
    def _check_native_dtype(cls, dtype: TBaseDType) -> bool:
        return False  # the type of a native dtype is VariableLengthUTF8

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        _check_codec_v2(cls, data)
        return cls()

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        raise invalid_json(cls, data, "a format 2 document")

    def to_json(self, zarr_format: ZarrFormat) -> DTypeSpec_V2 | DTypeSpec_V3:
        """The document of this type, of format 2."""
        if check_format(zarr_format) == 2:
            return DTypeConfig_V2(name="|O", object_codec_id=self.object_codec_id)
        raise _no_format_3(self)


for _cls in (JSONObject, MsgPackObject, PickledObject, VariableLengthArray, CategorizedUTF8):
    data_type_registry.register(_cls._zarr_v3_name, _cls)
