"""Arrays from a few chunks to a million: what each operation costs, and a drawing of it.

    python benchmarks/scale.py [--out benchmarks/results/scale.txt] [--svg docs/figures/scale.svg] [--most 6]

Runs in an environment that has the package, and Matplotlib for the drawing. Two questions: what costs the same whatever
the size of the array, of 10 to 10^12 chunks of which few are stored; and what grows with the chunks that are stored,
10^2 to 10^6 of them.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import numpy as np

import zarr

CHUNK = 4  # elements, so that a million chunks are small files of 16 bytes

Curve = dict[int, float]


def least(operation: Callable[[], object], seconds: float = 0.2) -> float:
    """The least time of an operation, of as many tries as fit in these seconds."""
    best, until = math.inf, perf_counter() + seconds
    while True:
        begin = perf_counter()
        operation()
        end = perf_counter()
        best = min(best, end - begin)
        if end > until:
            return best


def of_any_size(folder: Path) -> Iterator[tuple[str, Curve]]:
    """Operations on arrays of 10 to 10^12 chunks with ten of them stored."""
    curves: dict[str, Curve] = {
        name: {} for name in ("open", "info", "read a slice", "write a slice", "resize", "append")
    }
    for power in range(1, 13):
        path, length = folder / f"any{power}", CHUNK * 10**power
        array = zarr.create_array(path, shape=(length,), chunks=(CHUNK,), dtype="i4", compressors=None)
        array[: 10 * CHUNK] = 1
        block = np.ones(CHUNK, "i4")
        operations: dict[str, Callable[[], object]] = {
            "open": lambda path=path: zarr.open_array(path),
            "info": lambda array=array: str(array.info),
            "read a slice": lambda array=array: array[CHUNK : 3 * CHUNK],
            "write a slice": lambda array=array: array.__setitem__(slice(CHUNK, 3 * CHUNK), 2),
            "resize": lambda array=array, length=length: (array.resize(length + CHUNK), array.resize(length)),
            "append": lambda array=array, block=block: array.append(block),
        }
        for name, operation in operations.items():
            curves[name][10**power] = least(operation)
    yield from curves.items()


def of_stored_chunks(folder: Path, most: int) -> Iterator[tuple[str, Curve]]:
    """Operations that touch every one of 10^2 to 10^most stored chunks."""
    curves: dict[str, Curve] = {name: {} for name in ("write all", "read all", "list keys", "delete")}
    for power in range(2, most + 1):
        path, length = folder / f"stored{power}", CHUNK * 10**power
        value = np.arange(1, length + 1, dtype="i4")
        group = zarr.open_group(path, mode="w")
        side = 10 ** (power // 2)
        shape = (side, length // side)
        array = group.create_array("a", shape=shape, chunks=(1, CHUNK), dtype="i4", compressors=None)
        begin = perf_counter()
        array[...] = value.reshape(shape)
        curves["write all"][10**power] = perf_counter() - begin
        begin = perf_counter()
        read = array[...]
        curves["read all"][10**power] = perf_counter() - begin
        if not np.array_equal(read, value.reshape(shape)):
            sys.exit("what was read is not what was written")
        begin = perf_counter()
        count = array.nchunks_initialized
        curves["list keys"][10**power] = perf_counter() - begin
        if count != 10**power:
            sys.exit(f"{count} chunks were found of {10**power}")
        begin = perf_counter()
        del group["a"]
        curves["delete"][10**power] = perf_counter() - begin
    yield from curves.items()


def table(curves: dict[str, Curve], unit: str, factor: float) -> str:
    """The curves as lines, a column for each size."""
    sizes = list(next(iter(curves.values())))
    heads = [f"10^{round(math.log10(n))}" for n in sizes]
    lines = [f"{unit:16}" + "".join(f"{head:>10}" for head in heads)]
    lines += [
        f"{name:16}" + "".join(f"{seconds * factor:>10.4g}" for seconds in curve.values())
        for name, curve in curves.items()
    ]
    return "\n".join(lines)


def draw(path: Path, any_size: dict[str, Curve], stored: dict[str, Curve]) -> None:
    """Both questions as logarithmic plots, side by side."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "zarr"
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2), constrained_layout=True)
    for axes, curves, title, label in (
        (left, any_size, "the size of the array costs nothing", "chunks of the array (ten are stored)"),
        (right, stored, "what touches all chunks grows with them", "chunks that are stored, a file each"),
    ):
        for name, curve in curves.items():
            axes.loglog(list(curve), list(curve.values()), marker="o", markersize=3, label=name)
        axes.set(title=title, xlabel=label, ylabel="seconds")
        axes.grid(visible=True, alpha=0.3)
        axes.legend(fontsize="small")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, help="also write the tables here")
    parser.add_argument("--svg", type=Path, help="draw the curves here")
    parser.add_argument(
        "--most", type=int, default=6, help="store up to 10^MOST chunks (6; 5 GiB of small files)"
    )
    parser.add_argument("--work", type=Path, help="parent of the temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        any_size = dict(of_any_size(Path(folder)))
        text = table(any_size, "microseconds", 1e6)
        print(text, flush=True)
        stored = dict(of_stored_chunks(Path(folder), options.most))
        text += "\n\n" + table(stored, "milliseconds", 1e3)
        print(f"\n{text.rpartition(chr(10) * 2)[2]}")
    if options.out:
        options.out.write_text(f"zarr {zarr.__version__}, Python {sys.version.split()[0]}\n\n{text}\n")
    if options.svg:
        draw(options.svg, any_size, stored)


if __name__ == "__main__":
    main()
