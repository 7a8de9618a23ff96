"""Array: the blocking face of an AsyncArray. Its methods are derived; dunder methods are written here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from zarr.core import attributes, indexing, later
from zarr.core.array.async_array import AsyncArray
from zarr.core.array.facts import ArrayFacts, T_ArrayMetadata
from zarr.core.chunk_io.element import ELSEWHERE
from zarr.core.run import blocking_method, blocking_property
from zarr.core.run.inline import run

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.buffer import NDArrayLike, NDArrayLikeOrScalar
    from zarr.core.array import drawing as drawing
    from zarr.core.array_spec import ArrayConfig, ArrayConfigLike
    from zarr.core.attributes import Attributes
    from zarr.core.chunk_io import BoundArray
    from zarr.core.common import JSON
    from zarr.core.indexing import BlockIndex, OIndex, Selection, VIndex
    from zarr.storage._common import StoreLike, StorePath
else:
    drawing = later("zarr.core.array.drawing")

__all__ = ["Array"]

_OF = "_async_array"
_INTEGER = frozenset((int,))


@dataclass(repr=False)
class Array(ArrayFacts[T_ArrayMetadata]):
    """An array in a store.

    Indexed like a NumPy array, for reading and writing. Make one by ``zarr.create_array`` or
    ``zarr.open_array``.
    """

    _async_array: AsyncArray[T_ArrayMetadata]

    @property
    def async_array(self) -> AsyncArray[T_ArrayMetadata]:
        """The same array with methods that are awaited."""
        return self._async_array

    @classmethod
    def open(cls, store: StoreLike, *, config: ArrayConfigLike | None = None) -> Self:
        """Open an array that exists; see ``zarr.open_array``."""
        return cls(run(AsyncArray.open(store, config=config)))

    @classmethod
    def create(cls, store: StoreLike, **kwargs: Any) -> Self:
        """Make an array; deprecated, use ``zarr.create_array``."""
        return cls(run(AsyncArray.create(store, **kwargs)))

    @classmethod
    def from_dict(cls, store_path: StorePath, data: dict[str, JSON]) -> Self:
        """The array that a document describes; nothing is written."""
        return cls(AsyncArray.from_dict(store_path, data))

    @property
    def metadata(self) -> T_ArrayMetadata:
        """What the array's documents say."""
        return self._async_array.metadata

    @property
    def store_path(self) -> StorePath:
        """Where the array is."""
        return self._async_array.store_path

    @property
    def config(self) -> ArrayConfig:
        """How the array behaves at run time."""
        return self._async_array.config

    @property
    def _bound(self) -> BoundArray:
        return self._async_array._bound

    nchunks_initialized = blocking_property(AsyncArray.nchunks_initialized, of=_OF)
    nbytes_stored = blocking_method(AsyncArray.nbytes_stored, of=_OF)
    info_complete = blocking_method(AsyncArray.info_complete, of=_OF)
    resize = blocking_method(AsyncArray.resize, of=_OF)
    append = blocking_method(AsyncArray.append, of=_OF)
    _change_attributes = blocking_method(AsyncArray._change_attributes, of=_OF)
    _refresh_attributes = blocking_method(AsyncArray._refresh_attributes, of=_OF)
    read = blocking_method(AsyncArray.read, of=_OF)
    get_basic_selection = blocking_method(AsyncArray.get_basic_selection, of=_OF)
    get_orthogonal_selection = blocking_method(AsyncArray.get_orthogonal_selection, of=_OF)
    get_mask_selection = blocking_method(AsyncArray.get_mask_selection, of=_OF)
    get_coordinate_selection = blocking_method(AsyncArray.get_coordinate_selection, of=_OF)
    get_block_selection = blocking_method(AsyncArray.get_block_selection, of=_OF)
    set_basic_selection = blocking_method(AsyncArray.set_basic_selection, of=_OF)
    set_orthogonal_selection = blocking_method(AsyncArray.set_orthogonal_selection, of=_OF)
    set_mask_selection = blocking_method(AsyncArray.set_mask_selection, of=_OF)
    set_coordinate_selection = blocking_method(AsyncArray.set_coordinate_selection, of=_OF)
    set_block_selection = blocking_method(AsyncArray.set_block_selection, of=_OF)

    @property
    def attrs(self) -> Attributes:
        """The attributes: a dict of which each change is saved."""
        return attributes.Attributes(self)

    def update_attributes(self, new_attributes: dict[str, JSON]) -> Self:
        """Add or change attributes, merged with what others have written meanwhile."""
        self.attrs.update(new_attributes)
        return self

    def with_config(self, config: ArrayConfigLike) -> Self:
        """The same array with another run-time behaviour; what a dict leaves out stays."""
        return type(self)(self._async_array.with_config(config))

    @property
    def oindex(self) -> OIndex:
        """Orthogonal indexing: one selector per dimension, applied independently."""
        return indexing.OIndex(self)

    @property
    def vindex(self) -> VIndex:
        """Indexing by points, one array of integers per dimension, or by a mask of the array's shape."""
        return indexing.VIndex(self)

    @property
    def blocks(self) -> BlockIndex:
        """Indexing by whole chunks: integers and slices count chunks."""
        return indexing.BlockIndex(self)

    def __getitem__(self, selection: Selection) -> NDArrayLikeOrScalar:
        point: Any = selection if type(selection) is tuple else (selection,)
        if _INTEGER.issuperset(map(type, point)):
            element = self._async_array._element(point)
            if element is not ELSEWHERE:
                return element  # type: ignore[no-any-return]
        return run(self._async_array.read(selection))

    def __setitem__(self, selection: Selection, value: npt.ArrayLike) -> None:
        run(self._async_array.setitem(selection, value))

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of an array without dimensions")
        return self.shape[0]

    def __iter__(self) -> Iterator[NDArrayLikeOrScalar]:
        """The items along the first dimension; each chunk is read once."""
        if not self.shape:
            raise TypeError("iteration over an array without dimensions")
        start = 0
        for rows in self.read_chunk_sizes[0]:
            yield from self[start : start + rows]  # type: ignore[misc]
            start += rows

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> NDArrayLike:
        if copy is False:
            raise ValueError("`copy=False` is not supported: the data have to be read from the store.")
        data = np.asarray(self[...])
        return data if dtype is None else data.astype(dtype, copy=False)

    def _repr_html_(self) -> str:
        return drawing.draw_array(self)

    def __repr__(self) -> str:
        return f"<Array {self.store_path} shape={self.shape} dtype={self.dtype}>"
