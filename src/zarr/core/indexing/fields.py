"""Names of fields in selections of structured arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from zarr.core.indexing.selection import Fields, Selection, SelectionWithFields

__all__ = ["check_fields", "check_no_multi_fields", "pop_fields"]


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
    if isinstance(selection, str):
        return selection, ()
    if not isinstance(selection, tuple):
        return None, selection  # type: ignore[return-value]
    names = [item for item in selection if isinstance(item, str)]
    rest: Any = tuple(item for item in selection if not isinstance(item, str))
    fields: Fields | None = names or None
    if len(names) == 1:
        fields = names[0]
    return fields, rest[0] if len(rest) == 1 else rest
