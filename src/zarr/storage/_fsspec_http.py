"""Reading by HTTP through the session of fsspec's HTTPFileSystem.

fsspec returns what came without looking at the status of ranges and takes any failure to tell a size for a
missing file; here each answer is checked against what was asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from zarr.abc.ranges import ByteRequest, OffsetByteRequest, RangeByteRequest, slice_of

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["HTTPStatusError", "get", "is_http", "join_url", "size"]

_MISSING = (404, 410)
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)\Z")
_NO_HEAD = (405, 501)
_TIMEOUTS = {"sock_connect": 30, "sock_read": 60}
"""Seconds; a long answer may take its time, one that stands still may not."""


class HTTPStatusError(OSError):
    """A server answered with a status that is neither success nor "not found"."""

    status: int = 0


def is_http(fs: Any) -> bool:
    """Whether a filesystem is fsspec's own for HTTP, or one that reads as it does."""
    http = next((c for c in type(fs).__mro__ if c.__module__ == "fsspec.implementations.http"), None)
    return http is not None and getattr(type(fs), "_cat_file", None) is getattr(http, "_cat_file", 0)


def join_url(root: str, key: str) -> str:
    """The URL of a key; a query in the root, such as a signature, goes behind it."""
    base, mark, query = root.partition("?")
    return f"{base.rstrip('/')}/{quote(key)}{mark}{query}"


async def get(fs: Any, url: str, byte_range: ByteRequest | None) -> tuple[bytes, Hashable] | None:
    """Bytes of a value and its entity tag; None if the server says that there is no such value."""
    headers = {} if byte_range is None else {"Range": _range_header(byte_range)}
    async with await _ask(fs, "get", url, headers) as answer:
        if answer.status in _MISSING:
            return None
        if answer.status == 416 and byte_range is not None:
            _check_unsatisfiable(answer, byte_range)
            return b"", None
        _check_status(answer)
        data: bytes = await answer.read()
        tag = answer.headers.get("ETag")
        if answer.status == 206:
            _check_part(answer, byte_range, len(data))
        else:  # the server knows no ranges: it has sent everything
            start, end = slice_of(byte_range, len(data))
            data = data[start:end]
        return data, None if tag is None or tag.startswith("W/") else tag


async def size(fs: Any, url: str) -> int | None:
    """Size of a value; None if the server says that there is none."""
    async with await _ask(fs, "head", url, {}) as answer:
        if answer.status in _MISSING:
            return None
        if answer.status not in _NO_HEAD:
            _check_status(answer)
            if "Content-Length" in answer.headers:
                return int(answer.headers["Content-Length"])
    found = await get(fs, url, None)
    return None if found is None else len(found[0])


async def _ask(fs: Any, method: str, url: str, headers: dict[str, str]) -> Any:
    import aiohttp
    import yarl

    options = dict(fs.kwargs)
    if "timeout" not in fs.client_kwargs:
        options.setdefault("timeout", aiohttp.ClientTimeout(total=None, **_TIMEOUTS))
    own = {**(options.pop("headers", None) or {}), "Accept-Encoding": "identity", **headers}
    session = await fs.set_session()
    options.setdefault("allow_redirects", True)
    return getattr(session, method)(yarl.URL(url, encoded=True), headers=own, **options)


def _range_header(byte_range: ByteRequest) -> str:
    if isinstance(byte_range, RangeByteRequest):
        return f"bytes={byte_range.start}-{byte_range.end - 1}"
    if isinstance(byte_range, OffsetByteRequest):
        return f"bytes={byte_range.offset}-"
    return f"bytes=-{byte_range.suffix}"


def _check_status(answer: Any) -> None:
    if answer.status in (200, 206):
        return
    said = f"the server answered {answer.status} {answer.reason or ''}".rstrip()
    if answer.status in (401, 403):
        raise PermissionError(said)
    error = HTTPStatusError(said)
    error.status = answer.status
    raise error


def _check_part(answer: Any, byte_range: ByteRequest | None, length: int) -> None:
    """ConnectionError unless a partial answer is the part that was asked for."""
    told = answer.headers.get("Content-Range", "")
    match = _CONTENT_RANGE.match(told)
    if match is None or match[1] is None:
        raise ConnectionError(f"the server sent a part of the value without saying which ({told!r})")
    start, end = int(match[1]), int(match[2]) + 1
    if match[3] == "*":
        expected = (start, end) if isinstance(byte_range, RangeByteRequest) else None
        fits = expected is not None and start == byte_range.start and end <= byte_range.end  # type: ignore[union-attr]
    else:
        fits = (start, end) == slice_of(byte_range, int(match[3]))
    if not fits or length != end - start:
        raise ConnectionError(f"asked for {byte_range}, the server sent {length} bytes as {told!r}")


def _check_unsatisfiable(answer: Any, byte_range: ByteRequest) -> None:
    match = _CONTENT_RANGE.match(answer.headers.get("Content-Range", ""))
    if match is not None and match[3] != "*":
        start, end = slice_of(byte_range, int(match[3]))
        if start < end:
            raise HTTPStatusError(f"the server answered 416 to {byte_range} of {match[3]} bytes")
