"""LoggingStore: each call is logged as Zarr-Python logs it, and counted; blocking stores stay blocking."""

from __future__ import annotations

import io
import logging
import pickle
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import test_conformance as suite

import zarr
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.storage import LocalStore, LoggingStore, MemoryStore
from zarr.testing.store import LatencyStore
from zarr.testing.utils import assert_bytes_equal


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


class LoggingSuite(suite.Wrapping):
    store_cls = LoggingStore

    @pytest.fixture
    def store_kwargs(self, inner_kwargs: dict[str, Any]) -> dict[str, Any]:
        return {"store": self.inner.store_cls(**inner_kwargs), "log_level": "ERROR"}

    def test_store_repr(self, store: Any) -> None:
        assert str(store) == f"logging-{store._store}"
        assert repr(store) == f"LoggingStore({type(store._store).__name__}, '{store._store}')"


class TestLoggingOfLocal(LoggingSuite):
    inner = suite.TestLocalStore()


class TestLoggingOfMemory(LoggingSuite):
    inner = suite.TestMemoryStore()


class TestLoggingOfWaiting(LoggingSuite, suite.TestWrapperOfWaiting):
    @pytest.fixture
    def store_kwargs(self, inner_kwargs: dict[str, Any]) -> dict[str, Any]:
        return {"store": LatencyStore(**inner_kwargs), "log_level": "ERROR"}


class Log:
    """A store that logs into a text."""

    def __init__(self, inner: Any = None, level: str = "INFO") -> None:
        self.text = io.StringIO()
        self.handler = logging.StreamHandler(self.text)
        self.store: LoggingStore[Any] = LoggingStore(inner or MemoryStore(), level, self.handler)

    def lines(self) -> list[str]:
        """What was logged, without the times."""
        return [re.sub(r" \[\d+\.\d\d s\]$", "", line) for line in self.text.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    made = Log()
    yield made
    made.store.logger.removeHandler(made.handler)


P = default_buffer_prototype()

# What Zarr-Python 3.4.2 logs for each call
CALLS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "set": (lambda s: s.set("a/k", buffer(b"x")), "set(a/k)"),
    "get": (lambda s: s.get("a/k", P), "get(a/k)"),
    "exists": (lambda s: s.exists("k"), "exists(k)"),
    "delete": (lambda s: s.delete("k"), "delete(k)"),
    "is_empty": (lambda s: s.is_empty(), "is_empty"),
    "getsize": (lambda s: s.getsize("there"), "getsize(there)"),
    "getsize_prefix": (lambda s: s.getsize_prefix("a"), "getsize_prefix(a)"),
    "get_partial_values": (
        lambda s: s.get_partial_values(P, [("a/k", None), ("b", None)]),
        "get_partial_values(a/k,b)",
    ),
    "set_if_not_exists": (lambda s: s.set_if_not_exists("q", buffer(b"x")), "set_if_not_exists(q)"),
    "delete_dir": (lambda s: s.delete_dir("a"), "delete_dir(a)"),
    "clear": (lambda s: s.clear(), "clear"),
    "list": (lambda s: all_of(s.list()), "list"),
    "list_prefix": (lambda s: all_of(s.list_prefix("pre")), "list_prefix(pre)"),
    "list_dir": (lambda s: all_of(s.list_dir("")), "list_dir"),
    "_ensure_open": (lambda s: s._ensure_open(), "_ensure_open"),
}
BLOCKING_CALLS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "set_sync": (lambda s: s.set_sync("k", buffer(b"x")), "set_sync(k)"),
    "get_sync": (lambda s: s.get_sync("k", prototype=P), "get_sync(k)"),
    "delete_sync": (lambda s: s.delete_sync("k"), "delete_sync(k)"),
    "exists_sync": (lambda s: s.exists_sync("k"), "exists_sync(k)"),
    "read_only": (lambda s: s.read_only, "read_only"),
    "supports_writes": (lambda s: s.supports_writes, "supports_writes"),
    "supports_deletes": (lambda s: s.supports_deletes, "supports_deletes"),
    "supports_listing": (lambda s: s.supports_listing, "supports_listing"),
}


