"""Metadata documents as typed values. Pure: what reads and writes them is ``core.metadata.io``."""

from typing import TypeAlias

from zarr.core.metadata.group import ConsolidatedMetadata, GroupMetadata
from zarr.core.metadata.v2 import ArrayV2Metadata, ArrayV2MetadataDict
from zarr.core.metadata.v3 import ArrayMetadataJSON_V3, ArrayV3Metadata

ArrayMetadata: TypeAlias = ArrayV2Metadata | ArrayV3Metadata
ArrayMetadataDict: TypeAlias = ArrayV2MetadataDict | ArrayMetadataJSON_V3

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
