"""After os.fork: the child makes its own loop, pool and locks, whatever the parent was doing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from run_stores import run_script

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

COMMON = """
import asyncio, os, sys, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # of fork in a process with threads
import numpy as np
import zarr
from run_stores import WaitingStore
from zarr.core import run
from zarr.core.sync import _get_executor, _get_loop, sync

DATA = np.arange(200_000, dtype="i4")
zarr.config.set({"threading.max_workers": 3})
waiting = zarr.create_array(WaitingStore(), data=DATA, chunks=20_000)
local = zarr.create_array(sys.argv[1], data=DATA, chunks=20_000)

def use():
    assert local[0] == waiting[0] == DATA[0]
    for store in (f"{sys.argv[1]}-{os.getpid()}", WaitingStore()):
        array = zarr.create_array(store, data=DATA, chunks=20_000, overwrite=True)
        array[:] = DATA + 1
        array[5] = 5
        assert array[5] == 5 and array[6] == 7
        array.attrs["pid"] = os.getpid()
        assert zarr.open_array(array.store, mode="r+").attrs["pid"] == os.getpid()
    run.share_out(lambda i: None, range(100), 3)
    with zarr.config.set({"async.concurrency": 3}):
        waiting[:]
    return True

def fork(function):
    "What the function gives in a child, as an exit status: 0 for true."
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if function() else 1)
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(2)
    for _ in range(3000):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return "hangs"
"""

IDLE = """
use()  # the loop and the pool have been started
assert fork(use) == 0
assert use()
"""

UNUSED = """
from zarr.core.run import loop
assert fork(use) == 0
assert use()
"""

TWICE = """
use()
assert fork(lambda: use() and fork(use) == 0 and use()) == 0
"""

BUSY = """
stop = threading.Event()

def load():
    while not stop.is_set():
        waiting[:]
        local[:] = DATA

threads = [threading.Thread(target=load) for _ in range(4)]
for thread in threads:
    thread.start()
results = [fork(use) for _ in range(8)]
stop.set()
for thread in threads:
    thread.join(30)
assert results == [0] * 8, results
assert use()
"""

LOCKS = """
from zarr.core.config import config
from zarr.core.run import locks, loop, pool

use()
held, free = threading.Event(), threading.Event()
ALL = [*locks._locks, loop._lock, pool._lock, config.config_lock]

def hold():
    for lock in ALL:
        lock.acquire()
    held.set()
    free.wait(60)
    for lock in ALL:
        lock.release()

thread = threading.Thread(target=hold)
thread.start()
held.wait(60)
status = fork(use)
free.set()
thread.join()
assert status == 0, status
assert use()
"""

IN_A_COROUTINE = """
async def main():
    task = asyncio.create_task(waiting.async_array.getitem(...))
    await asyncio.sleep(0)
    status = fork(use)
    np.testing.assert_array_equal(await task, DATA)
    return status

assert asyncio.run(main()) == 0
assert use()
"""

IN_THE_POOL = """
results = []
sync(run.call(lambda: results.append(fork(use))))
assert results == [0], results
assert use()
"""

MULTIPROCESSING = """
import multiprocessing

def read(i):
    return int(waiting[i] + local[i])

use()
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(read, range(50, 60)) == [2 * i for i in range(50, 60)]
assert use()
"""

NORMAL_EXIT = """
use()
pid = os.fork()
if pid == 0:
    use()
    sys.exit(0)  # with all that runs at exit
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
assert use()
"""


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(IDLE, id="idle"),
        pytest.param(UNUSED, id="nothing started yet"),
        pytest.param(TWICE, id="a child of a child"),
        pytest.param(BUSY, id="loop and pool busy"),
        pytest.param(LOCKS, id="all locks held"),
        pytest.param(IN_A_COROUTINE, id="in a coroutine"),
        pytest.param(IN_THE_POOL, id="in a thread of the pool"),
        pytest.param(MULTIPROCESSING, id="multiprocessing"),
        pytest.param(NORMAL_EXIT, id="a child that exits normally"),
    ],
)
def test_a_forked_child_works(script: str, tmp_path: Path) -> None:
    done = run_script(COMMON + script, tmp_path / "array")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


WHILE_LOADING = """
import pathlib
from zarr.core import loading

slow = pathlib.Path(sys.argv[1] + "_modules")
slow.mkdir()
(slow / "slow_to_load.py").write_text("import time\\nstarted = True\\ntime.sleep(0.5)\\ndone = True\\n")
sys.path.insert(0, str(slow))
thread = threading.Thread(target=loading.load_module, args=["slow_to_load"])
thread.start()
while not hasattr(sys.modules.get("slow_to_load"), "started"):
    time.sleep(0.001)
assert fork(lambda: loading.load_module("slow_to_load").done) == 0
thread.join()
assert not loading._loading and not loading._forking
"""


def test_a_child_can_load_what_another_thread_was_loading(tmp_path: Path) -> None:
    done = run_script(COMMON + WHILE_LOADING, tmp_path / "array")
    assert done.returncode == 0, done.stderr


FIRST_USE = """
import os, sys, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)
import zarr

def use():
    zarr.create_array({}, shape=(4,), dtype="i4")

for _ in range(3):
    threading.Thread(target=use, daemon=True).start()
time.sleep(0.005)
pid = os.fork()
if pid == 0:
    use()
    os._exit(0)
for _ in range(2000):
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        sys.exit(os.waitstatus_to_exitcode(status))
    time.sleep(0.01)
os.kill(pid, 9)
sys.exit("the child hangs")
"""


def test_a_child_can_use_what_other_threads_used_first(tmp_path: Path) -> None:
    for _ in range(3):
        done = run_script(FIRST_USE, tmp_path)
        assert done.returncode == 0, done.stderr
