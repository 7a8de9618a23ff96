"""Hypothesis strategies for names, data types, chunks, selections and arrays.

names    names of nodes, paths, keys, attributes, ranges of keys
dtypes   data types of NumPy and of Zarr
chunks   shapes of chunks and shards, chunk grids
indices  selections, with what NumPy would do for them
arrays   arrays of NumPy, metadata, and arrays of Zarr in a store
"""

try:
    import hypothesis  # noqa: F401
except ModuleNotFoundError as error:
    from zarr.testing._missing import explain

    raise explain(error, __name__) from error

from zarr.testing.strategies.arrays import (
    array_metadata,
    arrays,
    block_test_arrays,
    complex_chunked_arrays,
    complex_rectilinear_arrays,
    np_array_and_chunks,
    numpy_arrays,
    rectilinear_arrays,
    sharded_arrays,
    sharding_inner_codecs,
    simple_arrays,
)
from zarr.testing.strategies.chunks import (
    array_shapes,
    chunk_grids,
    chunk_shapes,
    chunks_param_from_rectilinear,
    complex_chunk_grids,
    rectilinear_chunk_grids,
    rectilinear_chunk_shape_declarations,
    rectilinear_chunks,
    rectilinear_dim_edges,
    shard_shapes,
)
from zarr.testing.strategies.dtypes import (
    DATETIME_UNIT,
    dtypes,
    safe_unicode_for_dtype,
    structured_dtypes,
    v2_dtypes,
    v3_dtypes,
    zdtypes,
)
from zarr.testing.strategies.indices import (
    basic_indices,
    block_indices,
    end_slices,
    is_negative_slice,
    orthogonal_indices,
)
from zarr.testing.strategies.names import (
    SUBCHUNK_WRITE_ORDER,
    array_names,
    attrs,
    chunk_paths,
    clear_store,
    compressors,
    dimension_names,
    key_ranges,
    keys,
    node_names,
    paths,
    short_node_names,
    stores,
    subchunk_write_orders,
    zarr_formats,
    zarr_key_chars,
    zarr_keys,
)

__all__ = [
    "DATETIME_UNIT",
    "SUBCHUNK_WRITE_ORDER",
    "array_metadata",
    "array_names",
    "array_shapes",
    "arrays",
    "attrs",
    "basic_indices",
    "block_indices",
    "block_test_arrays",
    "chunk_grids",
    "chunk_paths",
    "chunk_shapes",
    "chunks_param_from_rectilinear",
    "clear_store",
    "complex_chunk_grids",
    "complex_chunked_arrays",
    "complex_rectilinear_arrays",
    "compressors",
    "dimension_names",
    "dtypes",
    "end_slices",
    "is_negative_slice",
    "key_ranges",
    "keys",
    "node_names",
    "np_array_and_chunks",
    "numpy_arrays",
    "orthogonal_indices",
    "paths",
    "rectilinear_arrays",
    "rectilinear_chunk_grids",
    "rectilinear_chunk_shape_declarations",
    "rectilinear_chunks",
    "rectilinear_dim_edges",
    "safe_unicode_for_dtype",
    "shard_shapes",
    "sharded_arrays",
    "sharding_inner_codecs",
    "short_node_names",
    "simple_arrays",
    "stores",
    "structured_dtypes",
    "subchunk_write_orders",
    "v2_dtypes",
    "v3_dtypes",
    "zarr_formats",
    "zarr_key_chars",
    "zarr_keys",
    "zdtypes",
]
