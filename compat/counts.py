"""What pytest reports of a run, and two runs side by side. Pure."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field

__all__ = ["Outcomes", "compare", "parse_report", "table"]

KINDS = ("passed", "failed", "error", "skipped")
_TAGS = {"failure": "failed", "error": "error", "skipped": "skipped"}


@dataclass
class Outcomes:
    """The outcome of each test of a run, and messages of those that did not pass."""

    of: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)

    def counts(self) -> str:
        """Numbers of each kind, as ``10 passed, 1 failed``."""
        numbers = Counter(self.of.values())
        return ", ".join(f"{numbers[kind]} {kind}" for kind in KINDS if numbers[kind]) or "no tests"


def parse_report(xml: str) -> Outcomes:
    """The outcomes in a report in the form of JUnit."""
    outcomes = Outcomes()
    for case in ElementTree.fromstring(xml).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}".removeprefix(".")
        for child in case:
            if child.tag in _TAGS:
                outcomes.of[name] = _TAGS[child.tag]
                text = child.get("message") or ""
                outcomes.messages[name] = " ".join(text.split())[:300]
        outcomes.of.setdefault(name, "passed")
    return outcomes


def compare(ours: Outcomes, theirs: Outcomes) -> list[str]:
    """Tests that pass with theirs and do not with ours."""
    passed = [name for name, outcome in theirs.of.items() if outcome == "passed"]
    return sorted(name for name in passed if ours.of.get(name) != "passed")


def table(rows: list[tuple[str, ...]]) -> str:
    """Rows of text in columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
