"""Run the examples of docs/arrays.md with this project and with Zarr-Python 3.4.2, and compare what comes out.

    python interop/examples.py                                 environments are made in a cache folder
    python interop/examples.py --ours PYTHON --env zp3=PYTHON  environments that exist already

After each block of code, up to the chapter that Zarr-Python does not have, every name is compared that the block
has set: of arrays shape, data type, chunks, shards, document, info and values. What was printed is, too. Exit
status 1 when anything differs. Needs the standard library only.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from environments import HERE, PEERS, command_of, default_folder

PAGE = HERE.parent / "docs" / "arrays.md"
ONLY_HERE = "\n## Not in Zarr-Python"

# what a participant runs, in an empty folder: blocks of code in, facts of each as JSON out
WORKER = """
import contextlib, io, json, sys
import numpy as np, zarr

def facts(value):
    if hasattr(value, "store_path") and hasattr(value, "dtype"):
        return array_facts(value)
    if isinstance(value, (np.ndarray, np.generic)):
        return {"dtype": str(value.dtype), "shape": list(value.shape), "values": repr(value.tolist())}
    if isinstance(value, (bool, int, float, str, bytes, list, tuple)):
        return repr(value)
    return None

def array_facts(array):
    document = {}
    for key, value in sorted(array.metadata.to_buffer_dict(zarr.core.buffer.default_buffer_prototype()).items()):
        document[key] = json.loads(value.to_bytes())
    return {
        "shape": list(array.shape), "dtype": str(array.dtype), "document": document, "info": str(array.info),
        "read_chunk_sizes": array.read_chunk_sizes, "write_chunk_sizes": array.write_chunk_sizes,
        "nchunks": array.nchunks, "nchunks_initialized": array.nchunks_initialized, "size": array.size,
        "fill_value": repr(np.asarray(array.fill_value).tolist()), "repr": repr(array).partition("://")[0],
        "values": repr(np.asarray(array[...]).tolist()),
    }

names, out = {}, []
for block in json.load(sys.stdin):
    before, printed = dict(names), io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(block, names)
    new = {name: facts(value) for name, value in names.items() if before.get(name) is not value}
    new = {name: found for name, found in sorted(new.items()) if not name.startswith("_") and found is not None}
    out.append({"printed": printed.getvalue(), **new})
print(json.dumps(out))
"""


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--envs", type=Path, default=default_folder(), help="folder of the environments")
    parser.add_argument(
        "--env", action="append", default=[], metavar="NAME=PATH", help="an interpreter to use"
    )
    parser.add_argument("--ours", type=Path, help="interpreter that has this project's zarr")
    return parser.parse_args()


PRIVATE = re.compile(r"_tunable_attrs=set\(\), ")
"""What Zarr-Python's BloscCodec shows of itself in ``info``."""


def run_examples(name: str, given: dict[str, Path], envs: Path, blocks: list[str]) -> list[dict[str, Any]]:
    """The facts of each block, from one participant."""
    command, variables = command_of(PEERS[name], given, envs)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [command[0], "-c", WORKER],
            input=json.dumps(blocks),
            env=variables,
            cwd=folder,
            capture_output=True,
            text=True,
        )
    if done.returncode:
        sys.exit(f"{name} ended with status {done.returncode}:\n{done.stderr[-3000:]}")
    return json.loads(PRIVATE.sub("", done.stdout))


def differences(ours: Any, theirs: Any, where: str) -> list[str]:
    """One line for each fact that is not the same."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            line
            for key in sorted(ours.keys() | theirs.keys())
            for line in differences(ours.get(key), theirs.get(key), f"{where}.{key}")
        ]
    return [] if ours == theirs else [f"{where}: ours {ours!r}, theirs {theirs!r}"]


def main() -> int:
    arguments = parse_arguments()
    given = {name: Path(path) for name, path in (pair.split("=", 1) for pair in arguments.env)}
    if arguments.ours:
        given["ours"] = arguments.ours
    text = PAGE.read_text("utf-8").partition(ONLY_HERE)[0]
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    ours, theirs = (run_examples(name, given, arguments.envs, blocks) for name in ("ours", "zp3"))
    lines = []
    for number, (one, other) in enumerate(zip(ours, theirs, strict=True), 1):
        lines += differences(one, other, f"block {number}")
    compared = sum(len(block) for block in ours)
    print("\n".join([*lines, f"{len(blocks)} blocks, {compared} results compared, {len(lines)} differences"]))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
