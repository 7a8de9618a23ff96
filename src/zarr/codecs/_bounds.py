"""How many bytes may come out of a compressor where the metadata do not tell, as with strings of any length."""

from __future__ import annotations

from zarr.core.config import settings

__all__ = ["check_unsized", "most_unsized"]

_NAME = "limits.variable_chunk_bytes"


def most_unsized() -> int | None:
    """The most bytes; None for any number."""
    most: int | None = settings.get(_NAME)
    return most


def check_unsized(size: int) -> None:
    """ValueError if so many bytes are too many."""
    most = most_unsized()
    if most is not None and size > most:
        raise ValueError(f"{size} bytes or more are too many: zarr.config has the limit, {_NAME} = {most}")
