"""Retries, by a clock that does not run: how often, how long, after which pauses, and what the error says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from zarr.storage import _retry
from zarr.storage._retry import Retries, named, send


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(_retry, "clock", clock.time)
    monkeypatch.setattr(_retry, "sleep", clock.sleep)
    return clock


class Server:
    """Fails a number of times, each after some seconds."""

    def __init__(self, clock: Clock, failures: int, seconds: float = 0.0) -> None:
        self.clock, self.failures, self.seconds = clock, failures, seconds
        self.asked = 0

    async def answer(self) -> str:
        self.asked += 1
        self.clock.now += self.seconds
        if self.asked <= self.failures:
            raise ConnectionResetError(f"failure {self.asked}")
        return "answer"


def passing(error: Exception) -> bool:
    return isinstance(error, ConnectionError)


async def test_tried_again_until_it_succeeds(clock: Clock) -> None:
    server = Server(clock, failures=3)
    assert await send(server.answer, passing, Retries(5, 60)) == "answer"
    assert server.asked == 4
    assert len(clock.pauses) == 3


async def test_tried_so_often_and_no_more(clock: Clock) -> None:
    server = Server(clock, failures=9)
    with pytest.raises(ConnectionResetError, match="failure 4"):
        await send(server.answer, passing, Retries(4, 60))
    assert server.asked == 4


async def test_no_attempt_begins_after_the_time(clock: Clock) -> None:
    server = Server(clock, failures=9, seconds=20)
    with pytest.raises(ConnectionResetError, match="failure 3"):
        await send(server.answer, passing, Retries(9, 60))
    assert clock.now < 1061


async def test_other_errors_are_raised_at_once(clock: Clock) -> None:
    async def refuse() -> None:
        raise PermissionError("403")

    with pytest.raises(PermissionError):
        await send(refuse, passing, Retries(5, 60))
    assert not clock.pauses


async def test_configured(clock: Clock) -> None:
    server = Server(clock, failures=99)
    with pytest.raises(ConnectionResetError, match="failure 5"):
        await send(server.answer, passing)
    with zarr.config.set({"storage.retries": {"attempts": 2, "seconds": 10}}):
        assert Retries.configured() == Retries(2, 10)


@given(failures=st.integers(1, 40))
def test_pauses_grow_to_a_limit(failures: int) -> None:
    longest = min(10.0, 0.1 * 2 ** (failures - 1))
    assert longest / 2 <= Retries(9, 9).pause(failures) <= longest


class Picky(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("odd"), "get 'k': odd"),
        (TimeoutError(), "get 'k': TimeoutError"),
        (OSError(5, "Input/output error"), "[Errno 5] get 'k': Input/output error"),
        (ConnectionResetError(104, "reset"), "[Errno 104] get 'k': reset"),
        (PermissionError("403"), "get 'k': 403"),
    ],
)
def test_named_errors_keep_their_class(error: Exception, text: str) -> None:
    told = named(error, "get 'k'")
    assert type(told) is type(error)
    assert str(told) == text
    assert getattr(told, "errno", None) == getattr(error, "errno", None)


@pytest.mark.parametrize(
    "error", [Picky(1, "odd"), KeyError("k"), UnicodeDecodeError("utf8", b"x", 0, 1, "odd")]
)
def test_errors_that_take_no_text_get_a_note(error: Any) -> None:
    told = named(error, "get 'k'")
    said = str(told) + "".join(getattr(told, "__notes__", []))
    assert type(told) is type(error)
    assert "get 'k'" in said
