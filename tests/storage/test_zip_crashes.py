"""ZipStore where it is killed or a call fails: the archive is the old one, the new one, or reported and recoverable."""

from __future__ import annotations

import errno
import io
import os
import random
import signal
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.core.buffer import cpu
from zarr.storage import ZipStore
from zarr.storage._zip import _archive, _file


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


def content(target: Any) -> dict[str, bytes]:
    store = ZipStore(target)
    return {key: store.get_sync(key).to_bytes() for key in store.keys_sync()}  # type: ignore[union-attr]


class Log:
    """A store, and what it held after each of its changes."""

    def __init__(self, store: ZipStore, states: dict[str, bytes]) -> None:
        self.store = store
        self.states = [dict(states)]

    def set(self, key: str, value: bytes) -> None:
        self.store.set_sync(key, buffer(value))
        self.states.append({**self.states[-1], key: value})

    def delete(self, prefix: str) -> None:
        self.store.delete_dir_sync(prefix)
        self.states.append({k: v for k, v in self.states[-1].items() if not k.startswith(f"{prefix}/")})


def change(log: Log) -> None:
    """A new array in place of an old one: an old chunk beside new metadata would be wrong data."""
    log.delete("a")
    log.set("a/zarr.json", b'{"new": 1}')
    log.set("a/c/0", b"new chunk")
    log.set("b", b"")
    log.set("a/c/0", b"newer chunk")


OLD = {"zarr.json": b"{}", "a/zarr.json": b'{"old": 1}', "a/c/0": b"old chunk 0", "a/c/1": b"old chunk 1"}


def old_archive(path: Path, made_by: str) -> None:
    if made_by == "us":
        with ZipStore(path, mode="w") as store:
            for key, value in OLD.items():
                store.set_sync(key, buffer(value))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.comment = b"with a remark"
            for key, value in OLD.items():
                archive.writestr(key, value)


