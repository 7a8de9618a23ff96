"""Measures ours beside its peers, cell by cell, all of them interleaved in one run; see README.md."""

from __future__ import annotations

import argparse
import json
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import envs
import fresh
from cells import Cell, matching
from envs import HERE, PEERS, REFERENCE, Peer
from report import Table, machine


class WorkerProcess:
    """A worker.py in the peer's environment. One that hangs or dies is started anew for the next cell."""

    def __init__(self, peer: Peer, python: str, work: Path, name: str, timeout: float) -> None:
        self.peer, self.python, self.work, self.name, self.timeout = peer, python, work, name, timeout
        self.process: subprocess.Popen[str] | None = None
        self.lines: queue.Queue[str] = queue.Queue()

    def start(self) -> dict[str, Any]:
        """The worker's greeting, or its error."""
        script, peer = str(HERE / "worker.py"), self.peer
        command = [self.python, script, peer.adapter, str(self.work), self.name, peer.option]
        log = (self.work / f"{self.name}.log").open("w")
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=log, text=True, env=envs.environ(self.peer)
        )
        self.lines = queue.Queue()
        threading.Thread(target=self._pump, args=(self.process, self.lines), daemon=True).start()
        return self._reply()

    @staticmethod
    def _pump(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put("")

    def _reply(self) -> dict[str, Any]:
        try:
            line = self.lines.get(timeout=self.timeout)
        except queue.Empty:
            self.stop()
            return {"error": f"no answer within {self.timeout:.0f} s"}
        if line:
            return json.loads(line)
        self.stop()
        last = (self.work / f"{self.name}.log").read_text().strip().splitlines()[-1:]
        return {"error": f"the worker died: {''.join(last)}"}

    def ask(self, phase: str, cell: Cell, **more: Any) -> dict[str, Any]:
        if self.process is None and "error" in (greeting := self.start()):
            return greeting
        assert self.process is not None
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"phase": phase, "cell": cell.name, **more}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # the reply tells
        return self._reply()

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class Run:
    def __init__(self, options: argparse.Namespace, work: Path, out: Any) -> None:
        self.options, self.work, self.out = options, work, out
        self.workers: dict[str, WorkerProcess] = {}
        self.versions: list[str] = []

    def say(self, text: str = "") -> None:
        print(text, flush=True)
        if self.out:
            print(text, file=self.out, flush=True)

    def worker(self, peer: Peer, name: str) -> WorkerProcess:
        use = dict(pair.split("=", 1) for pair in self.options.use)
        folder = Path(self.options.envs).absolute()
        python = use.get(peer.name) or envs.python_of(peer, folder, self.options.python)
        return WorkerProcess(peer, python, self.work, name, self.options.timeout)

    def start(self, peers: list[Peer]) -> list[str]:
        """Start a worker for each peer; the names of those that work."""
        for peer in [REFERENCE, *peers]:
            name = "reference" if "reference" not in self.workers else peer.name
            try:
                worker = self.worker(peer, name)
                greeting = worker.start()
            except (envs.EnvironmentFailed, OSError, subprocess.SubprocessError) as error:
                greeting = {"error": str(error)}
            if "error" in greeting:
                if name == "reference":
                    sys.exit(f"the reference, {peer.name}, does not work: {greeting['error']}")
                self.versions.append(f"{name:12} left out, {greeting['error']}")
                continue
            self.workers[name] = worker
            if name != "reference":
                stated = ", ".join(f"{k} {v}" for k, v in greeting["versions"].items())
                self.versions.append(f"{name:12} {stated}")
        return [name for name in self.workers if name != "reference"]

    def measure(self, cell: Cell, names: list[str]) -> dict[str, list[float] | str]:
        """For each peer its value in each round, in turns; or n/a, or its error."""
        prepared = self.workers["reference"].ask("prepare", cell)
        if "error" in prepared:
            return dict.fromkeys(names, f"error: preparing: {prepared['error']}")
        values: dict[str, list[float] | str] = {name: [] for name in names}
        if not cell.fresh:
            for name in names:
                self._note(values, name, self._setup(name, cell))
        rounds = 1 if cell.kind == "calls" else self.options.rounds
        for turn in range(rounds):
            shift = turn % len(names)
            for name in names[shift:] + names[:shift]:
                rows = values[name]
                if isinstance(rows, list):
                    reply = self._fresh(name, cell) if cell.fresh else self._timed(name, cell)
                    self._note(values, name, reply)
                    if "value" in reply:
                        rows.append(reply["value"])
        for name in names:
            if self.workers[name].process is not None:
                self.workers[name].ask("teardown", cell)
        return values

    @staticmethod
    def _note(values: dict[str, list[float] | str], name: str, reply: dict[str, Any]) -> None:
        if "error" in reply:
            values[name] = f"error: {reply['error']}"
        elif "na" in reply:
            values[name] = "n/a"

    def _setup(self, name: str, cell: Cell) -> dict[str, Any]:
        reply = self.workers[name].ask("setup", cell)
        if reply.get("wrote"):
            verified = self.workers["reference"].ask("verify", cell, path=reply["wrote"])
            if "error" in verified:
                return {"error": f"the reference reads what it wrote: {verified['error']}"}
        return reply

    def _timed(self, name: str, cell: Cell) -> dict[str, Any]:
        seconds, samples = (0.05, 2) if self.options.quick else (0.5, 3)
        reply = self.workers[name].ask("run", cell, seconds=seconds, samples=samples)
        return {"value": reply["min"]} if "min" in reply else reply

    def _fresh(self, name: str, cell: Cell) -> dict[str, Any]:
        worker = self.workers[name]
        if cell.kind == "peak":
            once = WorkerProcess(worker.peer, worker.python, self.work, name, self.options.timeout)
            reply = once.ask("peak", cell)
            if "bytes" in reply:
                once.ask("teardown", cell)
            once.stop()
            return {"value": reply["bytes"]} if "bytes" in reply else reply
        try:
            repeats = 2 if self.options.quick else 5
            return {"value": fresh.measure(worker.peer, worker.python, cell, self.work, repeats)}
        except fresh.NotApplicable:
            return {"na": ""}
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"}

    def stop(self) -> None:
        for worker in self.workers.values():
            worker.stop()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--cells", default="*", help="glob patterns or starts of names: scalar,read/*/zstd1/*"
    )
    parser.add_argument("--only", help=f"peers, comma-separated, of: {', '.join(p.name for p in PEERS)}")
    parser.add_argument("--rounds", type=int, help="rounds (5, or 2 with --quick)")
    parser.add_argument(
        "--before", type=Path, metavar="CHECKOUT", help="measure an earlier state of ours too"
    )
    parser.add_argument("--quick", action="store_true", help="few rounds and samples; the cells are the same")
    parser.add_argument("--out", type=Path, help="also write the text here, e.g. benchmarks/results/DATE.txt")
    parser.add_argument("--envs", default=envs.default_folder(), help="folder of the virtual environments")
    parser.add_argument("--python", default=sys.executable, help="the interpreter to make environments with")
    parser.add_argument(
        "--use", action="append", default=[], metavar="NAME=PYTHON", help="use this one as it is"
    )
    parser.add_argument("--work", type=Path, help="parent of the data's temporary folder (2 GiB are needed)")
    parser.add_argument("--timeout", type=float, default=300, help="seconds until a worker counts as hung")
    parser.add_argument("--list", action="store_true", help="list the cells and stop")
    options = parser.parse_args()
    options.rounds = options.rounds or (2 if options.quick else 5)
    return options


def main() -> None:
    options = arguments()
    cells = matching(options.cells)
    if options.list:
        print("\n".join(cell.name for cell in cells))
        return
    if not cells:
        sys.exit(f"no cell matches {options.cells}; --list names all of them")
    peers = [*PEERS, envs.before(options.before)] if options.before else PEERS
    wanted = options.only.split(",") if options.only else [peer.name for peer in peers]
    if unknown := set(wanted) - {peer.name for peer in peers}:
        sys.exit(f"no such peers: {', '.join(sorted(unknown))}")
    work = Path(tempfile.mkdtemp(prefix="zarr-benchmarks-", dir=options.work))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
    out = options.out.open("w") if options.out else None
    run = Run(options, work, out)
    try:
        names = run.start([peer for peer in peers if peer.name in wanted])
        run.say(machine(work))
        run.say("\n".join(run.versions) + "\n")
        if not names:
            sys.exit("no peer works")
        table = Table(names)
        run.say(f"{options.rounds} rounds{', quick' if options.quick else ''}")
        run.say(f"{table.notes()}\n\n{table.header()}")
        for cell in cells:
            run.say(table.add(cell, run.measure(cell, names)))
        run.say(f"\n{table.means()}")
    finally:
        run.stop()
        shutil.rmtree(work, ignore_errors=True)
        if out:
            out.close()


if __name__ == "__main__":
    main()
