"""Show that the promises of reliability are kept: ``python tests/faults/run.py`` prints one table.

--rounds N      how much to do; 1 is what the test suite does, 100 tries every file call
--seed S        decides all that is random
--minutes M     go on with what is damaged at random for so long
--only WORDS    run the checks with these in their names
--peer PYTHON   run the same checks with the Zarr of another environment, and print it beside
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import fault_damage
import fault_kills
import fault_places
import fault_processes
import fault_sweep
import fault_writers
from fault_report import Report, Task
from fault_table import table

CHECKS = [
    *fault_sweep.CHECKS,
    *fault_kills.CHECKS,
    *fault_writers.CHECKS,
    *fault_places.CHECKS,
    *fault_damage.CHECKS,
    *fault_processes.CHECKS,
]
_PEER_SECONDS = 900
Row = dict[str, Any]


def run(name: str, promises: str, check: Any, args: argparse.Namespace) -> Row:
    """Run a check; what it found."""
    report = Report()
    begun = time.monotonic()
    seed = args.seed
    while True:
        with tempfile.TemporaryDirectory() as work:
            found = check(Task(Path(work), seed, args.rounds))
        report.figures.update(found.figures)
        report.failures.extend(found.failures)
        seed += 1
        if check not in fault_damage.FUZZ or time.monotonic() - begun > 60 * args.minutes:
            break
    return {
        "promises": promises,
        "name": name,
        "seconds": round(time.monotonic() - begun, 1),
        "figures": dict(report.figures),
        "failures": report.failures,
    }


def run_peer(name: str, promises: str, args: argparse.Namespace) -> Row:
    """Run a check in another environment."""
    command = [args.peer, str(Path(__file__).resolve()), "--json", "--only", name]
    command += ["--rounds", str(args.rounds), "--seed", str(args.seed), "--no-tests"]
    row: Row = {"promises": promises, "name": name, "figures": {}, "failures": []}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PEER_SECONDS, check=False, env={}
        )
        found: Row = json.loads(done.stdout)[0]
        return found
    except subprocess.TimeoutExpired:
        row["failures"] = [f"not done in {_PEER_SECONDS} s"]
    except (json.JSONDecodeError, IndexError):
        row["failures"] = [f"the check itself does not end: {done.stderr[-300:]}"]
    return row


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--peer")
    parser.add_argument("--show", type=int, default=10, help="how many failures of a check to print")
    parser.add_argument("--json", action="store_true", help="print rows for a program")
    parser.add_argument("--no-tests", action="store_true", help="leave out the tests of other files")
    args = parser.parse_args()
    rows, peers = [], []
    for promises, name, check in CHECKS + ([] if args.no_tests else fault_writers.TESTS):
        if args.only not in name:
            continue
        rows.append(run(name, promises, check, args))
        _tell(rows[-1], args.show)
        if args.peer and (promises, name, check) not in fault_writers.TESTS:
            peers.append(run_peer(name, promises, args))
            _tell(peers[-1], args.show)
    print(json.dumps(rows) if args.json else table(rows, peers))
    return 1 if any(row["failures"] for row in rows) else 0


def _tell(row: Row, show: int) -> None:
    figures = ", ".join(f"{number:,} {name}" for name, number in row["figures"].items())
    text = f"{row['name']}: {len(row['failures'])} failures; {figures} ({row.get('seconds')} s)"
    print(text, *row["failures"][:show], sep="\n    ", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
