"""``numpy.datetime64`` and ``numpy.timedelta64``: int64 counts of a unit; format 2 ``"<M8[10us]"``.

``{"name": "numpy.datetime64", "configuration": {"unit": "us", "scale_factor": 10}}``, both members required.
A fill value is an int64, or ``"NaT"``, which is -2**63.
"""

from __future__ import annotations

import datetime
import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, Self, TypeAlias, cast

import numpy as np
from typing_extensions import ReadOnly, TypedDict

from zarr.core.dtype.common import (
    DTypeSpec_V2,
    DTypeSpec_V3,
    HasEndianness,
    HasItemSize,
    invalid_json,
    parse_spec_v3,
)
from zarr.core.dtype.npy.common import (
    endianness_from_numpy_str,
    endianness_to_numpy_str,
    get_endianness_from_numpy_dtype,
    name_v2,
    scalar_of_array,
    spec_v2,
)
from zarr.core.dtype.registry import data_type_registry
from zarr.core.dtype.wrapper import DType, Scalar, TBaseDType, ZDType, check_format
from zarr.core.named_config import NamedConfig
from zarr.types import JSON, DTypeConfig_V2, DTypeJSON, ZarrFormat

__all__ = [
    "DATETIME_UNIT",
    "DateTime64",
    "DateTime64JSON_V2",
    "DateTime64JSON_V3",
    "DateTimeUnit",
    "TimeConfig",
    "TimeDTypeBase",
    "TimeDelta64",
    "TimeDelta64JSON_V2",
    "TimeDelta64JSON_V3",
]

DateTimeUnit: TypeAlias = Literal[
    "Y", "M", "W", "D", "h", "m", "s", "ms", "us", "μs", "ns", "ps", "fs", "as", "generic"
]
# "μs" has the Greek letter U+03BC, and means "us"
DATETIME_UNIT: Final = (
    "Y",
    "M",
    "W",
    "D",
    "h",
    "m",
    "s",
    "ms",
    "us",
    "μs",
    "ns",
    "ps",
    "fs",
    "as",
    "generic",
)
_NAME_V2 = re.compile(r"([<>])([Mm])8(?:\[([0-9]*)([a-zA-Zμ]+)\])?")
_NAT = -(2**63)


class TimeConfig(TypedDict):
    """The configuration of a time type in format 3."""

    unit: ReadOnly[DateTimeUnit]
    scale_factor: ReadOnly[int]


class DateTime64JSON_V2(DTypeConfig_V2[str, None]):
    """``{"name": "<M8[10us]", "object_codec_id": None}``."""


class TimeDelta64JSON_V2(DTypeConfig_V2[str, None]):
    """``{"name": "<m8[10us]", "object_codec_id": None}``."""


class DateTime64JSON_V3(NamedConfig[Literal["numpy.datetime64"], TimeConfig]):
    """``{"name": "numpy.datetime64", "configuration": {"unit": ..., "scale_factor": ...}}``."""


class TimeDelta64JSON_V3(NamedConfig[Literal["numpy.timedelta64"], TimeConfig]):
    """``{"name": "numpy.timedelta64", "configuration": {"unit": ..., "scale_factor": ...}}``."""


