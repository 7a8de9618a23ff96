"""ArrayV3Metadata: the ``zarr.json`` of an array, checked (zarr v3, array metadata). Pure.

Every ``parse_*`` raises an error of which the message starts with the path in the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NotRequired, Self, TypeGuard, cast

from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec, Codec
from zarr.abc.metadata import Metadata
from zarr.core import elsewhere
from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.chunk_grids import ChunkGrid
from zarr.core.chunk_key_encodings import ChunkKeyEncoding, ChunkKeyEncodingLike, parse_chunk_key_encoding
from zarr.core.common import (
    JSON,
    ZARR_JSON,
    DimensionNamesLike,
    NodeType,
    parse_named_configuration,
    parse_shapelike,
)
from zarr.core.dtype import ZDType, get_data_type_from_json
from zarr.core.json import dump_alike, dump_document
from zarr.core.metadata.grid import (
    ChunkGridMetadata,
    RectilinearChunkGridMetadata,
    RectilinearChunkGridMetadataConfig,
    RegularChunkGridMetadata,
    RegularChunkGridMetadataConfig,
    create_chunk_grid_metadata,
    parse_chunk_grid,
    repair_chunk_grid,
)
from zarr.core.metadata.parsed import find, keep, key_of
from zarr.errors import MetadataValidationError, NodeTypeValidationError, UnknownCodecError, at
from zarr.registry import get_codec_class
from zarr.types import TypedDict

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, BufferPrototype

__all__ = [
    "AllowedExtraField",
    "ArrayMetadataJSON_V3",
    "ArrayV3Metadata",
    "ChunkGridMetadata",
    "RectilinearChunkGridMetadata",
    "RectilinearChunkGridMetadataConfig",
    "RectilinearChunksDisabledError",
    "RegularChunkGrid",
    "RegularChunkGridMetadata",
    "RegularChunkGridMetadataConfig",
    "check_allowed_extra_field",
    "check_storable",
    "create_chunk_grid_metadata",
    "parse_chunk_grid",
    "parse_codecs",
    "parse_dimension_names",
    "parse_extra_fields",
    "parse_shapelike",
]

RegularChunkGrid = RegularChunkGridMetadata
_KINDS = (ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec)
__getattr__ = elsewhere(__name__)

_REQUIRED = ("shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs")
_MEMBERS = frozenset(
    (*_REQUIRED, "zarr_format", "node_type", "attributes", "dimension_names", "storage_transformers")
)
_OWN = frozenset(("shape", "attributes"))
"""The members by which arrays differ that are alike."""
_UNBOUND = ArrayConfig("C", False)


class RectilinearChunksDisabledError(ValueError):
    """Rectilinear chunk grids are switched off by the configuration ``array.rectilinear_chunks``."""

    def __init__(self, place: object = "chunks") -> None:
        super().__init__(
            f"{place}: chunks of varying lengths (a rectilinear chunk grid) are switched off; to switch them on: "
            "zarr.config.set({'array.rectilinear_chunks': True})"
        )


class AllowedExtraField(TypedDict):
    """A member that readers may ignore."""

    must_understand: Literal[False]


class ArrayMetadataJSON_V3(TypedDict):
    """The document of an array."""

    zarr_format: Literal[3]
    node_type: Literal["array"]
    shape: Iterable[int]
    data_type: JSON
    chunk_grid: JSON
    chunk_key_encoding: JSON
    fill_value: JSON
    codecs: Iterable[JSON]
    attributes: NotRequired[Mapping[str, JSON]]
    dimension_names: NotRequired[Iterable[str | None]]
    storage_transformers: NotRequired[Iterable[JSON]]


@dataclass(frozen=True, kw_only=True, init=False, eq=False)
class ArrayV3Metadata(Metadata):
    """What the document of a format 3 array says.

    Parameters
    ----------
    shape
        Shape of the array.
    data_type
        Data type of its elements.
    chunk_grid
        How it is cut into chunks (shards, where the codecs make these).
    chunk_key_encoding
        How the coordinates of a chunk become its key.
    fill_value
        Value of elements that are not stored.
    codecs
        The chain of codecs, in the order of encoding.
    attributes
        The user's attributes.
    dimension_names
        A name or None per dimension, or None.
    storage_transformers
        None are known; an array that has any can be described, not opened.
    extra_fields
        Members that readers may ignore.
    """

    shape: tuple[int, ...]
    data_type: ZDType[Any, Any]
    chunk_grid: ChunkGridMetadata
    chunk_key_encoding: ChunkKeyEncoding
    fill_value: Any
    codecs: tuple[Codec, ...]
    attributes: dict[str, Any]
    dimension_names: tuple[str | None, ...] | None = None
    zarr_format: Literal[3] = field(default=3, init=False)
    node_type: Literal["array"] = field(default="array", init=False)
    storage_transformers: tuple[dict[str, JSON], ...] = ()
    extra_fields: dict[str, AllowedExtraField]

    def __init__(
        self,
        *,
        shape: Iterable[int],
        data_type: ZDType[Any, Any],
        chunk_grid: Mapping[str, JSON] | ChunkGridMetadata,
        chunk_key_encoding: ChunkKeyEncodingLike,
        fill_value: object,
        codecs: Iterable[Codec | Mapping[str, JSON] | str],
        attributes: Mapping[str, JSON] | None,
        dimension_names: DimensionNamesLike,
        storage_transformers: Iterable[dict[str, JSON]] | None = None,
        extra_fields: Mapping[str, AllowedExtraField] | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "data_type", data_type)
        shape, name = tuple(shape), "shape"
        try:
            put(self, name, parse_shapelike(shape))
            name = "chunk_grid"
            put(self, name, parse_chunk_grid(chunk_grid))
            name = "chunk_key_encoding"
            put(self, name, parse_chunk_key_encoding(chunk_key_encoding))
            name = "dimension_names"
            put(self, name, parse_dimension_names(dimension_names))
            name = "fill_value"
            put(self, name, data_type.cast_scalar(fill_value))
            name = "attributes"
            put(self, name, parse_attributes(attributes))
        except Exception:
            with at(name):
                raise
        put(self, "storage_transformers", parse_storage_transformers(storage_transformers))
        put(self, "extra_fields", parse_extra_fields(extra_fields, reserved_keys=_MEMBERS, node_type="array"))
        self._check_dimensions()
        put(self, "codecs", self._fit_codecs(parse_codecs(codecs)))

    def _check_dimensions(self) -> None:
        if len(self.shape) != self.chunk_grid.ndim:
            with at("chunk_grid"):
                raise ValueError(
                    "`chunk_grid` and `shape` need to have the same number of dimensions; "
                    f"{self.chunk_grid.ndim} and {len(self.shape)} are given."
                )
        if self.dimension_names is not None and len(self.shape) != len(self.dimension_names):
            with at("dimension_names"):
                raise ValueError(
                    "`dimension_names` and `shape` need to have the same number of dimensions; "
                    f"{len(self.dimension_names)} and {len(self.shape)} are given."
                )
        if not isinstance(self.chunk_grid, RegularChunkGridMetadata):
            for axis, (edges, length) in enumerate(
                zip(self.chunk_grid.chunk_shapes, self.shape, strict=True)
            ):
                if not isinstance(edges, int) and sum(edges) < length:
                    with at(f"chunk_grid.configuration.chunk_shapes[{axis}]"):
                        raise ValueError(
                            f"the lengths add up to {sum(edges)}, less than the array's {length}."
                        )

    def _fit_codecs(self, codecs: tuple[Codec, ...]) -> tuple[Codec, ...]:
        spec = ArraySpec(_a_chunk_shape(self), self.data_type, self.fill_value, _UNBOUND, buffer_prototype)
        return fit_codecs(codecs, spec, shape=self.shape, chunk_grid=self.chunk_grid)

    # --- documents

    @classmethod
    def from_dict(cls, data: dict[str, JSON], *, path: str | None = None) -> Self:
        """The metadata in a document.

        Parameters
        ----------
        data
            The document.
        path
            What messages call the document; nothing where None.

        Raises
        ------
        MetadataValidationError
            If a member is missing, or unknown and to be understood; NodeTypeValidationError for a group's document.
        ValueError, TypeError
            If a member is malformed. Every message tells the path in the document.
        """
        if path is not None:
            with at(path + ":"):
                return cls.from_dict(data)
        try:
            return cls._of_document(dict(data))
        except RecursionError as error:
            raise MetadataValidationError("nested too deeply") from error

    @classmethod
    def _of_document(cls, given: dict[str, Any]) -> Self:
        own: dict[str, Any] = {name: given.pop(name) for name in ("attributes", "shape") if name in given}
        key = key_of(given) if cls is ArrayV3Metadata else None
        known = find(key, own.get("shape"))
        if known is None:
            out = cls._parse({**given, **own})
            keep(key, given, given, out.__dict__)
            return out
        return cls._of_kept(known, own["shape"], own.get("attributes"))

    @classmethod
    def _of_kept(cls, members: dict[str, Any], shape: Iterable[int], attributes: object) -> Self:
        """The metadata of an array like others, of the members that are kept."""
        out = object.__new__(cls)
        parsed = _at("attributes", parse_attributes, attributes)
        out.__dict__.update(
            members, shape=tuple(shape), attributes=parsed, storage_transformers=(), extra_fields={}
        )
        return out

    @classmethod
    def _parse(cls, given: dict[str, Any]) -> Self:
        with at("zarr_format"):
            parse_zarr_format(given.pop("zarr_format", None))
        with at("node_type"):
            parse_node_type_array(given.pop("node_type", None))
        check_required(given, _REQUIRED)
        with at("data_type"):
            data_type = _data_type_of_document(given.pop("data_type"))
        with at("fill_value"):
            fill_value = data_type.from_json_scalar(given.pop("fill_value"), zarr_format=3)
        known = {name: given.pop(name, None) for name in _MEMBERS if name not in ("zarr_format", "node_type")}
        known.update(data_type=data_type, fill_value=fill_value)
        for name in ("shape", "codecs", "dimension_names", "storage_transformers"):
            if known[name] is not None or name in _REQUIRED:
                known[name] = _at(name, parse_list, known[name])
        known["chunk_grid"] = repair_chunk_grid(known["chunk_grid"], known["shape"], known["codecs"])
        return cls(**known, extra_fields=given)

    def to_dict(self) -> dict[str, JSON]:
        """The document."""
        out: dict[str, Any] = {
            "shape": self.shape,
            "data_type": self.data_type.to_json(zarr_format=3),
            "chunk_grid": self.chunk_grid.to_dict(),
            "chunk_key_encoding": self.chunk_key_encoding.to_dict(),
            "fill_value": self.data_type.to_json_scalar(self.fill_value, zarr_format=3),
            "codecs": tuple(codec.to_dict() for codec in self.codecs),
            "attributes": self.attributes,
        }
        if self.dimension_names is not None:
            out["dimension_names"] = self.dimension_names
        out["zarr_format"] = 3
        out["node_type"] = "array"
        out["storage_transformers"] = self.storage_transformers
        return {**out, **self.extra_fields}

    def to_buffer_dict(self, prototype: BufferPrototype) -> dict[str, Buffer]:
        """The bytes of the document, by its key."""
        check_storable(self)
        return {ZARR_JSON: prototype.buffer.from_bytes(dump_alike(self.to_dict(), _OWN))}

    # --- what it means

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def dtype(self) -> ZDType[Any, Any]:
        """Data type of the elements."""
        return self.data_type

    @property
    def sharding_codec(self) -> Any | None:
        """The codec that makes each chunk of the grid a shard, where there is one."""
        found = next(c for c in self.codecs if isinstance(c, ArrayBytesCodec))
        return found if hasattr(found, "index_codecs") else None

    @property
    def inner_codecs(self) -> tuple[Codec, ...]:
        """The codecs of the chunks inside of shards, or of the chunks where there are no shards."""
        sharding = self.sharding_codec
        return self.codecs if sharding is None else sharding.codecs

    @property
    def chunks(self) -> tuple[Any, ...]:
        """Shape of the chunks, of the inner ones where there are shards.

        Of chunks that vary (a rectilinear grid) the lengths within the array, per dimension: ``((3, 2), (4,))``.
        """
        return self._outer_chunks if self.sharding_codec is None else self.sharding_codec.chunk_shape

    @property
    def shards(self) -> tuple[Any, ...] | None:
        """Shape of the shards, or the lengths per dimension of shards that vary; None where there are none."""
        return None if self.sharding_codec is None else self._outer_chunks

    @property
    def _outer_chunks(self) -> tuple[Any, ...]:
        if isinstance(self.chunk_grid, RegularChunkGridMetadata):
            return self.chunk_grid.chunk_shape
        return ChunkGrid.from_metadata(self).chunk_sizes

    def encode_chunk_key(self, chunk_coords: tuple[int, ...]) -> str:
        """The key of a chunk of the grid, relative to the array."""
        return self.chunk_key_encoding.encode_chunk_key(chunk_coords)

    def update_shape(self, shape: tuple[int, ...]) -> Self:
        """The metadata of the array with another shape."""
        unit = None if self.sharding_codec is None else self.sharding_codec.chunk_shape
        return self._with(shape=shape, chunk_grid=self.chunk_grid.update_shape(self.shape, shape, unit))

    def update_attributes(self, attributes: dict[str, JSON]) -> Self:
        """The metadata of the array with other attributes."""
        return self._with(attributes=attributes)

    def _with(self, **changes: Any) -> Self:
        out = object.__new__(type(self))
        out.__dict__.update(self.__dict__)
        if "attributes" in changes:
            changes["attributes"] = _at("attributes", parse_attributes, changes["attributes"])
        out.__dict__.update(changes)
        out._check_dimensions()
        return out

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ArrayV3Metadata):
            return NotImplemented
        return self.to_dict() == other.to_dict() or _same_json(self.to_dict(), other.to_dict())

    __hash__ = None  # type: ignore[assignment]


def _at(step: str, parse: Any, value: Any) -> Any:
    try:  # not `with at(step)`, which costs more where there is no error
        return parse(value)
    except Exception:
        with at(step):
            raise


def _same_json(a: object, b: object) -> bool:
    return dump_document({"": a}) == dump_document({"": b})


def _a_chunk_shape(metadata: ArrayV3Metadata) -> tuple[int, ...]:
    grid = metadata.chunk_grid
    if isinstance(grid, RegularChunkGridMetadata):
        return grid.chunk_shape
    return tuple(edges if isinstance(edges, int) else edges[0] for edges in grid.chunk_shapes)


def check_required(document: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raise MetadataValidationError unless the document has these members."""
    for name in names:
        if name not in document:
            with at(name):
                raise MetadataValidationError("this member is required and is missing")


