"""ArrayV2Metadata: the ``.zarray`` and ``.zattrs`` of an array, checked (zarr v2). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NotRequired, Self, TypeAlias, cast

import numpy as np

from zarr.abc.metadata import Metadata
from zarr.abc.numcodec import Numcodec, _is_numcodec
from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.chunk_key_encodings import V2ChunkKeyEncoding, parse_separator
from zarr.core.common import (
    JSON,
    ZARRAY_JSON,
    ZATTRS_JSON,
    MemoryOrder,
    ShapeLike,
    parse_order,
    parse_shapelike,
)
from zarr.core.dtype import ZDType, parse_dtype
from zarr.core.json import dump_document
from zarr.core.metadata.grid import RegularChunkGridMetadata, parse_edge, repair_edges
from zarr.core.metadata.v3 import check_required, parse_attributes, parse_list
from zarr.errors import MetadataValidationError, ZarrUserWarning, at, warn
from zarr.registry import get_numcodec
from zarr.types import TypedDict

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, BufferPrototype

__all__ = [
    "ArrayV2Metadata",
    "ArrayV2MetadataDict",
    "CompressorLikev2",
    "get_object_codec_id",
    "parse_compressor",
    "parse_filters",
]

CompressorLikev2: TypeAlias = Mapping[str, JSON] | Numcodec | None

_REQUIRED = ("shape", "chunks", "dtype", "fill_value", "order")


class ArrayV2MetadataDict(TypedDict):
    """The document of an array, with its attributes."""

    zarr_format: Literal[2]
    shape: Sequence[int]
    chunks: Sequence[int]
    dtype: JSON
    fill_value: JSON
    order: MemoryOrder
    compressor: JSON
    filters: JSON
    dimension_separator: NotRequired[Literal[".", "/"]]
    attributes: NotRequired[Mapping[str, JSON]]


@dataclass(frozen=True, kw_only=True, init=False, eq=False)
class ArrayV2Metadata(Metadata):
    """What the documents of a format 2 array say.

    Parameters
    ----------
    shape, chunks
        Shape of the array and of its chunks.
    dtype
        Data type of its elements, with their byte order.
    fill_value
        Value of elements that are not stored; None where it is not defined.
    order
        Memory order of the stored chunks.
    dimension_separator
        What stands between the parts of a chunk's key.
    compressor
        A numcodecs codec, its configuration, or None.
    filters
        numcodecs codecs that come before the compressor, or None.
    attributes
        The user's attributes.
    """

    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: ZDType[Any, Any]
    fill_value: Any
    order: MemoryOrder = "C"
    filters: tuple[Numcodec, ...] | None = None
    dimension_separator: Literal[".", "/"] = "."
    compressor: Numcodec | None
    attributes: dict[str, Any]
    zarr_format: Literal[2] = field(default=2, init=False)

    def __init__(
        self,
        *,
        shape: ShapeLike,
        dtype: ZDType[Any, Any],
        chunks: ShapeLike,
        fill_value: Any,
        order: MemoryOrder,
        dimension_separator: Literal[".", "/"] = ".",
        compressor: CompressorLikev2 = None,
        filters: Iterable[Numcodec | Mapping[str, JSON]] | None = None,
        attributes: Mapping[str, JSON] | None = None,
    ) -> None:
        put = object.__setattr__
        with at("shape"):
            put(self, "shape", parse_shapelike(shape))
        with at("chunks"):
            put(self, "chunks", parse_chunks(chunks, self.shape))
        put(self, "dtype", dtype)
        with at("fill_value"):
            put(self, "fill_value", None if fill_value is None else dtype.cast_scalar(fill_value))
        with at("order"):
            put(self, "order", parse_order(order))
        with at("dimension_separator"):
            put(self, "dimension_separator", parse_separator(dimension_separator))
        with at("compressor"):
            put(self, "compressor", parse_compressor(compressor))
        with at("filters"):
            put(self, "filters", parse_filters(filters))
        with at("attributes"):
            put(self, "attributes", parse_attributes(attributes))

    @classmethod
    def from_dict(cls, data: dict[str, Any], *, path: str | None = None) -> Self:
        """The metadata in a document, with the attributes in a member of it.

        Raises
        ------
        MetadataValidationError
            If a member is missing.
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
        with at("zarr_format"):
            parse_zarr_format(given.get("zarr_format"))
        check_required(given, _REQUIRED)
        if given.get("filters") is not None:
            with at("filters"):
                parse_list(given["filters"])
        if given.get("filters") == []:
            warn(
                "filters: an empty list, which format 2 does not allow; it is taken as null.",
                ZarrUserWarning,
            )
            given["filters"] = None
        with at("dtype"):
            codecs = [*(given.get("filters") or ()), given.get("compressor")]
            dtype = _dtype_of_document(given["dtype"], codecs)
        with at("fill_value"):
            fill_value = given["fill_value"]
            if fill_value is not None:
                fill_value = dtype.from_json_scalar(fill_value, zarr_format=2)
        return cls(
            shape=given["shape"],
            chunks=_chunks_of_document(given["chunks"], given["shape"]),
            dtype=dtype,
            fill_value=fill_value,
            order=given["order"],
            dimension_separator=given.get("dimension_separator", "."),
            compressor=given.get("compressor"),
            filters=given.get("filters"),
            attributes=given.get("attributes"),
        )

    def to_dict(self) -> dict[str, JSON]:
        """The document, with the attributes in a member of it."""
        fill_value = self.fill_value
        if fill_value is not None:
            fill_value = self.dtype.to_json_scalar(fill_value, zarr_format=2)
        dtype = cast("Any", self.dtype.to_json(zarr_format=2))["name"]
        return {
            "shape": self.shape,
            "chunks": self.chunks,
            "dtype": dtype,
            "fill_value": fill_value,
            "order": self.order,
            "filters": None if self.filters is None else tuple(codec_to_dict(f) for f in self.filters),
            "dimension_separator": self.dimension_separator,
            "compressor": None if self.compressor is None else codec_to_dict(self.compressor),
            "attributes": self.attributes,
            "zarr_format": 2,
        }

    def to_buffer_dict(self, prototype: BufferPrototype) -> dict[str, Buffer]:
        """The bytes of the documents, by their keys; the attributes come first, to be written first."""
        document = self.to_dict()
        attributes = cast("dict[str, Any]", document.pop("attributes"))
        return {
            ZATTRS_JSON: prototype.buffer.from_bytes(dump_document(attributes)),
            ZARRAY_JSON: prototype.buffer.from_bytes(dump_document(document)),
        }

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @cached_property
    def chunk_grid(self) -> RegularChunkGridMetadata:
        """How the array is cut into chunks."""
        return RegularChunkGridMetadata(chunk_shape=self.chunks)

    @cached_property
    def chunk_key_encoding(self) -> V2ChunkKeyEncoding:
        """How the coordinates of a chunk become its key."""
        return V2ChunkKeyEncoding(separator=self.dimension_separator)

    @property
    def shards(self) -> tuple[int, ...] | None:
        """None: format 2 has no shards."""
        return None

    def encode_chunk_key(self, chunk_coords: tuple[int, ...]) -> str:
        """The key of a chunk, relative to the array."""
        return self.chunk_key_encoding.encode_chunk_key(chunk_coords)

    def get_chunk_spec(
        self, _chunk_coords: tuple[int, ...], array_config: ArrayConfig, prototype: BufferPrototype
    ) -> ArraySpec:
        """What a chunk is."""
        return ArraySpec(self.chunks, self.dtype, self.fill_value, array_config, prototype)

    def update_shape(self, shape: tuple[int, ...]) -> Self:
        """The metadata of the array with another shape."""
        return self._with(shape=shape)

    def update_attributes(self, attributes: dict[str, JSON]) -> Self:
        """The metadata of the array with other attributes."""
        return self._with(attributes=parse_attributes(attributes))

    def _with(self, **changes: Any) -> Self:
        out = object.__new__(type(self))
        out.__dict__.update(self.__dict__)
        out.__dict__.update(changes)
        return out

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ArrayV2Metadata):
            return NotImplemented
        return dump_document(self.to_dict()) == dump_document(other.to_dict())

    __hash__ = None  # type: ignore[assignment]


