"""Every fault of a server, on every kind of request: the truth or an error comes, never a fill value in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pytest
from http_stores import KINDS, make_store
from service_http import Fault, HttpServer, Request

import zarr
from zarr.storage import LocalStore

DATA = np.arange(1, 301, dtype="int32").reshape(20, 15)
FILL = -9
ATTEMPTS = 2
LONG_SECONDS, STALL_SECONDS = 30.0, 0.4
PART = (slice(3, 8), slice(2, 8))

Where = Callable[[Request], bool]


@dataclass(frozen=True)
class Target:
    """A kind of request.

    Attributes
    ----------
    array
        Name of the array that is read.
    where
        Whether it is this kind of request.
    """

    array: str
    where: Where
    zarr_format: int | None = None


INDEX_BYTES = 5 * 5 * 16 + 4  # of each shard: 5 by 5 inner chunks, and a checksum
SHARD = "/c/0/0"


def is_inner(request: Request) -> bool:
    return request.path.endswith(SHARD) and request.start == 0 and not request.is_whole


def is_index(request: Request) -> bool:
    return request.path.endswith(SHARD) and request.start > 0


TARGETS = {
    "document-v3": Target("plain", lambda r: r.path.endswith("zarr.json")),
    "document-v2": Target("v2", lambda r: r.path.endswith(".zarray"), zarr_format=2),
    "attributes-v2": Target("v2", lambda r: r.path.endswith(".zattrs"), zarr_format=2),
    "document-of-unknown-format": Target("v2", lambda r: r.path.endswith("zarr.json")),
    "chunk": Target("plain", lambda r: r.path.endswith("/c/1/1")),
    "chunk-v2": Target("v2", lambda r: r.path.endswith("/1.1"), zarr_format=2),
    "chunk-uncompressed": Target("raw", lambda r: r.path.endswith("/c/1/1")),
    "shard-index": Target("sharded", is_index, zarr_format=3),
    "inner-chunk": Target("sharded", is_inner, zarr_format=3),
}

STATUSES = [401, 403, 407, 416, 429, 500, 502, 503, 504]
BROKEN = ["nothing", "cut", "reset", "stall", "stall_in_body"]
WRONG = ["whole", "shifted", "short", "empty", "page"]


def cases(faults: Sequence[int | str]) -> list[tuple[str, int | str]]:
    """Each target with each fault. Where the answer is 404, its status is all that counts, and comes before a cut."""
    after_status = ("cut", "reset", "stall_in_body")
    found = product(TARGETS, faults)
    return [
        (name, how) for name, how in found if name != "document-of-unknown-format" or how not in after_status
    ]


@pytest.fixture(scope="module")
def written(http_of_session: HttpServer) -> None:
    """Arrays in the folder that the server serves."""
    store = LocalStore(http_of_session.root)
    more: dict[str, dict[str, Any]] = {
        "plain": {"chunks": (5, 5)},
        "raw": {"chunks": (5, 5), "compressors": None},
        "v2": {"chunks": (5, 5), "zarr_format": 2, "attributes": {"of": "v2"}},
        "sharded": {"chunks": (4, 3), "shards": (20, 15)},
    }
    for name, options in more.items():
        array = zarr.create_array(
            store, name=name, shape=DATA.shape, dtype="int32", fill_value=FILL, **options
        )
        array[...] = DATA


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr("zarr.storage._retry.sleep", sleep)


def read(kind: str, http: HttpServer, target: Target) -> Any:
    stalls = [fault for fault in http.faults if "stall" in str(fault.how)]
    timeout = STALL_SECONDS if stalls else LONG_SECONDS
    attempts = 1 if any(fault.times is None for fault in stalls) else ATTEMPTS  # each of these takes its time
    with zarr.config.set({"storage.retries.attempts": attempts}):
        store = make_store(kind, f"{http.url}/{target.array}", timeout, attempts)
        array = zarr.open_array(store, mode="r", zarr_format=target.zarr_format)
        if target.zarr_format == 2:
            assert dict(array.attrs) == {"of": "v2"}
        return array[PART]


def outcome(kind: str, http: HttpServer, target: Target) -> Exception | None:
    """The error; None where the truth came. Anything else fails."""
    try:
        found = read(kind, http, target)
    except AssertionError:
        raise
    except Exception as error:
        return error
    np.testing.assert_array_equal(found, DATA[PART])
    return None


pytestmark = [
    pytest.mark.usefixtures("written"),
    pytest.mark.parametrize("kind", KINDS),
]


@pytest.mark.parametrize("name", TARGETS)
def test_targets_are_met(http: HttpServer, kind: str, name: str) -> None:
    """The requests that faults are laid on do happen, and without a fault all is well."""
    assert outcome(kind, http, TARGETS[name]) is None
    assert any(TARGETS[name].where(request) for request in http.log)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("name", TARGETS)
def test_status(http: HttpServer, kind: str, name: str, status: int) -> None:
    http.faults.append(Fault(status, TARGETS[name].where))
    error = outcome(kind, http, TARGETS[name])
    assert error is not None
    assert not isinstance(error, FileNotFoundError | KeyError), "as if it were missing"


@pytest.mark.parametrize(("name", "how"), cases(BROKEN))
def test_broken_answer(http: HttpServer, kind: str, name: str, how: str) -> None:
    http.faults.append(Fault(how, TARGETS[name].where))
    error = outcome(kind, http, TARGETS[name])
    assert error is not None
    assert not isinstance(error, FileNotFoundError | KeyError), "as if it were missing"


@pytest.mark.parametrize("how", WRONG)
@pytest.mark.parametrize("name", TARGETS)
def test_wrong_answer(http: HttpServer, kind: str, name: str, how: str) -> None:
    """``outcome`` itself fails where neither the truth nor an error comes."""
    http.faults.append(Fault(how, TARGETS[name].where))
    error = outcome(kind, http, TARGETS[name])
    if how in ("empty", "page"):
        assert error is not None


@pytest.mark.parametrize(("name", "how"), cases([429, 500, 503, "nothing", "cut", "reset", "stall", "slow"]))
def test_passing_fault(http: HttpServer, kind: str, name: str, how: int | str) -> None:
    """What goes wrong once is asked again and comes."""
    http.faults.append(Fault(how, TARGETS[name].where, times=1))
    assert outcome(kind, http, TARGETS[name]) is None
    assert http.faults[0].met == 1


@pytest.mark.parametrize("name", ["chunk", "chunk-v2", "chunk-uncompressed"])
def test_missing_chunk_is_fill_value(http: HttpServer, kind: str, name: str) -> None:
    http.faults.append(Fault(404, TARGETS[name].where))
    expected = DATA.copy()
    expected[5:10, 5:10] = FILL
    np.testing.assert_array_equal(read(kind, http, TARGETS[name]), expected[PART])
