"""reshape: which shapes go together, and that elements stay in C order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from codec_chunks import chain_of, encoded, spec_of, through
from hypothesis import given
from hypothesis import strategies as st

import zarr
from zarr.codecs import BytesCodec, ReshapeCodec, ShardingCodec, TransposeCodec
from zarr.core.metadata.v3 import parse_codec

CHUNK = np.arange(24, dtype="u1").reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ([24], (24,)),
        ([-1], (24,)),
        ([[0, 1, 2]], (24,)),
        ([[0, 1], [2]], (6, 4)),
        ([[0], -1], (2, 12)),
        ([[0], -1, 4], (2, 3, 4)),
        ([4, -1, 3], (4, 2, 3)),
        ([1, [0], 1, [1, 2]], (2, 12)),
        ([[0], 2, 6], (2, 2, 6)),
        ([6, 2, -1], (6, 2, 2)),
    ],
)
def test_shapes(shape: Any, expected: tuple[int, ...]) -> None:
    codec = ReshapeCodec(shape=shape)
    made = codec.resolve_metadata(spec_of((2, 3, 4), "u1")).shape
    assert math.prod(made) == 24
    assert tuple(n for n in made if n > 1) == expected
    assert encoded([codec, BytesCodec()], CHUNK) == CHUNK.tobytes()
    assert (through([codec, BytesCodec()], np.asfortranarray(CHUNK)) == CHUNK).all()


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ([5], "has 5 elements, a chunk of shape \\(2, 3, 4\\) has 24"),
        ([[0], 5, -1], "leaves no whole length for -1"),
        ([[0], [1]], "has 6 elements"),
        ([[0], [3], -1], "there is no dimension 3"),
        ([2, [2], 3], "\\[1\\]: dimensions \\[2\\] .* do not come to lie"),
        ([[0, 2], 3], "\\[0\\]: dimensions \\[0, 2\\]"),
        ([3, [0], 4], "\\[1\\]: dimensions"),
        ([], "has 1 elements"),
    ],
)
def test_chunks_that_do_not_fit(shape: Any, message: str) -> None:
    with pytest.raises(ValueError, match=rf"codecs\[0\]\.configuration\.shape.*{message}"):
        zarr.create_array(
            {}, shape=(2, 3, 4), chunks=(2, 3, 4), dtype="u1", filters=[ReshapeCodec(shape=shape)]
        )


@pytest.mark.parametrize(
    ("configuration", "error", "message"),
    [
        ({}, TypeError, "configuration.shape: .*missing"),
        ({"shape": 3}, TypeError, "configuration.shape: Expected a list"),
        ({"shape": [0]}, ValueError, "configuration.shape\\[0\\]: Expected an integer of at least 1, or -1"),
        ({"shape": [-2]}, ValueError, "configuration.shape\\[0\\]"),
        ({"shape": [2.0]}, TypeError, "configuration.shape\\[0\\]"),
        ({"shape": [-1, -1]}, ValueError, "-1 at most once"),
        ({"shape": [[1], [0]]}, ValueError, "increasing order. Got \\[1, 0\\]"),
        ({"shape": [[0, 0]]}, ValueError, "increasing order"),
        ({"shape": [[-1]]}, ValueError, "configuration.shape\\[0\\]\\[0\\]"),
    ],
)
def test_refused_documents(configuration: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        parse_codec({"name": "reshape", "configuration": configuration})


@given(st.lists(st.integers(1, 4), max_size=4), st.data())
def test_any_grouping_of_dimensions(shape: list[int], data: Any) -> None:
    made: list[Any] = []
    axis = 0
    while axis < len(shape):
        size = data.draw(st.integers(1, len(shape) - axis))
        made.append(list(range(axis, axis + size)))
        axis += size
    if made and data.draw(st.booleans()):
        made[data.draw(st.integers(0, len(made) - 1))] = -1
    codec = ReshapeCodec(shape=made)
    chunk = np.arange(math.prod(shape), dtype="i4").reshape(shape)
    assert (through([codec, BytesCodec()], chunk) == chunk).all()
    assert parse_codec({"name": "reshape", "configuration": {"shape": made}}) == codec
    assert chain_of([codec, BytesCodec()], tuple(shape), "i4").encoded_size == chunk.nbytes


@pytest.mark.parametrize("outside", [True, False])
def test_in_arrays(outside: bool) -> None:
    data = np.arange(4 * 6 * 8, dtype="i4").reshape(4, 6, 8)
    filters = [TransposeCodec(order=(1, 0, 2)), ReshapeCodec(shape=[[0, 1], -1])]
    options: Any = {"chunks": (2, 3, 4), "shards": (4, 6, 8)}
    if outside:
        options = {"chunks": (4, 6, 8), "serializer": ShardingCodec(chunk_shape=(8, 4))}
    array = zarr.create_array({}, shape=data.shape, dtype="i4", filters=filters, **options)
    array[...] = data
    array[1:3, 2, :] = data[1:3, 2, :] = -1
    assert (zarr.open_array(array.store)[...] == data).all()
