"""copy and move: between places of all kinds, and what they refuse."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_samples import DATA, files, fill

import zarr

Run = Callable[..., Any]


def values(path: Path | str) -> dict[str, Any]:
    """Everything in a place that is data or attributes."""
    node = zarr.open(path, mode="r")
    nodes = {"": node} | (dict(node.members(max_depth=None)) if isinstance(node, zarr.Group) else {})
    return {
        name: (repr(dict(n.attrs)), n[...].tolist() if isinstance(n, zarr.Array) else None)
        for name, n in nodes.items()
    }


# --- copy


def test_a_group_to_a_new_store(run: Run, data: Path) -> None:
    before = files(data)
    done = run("copy", data, "new.zarr")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("copied ")
    assert values("new.zarr") == values(data)
    assert zarr.open_group("new.zarr").metadata.zarr_format == zarr.open_group(data).metadata.zarr_format
    assert files(data) == before


@pytest.mark.parametrize("dest", ["new.zarr", "new.zarr/deep/y", "data.zarr/y", "data.zarr/s/y", "plain"])
def test_an_array(run: Run, data: Path, dest: str) -> None:
    assert run("cp", data / "x", dest).status == 0
    copied = zarr.open_array(dest, mode="r")
    assert (copied[...] == DATA).all()
    assert copied.attrs["units"] == "K"
    assert copied.chunks == (3, 4)
    if "deep" in dest:
        assert sorted(zarr.open_group("new.zarr")) == ["deep"]


def test_into_a_group(run: Run, data: Path) -> None:
    zarr.create_group("other.zarr")
    assert run("copy", data / "s" / "f", "other.zarr/").status == 0
    assert run("copy", data, "other.zarr/").status == 0
    assert sorted(zarr.open_group("other.zarr")) == ["data.zarr", "f"]
    assert values("other.zarr/data.zarr") == values(data)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_conversion(run: Run, data: Path, zarr_format: int) -> None:
    done = run(
        "copy", "--zarr-format", str(zarr_format), "--chunks", "2,8", "--compressor", "gzip:3", data, "new.zarr"
    )  # fmt: skip
    assert done.status == 0, done.err
    assert values("new.zarr") == values(data)
    x = zarr.open_array("new.zarr", path="x", mode="r")
    assert x.metadata.zarr_format == zarr_format
    assert x.chunks == (2, 8)
    assert "gzip" in str(x.compressors).lower()


@pytest.mark.parametrize(
    "compressor", ["none", "zstd", "blosc:3", '{"name": "gzip", "configuration": {"level": 1}}']
)
def test_compressors(run: Run, data: Path, compressor: str) -> None:
    assert run("copy", "--zarr-format", "3", "--compressor", compressor, data / "x", "new.zarr").status == 0
    codecs = zarr.open_array("new.zarr", mode="r").compressors
    assert (codecs == ()) if compressor == "none" else (len(codecs) == 1)


def test_shards(run: Run, tmp_path: Path) -> None:
    fill(tmp_path / "a.zarr", 3)
    assert (
        run("copy", "--chunks", "2,2", "--shards", "4,4", tmp_path / "a.zarr/x", tmp_path / "b.zarr").status
        == 0
    )
    made = zarr.open_array(tmp_path / "b.zarr", mode="r")
    assert (made.chunks, made.shards) == ((2, 2), (4, 4))
    assert (made[...] == DATA).all()


@pytest.mark.parametrize(
    "option", [["--chunks", "a"], ["--shards", "1,"], ["--compressor", "zstd:x"], ["--compressor", "{"], ["--zarr-format", "4"]],
)  # fmt: skip
def test_wrong_options(run: Run, data: Path, option: list[str]) -> None:
    assert run("copy", *option, data, "new.zarr").status == 2
    assert not Path("new.zarr").exists()


def test_what_is_there_is_not_replaced_unasked(run: Run, data: Path) -> None:
    zarr.create_array("other.zarr", data=np.zeros(3))
    zarr.create_group("group.zarr").create_array("x", data=np.zeros(3))
    for dest in ("other.zarr", "group.zarr/x"):
        before = values(dest)
        done = run("copy", data / "x", dest)
        assert done.status == 1
        assert done.err.count("\n") == 1
        assert (
            run("copy", "--if-exists", "skip", data / "x", dest).out == "copied 0 nodes, 0 bytes; skipped 1\n"
        )
        assert values(dest) == before
        assert run("copy", "--if-exists", "replace", data / "x", dest).status == 0
        assert values(dest) == values(data / "x")
    assert run("copy", data, "group.zarr").status == 1


def test_dry_run_and_json(run: Run, data: Path) -> None:
    before = files(Path())
    done = run("copy", "--dry-run", data, "new.zarr")
    assert done.status == 0
    assert "x (6, 8) int32" in done.out
    assert "would copy" in done.out
    facts = run("copy", "--dry-run", "--json", data / "x", "new.zarr").json
    assert facts["dry_run"] is True
    assert (facts["copied"], facts["skipped"]) == (1, 0)
    assert run("copy", "--dry-run", data / "x", data / "s" / "y").status == 0
    assert files(Path()) == before
    facts = run("copy", "--json", data / "x", "new.zarr").json
    assert (facts["copied"], facts["skipped"], facts["bytes"]) == (1, 0, 192)


def test_shallow_and_without_attributes(run: Run, data: Path) -> None:
    assert run("copy", "--shallow", "--without-attrs", data, "new.zarr").status == 0
    assert sorted(zarr.open_group("new.zarr")) == ["x"]
    assert dict(zarr.open_group("new.zarr").attrs) == dict(zarr.open_group("new.zarr")["x"].attrs) == {}


@pytest.mark.parametrize("command", ["copy", "move"])
@pytest.mark.parametrize(
    ("source", "dest"), [("data.zarr", "data.zarr"), ("data.zarr/x", "./data.zarr/s/../x"), ("data.zarr", "data.zarr/s/new"),
                         ("data.zarr/s", "data.zarr/s/f/g"), ("data.zarr/s/f", "data.zarr/s"), ("data.zarr", "link.zarr")],
)  # fmt: skip
def test_nothing_goes_into_itself(run: Run, data: Path, command: str, source: str, dest: str) -> None:
    Path("link.zarr").symlink_to("data.zarr")
    before = files(data)
    done = run(command, "--if-exists", "replace", source, dest)
    assert done.status == 1
    assert files(data) == before


@pytest.mark.parametrize("command", ["copy", "move"])
def test_folders_of_others_are_left_alone(run: Run, data: Path, command: str) -> None:
    Path("mine").mkdir()
    Path("mine/notes").write_text("mine")
    Path("file").write_text("mine")
    before = files(Path())
    for dest in ("mine", "file"):
        for source in (data, data / "x"):
            for policy in ("raise", "replace"):
                assert run(command, "--if-exists", policy, source, dest).status == 1
    assert run(command, "mine", "new.zarr").status == 1
    assert run(command, "nothing", "new.zarr").status == 1
    assert files(Path()) == before


def test_what_fails_leaves_attributes(run: Run, data: Path) -> None:
    zarr.create_group("group.zarr", attributes={"title": "mine", "n": 1}).create_array("x", data=DATA)
    before = files(Path("group.zarr"))
    assert run("copy", data, "group.zarr").status == 1
    assert files(Path("group.zarr")) == before
    assert run("copy", "--if-exists", "replace", data, "group.zarr").status == 0
    assert dict(zarr.open_group("group.zarr").attrs) == {"title": "a", "n": 1}


@pytest.mark.filterwarnings("ignore:Consolidated metadata")
def test_a_copy_of_what_is_consolidated_is(run: Run, data: Path) -> None:
    run("consolidate", data)
    assert run("copy", data, "new.zarr").status == 0
    assert sorted(path for path, _ in zarr.open_consolidated("new.zarr").members(max_depth=None)) == [
        "s",
        "s/f",
        "x",
    ]


# --- move


def test_rename_in_a_store(run: Run, data: Path) -> None:
    before = values(data)
    assert run("move", data / "x", data / "y") == (0, "", "")
    assert run("mv", data / "s" / "f", f"{data}/").status == 0
    assert sorted(zarr.open_group(data)) == ["f", "s", "y"]
    after = values(data)
    assert (after["y"], after["f"]) == (before["x"], before["s/f"])


def test_move_a_whole_store(run: Run, data: Path) -> None:
    before = files(data)
    assert run("move", data, "renamed.zarr").status == 0
    assert not data.exists()
    assert files(Path("renamed.zarr")) == before


def test_move_to_another_disk(run: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rename(source: str, dest: str) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    before = values(data)
    with monkeypatch.context() as patch:
        patch.setattr("zarr.cli.transfer.os.rename", rename)
        assert run("move", data, "new.zarr").status == 0
    assert values("new.zarr") == before
    assert not data.exists()


@pytest.mark.parametrize(
    "names", [("a.zip", "b.zarr"), ("a.zarr", "b.zip"), ("a.sqlite", "b.zip"), ("a.zarr", "b.DB")]
)
def test_move_to_a_store_of_another_kind(run: Run, data: Path, names: tuple[str, str]) -> None:
    """A rename would leave a folder that ends in .zip, or an archive that nobody takes for one."""
    source, dest = names
    assert run("copy", data, source).status == 0
    assert run("move", source, dest).status == 0
    assert values(dest) == values(data)
    assert Path(dest).is_dir() == dest.endswith(".zarr")
    assert run("ls", source).status == 1


@pytest.mark.parametrize("name", ["a.zip", "a.sqlite"])
def test_move_of_a_file(run: Run, data: Path, name: str) -> None:
    assert run("copy", data, name).status == 0
    assert run("move", name, f"new-{name}").status == 0
    assert values(f"new-{name}") == values(data)
    assert run("ls", name).status == 1


def test_a_move_that_cannot_be_made_replaces_nothing(run: Run, tmp_path: Path) -> None:
    """The members of a group have its format: what is of the other cannot be moved in it."""
    data = tmp_path / "data.zarr"
    fill(data, 3)
    zarr.create_array(data, name="old", shape=(2,), dtype="i4", zarr_format=2)
    before = files(data)
    refused = run("move", "--if-exists", "replace", data / "old", data / "x")
    assert refused.status == 1
    assert "is no member of the group" in refused.err
    assert files(data) == before


@pytest.mark.parametrize("dest", ["new.zarr", "new.zarr/deep", "other.zarr/y", "data.zarr/y"])
def test_what_is_not_of_zarr_is_not_moved(run: Run, data: Path, dest: str) -> None:
    (data / "s" / "notes.txt").write_text("mine")
    before = files(Path())
    done = run("move", data / "s", dest)
    assert done.status == 1
    assert "notes.txt" in done.err
    assert files(Path()) == before


@pytest.mark.parametrize("dest", ["new.zarr", "new.zarr/deep", "other.zarr/y"])
def test_move_to_another_store(run: Run, data: Path, dest: str) -> None:
    zarr.create_group("other.zarr")
    before = values(data / "s")
    assert run("move", data / "s", dest).status == 0
    assert values(dest) == before
    assert sorted(zarr.open_group(data)) == ["x"]


def test_move_replaces_only_when_told(run: Run, data: Path) -> None:
    before = values(data)
    for dest in (data / "s", data / "s" / "f"):
        assert run("move", data / "x", dest).status == 1
    assert values(data) == before
    assert run("move", "--dry-run", "--if-exists", "replace", data / "x", data / "s").out == (
        "would move data.zarr/x to data.zarr/s, which would be deleted first\n"
    )
    assert values(data) == before
    assert run("move", "--if-exists", "replace", data / "x", data / "s").status == 0
    assert values(data / "s") == {"": before["x"]}


def test_a_move_that_fails_keeps_the_source(run: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zarr.api import synchronous

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise OSError("disk full")

    before = files(data)
    monkeypatch.setattr(synchronous, "copy_all", fail)
    done = run("move", data / "s", "new.zarr")
    assert (done.status, done.err) == (1, "zarr: error: disk full\n")
    assert files(data) == before


@pytest.mark.filterwarnings("ignore:Consolidated metadata")
def test_consolidated_metadata_are_kept_true(run: Run, data: Path) -> None:
    run("consolidate", data)
    assert run("move", data / "x", data / "y").status == 0
    assert run("copy", data / "y", data / "s" / "z").status == 0
    root = zarr.open_consolidated(data)
    assert sorted(path for path, _ in root.members(max_depth=None)) == ["s", "s/f", "s/z", "y"]


# --- stores of other kinds


@pytest.mark.parametrize("name", ["data.zip", "data.sqlite"])
def test_stores_in_one_file(run: Run, data: Path, name: str) -> None:
    before = values(data)
    assert run("copy", data, name).status == 0
    assert Path(name).is_file()
    assert run("ls", "-r", name).out == "s/\ns/f\nx\n"
    assert run("info", "--json", f"{name}/s/f").json["shape"] == [6, 8]
    assert run("attrs", f"{name}/x", "units=C").status == 0
    assert run("attrs", f"{name}/x", "units").out == "C\n"
    assert run("copy", f"{name}/s", "back.zarr").status == 0
    assert values("back.zarr")["f"] == before["s/f"]
    assert run("move", f"{name}/x", f"{name}/y").status == 0
    assert run("ls", name).out == "s/\ny\n"


def test_a_url(run: Run, data: Path, tmp_path: Path) -> None:
    url = f"memory://{tmp_path.name}.zarr"
    assert run("copy", data, url).status == 0
    assert run("tree", f"{url}/s").out.splitlines()[1:] == ["└── f (6, 8) float64"]
    assert run("move", f"{url}/s", f"{url}/t").status == 0
    assert run("ls", url).out == "t/\nx\n"
    assert run("info", "nonsense://bucket/x").status == 1
