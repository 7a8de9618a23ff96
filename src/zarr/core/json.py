"""JSON documents to and from bytes. Pure, but for the configured indentation.

Numbers of any size and the tokens NaN and Infinity survive; NumPy scalars, arrays and datetimes in
attributes are written as the JSON that they stand for.
"""

from __future__ import annotations

import datetime
import enum
import json
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.core import later
from zarr.core.config import quick_get, settings
from zarr.errors import MetadataValidationError
from zarr.types import JSON

if TYPE_CHECKING:
    import base64 as base64
    import pathlib as pathlib
else:
    base64 = later("base64")
    pathlib = later("pathlib")

__all__ = ["V3JsonEncoder", "dump_compact", "dump_document", "load_document", "plain_attributes", "to_json"]


def load_document(data: bytes, where: object) -> dict[str, JSON]:
    """The object in a document.

    Raises
    ------
    MetadataValidationError
        If the bytes are not UTF-8, not JSON, or not an object, or more than the configuration
        ``limits.document_bytes`` allows; the message starts with ``where``.
    """
    limit = quick_get("limits", "document_bytes")
    if limit is not None and len(data) > limit:
        raise MetadataValidationError(
            f"{where}: {len(data)} bytes are more than a metadata document may have; zarr.config has the limit, "
            f"limits.document_bytes = {limit}"
        )
    try:
        document = json.loads(data.decode().removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        raise MetadataValidationError(f"{where}: not UTF-8: {error}") from error
    except RecursionError as error:
        raise MetadataValidationError(f"{where}: nested too deeply") from error
    except ValueError as error:
        raise MetadataValidationError(f"{where}: not valid JSON: {error}") from error
    if not isinstance(document, dict):
        raise MetadataValidationError(f"{where}: expected an object, got {type(document).__name__}")
    return document


def dump_document(document: Mapping[str, Any]) -> bytes:
    """The bytes of a document, indented as the configuration ``json_indent`` says."""
    indent = settings.get("json_indent")
    step = " " * indent if type(indent) is int else indent
    if type(step) is str:
        try:
            return _indented(document, step, "\n").encode()
        except (_NotPlainError, RecursionError):
            pass
    return json.dumps(document, default=to_json, indent=indent).encode()


class _NotPlainError(Exception):
    """It is none of JSON's own types, or not one that is written here."""


def _indented(value: Any, indent: Any, newline: str) -> str:
    """What ``json.dumps`` gives with an indentation, which it has no fast code for."""
    kind = type(value)
    if kind is str:
        return encode_basestring_ascii(value)
    if kind is dict or kind is list or kind is tuple:
        below = newline + indent
        if kind is dict:
            items = [f"{_name(key)}: {_indented(item, indent, below)}" for key, item in value.items()]
        else:
            items = [_indented(item, indent, below) for item in value]
        start, end = "{}" if kind is dict else "[]"
        return f"{start}{below}{f',{below}'.join(items)}{newline}{end}" if items else start + end
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is int or (kind is float and isfinite(value)):
        return repr(value)
    raise _NotPlainError


def _name(key: Any) -> str:
    if type(key) is not str:
        raise _NotPlainError
    return encode_basestring_ascii(key)


def dump_compact(document: Mapping[str, Any]) -> bytes:
    """The bytes of a document on one line."""
    return json.dumps(document, default=to_json).encode()


def plain_attributes(attributes: Mapping[str, Any]) -> dict[str, JSON]:
    """Attributes as they are read back after they are written: of JSON's own types, and nobody else's objects.

    Raises
    ------
    TypeError
        If there is no JSON for a value; the message names the attribute.
    """
    if not isinstance(attributes, Mapping):
        raise TypeError(f"attributes: Expected a mapping of names to values. Got {attributes!r} instead.")
    plain: dict[str, JSON] = {}
    for key, value in attributes.items():
        if not isinstance(key, str):
            raise TypeError(f"attributes: Expected names to be strings. Got {key!r} instead.")
        try:
            plain.update(json.loads(json.dumps({key: value}, default=to_json)))
        except (TypeError, ValueError, RecursionError) as error:
            raise type(error)(f"attribute {key!r}: {error}") from None
    return plain


def to_json(value: object) -> JSON:
    """The JSON form of a value that is none of JSON's own types.

    Raises
    ------
    TypeError
        If there is no form that it would be read back from.
    """
    if isinstance(value, np.datetime64 | np.timedelta64):
        return str(value)
    if isinstance(value, np.generic):
        return to_json(value.item()) if not isinstance(value.item(), _PLAIN) else value.item()
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "mM":
            value = np.datetime_as_string(value) if value.dtype.kind == "M" else value.astype(str)
        plain: JSON = value.tolist()
        return plain
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return to_json(value.value) if not isinstance(value.value, _PLAIN) else value.value
    if isinstance(value, pathlib.PurePath):
        return str(value)
    if isinstance(value, complex):
        return [value.real, value.imag]
    if isinstance(value, bytes):
        return base64.standard_b64encode(value).decode()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(
        f"{value!r} of type {type(value).__name__} cannot be written to a metadata document; use JSON types, NumPy "
        "scalars or arrays, dates, enums, paths or bytes"
    )


_PLAIN = (str, int, float, bool, type(None))


class V3JsonEncoder(json.JSONEncoder):
    """For ``json.dumps(..., cls=...)`` of what ``to_dict`` of metadata gives."""

    def default(self, o: object) -> JSON:
        """The JSON form of a value that is none of JSON's own types."""
        return to_json(o)
