"""The codecs of a new array, from what a user gave for filters, serializer and compressors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal, TypeAlias

import numpy as np

from zarr import codecs as known_codecs
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec, Codec
from zarr.abc.numcodec import Numcodec, _is_numcodec
from zarr.core import dtype as dtypes
from zarr.core import load_module
from zarr.core.common import JSON, ZarrFormat
from zarr.core.dtype import HasObjectCodec, ZDType, parse_dtype
from zarr.core.metadata.v2 import get_object_codec_id, object_dtype, parse_compressor, parse_filters
from zarr.core.metadata.v3 import parse_codec
from zarr.errors import ZarrRuntimeWarning, warn
from zarr.registry import get_codec_class

__all__ = [
    "CompressorLike",
    "CompressorsLike",
    "FiltersLike",
    "SerializerLike",
    "codecs_v2",
    "codecs_v3",
    "dtype_of",
    "with_checksum",
    "with_object_codec",
]

CodecLike: TypeAlias = "Codec | Mapping[str, JSON] | Numcodec"
FiltersLike: TypeAlias = "Iterable[CodecLike] | CodecLike | Literal['auto'] | None"
CompressorsLike: TypeAlias = "Iterable[CodecLike] | CodecLike | Literal['auto'] | None"
CompressorLike: TypeAlias = "CodecLike | Literal['auto'] | None"
SerializerLike: TypeAlias = "Mapping[str, JSON] | ArrayBytesCodec | Numcodec | Literal['auto']"


def dtype_of(
    dtype: Any, filters: FiltersLike, compressors: CompressorsLike, zarr_format: ZarrFormat
) -> ZDType[Any, Any]:
    """The data type that a user gave; for objects in format 2 that which the object codec stores.

    Raises
    ------
    ValueError
        If it is the object dtype and no object codec is given.
    """
    if zarr_format == 2 and _is_object(dtype):
        found = object_dtype([*_listed(filters), *_listed(compressors)])
        if found is not None:
            return found
    return parse_dtype(dtype, zarr_format=zarr_format)


def _is_object(dtype: Any) -> bool:
    if isinstance(dtype, np.dtype):
        return dtype.kind == "O"
    return dtype is object or (isinstance(dtype, str) and dtype in ("O", "|O", "object"))


def _listed(data: Any) -> list[Any]:
    if data is None or isinstance(data, str):
        return []
    single = isinstance(data, Mapping) or _is_numcodec(data) or not isinstance(data, Iterable)
    return [data] if single else list(data)


def with_object_codec(dtype: Any, object_codec: Any, filters: Any) -> tuple[Any, Any]:
    """Data type and filters of a format 2 array whose object codec is given by itself, as Zarr 2 has it.

    ``dtype=str`` and ``dtype=bytes`` are objects too, which the codec stores. With another data type, the
    codec has no effect and a warning says so.

    Raises
    ------
    ValueError
        If the codec makes no bytes of objects, or a filter does so already.
    """
    if dtype not in (str, bytes) and not _is_object(dtype):
        warn(
            f"The object_codec argument has no effect: {dtype} is no object data type.",
            ZarrRuntimeWarning,
        )
        return dtype, filters
    if get_object_codec_id([object_codec]) is None:
        raise ValueError(
            f"object_codec: expected a codec that makes bytes of objects, of numcodecs VLenUTF8, VLenBytes, "
            f"VLenArray, JSON, MsgPack, Categorize or Pickle. Got {object_codec!r}."
        )
    listed = _listed(filters)
    if get_object_codec_id(listed) is not None:
        raise ValueError(
            f"object_codec: the filters {listed!r} make bytes of objects already; give one of both."
        )
    return np.dtype(object), [object_codec, *listed]


def codecs_v3(
    dtype: ZDType[Any, Any], filters: FiltersLike, serializer: SerializerLike, compressors: CompressorsLike
) -> tuple[Codec, ...]:
    """The chain of a format 3 array (of the inner chunks, where there are shards).

    Raises
    ------
    TypeError
        If something given is no codec of the kind that belongs there.
    """
    array_array = () if filters == "auto" else _several(filters, ArrayArrayCodec, "filters")
    if serializer == "auto":
        array_bytes: Any = default_serializer(dtype)
    else:
        (array_bytes,) = _several(serializer, ArrayBytesCodec, "serializer")
    if compressors == "auto":
        bytes_bytes: tuple[Any, ...] = (known_codecs.ZstdCodec(level=0, checksum=False),)
    else:
        bytes_bytes = _several(compressors, BytesBytesCodec, "compressors")
    return (*array_array, array_bytes, *bytes_bytes)


def with_checksum(codecs: tuple[Codec, ...]) -> tuple[Codec, ...]:
    """The chain with a checksum as the last thing that is done to each chunk, of inner chunks where there are shards.

    There it protects most: the stored bytes themselves, and in parts that are read by themselves.
    """
    *before, last = codecs
    if isinstance(last, known_codecs.Crc32cCodec):
        return codecs
    if isinstance(last, known_codecs.ShardingCodec):  # whose index has a checksum by itself
        return (*before, replace(last, codecs=with_checksum(last.codecs)))
    return (*codecs, known_codecs.Crc32cCodec())


def default_serializer(dtype: ZDType[Any, Any]) -> ArrayBytesCodec:
    """The codec that makes bytes of arrays where the user named none."""
    if isinstance(dtype, HasObjectCodec):
        if isinstance(dtype, dtypes.ObjectType):
            dtype.to_json(zarr_format=3)  # which says that there is none
        cls: Any = get_codec_class(dtype.object_codec_id)
        return cls()  # type: ignore[no-any-return]
    return known_codecs.BytesCodec(
        endian="little"
    )  # which it forgets where filters leave it elements of one byte


_KINDS: dict[type, str] = {
    ArrayArrayCodec: "an ArrayArrayCodec",
    ArrayBytesCodec: "an ArrayBytesCodec",
    BytesBytesCodec: "a BytesBytesCodec",
}


def _several(data: Any, kind: type, what: str) -> tuple[Any, ...]:
    if data is None:
        return ()
    single = isinstance(data, str | Mapping | Codec) or _is_numcodec(data)
    items = (data,) if single or not isinstance(data, Iterable) else tuple(data)
    parsed = []
    for item in items:
        codec = _as_v3_codec(item, what)
        if not isinstance(codec, kind):
            raise TypeError(f"{what}: Expected {_KINDS[kind]}. Got {type(codec)} instead.")
        parsed.append(codec)
    return tuple(parsed)


def _as_v3_codec(item: Any, what: str) -> Any:
    if isinstance(item, Mapping) and "name" in item:
        return parse_codec(dict(item))
    if _is_numcodec(item):
        return _wrap_numcodec(item)
    if isinstance(item, Mapping):
        raise TypeError(
            f'{what}: a codec of format 3 is {{"name": ..., "configuration": ...}}. Got {item!r}.'
        )
    return item


def _wrap_numcodec(codec: Numcodec) -> Any:
    """The format 3 codec that does what a numcodecs codec does."""
    config = dict(codec.get_config())
    name = f"numcodecs.{config.pop('id')}"
    return parse_codec({"name": name, "configuration": config})


def codecs_v2(
    dtype: ZDType[Any, Any], filters: FiltersLike, compressor: CompressorsLike
) -> tuple[tuple[Numcodec, ...] | None, Numcodec | None]:
    """Filters and compressor of a format 2 array.

    Raises
    ------
    ValueError
        If there is more than one compressor; format 2 has one.
    """
    parsed_filters: tuple[Numcodec, ...] | None
    parsed_filters = _default_filters(dtype) if filters == "auto" else parse_filters(_as_v2(filters))
    chosen: Any = compressor
    if isinstance(chosen, list | tuple):
        if len(chosen) > 1:
            raise ValueError(f"compressors: format 2 has one compressor; {len(chosen)} are given.")
        chosen = chosen[0] if chosen else None
    if isinstance(chosen, str) and chosen == "auto":
        parsed: Numcodec | None = load_module("numcodecs.zstd").Zstd(level=0)
    else:
        parsed = parse_compressor(_as_v2(chosen))
    _check_object_codec(dtype, [*(parsed_filters or ()), parsed])
    return parsed_filters, parsed


def _default_filters(dtype: ZDType[Any, Any]) -> tuple[Numcodec, ...] | None:
    if not isinstance(dtype, HasObjectCodec):
        return None
    if isinstance(dtype, dtypes.VariableLengthArray):
        return parse_filters([{"id": dtype.object_codec_id, "dtype": dtype.item}])
    if isinstance(dtype, dtypes.CategorizedUTF8):
        return None  # there are no labels by default
    return parse_filters([{"id": dtype.object_codec_id}])


def _check_object_codec(dtype: ZDType[Any, Any], codecs: list[Any]) -> None:
    """ValueError unless an object array has, first, the codec that stores its type."""
    if not isinstance(dtype, HasObjectCodec):
        return
    first = next((codec for codec in codecs if codec is not None), None)
    if first is None or first.codec_id != dtype.object_codec_id:
        raise ValueError(
            f"filters: Data type {dtype} is stored by the numcodecs codec {dtype.object_codec_id!r}, which must "
            f"come first. Got {first!r}. With dtype=object, the filter says what the objects are."
        )
    if isinstance(dtype, dtypes.VariableLengthArray) and object_dtype([first]) != dtype:
        raise ValueError(f"filters: {first!r} does not store {dtype}.")


def _as_v2(data: Any) -> Any:
    """Codecs of format 3 that numcodecs has too, as numcodecs codecs."""
    if isinstance(data, list | tuple):
        return [_as_v2(item) for item in data]
    if not isinstance(data, Codec):
        return data
    given: Any = data.to_dict()
    config = dict(given.get("configuration", {}))
    name = given["name"].removeprefix("numcodecs.")
    if name == "blosc":
        config["shuffle"] = ("noshuffle", "shuffle", "bitshuffle").index(config["shuffle"])
        config.pop("typesize")
    elif name not in ("zstd", "gzip", "crc32c") and name == given["name"]:
        raise TypeError(f"{type(data).__name__} is a codec of format 3 that format 2 does not have.")
    return {"id": name, **config}
