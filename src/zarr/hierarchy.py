"""Group, under the name that it had in Zarr-Python 2."""

from zarr.core.group import Group

__all__ = ["Group"]
