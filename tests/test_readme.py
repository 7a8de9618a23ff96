"""README.md: its commands are the ones that set everything up, its code runs, its output is real."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")

DEMO = "python3 -m venv .venv && .venv/bin/pip install '.[demo]' && .venv/bin/python examples/elevation.py"
TESTS = "python3 -m venv .venv && .venv/bin/pip install '.[test]' && .venv/bin/python -m pytest"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_two_commands_set_everything_up() -> None:
    assert [block.strip() for block in blocks("bash")] == [DEMO, TESTS]


def test_extras_of_the_commands_exist() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    for extra in ("demo", "test"):
        assert re.search(rf"^{extra} = \[", project, re.MULTILINE)


def test_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "readme"}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), names)


def test_output_is_what_the_example_prints(tmp_path: Path) -> None:
    """Line by line, but for the figures, which depend on the versions of compressors."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "elevation.py"), str(tmp_path)],
        env={**os.environ, "COLUMNS": "80", "FORCE_COLOR": "", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    printed = {_without_figures(line) for line in done.stdout.splitlines()}
    (shown,) = blocks("text")
    before_tensorstore = shown.partition("\nPicture: ")[0]
    unknown = [
        line
        for line in before_tensorstore.splitlines()
        if not line.startswith(("Written: ", "(")) and _without_figures(line) not in printed
    ]
    assert unknown == []


def _without_figures(line: str) -> str:
    return re.sub(r"[ \d.]+", " ", line).rstrip()
