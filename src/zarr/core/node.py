"""What arrays and groups have in common: a place in a store, and a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zarr.abc.store import Store
    from zarr.storage._common import StorePath

__all__ = ["Placed"]


class Placed:
    """Properties of anything that has a place in a store."""

    if TYPE_CHECKING:

        @property
        def store_path(self) -> StorePath:
            """Where it is."""

    @property
    def store(self) -> Store:
        """The store."""
        return self.store_path.store

    @property
    def path(self) -> str:
        """Path in the store."""
        return self.store_path.path

    @property
    def name(self) -> str:
        """Path with a leading slash, as h5py has it."""
        return "/" + self.path

    @property
    def basename(self) -> str:
        """Last part of the name."""
        return self.name.rpartition("/")[2]

    @property
    def read_only(self) -> bool:
        """Whether the store refuses changes."""
        return self.store_path.read_only
