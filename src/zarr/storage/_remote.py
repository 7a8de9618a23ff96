"""Which store is meant by a URL, and by objects of fsspec, universal_pathlib and obstore.

Those packages are not loaded before one of their objects, or a URL for them, is there.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import timedelta
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote, urlsplit

from zarr.abc.store import Store
from zarr.core.config import settings
from zarr.storage._fsspec import FsspecStore
from zarr.storage._local import LocalStore
from zarr.storage._obstore import ObjectStore
from zarr.storage._options import SERVICES, Backend, backend_of, options_for
from zarr.storage._retry import Retries

__all__ = ["store_of_object", "store_of_url"]

_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs", "http": "aiohttp"}
"""What fsspec needs for a service."""


def store_of_url(
    url: str, storage_options: Mapping[str, Any] | None = None, read_only: bool = False
) -> Store:
    """The store at a URL.

    For S3, Google Cloud, Azure and HTTP it is a FsspecStore where the package is installed that fsspec needs
    for it (s3fs, gcsfs, adlfs, aiohttp), as programs written for Zarr-Python expect, which find their
    credentials and options that way; else, or where the options have obstore's names, it is an ObjectStore.
    ``zarr.config``'s ``storage.backend`` ("auto", "fsspec" or "obstore") decides otherwise. All other schemes
    and chains (``simplecache::s3://``) are fsspec's.

    Parameters
    ----------
    url
        Scheme and path. A query of an HTTP URL is kept, and stands behind each key.
    storage_options
        Options by the names of either backend, such as ``anon``, ``key``, ``secret``, ``token``,
        ``endpoint_url`` and ``region``.
    read_only
        Refuse every change.

    Raises
    ------
    ImportError
        If no package that can read the URL is installed.
    TypeError
        If an option is not known.
    ValueError
        If nothing is known for the scheme.
    """
    options = dict(storage_options or {})
    scheme = url.partition("://")[0].lower()
    if scheme == "file" and not options:
        return LocalStore(unquote(urlsplit(url).path), read_only=read_only)
    if "::" in url or scheme not in SERVICES:
        return _by_fsspec(url, scheme, options, read_only)
    if _backend(scheme, options, url) == "fsspec":
        return _by_fsspec(url, scheme, options, read_only)
    return _by_obstore(url, scheme, options, read_only)


def _backend(scheme: str, options: Mapping[str, Any], url: str) -> Backend:
    wanted = settings.get("storage.backend")
    if wanted in ("fsspec", "obstore"):
        return wanted  # type: ignore[no-any-return]
    if wanted != "auto":
        raise ValueError(f"storage.backend must be 'auto', 'fsspec' or 'obstore', got {wanted!r}")
    package = _PACKAGES[SERVICES[scheme]]
    if find_spec("obstore") is None:
        return "fsspec"
    if find_spec("fsspec") is None or find_spec(package) is None:
        return "obstore"
    return "fsspec" if backend_of(scheme, options) != "obstore" else "obstore"


def _by_fsspec(url: str, scheme: str, options: dict[str, Any], read_only: bool) -> FsspecStore:
    if find_spec("fsspec") is None:
        raise _not_installed(url, "fsspec")
    from fsspec import get_filesystem_class

    try:
        if scheme in SERVICES and "::" not in url:
            options = options_for("fsspec", scheme, options, get_filesystem_class(scheme))
        return FsspecStore.from_url(url, options, read_only)
    except ImportError as error:
        raise _not_installed(url, _PACKAGES.get(SERVICES.get(scheme, ""), "")) from error
    except ValueError as error:
        if not str(error).startswith("Protocol not known"):
            raise
        raise ValueError(
            f"{url!r}: no store is known for URLs that start with {scheme}://; give a Store object, a path, or a "
            f"URL that fsspec knows. ({error})"
        ) from error


def _by_obstore(url: str, scheme: str, options: dict[str, Any], read_only: bool) -> ObjectStore[Any]:
    if find_spec("obstore") is None:
        raise _not_installed(url, "obstore")
    from obstore.exceptions import BaseError
    from obstore.store import from_url

    given = options_for("obstore", scheme, options)
    if scheme == "http":
        given.setdefault("client_options", {}).setdefault("allow_http", True)
    retries = Retries.configured()
    given.setdefault(
        "retry_config",
        {"max_retries": retries.attempts - 1, "retry_timeout": timedelta(seconds=retries.seconds)},
    )
    if "?" in url:
        raise ValueError(f"{url.partition('?')[0]!r}: a URL with a query can be read by fsspec only.")
    try:
        store = from_url("gs" + url[3:] if scheme == "gcs" else url, **given)
    except BaseError as error:
        text = str(error).partition("\n\nDebug source:")[0]
        raise TypeError(f"storage_options or URL {url!r} are wrong for obstore: {text}") from error
    return ObjectStore(store, read_only=read_only)


def _not_installed(url: str, package: str) -> ImportError:
    needed = f"the package {package}" if package else "a package that is not installed"
    name = url.partition("?")[0]
    return ImportError(
        f"{name!r} needs {needed}; pip install 'zarr[remote]' has what S3, Google Cloud, Azure and HTTP need."
    )


def store_of_object(value: Any, read_only: bool = False) -> Store | None:
    """The store that an object of another package stands for; None if it is none of those.

    Known are obstore's stores, fsspec's filesystems and mappings, and paths of universal_pathlib.
    """
    if _is(value, "obstore.store", "ObjectStoreMethods"):
        return ObjectStore(value, read_only=read_only)
    if _is(value, "fsspec.mapping", "FSMap"):
        return FsspecStore.from_mapper(value, read_only)
    if _is(value, "fsspec.spec", "AbstractFileSystem"):
        return FsspecStore._quietly(value, read_only, "/")
    if _is(value, "upath", "UPath") and hasattr(value, "fs"):
        if value.protocol in ("", "file", "local"):
            return LocalStore(value.path, read_only=read_only)
        return FsspecStore.from_upath(value, read_only)
    return None


def _is(value: object, module: str, name: str) -> bool:
    cls = getattr(sys.modules.get(module), name, None)
    return isinstance(cls, type) and isinstance(value, cls)
