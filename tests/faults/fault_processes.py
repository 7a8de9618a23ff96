"""Processes that fork, start and end while work goes on; long runs; timeouts; and code in data, which is never run."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import multiprocessing
import os
import pickle
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from fault_report import OURS, Report, Task

import zarr
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore, WrapperStore

_SECONDS = 30
"""After which a process hangs."""

_TARGETS = ["local", "fsspec"] if OURS else ["local"]
"""A store that never waits, and one that is used on a loop."""


def _target(kind: str, path: Path) -> Any:
    return str(path) if kind == "local" else zarr.storage.FsspecStore.from_url(f"file://{path}")


@contextlib.contextmanager
def _busy(work: Callable[[], Any], report: Report) -> Iterator[None]:
    """Threads that call ``work`` again and again."""
    over = threading.Event()

    def run() -> None:
        try:
            while not over.is_set():
                work()
        except Exception as error:
            report.fail(f"a thread beside it: {type(error).__name__}: {error}")

    threads = [threading.Thread(target=run, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(_SECONDS)


def forks(task: Task) -> Report:
    """Children that are forked in the middle of reads and writes, and read and write."""
    report = Report()
    for kind in _TARGETS:
        path = task.work / kind
        array = zarr.create_array(_target(kind, path), shape=64, chunks=8, dtype="i8")
        array[...] = 1

        def work(array: Any = array) -> None:
            array[0:32] = 1
            array[32:56]

        def check(array: Any = array) -> None:
            assert (array[40:56] == 1).all()
            array[56:60] = 1  # what nobody reads, as fsspec writes files in place

        with _busy(work, report):
            for _ in range(10 * task.rounds):
                report.count("forks")
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    child = os.fork()
                if not child:
                    status = 1
                    try:
                        check()
                        status = 0
                    finally:
                        os._exit(status)
                if not _ends(child):
                    report.fail(f"{kind}: a forked child failed or hangs")
                    break
    return report


def _ends(child: int) -> bool:
    begun = time.monotonic()
    while time.monotonic() - begun < _SECONDS:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status == 0
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def add_up(array: Any) -> int:
    """What a worker does."""
    return int(array[...].sum())


def starts(task: Task) -> Report:
    """Arrays that are pickled into processes which are spawned or forked by a server, while threads use them."""
    report = Report()
    for method in ("spawn", "forkserver", "fork"):
        for kind in _TARGETS[: task.rounds]:
            array = zarr.create_array(
                _target(kind, task.work / f"{method}-{kind}"), shape=64, chunks=8, dtype="i8"
            )
            array[...] = 1
            context: Any = multiprocessing.get_context(method)
            with _busy(lambda array=array: array[...], report), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for _ in range(-(-task.rounds // 10)):
                    report.count("processes", 2)
                    with context.Pool(2) as pool:
                        try:
                            found = pool.map_async(add_up, [pickle.loads(pickle.dumps(array))] * 4).get(
                                _SECONDS
                            )
                        except multiprocessing.TimeoutError:
                            report.fail(f"{method}, {kind}: hangs")
                            continue
                    if found != [64] * 4:
                        report.fail(f"{method}, {kind}: {found}")
    return report


# --- soak


def _now() -> tuple[int, int, int]:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return len(os.listdir("/proc/self/fd")), threading.active_count(), pages * os.sysconf("SC_PAGESIZE")


def soak(task: Task) -> Report:
    """Open, read, close; and fail: handles, threads and memory stay where they are."""
    report = Report()
    path = task.work / "a"
    zarr.create_array(str(path), shape=64, chunks=8, dtype="i8")[...] = 1
    bad = task.work / "bad"
    zarr.create_array(str(bad), shape=64, chunks=8, dtype="i8")[...] = 1
    chunk = next(p for p in bad.rglob("*") if p.is_file() and p.name == "7")
    chunk.write_bytes(b"no chunk")

    def good() -> None:
        zarr.open_array(str(path), mode="r")[...]

    def fail() -> None:
        with contextlib.suppress(Exception):
            zarr.open_array(str(bad), mode="r")[...]
        with contextlib.suppress(Exception):
            zarr.open_array(str(bad / "nothing"), mode="r")

    for name, work in (("cycles", good), ("failures", fail)):
        for _ in range(100):
            work()
        before = _now()
        for _ in range(250 * task.rounds):
            work()
            report.count(name)
        after = _now()
        if after[:2] != before[:2]:
            report.fail(f"{name}: handles and threads were {before[:2]}, and are {after[:2]}")
        if after[2] > before[2] + (8 << 20):
            report.fail(f"{name}: {(after[2] - before[2]) >> 20} MiB more memory")
    return report


# --- timeouts


class Slow(WrapperStore):  # type: ignore[type-arg]
    """Answers nothing any more once ``slow`` is true."""

    _suspends = True
    slow = False

    async def get(self, *args: Any, **kwargs: Any) -> Any:
        if Slow.slow:
            await asyncio.sleep(_SECONDS)
        return await self._store.get(*args, **kwargs)

    def with_read_only(self, read_only: bool = False) -> Any:
        return type(self)(self._store.with_read_only(read_only))


def timeouts(task: Task) -> Report:
    """``async.timeout`` ends calls to a store that does not answer."""
    report = Report()
    store = Slow(MemoryStore())
    array = zarr.create_array(store, shape=64, chunks=8, dtype="i8")
    array[...] = 1
    calls: list[Callable[[], Any]] = [
        lambda: array[...],
        lambda: array[3:5],
        lambda: zarr.open_array(store, mode="r"),
        lambda: array.__setitem__(slice(1, 3), 4),
        lambda: array.resize(70),
    ]
    Slow.slow = True
    try:
        for number, call in enumerate(calls):
            report.count("calls")
            begun = time.monotonic()
            with zarr.config.set({"async.timeout": 0.2}):
                try:
                    call()
                except TimeoutError:
                    pass
                except Exception as error:
                    report.fail(f"call {number}: {type(error).__name__}: {error}"[:300])
            if time.monotonic() - begun > 5:
                report.fail(f"call {number} took {time.monotonic() - begun:.1f} s")
    finally:
        Slow.slow = False
    if not (array[...] == 1).all():
        report.fail("other values afterwards")
    return report


# --- code in data


class Evil:
    """Makes a directory when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.path,)


