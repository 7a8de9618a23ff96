"""The physical limit: the same files by bare calls of NumPy, the system and the codecs' libraries, on all cores.

No library: chunks are read and decoded, and not put together; written without a temporary file. What comes near to this
has little left to win. Chunks that are no shards only, and no metadata but the layout that the cell has.
"""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import zstandard
from cells import CELLS, Array
from numcodecs import blosc

from adapters import BaseLibrary, NotAvailable

try:
    from isal import isal_zlib as inflate
except ImportError:
    inflate = zlib  # type: ignore[assignment]

THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
LAYOUTS = {
    cell.array.key: cell.array for cell in CELLS.values() if cell.array and cell.kind in ("read", "write")
}
_here = threading.local()


def _kept(make: Callable[[], Any], name: str) -> Any:
    if not hasattr(_here, name):
        setattr(_here, name, make())
    return getattr(_here, name)


def _blosc(data: bytes) -> Any:
    return blosc.decompress(data)


DECODERS: dict[str, Callable[[bytes], Any]] = {
    "raw": lambda data: data,
    "zstd1": lambda data: _kept(zstandard.ZstdDecompressor, "decompressor").decompress(data),
    "blosc-lz4": _blosc,
    "gzip5": lambda data: inflate.decompress(data, 31),
}
ENCODERS: dict[str, Callable[[Any], Any]] = {
    "raw": lambda data: data,
    "zstd1": lambda data: _kept(lambda: zstandard.ZstdCompressor(level=1), "compressor").compress(data),
    "blosc-lz4": lambda data: blosc.compress(data, b"lz4", 5, 1, 0, 4),
}


class Pieces:
    """Chunks that were read; put together when they are checked."""

    def __init__(self, array: Array, chunks: dict[tuple[int, ...], Any]) -> None:
        self.array, self.chunks = array, chunks

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        out = np.empty(self.array.shape, "float32")
        for place, chunk in self.chunks.items():
            out[_part(self.array, place)] = np.frombuffer(chunk, "float32").reshape(self.array.chunks)
        return out


def _places(array: Array) -> Iterator[tuple[int, ...]]:
    return product(*(range(n // c) for n, c in zip(array.shape, array.chunks, strict=True)))


def _part(array: Array, place: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(i * c, i * c + c) for i, c in zip(place, array.chunks, strict=True))


def _each(function: Callable[[tuple[int, ...]], Any], places: list[tuple[int, ...]]) -> list[Any]:
    """The function of all places, in as many runs of neighbours as there are threads."""
    size = -(-len(places) // THREADS)
    runs = [places[i : i + size] for i in range(0, len(places), size)]
    with ThreadPoolExecutor(THREADS) as pool:
        parts = list(pool.map(lambda run: [function(place) for place in run], runs))
    return [item for part in parts for item in part]


class Library(BaseLibrary):
    verified = False  # it writes no metadata

    def __init__(self, option: str = "") -> None:
        pass

    def versions(self) -> dict[str, str]:
        return {"numpy": np.__version__, "zstandard": zstandard.__version__}

    def create(self, place: Path, array: Array) -> tuple[Path, Array]:
        if array.shards or array.codec not in ENCODERS or array.key not in LAYOUTS:
            raise NotAvailable("only chunks, to read them or to write them; no gzip")
        for coords in {c[:-1] for c in _places(array)}:
            place.joinpath("c", *map(str, coords)).mkdir(parents=True)
        (place / "layout").write_text(array.key)
        return place, array

    def open(self, place: Path) -> tuple[Path, Array]:
        layout = place / "layout"
        array = LAYOUTS.get(layout.read_text() if layout.exists() else place.name)
        if array is None or array.shards:
            raise NotAvailable("only chunks, to read them or to write them")
        return place, array

    def read(self, handle: tuple[Path, Array]) -> Any:
        (place, array), places = handle, list(_places(handle[1]))
        decode = DECODERS[array.codec]

        def read_one(coords: tuple[int, ...]) -> Any:
            path = place.joinpath("c", *map(str, coords))
            return np.fromfile(path, "float32") if array.codec == "raw" else decode(path.read_bytes())

        return Pieces(array, dict(zip(places, _each(read_one, places), strict=True)))

    def write(self, handle: tuple[Path, Array], data: np.ndarray) -> None:
        place, array = handle
        encode = ENCODERS[array.codec]

        def write_one(coords: tuple[int, ...]) -> None:
            chunk = np.ascontiguousarray(data[_part(array, coords)])
            path = f"{place}/c/{'/'.join(map(str, coords))}"
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            try:
                os.write(fd, encode(memoryview(chunk).cast("B")))
            finally:
                os.close(fd)

        _each(write_one, list(_places(array)))
