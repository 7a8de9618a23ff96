"""Ctrl-C in the middle of a blocking call: it stops soon, and nothing goes on behind its back."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from run_stores import HANG_SECONDS, start_script

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise on this system")

COMMON = """
import faulthandler
faulthandler.enable()
import asyncio, os, signal, sys, threading, time
import numpy as np
import zarr
from run_stores import HANG_SECONDS, WaitingStore
from zarr.core import run
from zarr.core.sync import sync
from zarr.storage import LocalStore, WrapperStore

signal.signal(signal.SIGINT, signal.default_int_handler)
zarr.config.set({"threading.max_workers": 3})

def interrupted(function):
    "Whether the call ends by KeyboardInterrupt, in the main thread."
    assert threading.current_thread() is threading.main_thread()
    try:
        function()
    except KeyboardInterrupt:
        return True
    return False

def ready():
    print("ready", flush=True)
"""

WAITING = """
class Store(WaitingStore):
    async def get(self, key, *args, **kwargs):
        if key.startswith("c/"):
            self.seconds = HANG_SECONDS
            ready()
        return await super().get(key, *args, **kwargs)

store = Store()
array = zarr.create_array(store, data=np.arange(40), chunks=10)
assert interrupted(lambda: array[:])
assert store.running == 0
assert store.cancelled == 4, store.cancelled
store.seconds = 0
assert zarr.open_array(store, mode="r+").shape == (40,)  # the loop lives on
"""

WAITING_WRITE = """
class Store(WaitingStore):
    written = 0

    async def set(self, key, value):
        if key.startswith("c/"):
            self.written += 1
            if self.written == 20:
                ready()
            await asyncio.sleep(0.001)
        await super().set(key, value)

store = Store()
array = zarr.create_array(store, shape=1_000_000, dtype="i4", chunks=10)
assert interrupted(lambda: array.__setitem__(slice(None), 1))
before = len(store.values)
time.sleep(0.05)
assert len(store.values) == before < 100_000
"""

BELOW_A_LOOP = """
class Store(WaitingStore):
    async def get(self, key, *args, **kwargs):
        if key.startswith("c/"):
            self.seconds = HANG_SECONDS
            ready()
        return await super().get(key, *args, **kwargs)

store = Store()
array = zarr.create_array(store, data=np.arange(40), chunks=40)

def below():
    loop = asyncio.new_event_loop()
    async def main():
        array[:]
    try:
        loop.run_until_complete(main())
    finally:
        loop.close()

assert interrupted(below)
assert store.running == 0 and store.cancelled == 1
"""

POOL = """
class Store(LocalStore):
    running = 0
    begun = 0
    lock = threading.Lock()

    def set_sync(self, key, value):
        if not key.startswith("c/"):
            return super().set_sync(key, value)
        with self.lock:
            self.running += 1
            self.begun += 1
            if self.begun == 20:
                ready()
        time.sleep(0.002)
        super().set_sync(key, value)
        with self.lock:
            self.running -= 1

store = Store(sys.argv[1])
array = zarr.create_array(store, shape=(20_000, 8192), dtype="i4", chunks=(1, 8192), compressors=None)
"""

POOL_BLOCKING = (
    POOL
    + """
assert interrupted(lambda: array.__setitem__(slice(None), 1))
# the interrupt may have come between the two lines of one call on this thread
assert store.running <= 1, store.running
before = store.begun
time.sleep(0.05)
assert store.begun == before < 20_000
"""
)

POOL_AWAITED = (
    POOL
    + """
async def main():
    await array.async_array.setitem(slice(None), 1)

assert interrupted(lambda: asyncio.run(main()))
assert store.running == 0, store.running
before = store.begun
time.sleep(0.05)
assert store.begun == before < 20_000
"""
)

HELPERS_ONLY = """
main_done = threading.Event()
running = []

def work(i):
    if threading.current_thread() is threading.main_thread():
        while not running:
            time.sleep(0.001)
        main_done.set()
        return
    running.append(i)
    main_done.wait(60)
    threading.Timer(0.05, ready).start()
    time.sleep(0.3)
    running.remove(i)

# this thread has nothing left to do and waits for a helper
assert interrupted(lambda: run.share_out(work, range(2), 2))
assert running == []
"""

STUBBORN = """
from zarr.core.run import loop
loop.CANCEL_GRACE_SECONDS = 0.05
loop.STOP_GRACE_SECONDS = 0.05

async def stubborn():
    ready()
    while True:
        try:
            await asyncio.sleep(HANG_SECONDS)
        except asyncio.CancelledError:
            pass

assert interrupted(lambda: sync(stubborn()))
"""


def run_and_interrupt(script: str, *args: object) -> tuple[int, str]:
    """Exit status and errors of a script that is interrupted when it says that it is ready."""
    with start_script(COMMON + script, *args) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if line.startswith("ready"):
                process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=HANG_SECONDS / 2)  # less than what the calls wait for
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)
            pytest.fail(f"it does not stop:\n{process.communicate()[1]}")
        finally:
            process.kill()
    return process.returncode, err


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(WAITING, id="read of a waiting store"),
        pytest.param(WAITING_WRITE, id="write to a waiting store"),
        pytest.param(BELOW_A_LOOP, id="below a running loop"),
        pytest.param(POOL_BLOCKING, id="write in the pool"),
        pytest.param(POOL_AWAITED, id="awaited write in the pool"),
        pytest.param(HELPERS_ONLY, id="while helpers end"),
        pytest.param(STUBBORN, id="an operation that cannot be cancelled"),
    ],
)
def test_ctrl_c_stops_it(script: str, tmp_path: Path) -> None:
    status, err = run_and_interrupt(script, tmp_path / "array")
    assert status == 0, err


def test_ctrl_c_ends_a_script_as_python_does(tmp_path: Path) -> None:
    script = WAITING.replace("assert interrupted(lambda: array[:])", "array[:]")
    status, err = run_and_interrupt(script, tmp_path)
    assert status in (-signal.SIGINT, 130), err
    assert err.rstrip().endswith("KeyboardInterrupt")
    assert "array[:]" in err or '"<string>"' in err
