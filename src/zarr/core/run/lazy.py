"""asyncio and concurrent.futures, loaded when first used: a third of what ``import zarr`` would take."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from zarr.core import later

if TYPE_CHECKING:
    import asyncio as asyncio
    from concurrent import futures as futures
else:
    asyncio = later("asyncio")
    futures = later("concurrent.futures")

__all__ = ["asyncio", "futures", "running_loop"]


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The loop that runs on this thread; there is none as long as nobody has loaded asyncio."""
    events: Any = sys.modules.get("asyncio.events")
    try:
        return None if events is None else events._get_running_loop()
    except AttributeError:  # another thread is about to load it
        return None
