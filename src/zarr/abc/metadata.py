"""The contract of a piece of metadata: to and from a JSON-like dict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self, cast

from zarr.types import JSON

__all__ = ["Metadata"]


@dataclass(frozen=True)
class Metadata:
    """A frozen dataclass that is written to a document and read from it."""

    def to_dict(self) -> dict[str, JSON]:
        """The JSON-like form: fields that are Metadata, or sequences of them, in theirs."""
        out: dict[str, JSON] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, (str, bytes)):
                out[field.name] = cast("JSON", value)
            elif isinstance(value, Metadata):
                out[field.name] = value.to_dict()
            elif isinstance(value, Sequence):
                out[field.name] = tuple(v.to_dict() if isinstance(v, Metadata) else v for v in value)
            else:
                out[field.name] = cast("JSON", value)
        return out

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        """The object of its JSON-like form."""
        return cls(**data)
