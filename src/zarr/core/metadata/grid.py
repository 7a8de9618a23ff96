"""The ``chunk_grid`` member of a format 3 document: regular, or rectilinear with its run-length forms. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, TypeAlias, cast

from typing_extensions import Self, TypedDict

from zarr.abc.metadata import Metadata
from zarr.core.chunk_grids import ChunkGrid, FixedDimension
from zarr.core.common import JSON, NamedRequiredConfig, parse_named_configuration
from zarr.errors import at

__all__ = [
    "ChunkGridMetadata",
    "RectilinearChunkGridMetadata",
    "RegularChunkGridMetadata",
    "compress_rle",
    "create_chunk_grid_metadata",
    "expand_rle",
    "parse_chunk_grid",
]


class RegularChunkGridMetadataConfig(TypedDict):
    """Configuration of a regular grid."""

    chunk_shape: Sequence[int]


class RectilinearChunkGridMetadataConfig(TypedDict):
    """Configuration of a rectilinear grid."""

    kind: Literal["inline"]
    chunk_shapes: Sequence[int | Sequence[int | Sequence[int]]]


RegularChunkGridMetadataJSON: TypeAlias = NamedRequiredConfig[
    Literal["regular"], RegularChunkGridMetadataConfig
]
RectilinearChunkGridMetadataJSON: TypeAlias = NamedRequiredConfig[
    Literal["rectilinear"], RectilinearChunkGridMetadataConfig
]


@dataclass(frozen=True, kw_only=True)
class RegularChunkGridMetadata(Metadata):
    """All chunks have one shape (zarr v3, chunk grids/regular)."""

    chunk_shape: tuple[int, ...]

    def __post_init__(self) -> None:
        shape = tuple(parse_edge(edge, f"[{i}]") for i, edge in enumerate(self.chunk_shape))
        object.__setattr__(self, "chunk_shape", shape)

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.chunk_shape)

    @classmethod
    def from_dict(cls, data: RegularChunkGridMetadataJSON) -> Self:  # type: ignore[override]
        _, configuration = parse_named_configuration(cast("JSON", data), "regular")
        with at("configuration.chunk_shape"):
            return cls(chunk_shape=_required_list(configuration, "chunk_shape"))

    def to_dict(self) -> RegularChunkGridMetadataJSON:  # type: ignore[override]
        return {"name": "regular", "configuration": {"chunk_shape": tuple(self.chunk_shape)}}

    def update_shape(self, old_shape: tuple[int, ...], new_shape: tuple[int, ...]) -> Self:
        """The grid after a resize: the same."""
        return self


@dataclass(frozen=True, kw_only=True)
class RectilinearChunkGridMetadata(Metadata):
    """Chunks whose lengths vary along each axis (zarr-extensions, chunk-grids/rectilinear).

    ``chunk_shapes`` holds per axis an integer, a length that repeats, or the tuple of all lengths.
    """

    chunk_shapes: tuple[int | tuple[int, ...], ...]

    def __post_init__(self) -> None:
        parsed = tuple(_parse_edges(edges, f"[{i}]") for i, edges in enumerate(self.chunk_shapes))
        object.__setattr__(self, "chunk_shapes", parsed)

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.chunk_shapes)

    @classmethod
    def from_dict(cls, data: RectilinearChunkGridMetadataJSON) -> Self:  # type: ignore[override]
        _, configuration = parse_named_configuration(cast("JSON", data), "rectilinear")
        with at("configuration.kind"):
            validate_rectilinear_kind(cast("Any", configuration).get("kind"))
        with at("configuration.chunk_shapes"):
            shapes = _required_list(configuration, "chunk_shapes")
            return cls(chunk_shapes=tuple(s if isinstance(s, int) else tuple(expand_rle(s)) for s in shapes))

    def to_dict(self) -> RectilinearChunkGridMetadataJSON:  # type: ignore[override]
        shapes = [s if isinstance(s, int) else _shortest(s) for s in self.chunk_shapes]
        return {"name": "rectilinear", "configuration": {"kind": "inline", "chunk_shapes": shapes}}

    def update_shape(self, old_shape: tuple[int, ...], new_shape: tuple[int, ...]) -> Self:
        """The grid after a resize: one chunk more where an axis grows past its last; lengths stay else."""
        shapes = list(self.chunk_shapes)
        for axis, (edges, length) in enumerate(zip(self.chunk_shapes, new_shape, strict=True)):
            if not isinstance(edges, int) and sum(edges) < length:
                shapes[axis] = (*edges, length - sum(edges))
        return type(self)(chunk_shapes=tuple(shapes))


ChunkGridMetadata: TypeAlias = RegularChunkGridMetadata | RectilinearChunkGridMetadata


def parse_chunk_grid(data: object) -> ChunkGridMetadata:
    """A grid of itself or of its extension object; ValueError if it is none that is known."""
    if isinstance(data, RegularChunkGridMetadata | RectilinearChunkGridMetadata):
        return data
    name, _ = parse_named_configuration(cast("JSON", data))
    if name == "regular":
        return RegularChunkGridMetadata.from_dict(cast("Any", data))
    if name == "rectilinear":
        return RectilinearChunkGridMetadata.from_dict(cast("Any", data))
    raise ValueError(f"Unknown chunk grid: {name!r}; known are 'regular' and 'rectilinear'.")


def create_chunk_grid_metadata(chunks: ChunkGrid) -> ChunkGridMetadata:
    """The member that describes a grid."""
    if chunks.is_regular:
        return RegularChunkGridMetadata(chunk_shape=chunks.chunk_shape)
    return RectilinearChunkGridMetadata(
        chunk_shapes=tuple(
            dim.size if isinstance(dim, FixedDimension) else tuple(dim.edges)  # type: ignore[attr-defined]
            for dim in chunks.dimensions
        )
    )


def validate_rectilinear_kind(kind: str | None) -> None:
    """Only the kind "inline" is known."""
    if kind != "inline":
        raise ValueError(f"Unsupported rectilinear chunk grid kind: {kind!r}; only 'inline' is known.")


def parse_edge(size: object, where: str = "") -> int:
    """The length of a chunk along an axis: an integer of at least 1."""
    if isinstance(size, bool) or not hasattr(size, "__index__"):
        raise TypeError(f"{where}: a chunk length is an integer, got {size!r}".lstrip(": "))
    value = int(cast("Any", size).__index__())
    if value < 1:
        raise ValueError(f"{where}: chunk edge length must be >= 1, got {value}".lstrip(": "))
    return value


def _parse_edges(edges: int | Sequence[int], where: str) -> int | tuple[int, ...]:
    if isinstance(edges, int):
        return parse_edge(edges, where)
    if not edges:
        raise ValueError(f"{where}: no chunk lengths")
    return tuple(parse_edge(edge, f"{where}[{i}]") for i, edge in enumerate(edges))


def expand_rle(data: Sequence[object], axis: int | None = None) -> list[int]:
    """Lengths of a list whose items are lengths or pairs [length, count]."""
    where = "" if axis is None else f"[{axis}]"
    if isinstance(data, str) or not isinstance(data, Sequence):
        raise TypeError(f"{where}: expected chunk lengths, got {data!r}".lstrip(": "))
    out: list[int] = []
    for item in data:
        if isinstance(item, Sequence) and not isinstance(item, str):
            if len(item) != 2:
                raise ValueError(f"{where}: a run is a pair [length, count], got {item!r}".lstrip(": "))
            out.extend([parse_edge(item[0], where)] * parse_edge(item[1], where))
        else:
            out.append(parse_edge(item, where))
    return out


def compress_rle(sizes: Sequence[int]) -> list[int | list[int]]:
    """The same lengths with runs of equal ones as pairs [length, count]."""
    out: list[int | list[int]] = []
    for size, run in groupby(sizes):
        count = len(list(run))
        out.append(size if count == 1 else [size, count])
    return out


def _shortest(edges: tuple[int, ...]) -> list[int | list[int]]:
    runs = compress_rle(edges)
    return runs if len(runs) < len(edges) else list(edges)


def _required_list(configuration: object, name: str) -> tuple[Any, ...]:
    value = configuration.get(name) if isinstance(configuration, Mapping) else None
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"expected a list, got {value!r}")
    return tuple(value)
