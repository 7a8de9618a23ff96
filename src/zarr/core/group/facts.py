"""What a group is, without a look at its members: the properties that AsyncGroup and Group share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from zarr.core.array import AsyncArray
from zarr.core.info import GroupInfo
from zarr.core.node import Placed

if TYPE_CHECKING:
    from zarr.core.group.members import AsyncNode
    from zarr.core.metadata import GroupMetadata

__all__ = ["GroupFacts"]


class GroupFacts(Placed):
    """Properties of anything that has a group's metadata and place."""

    if TYPE_CHECKING:

        @property
        def metadata(self) -> GroupMetadata:
            """What its documents say."""

    @property
    def synchronizer(self) -> Any:
        """What it was opened with to take locks from; None if nothing."""
        return getattr(self.store_path.store, "synchronizer", None)

    @property
    def info(self) -> GroupInfo:
        """Facts that need no look at the members."""
        return self._info()

    def _info(self, members: Sequence[AsyncNode] | None = None) -> GroupInfo:
        arrays = sum(isinstance(m, AsyncArray) for m in members or ())
        return GroupInfo(
            _name=self.path,
            _read_only=self.read_only,
            _store_type=type(self.store).__name__,
            _zarr_format=self.metadata.zarr_format,
            _count_members=None if members is None else len(members),
            _count_arrays=None if members is None else arrays,
            _count_groups=None if members is None else len(members) - arrays,
        )