@pytest.mark.parametrize("old", ["none", "us", "another"])
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_killed_after_any_byte(
    tmp_path: Path, old: str, compression: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is a log, so every kill leaves a beginning of what is written in the end."""
    monkeypatch.setattr(_archive.Archive, "_is_wasteful", lambda self: False)
    path, cut = tmp_path / "a.zip", tmp_path / "cut.zip"
    if old != "none":
        old_archive(path, old)
    start = path.stat().st_size if old != "none" else 0
    log = Log(ZipStore(path, mode="a", compression=compression), OLD if old != "none" else {})
    change(log)
    log.store.close()
    whole = path.read_bytes()
    assert content(path) == log.states[-1]
    recovered = []
    for end in range(start, len(whole) + 1):
        cut.write_bytes(whole[:end])
        if end in (start, len(whole)) and end:
            assert content(cut) == log.states[0 if end == start else -1]
        else:
            with pytest.raises(zipfile.BadZipFile, match="ZipStore.recover"):
                content(cut)
            if end:  # an empty file is no archive to be damaged
                with pytest.raises(zipfile.BadZipFile, match="ZipStore.recover"):
                    ZipStore(cut, mode="a").set_sync("k", buffer(b""))
            assert cut.stat().st_size == end
        try:
            count = ZipStore.recover(cut)
        except zipfile.BadZipFile:
            assert old == "none"
            assert not recovered
            continue
        state = content(cut)
        assert count == len(state)
        position = log.states.index(state)  # that of one moment, and never a mixture
        assert not recovered or recovered[-1] <= position
        recovered.append(position)
        with zipfile.ZipFile(cut) as archive:
            assert archive.testzip() is None
            assert sorted(archive.namelist()) == sorted(state)
        before = cut.read_bytes()
        assert ZipStore.recover(cut) == count
        assert cut.read_bytes() == before
    assert recovered[-1] == len(log.states) - 1
    assert set(recovered) >= set(range(2, len(log.states)))


def test_what_was_flushed_is_the_least_that_is_recovered(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    store = ZipStore(path, mode="w")
    store.set_sync("a", buffer(b"1"))
    store.flush()
    flushed = path.read_bytes()
    assert content(io.BytesIO(flushed)) == {"a": b"1"}
    store.set_sync("b", buffer(b"2" * 100))
    torn = path.read_bytes()[:-50]
    (tmp_path / "torn.zip").write_bytes(torn)
    assert ZipStore.recover(tmp_path / "torn.zip") == 1
    assert content(tmp_path / "torn.zip") == {"a": b"1"}
    assert (tmp_path / "torn.zip").read_bytes() == flushed
    with pytest.raises(FileNotFoundError):
        ZipStore.recover(tmp_path / "none.zip")
    assert not (tmp_path / "none.zip").exists()


def test_bytes_that_look_like_an_end_are_not_taken_for_one(tmp_path: Path) -> None:
    """A value that is an archive, and a killed writer."""
    inner = io.BytesIO()
    with ZipStore(inner, mode="w") as store:
        store.set_sync("inner", buffer(b"no"))
    path = tmp_path / "a.zip"
    with ZipStore(path, mode="w") as store:
        store.set_sync("a", buffer(b"1"))
    log = ZipStore(path, mode="a")
    log.set_sync("archive", buffer(inner.getvalue()))
    log.set_sync("ends", buffer(b"PK\5\6" * 30 + b"PK\3\4" * 30))
    data = path.read_bytes()
    log.close()
    path.write_bytes(data)
    assert ZipStore.recover(path) == 3
    assert content(path) == {"a": b"1", "archive": inner.getvalue(), "ends": b"PK\5\6" * 30 + b"PK\3\4" * 30}


def test_recovers_what_another_program_left(tmp_path: Path) -> None:
    """The standard library writes over the old directory; the values before it are whole."""
    path = tmp_path / "a.zip"
    values = {f"c/{i}": os.urandom(100) + bytes(100) for i in range(5)}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("c/", b"")
        for key, value in values.items():
            archive.writestr(key, value)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"PK\1\2") - 20])
    assert ZipStore.recover(path) == 4
    assert content(path) == {key: values[key] for key in list(values)[:4]}


def vanish(store: ZipStore) -> None:
    """As if the process had been killed: nothing more is written."""
    archive = store._place._archive
    if archive is not None:
        archive._owner = -1
        archive._file.release()


class Disk:
    """Fails or kills at the n-th call that changes a file."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, nth: int, *, killed: bool, part: bool) -> None:
        self.calls = 0
        self.nth = nth
        self.killed = killed
        self.part = part
        for name in ("pwrite", "ftruncate", "fsync", "replace", "unlink"):
            monkeypatch.setattr(_file.os, name, self.wrapped(getattr(os, name)), raising=True)

    def wrapped(self, function: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            if self.calls == self.nth or (self.killed and self.calls > self.nth):
                if self.part and function.__name__ == "pwrite" and self.calls == self.nth:
                    function(args[0], args[1][: len(args[1]) // 2], args[2])
                raise OSError(errno.ENOSPC, "no space left on the device")
            return function(*args, **kwargs)

        return call


@pytest.mark.parametrize("part", [False, True])
@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("old", ["none", "us"])
def test_any_call_fails(tmp_path: Path, old: str, killed: bool, part: bool) -> None:
    """Fails once: what was acknowledged is there. Fails from then on, as if killed: old, new or reported."""
    nth = outcomes = 0
    while True:
        nth += 1
        path = tmp_path / f"{nth}.zip"
        if old != "none":
            old_archive(path, old)
        with pytest.MonkeyPatch.context() as monkeypatch:
            disk = Disk(monkeypatch, nth, killed=killed, part=part)
            store = ZipStore(path, mode="a")
            log = Log(store, OLD if old != "none" else {})
            failed = False
            for step in (
                lambda log=log: log.delete("a"),
                lambda log=log: log.set("a/zarr.json", b'{"new": 1}'),
                lambda log=log: log.set("a/c/0", b"new chunk"),
                lambda log=log: log.set("a/c/0", b"newer chunk"),
            ):
                try:
                    step()
                except OSError:
                    failed = True
                    if killed:
                        break
                assert all(store.get_sync(k) == buffer(v) for k, v in log.states[-1].items())
                assert sorted(store.keys_sync()) == sorted(log.states[-1])
            try:
                store.close()
            except OSError:
                failed = True
                if not killed:
                    store.close()  # again, and this time it works
        if killed:
            vanish(store)
        if not killed:
            assert content(path) == log.states[-1]
        else:
            try:
                assert content(path) in log.states
            except zipfile.BadZipFile:
                outcomes += 1
                try:
                    ZipStore.recover(path)
                    assert content(path) in log.states
                except zipfile.BadZipFile:
                    assert old == "none"
        if not killed:
            assert not [name for name in os.listdir(tmp_path) if name.startswith("__zt")]
        for name in os.listdir(tmp_path):
            if name.startswith("__zt"):
                os.unlink(tmp_path / name)
        if not failed and disk.calls < nth:
            break
    assert nth > 10
    assert outcomes > 0 or not killed


def test_random_kills(tmp_path: Path) -> None:
    """A process is killed while it writes; everything that it acknowledged is recovered."""
    code = (
        "import sys\nfrom zarr.core.buffer import cpu\nfrom zarr.storage import ZipStore\n"
        "store = ZipStore(sys.argv[1], mode='a')\ni = 0\n"
        "while True:\n"
        "    store.set_sync(f'c/{i}', cpu.Buffer.from_bytes(bytes([i % 256]) * 5000))\n"
        "    if i % 7 == 6: store.delete_sync(f'c/{i - 1}')\n"
        "    if i % 10 == 9: store.flush()\n"
        "    print(i, flush=True)\n    i += 1\n"
    )
    chance = random.Random(3)
    for round_ in range(6):
        path = tmp_path / f"{round_}.zip"
        process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(chance.randint(3, 60)):
            last = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split()
        process.wait()
        process.stdout.close()
        last = int(rest[-1]) if rest else last
        ZipStore.recover(path)
        found = content(path)
        for i in range(last + 1):
            if i % 7 == 5 and i < last:
                assert f"c/{i}" not in found
            elif i % 7 != 5:
                assert found[f"c/{i}"] == bytes([i % 256]) * 5000


def test_array_recovered(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    store = ZipStore(path, mode="w")
    array = zarr.create_array(store, shape=100, chunks=10, dtype="i4", attributes={"a": 1})
    array[:] = np.arange(100)
    array.attrs["b"] = 2
    killed = path.read_bytes()
    store.close()
    path.write_bytes(killed)
    with pytest.raises(zipfile.BadZipFile):
        zarr.open_array(ZipStore(path))
    ZipStore.recover(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = zarr.open_array(ZipStore(path))
    np.testing.assert_array_equal(again[:], np.arange(100))
    assert dict(again.attrs) == {"a": 1, "b": 2}
