"""Plans for ``[]``: every index that NumPy takes, with NumPy's result.

An index is carried out in two steps: an indexer fills a buffer whose axes are in the array's order, with all
points of advanced indices along one flat axis; then the buffer is turned into NumPy's shape, without a copy.
"""

from __future__ import annotations

from types import EllipsisType
from typing import TYPE_CHECKING, Any

from zarr.core import later
from zarr.core.chunk_grids import ChunkGrid
from zarr.core.indexing.basic import BasicIndexer
from zarr.core.indexing.numpy_steps import NumpyPlan

if TYPE_CHECKING:
    from zarr.core.indexing import numpy_mixed as mixed
else:
    mixed = later("zarr.core.indexing.numpy_mixed")

__all__ = ["NumpyPlan", "plan_numpy"]

_BASIC = frozenset({int, slice, EllipsisType})


def plan_numpy(selection: Any, shape: tuple[int, ...], chunk_grid: ChunkGrid) -> NumpyPlan:
    """Plan an index as NumPy understands it.

    Parameters
    ----------
    selection : index
        Integers, slices of any step, an ellipsis, new axes, integer arrays or lists, and boolean arrays of
        any number of dimensions, in any mixture. No names of fields: see `pop_fields`.
    shape : tuple of int
        Shape of the array.
    chunk_grid : ChunkGrid
        How the array is cut.

    Returns
    -------
    NumpyPlan
        Read: fill ``np.empty(plan.indexer.shape)`` by ``plan.indexer``, then ``plan.arrange(buffer)``.
        Write: ``plan.scatter(value)`` is what the indexer's output selections select from.

    Raises
    ------
    IndexError
        Where NumPy raises one; BoundsCheckError for an index outside its axis.
    """
    items = selection if type(selection) is tuple else (selection,)
    if _BASIC.issuperset(map(type, items)):
        basic = BasicIndexer(items, shape, chunk_grid)
        return NumpyPlan(basic, basic.shape)
    return mixed.plan_mixed(items, shape, chunk_grid)
