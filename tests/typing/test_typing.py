"""mypy sees the exact types of the public API, of what is derived too."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="in the extra `lint`")

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).with_name("expected.py")


def check(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(path)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_types_of_the_api() -> None:
    done = check(EXPECTED)
    assert done.returncode == 0, done.stdout + done.stderr


def test_checker_sees_a_wrong_type(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import zarr\nx: int = zarr.open_group('x')\n")
    done = check(wrong)
    assert "wrong.py:2: error" in done.stdout
