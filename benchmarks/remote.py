"""Reading 500 chunks from an S3 server with added latency: ours beside its peers, in turns, in one run.

    python benchmarks/remote.py --out benchmarks/results/remote-2026-01-31.txt

Environments are made as by ``run.py``, or given by ``--use NAME=PYTHON``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import envs
from envs import CHECKOUT, HERE, Peer
from report import machine

_REMOTE = ("s3fs==2026.9.0", "obstore==0.12.1")
OURS = Peer("ours", "ours-remote", ("--editable", str(CHECKOUT), *_REMOTE), "")
UPSTREAM = Peer("zarr-python", "zarr-python-remote", ("zarr==3.4.2", "zarrs==0.2.3", *_REMOTE), "")
TENSORSTORE = Peer("tensorstore", "tensorstore", ("tensorstore==0.1.86",), "")


@dataclass(frozen=True)
class Contestant:
    name: str
    peer: Peer
    reader: str
    concurrency: int | None = None  # of requests; what the library does by itself where None


CONTESTANTS = [
    Contestant("ours, fsspec", OURS, "zarr-fsspec"),
    Contestant("ours, obstore", OURS, "zarr-obstore"),
    Contestant("zarr-python, fsspec", UPSTREAM, "zarr-fsspec"),
    Contestant("zarr-python, obstore", UPSTREAM, "zarr-obstore"),
    Contestant("zarrs, fsspec", UPSTREAM, "zarrs-fsspec"),
    Contestant("zarrs, obstore", UPSTREAM, "zarrs-obstore"),
    Contestant("zarr-python, obstore, 64", UPSTREAM, "zarr-obstore", 64),
    Contestant("tensorstore", TENSORSTORE, "tensorstore"),
]


class Worker:
    """One contestant's process, which has read the array once and checked it."""

    def __init__(self, contestant: Contestant, python: str, url: str, log: Path) -> None:
        command = [python, str(HERE / "remote_worker.py"), contestant.reader, url]
        environ = {**envs.environ(contestant.peer), "AWS_EC2_METADATA_DISABLED": "true"}
        if contestant.concurrency:
            environ["ZARR_ASYNC__CONCURRENCY"] = str(contestant.concurrency)
        self.log = log
        with log.open("w") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True, env=environ
            )
        self.versions = self._line()

    def _line(self) -> object:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            said = self.log.read_text().strip().splitlines() or ["no output"]
            raise RuntimeError(said[-1][:300])
        return json.loads(line)

    def seconds(self) -> float:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = self._line()
        if not isinstance(answer, float):
            raise RuntimeError(str(answer))
        return answer

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def server(folder: Path, milliseconds: float) -> Iterator[str]:
    command = [sys.executable, str(HERE / "remote_server.py"), str(folder), str(milliseconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


def cpu_of(url: str) -> float:
    """Seconds of processor time that the server has used."""
    with urllib.request.urlopen(f"{url}/cpu") as answer:
        return float(answer.read())


def start(
    options: argparse.Namespace, url: str, work: Path, stack: ExitStack, say: Callable[[str], None]
) -> dict[str, Worker]:
    """A worker for each contestant that works; ``say`` is told of the others."""
    use = dict(pair.split("=", 1) for pair in options.use)
    workers = {}
    for contestant in CONTESTANTS:
        peer = contestant.peer
        try:
            python = use.get(peer.name) or envs.python_of(peer, Path(options.envs), options.python)
            worker = Worker(contestant, python, url, work / f"{contestant.name}.log")
        except (envs.EnvironmentFailed, OSError, RuntimeError) as error:
            say(f"{contestant.name:26} left out: {error}")
            continue
        stack.callback(worker.stop)
        workers[contestant.name] = worker
        say(f"{contestant.name:26} {worker.versions}")
    return workers


def measure(workers: dict[str, Worker], rounds: int, url: str) -> dict[str, tuple[list[float], list[float]]]:
    """For each its seconds and the server's, round by round; the order rotates."""
    names = list(workers)
    found: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in names}
    for turn in range(rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            before = cpu_of(url)
            found[name][0].append(workers[name].seconds())
            found[name][1].append(cpu_of(url) - before)
    return found


def table(found: dict[str, tuple[list[float], list[float]]]) -> str:
    medians = {name: statistics.median(seconds) for name, (seconds, _) in found.items()}
    peers = [value for name, value in medians.items() if not name.startswith("ours")]
    lines = [f"{'':26} {'median s':>9} {'least':>7} {'most':>7} {'server s':>9}"]
    for name, (seconds, busy) in found.items():
        figures = (
            f"{medians[name]:9.3f} {min(seconds):7.3f} {max(seconds):7.3f} {statistics.median(busy):9.3f}"
        )
        lines.append(f"{name:26} {figures}")
    for name, value in medians.items():
        if name.startswith("ours") and peers:
            lines.append(f"best peer / {name}: {min(peers) / value:.2f} (above 1, ours is faster)")
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=30, help="milliseconds added to each request")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=Path, help="also write the text here")
    parser.add_argument("--envs", default=envs.default_folder(), help="folder of the virtual environments")
    parser.add_argument("--python", default=sys.executable, help="the interpreter to make environments with")
    parser.add_argument(
        "--use", action="append", default=[], metavar="NAME=PYTHON", help="use this one as it is"
    )
    return parser.parse_args()


def main() -> None:
    options = arguments()
    text: list[str] = []

    def say(line: str) -> None:
        print(line, flush=True)
        text.append(line)

    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zarr-remote-")))
        say("500 chunks of 100 x 100 float32, zstd, opened and read whole")
        say(f"{options.latency:g} ms added to each request")
        say(machine(work) + "\n")
        use = dict(pair.split("=", 1) for pair in options.use)
        python = use.get("zarr-python") or envs.python_of(UPSTREAM, Path(options.envs), options.python)
        writing = [python, str(HERE / "remote_worker.py"), "write", str(work)]
        subprocess.run(writing, check=True, env=envs.environ(UPSTREAM))
        url = stack.enter_context(server(work, options.latency))
        workers = start(options, url, work, stack, say)
        say(f"\n{table(measure(workers, options.rounds, url))}")
        say("'64': with async.concurrency 64, as ours has it by default, in place of Zarr-Python's 10.")
        say(
            "'server s' is the processor time of the server in one read: what is far above it is not its doing."
        )
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
