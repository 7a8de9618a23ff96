"""Arrays of NumPy, metadata of arrays, and arrays of Zarr with their content in a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np
from hypothesis import event

import zarr
from zarr.codecs import BytesCodec, ShardingCodec, ZstdCodec
from zarr.core.chunk_key_encodings import DefaultChunkKeyEncoding
from zarr.core.dtype import get_data_type_from_native_dtype
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.core.metadata.v3 import ArrayV3Metadata, RectilinearChunkGridMetadata
from zarr.testing.strategies.chunks import (
    array_shapes,
    chunk_grids,
    chunk_shapes,
    chunks_param_from_rectilinear,
    rectilinear_chunks,
    shard_shapes,
)
from zarr.testing.strategies.dtypes import dtypes, safe_unicode_for_dtype
from zarr.testing.strategies.names import (
    array_names,
    attrs,
    compressors,
    dimension_names,
    paths,
    short_node_names,
    stores,
    subchunk_write_orders,
    zarr_formats,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    from hypothesis.strategies import DrawFn, SearchStrategy

    from zarr.core.common import AccessModeLiteral
    from zarr.types import AnyArray

__all__ = [
    "array_metadata",
    "arrays",
    "block_test_arrays",
    "complex_chunked_arrays",
    "complex_rectilinear_arrays",
    "np_array_and_chunks",
    "numpy_arrays",
    "rectilinear_arrays",
    "sharded_arrays",
    "sharding_inner_codecs",
    "simple_arrays",
]

sharding_inner_codecs: SearchStrategy[list[Any]] = st.sampled_from(
    [[BytesCodec(endian="little")], [BytesCodec(endian="little"), ZstdCodec()]]
)

_all_stores, _all_paths, _all_names, _all_attrs = stores, paths(), array_names, attrs


def _elements(dtype: np.dtype[Any]) -> SearchStrategy[Any]:
    return safe_unicode_for_dtype(dtype) if dtype.kind == "U" else npst.from_dtype(dtype)


@st.composite
def numpy_arrays(
    draw: DrawFn,
    *,
    shapes: SearchStrategy[tuple[int, ...]] = array_shapes,
    dtype: np.dtype[Any] | None = None,
) -> npt.NDArray[Any]:
    """Arrays of NumPy, of one data type or any."""
    if dtype is None:
        dtype = draw(dtypes())
    if dtype.kind == "U":
        return draw(npst.arrays(dtype=dtype, shape=shapes, elements=_elements(dtype)))
    return draw(npst.arrays(dtype=dtype, shape=shapes))


@st.composite
def np_array_and_chunks(
    draw: DrawFn,
    *,
    arrays: SearchStrategy[npt.NDArray[Any]] = numpy_arrays(),  # noqa: B008  (a strategy is a value)
) -> tuple[npt.NDArray[Any], tuple[int, ...]]:
    """An array of NumPy and a shape of chunks for it."""
    array = draw(arrays)
    return array, draw(chunk_shapes(shape=array.shape))


@st.composite
def array_metadata(
    draw: DrawFn,
    *,
    array_shapes: Callable[..., SearchStrategy[tuple[int, ...]]] = npst.array_shapes,
    zarr_formats: SearchStrategy[Any] = zarr_formats,
    attributes: SearchStrategy[Any] = attrs,
) -> ArrayV2Metadata | ArrayV3Metadata:
    """Metadata documents of arrays, without compression.

    Parameters
    ----------
    array_shapes
        Called with ``min_dims`` and ``max_dims``, or nothing: a strategy for shapes.
    """
    zarr_format = draw(zarr_formats)
    shape = draw(array_shapes())
    native = draw(dtypes())
    fill_value = np.array(draw(_elements(native)), native)[()]
    dtype = get_data_type_from_native_dtype(native)
    if zarr_format == 2:
        return ArrayV2Metadata(
            shape=shape,
            chunks=draw(array_shapes(min_dims=len(shape), max_dims=len(shape))),
            dtype=dtype,
            fill_value=fill_value,
            order=draw(st.sampled_from(["C", "F"])),
            attributes=draw(attributes),
            dimension_separator=draw(st.sampled_from([".", "/"])),
            filters=None,
            compressor=None,
        )
    return ArrayV3Metadata(
        shape=shape,
        data_type=dtype,
        chunk_grid=draw(chunk_grids(shape=shape)),
        fill_value=fill_value,
        attributes=draw(attributes),
        dimension_names=draw(dimension_names(ndim=len(shape))),
        chunk_key_encoding=DefaultChunkKeyEncoding(separator="/"),
        codecs=[BytesCodec()],
        storage_transformers=(),
    )


# --- arrays in a store


@st.composite
def _layouts(draw: DrawFn, shape: tuple[int, ...], zarr_format: int, orders: Any) -> dict[str, Any]:
    """Arguments of ``create_array`` that say how an array is cut up: chunks, shards, rectilinear."""
    if zarr_format == 2 or not shape or 0 in shape:
        return {"chunks": draw(chunk_shapes(shape=shape))}
    kind = draw(st.sampled_from(["regular", "sharded", "rectilinear"]))
    event("chunks", kind)
    if kind == "rectilinear":
        grid = draw(chunk_grids(shape=shape))
        if isinstance(grid, RectilinearChunkGridMetadata):
            return {"chunks": chunks_param_from_rectilinear(grid)}
        return {"chunks": grid.chunk_shape}
    chunks = draw(chunk_shapes(shape=shape))
    if kind == "regular":
        return {"chunks": chunks}
    shards = draw(shard_shapes(shape=shape, chunk_shape=chunks))
    if draw(st.booleans()):
        return {"chunks": chunks, "shards": shards}
    codec = ShardingCodec(
        chunk_shape=chunks,
        codecs=draw(sharding_inner_codecs),
        index_location=draw(st.sampled_from(["start", "end"])),
        subchunk_write_order=draw(orders),
    )
    return {"chunks": shards, "serializer": codec, "compressors": None}


@st.composite
def arrays(
    draw: DrawFn,
    *,
    shapes: SearchStrategy[tuple[int, ...]] = array_shapes,
    compressors: SearchStrategy[Any] = compressors,
    stores: SearchStrategy[Any] = stores,
    paths: SearchStrategy[str] = _all_paths,
    array_names: SearchStrategy[str] = array_names,
    arrays: SearchStrategy[npt.NDArray[Any]] | None = None,
    attrs: SearchStrategy[Any] = attrs,
    zarr_formats: SearchStrategy[Any] = zarr_formats,
    subchunk_write_orders: SearchStrategy[Any] = subchunk_write_orders,
    open_mode: AccessModeLiteral = "w",
) -> AnyArray:
    """Arrays of Zarr in a store, with content, in both formats.

    Parameters
    ----------
    shapes
        Shapes, where ``arrays`` is None.
    compressors
        None for no compression, ``"default"``, or what ``create_array`` takes.
    stores
        Where the arrays are; what is there is deleted, unless ``open_mode`` says otherwise.
    paths, array_names
        The group, and the name in it.
    arrays
        The content.
    attrs
        Attributes, or None.
    zarr_formats, subchunk_write_orders
        As named.
    open_mode
        Mode in which the root of the store is opened.
    """
    store = draw(stores)
    path, name, attributes = draw(paths), draw(array_names), draw(attrs)
    zarr_format = draw(zarr_formats)
    content = draw(numpy_arrays(shapes=shapes) if arrays is None else arrays)
    compressor = draw(compressors)
    layout: dict[str, Any] = {"compressors": "auto" if compressor == "default" else compressor}
    layout |= draw(_layouts(content.shape, zarr_format, subchunk_write_orders))
    if zarr_format == 3:
        layout["dimension_names"] = draw(dimension_names(ndim=content.ndim))
    if draw(st.booleans()):
        layout["fill_value"] = np.array(draw(_elements(content.dtype)), content.dtype)[()]
    root = zarr.open_group(store, mode=open_mode, zarr_format=zarr_format)
    return _create(root, path, name, content, attributes, layout)


def _create(
    root: Any, path: str, name: str, content: npt.NDArray[Any], attributes: Any, layout: dict[str, Any]
) -> AnyArray:
    whole = "/".join(part for part in (path.strip("/"), name) if part)
    array: AnyArray = root.create_array(
        name=whole, shape=content.shape, dtype=content.dtype, attributes=attributes, **layout
    )
    assert isinstance(array, zarr.Array)
    assert array.path == whole
    assert array.basename == name.rpartition("/")[2]
    assert array.name == f"/{whole}"
    assert array.shape == content.shape
    assert array.attrs.asdict() == (attributes or {})
    if "serializer" not in layout:
        assert array.shards == layout.get("shards")
    array[...] = content
    return array


def simple_arrays(*, shapes: SearchStrategy[tuple[int, ...]] = array_shapes) -> SearchStrategy[Any]:
    """Arrays with short names, without attributes: for tests of their content."""
    return arrays(
        shapes=shapes,
        paths=st.lists(short_node_names, max_size=2).map("/".join),
        array_names=short_node_names,
        attrs=st.none(),
        compressors=st.sampled_from([None, "default"]),
    )


@st.composite
def _arrays_cut_up(
    draw: DrawFn,
    content: SearchStrategy[npt.NDArray[Any]],
    layouts: Callable[[tuple[int, ...]], SearchStrategy[dict[str, Any]]],
    stores: SearchStrategy[Any] = stores,
    paths: SearchStrategy[str] = st.just(""),  # noqa: B008
    array_names: SearchStrategy[str] = short_node_names,
    attrs: SearchStrategy[Any] = st.none(),  # noqa: B008
) -> tuple[npt.NDArray[Any], AnyArray]:
    data = draw(content)
    root = zarr.open_group(draw(stores), mode="w", zarr_format=3)
    return data, _create(root, draw(paths), draw(array_names), data, draw(attrs), draw(layouts(data.shape)))


@st.composite
def _sharded(draw: DrawFn, shape: tuple[int, ...], nested: bool | None) -> dict[str, Any]:
    inner = draw(chunk_shapes(shape=shape))
    codecs = draw(sharding_inner_codecs)
    if draw(st.booleans()) if nested is None else nested:
        middle = draw(shard_shapes(shape=shape, chunk_shape=inner))
        codecs = [ShardingCodec(chunk_shape=inner, codecs=codecs)]
    else:
        middle = inner
    codec = ShardingCodec(
        chunk_shape=middle,
        codecs=codecs,
        index_location=draw(st.sampled_from(["start", "end"])),
        subchunk_write_order=draw(subchunk_write_orders),
    )
    shards = draw(shard_shapes(shape=shape, chunk_shape=middle))
    return {"chunks": shards, "serializer": codec, "compressors": None}


def sharded_arrays(
    *,
    shapes: SearchStrategy[tuple[int, ...]] = npst.array_shapes(max_dims=4, max_side=8),  # noqa: B008
    nested: bool | None = None,
) -> SearchStrategy[Any]:
    """Arrays of shards.

    Parameters
    ----------
    nested
        Whether the inner chunks of a shard are shards again; either where None.
    """
    made = _arrays_cut_up(numpy_arrays(shapes=shapes), lambda shape: _sharded(shape, nested))
    return made.map(lambda pair: pair[1])


def _rectilinear(shape: tuple[int, ...]) -> SearchStrategy[dict[str, Any]]:
    return rectilinear_chunks(shape=shape).map(lambda chunks: {"chunks": chunks})


def rectilinear_arrays(
    *,
    shapes: SearchStrategy[tuple[int, ...]] = npst.array_shapes(max_dims=3, max_side=20),  # noqa: B008
) -> SearchStrategy[Any]:
    """Arrays whose chunks differ in length along an axis."""
    return _arrays_cut_up(numpy_arrays(shapes=shapes), _rectilinear).map(lambda pair: pair[1])


def complex_rectilinear_arrays(
    *,
    stores: SearchStrategy[Any] = stores,
    paths: SearchStrategy[str] = _all_paths,
    array_names: SearchStrategy[str] = array_names,
    attrs: SearchStrategy[Any] = attrs,
) -> SearchStrategy[tuple[npt.NDArray[Any], AnyArray]]:
    """Larger arrays with many chunks of unlike lengths, each beside its content as an array of NumPy."""
    content = numpy_arrays(shapes=npst.array_shapes(max_dims=3, min_side=1, max_side=30))
    return _arrays_cut_up(content, _rectilinear, stores, paths, array_names, attrs)


complex_chunked_arrays = complex_rectilinear_arrays


@st.composite
def block_test_arrays(draw: DrawFn) -> tuple[AnyArray, npt.NDArray[Any]]:
    """Arrays to select blocks from, regular and rectilinear, each beside its content as an array of NumPy."""
    content = numpy_arrays(shapes=npst.array_shapes(max_dims=3, max_side=16))
    data, array = draw(
        _arrays_cut_up(
            content,
            lambda shape: (
                _rectilinear(shape) | chunk_shapes(shape=shape).map(lambda chunks: {"chunks": chunks})
            ),
        )
    )
    return array, data
