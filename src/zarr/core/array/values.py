"""Assigned values as arrays, with nothing lost on the way: text takes text only, masks are refused. Pure.

Numbers are cast as NumPy casts them in assignments; what has no meaning in the array's type is a TypeError
before anything is written.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from zarr.core import dtype as dtypes
from zarr.core.buffer import NDBuffer
from zarr.core.fill import as_element

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.dtype import ZDType
    from zarr.core.indexing import Fields

__all__ = ["as_value", "is_masked_array", "names_of", "records_of"]

_TEXT = {"T": (str,), "U": (str,), "S": (bytes, str)}
_BYTES = (bytes, bytearray, memoryview)


def as_value(
    value: Any, dtype: np.dtype[Any], zdtype: ZDType[Any, Any], shape: tuple[int, ...] | None = None
) -> npt.NDArray[Any]:
    """An assigned value as an array; what is no array yet is made one of the array's data type.

    Parameters
    ----------
    value
        What is assigned.
    dtype, zdtype
        The array's data type, native and as documents have it.
    shape
        What is assigned to; () is one element, so that any object is one.

    Raises
    ------
    TypeError
        If it is a masked array with masked elements, or has elements that the data type cannot hold.
    """
    if isinstance(value, NDBuffer):
        value = value.as_ndarray_like()
    if is_masked_array(value):
        value = _unmasked(value)
    if dtype.kind in _TEXT:
        return _text(value, dtype, zdtype)
    if dtype.kind == "O":
        return _objects(value, zdtype, shape)
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "__array__") or hasattr(value, "__cuda_array_interface__"):
        return value if hasattr(value, "__cuda_array_interface__") else np.asarray(value)
    return np.asarray(value, dtype=dtype)


def is_masked_array(value: Any) -> TypeGuard[np.ma.MaskedArray[Any, Any]]:
    """Whether it is one; their module takes longer to load than this package, and is there if any is."""
    return "numpy.ma" in sys.modules and isinstance(value, np.ma.MaskedArray)


def names_of(fields: Fields) -> list[str]:
    """The names in a selection of one field or several."""
    return [fields] if isinstance(fields, str) else list(fields)


def records_of(shape: tuple[int, ...], dtype: np.dtype[Any], fields: Fields, value: Any) -> npt.NDArray[Any]:
    """Records with a value in some of their fields, and zeros in the others; TypeError for masked elements."""
    if is_masked_array(value):
        value = _unmasked(value)
    records = np.zeros(shape, dtype)
    records[fields if isinstance(fields, str) else list(fields)] = value
    return records


def _unmasked(value: np.ma.MaskedArray[Any, Any]) -> npt.NDArray[Any]:
    mask = np.ma.getmaskarray(value)
    if mask.tobytes().count(0) != mask.nbytes:  # of structs a mask has fields
        raise TypeError("a masked array cannot be stored; fill it (`value.filled(...)`) first.")
    return value.data


def _text(value: Any, dtype: np.dtype[Any], zdtype: ZDType[Any, Any]) -> npt.NDArray[Any]:
    given = value if isinstance(value, np.ndarray | np.generic) else None
    if given is None:
        given = np.asarray(value) if hasattr(value, "__array__") else np.asarray(value, dtype=object)
    array = np.asarray(given)
    if array.dtype == dtype:
        return array
    if array.dtype.kind == "T" and hasattr(array.dtype, "na_object"):
        array = array.astype(object)  # missing elements show
    if array.dtype.kind == "O":
        _check_kind(array, _TEXT[dtype.kind], "text", zdtype)
    elif array.dtype.kind not in "TUS" and array.size:
        raise TypeError(f"{array.dtype} cannot be stored as {zdtype}; convert it first, `value.astype(str)`.")
    return array.astype(dtype)


def _objects(value: Any, zdtype: ZDType[Any, Any], shape: tuple[int, ...] | None) -> npt.NDArray[Any]:
    if shape == () and not (isinstance(value, np.ndarray) and value.ndim == 0):
        array: npt.NDArray[Any] = np.empty((), object)
        array[...] = as_element(value)
    else:
        array = np.asarray(value) if hasattr(value, "__array__") else np.asarray(value, dtype=object)
        array = array.astype(object, copy=False)
    if isinstance(zdtype, dtypes.VariableLengthBytes):
        _check_kind(array, _BYTES, "bytes", zdtype)
    elif isinstance(zdtype, dtypes.VariableLengthArray):
        out = np.empty(array.shape, object)
        for place in np.ndindex(array.shape):
            out[place] = zdtype.as_items(array[place])
        return out
    return array


def _check_kind(
    array: npt.NDArray[Any], kinds: tuple[type, ...], what: str, zdtype: ZDType[Any, Any]
) -> None:
    for item in array.flat:
        if not isinstance(item, kinds):
            raise TypeError(
                f"{item!r} is no {what}, and cannot be stored as {zdtype}. Convert such elements, or put others "
                "in place of missing ones, first."
            )
