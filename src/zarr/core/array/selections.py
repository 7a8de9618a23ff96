"""Reading and writing selections of an array: a plan, memory for it, and the chunks in between.

Arrays in CPU memory with plain codecs go to ``core.chunk_io``; those with buffers of other classes, codecs that
have only coroutines, or a pipeline of others go through a codec pipeline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from zarr.core import chunk_io, indexing, later, run
from zarr.core.buffer import NDArrayLike, NDBuffer, cpu, default_buffer_prototype
from zarr.storage._common import StorePath

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.buffer import BufferPrototype, NDArrayLikeOrScalar
    from zarr.core.array import values as values
    from zarr.core.array.async_array import AsyncArray
    from zarr.core.indexing import Fields, Indexer, NumpyPlan
    from zarr.core.metadata import changing as changing
else:
    changing = later("zarr.core.metadata.changing")
    values = later("zarr.core.array.values")

__all__ = [
    "is_direct",
    "loaded",
    "read_plan",
    "read_selection",
    "write_indexer",
    "write_plan",
    "write_selection",
]


def is_direct(array: AsyncArray[Any], prototype: BufferPrototype) -> bool:
    """Whether chunks need no pipeline: NumPy buffers, plain codecs and no pipeline of others."""
    return (
        prototype.nd_buffer is cpu.NDBuffer
        and prototype.buffer is cpu.Buffer
        and array._pipeline_of_others is None
        and array._bound.plain_codecs
    )


async def _read(
    array: AsyncArray[Any], indexer: Indexer, prototype: BufferPrototype, target: Any
) -> NDArrayLike:
    """What the plan selects, in an array of the indexer's shape: ``target``, or a new one where None."""
    bound = array._bound
    if is_direct(array, prototype):
        out: Any = np.empty(indexer.shape, bound.dtype, bound.config.order) if target is None else target
        if out.size:
            await chunk_io.read_chunks(bound, indexer, out)
        return out  # type: ignore[no-any-return]
    buffer = (
        prototype.nd_buffer.empty(indexer.shape, bound.dtype, bound.config.order)
        if target is None
        else prototype.nd_buffer.from_ndarray_like(target)
    )
    if np.prod(indexer.shape, dtype=object):
        await _ready(array)
        results = await array.codec_pipeline.read(
            _batch(array, indexer, prototype), buffer, drop_axes=indexer.drop_axes
        )
        if not bound.config.read_missing_chunks:
            for result, projection in zip(results or (), indexer, strict=False):
                if result["status"] == "missing":
                    raise bound.missing(bound.key(projection.chunk_coords))
    return buffer.as_ndarray_like()


async def write_indexer(
    array: AsyncArray[Any],
    indexer: Indexer,
    prototype: BufferPrototype,
    value: npt.NDArray[Any],
    fields: Fields | None = None,
) -> None:
    """Write a value of the indexer's shape; of ``fields`` only those, if given."""
    bound = array._bound
    if value.dtype != bound.dtype and value.dtype.kind in "OSUT":
        value = value.astype(bound.dtype)  # what does not convert is found before anything is written
    if is_direct(array, prototype):
        await chunk_io.write_chunks(
            bound, indexer, value, None if fields is None else values.names_of(fields)
        )
        return
    await _ready(array)
    if fields is not None:
        await _write_fields(array, indexer, prototype, value, values.names_of(fields))
        return
    await _write_through(array, indexer, prototype, value)


async def _write_through(
    array: AsyncArray[Any], indexer: Indexer, prototype: BufferPrototype, value: npt.NDArray[Any]
) -> None:
    """Write by a pipeline."""
    bound = array._bound
    if value.dtype != bound.dtype:
        value = value.astype(bound.dtype, order="A")
    buffer = prototype.nd_buffer.from_ndarray_like(cast("NDArrayLike", value))
    batch = _batch(array, indexer, prototype, writing=True)
    await array.codec_pipeline.write(batch, buffer, drop_axes=indexer.drop_axes)


async def _write_fields(
    array: AsyncArray[Any],
    indexer: Indexer,
    prototype: BufferPrototype,
    value: npt.NDArray[Any],
    fields: list[str],
) -> None:
    """Write fields by a pipeline, which knows no fields: whole records, while nobody else does the same."""

    async def make(place: StorePath) -> None:
        records = np.array(await _read(array, indexer, cpu.buffer_prototype, None))
        records[fields] = value[fields]
        await _write_through(array, indexer, prototype, records)

    await changing.change(array.store_path, array.metadata.zarr_format, "array", make)


async def _ready(array: AsyncArray[Any]) -> None:
    """Stand before the use of a pipeline: go on where its codecs and the store can be awaited."""
    if array._pipeline_of_others is None and array._bound.plain_codecs:
        await run.settle(array._bound.store)
    else:
        await run.to_loop()


