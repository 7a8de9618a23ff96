"""One module per library family; each has a class `Library` that does what the cells ask of it.

Rule: a method does the work in the way that the library's own documentation shows, with its defaults.
What a library cannot do stays unimplemented and is reported as n/a.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from cells import Array

Place = Any  # a Path for a directory (or file), else what new_memory returned
Handle = Any  # an open array


class NotAvailable(Exception):
    """The library has no such feature."""


class BaseLibrary:
    reads_shared = True  # whether it reads the Zarr files that all libraries share
    verified = True  # whether the reference library is to read what it wrote

    def versions(self) -> dict[str, str]:
        raise NotImplementedError

    def new_memory(self) -> Place:
        raise NotAvailable("no memory store")

    def create(self, place: Place, array: Array) -> Handle:
        raise NotAvailable

    def open(self, place: Place) -> Handle:
        raise NotAvailable

    def write(self, handle: Handle, data: np.ndarray) -> None:
        raise NotAvailable

    def read(self, handle: Handle) -> np.ndarray:
        raise NotAvailable

    def finish(self, handle: Handle) -> None:
        """Close what must be closed for the data to be in the store."""

    def get(self, handle: Handle, mode: str, selection: Any) -> Any:
        """Read a selection; `mode` is basic, oindex, vindex or mask."""
        raise NotAvailable(f"no {mode} selection")

    def append(self, handle: Handle, block: np.ndarray) -> Handle:
        """Grow the first axis by `block`; gives the handle to go on with."""
        raise NotAvailable("no append")

    def create_members(self, place: Path, names: list[str], array: Array) -> None:
        raise NotAvailable("no groups")

    def open_members(self, place: Path, names: list[str]) -> list[Any]:
        raise NotAvailable("no groups")

    def list_members(self, place: Path) -> list[str]:
        raise NotAvailable("no groups")

    def consolidate(self, place: Path) -> None:
        raise NotAvailable("no consolidated metadata")

    def open_members_consolidated(self, place: Path, names: list[str]) -> list[Any]:
        raise NotAvailable("no consolidated metadata")
