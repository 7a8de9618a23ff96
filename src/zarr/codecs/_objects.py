"""Codecs that make bytes of Python objects, in format 2: what numcodecs' do, with checks on both ways.

Stored bytes are not trusted: how many objects there are is the metadata's to say, never the data's, and
nothing is unpickled unless the caller says so. Encoding is numcodecs', byte for byte.
"""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Callable, Iterable
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from zarr.codecs.vlen_utf8 import as_writable, check_all_used
from zarr.core import load_module
from zarr.errors import PickleCodecDisabledError

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.array_spec import ArraySpec

__all__ = ["object_decoder", "object_encoder", "pickles", "refuse_pickle"]

Array: TypeAlias = "npt.NDArray[Any]"

_PREFIXED = ("vlen-utf8", "vlen-bytes", "vlen-array")


def pickles(codecs: Iterable[Any]) -> bool:
    """Whether one of these numcodecs codecs pickles."""
    return any(codec is not None and codec.codec_id == "pickle" for codec in codecs)


def refuse_pickle(_data: object) -> Any:
    """In place of encoding or decoding; see the configuration ``array.allow_unsafe_pickle_decode``.

    Raises
    ------
    PickleCodecDisabledError
        Always.
    """
    raise PickleCodecDisabledError(
        "Refusing to use the codec 'pickle': unpickling can run any code that the data's author wished. For "
        "data that you trust, zarr.config.set({'array.allow_unsafe_pickle_decode': True}), or set the "
        "environment variable ZARR_ARRAY__ALLOW_UNSAFE_PICKLE_DECODE=True. JSON, MsgPack, VLenUTF8 and "
        "VLenBytes of numcodecs store objects without this danger."
    )


def object_decoder(codec: Any, spec: ArraySpec) -> Callable[[Any], Array]:
    """The function that makes the objects of a chunk of their bytes; with the chunk's shape, or flat."""
    count = math.prod(spec.shape)
    if codec.codec_id == "json2":
        encoding = codec.get_config()["encoding"]
        return lambda data: _of_document(json.loads(bytes(data).decode(encoding)), count)
    if codec.codec_id == "msgpack2":
        unpack = partial(load_module("msgpack").unpackb, raw=codec.get_config()["raw"], strict_map_key=False)
        return lambda data: _of_document(unpack(bytes(data)), count)
    if codec.codec_id == "pickle":
        return _unpickled
    if codec.codec_id in _PREFIXED:
        return lambda data: _counted(codec, data, count)
    return lambda data: np.asarray(codec.decode(data))


def object_encoder(codec: Any, spec: ArraySpec, order: Literal["C", "F"]) -> Callable[[Array], Any]:
    """The function that makes bytes of the objects of a chunk, in the order given."""

    flat = not spec.shape and codec.codec_id == "msgpack2"  # which has no form for an array of rank 0

    def encode(chunk: Array) -> Any:
        items = chunk.astype(object, copy=False)
        # in C order with their dimensions, as zarr-python 2 did; in F order it could not read that again
        if order == "F" or codec.codec_id in (*_PREFIXED, "categorize") or flat:
            items = items.ravel(order)
        if codec.codec_id == "vlen-array":
            items = _as_items(items, spec)
        return codec.encode(as_writable(items))

    return encode


def _of_document(document: Any, count: int) -> Array:
    """The objects of a list that ends with their dtype and shape, nested as the shape says."""
    if not isinstance(document, list) or len(document) < 2 or not isinstance(document[-1], list):
        raise ValueError("expected a list of the objects, their dtype and their shape")
    *items, _, shape = document
    if any(type(n) is not int or n < 0 for n in shape) or math.prod(shape) != count:
        raise ValueError(f"a shape of {shape} where the chunk has {count} objects")
    if len(items) != (shape[0] if shape else 1):
        raise ValueError(f"{len(items)} items in a list that tells of a shape of {shape}")
    for length in shape[1:]:
        if any(not isinstance(item, list) or len(item) != length for item in items):
            raise ValueError(f"the lists of objects do not have their shape, {shape}")
        items = [inner for item in items for inner in item]
    out = np.empty(count, object)
    for i, item in enumerate(items):
        out[i] = item
    return out.reshape(shape)


def _unpickled(data: Any) -> Array:
    file = BytesIO(data)
    objects = np.asarray(pickle.load(file), dtype=object)
    if rest := len(file.read()):
        raise ValueError(f"{rest} bytes after the pickled objects")
    return objects


def _counted(codec: Any, data: Any, count: int) -> Array:
    """The items that a codec of variable length decodes, whose number is checked before memory is taken."""
    view = np.frombuffer(data, np.uint8)
    told = int.from_bytes(view[:4].tobytes(), "little") if len(view) >= 4 else -1
    if told != count or len(view) < 4 + 4 * count:
        raise ValueError(f"a count of {told} items in {len(view)} bytes where the chunk has {count} items")
    items: Array = codec.decode(view)
    check_all_used(items, view.size)
    return items


def _as_items(elements: Array, spec: ArraySpec) -> Array:
    dtype: Any = spec.dtype
    out = np.empty(elements.size, object)
    for i, element in enumerate(elements):
        out[i] = dtype.as_items(element)
    return out
