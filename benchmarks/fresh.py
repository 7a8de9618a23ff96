"""Cells that take a process of their own each time: imports, the first read, Python calls."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from time import perf_counter

from cells import Cell
from envs import HERE, Peer, environ

FIRST_READ = {
    "zarr_python": "import zarr; {config}a = zarr.open_array({path!r}, mode='r'); assert a[3, 4, 5] != 0",
    "tensorstore_": (
        "import tensorstore as ts; kv = dict(driver='file', path={path!r});"
        " a = ts.open(dict(driver='zarr3', kvstore=kv)).result(); assert a[3, 4, 5].read().result() != 0"
    ),
}


class NotApplicable(Exception):
    """The cell makes no sense for this library."""


def _process(peer: Peer, *arguments: str) -> tuple[float, str]:
    begin = perf_counter()
    done = subprocess.run(arguments, capture_output=True, text=True, env=environ(peer), timeout=300)
    taken = perf_counter() - begin
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no output"])[-1])
    return taken, done.stdout


def _seconds(peer: Peer, python: str, *codes: str, repeats: int) -> list[float]:
    """The least time of a process for each of `codes`, run in turns, after one turn that is not counted."""
    turns = [[_process(peer, python, "-c", code)[0] for code in codes] for _ in range(repeats + 1)]
    return [min(column) for column in zip(*turns[1:], strict=True)]


def measure(peer: Peer, python: str, cell: Cell, work: Path, repeats: int) -> float:
    """The cell's value, in seconds or in calls."""
    if cell.kind == "import":
        imports = f"import {peer.imports}"
        if peer.is_zarr:  # ours loads names when they are first used: count what a program needs
            imports += "; import zarr; zarr.create_array; zarr.open_group"
        total, numpy = _seconds(peer, python, f"import numpy; {imports}", "import numpy", repeats=repeats)
        return total - numpy if cell.arg == "over-numpy" else total
    if cell.kind == "first-read":
        if peer.adapter not in FIRST_READ:
            raise NotApplicable
        assert cell.array is not None
        config = ""
        if peer.option:
            config = f"import {peer.imports}; zarr.config.set({{'codec_pipeline.path': {peer.option!r}}}); "
        path = f"{work / 'shared' / cell.array.key}/"
        code = FIRST_READ[peer.adapter].format(path=path, config=config)
        return _seconds(peer, python, code, repeats=repeats)[0]
    if not peer.is_zarr:
        raise NotApplicable
    arguments = [python, str(HERE / "calls.py"), "--json"]
    if peer.option:
        arguments += ["--pipeline", peer.option]
    return float(json.loads(_process(peer, *arguments)[1])[cell.arg])