def _data_type_of_document(data: Any) -> ZDType[Any, Any]:
    if not isinstance(data, str | Mapping):
        raise TypeError(f"Expected a name or an object with a name. Got {data!r}.")
    if isinstance(data, Mapping) and data.get("must_understand") is False:
        raise MetadataValidationError("a data type must be understood")
    return get_data_type_from_json(cast("Any", data), zarr_format=3)


def parse_list(data: object) -> list[Any]:
    """A list of a document."""
    if not isinstance(data, list | tuple):
        raise TypeError(f"Expected a list. Got {data!r} instead.")
    return list(data)


def parse_zarr_format(data: object) -> Literal[3]:
    """The format, 3."""
    if data == 3 and type(data) is int:
        return 3
    raise MetadataValidationError(
        f"Failed to parse input for 'zarr_format': expected Literal[3], got {data!r}."
    )


def parse_node_type_array(data: object) -> Literal["array"]:
    """The kind of node, "array"."""
    if data == "array":
        return "array"
    raise NodeTypeValidationError(
        f"Failed to parse input for 'node_type': expected Literal['array'], got {data!r}."
    )


def parse_attributes(data: object) -> dict[str, Any]:
    """The user's attributes: a dict with strings for keys; none where None."""
    if data is None:
        return {}
    if not isinstance(data, (dict, Mapping)):
        raise TypeError(f"Expected a mapping of names to values. Got {data!r} instead.")
    for key in data:
        if not isinstance(key, str):
            raise TypeError(f"Expected names to be strings. Got {key!r} instead.")
    return dict(data)


