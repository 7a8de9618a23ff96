"""Whole hierarchies from format 2 to 3: what is written and in which order, what is refused, what is removed."""

from __future__ import annotations

import asyncio
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.abc.store import Store
from zarr.core.run.inline import run
from zarr.metadata.migrate_v3 import (
    apply,
    migrate_to_v3,
    migrate_v2_to_v3,
    plan,
    plan_of_removal,
    remove_metadata,
)
from zarr.storage import LocalStore, MemoryStore, StorePath, WrapperStore
from zarr.testing.store import LatencyStore

DATA = np.arange(48, dtype="i4").reshape(6, 8)
V3 = ["s/f/zarr.json", "s/zarr.json", "x/zarr.json", "zarr.json"]
KINDS = ["memory", "local", "latency"]


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A group of format 2 with an array and a group with an array in it."""
    made: dict[str, Store] = {
        "memory": MemoryStore(),
        "local": LocalStore(tmp_path / "data.zarr"),
        "latency": LatencyStore(MemoryStore(), get_latency=0, set_latency=0),
    }
    fill(made[request.param])
    return made[request.param]


def fill(store: Store) -> None:
    root = zarr.create_group(store, zarr_format=2, attributes={"title": "a"})
    root.create_array("x", data=DATA, chunks=(3, 4), attributes={"units": "K"})
    root.create_group("s", attributes={"n": 1}).create_array("f", data=DATA / 2, chunks=(4, 4), order="F")


def keys(store: Store) -> list[str]:
    async def listed() -> list[str]:
        return sorted([key async for key in store.list()])

    return asyncio.run(listed())


def documents(store: Store) -> dict[str, Any]:
    async def read() -> dict[str, Any]:
        found = [key async for key in store.list() if key.rpartition("/")[2].startswith((".z", "zarr"))]
        prototype = zarr.core.buffer.default_buffer_prototype()
        return {key: (await store.get(key, prototype)).to_bytes() for key in found}  # type: ignore[union-attr]

    return asyncio.run(read())


def check(root: Any, zarr_format: int) -> None:
    assert root.metadata.zarr_format == root["s/f"].metadata.zarr_format == zarr_format
    assert dict(root.attrs) == {"title": "a"}
    assert dict(root["s"].attrs) == {"n": 1}
    assert dict(root["x"].attrs) == {"units": "K"}
    assert (root["x"][...] == DATA).all()
    assert (root["s/f"][...] == DATA / 2).all()


def test_all_nodes_are_migrated_and_format_2_stays(store: Store) -> None:
    before = documents(store)
    migrate_v2_to_v3(input_store=store)
    after = documents(store)
    assert sorted(set(after) - set(before)) == V3
    assert {key: after[key] for key in before} == before
    check(zarr.open_group(store, zarr_format=3, mode="r"), 3)
    check(zarr.open_group(store, zarr_format=2, mode="r"), 2)


def test_dry_run_writes_nothing_and_logs(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    before = keys(store)
    with caplog.at_level(logging.INFO, "zarr"):
        migrate_v2_to_v3(input_store=store, dry_run=True)
    assert keys(store) == before
    assert [message.partition(f"{store}/")[2] for message in caplog.messages] == V3


def test_to_another_store(store: Store) -> None:
    before, target = keys(store), MemoryStore()
    migrate_v2_to_v3(input_store=store, output_store=target)
    assert keys(store) == before
    assert keys(target) == V3
    assert zarr.open_array(target, path="x", mode="r").shape == (6, 8)


def test_again_is_nothing_to_do(store: Store) -> None:
    migrate_v2_to_v3(input_store=store)
    assert plan(StorePath(store), StorePath(store)).writes == {}
    migrate_v2_to_v3(input_store=store)


@pytest.mark.parametrize("stops_at", range(4))
def test_an_interruption_leaves_format_2_and_is_gone_on_with(stops_at: int) -> None:
    class Stopping(WrapperStore[MemoryStore]):
        _suspends = False
        left = stops_at

        async def set(self, key: str, value: Any) -> None:
            if not Stopping.left:
                raise OSError("disk full")
            Stopping.left -= 1
            await super().set(key, value)

    inner = MemoryStore()
    fill(inner)
    with pytest.raises(OSError, match="disk full"):
        migrate_v2_to_v3(input_store=Stopping(inner))
    assert [key for key in V3 if key in keys(inner)] == V3[:stops_at]
    check(zarr.open_group(inner, mode="r"), 2)
    migrate_v2_to_v3(input_store=inner)
    check(zarr.open_group(inner, mode="r", zarr_format=3), 3)


@pytest.mark.parametrize("codec", [{"id": "base64"}, {"id": "of nobody"}])
def test_nothing_is_written_if_one_array_has_no_form(codec: dict[str, Any]) -> None:
    store = MemoryStore()
    fill(store)
    document = json.loads(documents(store)["x/.zarray"])
    run(store.set("x/.zarray", _buffer({**document, "compressor": codec})))
    before = documents(store)
    with pytest.raises(ValueError, match=r"memory://.*/x.*(base64|of nobody)"):
        migrate_v2_to_v3(input_store=store)
    assert documents(store) == before


def test_another_document_is_not_replaced(store: Store) -> None:
    migrate_v2_to_v3(input_store=store)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zarr.open_array(store, path="x", zarr_format=3).attrs["units"] = "C"
    before = documents(store)
    with pytest.raises(ValueError, match=r"zarr.json already exists at .*x/zarr.json"):
        migrate_v2_to_v3(input_store=store)
    assert documents(store) == before
    apply(plan(StorePath(store), StorePath(store), overwrite=True))
    assert dict(zarr.open_array(store, path="x", zarr_format=3).attrs) == {"units": "K"}


def test_overwriting_what_has_no_format_2_needs_force(store: Store) -> None:
    target = MemoryStore()
    zarr.create_group(target, attributes={"old": True}).create_group("x/y")
    before = documents(target)
    with pytest.raises(ValueError, match="no v2 metadata exists"):
        plan(StorePath(store), StorePath(target), overwrite=True)
    assert documents(target) == before
    apply(plan(StorePath(store), StorePath(target), overwrite=True, force=True))
    assert keys(target) == V3


def test_removing_format_2_afterwards(store: Store) -> None:
    changes = plan(StorePath(store), StorePath(store), remove_v2=True)
    assert changes.written == V3
    apply(changes)
    assert sorted(documents(store)) == V3
    check(zarr.open_group(store, mode="r"), 3)


def test_what_is_no_node_is_not_deprived_of_its_documents() -> None:
    store = MemoryStore()
    fill(store)
    run(store.set("loose/inner/.zgroup", _buffer({"zarr_format": 2})))  # below a folder that is no group
    before = documents(store)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match=r"loose/inner/.zgroup - no v3 metadata exists"):
            plan(StorePath(store), StorePath(store), remove_v2=True)
    assert documents(store) == before


@pytest.mark.filterwarnings("ignore:Consolidated metadata")
def test_consolidated_metadata_stay_consolidated(store: Store) -> None:
    zarr.consolidate_metadata(store)
    run(store.delete("x/0.0"))
    late = zarr.open_group(store, use_consolidated=False)
    late.create_group("late")  # which the consolidated metadata do not know
    migrate_v2_to_v3(input_store=store)
    root = zarr.open_consolidated(store, zarr_format=3)
    assert sorted(root) == ["late", "s", "x"]
    assert sorted(path for path, _ in root.members(max_depth=None)) == ["late", "s", "s/f", "x"]


def test_consolidated_metadata_serve_where_nothing_can_be_listed() -> None:
    class Unlisted(WrapperStore[MemoryStore]):
        _suspends = False
        supports_listing = False

        def list_dir(self, prefix: str) -> Any:
            raise AssertionError("listed")

    inner, target = MemoryStore(), MemoryStore()
    fill(inner)
    zarr.consolidate_metadata(inner)
    migrate_v2_to_v3(input_store=Unlisted(inner), output_store=target)
    assert keys(target) == V3


def test_nodes(store: Store) -> None:
    root = zarr.open_group(store, zarr_format=2)
    target = MemoryStore()
    migrate_to_v3(root["x"], StorePath(target, "only/x"))
    migrate_to_v3(root["s"], StorePath(target, "s"))
    assert keys(target) == ["only/x/zarr.json", "s/f/zarr.json", "s/zarr.json"]
    for node in (zarr.create_group({}), zarr.create_array({}, shape=1, dtype="i4")):
        with pytest.raises(TypeError, match="Only arrays / groups with zarr v2 metadata can be converted"):
            migrate_to_v3(node, StorePath(target))


def test_an_array_alone() -> None:
    store = MemoryStore()
    zarr.create_array(store, data=DATA, zarr_format=2)
    migrate_v2_to_v3(input_store=store)
    assert (zarr.open_array(store, zarr_format=3, mode="r")[...] == DATA).all()


def test_nothing_of_format_2() -> None:
    with pytest.raises(FileNotFoundError):
        migrate_v2_to_v3(input_store=MemoryStore())
    only_v3 = MemoryStore()
    zarr.create_group(only_v3)
    with pytest.raises(TypeError, match="v2 metadata"):
        migrate_v2_to_v3(input_store=only_v3)


def test_read_only_store(store: Store) -> None:
    with pytest.raises(ValueError, match="read-only"):
        migrate_v2_to_v3(input_store=store.with_read_only(True))


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_remove_metadata(store: Store, zarr_format: Any) -> None:
    migrate_v2_to_v3(input_store=store)
    before = keys(store)
    asyncio.run(remove_metadata(store, zarr_format, dry_run=True))
    assert keys(store) == before
    asyncio.run(remove_metadata(store, zarr_format))
    check(zarr.open_group(store, mode="r"), 5 - zarr_format)
    chunks = [key for key in keys(store) if key.rpartition("/")[2][0].isdigit()]
    assert len(chunks) == 4 + 4


def test_the_only_metadata_are_removed_by_force_only(store: Store) -> None:
    before = keys(store)
    asyncio.run(remove_metadata(store, 3))  # there are none
    with pytest.raises(ValueError, match=r"Cannot remove v2 metadata .* - no v3 metadata exists"):
        asyncio.run(remove_metadata(store, 2))
    assert keys(store) == before
    asyncio.run(remove_metadata(store, 2, force=True))
    assert not documents(store)


def test_other_files_are_passed_over(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    fill(store)
    (tmp_path / "README").write_text("mine")
    with pytest.warns(UserWarning, match="README"):
        apply(plan(StorePath(store), StorePath(store), remove_v2=True))
    assert (tmp_path / "README").read_text() == "mine"
    assert plan_of_removal(StorePath(store), 3, force=True).removed_before == tuple(sorted(V3, key=lambda k: (k.count("/"), k)))  # fmt: skip


def _buffer(document: dict[str, Any]) -> Any:
    return zarr.core.buffer.default_buffer_prototype().buffer.from_bytes(json.dumps(document).encode())
