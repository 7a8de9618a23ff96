"""Every data type, fill value and codec: written by us and read by each peer that has it, and the reverse.

    python interop/dtypes.py --out interop/dtypes.txt          environments as for run.py, see README.md
    python interop/dtypes.py --ours PYTHON --env zp3=PYTHON --env zp2=PYTHON --env ts=PYTHON

A case (dtype_cases.py) is a document of an array, the bytes (or items) of six elements and of the fill value.
The writer opens the document, writes the elements and, if it can, its own form of the document; the reader must
find them, the rest of a written chunk and a missing chunk. A cell is "ours read by the peer / the peer read by
us", each of

    ok    every bit is right           =ok   and the stored chunks of both are the same bytes
    -     the peer refuses (see below) DIFF  something else was read: counts as a failure
    fail  we refuse                  known  a defect of the peer, listed below

so that an exit status of 1 means that we cannot read what a peer wrote, or that someone reads other values than
were written. run.py has more of what all libraries share: shapes, keys, shards; this has what few have.
"""

from __future__ import annotations

import argparse
import base64
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

SHAPE, WRITTEN = 12, 6
KNOWN = {
    ("zp3", "NaN payload"): "bug: reads and writes the fill value as the plain NaN",
    ("zarrs", "NaN payload"): "bug: Zarr-Python above it has the fill value as the plain NaN",
    ("zp2", "fill null"): "leaves missing chunks as they happen to be in memory",
    ("zp2", "'NaN'"): "bug: reads the fill value [1.5, NaN] as [NaN, NaN]",
    ("zp2", "vlen-bytes"): "bug: reads missing chunks as the text in the document",
    ("zp2", "vlen-array"): "reads missing chunks as None, not as empty arrays",
    ("ts", "e8m0fnu"): "bug: reads the fill value 1 as 2**-64",
}

# --- a worker: one library writes or reads all cases


