"""The cells of the benchmark: what is measured, under names that stay the same from run to run.

Pure data, standard library only: the parent process (which may have no NumPy) and every worker import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch

Shape = tuple[int, ...]

FULL: Shape = (512, 256, 256)  # 128 MiB of float32
SMALL: Shape = (128, 256, 256)  # 32 MiB
TINY: Shape = (128, 128, 64)  # 4 MiB
CHUNKS: dict[str, Shape] = {
    "16MiB": (128, 128, 256),
    "128KiB": (32, 32, 32),
    "4KiB": (16, 16, 4),
    "2KiB": (8, 8, 8),
}


@dataclass(frozen=True)
class Array:
    """A float32 array: `codec` is one of raw, zstd1, blosc-lz4 (with shuffle, level 5), gzip5."""

    shape: Shape
    chunks: Shape  # the inner chunks where there are shards
    codec: str = "raw"
    shards: Shape | None = None

    @property
    def key(self) -> str:
        parts = [
            self.codec,
            *map("x".join, (map(str, s) for s in (self.shape, self.chunks, self.shards or ()))),
        ]
        return "-".join(part for part in parts if part)


@dataclass(frozen=True)
class Cell:
    """One line of the table. `kind` picks the builder in tasks.py, or the measurement in fresh.py."""

    name: str
    kind: str
    array: Array | None = None
    memory: bool = False  # the library's own memory store in place of a directory
    arg: str = ""
    unit: str = "ms"

    @property
    def fresh(self) -> bool:
        """Whether each measurement takes a process of its own."""
        return self.kind in ("import", "first-read", "peak", "calls")


def _bulk_layouts() -> dict[str, Array]:
    layouts = {}
    for codec in ("raw", "zstd1", "blosc-lz4", "gzip5"):
        shape = SMALL if codec == "gzip5" else FULL
        for size in ("16MiB", "128KiB"):
            layouts[f"{codec}/{size}"] = Array(shape, CHUNKS[size], codec)
    for codec in ("raw", "zstd1"):
        layouts[f"{codec}/4KiB"] = Array(TINY, CHUNKS["4KiB"], codec)
        for size, shape in (("128KiB", FULL), ("2KiB", SMALL)):
            layouts[f"{codec}/shard16MiB-{size}"] = Array(shape, CHUNKS[size], codec, CHUNKS["16MiB"])
    return layouts


LAYOUTS = _bulk_layouts()
SCALARS = Array(SMALL, CHUNKS["128KiB"])
CHUNKED = Array(SMALL, CHUNKS["128KiB"], "zstd1")
SHARDED = LAYOUTS["zstd1/shard16MiB-2KiB"]
MEMBER = Array((100,), (10,))
APPENDED = Array((0, 128, 128), (8, 128, 128), "zstd1")


def _cells() -> list[Cell]:
    cells = [Cell(f"{op}/local/{name}", op, a) for op in ("write", "read") for name, a in LAYOUTS.items()]
    in_memory = ("raw/128KiB", "zstd1/128KiB", "zstd1/shard16MiB-128KiB")
    cells += [
        Cell(f"{op}/memory/{name}", op, LAYOUTS[name], memory=True)
        for op in ("write", "read")
        for name in in_memory
    ]
    cells += [
        Cell("scalar/memory", "scalar", SCALARS, memory=True),
        Cell("scalar/local", "scalar", SCALARS),
        Cell("scalar/shard", "scalar", SHARDED),
    ]
    for arg in ("cube32", "column", "planes16", "rows20-oindex", "points1000-vindex", "mask"):
        cells.append(Cell(f"select/{arg}", "select", CHUNKED, arg=arg))
    for arg in ("cube32", "points1000-vindex"):
        cells.append(Cell(f"select/{arg}-shard", "select", SHARDED, arg=arg))
    cells.append(Cell("open/array", "open", SCALARS))
    for arg in ("create200", "open200", "list200", "open200-consolidated"):
        cells.append(Cell(f"group/{arg}", "group", MEMBER, arg=arg))
    cells.append(Cell("append/local", "append", APPENDED))
    cells += [
        Cell("import/over-numpy", "import", arg="over-numpy"),
        Cell("import/total", "import", arg="total"),
        Cell("import/first-read", "first-read", SCALARS),
    ]
    for op in ("write", "read"):
        for name in ("raw/16MiB", "zstd1/16MiB", "zstd1/shard16MiB-128KiB"):
            cells.append(Cell(f"peak/{op}/{name}", "peak", LAYOUTS[name], arg=op, unit="MiB"))
    for arg in ("scalar-memory", "scalar-local", "slice-memory", "per-chunk-read", "per-chunk-write"):
        cells.append(Cell(f"calls/{arg}", "calls", arg=arg, unit="calls"))
    return cells


CELLS = {cell.name: cell for cell in _cells()}


def matching(patterns: str) -> list[Cell]:
    """The cells whose name matches one of the comma-separated glob patterns; a bare word is a start."""
    globs = [p if any(c in p for c in "*?[") else f"{p}*" for p in patterns.split(",")]
    return [cell for cell in CELLS.values() if any(fnmatch(cell.name, g) for g in globs)]
