"""Every document and every chunk of a hierarchy damaged in many ways: verify names that one, and nothing else."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from verify_hierarchies import DATA, fill
from waiting_codec import Waiting

import zarr
from zarr import registry
from zarr.codecs import Crc32cCodec
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.core.verify import Problem, Report
from zarr.registry import register_codec
from zarr.storage import LocalStore, MemoryStore
from zarr.testing.store import LatencyStore

pytestmark = pytest.mark.filterwarnings("ignore:Consolidated metadata")

FIXTURES = Path(__file__).parents[2] / "data"
DOCUMENTS = ("zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata")


def put(store: Any, key: str, data: bytes) -> None:
    sync(store.set(key, default_buffer_prototype().buffer.from_bytes(data)))


def value(store: Any, key: str) -> bytes:
    found = sync(store.get(key, default_buffer_prototype()))
    assert found is not None
    return bytes(found.to_bytes())


def found(report: Report) -> list[tuple[str, str]]:
    return [(problem.kind, problem.key) for problem in report.problems]


@pytest.fixture(scope="module", params=[2, 3])
def sound(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The values of a hierarchy by key."""
    store = MemoryStore()
    fill(store, request.param)
    return dict(store._store_dict)


# --- chunks

CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut by one": lambda data: data[:-1],
    "cut in half": lambda data: data[: len(data) // 2],
    "longer by one": lambda data: data + b"\0",
    "noise": lambda data: random.Random(1).randbytes(len(data) + 7),
    "twice": lambda data: data + data,
    "text": lambda data: b"<html>503 Service Unavailable</html>",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_chunk_damaged(sound: dict[str, Any], change: Callable[[bytes], bytes]) -> None:
    chunks = [key for key in sound if not key.endswith(DOCUMENTS)]
    assert len(chunks) in (18, 38)
    for key in chunks:
        store = MemoryStore(dict(sound))
        put(store, key, change(value(store, key)))
        report = zarr.verify(store)
        assert set(found(report)) == {("chunk", key)} or unused_space_in_a_shard(store, sound, key), report
        assert all(problem.path and key.startswith(problem.path + "/") for problem in report.problems)
        assert report.ok == (not report.problems)


def unused_space_in_a_shard(store: MemoryStore, sound: dict[str, Any], key: str) -> bool:
    """Whether a shard has become longer, which it may, and holds what it did."""
    name = key.partition("/")[0]
    before, now = zarr.open_group(MemoryStore(dict(sound)))[name], zarr.open_group(store)[name]
    longer = len(value(store, key)) > len(sound[key])
    return name in ("sharded", "index-first", "nested") and longer and bool(np.all(before[...] == now[...]))


@pytest.mark.parametrize("wrap", [lambda store: store, LatencyStore], ids=["plain", "waiting"])
def test_all_chunks_damaged_at_once(sound: dict[str, Any], wrap: Any) -> None:
    store = MemoryStore(dict(sound))
    chunks = {key for key in sound if not key.endswith(DOCUMENTS)}
    for key in chunks:
        put(store, key, value(store, key)[:-1])
    assert {key for _, key in found(zarr.verify(wrap(store)))} == chunks


def test_every_flipped_bit_of_a_chunk_with_a_checksum() -> None:
    store = MemoryStore()
    zarr.create_array(store, data=DATA[:2, :3], chunks=(2, 3), compressors=[Crc32cCodec()])
    whole = value(store, "c/0/0")
    for bit in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        put(store, "c/0/0", bytes(changed))
        assert found(zarr.verify(store)) == [("chunk", "c/0/0")]


@given(st.data())
def test_noise_in_place_of_any_value_is_never_a_crash(data: st.DataObject) -> None:
    store = MemoryStore()
    root = zarr.create_group(store, zarr_format=data.draw(st.sampled_from([2, 3])))
    root.create_array("a", data=DATA, chunks=4)
    root.create_array("b", data=DATA, chunks=4, compressors=None)
    key = data.draw(st.sampled_from(sorted(store._store_dict)))
    put(
        store, key, data.draw(st.binary(max_size=50) | st.sampled_from([b"{}", b"[]", b'{"zarr_format": 3}']))
    )
    with_damage = zarr.verify(store)
    assert all(isinstance(problem, Problem) for problem in with_damage.problems)
    json.dumps(with_damage.to_dict(), allow_nan=False)


# --- documents

DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut": lambda data: data[:-1],
    "not JSON": lambda data: b"{nonsense}",
    "not an object": lambda data: b"[]",
    "not UTF-8": lambda data: b"\xff\xfe{}",
    "nested deeply": lambda data: b'{"a":' + b"[" * 100_000,
    "NUL": lambda data: data.replace(b'"', b"\0"),
}


