"""Dimensions and grids: arithmetic against lists of edges, walks, resizing, and what is refused."""

from __future__ import annotations

from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zarr.core.chunk_grids import (
    ChunkGrid,
    ChunkSpec,
    DimensionGrid,
    FixedDimension,
    VaryingDimension,
)


@st.composite
def dimensions(draw):
    extent = draw(st.integers(0, 30))
    if draw(st.booleans()):
        return FixedDimension(draw(st.integers(1, 35)), extent)
    edges = draw(st.lists(st.integers(1, 8), min_size=1, max_size=8))
    return VaryingDimension(edges, min(extent, sum(edges)))


@pytest.mark.differential
@given(dimensions())
def test_every_index_is_in_its_chunk(dim):
    assert isinstance(dim, DimensionGrid)
    indices = np.arange(dim.extent)
    chunks = dim.indices_to_chunks(indices)
    assert chunks.tolist() == [dim.index_to_chunk(i) for i in range(dim.extent)]
    assert dim.chunk_offsets(chunks).tolist() == [dim.chunk_offset(c) for c in chunks.tolist()]
    assert dim.nchunks == len(set(chunks.tolist())) <= dim.ngridcells
    covered = []
    for c in range(dim.nchunks):
        assert 1 <= dim.data_size(c) <= dim.chunk_size(c)
        covered.extend(range(dim.chunk_offset(c), dim.chunk_offset(c) + dim.data_size(c)))
    assert covered == indices.tolist()
    for outside in (-1, dim.extent):
        with pytest.raises(IndexError):
            dim.index_to_chunk(outside)


@pytest.mark.differential
@given(dimensions(), st.integers(0, 60))
def test_resizing_keeps_chunks(dim, extent):
    resized = dim.resize(extent)
    assert resized.extent == extent
    for c in range(min(dim.nchunks, resized.nchunks)):
        assert (resized.chunk_offset(c), resized.chunk_size(c)) == (dim.chunk_offset(c), dim.chunk_size(c))
    if isinstance(dim, FixedDimension) or extent <= dim.cumulative[-1]:
        assert dim.with_extent(extent) == resized
        assert hash(dim.with_extent(extent)) == hash(resized)
    else:
        assert resized.edges == (*dim.edges, extent - sum(dim.edges))
        with pytest.raises(ValueError, match="less than new extent"):
            dim.with_extent(extent)


@pytest.mark.parametrize(
    "make",
    [
        lambda: FixedDimension(0, 1),
        lambda: FixedDimension(-1, 1),
        lambda: FixedDimension(1, -1),
        lambda: VaryingDimension([], 0),
        lambda: VaryingDimension([1, 0], 1),
        lambda: VaryingDimension([1], -1),
        lambda: VaryingDimension([1], 2),
        lambda: ChunkGrid.from_sizes((1, 2), (1,)),
        lambda: ChunkGrid.from_sizes((3,), (1,)).update_shape((1, 2)),
        lambda: ChunkGrid.from_sizes((3,), ([1, 2],)).chunk_shape,
        lambda: ChunkGrid.from_sizes((3, 3), (1, 1))[0],
        lambda: ChunkGrid.from_sizes((3, 3), (1, 1)).all_chunk_coords(origin=(1,)),
        lambda: ChunkGrid.from_sizes((3, 3), (1, 1)).all_chunk_coords(selection_shape=(1,)),
    ],
)
def test_refused(make):
    with pytest.raises(ValueError):
        make()


@pytest.mark.differential
@given(st.lists(dimensions(), max_size=3))
def test_regions_tile_the_array(dims):
    grid = ChunkGrid(dimensions=tuple(dims))
    shape = tuple(d.extent for d in dims)
    count = np.zeros(shape, dtype=int)
    coords = list(grid.all_chunk_coords())
    assert coords == list(np.ndindex(*grid.grid_shape))
    regions = list(grid.iter_chunk_regions())
    assert len(coords) == len(regions) == grid.get_nchunks()
    for spec, region in zip(grid, regions, strict=True):
        assert spec.slices == region
        count[region] += 1
    assert (count == 1).all()
    assert grid.chunk_sizes == tuple(tuple(d.data_size(i) for i in range(d.nchunks)) for d in dims)
    assert grid.ndim == len(dims)


def test_specs():
    grid = ChunkGrid.from_sizes((10, 7), (3, [2, 8]))
    assert grid[3, 1] == ChunkSpec((slice(9, 10, 1), slice(2, 7, 1)), (3, 8))
    assert grid[3, 1].shape == (1, 5)
    assert grid[3, 1].is_boundary
    assert not grid[0, 0].is_boundary
    assert grid[4, 0] is None
    assert grid[-1, 0] is None
    assert not grid.is_regular
    assert repr(grid) == "ChunkGrid(chunk_sizes=(3, (2, 8)), array_shape=(10, 7))"
    assert ChunkGrid.from_sizes(10, (3,))[1].slices == (slice(3, 6, 1),)


def test_parts_of_the_grid():
    grid = ChunkGrid.from_sizes((10, 7), (3, [2, 5]))
    assert list(grid.all_chunk_coords(origin=(2, 1))) == [(2, 1), (3, 1)]
    assert list(grid.all_chunk_coords(origin=(1, 0), selection_shape=(1, 2))) == [(1, 0), (1, 1)]
    assert list(grid.iter_chunk_regions(origin=(3, 0), selection_shape=(1, 1))) == [
        (slice(9, 10, 1), slice(0, 2, 1))
    ]
    with pytest.raises(IndexError, match="at axis 0"):
        grid.all_chunk_coords(origin=(3, 0), selection_shape=(2, 1))


def test_equality_and_update():
    grid = ChunkGrid.from_sizes((10, 7), (3, [2, 5]))
    assert grid.update_shape((12, 9)) == ChunkGrid.from_sizes((12, 9), (3, [2, 5, 2]))
    assert hash(grid) == hash(ChunkGrid.from_sizes((10, 7), (np.int64(3), np.array([2, 5]))))
    assert grid != ChunkGrid.from_sizes((10, 7), (3, 7))
    assert grid != "grid"


def test_from_metadata():
    regular = SimpleNamespace(shape=(10,), chunk_grid=SimpleNamespace(chunk_shape=(3,)))
    assert ChunkGrid.from_metadata(regular) == ChunkGrid.from_sizes((10,), (3,))
    runs = SimpleNamespace(chunk_shapes=([[2, 2], 5, [1, 1]], 4))
    rectilinear = SimpleNamespace(shape=(10, 7), chunk_grid=runs)
    assert ChunkGrid.from_metadata(rectilinear) == ChunkGrid.from_sizes((10, 7), ([2, 2, 5, 1], 4))
    v2 = SimpleNamespace(shape=(10,), chunks=(3,))
    assert ChunkGrid.from_metadata(v2) == ChunkGrid.from_sizes((10,), (3,))
    held = SimpleNamespace(shape=(10,), chunk_grid=ChunkGrid.from_sizes((10,), (3,)))
    assert ChunkGrid.from_metadata(held) is held.chunk_grid


def test_a_trillion_chunks_are_not_materialised():
    grid = ChunkGrid.from_sizes((5, 10**12), (2, 1))
    assert grid.get_nchunks() == 3 * 10**12
    assert list(islice(grid.all_chunk_coords(), 2)) == [(0, 0), (0, 1)]
    assert next(iter(grid)).slices == (slice(0, 2, 1), slice(0, 1, 1))
    assert grid.dimensions[1].index_to_chunk(10**12 - 1) == 10**12 - 1
