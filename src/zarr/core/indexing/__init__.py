"""Indexing: a selection becomes a plan, and the plan is a walk over chunks. Pure; no store, no I/O.

`plan_numpy` is what ``[]`` means; the indexers are what `oindex`, `vindex` and `blocks` mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.core import names_of

if TYPE_CHECKING:
    from zarr.core.indexing.basic import (
        BasicIndexer,
    )
    from zarr.core.indexing.blocks import (
        BlockIndexer,
    )
    from zarr.core.indexing.coordinate import (
        CoordinateIndexer,
        MaskIndexer,
    )
    from zarr.core.indexing.dim_indexers import (
        BoolArrayDimIndexer,
        IntArrayDimIndexer,
        IntDimIndexer,
        Order,
        SliceDimIndexer,
    )
    from zarr.core.indexing.dispatch import (
        get_indexer,
    )
    from zarr.core.indexing.faces import AsyncOIndex, AsyncVIndex, BlockIndex, OIndex, VIndex
    from zarr.core.indexing.fields import (
        check_fields,
        check_no_multi_fields,
        pop_fields,
    )
    from zarr.core.indexing.normalize import (
        boundscheck_indices,
        check_positive_steps,
        check_selection_length,
        ensure_tuple,
        err_too_many_indices,
        normalize_integer_selection,
        replace_ellipsis,
        replace_lists,
        slice_to_range,
        wraparound_indices,
    )
    from zarr.core.indexing.numpy_plan import plan_numpy
    from zarr.core.indexing.numpy_steps import NumpyPlan
    from zarr.core.indexing.order import (
        colexicographic_order_coords,
        decode_morton,
        decode_morton_vectorized,
        lexicographic_order_coords,
        morton_order_coords,
    )
    from zarr.core.indexing.orthogonal import (
        OrthogonalIndexer,
    )
    from zarr.core.indexing.outer import (
        ix_,
        make_slice_selection,
        oindex,
        oindex_set,
    )
    from zarr.core.indexing.points import (
        sorted_run_ends,
    )
    from zarr.core.indexing.projection import (
        ChunkDimProjection,
        ChunkProjection,
        Indexer,
    )
    from zarr.core.indexing.selection import (
        ArrayOfIntOrBool,
        BasicSelection,
        BasicSelector,
        CoordinateSelection,
        CoordinateSelectionNormalized,
        CoordinateSelector,
        Fields,
        IntSequence,
        MaskSelection,
        OrthogonalSelection,
        OrthogonalSelectionNormalized,
        OrthogonalSelector,
        Selection,
        SelectionNormalized,
        SelectionWithFields,
        Selector,
        SelectorTuple,
        is_basic_selection,
        is_bool,
        is_bool_array,
        is_bool_list,
        is_contiguous_selection,
        is_contiguous_slice,
        is_coordinate_selection,
        is_int_or_bool_iterable,
        is_integer,
        is_integer_array,
        is_integer_list,
        is_mask_selection,
        is_positive_slice,
        is_pure_fancy_indexing,
        is_pure_orthogonal_indexing,
        is_scalar,
        is_slice,
        is_total_slice,
    )
else:
    __getattr__, __dir__ = names_of(
        __name__,
        {
            "basic": "BasicIndexer",
            "blocks": "BlockIndexer",
            "coordinate": "CoordinateIndexer MaskIndexer",
            "dim_indexers": "BoolArrayDimIndexer IntArrayDimIndexer IntDimIndexer Order SliceDimIndexer",
            "dispatch": "get_indexer",
            "faces": "AsyncOIndex AsyncVIndex BlockIndex OIndex VIndex",
            "fields": "check_fields check_no_multi_fields pop_fields",
            "normalize": "boundscheck_indices check_positive_steps check_selection_length ensure_tuple "
            "err_too_many_indices normalize_integer_selection replace_ellipsis replace_lists "
            "slice_to_range wraparound_indices",
            "numpy_plan": "plan_numpy",
            "numpy_steps": "NumpyPlan",
            "order": "colexicographic_order_coords decode_morton decode_morton_vectorized "
            "lexicographic_order_coords morton_order_coords",
            "orthogonal": "OrthogonalIndexer",
            "outer": "ix_ make_slice_selection oindex oindex_set",
            "points": "sorted_run_ends",
            "projection": "ChunkDimProjection ChunkProjection Indexer",
            "selection": "ArrayOfIntOrBool BasicSelection BasicSelector CoordinateSelection "
            "CoordinateSelectionNormalized CoordinateSelector Fields IntSequence MaskSelection "
            "OrthogonalSelection OrthogonalSelectionNormalized OrthogonalSelector Selection "
            "SelectionNormalized SelectionWithFields Selector SelectorTuple is_basic_selection "
            "is_bool is_bool_array is_bool_list is_contiguous_selection is_contiguous_slice "
            "is_coordinate_selection is_int_or_bool_iterable is_integer is_integer_array "
            "is_integer_list is_mask_selection is_positive_slice is_pure_fancy_indexing "
            "is_pure_orthogonal_indexing is_scalar is_slice is_total_slice",
        },
    )

__all__ = [
    "ArrayOfIntOrBool",
    "AsyncOIndex",
    "AsyncVIndex",
    "BasicIndexer",
    "BasicSelection",
    "BasicSelector",
    "BlockIndex",
    "BlockIndexer",
    "BoolArrayDimIndexer",
    "ChunkDimProjection",
    "ChunkProjection",
    "CoordinateIndexer",
    "CoordinateSelection",
    "CoordinateSelectionNormalized",
    "CoordinateSelector",
    "Fields",
    "Indexer",
    "IntArrayDimIndexer",
    "IntDimIndexer",
    "IntSequence",
    "MaskIndexer",
    "MaskSelection",
    "NumpyPlan",
    "OIndex",
    "Order",
    "OrthogonalIndexer",
    "OrthogonalSelection",
    "OrthogonalSelectionNormalized",
    "OrthogonalSelector",
    "Selection",
    "SelectionNormalized",
    "SelectionWithFields",
    "Selector",
    "SelectorTuple",
    "SliceDimIndexer",
    "VIndex",
    "boundscheck_indices",
    "check_fields",
    "check_no_multi_fields",
    "check_positive_steps",
    "check_selection_length",
    "colexicographic_order_coords",
    "decode_morton",
    "decode_morton_vectorized",
    "ensure_tuple",
    "err_too_many_indices",
    "get_indexer",
    "is_basic_selection",
    "is_bool",
    "is_bool_array",
    "is_bool_list",
    "is_contiguous_selection",
    "is_contiguous_slice",
    "is_coordinate_selection",
    "is_int_or_bool_iterable",
    "is_integer",
    "is_integer_array",
    "is_integer_list",
    "is_mask_selection",
    "is_positive_slice",
    "is_pure_fancy_indexing",
    "is_pure_orthogonal_indexing",
    "is_scalar",
    "is_slice",
    "is_total_slice",
    "ix_",
    "lexicographic_order_coords",
    "make_slice_selection",
    "morton_order_coords",
    "normalize_integer_selection",
    "oindex",
    "oindex_set",
    "plan_numpy",
    "pop_fields",
    "replace_ellipsis",
    "replace_lists",
    "slice_to_range",
    "sorted_run_ends",
    "wraparound_indices",
]
