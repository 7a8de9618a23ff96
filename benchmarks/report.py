"""The text of a run: what machine, what versions, the table, the geometric means."""

from __future__ import annotations

import os
import platform
import time
from math import exp, log
from pathlib import Path

from cells import CELLS, Cell
from envs import PEERS, REFERENCE

Value = float | str  # a string says why there is no figure
Row = dict[str, Value]

NOTES = """\
Times are the median over rounds of each round's least time. In brackets: peer / {base}, above 1 where
{base} is faster (or needs less). Files are read from a warm page cache, and nothing is fsynced. Bulk reads
open the array, bulk writes create it, within the timed region. Scalars are per read, appends per append.
h5py has one file of its own, not the chunks of the others; "limit" is a bare loop of system and codec calls, which
puts nothing together and writes no metadata: both are shown, but are never the "best peer".
"spread" is the greatest round of {base} over its least one: ratios nearer to 1 than that say nothing."""


def machine(work: Path) -> str:
    def first(path: str, start: str) -> str:
        try:
            lines = [line for line in Path(path).read_text().splitlines() if line.startswith(start)]
            return lines[0].partition(":")[2].strip()
        except (OSError, IndexError):
            return "?"

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cpu = first("/proc/cpuinfo", "model name")
    memory = first("/proc/meminfo", "MemTotal")
    if memory.endswith(" kB"):
        memory = f"{int(memory[:-3]) / 2**20:.1f} GiB"
    load = "/".join(f"{x:.1f}" for x in os.getloadavg()) if hasattr(os, "getloadavg") else "?"
    return (
        f"date     {time.strftime('%Y-%m-%d %H:%M:%S %Z')}\n"
        f"cpu      {cpu if cpu != '?' else platform.processor()}, {cores} cores\n"
        f"memory   {memory}\n"
        f"kernel   {platform.system()} {platform.release()} {platform.machine()}\n"
        f"disk     {_filesystem(work)}\n"
        f"load     {load}"
    )


def _filesystem(path: Path) -> str:
    """The type of the file system that `path` is on (Linux)."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return "?"
    at = [(len(Path(point).parts), kind) for point, kind in mounts if path.resolve().is_relative_to(point)]
    return max(at)[1] if at else "?"


def geometric_mean(ratios: list[float]) -> float:
    return exp(sum(map(log, ratios)) / len(ratios))


def _figure(cell: Cell, value: float) -> float:
    """A value in the cell's unit, kept off zero so that ratios exist."""
    match cell.unit:
        case "ms":
            return max(value * 1e3, 1e-6)
        case "MiB":
            return max(value / 2**20, 1.0)
    return max(value, 1.0)


def _short(figure: float) -> str:
    return f"{figure:.0f}" if figure >= 100 else f"{figure:.3g}"


class Table:
    """Rows as they are measured; the first name is the base of the ratios."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.base = names[0]
        self.rows: dict[str, Row] = {}
        self.spreads: dict[str, float] = {}
        self.width = max(map(len, CELLS)) + 1

    def header(self) -> str:
        columns = "".join(f"{name:>18}" for name in self.names)
        return f"{'cell':{self.width}}{'unit':>6}{columns}{'spread':>8}  best peer"

    def add(self, cell: Cell, values: dict[str, list[float] | str]) -> str:
        """Take the rounds of one cell (or a word for why there are none); give its line."""
        row: Row = {}
        for name, rounds in values.items():
            if isinstance(rounds, str):
                row[name] = rounds
                continue
            ordered = sorted(rounds)
            middle = len(ordered) // 2
            median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
            row[name] = _figure(cell, median)
            if name == self.base:
                self.spreads[cell.name] = _figure(cell, ordered[-1]) / _figure(cell, ordered[0])
        self.rows[cell.name] = row
        return self._line(cell)

    def _line(self, cell: Cell) -> str:
        row = self.rows[cell.name]
        base, texts = row[self.base], []
        for name in self.names:
            value = row[name]
            if isinstance(value, str):
                text = value.partition(":")[0]
            elif name == self.base or isinstance(base, str):
                text = _short(value)
            else:
                text = f"{_short(value)} ({value / base:.2f})"
            texts.append(f"{text:>18}")
        best = self._best(row)
        spread = f"{self.spreads[cell.name]:.2f}" if cell.name in self.spreads else ""
        lines = [f"{cell.name:{self.width}}{cell.unit:>6}{''.join(texts)}{spread:>8}  {best or ''}"]
        for name, value in row.items():
            if isinstance(value, str) and value.startswith("error: "):
                lines.append(f"    {name}: {value[:300]}")
        return "\n".join(lines)

    def _best(self, row: Row) -> str | None:
        others = [peer.name for peer in PEERS if peer.same_work and peer.name != self.base]
        figures = {n: v for n in others if not isinstance(v := row.get(n, ""), str)}
        return min(figures, key=figures.__getitem__) if figures else None

    def _ratios(self, against: str, cells: list[Cell]) -> list[float]:
        """Of the cells where both have a figure; `against` a peer's name or "best peer"."""
        ratios = []
        for cell in cells:
            row = self.rows[cell.name]
            peer = row.get((self._best(row) or "") if against == "best peer" else against, "")
            base = row[self.base]
            if not isinstance(peer, str) and not isinstance(base, str):
                ratios.append(peer / base)
        return ratios

    def means(self) -> str:
        """Geometric means of best peer / base and of each peer / base: all timed cells, then each family."""
        columns = ["best peer", *self.names[1:]]
        lines = [
            f"{'geometric mean of peer / ' + self.base:{self.width}}" + "".join(f"{c:>18}" for c in columns)
        ]
        cells = [CELLS[name] for name in self.rows]
        families = {"all timed cells": [c for c in cells if c.unit == "ms"]}
        for cell in cells:
            families.setdefault(cell.name.partition("/")[0], []).append(cell)
        for family, members in families.items():
            line = f"{family:{self.width}}"
            for column in columns:
                ratios = self._ratios(column, members)
                line += f"{f'{geometric_mean(ratios):.2f} ({len(ratios)})' if ratios else '-':>18}"
            lines.append(line)
        lines.append("(in brackets: of how many cells)")
        lost = [c.name for c in cells if (r := self._ratios("best peer", [c])) and r[0] < 1]
        lines += ["", f"cells where the best peer beats {self.base}: {', '.join(lost) or 'none'}"]
        for against in ("best peer", REFERENCE.name):
            if against != self.base and (ratios := self._ratios(against, families["all timed cells"])):
                mean = f"{geometric_mean(ratios):.3f} ({len(ratios)})"
                lines.append(f"geometric mean, timed cells, {against} / {self.base}: {mean}")
        return "\n".join(lines)

    def notes(self) -> str:
        return NOTES.format(base=self.base)
