"""The ``chunk_grid`` member of a format 3 document: regular, or rectilinear with its run-length forms. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, cast

from zarr.abc.metadata import Metadata
from zarr.core.chunk_grids import ChunkGrid, FixedDimension
from zarr.core.common import JSON, parse_named_configuration
from zarr.errors import ZarrUserWarning, at, warn
from zarr.types import TypedDict

if TYPE_CHECKING:
    from zarr.core.named_config import NamedRequiredConfig

__all__ = [
    "ChunkGridMetadata",
    "RectilinearChunkGridMetadata",
    "RegularChunkGridMetadata",
    "compress_rle",
    "create_chunk_grid_metadata",
    "expand_rle",
    "parse_chunk_edge",
    "parse_chunk_grid",
    "parse_chunk_shape",
    "repair_chunk_grid",
    "validate_rectilinear_edges",
    "validate_rectilinear_kind",
]


class RegularChunkGridMetadataConfig(TypedDict):
    """Configuration of a regular grid."""

    chunk_shape: Sequence[int]


class RectilinearChunkGridMetadataConfig(TypedDict):
    """Configuration of a rectilinear grid."""

    kind: Literal["inline"]
    chunk_shapes: Sequence[int | Sequence[int | Sequence[int]]]


RegularChunkGridMetadataJSON: TypeAlias = (
    "NamedRequiredConfig[Literal['regular'], RegularChunkGridMetadataConfig]"
)
RectilinearChunkGridMetadataJSON: TypeAlias = (
    "NamedRequiredConfig[Literal['rectilinear'], RectilinearChunkGridMetadataConfig]"
)


@dataclass(frozen=True, kw_only=True)
class RegularChunkGridMetadata(Metadata):
    """All chunks have one shape (zarr v3, chunk grids/regular)."""

    chunk_shape: tuple[int, ...]

    def __post_init__(self) -> None:
        shape = self.chunk_shape
        if type(shape) is not tuple or {*map(type, shape)} != {int} or min(shape) < 1:
            parsed = tuple(parse_edge(edge, f"[{i}]") for i, edge in enumerate(shape))
            object.__setattr__(self, "chunk_shape", parsed)

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

    def update_shape(
        self, old_shape: tuple[int, ...], new_shape: tuple[int, ...], unit: tuple[int, ...] | None = None
    ) -> Self:
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
            lengths = (s if isinstance(s, int) else tuple(expand_rle(s, i)) for i, s in enumerate(shapes))
            return cls(chunk_shapes=tuple(lengths))

    def to_dict(self) -> RectilinearChunkGridMetadataJSON:  # type: ignore[override]
        shapes = [s if isinstance(s, int) else _shortest(s) for s in self.chunk_shapes]
        return {"name": "rectilinear", "configuration": {"kind": "inline", "chunk_shapes": shapes}}

    def update_shape(
        self, old_shape: tuple[int, ...], new_shape: tuple[int, ...], unit: tuple[int, ...] | None = None
    ) -> Self:
        """The grid after a resize: one chunk more where an axis grows past its last; lengths stay else.

        Its length is a multiple of ``unit``, the length of the inner chunks where there are shards.
        """
        shapes = list(self.chunk_shapes)
        for axis, (edges, length) in enumerate(zip(self.chunk_shapes, new_shape, strict=True)):
            if not isinstance(edges, int) and sum(edges) < length:
                step = 1 if unit is None else unit[axis]
                shapes[axis] = (*edges, -(-(length - sum(edges)) // step) * step)
        return type(self)(chunk_shapes=tuple(shapes))


_MOST_EDGES = 10_000_000
"""Each length is an object in memory; a document of a few bytes can tell of as many as it likes."""

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


def repair_chunk_grid(data: Any, shape: Sequence[Any], codecs: Sequence[Any]) -> Any:
    """The member of a document with the lengths of 0 and booleans, which older versions wrote, made valid.

    A length of 0 or false becomes 1, or the length of the inner chunks where there are shards; true becomes 1.
    """
    try:
        edges = data["configuration"]["chunk_shape"]
        regular = data["name"] == "regular" and isinstance(edges, list | tuple)
    except (TypeError, KeyError):
        return data  # for the parser to refuse
    if not regular or all(type(edge) is not bool and edge != 0 for edge in edges):
        return data
    with at("chunk_grid.configuration.chunk_shape"):
        edges = repair_edges(edges, shape, _inner_shape(codecs))
    return {**data, "configuration": {**data["configuration"], "chunk_shape": edges}}


def repair_edges(edges: Sequence[Any], shape: Any, inner: Sequence[Any] = ()) -> list[Any]:
    """Chunk lengths with 0, false and true replaced; a warning where it changes how data are laid out."""
    out: list[Any] = []
    for axis, edge in enumerate(edges):
        if edge is True:
            out.append(1)
        elif edge is False or (type(edge) is int and edge == 0):
            least = inner[axis] if axis < len(inner) and type(inner[axis]) is int else 1
            out.append(least)
            if not isinstance(shape, Sequence) or axis >= len(shape) or shape[axis] != 0:
                warn(
                    f"The stored chunk length {edge!r} of axis {axis} is invalid, it must be an integer of at least "
                    f"1; it is read as {least}.",
                    ZarrUserWarning,
                )
        else:
            out.append(edge)
    return out


def _inner_shape(codecs: Sequence[Any]) -> Sequence[Any]:
    for codec in codecs:
        if isinstance(codec, Mapping) and codec.get("name") == "sharding_indexed":
            configuration = codec.get("configuration")
            inner = configuration.get("chunk_shape") if isinstance(configuration, Mapping) else None
            return inner if isinstance(inner, list | tuple) else ()
    return ()


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
        with _place(where):
            raise TypeError(f"a chunk length is an integer, got {size!r}")
    value = int(cast("Any", size).__index__())
    if value < 1:
        with _place(where):
            raise ValueError(f"chunk edge length must be >= 1, got {value}")
    return value


def parse_chunk_edge(size: object, axis: int | None = None) -> int:
    """The length of a chunk along an axis: an integer of at least 1."""
    return parse_edge(size, "" if axis is None else f"[{axis}]")


def parse_chunk_shape(data: object) -> tuple[int, ...]:
    """The lengths of a chunk along all axes."""
    if isinstance(data, str) or not isinstance(data, Iterable):
        raise TypeError(f"a chunk shape is a list of chunk lengths, got {data!r}")
    return tuple(parse_chunk_edge(size, axis) for axis, size in enumerate(data))


def validate_rectilinear_edges(
    chunk_shapes: Sequence[int | Sequence[int]], array_shape: Sequence[int]
) -> None:
    """ValueError where the chunks along an axis end before the array does."""
    for axis, (edges, extent) in enumerate(zip(chunk_shapes, array_shape, strict=True)):
        if not isinstance(edges, int) and sum(edges) < extent:
            raise ValueError(
                f"the chunk lengths along axis {axis} sum to {sum(edges)}, less than the array's length {extent}"
            )


def _place(where: str) -> AbstractContextManager[None]:
    return at(where) if where else nullcontext()


def _parse_edges(edges: int | Sequence[int], where: str) -> int | tuple[int, ...]:
    if isinstance(edges, int):
        return parse_edge(edges, where)
    if not edges:
        with _place(where):
            raise ValueError("no chunk lengths")
    return tuple(parse_edge(edge, f"{where}[{i}]") for i, edge in enumerate(edges))


def expand_rle(data: Sequence[object], axis: int | None = None) -> list[int]:
    """Lengths of a list whose items are lengths or pairs [length, count]."""
    where = "" if axis is None else f"[{axis}]"
    with _place(where):
        if isinstance(data, str) or not isinstance(data, Sequence):
            raise TypeError(f"expected chunk lengths, got {data!r}")
        out: list[int] = []
        for i, item in enumerate(data):
            length, count = _parse_run(item, f"[{i}]")
            if len(out) + count > _MOST_EDGES:
                with at(f"[{i}]"):
                    raise ValueError(f"more than {_MOST_EDGES} chunk lengths along one axis")
            out.extend([length] * count)
        return out


def _parse_run(item: object, where: str) -> tuple[int, int]:
    """A length and how often it comes, of a length alone or of a pair."""
    if item is True or (isinstance(item, float) and item.is_integer()):
        return parse_edge(int(item), where), 1  # as old versions wrote them
    if isinstance(item, str) or not isinstance(item, Sequence):
        return parse_edge(item, where), 1
    if len(item) != 2:
        with at(where):
            raise ValueError(f"a run is a pair [length, count], got {item!r}")
    return parse_edge(item[0], f"{where}[0]"), parse_edge(item[1], f"{where}[1]")


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
