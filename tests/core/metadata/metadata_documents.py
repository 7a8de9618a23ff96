"""Valid documents for the tests here to change, and nodes opened from them."""

from __future__ import annotations

import copy
import json
from typing import Any

import zarr
from zarr.core.buffer.cpu import Buffer
from zarr.storage import MemoryStore

MISSING = object()
"""Given for a member: leave it out."""

BYTES = {"name": "bytes", "configuration": {"endian": "little"}}
CRC32C = {"name": "crc32c"}
GZIP = {"name": "gzip", "configuration": {"level": 1}}

ARRAY_V3: dict[str, Any] = {
    "shape": [6, 4],
    "data_type": "int16",
    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [3, 2]}},
    "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
    "fill_value": 0,
    "codecs": [BYTES, GZIP],
    "attributes": {"units": "K"},
    "dimension_names": ["y", None],
    "zarr_format": 3,
    "node_type": "array",
    "storage_transformers": [],
}
GROUP_V3: dict[str, Any] = {"attributes": {"a": 1}, "zarr_format": 3, "node_type": "group"}
ARRAY_V2: dict[str, Any] = {
    "shape": [6, 4],
    "chunks": [3, 2],
    "dtype": "<i2",
    "fill_value": 0,
    "order": "C",
    "filters": [{"id": "delta", "dtype": "<i2", "astype": "<i2"}],
    "dimension_separator": ".",
    "compressor": {"id": "zlib", "level": 1},
    "zarr_format": 2,
}


def changed(document: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A copy with members replaced, added, or left out (``MISSING``)."""
    out = copy.deepcopy(document) | members
    return {name: value for name, value in out.items() if value is not MISSING}


def regular(*chunk_shape: Any) -> dict[str, Any]:
    """The member for a regular grid."""
    return {"name": "regular", "configuration": {"chunk_shape": list(chunk_shape)}}


def rectilinear(*chunk_shapes: Any, **more: Any) -> dict[str, Any]:
    """The member for a rectilinear grid."""
    configuration = {"kind": "inline", "chunk_shapes": list(chunk_shapes)} | more
    return {"name": "rectilinear", "configuration": configuration}


def sharding(chunk_shape: Any = (1, 1), **members: Any) -> dict[str, Any]:
    """The extension object for shards."""
    configuration = {
        "codecs": [BYTES],
        "index_codecs": [BYTES, CRC32C],
        "index_location": "end",
    }
    shape = list(chunk_shape) if isinstance(chunk_shape, tuple) else chunk_shape
    return {"name": "sharding_indexed", "configuration": changed(configuration, chunk_shape=shape, **members)}


def store_of(documents: dict[str, Any]) -> MemoryStore:
    """A store that holds values: bytes, or what their JSON is."""
    values = {
        key: Buffer.from_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
        for key, value in documents.items()
    }
    return MemoryStore(values)


def open_document(key: str, document: Any, **options: Any) -> Any:
    """The node at ``here`` of a store that has this one document, of this key."""
    return zarr.open(store_of({f"here/{key}": document}), path="here", mode="r", **options)