def parse_zarr_format(data: object) -> Literal[2]:
    """The format, 2."""
    if data == 2 and type(data) is int:
        return 2
    raise MetadataValidationError(
        f"Failed to parse input for 'zarr_format': expected Literal[2], got {data!r}."
    )


def parse_dtype_json(data: Any, object_codec_id: str | None) -> ZDType[Any, Any]:
    """The data type of a ``dtype`` member."""
    return parse_dtype(cast("Any", {"name": data, "object_codec_id": object_codec_id}), zarr_format=2)


def _chunks_of_document(chunks: Any, shape: Any) -> Any:
    if type(chunks) is int:
        return chunks
    with at("chunks"):
        return repair_edges(parse_list(chunks), shape)


def _dtype_of_document(data: Any, codecs: Sequence[Any]) -> ZDType[Any, Any]:
    if not isinstance(data, str | list | tuple):
        raise TypeError(f"expected a string or a list of fields, got {data!r}")
    objects = object_dtype(codecs) if data == "|O" else None
    return parse_dtype_json(data, None) if objects is None else objects


def object_dtype(codecs: Sequence[Any]) -> ZDType[Any, Any] | None:
    """The type of the object arrays that codecs, or configurations, store; None without an object codec."""
    for codec in codecs:
        config = codec.get_config() if _is_numcodec(codec) else codec
        if (name := get_object_codec_id([config])) is not None:
            dtype: Any = parse_dtype_json("|O", name)
            with at("filters"):
                return cast("ZDType[Any, Any]", dtype.of_codec(config))
    return None


