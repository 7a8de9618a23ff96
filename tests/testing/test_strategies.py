"""What is drawn is what is said to be drawn."""

from __future__ import annotations

import math
import os
from typing import Any

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import zarr
import zarr.testing.strategies as zst
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.dtype import get_data_type_from_json, get_data_type_from_native_dtype
from zarr.core.keys import check_key, normalize_path
from zarr.core.metadata.v3 import RectilinearChunkGridMetadata, RegularChunkGridMetadata

pytestmark = pytest.mark.filterwarnings("ignore")  # of data types whose specification is not stable

FEW = settings(
    max_examples=int(os.environ.get("ZARR_TEST_EXAMPLES", "20")),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

shapes = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=12)
full_shapes = npst.array_shapes(max_dims=3, max_side=12)


# --- names


@FEW
@given(zst.node_names, zst.short_node_names, zst.array_names)
def test_node_names(name: str, short: str, array: str) -> None:
    for each in (name, short, array):
        assert normalize_path(each) == each
        assert not each.startswith("__")
        assert each.lower() != "zarr.json"
    assert len(short) <= 3


@FEW
@given(zst.keys(max_num_nodes=3), zst.paths(max_num_nodes=2))
def test_keys_and_paths(key: str, path: str) -> None:
    assert check_key(key) == key
    assert key.count("/") < 3
    assert path == "/" or normalize_path(path) == path


@FEW
@given(zst.dimension_names(ndim=2), zst.attrs)
def test_dimension_names_and_attributes(names: list[str | None] | None, attributes: Any) -> None:
    assert names is None or len(names) == 2
    assert attributes is None or all(isinstance(key, str) and key for key in attributes)


@FEW
@given(zst.key_ranges(max_size=10))
def test_key_ranges(wanted: list[tuple[str, Any]]) -> None:
    assert wanted
    for _, byte_range in wanted:
        match byte_range:
            case RangeByteRequest(start, end):
                assert 0 <= start <= end <= 10
            case OffsetByteRequest(n) | SuffixByteRequest(n):
                assert 0 <= n <= 10
            case _:
                assert byte_range is None


@FEW
@given(zst.chunk_paths(2, (3, 4)), zst.chunk_paths(2, (3, 4), subset=False), zst.chunk_paths(1, (0,)))
def test_chunk_paths(part: str, whole: str, none: str) -> None:
    row, column = map(int, whole.split("/"))
    assert row < 3
    assert column < 4
    assert part == "" or len(part.split("/")) in (1, 2)
    assert none in ("", "0")


@FEW
@given(zst.stores)
def test_stores_are_empty(store: Any) -> None:
    assert store._store_dict == {}


# --- data types


@FEW
@given(zst.dtypes(), zst.v2_dtypes(), zst.v3_dtypes())
def test_dtypes_are_ours(any_format: np.dtype[Any], v2: np.dtype[Any], v3: np.dtype[Any]) -> None:
    for dtype in (any_format, v2, v3):
        assert get_data_type_from_native_dtype(dtype).to_native_dtype() == dtype


@FEW
@given(zst.zdtypes())
def test_zdtypes_round_trip(dtype: Any) -> None:
    native = dtype.to_native_dtype()
    assert native.itemsize > 0
    assert np.zeros(2, native).dtype == native
    document = dtype.to_json(zarr_format=3)
    assert type(get_data_type_from_json(document, zarr_format=3)) is type(dtype)


@FEW
@given(zst.structured_dtypes(), zst.structured_dtypes(allow_extended=True, max_depth=2))
def test_structured_dtypes(plain: np.dtype[Any], extended: np.dtype[Any]) -> None:
    assert plain.names
    assert len(plain.fields or {}) == len(plain.names)  # titles would be there too
    assert extended.names


@FEW
@given(st.data(), npst.unicode_string_dtypes(min_len=1, max_len=5))
def test_safe_unicode(data: Any, dtype: Any) -> None:
    text = data.draw(zst.safe_unicode_for_dtype(dtype))
    assert text.encode() is not None
    assert np.array(text, dtype)[()] == text


# --- chunks


@FEW
@given(st.data(), shapes)
def test_chunks_and_shards(data: Any, shape: tuple[int, ...]) -> None:
    chunks = data.draw(zst.chunk_shapes(shape=shape))
    shards = data.draw(zst.shard_shapes(shape=shape, chunk_shape=chunks))
    assert len(chunks) == len(shards) == len(shape)
    for size, chunk, shard in zip(shape, chunks, shards, strict=True):
        assert 1 <= chunk <= shard <= max(1, size)
        assert shard % chunk == 0


@FEW
@given(st.data(), full_shapes)
def test_rectilinear(data: Any, shape: tuple[int, ...]) -> None:
    chunks = data.draw(zst.rectilinear_chunks(shape=shape))
    assert tuple(map(sum, chunks)) == shape
    assert min(map(min, chunks)) >= 1
    assert math.prod(map(len, chunks)) <= 400
    grid = data.draw(zst.rectilinear_chunk_grids(shape=shape))
    assert isinstance(grid, RectilinearChunkGridMetadata)
    for size, edges in zip(shape, zst.chunks_param_from_rectilinear(grid), strict=True):
        assert isinstance(edges, int) or sum(edges) == size
    assert data.draw(zst.chunk_grids(shape=shape)).ndim == len(shape)


