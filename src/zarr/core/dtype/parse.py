"""What users may pass as a dtype, made into a ``ZDType``: native dtypes, whatever NumPy takes, JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import numpy as np

from zarr.core.dtype.registry import data_type_registry
from zarr.core.dtype.wrapper import TBaseDType, TBaseScalar, ZDType, check_format
from zarr.types import JSON, DTypeJSON, ZarrFormat

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = [
    "VLEN_UTF8_ALIAS",
    "ZDTypeLike",
    "get_data_type_from_json",
    "get_data_type_from_native_dtype",
    "parse_data_type",
    "parse_dtype",
]

ZDTypeLike: TypeAlias = "npt.DTypeLike | ZDType[TBaseDType, TBaseScalar] | Mapping[str, JSON] | str"

VLEN_UTF8_ALIAS: Final = ("str", str, "string")


def parse_dtype(dtype_spec: ZDTypeLike, *, zarr_format: ZarrFormat) -> ZDType[TBaseDType, TBaseScalar]:
    """The Zarr data type that a dtype stands for.

    Parameters
    ----------
    dtype_spec : ZDTypeLike
        A Zarr data type, itself; the JSON of one, as in the metadata of format 3, or a
        ``{"name", "object_codec_id"}`` of format 2; ``str`` for strings of any length; or anything that
        ``np.dtype`` takes, with lists in place of tuples if need be.
    zarr_format : {2, 3}
        The format of the array. In format 3 names of data types come before NumPy's, so that ``"bytes"`` is
        of variable length.

    Raises
    ------
    TypeError
        If it is nothing that could be a dtype.
    ValueError
        If no Zarr data type matches the dtype.
    """
    check_format(zarr_format)
    if isinstance(dtype_spec, str) and dtype_spec not in VLEN_UTF8_ALIAS:  # as most are
        return _parse_name(dtype_spec, zarr_format)
    if isinstance(dtype_spec, ZDType):
        return dtype_spec
    if isinstance(dtype_spec, type) and issubclass(dtype_spec, ZDType):
        raise TypeError(f"Expected an instance of a Zarr data type, got the class {dtype_spec.__name__}.")
    if isinstance(dtype_spec, Mapping):
        form: ZarrFormat = 2 if "object_codec_id" in dtype_spec else 3
        return data_type_registry.match_json(cast("DTypeJSON", dtype_spec), zarr_format=form)
    if isinstance(dtype_spec, str | type) and dtype_spec in VLEN_UTF8_ALIAS:
        return data_type_registry.get("string").from_json("string", zarr_format=3)  # type: ignore[no-any-return, unused-ignore]
    return get_data_type_from_native_dtype(cast("npt.DTypeLike", dtype_spec))


def _parse_name(name: str, zarr_format: ZarrFormat) -> ZDType[TBaseDType, TBaseScalar]:
    """The type of a name: in format 3 its own names first, then NumPy's, then those that packages may add."""
    if zarr_format == 3 and data_type_registry.has_name(name):
        return data_type_registry.match_json(name, zarr_format=3)
    try:
        native = np.dtype(name)
    except TypeError as error:
        try:
            return data_type_registry.match_json(name, zarr_format=3)
        except ValueError:
            raise error from None
    return get_data_type_from_native_dtype(native)


def get_data_type_from_native_dtype(dtype: npt.DTypeLike) -> ZDType[TBaseDType, TBaseScalar]:
    """The Zarr data type of anything that ``np.dtype`` takes, with lists in place of tuples if need be."""
    if not isinstance(dtype, np.dtype):
        dtype = np.dtype(_tuples(dtype) if isinstance(dtype, list) else dtype)
    if dtype.subdtype is not None:
        raise ValueError(
            f"No Zarr data type found that matches dtype '{dtype!r}': it is a small array. Use its base, and "
            "add its shape to that of the array."
        )
    return data_type_registry.match_dtype(dtype)


def _tuples(fields: Sequence[Any]) -> list[Any]:
    """A structured dtype that went through JSON, as NumPy wants it: tuples in a list."""
    return [
        (item[0], _tuples(item[1]) if isinstance(item[1], list) else item[1], *map(_shape, item[2:]))
        if isinstance(item, (list, tuple)) and len(item) >= 2
        else item
        for item in fields
    ]


def _shape(shape: Any) -> Any:
    return tuple(shape) if isinstance(shape, list) else shape


def get_data_type_from_json(
    dtype_spec: DTypeJSON, *, zarr_format: ZarrFormat
) -> ZDType[TBaseDType, TBaseScalar]:
    """The Zarr data type of a document; see :meth:`ZDType.from_json`."""
    return data_type_registry.match_json(dtype_spec, zarr_format=zarr_format)


def parse_data_type(dtype_spec: ZDTypeLike, *, zarr_format: ZarrFormat) -> ZDType[TBaseDType, TBaseScalar]:
    """The older name of :func:`parse_dtype`, kept for those who import it."""
    return parse_dtype(dtype_spec, zarr_format=zarr_format)
