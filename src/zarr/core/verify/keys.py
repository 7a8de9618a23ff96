"""Keys that are no documents: chunks to look at, chunks outside of their array, and what belongs to nothing."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, TypeAlias

from zarr.core import run
from zarr.core.array import AsyncArray
from zarr.core.array.life import coords_of
from zarr.core.metadata import GroupMetadata, io
from zarr.core.metadata.changing import change
from zarr.storage._common import StorePath

if TYPE_CHECKING:
    from zarr.core.verify.nodes import Node
    from zarr.core.verify.report import Report

__all__ = ["ArrayKeys", "KeysOfArrays", "delete_outside"]

Coords: TypeAlias = tuple[int, ...]

_BATCH_BYTES = 64 << 20
_BATCH = range(16, 1025)
"""How many chunks are looked at together."""


class ArrayKeys:
    """The chunks of an array that are to be looked at.

    Attributes
    ----------
    array
        The array.
    waiting
        Keys and coordinates of chunks that were found, and not yet looked at.
    stored
        How many chunks of its grid are stored.
    """

    def __init__(self, array: AsyncArray[Any]) -> None:
        self.array = array
        self.waiting: list[tuple[str, Coords]] = []
        self.stored = 0
        bound = array._bound
        self._prefix = len(bound.path) + 1 if bound.path else 0
        self.grid = bound.grid.grid_shape
        self.batch = min(max(_BATCH_BYTES // max(bound.chunk_nbytes, 1), _BATCH[0]), _BATCH[-1])

    @property
    def missing(self) -> int:
        """How many chunks of the grid are not stored."""
        return math.prod(self.grid) - self.stored

    def coords(self, key: str) -> Coords | None:
        """The coordinates of the chunk with this key; None where it is no chunk's."""
        return coords_of(self.array.metadata.chunk_key_encoding, len(self.grid), key[self._prefix :])

    def is_inside(self, coords: Coords) -> bool:
        """Whether a chunk is one of the grid."""
        return all(i < n for i, n in zip(coords, self.grid, strict=True))


class KeysOfArrays:
    """All keys of a hierarchy that are no documents, each with what it belongs to.

    Attributes
    ----------
    arrays
        The arrays, by path; where a node has several formats, each array.
    outside
        Keys of chunks outside of the shape of their array, by its path.
    """

    def __init__(self, root: StorePath, nodes: dict[str, Node], report: Report) -> None:
        self._root = root
        self._nodes = nodes
        self._report = report
        self.outside: dict[str, list[str]] = {}
        self.arrays: dict[str, list[ArrayKeys]] = {}
        for path, node in nodes.items():
            for metadata in node.formats.values():
                if not isinstance(metadata, GroupMetadata):
                    self._add(path, AsyncArray(metadata, StorePath(root.store, path)))

    def _add(self, path: str, array: AsyncArray[Any]) -> None:
        try:
            self.arrays.setdefault(path, []).append(ArrayKeys(array))
        except Exception as error:  # its parts are sound, and do not go together
            self._report.add("document", path, "", error)
            self._nodes[path].damaged = True

    async def batches(self) -> AsyncIterator[ArrayKeys]:
        """Arrays that have some chunks waiting, again and again, until all keys are listed."""
        root = self._root
        async for key in root.store.list_prefix(f"{root.path}/" if root.path else ""):
            if io.is_document(key) or io.is_of_the_system(key):
                continue
            keys = self._sort(key)
            if keys is not None and len(keys.waiting) >= keys.batch:
                yield keys
                keys.waiting = []
        for several in self.arrays.values():
            for keys in several:
                if keys.waiting:
                    yield keys
                    keys.waiting = []

    def _sort(self, key: str) -> ArrayKeys | None:
        """Put a key where it belongs; the array whose chunk it is."""
        path = key
        while path != self._root.path:
            path = path.rpartition("/")[0]
            if path in self._nodes:
                break
        for keys in self.arrays.get(path, ()):
            coords = keys.coords(key)
            if coords is None:
                continue
            if keys.is_inside(coords):
                keys.waiting.append((key, coords))
                keys.stored += 1
                return keys
            self.outside.setdefault(path, []).append(key)
            return None
        node = self._nodes.get(path)
        if node is None or not node.damaged:  # else nobody knows what it has
            self._report.add("stray", path, key, "it is no document and no chunk of an array")
        return None


async def delete_outside(place: StorePath, keys: list[str]) -> set[str]:
    """Delete those of some keys that are chunks outside of the array now, while no other writer changes its shape."""
    known = await io.read_array(place)
    if known is None:
        return set()

    async def make(here: StorePath) -> set[str]:
        metadata = await io.read_array(here, known.zarr_format)
        if metadata is None:
            return set()
        now = ArrayKeys(AsyncArray(metadata, place))
        outside = {
            key for key in keys if (coords := now.coords(key)) is not None and not now.is_inside(coords)
        }
        await run.gather(place.store.delete, [(key,) for key in outside])
        return outside

    return await change(place, known.zarr_format, "array", make)
