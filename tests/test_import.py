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


def test_import_loads_no_module_of_ours_before_it_is_used() -> None:
    code = (
        "import sys, zarr\nprint(*sorted(m for m in sys.modules if m.partition('.')[0] in ('zarr', 'numpy')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["zarr", "zarr._version"]


def test_every_name_is_there_after_the_import_alone() -> None:
    code = (
        "import zarr\nassert set(zarr.__all__) <= set(dir(zarr))\n"
        "for name in (*zarr.__all__, 'codecs', 'storage', 'errors', 'core'): getattr(zarr, name)\n"
        "zarr.core.array.Array, zarr.codecs.BytesCodec, zarr.storage.LocalStore, zarr.api.asynchronous.open\n"
        "assert not hasattr(zarr, 'nonsense')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_checker_sees_what_is_loaded() -> None:
    assert "asyncio" in loaded("import asyncio")


def test_modules_are_there_after_a_bare_import() -> None:
    code = (
        "import zarr\n"
        "for name in 'api.asynchronous api.synchronous abc.store abc.codec core.group core.metadata.v3 "
        "storage codecs.numcodecs metadata registry'.split():\n"
        "    module = zarr\n"
        "    for part in name.split('.'): module = getattr(module, part)\n"
        "    assert module.__name__ == 'zarr.' + name\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