async def all_of(items: Any) -> list[Any]:
    return [item async for item in items]


@pytest.mark.parametrize("name", CALLS)
async def test_call_is_logged_and_counted(log: Log, name: str) -> None:
    log.store._store.set_sync("there", buffer(b"x"))
    call, text = CALLS[name]
    await call(log.store)
    assert log.lines() == [f" Calling MemoryStore.{text}", f"Finished MemoryStore.{text}"]
    assert log.store.counter == {name: 1}


@pytest.mark.parametrize("name", BLOCKING_CALLS)
def test_blocking_call_is_logged_and_counted(log: Log, name: str) -> None:
    call, text = BLOCKING_CALLS[name]
    call(log.store)
    assert log.lines() == [f" Calling MemoryStore.{text}", f"Finished MemoryStore.{text}"]
    assert log.store.counter == {name: 1}


async def test_call_that_fails_is_logged_to_its_end(log: Log) -> None:
    with pytest.raises(TypeError, match="must be a Buffer"):
        await log.store.set("k", b"x")
    assert log.lines() == [" Calling MemoryStore.set(k)", "Finished MemoryStore.set(k)"]


def test_own_blocks_are_logged_under_the_name_of_their_function(log: Log) -> None:
    with log.store.log("a hint"):
        assert log.lines() == [
            " Calling MemoryStore.test_own_blocks_are_logged_under_the_name_of_their_function(a hint)"
        ]
    assert log.store.counter == {"test_own_blocks_are_logged_under_the_name_of_their_function": 1}


def test_level_says_what_is_logged_and_all_is_counted() -> None:
    silent = Log(level="WARNING")
    silent.store.get_sync("k")
    assert silent.lines() == []
    assert silent.store.counter == {"get_sync": 1}
    with pytest.raises(ValueError, match="Unknown level"):
        LoggingStore(MemoryStore(), log_level="nonsense")


def test_standard_output_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    inner = MemoryStore()
    LoggingStore(inner).logger.handlers.clear()  # of a store that was at this address before
    for _ in range(2):  # a second store of that name does not log twice
        store = LoggingStore(inner)
    store.get_sync("k")
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 2
    name = re.escape(f"LoggingStore({inner})")
    assert re.fullmatch(rf"[-\d]+ [:,\d]+ - {name} - INFO -  Calling MemoryStore\.get_sync\(k\)", printed[0])
    store.logger.handlers.clear()


def test_blocking_store_needs_no_loop(log: Log) -> None:
    assert not log.store._suspends
    assert LoggingStore(LatencyStore(MemoryStore()), "ERROR")._suspends
    array = zarr.create_array(log.store, data=range(6), chunks=2)
    log.store.counter.clear()
    assert list(array[2:4]) == [2, 3]
    assert log.store.counter["get_sync"] == 1
    assert log.store.counter["get"] == 0


async def test_open_takes_the_options_of_both(tmp_path: Path) -> None:
    store = await LoggingStore.open(LocalStore, tmp_path, read_only=True, log_level="ERROR")
    assert store._store == LocalStore(tmp_path, read_only=True)
    assert store.log_level == "ERROR"


def test_read_only_face_keeps_the_log(log: Log) -> None:
    reader = log.store.with_read_only(True)
    assert (reader.log_level, reader.log_handler) == ("INFO", log.handler)
    assert reader.counter == {}
    reader.get_sync("k")
    assert len(log.lines()) == 2


def test_pickled_store_logs_anew(log: Log) -> None:
    log.store.set_sync("k", buffer(b"x"))
    again = pickle.loads(pickle.dumps(log.store))
    assert again.counter == {"set_sync": 1}
    assert (again.log_level, again.log_handler) == ("INFO", None)
    assert_bytes_equal(again.get_sync("k"), b"x")
    again.logger.handlers.clear()
