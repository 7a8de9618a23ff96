"""``from_array``: an array made of another, in the same or in other chunks and codecs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zarr.api.asynchronous.options import chosen_format
from zarr.core.array import DEFAULT_FILL_VALUE, Array, AsyncArray
from zarr.core.array.copying import Progress, copy_data
from zarr.core.array.kept import kept_options
from zarr.core.array.new import create_array_at
from zarr.core.array.values import is_masked_array
from zarr.core.array_spec import ArrayConfigLike
from zarr.storage._common import make_store_path

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.array.codecs import CompressorsLike, FiltersLike, SerializerLike
    from zarr.core.chunk_key_encodings import ChunkKeyEncodingLike
    from zarr.core.common import JSON, ChunksLike, DimensionNamesLike, MemoryOrder, ShardsLike, ZarrFormat
    from zarr.storage._common import StoreLike
    from zarr.types import AnyArray, AnyAsyncArray

__all__ = ["from_array"]


async def from_array(
    store: StoreLike,
    *,
    data: AnyArray | AnyAsyncArray | npt.ArrayLike,
    write_data: bool = True,
    name: str | None = None,
    chunks: ChunksLike | Literal["auto", "keep"] = "keep",
    shards: ShardsLike | Literal["keep"] | None = "keep",
    filters: FiltersLike | Literal["keep"] = "keep",
    compressors: CompressorsLike | Literal["keep"] = "keep",
    serializer: SerializerLike | Literal["keep"] = "keep",
    fill_value: Any | None = DEFAULT_FILL_VALUE,
    order: MemoryOrder | None = None,
    zarr_format: ZarrFormat | None = None,
    attributes: dict[str, JSON] | None = None,
    chunk_key_encoding: ChunkKeyEncodingLike | None = None,
    dimension_names: DimensionNamesLike = None,
    storage_options: dict[str, Any] | None = None,
    overwrite: bool = False,
    config: ArrayConfigLike | None = None,
    progress: Progress | None = None,
) -> AnyAsyncArray:
    """Make an array of another one: copied, in other chunks, with other codecs, or in the other format.

    The data are copied in blocks of whole chunks (shards) of the new array, about 64 MiB at a time.

    Parameters
    ----------
    store, name
        Where to make it.
    data
        A Zarr array, or anything that NumPy makes an array of.
    write_data
        Whether to copy the data, or only to make an array like it.
    chunks, shards, filters, compressors, serializer
        As for ``create_array``; "keep" takes those of a Zarr array of the same format, and is "auto" else.
    fill_value, attributes, dimension_names, chunk_key_encoding, order
        As for ``create_array``; by default those of a Zarr array.
    zarr_format
        2 or 3; by default that of a Zarr array.
    storage_options, overwrite, config
        As for ``create_array``.
    progress
        Called after each block with the numbers of bytes done and in all.

    Returns
    -------
    Array
        The new array.
    """
    source: Any = data._async_array if isinstance(data, Array) else data
    kept: dict[str, Any] = {}
    if isinstance(source, AsyncArray):
        zarr_format = source.metadata.zarr_format if zarr_format is None else zarr_format
        kept = kept_options(source, zarr_format)
    elif not hasattr(source, "shape") or not hasattr(source, "dtype"):
        source = np.asanyarray(source)
    if is_masked_array(source) and np.ma.is_masked(source):
        raise TypeError("data: a masked array cannot be stored; fill it (`data.filled(...)`) first.")
    options = {
        "chunks": kept.get("chunks", "auto") if chunks == "keep" else chunks,
        "shards": kept.get("shards") if shards == "keep" else shards,
        "filters": kept.get("filters", "auto") if filters == "keep" else filters,
        "compressors": kept.get("compressors", "auto") if compressors == "keep" else compressors,
        "serializer": kept.get("serializer", "auto") if serializer == "keep" else serializer,
        "attributes": kept.get("attributes") if attributes is None else attributes,
        "dimension_names": kept.get("dimension_names") if dimension_names is None else dimension_names,
        "chunk_key_encoding": kept.get("encoding") if chunk_key_encoding is None else chunk_key_encoding,
    }
    if fill_value is DEFAULT_FILL_VALUE:
        fill_value = kept.get("fill_value", DEFAULT_FILL_VALUE)
    store_path = await make_store_path(store, path=name, mode="a", storage_options=storage_options)
    if isinstance(source, AsyncArray) and source.store_path._is_within(store_path):
        raise ValueError(
            f"data: the array, {source.store_path}, cannot be copied onto itself, or onto a group that it is in, at "
            f"{store_path}."
        )
    target = await create_array_at(
        store_path,
        shape=tuple(source.shape),
        dtype=kept.get("dtype", source.dtype),
        data=None,
        fill_value=fill_value,
        order=kept.get("order") if order is None else order,
        zarr_format=chosen_format(store_path.agreed_format(zarr_format)),
        overwrite=overwrite,
        config=config,
        write_data=False,
        **options,
    )
    if write_data:
        await copy_data(source, target, progress)
    return target
