"""The peers: what is installed for each, how its adapter is run, and the making of its environment.

An environment is a folder below the one given by --envs: a virtual environment of Python, or a folder with
node_modules. It is made once, with pinned versions, and made again when the pins change.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ADAPTERS = HERE / "adapters"


@dataclass(frozen=True)
class Peer:
    """One participant of the matrix; peers may share an environment."""

    name: str
    environment: str
    adapter: str
    pins: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ("3.12", "3.13", "3.14")
    npm: bool = False
    optional: bool = False
    """Left out with a message when its environment cannot be made."""
    variables: dict[str, str] = field(default_factory=dict)


ZP3_PINS = ("zarr==3.4.2", "zarrs==0.2.3")

PEERS = {
    peer.name: peer
    for peer in (
        Peer("ours", "ours", "zarr_python3.py", pythons=("3.12", "3.13", "3.11", "3.14")),
        Peer("zp3", "zp3", "zarr_python3.py", ZP3_PINS),
        Peer("zarrs", "zp3", "zarr_python3.py", ZP3_PINS),
        Peer("zp2", "zp2", "zarr_python2.py", ("zarr==2.18.7", "numcodecs==0.15.1"), ("3.12", "3.11")),
        Peer("ts", "ts", "tensorstore_peer.py", ("tensorstore==0.1.86",)),
        Peer("zarrita", "zarrita", "zarrita.mjs", ("zarrita@0.7.5", "@zarrita/storage@0.2.0"), npm=True),
        Peer("z5py", "z5py", "z5py_peer.py", ("z5py==3.0.2",), optional=True),
    )
}


class EnvironmentFailure(Exception):
    """An environment could not be made; the message says why."""


def default_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "zarr-interop"


def command_of(peer: Peer, given: dict[str, Path], folder: Path) -> tuple[list[str], dict[str, str]]:
    """The command that runs the peer's adapter, and its environment variables.

    ``given`` has an interpreter (an npm folder for npm peers) for environments that need not be made.
    """
    place = given.get(peer.environment) or make(peer, folder / peer.environment)
    variables = os.environ | {"ZARR_INTEROP_PEER": peer.name}
    if peer.npm:
        return ["node", str(ADAPTERS / peer.adapter)], variables | {"ZARR_INTEROP_NPM": str(place.absolute())}
    if peer.name != "ours":
        # A checkout on PYTHONPATH would take the place of the peer's own zarr.
        variables.pop("PYTHONPATH", None)
    return [str(place), str(ADAPTERS / peer.adapter)], variables


def make(peer: Peer, folder: Path) -> Path:
    """The interpreter (or npm folder) of the environment, made unless it is there with the same pins."""
    interpreter = folder if peer.npm else folder / "bin" / "python"
    pins = list(peer.pins) or ["-e", str(ROOT)]
    marker = folder / "pins.json"
    if marker.exists() and json.loads(marker.read_text()) == pins:
        return interpreter
    print(f"making the environment of {peer.name} in {folder}", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if peer.npm:
        (folder / "package.json").write_text('{"private": true}\n')
        run(["npm", "install", "--no-fund", "--no-audit", *pins], folder)
    else:
        run([find_python(peer.pythons), "-m", "venv", str(folder)], ROOT)
        run([str(interpreter), "-m", "pip", "install", "--quiet", *pins], ROOT)
    marker.write_text(json.dumps(pins))
    return interpreter


def run(command: list[str], folder: Path) -> None:
    variables = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    try:
        done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise EnvironmentFailure(f"{command[0]} is not installed") from error
    if done.returncode:
        raise EnvironmentFailure(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def find_python(versions: tuple[str, ...]) -> str:
    for version in versions:
        for candidate in candidates(version):
            # A name on PATH may be the shim of a version that is not active.
            script = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
            done = subprocess.run([candidate, "-c", script], capture_output=True, text=True)
            if done.stdout.strip() == version:
                return candidate
    raise EnvironmentFailure(f"needs one of Python {', '.join(versions)}")


def candidates(version: str) -> Iterator[str]:
    if version == "{}.{}".format(*sys.version_info[:2]):
        yield sys.executable
    if found := shutil.which(f"python{version}"):
        yield found
    for root in (os.environ.get("PYENV_ROOT"), Path.home() / ".pyenv"):
        if root:
            yield from map(str, sorted(Path(root).glob(f"versions/{version}.*/bin/python{version}")))
    if shutil.which("uv"):
        done = subprocess.run(["uv", "python", "find", version], capture_output=True, text=True)
        if done.returncode == 0:
            yield done.stdout.strip()
