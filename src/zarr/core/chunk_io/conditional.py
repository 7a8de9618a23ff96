"""Patching a chunk in a store where a value can be replaced on condition that nobody else did: no process loses
what it wrote, and none holds a lock."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any

from zarr.core import run
from zarr.core.buffer.cpu import Buffer
from zarr.core.shard import run_on_bytes
from zarr.errors import ConflictError
from zarr.storage._versions import ATTEMPTS

if TYPE_CHECKING:
    from zarr.core.chunk_io.bound import BoundArray
    from zarr.core.codec_chain import CodecChain
    from zarr.core.shard import Steps

__all__ = ["patch_if_unchanged"]


async def patch_if_unchanged(
    bound: BoundArray, key: str, chain: CodecChain, begin: Callable[[], Steps]
) -> None:
    """Store what the writer that ``begin`` makes comes to, from the chunk as it is stored now.

    Raises
    ------
    ConflictError
        If others are always quicker.
    """
    store: Any = bound.store
    for _ in range(ATTEMPTS):
        old, version = await store._get_versioned(key)
        data = await run.call(run_on_bytes, begin(), None if old is None else old.as_numpy_array())
        if data is None:
            if old is None:
                return
            data = _empty(chain)  # a deletion has no condition
        if data is None:
            await store.delete(key)
            return
        if await store._set_if_version(key, Buffer.from_bytes(data), version):
            return
    raise ConflictError(
        f"{bound.store}: other processes changed {key!r} {ATTEMPTS} times while this one tried to; what it was to "
        "write there is not stored."
    )


def _empty(chain: CodecChain) -> Any:
    """The bytes of a chunk of nothing but the fill value; None where such a chunk has none."""
    if chain.shard is not None:
        return chain.shard.pack([None] * chain.shard.nchunks, empty=True)
    keeping = copy(chain)
    keeping.keep_empty = True
    return keeping.encode(chain.full())
