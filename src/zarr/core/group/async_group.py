"""AsyncGroup: a group as an object whose methods are awaited."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from zarr.core import run
from zarr.core.array import AsyncArray
from zarr.core.array.create import DEFAULT_FILL_VALUE
from zarr.core.array.new import create_array_at
from zarr.core.array.selections import loaded
from zarr.core.attributes.nested import unsaved
from zarr.core.dtype import parse_dtype
from zarr.core.group.facts import GroupFacts
from zarr.core.group.filled import Filled
from zarr.core.group.members import ConsolidatedDocument, node_of, walk_members
from zarr.core.group.transfer import Transfer
from zarr.core.group.tree import TreeRepr, draw_tree
from zarr.core.info import GroupInfo
from zarr.core.json import plain_attributes
from zarr.core.keys import join_path, normalize_path
from zarr.core.metadata import ConsolidatedMetadata, GroupMetadata, io
from zarr.core.metadata.changing import change
from zarr.core.metadata.consolidated import Consolidated, follow, follow_all
from zarr.core.metadata.deleting import clear_for_overwrite, delete_node
from zarr.core.metadata.hierarchy import write_hierarchy
from zarr.errors import (
    ContainsArrayError,
    ContainsGroupError,
    GroupNotFoundError,
    ZarrDeprecationWarning,
    at,
    warn,
)
from zarr.storage._common import StorePath, make_store_path

if TYPE_CHECKING:
    from zarr.core.array.codecs import (
        CompressorLike,
        CompressorsLike,
        FiltersLike,
        SerializerLike,
    )
    from zarr.core.array_spec import ArrayConfigLike
    from zarr.core.chunk_key_encodings import ChunkKeyEncodingLike
    from zarr.core.common import (
        JSON,
        ChunksLike,
        DimensionNamesLike,
        MemoryOrder,
        ShapeLike,
        ShardsLike,
        ZarrFormat,
    )
    from zarr.core.group.members import AsyncNode
    from zarr.core.metadata.io import NodeMetadata
    from zarr.storage._common import StoreLike

__all__ = ["AsyncGroup"]

DefaultT = TypeVar("DefaultT")
T_Node = TypeVar("T_Node", bound="AsyncNode")


@dataclass(frozen=True, repr=False)
class AsyncGroup(GroupFacts, Filled, Transfer):
    """A group in a store; what touches the store is awaited.

    Parameters
    ----------
    metadata
        What its documents say.
    store_path
        Where it is.
    """

    metadata: GroupMetadata
    store_path: StorePath

    # --- opening and making

    @classmethod
    async def from_store(
        cls,
        store: StoreLike,
        *,
        attributes: dict[str, Any] | None = None,
        overwrite: bool = False,
        zarr_format: ZarrFormat = 3,
    ) -> AsyncGroup:
        """Make a group.

        Parameters
        ----------
        store
            Where to make it.
        attributes
            Its attributes.
        overwrite
            Delete the node that is there, with all below it.
        zarr_format
            2 or 3.

        Raises
        ------
        ContainsArrayError, ContainsGroupError
            If a node is there and ``overwrite`` is false.
        """
        store_path = await make_store_path(store)
        store_path.agreed_format(zarr_format)
        store_path.store._check_writable()
        metadata = GroupMetadata(plain_attributes(attributes or {}), zarr_format)
        if overwrite and store_path.store.supports_deletes:
            await clear_for_overwrite(store_path)
            await io.write_node(store_path, metadata, parents=True)
        else:
            await io.create_node(store_path, metadata)
        return cls(metadata, store_path)

    @classmethod
    async def open(
        cls,
        store: StoreLike,
        zarr_format: ZarrFormat | None = None,
        use_consolidated: bool | str | None = None,
    ) -> AsyncGroup:
        """Open a group that exists.

        Parameters
        ----------
        store
            Where it is.
        zarr_format
            2, 3, or None for what is there; 3 where both are.
        use_consolidated
            True to require consolidated metadata, False to ignore them, None to use them where there are any; for
            format 2 also the key that they have.

        Raises
        ------
        GroupNotFoundError
            If there is no group; ContainsArrayError if an array is there.
        ValueError
            If consolidated metadata are required and there are none.
        """
        store_path = await make_store_path(store)
        metadata = await io.read_group(store_path, zarr_format, use_consolidated)
        if metadata is None:
            raise GroupNotFoundError(
                f"No group found in store {store_path.store} at path {store_path.path!r}"
            )
        return cls(metadata, store_path)

    @classmethod
    def from_dict(cls, store_path: StorePath, data: dict[str, Any]) -> AsyncGroup:
        """The group that a document describes; nothing is written."""
        return cls(GroupMetadata.from_dict(data), store_path)

    async def _save_metadata(self, ensure_parents: bool = False) -> None:
        await io.write_node(self.store_path, self.metadata, parents=ensure_parents)

    def _renew(self, metadata: GroupMetadata) -> None:
        object.__setattr__(self, "metadata", metadata)

    # --- what it is

    @property
    def attrs(self) -> dict[str, Any]:
        """The attributes; ``update_attributes`` changes them."""
        return unsaved(self.metadata.attributes)

    async def info_complete(self) -> GroupInfo:
        """Facts, with the numbers of all members below."""
        members = [node async for _, node in self.members(max_depth=None)]
        return self._info(members)

    def __repr__(self) -> str:
        return f"<AsyncGroup {self.store_path}>"

    # --- members

    async def getitem(self, key: str) -> AsyncNode:
        """The member at a path below; KeyError if there is none."""
        if self.metadata.consolidated_metadata is not None:
            return self._consolidated_member(key, normalize_path(key))
        node = await self._stored(key)
        if node is None:
            raise KeyError(key)
        return node

    async def _stored(self, path: str) -> AsyncNode | None:
        """The member at a path below, whatever consolidated metadata say of it; None if there is none."""
        place = self.store_path / normalize_path(path)
        metadata = await io.read_node(place, self.metadata.zarr_format)
        return None if metadata is None else node_of(self, place, metadata)

    def _consolidated_member(self, key: str, path: str) -> AsyncNode:
        metadata: NodeMetadata = self.metadata
        for name in path.split("/"):
            below = metadata.consolidated_metadata if isinstance(metadata, GroupMetadata) else None
            if below is None or name not in below.metadata:
                raise KeyError(key)
            try:
                metadata = below.metadata[name]
            except Exception:
                with at(ConsolidatedDocument(self)):
                    raise
        return node_of(self, self.store_path / path, metadata)

    async def get(self, key: str, default: DefaultT | None = None) -> AsyncNode | DefaultT | None:
        """The member at a path below; ``default`` if there is none."""
        try:
            return await self.getitem(key)
        except KeyError:
            return default

    async def get_array(self, path: str) -> AsyncArray[Any]:
        """The array at a path below; KeyError if there is none, ContainsGroupError if a group is there."""
        node = await self.getitem(path)
        if not isinstance(node, AsyncArray):
            raise ContainsGroupError(self.store, node.path)
        return node

    async def get_group(self, path: str) -> AsyncGroup:
        """The group at a path below; KeyError if there is none, ContainsArrayError if an array is there."""
        node = await self.getitem(path)
        if isinstance(node, AsyncArray):
            raise ContainsArrayError(self.store, node.path)
        return node

    async def contains(self, member: str) -> bool:
        """Whether there is a member at a path below."""
        try:
            await self.getitem(member)
        except KeyError:
            return False
        return True

    async def members(
        self, max_depth: int | None = 0, *, use_consolidated_for_children: bool = True
    ) -> AsyncGenerator[tuple[str, AsyncNode], None]:
        """Paths and nodes of what is in this group.

        Parameters
        ----------
        max_depth
            How many levels further to go: 0 for the direct members, None for all.
        use_consolidated_for_children
            Whether to believe the consolidated metadata of groups among them.

        Raises
        ------
        ValueError
            If ``max_depth`` is negative, or the store cannot be listed.
        """
        if max_depth is not None and max_depth < 0:
            raise ValueError(f"max_depth must be None or >= 0. Got '{max_depth}' instead")
        async for item in walk_members(self, max_depth, use_consolidated_for_children):
            yield item

    async def nmembers(self, max_depth: int | None = 0) -> int:
        """Number of members; ``max_depth`` as for ``members``."""
        return len([None async for _ in self.members(max_depth)])

    async def keys(self) -> AsyncGenerator[str, None]:
        """Names of the members."""
        async for name, _ in self.members():
            yield name

    async def arrays(self) -> AsyncGenerator[tuple[str, AsyncArray[Any]], None]:
        """Names and arrays among the members."""
        async for name, node in self.members():
            if isinstance(node, AsyncArray):
                yield name, node

    async def array_keys(self) -> AsyncGenerator[str, None]:
        """Names of the arrays among the members."""
        async for name, _ in self.arrays():
            yield name

    async def array_values(self) -> AsyncGenerator[AsyncArray[Any], None]:
        """The arrays among the members."""
        async for _, array in self.arrays():
            yield array

    async def groups(self) -> AsyncGenerator[tuple[str, AsyncGroup], None]:
        """Names and groups among the members."""
        async for name, node in self.members():
            if not isinstance(node, AsyncArray):
                yield name, node

    async def group_keys(self) -> AsyncGenerator[str, None]:
        """Names of the groups among the members."""
        async for name, _ in self.groups():
            yield name

    async def group_values(self) -> AsyncGenerator[AsyncGroup, None]:
        """The groups among the members."""
        async for _, group in self.groups():
            yield group

    async def tree(
        self,
        expand: bool | None = None,
        level: int | None = None,
        *,
        max_nodes: int = 500,
        plain: bool = False,
        sizes: bool = False,
    ) -> TreeRepr:
        """A drawing of what is below.

        Parameters
        ----------
        expand
            Not used; kept for those who give it.
        level
            How many levels to draw; all where None.
        max_nodes
            How many nodes to draw at the most.
        plain
            Not used: the drawing is plain text.
        sizes
            Whether to show how many bytes each array has when it is read whole.
        """
        if expand is not None:
            warn("`expand` has no effect.", ZarrDeprecationWarning)
        return await draw_tree(self, level, max_nodes, sizes)

    # --- changing

    async def update_attributes(self, new_attributes: dict[str, Any]) -> AsyncGroup:
        """Add or change attributes, merged with what others have written meanwhile."""
        new = plain_attributes(new_attributes)
        await self._change_attributes(lambda attributes: {**attributes, **new})
        return self

    async def _change_attributes(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        seen = self.metadata.consolidated_metadata
        await self._change_document(lambda m: replace(m, attributes=change(dict(m.attributes))))
        self._renew(replace(self.metadata, consolidated_metadata=seen))

    async def _refresh_attributes(self) -> None:
        stored = await io.read_group(self.store_path, self.metadata.zarr_format, use_consolidated=False)
        if stored is None:
            raise GroupNotFoundError(self.store, self.path)
        self._renew(replace(self.metadata, attributes=stored.attributes))

    async def _change_document(
        self, update: Callable[[GroupMetadata], GroupMetadata], use_consolidated: bool | None = None
    ) -> None:
        """Change the document as it is stored now."""
        path = self.store_path
        await run.settle(path.store)
        path.store._check_writable()

        async def make(place: StorePath) -> GroupMetadata:
            stored = await io.read_group(place, self.metadata.zarr_format, use_consolidated)
            metadata = update(self.metadata if stored is None else stored)
            if stored is not None:  # what is consolidated is always written anew
                stored = replace(stored, consolidated_metadata=None)
            await io.write_node(place, metadata, stored=stored)
            return metadata

        metadata = await change(path, self.metadata.zarr_format, "group", make)
        self._renew(metadata)
        await follow(path, metadata.zarr_format)

    async def delitem(self, key: str) -> None:
        """Delete a member, with all below it.

        Raises
        ------
        KeyError
            If there is none.
        FileExistsError
            If anything there is not of Zarr: then nothing is deleted.
        """
        path = self.store_path / normalize_path(key)
        if path.path == self.path:
            raise KeyError(f"{key!r} is the group itself; delete it by way of the group that it lies in")
        await run.settle(path.store)
        path.store._check_writable()
        if not await io.is_node(path, self.metadata.zarr_format):
            raise KeyError(key)
        await delete_node(path)
        await self._follow(path.path)

    # --- consolidated metadata

    @property
    def _found_in(self) -> Consolidated | None:
        """The consolidated metadata that this handle knows of: its own, or those it was found in."""
        known = self.metadata.consolidated_metadata
        if known is None:
            return None
        found = self.store_path._found_in
        if isinstance(found, Consolidated) and found.known is not None:
            return found
        return Consolidated(self.path, known)

    async def _follow(self, *changed: str, anew: Iterable[str] = ()) -> None:
        """After changes below: bring the consolidated metadata that this handle knows of up to them."""
        found = self._found_in
        if found is not None:
            await follow_all(found, self.store, self.metadata.zarr_format, changed, anew)

    async def _made(self, node: T_Node) -> T_Node:
        """A node that was made below, known to the consolidated metadata."""
        if self._found_in is not None:
            await self._follow(anew=[node.path])
            self._link(node)
        return node

    def _link(self, node: AsyncNode) -> None:
        """Let a node below share the consolidated metadata that this handle knows of."""
        found = node.store_path._found_in = self._found_in
        if found is not None and isinstance(node, AsyncGroup):
            known = found.get(node.path)
            if isinstance(known, GroupMetadata):
                node._renew(known)

    async def setitem(self, key: str, value: Any) -> None:
        """Store an array under a name, replacing what is there."""
        await self.create_array(key, data=np.asanyarray(await loaded(value)), overwrite=True)

    async def create_group(
        self, name: str, *, overwrite: bool = False, attributes: dict[str, Any] | None = None
    ) -> AsyncGroup:
        """Make a group below; ContainsGroupError or ContainsArrayError if a node is there."""
        made = await type(self).from_store(
            self.store_path / normalize_path(name),
            attributes=attributes,
            overwrite=overwrite,
            zarr_format=self.metadata.zarr_format,
        )
        return await self._made(made)

    async def require_group(self, name: str, overwrite: bool = False) -> AsyncGroup:
        """The group of that name, made where there is none; TypeError if an array is there."""
        if overwrite:
            return await self.create_group(name, overwrite=True)
        node = await self.get(name)
        if node is None:
            try:
                return await self.create_group(name)
            except (ContainsArrayError, ContainsGroupError):
                node = await self._stored(name)
                if node is None:
                    raise
        if isinstance(node, AsyncArray):
            raise TypeError(f"Incompatible object (AsyncArray) already exists at {self.store_path / name}.")
        return node

    async def require_groups(self, *names: str) -> tuple[AsyncGroup, ...]:
        """The groups of these names, made where there are none."""
        return tuple([await self.require_group(name) for name in names])

    async def create_array(
        self,
        name: str,
        *,
        shape: ShapeLike | None = None,
        dtype: Any = None,
        data: np.ndarray[Any, np.dtype[Any]] | None = None,
        chunks: ChunksLike = "auto",
        shards: ShardsLike | None = None,
        filters: FiltersLike = "auto",
        compressors: CompressorsLike = "auto",
        compressor: CompressorLike = "auto",
        serializer: SerializerLike = "auto",
        fill_value: Any | None = DEFAULT_FILL_VALUE,
        order: MemoryOrder | None = None,
        attributes: dict[str, JSON] | None = None,
        chunk_key_encoding: ChunkKeyEncodingLike | None = None,
        dimension_names: DimensionNamesLike = None,
        storage_options: dict[str, Any] | None = None,
        overwrite: bool = False,
        config: ArrayConfigLike | None = None,
        write_data: bool = True,
        checksum: bool = False,
    ) -> AsyncArray[Any]:
        """Make an array in this group; the parameters are those of ``zarr.create_array``."""
        if not isinstance(compressor, str) or compressor != "auto":
            warn("`compressor` is deprecated; use `compressors`.", ZarrDeprecationWarning)
            compressors = compressor
        array = await create_array_at(
            self.store_path / normalize_path(name),
            shape=shape,
            dtype=dtype,
            data=data,
            chunks=chunks,
            shards=shards,
            filters=filters,
            compressors=compressors,
            serializer=serializer,
            fill_value=fill_value,
            order=order,
            zarr_format=self.metadata.zarr_format,
            attributes=attributes,
            chunk_key_encoding=chunk_key_encoding,
            dimension_names=dimension_names,
            overwrite=overwrite,
            config=config,
            write_data=write_data,
            checksum=checksum,
        )
        return await self._made(array)

    async def require_array(
        self,
        /,
        name: str,
        *,
        shape: ShapeLike,
        dtype: Any = None,
        exact: bool = False,
        config: ArrayConfigLike | None = None,
        **kwargs: Any,
    ) -> AsyncArray[Any]:
        """The array of that name, made where there is none.

        Raises
        ------
        TypeError
            If another kind of node is there, or an array of another shape, or of a data type that differs (``exact``)
            or cannot be cast safely to the one asked for.
        """
        node = await self.get(name)
        if node is None:
            try:
                return await self.create_array(name, shape=shape, dtype=dtype, config=config, **kwargs)
            except (ContainsArrayError, ContainsGroupError):
                node = await self._stored(name)
                if node is None:
                    raise
        where = self.store_path / name
        if not isinstance(node, AsyncArray):
            raise TypeError(f"Incompatible object (AsyncGroup) already exists at {where}.")
        wanted = (shape,) if isinstance(shape, int) else tuple(shape)
        if node.shape != wanted:
            raise TypeError(f"Incompatible shape at {where}: {node.shape} exists, {wanted} is required.")
        if dtype is not None:
            required = parse_dtype(dtype, zarr_format=self.metadata.zarr_format).to_native_dtype()
            fits = node.dtype == required if exact else np.can_cast(node.dtype, required)
            if not fits:
                raise TypeError(
                    f"Incompatible dtype at {where}: {node.dtype} exists, {required} is required."
                )
        return node

    async def create_dataset(self, name: str, **kwargs: Any) -> AsyncArray[Any]:
        """Make an array; deprecated, use ``create_array``."""
        warn("AsyncGroup.create_dataset is deprecated; use create_array.", ZarrDeprecationWarning)
        return await self.create_array(name, **kwargs)

    async def require_dataset(self, name: str, *, shape: ShapeLike, **kwargs: Any) -> AsyncArray[Any]:
        """The array of that name, made where there is none; deprecated, use ``require_array``."""
        warn(
            "AsyncGroup.require_dataset is deprecated; use require_array.",
            ZarrDeprecationWarning,
        )
        return await self.require_array(name, shape=shape, **kwargs)

    async def create_hierarchy(
        self, nodes: dict[str, NodeMetadata], *, overwrite: bool = False
    ) -> AsyncIterator[tuple[str, AsyncNode]]:
        """Make many nodes below; see ``zarr.create_hierarchy``. Paths are relative to this group."""
        for path, metadata in nodes.items():
            if normalize_path(path) == "":
                raise ValueError("The root of the hierarchy, '', is this group itself and cannot be created.")
            if metadata.zarr_format != self.metadata.zarr_format:
                raise ValueError(
                    f"The node {path!r} has Zarr format {metadata.zarr_format}, this group has "
                    f"{self.metadata.zarr_format}."
                )
        below = {join_path(self.path, normalize_path(p)): m for p, m in nodes.items()}
        start = len(self.path) + 1 if self.path else 0
        written = await write_hierarchy(self.store, below, overwrite=overwrite)
        await self._follow(*(path for path, _ in written), anew=below if overwrite else ())
        for path, made in written:
            if len(path) > start:
                node = node_of(self, self.store_path / path[start:], made)
                self._link(node)
                yield path[start:], node

    async def consolidate(self) -> AsyncGroup:
        """Write the metadata of everything below into this group's document."""
        group = type(self)(self.metadata.with_consolidated(None), self.store_path)
        members = group.members(max_depth=None, use_consolidated_for_children=False)
        below = ConsolidatedMetadata.of_flat({path: node.metadata async for path, node in members})
        # what is stored of it now need not be sound
        await group._change_document(lambda m: m.with_consolidated(below), use_consolidated=False)
        return group