_PICKLES: list[Any] = [
    {"name": "pickle", "configuration": {}},
    {"name": "numcodecs.pickle", "configuration": {"protocol": 5}},
    {"id": "pickle", "protocol": 5},
]


def _replaced(node: Any, by: Any) -> Iterator[Any]:
    """The document with one codec after the other replaced, at any depth."""
    items = (
        list(node.items())
        if isinstance(node, dict)
        else list(enumerate(node))
        if isinstance(node, list)
        else []
    )
    for key, value in items:
        is_codec = isinstance(value, dict) and ("id" in value or set(value) <= {"name", "configuration"})
        for new in [by] if is_codec else []:
            node[key] = new
            yield node
        if value is None and key in ("compressor", "filters"):
            node[key] = by if key == "compressor" else [by]
            yield node
        node[key] = value
        for _ in _replaced(value, by):
            yield node
        node[key] = value


def pickles(task: Task) -> Report:
    """Documents that ask for pickle at any place of a codec, and chunks that are pickles: no code is run."""
    report = Report()
    make = default_buffer_prototype().buffer.from_bytes
    evil = task.work / "made"
    payload = pickle.dumps(np.array([Evil(str(evil))], object))
    for form in (2, 3):
        for dtype in ("i4", "U3", "object"):
            if dtype == "object":
                if not OURS or form == 3:
                    continue
                import numcodecs

                options: dict[str, Any] = {"filters": [numcodecs.JSON()], "compressors": None}
            else:
                options = {"chunks": (2,), "shards": (4,)} if form == 3 else {"chunks": (4,)}
            store = MemoryStore()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                zarr.create_array(store, shape=4, dtype=dtype, zarr_format=form, **options)  # type: ignore[arg-type]
            name = "zarr.json" if form == 3 else ".zarray"
            key = "c/0" if form == 3 else "0"
            document = json.loads(store._store_dict[name].to_bytes())
            for by in _PICKLES:
                for bad in _replaced(json.loads(json.dumps(document)), by):
                    report.count("places")
                    files = {name: make(json.dumps(bad).encode()), key: make(payload)}
                    with contextlib.suppress(Exception), warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        zarr.open_array(MemoryStore(files), mode="r")[...]
                    if evil.exists():
                        report.fail(f"code was run: {json.dumps(bad)}")
                        evil.rmdir()
    return report


CHECKS: list[tuple[str, str, Callable[[Task], Report]]] = [
    ("15", "code in data", pickles),
    ("17", "forks while busy", forks),
    ("17", "spawn, forkserver, pickling", starts),
    ("18", "soak", soak),
    ("19", "timeouts", timeouts),
]
