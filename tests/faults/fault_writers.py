"""The rounds of ``test_writers.py`` with many seeds of chance, and the tests elsewhere that show a promise."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from fault_report import OURS, Report, Task

try:
    import pytest
except ImportError:  # a peer's environment: the marks are all that is used
    pytest = ModuleType("pytest")
    same: Any = lambda *args, **kwargs: lambda function: function  # noqa: E731
    pytest.mark = type("Mark", (), {"parametrize": staticmethod(same)})  # type: ignore[attr-defined]
    sys.modules["pytest"] = pytest

import test_writers

_TESTS = Path(__file__).resolve().parents[1]


def _cases() -> list[tuple[str, Callable[..., None], dict[str, Any]]]:
    layouts: list[dict[str, Any]] = [{}, {"shards": (40,)}, {"zarr_format": 2}]
    forms: list[dict[str, Any]] = [{"zarr_format": 2}, {"zarr_format": 3}]
    return [
        *(("4", test_writers.test_parts_of_one_chunk, {"options": layout}) for layout in layouts),
        *(("4", test_writers.test_fields_of_the_same_records, {"options": layout}) for layout in layouts),
        ("4", test_writers.test_a_chunk_that_comes_and_goes, {}),
        ("5", test_writers.test_an_attribute_reverts_no_resize, {}),
        *(("5", test_writers.test_appends, form) for form in forms),
        *(
            ("5", test_writers.test_attributes, form | {"node": n})
            for form in forms
            for n in ("array", "group")
        ),
        *(("7", test_writers.test_of_those_who_create_a_node_one_wins, form) for form in forms),
    ]


def _contend(promise: str) -> Callable[[Task], Report]:
    def check(task: Task) -> Report:
        """Rounds of writers at the same things."""
        report = Report()
        kinds = test_writers.KINDS if OURS else ["threads", "spawn"]
        for number, (shows, case, options) in enumerate(_cases()):
            for kind in kinds if shows == promise else ():
                for round_ in range(task.rounds):
                    place = task.work / f"{number}-{kind}-{round_}"
                    place.mkdir()
                    report.count("rounds")
                    try:
                        case(place, kind=kind, round_=round_, **options)
                    except Exception as error:
                        report.fail(
                            f"{case.__name__}, {kind}, {options}: {type(error).__name__}: {error}"[:300]
                        )
        return report

    return check


def _tests(*names: str, only: str = "") -> Callable[[Task], Report]:
    def check(task: Task) -> Report:
        """Tests of these files."""
        report = Report()
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-x", *names]
        done = subprocess.run(
            [*command, *(["-k", only] if only else [])],
            cwd=_TESTS,
            capture_output=True,
            text=True,
            check=False,
        )
        for number, outcome in re.findall(r"(\d+) (passed|failed|error)", done.stdout.splitlines()[-1]):
            report.count("tests", int(number))
            if outcome != "passed":
                report.fail(f"{number} {outcome} of {', '.join(names)}: {done.stdout[-400:]}")
        if done.returncode and not report.failures:
            report.fail(f"{', '.join(names)}: {(done.stdout + done.stderr)[-400:]}")
        return report

    return check


CHECKS: list[tuple[str, str, Callable[[Task], Report]]] = [
    ("4", "contended parts of chunks", _contend("4")),
    ("5", "contended appends, attributes, sizes", _contend("5")),
    ("7", "contended creations", _contend("7")),
]

TESTS: list[tuple[str, str, Callable[[Task], Report]]] = [
    (
        "2",
        "test_interrupted_resize, test_left_over",
        _tests("core/array/test_interrupted_resize.py", "core/array/test_left_over.py"),
    ),
    ("3 9 14", "test_local", _tests("storage/test_local.py")),
    ("8", "test_interrupt, test_gather", _tests("core/run/test_interrupt.py", "core/run/test_gather.py")),
    ("10 12", "test_codec_damage", _tests("codecs/test_codec_damage.py", "codecs/test_numcodecs_damage.py")),
    ("12", "test_bombs, test_bounds", _tests("codecs/test_bombs.py", "codecs/test_bounds.py")),
    ("11", "test_shard_damage", _tests("core/shard/test_shard_damage.py")),
    ("17", "test_fork", _tests("core/run/test_fork.py")),
    ("20", "test_zip_crashes, test_zip", _tests("storage/test_zip_crashes.py", "storage/test_zip.py")),
]
"""Tests of this package, which need no peer."""
