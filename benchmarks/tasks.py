"""Cells made into work: for one library, the operation that is timed and the check of what it gave.

Rule: `op` holds the work under test and nothing else; `before` and `check` run outside the timed region.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from adapters import BaseLibrary, Place
from cells import FULL, MEMBER, Array, Cell

NAMES = [f"a{i:03}" for i in range(200)]
SCALARS_PER_OP = 64
APPENDS = 16


class WrongResult(Exception):
    """What was read is not what was written: the cell fails, however fast it was."""


@dataclass
class Task:
    op: Callable[[], Any]
    check: Callable[[Any], None]
    before: Callable[[], None] | None = None
    per: int = 1  # how many of what the cell counts one op does
    wrote: Path | None = None  # what the reference may read, to verify


class Data:
    """The source data: a smooth field with rounded noise, from a fixed seed; made once, then loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._full: np.ndarray | None = None

    def make(self) -> None:
        if self.path.exists():
            return
        x, y, z = (np.arange(n, dtype="float32") for n in FULL)
        plane = 8 * np.sin(y / 37)[:, None] + 5 * np.cos(z / 53)[None, :]
        field = (280 + 6 * np.sin(x / 61))[:, None, None] + plane
        noise = np.random.default_rng(20240229).standard_normal(FULL, dtype="float32")
        np.save(self.path, np.round((field + np.float32(0.05) * noise) * 16) / 16)

    def __call__(self, shape: tuple[int, ...]) -> np.ndarray:
        if shape != FULL:
            return np.load(self.path, mmap_mode="r")[tuple(map(slice, shape))].copy()
        if self._full is None:
            self._full = np.load(self.path)
        return self._full


@dataclass
class Bench:
    """A library, its folder `own`, and the folder of files that all libraries read."""

    library: BaseLibrary
    data: Data
    shared: Path
    own: Path

    def source(self, array: Array, memory: bool) -> Place:
        """Where to read `array` from; written here where the shared files do not serve."""
        if not memory and self.library.reads_shared:
            return self.shared / array.key
        place = self.library.new_memory() if memory else self.own / array.key
        if memory or not place.exists():
            self.put(place, array)
        return place

    def put(self, place: Place, array: Array) -> None:
        handle = self.library.create(place, array)
        self.library.write(handle, self.data(array.shape))
        self.library.finish(handle)

    def members(self, consolidated: bool = False) -> Path:
        if self.library.reads_shared:
            return self.shared / ("consolidated" if consolidated else "members")
        place = self.own / "members"
        if not place.exists():
            self.library.create_members(place, NAMES, MEMBER)
        return place


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def expect(got: Any, expected: np.ndarray) -> None:
    got = np.asarray(got)
    if got.shape != expected.shape or got.dtype != expected.dtype:
        raise WrongResult(f"{got.dtype}{got.shape} in place of {expected.dtype}{expected.shape}")
    if not np.array_equal(got, expected):
        raise WrongResult(f"{np.count_nonzero(got != expected)} of {expected.size} values differ")


def write(bench: Bench, cell: Cell) -> Task:
    array, library = cell.array, bench.library
    assert array is not None
    data = bench.data(array.shape)
    place: list[Place] = [library.new_memory() if cell.memory else bench.own / "written"]

    def before() -> None:
        if cell.memory:
            place[0] = library.new_memory()
        else:
            remove(place[0])

    def op() -> None:
        handle = library.create(place[0], array)
        library.write(handle, data)
        library.finish(handle)

    def check(_: Any) -> None:
        expect(library.read(library.open(place[0])), data)

    shareable = not cell.memory and library.reads_shared and library.verified
    return Task(op, check, before, wrote=place[0] if shareable else None)


def read(bench: Bench, cell: Cell) -> Task:
    array, library = cell.array, bench.library
    assert array is not None
    place = bench.source(array, cell.memory)
    return Task(lambda: library.read(library.open(place)), lambda got: expect(got, bench.data(array.shape)))