def parse_dimension_names(data: object) -> tuple[str | None, ...] | None:
    """Names of dimensions, each a string or None; None where there are none."""
    if data is None:
        return None
    if isinstance(data, str) or not isinstance(data, Iterable):
        raise TypeError(f"Expected either None or an iterable of str or None. Got {data!r} instead.")
    names = tuple(data)
    if not all(name is None or isinstance(name, str) for name in names):
        raise TypeError(f"Expected either None or an iterable of str or None. Got {names!r} instead.")
    return names


def parse_storage_transformers(data: object) -> tuple[dict[str, JSON], ...]:
    """Storage transformers, as they are."""
    if data is None:
        return ()
    if isinstance(data, str) or not isinstance(data, Iterable):
        raise TypeError(f"Expected an iterable of dicts. Got {data!r} instead.")
    return tuple(data)


def check_allowed_extra_field(data: object) -> TypeGuard[AllowedExtraField]:
    """Whether a member may be ignored by those who do not know it."""
    return isinstance(data, Mapping) and data.get("must_understand") is False


def parse_extra_fields(
    data: Mapping[str, object] | None, *, reserved_keys: Set[str], node_type: NodeType
) -> dict[str, AllowedExtraField]:
    """Members that are none of the format's: each must say that it may be ignored."""
    if not data:
        return {}
    clash = sorted(reserved_keys & set(data))
    if clash:
        raise ValueError(f"extra_fields: {clash} are members of the format.")
    refused = [name for name, value in data.items() if not check_allowed_extra_field(value)]
    if refused:
        with at(refused[0]):
            raise MetadataValidationError(
                f"Got Zarr V3 {node_type} metadata with the following disallowed extra fields: {refused}. Extra "
                'fields are not allowed unless they are an object with a "must_understand" member that is false.'
            )
    return cast("dict[str, AllowedExtraField]", dict(data))


