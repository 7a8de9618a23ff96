"""What a report of a bug should say of the machine: ``zarr.print_debug_info``."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from zarr._version import __version__

__all__ = ["OPTIONAL", "REQUIRED", "print_debug_info"]

REQUIRED = (
    "numpy",
    "numcodecs",
    "zstandard",
    "google-crc32c",
    "isal",
    "zlib-ng",
    "donfig",
    "typing_extensions",
)
OPTIONAL = (
    "fsspec",
    "s3fs",
    "gcsfs",
    "adlfs",
    "obstore",
    "universal-pathlib",
    "ml_dtypes",
    "pcodec",
    "zfpy",
    "cupy-cuda12x",
    "zarrs",
)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def print_debug_info() -> None:
    """Print the versions of Python, of this package and of what it works with, for a report of a bug."""
    print(f"platform: {platform.platform()}")
    print(f"python: {platform.python_version()}")
    print(f"zarr: {__version__}")
    found = {package: _version(package) for package in (*REQUIRED, *OPTIONAL)}
    for title, packages in (("Required", REQUIRED), ("Optional", OPTIONAL)):
        print(f"\n**{title} dependencies:**")
        for package in packages:
            if found[package] is not None:
                print(f"{package}: {found[package]}")
    print("\n**Not Installed:**")
    for package in (*REQUIRED, *OPTIONAL):
        if found[package] is None:
            print(package)
