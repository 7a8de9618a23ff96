"""When this process last began or ended to change something in a store that is reached by requests."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import count

__all__ = ["last", "note"]

_ticks = count(1)
_last: dict[Hashable, int] = {}


def note(scope: Hashable) -> None:
    """Note that a change begins or ends."""
    _last[scope] = next(_ticks)  # no number comes twice, so threads need no lock


def last(scope: Hashable) -> int:
    """A number that every change makes another one."""
    return _last.get(scope, 0)
