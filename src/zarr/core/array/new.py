"""Making an array: its metadata, its documents, its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.core.array.async_array import AsyncArray
from zarr.core.array.create import init_array, metadata_alike, shape_and_dtype
from zarr.core.array.selections import loaded
from zarr.core.array_spec import ArrayConfigLike, parse_array_config
from zarr.core.config import settings
from zarr.core.json import plain_attributes
from zarr.errors import warn

if TYPE_CHECKING:
    from zarr.core.common import MemoryOrder, ShapeLike, ZarrFormat
    from zarr.storage._common import StorePath

__all__ = ["create_array_at"]


async def create_array_at(
    store_path: StorePath,
    *,
    shape: ShapeLike | None,
    dtype: Any,
    data: Any,
    order: MemoryOrder | None,
    zarr_format: ZarrFormat,
    overwrite: bool,
    config: ArrayConfigLike | None,
    write_data: bool,
    **options: Any,
) -> AsyncArray[Any]:
    """Make an array at a place, and write its data."""
    new_shape, new_dtype, value = shape_and_dtype(await loaded(data), shape, dtype)
    parsed = parse_array_config(config)
    if order is not None and zarr_format == 3:
        warn(
            "The `order` keyword argument has no effect for Zarr format 3 arrays. To have reads return arrays in that "
            "order, use config={'order': ...}.",
            RuntimeWarning,
        )
    if options.get("attributes"):
        options["attributes"] = plain_attributes(options["attributes"])
    metadata = metadata_alike(
        shape=new_shape,
        dtype=new_dtype,
        order=order or parsed.order,
        zarr_format=zarr_format,
        target_shard_size_bytes=settings.get("array.target_shard_size_bytes"),
        rectilinear=settings.get("array.rectilinear_chunks"),
        **options,
    )
    await init_array(store_path, metadata, overwrite=overwrite)
    array: AsyncArray[Any] = AsyncArray(metadata, store_path, parsed)
    if value is not None and write_data and value.size:
        await array.setitem(Ellipsis, value)
    return array
