"""Services end with the test run, however it ends; those that cannot be had are failures that say what to do."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from service_process import ServiceFailed, call, installed, running, serve

SERVICE = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1"]


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_service_ends_with_its_context(tmp_path: Path) -> None:
    with running(lambda port: [*SERVICE, str(port)], tmp_path / "log") as port:
        assert answers(port)
    assert not answers(port)


def test_service_ends_when_the_tests_are_killed(tmp_path: Path) -> None:
    program = f"""if True:
        import os, pathlib, signal, service_process
        service = lambda port: {SERVICE!r} + [str(port)]
        with service_process.running(service, pathlib.Path({str(tmp_path / "log")!r})) as port:
            print(port, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    folder = Path(__file__).parent
    killed = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True)
    assert killed.returncode != 0
    port, end = int(killed.stdout), time.monotonic() + 10
    while answers(port):
        assert time.monotonic() < end, "the service goes on without the tests"
        time.sleep(0.05)


def test_service_that_does_not_start(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('there is no such database')"]
    with (
        pytest.raises(ServiceFailed, match="there is no such database"),
        running(lambda port: command, tmp_path / "log"),
    ):
        pass


def test_what_cannot_be_installed_fails_and_says_what_to_do(tmp_path: Path) -> None:
    @contextmanager
    def service() -> Iterator[None]:
        call([sys.executable, "-c", "raise SystemExit('no network')"], tmp_path, "Install it by hand.")
        yield

    with pytest.raises(pytest.fail.Exception, match=r"no network\s+Install it by hand\."):
        next(serve(service()))
    with pytest.raises(ServiceFailed, match=r"Install it by hand\."):
        call([str(tmp_path / "no-such-installer")], tmp_path, "Install it by hand.")


def test_installed_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def half(into: Path) -> None:
        (into / "part").touch()
        raise ServiceFailed("no network")

    with pytest.raises(ServiceFailed):
        installed("service", half)
    assert list((tmp_path / "zarr-tests").iterdir()) == []
    folder = installed("service", lambda into: (into / "program").touch())
    assert installed("service", half) == folder
    assert [path.name for path in folder.iterdir()] == ["program"]
