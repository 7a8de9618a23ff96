"""Many pieces of a shard at once: the bytes are those that one by one would be read, by as few reads."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from zarr.abc.ranges import RangeByteRequest, coalesce
from zarr.core.shard.pieces import Pieces, fetch_pieces
from zarr.core.shard.steps import Fetch, cut

VALUE = np.random.default_rng(0).integers(0, 256, 500, np.uint8)


def fetched(
    starts: list[int], ends: list[int], there: list[bool], limits: tuple[int, int]
) -> tuple[Pieces, list[RangeByteRequest]]:
    steps = fetch_pieces(np.array(starts), np.array(ends), np.array(there), limits)
    step = next(steps)
    assert isinstance(step, Fetch)
    try:
        steps.send([cut(VALUE, request) for request in step.ranges])
    except StopIteration as stop:
        return stop.value, list(step.ranges)  # type: ignore[arg-type]
    raise AssertionError("it fetches once")


@st.composite
def disjoint(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Pieces in any order that do not overlap; the last may go beyond the value."""
    sizes = draw(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40)), min_size=1, max_size=15))
    edges = np.cumsum([n for pair in sizes for n in pair])
    pieces = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    shuffled = draw(st.permutations(pieces))
    return [start for start, _ in shuffled], [end for _, end in shuffled]


LIMITS = st.tuples(st.integers(0, 40), st.integers(0, 200))


@given(places=disjoint(), limits=LIMITS, data=st.data())
def test_the_reads_are_those_of_coalesce(
    places: tuple[list[int], list[int]], limits: tuple[int, int], data: st.DataObject
) -> None:
    starts, ends = places
    there = data.draw(st.lists(st.booleans(), min_size=len(starts), max_size=len(starts)).filter(any))
    pieces, requests = fetched(starts, ends, there, limits)
    numbers = [i for i, is_there in enumerate(there) if is_there]
    groups, _ = coalesce(
        [RangeByteRequest(starts[i], ends[i]) for i in numbers],
        max_gap_bytes=limits[0],
        max_coalesced_bytes=limits[1],
    )
    assert requests == [group.request for group in groups]
    asked = data.draw(st.permutations(numbers))
    assert [bytes(piece) for piece in pieces[np.array(asked)]] == [
        VALUE[starts[i] : ends[i]].tobytes() for i in asked
    ]


@given(
    places=st.lists(st.tuples(st.integers(0, 520), st.integers(0, 60)), min_size=1, max_size=12),
    limits=LIMITS,
)
def test_pieces_that_overlap(places: list[tuple[int, int]], limits: tuple[int, int]) -> None:
    """As only a writer other than ours leaves them."""
    starts, ends = [start for start, _ in places], [start + size for start, size in places]
    pieces, requests = fetched(starts, ends, [True] * len(starts), limits)
    assert [bytes(piece) for piece in pieces[np.arange(len(starts))]] == [
        VALUE[start:end].tobytes() for start, end in zip(starts, ends, strict=True)
    ]
    groups, _ = coalesce(
        list(map(RangeByteRequest, starts, ends)), max_gap_bytes=limits[0], max_coalesced_bytes=limits[1]
    )
    wanted = sum(group.end - group.start for group in groups)
    assert sum(request.end - request.start for request in requests) <= max(wanted, sum(ends) - sum(starts))


@given(
    nbytes=st.integers(1, 20),
    first=st.integers(0, 30),
    places=st.lists(st.integers(0, 30), min_size=1, max_size=20),
    shift=st.sampled_from([0, 0, 0, 1]),
    parts=st.sampled_from([1, 1, 2]),
)
def test_rows_are_the_pieces(nbytes: int, first: int, places: list[int], shift: int, parts: int) -> None:
    starts = np.array([first + place * nbytes for place in places])
    starts[-1] += shift
    which = None if parts == 1 else np.zeros(len(starts), np.int64)
    pieces = Pieces([(VALUE, 0)] * parts, starts, starts + nbytes, which)
    numbers = np.arange(len(starts))
    rows = pieces.rows(numbers, nbytes)
    regular = not ((starts - starts.min()) % nbytes).any()
    assert (rows is not None) == (parts == 1 and regular and starts.max() + nbytes <= len(VALUE))
    if rows is not None:
        assert rows.tobytes() == b"".join(pieces[numbers])


def test_rows_in_order_are_not_copied() -> None:
    starts = np.arange(5, 95, 10)
    rows = Pieces([(VALUE, 0)], starts, starts + 10).rows(np.arange(9), 10)
    assert rows is not None
    assert np.shares_memory(rows, VALUE)
