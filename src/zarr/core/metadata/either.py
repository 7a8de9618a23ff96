"""The metadata of an array, in either format. Pure."""

from __future__ import annotations

from typing import Any, TypeAlias

from zarr.core.metadata.v2 import ArrayV2Metadata, ArrayV2MetadataDict
from zarr.core.metadata.v3 import ArrayMetadataJSON_V3, ArrayV3Metadata
from zarr.errors import MetadataValidationError

__all__ = ["ArrayMetadata", "ArrayMetadataDict", "parse_array_metadata"]

ArrayMetadata: TypeAlias = ArrayV2Metadata | ArrayV3Metadata
ArrayMetadataDict: TypeAlias = ArrayV2MetadataDict | ArrayMetadataJSON_V3


def parse_array_metadata(data: Any, path: str | None = None) -> ArrayMetadata:
    """The metadata of an array: themselves, or in a document of either format."""
    if isinstance(data, ArrayV2Metadata | ArrayV3Metadata):
        return data
    if isinstance(data, dict):
        zarr_format = data.get("zarr_format")
        if zarr_format == 3:
            return ArrayV3Metadata.from_dict(data, path=path)
        if zarr_format == 2:
            return ArrayV2Metadata.from_dict(data, path=path)
        raise MetadataValidationError(f"zarr_format: Expected 2 or 3. Got {zarr_format!r}.")
    raise TypeError(f"Expected array metadata or a document. Got {type(data)}.")
