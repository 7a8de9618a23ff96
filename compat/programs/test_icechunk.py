"""Icechunk's store under arrays and groups: write, commit, go back, share out over sessions."""

from __future__ import annotations

from pathlib import Path

import icechunk
import numpy as np
import pytest
from icechunk import Repository

import zarr


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return Repository.create(icechunk.local_filesystem_storage(str(tmp_path / "repo")))


def test_commit_and_read_back(repo: Repository) -> None:
    session = repo.writable_session("main")
    root = zarr.create_group(session.store, attributes={"n": 1})
    data = np.arange(100).reshape(10, 10)
    root.create_array("a/b", data=data, chunks=(3, 4))
    snapshot = session.commit("first")
    found = zarr.open_group(repo.readonly_session("main").store, mode="r")
    assert dict(found.attrs) == {"n": 1}
    np.testing.assert_array_equal(found["a/b"][:], data)
    found = zarr.open_array(repo.readonly_session(snapshot_id=snapshot).store, path="a/b", mode="r")
    np.testing.assert_array_equal(found[2:7, ::3], data[2:7, ::3])


def test_old_snapshot_keeps_its_values(repo: Repository) -> None:
    session = repo.writable_session("main")
    a = zarr.create_array(session.store, data=np.zeros(10), chunks=5)
    before = session.commit("zeros")
    session = repo.writable_session("main")
    a = zarr.open_array(session.store)
    a[3:7] = 1
    a.append(np.full(4, 2.0))
    session.commit("ones")
    old = zarr.open_array(repo.readonly_session(snapshot_id=before).store, mode="r")
    new = zarr.open_array(repo.readonly_session("main").store, mode="r")
    np.testing.assert_array_equal(old[:], np.zeros(10))
    np.testing.assert_array_equal(new[:], [0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 2, 2, 2, 2])


def test_shards(repo: Repository) -> None:
    session = repo.writable_session("main")
    data = np.random.default_rng(0).integers(0, 99, (40, 40))
    z = zarr.create_array(
        session.store, name="s", shape=data.shape, dtype=data.dtype, chunks=(5, 5), shards=(20, 20)
    )
    z[:] = data
    z[3:33, 7:9] = -1
    data[3:33, 7:9] = -1
    session.commit("shards")
    found = zarr.open_array(repo.readonly_session("main").store, path="s", mode="r")
    np.testing.assert_array_equal(found[:], data)
    np.testing.assert_array_equal(found[19:22, 4], data[19:22, 4])


def test_groups_are_listed_and_deleted(repo: Repository) -> None:
    session = repo.writable_session("main")
    root = zarr.create_group(session.store)
    for name in ("x", "y/z"):
        root.create_array(name, data=np.arange(3))
    assert sorted(root.keys()) == ["x", "y"]
    assert sorted(name for name, _ in root.members(max_depth=None)) == ["x", "y", "y/z"]
    del root["y/z"]
    session.commit("less")
    found = zarr.open_group(repo.readonly_session("main").store, mode="r")
    assert sorted(name for name, _ in found.members(max_depth=None)) == ["x", "y"]


def test_writing_without_a_writable_session_is_refused(repo: Repository) -> None:
    session = repo.writable_session("main")
    zarr.create_array(session.store, data=np.arange(3))
    session.commit("a")
    found = zarr.open_array(repo.readonly_session("main").store, mode="r")
    with pytest.raises(Exception, match="read-only"):
        found[0] = 1


async def test_awaited_on_the_callers_loop(repo: Repository) -> None:
    session = repo.writable_session("main")
    data = np.arange(12).reshape(3, 4)
    a = await zarr.api.asynchronous.create_array(session.store, name="a", data=data, chunks=(2, 2))
    np.testing.assert_array_equal(await a.getitem((slice(1, 3), 2)), data[1:3, 2])
