"""Names of fields in selections of structured arrays."""

from __future__ import annotations

from types import EllipsisType
from typing import Any, TypeGuard

import numpy as np

from zarr.core.indexing.selection import Fields, Selection, SelectionWithFields

__all__ = ["check_fields", "check_no_multi_fields", "pop_fields"]


_NO_NAMES = frozenset({int, slice, EllipsisType, np.ndarray})


def check_fields(fields: Fields | None, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The data type of a selection of fields; IndexError where there is no such field."""
    if not fields:
        return dtype
    if dtype.names is None:
        raise IndexError("invalid 'fields' argument, array does not have any fields")
    try:
        if isinstance(fields, str):
            return dtype[fields]
        return np.dtype([(name, dtype[name]) for name in fields])
    except KeyError as e:
        raise IndexError(f"invalid 'fields' argument, field not found: {e.args[0]}") from e


def check_no_multi_fields(fields: Fields | None) -> Fields | None:
    """One field, or none; IndexError where there are several."""
    if isinstance(fields, list):
        if len(fields) == 1:
            return str(fields[0])
        if len(fields) > 1:
            raise IndexError("multiple fields are not supported for this operation")
    return fields


def pop_fields(selection: SelectionWithFields) -> tuple[Fields | None, Selection]:
    """The names of fields in a selection (one, several as a list, or None), and the rest of it."""
    if type(selection) is tuple and _NO_NAMES.issuperset(map(type, selection)):
        return None, selection[0] if len(selection) == 1 else selection  # type: ignore[return-value]
    if isinstance(selection, str) or _is_names(selection):
        return selection, ()
    if not isinstance(selection, tuple):
        return None, selection  # type: ignore[return-value]
    given = [item for item in selection if isinstance(item, str) or _is_names(item)]
    if not given:
        return None, selection[0] if len(selection) == 1 else selection  # type: ignore[return-value]
    rest: Any = tuple(item for item in selection if not (isinstance(item, str) or _is_names(item)))
    names = [name for item in given for name in ([item] if isinstance(item, str) else item)]
    fields: Any = names[0] if len(given) == 1 and isinstance(given[0], str) else names
    return fields, rest[0] if len(rest) == 1 else rest


def _is_names(item: Any) -> TypeGuard[list[str]]:
    return isinstance(item, list) and bool(item) and all(isinstance(name, str) for name in item)
