"""A server with the part of S3's API that reading needs, over a folder: each answer comes after a delay.

    python remote_server.py FOLDER MILLISECONDS

It prints its port, and answers ``/cpu`` with the seconds of processor time that it has used. moto's server
takes some 2 ms of a processor for each request, so that all clients would look alike; this one takes less
than a tenth of that.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import sys
import time
from pathlib import Path
from urllib.parse import unquote

_RANGE = re.compile(rb"\r\nrange: bytes=(\d*)-(\d*)", re.IGNORECASE)
_MISSING = b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>"
_REASONS = {200: "OK", 206: "Partial Content", 404: "Not Found", 405: "Method Not Allowed"}


class Connection(asyncio.Protocol):
    """One connection; a request is over at the first empty line, for none has a body."""

    def __init__(self, files: dict[str, bytes], delay: float) -> None:
        self.files, self.delay, self.received = files, delay, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head, self.received = self.received[:end], self.received[end + 4 :]
            answer = self.answer(head)
            if b"GET /cpu " in head:
                self.transport.write(answer)
            else:
                asyncio.get_running_loop().call_later(self.delay, self.transport.write, answer)

    def answer(self, head: bytes) -> bytes:
        method, target = head.split(b" ", 2)[:2]
        path = unquote(target.decode().partition("?")[0]).strip("/")
        if method not in (b"GET", b"HEAD"):
            return _answer(405, b"", b"")
        if path == "cpu":
            return _answer(200, b"", str(time.process_time()).encode())
        data = self.files.get(path)
        if data is None:
            return _answer(404, b"Content-Type: application/xml\r\n", _MISSING, method == b"HEAD")
        more = b'ETag: "%s"\r\n' % hashlib.md5(data[:64], usedforsecurity=False).hexdigest().encode()
        found = _RANGE.search(head)
        if found is None:
            return _answer(200, more, data, method == b"HEAD")
        first, last = found.groups()
        start = int(first) if first else max(0, len(data) - int(last))
        end = min(len(data), int(last) + 1) if first and last else len(data)
        more += b"Content-Range: bytes %d-%d/%d\r\n" % (start, end - 1, len(data))
        return _answer(206, more, data[start:end], method == b"HEAD")


_ALWAYS = b"Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nAccept-Ranges: bytes\r\nServer: remote\r\n"


def _answer(status: int, headers: bytes, body: bytes, is_head: bool = False) -> bytes:
    line = b"HTTP/1.1 %d %s\r\nContent-Length: %d\r\n" % (status, _REASONS[status].encode(), len(body))
    return line + _ALWAYS + headers + b"\r\n" + (b"" if is_head else body)


async def serve(folder: Path, delay: float) -> None:
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(files, delay), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2]) / 1000))
