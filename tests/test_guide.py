"""docs/guide.md runs from top to bottom: its code, what the code prints, and its command lines."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from zarr.cli import main

DOCS = Path(__file__).parents[1] / "docs"
GUIDE = (DOCS / "guide.md").read_text("utf-8")
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def blocks() -> list[tuple[str, str, int]]:
    """Language, text and line of each block."""
    return [(m[1], m[2], GUIDE.count("\n", 0, m.start(2)) + 1) for m in BLOCK.finditer(GUIDE)]


def test_everything_runs_and_prints_what_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "guide"}
    given = blocks()
    for (language, text, line), following in zip(given, [*given[1:], ("", "", 0)], strict=True):
        if language == "python":
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile("\n" * (line - 1) + text, "docs/guide.md", "exec"), names)
            shown = following[1] if following[0] == "text" else ""
            assert printed.getvalue() == shown, f"docs/guide.md:{line}"
        elif language == "bash":
            for command in text.splitlines():
                name, *argv = shlex.split(command)
                assert name == "zarr"
                assert main(argv) == 0, command


def test_it_has_the_topics() -> None:
    topics = set(re.findall(r"^## (.*)$", GUIDE, re.MULTILINE))
    assert {
        "Groups",
        "Attributes",
        "Storage",
        "Consolidated metadata",
        "Sharding",
        "Formats 2 and 3",
    } <= topics
    assert {language for language, _, _ in blocks()} == {"python", "text", "bash"}
