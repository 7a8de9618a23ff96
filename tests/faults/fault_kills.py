"""A process that works and says so, and is killed at any moment; and readers beside a writer."""

from __future__ import annotations

import os
import random
import select
import signal
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from fault_report import OURS, Report, Task

import zarr

Model = dict[str, tuple[np.ndarray[Any, Any], dict[str, Any]]]
"""Values and attributes of the arrays that are there."""
Step = tuple[Any, ...]

_ROWS = 4
_KILLS_PER_PLACE = 8
_NOISE = 20
"""Bits that are not the number of the write."""


def steps(rng: random.Random) -> list[Step]:
    """What a worker does, in order; enough for longer than it lives."""
    found: list[Step] = []
    for number in range(1, 10_001):
        start = rng.randrange(0, 40)
        found.append(
            rng.choice(
                [
                    ("write", start, start + rng.randrange(1, 20), number),
                    ("append", rng.randrange(1, 12), number),
                    ("resize", rng.randrange(1, 50)),
                    ("attribute", f"k{rng.randrange(3)}", number),
                    ("create", f"n{rng.randrange(3)}", number),
                    ("overwrite", rng.randrange(1, 20), number),
                    ("delete", f"n{rng.randrange(3)}"),
                ]
            )
        )
    return found


def do(group: Any, step: Step) -> None:
    """Take a step."""
    kind, *rest = step
    if kind == "write":
        group["a"][rest[0] : rest[1]] = rest[2]
    elif kind == "append":
        group["a"].append(np.full(rest[0], rest[1], "i4"))
    elif kind == "resize":
        group["a"].resize((rest[0],))
    elif kind == "attribute":
        group["a"].attrs[rest[0]] = rest[1]
    elif kind == "create" and rest[0] not in group:
        group.create_array(rest[0], shape=8, chunks=_ROWS, dtype="i4", attributes={"by": rest[1]})
    elif kind == "overwrite":
        group.create_array("o", shape=rest[0], chunks=_ROWS, dtype="i4", overwrite=True)[...] = rest[1]
    elif kind == "delete" and rest[0] in group:
        del group[rest[0]]


def model(state: Model, step: Step) -> Model:
    """What is there after a step."""
    kind, *rest = step
    new = {name: (values.copy(), dict(attributes)) for name, (values, attributes) in state.items()}
    if kind == "write":
        new["a"][0][rest[0] : rest[1]] = rest[2]
    elif kind == "append":
        new["a"] = (np.append(new["a"][0], np.full(rest[0], rest[1], "i4")), new["a"][1])
    elif kind == "resize":
        values = new["a"][0][: rest[0]]
        new["a"] = (np.append(values, np.zeros(rest[0] - len(values), "i4")), new["a"][1])
    elif kind == "attribute":
        new["a"][1][rest[0]] = rest[1]
    elif kind == "create":
        new.setdefault(rest[0], (np.zeros(8, "i4"), {"by": rest[1]}))
    elif kind == "overwrite":
        new["o"] = (np.full(rest[0], rest[1], "i4"), {})
    elif kind == "delete":
        new.pop(rest[0], None)
    return new


def target(root: Path) -> Any:
    """The store at a path."""
    if root.suffix == ".db":
        from zarr.storage import SQLiteStore

        return SQLiteStore(root)
    return str(root)


def stored(root: Path) -> Model:
    """What is there."""
    group = zarr.open_group(target(root), mode="r")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is left of an array that was to be replaced
        return {name: (array[...], dict(array.attrs)) for name, array in group.arrays()}


def may_be(seen: Model, before: Model, after: Model, step: Step) -> bool:
    """Whether a step that was begun may have left this."""
    if equal(seen, before) or equal(seen, after):
        return True
    if step[0] == "overwrite":  # made, and filled chunk by chunk
        others = [{name: node for name, node in state.items() if name != "o"} for state in (seen, before)]
        if not equal(*others) or "o" not in seen:
            return equal(*others)
        values = seen["o"][0]
        return len(values) == step[1] and is_mixed(values, np.zeros_like(values), after["o"][0])
    if step[0] == "write":
        values = seen["a"][0]
        return len(values) == len(before["a"][0]) and is_mixed(values, before["a"][0], after["a"][0])
    return False


def is_mixed(values: Any, one: Any, other: Any) -> bool:
    """Whether each chunk is that of the one or that of the other."""
    for start in range(0, len(values), _ROWS):
        part = slice(start, start + _ROWS)
        if not (np.array_equal(values[part], one[part]) or np.array_equal(values[part], other[part])):
            return False
    return True


