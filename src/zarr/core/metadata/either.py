"""The metadata of an array, in either format. Pure."""

from __future__ import annotations

from typing import TypeAlias

from zarr.core.metadata.v2 import ArrayV2Metadata, ArrayV2MetadataDict
from zarr.core.metadata.v3 import ArrayMetadataJSON_V3, ArrayV3Metadata

__all__ = ["ArrayMetadata", "ArrayMetadataDict"]

ArrayMetadata: TypeAlias = ArrayV2Metadata | ArrayV3Metadata
ArrayMetadataDict: TypeAlias = ArrayV2MetadataDict | ArrayMetadataJSON_V3
