"""``bool``: format 3 ``"bool"``, format 2 ``"|b1"``; one byte, 0 or 1."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from zarr.core.dtype.npy.common import NamedType, scalar_of_array
from zarr.core.dtype.registry import data_type_registry
from zarr.types import JSON, ZarrFormat

__all__ = ["Bool"]

_WORDS = {"true": True, "false": False}


class Bool(NamedType[np.dtypes.BoolDType, np.bool_]):
    """True or false."""

    dtype_cls = np.dtypes.BoolDType
    _code: ClassVar[str] = "b1"
    _zarr_v3_name: ClassVar[str] = "bool"
    _zarr_v2_name: ClassVar[str] = "|b1"
    _zarr_v2_names: ClassVar[tuple[str, ...]] = ("|b1", "<b1", ">b1")

    def _check_scalar(self, data: object) -> bool:
        return isinstance(data, (bool, np.bool_, int, float, complex, np.number))

    def cast_scalar(self, data: object) -> np.bool_:
        """The truth of a boolean or a number."""
        data = scalar_of_array(data)
        if not self._check_scalar(data):
            raise self._reject_scalar(data)
        return np.bool_(data)

    def default_scalar(self) -> np.bool_:
        """False."""
        return np.False_

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> bool:
        """``true`` or ``false``."""
        return bool(self.cast_scalar(data))

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> np.bool_:
        """``true`` or ``false``; leniently also 1, 0, ``"true"`` and ``"false"``."""
        if isinstance(data, str) and data in _WORDS:
            return np.bool_(_WORDS[data])
        if isinstance(data, (bool, np.bool_, int, float)) and data in (0, 1):
            return np.bool_(data)
        raise TypeError(f"Invalid type: {data!r}. Expected a boolean.")


data_type_registry.register(Bool._zarr_v3_name, Bool)
