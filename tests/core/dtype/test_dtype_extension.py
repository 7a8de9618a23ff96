"""A data type of somebody else, written against the contract: one class, one registration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pytest

from zarr.core.dtype.common import HasItemSize, HasObjectCodec
from zarr.dtype import ZDType, data_type_registry, parse_dtype
from zarr.errors import DataTypeValidationError


@dataclass(frozen=True, kw_only=True)
class Celsius(ZDType[np.dtypes.Float32DType, np.float32], HasItemSize):
    """Temperatures, with a step."""

    dtype_cls = np.dtypes.Float32DType
    _zarr_v3_name: ClassVar[str] = "celsius"

    step: int = 1

    @property
    def item_size(self) -> int:
        return 4

    @classmethod
    def from_native_dtype(cls, dtype: Any) -> Self:
        raise DataTypeValidationError("no native dtype means this")

    def to_native_dtype(self) -> Any:
        return np.dtype("f4")

    @classmethod
    def _from_json_v2(cls, data: Any) -> Self:
        raise DataTypeValidationError("not in format 2")

    @classmethod
    def _from_json_v3(cls, data: Any) -> Self:
        if isinstance(data, dict) and data.get("name") == cls._zarr_v3_name:
            return cls(step=data["configuration"]["step"])
        raise DataTypeValidationError("not mine")

    def to_json(self, zarr_format: Any) -> Any:
        return {"name": self._zarr_v3_name, "configuration": {"step": self.step}}

    def _check_scalar(self, data: object) -> bool:
        return isinstance(data, float)

    def cast_scalar(self, data: Any) -> np.float32:
        return np.float32(data)

    def default_scalar(self) -> np.float32:
        return np.float32(20)

    def from_json_scalar(self, data: Any, *, zarr_format: Any) -> np.float32:
        return np.float32(data)

    def to_json_scalar(self, data: Any, *, zarr_format: Any) -> float:
        return float(data)


@dataclass(frozen=True, kw_only=True)
class JSONObjects(ZDType[np.dtypes.ObjectDType, Any], HasObjectCodec):
    """Objects by the codec json2 of format 2."""

    dtype_cls = np.dtypes.ObjectDType
    _zarr_v3_name: ClassVar[str] = "mine.json"
    object_codec_id: ClassVar[str] = "json2"

    @classmethod
    def from_native_dtype(cls, dtype: Any) -> Self:
        return cls()

    def to_native_dtype(self) -> Any:
        return np.dtype("O")

    @classmethod
    def _from_json_v2(cls, data: Any) -> Self:
        if data == {"name": "|O", "object_codec_id": "json2"}:
            return cls()
        raise DataTypeValidationError("not mine")

    @classmethod
    def _from_json_v3(cls, data: Any) -> Self:
        raise DataTypeValidationError("not mine")

    def to_json(self, zarr_format: Any) -> Any:
        return {"name": "|O", "object_codec_id": "json2"}

    def _check_scalar(self, data: object) -> bool:
        return True

    def cast_scalar(self, data: Any) -> Any:
        return data

    def default_scalar(self) -> Any:
        return None

    def from_json_scalar(self, data: Any, *, zarr_format: Any) -> Any:
        return data

    def to_json_scalar(self, data: Any, *, zarr_format: Any) -> Any:
        return data


@pytest.fixture(params=[Celsius, JSONObjects])
def registered(request: pytest.FixtureRequest) -> Iterator[Any]:
    cls = request.param
    data_type_registry.register(cls._zarr_v3_name, cls)
    yield cls
    data_type_registry.unregister(cls._zarr_v3_name)


def test_it_is_found(registered: Any) -> None:
    dtype = registered()
    zarr_format: Any = 3 if registered is Celsius else 2
    document = dtype.to_json(zarr_format)
    assert data_type_registry.match_json(document, zarr_format=zarr_format) == dtype
    assert parse_dtype(document, zarr_format=zarr_format) == dtype
    assert parse_dtype("f4", zarr_format=3) != dtype


def test_what_is_abstract_must_be_there() -> None:
    with pytest.raises(TypeError, match="abstract"):
        ZDType()
