"""FsspecStore over HTTP, against a small server that keeps to the rules and one that breaks them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.abc.ranges import slice_of
from zarr.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.buffer import default_buffer_prototype
from zarr.core.sync import sync
from zarr.storage import FsspecStore, MemoryStore, ObjectStore, _retry
from zarr.storage._remote import store_of_url
from zarr.testing.utils import assert_bytes_equal

VALUE = bytes(range(100))
RANGES = [
    None,
    RangeByteRequest(10, 20),
    RangeByteRequest(90, 200),
    RangeByteRequest(100, 200),
    RangeByteRequest(5, 5),
    OffsetByteRequest(97),
    OffsetByteRequest(100),
    SuffixByteRequest(3),
    SuffixByteRequest(500),
    SuffixByteRequest(0),
]


class Server(ThreadingHTTPServer):
    """Serves a dict; ``script`` has, for the next requests, what goes wrong with them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.script: list[Any] = []
        self.knows_ranges = self.knows_head = self.tells_length = True
        self.asked: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None: ...

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        server = self.server
        server.asked.append((self.command, self.path))
        server.headers.append(dict(self.headers))
        wrong = server.script.pop(0) if server.script else None
        data = server.files.get(self.path)
        if wrong == "reset":
            self.close_connection = True
        elif isinstance(wrong, int):
            self._answer(wrong, b"")
        elif self.command == "HEAD" and not server.knows_head:
            self._answer(405, b"")
        elif data is None:
            self._answer(404, b"no such file")
        elif "Range" in self.headers and server.knows_ranges:
            self._answer_range(data, wrong)
        else:
            self._answer(200, data, cut=wrong == "cut", ETag='"tag"')

    def _answer_range(self, data: bytes, wrong: Any) -> None:
        first, last = self.headers["Range"].removeprefix("bytes=").split("-")
        start = max(0, len(data) - int(last)) if not first else int(first)
        end = min(int(last) + 1, len(data)) if first and last else len(data)
        if start >= len(data):
            self._answer(416, b"", **{"Content-Range": f"bytes */{len(data)}"})
            return
        told = f"bytes {start}-{end - 1}/{len(data)}"
        if isinstance(wrong, str) and wrong != "cut":
            told = wrong
        self._answer(206, data[start:end], cut=wrong == "cut", **{"Content-Range": told})

    def _answer(self, status: int, data: bytes, cut: bool = False, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        if self.server.tells_length or self.command != "HEAD":
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[: len(data) // 2] if cut else data)
        self.close_connection = cut


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        server.files["/root/a/k"] = VALUE
        server.files["/root/empty"] = b""
        yield server
        server.shutdown()


@pytest.fixture
def store(server: Server, monkeypatch: pytest.MonkeyPatch) -> FsspecStore:
    async def sleep(seconds: float) -> None: ...

    monkeypatch.setattr(_retry, "sleep", sleep)
    return FsspecStore.from_url(f"{server.url}/root")


def get(store: FsspecStore, key: str, byte_range: ByteRequest | None = None) -> Any:
    return sync(store.get(key, default_buffer_prototype(), byte_range))


@pytest.mark.parametrize("byte_range", RANGES)
@pytest.mark.parametrize("knows_ranges", [True, False])
def test_ranges_where_the_server_knows_them_and_where_not(
    server: Server, store: FsspecStore, byte_range: ByteRequest | None, knows_ranges: bool
) -> None:
    server.knows_ranges = knows_ranges
    start, end = slice_of(byte_range, 100)
    assert_bytes_equal(get(store, "a/k", byte_range), VALUE[start:end])
    assert_bytes_equal(get(store, "empty", byte_range), b"")
    assert get(store, "none", byte_range) is None
    assert len(server.asked) == 3


@pytest.mark.parametrize("knows_head", [True, False])
@pytest.mark.parametrize("tells_length", [True, False])
def test_sizes(server: Server, store: FsspecStore, knows_head: bool, tells_length: bool) -> None:
    server.knows_head, server.tells_length = knows_head, tells_length
    assert sync(store.getsize("a/k")) == 100
    assert sync(store.exists("empty"))
    assert not sync(store.exists("none"))


@pytest.mark.parametrize("status", [400, 401, 403, 418, 451])
def test_other_answers_are_errors(server: Server, store: FsspecStore, status: int) -> None:
    for request in (store.get, store.exists, store.getsize):
        server.script = [status]
        with pytest.raises(
            OSError, match=rf"'a/k' of <FsspecStore\(HTTP.*{server.url}/root.*{status}"
        ) as caught:
            sync(request("a/k"))
        assert isinstance(caught.value, PermissionError) == (status in (401, 403))
    assert not server.script


def test_gone_is_missing(server: Server, store: FsspecStore) -> None:
    server.script = [410]
    assert get(store, "a/k") is None


@pytest.mark.parametrize("wrong", [408, 429, 500, 502, 503, 504, "cut", "reset"])
def test_passing_failures_are_tried_again(server: Server, store: FsspecStore, wrong: Any) -> None:
    server.script = [wrong, wrong]
    assert_bytes_equal(get(store, "a/k"), VALUE)
    server.script = [wrong]
    assert_bytes_equal(get(store, "a/k", RangeByteRequest(10, 40)), VALUE[10:40])
    server.script = [wrong] * 99
    with (
        zarr.config.set({"storage.retries.attempts": 3}),
        pytest.raises(Exception, match="a/k") as caught,
    ):
        get(store, "a/k")
    assert "3 times" in str(caught.value) + "".join(getattr(caught.value, "__notes__", ()))


@pytest.mark.parametrize(
    "told",
    ["", "nonsense", "bytes 0-29/100", "bytes 10-29/*", "bytes 11-40/100", "bytes 10-39/30", "bytes */100"],
)
def test_parts_that_were_not_asked_for_are_errors(server: Server, store: FsspecStore, told: str) -> None:
    server.script = [told or "\t"] * 5
    with pytest.raises(ConnectionError, match="'a/k'"):
        get(store, "a/k", RangeByteRequest(10, 40))


def test_refused_range_that_has_bytes_is_an_error(server: Server, store: FsspecStore) -> None:
    server.files["/root/a/k"] = b""
    assert_bytes_equal(get(store, "a/k", RangeByteRequest(10, 40)), b"")
    server.script = [416]
    with pytest.raises(OSError, match="416"):
        get(store, "a/k")


def test_no_fault_becomes_a_fill_value(server: Server, store: FsspecStore) -> None:
    source = MemoryStore()
    zarr.create_array(source, data=np.arange(1, 41), chunks=5, shards=20, fill_value=0)
    server.files.update({f"/root/{key}": value.to_bytes() for key, value in source._store_dict.items()})
    array = zarr.open_array(store, mode="r")
    assert np.array_equal(array[:], np.arange(1, 41))
    assert np.array_equal(array[7:12], np.arange(8, 13))
    for fault in (403, 500, "cut", "reset"):
        server.script = [fault] * 99
        with pytest.raises(Exception, match=r"'c/\d' of <FsspecStore"):
            array[:]
    server.script = [403, 500, "cut", "reset"][1:]
    assert np.array_equal(array[:], np.arange(1, 41))


def test_query_stands_behind_each_key(server: Server) -> None:
    server.files["/root/a%20b/%23?token=secret"] = b"x"
    store = FsspecStore.from_url(f"{server.url}/root/?token=secret")
    assert_bytes_equal(get(store, "a b/#"), b"x")
    assert "secret" not in repr(store)


def test_headers_and_encoding(server: Server) -> None:
    store = store_of_url(f"{server.url}/root", {"headers": {"X-Mine": "yes"}})
    assert isinstance(store, FsspecStore)
    assert_bytes_equal(get(store, "a/k"), VALUE)
    assert server.headers[-1]["X-Mine"] == "yes"
    assert server.headers[-1]["Accept-Encoding"] == "identity"


def test_listing_says_what_to_do(store: FsspecStore) -> None:
    assert not store.supports_listing
    for listing in (store.list(), store.list_prefix("a"), store.list_dir("a")):
        with pytest.raises(NotImplementedError, match=r"cannot list its keys.*consolidate"):
            sync(_collected(listing))
    for request in (store.is_empty, store.getsize_prefix):
        with pytest.raises(NotImplementedError, match="cannot list its keys"):
            sync(request("a"))  # type: ignore[operator]


async def _collected(items: Any) -> list[str]:
    return [item async for item in items]


def test_a_tag_tells_the_generation(server: Server, store: FsspecStore) -> None:
    assert get(store, "a/k").generation == '"tag"'
    assert get(store, "a/k", RangeByteRequest(0, 5)).generation is None


def test_same_data_by_obstore(server: Server) -> None:
    with zarr.config.set({"storage.backend": "obstore"}):
        store = store_of_url(f"{server.url}/root")
    assert isinstance(store, ObjectStore)
    for byte_range in RANGES:
        start, end = slice_of(byte_range, 100)
        assert_bytes_equal(sync(store.get("a/k", default_buffer_prototype(), byte_range)), VALUE[start:end])
    assert sync(store.get("none")) is None
    server.script = [403]
    with pytest.raises(Exception, match="'a/k' of object_store"):
        sync(store.get("a/k"))


def test_loops_of_ones_own(server: Server, store: FsspecStore) -> None:
    async def read() -> bytes:
        values = await asyncio.gather(*(store.get("a/k") for _ in range(5)))
        return values[0].to_bytes()  # type: ignore[union-attr]

    assert asyncio.run(read()) == asyncio.run(read()) == VALUE
    assert_bytes_equal(get(store, "a/k"), VALUE)
