"""Places as users write them: paths and URLs, cut into a store and the path of a node in it.

A folder is looked up from the root of its hierarchy, so that what groups above a node know of it is kept true.
"""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from zarr.cli.command import UsageError
from zarr.cli.lazy import urls

__all__ = ["Place", "add_place", "add_storage_option", "dest_of", "place_of", "split"]

_GROUPS = ("zarr.json", ".zgroup")
_FILE_SUFFIXES = (".zip", ".sqlite", ".db")
_STORE_SUFFIXES = (".zarr", *_FILE_SUFFIXES)


@dataclass(frozen=True)
class Place:
    """A node, or where one is to be.

    Parameters
    ----------
    text
        As the user wrote it.
    store
        Path or URL of the store.
    path
        Path of the node in it; "" for its root.
    options
        Options for the store.
    """

    text: str
    store: str
    path: str
    options: dict[str, Any] | None = field(default=None)

    @property
    def is_local(self) -> bool:
        """Whether the store is a folder or file."""
        return not urls.is_url(self.store) and not urls.is_pipeline(self.store)

    @property
    def names_a_file(self) -> bool:
        """Whether the store, if it is local and there is none yet, becomes a file."""
        return self.store.lower().endswith(_FILE_SUFFIXES)

    @property
    def name(self) -> str:
        """Its last part."""
        return (self.path or self.store.rstrip("/" + os.sep)).replace(os.sep, "/").rpartition("/")[2]

    def __truediv__(self, name: str) -> Place:
        return Place(
            f"{self.text.rstrip('/')}/{name}", self.store, f"{self.path}/{name}".strip("/"), self.options
        )

    def __str__(self) -> str:
        return self.text


def add_place(parser: ArgumentParser, name: str, help: str = "a path or URL of an array or group") -> None:
    """Add an argument for a place."""
    parser.add_argument(name, metavar=name.upper(), help=help)


def add_storage_option(parser: ArgumentParser) -> None:
    """Add the options of stores."""
    parser.add_argument(
        "--storage-option",
        metavar="KEY=VALUE",
        action="append",
        type=_option,
        default=[],
        help="an option for the store of a URL; the value is JSON or a string; may be given again",
    )


def place_of(args: Namespace, name: str) -> Place:
    """The place that an argument names."""
    text: str = getattr(args, name)
    if not text:
        raise UsageError(f"{name.upper()} is empty")
    store, path = split(text)
    place = Place(text, store, path, dict(args.storage_option) or None)
    if not place.is_local:
        return place
    if args.storage_option and not any(urls.is_url(str(given)) for given in vars(args).values()):
        raise UsageError("--storage-option has a meaning only for URLs")
    return Place(text, store, path)


def dest_of(args: Namespace, source: Place) -> Place:
    """The place that the argument ``dest`` names; with a slash at its end, the source's name in it."""
    dest = place_of(args, "dest")
    return dest / source.name if args.dest.endswith("/") else dest


def _option(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise ArgumentTypeError(f"expected KEY=VALUE, got {text!r}")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def split(text: str) -> tuple[str, str]:
    """The store and the path in it."""
    if urls.is_pipeline(text):
        return text, ""
    if urls.is_url(text):
        if urls.scheme_of(text) != "file":
            return _split_url(text)
        text = urls.local_path(text)
    given = Path(os.path.abspath(text))
    root = _local_root([given, *given.parents])
    return str(root), "/".join(given.parts[len(root.parts) :])


def _local_root(upwards: list[Path]) -> Path:
    """Where the store of the first path is; the others are the folders that it is in."""
    there = next(i for i, path in enumerate(upwards) if path.exists())
    nearest, missing = upwards[there], upwards[:there]
    if nearest.is_file():
        return nearest
    if missing and not _is_group(nearest):
        return next((path for path in reversed(missing) if path.suffix in _STORE_SUFFIXES), missing[0])
    return next((path for path, above in pairwise(upwards[there:]) if not _is_group(above)), upwards[-1])


def _is_group(path: Path) -> bool:
    return any((path / name).is_file() for name in _GROUPS)


def _split_url(url: str) -> tuple[str, str]:
    """Cut behind the last part that is named as a store is; without one, the whole URL is the store."""
    if "?" in url or "::" in url:
        return url, ""
    scheme, _, rest = url.partition("://")
    parts = rest.rstrip("/").split("/")
    last = max((i for i, part in enumerate(parts, 1) if part.endswith(_STORE_SUFFIXES)), default=len(parts))
    return f"{scheme}://{'/'.join(parts[:last])}", "/".join(parts[last:])