@pytest.mark.parametrize("change", DAMAGED.values(), ids=DAMAGED)
def test_every_document_damaged(sound: dict[str, Any], change: Callable[[bytes], bytes]) -> None:
    documents = [key for key in sound if key.endswith(DOCUMENTS)]
    for key in documents:
        store = MemoryStore(dict(sound))
        damaged = change(value(store, key))
        put(store, key, damaged)
        assert found(zarr.verify(store)) == [("document", key)] * (damaged != sound[key].to_bytes())


@pytest.mark.parametrize(
    ("member", "wrong"),
    [
        ("zarr_format", 4),
        ("node_type", "volume"),
        ("shape", [-1, 3]),
        ("shape", "big"),
        ("codecs", []),
        ("codecs", [{"name": "nonsense"}]),
        ("chunk_grid", {"name": "regular", "configuration": {"chunk_shape": [-3, 2]}}),
        ("data_type", "float12"),
        ("fill_value", {}),
        ("unknown", {"must_understand": True}),
    ],
)
def test_documents_that_lie(member: str, wrong: Any) -> None:
    store = MemoryStore()
    root = fill(store)
    document: Any = root["plain"].metadata.to_dict()
    put(store, "plain/zarr.json", json.dumps({**document, member: wrong}, default=list).encode())
    report = zarr.verify(store)
    assert found(report) == [("document", "plain/zarr.json")]
    assert report.nodes == report.arrays + report.groups + 1
    assert report.problems[0].message.startswith(member)


@pytest.mark.parametrize(
    ("member", "wrong"), [("shape", [2**62, 2**62]), ("chunks", [2**40, 2**40]), ("shards", [2**40, 2**40])]
)
def test_absurd_sizes_take_neither_time_nor_memory(member: str, wrong: Any) -> None:
    store = MemoryStore()
    array = zarr.create_array(store, data=DATA, chunks=2, shards=4 if member == "shards" else None)
    document: Any = json.loads(value(store, "zarr.json"))
    if member == "shape":
        document["shape"] = wrong
    else:
        document["chunk_grid"]["configuration"]["chunk_shape"] = wrong
    put(store, "zarr.json", json.dumps(document).encode())
    report = zarr.verify(store)
    assert {kind for kind, _ in found(report)} <= {"chunk", "outside"}
    assert report.ok == (member == "shape")
    assert array.nbytes < report.to_dict()["missing"] or member != "shape"


# --- where nodes and keys are


def test_what_belongs_to_nothing() -> None:
    store = MemoryStore()
    fill(store)
    strays = [
        "notes.txt",
        "g/c/0",
        "plain/c/0/x",
        "plain/c/-1/0",
        "plain/c/00/0",
        "plain/0.0",
        "plain/c",
        "lost/c/0/0",
    ]
    for key in strays:
        put(store, key, b"x")
    assert sorted(found(zarr.verify(store))) == sorted(("stray", key) for key in strays)


def test_documents_without_a_node() -> None:
    store = MemoryStore()
    root = fill(store)
    for key in ("g/.zattrs", "plain/.zmetadata", "x/.zattrs"):
        put(store, key, b"{}")
    assert set(found(zarr.verify(store))) == {
        ("stray", k) for k in ("g/.zattrs", "plain/.zmetadata", "x/.zattrs")
    }
    assert root["plain"][0, 0] == 1


