"""A command line run in this process, and data for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cli_samples import fill

from zarr.cli import main


class Done(NamedTuple):
    """How a command line ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as strict JSON."""

        def refuse(token: str) -> None:
            raise AssertionError(f"{token} is not JSON")

        return json.loads(self.out, parse_constant=refuse)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Runs a command line."""

    def run(*argv: str | Path) -> Done:
        capsys.readouterr()
        try:
            status = main([str(arg) for arg in argv])
        except SystemExit as stop:
            assert isinstance(stop.code, int)
            status = stop.code
        return Done(status, *capsys.readouterr())

    return run


@pytest.fixture(params=[2, 3])
def data(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A group with an array, and a group with an array in it, in the working directory."""
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "data.zarr", request.param)
    return Path("data.zarr")


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same in format 2."""
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "data.zarr", 2)
    return Path("data.zarr")