def equal(one: Model, other: Model) -> bool:
    return one.keys() == other.keys() and all(
        np.array_equal(one[name][0], other[name][0]) and one[name][1] == other[name][1] for name in one
    )


def _work(root: Path, todo: list[Step], said: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        group = zarr.open_group(target(root), mode="r+")
        os.write(said, b".")
        for step in todo:
            do(group, step)
            os.write(said, b".")


def _in_child(work: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


def _kill_once(root: Path, todo: list[Step], rng: random.Random) -> int:
    """Let a process work for a moment and kill it; how many steps it has said to be done."""
    said, says = os.pipe()
    child = _in_child(lambda: _work(root, todo, says))
    os.close(says)
    select.select([said], [], [], 60)
    time.sleep(rng.random() ** 2 * 0.4)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    done = 0
    while data := os.read(said, 4096):
        done += len(data)
    os.close(said)
    return done - 1


def kills(task: Task) -> Report:
    """Random kills; what was said to be done is there, and what was begun is old or new."""
    report = Report()
    for place in range(3 * task.rounds):
        form: Any = 2 + place % 2
        root = task.work / (f"{place}.db" if place % 3 == 2 and OURS else str(place))
        group = zarr.create_group(target(root), zarr_format=form)
        group.create_array("a", shape=20, chunks=_ROWS, dtype="i4")
        state = stored(root)
        for turn in range(_KILLS_PER_PLACE):
            rng = task.random("kills", place, turn)
            todo = steps(rng)
            done = _kill_once(root, todo, rng)
            report.count("kills")
            report.count("acknowledged", max(done, 0))
            for step in todo[: max(done, 0)]:
                state = model(state, step)
            pending = todo[max(done, 0)]
            try:
                seen = stored(root)
            except Exception as error:
                report.fail(f"place {place}, kill {turn}, in {pending}: {type(error).__name__}: {error}")
                break
            if not may_be(seen, state, model(state, pending), pending):
                report.fail(f"place {place}, kill {turn}, in {pending}: was {state}, and is {seen}"[:600])
            state = seen
            if pending[0] in ("resize", "append") and OURS:  # nothing of it comes to light
                array = zarr.open_array(target(root), path="a", mode="r+")
                array.resize(array.shape[0] + 60)
                state["a"] = (np.append(state["a"][0], np.zeros(60, "i4")), state["a"][1])
                if not equal(stored(root), state):
                    report.fail(f"place {place}, kill {turn}: growing after {pending} shows what was cut off")
                    break
    return report


def readers(task: Task) -> Report:
    """A process writes whole chunks and shards; each that is read is one of those that were written."""
    report = Report()
    for name, options in (("chunks", {}), ("shards", {"shards": (64,)}), ("v2", {"zarr_format": 2})):
        root = task.work / name
        chunks = 8 if name == "shards" else 64
        zarr.create_array(str(root), shape=192, chunks=chunks, dtype="i8", **options)[...] = 1

        def write(root: Path = root) -> None:
            rng = np.random.default_rng(task.seed)
            array = zarr.open_array(str(root), mode="r+")
            number = 1
            while True:
                number += 1
                noise = rng.integers(0, 1 << _NOISE, 192) * (np.arange(192) // 8 % rng.integers(2, 5) == 0)
                array[...] = (
                    number << _NOISE
                ) + noise  # chunks of many sizes, so that each shard has another layout

        child = _in_child(write)
        try:
            array = zarr.open_array(str(root), mode="r")
            begun = time.monotonic()
            while time.monotonic() - begun < 0.5 * min(task.rounds, 40):
                values = array[...].reshape(3, 64) >> _NOISE
                report.count("reads", 3)
                if (values != values[:, :1]).any():
                    report.count("torn")
                for start in range(0, 192, 16):
                    part = array[start : start + 8] >> _NOISE
                    report.count("reads")
                    if (part != part[0]).any():
                        report.count("torn")
        except Exception as error:
            report.fail(f"{name}: {type(error).__name__}: {error}")
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    if report.figures["torn"]:
        report.fail(f"{report.figures['torn']} reads showed parts of two writes")
    return report


CHECKS: list[tuple[str, str, Callable[[Task], Report]]] = [
    ("1 2 5", "kill -9 at any moment", kills),
    ("6", "readers beside a writer", readers),
]
