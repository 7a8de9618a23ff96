"""What a LocalStore's listings pass over: files of unfinished writes, and what is neither file nor directory.

Links are not followed, so that nothing outside of the store is ever named here or deleted.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from zarr.abc.store import Hidden
from zarr.core.keys import is_temporary

__all__ = ["hidden_below"]


def hidden_below(base: str, prefix: str) -> Iterator[Hidden]:
    """All below a directory of the store; ``base`` and ``prefix`` end with a slash, or the prefix is empty."""
    todo = [prefix]
    while todo:
        here = todo.pop()
        try:
            with os.scandir(base + here) as entries:
                found = list(entries)
        except (FileNotFoundError, NotADirectoryError):
            continue
        for entry in found:
            name = here + entry.name
            try:
                status = entry.stat(follow_symlinks=False)
                if is_temporary(entry.name):
                    yield Hidden(name, True, _size_of(entry.path, status), status.st_mtime)
                elif stat.S_ISDIR(status.st_mode):
                    todo.append(f"{name}/")
                elif not (entry.is_file() or entry.is_dir()):
                    yield Hidden(name, False, 0, status.st_mtime)
            except FileNotFoundError:  # its writer has finished meanwhile
                continue


def _size_of(path: str, status: os.stat_result) -> int:
    """The bytes of a file, or of all files below a directory."""
    if not stat.S_ISDIR(status.st_mode):
        return status.st_size
    total = 0
    for above, _, names in os.walk(path):
        for name in names:
            try:
                total += os.lstat(os.path.join(above, name)).st_size
            except FileNotFoundError:
                continue
    return total
