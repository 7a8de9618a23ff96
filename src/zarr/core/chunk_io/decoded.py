"""Decoded chunks that are kept for the next read: off unless the configuration gives them room.

``chunk_cache.max_bytes`` is how many bytes they may have, of all arrays together. A chunk is used while its value in
the store is in the state that it was decoded in, as far as the store can tell without reading it (``Store._state_of``).
Of shards the inner chunks are kept.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from zarr.core.config import quick_get
from zarr.core.run.cache import BoundedCache

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.chunk_io.bound import BoundArray
    from zarr.core.codec_chain import CodecChain

__all__ = ["Decoded", "keeps_decoded"]

Coords = tuple[int, ...]

chunks: BoundedCache[tuple[npt.NDArray[Any], Hashable]] = BoundedCache(0)
"""Decoded chunks with the state that their values had, of all arrays."""


def keeps_decoded(bound: BoundArray) -> bool:
    """Whether decoded chunks of this array are kept, as the configuration is now."""
    room = quick_get("chunk_cache", "max_bytes")
    if room != chunks.max_bytes:
        if not isinstance(room, int) or room < 0:
            raise ValueError(
                f"zarr.config: chunk_cache.max_bytes must be a number of bytes, 0 or more. Got {room!r}."
            )
        chunks.resize(room)
    return room > 0 and bound.coding is not None


class Decoded:
    """The chunks that are kept of one key: the inner ones by their coordinates, a chunk that is no shard by ``()``."""

    __slots__ = ("_added", "_key", "_name", "_room", "_state", "_store")

    def __init__(self, bound: BoundArray, key: str, chain: CodecChain) -> None:
        self._store, self._key = bound.store, key
        self._name = (type(bound.store), bound.store._lock_scope, key, bound.coding, chain.shape)
        self.begin()

    def begin(self) -> None:
        """Begin a reading, with the value as it is now."""
        self._state = self._store._state_of(self._key)
        self._added: list[tuple[Coords, npt.NDArray[Any]]] = []
        self._room = chunks.max_bytes

    def get(self, coords: Coords) -> npt.NDArray[Any] | None:
        """A chunk, if it is kept and of the state that the value has now."""
        found = chunks.get((self._name, coords)) if self._state is not None else None
        return None if found is None or found[1] != self._state else found[0]

    def add(self, coords: Coords, chunk: npt.NDArray[Any]) -> None:
        """Add a chunk that was read, for ``keep``."""
        if self._state is not None and chunk.nbytes <= self._room:
            self._room -= chunk.nbytes
            self._added.append((coords, chunk.copy()))  # often a view of much more

    def keep(self) -> None:
        """Keep what was added, if the value has been in one state all the time."""
        if self._added and self._store._state_of(self._key) == self._state:
            for coords, chunk in self._added:
                chunk.flags.writeable = False
                chunks.put((self._name, coords), (chunk, self._state), chunk.nbytes)
