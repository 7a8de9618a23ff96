"""Points of a shard: elements picked from many small inner chunks, which are coded together. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.core.indexing.points_indexer import PointsIndexer
from zarr.core.shard.boxes import JOB_BYTES

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.codec_chain import CodecChain
    from zarr.core.indexing import NumpyPlan
    from zarr.core.indexing.points import PointRuns
    from zarr.core.shard.layout import Entries, ShardLayout

__all__ = ["Points", "points_of"]


class Points:
    """A selection of points by their inner chunks; these have numbers, from 0."""

    __slots__ = ("_runs", "counts")

    def __init__(self, runs: PointRuns) -> None:
        self._runs = runs
        self.counts = (len(runs),)

    def coords(self, number: int) -> tuple[int, ...]:
        """The coordinates of an inner chunk."""
        return self._runs.coords[number]

    def entries(self, layout: ShardLayout, index: npt.NDArray[np.uint64]) -> Entries | None:
        """Where the inner chunks are; None if an entry cannot be true."""
        return layout.entries(index[tuple(np.transpose(self._runs.coords))])

    def jobs(self, nbytes: int) -> Iterator[tuple[slice]]:
        """The inner chunks, in pieces that are worth a job each."""
        step, count = max(1, JOB_BYTES // nbytes), len(self._runs)
        for i in range(0, count, step):
            yield (slice(i, min(i + step, count)),)

    def place(
        self, inner: CodecChain, job: tuple[slice], chunks: npt.NDArray[Any], out: npt.NDArray[Any]
    ) -> None:
        """Pick from the inner chunks of a job, stacked, and put it where it belongs in the flat result."""
        runs, (numbers,) = self._runs, job
        starts, stops = runs.starts[numbers], runs.stops[numbers]
        points = slice(starts[0], stops[-1])
        of = np.repeat(np.arange(len(starts)), np.subtract(stops, starts))
        out[points if runs.order is None else runs.order[points]] = chunks[
            of, *(p[points] for p in runs.parts)
        ]


def points_of(plan: NumpyPlan) -> Points | None:
    """The points that a plan for the shard has; None if it has others."""
    indexer = plan.indexer
    if (
        not isinstance(indexer, PointsIndexer)
        or len(indexer.shape) != 1
        or plan.result_shape != indexer.shape
    ):
        return None
    return Points(indexer.runs)
