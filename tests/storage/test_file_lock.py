"""Locks on files that are replaced: what they keep out, and what happens where there are none."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.errors import ZarrRuntimeWarning
from zarr.storage import LocalStore, MemoryStore, WrapperStore, _file_lock
from zarr.storage._file_lock import FileLock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks on Windows")


def opened() -> set[str]:
    return set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else set()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with FileLock(str(tmp_path / "a")) as there:
        assert there is False
    with FileLock(str(tmp_path / "a" / "b")) as there:
        assert there is False
    (tmp_path / "f").write_bytes(b"")
    with FileLock(str(tmp_path / "f" / "b")) as there:
        assert there is False


def test_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    before = opened()
    for _ in range(3):
        with FileLock(str(tmp_path / "a")) as there:
            assert there is True
    assert opened() == before
    assert os.listdir(tmp_path) == ["a"]


def test_who_waits_gets_the_file_that_is_there_then(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"1")
    held = []

    def wait() -> None:
        with FileLock(str(path)):
            held.append(path.read_bytes())

    waiting = threading.Thread(target=wait)
    with FileLock(str(path)):
        waiting.start()
        time.sleep(0.1)
        assert not held
        (tmp_path / "b").write_bytes(b"2")
        os.replace(tmp_path / "b", path)
        with FileLock(str(path)):  # the new one is free, and is not the one that is waited for
            time.sleep(0.05)
            assert not held
    waiting.join()
    assert held == [b"2"]


def test_who_waits_finds_that_the_file_went_away(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"1")
    found: list[Any] = []

    def wait() -> None:
        with FileLock(str(path)) as there:
            found.append(there)

    waiting = threading.Thread(target=wait)
    with FileLock(str(path)):
        waiting.start()
        time.sleep(0.1)
        path.unlink()
    waiting.join()
    assert found == [False]


def test_the_lock_of_a_process_that_dies_is_free(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"1")
    code = (
        "import sys, time; from zarr.storage._file_lock import FileLock\n"
        "with FileLock(sys.argv[1]): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        begun = threading.Event()

        def wait() -> None:
            with FileLock(str(path)):
                begun.set()

        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not begun.wait(0.2)
        process.kill()
        assert begun.wait(30)
        waiting.join()


def test_a_file_system_that_locks_what_is_open_for_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"1")
    real = _file_lock._flock
    modes = []

    def flock(fd: int) -> None:
        import fcntl

        mode = fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE
        modes.append(mode)
        if mode == os.O_RDONLY:
            raise OSError(errno.EBADF, "bad")
        real(fd)

    monkeypatch.setattr(_file_lock, "_flock", flock)
    before = opened()
    with FileLock(str(tmp_path / "a")) as there:
        assert there is True
    assert modes == [os.O_RDONLY, os.O_RDWR]
    assert opened() == before


def test_no_locks_on_this_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(fd: int) -> None:
        raise OSError(errno.ENOLCK, "none")

    monkeypatch.setattr(_file_lock, "_flock", flock)
    array = zarr.create_array(tmp_path, data=np.arange(10), chunks=10)
    before = opened()
    with pytest.warns(ZarrRuntimeWarning, match=r"c/0 cannot be locked .* local\.locks"):
        array[3] = 7
    assert array[3] == 7
    assert opened() == before
    with zarr.config.set({"local.locks": False}):
        array[4] = 8
    assert array[4] == 8


def test_an_error_lets_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"1")

    def flock(fd: int) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(_file_lock, "_flock", flock)
    before = opened()
    with pytest.raises(OSError, match="broken"), FileLock(str(tmp_path / "a")):
        pass
    assert opened() == before


def test_which_stores_have_them(tmp_path: Path) -> None:
    local = LocalStore(tmp_path)
    assert isinstance(local._exclusion("a"), FileLock)
    assert isinstance(WrapperStore(local)._exclusion("a"), FileLock)
    assert MemoryStore()._exclusion("a") is None
    with zarr.config.set({"local.locks": False}):
        assert local._exclusion("a") is None


@pytest.mark.parametrize("waits", [False, True])
def test_a_chunk_that_another_makes_meanwhile(tmp_path: Path, waits: bool) -> None:
    """A chunk that was not there has no lock: what is patched then must not replace one that was made since."""
    root = tmp_path / "a"

    class Slow(WrapperStore[LocalStore]):
        _suspends = waits
        left = 1

        def _meddle(self) -> None:
            if self.left:
                self.left -= 1
                zarr.open_array(root)[5:] = 9

        def get_sync(self, key: str, **options: Any) -> Any:
            value = super().get_sync(key, **options)
            if key == "c/0":
                self._meddle()
            return value

        async def get(self, key: str, *args: Any) -> Any:
            value = await super().get(key, *args)
            if key == "c/0":
                other = threading.Thread(target=self._meddle)
                other.start()
                other.join()
            return value

    zarr.create_array(root, shape=10, chunks=10, dtype="i4")
    (tmp_path / "b").symlink_to(root)  # another name, so that only the files keep them apart
    zarr.open_array(Slow(LocalStore(tmp_path / "b")))[:5] = 4
    np.testing.assert_array_equal(zarr.open_array(root)[...], [4] * 5 + [9] * 5)
