"""What is sound is found sound: every layout, in every kind of store, and what others have written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from verify_hierarchies import ARRAYS, fill

import zarr
from zarr.api import asynchronous
from zarr.core.verify import Report
from zarr.errors import NodeNotFoundError
from zarr.storage import LocalStore, MemoryStore, SQLiteStore, WrapperStore, ZipStore
from zarr.testing.store import LatencyStore

pytestmark = [
    pytest.mark.filterwarnings("ignore:Consolidated metadata"),
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
]
DATA = Path(__file__).parents[2] / "data"

STORES: dict[str, Callable[[Path], Any]] = {
    "memory": lambda path: MemoryStore(),
    "local": LocalStore,
    "waiting": lambda path: LatencyStore(MemoryStore()),
    "wrapped": lambda path: WrapperStore(LocalStore(path)),
    "zip": lambda path: ZipStore(path.with_suffix(".zip"), mode="w"),
    "sqlite": lambda path: SQLiteStore(path.with_suffix(".sqlite")),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return STORES[request.param](tmp_path / "store")


def check_counts(report: Report, zarr_format: int) -> None:
    assert report.problems == []
    assert report.ok
    assert report.groups == 2
    assert report.nodes == report.arrays + 2
    assert report.arrays == len(ARRAYS[zarr_format]) + (2 if zarr_format == 3 else 1)
    assert report.chunks == {3: 38, 2: 18}[zarr_format]
    assert report.missing == 2
    assert report.bytes > 0
    assert report.seconds > 0


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("consolidated", [False, True])
def test_every_layout_and_store(store: Any, zarr_format: int, consolidated: bool) -> None:
    fill(store, zarr_format)
    if consolidated:
        zarr.consolidate_metadata(store)
    check_counts(zarr.verify(store), zarr_format)
    check_counts(asyncio.run(asynchronous.verify(store)), zarr_format)


def test_the_bytes_that_were_read_are_those_that_are_stored(tmp_path: Path) -> None:
    root = fill(tmp_path / "a.zarr")
    stored = sum(array.nbytes_stored() for _, array in root.arrays()) + root["g/inner"].nbytes_stored()
    documents = sum(path.stat().st_size for path in (tmp_path / "a.zarr").rglob("zarr.json"))
    whole = sum(path.stat().st_size for path in (tmp_path / "a.zarr").rglob("*") if path.is_file())
    assert zarr.verify(tmp_path / "a.zarr").bytes == whole - documents
    assert stored >= whole - documents


def test_part_of_a_hierarchy(store: Any) -> None:
    fill(store)
    assert zarr.verify(store, path="g").to_dict() | {"seconds": 0, "bytes": 0, "place": ""} == {
        "place": "", "ok": True, "nodes": 2, "groups": 1, "arrays": 1, "chunks": 1, "missing": 0, "bytes": 0, "seconds": 0,
        "problems": [],
    }  # fmt: skip
    assert zarr.verify(store, path="sharded").chunks == 4


def test_without_data_no_chunk_is_read() -> None:
    class Counting(MemoryStore):
        _suspends = False
        keys: list[str] = []

        def get_sync(self, key: str, **kwargs: Any) -> Any:
            self.keys.append(key)
            return super().get_sync(key, **kwargs)

    store = Counting()
    fill(store)
    store.keys.clear()
    report = zarr.verify(store, data=False)
    assert (report.ok, report.chunks, report.bytes) == (True, 38, 0)
    assert {key.rpartition("/")[2] for key in store.keys} == {"zarr.json"}


def test_progress_is_told() -> None:
    store = MemoryStore()
    fill(store)
    told: list[tuple[int, int]] = []
    zarr.verify(store, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (38, 38)


@pytest.mark.parametrize("repair", [False, True])
def test_where_there_is_nothing(tmp_path: Path, repair: bool) -> None:
    with pytest.raises(FileNotFoundError):
        zarr.verify(tmp_path / "nothing.zarr", repair=repair)
    with pytest.raises(NodeNotFoundError):
        zarr.verify({}, repair=repair)
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_cannot_list_is_named() -> None:
    class Blind(MemoryStore):
        supports_listing = False

    with pytest.raises(ValueError, match="cannot list its keys"):
        zarr.verify(Blind())


def test_nothing_is_repaired_in_a_store_that_is_read_only(tmp_path: Path) -> None:
    fill(tmp_path / "a.zarr")
    store = LocalStore(tmp_path / "a.zarr", read_only=True)
    assert zarr.verify(store).ok
    with pytest.raises(ValueError, match="read-only"):
        zarr.verify(store, repair=True)


def test_files_of_the_system_are_no_problem(tmp_path: Path) -> None:
    fill(tmp_path / "a.zarr")
    (tmp_path / "a.zarr" / ".DS_Store").write_bytes(b"x")
    assert zarr.verify(tmp_path / "a.zarr").ok


def test_a_shard_that_was_written_just_now_is_read(tmp_path: Path) -> None:
    """The store is not sure that two reads saw the same file, so the shard is read as a whole."""
    array = zarr.create_array(tmp_path / "a.zarr", data=np.arange(64), chunks=2, shards=64)
    array[0] = 7
    report = zarr.verify(tmp_path / "a.zarr")
    assert (report.ok, report.chunks) == (True, 1)


def below(*parts: str) -> list[Path]:
    """Roots of the data sets: directories with a document that lie in no other."""
    found: list[Path] = []
    for path in sorted(DATA.joinpath(*parts).rglob("*")):
        if path.name in ("zarr.json", ".zgroup", ".zarray") and not any(p in path.parents for p in found):
            found.append(path.parent)
    return found


@pytest.mark.parametrize("writer", ["zp2", "zp3", "ts", "zarrita"])
def test_what_others_have_written(writer: str) -> None:
    roots = below(writer)
    assert roots
    wrong = {root: report for root in roots if not (report := zarr.verify(root)).ok}
    assert wrong == {}
    assert sum(zarr.verify(root).chunks for root in roots) > 10


@pytest.mark.parametrize("name", ["zp2.zip", "zp3.zip", "zp2.sqlite"])
def test_what_others_have_written_into_one_file(name: str) -> None:
    assert zarr.verify(DATA / "stores" / name).ok
