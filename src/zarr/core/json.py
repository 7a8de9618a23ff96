"""JSON documents to and from bytes. Pure, but for the configured indentation.

Numbers of any size and the tokens NaN and Infinity survive; NumPy scalars, arrays and datetimes in
attributes are written as the JSON that they stand for.
"""

from __future__ import annotations

import datetime
import enum
import json
import marshal
from collections.abc import Mapping, Set
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

__all__ = [
    "V3JsonEncoder",
    "check_size",
    "dump_alike",
    "dump_compact",
    "dump_document",
    "load_document",
    "plain_attributes",
    "to_json",
]


_read_json = json.JSONDecoder().decode  # which `json.loads` comes to


def load_document(data: bytes, where: object) -> dict[str, JSON]:
    """The object in a document.

    Raises
    ------
    MetadataValidationError
        If the bytes are not UTF-8, not JSON, or not an object, or more than the configuration
        ``limits.document_bytes`` allows; the message starts with ``where``.
    """
    check_size(data, where)
    try:
        document = _read_json(data.decode().removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        raise MetadataValidationError(f"{where}: not UTF-8: {error}") from error
    except RecursionError as error:
        raise MetadataValidationError(f"{where}: nested too deeply") from error
    except ValueError as error:
        raise MetadataValidationError(f"{where}: not valid JSON: {error}") from error
    if not isinstance(document, dict):
        raise MetadataValidationError(f"{where}: expected an object, got {type(document).__name__}")
    return document


def check_size(data: bytes, where: object) -> None:
    """MetadataValidationError if a document has more bytes than the configuration allows."""
    limit = quick_get("limits", "document_bytes")
    if limit is not None and len(data) > limit:
        raise MetadataValidationError(
            f"{where}: {len(data)} bytes are more than a metadata document may have; zarr.config has the limit, "
            f"limits.document_bytes = {limit}"
        )


def dump_document(document: Mapping[str, Any]) -> bytes:
    """The bytes of a document, indented as the configuration ``json_indent`` says."""
    indent = settings.get("json_indent")
    step = _step(indent)
    if step is not None:
        try:
            return _indented(document, step, "\n").encode()
        except (_NotPlainError, RecursionError):
            pass
    return json.dumps(document, default=to_json, indent=indent).encode()


_MOST = 256
_LONGEST_KEY = 4096
_texts: dict[bytes, dict[str, str | None]] = {}
"""Of documents without some members the texts of the others by their names, in order; None for those left out."""


def dump_alike(document: Mapping[str, Any], own: Set[str]) -> bytes:
    """The same, of a document that is like many others but for some members, its own; the text of the rest is kept."""
    step = _step(settings.get("json_indent"))
    if step is None or not document:
        return dump_document(document)
    newline = "\n" + step
    rest = {
        name: ... if name in own else value for name, value in document.items()
    }  # which no JSON is read to
    try:
        key = marshal.dumps((step, rest), 2)  # the version that writes equal values in one way
        texts = _texts.get(key)
        if texts is None:
            texts = {name: None if name in own else _member(name, rest[name], step, newline) for name in rest}
            if len(key) <= _LONGEST_KEY:
                if len(_texts) >= _MOST:
                    _texts.clear()
                _texts[key] = texts
        members = [text or _member(name, document[name], step, newline) for name, text in texts.items()]
    except (ValueError, _NotPlainError, RecursionError):
        return dump_document(document)
    return f"{{{newline}{f',{newline}'.join(members)}\n}}".encode()


def _member(name: Any, value: Any, step: str, newline: str) -> str:
    if type(name) is not str:
        raise _NotPlainError
    return f"{encode_basestring_ascii(name)}: {_indented(value, step, newline)}"


def _step(indent: object) -> str | None:
    """What a level of a document is indented by; None where it is on one line."""
    step = " " * indent if type(indent) is int else indent
    return step if type(step) is str else None


class _NotPlainError(Exception):
    """It is none of JSON's own types, or not one that is written here."""


def _indented(value: Any, indent: Any, newline: str) -> str:
    """What ``json.dumps`` gives with an indentation, which it has no fast code for."""
    kind = type(value)
    if kind is str:
        return encode_basestring_ascii(value)
    if kind is dict:
        below, items = newline + indent, []
        for name, item in value.items():  # not by `_member`: this is done for each in a document
            if type(name) is not str:
                raise _NotPlainError
            items.append(f"{encode_basestring_ascii(name)}: {_indented(item, indent, below)}")
        return f"{{{below}{f',{below}'.join(items)}{newline}}}" if items else "{}"
    if kind is list or kind is tuple:
        below = newline + indent
        items = [_indented(item, indent, below) for item in value]
        return f"[{below}{f',{below}'.join(items)}{newline}]" if items else "[]"
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is int or (kind is float and isfinite(value)):
        return repr(value)
    raise _NotPlainError


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
