"""Groups of many arrays: what it costs to make, open, list and consolidate them, for each array.

    python benchmarks/hierarchy.py [--peer PYTHON] [--nodes 100 1000 10000] [--work DIR]

Runs in an environment that has the package; a peer is the interpreter of another one, as `run.py` makes for
Zarr-Python. The arrays are alike, as those of most groups. What is linear in their number is the same in each line.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import zarr

OPTIONS: dict[str, Any] = {"shape": (100,), "chunks": (10,), "dtype": "float32", "compressors": None}
OPERATIONS = ("create", "open", "list", "consolidate", "open consolidated", "open all consolidated")


def least(operation: Callable[[], object], before: Callable[[], object], seconds: float = 1.0) -> float:
    """The least time of an operation, of at least three tries and as many as fit in these seconds."""
    best, until, tries = math.inf, perf_counter() + seconds, 0
    while tries < 3 or perf_counter() < until:
        before()
        begin = perf_counter()
        operation()
        best, tries = min(best, perf_counter() - begin), tries + 1
    return best


def measure(nodes: int, folder: Path) -> dict[str, float]:
    """Seconds of each operation on a group of so many arrays."""
    place = folder / "group"
    names = [f"a{i:06}" for i in range(nodes)]

    def create() -> None:
        group = zarr.create_group(store=place)
        for name in names:
            group.create_array(name, **OPTIONS)

    def open_each(**options: Any) -> None:
        group = zarr.open_group(place, mode="r", **options)
        for name in names:
            group[name]

    def of_group(method: str) -> None:
        list(getattr(zarr.open_group(place, mode="r", use_consolidated=False), method)())

    def nothing() -> None:
        pass

    def remove() -> None:
        shutil.rmtree(place, ignore_errors=True)

    steps: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "create": (create, remove),
        "open": (lambda: open_each(use_consolidated=False), nothing),
        "list": (lambda: of_group("arrays"), nothing),
        "consolidate": (lambda: zarr.consolidate_metadata(place), nothing),
        "open consolidated": (lambda: zarr.open_consolidated(place), nothing),
        "open all consolidated": (lambda: open_each(use_consolidated=True), nothing),
    }
    return {name: least(*steps[name]) for name in OPERATIONS}


def measured_by(python: str, nodes: int, folder: Path) -> dict[str, float]:
    """The same in a process of an interpreter."""
    command = [python, __file__, "--worker", str(folder), "--nodes", str(nodes)]
    own = python == sys.executable
    kept = {name: value for name, value in os.environ.items() if own or not name.startswith("PYTHON")}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=kept)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peer", action="append", default=[], metavar="PYTHON")
    parser.add_argument("--nodes", type=int, nargs="+", default=[100, 1000, 10000])
    parser.add_argument("--work", type=Path)
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        warnings.simplefilter("ignore")
        print(json.dumps(measure(given.nodes[0], given.worker)))
        return
    pythons = [sys.executable, *given.peer]
    print(
        f"microseconds per array; {'ours' if not given.peer else 'ours, then each peer and its time over ours'}"
    )
    for nodes in given.nodes:
        times = []
        for python in pythons:
            with tempfile.TemporaryDirectory(dir=given.work) as folder:
                times.append(measured_by(python, nodes, Path(folder)))
        for name in OPERATIONS:
            ours, *peers = [found[name] / nodes * 1e6 for found in times]
            others = "".join(f"{peer:10.1f} ({peer / ours:.1f})" for peer in peers)
            print(f"{nodes:6} arrays  {name:22}{ours:10.1f}{others}", flush=True)


if __name__ == "__main__":
    main()
