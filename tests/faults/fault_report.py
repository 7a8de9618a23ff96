"""What a check found: figures and failures; and what it is given: a seed, a size, a place to work in."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import zarr

OURS = hasattr(zarr.errors, "ChunkError")
"""Whether this process runs our package, not a peer that has the same import name."""


@dataclass
class Report:
    """Counts by name, and a line for each failure."""

    figures: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def count(self, name: str, number: int = 1) -> None:
        self.figures[name] += number

    def fail(self, what: str) -> None:
        self.failures.append(what)


@dataclass(frozen=True)
class Task:
    """What a check is to do.

    Parameters
    ----------
    work
        A directory of its own, which is empty.
    seed
        Decides all that is random.
    rounds
        How much to do; 1 is the short profile.
    """

    work: Path
    seed: int
    rounds: int

    def random(self, *more: object) -> random.Random:
        return random.Random(f"{self.seed} {more}")


Check = Callable[[Task], Report]