def test_chunks_outside_of_their_array() -> None:
    store = MemoryStore()
    root = fill(store)
    root["plain"].resize((6, 3), delete_outside_chunks=False)
    assert found(zarr.verify(store)) == [("outside", f"plain/c/{i}/1") for i in range(3)]
    put(store, "scalar/c/0", b"x")
    assert ("stray", "scalar/c/0") in found(zarr.verify(store))


def test_nodes_of_two_kinds() -> None:
    store = MemoryStore()
    fill(store, 2)
    put(store, "plain/.zgroup", b'{"zarr_format": 2}')
    put(store, "g/zarr.json", b'{"zarr_format": 3, "node_type": "group"}')
    report = zarr.verify(store)
    assert {(p.kind, p.path) for p in report.problems} == {
        ("formats", "g"),
        ("formats", "plain"),
        ("parent", ""),
    }


def test_a_migrated_hierarchy_has_two_formats(tmp_path: Path) -> None:
    from zarr.cli import main

    fill(tmp_path / "a.zarr", 2)
    assert main(["migrate", "v3", str(tmp_path / "a.zarr")]) == 0
    report = zarr.verify(tmp_path / "a.zarr")
    assert {problem.kind for problem in report.problems} == {"formats"}
    assert (report.chunks, report.arrays) == (18, 7)


def test_nodes_that_cannot_be_found() -> None:
    store = MemoryStore()
    fill(store)
    zarr.create_array(store, name="a/b/c", data=DATA, chunks=6)
    del store._store_dict["a/b/zarr.json"], store._store_dict["a/zarr.json"]
    put(store, "plain/inside/zarr.json", value(store, "scalar/zarr.json"))
    report = zarr.verify(store)
    assert [(p.kind, p.path) for p in report.problems] == [
        ("nested", "plain/inside"), ("parent", "a"), ("parent", "a/b")
    ]  # fmt: skip
    del store._store_dict["zarr.json"]
    assert ("parent", "") in [(p.kind, p.path) for p in zarr.verify(store).problems]
    assert ("parent", "") not in [(p.kind, p.path) for p in zarr.verify(store, path="g").problems]


# --- what is no damage, and cannot be vouched for


def test_pickled_objects_are_not_unpickled() -> None:
    with zarr.config.set({"array.allow_unsafe_pickle_decode": False}):
        report = zarr.verify(FIXTURES / "zp2-objects" / "pickle.zarr")
    assert [(p.kind, p.key) for p in report.problems] == [("unchecked", "")]
    with zarr.config.set({"array.allow_unsafe_pickle_decode": True}):
        assert zarr.verify(FIXTURES / "zp2-objects" / "pickle.zarr").ok


def test_a_package_that_is_missing_is_no_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    from zarr.codecs.numcodecs import PCodec, _base

    store = MemoryStore()
    zarr.create_array(store, data=np.arange(8.0), chunks=2, serializer=PCodec(), compressors=None)

    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}")

    _base.library.cache_clear()
    monkeypatch.setattr(_base, "load_module", missing)
    report = zarr.verify(store)
    _base.library.cache_clear()
    assert [(p.kind, p.key) for p in report.problems] == [("unchecked", "")]
    assert "pip install" in report.problems[0].message