def scalar(bench: Bench, cell: Cell) -> Task:
    array, library = cell.array, bench.library
    assert array is not None
    handle = library.open(bench.source(array, cell.memory))
    rng = np.random.default_rng(1)
    points = [tuple(map(int, p)) for p in rng.integers(0, array.shape, (SCALARS_PER_OP, 3))]
    expected = bench.data(array.shape)[tuple(np.transpose(points))]

    def op() -> list[Any]:
        return [library.get(handle, "basic", point) for point in points]

    return Task(op, lambda got: expect(np.array(got), expected), per=SCALARS_PER_OP)


def select(bench: Bench, cell: Cell) -> Task:
    assert cell.array is not None
    data = bench.data(cell.array.shape)
    rng = np.random.default_rng(2)
    mode, selection = "basic", ()  # type: tuple[str, Any]
    match cell.arg:
        case "cube32":
            selection = (slice(50, 82), slice(100, 132), slice(37, 69))
        case "column":
            selection = (slice(None), 77, 123)
        case "planes16":
            selection = (slice(None, None, 16),)
        case "rows20-oindex":
            rows = np.sort(rng.choice(data.shape[0], 20, replace=False))
            mode, selection = "oindex", (rows, slice(None), slice(None))
        case "points1000-vindex":
            mode, selection = "vindex", tuple(rng.integers(0, n, 1000) for n in data.shape)
        case "mask":
            mode, selection = "mask", data > np.quantile(data, 0.999)
        case other:
            raise ValueError(f"no selection is named {other}")
    expected = np.ascontiguousarray(data[selection])
    handle = bench.library.open(bench.source(cell.array, cell.memory))
    return Task(lambda: bench.library.get(handle, mode, selection), lambda got: expect(got, expected))


def open_one(bench: Bench, cell: Cell) -> Task:
    assert cell.array is not None
    place, shape = bench.source(cell.array, False), cell.array.shape

    def check(handle: Any) -> None:
        if tuple(handle.shape) != shape:
            raise WrongResult(f"shape {handle.shape} in place of {shape}")

    return Task(lambda: bench.library.open(place), check)


def group(bench: Bench, cell: Cell) -> Task:
    library = bench.library

    def check_opened(found: list[Any]) -> None:
        if [tuple(a.shape) for a in found] != [MEMBER.shape] * len(NAMES):
            raise WrongResult(f"{len(found)} arrays opened, or of wrong shape")

    def check_listed(found: list[str]) -> None:
        if sorted(found) != NAMES:
            raise WrongResult(f"{len(found)} names listed")

    match cell.arg:
        case "create200":
            place = bench.own / "created"
            return Task(
                lambda: library.create_members(place, NAMES, MEMBER),
                lambda _: check_opened(library.open_members(place, NAMES)),
                lambda: remove(place),
            )
        case "open200":
            place = bench.members()
            return Task(lambda: library.open_members(place, NAMES), check_opened)
        case "list200":
            place = bench.members()
            return Task(lambda: library.list_members(place), check_listed)
    place = bench.members(consolidated=True)
    return Task(lambda: library.open_members_consolidated(place, NAMES), check_opened)


def append(bench: Bench, cell: Cell) -> Task:
    array, library = cell.array, bench.library
    assert array is not None
    place, thick = bench.own / "appended", array.chunks[0]
    data = np.ascontiguousarray(
        bench.data((APPENDS * thick, *FULL[1:]))[:, : array.shape[1], : array.shape[2]]
    )

    def op() -> None:
        handle = library.create(place, array)
        for start in range(0, len(data), thick):
            handle = library.append(handle, data[start : start + thick])
        library.finish(handle)

    def check(_: Any) -> None:
        expect(library.read(library.open(place)), data)

    return Task(op, check, lambda: remove(place), per=APPENDS)


BUILDERS: dict[str, Callable[[Bench, Cell], Task]] = {
    "write": write,
    "read": read,
    "scalar": scalar,
    "select": select,
    "open": open_one,
    "group": group,
    "append": append,
}
