"""Attributes: the user's attributes of an array or a group, as a dict that is saved when it is changed."""

from zarr.core.attributes.attributes import Attributes, Batch

__all__ = ["Attributes", "Batch"]
