"""Byte ranges: what of a value they are, and how many are joined into fewer reads."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zarr.abc.ranges import OffsetByteRequest, RangeByteRequest, SuffixByteRequest, coalesce, slice_of

SLICES: list[tuple[Any, int, tuple[int, int]]] = [
    (None, 10, (0, 10)),
    (RangeByteRequest(2, 5), 10, (2, 5)),
    (RangeByteRequest(2, 50), 10, (2, 10)),
    (RangeByteRequest(20, 50), 10, (10, 10)),
    (RangeByteRequest(5, 2), 10, (5, 5)),
    (RangeByteRequest(0, 0), 10, (0, 0)),
    (RangeByteRequest(2**62, 2**62 + 1), 10, (10, 10)),
    (OffsetByteRequest(3), 10, (3, 10)),
    (OffsetByteRequest(30), 10, (10, 10)),
    (SuffixByteRequest(3), 10, (7, 10)),
    (SuffixByteRequest(30), 10, (0, 10)),
    (SuffixByteRequest(0), 10, (10, 10)),
    (SuffixByteRequest(3), 0, (0, 0)),
]


@pytest.mark.parametrize(("request_", "size", "expected"), SLICES)
def test_slices(request_: Any, size: int, expected: tuple[int, int]) -> None:
    assert slice_of(request_, size) == expected


@pytest.mark.parametrize(
    "bad",
    [
        "0-3",
        (0, 3),
        RangeByteRequest(-1, 3),
        RangeByteRequest(0, -3),
        OffsetByteRequest(-1),
        SuffixByteRequest(-1),
    ],
)
def test_what_is_no_request(bad: Any) -> None:
    with pytest.raises(ValueError, match="Unexpected byte_range"):
        slice_of(bad, 10)


RANGES = st.builds(
    lambda start, size: RangeByteRequest(start, start + size), st.integers(0, 200), st.integers(0, 40)
)
REQUESTS = st.lists(
    st.one_of(RANGES, RANGES, RANGES, st.none(), st.builds(SuffixByteRequest, st.integers(0, 50))),
    max_size=12,
)


@given(REQUESTS, st.integers(0, 60), st.integers(0, 150))
def test_coalesce(requests: list[Any], gap: int, most: int) -> None:
    groups, other = coalesce(requests, max_gap_bytes=gap, max_coalesced_bytes=most)
    members = [member for group in groups for member in group.members]
    # every request is served once, by what was asked
    assert sorted(i for i, _ in [*members, *other]) == list(range(len(requests)))
    assert all(requests[i] is r for i, r in [*members, *other])
    assert all(not isinstance(r, RangeByteRequest) for _, r in other)
    for group in groups:
        starts, ends = [r.start for _, r in group.members], [r.end for _, r in group.members]
        # a read is as long as it must be, no longer than allowed, and never spans too large a gap
        assert (group.start, group.end) == (min(starts), max(ends))
        assert len(group.members) == 1 or group.end - group.start <= most
        reach = group.members[0][1].end
        for _, request in group.members[1:]:
            assert request.start - reach <= gap
            reach = max(reach, request.end)
    # and no two reads could have been one
    for first, second in pairwise(groups):
        joined = max(first.end, second.members[0][1].end) - first.start
        assert second.members[0][1].start - first.end > gap or joined > most


@given(REQUESTS, st.integers(0, 60), st.integers(0, 150))
def test_members_are_cut_out_of_their_read(requests: list[Any], gap: int, most: int) -> None:
    value = bytes(range(250))
    groups, _ = coalesce(requests, max_gap_bytes=gap, max_coalesced_bytes=most)
    for group in groups:
        read = value[group.start : group.end]
        for _, r in group.members:
            assert read[r.start - group.start : r.end - group.start] == value[r.start : r.end]


def test_nothing() -> None:
    assert coalesce([], max_gap_bytes=1, max_coalesced_bytes=1) == ([], [])