def get_object_codec_id(maybe_object_codecs: Sequence[JSON]) -> str | None:
    """The id of the codec, among configurations, that makes bytes of Python objects."""
    for item in maybe_object_codecs:
        found = item.get("id") if isinstance(item, Mapping) else getattr(item, "codec_id", None)
        if isinstance(found, str) and found in _OBJECT_CODECS:
            return found
    return None


_OBJECT_CODECS = frozenset(
    ("vlen-utf8", "vlen-bytes", "vlen-array", "pickle", "json2", "msgpack2", "categorize")
)


def parse_chunks(chunks: ShapeLike, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Chunk lengths, as many as dimensions, each at least 1."""
    given = (chunks,) if isinstance(chunks, int) else tuple(chunks)
    parsed = tuple(parse_edge(edge, f"[{i}]") for i, edge in enumerate(given))
    if len(parsed) != len(shape):
        raise ValueError(f"chunks has {len(parsed)} dimensions but shape has {len(shape)} dimensions")
    return parsed


def parse_filters(data: object) -> tuple[Numcodec, ...] | None:
    """Codecs of themselves or of configurations; None where there are none."""
    if data is None or (isinstance(data, list | tuple) and not data):
        return None
    if _is_numcodec(data):
        return (data,)
    if isinstance(data, str | Mapping) or not isinstance(data, Iterable):
        raise TypeError(
            f"Filters must be None, or an iterable of numcodecs.abc.Codec or configurations. Got {data!r}."
        )
    out: list[Numcodec] = []
    for i, item in enumerate(data):
        with at(f"[{i}]"):
            out.append(_parse_codec(item))
    return tuple(out)


def parse_compressor(data: object) -> Numcodec | None:
    """A codec of itself or of its configuration; None where there is none."""
    return None if data is None else _parse_codec(data)


def _parse_codec(data: object) -> Numcodec:
    if _is_numcodec(data):
        return data
    if not isinstance(data, Mapping) or not isinstance(data.get("id"), str):
        raise ValueError(
            f'Expected a numcodecs codec or a configuration with an "id". Got {data!r} of type {type(data)}.'
        )
    return get_numcodec(dict(data))


def codec_to_dict(codec: Numcodec) -> dict[str, JSON]:
    """The configuration of a codec as it is written; some readers refuse zstd's ``checksum`` of false."""
    out = dict(codec.get_config())
    if out.get("id") == "zstd" and out.get("checksum") is False:
        del out["checksum"]
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in out.items()}
