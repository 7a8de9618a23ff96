"""Chunks that claim gigabytes, or expand to them, in a process that has little memory: a clear error for each, soon."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SECONDS = 20.0
"""In which each must be refused; it takes a tenth of a second at the most where nothing else runs."""


def test_bombs_are_refused_where_memory_is_limited() -> None:
    bombs = Path(__file__).with_name("bombs.py")
    done = subprocess.run(
        [sys.executable, str(bombs)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, tuple[str, float]] = json.loads(done.stdout)
    assert len(found) >= 76
    said = {
        name: error for name, (error, _) in found.items() if not error.startswith("ChunkError: array '/'")
    }
    assert said == {}
    slow = {name: seconds for name, (_, seconds) in found.items() if seconds > SECONDS}
    assert slow == {}
