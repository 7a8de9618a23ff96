"""Paths of nodes and keys of stores: how they are normalised, and what is refused. Pure.

Keys come out of documents and from strangers; every store lets them through ``check_key`` first.
"""

from __future__ import annotations

import os
import re

__all__ = ["TEMPORARY_PREFIX", "check_key", "is_temporary", "join_path", "normalize_path", "parents_of"]

TEMPORARY_PREFIX = "__zt."
"""Start of the names of our temporary files; format 3 reserves names that start with two underscores."""

# an empty part, also at the ends; a part of one or two dots; a temporary file of ours; NUL; and where a
# backslash or a colon would name another place (Windows), these too
_REFUSED = re.compile(
    r"(?:^|/)(?:/|\.{1,2}(?:/|\Z)|__zt\.)|\x00|\A/|/\Z|\A\Z" + (r"|[\\:]" if os.sep == "\\" else "")
)
_NORMAL = re.compile(r"[\w-]+(?:/[\w-]+)*")
_TEMPORARY = re.compile(rf"\A{re.escape(TEMPORARY_PREFIX)}|\.[0-9a-f]{{32}}\.partial$|\.__lock$")


def check_key(key: str) -> str:
    """The key itself; ValueError if it could name anything outside the store, or a temporary file.

    Refused are: the empty key, empty parts, ``.`` and ``..``, NUL, and names of our temporary files.
    """
    if _REFUSED.search(key) is not None:
        raise ValueError(
            f"{key!r} is no key of a store: a key is made of names joined by '/', none of them empty, '.' or '..', "
            f"without NUL and not starting with {TEMPORARY_PREFIX!r}."
        )
    return key


def is_temporary(name: str) -> bool:
    """Whether a file is a leftover of an unfinished write: ours, Zarr-Python's or tensorstore's."""
    return _TEMPORARY.search(name) is not None


def normalize_path(path: str | bytes | object | None) -> str:
    r"""A node's path without leading, trailing and doubled slashes; ``\`` counts as a slash.

    Raises
    ------
    ValueError
        If a part is ``.`` or ``..``, or there is a NUL (format 2 and 3: node names).
    """
    if path is None or path == "":
        return ""
    if type(path) is str and _NORMAL.fullmatch(path) is not None:  # most are as they should be
        return path
    text = path.decode("ascii") if isinstance(path, bytes) else str(path)
    parts = [part for part in text.replace("\\", "/").split("/") if part]
    if any(part in (".", "..") for part in parts):
        raise ValueError(
            f"The path {text!r} is invalid because its string representation contains '.' or '..' segments."
        )
    if "\x00" in text or any(part.startswith(TEMPORARY_PREFIX) for part in parts):
        raise ValueError(
            f"The path {text!r} is invalid: a name holds no NUL and does not start with {TEMPORARY_PREFIX!r}."
        )
    return "/".join(parts)


def parents_of(path: str) -> list[str]:
    """Paths of the groups that a node lies in, the root first; none of the root itself."""
    parts = path.split("/") if path else []
    return ["/".join(parts[:depth]) for depth in range(len(parts))]


def join_path(*parts: str) -> str:
    """Parts of a path joined by slashes; empty ones are left out."""
    return "/".join(filter(None, parts))
