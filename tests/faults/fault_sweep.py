"""Each operation, interrupted at each of its file calls: by an error of the system, or by the end of the process."""

from __future__ import annotations

import os
import shutil
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from fault_files import KILLED, FileLayer, errors_of
from fault_operations import OPERATIONS, Operation, Snapshot, judge, make, same, snapshot
from fault_report import OURS, Report, Task

import zarr

KINDS = ["v2", "v3", "shards", "consolidated"]
SHARE = 100
"""In a round, one point of so many is tried, and all from as many rounds on."""

if OURS:
    from zarr.storage import _local

    MODULES: tuple[tuple[Any, str, str], ...] = ((_local, "_pread", "pread"),)
else:
    MODULES = ()


class Sweep:
    """One operation on one kind of hierarchy."""

    def __init__(self, operation: Operation, kind: str, work: Path) -> None:
        self.operation, self.kind = operation, kind
        self.format = 2 if kind == "v2" else 3
        self.work = work / "run"
        self.base = work / "base"
        make(self.base, kind)
        self.old = snapshot(self.base)
        self.reset()
        with FileLayer(self.work, modules=MODULES) as layer:
            self._do()
        self.calls = layer.calls
        self.new = snapshot(self.work)

    def reset(self) -> None:
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.base, self.work)

    def _do(self) -> None:
        self.operation.change(self.operation.begin(self.work), self.work, self.format)

    def after(self) -> Iterator[str]:
        """What is wrong when the operation was interrupted: with what is read, and with doing it again."""
        try:
            seen = snapshot(self.work)
        except Exception as error:
            if not _is_said(error):
                yield f"reading: {type(error).__name__}: {error}"
            seen = {}
        else:
            yield from judge(self.operation, seen, self.old, self.new)
        yield from self._orphans(seen)
        if _equal(seen, self.new):
            return
        try:
            self._do_again()
        except Exception as error:
            yield f"doing it again: {type(error).__name__}: {error}"
            return
        done = snapshot(self.work)
        for path in {*done, *self.new}:
            if not same(done.get(path), self.new.get(path)):
                yield f"done again, {path!r} is not the new one"

    def _orphans(self, seen: Snapshot) -> Iterator[str]:
        """Old data that come back where a new array is made in the place of one that is gone."""
        for path in {*self.old} - {*seen}:
            if self.old[path][0] == "array" and path.rpartition("/")[0] in seen:
                again = self.work.with_name("again")
                shutil.rmtree(again, ignore_errors=True)
                shutil.copytree(self.work, again)
                group = zarr.open_group(str(again), mode="r+", use_consolidated=False)
                layout = {"chunks": (2, 3), "shards": (4, 6)} if self.kind == "shards" else {"chunks": (4, 3)}
                try:
                    array = group.create_array(path, shape=self.old[path][1], dtype="i4", **layout)
                except Exception as error:
                    if not _is_said(error):
                        yield f"making {path!r}: {type(error).__name__}: {error}"
                    continue
                if np.any(array[...]):
                    yield f"what was in {path!r} comes back in a new array"

    def _do_again(self) -> None:
        try:
            self._do()
        except (zarr.errors.ContainsArrayError, zarr.errors.ContainsGroupError):
            if self.operation.repeats:
                raise
            self._take_away()  # what was made is there: make it anew
            self._do()
        except KeyError:
            if self.operation.repeats or not self.operation.name.startswith("delete"):
                raise

    def _take_away(self) -> None:
        group = zarr.open_group(str(self.work), mode="r+", use_consolidated=False)
        for path in sorted({*self.new} - {*self.old}, reverse=True):
            if path in group:
                del group[path]

    def at(self, number: int, error: int | None, *, lasting: bool = False) -> list[str]:
        """Let a call go wrong; what is wrong afterwards."""
        self.reset()
        return list(self._fail(number, error, lasting) if error is not None else self._kill(number))

    def _kill(self, number: int) -> Iterator[str]:
        child = os.fork()
        if not child:
            status = 1
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    with FileLayer(self.work, number, modules=MODULES):
                        self._do()
                status = 0
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) not in (0, KILLED):
            yield f"the process ended with status {status}"
        yield from self.after()

    def _fail(self, number: int, error: int, lasting: bool) -> Iterator[str]:
        before = _resources()
        raised = False
        handle: Any = None
        with FileLayer(self.work, number, error, lasting=lasting, modules=MODULES) as layer:
            try:
                handle = self.operation.begin(self.work)
                self.operation.change(handle, self.work, self.format)
            except Exception as failure:
                raised = True
                if not _is_said(failure):
                    yield f"raised {type(failure).__name__}: {failure}"
            calls = len(layer.calls)
        if not layer.failed:
            return
        if len(layer.calls) != calls:
            yield "file calls after the error"
        if _resources() != before and OURS:
            yield f"resources were {before}, and are {_resources()}"
        left = [p for p in self.work.rglob("*") if "__zt." in p.name or p.name.endswith(".partial")]
        if left:
            yield f"temporary files are left: {[p.name for p in left]}"
        if handle is not None:
            yield from self._in_memory(handle)
        if not raised and not _equal(snapshot(self.work), self.new):
            yield "no error, and not done"
        yield from self.after()

    def _in_memory(self, handle: Any) -> Iterator[str]:
        try:
            stored = zarr.open(str(self.work), path=self.operation.target, mode="r")
        except Exception:
            return  # then it is missing, and no handle can be right
        for name in ("shape", "attrs"):
            here, there = getattr(handle, name, None), getattr(stored, name, None)
            if (dict(here) != dict(there)) if name == "attrs" else (here != there):  # type: ignore[arg-type]
                yield f"{name} is {here} in memory, and {there} is stored"


