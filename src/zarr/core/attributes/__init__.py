"""Attributes: the user's attributes of an array or a group, as a dict that is saved when it is changed."""

from typing import TYPE_CHECKING

from zarr.core import names_of

if TYPE_CHECKING:
    from zarr.core.attributes.attributes import Attributes, Batch
else:
    __getattr__, __dir__ = names_of(
        __name__,
        {
            "attributes": "Attributes Batch",
        },
    )

__all__ = ["Attributes", "Batch"]
