"""Sending a request again when it failed for a passing reason, and saying in errors what was asked of whom.

Only requests that may be sent twice are: reads, whole writes, deletes, listings.
"""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from zarr.core.config import settings
from zarr.core.run.lazy import asyncio

__all__ = ["PASSING_STATUS", "Retries", "named", "send"]

T = TypeVar("T")

PASSING_STATUS = frozenset({408, 429, 500, 502, 503, 504})
"""Answers of a server that may be another one in a moment."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0

clock = time.monotonic


async def sleep(seconds: float) -> None:
    """Wait; tests put a clock of their own here."""
    await asyncio.sleep(seconds)


@dataclass(frozen=True)
class Retries:
    """How often and how long a request is sent again.

    Parameters
    ----------
    attempts
        How many times a request is sent at most; 1 for never again.
    seconds
        No new attempt begins so long after the first.
    """

    attempts: int
    seconds: float

    @classmethod
    def configured(cls) -> Retries:
        """What ``storage.retries`` in the configuration says."""
        return cls(
            int(settings.get("storage.retries.attempts")), float(settings.get("storage.retries.seconds"))
        )

    def pause(self, failures: int) -> float:
        """Seconds to wait after so many failures: longer each time, and by chance, so that clients spread."""
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (failures - 1))
        return random.uniform(longest / 2, longest)


async def send(
    request: Callable[[], Awaitable[T]],
    is_passing: Callable[[Exception], bool],
    retries: Retries | None = None,
) -> T:
    """Await a request, and again after a pause as long as it fails for a passing reason.

    The error of the last attempt is raised; where there were several, it has ``attempts`` in a note.
    """
    began, failures = clock(), 0
    while True:
        try:
            return await request()
        except Exception as error:
            failures += 1
            if not is_passing(error):
                raise
            retries = retries or Retries.configured()
            pause = retries.pause(failures)
            if failures >= retries.attempts or clock() + pause - began > retries.seconds:
                error.__dict__["_attempts"] = failures
                raise
        await sleep(pause)


def named(error: Exception, what: str) -> Exception:
    """An error of the same class whose text begins with ``what``; the same one with a note where no text fits."""
    attempts = error.__dict__.pop("_attempts", 1)
    tried = f" (sent {attempts} times)" if attempts > 1 else ""
    text = str(error).partition("\n\nDebug source:")[0] or type(error).__name__  # obstore says all twice
    if isinstance(error, OSError) and error.errno is not None:
        text = error.strerror or text
    said = f"{what}{tried}: {text}"
    try:
        if isinstance(error, OSError) and error.errno is not None:
            return type(error)(error.errno, said)
        if (new := type(error)(said)).args == (said,) and said in str(new):
            return new
    except Exception:  # the class wants other arguments
        pass
    error.add_note(f"{what}{tried}")
    return error
