"""The indexer for a selection whose kind is not known, as Zarr-Python picks it."""

from __future__ import annotations

from typing import Any, cast

from zarr.core.chunk_grids import ChunkGrid
from zarr.core.indexing.basic import BasicIndexer
from zarr.core.indexing.coordinate import CoordinateIndexer, MaskIndexer
from zarr.core.indexing.fields import pop_fields
from zarr.core.indexing.normalize import ensure_tuple, replace_lists
from zarr.core.indexing.orthogonal import OrthogonalIndexer
from zarr.core.indexing.projection import Indexer
from zarr.core.indexing.selection import (
    SelectionWithFields,
    is_coordinate_selection,
    is_mask_selection,
    is_pure_fancy_indexing,
    is_pure_orthogonal_indexing,
)
from zarr.errors import VindexInvalidSelectionError

__all__ = ["get_indexer"]


def get_indexer(selection: SelectionWithFields, shape: tuple[int, ...], chunk_grid: ChunkGrid) -> Indexer:
    """The indexer for a selection: points or a mask, one array among slices, or neither.

    This is not NumPy's reading where several arrays meet slices; `plan_numpy` is.

    Raises
    ------
    IndexError
        The selection is none of these, or does not fit the array.
    """
    _, rest = pop_fields(selection)
    pure: Any = rest
    if is_pure_fancy_indexing(pure, len(shape)):
        items = replace_lists(ensure_tuple(pure))
        if is_coordinate_selection(items, shape):
            return CoordinateIndexer(cast("Any", items), shape, chunk_grid)
        if is_mask_selection(cast("Any", items), shape):
            return MaskIndexer(cast("Any", items), shape, chunk_grid)
        raise VindexInvalidSelectionError(
            "unsupported selection type for vectorized indexing; only coordinate selection (tuple of integer "
            f"arrays) and mask selection (single Boolean array) are supported; got {items!r}"
        )
    if is_pure_orthogonal_indexing(pure, len(shape)):
        return OrthogonalIndexer(pure, shape, chunk_grid)
    return BasicIndexer(pure, shape, chunk_grid)
