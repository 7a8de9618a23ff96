"""Groups: AsyncGroup, Group, and what makes and lists their members."""

from typing import TYPE_CHECKING

from zarr.core import names_of

if TYPE_CHECKING:
    from zarr.core.group.async_group import AsyncGroup
    from zarr.core.group.group import Group
    from zarr.core.group.hierarchy import (
        create_hierarchy,
        create_nodes,
        create_rooted_hierarchy,
        get_node,
    )
    from zarr.core.metadata.group import (
        ConsolidatedMetadata,
        GroupMetadata,
        ImplicitGroupMarker,
        parse_attributes,
        parse_node_type,
        parse_zarr_format,
    )
    from zarr.storage._like import StoreLike
else:
    __getattr__, __dir__ = names_of(
        __name__,
        {
            "async_group": "AsyncGroup",
            "group": "Group",
            "hierarchy": "create_hierarchy create_nodes create_rooted_hierarchy get_node",
            "zarr.core.metadata.group": "ConsolidatedMetadata GroupMetadata ImplicitGroupMarker parse_attributes "
            "parse_node_type parse_zarr_format",
            "zarr.storage._like": "StoreLike",
        },
    )

__all__ = [
    "AsyncGroup",
    "ConsolidatedMetadata",
    "Group",
    "GroupMetadata",
    "ImplicitGroupMarker",
    "StoreLike",
    "create_hierarchy",
    "create_nodes",
    "create_rooted_hierarchy",
    "get_node",
    "parse_attributes",
    "parse_node_type",
    "parse_zarr_format",
]
