"""Many pieces of a shard, of which those that lie near each other are fetched by one read. Pure.

For many at once what ``abc.ranges.coalesce`` does for requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from zarr.abc.ranges import RangeByteRequest, coalesce
from zarr.core.shard.steps import Bytes, Fetch, Steps

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.codec import BytesLike

    Numbers = npt.NDArray[np.int64]

__all__ = ["Pieces", "fetch_pieces"]


class Pieces:
    """Bytes of pieces of a shard, by their numbers; they are cut off where the shard ends.

    Parameters
    ----------
    reads
        Parts of the shard, and where each begins.
    starts, ends
        Of the pieces, in the shard.
    which
        The part that each piece is in, where there are several.
    """

    __slots__ = ("_ends", "_starts", "_views", "_which")

    def __init__(
        self,
        reads: Sequence[tuple[BytesLike, int]],
        starts: Numbers,
        ends: Numbers,
        which: Numbers | None = None,
    ) -> None:
        self._views = [memoryview(data) for data, _ in reads]
        begins = np.array([begin for _, begin in reads])
        begin = begins[0 if which is None else which]
        self._starts, self._ends, self._which = starts - begin, ends - begin, which

    def __getitem__(self, numbers: npt.NDArray[np.intp]) -> list[memoryview]:
        starts, ends = self._starts[numbers].tolist(), self._ends[numbers].tolist()
        if self._which is None:
            view = self._views[0]
            return [view[start:end] for start, end in zip(starts, ends, strict=True)]
        views = map(self._views.__getitem__, self._which[numbers].tolist())
        return [view[start:end] for view, start, end in zip(views, starts, ends, strict=True)]

    def rows(self, numbers: npt.NDArray[np.intp], nbytes: int) -> Bytes | None:
        """Pieces of so many bytes each, as rows; a view where they follow each other.

        None where they lie in several parts, or not all of them at a distance of whole pieces, or are cut off.
        """
        if self._which is not None:
            return None
        starts, view = self._starts[numbers], self._views[0]
        first, last = int(starts.min()), int(starts.max())
        places, beyond = np.divmod(starts - first, nbytes)
        if beyond.any() or last + nbytes > len(view):
            return None
        rows: Bytes = np.frombuffer(view[first : last + nbytes], np.uint8).reshape(-1, nbytes)
        in_order = len(rows) == len(places) and np.array_equal(places, np.arange(len(rows)))
        return rows if in_order else rows[places]


def fetch_pieces(
    starts: Numbers, ends: Numbers, there: npt.NDArray[np.bool_], limits: tuple[int, int]
) -> Steps:
    """Fetch the pieces of a shard that are ``there``, of which there are some; returns ``Pieces``."""
    numbers = np.flatnonzero(there)
    numbers = numbers[np.argsort(starts[numbers], kind="stable")]
    firsts, lasts = starts[numbers], ends[numbers]
    if (firsts[1:] < lasts[:-1]).any():  # some overlap, as none do that are written here
        requests = list(map(RangeByteRequest, firsts.tolist(), lasts.tolist()))
        groups, _ = coalesce(requests, max_gap_bytes=limits[0], max_coalesced_bytes=limits[1])
        numbers = numbers[[i for group in groups for i, _ in group.members]]
        counts, reads = [len(group.members) for group in groups], [group.request for group in groups]
    else:
        parts = list(_joined(firsts, lasts, *limits))
        counts = [stop - first for first, stop in parts]
        reads = [RangeByteRequest(int(firsts[first]), int(lasts[stop - 1])) for first, stop in parts]
    found = yield Fetch(reads)
    here = [(b"" if data is None else data, read.start) for data, read in zip(found, reads, strict=True)]
    if len(reads) == 1:
        return Pieces(here, starts, ends)
    which = np.zeros(len(starts), np.int64)
    which[numbers] = np.repeat(np.arange(len(reads)), counts)
    return Pieces(here, starts, ends, which)


def _joined(starts: Numbers, ends: Numbers, max_gap: int, max_bytes: int) -> Iterator[tuple[int, int]]:
    """The pieces of each read, of sorted ones that do not overlap."""
    breaks = np.flatnonzero(starts[1:] - ends[:-1] > max_gap) + 1
    for first, stop in zip([0, *breaks.tolist()], [*breaks.tolist(), len(starts)], strict=True):
        while stop - first > 1 and ends[stop - 1] - starts[first] > max_bytes:
            fit = int(np.searchsorted(ends[first:stop], starts[first] + max_bytes, "right"))
            yield first, first + max(fit, 1)
            first += max(fit, 1)
        yield first, stop
