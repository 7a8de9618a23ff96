"""Names for types: JSON, formats, data type documents, and arrays of either format."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

if sys.version_info >= (3, 12):
    from typing import TypedDict as TypedDict
else:
    from typing_extensions import TypedDict as TypedDict  # which pydantic asks for

if TYPE_CHECKING:
    from zarr.core.array import Array, AsyncArray
    from zarr.core.metadata.v2 import ArrayV2Metadata
    from zarr.core.metadata.v3 import ArrayV3Metadata

__all__ = [
    "JSON",
    "AnyArray",
    "AnyAsyncArray",
    "ArrayV2",
    "ArrayV3",
    "AsyncArrayV2",
    "AsyncArrayV3",
    "DTypeConfig_V2",
    "DTypeJSON",
    "ZarrFormat",
]

JSON: TypeAlias = "str | int | float | bool | Mapping[str, JSON] | Sequence[JSON] | None"
ZarrFormat: TypeAlias = Literal[2, 3]
DTypeJSON: TypeAlias = "str | int | float | Sequence[DTypeJSON] | Mapping[str, object] | None"

_Name = TypeVar("_Name", covariant=True, bound=Any)
_ObjectCodecId = TypeVar("_ObjectCodecId", covariant=True, bound=Any)


class DTypeConfig_V2(TypedDict, Generic[_Name, _ObjectCodecId]):
    """A format 2 data type: the ``dtype`` member, and the id of the object codec where it needs one."""

    name: _Name
    object_codec_id: _ObjectCodecId


AnyArray: TypeAlias = "Array[Any]"
AnyAsyncArray: TypeAlias = "AsyncArray[Any]"
ArrayV2: TypeAlias = "Array[ArrayV2Metadata]"
ArrayV3: TypeAlias = "Array[ArrayV3Metadata]"
AsyncArrayV2: TypeAlias = "AsyncArray[ArrayV2Metadata]"
AsyncArrayV3: TypeAlias = "AsyncArray[ArrayV3Metadata]"
