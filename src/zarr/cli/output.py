"""What commands print: text that no stored name can play tricks with, strict JSON, questions and a progress bar."""

from __future__ import annotations

import json
import math
import sys
import time
from typing import Any

from zarr.cli.command import CommandError

__all__ = ["ProgressBar", "as_json", "confirm", "printable", "say", "say_json", "size_of"]


def printable(text: str) -> str:
    """The text with control characters, which could write over the terminal, as escapes; lines stay."""
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def say(text: object) -> None:
    """Print on stdout."""
    print(printable(str(text)))


def say_json(value: object) -> None:
    """Print a JSON document on stdout."""
    print(as_json(value, indent=2))


def as_json(value: object, indent: int | None = None) -> str:
    """The JSON of a value; numbers that JSON lacks are strings, as in documents of format 3."""
    return json.dumps(_strict(value), indent=indent, allow_nan=False)


def _strict(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def confirm(question: str) -> None:
    """Ask on the terminal.

    Raises
    ------
    CommandError
        If the answer is not yes, or there is nobody to ask.
    """
    if not sys.stdin.isatty():
        raise CommandError(f"{question} Give --yes to do it without being asked.")
    print(printable(question), "[y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandError("nothing was done")


class ProgressBar:
    """A line on a terminal's stderr that is drawn again as work goes on; nothing elsewhere.

    Called with the bytes done and in all, or with numbers of what ``unit`` names.
    """

    width = 30

    def __init__(self, what: str, unit: str = "") -> None:
        self._what = printable(what)
        self._unit = unit
        self._shown = sys.stderr.isatty()
        self._start = self._last = time.monotonic()

    def __enter__(self) -> ProgressBar:
        return self

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._shown or (now - self._last < 0.1 and done < total):
            return
        self._last = now
        part = min(1.0, done / total) if total else 1.0
        bar = "#" * int(part * self.width)
        speed = done / max(now - self._start, 1e-3)
        amounts = f"{self._amount(done)} of {self._amount(total)}, {self._amount(speed)}/s"
        line = f"{self._what} [{bar:<{self.width}}] {part:4.0%} {amounts}"
        print(f"\r{line}\033[K", end="", file=sys.stderr, flush=True)

    def _amount(self, count: float) -> str:
        return f"{count:.0f} {self._unit}" if self._unit else size_of(count)

    def __exit__(self, *_args: object) -> None:
        if self._shown and self._last > self._start:
            print(file=sys.stderr)


def size_of(count: float) -> str:
    """A number of bytes in a unit that is easy to read."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.4g} {unit}"
        count /= 1024
    return f"{count:.4g} TiB"
