"""``ZDType``, the contract of a data type: its native dtype, its documents, and its scalars in JSON.

A type is a frozen dataclass of its parameters and nothing else. All methods are pure.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeAlias, TypeVar

import numpy as np

from zarr.core.dtype.common import DTypeSpec_V2, DTypeSpec_V3
from zarr.errors import DataTypeValidationError
from zarr.types import JSON, DTypeJSON, ZarrFormat

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "DType",
    "Scalar",
    "TBaseDType",
    "TBaseScalar",
    "ZDType",
    "check_format",
    "scalar_failed_type_check_msg",
]

TBaseDType: TypeAlias = np.dtype[Any]
TBaseScalar: TypeAlias = np.generic | str | bytes

DType = TypeVar("DType", bound=np.dtype[Any], covariant=True)
Scalar = TypeVar("Scalar", bound=TBaseScalar, covariant=True)


@dataclass(frozen=True, kw_only=True)
class ZDType(ABC, Generic[DType, Scalar]):
    """A Zarr data type.

    Subclasses are frozen dataclasses; the decorator is needed only where fields are added. They implement
    the abstract methods, and set ``dtype_cls``, the class of their native dtype, and ``_zarr_v3_name``, their
    name in format 3.
    """

    dtype_cls: ClassVar[type[TBaseDType]]
    _zarr_v3_name: ClassVar[str]

    @classmethod
    def _check_native_dtype(cls, dtype: TBaseDType) -> bool:
        return type(dtype) is cls.dtype_cls

    @classmethod
    def _reject_native_dtype(cls, dtype: TBaseDType) -> DataTypeValidationError:
        return DataTypeValidationError(f"Invalid data type: {dtype}. Expected an instance of {cls.dtype_cls}")

    @classmethod
    @abstractmethod
    def from_native_dtype(cls, dtype: TBaseDType) -> Self:
        """The type of a native dtype.

        Raises
        ------
        DataTypeValidationError
            If the dtype is not one of this class.
        """

    @abstractmethod
    def to_native_dtype(self) -> DType:
        """The native dtype."""

    @classmethod
    @abstractmethod
    def _from_json_v2(cls, data: DTypeJSON) -> Self:
        """The type of a format 2 document."""

    @classmethod
    @abstractmethod
    def _from_json_v3(cls, data: DTypeJSON) -> Self:
        """The type of a format 3 document."""

    @classmethod
    def from_json(cls, data: DTypeJSON, *, zarr_format: ZarrFormat) -> Self:
        """The type of a document.

        Parameters
        ----------
        data : DTypeJSON
            Format 3: the ``data_type`` member. Format 2: ``{"name": <dtype>, "object_codec_id": ...}``.
        zarr_format : {2, 3}
            The format of the document.

        Raises
        ------
        DataTypeValidationError
            If the document is not one of this class.
        """
        if check_format(zarr_format) == 2:
            return cls._from_json_v2(data)
        return cls._from_json_v3(data)

    @abstractmethod
    def to_json(self, zarr_format: ZarrFormat) -> DTypeSpec_V2 | DTypeSpec_V3:
        """The document of this type; the inverse of :meth:`from_json` except for byte order in format 3."""

    @abstractmethod
    def _check_scalar(self, data: object) -> bool:
        """Whether :meth:`cast_scalar` can take this kind of object."""

    @abstractmethod
    def cast_scalar(self, data: object) -> Scalar:
        """An object as a scalar of this type.

        Raises
        ------
        TypeError
            If it is of a kind that has no meaning for this type.
        ValueError, OverflowError
            If its value cannot be a value of this type.
        """

    @abstractmethod
    def default_scalar(self) -> Scalar:
        """The fill value where none is given."""

    @abstractmethod
    def from_json_scalar(self, data: JSON, *, zarr_format: ZarrFormat) -> Scalar:
        """The scalar of its form in a document.

        Raises
        ------
        TypeError, ValueError, OverflowError
            If it is not a value of this type.
        """

    @abstractmethod
    def to_json_scalar(self, data: object, *, zarr_format: ZarrFormat) -> JSON:
        """The form in a document of anything that :meth:`cast_scalar` takes."""

    def _low_bits(self) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]] | None:
        """What clears the bits above values of less than a byte, which mean nothing; None for other types.

        The array that is given stays as it is.
        """
        return None

    def _reject_scalar(self, data: object) -> TypeError:
        return TypeError(scalar_failed_type_check_msg(data, self))


def check_format(zarr_format: object) -> ZarrFormat:
    """2 or 3 itself."""
    if zarr_format == 2:
        return 2
    if zarr_format == 3:
        return 3
    raise ValueError(f"zarr_format must be 2 or 3, got {zarr_format}")


def scalar_failed_type_check_msg(data: object, dtype: object) -> str:
    """The message for an object that is no scalar of a type."""
    what = f"object {data!r} with type {type(data)}"
    return f"Cannot convert {what} to a scalar compatible with the data type {dtype}."
