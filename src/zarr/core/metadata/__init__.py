"""Metadata documents as typed values. Pure: what reads and writes them is ``core.metadata.io``.

Each is loaded when it is first used.
"""

from typing import TYPE_CHECKING

from zarr.core import names_of

if TYPE_CHECKING:
    from zarr.core.metadata.either import ArrayMetadata, ArrayMetadataDict
    from zarr.core.metadata.group import ConsolidatedMetadata, GroupMetadata
    from zarr.core.metadata.v2 import ArrayV2Metadata, ArrayV2MetadataDict
    from zarr.core.metadata.v3 import ArrayMetadataJSON_V3, ArrayV3Metadata
else:
    __getattr__, __dir__ = names_of(
        __name__,
        {
            "either": "ArrayMetadata ArrayMetadataDict",
            "group": "ConsolidatedMetadata GroupMetadata",
            "io": "",
            "v2": "ArrayV2Metadata ArrayV2MetadataDict",
            "v3": "ArrayMetadataJSON_V3 ArrayV3Metadata",
        },
    )

__all__ = [
    "ArrayMetadata",
    "ArrayMetadataDict",
    "ArrayMetadataJSON_V3",
    "ArrayV2Metadata",
    "ArrayV2MetadataDict",
    "ArrayV3Metadata",
    "ConsolidatedMetadata",
    "GroupMetadata",
]
