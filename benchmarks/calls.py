"""Counts Python-level function calls: what each operation costs, free of a machine's noise.

    python calls.py [--pipeline PATH] [--json]

counts for the zarr that the environment imports. Counted are the "call" events of sys.setprofile in all
threads (in Python 3.11: in this thread and in threads started later): entering a Python function, resuming
a generator or a coroutine. Calls of C functions are not counted. From Python 3.12 on, comprehensions are
no calls, so compare figures within one Python version only.
"""

from __future__ import annotations

import argparse
import gc
import json
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any


def count_calls(fn: Callable[[], Any]) -> int:
    """The Python calls that `fn()` makes, itself left out. Call `fn` once before, for caches and imports."""
    counter = count()  # next() of it is atomic, which += is not
    own = getattr(fn, "__code__", None)

    def profile(frame: Any, event: str, arg: object) -> None:
        if event == "call" and frame.f_code is not own:
            next(counter)

    set_all = getattr(threading, "setprofile_all_threads", threading.setprofile)
    collecting = gc.isenabled()
    gc.disable()  # a collection may run finalizers
    set_all(profile)
    sys.setprofile(profile)
    try:
        fn()
    finally:
        sys.setprofile(None)
        set_all(None)
        if collecting:
            gc.enable()
    return next(counter)


def warm_count(fn: Callable[[], Any]) -> int:
    """The least of three counts after a warm-up: other threads may add calls, never take some away."""
    fn()
    return min(count_calls(fn) for _ in range(3))


def measure(folder: Path) -> dict[str, float]:
    import numpy as np

    import zarr
    import zarr.storage

    data = np.arange(64 * 64, dtype="float32").reshape(64, 64)

    def create(store: Any, array: np.ndarray, chunks: tuple[int, ...]) -> Any:
        made = zarr.create_array(
            store=store, shape=array.shape, chunks=chunks, dtype=array.dtype, compressors=None, fill_value=0
        )
        made[...] = array
        return made

    def per_chunk(fn: Callable[[Any, np.ndarray], Any]) -> float:
        """The slope of the calls between 100 and 1,100 chunks."""
        counts = []
        for chunks in (100, 1100):
            values = np.arange(1, chunks * 10 + 1, dtype="float32")
            made = create(zarr.storage.MemoryStore(), values, (10,))
            counts.append(warm_count(partial(fn, made, values)))
        return (counts[1] - counts[0]) / 1000

    memory = create(zarr.storage.MemoryStore(), data, (16, 16))
    create(folder / "array", data, (16, 16))
    local = zarr.open_array(store=folder / "array", mode="r")
    return {
        "scalar-memory": warm_count(lambda: memory[5, 7]),
        "scalar-local": warm_count(lambda: local[5, 7]),
        "slice-memory": warm_count(lambda: memory[2:6, 3:9]),
        "per-chunk-read": per_chunk(lambda made, values: made[...]),
        "per-chunk-write": per_chunk(lambda made, values: made.__setitem__(..., values)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Python calls per operation of the importable zarr")
    parser.add_argument(
        "--pipeline", default="", help="the path of a codec pipeline, for Zarr-Python's config"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    import zarr

    if options.pipeline:
        __import__(options.pipeline.partition(".")[0])
        zarr.config.set({"codec_pipeline.path": options.pipeline})
    folder = Path(tempfile.mkdtemp(prefix="zarr-calls-"))
    try:
        counts = measure(folder)
    finally:
        shutil.rmtree(folder)
    if options.json:
        print(json.dumps(counts))
        return
    print(f"Python calls, zarr {zarr.__version__}, Python {sys.version.split()[0]}")
    for name, calls in counts.items():
        print(f"{name:18}{calls:10.2f}" if calls % 1 else f"{name:18}{calls:10.0f}")


if __name__ == "__main__":
    main()
