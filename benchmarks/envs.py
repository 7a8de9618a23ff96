"""The peers, and a virtual environment for each of them, made with pip on first use and kept."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent
CONSTRAINTS = HERE / "constraints.txt"


@dataclass(frozen=True)
class Peer:
    name: str
    environment: str  # peers with one environment in common share its folder
    requirements: tuple[str, ...]
    adapter: str
    option: str = ""  # for the Zarr API: the path of the codec pipeline
    imports: str = ""  # what the import cells import
    same_work: bool = True  # else shown, but never counted as the best peer
    sources: str = ""  # a folder of sources that stand before those of the environment

    @property
    def is_zarr(self) -> bool:
        return self.adapter == "zarr_python"


_OURS = ("ours", ("--editable", str(CHECKOUT)), "zarr_python")
_UPSTREAM = ("zarr-python", ("zarr==3.4.2", "zarrs==0.2.3"), "zarr_python")
PEERS = [
    Peer("ours", *_OURS, imports="zarr", sources=str(CHECKOUT / "src")),
    Peer("zarr-python", *_UPSTREAM, imports="zarr"),
    Peer("zarr-fused", *_UPSTREAM, option="zarr.core.codec_pipeline.FusedCodecPipeline", imports="zarr"),
    Peer("zarrs", *_UPSTREAM, option="zarrs.ZarrsCodecPipeline", imports="zarr, zarrs"),
    Peer("tensorstore", "tensorstore", ("tensorstore==0.1.86",), "tensorstore_", imports="tensorstore"),
    Peer("h5py", "h5py", ("h5py==3.16.0",), "h5py_", imports="h5py", same_work=False),
    Peer("limit", "ours", ("--editable", str(CHECKOUT)), "limit", imports="numpy", same_work=False),
]
REFERENCE = PEERS[1]  # writes the files that all read, and verifies what others wrote


class EnvironmentFailed(Exception):
    """pip or venv ended with an error."""


def default_folder() -> Path:
    """Where environments are kept: the user's cache, or a temporary folder where that cannot be written."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zarr-benchmarks"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir()) / "zarr-benchmarks"
    return cache


def environ(peer: Peer) -> dict[str, str]:
    """The process environment of a peer: no Python path but our own sources for ours, and no warnings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    kept["PYTHONWARNINGS"] = "ignore"
    if peer.sources:
        kept["PYTHONPATH"] = peer.sources
    return kept


def before(checkout: Path) -> Peer:
    """Another state of our own, of this checkout, to be measured beside ours."""
    return Peer("before", *_OURS, imports="zarr", same_work=False, sources=str(checkout.resolve() / "src"))


def _call(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=environ(REFERENCE))
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        errors = [line for line in lines if re.search(r"\w+Error: |^ERROR: ", line)]
        raise EnvironmentFailed(f"{command[2]} failed: {(errors or lines)[-1].strip()}")


def python_of(peer: Peer, folder: Path, base: str) -> str:
    """The interpreter of the peer's environment under `folder`; made, or made anew where its pins changed."""
    version = subprocess.run([base, "-V"], capture_output=True, text=True, check=True).stdout.strip()
    stated = [version, *peer.requirements, CONSTRAINTS.read_text()]
    if peer.environment == "ours":
        stated.append((CHECKOUT / "pyproject.toml").read_text())
    stamp = hashlib.sha256("\n".join(stated).encode()).hexdigest()
    env = folder / f"{peer.environment}-{version.removeprefix('Python ')}"
    python = env / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    marker = env / "stamp"
    if python.exists() and marker.exists() and marker.read_text() == stamp:
        return str(python)
    print(f"making the environment of {peer.environment} ...", flush=True)
    shutil.rmtree(env, ignore_errors=True)
    _call(base, "-m", "venv", env)
    _call(python, "-m", "pip", "install", "--quiet", "--constraint", CONSTRAINTS, *peer.requirements)
    marker.write_text(stamp)
    return str(python)
