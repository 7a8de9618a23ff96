"""When this process last began or ended to change something in a store that is reached by requests.

Changes are told apart by bucket: stores of one bucket may have other roots, and other clients.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import count

__all__ = ["last", "note"]

_ticks = count(1)
_last: dict[str | None, int] = {}
_ANY = None


def note(bucket: str) -> None:
    """Note that a change of something in a bucket begins or ends; "" where the bucket is not known."""
    _last[bucket] = _last[_ANY] = next(_ticks)  # no number comes twice, so threads need no lock


def last(bucket: str) -> Hashable:
    """What every change in a bucket makes another; "" where the bucket is not known."""
    return (_last.get(bucket), _last.get("")) if bucket else _last.get(_ANY, 0)
