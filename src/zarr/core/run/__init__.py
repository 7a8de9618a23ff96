"""How code is run. Every algorithm is one coroutine; this room drives it inline, on a loop, on the pool.

    inline       on the caller's own thread, without an event loop, where nothing ever waits
    on a loop    where a store really waits: the caller's loop, or one in the background
    on the pool  chunks shared out over threads; the calling thread works too

``asyncio`` and threads appear here and in the stores that really wait, nowhere else.
"""

from typing import TYPE_CHECKING

from zarr.core import names_of
from zarr.core.run.inline import is_inline, run, settle, to_loop
from zarr.core.run.loop import on_loop
from zarr.core.run.many import collect, gather
from zarr.core.run.pool import ask, call, share_out
from zarr.core.run.twins import blocking, blocking_iterator, blocking_method, blocking_property

if TYPE_CHECKING:
    from zarr.core.run.locks import key_lock
else:
    __getattr__, __dir__ = names_of(__name__, {"locks": "key_lock"})

__all__ = [
    "ask",
    "blocking",
    "blocking_iterator",
    "blocking_method",
    "blocking_property",
    "call",
    "collect",
    "gather",
    "is_inline",
    "key_lock",
    "on_loop",
    "run",
    "settle",
    "share_out",
    "to_loop",
]
