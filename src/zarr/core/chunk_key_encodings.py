"""How the coordinates of a chunk become its key. Pure; one class per encoding (zarr v3, chunk key encodings)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, NotRequired, Self, TypeAlias, cast

from zarr.abc.metadata import Metadata
from zarr.core.common import JSON, parse_named_configuration
from zarr.errors import at
from zarr.registry import get_chunk_key_encoding_class, register_chunk_key_encoding
from zarr.types import TypedDict

__all__ = [
    "ChunkKeyEncoding",
    "ChunkKeyEncodingLike",
    "ChunkKeyEncodingParams",
    "DefaultChunkKeyEncoding",
    "SeparatorLiteral",
    "V2ChunkKeyEncoding",
    "parse_chunk_key_encoding",
    "parse_separator",
]

SeparatorLiteral: TypeAlias = Literal[".", "/"]


class ChunkKeyEncodingParams(TypedDict):
    """A chunk key encoding as parameters: its name and its separator."""

    name: Literal["v2", "default"]
    separator: NotRequired[SeparatorLiteral]


def parse_separator(data: JSON) -> SeparatorLiteral:
    """A separator."""
    if data not in (".", "/"):
        raise ValueError(f"Expected an '.' or '/' separator. Got {data!r} instead.")
    return cast("SeparatorLiteral", data)


class ChunkKeyEncoding(Metadata, ABC):
    """Base class of chunk key encodings.

    A subclass names itself, encodes, and is made known by ``zarr.registry.register_chunk_key_encoding`` or
    the entry point group ``zarr.chunk_key_encoding``. Its dataclass fields are the configuration.
    """

    name: ClassVar[str]

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        _, configuration = parse_named_configuration(data, require_configuration=False)
        with at("configuration"):
            return cls(**cast("dict[str, JSON]", configuration or {}))

    def to_dict(self) -> dict[str, JSON]:
        return {"name": self.name, "configuration": super().to_dict()}

    @abstractmethod
    def encode_chunk_key(self, chunk_coords: tuple[int, ...]) -> str:
        """The key of the chunk, relative to its array."""

    def decode_chunk_key(self, chunk_key: str) -> tuple[int, ...]:
        """The coordinates in a key."""
        raise NotImplementedError(f"{type(self).__name__} does not implement decode_chunk_key.")


ChunkKeyEncodingLike: TypeAlias = dict[str, JSON] | ChunkKeyEncodingParams | ChunkKeyEncoding | str


@dataclass(frozen=True)
class DefaultChunkKeyEncoding(ChunkKeyEncoding):
    """``c/1/23/45``, or ``c.1.23.45``; ``c`` for an array without dimensions.

    Parameters
    ----------
    separator
        What stands between the parts.
    """

    name: ClassVar[Literal["default"]] = "default"
    separator: SeparatorLiteral = "/"

    def __post_init__(self) -> None:
        with at("separator"):
            object.__setattr__(self, "separator", parse_separator(self.separator))

    def encode_chunk_key(self, chunk_coords: tuple[int, ...]) -> str:
        return self.separator.join(("c", *map(str, chunk_coords)))

    def key_format(self, ndim: int) -> str:
        """What makes the key of a chunk by ``format % chunk_coords``."""
        return self.separator.join(("c", *["%d"] * ndim))

    def decode_chunk_key(self, chunk_key: str) -> tuple[int, ...]:
        return tuple(map(int, chunk_key.split(self.separator)[1:]))


@dataclass(frozen=True)
class V2ChunkKeyEncoding(ChunkKeyEncoding):
    """``1.23.45``, or ``1/23/45``, as in format 2; ``0`` for an array without dimensions.

    Parameters
    ----------
    separator
        What stands between the parts.
    """

    name: ClassVar[Literal["v2"]] = "v2"
    separator: SeparatorLiteral = "."

    def __post_init__(self) -> None:
        with at("separator"):
            object.__setattr__(self, "separator", parse_separator(self.separator))

    def encode_chunk_key(self, chunk_coords: tuple[int, ...]) -> str:
        return self.separator.join(map(str, chunk_coords)) or "0"

    def key_format(self, ndim: int) -> str:
        """What makes the key of a chunk by ``format % chunk_coords``."""
        return self.separator.join(["%d"] * ndim) or "0"

    def decode_chunk_key(self, chunk_key: str) -> tuple[int, ...]:
        return tuple(map(int, chunk_key.split(self.separator)))


def parse_chunk_key_encoding(data: ChunkKeyEncodingLike) -> ChunkKeyEncoding:
    """A chunk key encoding of itself, of an extension object, of parameters or of a bare name.

    Raises
    ------
    ValueError
        If no encoding of that name is known.
    """
    if isinstance(data, ChunkKeyEncoding):
        return data
    if not isinstance(data, str | Mapping):
        raise TypeError(f"Expected a name or an object with a name. Got {data!r}.")
    given: dict[str, JSON] = {"name": data} if isinstance(data, str) else dict(cast("dict[str, JSON]", data))
    if "name" not in given:
        raise ValueError(f"chunk key encoding does not have a 'name' key. Got {given}.")
    if "configuration" not in given and "separator" in given:
        given = {"name": given["name"], "configuration": {"separator": given["separator"]}}
    try:
        cls = get_chunk_key_encoding_class(str(given["name"]))
    except KeyError as error:
        raise ValueError(f"Unknown chunk key encoding: {error.args[0]}") from error
    return cls.from_dict(given)


register_chunk_key_encoding("default", DefaultChunkKeyEncoding)
register_chunk_key_encoding("v2", V2ChunkKeyEncoding)
