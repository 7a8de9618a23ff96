"""What verify puts right, what it leaves alone, and that nothing is lost by it; and what ``zarr.clean`` removes."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from verify_hierarchies import DATA, fill

import zarr
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.core.verify import Report
from zarr.storage import LocalStore, MemoryStore, WrapperStore
from zarr.testing.store import LatencyStore

pytestmark = pytest.mark.filterwarnings("ignore:Consolidated metadata")


def put(store: Any, key: str, data: bytes) -> None:
    sync(store.set(key, default_buffer_prototype().buffer.from_bytes(data)))


def kinds(report: Report) -> list[tuple[str, str, bool]]:
    return [(problem.kind, problem.path, problem.repaired) for problem in report.problems]


def values(store: MemoryStore) -> dict[str, bytes]:
    return {key: bytes(value.to_bytes()) for key, value in store._store_dict.items()}


class Power(Exception):
    """It went out."""


class Failing(MemoryStore):
    """Fails at the n-th change and at all that follow."""

    _suspends = False
    left = 10**9

    def _use(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Power

    def set_sync(self, key: str, value: Any) -> None:
        self._use()
        super().set_sync(key, value)

    def delete_sync(self, key: str) -> None:
        self._use()
        super().delete_sync(key)


# --- interruptions


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_every_interrupted_change_of_shape_is_finished(zarr_format: Any) -> None:
    interrupted = 0
    for calls in range(1, 100):
        store = Failing()
        array = zarr.create_array(store, data=DATA, chunks=(2, 4), zarr_format=zarr_format)
        store.left = calls
        try:
            array.resize((3, 3))
        except Power:
            store.left = 10**9
        else:
            break
        seen = zarr.verify(store)
        shape = zarr.open_array(store).shape
        repaired = zarr.verify(store, repair=True)
        assert kinds(repaired) == [
            (kind, path, True) for kind, path, _ in kinds(seen) if kind == "unfinished"
        ]
        assert zarr.verify(store).problems == []
        array = zarr.open_array(store)
        assert array.shape == shape
        assert np.array_equal(array[...], DATA[: shape[0], : shape[1]])
        array.resize((6, 6))
        array = zarr.open_array(store)
        assert np.array_equal(array[: shape[0], : shape[1]], DATA[: shape[0], : shape[1]])
        assert not array[shape[0] :].any()
        interrupted += bool(seen.problems)
    assert interrupted > 3


def test_every_interrupted_move_is_finished() -> None:
    interrupted = 0
    for calls in range(100):
        store = Failing()
        root = zarr.create_group(store)
        root.create_array("a/x", data=DATA, chunks=(2, 4))
        store.left = calls
        try:
            root.move("a", "b")
        except Power:
            store.left = 10**9
        else:
            break
        report = zarr.verify(store, repair=True)
        assert all(kind == "unfinished" and repaired for kind, _, repaired in kinds(report)), report
        assert zarr.verify(store).problems == []
        place = (
            "b"
            if report.problems
            else next(name for name in ("a", "b") if f"{name}/zarr.json" in values(store))
        )
        assert np.array_equal(zarr.open_array(store, path=f"{place}/x")[...], DATA)
        interrupted += bool(report.problems)
    assert interrupted > 5


@pytest.mark.parametrize(
    "note",
    [
        b'{"moved_from": ""}',
        b'{"moved_from": "../x"}',
        b'{"moved_from": "b/inside"}',
        b'{"moved_from": "plain"}',
        b'{"moved_from": "nothing"}',
        b'{"moved_from": 3}',
        b"{}",
        b"[]",
    ],
)
@pytest.mark.parametrize("there", ["b", "g", "lost"])
def test_a_note_of_a_move_that_lies_changes_nothing(note: bytes, there: str) -> None:
    store = MemoryStore()
    fill(store)
    put(store, "b/inside/zarr.json", values(store)["scalar/zarr.json"])
    put(store, "lost/mine", b"mine")
    put(store, f"{there}/.zmove", note)
    before = values(store)
    report = zarr.verify(store, repair=True)
    if note == b'{"moved_from": "nothing"}' and there == "g":
        assert before.keys() - values(store).keys() == {
            "g/.zmove"
        }  # all of it is here: only the note was left
    else:
        assert values(store) == before
        assert ("unfinished", there, False) in kinds(report)


def test_a_move_from_elsewhere_is_left_to_whoever_looks_at_all() -> None:
    store = MemoryStore()
    fill(store)
    put(store, "g/h/.zmove", b'{"moved_from": "plain"}')
    before = values(store)
    report = zarr.verify(store, path="g", repair=True)
    assert "not below" in report.problems[0].message
    assert values(store) == before


def test_a_note_of_a_change_of_shape_where_no_array_is() -> None:
    store = MemoryStore()
    fill(store)
    put(store, "g/.zresize", values(store)["plain/zarr.json"])
    before = values(store)
    assert kinds(zarr.verify(store, repair=True)) == [("unfinished", "g", False)]
    assert values(store) == before


# --- consolidated metadata


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("wrap", [lambda store: store, LatencyStore], ids=["plain", "waiting"])
def test_stale_consolidated_metadata(zarr_format: Any, wrap: Any) -> None:
    inner = MemoryStore()
    store = wrap(inner)
    fill(store, zarr_format)
    zarr.consolidate_metadata(store)
    fresh = zarr.open_group(store, use_consolidated=False)
    fresh["plain"].attrs["new"] = 1
    fresh.create_array("later", data=DATA)
    del fresh["scalar"]
    assert zarr.open_consolidated(store)["plain"].attrs.asdict() == {}
    report = zarr.verify(store)
    assert kinds(report) == [("consolidated", "", False)]
    assert "3 nodes" in report.problems[0].message or "'/later' and 2 more" in report.problems[0].message
    assert kinds(zarr.verify(store, repair=True)) == [("consolidated", "", True)]
    assert zarr.verify(store).problems == []
    root = zarr.open_consolidated(store)
    assert root["plain"].attrs["new"] == 1
    assert "scalar" not in root
    assert np.array_equal(root["later"][...], DATA)


def test_attributes_of_the_group_itself_in_format_2() -> None:
    store = MemoryStore()
    fill(store, 2)
    zarr.consolidate_metadata(store)
    put(store, ".zattrs", b'{"changed": 1}')
    assert kinds(zarr.verify(store, repair=True)) == [("consolidated", "", True)]
    assert json.loads(values(store)[".zmetadata"])["metadata"][".zattrs"] == {"changed": 1}
    assert zarr.verify(store).problems == []


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_consolidated_metadata_that_are_invalid(zarr_format: Any) -> None:
    store = MemoryStore()
    fill(store, zarr_format)
    zarr.consolidate_metadata(store)
    key = {2: ".zmetadata", 3: "zarr.json"}[zarr_format]
    document: Any = json.loads(values(store)[key])
    entries = document["metadata"] if zarr_format == 2 else document["consolidated_metadata"]["metadata"]
    entries["plain/.zarray" if zarr_format == 2 else "plain"]["shape"] = "nonsense"
    put(store, key, json.dumps(document).encode())
    assert kinds(zarr.verify(store)) == [("consolidated", "", False)]
    assert kinds(zarr.verify(store, repair=True)) == [("consolidated", "", True)]
    assert zarr.verify(store).problems == []


def test_a_damaged_document_is_not_consolidated_away() -> None:
    store = MemoryStore()
    fill(store)
    zarr.consolidate_metadata(store)
    put(store, "plain/zarr.json", b"{")
    before = values(store)
    assert kinds(zarr.verify(store, repair=True)) == [("document", "plain", False)]
    assert values(store) == before
    assert np.array_equal(zarr.open_consolidated(store)["plain"][...], DATA)


# --- what is never touched


def test_damaged_chunks_and_strays_stay() -> None:
    store = MemoryStore()
    root = fill(store)
    put(store, "plain/c/0/0", b"damaged")
    put(store, "sharded/c/0/0", b"damaged")
    put(store, "notes.txt", b"mine")
    root["packed"].resize((4, 3), delete_outside_chunks=False)
    before = values(store)
    report = zarr.verify(store, repair=True)
    assert {kind for kind, _, repaired in kinds(report)} == {"chunk", "stray", "outside"}
    assert values(store) == before


def test_chunks_outside_are_deleted_only_when_asked() -> None:
    store = MemoryStore()
    array = zarr.create_array(store, data=DATA, chunks=(2, 4))
    array.resize((3, 3), delete_outside_chunks=False)
    before = values(store)
    zarr.verify(store, delete_outside=True)
    assert values(store) == before
    report = zarr.verify(store, repair=True, delete_outside=True)
    assert kinds(report) == [("outside", "", True)] * 4
    assert before.keys() - values(store).keys() == {"c/0/1", "c/1/1", "c/2/0", "c/2/1"}


def test_chunks_that_come_inside_meanwhile_are_not_deleted() -> None:
    class Growing(MemoryStore):
        """Another writer finishes an append when all keys are listed."""

        _suspends = False
        grown: bytes | None = None

        def keys_sync(self, prefix: str = "") -> Any:
            yield from super().keys_sync(prefix)
            self.listed += 1
            if self.grown is not None and self.listed == 2:
                put(self, "zarr.json", self.grown)

        listed = 0

    store = Growing()
    array = zarr.create_array(store, data=DATA, chunks=(2, 4))
    whole = values(store)["zarr.json"]
    array.resize((3, 3), delete_outside_chunks=False)
    store.listed, store.grown = 0, whole
    report = zarr.verify(store, repair=True, delete_outside=True)
    assert kinds(report) == [("outside", "", False)] * 4
    store.grown = None
    assert zarr.verify(store).problems == []
    assert np.array_equal(zarr.open_array(store)[...], DATA)


# --- temporary files

LEFT = [
    "__zt.0123456789abcdef",
    "g/__zt.x",
    "plain/c/0/0.0123456789abcdef0123456789abcdef.partial",
    "plain/c/0/0.__lock",
]


@pytest.fixture
def littered(tmp_path: Path) -> Path:
    """A store with leftovers of three days and of now, and a directory that was to be deleted."""
    path = tmp_path / "a.zarr"
    fill(path)
    for name in LEFT:
        (path / name).write_bytes(b"half")
        os.utime(path / name, (time.time() - 3 * 86400,) * 2)
    (path / "__zt.now").write_bytes(b"half")
    (path / "__zt.directory" / "c").mkdir(parents=True)
    (path / "__zt.directory" / "c" / "0").write_bytes(b"0123456789")
    os.utime(path / "__zt.directory", (time.time() - 3 * 86400,) * 2)
    return path


def test_temporary_files_are_found_and_the_old_are_deleted(littered: Path) -> None:
    report = zarr.verify(littered)
    assert {p.key for p in report.problems if p.kind == "temporary"} == {*LEFT, "__zt.now", "__zt.directory"}
    report = zarr.verify(littered, repair=True)
    assert {p.key for p in report.problems if p.repaired} == {*LEFT, "__zt.directory"}
    assert [(p.kind, p.key) for p in zarr.verify(littered).problems] == [("temporary", "__zt.now")]


@pytest.mark.parametrize("wrap", [lambda path: path, LocalStore, lambda path: WrapperStore(LocalStore(path))])
def test_clean(littered: Path, wrap: Any) -> None:
    everything = sorted(littered.rglob("*"))
    would = zarr.clean(wrap(littered), dry_run=True)
    assert sorted(littered.rglob("*")) == everything
    done = zarr.clean(wrap(littered))
    assert [(left.name, left.nbytes) for left in done] == [(left.name, left.nbytes) for left in would]
    assert {left.name: left.nbytes for left in done} == {**dict.fromkeys(LEFT, 4), "__zt.directory": 10}
    assert all(2.9 * 86400 < left.age < 3.1 * 86400 for left in done)
    gone = {str(path.relative_to(littered)) for path in everything if not path.exists()}
    assert gone == {*LEFT, "__zt.directory", "__zt.directory/c", "__zt.directory/c/0"}
    assert [left.name for left in zarr.clean(wrap(littered), older_than=0)] == ["__zt.now"]
    assert zarr.verify(littered).problems == []


def test_clean_below_a_path_only(littered: Path) -> None:
    assert [left.name for left in zarr.clean(littered, path="g")] == ["g/__zt.x"]


def test_clean_deletes_nothing_through_a_link(littered: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "__zt.other").write_bytes(b"x")
    (littered / "linked").symlink_to(elsewhere)
    (littered / "__zt.link").symlink_to(elsewhere)
    assert "__zt.link" in {left.name for left in zarr.clean(littered, older_than=0)}
    assert (elsewhere / "__zt.other").exists()
    assert (littered / "linked").exists()


def test_what_clean_refuses(littered: Path) -> None:
    for wrong in (-1, float("nan")):
        with pytest.raises(ValueError, match="older_than"):
            zarr.clean(littered, older_than=wrong)
    with pytest.raises(ValueError, match="read-only"):
        zarr.clean(LocalStore(littered, read_only=True))
    assert zarr.clean(LocalStore(littered, read_only=True), dry_run=True)
    with pytest.raises(ValueError, match="unfinished write"):
        sync(LocalStore(littered)._remove_hidden("plain/zarr.json"))


def test_other_stores_have_nothing_to_clean() -> None:
    store = MemoryStore()
    fill(store)
    assert zarr.clean(store, older_than=0) == []


@pytest.mark.parametrize("damage", ["stale", "invalid"])
def test_a_repair_that_fails_is_said(damage: str) -> None:
    store = Failing()
    fill(store)
    zarr.consolidate_metadata(store)
    zarr.open_group(store, use_consolidated=False).create_array("later", data=DATA)
    if damage == "invalid":
        document: Any = json.loads(values(store)["zarr.json"])
        document["consolidated_metadata"]["metadata"]["gone"] = {"zarr_format": 3, "node_type": "array"}
        put(store, "zarr.json", json.dumps(document).encode())
    store.left = 0 if damage == "stale" else 10**9
    report = zarr.verify(store, repair=True)
    assert kinds(report) == [("consolidated", "", False)]
    assert "this cannot be repaired" in report.problems[0].message
