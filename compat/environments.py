"""Virtual environments that differ in nothing but in whose ``zarr`` they have, kept from run to run."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

__all__ = ["Environment", "make_pair", "unpack_sdist"]

UPSTREAM = "3.4.2" if sys.version_info >= (3, 12) else "3.1.6"
_REPOSITORY = Path(__file__).parents[1]


class Environment:
    """A virtual environment in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def python(self) -> Path:
        """Its interpreter."""
        windows = sys.platform == "win32"
        return self.folder / ("Scripts/python.exe" if windows else "bin/python")

    def pip(self, *arguments: str | Path) -> str:
        """Run pip; what it prints. CalledProcessError where it fails."""
        command = [self.python, "-m", "pip", "--disable-pip-version-check", *arguments]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def holds(self, wanted: list[str]) -> bool:
        """Whether it was made with these requirements."""
        stamp = self.folder / "requirements.json"
        return stamp.exists() and json.loads(stamp.read_text()) == wanted

    def make(self, wanted: list[str], *options: str) -> None:
        """Make it with these requirements, unless it has them already."""
        if self.holds(wanted):
            return
        subprocess.run([sys.executable, "-m", "venv", "--clear", self.folder], check=True)
        self.pip("install", "-q", *options, *wanted)
        (self.folder / "requirements.json").write_text(json.dumps(wanted))

    def versions(self) -> dict[str, str]:
        """Version of each distribution in it."""
        listed = json.loads(self.pip("list", "--format=json"))
        return {each["name"]: each["version"] for each in listed}


def make_pair(folder: Path, requirements: list[str]) -> tuple[Environment, Environment]:
    """The environment with Zarr-Python, and one with the same versions of all else and this package."""
    theirs, ours = Environment(folder / "theirs"), Environment(folder / "ours")
    theirs.make([*requirements, f"zarr=={UPSTREAM}"])
    frozen = [line for line in theirs.pip("freeze").splitlines() if not line.startswith("zarr==")]
    ours.make(frozen, "--no-deps")
    install_checkout(ours, folder / "wheel")
    return ours, theirs


def install_checkout(environment: Environment, wheels: Path) -> None:
    """Build a wheel of this checkout and install it as the only ``zarr``."""
    for old in wheels.glob("zarr-*.whl"):
        old.unlink()
    environment.pip("wheel", "-q", "--no-deps", "-w", wheels, _REPOSITORY)
    (wheel,) = wheels.glob("zarr-*.whl")
    environment.pip("install", "-q", wheel)  # with what it needs
    environment.pip(
        "install", "-q", "--force-reinstall", "--no-deps", wheel
    )  # of the same version, but of now


def unpack_sdist(environment: Environment, package: str, folder: Path) -> Path:
    """The source distribution of the installed version of a package, unpacked."""
    version = environment.versions()[package]
    place = folder / f"{package}-{version}"
    if not place.exists():
        environment.pip(
            "download", "-q", "--no-deps", "--no-binary", package, "-d", folder, f"{package}=={version}"
        )
        (archive,) = folder.glob(f"{package.replace('-', '_')}-{version}.tar.gz")
        with tarfile.open(archive) as files:
            files.extractall(folder, filter="data")
        (folder / archive.name.removesuffix(".tar.gz")).rename(place)
    return place
