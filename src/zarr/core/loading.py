"""Loading modules when they are first used: by whichever thread that is, also while another forks.

A child has the thread that forked and no other. A module that another was loading stays locked in it for ever, so a
fork waits until nobody loads, and nobody begins meanwhile.
"""

from __future__ import annotations

import os
import time
from _thread import get_ident
from importlib import import_module
from types import ModuleType

__all__ = ["load_module"]

_STEP_SECONDS = 0.001
_MOST_SECONDS = 10.0
"""After which a fork goes on, whatever others load."""

_loading: dict[int, int] = {}
"""The threads that load modules, and how many each has begun."""
_forking = False


def load_module(name: str) -> ModuleType:
    """The module of this name."""
    me = get_ident()
    depth = _loading.get(me, 0)
    _loading[me] = depth + 1
    while _forking and not depth:
        del _loading[me]
        time.sleep(_STEP_SECONDS)
        _loading[me] = 1
    try:
        return import_module(name)
    finally:
        if depth:
            _loading[me] = depth
        else:
            del _loading[me]


def _before_fork() -> None:
    global _forking
    _forking = True
    me, end = get_ident(), time.monotonic() + _MOST_SECONDS
    while any(thread != me for thread in list(_loading)) and time.monotonic() < end:
        time.sleep(_STEP_SECONDS)


def _after_fork() -> None:
    global _forking
    _forking = False


def _after_fork_in_child() -> None:
    me = get_ident()
    for thread in [thread for thread in _loading if thread != me]:
        del _loading[thread]
    _after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)
