"""Write every case with each implementation, read it with each, and print who agrees with whom.

    python interop/run.py                        all of it; environments are made in a cache folder
    python interop/run.py --ours .venv/bin/python --against ours --cases 'v3/sharding/*'

A cell of the table is ok/unsupported/fail over all cases, writer in the row, reader in the column. A case
that the writer does not support counts as unsupported in its whole row. Exit status 1 when anything fails.
Needs the standard library only; see README.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from environments import HERE, PEERS, EnvironmentFailure, command_of, default_folder

Report = dict[str, dict[str, Any]]
TIMEOUT = 600


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_environment_arguments(parser)
    parser.add_argument("--ours", type=Path, help="interpreter that has this project's zarr")
    parser.add_argument("--peers", help=f"comma-separated, of {','.join(PEERS)} (all)")
    parser.add_argument("--against", metavar="NAME", help="only pairs that this one is part of")
    parser.add_argument("--cases", default="*", help="pattern of case names")
    parser.add_argument("--keep", type=Path, help="write the data here and leave it")
    parser.add_argument("--json", type=Path, help="save all reports")
    parser.add_argument("--out", type=Path, help="save the table as text")
    return parser.parse_args()


def add_environment_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--envs", type=Path, default=default_folder(), help="folder of the environments")
    parser.add_argument(
        "--env", action="append", default=[], metavar="NAME=PATH", help="an interpreter or npm folder to use"
    )


def given_environments(arguments: argparse.Namespace) -> dict[str, Path]:
    return {name: Path(path) for name, path in (pair.split("=", 1) for pair in arguments.env)}


class Participant:
    """One implementation: its command, and the reports that it gave."""

    def __init__(self, name: str, command: list[str], variables: dict[str, str]) -> None:
        self.name = name
        self.command = command
        self.variables = variables
        self.versions: dict[str, str] = {}

    def report(self, direction: str, cases: list[dict[str, Any]], folder: Path) -> Report:
        """The adapter's report by case name; every case fails when the adapter does not end well."""
        with tempfile.NamedTemporaryFile("w", suffix=".json") as casefile:
            json.dump(cases, casefile)
            casefile.flush()
            command = [*self.command, direction, casefile.name, str(folder)]
            try:
                done = subprocess.run(
                    command, env=self.variables, capture_output=True, text=True, timeout=TIMEOUT
                )
                document = json.loads(done.stdout)
            except (subprocess.TimeoutExpired, json.JSONDecodeError) as error:
                how = "timeout"
                if isinstance(error, json.JSONDecodeError):
                    how = f"exit status {done.returncode}: {done.stderr[-500:]}"
                message = f"the adapter of {self.name} died, {how}"
                return {case["name"]: {"status": "fail", "message": message} for case in cases}
        self.versions = document["versions"]
        return {case.pop("name"): case for case in document["cases"]}


def participants(names: list[str], given: dict[str, Path], envs: Path) -> list[Participant]:
    """The named ones that have an environment, or can get one."""
    found = []
    for name in names:
        peer = PEERS[name]
        try:
            found.append(Participant(name, *command_of(peer, given, envs)))
        except EnvironmentFailure as error:
            if not peer.optional:
                sys.exit(f"no environment for {name}: {error}")
            print(f"leaving out {name}: {error}", file=sys.stderr)
    return found


def make_cases(everyone: list[Participant], pattern: str) -> list[dict[str, Any]]:
    """The cases with their data, computed in the first environment that has NumPy."""
    python = next(one for one in everyone if one.command[0] != "node")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "cases.json")
        command = [python.command[0], str(HERE / "cases.py"), str(target), pattern]
        subprocess.run(command, env=python.variables, check=True)
        return json.loads(target.read_text())


def run_matrix(
    everyone: list[Participant], cases: list[dict[str, Any]], folder: Path, against: str | None
) -> dict[str, Any]:
    """Reports of writing by writer, and of reading by writer and reader."""
    written: dict[str, Report] = {}
    read: dict[str, dict[str, Report]] = {}
    for writer in everyone:
        report = written[writer.name] = writer.report("write", cases, folder / writer.name)
        there = [
            case | {"parts": report[case["name"]]["parts"], "writer": writer.name}
            for case in cases
            if report[case["name"]]["status"] == "ok"
        ]
        readers = [one for one in everyone if against in (None, writer.name, one.name)]
        read[writer.name] = {one.name: one.report("read", there, folder / writer.name) for one in readers}
    return {"written": written, "read": read}


def cell(written: Report, read: Report) -> Counter[str]:
    """Counts by status; what was not written counts as the writer's status says."""
    return Counter(read.get(name, report)["status"] for name, report in written.items())


def table(everyone: list[Participant], results: dict[str, Any]) -> list[str]:
    names = [one.name for one in everyone]
    rows = [["writer \\ reader", *names]]
    for writer in names:
        row = [writer]
        for reader in names:
            read = results["read"][writer].get(reader)
            counts = Counter() if read is None else cell(results["written"][writer], read)
            row.append("/".join(str(counts[key]) for key in ("ok", "unsupported", "fail")) if counts else "-")
        rows.append(row)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows]


def failures(results: dict[str, Any]) -> list[str]:
    """One line for each failure, or for all cases of a pair that failed with the same message."""
    names: dict[tuple[str, str], list[str]] = {}
    pairs = [(f"{writer} writing", reports) for writer, reports in results["written"].items()]
    for writer, readers in results["read"].items():
        pairs += [(f"{reader} reading {writer}", reports) for reader, reports in readers.items()]
    for what, reports in pairs:
        for name, report in reports.items():
            if report["status"] == "fail":
                names.setdefault((what, report["message"]), []).append(name)
    lines = []
    for (what, message), failed in names.items():
        more = f" and {len(failed) - 5} more" if len(failed) > 5 else ""
        lines.append(f"{what}: {', '.join(failed[:5])}{more}: {message}")
    return lines


def limits(results: dict[str, Any]) -> list[str]:
    """Which rules excused how many cases, by participant and direction."""
    count: Counter[tuple[str, str, str]] = Counter()
    for writer, reports in results["written"].items():
        count.update(
            (writer, "writes", r["message"]) for r in reports.values() if r["status"] == "unsupported"
        )
    for readers in results["read"].values():
        for reader, reports in readers.items():
            skipped = (r for r in reports.values() if r["status"] == "unsupported")
            count.update((reader, "reads", r["message"]) for r in skipped)
    return [
        f"{name} {verb} not: {message} ({times})" for (name, verb, message), times in sorted(count.items())
    ]


def main() -> int:
    arguments = parse_arguments()
    start = time.monotonic()
    given = given_environments(arguments) | ({"ours": arguments.ours} if arguments.ours else {})
    names = arguments.peers.split(",") if arguments.peers else list(PEERS)
    everyone = participants(names, given, arguments.envs)
    cases = make_cases(everyone, arguments.cases)
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        results = run_matrix(everyone, cases, folder, arguments.against)
    results["versions"] = {one.name: one.versions for one in everyone}
    failed = failures(results)
    lines = [f"{len(cases)} cases; ok/unsupported/fail", "", *table(everyone, results), ""]
    lines += [f"{one.name}: {', '.join(map(' '.join, one.versions.items()))}" for one in everyone]
    lines += ["", "Rules that excused cases (times, over all writers):", *limits(results)]
    lines += ["", f"Failures: {len(failed)}", *failed]
    text = "\n".join(lines) + "\n"
    print(text + f"took {time.monotonic() - start:.0f} s")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1))
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(text)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
