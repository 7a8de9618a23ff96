"""Runs inside one peer's environment and measures on request: JSON lines in on stdin, out on stdout.

    python worker.py ADAPTER WORK NAME [OPTION]

The first line out is a greeting with versions. Then one reply for each request {"cell", "phase", ...}:

- prepare: write the shared files that the cell reads (asked of the reference library alone);
- setup: build the cell's task, run it once and check the result;
- run: time it (`seconds`: how long to sample, `samples`: at least how many), give min and median in seconds;
- verify: read `path`, which another library wrote, and check its values and its layout;
- peak: run the task once, give the growth of the process's peak memory in bytes (in a fresh worker);
- teardown: drop the task and its files.

A reply has `ok`, or `na` (the library cannot), or `error`; none of these ends the worker.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import resource
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from adapters import NotAvailable
from cells import CELLS, Cell
from tasks import BUILDERS, NAMES, Bench, Data, Task, WrongResult, expect, remove

SAMPLE_SECONDS = 0.005  # shorter operations are repeated within a sample
MAX_SAMPLES = 200


def timings(task: Task, seconds: float, least: int) -> Iterator[float]:
    """Times of one op, as many as fit in `seconds` but at least `least`; the last result is checked."""
    number, start = 1, perf_counter()
    for count in range(MAX_SAMPLES):
        if count >= least and perf_counter() - start > seconds:
            break
        if task.before:
            task.before()
        result = None  # an earlier result must not keep a library's caches alive
        begin = perf_counter()
        for _ in range(number - 1):
            task.op()
        result = task.op()
        taken = perf_counter() - begin
        if count == 0 and task.before is None and taken < SAMPLE_SECONDS:
            number = max(1, round(SAMPLE_SECONDS / taken))
            if number > 1:
                continue  # the first one served to choose the number
        yield taken / number
    task.check(result)


class Worker:
    def __init__(self, adapter: str, work: Path, name: str, option: str) -> None:
        self.adapter = importlib.import_module(f"adapters.{adapter}")
        own = work / name
        remove(own)  # what a worker that died has left
        own.mkdir(parents=True)
        self.bench = Bench(self.adapter.Library(option), Data(work / "data.npy"), work / "shared", own)
        self.task: Task | None = None

    def greeting(self) -> dict[str, Any]:
        versions = {"python": platform.python_version(), "numpy": np.__version__}
        return {"ok": True, "versions": versions | self.bench.library.versions()}

    def prepare(self, cell: Cell, request: dict[str, Any]) -> dict[str, Any]:
        bench, array = self.bench, cell.array
        bench.data.make()
        bench.shared.mkdir(exist_ok=True)
        if array is None:
            return {}
        if cell.kind == "group":
            for folder in ("members", "consolidated"):
                if not (bench.shared / folder).exists():
                    bench.library.create_members(bench.shared / folder, NAMES, array)
                    if folder == "consolidated":
                        bench.library.consolidate(bench.shared / folder)
        elif (
            "write" not in (cell.kind, cell.arg)
            and cell.kind != "append"
            and not (bench.shared / array.key).exists()
        ):
            bench.put(bench.shared / array.key, array)
        return {}

    def setup(self, cell: Cell, request: dict[str, Any]) -> dict[str, Any]:
        task = self.task = BUILDERS[cell.kind](self.bench, cell)
        if task.before:
            task.before()
        task.check(task.op())
        return {"wrote": str(task.wrote) if task.wrote else None}

    def run(self, cell: Cell, request: dict[str, Any]) -> dict[str, Any]:
        assert self.task is not None
        times = [t / self.task.per for t in timings(self.task, request["seconds"], request["samples"])]
        return {"min": min(times), "median": statistics.median(times), "repeats": len(times)}

    def verify(self, cell: Cell, request: dict[str, Any]) -> dict[str, Any]:
        assert cell.array is not None
        path, mine = Path(request["path"]), self.bench.own / "verify"
        library = self.bench.library
        expect(library.read(library.open(path)), self.bench.data(cell.array.shape))
        remove(mine)
        library.create(mine, cell.array)
        got, expected = self.adapter.layout_of(path), self.adapter.layout_of(mine)
        remove(mine)
        if got != expected:
            raise WrongResult(f"layout {got} in place of {expected}")
        return {}

    def peak(self, cell: Cell, request: dict[str, Any]) -> dict[str, Any]:
        task = BUILDERS[cell.arg](self.bench, cell)
        if task.before:
            task.before()
        baseline = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        result = task.op()
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - baseline
        task.check(result)
        return {"bytes": grown * (1 if sys.platform == "darwin" else 1024)}

    def teardown(self, cell: Cell, request: dict[str, Any]) -> dict[str, Any]:
        self.task = None
        for path in self.bench.own.iterdir():
            remove(path)
        return {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"ok": True} | getattr(self, request["phase"])(CELLS[request["cell"]], request)
        except NotAvailable as reason:
            return {"na": str(reason)}
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not mix with the replies
    adapter, work, name, option = (*sys.argv[1:], "")[:4]

    def reply(message: dict[str, Any]) -> None:
        replies.write(json.dumps(message) + "\n")
        replies.flush()

    try:
        worker = Worker(adapter, Path(work), name, option)
        reply(worker.greeting())
    except Exception as error:
        reply({"error": f"{type(error).__name__}: {error}"})
        return
    for line in sys.stdin:
        reply(worker.answer(json.loads(line)))


if __name__ == "__main__":
    main()
