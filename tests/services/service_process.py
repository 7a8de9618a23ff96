"""Starting a service on a free port of loopback, and where what had to be installed for it is kept."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

GUARD = Path(__file__).with_name("service_guard.py")
START_SECONDS = 60.0
TRIES = 3


class ServiceFailed(Exception):
    """A service could not be installed or started; the message says what to do."""


def cache_folder() -> Path:
    """Where installed services are kept from run to run."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zarr-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def installed(name: str, install: Callable[[Path], None]) -> Path:
    """The folder ``name`` of the cache, made by ``install`` if it is not there.

    It is made beside and then renamed, so that it is whole, and of two runs at once the first one wins.
    """
    folder = cache_folder() / name
    if not folder.exists():
        building = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder.parent))
        try:
            install(building)
            building.rename(folder)
        except OSError:
            if not folder.exists():
                raise
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return folder


def call(command: list[str], folder: Path, advice: str) -> str:
    """The output of an installing command; ServiceFailed, with what it said and the advice, if it fails."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise ServiceFailed(f"{' '.join(command)}: {error}. {advice}") from error
    if done.returncode:
        raise ServiceFailed(f"{' '.join(command)} failed: {(done.stderr or done.stdout)[-2000:]}\n{advice}")
    return done.stdout


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@contextmanager
def running(command: Callable[[int], list[str]], log: Path) -> Iterator[int]:
    """Run ``command(port)`` for the length of the context; the port, on which it then listens."""
    for _ in range(TRIES):  # somebody else may take the port first
        port = free_port()
        with log.open("ab") as output:
            guard = subprocess.Popen(
                [sys.executable, str(GUARD), *command(port)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for the tests, which then end the service
            )
        try:
            if _answers(guard, port):
                yield port
                return
        finally:
            guard.communicate()  # closes its input, which ends the service
    tail = log.read_text(errors="replace")[-2000:]
    raise ServiceFailed(f"the service did not start: {' '.join(command(port))}\n{tail}")


def _answers(guard: subprocess.Popen[bytes], port: int) -> bool:
    end = time.monotonic() + START_SECONDS
    while guard.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def serve(service: AbstractContextManager[T]) -> Iterator[T]:
    """The service; where it cannot be had the test fails, and says what to install."""
    try:
        with service as running:
            yield running
    except ServiceFailed as error:
        pytest.fail(str(error), pytrace=False)