def _is_said(error: Exception) -> bool:
    """Whether an error is one that tells the user what is wrong."""
    return isinstance(error, OSError | ValueError | KeyError | RuntimeError)


def _equal(seen: Snapshot, new: Snapshot) -> bool:
    return seen.keys() == new.keys() and all(same(seen[path], new[path]) for path in new)


def _resources() -> tuple[int, int]:
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0, threading.active_count()


def sweep(task: Task, *, kill: bool) -> Report:
    """Sweep over all operations."""
    report = Report()
    rng = task.random("kill" if kill else "errors")
    for operation in OPERATIONS:
        if operation.ours and not OURS:
            continue
        for kind in KINDS:
            place = task.work / f"{operation.name} {kind}".replace(" ", "-")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    one = Sweep(operation, kind, place)
                except Exception as error:
                    report.fail(f"{operation.name}, {kind}: not done: {type(error).__name__}: {error}")
                    continue
                points = list(_points(one.calls, kill=kill))
                wanted = -(-len(points) * min(task.rounds, SHARE) // SHARE)
                for number, error, lasting in rng.sample(points, wanted):
                    report.count("kills" if kill else "injections")
                    _try(report, one, number, error, lasting)
            report.count("points", len(points))
            shutil.rmtree(place, ignore_errors=True)
    return report


def _points(calls: list[str], *, kill: bool) -> Iterator[tuple[int, int | None, bool]]:
    for number, call in enumerate(calls):
        if kill:
            yield number, None, False
            continue
        for error in errors_of(call):
            yield number, error, False
            if call in ("write", "create"):
                yield number, error, True


def _try(report: Report, one: Sweep, number: int, error: int | None, lasting: bool) -> None:
    what = "kill" if error is None else os.strerror(error) + (" from there on" if lasting else "")
    try:
        wrong = one.at(number, error, lasting=lasting)
    except Exception:
        wrong = [traceback.format_exc()]
    for each in wrong[:1]:
        report.fail(
            f"{one.operation.name}, {one.kind}, {what} at call {number} of {len(one.calls)} ({one.calls[number]}): {each}"
        )


CHECKS: list[tuple[str, str, Callable[[Task], Report]]] = [
    ("1 2 3", "kills at file calls", lambda task: sweep(task, kill=True)),
    ("1 2 3 8 18", "errors at file calls", lambda task: sweep(task, kill=False)),
]
