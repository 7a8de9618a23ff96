"""attrs, consolidate and rm: what is changed, and what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_samples import files

import zarr
from zarr.storage import LocalStore

Run = Callable[..., Any]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes stdin a terminal on which something is typed."""

    class Typed(io.StringIO):
        def isatty(self) -> bool:
            return True

    return lambda text: monkeypatch.setattr("sys.stdin", Typed(text))


def test_attributes_are_shown(run: Run, data: Path) -> None:
    assert run("attrs", data / "x").out == 'units = "K"\nnan = "NaN"\n'
    assert run("attrs", data / "x", "units").out == "K\n"
    assert run("attrs", data / "x", "nan").out == '"NaN"\n'
    assert run("attrs", data / "x", "units", "--json").json == {"units": "K"}
    missing = run("attrs", data / "x", "nope")
    assert (missing.status, missing.out) == (1, "")
    assert "no attribute 'nope'" in missing.err


def test_attributes_are_set_and_deleted(run: Run, data: Path) -> None:
    assert (
        run("attrs", data / "x", "units=degree C", "n=3", "r=[0, 1.5]", "t=true", 's="3"', "e=").status == 0
    )
    new = {"units": "degree C", "n": 3, "r": [0, 1.5], "t": True, "s": "3", "e": ""}
    attrs = dict(zarr.open_array(data, path="x").attrs)
    assert attrs.pop("nan") != 0
    assert attrs == new
    assert run("attrs", data / "x", "u=1", "-d", "n", "--delete", "r").status == 0
    assert set(zarr.open_array(data, path="x").attrs) == {"units", "t", "s", "e", "nan", "u"}


@pytest.mark.parametrize(
    "args", [["PATH", "u=1", "-d", "units"], ["PATH", "-d", "units", "u=1"], ["-d", "units", "PATH", "u=1"],
             ["PATH", "-d", "units", "-d", "units", "--", "u=1"]],
)  # fmt: skip
def test_options_stand_anywhere(run: Run, data: Path, args: list[str]) -> None:
    assert run("attrs", *(str(data / "x") if arg == "PATH" else arg for arg in args)) == (0, "", "")
    assert set(zarr.open_array(data, path="x").attrs) == {"u", "nan"}


def test_missing_and_unknown_arguments(run: Run, data: Path) -> None:
    missing = run("attrs")
    assert missing.status == 2
    assert "required: PATH\n" in missing.err
    unknown = run("attrs", data, "--nope", "u=1")
    assert unknown.status == 2
    assert "--nope" in unknown.err
    assert run("consolidate", data, "more").status == 2


