"""URLs and URL pipelines, parsed. Pure but for a look at which files exist.

A pipeline (ZEP 8) is a root and adapters, from the outside to the inside: ``s3://bucket/x.zip|zip:inner|zarr3:``.
"""

from __future__ import annotations

import os
import posixpath
import re
from typing import NamedTuple
from urllib.parse import unquote

__all__ = [
    "ADAPTERS",
    "Adapter",
    "Pipeline",
    "is_pipeline",
    "is_url",
    "local_path",
    "parse_pipeline",
    "scheme_of",
]

ADAPTERS = ("zip", "zarr", "zarr2", "zarr3", "auto", "..")
"""Schemes of the adapters that are known; tensorstore's "auto" is another name of "zarr"."""
_ICECHUNK = (
    " What is in a repository of icechunk is opened with its own package: zarr.open(session.store), of "
    "session = repository.readonly_session('main')."
)

_FILE = r"(?i:file|local):(?://(?i:localhost(?=/))?)?(?=.)"
_DRIVE = r"/[A-Za-z]:(?:[/\\]|$)"
_ADAPTER = r"(\.\.|[A-Za-z][A-Za-z0-9+.-]*)(?::((?s:.*)))?"


class Adapter(NamedTuple):
    """One step inwards: what is read, and the path in it."""

    scheme: str
    path: str


class Pipeline(NamedTuple):
    """A URL or path, and the adapters behind it."""

    root: str
    adapters: tuple[Adapter, ...]


def is_url(text: str) -> bool:
    """Whether it is a URL, or a chain of fsspec's, and no path. A drive (``C:/x``) is part of a path."""
    return "://" in text or "::" in text or scheme_of(text) == "file"


def scheme_of(url: str) -> str:
    """The scheme of a URL in small letters; of a file's also where there is one slash. Empty for a path."""
    if re.match(_FILE, url):
        return "file"
    scheme, colon, _ = url.partition("://")
    return scheme.lower() if colon else ""


def local_path(url: str, *, windows: bool = os.sep == "\\") -> str:
    """The path that a file URL means.

    A name with a ``%`` is taken as it stands if there is such a file, since many programs put paths in URLs
    unchanged; else it is percent-decoded (RFC 8089). A URL with two slashes may hold a relative path.
    """
    path = re.sub(_FILE, "", url, count=1)
    if windows and re.match(_DRIVE, path):
        path = path[1:]
    return path if "%" not in path or os.path.lexists(path) else unquote(path)


def is_pipeline(text: str) -> bool:
    """Whether a string has adapters behind a bar, and is no path of a file with a bar in its name."""
    root, bar, rest = text.partition("|")
    if not bar or is_url(root):
        return bool(bar)
    match = re.fullmatch(_ADAPTER, rest.partition("|")[0])
    looks_like_one = match is not None and (match[2] is not None or match[1].lower() in ADAPTERS)
    return looks_like_one and not os.path.lexists(text)


def parse_pipeline(text: str) -> Pipeline:
    """The root and the adapters of a pipeline, with ``..:path`` carried out.

    ``..:`` takes the adapter before it away; a path behind it is relative to the place that is left.

    Raises
    ------
    ValueError
        If an adapter is not known, or one stands where it cannot.
    """
    root, *rest = text.split("|")
    adapters: list[Adapter] = []
    for part in rest:
        match = re.fullmatch(_ADAPTER, part)
        if match is None or match[1].lower() not in ADAPTERS:
            raise ValueError(
                f"{text!r}: {part!r} is no known adapter of a URL pipeline; known are "
                f"{', '.join(f'{name}:' for name in ADAPTERS)}. Write a '|' that is part of a name in a URL as %7C."
                f"{_ICECHUNK if part.lower().startswith('icechunk') else ''}"
            )
        scheme, path = match[1].lower().replace("auto", "zarr"), match[2] or ""
        if scheme == "..":
            if not adapters:
                raise ValueError(f"{text!r}: there is no adapter before '..:' that it could take away.")
            adapters.pop()
            if path and adapters:
                adapters[-1] = Adapter(adapters[-1].scheme, _relative(adapters[-1].path, path))
            elif path:
                root = _relative(root, path)
            continue
        if adapters and adapters[-1].scheme.startswith("zarr"):
            raise ValueError(f"{text!r}: nothing can be inside {adapters[-1].scheme}: but arrays and groups.")
        adapters.append(Adapter(scheme, path))
    return Pipeline(root, tuple(adapters))


def _relative(base: str, path: str) -> str:
    """A path as seen from the directory that a place is in."""
    start = 0
    if "://" in base:
        base += "/" * (base.count("/") == 2)
        start = base.index("/", base.index("://") + 3)
    directory = posixpath.dirname(base[start:])
    return base[:start] + posixpath.normpath(posixpath.join(directory, path))
