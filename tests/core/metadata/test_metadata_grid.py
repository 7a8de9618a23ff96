"""Chunk grids of documents: regular, and rectilinear with runs; zarr-extensions, chunk-grids/rectilinear."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from metadata_documents import ARRAY_V3, changed, rectilinear, regular

from zarr.core.chunk_grids import ChunkGrid
from zarr.core.metadata import ArrayV3Metadata
from zarr.core.metadata.grid import (
    RectilinearChunkGridMetadata,
    RegularChunkGridMetadata,
    compress_rle,
    create_chunk_grid_metadata,
    expand_rle,
    parse_chunk_grid,
)

# as given, as held, as written
LENGTHS: list[tuple[Any, Any, Any]] = [
    (5, 5, 5),
    ([2, 2, 2], (2, 2, 2), [[2, 3]]),
    ([4, 4], (4, 4), [[4, 2]]),
    ([1, 2, 3], (1, 2, 3), [1, 2, 3]),
    ([[2, 3]], (2, 2, 2), [[2, 3]]),
    ([1, [2, 3], 1], (1, 2, 2, 2, 1), [1, [2, 3], 1]),
    ([[6, 1]], (6,), [6]),
    ([True, 4.0, 1], (1, 4, 1), [1, 4, 1]),
]


@pytest.mark.parametrize(("lengths", "held", "written"), LENGTHS)
def test_rectilinear(lengths: Any, held: Any, written: Any) -> None:
    grid = parse_chunk_grid(rectilinear(lengths, 2))
    assert isinstance(grid, RectilinearChunkGridMetadata)
    assert grid.chunk_shapes == (held, 2)
    assert json.loads(json.dumps(grid.to_dict())) == rectilinear(written, 2)
    assert parse_chunk_grid(grid.to_dict()) == grid


def test_regular() -> None:
    grid = parse_chunk_grid(regular(3, 2))
    assert grid == RegularChunkGridMetadata(chunk_shape=(3, 2))
    assert json.loads(json.dumps(grid.to_dict())) == regular(3, 2)
    assert grid.ndim == 2
    assert grid.update_shape((6, 4), (9, 9)) == grid


@pytest.mark.parametrize("more", [{"x": 1}])
def test_members_that_are_not_known_are_ignored(more: dict[str, Any]) -> None:
    """As Zarr-Python reads grids, unlike codecs."""
    document = regular(3, 2)
    document["configuration"] |= more
    assert parse_chunk_grid(document) == RegularChunkGridMetadata(chunk_shape=(3, 2))
    assert parse_chunk_grid(rectilinear(3, 2, **more)).ndim == 2


@given(st.lists(st.integers(1, 4), min_size=1, max_size=30))
def test_runs(sizes: list[int]) -> None:
    runs = compress_rle(sizes)
    assert expand_rle(runs) == sizes
    lengths = [run if isinstance(run, int) else run[0] for run in runs]
    assert all(a != b for a, b in pairwise(lengths))


@pytest.mark.parametrize(
    ("shapes", "shape", "expected"),
    [
        (((2, 3), 4), (9, 9), ((2, 3, 4), 4)),
        (((2, 3), 4), (5, 1), ((2, 3), 4)),
        (((2, 3), 4), (1, 1), ((2, 3), 4)),
        (((2, 3), (4,)), (6, 6), ((2, 3, 1), (4, 2))),
    ],
)
def test_growing_adds_one_chunk(shapes: Any, shape: Any, expected: Any) -> None:
    grid = RectilinearChunkGridMetadata(chunk_shapes=shapes)
    assert grid.update_shape((5, 4), shape).chunk_shapes == expected


@pytest.mark.parametrize(
    "grid", [ChunkGrid.from_sizes((6, 4), (3, 2)), ChunkGrid.from_sizes((6, 4), ([1, 5], 2))]
)
def test_described(grid: ChunkGrid) -> None:
    member = create_chunk_grid_metadata(grid)
    metadata = ArrayV3Metadata.from_dict(changed(ARRAY_V3, chunk_grid=member.to_dict()))
    again = ChunkGrid.from_metadata(metadata)
    assert again.grid_shape == grid.grid_shape
    assert [again[c] for c in [(0, 0), (1, 1)]] == [grid[c] for c in [(0, 0), (1, 1)]]


def test_lengths_may_overflow_the_array() -> None:
    metadata = ArrayV3Metadata.from_dict(changed(ARRAY_V3, chunk_grid=rectilinear([4, 4, 4], 3)))
    assert metadata.shards is None
    assert metadata.chunks == ((4, 2), (3, 1))