def test_all_attributes_are_changed_by_one_write(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that nobody sees some of the changes, and an interruption does not leave them."""
    written: list[str] = []
    write = LocalStore.set_sync

    def set_sync(self: LocalStore, key: str, value: Any) -> None:
        written.append(key)
        write(self, key, value)

    monkeypatch.setattr(LocalStore, "set_sync", set_sync)
    assert run("attrs", data / "x", "u=1", "-d", "units", "-d", "nan").status == 0
    assert len(written) == len(set(written))


@pytest.mark.filterwarnings("ignore:Consolidated metadata")
def test_attributes_that_consolidated_metadata_lack(run: Run, data: Path) -> None:
    run("consolidate", data)
    zarr.open_group(data, use_consolidated=False)["x"].attrs["late"] = 1
    assert run("attrs", data / "x", "late").out == "1\n"
    assert run("attrs", data / "x", "-d", "late") == (0, "", "")
    assert "late" not in zarr.open_group(data, use_consolidated=False)["x"].attrs


def test_attributes_are_all_changed_or_none(run: Run, data: Path) -> None:
    before = files(data)
    assert run("attrs", data / "x", "-d", "units", "-d", "nope").status == 1
    assert run("attrs", data / "x", "units=1", "units").status == 2
    assert run("attrs", data / "x", "=1").status == 2
    assert files(data) == before


@pytest.mark.filterwarnings("ignore:Consolidated metadata")
def test_consolidate(run: Run, data: Path) -> None:
    done = run("consolidate", data)
    assert (done.status, done.out) == (0, "data.zarr: metadata of 3 nodes consolidated\n")
    assert sorted(zarr.open_consolidated(data)) == ["s", "x"]
    assert run("consolidate", data / "s", "--json").json == {"path": "data.zarr/s", "nodes": ["f"]}
    refused = run("consolidate", data / "x")
    assert refused.status == 1
    assert "a group is needed" in refused.err


def test_consolidated_metadata_are_kept_true(run: Run, data: Path) -> None:
    run("consolidate", data)
    assert run("attrs", data / "x", "units=C").status == 0
    assert run("rm", "-r", "-y", data / "s").status == 0
    root = zarr.open_consolidated(data)
    assert root["x"].attrs["units"] == "C"
    assert sorted(root) == ["x"]


def test_rm(run: Run, data: Path) -> None:
    before = files(data)
    assert run("rm", "--dry-run", data / "x").out == "would delete the array data.zarr/x, (6, 8) int32\n"
    asked = run("rm", data / "x")  # there is nobody to ask
    assert asked.status == 1
    assert "--yes" in asked.err
    refused = run("rm", "-y", data / "s")
    assert refused.status == 1
    assert "--recursive" in refused.err
    assert files(data) == before
    assert run("rm", "-y", data / "x") == (0, "", "")
    assert run("rm", "-ry", data / "s") == (0, "", "")
    assert sorted(zarr.open_group(data)) == []
    assert run("rm", "-y", data).status == 0
    assert not data.exists()


@pytest.mark.parametrize(
    ("answer", "gone"), [("y\n", True), ("yes\n", True), ("\n", False), ("n\n", False), ("", False)]
)
def test_rm_asks(run: Run, data: Path, terminal: Callable[[str], None], answer: str, gone: bool) -> None:
    terminal(answer)
    done = run("rm", "-r", data)
    assert "Delete the group data.zarr with 3 nodes below it? [y/N]" in done.err
    assert done.status == (0 if gone else 1)
    assert data.exists() != gone


def test_rm_refuses_what_is_not_of_zarr(run: Run, data: Path) -> None:
    (data / "notes").mkdir()
    (data / "notes" / "mine.txt").write_text("mine")
    Path("other").mkdir()
    before = files(Path())
    for place in (
        "other",
        "data.zarr/notes",
        "data.zarr/notes/mine.txt",
        ".",
        "data.zarr/x/c",
        "data.zarr/x/0.0",
    ):
        assert run("rm", "-ry", place).status == 1
    assert files(Path()) == before


def test_rm_through_a_link(run: Run, data: Path) -> None:
    Path("link").symlink_to(data)
    assert run("rm", "-ry", "link").status == 0
    assert files(Path()) == {}


def test_rm_of_a_damaged_member(run: Run, data: Path) -> None:
    document = next(path for path in (data / "x").iterdir() if path.name in ("zarr.json", ".zarray"))
    document.write_text("{")
    assert "cannot be opened" in run("rm", "--dry-run", data / "x").out
    assert run("rm", "-y", data / "x") == (0, "", "")
    assert sorted(zarr.open_group(data)) == ["s"]
    assert not (data / "x").exists()


def test_rm_of_a_node_of_the_other_format(run: Run, data: Path) -> None:
    other: Any = 5 - zarr.open_group(data).metadata.zarr_format
    zarr.create_array(data, name="new/y", shape=(2,), dtype="i4", zarr_format=other)
    assert run("rm", "-y", data / "new" / "y").status == 0
    assert not (data / "new" / "y").exists()


def test_rm_of_a_damaged_node(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "bad.zarr"
    zarr.create_group(folder)
    (folder / "zarr.json").write_text("{")
    assert "cannot be opened" in run("rm", "--dry-run", folder).out
    assert run("rm", "-y", folder).status == 0
    assert not folder.exists()
