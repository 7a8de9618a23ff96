"""Which store a URL and the objects of other packages mean, and what the storage options are called."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from importlib import util
from pathlib import Path
from typing import Any

import fsspec
import obstore.store
import pytest
import s3fs
import upath

import zarr
from zarr.storage import FsspecStore, LocalStore, ObjectStore, _remote
from zarr.storage._options import backend_of, options_for
from zarr.storage._remote import store_of_object, store_of_url


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make some packages look as if they were not installed."""

    def hide(*packages: str) -> None:
        monkeypatch.setattr(
            _remote, "find_spec", lambda name: None if name in packages else util.find_spec(name)
        )

    return hide


# --- options

SAME = [
    ({"anon": True}, {"anon": True}, {"skip_signature": True}),
    ({"skip_signature": True}, {"anon": True}, {"skip_signature": True}),
    (
        {"key": "k", "secret": "s", "token": "t"},
        {"key": "k", "secret": "s", "token": "t"},
        {"access_key_id": "k", "secret_access_key": "s", "session_token": "t"},
    ),
    (
        {"aws_access_key_id": "k", "aws_secret_access_key": "s"},
        {"key": "k", "secret": "s"},
        {"access_key_id": "k", "secret_access_key": "s"},
    ),
    ({"region": "r"}, {"client_kwargs": {"region_name": "r"}}, {"region": "r"}),
    ({"client_kwargs": {"region_name": "r"}}, {"client_kwargs": {"region_name": "r"}}, {"region": "r"}),
    ({"endpoint_url": "https://h"}, {"endpoint_url": "https://h"}, {"endpoint": "https://h"}),
    (
        {"endpoint_url": "http://h"},
        {"endpoint_url": "http://h"},
        {"endpoint": "http://h", "client_options": {"allow_http": True}},
    ),
    ({"requester_pays": True}, {"requester_pays": True}, {"request_payer": True}),
    (
        {"anon": True, "use_listings_cache": False},
        {"anon": True, "use_listings_cache": False},
        {"skip_signature": True},
    ),
]


@pytest.mark.parametrize(("given", "by_fsspec", "by_obstore"), SAME)
def test_one_vocabulary_for_s3(
    given: dict[str, Any], by_fsspec: dict[str, Any], by_obstore: dict[str, Any]
) -> None:
    assert options_for("fsspec", "s3", given, s3fs.S3FileSystem) == by_fsspec
    assert options_for("obstore", "s3", given) == by_obstore


@pytest.mark.parametrize(
    ("scheme", "given", "by_fsspec", "by_obstore"),
    [
        ("gs", {"anon": True}, {"token": "anon"}, {"skip_signature": True}),
        ("gcs", {"token": "anon"}, {"token": "anon"}, {"skip_signature": True}),
        ("gs", {"token": "key.json"}, {"token": "key.json"}, {"service_account": "key.json"}),
        ("az", {"sas_token": "s"}, {"sas_token": "s"}, {"sas_key": "s"}),
        ("abfs", {"account_name": "a"}, {"account_name": "a"}, {"account_name": "a"}),
        (
            "https",
            {"headers": {"a": "b"}},
            {"headers": {"a": "b"}},
            {"client_options": {"default_headers": {"a": "b"}}},
        ),
    ],
)
def test_one_vocabulary_for_others(
    scheme: str, given: dict[str, Any], by_fsspec: dict[str, Any], by_obstore: dict[str, Any]
) -> None:
    assert options_for("fsspec", scheme, given) == by_fsspec
    assert options_for("obstore", scheme, given) == by_obstore


def test_options_for_fsspec_go_through_unchanged() -> None:
    given = {
        "anon": False,
        "client_kwargs": {"region_name": "r", "verify": False},
        "config_kwargs": {"s3": {"addressing_style": "path"}},
        "profile": "mine",
        "asynchronous": False,
    }
    assert options_for("fsspec", "s3", given, s3fs.S3FileSystem) == given
    assert options_for("fsspec", "sftp", {"anything": 1}) == {"anything": 1}


@pytest.mark.parametrize(
    ("backend", "given", "said"),
    [
        ("fsspec", {"bogus": 1}, "'bogus' is no option for s3:// by fsspec; known are anon, "),
        ("fsspec", {"retry_config": {}}, "'retry_config' is no option"),
        ("obstore", {"config_kwargs": {}}, "'config_kwargs' is no option for s3:// by obstore"),
        ("fsspec", {"key": "a", "access_key_id": "b"}, "means the same as another option"),
        ("obstore", {"key": "a", "access_key_id": "b"}, "means the same as another option"),
    ],
)
def test_options_that_mean_nothing_are_refused(backend: Any, given: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=re.escape(said)):
        options_for(backend, "s3", given, s3fs.S3FileSystem)


@pytest.mark.parametrize(
    ("given", "backend"),
    [
        ({}, None),
        ({"anon": True}, "fsspec"),
        ({"client_kwargs": {}}, "fsspec"),
        ({"skip_signature": True}, "obstore"),
        ({"retry_config": {}}, "obstore"),
        ({"client_options": {"timeout": "3s"}}, "obstore"),
        ({"anon": True, "region": "r"}, None),
        ({"profile": "mine"}, None),
    ],
)
def test_names_tell_the_backend(given: dict[str, Any], backend: str | None) -> None:
    assert backend_of("s3", given) == backend


# --- URLs


def test_bucket_is_read_by_fsspec_where_its_package_is_there() -> None:
    store = store_of_url("s3://bucket/a/b/", {"anon": True, "region": "r"}, read_only=True)
    assert isinstance(store, FsspecStore)
    assert isinstance(store.fs, s3fs.S3FileSystem)
    assert (store.path, store.read_only) == ("bucket/a/b", True)
    assert store.fs.storage_options == {"anon": True, "client_kwargs": {"region_name": "r"}}