def _batch(
    array: AsyncArray[Any], indexer: Indexer, prototype: BufferPrototype, *, writing: bool = False
) -> list[Any]:
    """What a pipeline is told of each chunk; a list, because pipelines of others walk over it twice."""
    bound = array._bound
    return [
        (
            StorePath(bound.store, bound.key(coords)),
            bound.spec(bound.chunk_shape(coords), prototype),
            selection,
            place,
            complete and not (writing and bound.grid.is_open_ended(coords)),
        )
        for coords, selection, place, complete in indexer
    ]


def _target_of(out: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """The array in ``out``; ValueError or TypeError unless it fits the selection."""
    if out is None:
        return None
    target = out.as_ndarray_like() if isinstance(out, NDBuffer) else out
    if not all(hasattr(target, name) for name in ("shape", "dtype", "__setitem__")):
        raise TypeError(f"out: expected an NDBuffer or an array. Got {type(out)}.")
    if tuple(target.shape) != shape:
        raise ValueError(f"shape of out argument doesn't match. Expected {shape}, got {tuple(target.shape)}.")
    if target.dtype != dtype:
        raise ValueError(f"data type of out argument doesn't match. Expected {dtype}, got {target.dtype}.")
    return target


async def read_plan(
    array: AsyncArray[Any],
    plan: NumpyPlan,
    prototype: BufferPrototype | None,
    fields: Fields | None,
    out: Any = None,
) -> NDArrayLikeOrScalar:
    """What an index selects, in NumPy's shape, in ``out`` if given; a NumPy scalar where the shape is ()."""
    target = (
        _target_of(out, plan.result_shape, indexing.check_fields(fields, array.dtype))
        if out is not None
        else None
    )
    in_place = target is not None and fields is None and plan.transpose is None
    in_place = in_place and plan.indexer.shape == plan.result_shape
    result: Any = await _read(
        array, plan.indexer, prototype or default_buffer_prototype(), target if in_place else None
    )
    if plan.transpose is not None or result.shape != plan.result_shape:
        result = plan.arrange(result)
    if fields is not None:
        indexing.check_fields(fields, array.dtype)
        result = result[fields]
    if target is None:
        return _scalar_or_array(result)
    if not in_place:
        target[...] = result
    return cast("NDArrayLike", target)


async def read_selection(
    array: AsyncArray[Any],
    indexer: Indexer,
    *,
    shape: tuple[int, ...] | None = None,
    out: Any = None,
    fields: Fields | None = None,
    prototype: BufferPrototype | None = None,
) -> NDArrayLikeOrScalar:
    """What a plan selects, in the shape of the plan or another of as many elements."""
    shape = indexer.shape if shape is None else shape
    dtype = indexing.check_fields(fields, array.dtype)
    target = _target_of(out, shape, dtype)
    whole = target is not None and fields is None and shape == indexer.shape
    result: Any = await _read(
        array, indexer, prototype or default_buffer_prototype(), target if whole else None
    )
    if fields is not None:
        result = result[fields]
    if result.shape != shape:
        result = result.reshape(shape)
    if target is None:
        return _scalar_or_array(result)
    if not whole:
        target[...] = result
    return cast("NDArrayLike", target)


def _scalar_or_array(result: Any) -> NDArrayLikeOrScalar:
    return result[()] if result.shape == () else result  # type: ignore[no-any-return]


async def loaded(value: Any) -> Any:
    """The value; on a loop, which its reading may need, an array of another kind is read beside the loop."""
    if run.is_inline() or isinstance(value, np.ndarray | np.generic | NDBuffer):
        return value
    if not hasattr(value, "__array__") or hasattr(value, "__cuda_array_interface__"):
        return value
    return await run.ask(np.asanyarray, value)


async def write_plan(
    array: AsyncArray[Any],
    plan: NumpyPlan,
    value: Any,
    prototype: BufferPrototype | None,
    fields: Fields | None,
) -> None:
    """Assign to an index, with NumPy's broadcasting.

    Raises
    ------
    ValueError
        If the store is read-only, or the value cannot be broadcast.
    """
    array.store_path.store._check_writable()
    prototype = prototype or default_buffer_prototype()
    value = await loaded(value)
    if fields is not None:
        value = values.records_of(plan.result_shape, array.dtype, fields, value)
    data = plan.scatter(values.as_value(value, array.dtype, array._zdtype, plan.result_shape))
    if data.size:
        await write_indexer(array, plan.indexer, prototype, data, fields)


async def write_selection(
    array: AsyncArray[Any],
    indexer: Indexer,
    value: Any,
    *,
    shape: tuple[int, ...] | None = None,
    fields: Fields | None = None,
    prototype: BufferPrototype | None = None,
) -> None:
    """Assign to what a plan selects; the value is broadcast to the selection's shape."""
    array.store_path.store._check_writable()
    shape = indexer.shape if shape is None else shape
    prototype = prototype or default_buffer_prototype()
    value = await loaded(value)
    if fields is not None:
        indexing.check_fields(fields, array.dtype)
        value = values.records_of(shape, array.dtype, fields, value)
    data = values.as_value(value, array.dtype, array._zdtype, shape)
    data = indexing.NumpyPlan(indexer, shape).scatter(data)
    if data.size:
        await write_indexer(array, indexer, prototype, data, fields)
