"""What ``zarr.verify`` found: a Report of Problems. Values only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

__all__ = ["Kind", "Problem", "Report"]

Kind: TypeAlias = Literal[
    "document",
    "formats",
    "parent",
    "nested",
    "consolidated",
    "unfinished",
    "chunk",
    "unreadable",
    "unchecked",
    "outside",
    "stray",
    "temporary",
]

_SHOWN = 10


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Parameters
    ----------
    kind
        One of

        - "document": a metadata document is invalid;
        - "formats": documents of both formats, or of an array and a group, are at one node;
        - "parent": a node has no group above it, so that it cannot be found from there;
        - "nested": a node lies inside an array;
        - "consolidated": consolidated metadata differ from the documents that they repeat;
        - "unfinished": a move or a change of shape was interrupted;
        - "chunk": a stored chunk does not decode to what it should be;
        - "unreadable": the store does not give a value that is there;
        - "unchecked": chunks cannot be decoded here, so nothing is known of them;
        - "outside": a chunk lies outside the shape of its array;
        - "stray": a key that belongs to nothing;
        - "temporary": a file that an interrupted write has left.
    path
        Path of the node in its store.
    key
        The key in the store, where it is about one.
    message
        What is wrong.
    repaired
        Whether it is put right now.
    """

    kind: Kind
    path: str
    key: str
    message: str
    repaired: bool = False

    def __str__(self) -> str:
        mark = " (repaired)" if self.repaired else ""
        return f"{self.kind}: {self.key or '/' + self.path}: {self.message}{mark}"

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return {
            "kind": self.kind,
            "path": self.path,
            "key": self.key,
            "message": self.message,
            "repaired": self.repaired,
        }


@dataclass(repr=False)
class Report:
    """What there is at and below a node, and what is wrong with it.

    Attributes
    ----------
    place
        What was checked.
    nodes
        Number of places with a document that makes a node, sound or not.
    arrays, groups
        Numbers of sound ones.
    chunks
        Number of stored chunks (shards) of their grids.
    missing
        Number of chunks of the grids that are not stored, and so read as the fill value; no problem in itself.
    bytes
        Stored bytes that were read and decoded.
    seconds
        How long it took.
    problems
        What is wrong.
    """

    place: str
    nodes: int = 0
    arrays: int = 0
    groups: int = 0
    chunks: int = 0
    missing: int = 0
    bytes: int = 0
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong, or all of it was put right."""
        return all(problem.repaired for problem in self.problems)

    def add(self, kind: Kind, path: str, key: str, message: object, *, repaired: bool = False) -> None:
        """Add a problem."""
        self.problems.append(Problem(kind, path, key, str(message), repaired))

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return {
            "place": self.place,
            "ok": self.ok,
            "nodes": self.nodes,
            "arrays": self.arrays,
            "groups": self.groups,
            "chunks": self.chunks,
            "missing": self.missing,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            "problems": [problem.to_dict() for problem in self.problems],
        }

    @property
    def summary(self) -> str:
        """One line."""
        counts = f"{self.groups} groups, {self.arrays} arrays, {self.chunks} chunks"
        wrong = sum(not problem.repaired for problem in self.problems)
        repaired = len(self.problems) - wrong
        parts = [
            "ok" if not wrong else f"{wrong} problem{'s' * (wrong != 1)}",
            *([f"{repaired} repaired"] if repaired else []),
        ]
        return f"{self.place}: {counts}; {self.bytes} bytes read: {', '.join(parts)}"

    def __repr__(self) -> str:
        lines: Iterable[str] = map(str, self.problems[:_SHOWN])
        more = len(self.problems) - _SHOWN
        return "\n  ".join([self.summary, *lines, *([f"... and {more} more"] if more > 0 else [])])
