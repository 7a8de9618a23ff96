"""Reading a shard in several reads that must see the same state of it, and keeping indexes of shards.

A store says by the generation of what it reads which state it saw. An index is kept with its generation, and
used while the bytes that are read by it have the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Self

from zarr.abc.buffer import UNSURE
from zarr.core import shard
from zarr.core.run.cache import BoundedCache

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from zarr.abc.buffer import Buffer
    from zarr.core.chunk_io.bound import BoundArray
    from zarr.core.chunk_io.decoded import Decoded

__all__ = ["Reading", "ValueChanged", "attempts"]

indexes: BoundedCache[tuple[npt.NDArray[np.uint64], Hashable]] = BoundedCache(64 << 20)
"""Parsed indexes of shards and their generations, of all arrays."""


class ValueChanged(Exception):
    """Two reads saw different states of a value, or may have."""


class Reading:
    """One attempt to read a shard, in which all reads see the same state.

    Attributes
    ----------
    known
        What is known of the shard.
    from_cache
        Whether it began with an index that was kept.
    proven
        Whether that is the index of the shard as it is now; not so if nothing was read, since nothing is there.
    unsure
        Whether the store could not tell which state it saw; then only a single read will do.
    """

    __slots__ = ("_begun", "_generation", "_key", "from_cache", "known", "proven", "unsure")

    def __init__(self, key: Hashable, *, first: bool = False, whole: bool = False) -> None:
        self._key = key
        kept = indexes.get(key) if first else None
        self.from_cache = kept is not None
        self._generation: Hashable
        index, self._generation = kept or (None, None)
        self.known = shard.Known(index, whole)
        self._begun = self.from_cache
        self.proven = not self.from_cache
        self.unsure = False

    def using(self, kept: Decoded | None) -> Self:
        """The same, with what is kept of the decoded chunks."""
        if kept is not None:
            kept.begin()
        self.known.chunks = kept
        return self

    def saw(self, found: Sequence[Buffer | None], *, whole: bool) -> None:
        """Compare what was read with what was read before; ValueChanged if it is, or may be, of another state.

        ``whole`` means that it is all of the value, with which nothing else need agree.
        """
        for part in found:
            generation = getattr(part, "generation", None)
            if generation is UNSURE and not whole:
                self.unsure = True
                raise ValueChanged
            if self._begun and generation != self._generation and not whole:
                raise ValueChanged
            self._generation, self._begun, self.proven = generation, True, True

    def keep(self) -> None:
        """Keep the index for the next reader, if it is known which state it is of."""
        index, generation = self.known.index, self._generation
        if not (self.from_cache or index is None or generation is None or generation is UNSURE):
            indexes.put(self._key, (index, generation), index.nbytes)


def attempts(bound: BoundArray, key: str, kept: Decoded | None = None) -> Iterator[Reading]:
    """Readings to try in turn: with the kept index, with a fresh one, of the whole shard at once.

    Each may use the decoded chunks that are ``kept``, and adds its own anew.
    """
    name = (bound.store._lock_scope, key)
    first = Reading(name, first=True)
    yield first.using(kept)
    indexes.drop(name)
    if not first.unsure:
        yield Reading(name).using(kept)
    yield Reading(name, whole=True).using(kept)
