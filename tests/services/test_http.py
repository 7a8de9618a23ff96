"""Arrays that nginx serves, read by URL: what is there, what is missing, and what it refuses."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from http_stores import KINDS, make_store
from service_http import Fault, HttpServer
from service_nginx import Nginx

import zarr
from zarr.core.sync import _collect_aiterator, sync
from zarr.errors import ZarrUserWarning
from zarr.storage import LocalStore

DATA = np.arange(1, 601, dtype="int32").reshape(30, 20)
FILL = -9
LAYOUTS: dict[str, dict[str, Any]] = {
    "v3": {"chunks": (7, 6)},
    "raw": {"chunks": (7, 6), "compressors": None},
    "v2": {"chunks": (7, 6), "zarr_format": 2},
    "v2-nested": {"chunks": (7, 6), "zarr_format": 2, "chunk_key_encoding": {"name": "v2", "separator": "/"}},
    "sharded": {"chunks": (5, 4), "shards": (15, 8)},
    "name with spaces & more": {"chunks": (30, 20)},
}
SELECTIONS: list[Any] = [
    ...,
    (slice(3, 9), slice(2, 14)),
    (slice(None, None, 4), 7),
    (29, 19),
    (slice(-2, None), slice(None, 1)),
]


@pytest.fixture(scope="module")
def written(nginx: Nginx, http_of_session: HttpServer) -> None:
    """The same hierarchy in the folder of nginx and in that of the server behind it."""
    for folder in (nginx.root, http_of_session.root / "behind"):
        store = LocalStore(folder)
        zarr.create_group(store, attributes={"title": "root"})
        made = {"shape": DATA.shape, "dtype": "int32", "fill_value": FILL}
        for name, options in LAYOUTS.items():
            zarr.create_array(store, name=name, **made, **options)[...] = DATA
        zarr.create_array(store, name="partly", **made, chunks=(7, 6))[:7, :6] = DATA[:7, :6]
        for zarr_format in (2, 3):
            group = zarr.create_group(store, path=f"group-v{zarr_format}", zarr_format=zarr_format)
            group.create_array("a/b", data=DATA, chunks=(7, 6))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ZarrUserWarning)  # that format 3 does not have it yet
                zarr.consolidate_metadata(store, path=f"group-v{zarr_format}")


@pytest.fixture
def quick_retries() -> Iterator[None]:
    with zarr.config.set({"storage.retries.attempts": 2}):
        yield


pytestmark = [
    pytest.mark.usefixtures("written", "quick_retries"),
    pytest.mark.parametrize("kind", KINDS),
]


def open_array(kind: str, nginx: Nginx, path: str, **options: Any) -> Any:
    return zarr.open_array(make_store(kind, f"{nginx.url}/{path}", **options), mode="r")


@pytest.mark.parametrize("place", ["plain", "index", "no-ranges", "through/behind"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_read(nginx: Nginx, http: HttpServer, kind: str, name: str, place: str) -> None:
    array = open_array(kind, nginx, f"{place}/{quote(name)}")
    if (kind, name, place) == ("obstore", "sharded", "no-ranges"):
        with pytest.raises(Exception, match="[Rr]ange"):
            array[3, 2]
        return
    for selection in SELECTIONS:
        np.testing.assert_array_equal(array[selection], DATA[selection])


def test_group(nginx: Nginx, kind: str) -> None:
    group = zarr.open_group(make_store(kind, f"{nginx.url}/plain"), mode="r")
    assert dict(group.attrs) == {"title": "root"}
    np.testing.assert_array_equal(group["v3"][3:9], DATA[3:9])
    with pytest.raises(KeyError):
        group["nothing"]


def test_inner_chunk_costs_its_own_bytes(http: HttpServer, nginx: Nginx, kind: str) -> None:
    array = open_array(kind, nginx, "through/behind/sharded")
    http.forget()
    assert array[3, 2] == DATA[3, 2]
    assert [request.is_whole for request in http.log if request.method == "GET"] == [False, False]


def test_missing_chunks_are_fill_values(nginx: Nginx, kind: str) -> None:
    expected = np.full_like(DATA, FILL)
    expected[:7, :6] = DATA[:7, :6]
    np.testing.assert_array_equal(open_array(kind, nginx, "plain/partly")[...], expected)


def test_missing_array(nginx: Nginx, kind: str) -> None:
    with pytest.raises(FileNotFoundError):
        open_array(kind, nginx, "plain/nothing")


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_consolidated(nginx: Nginx, kind: str, zarr_format: int) -> None:
    group = zarr.open_consolidated(make_store(kind, f"{nginx.url}/plain/group-v{zarr_format}"))
    assert {name for name, _ in group.members(max_depth=None)} == {"a", "a/b"}
    np.testing.assert_array_equal(group["a/b"][3:9], DATA[3:9])


@pytest.mark.parametrize("place", ["no-chunks-403", "no-chunks-500"])
@pytest.mark.parametrize("name", ["v3", "raw", "sharded", "partly"])
def test_refused_chunks_are_errors(nginx: Nginx, kind: str, name: str, place: str) -> None:
    array = open_array(kind, nginx, f"{place}/{name}")
    for selection in SELECTIONS:
        with pytest.raises(Exception, match="403|500|privileges") as caught:
            array[selection]
        assert not isinstance(caught.value, FileNotFoundError | KeyError)


@pytest.mark.parametrize("place", ["no-documents-403", "no-documents-500"])
def test_refused_documents_are_errors(nginx: Nginx, kind: str, place: str) -> None:
    store = make_store(kind, f"{nginx.url}/{place}")
    for opening in (zarr.open, zarr.open_array, zarr.open_group, zarr.open_consolidated):
        with pytest.raises(Exception, match="403|500|privileges") as caught:
            opening(store, mode="r")
        assert not isinstance(caught.value, FileNotFoundError | KeyError)


def test_slow(nginx: Nginx, kind: str) -> None:
    """All comes, at 8 kB a second after the first."""
    np.testing.assert_array_equal(open_array(kind, nginx, "slow/raw")[...], DATA)


def test_a_server_that_limits_requests(nginx: Nginx, kind: str) -> None:
    """nginx answers 503 when there are too many; what it refuses is asked again."""
    with zarr.config.set({"storage.retries.attempts": 8, "async.concurrency": 10}):
        array = zarr.open_array(make_store(kind, f"{nginx.url}/limited/v3", attempts=30, pause=0.1), mode="r")
        np.testing.assert_array_equal(array[...], DATA)


@pytest.mark.parametrize("how", ["nothing", "cut", "reset", "stall"])
@pytest.mark.parametrize("times", [1, None])
def test_broken_server_behind_nginx(
    nginx: Nginx, http: HttpServer, kind: str, how: str, times: int | None
) -> None:
    """What reaches us is 502, 504, or an answer that is cut."""
    array = open_array(kind, nginx, "through/behind/v3")
    http.faults.append(Fault(how, lambda request: request.path.endswith("/c/1/1"), times=times))
    if times:
        np.testing.assert_array_equal(array[...], DATA)
    else:
        with pytest.raises(Exception) as caught:
            array[...]
        assert not isinstance(caught.value, AssertionError | FileNotFoundError | KeyError)


@pytest.mark.parametrize("place", ["plain", "index"])
def test_listing_says_what_is_missing(nginx: Nginx, kind: str, place: str) -> None:
    store = make_store(kind, f"{nginx.url}/{place}")
    assert not store.supports_listing
    group = zarr.open_group(store, mode="r", use_consolidated=False)
    with pytest.raises(
        ValueError, match=r"does not support listing.*open them by name.*consolidated metadata"
    ):
        list(group.members())
    for listing in (store.list(), store.list_prefix("v3"), store.list_dir("v3")):
        with pytest.raises(NotImplementedError, match=r"cannot list its keys.*by their\s+names.*consolidate"):
            sync(_collect_aiterator(listing))
    with pytest.raises(NotImplementedError, match="cannot list"):
        sync(store.is_empty("v3"))


def test_refuses_changes(nginx: Nginx, kind: str) -> None:
    with pytest.raises(ValueError, match="read-only"):
        open_array(kind, nginx, "plain/v3")[0, 0] = 1