def parse_codecs(data: object, where: str = "codecs") -> tuple[Codec, ...]:
    """Codecs of themselves, of extension objects or of bare names; messages call the list ``where``.

    Raises
    ------
    UnknownCodecError
        If no implementation is known for a name.
    """
    if type(data) is tuple and None not in map(_kind_of, map(type, data)):
        return data
    with at(where):
        if isinstance(data, str | Mapping) or not isinstance(data, Iterable):
            raise TypeError(f"Expected an iterable of codecs. Got {data!r} instead.")
        return tuple([_at(f"[{i}]", parse_codec, item) for i, item in enumerate(data)])


def parse_codec(data: object) -> Codec:
    """One codec of itself, of its extension object or of its bare name."""
    if isinstance(data, _KINDS):
        return data
    given = {"name": data} if isinstance(data, str) else data
    name, _ = parse_named_configuration(cast("JSON", given), require_configuration=False)
    try:
        cls = get_codec_class(name)
    except KeyError as error:
        raise UnknownCodecError(str(error)) from error
    return cls.from_dict(
        {k: v for k, v in cast("dict[str, Any]", given).items() if k in ("name", "configuration")}
    )


@lru_cache
def _kind_of(cls: type) -> type[Codec] | None:
    """Which of the three kinds of codecs a class is of; None if of none or of several."""
    kinds = [kind for kind in _KINDS if issubclass(cls, kind)]
    return kinds[0] if len(kinds) == 1 else None


