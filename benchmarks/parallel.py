"""Reading an array by workers of others, dask's threads and processes and forked loaders, beside reading it at once.

    python benchmarks/parallel.py [--rounds 5] [--peer PYTHON]

Runs in an environment with the package and dask; ``--peer`` runs the same in another one. Everything has the
machine's cores; nothing is set. What is printed is milliseconds for all of the array, the least of the rounds, and
the most threads that the process had.
"""

from __future__ import annotations

import argparse
import multiprocessing
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from time import perf_counter

import dask
import dask.array
import numpy as np

import zarr
import zarr.codecs

SHAPE, CHUNKS, BATCH = (256, 256, 256), (32, 64, 64), 32


def _sum_of(path: str, start: int) -> float:
    """What a loader's worker does: open, read a batch, use it."""
    return float(zarr.open_array(path, mode="r")[start : start + BATCH].sum(dtype="f8"))


def ways(path: str) -> dict[str, Callable[[], float]]:
    """Each way to read all of the array and add it up."""
    starts = range(0, SHAPE[0], BATCH)
    lazy = dask.array.from_zarr(zarr.open_array(path, mode="r"))

    def forked() -> float:
        with ProcessPoolExecutor(CORES, mp_context=multiprocessing.get_context("fork")) as pool:
            return sum(pool.map(_sum_of, [path] * len(starts), starts))

    def by_dask(scheduler: str) -> float:
        return float(lazy.sum(dtype="f8").compute(scheduler=scheduler, num_workers=CORES))

    return {
        "at once": lambda: float(zarr.open_array(path, mode="r")[...].sum(dtype="f8")),
        "batch by batch": lambda: sum(_sum_of(path, start) for start in starts),
        "dask, threads": lambda: by_dask("threads"),
        "dask, processes": lambda: by_dask("processes"),
        "forked workers": forked,
    }


CORES = multiprocessing.cpu_count()


def measure(rounds: int) -> None:
    """Print a line for each way."""
    data = np.round(np.random.default_rng(0).standard_normal(SHAPE, dtype="f4") * 16) / 16
    print(f"zarr {zarr.__version__}, {CORES} cores")
    with tempfile.TemporaryDirectory() as path:
        array = zarr.create_array(
            path, shape=SHAPE, chunks=CHUNKS, dtype="f4", compressors=zarr.codecs.ZstdCodec(level=1)
        )
        array[...] = data
        expected = float(data.sum(dtype="f8"))
        for name, way in ways(path).items():
            times, most = [], 0
            for _ in range(rounds):
                watch = _Threads()
                begin = perf_counter()
                got = way()
                times.append(perf_counter() - begin)
                most = max(most, watch.stop())
                if abs(got - expected) > 1e-6 * abs(expected):
                    sys.exit(f"{name}: {got} in place of {expected}")
            print(f"{name:18}{min(times) * 1e3:8.1f} ms, {most} threads", flush=True)


class _Threads:
    """Counts this process's threads until it is stopped, itself aside."""

    def __init__(self) -> None:
        self._most, self._end = 0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._end.wait(0.002):
            self._most = max(self._most, threading.active_count() - 1)

    def stop(self) -> int:
        self._end.set()
        self._thread.join()
        return self._most


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", metavar="PYTHON", help="run the same with this interpreter, after ours")
    options = parser.parse_args()
    measure(options.rounds)
    if options.peer:
        sys.stdout.flush()
        subprocess.run([options.peer, __file__, "--rounds", str(options.rounds)], check=True)


if __name__ == "__main__":
    main()
