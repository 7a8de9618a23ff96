"""The examples run, and so does the code in docs/; what the documents say of the project is so."""

from __future__ import annotations

import importlib.util
import re
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import zarr

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
DOCUMENTS = [*PAGES, ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "examples" / "data" / "README.md"]


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def elevation() -> ModuleType:
    return load(ROOT / "examples" / "elevation.py")


def test_elevation_is_written_and_read_back(
    elevation: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert elevation.main([str(tmp_path)]) == 0
    root = zarr.open_group(tmp_path / "elevation.zarr", mode="r")
    heights, latitude, longitude = elevation.read_source()
    assert np.array_equal(root.get_array("elevation")[:], heights)
    assert np.array_equal(root.get_array("latitude")[:], latitude)
    assert np.array_equal(root.get_array("longitude")[:], longitude)
    assert root.get_array("elevation").attrs["units"] == "m"
    assert "1076 m at 36.1983 N, 84.2308 W" in capsys.readouterr().out


def test_elevation_runs_again_in_the_same_place(
    elevation: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert elevation.main([str(tmp_path)]) == elevation.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.count("Written: ") == 2


def test_elevation_makes_a_directory(
    elevation: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert elevation.main([]) == 0
    (made,) = tmp_path.iterdir()
    assert f"Written: {made / 'elevation.zarr'}" in capsys.readouterr().out


def test_elevation_reads_a_cell_of_a_shard_in_two_reads(elevation: ModuleType, tmp_path: Path) -> None:
    elevation.write(tmp_path)
    time.sleep(0.1)  # a shard that was written just now is read as a whole, since it could change
    store = elevation.CountingStore(tmp_path, read_only=True)
    array = zarr.open_array(store, path="elevation", mode="r")
    store.sizes.clear()
    assert array[100, 200] == elevation.read_source()[0][100, 200]
    assert len(store.sizes) == 2
    assert sum(store.sizes) < array.nbytes_stored() / 50


@pytest.mark.parametrize("colour", ["", "1"])
def test_elevation_is_drawn(
    elevation: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    colour: str,
) -> None:
    monkeypatch.setenv("FORCE_COLOR", colour)
    monkeypatch.setenv("COLUMNS", "50")
    elevation.show_picture(elevation.write(tmp_path).get_array("elevation"))
    _, title, *lines = capsys.readouterr().out.splitlines()
    assert title == "elevation[::9, ::9]"
    plain = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in lines]
    assert {len(line) for line in plain} == {45}
    assert len(set("".join(plain))) == (1 if colour else 10)
    assert all(("\x1b[38;2;" in line) == bool(colour) for line in lines)


def test_elevation_needs_neither_pillow_nor_tensorstore(
    elevation: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("PIL", "tensorstore"):
        monkeypatch.setitem(sys.modules, name, None)
    assert elevation.main([str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "Pillow is not installed" in out
    assert "TensorStore is not installed" in out


def test_elevation_tells_when_tensorstore_reads_something_else(
    elevation: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tensorstore")
    path = tmp_path / "elevation.zarr"
    elevation.write(path)
    other = elevation.write(tmp_path / "other.zarr")
    assert elevation.compare_with_tensorstore(path, other)
    other.get_array("latitude")[0] = 0
    assert not elevation.compare_with_tensorstore(path, other)
    assert "values DIFFER" in capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_of_docs_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "docs"}
    for block in re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        exec(compile(block, str(page), "exec"), names)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)", document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_floors_of_the_design_are_those_of_the_test() -> None:
    architecture = load(ROOT / "tests" / "test_architecture.py")
    rows = re.findall(
        r"^\| (\w+) \| ((?:`zarr[\w.]*` ?)+)\|", (ROOT / "docs" / "design.md").read_text("utf-8"), re.M
    )
    table = {floor: modules.replace("`", "").split() for floor, modules in rows}
    assert table == {floor: modules.split() for floor, modules in architecture.FLOORS.items()}
    assert list(table) == list(architecture.FLOORS)[::-1]


def test_errors_page_names_every_error() -> None:
    text = (ROOT / "docs" / "errors.md").read_text("utf-8")
    assert [name for name in zarr.errors.__all__ if name not in text] == []
