"""Members of a group moved, renamed and copied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zarr.core.group.copying import CopyOptions, copy_nodes
from zarr.core.group.members import nodes_below
from zarr.core.group.moving import finish_move, move_node
from zarr.core.keys import normalize_path

if TYPE_CHECKING:
    from zarr.core.group.async_group import AsyncGroup
    from zarr.core.group.members import AsyncNode
    from zarr.core.metadata import GroupMetadata
    from zarr.core.metadata.consolidated import Consolidated
    from zarr.storage._common import StorePath

__all__ = ["Transfer"]


class Transfer:
    """Methods of an AsyncGroup that move and copy."""

    if TYPE_CHECKING:
        metadata: GroupMetadata
        store_path: StorePath

        @property
        def _found_in(self) -> Consolidated | None: ...

        async def getitem(self, key: str) -> AsyncNode: ...

        async def contains(self, member: str) -> bool: ...

        async def _follow(self, *changed: str, anew: Iterable[str] = ()) -> None: ...

    async def move(self, source: str, dest: str) -> None:
        """Move or rename a member, with all below it.

        On a local store it is renamed at once. Elsewhere each key is copied, and then deleted at its old place; if that
        is interrupted, nothing is lost, and the same call completes it.

        Parameters
        ----------
        source
            Path of the member, relative to this group.
        dest
            Its new path, relative to this group; groups are made of parents that are missing.

        Raises
        ------
        KeyError
            If there is no such member.
        ContainsArrayError, ContainsGroupError, FileExistsError
            If anything is at ``dest``: nothing is overwritten.
        ValueError
            If ``dest`` is inside ``source``, or the store is read-only, or cannot delete or list.
        """
        old, new = (self.store_path / normalize_path(path) for path in (source, dest))
        if old.path == new.path and await self.contains(source):
            return
        is_unfinished = await move_node(old, new, self.metadata.zarr_format)
        if self._found_in is not None:
            await self._follow(old.path, anew=await nodes_below(new, self.metadata.zarr_format))
        if is_unfinished:
            await finish_move(new)

    async def copy(
        self,
        source: str | AsyncNode | Any,
        dest: str | AsyncGroup | Any,
        name: str | None = None,
        *,
        shallow: bool = False,
        without_attrs: bool = False,
    ) -> None:
        """Copy an array or a group, as h5py's ``Group.copy`` does; ``zarr.copy`` has more options.

        Parameters
        ----------
        source
            Path of a member, or an array or group from anywhere.
        dest
            The path to copy to, relative to this group, or the group to copy into.
        name
            The new name in ``dest``, if that is a group; by default that of the source.
        shallow
            Copy the arrays that are directly in a group only.
        without_attrs
            Leave out the attributes.

        Raises
        ------
        KeyError
            If there is no such member.
        CopyError
            If something is in the way.
        """
        node = await self.getitem(source) if isinstance(source, str) else source
        group: Any = self if isinstance(dest, str) else getattr(dest, "_async_group", dest)
        path = dest if isinstance(dest, str) else name or str(node.name).rpartition("/")[2]
        if not normalize_path(path):
            raise TypeError("the source has no name; give `name`")
        options = CopyOptions(shallow=shallow, without_attrs=without_attrs, create_kws={})
        await copy_nodes(node, group, path, options)
