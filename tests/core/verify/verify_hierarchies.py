"""A hierarchy with an array of each layout, for the tests of verify."""

from __future__ import annotations

from typing import Any

import numpy as np

import zarr
from zarr.codecs import BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, ZstdCodec

DATA = np.arange(1, 37, dtype="i4").reshape(6, 6)
TEXT = np.array(["a", "", "longer than the others", "d"], dtype="T")

ARRAYS: dict[int, dict[str, dict[str, Any]]] = {
    3: {
        "plain": {"data": DATA, "chunks": (2, 4), "compressors": None},
        "packed": {"data": DATA, "chunks": (4, 3), "compressors": [GzipCodec(level=1), Crc32cCodec()]},
        "dots": {"data": DATA, "chunks": 3, "chunk_key_encoding": {"name": "default", "separator": "."}},
        "old-keys": {"data": DATA, "chunks": 3, "chunk_key_encoding": "v2"},
        "sharded": {"data": DATA, "chunks": (2, 2), "shards": (4, 4)},
        "index-first": {
            "data": DATA,
            "chunks": (1, 3),
            "shards": {"shape": (3, 6), "index_location": "start"},
        },
        "edges": {"data": DATA, "chunks": [[1, 5], [2, 2, 2]]},
        "text": {"data": TEXT, "chunks": 3},
        "scalar": {"data": np.array(5)},
        "empty": {"shape": (0, 3), "dtype": "f4", "chunks": (2, 2)},
        "unwritten": {"shape": (4,), "dtype": "f4", "chunks": 2},
    },
    2: {
        "plain": {"data": DATA, "chunks": (2, 4), "compressors": None},
        "packed": {"data": DATA, "chunks": (4, 3)},
        "slashes": {"data": DATA, "chunks": 3, "chunk_key_encoding": {"name": "v2", "separator": "/"}},
        "text": {"data": np.array(["a", "bc"], dtype="U2"), "chunks": 1},
        "scalar": {"data": np.array(5)},
        "unwritten": {"shape": (4,), "dtype": "f4", "chunks": 2},
    },
}


def fill(store: Any, zarr_format: Any = 3) -> zarr.Group:
    """A group with these arrays, a group with one more, and in format 3 a shard of shards."""
    root = zarr.create_group(store, zarr_format=zarr_format, attributes={"a": 1, "nan": float("nan")})
    for name, options in ARRAYS[zarr_format].items():
        root.create_array(name, **options)
    root.create_group("g", attributes={"b": 2}).create_array("inner", data=DATA, chunks=6)
    if zarr_format == 3:
        shard = ShardingCodec(
            chunk_shape=(2, 2), codecs=[ShardingCodec(chunk_shape=(1, 2), codecs=[BytesCodec(), ZstdCodec()])]
        )
        zarr.create((6, 6), store=store, path="nested", chunks=(4, 4), dtype="i4", codecs=[shard])[...] = DATA
    return root
