"""Chunks and shards as bytes: what to fetch, what to make of it, what to store. Pure.

The functions that need bytes are generators that yield what they need and are sent it; who drives them, with
which store and on which threads, is not known here.
"""

from typing import TYPE_CHECKING

from zarr.core import names_of

if TYPE_CHECKING:
    from zarr.core.shard.checking import Findings, check_part
    from zarr.core.shard.inner import decode_inner
    from zarr.core.shard.layout import ShardLayout
    from zarr.core.shard.places import array_part, put_back, target_of
    from zarr.core.shard.placing import decode_to_place, read_to_place
    from zarr.core.shard.read import read_kept, read_part
    from zarr.core.shard.steps import Fetch, Jobs, Known, Steps, run_on_bytes
    from zarr.core.shard.write import encode_whole, write_part
else:
    __getattr__, __dir__ = names_of(
        __name__,
        {
            "checking": "Findings check_part",
            "inner": "decode_inner",
            "layout": "ShardLayout",
            "places": "array_part put_back target_of",
            "placing": "decode_to_place read_to_place",
            "read": "read_kept read_part",
            "steps": "Fetch Jobs Known Steps run_on_bytes",
            "write": "encode_whole write_part",
        },
    )

__all__ = [
    "Fetch",
    "Findings",
    "Jobs",
    "Known",
    "ShardLayout",
    "Steps",
    "array_part",
    "check_part",
    "decode_inner",
    "decode_to_place",
    "encode_whole",
    "put_back",
    "read_kept",
    "read_part",
    "read_to_place",
    "run_on_bytes",
    "target_of",
    "write_part",
]
