"""An HTTP server that misbehaves on command, over a folder of files, and remembers what it was asked.

It knows what clients of arrays ask: GET and HEAD with one range. A ``Fault`` is laid on keys and ranges.
"""

from __future__ import annotations

import os
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

SLOW_SECONDS = 0.05


@dataclass(frozen=True)
class Request:
    """What was asked: a method, a path without its first slash, and the bytes ``start`` to ``end`` of it."""

    method: str
    path: str
    start: int
    end: int
    is_whole: bool


@dataclass
class Fault:
    """What goes wrong.

    Attributes
    ----------
    how
        A status code, or the name of a method of ``_Handler`` behind ``answer_``.
    where
        Of which requests; of all where nothing is said.
    times
        How often; then requests are answered as they should be. Always where None.
    """

    how: int | str
    where: Callable[[Request], bool] = lambda request: True
    times: int | None = None
    met: int = 0

    def meets(self, request: Request) -> bool:
        if (self.times is not None and self.met >= self.times) or not self.where(request):
            return False
        self.met += 1
        return True


@dataclass
class HttpServer:
    """The server.

    Attributes
    ----------
    url
        Where it listens.
    root
        The folder that it serves.
    faults
        What goes wrong; the first that meets a request decides.
    log
        What was asked since ``forget``.
    """

    url: str
    root: Path
    faults: list[Fault] = field(default_factory=list)
    log: list[Request] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def forget(self) -> None:
        """No faults, no memory; what stalls goes on."""
        self.released.set()
        with self._lock:
            self.released = threading.Event()
            self.faults.clear()
            self.log.clear()

    def fault_of(self, request: Request) -> Fault | None:
        with self._lock:
            self.log.append(request)
            return next((fault for fault in self.faults if fault.meets(request)), None)


@contextmanager
def http_server(root: Path) -> Iterator[HttpServer]:
    """The server for the length of the context."""
    threading_server = _Server(("127.0.0.1", 0), _Handler)
    server = HttpServer(f"http://127.0.0.1:{threading_server.server_address[1]}", root)
    threading_server.http = server
    thread = threading.Thread(target=threading_server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.forget()
        threading_server.shutdown()
        thread.join()
        threading_server.close_connections()
        threading_server.server_close()


class _Server(ThreadingHTTPServer):
    http: HttpServer
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        for request in list(self._open):
            try:
                request.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for its next request
            except OSError:
                pass

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # clients that give up are what the tests are about


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 60

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        http = self.server.http
        path = unquote(self.path).lstrip("/")
        file = http.root / path
        self.data = file.read_bytes() if file.is_file() else None
        size = 0 if self.data is None else len(self.data)
        start, end = _range(self.headers.get("Range"), size)
        self.asked = Request(self.command, path, start, end, "Range" not in self.headers)
        fault = http.fault_of(self.asked)
        if fault is None:
            self.answer()
        elif isinstance(fault.how, int):
            self.send(fault.how, b"no such luck")
        else:
            getattr(self, f"answer_{fault.how}")()

    do_HEAD = do_GET

    def log_message(self, *args: Any) -> None:
        pass

    # --- answers

    def answer(self) -> None:
        if self.data is None:
            self.send(404, b"not found")
        elif self.asked.is_whole:
            self.send(200, self.data)
        elif self.asked.start >= min(self.asked.end, len(self.data)):
            self.send(416, b"", **{"Content-Range": f"bytes */{len(self.data)}"})
        else:
            self.send_part(self.asked.start, self.asked.end)

    def answer_nothing(self) -> None:
        """The connection is closed without a word."""
        self.close_connection = True

    def answer_cut(self) -> None:
        """Half of the body comes, then the connection ends."""
        self.send_half()
        self.close_connection = True

    def answer_reset(self) -> None:
        """Half of the body comes, then the connection breaks."""
        self.send_half()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        self.close_connection = True

    def answer_stall(self) -> None:
        """Nothing comes, and the connection stays."""
        self.wait()

    def answer_stall_in_body(self) -> None:
        """Half of the body comes, then nothing, and the connection stays."""
        self.send_half()
        self.wait()

    def answer_slow(self) -> None:
        """All is well, but late."""
        time.sleep(SLOW_SECONDS)
        self.answer()

    def answer_whole(self) -> None:
        """The range is ignored: 200 and everything."""
        if self.data is None:
            self.answer()
        else:
            self.send(200, self.data)

    def answer_shifted(self) -> None:
        """Other bytes than the range asked for, as many, and Content-Range says which."""
        if self.asked.is_whole:
            return self.answer()
        shift = -1 if self.asked.start else 1
        self.send_part(self.asked.start + shift, self.asked.end + shift)

    def answer_short(self) -> None:
        """Fewer bytes than the range asked for, and Content-Range says so."""
        if self.asked.is_whole:
            return self.answer()
        self.send_part(self.asked.start, (self.asked.start + self.asked.end) // 2)

    def answer_empty(self) -> None:
        """A body of no bytes, as if that were all."""
        self.send(200, b"")

    def answer_page(self) -> None:
        """A page for people with the status of success, as portals of networks send it."""
        self.send(200, b"<html><body>Please log in</body></html>", **{"Content-Type": "text/html"})

    # --- sending

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.begin(status, len(body), **headers)
        if self.command != "HEAD":
            self.wfile.write(body)

    def begin(self, status: int, length: int, **headers: str) -> None:
        self.send_response(status)
        told = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes", "Last-Modified": _DATE}
        for name, value in {**told, **headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()

    def send_part(self, start: int, end: int) -> None:
        assert self.data is not None
        part = self.data[start:end]
        told = f"bytes {start}-{start + len(part) - 1}/{len(self.data)}"
        self.send(206, part, **{"Content-Range": told})

    def send_half(self) -> None:
        if self.data is None:
            self.begin(404, 20)
            self.wfile.write(b"not found ")
            return
        data = self.data
        start, end = self.asked.start, min(self.asked.end, len(data))
        headers = {} if self.asked.is_whole else {"Content-Range": f"bytes {start}-{end - 1}/{len(data)}"}
        self.begin(200 if self.asked.is_whole else 206, end - start, **headers)
        self.wfile.write(data[start : (start + end) // 2])

    def wait(self) -> None:
        self.server.http.released.wait(self.timeout)
        self.close_connection = True


_DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def _range(header: str | None, size: int) -> tuple[int, int]:
    found = _RANGE.fullmatch(header or "")
    if found is None:
        return 0, size
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size
