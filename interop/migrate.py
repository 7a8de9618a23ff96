"""Are arrays that we migrated from format 2 to 3 read the same by us and by Zarr-Python?

    python interop/migrate.py                                     environments as for run.py, see README.md
    python interop/migrate.py --ours PYTHON --env zp3=PYTHON

The arrays of tests/data/zp3-migrated.json, which Zarr-Python wrote in format 2, are laid out in folders. Ours
migrates them; then each reads both formats of all that were migrated. An exit status of 1 means that one of the two
read other values from format 3 than ours from format 2.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

CASES = Path(__file__).resolve().parents[1] / "tests" / "data" / "zp3-migrated.json"

# --- a worker: one library acts on all folders


def lay_out(folder: Path) -> None:
    for i, case in enumerate(json.loads(CASES.read_text("utf-8"))):
        place = folder / str(i)
        files = {".zarray": json.dumps(case["zarray"]).encode()}
        for key, data in {**files, **{k: bytes.fromhex(v) for k, v in case["chunks"].items()}}.items():
            (place / key).parent.mkdir(parents=True, exist_ok=True)
            (place / key).write_bytes(data)


def migrate(folder: Path) -> dict[str, str]:
    from zarr.metadata.migrate_v3 import migrate_v2_to_v3
    from zarr.storage import LocalStore

    out = {}
    for place in sorted(folder.iterdir()):
        try:
            migrate_v2_to_v3(input_store=LocalStore(place))
            out[place.name] = "migrated"
        except Exception as error:
            out[place.name] = f"{type(error).__name__}: {str(error).replace(str(folder), '...')[:100]}"
    return out


def read(folder: Path, zarr_format: int) -> dict[str, str]:
    import zarr

    out = {}
    for place in sorted(folder.iterdir()):
        if (place / "zarr.json").exists():
            try:
                out[place.name] = digest(zarr.open_array(str(place), mode="r", zarr_format=zarr_format)[...])
            except Exception as error:
                out[place.name] = f"{type(error).__name__}: {error}"[:100]
    return out


def digest(array: Any) -> str:
    import numpy as np

    array = np.asarray(array)
    if array.dtype.kind in "OT":
        content = json.dumps([repr(item) for item in array.astype(object).flat]).encode()
    else:
        content = array.astype(array.dtype.newbyteorder("<")).tobytes()
    return f"{array.shape} {hashlib.sha256(content).hexdigest()[:16]}"


# --- the comparison


def worker(command: list[str], variables: dict[str, str], folder: Path, *what: str) -> Any:
    given = [command[0], __file__, "--work", str(folder), *what]
    done = subprocess.run(given, env=variables, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{given} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)


def main() -> None:
    from environments import PEERS, command_of
    from run import add_environment_arguments, given_environments

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_environment_arguments(parser)
    parser.add_argument("--ours", type=Path, help="an interpreter that has our package")
    args = parser.parse_args()
    given = given_environments(args) | ({"ours": args.ours} if args.ours else {})
    ours, theirs = (command_of(PEERS[name], given, args.envs) for name in ("ours", "zp3"))
    names = [case["name"] for case in json.loads(CASES.read_text("utf-8"))]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        lay_out(folder)
        done = worker(*ours, folder, "migrate")
        before = worker(*ours, folder, "read", "2")
        after = {who: worker(*run, folder, "read", "3") for who, run in (("ours", ours), ("zp3", theirs))}
    failures = 0
    for i, name in enumerate(names):
        result = done[str(i)]
        if result == "migrated":
            wrong = [
                f"{who}: {found[str(i)]}" for who, found in after.items() if found[str(i)] != before[str(i)]
            ]
            failures += bool(wrong)
            result = f"DIFFERENT, {before[str(i)]} was due; {'; '.join(wrong)}" if wrong else "same"
        print(f"{name:34} {result}")
    print(
        f"{list(done.values()).count('migrated')} of {len(names)} arrays migrated, {failures} read as other values"
    )
    sys.exit(failures > 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        warnings.simplefilter("ignore")
        folder, what, *more = sys.argv[2:]
        json.dump(
            migrate(Path(folder)) if what == "migrate" else read(Path(folder), int(more[0])), sys.stdout
        )
    else:
        main()