@pytest.mark.parametrize("missing", ["s3fs", "fsspec"])
def test_bucket_is_read_by_obstore_where_that_is_missing(without: Callable[..., None], missing: str) -> None:
    without(missing)
    with zarr.config.set({"storage.retries": {"attempts": 4, "seconds": 9}}):
        store = store_of_url("s3://bucket/a/b", {"anon": True, "region": "r"}, read_only=True)
    assert isinstance(store, ObjectStore)
    assert store.read_only
    assert store.store.prefix == "a/b"
    assert store.store.config == {"bucket": "bucket", "skip_signature": "true", "region": "r"}
    retries = store.store.retry_config
    assert (retries["max_retries"], retries["retry_timeout"]) == (3, timedelta(seconds=9))


def test_options_and_configuration_choose() -> None:
    assert isinstance(store_of_url("s3://bucket", {"skip_signature": True}), ObjectStore)
    own = store_of_url("s3://bucket", {"retry_config": {"max_retries": 1}})
    assert isinstance(own, ObjectStore)
    assert own.store.retry_config["max_retries"] == 1
    with zarr.config.set({"storage.backend": "obstore"}):
        assert isinstance(store_of_url("s3://bucket", {"anon": True}), ObjectStore)
    with zarr.config.set({"storage.backend": "fsspec"}):
        assert isinstance(store_of_url("s3://bucket", {"skip_signature": True}), FsspecStore)
    with zarr.config.set({"storage.backend": "boto"}), pytest.raises(ValueError, match="storage.backend"):
        store_of_url("s3://bucket")


@pytest.mark.parametrize(
    ("url", "name", "prefix"),
    [
        ("gs://bucket/a", "GCSStore", "a"),
        ("gcs://bucket/a", "GCSStore", "a"),
        ("az://box/a", "AzureStore", "a"),
        ("abfs://box/a", "AzureStore", "a"),
        ("s3a://bucket/a", "S3Store", "a"),
    ],
)
def test_services_by_obstore(url: str, name: str, prefix: str, without: Callable[..., None]) -> None:
    without("s3fs", "gcsfs", "adlfs")
    options = {"account_name": "me"} if "box" in url else {}
    store = store_of_url(url, {"anon": True, **options})
    assert isinstance(store, ObjectStore)
    assert (type(store.store).__name__, store.store.prefix) == (name, prefix)


def test_other_urls(tmp_path: Path) -> None:
    assert store_of_url(f"file://{tmp_path}/a%20b") == LocalStore(tmp_path / "a b")
    chained = store_of_url("simplecache::memory://a/b")
    assert isinstance(chained, FsspecStore)
    assert chained.path == "/a/b"
    http = store_of_url("https://host/a?token=x")
    assert isinstance(http, FsspecStore)
    assert http.path == "https://host/a?token=x"
    with pytest.raises(ValueError, match="bogus"):
        store_of_url("bogus://a")


def test_wrong_options_and_urls_of_obstore(without: Callable[..., None]) -> None:
    without("s3fs", "adlfs", "aiohttp")
    with pytest.raises(TypeError, match="'bogus' is not valid"):
        store_of_url("s3://bucket", {"bogus": 1})
    with pytest.raises(TypeError, match="Account must be specified"):
        store_of_url("az://box")
    with pytest.raises(ValueError, match="'https://host/a': a URL with a query"):
        store_of_url("https://host/a?token=x")


@pytest.mark.parametrize(
    ("url", "missing", "needed"),
    [
        ("s3://bucket", ("fsspec", "s3fs", "obstore"), "fsspec"),
        ("ftp://host/a", ("fsspec",), "fsspec"),
        ("gs://bucket", ("obstore",), "gcsfs"),
        ("https://host/a?token=secret", ("fsspec", "aiohttp", "obstore"), "fsspec"),
    ],
)
def test_missing_packages_are_named(
    without: Callable[..., None], url: str, missing: tuple[str, ...], needed: str
) -> None:
    without(*missing)
    with pytest.raises(
        ImportError, match=rf"needs the package {needed}.*pip install 'zarr\[remote\]'"
    ) as caught:
        store_of_url(url)
    assert "secret" not in str(caught.value)


def test_obstore_that_is_asked_for_and_missing(without: Callable[..., None]) -> None:
    without("obstore")
    with zarr.config.set({"storage.backend": "obstore"}), pytest.raises(ImportError, match="package obstore"):
        store_of_url("s3://bucket")


# --- objects


def test_objects_of_other_packages(tmp_path: Path) -> None:
    inner = obstore.store.MemoryStore()
    assert store_of_object(inner, read_only=True) == ObjectStore(inner, read_only=True)
    memory = fsspec.filesystem("memory")
    assert store_of_object(fsspec.get_mapper("memory://a/b")) == FsspecStore(memory, path="/a/b")
    assert store_of_object(upath.UPath("memory://a/b")) == FsspecStore(memory, path="/a/b")
    assert store_of_object(memory, read_only=True) == FsspecStore(memory, read_only=True)
    for path in (upath.UPath(tmp_path), upath.UPath(f"file://{tmp_path}")):
        assert store_of_object(path) == LocalStore(tmp_path)
    for other in (3, "text", {}, None, tmp_path, zarr):
        assert store_of_object(other) is None


def test_packages_are_not_loaded_to_look() -> None:
    code = (
        "import sys\nfrom zarr.storage._remote import store_of_object\nassert store_of_object(3) is None\n"
        "print(*[m for m in ('fsspec', 'obstore', 'upath', 'asyncio', 'aiohttp') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not done.stdout.split()
