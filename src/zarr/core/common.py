"""Small values that every floor shares: type names, and parsers of plain members of documents.

A ``parse_*`` function makes a checked value of untrusted input, or raises TypeError or ValueError.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, SupportsIndex, TypeAlias, TypeVar, cast

from zarr.core import elsewhere
from zarr.types import JSON, ZarrFormat

if TYPE_CHECKING:
    from zarr.core.named_config import NamedConfig, NamedRequiredConfig

__all__ = [
    "ANY_ACCESS_MODE",
    "JSON",
    "ZARRAY_JSON",
    "ZARR_JSON",
    "ZATTRS_JSON",
    "ZGROUP_JSON",
    "ZMETADATA_V2_JSON",
    "AccessModeLiteral",
    "BytesLike",
    "ChunksLike",
    "DimensionNamesLike",
    "MemoryOrder",
    "NamedConfig",
    "NamedRequiredConfig",
    "NodeType",
    "ShapeLike",
    "ShardsLike",
    "ZarrFormat",
    "ceildiv",
    "ceildiv_int",
    "check_native_name",
    "enum_names",
    "parse_bool",
    "parse_configuration",
    "parse_enum",
    "parse_fill_value",
    "parse_int",
    "parse_name",
    "parse_named_configuration",
    "parse_order",
    "parse_shapelike",
    "product",
]

ZARR_JSON = "zarr.json"
ZARRAY_JSON = ".zarray"
ZGROUP_JSON = ".zgroup"
ZATTRS_JSON = ".zattrs"
ZMETADATA_V2_JSON = ".zmetadata"

BytesLike: TypeAlias = bytes | bytearray | memoryview
ShapeLike: TypeAlias = "Iterable[int] | int"
ChunksLike: TypeAlias = "ShapeLike | Sequence[int | Sequence[int]] | str | bool | None"
ShardsLike: TypeAlias = "ChunksLike | Literal['auto'] | Mapping[str, Any]"
DimensionNamesLike: TypeAlias = "Iterable[str | None] | None"
NodeType = Literal["array", "group"]
MemoryOrder = Literal["C", "F"]
AccessModeLiteral = Literal["r", "r+", "a", "w", "w-"]
ANY_ACCESS_MODE: frozenset[AccessModeLiteral] = frozenset({"r", "r+", "a", "w", "w-"})

__getattr__ = elsewhere(__name__)

E = TypeVar("E", bound=Enum)


def product(tup: tuple[int, ...]) -> int:
    """The product of the items; 1 for an empty tuple."""
    return math.prod(tup)


def ceildiv(a: float, b: float) -> int:
    """a / b rounded up; 0 where a is 0."""
    return 0 if a == 0 else math.ceil(a / b)


def ceildiv_int(a: int, b: int) -> int:
    """a / b rounded up, exact for integers of any size; 0 where a is 0."""
    return -(-a // b) if a else 0


_DIVISION = r"\[[^\]]*/"


def check_native_name(data: object) -> None:
    """ValueError for NumPy's name of a data type, or a list with such names, that has a division, as ``m8[s/0]``.

    NumPy ends the process where it divides by zero there, and writes no such names itself.
    """
    if isinstance(data, str) and re.search(_DIVISION, data):
        raise ValueError(f"Expected the name of a data type without a division. Got {data!r}.")
    if isinstance(data, list | tuple):
        for item in data:
            check_native_name(item)


def enum_names(enum: type[E]) -> Iterator[str]:
    """The names of the members of an enum."""
    for item in enum:
        yield item.name


def parse_enum(data: object, cls: type[E]) -> E:
    """A member of ``cls``, given it or its name."""
    if isinstance(data, cls):
        return data
    if not isinstance(data, str):
        raise TypeError(f"Expected str, got {type(data)}")
    if data in enum_names(cls):
        return cls(data)
    raise ValueError(f"Value must be one of {list(enum_names(cls))!r}. Got {data} instead.")


def parse_bool(data: Any) -> bool:
    """True or False itself."""
    if isinstance(data, bool):
        return data
    raise ValueError(f"Expected bool, got {data!r} instead.")


def parse_int(data: Any) -> int:
    """An integer that is not a bool."""
    if isinstance(data, bool) or not hasattr(data, "__index__"):
        raise TypeError(f"Expected an integer, got {data!r} instead.")
    return operator.index(data)


def parse_order(data: Any) -> Literal["C", "F"]:
    """A memory order."""
    if data in ("C", "F"):
        return cast("Literal['C', 'F']", data)
    raise ValueError(f"Expected one of ('C', 'F'), got {data!r} instead.")


def parse_fill_value(data: Any) -> Any:
    """A fill value as it is; kept for those who import it."""
    return data


_INTEGER = frozenset((int,))


def parse_shapelike(data: ShapeLike) -> tuple[int, ...]:
    """A shape: an integer or an iterable of integers, none of them negative."""
    if type(data) is tuple and _INTEGER.issuperset(map(type, data)) and min(data, default=0) >= 0:
        return data
    if isinstance(data, (str, bytes, Mapping)):
        raise TypeError(f"Expected an integer or an iterable of integers. Got {data!r} instead.")
    try:
        if hasattr(data, "__index__") and not isinstance(data, bool):
            items: tuple[int, ...] = (operator.index(cast("SupportsIndex", data)),)
        else:
            items = tuple(parse_int(v) for v in cast("Iterable[int]", data))
    except TypeError:
        raise TypeError(f"Expected an integer or an iterable of integers. Got {data!r} instead.") from None
    if any(v < 0 for v in items):
        raise ValueError(f"Expected all values to be non-negative. Got {items} instead.")
    return items


def parse_name(data: JSON, expected: str | None = None) -> str:
    """The name in an extension object."""
    if not isinstance(data, str):
        raise TypeError(f"Expected a string, got an instance of {type(data)}.")
    if expected is not None and data != expected:
        raise ValueError(f"Expected '{expected}'. Got {data} instead.")
    return data


def parse_configuration(data: JSON) -> JSON:
    """The configuration in an extension object."""
    if not isinstance(data, dict):
        raise TypeError(f"Expected dict, got {type(data)}")
    return data


def parse_named_configuration(
    data: JSON | NamedConfig[str, Any],
    expected_name: str | None = None,
    *,
    require_configuration: bool = True,
) -> tuple[str, JSON | None]:
    """Name and configuration of an extension object, or of the short form, a bare name."""
    if isinstance(data, str) and not require_configuration:
        return parse_name(data, expected_name), None
    if not isinstance(data, dict):
        raise TypeError(f"Expected dict, got {type(data)}")
    if "name" not in data:
        raise ValueError(f"Named configuration does not have a 'name' key. Got {data}.")
    name = parse_name(data["name"], expected_name)
    if "configuration" in data:
        return name, parse_configuration(data["configuration"])
    if require_configuration:
        raise ValueError(f"Named configuration does not have a 'configuration' key. Got {data}.")
    return name, None
