"""Many values by one ``get`` for each, all at once: for stores that wait, and wrappers that read in their own way."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING

from zarr.core import run

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, BufferPrototype
    from zarr.abc.store import ByteRequest, Store

__all__ = ["get_many", "get_partial_values"]


async def get_partial_values(
    self: Store, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
) -> list[Buffer | None]:
    """The values of many keys and ranges, in their order."""
    return await run.gather(self.get, [(key, prototype, byte_range) for key, byte_range in key_ranges])


async def get_many(
    self: Store, requests: Iterable[tuple[str, BufferPrototype, ByteRequest | None]]
) -> AsyncGenerator[tuple[str, Buffer | None], None]:
    """Pairs of a key and its value."""
    wanted = list(requests)
    for (key, _, _), value in zip(wanted, await run.gather(self.get, wanted), strict=True):
        yield key, value
