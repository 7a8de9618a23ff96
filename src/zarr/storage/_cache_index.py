"""What a cache holds: which values and ranges, how old, how large, in the order of their use.

Stores are not touched here. A value may be kept only by whoever got it while nobody changed it: readers and
writers of a key take tickets, and a change makes the tickets of all who read meanwhile void.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from zarr.abc.buffer import UNSURE, Buffer
from zarr.abc.ranges import ByteRequest
from zarr.storage._thread_lock import ThreadLock

__all__ = ["CacheIndex", "Found", "Ticket"]

_Place = tuple[str, ByteRequest | None]
_lock = ThreadLock()


@dataclass(slots=True)
class _Entry:
    size: int
    kept_at: float
    part: Buffer | None = None
    """The bytes of a range; whole values are in the cache store."""


@dataclass(slots=True)
class _Traffic:
    """Who is at work on a key."""

    users: int = 0
    writers: int = 0
    changes: int = 0
    has_keeper: bool = False


@dataclass(slots=True)
class Ticket:
    """The right to keep what is read or written under a key, until somebody changes it."""

    key: str
    is_keeper: bool
    """Whether this one alone may touch the key in the cache store now."""
    changes: int | None
    """How many changes had begun; None where it was void from the start."""


@dataclass(slots=True)
class Found:
    """Where bytes are: in hand, in the cache store, or in neither."""

    part: Buffer | None = None
    in_store: bool = False
    expired: bool = False
    """Whether the value is too old and is to be deleted in the cache store."""

    def __bool__(self) -> bool:
        return self.in_store or self.part is not None


class CacheIndex:
    """Entries of a cache and its counters.

    Parameters
    ----------
    max_size
        Bytes of all values and ranges together; None for no limit.
    max_age
        Seconds that an entry is good for.
    """

    def __init__(self, max_size: int | None, max_age: float) -> None:
        self.max_size = max_size
        self.max_age = max_age
        self.size = self._reserved = 0
        self.hits = self.misses = self.evictions = 0
        self.is_loaded = False
        self._entries: OrderedDict[_Place, _Entry] = OrderedDict()
        self._places: dict[str, dict[ByteRequest | None, None]] = {}
        self._traffic: dict[str, _Traffic] = {}
        self._sweeps: list[str] = []

    def load(self, sizes: Mapping[str, int]) -> list[str]:
        """Take in what the cache store holds from before; returns keys for which there is no room."""
        with _lock:
            if self.is_loaded:
                return []
            self.is_loaded = True
            kept_at = time.monotonic() if self.max_age == float("inf") else float("-inf")
            for key, size in sizes.items():
                self._add((key, None), _Entry(size, kept_at))
                self.size += size
            return self._make_room()

    def keys(self) -> tuple[list[str], list[str]]:
        """Keys of whole values, and keys of which there is anything."""
        with _lock:
            return [key for key, part in self._entries if part is None], list(self._places)

    def find(self, key: str, byte_range: ByteRequest | None) -> Found:
        """Where the bytes of a value or of a range are."""
        found = Found()
        with _lock:
            for part in (byte_range, None):
                entry = self._entries.get((key, part))
                if entry is None:
                    continue
                if time.monotonic() - entry.kept_at >= self.max_age:
                    self._remove((key, part))
                    found.expired = found.expired or part is None
                elif not found:
                    self._entries.move_to_end((key, part))
                    found.part, found.in_store = entry.part, part is None
        return found

    def count(self, hit: bool) -> None:
        """Count a value that was asked for."""
        with _lock:
            self.hits += hit
            self.misses += not hit

    def forget(self, key: str) -> None:
        """Drop all entries of a key; who reads it just now may have an old value, which is not to be kept."""
        with _lock:
            if key in self._traffic:
                self._traffic[key].changes += 1
            self._drop(key)

    def drop_clashing(self, key: str) -> list[str]:
        """Drop what no file system can hold beside a key: those above and below it; returns keys to delete."""
        with _lock:
            clashing = [
                other
                for other, part in self._entries
                if part is None and (other.startswith(f"{key}/") or key.startswith(f"{other}/"))
            ]
            for other in clashing:
                self._remove((other, None))
            return clashing

    # --- who may keep what

    @contextmanager
    def reading(self, key: str, *, whole: bool) -> Generator[Ticket, None, None]:
        """Within it, a value or its ranges are read from the store behind the cache."""
        with _lock:
            traffic = self._enter(key)
            is_keeper = whole and self._take_over(traffic)
            void = traffic.writers or self._is_swept(key) or (whole and not is_keeper)
            ticket = Ticket(key, is_keeper, None if void else traffic.changes)
        try:
            yield ticket
        finally:
            self._leave(ticket, traffic)

    @contextmanager
    def writing(self, key: str, *, keeps: bool) -> Generator[Ticket, None, None]:
        """Within it, a value is changed."""
        with _lock:
            traffic = self._enter(key)
            traffic.changes += 1
            traffic.writers += 1
            is_keeper = keeps and self._take_over(traffic)
            void = traffic.writers > 1 or self._is_swept(key) or not is_keeper
            ticket = Ticket(key, is_keeper, None if void else traffic.changes)
            self._drop(key)
        try:
            yield ticket
        finally:
            with _lock:
                traffic.writers -= 1
            self._leave(ticket, traffic)

    @contextmanager
    def sweeping(self, prefix: str) -> Generator[list[str], None, None]:
        """Within it, all that lies below a prefix is deleted; gives the keys to delete in the cache store."""
        with _lock:
            self._sweeps.append(prefix)
            for key, traffic in self._traffic.items():
                traffic.changes += key.startswith(prefix)
            below = [key for key in self._places if key.startswith(prefix)]
            dropped = [key for key in below if self._drop(key)]
        try:
            yield dropped
        finally:
            with _lock:
                self._sweeps.remove(prefix)

    def reserve(self, ticket: Ticket, size: int) -> list[str] | None:
        """Set bytes aside; returns keys to delete for it, or None if it cannot or need not be kept."""
        with _lock:
            if not self._is_good(ticket) or not self._fits(size):
                return None
            self.size += size
            self._reserved += size
            return self._make_room()

    def keep(self, ticket: Ticket, size: int, is_stored: bool) -> bool:
        """Enter a value that was reserved for, if the cache store has it by now and the ticket is not void."""
        with _lock:
            self._reserved -= size
            if not is_stored or not self._is_good(ticket):
                self.size -= size
                return False
            if (ticket.key, None) in self._entries:  # another has kept it since this one looked
                self._remove((ticket.key, None))
            self._add((ticket.key, None), _Entry(size, time.monotonic()))
            return True

    def keep_part(self, ticket: Ticket, byte_range: ByteRequest, part: Buffer) -> list[str]:
        """Enter the bytes of a range; returns keys to delete for it.

        Only bytes whose generation is known are kept: parts of different states of a value must not meet.
        """
        with _lock:
            size = len(part)
            if not self._is_good(ticket) or not self._fits(size):
                return []
            if part.generation is None or part.generation is UNSURE:
                return []
            for other in list(self._places.get(ticket.key, ())):
                known = self._entries[ticket.key, other].part
                if known is not None and (known.generation != part.generation or other == byte_range):
                    self._remove((ticket.key, other))
            self._add((ticket.key, byte_range), _Entry(size, time.monotonic(), part))
            self.size += size
            return self._make_room()

    # --- under the lock

    def _enter(self, key: str) -> _Traffic:
        traffic = self._traffic.setdefault(key, _Traffic())
        traffic.users += 1
        return traffic

    def _leave(self, ticket: Ticket, traffic: _Traffic) -> None:
        with _lock:
            traffic.users -= 1
            traffic.has_keeper &= not ticket.is_keeper
            if not traffic.users:
                del self._traffic[ticket.key]

    def _take_over(self, traffic: _Traffic) -> bool:
        free = not traffic.has_keeper
        traffic.has_keeper = True
        return free

    def _is_swept(self, key: str) -> bool:
        return any(key.startswith(prefix) for prefix in self._sweeps)

    def _is_good(self, ticket: Ticket) -> bool:
        return ticket.changes == self._traffic[ticket.key].changes

    def _fits(self, size: int) -> bool:
        return self.max_size is None or self._reserved + size <= self.max_size

    def _add(self, place: _Place, entry: _Entry) -> None:
        self._entries[place] = entry
        self._places.setdefault(place[0], {})[place[1]] = None

    def _remove(self, place: _Place) -> None:
        key, byte_range = place
        self.size -= self._entries.pop(place).size
        del self._places[key][byte_range]
        if not self._places[key]:
            del self._places[key]

    def _drop(self, key: str) -> bool:
        parts = list(self._places.get(key, ()))
        for part in parts:
            self._remove((key, part))
        return None in parts

    def _make_room(self) -> list[str]:
        dropped = []
        while self.max_size is not None and self.size > self.max_size and self._entries:
            key, byte_range = place = next(iter(self._entries))
            self._remove(place)
            self.evictions += 1
            if byte_range is None:
                dropped.append(key)
        return dropped
