"""AsyncArray: an array as an object whose methods are awaited."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

from zarr.abc.codec import CodecPipeline
from zarr.core import indexing, later, run
from zarr.core import metadata as documents
from zarr.core.array.facts import ArrayFacts, T_ArrayMetadata
from zarr.core.array.selections import (
    is_direct,
    read_plan,
    read_selection,
    write_plan,
    write_selection,
)
from zarr.core.array_spec import ArrayConfig, ArrayConfigLike, parse_array_config
from zarr.core.buffer import cpu
from zarr.core.chunk_io import BoundArray, bind_array
from zarr.core.chunk_io.bound import codecs_of
from zarr.core.chunk_io.element import ELSEWHERE, ElementReader, element_reader
from zarr.core.config import allows_pickle, settings
from zarr.core.fill import DEFAULT_FILL_VALUE
from zarr.core.json import plain_attributes
from zarr.core.metadata import io
from zarr.core.metadata.v3 import ArrayV3Metadata, RectilinearChunksDisabledError, RegularChunkGrid
from zarr.errors import ArrayNotFoundError, MetadataValidationError, ZarrDeprecationWarning, warn
from zarr.registry import get_pipeline_class, pipeline_of_others
from zarr.storage._common import StorePath, make_store_path

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.buffer import BufferPrototype, NDArrayLikeOrScalar, NDBuffer
    from zarr.abc.store import Store
    from zarr.core.array import create as creating
    from zarr.core.array import life as life
    from zarr.core.array import resize as resizing
    from zarr.core.attributes import nested as nested
    from zarr.core.common import JSON, ShapeLike, ZarrFormat
    from zarr.core.indexing import (
        AsyncOIndex,
        AsyncVIndex,
        BasicSelection,
        CoordinateSelection,
        Fields,
        MaskSelection,
        OrthogonalSelection,
        Selection,
    )
    from zarr.core.info import ArrayInfo
    from zarr.core.metadata import ArrayMetadata
    from zarr.core.metadata import consolidated as consolidated
    from zarr.storage._common import StoreLike
else:
    consolidated = later("zarr.core.metadata.consolidated")
    creating = later("zarr.core.array.create")
    life = later("zarr.core.array.life")
    nested = later("zarr.core.attributes.nested")
    resizing = later("zarr.core.array.resize")

__all__ = ["AsyncArray", "create_codec_pipeline", "parse_array_metadata"]


def parse_array_metadata(data: Any, path: str | None = None) -> ArrayMetadata:
    """The metadata of an array: themselves, or in a document of either format."""
    if type(data) is ArrayV3Metadata or isinstance(data, ArrayV3Metadata | documents.ArrayV2Metadata):
        return data
    if isinstance(data, dict):
        zarr_format = data.get("zarr_format")
        if zarr_format == 3:
            return ArrayV3Metadata.from_dict(data, path=path)
        if zarr_format == 2:
            return documents.ArrayV2Metadata.from_dict(data, path=path)
        raise MetadataValidationError(f"zarr_format: Expected 2 or 3. Got {zarr_format!r}.")
    raise TypeError(f"Expected array metadata or a document. Got {type(data)}.")


def create_codec_pipeline(metadata: ArrayMetadata, *, store: Store | None = None) -> CodecPipeline:
    """The configured codec pipeline for an array."""
    cls = get_pipeline_class()
    if store is not None:
        try:
            return cls.from_array_metadata_and_store(array_metadata=metadata, store=store)
        except NotImplementedError:
            pass
    return cls.from_codecs(codecs_of(metadata, allow_pickle=allows_pickle()))


@dataclass(frozen=True, init=False, repr=False)
class AsyncArray(ArrayFacts[T_ArrayMetadata]):
    """An array in a store; what touches the store is awaited.

    Parameters
    ----------
    metadata
        What its documents say, or a document.
    store_path
        Where it is.
    config
        How it behaves at run time.
    """

    metadata: T_ArrayMetadata
    store_path: StorePath
    config: ArrayConfig
    _pipeline_of_others: type[CodecPipeline] | None = field(init=False, repr=False, compare=False)

    def __init__(
        self,
        metadata: ArrayMetadata | dict[str, JSON],
        store_path: StorePath,
        config: ArrayConfigLike | None = None,
    ) -> None:
        put = object.__setattr__
        parsed = parse_array_metadata(metadata)
        varying = isinstance(parsed, ArrayV3Metadata) and not isinstance(parsed.chunk_grid, RegularChunkGrid)
        if varying and not settings.get("array.rectilinear_chunks"):
            raise RectilinearChunksDisabledError(store_path)
        config_parsed = parse_array_config(config)
        if not isinstance(parsed, ArrayV3Metadata) and config_parsed.order != parsed.order:
            config_parsed = replace(config_parsed, order=parsed.order)
        put(self, "metadata", parsed)
        put(self, "store_path", store_path)
        put(self, "config", config_parsed)
        put(self, "_pipeline_of_others", pipeline_of_others())
        put(self, "_lazy", {})

    # --- what is worked out when first needed

    @property
    def _bound(self) -> BoundArray:
        cache: dict[str, Any] = self._lazy  # type: ignore[attr-defined]
        bound: BoundArray | None = cache.get("bound")
        if bound is None or bound.pickles:  # whether that is allowed may have changed
            bound = cache["bound"] = bind_array(
                self.metadata, self.store_path, self.config, allow_pickle=allows_pickle()
            )
        return bound

    @property
    def codec_pipeline(self) -> CodecPipeline:
        """The pipeline that serves buffers of other classes, and codecs that wait."""
        cache: dict[str, Any] = self._lazy  # type: ignore[attr-defined]
        if "pipeline" not in cache or self._bound.pickles:
            cache["pipeline"] = create_codec_pipeline(self.metadata, store=self.store)
        return cast("CodecPipeline", cache["pipeline"])

    @property
    def _is_direct(self) -> bool:
        return is_direct(self, cpu.buffer_prototype)

    def _element(self, point: tuple[int, ...]) -> Any:
        """The element at a point of integers, by a few plain calls; ELSEWHERE where ``read`` has to do it."""
        cache: dict[str, Any] = self._lazy  # type: ignore[attr-defined]
        try:
            reader: ElementReader | None = cache["elements"]
        except KeyError:
            may = self._is_direct and type(self).read is AsyncArray.read
            reader = cache["elements"] = element_reader(self._bound, self.shape) if may else None
        return ELSEWHERE if reader is None else reader.read(point)

    def _renew(self, metadata: ArrayMetadata) -> None:
        """Let this handle have the metadata that are stored now."""
        again = self._bound_again(metadata)
        object.__setattr__(self, "metadata", metadata)
        # a new dict: what another thread works out of the old metadata meanwhile goes to the old one
        object.__setattr__(self, "_lazy", again)

    def _with_metadata(self, metadata: ArrayMetadata) -> Self:
        """A handle of the same place with other metadata."""
        other = type(self)(metadata, self.store_path, self.config)
        other._lazy.update(self._bound_again(metadata))  # type: ignore[attr-defined]
        return other

    def _bound_again(self, metadata: ArrayMetadata) -> dict[str, BoundArray]:
        """What was worked out for this handle and holds with other metadata too."""
        bound: BoundArray | None = self._lazy.get("bound")  # type: ignore[attr-defined]
        again = None if bound is None else bound.bound_again(metadata, self.store_path, self.config)
        return {} if again is None else {"bound": again}

    def __getstate__(self) -> dict[str, Any]:
        return {"metadata": self.metadata, "store_path": self.store_path, "config": self.config}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def __repr__(self) -> str:
        return f"<AsyncArray {self.store_path} shape={self.shape} dtype={self.dtype}>"

    # --- opening

    @classmethod
    async def open(
        cls,
        store: StoreLike,
        zarr_format: ZarrFormat | None = None,
        *,
        config: ArrayConfigLike | None = None,
    ) -> AsyncArray[Any]:
        """Open an array that exists.

        Parameters
        ----------
        store
            Where it is.
        zarr_format
            2, 3, or None for what is there.
        config
            How it behaves at run time.

        Raises
        ------
        ArrayNotFoundError
            If there is no array; NodeTypeValidationError if a group is there.
        """
        store_path = await make_store_path(store)
        metadata = await io.read_array(store_path, zarr_format)
        if metadata is None:
            raise ArrayNotFoundError(store_path.store, store_path.path)
        return AsyncArray(metadata, store_path, config)

    @classmethod
    def from_dict(cls, store_path: StorePath, data: dict[str, JSON]) -> AsyncArray[Any]:
        """The array that a document describes; nothing is written."""
        return AsyncArray(parse_array_metadata(data), store_path)

    @classmethod
    async def create(
        cls, store: StoreLike, *, shape: ShapeLike, dtype: Any, **kwargs: Any
    ) -> AsyncArray[Any]:
        """Make an array; use ``zarr.create_array`` instead."""
        warn(
            "AsyncArray.create is deprecated; use zarr.api.asynchronous.create_array instead.",
            ZarrDeprecationWarning,
        )
        overwrite = kwargs.pop("overwrite", False)
        config = kwargs.pop("config", None)
        fill_value = kwargs.pop("fill_value", DEFAULT_FILL_VALUE)
        chunks = kwargs.pop("chunk_shape", None) or kwargs.pop("chunks", None) or "auto"
        store_path = await make_store_path(store)
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        kwargs["rectilinear"] = settings.get("array.rectilinear_chunks")
        metadata = creating.new_metadata(
            shape=shape, dtype=dtype, chunks=chunks, fill_value=fill_value, **kwargs
        )
        await creating.init_array(store_path, metadata, overwrite=overwrite)
        return AsyncArray(metadata, store_path, config)

    def with_config(self, config: ArrayConfigLike) -> Self:
        """The same array with another run-time behaviour; what a dict leaves out stays."""
        if not isinstance(config, ArrayConfig):
            config = replace(self.config, **config)
        return type(self)(self.metadata, self.store_path, config)

    async def _save_metadata(self, metadata: ArrayMetadata, ensure_parents: bool = False) -> None:
        """Write the documents."""
        await io.write_node(self.store_path, metadata, parents=ensure_parents)

    # --- what is in it

    @property
    def attrs(self) -> dict[str, JSON]:
        """The attributes; ``update_attributes`` changes them."""
        return nested.unsaved(self.metadata.attributes)

    async def info_complete(self) -> ArrayInfo:
        """Facts, with what is stored; the store is listed for it."""
        return self._info(await self._nshards_initialized(), await self.nbytes_stored())

    async def nchunks_initialized(self) -> int:
        """Number of chunks that are stored; for shards, the inner chunks of all shards that are."""
        stored = await life.stored_chunks(self)
        if not self._is_sharded:
            return len(stored)
        shapes = map(self._bound.chunk_shape, stored)
        return sum(math.prod(s // c for s, c in zip(shape, self.chunks, strict=True)) for shape in shapes)

    async def _nshards_initialized(self) -> int:
        return len(await life.stored_chunks(self))

    async def nbytes_stored(self) -> int:
        """Size in bytes of all that is stored of this array, documents too."""
        await run.settle(self.store)
        return await self.store.getsize_prefix(self.path)

    # --- reading

    async def getitem(
        self, selection: Selection, *, prototype: BufferPrototype | None = None
    ) -> NDArrayLikeOrScalar:
        """What ``array[selection]`` is, with NumPy's meaning.

        Parameters
        ----------
        selection
            Anything that NumPy takes: integers, slices, Ellipsis, None, arrays of integers or of booleans; names
            of fields.
        prototype
            Classes of the buffers to use; the configured ones where None.

        Returns
        -------
        NDArrayLikeOrScalar
            An array, or a NumPy scalar where no dimension is left.

        Raises
        ------
        IndexError
            If the selection does not fit the array.
        """
        fields, rest = indexing.pop_fields(selection)
        plan = indexing.plan_numpy(rest, self.metadata.shape, self._bound.grid)
        return await read_plan(self, plan, prototype, fields)

    async def read(
        self,
        selection: Selection = Ellipsis,
        *,
        out: Any = None,
        prototype: BufferPrototype | None = None,
    ) -> NDArrayLikeOrScalar:
        """As ``array[selection]``, into memory of the caller's where ``out`` is given.

        Parameters
        ----------
        selection
            Anything that NumPy takes; all by default.
        out
            A writable array, strided or not, or an NDBuffer, with the selection's shape and data type.
        prototype
            Classes of the buffers to use; the configured ones where None.

        Returns
        -------
        NDArrayLikeOrScalar
            ``out``, or a new array, or a NumPy scalar where no dimension is left.

        Raises
        ------
        IndexError
            If the selection does not fit the array.
        ValueError
            If ``out`` has another shape or data type.
        """
        fields, rest = indexing.pop_fields(selection)
        plan = indexing.plan_numpy(rest, self.metadata.shape, self._bound.grid)
        return await read_plan(self, plan, prototype, fields, out)

    async def get_basic_selection(
        self,
        selection: BasicSelection = Ellipsis,
        *,
        out: NDBuffer | None = None,
        fields: Fields | None = None,
        prototype: BufferPrototype | None = None,
    ) -> NDArrayLikeOrScalar:
        """A part by integers and slices of positive steps; see ``Array.get_basic_selection``."""
        indexing.check_positive_steps(indexing.ensure_tuple(selection))
        plan = indexing.plan_numpy(_basic(selection), self.metadata.shape, self._bound.grid)
        return await read_selection(self, plan.indexer, out=out, fields=fields, prototype=prototype)

    async def get_orthogonal_selection(
        self,
        selection: OrthogonalSelection,
        *,
        out: NDBuffer | None = None,
        fields: Fields | None = None,
        prototype: BufferPrototype | None = None,
    ) -> NDArrayLikeOrScalar:
        """A part by one selector per dimension, applied independently; see ``Array.oindex``."""
        indexer = indexing.OrthogonalIndexer(selection, self.metadata.shape, self._bound.grid)
        return await read_selection(self, indexer, out=out, fields=fields, prototype=prototype)

    async def get_mask_selection(
        self,
        mask: MaskSelection,
        *,
        out: NDBuffer | None = None,
        fields: Fields | None = None,
        prototype: BufferPrototype | None = None,
    ) -> NDArrayLikeOrScalar:
        """The elements where a boolean array of the array's shape is true, flat."""
        indexer = indexing.MaskIndexer(mask, self.metadata.shape, self._bound.grid)
        return await read_selection(self, indexer, out=out, fields=fields, prototype=prototype)

    async def get_coordinate_selection(
        self,
        selection: CoordinateSelection,
        *,
        out: NDBuffer | None = None,
        fields: Fields | None = None,
        prototype: BufferPrototype | None = None,
    ) -> NDArrayLikeOrScalar:
        """The elements at points, one array of integers per dimension; see ``Array.vindex``."""
        indexer = indexing.CoordinateIndexer(selection, self.metadata.shape, self._bound.grid)
        return await read_selection(
            self, indexer, shape=indexer.sel_shape, out=out, fields=fields, prototype=prototype
        )

    async def get_block_selection(
        self,
        selection: BasicSelection,
        *,
        out: NDBuffer | None = None,
        fields: Fields | None = None,
        prototype: BufferPrototype | None = None,
    ) -> NDArrayLikeOrScalar:
        """Whole chunks, by integers and slices that count chunks; see ``Array.blocks``."""
        indexer = indexing.BlockIndexer(selection, self.metadata.shape, self._bound.grid)
        return await read_selection(self, indexer, out=out, fields=fields, prototype=prototype)

    @property
    def oindex(self) -> AsyncOIndex:
        """Orthogonal indexing: ``await array.oindex.getitem(...)``."""
        return indexing.AsyncOIndex(self)

    @property
    def vindex(self) -> AsyncVIndex:
        """Indexing by points or a mask: ``await array.vindex.getitem(...)``."""
        return indexing.AsyncVIndex(self)

    # --- writing

    async def setitem(
        self, selection: Selection, value: npt.ArrayLike, prototype: BufferPrototype | None = None
    ) -> None:
        """``array[selection] = value``, with NumPy's meaning and broadcasting.

        Parameters
        ----------
        selection
            As for ``getitem``.
        value
            An array, or what one can be made of.
        prototype
            Classes of the buffers to use; the configured ones where None.

        Raises
        ------
        IndexError
            If the selection does not fit the array.
        ValueError
            If the value cannot be broadcast to it, or the store is read-only.
        """
        fields, rest = indexing.pop_fields(selection)
        plan = indexing.plan_numpy(rest, self.metadata.shape, self._bound.grid)
        await write_plan(self, plan, value, prototype, fields)

    async def set_basic_selection(
        self,
        selection: BasicSelection,
        value: npt.ArrayLike,
        *,
        fields: Fields | None = None,
        prototype: BufferPrototype | None = None,
    ) -> None:
        """Write a part by integers and slices of positive steps."""
        indexing.check_positive_steps(indexing.ensure_tuple(selection))
        plan = indexing.plan_numpy(_basic(selection), self.metadata.shape, self._bound.grid)
        await write_selection(self, plan.indexer, value, fields=fields, prototype=prototype)

    async def set_orthogonal_selection(
        self,
        selection: OrthogonalSelection,
        value: npt.ArrayLike,
        *,
        fields: Fields | None = None,
        prototype: BufferPrototype | None = None,
    ) -> None:
        """Write a part by one selector per dimension, applied independently."""
        indexer = indexing.OrthogonalIndexer(selection, self.metadata.shape, self._bound.grid)
        await write_selection(self, indexer, value, fields=fields, prototype=prototype)

    async def set_mask_selection(
        self,
        mask: MaskSelection,
        value: npt.ArrayLike,
        *,
        fields: Fields | None = None,
        prototype: BufferPrototype | None = None,
    ) -> None:
        """Write the elements where a boolean array of the array's shape is true."""
        indexer = indexing.MaskIndexer(mask, self.metadata.shape, self._bound.grid)
        await write_selection(self, indexer, value, fields=fields, prototype=prototype)

    async def set_coordinate_selection(
        self,
        selection: CoordinateSelection,
        value: npt.ArrayLike,
        *,
        fields: Fields | None = None,
        prototype: BufferPrototype | None = None,
    ) -> None:
        """Write the elements at points, one array of integers per dimension."""
        indexer = indexing.CoordinateIndexer(selection, self.metadata.shape, self._bound.grid)
        await write_selection(
            self, indexer, value, shape=indexer.sel_shape, fields=fields, prototype=prototype
        )

    async def set_block_selection(
        self,
        selection: BasicSelection,
        value: npt.ArrayLike,
        *,
        fields: Fields | None = None,
        prototype: BufferPrototype | None = None,
    ) -> None:
        """Write whole chunks, by integers and slices that count chunks."""
        indexer = indexing.BlockIndexer(selection, self.metadata.shape, self._bound.grid)
        await write_selection(self, indexer, value, fields=fields, prototype=prototype)

    # --- changing

    async def resize(self, new_shape: ShapeLike, delete_outside_chunks: bool = True) -> None:
        """Change the shape.

        Parameters
        ----------
        new_shape
            As many dimensions as before. What lies outside is gone, also if the array grows again.
        delete_outside_chunks
            False to leave chunks outside as they are in the store.

        Raises
        ------
        ValueError
            If the number of dimensions differs, a length is negative, or the store is read-only.
        """
        await resizing.resize(self, new_shape, delete_outside_chunks=delete_outside_chunks)
        await consolidated.follow(self.store_path, self.metadata.zarr_format)

    async def append(self, data: npt.ArrayLike, axis: int = 0) -> tuple[int, ...]:
        """Add data at the end of an axis.

        Parameters
        ----------
        data
            As long as the array in all other dimensions.
        axis
            The axis that grows.

        Returns
        -------
        tuple of int
            The new shape.

        Raises
        ------
        ValueError
            If the other dimensions differ, or the store is read-only.
        """
        await resizing.append(self, data, axis)
        await consolidated.follow(self.store_path, self.metadata.zarr_format)
        return self.shape

    async def update_attributes(self, new_attributes: dict[str, JSON]) -> Self:
        """Add or change attributes, merged with what others have written meanwhile."""
        new = plain_attributes(new_attributes)
        await self._change_attributes(lambda attributes: {**attributes, **new})
        return self

    async def _refresh_attributes(self) -> None:
        stored = await io.read_array(self.store_path, self.metadata.zarr_format)
        if stored is None:
            raise ArrayNotFoundError(self.store_path.store, self.store_path.path)
        metadata: ArrayMetadata = self.metadata.update_attributes(dict(stored.attributes))
        self._renew(metadata)

    async def _change_attributes(self, change: Any) -> None:
        self._renew(await life.change_attributes(self, change))
        await consolidated.follow(self.store_path, self.metadata.zarr_format)


def _basic(selection: Any) -> Any:
    """The selection, IndexError if it holds anything but integers, slices and an ellipsis."""
    for item in indexing.ensure_tuple(selection):
        if not (isinstance(item, slice) or item is Ellipsis or hasattr(item, "__index__")) or isinstance(
            item, bool | np.bool_
        ):
            raise IndexError(
                f"unsupported selection item for basic indexing; expected integer or slice, got {type(item)!r}"
            )
    return selection
