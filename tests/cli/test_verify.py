"""verify and clean: what they print, and how they end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_samples import files

import zarr
from zarr.cli.commands.clean import _age
from zarr.cli.output import ProgressBar

Run = Callable[..., Any]


def chunk(data: Path) -> Path:
    """A chunk of the array ``x``."""
    (found,) = (path for path in (data / "x" / "0.0", data / "x" / "c" / "0" / "0") if path.exists())
    return found


def test_sound(run: Run, data: Path) -> None:
    done = run("verify", data)
    assert done.status == 0
    assert done.err == ""
    assert done.out.endswith(": ok\n")
    assert "2 groups, 2 arrays, 8 chunks" in done.out
    report = run("verify", "--json", data / "x").json
    assert (report["ok"], report["chunks"], report["problems"]) == (True, 4, [])


def test_damaged(run: Run, data: Path) -> None:
    chunk(data).write_bytes(b"junk")
    before = files(data)
    done = run("verify", data)
    assert done.status == 1
    assert done.out.startswith("chunk: x/")
    assert done.err == f"zarr: error: {data}: 1 problem found\n"
    (problem,) = run("verify", "--json", data).json["problems"]
    assert (problem["kind"], problem["path"], problem["repaired"]) == ("chunk", "x", False)
    assert run("verify", "--repair", data).status == 1
    assert run("verify", "--no-data", data).status == 0
    assert run("verify", data / "s").status == 0
    assert files(data) == before


def test_repaired(run: Run, data: Path) -> None:
    (data / "__zt.old").write_bytes(b"half")
    os.utime(data / "__zt.old", (0, 0))
    assert run("verify", data).status == 1
    done = run("verify", "--repair", data)
    assert done.status == 0
    assert "(repaired)" in done.out
    assert "ok, 1 repaired" in done.out
    assert run("verify", data).status == 0


def test_progress_counts_chunks(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with ProgressBar("verify x", unit="chunks") as bar:
        bar(3, 3)
    assert "verify x [##############################] 100% 3 chunks of 3 chunks" in capsys.readouterr().err


def test_chunks_outside(run: Run, data: Path) -> None:
    zarr.open_array(data, path="x", mode="r+").resize((3, 8))
    assert run("verify", data).status == 0
    document = next(path for path in (data / "x").iterdir() if path.name in ("zarr.json", ".zarray"))
    document.write_text(document.read_text().replace("3,\n    8", "3,\n    4"))
    assert zarr.open_array(data, path="x").shape == (3, 4)
    assert run("verify", data).out.startswith("outside: x/")
    assert run("verify", "--delete-outside", data).status == 2
    assert run("verify", "--repair", data).status == 1
    assert run("verify", "--repair", "--delete-outside", data).status == 0
    assert run("verify", data).status == 0


def test_wrong_places(run: Run, data: Path) -> None:
    assert run("verify").status == 2
    assert run("verify", "nothing.zarr").status == 1
    Path("other").mkdir()
    assert "no node found" in run("verify", "other").err
    assert run("clean", "nothing.zarr").status == 1


def test_names_play_no_tricks(run: Run, data: Path) -> None:
    (data / "bad\x1b[2Jname").write_bytes(b"x")
    done = run("verify", data)
    assert "\x1b" not in done.out + done.err
    assert "bad\\x1b[2Jname" in done.out


def test_clean(run: Run, data: Path) -> None:
    for name, days in (("__zt.a", 0.5), ("x/__zt.b", 3)):
        (data / name).write_bytes(b"1234")
        os.utime(data / name, (time.time() - days * 86400,) * 2)
    assert run("clean", "--dry-run", data).out.splitlines()[0] == "would delete x/__zt.b, 4 B"
    assert (data / "x" / "__zt.b").exists()
    assert run("clean", data).out == "deleted x/__zt.b, 4 B\ndata.zarr: 1 temporary files, 4 B\n"
    found = run("clean", "--older-than", "6h", "--json", data).json
    assert [item["name"] for item in found["deleted"]] == ["__zt.a"]
    assert run("clean", data, "--older-than", "0").out == "data.zarr: 0 temporary files, 0 B\n"
    assert run("clean", "--older-than", "yesterday", data).status == 2


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("90", 90), ("90s", 90), ("2m", 120), ("1.5h", 5400), ("1d", 86400)]
)
def test_ages(text: str, seconds: float) -> None:
    assert _age(text) == seconds
