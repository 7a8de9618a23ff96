"""What documents of arrays were parsed to, kept for the next that has only another shape and attributes.

Groups hold many arrays alike, workers open the same ones again and again, and arrays grow. What is made of the options
for a new array is kept by these, too, and the bytes of documents that were read, so that the same are not read as JSON
again. The rules:

- The key is the whole document without shape and attributes, in a form that tells 1, 1.0 and true apart. Of the shape
  a parse looks at the number of dimensions only, for what is kept.
- Kept is what nobody can change: members that can be hashed, of classes of this package whose parsing warns of
  nothing and reads no configuration but which class a name stands for. That is asked again each time.
- Each handle has attributes of its own. Errors are not kept.
"""

from __future__ import annotations

import marshal
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from zarr.core.dtype import data_type_registry
from zarr.core.metadata.grid import RegularChunkGridMetadata
from zarr.registry import get_chunk_key_encoding_class, get_codec_class

__all__ = ["find", "find_text", "is_kept", "keep", "keep_text", "key_of"]

_MOST = 1024
_MARK = "_is_kept"
_LONGEST_KEY = 4096
_INTEGER = frozenset((int,))
_JSON_LEAVES = (str, int, float, bool, type(None))
_CODECS = frozenset(
    ("bytes", "zstd", "gzip", "blosc", "crc32c", "transpose", "sharding_indexed", "vlen-utf8", "vlen-bytes")
)
_MEMBERS = (
    "data_type",
    "chunk_grid",
    "chunk_key_encoding",
    "fill_value",
    "codecs",
    "dimension_names",
)

_OURS = re.compile(r"zarr\.(?:core|codecs(?!\.numcodecs))\.")

Ask = Callable[[str], object]


class _Parsed(NamedTuple):
    """Members of the metadata, and the names in the document with what they stood for."""

    members: dict[str, Any]
    names: tuple[tuple[Ask, str, object], ...]


class _Text(NamedTuple):
    """What a document's text says: the key of its members, its shape, and its attributes in marshal's form."""

    key: bytes
    shape: list[int]
    attributes: bytes


_kept: dict[bytes, _Parsed] = {}
_texts: dict[bytes, _Text] = {}


def key_of(given: Any) -> bytes | None:
    """A key for a document without its shape and attributes, or what else was given; None where it is not kept."""
    try:
        key = marshal.dumps(given, 2)  # the version that writes equal values in one way
    except ValueError:  # it holds what no JSON is read to
        return None
    return key if len(key) <= _LONGEST_KEY else None


def find(key: bytes | None, shape: Any) -> dict[str, Any] | None:
    """The members that a parse of the document with this key and shape would give now; None if that is not known."""
    found = None if key is None else _kept.get(key)
    if found is None or not _is_shape(shape, found.members["chunk_grid"].ndim):
        return None
    try:
        for ask, name, answer in found.names:
            if ask(name) is not answer:
                return None
    except (ValueError, KeyError):  # which the parse will say better
        return None
    return found.members


def _is_shape(shape: Any, ndim: int) -> bool:
    plain = type(shape) is list and len(shape) == ndim and _INTEGER.issuperset(map(type, shape))
    return plain and min(shape, default=0) >= 0


def keep(key: bytes | None, given: dict[str, Any], document: dict[str, Any], members: dict[str, Any]) -> None:
    """Keep the members of metadata and of their document by the key of what was given, if they can be kept.

    What was given is that document, or what both were made of.
    """
    if key is None or not _is_json(given) or not _is_plain(document, members):
        return
    names = tuple(_names_in(document, members))
    if any(ask is get_codec_class and name not in _CODECS for ask, name, _ in names):
        return
    if len(_kept) >= _MOST:
        _kept.clear()
    _kept[key] = _Parsed({name: members[name] for name in _MEMBERS} | {_MARK: True}, names)


def find_text(text: bytes) -> tuple[dict[str, Any], list[int], Any] | None:
    """Members, shape and attributes that a parse of this text of a document would give now; None if not known."""
    said = _texts.get(text)
    members = None if said is None else find(said.key, said.shape)
    return None if said is None or members is None else (members, said.shape, marshal.loads(said.attributes))


def keep_text(text: bytes, document: dict[str, Any]) -> None:
    """Keep what the text of a document says, if the members that it was parsed to are kept."""
    if len(text) > _LONGEST_KEY:
        return
    key = key_of({name: value for name, value in document.items() if name not in ("attributes", "shape")})
    attributes = key_of(document.get("attributes"))
    if key not in _kept or attributes is None:
        return
    if len(_texts) >= _MOST:
        _texts.clear()
    _texts[text] = _Text(key, document["shape"], attributes)


def is_kept(metadata: Any) -> bool:
    """Whether metadata have members that are kept: those of equal documents are the very same objects."""
    return _MARK in metadata.__dict__


def _is_json(value: Any) -> bool:
    """Whether it is of JSON's own types: keys of others could be those of buffers with the same bytes."""
    if type(value) is dict:
        return all(type(name) is str and _is_json(item) for name, item in value.items())
    if type(value) is list or type(value) is tuple:
        return all(map(_is_json, value))
    return type(value) in _JSON_LEAVES


def _is_plain(document: dict[str, Any], members: dict[str, Any]) -> bool:
    """Whether nobody can change the members, nobody else made their classes, and nothing was to be warned of."""
    grid, fill = members["chunk_grid"], members["fill_value"]
    if type(grid) is not RegularChunkGridMetadata or isinstance(fill, np.void):
        return False
    if tuple(document["chunk_grid"]["configuration"]["chunk_shape"]) != grid.chunk_shape:
        return False  # it was repaired
    if members["extra_fields"] or members["storage_transformers"]:
        return False
    parts = (members["data_type"], members["chunk_key_encoding"], *_chain(members["codecs"]))
    try:
        hash((fill, parts))
    except TypeError:
        return False
    return all(_OURS.match(type(part).__module__) for part in parts)


def _chain(codecs: tuple[Any, ...]) -> Iterator[Any]:
    for codec in codecs:
        yield codec
        for inner in ("codecs", "index_codecs"):
            yield from _chain(getattr(codec, inner, ()))


def _names_in(document: dict[str, Any], members: dict[str, Any]) -> Iterator[tuple[Ask, str, object]]:
    """The names in a document, each with where its class is found, and the class."""
    dtype, encoding = document["data_type"], document["chunk_key_encoding"]
    yield _data_type_class, _name(dtype), type(members["data_type"])
    yield get_chunk_key_encoding_class, _name(encoding), type(members["chunk_key_encoding"])
    yield from _codec_names(document["codecs"], members["codecs"])


def _data_type_class(name: str) -> object:
    return data_type_registry._known(name)


def _codec_names(documents: list[Any], codecs: tuple[Any, ...]) -> Iterator[tuple[Ask, str, object]]:
    for document, codec in zip(documents, codecs, strict=True):
        yield get_codec_class, _name(document), type(codec)
        configuration = {} if isinstance(document, str) else document.get("configuration", {})
        for inner in ("codecs", "index_codecs"):
            if inner in configuration:
                yield from _codec_names(configuration[inner], getattr(codec, inner))


def _name(document: Any) -> str:
    name: str = document if isinstance(document, str) else document["name"]
    return name
