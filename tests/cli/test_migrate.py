"""migrate and remove-metadata: the command lines of Zarr-Python's, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_samples import DATA, files

import zarr

Run = Callable[..., Any]
WRITTEN = ["s/f/zarr.json", "s/zarr.json", "x/zarr.json", "zarr.json"]


def test_in_place(run: Run, old: Path) -> None:
    before = files(old)
    dry = run("migrate", "v3", old, "--dry-run")
    assert dry.out == "".join(f"would write {key}\n" for key in WRITTEN)
    assert files(old) == before
    assert run("migrate", "v3", old) == (0, "4 documents written, 0 deleted\n", "")
    assert (zarr.open_array(old, path="x", zarr_format=3)[...] == DATA).all()
    assert run("migrate", "v3", old).out == "0 documents written, 0 deleted\n"
    assert run("remove-metadata", "v2", old, "--dry-run").out.startswith("would delete ")
    assert run("remove-metadata", "v2", old).status == 0
    assert (zarr.open_group(old, mode="r")["x"][...] == DATA).all()  # type: ignore[index]


def test_as_json(run: Run, old: Path) -> None:
    assert run("migrate", "v3", old, "--json", "--dry-run").json == {
        "dry_run": True,
        "written": WRITTEN,
        "deleted": [],
    }
    done = run("migrate", "v3", old, "--json", "--remove-v2-metadata").json
    assert done["written"] == WRITTEN
    assert sorted(done["deleted"]) == sorted(
        [
            ".zattrs",
            ".zgroup",
            "s/.zattrs",
            "s/.zgroup",
            "s/f/.zarray",
            "s/f/.zattrs",
            "x/.zarray",
            "x/.zattrs",
        ]
    )
    assert run("remove-metadata", "v3", old, "--force", "--json").json["deleted"] == sorted(
        WRITTEN, key=lambda k: (k.count("/"), k)
    )


def test_to_another_place(run: Run, old: Path) -> None:
    before = files(old)
    assert run("migrate", "v3", old, "new.zarr").status == 0
    assert files(old) == before
    assert sorted(files(Path("new.zarr"))) == WRITTEN
    assert run("migrate", "v3", old, "new.zarr", "--overwrite").status == 1  # there is no format 2
    assert (
        run("migrate", "v3", old, "new.zarr", "--overwrite", "--force").out
        == "4 documents written, 0 deleted\n"
    )


def test_a_node_of_a_hierarchy(run: Run, old: Path) -> None:
    assert run("migrate", "v3", old / "s", "--json").json["written"] == ["s/f/zarr.json", "s/zarr.json"]
    assert not (old / "zarr.json").exists()


def test_verbose_tells_of_each_document(run: Run, old: Path) -> None:
    done = run("--verbose", "migrate", "v3", old)
    assert [line.rpartition("data.zarr/")[2] for line in done.err.splitlines()] == WRITTEN


@pytest.mark.parametrize("argv", [["v2", "a"], ["v3"], ["v3", "a", "--force"]])
def test_wrong_usage(run: Run, argv: list[str]) -> None:
    assert run("migrate", *argv).status == 2


def test_refused(run: Run, old: Path) -> None:
    before = files(old)
    refused = run("remove-metadata", "v2", old)
    assert refused.status == 1
    assert "no v3 metadata exists" in refused.err
    text = (old / "x" / ".zarray").read_text()
    (old / "x" / ".zarray").write_text(text.replace('"zstd"', '"nobodys"'))
    refused = run("migrate", "v3", old)
    assert refused.status == 1
    assert "data.zarr/x/.zarray: compressor: " in refused.err
    (old / "x" / ".zarray").write_text(text)
    assert files(old) == before


def test_nothing_of_format_2(run: Run, tmp_path: Path) -> None:
    zarr.create_group(tmp_path / "new.zarr")
    done = run("migrate", "v3", tmp_path / "new.zarr")
    assert done.status == 1
    assert "Only arrays / groups with zarr v2 metadata can be converted" in done.err
    assert run("migrate", "v3", tmp_path / "none").status == 1
    assert not (tmp_path / "none").exists()