@dataclass(frozen=True, kw_only=True)
class TimeDTypeBase(ZDType[DType, Scalar], HasEndianness, HasItemSize):
    """The base of the two time types.

    Parameters
    ----------
    endianness : {"little", "big"}
        The byte order.
    scale_factor : int
        How many units one count is, 1 to 2**31 - 1.
    unit : str
        The unit, one of ``DATETIME_UNIT``.
    """

    _kind: ClassVar[str]

    scale_factor: int = 1
    unit: DateTimeUnit = "generic"

    def __post_init__(self) -> None:
        if self.scale_factor < 1:
            raise ValueError(f"scale_factor must be > 0, got {self.scale_factor}.")
        if self.scale_factor >= 2**31:
            raise ValueError(f"scale_factor must be < 2147483648, got {self.scale_factor}.")
        if self.unit not in DATETIME_UNIT:
            raise ValueError(f"unit must be one of {DATETIME_UNIT}, got {self.unit!r}.")
        if self.unit == "μs":
            object.__setattr__(self, "unit", "us")

    @property
    def item_size(self) -> int:
        """Bytes per element: 8."""
        return 8

    @classmethod
    def from_native_dtype(cls, dtype: TBaseDType) -> Self:
        """The type of a native dtype."""
        if not cls._check_native_dtype(dtype):
            raise cls._reject_native_dtype(dtype)
        unit, scale_factor = np.datetime_data(cast("np.dtype[np.datetime64]", dtype))
        return cls(
            unit=cast("DateTimeUnit", unit),
            scale_factor=scale_factor,
            endianness=get_endianness_from_numpy_dtype(dtype),
        )

    def to_native_dtype(self) -> DType:
        """The native dtype."""
        return cast("DType", np.dtype(self._name_v2()))

    def _name_v2(self) -> str:
        name = f"{endianness_to_numpy_str(self.endianness)}{self._kind}8"
        if self.unit == "generic":
            return name
        return f"{name}[{self.scale_factor if self.scale_factor != 1 else ''}{self.unit}]"

    @classmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        expected = f"a string like '<{cls._kind}8[10s]', with a unit of {DATETIME_UNIT}."
        match = _NAME_V2.fullmatch(name_v2(cls, data, expected))
        if match is None or match[2] != cls._kind or match[4] not in (None, *DATETIME_UNIT):
            raise invalid_json(cls, data, expected)
        return cls(
            unit=cast("DateTimeUnit", match[4] or "generic"),
            scale_factor=int(match[3] or 1),
            endianness=endianness_from_numpy_str(match[1]),
        )

    @classmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        spec = parse_spec_v3(data)
        if (
            spec is None
            or spec[0] != cls._zarr_v3_name
            or set(spec[1]) != {"unit", "scale_factor"}
            or type(spec[1]["scale_factor"]) is not int
        ):
            raise invalid_json(
                cls,
                data,
                f"an object with the name {cls._zarr_v3_name!r} and a configuration of exactly 'unit', one "
                f"of {DATETIME_UNIT}, and 'scale_factor', an integer",
            )
        return cls(unit=cast("DateTimeUnit", spec[1]["unit"]), scale_factor=spec[1]["scale_factor"])

    def to_json(self, zarr_format: ZarrFormat) -> DTypeSpec_V2 | DTypeSpec_V3:
        """The document of this type."""
        if check_format(zarr_format) == 2:
            return spec_v2(self._name_v2())
        return {
            "name": self._zarr_v3_name,
            "configuration": {"unit": self.unit, "scale_factor": self.scale_factor},
        }

    def default_scalar(self) -> Scalar:
        """Not a time."""
        return self._of_count(_NAT)

    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> int:
        """The count as a JSON integer; not-a-time is -2**63."""
        return int(cast("np.datetime64", self.cast_scalar(data)).view(np.int64))

    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> Scalar:
        """The time of a JSON integer, or of ``"NaT"``."""
        if data == "NaT":
            return self._of_count(_NAT)
        if isinstance(data, int):
            return self._of_count(int(data))
        raise TypeError(f"Invalid type: {data!r}. Expected an integer or 'NaT'.")

    def cast_scalar(self, data: object) -> Scalar:
        """A time of any unit, a count, a text that NumPy parses, a ``datetime`` object, or None."""
        data = scalar_of_array(data)
        if not self._check_scalar(data):
            raise self._reject_scalar(data)
        if data is None or (isinstance(data, str) and data == "NaT"):
            return self._of_count(_NAT)
        if isinstance(data, (int, np.integer)) and not isinstance(data, np.timedelta64):
            return self._of_count(int(data))
        if isinstance(data, bytes):
            data = data.decode("ascii")
        native = self._native()
        time = self._parse(data)
        if np.isnat(time):
            return self._of_count(_NAT)
        out = time.astype(native)
        # NumPy wraps around; where nothing is cut off, the way back tells
        if np.can_cast(time.dtype, native, "safe") and out.astype(time.dtype) != time:
            raise OverflowError(f"{time!r} out of bounds for {self}.")
        return cast("Scalar", out)

    @staticmethod
    @abstractmethod
    def _parse(data: object) -> np.datetime64 | np.timedelta64:
        """A time of whatever unit, of an object that ``_check_scalar`` lets through."""

    def _of_count(self, count: int) -> Scalar:
        if not _NAT <= count < -_NAT:
            raise OverflowError(
                f"Integer {count} out of bounds for {self._zarr_v3_name}: {_NAT} to {-_NAT - 1}."
            )
        # a view: generic units refuse to be made of an integer
        return cast("Scalar", np.array(count, np.int64).view(self._native())[()])

    def _native(self) -> np.dtype[np.datetime64] | np.dtype[np.timedelta64]:
        return np.dtype(self._name_v2()).newbyteorder("=")


class DateTime64(TimeDTypeBase[np.dtypes.DateTime64DType, np.datetime64]):
    """A point in time: a count since 1970-01-01."""

    dtype_cls = np.dtypes.DateTime64DType  # type: ignore[assignment]
    _kind: ClassVar[str] = "M"
    _zarr_v3_name: ClassVar[str] = "numpy.datetime64"

    def _check_scalar(self, data: object) -> bool:
        return data is None or (
            isinstance(data, (str, bytes, int, np.integer, np.datetime64, datetime.datetime, datetime.date))
            and not isinstance(data, np.timedelta64)
        )

    @staticmethod
    def _parse(data: object) -> np.datetime64:
        return np.datetime64(cast("str", data))


class TimeDelta64(TimeDTypeBase[np.dtypes.TimeDelta64DType, np.timedelta64]):
    """A length of time."""

    dtype_cls = np.dtypes.TimeDelta64DType  # type: ignore[assignment]
    _kind: ClassVar[str] = "m"
    _zarr_v3_name: ClassVar[str] = "numpy.timedelta64"

    def _check_scalar(self, data: object) -> bool:
        return data is None or isinstance(
            data, (str, bytes, int, np.integer, np.timedelta64, datetime.timedelta)
        )

    @staticmethod
    def _parse(data: object) -> np.timedelta64:
        if isinstance(data, str):
            raise ValueError(f"Cannot parse {data!r} as a length of time; pass a count or a timedelta.")
        return np.timedelta64(cast("datetime.timedelta", data))


for _cls in (DateTime64, TimeDelta64):
    data_type_registry.register(_cls._zarr_v3_name, _cls)
