"""info, tree and ls: what is printed, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import zarr

Run = Callable[..., Any]


def test_info(run: Run, data: Path) -> None:
    group, array = run("info", data), run("info", data / "x")
    assert group.status == array.status == 0
    assert "Type        : Group" in group.out
    assert "Shape              : (6, 8)" in array.out
    assert "No. members : 3" in run("info", "--complete", data).out
    assert "Chunks Initialized : 4" in run("info", "--complete", data / "x").out


def test_info_as_json(run: Run, data: Path) -> None:
    array = zarr.open_array(data, path="x", mode="r")
    facts = run("info", "--json", data / "x").json
    expected = {"type": "array", "name": "/x", "shape": [6, 8], "dtype": "int32", "chunks": [3, 4], "shards": None,
                "order": "C", "fill_value": 0, "nbytes": 192, "zarr_format": array.metadata.zarr_format,
                "attributes": {"units": "K", "nan": "NaN"}, "dimension_names": None}  # fmt: skip
    assert expected.items() <= facts.items()
    assert ("codecs" in facts) == (array.metadata.zarr_format == 3)
    assert "nbytes_stored" not in facts
    complete = run("info", "--json", "--complete", data / "x").json
    assert complete["chunks_stored"] == 4
    assert complete["nbytes_stored"] == array.nbytes_stored()
    assert run("info", "--json", "--complete", data).json | {"zarr_format": 0} == {
        "type": "group", "name": "/", "zarr_format": 0, "attributes": {"title": "a"}, "consolidated": False, "arrays": 2, "groups": 1,
    }  # fmt: skip


def test_info_of_shards_and_of_names(run: Run, tmp_path: Path) -> None:
    array = zarr.create_array(
        tmp_path / "a", shape=(8, 8), chunks=(2, 2), shards=(4, 4), dtype="f8", dimension_names=["y", None], fill_value=float("inf")
    )  # fmt: skip
    array[:4] = 1
    facts = run("info", "--json", "--complete", tmp_path / "a").json
    assert (facts["chunks"], facts["shards"], facts["shards_stored"]) == ([2, 2], [4, 4], 2)
    assert facts["dimension_names"] == ["y", None]
    assert facts["fill_value"] == "Infinity"


def test_tree(run: Run, data: Path) -> None:
    assert run("tree", data).out == "/\n├── s\n│   └── f (6, 8) float64\n└── x (6, 8) int32\n"
    assert run("tree", "-L", "1", data).out == "/\n├── s\n└── x (6, 8) int32\n"
    assert run("tree", data / "x").out == "/x (6, 8) int32\n"
    assert "more nodes" in run("tree", "--max-nodes", "1", data).out


@pytest.mark.parametrize("level", [None, 0, 1, 2, 5])
def test_tree_as_json(run: Run, data: Path, level: int | None) -> None:
    f = {"type": "array", "shape": [6, 8], "dtype": "float64"}
    s = {"type": "group", "members": {"f": f} if level is None or level > 1 else {}}
    x = {"type": "array", "shape": [6, 8], "dtype": "int32"}
    argv = [] if level is None else ["--level", str(level)]
    assert run("tree", "--json", *argv, data).json == {
        "type": "group",
        "members": {"s": s, "x": x} if level != 0 else {},
    }
    assert run("tree", "--json", data / "x").json == x


@pytest.mark.parametrize("option", ["--level", "--max-nodes"])
@pytest.mark.parametrize("number", ["-1", "1.5", "x"])
def test_tree_of_no_number(run: Run, data: Path, option: str, number: str) -> None:
    done = run("tree", f"{option}={number}", data)
    assert (done.status, done.out) == (2, "")
    assert f"expected a whole number, 0 or more; got '{number}'" in done.err


def test_tree_with_sizes(run: Run, data: Path) -> None:
    plain, sized = run("tree", data).out, run("tree", "--sizes", data).out
    assert len(sized.splitlines()) == len(plain.splitlines())
    assert len(sized) > len(plain)
    x = run("tree", "--sizes", "--json", data).json["members"]["x"]
    assert x["nbytes_stored"] == zarr.open_array(data, path="x").nbytes_stored()


def test_ls(run: Run, data: Path) -> None:
    assert run("ls", data).out == "s/\nx\n"
    assert run("ls", "-r", data).out == "s/\ns/f\nx\n"
    assert run("ls", data / "s").out == "f\n"
    assert run("ls", data / "x").out == "x\n"
    long = run("ls", "-l", data).out.splitlines()
    assert [line.split() for line in long] == [
        ["group", "s/"],
        ["array", "int32", "(6,", "8)", "(3,", "4)", "x"],
    ]
    assert long[0].index("s/") == long[1].index("x")
    assert run("ls", "--json", data).json == [
        {"type": "group", "path": "s"},
        {"type": "array", "dtype": "int32", "shape": [6, 8], "chunks": [3, 4], "path": "x"},
    ]


def test_nothing_to_list(run: Run, tmp_path: Path) -> None:
    zarr.create_group(tmp_path / "empty.zarr")
    assert run("ls", "-l", tmp_path / "empty.zarr") == (0, "", "")
    assert run("ls", "--json", tmp_path / "empty.zarr").json == []


def test_names_cannot_write_over_the_terminal(run: Run, tmp_path: Path) -> None:
    root = zarr.create_group(tmp_path / "evil.zarr", attributes={"a\x1b[2J": "\x1b]0;x\x07", "b": "é日本"})
    root.create_group("n\x1b[31m")
    root.create_group("two\nlines")
    for argv in (["ls"], ["ls", "-l"], ["tree"], ["attrs"], ["info"], ["ls", "--json"], ["attrs", "--json"]):
        done = run(*argv, tmp_path / "evil.zarr")
        assert done.status == 0
        assert "\x1b" not in done.out
        assert "\x07" not in done.out
    assert len(run("ls", tmp_path / "evil.zarr").out.splitlines()) == 2
    assert run("attrs", tmp_path / "evil.zarr", "b").out == "é日本\n"


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"zarr_format": 3}', '{"zarr_format": 9, "node_type": "array"}', "[" * 50_000, "\xff", ""],
    ids=range(7),
)  # fmt: skip
def test_damaged_documents(run: Run, tmp_path: Path, text: str) -> None:
    folder = tmp_path / "bad.zarr"
    folder.mkdir()
    (folder / "zarr.json").write_bytes(text.encode("latin-1"))
    for argv in (["info"], ["tree"], ["ls", "--json"], ["attrs"], ["consolidate"], ["attrs", "--json"]):
        done = run(*argv, folder)
        if text != '{"zarr_format": 3}':  # which is a group
            assert done.status == 1
            assert done.err.startswith("zarr: error: ")
            assert done.err.count("\n") == 1
    assert (folder / "zarr.json").read_bytes() == text.encode("latin-1") or text == '{"zarr_format": 3}'


def test_paths_cannot_leave_the_store(run: Run, data: Path) -> None:
    for path in ("data.zarr/../../x", "data.zarr/x/c/0/0", "data.zarr/x\x00y"):
        done = run("info", path)
        assert done.status == 1
        assert done.err.count("\n") == 1


def test_json_is_of_json_types_only(run: Run, data: Path) -> None:
    for argv in (["info", data], ["info", data / "x"], ["tree", data], ["ls", data], ["attrs", data / "x"]):
        json.dumps(run(*argv, "--json").json, allow_nan=False)
