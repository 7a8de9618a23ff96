"""A chunked array without a store, and strategies: what plans are tested with."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import strategies as st

from zarr.core.chunk_grids import ChunkGrid


class Chunked:
    """A NumPy array cut into a dict of chunks of their declared shapes; read and written by plans only."""

    def __init__(self, array, grid):
        self.array, self.grid = array, grid
        self.chunks = {}
        for coords in grid.all_chunk_coords():
            spec = grid[coords]
            chunk = np.full(spec.codec_shape, -99, dtype=array.dtype)
            chunk[tuple(slice(0, n) for n in spec.shape)] = array[spec.slices]
            self.chunks[coords] = chunk

    def whole(self):
        result = np.empty_like(self.array)
        for coords, chunk in self.chunks.items():
            spec = self.grid[coords]
            result[spec.slices] = chunk[tuple(slice(0, n) for n in spec.shape)]
        return result

    def read(self, indexer):
        out = np.full(indexer.shape, -77, dtype=self.array.dtype)
        seen = np.zeros(indexer.shape, dtype=int)
        for coords, chunk_sel, out_sel, _ in indexer:
            assert all(type(c) is int for c in coords)
            part = self.chunks[coords][chunk_sel]
            if indexer.drop_axes:
                part = part.squeeze(axis=indexer.drop_axes)
            assert out[out_sel].shape == np.shape(part)
            out[out_sel] = part
            seen[out_sel] += 1
        assert (seen == 1).all(), "every element of the result comes from exactly one chunk"
        return out

    def write(self, indexer, value):
        """Complete chunks are replaced, without a look at what they were."""
        touched = set()
        for coords, chunk_sel, out_sel, complete in indexer:
            assert coords not in touched, "a chunk is written once"
            touched.add(coords)
            part = value[out_sel]
            chunk = self.chunks[coords]
            if complete:
                inside = self.grid[coords].shape
                chunk[...] = -99
                chunk[tuple(slice(0, n) for n in inside)] = np.asarray(part).reshape(inside)
            else:
                if indexer.drop_axes:
                    part = np.expand_dims(part, indexer.drop_axes)
                chunk[chunk_sel] = part


def numbered(shape):
    return np.arange(np.prod(shape, dtype=int)).reshape(shape)


@st.composite
def dimension_sizes(draw, extent):
    """A chunk length, or a list of them that reaches the end and perhaps past it."""
    if draw(st.booleans()):
        return draw(st.integers(1, extent + 3))
    edges = draw(st.lists(st.integers(1, 5), min_size=1, max_size=6))
    missing = extent - sum(edges)
    return [*edges, missing] if missing > 0 else edges


@st.composite
def chunked_arrays(draw, min_dims=0, max_dims=4, min_side=0, max_side=9):
    ndim = draw(st.integers(min_dims, max_dims))
    shape = tuple(draw(st.integers(min_side, max_side if ndim < 3 else 5)) for _ in range(ndim))
    sizes = [draw(dimension_sizes(n)) for n in shape]
    return Chunked(numbered(shape), ChunkGrid.from_sizes(shape, sizes))


def integers(extent, slack=0):
    return st.integers(-extent - slack, extent - 1 + slack)


def slices(extent, negative=True):
    bound = st.none() | st.integers(-extent - 2, extent + 2)
    step = st.sampled_from([None, 1, 1, 2, 3, 7, *([-1, -2, -3, -7] if negative else [])])
    return st.builds(slice, bound, bound, step)


def index_lists(extent):
    return st.lists(integers(extent), max_size=8) if extent else st.just([])


def cut(shape, sizes):
    return Chunked(numbered(shape), ChunkGrid.from_sizes(shape, sizes))


def everything(shape):
    return product(*map(range, shape))