def test_a_store_that_fails_for_one_chunk(tmp_path: Path) -> None:
    class Failing(LocalStore):
        _suspends = False

        def get_sync(self, key: str, **kwargs: Any) -> Any:
            if key == "plain/c/0/0":
                raise OSError(5, "Input/output error")
            return super().get_sync(key, **kwargs)

    fill(tmp_path / "a.zarr")
    assert found(zarr.verify(Failing(tmp_path / "a.zarr"))) == [("unreadable", "plain/c/0/0")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are none on this system")
def test_what_is_no_file(tmp_path: Path) -> None:
    fill(tmp_path / "a.zarr")
    chunk = tmp_path / "a.zarr" / "plain" / "c" / "0" / "0"
    for make in (lambda: os.mkfifo(chunk), lambda: chunk.symlink_to(tmp_path / "nowhere")):
        chunk.unlink()
        make()
        assert found(zarr.verify(tmp_path / "a.zarr")) == [("unreadable", "plain/c/0/0")]


def test_codecs_that_have_only_coroutines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_codecs", dict(registry._codecs))
    register_codec("waiting", Waiting)
    store = MemoryStore()
    zarr.create_array(store, data=DATA, chunks=4, compressors=[Waiting()])
    assert zarr.verify(store).ok
    put(store, "c/1/1", b"too short")
    assert found(zarr.verify(store)) == [("chunk", "c/1/1")]


def test_the_report_shows_what_matters() -> None:
    store = MemoryStore()
    fill(store)
    for i in range(15):
        put(store, f"stray-{i}", b"x")
    report = zarr.verify(store)
    lines = repr(report).splitlines()
    assert lines[0].endswith("15 problems")
    assert len(lines) == 12
    assert lines[-1].strip() == "... and 5 more"
    assert str(report.problems[0]) == "stray: stray-0: it is no document and no chunk of an array"


# --- what changes meanwhile, and what is large


@pytest.mark.parametrize("options", [{}, {"shards": 4}], ids=["chunks", "shards"])
@pytest.mark.parametrize("wrap", [lambda store: store, LatencyStore], ids=["plain", "waiting"])
def test_chunks_that_are_deleted_meanwhile(options: dict[str, Any], wrap: Any) -> None:
    class Deleting(MemoryStore):
        """Lists what another writer then deletes."""

        _suspends = False
        gone = "c/1"

        def keys_sync(self, prefix: str = "") -> Any:
            yield from super().keys_sync(prefix)
            yield self.gone

    store = Deleting()
    zarr.create_array(store, data=np.arange(8), chunks=2, **options)
    del store._store_dict["c/1"]
    report = zarr.verify(wrap(store))
    assert report.problems == []
    assert (report.chunks, report.missing) == ((3, 1) if not options else (1, 1))


def test_more_chunks_than_are_looked_at_together() -> None:
    store = MemoryStore()
    zarr.create_array(store, data=np.arange(1, 1201), chunks=1, compressors=None)
    put(store, "c/7", b"")
    put(store, "c/1100", b"")
    told: list[tuple[int, int]] = []
    report = zarr.verify(store, progress=lambda done, total: told.append((done, total)))
    assert sorted(found(report)) == [("chunk", "c/1100"), ("chunk", "c/7")]
    assert (report.chunks, told) == (1200, [(1024, 1200), (1200, 1200)])


def test_of_a_shard_with_many_errors_the_first_are_told() -> None:
    store = MemoryStore()
    zarr.create_array(store, data=np.ones(300, "i4"), chunks=1, shards=300, compressors=[Crc32cCodec()])
    whole = bytearray(value(store, "c/0"))
    whole[:2400] = bytes(2400)
    put(store, "c/0", bytes(whole))
    report = zarr.verify(store)
    assert len(report.problems) == 101
    assert report.problems[-1].message == "and 200 more inner chunks"


def test_pickles_are_said_once_of_an_array() -> None:
    import numcodecs

    with zarr.config.set({"array.allow_unsafe_pickle_decode": True}):
        store = MemoryStore()
        array = zarr.create_array(
            store, shape=1100, dtype=object, chunks=1, zarr_format=2, filters=[numcodecs.Pickle()]
        )
        array[:] = np.array(["a"] * 1100, dtype=object)
    report = zarr.verify(store)
    assert [(p.kind, p.key) for p in report.problems] == [("unchecked", "")]
    assert report.chunks == 1100


def test_consolidated_metadata_of_format_2_that_are_no_mapping() -> None:
    store = MemoryStore()
    fill(store, 2)
    put(store, ".zmetadata", b'{"metadata": 3}')
    assert found(zarr.verify(store)) == [("document", ".zmetadata")]
