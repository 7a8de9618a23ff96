"""Runs a command until standard input ends: ``python service_guard.py COMMAND ...``.

The test run holds the other end of the pipe, so that a service ends with it, however it ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading

PATIENCE_SECONDS = 5.0


def main() -> None:
    service = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)

    def follow() -> None:
        os._exit(min(abs(service.wait()), 255))

    threading.Thread(target=follow, daemon=True).start()
    sys.stdin.buffer.read()
    service.terminate()
    try:
        service.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        service.kill()


if __name__ == "__main__":
    main()