def validate_array_bytes_codec(codecs: tuple[Codec, ...]) -> ArrayBytesCodec:
    """The one codec of the chain that makes bytes of arrays."""
    found = [codec for codec in codecs if isinstance(codec, ArrayBytesCodec)]
    if not found:
        raise ValueError("At least one ArrayBytesCodec is required.")
    if len(found) > 1:
        names = ", ".join(type(codec).__name__ for codec in found)
        raise ValueError(f"Only one ArrayBytesCodec is allowed. Got {names}.")
    return found[0]


def validate_codecs(
    codecs: tuple[Codec, ...], dtype: ZDType[Any, Any] | None = None, where: str = "codecs"
) -> None:
    """Raise unless the chain is arrays to arrays, then one array to bytes, then bytes to bytes."""
    kinds = [_kind_of(type(codec)) for codec in codecs]
    if None not in kinds and kinds.count(ArrayBytesCodec) == 1 and kinds == sorted(kinds, key=_KINDS.index):
        return
    with at(where):
        validate_array_bytes_codec(codecs)
        order = [_KINDS.index(next(kind for kind in _KINDS if isinstance(codec, kind))) for codec in codecs]
        if order != sorted(order):
            wrong = next(i for i in range(1, len(order)) if order[i] < order[i - 1])
            with at(f"[{wrong}]"):
                raise ValueError(
                    f"{type(codecs[wrong]).__name__} stands behind {type(codecs[wrong - 1]).__name__}; codecs from "
                    "array to array come first, then one from array to bytes, then those from bytes to bytes."
                )


def fit_codecs(
    codecs: tuple[Codec, ...],
    spec: ArraySpec,
    *,
    shape: tuple[int, ...],
    chunk_grid: Any,
    where: str = "codecs",
) -> tuple[Codec, ...]:
    """The codecs with what they leave open filled in; each sees what the one before it makes."""
    validate_codecs(codecs, where=where)
    fitted: list[Codec] = []
    for i, codec in enumerate(codecs):
        try:
            codec = codec.evolve_from_array_spec(spec)
            codec.validate(shape=shape, dtype=spec.dtype, chunk_grid=chunk_grid)
            spec = codec.resolve_metadata(spec)
        except Exception:
            with at(f"{where}[{i}]"):
                raise
        fitted.append(codec)
    return tuple(fitted)


def check_storable(metadata: ArrayV3Metadata) -> None:
    """Raise if the metadata describe an array that cannot be stored or opened."""
    if metadata.storage_transformers:
        with at("storage_transformers"):
            raise ValueError(
                f"{list(metadata.storage_transformers)} are not supported; no storage transformer is known."
            )
