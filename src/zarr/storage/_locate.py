"""Which store a path or a URL means, and which place in it.

What needs other packages, or is not often used, is loaded when it is needed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from zarr.abc.store import Store
from zarr.core import later, load_module
from zarr.core.keys import join_path, normalize_path
from zarr.storage._local import LocalStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.core.common import AccessModeLiteral, ZarrFormat
    from zarr.storage import _managed as managed
    from zarr.storage import _urls as urls
    from zarr.storage._urls import Adapter
else:
    managed = later("zarr.storage._managed")
    urls = later("zarr.storage._urls")

__all__ = ["Located", "load", "locate"]

_PLACES = {
    "SQLiteStore": "zarr.storage._sqlite",
    "ZipStore": "zarr.storage._zip",
    "ZipValueStore": "zarr.storage._zip_value",
    "place_written_at": "zarr.storage._zip._place",
    "store_of_mapping": "zarr.storage._mapping",
    "store_of_object": "zarr.storage._remote",
    "store_of_url": "zarr.storage._remote",
}
_FORMATS: dict[str, ZarrFormat | None] = {"zarr": None, "zarr2": 2, "zarr3": 3}
_READING = ("r", "r+")


class Located(NamedTuple):
    """A place in a store, and the format of what is there if the URL says it."""

    store: Store
    path: str = ""
    zarr_format: ZarrFormat | None = None


def load(name: str) -> Any:
    """A class or function of this package that is loaded on its first use."""
    return getattr(load_module(_PLACES[name]), name)


def locate(
    place: str | Path, mode: AccessModeLiteral | None, storage_options: Mapping[str, Any] | None = None
) -> Located:
    """The place that a path, a URL or a URL pipeline means.

    A path of a file that ends in ``.zip``, ``.sqlite`` or ``.db`` is a ZipStore or a SQLiteStore, also where
    there is nothing yet and ``mode`` is not "r" or "r+". A ZipStore that is opened so is closed when nothing
    uses it any more, at the latest when the process ends; before, its file is no whole archive while it is
    written. ``ZipStore.recover`` saves what a process wrote that was killed.

    Raises
    ------
    FileNotFoundError
        If a path that is to be read does not exist.
    TypeError
        If there are ``storage_options`` for anything but a URL of a remote store.
    ValueError
        If a URL is none that is known.
    """
    text = str(place)
    if ":" not in text and "|" not in text:  # no URL and no pipeline
        _refuse_options(storage_options, text)
        return Located(_local(text, mode))
    if isinstance(place, str) and urls.is_pipeline(text):
        root, adapters = urls.parse_pipeline(text)
        return _inside(root, adapters, mode, storage_options)
    if isinstance(place, str) and urls.is_url(text) and urls.scheme_of(text) != "file":
        if urls.scheme_of(text) == "memory":
            _refuse_options(storage_options, text)
            return _memory(text, mode)
        return Located(load("store_of_url")(text, storage_options, mode == "r"))
    _refuse_options(storage_options, text)
    return Located(
        _local(urls.local_path(text) if isinstance(place, str) and urls.is_url(text) else text, mode)
    )


def _refuse_options(storage_options: Mapping[str, Any] | None, place: str) -> None:
    if storage_options:
        raise TypeError(
            "'storage_options' was provided but unused. 'storage_options' is only used when the store is a URL of a "
            f"remote store; got {place!r}."
        )


# --- roots


def _memory(url: str, mode: AccessModeLiteral | None) -> Located:
    """A managed store; where fsspec is in use and none has the name, fsspec's own filesystem in memory."""
    name, path = managed.parse_memory_url(url)
    if not managed.is_known(name) and "fsspec" in sys.modules:
        return Located(load("store_of_url")(url, None, mode == "r"))
    if mode in _READING and not managed.is_known(name):
        return Located(managed.ManagedMemoryStore(name, read_only=mode == "r"), path)
    return Located(managed.kept_store(name, read_only=mode == "r"), path)


def _local(path: str, mode: AccessModeLiteral | None) -> Store:
    ending = os.path.splitext(path)[1].lower()
    if ending in _FILES and (os.path.isfile(path) or not (mode in _READING or os.path.lexists(path))):
        return _FILES[ending](path, mode)
    store = LocalStore(path, read_only=mode == "r")
    if mode in _READING and not os.path.exists(store._base if mode == "r" else path):
        raise FileNotFoundError(f"{store.root} does not exist")
    store._is_open = mode == "r"  # there is no more to its opening than this look
    return store


def _zip(path: str, mode: AccessModeLiteral | None) -> Store:
    """An archive that is locked by its first write, not before; shared with the store that writes it here."""
    store = load("ZipStore")(path, mode="r" if mode == "r" else "a", read_only=True)
    store = store.with_read_only(mode == "r")
    store._place = load("place_written_at")(store.path) or store._place
    store._is_open = True
    return cast("Store", store)


def _sqlite(path: str, mode: AccessModeLiteral | None) -> Store:
    return cast("Store", load("SQLiteStore")(path, read_only=mode == "r"))


_FILES = {".zip": _zip, ".sqlite": _sqlite, ".db": _sqlite}
"""Endings of files that are stores."""


# --- pipelines


def _inside(
    root: str,
    adapters: tuple[Adapter, ...],
    mode: AccessModeLiteral | None,
    storage_options: Mapping[str, Any] | None,
) -> Located:
    """What the adapters of a pipeline lead to."""
    first, *rest = adapters or (urls.Adapter("zarr", ""),)
    if first.scheme == "zip":
        found = Located(_zip_at(root, mode, storage_options), normalize_path(first.path))
    else:
        rest = [first, *rest]
        found = locate(root, mode, storage_options)
    for adapter in rest:
        if adapter.scheme == "zip":
            archive = load("ZipValueStore")(found.store, found.path, read_only=mode == "r")
            found = Located(archive, normalize_path(adapter.path))
        else:
            path = join_path(found.path, normalize_path(adapter.path))
            found = Located(found.store, path, _FORMATS[adapter.scheme])
    return found


def _zip_at(url: str, mode: AccessModeLiteral | None, storage_options: Mapping[str, Any] | None) -> Store:
    """The archive that a URL or path names."""
    if not urls.is_url(url) or urls.scheme_of(url) == "file":
        _refuse_options(storage_options, url)
        path = urls.local_path(url) if urls.is_url(url) else url
        if mode in _READING and not os.path.exists(path):
            raise FileNotFoundError(f"{path} does not exist")
        return _zip(path, mode)
    address, question, query = url.partition("?")
    above, _, name = address.rpartition("/")
    parent = locate(above + question + query, "r", storage_options)
    return cast(
        "Store", load("ZipValueStore")(parent.store, join_path(parent.path, name), read_only=mode == "r")
    )