def work(peer: str, direction: str, cases: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    warnings.simplefilter("ignore")
    module = __import__("tensorstore" if peer == "ts" else "zarr")
    if peer == "zarrs":
        module.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline", "codec_pipeline.strict": True})
    out: dict[str, Any] = {}
    for one in cases:
        place = folder / one["name"].replace("/", "_").replace(" ", "_")
        try:
            act = write if direction == "write" else read
            out[one["name"]] = {"data": act(peer, module, one, place)}
        except Exception as error:
            message = str(error).replace(str(folder), "...").replace("\n", " ")
            out[one["name"]] = {"error": f"{type(error).__name__}: {message[:140]}"}
    return out


def opened(peer: str, module: Any, one: dict[str, Any], place: Path, mode: str) -> Any:
    if peer != "ts":
        return module.open_array(str(place), mode=mode)
    driver = "zarr3" if one["document"]["zarr_format"] == 3 else "zarr"
    array = module.open({"driver": driver, "kvstore": {"driver": "file", "path": str(place)}}).result()
    if array.dtype.numpy_dtype.itemsize == 0:
        raise TypeError(
            f"{array.dtype} has no dtype of NumPy with a size, so that Python cannot see the bytes"
        )
    return array


def write(peer: str, module: Any, one: dict[str, Any], place: Path) -> Any:
    import numpy as np

    document = one["document"]
    place.mkdir(parents=True)
    name = "zarr.json" if document["zarr_format"] == 3 else ".zarray"
    (place / name).write_text(json.dumps(document))
    array = opened(peer, module, one, place, "r+")
    dtype = array.dtype.numpy_dtype if peer == "ts" else np.dtype(array.dtype)
    if isinstance(one["values"], str):
        raw = bytes.fromhex(one["values"])
        little = dtype if dtype.kind == "W" else dtype.newbyteorder("<")
        values = np.frombuffer(raw, little)
    else:
        values = np.empty(WRITTEN, object)
        for i, item in enumerate(one["values"]):
            is_bytes = isinstance(item, str) and item.startswith("b64:")
            item = base64.b64decode(item[4:]) if is_bytes else item
            values[i] = np.array(item, "<i4") if "vlen-array" in one["name"] else item
    array[:WRITTEN] = values
    if peer in ("ours", "zp3", "zarrs", "zp2"):
        array.resize((SHAPE + 1,))
        array.resize((SHAPE,))  # which writes the document in the library's own form
    return None


def read(peer: str, module: Any, one: dict[str, Any], place: Path) -> Any:
    import numpy as np

    array = opened(peer, module, one, place, "r")
    data = np.asarray(array.read().result() if peer == "ts" else array[...])
    if data.dtype.kind not in "OT":
        big = data.dtype.kind not in "WSV" and data.dtype.byteorder == ">"
        big = big or (data.dtype.names is not None) or data.dtype.str[:2] == ">U"
        return (data.astype(data.dtype.newbyteorder("<")) if big else data).tobytes().hex()
    items = [item.tolist() if isinstance(item, np.ndarray) else item for item in data]
    return ["b64:" + base64.b64encode(x).decode() if isinstance(x, bytes) else x for x in items]


# --- the harness


def compare(
    cases: list[dict[str, Any]], people: dict[str, Any], folder: Path
) -> tuple[list[str], list[str], int]:
    """Rows of the table, why peers refuse, and the number of failures."""
    reports: dict[tuple[str, str], Any] = {}

    def call(reader: str, direction: str, where: str) -> None:
        command, variables = people[reader]
        given = [
            one for one in cases if direction == "write" or "data" in reports[where, "write"][one["name"]]
        ]
        (folder / "cases.json").write_text(json.dumps(given))
        arguments = ["work", reader, direction, str(folder / "cases.json"), str(folder / where)]
        done = subprocess.run(
            [command[0], str(Path(__file__).resolve()), *arguments],
            env=variables, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{reader} {direction}: {done.stderr[-2000:]}")
        reports[where if direction == "write" else f"{where}>{reader}", direction] = json.loads(done.stdout)

    others = [name for name in people if name != "ours"]
    for name in people:
        call(name, "write", name)
    for name in others:
        call(name, "read", "ours")
        call("ours", "read", name)
    rows, why, failures = [], [], 0
    for one in cases:
        name = one["name"]
        expected = one["values"] + one["fill"] * (SHAPE - WRITTEN)
        mine = reports["ours", "write"][name].get("error", "")
        lacks, cells = "cannot be imported" in mine or "pip install" in mine, []
        for peer in others:
            pair = [reports[f"ours>{peer}", "read"].get(name), reports[f"{peer}>ours", "read"].get(name)]
            left, right = (judged(report, None if "upper bits" in name else expected) for report in pair)
            left = ("-" if lacks else "fail") if pair[0] is None else "-" if left == "error" else left
            right = "-" if lacks or pair[1] is None else "fail" if right == "error" else right
            if right == left == "ok" and same_files(folder, peer, name):
                right = "=ok"
            known = next((text for (who, what), text in KNOWN.items() if who == peer and what in name), None)
            if known and "DIFF" in (left, right):
                left, right = left.replace("DIFF", "known"), right.replace("DIFF", "known")
                why.append(f"{name}: {peer}: {known}")
            refused = (pair[0] or {}).get("error") or reports[peer, "write"][name].get("error")
            if refused and not (peer == "zp2" and name.startswith("v3")):
                why.append(f"{name}: {peer}: {refused}")
            failures += bool({"DIFF", "fail"} & {left, right})
            cells.append(f"{left}/{right}")
        if mine:
            why.append(f"{name}: ours: {mine}")
        rows.append(f"{name:42}" + "".join(f"{cell:>12}" for cell in cells))
    return [f"{'ours read by / read by us':42}" + "".join(f"{n:>12}" for n in others), *rows], why, failures


def judged(report: Any, expected: Any) -> str:
    if report is None or "error" in report:
        return "error"
    return "ok" if expected is None or report["data"] == expected else "DIFF"


def same_files(folder: Path, peer: str, name: str) -> bool:
    place = name.replace("/", "_").replace(" ", "_")
    keys = ("c/0", "c/1") if name.startswith("v3") else ("0", "1")
    ours, theirs = ([(folder / who / place / key).read_bytes() for key in keys] for who in ("ours", peer))
    return ours == theirs


def main() -> int:
    if sys.argv[1:2] == ["work"]:
        _, _, peer, direction, cases, folder = sys.argv
        print(json.dumps(work(peer, direction, json.loads(Path(cases).read_text()), Path(folder))))
        return 0
    if sys.argv[1:2] == ["cases"]:
        from dtype_cases import every_case

        print(json.dumps(every_case()))
        return 0
    from environments import PEERS, command_of
    from run import add_environment_arguments, given_environments

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_environment_arguments(parser)
    parser.add_argument("--ours", type=Path, help="interpreter that has this project's zarr")
    parser.add_argument("--out", type=Path, help="save the table as text")
    arguments = parser.parse_args()
    given = given_environments(arguments) | ({"ours": arguments.ours} if arguments.ours else {})
    names = ("ours", "zp3", "zarrs", "zp2", "ts")
    people = {name: command_of(PEERS[name], given, arguments.envs) for name in names}
    command, variables = people["ours"]
    done = subprocess.run(
        [command[0], __file__, "cases"], env=variables, capture_output=True, text=True, check=True
    )
    with tempfile.TemporaryDirectory() as folder:
        rows, why, failures = compare(json.loads(done.stdout), people, Path(folder))
    text = (
        "\n".join([*rows, "", "Refused, or known defects of peers:", *why, "", f"Failures: {failures}"])
        + "\n"
    )
    print(text)
    if arguments.out:
        arguments.out.write_text(text)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
