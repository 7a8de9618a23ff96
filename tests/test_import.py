"""``import zarr`` loads nothing that most programs do not need."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ["asyncio", "concurrent.futures", "cupy", "fsspec", "hypothesis", "importlib.metadata", "logging"]
HEAVY += ["ml_dtypes", "numcodecs", "obstore", "pytest", "ssl"]


def loaded(statements: str) -> set[str]:
    """The heavy modules that a fresh interpreter has loaded after some statements."""
    code = f"import sys\n{statements}\nprint(*[m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def before() -> set[str]:
    """What is loaded without us: by NumPy, or by a tool that measures coverage of subprocesses."""
    return loaded("import numpy")


@pytest.mark.parametrize("module", ["zarr", "zarr.codecs", "zarr.storage", "zarr.testing", "zarr.core.sync"])
def test_import_is_light(module: str, before: set[str]) -> None:
    assert loaded(f"import {module}") <= before


def test_reading_and_writing_memory_needs_no_loop(before: set[str]) -> None:
    statements = (
        "import zarr, numpy\nz = zarr.create_array({}, data=numpy.arange(9), chunks=9)\nassert z[8] == 8"
    )
    assert "asyncio" not in loaded(statements) - before


def test_checker_sees_what_is_loaded() -> None:
    assert "asyncio" in loaded("import asyncio")
