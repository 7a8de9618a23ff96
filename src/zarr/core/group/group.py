"""Group: the blocking face of an AsyncGroup. Its methods are derived; only dunder methods are written here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, overload

from zarr.core.array import Array, AsyncArray
from zarr.core.attributes import Attributes
from zarr.core.group.async_group import AsyncGroup
from zarr.core.group.facts import GroupFacts
from zarr.core.run import blocking_iterator, blocking_method
from zarr.core.run.inline import run
from zarr.errors import ZarrDeprecationWarning, warn

if TYPE_CHECKING:
    from zarr.core.common import ZarrFormat
    from zarr.core.group.members import AsyncNode
    from zarr.core.metadata import GroupMetadata
    from zarr.storage._common import StoreLike, StorePath

__all__ = ["Group", "as_blocking"]

Node: TypeAlias = "Array[Any] | Group"
DefaultT = TypeVar("DefaultT")

_OF = "_async_group"


@overload
def as_blocking(node: AsyncArray[Any]) -> Array[Any]: ...
@overload
def as_blocking(node: AsyncGroup) -> Group: ...
@overload
def as_blocking(node: AsyncNode) -> Node: ...
def as_blocking(node: AsyncNode) -> Node:
    """The blocking face of an asynchronous node."""
    return Array(node) if isinstance(node, AsyncArray) else Group(node)


def _as_array(array: AsyncArray[Any]) -> Array[Any]:
    return Array(array)


def _as_group(group: AsyncGroup) -> Group:
    return Group(group)


def _as_item(item: tuple[str, AsyncNode]) -> tuple[str, Node]:
    return item[0], as_blocking(item[1])


def _as_array_item(item: tuple[str, AsyncArray[Any]]) -> tuple[str, Array[Any]]:
    return item[0], Array(item[1])


def _as_group_item(item: tuple[str, AsyncGroup]) -> tuple[str, Group]:
    return item[0], Group(item[1])


def _as_groups(groups: tuple[AsyncGroup, ...]) -> tuple[Group, ...]:
    return tuple(Group(group) for group in groups)


def _same(name: str) -> str:
    return name


@dataclass(frozen=True, repr=False)
class Group(GroupFacts):
    """A group in a store: arrays and groups by name.

    Used like a dict. Make one by ``zarr.create_group`` or ``zarr.open_group``.
    """

    _async_group: AsyncGroup

    @classmethod
    def from_store(
        cls,
        store: StoreLike,
        *,
        attributes: dict[str, Any] | None = None,
        zarr_format: ZarrFormat = 3,
        overwrite: bool = False,
    ) -> Group:
        """Make a group; see ``zarr.create_group``."""
        return cls(
            run(
                AsyncGroup.from_store(
                    store, attributes=attributes, overwrite=overwrite, zarr_format=zarr_format
                )
            )
        )

    @classmethod
    def open(cls, store: StoreLike, zarr_format: ZarrFormat | None = None) -> Group:
        """Open a group that exists; see ``zarr.open_group``."""
        return cls(run(AsyncGroup.open(store, zarr_format=zarr_format)))

    @property
    def metadata(self) -> GroupMetadata:
        """What the group's documents say."""
        return self._async_group.metadata

    @property
    def store_path(self) -> StorePath:
        """Where the group is."""
        return self._async_group.store_path

    @property
    def attrs(self) -> Attributes:
        """The attributes: a dict of which each change is saved."""
        return Attributes(self)

    info_complete = blocking_method(AsyncGroup.info_complete, of=_OF)
    get_array = blocking_method(AsyncGroup.get_array, of=_OF, then=_as_array)
    get_group = blocking_method(AsyncGroup.get_group, of=_OF, then=_as_group)
    nmembers = blocking_method(AsyncGroup.nmembers, of=_OF)
    tree = blocking_method(AsyncGroup.tree, of=_OF)
    _change_attributes = blocking_method(AsyncGroup._change_attributes, of=_OF)
    _refresh_attributes = blocking_method(AsyncGroup._refresh_attributes, of=_OF)
    copy = blocking_method(AsyncGroup.copy, of=_OF)
    move = blocking_method(AsyncGroup.move, of=_OF)
    create_group = blocking_method(AsyncGroup.create_group, of=_OF, then=_as_group)
    require_group = blocking_method(AsyncGroup.require_group, of=_OF, then=_as_group)
    require_groups = blocking_method(AsyncGroup.require_groups, of=_OF, then=_as_groups)
    create_array = blocking_method(AsyncGroup.create_array, of=_OF, then=_as_array)
    create = create_array
    require_array = blocking_method(AsyncGroup.require_array, of=_OF, then=_as_array)
    empty = blocking_method(AsyncGroup.empty, of=_OF, then=_as_array)
    zeros = blocking_method(AsyncGroup.zeros, of=_OF, then=_as_array)
    ones = blocking_method(AsyncGroup.ones, of=_OF, then=_as_array)
    full = blocking_method(AsyncGroup.full, of=_OF, then=_as_array)
    empty_like = blocking_method(AsyncGroup.empty_like, of=_OF, then=_as_array)
    zeros_like = blocking_method(AsyncGroup.zeros_like, of=_OF, then=_as_array)
    ones_like = blocking_method(AsyncGroup.ones_like, of=_OF, then=_as_array)
    full_like = blocking_method(AsyncGroup.full_like, of=_OF, then=_as_array)
    keys = blocking_iterator(AsyncGroup.keys, of=_OF, then=_same)
    array_keys = blocking_iterator(AsyncGroup.array_keys, of=_OF, then=_same)
    group_keys = blocking_iterator(AsyncGroup.group_keys, of=_OF, then=_same)
    arrays = blocking_iterator(AsyncGroup.arrays, of=_OF, then=_as_array_item)
    groups = blocking_iterator(AsyncGroup.groups, of=_OF, then=_as_group_item)
    array_values = blocking_iterator(AsyncGroup.array_values, of=_OF, then=_as_array)
    group_values = blocking_iterator(AsyncGroup.group_values, of=_OF, then=_as_group)
    create_hierarchy = blocking_iterator(AsyncGroup.create_hierarchy, of=_OF, then=_as_item)
    _members = blocking_iterator(AsyncGroup.members, of=_OF, then=_as_item)

    def get(self, path: str, default: DefaultT | None = None) -> Node | DefaultT | None:
        """The member at a path below; ``default`` if there is none."""
        try:
            return self[path]
        except KeyError:
            return default

    def members(
        self, max_depth: int | None = 0, *, use_consolidated_for_children: bool = True
    ) -> tuple[tuple[str, Node], ...]:
        """Paths and nodes of what is in this group.

        Parameters
        ----------
        max_depth
            How many levels further to go: 0 for the direct members, None for all.
        use_consolidated_for_children
            Whether to believe the consolidated metadata of groups among them.
        """
        return tuple(self._members(max_depth, use_consolidated_for_children=use_consolidated_for_children))

    def array(self, name: str, **kwargs: Any) -> Array[Any]:
        """Make an array; deprecated, use ``create_array``."""
        warn("Group.array is deprecated; use Group.create_array.", ZarrDeprecationWarning)
        return self.create_array(name, **kwargs)

    def create_dataset(self, name: str, **kwargs: Any) -> Array[Any]:
        """Make an array; deprecated, use ``create_array``."""
        warn(
            "Group.create_dataset is deprecated; use Group.create_array.",
            ZarrDeprecationWarning,
        )
        return self.create_array(name, **kwargs)

    def require_dataset(self, name: str, *, shape: Any, **kwargs: Any) -> Array[Any]:
        """The array of that name, made where there is none; deprecated, use ``require_array``."""
        warn(
            "Group.require_dataset is deprecated; use Group.require_array.",
            ZarrDeprecationWarning,
        )
        return self.require_array(name, shape=shape, **kwargs)

    def update_attributes(self, new_attributes: dict[str, Any]) -> Group:
        """Add or change attributes, merged with what others have written meanwhile."""
        self.attrs.update(new_attributes)
        return self

    async def update_attributes_async(self, new_attributes: dict[str, Any]) -> Group:
        """As ``update_attributes``, awaited."""
        await self._async_group.update_attributes(new_attributes)
        return self

    def __getitem__(self, path: str) -> Node:
        return as_blocking(run(self._async_group.getitem(path)))

    _delete = blocking_method(AsyncGroup.delitem, of=_OF)
    _store = blocking_method(AsyncGroup.setitem, of=_OF)
    _contains = blocking_method(AsyncGroup.contains, of=_OF)

    def __setitem__(self, key: str, value: Any) -> None:
        """Store an array under a name, replacing what is there."""
        self._store(key, value)

    def __delitem__(self, key: str) -> None:
        """Delete a member, with all below it."""
        self._delete(key)

    def __contains__(self, member: str) -> bool:
        return self._contains(member)

    def __iter__(self) -> Iterator[str]:
        yield from self.keys()

    def __len__(self) -> int:
        return self.nmembers()

    def __repr__(self) -> str:
        return f"<Group {self.store_path}>"