@FEW
@given(st.data(), full_shapes)
def test_declarations_are_read_as_spelled_out(data: Any, shape: tuple[int, ...]) -> None:
    declared, resolved = data.draw(zst.rectilinear_chunk_shape_declarations(shape=shape))
    document: Any = {
        "name": "rectilinear",
        "configuration": {"kind": "inline", "chunk_shapes": declared},
    }
    assert RectilinearChunkGridMetadata.from_dict(document).chunk_shapes == resolved


@FEW
@given(zst.rectilinear_dim_edges(extent=7, max_chunks=3), zst.rectilinear_dim_edges(extent=0))
def test_edges(edges: list[int], empty: list[int]) -> None:
    assert sum(edges) == 7
    assert 1 <= len(edges) <= 3
    assert empty == [1]


@FEW
@given(st.data())
def test_empty_arrays_have_regular_grids(data: Any) -> None:
    assert isinstance(data.draw(zst.chunk_grids(shape=(0, 3))), RegularChunkGridMetadata)


# --- selections


def counted(shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    return np.arange(math.prod(shape)).reshape(shape)


@FEW
@given(st.data(), shapes)
def test_basic_indices(data: Any, shape: tuple[int, ...]) -> None:
    index = data.draw(zst.basic_indices(shape=shape))
    assert counted(shape)[index] is not None
    for part in index if isinstance(index, tuple) else (index,):
        assert not zst.is_negative_slice(part)


def test_negative_slices() -> None:
    assert zst.is_negative_slice(slice(None, None, -1))
    assert not any(map(zst.is_negative_slice, (slice(None), slice(3, 1), slice(0, 1, 2), -1, ..., None)))


@FEW
@given(st.data(), full_shapes)
def test_end_slices(data: Any, shape: tuple[int, ...]) -> None:
    for part, size in zip(data.draw(zst.end_slices(shape=shape)), shape, strict=True):
        assert size // 2 <= part.start <= part.stop <= size


@FEW
@given(st.data(), shapes)
def test_orthogonal_indices(data: Any, shape: tuple[int, ...]) -> None:
    index, of_numpy = data.draw(zst.orthogonal_indices(shape=shape))
    expected = counted(shape)
    dropped = tuple(axis for axis, part in enumerate(index) if isinstance(part, int))
    for axis, part in enumerate(index):
        expected = np.take(expected, np.atleast_1d(np.arange(shape[axis])[part]), axis=axis)
    np.testing.assert_array_equal(counted(shape)[of_numpy], expected.squeeze(dropped))


@FEW
@given(st.data(), st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=4).map(tuple), max_size=3))
def test_block_indices(data: Any, sizes: list[tuple[int, ...]]) -> None:
    blocks, slices = data.draw(zst.block_indices(chunk_sizes=tuple(sizes)))
    for block, part, lengths in zip(blocks, slices, sizes, strict=True):
        owner = np.repeat(np.arange(len(lengths)), lengths)
        wanted = np.atleast_1d(np.arange(len(lengths))[block])
        assert sorted(set(owner[part])) == sorted(wanted)
        assert len(owner[part]) == sum(lengths[i] for i in wanted)


# --- arrays


@FEW
@given(zst.numpy_arrays(), zst.numpy_arrays(dtype=np.dtype("<U3")), zst.np_array_and_chunks())
def test_numpy_arrays(any_type: Any, text: Any, cut_up: Any) -> None:
    assert any_type.dtype.kind in "?biufcSUMm"
    assert text.dtype == np.dtype("<U3")
    array, chunks = cut_up
    assert len(chunks) == array.ndim


@FEW
@given(zst.array_metadata())
def test_metadata(metadata: Any) -> None:
    assert type(metadata).from_dict(metadata.to_dict()).to_dict() == metadata.to_dict()


@FEW
@given(zst.array_metadata(zarr_formats=st.just(2), attributes=st.just({"a": 1})))
def test_metadata_as_asked_for(metadata: Any) -> None:
    assert metadata.zarr_format == 2
    assert metadata.attributes == {"a": 1}


@pytest.fixture
def api() -> Any:
    """The blocking interface, which arrays are made by."""
    return pytest.importorskip("zarr.api.synchronous")


@FEW
@given(data=st.data())
@pytest.mark.usefixtures("api")
def test_arrays(data: Any) -> None:
    content = data.draw(zst.numpy_arrays())
    array = data.draw(zst.arrays(arrays=st.just(content)))
    np.testing.assert_array_equal(array[...], content)
    again = zarr.open_array(array.store, path=array.path, mode="r")
    np.testing.assert_array_equal(again[...], content)


@FEW
@given(pair=zst.complex_rectilinear_arrays())
@pytest.mark.usefixtures("api")
def test_complex_rectilinear_arrays(pair: Any) -> None:
    content, array = pair
    np.testing.assert_array_equal(array[...], content)


@FEW
@given(pair=zst.block_test_arrays(), data=st.data())
@pytest.mark.usefixtures("api")
def test_blocks(pair: Any, data: Any) -> None:
    array, content = pair
    blocks, slices = data.draw(zst.block_indices(chunk_sizes=array.write_chunk_sizes))
    np.testing.assert_array_equal(array.blocks[blocks], content[slices])


@FEW
@given(array=st.one_of(zst.simple_arrays(), zst.sharded_arrays(), zst.rectilinear_arrays()), data=st.data())
@pytest.mark.usefixtures("api")
def test_selections(array: Any, data: Any) -> None:
    content = array[...]
    index = data.draw(zst.basic_indices(shape=array.shape))
    np.testing.assert_array_equal(array[index], content[index])
    index, of_numpy = data.draw(zst.orthogonal_indices(shape=array.shape))
    np.testing.assert_array_equal(array.oindex[index], content[of_numpy])
