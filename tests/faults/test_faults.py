"""The checks of this folder in their short form; ``run.py`` does more, and prints a table of what was done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import run
from fault_report import Task
from fault_table import PROMISES
from fault_writers import CHECKS as CONTENDED
from fault_writers import TESTS

SHORT = [check for check in run.CHECKS if check not in CONTENDED]  # those are tests of their own


@pytest.mark.parametrize(
    ("name", "check"), [(name, check) for _, name, check in SHORT], ids=[c[1] for c in SHORT]
)
def test_no_failures(tmp_path: Path, name: str, check: Any) -> None:
    report = check(Task(tmp_path, seed=20, rounds=1))
    assert report.figures
    assert not report.failures


def test_every_promise_is_shown() -> None:
    shown = {int(number) for numbers, _, _ in [*run.CHECKS, *TESTS] for number in numbers.split()}
    assert shown == set(PROMISES)
