"""The metadata of a format 2 node as those of a format 3 node over the same chunks. Pure.

Every array is tried out: a small chunk that the codecs of format 2 encode must be decoded by those of
format 3 to the same elements. What has no form in format 3 is an error, never a guess.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, Codec
from zarr.abc.numcodec import Numcodec
from zarr.codecs import (
    BloscCodec,
    BloscShuffle,
    BytesCodec,
    GzipCodec,
    TransposeCodec,
    VLenBytesCodec,
    VLenUTF8Codec,
    ZstdCodec,
)
from zarr.codecs._v2 import V2Codec
from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.codec_chain import bind_chain
from zarr.core.metadata.group import GroupMetadata
from zarr.core.metadata.v2 import ArrayV2Metadata, codec_to_dict
from zarr.core.metadata.v3 import ArrayV3Metadata, fit_codecs
from zarr.errors import ChunkError, UnknownCodecError
from zarr.registry import get_codec_class

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.common import MemoryOrder

__all__ = ["array_as_v3", "group_as_v3"]

_SERIALIZERS: dict[str, type[Codec]] = {"vlen-utf8": VLenUTF8Codec, "vlen-bytes": VLenBytesCodec}
_ENCODED_TYPE = ("astype", "encode_dtype", "dtype")
"""Members of a filter's configuration that may name the type of what it encodes, the first one that does."""


def group_as_v3(metadata: GroupMetadata) -> GroupMetadata:
    """The metadata of a group, without consolidated ones."""
    return GroupMetadata(metadata.attributes, 3)


def array_as_v3(metadata: ArrayV2Metadata) -> ArrayV3Metadata:
    """The metadata of an array; its chunks stay as they are, and where they are.

    Raises
    ------
    ValueError, TypeError
        If the data type or a codec has no form in format 3 that reads the same elements.
    """
    fill_value = metadata.fill_value
    out = ArrayV3Metadata(
        shape=metadata.shape,
        data_type=metadata.dtype,
        chunk_grid=metadata.chunk_grid,
        chunk_key_encoding=metadata.chunk_key_encoding,
        fill_value=metadata.dtype.default_scalar() if fill_value is None else fill_value,
        codecs=_codecs(metadata),
        attributes=metadata.attributes,
        dimension_names=None,
    )
    # what a reader makes of the document: byte orders of fields, for one, are not in it
    read_back = ArrayV3Metadata.from_dict(out.to_dict())
    _try_out(metadata, read_back)
    return out


# --- codecs


def _codecs(metadata: ArrayV2Metadata) -> tuple[Codec, ...]:
    """The filters and the compressor as a chain of format 3."""
    given = [*(metadata.filters or ()), *(() if metadata.compressor is None else (metadata.compressor,))]
    chain: list[Codec] = []
    if metadata.order == "F":
        chain.append(TransposeCodec(order=tuple(reversed(range(metadata.ndim)))))
    converted = [_codec(codec) for codec in given]
    filters = 0
    while filters < len(converted) and isinstance(converted[filters], ArrayArrayCodec):
        filters += 1
    chain += converted[:filters]
    if not any(isinstance(codec, ArrayBytesCodec) for codec in converted):
        chain.append(BytesCodec(endian=_endian(metadata, given[:filters])))
    return (*chain, *converted[filters:])


def _codec(codec: Numcodec) -> Codec:
    """One codec of numcodecs as one of format 3, by its own name there where it has one."""
    config: dict[str, Any] = codec_to_dict(codec)
    name = config.pop("id")
    if name == "zstd":
        return ZstdCodec(level=config["level"], checksum=config.get("checksum", False))
    if name == "gzip":
        return GzipCodec(level=config["level"])
    if name == "blosc":
        shuffle = config.pop("shuffle")
        config.pop("typesize", None)
        return BloscCodec(shuffle=None if shuffle == -1 else BloscShuffle.from_int(shuffle), **config)
    if name in _SERIALIZERS:
        return _SERIALIZERS[name]()
    try:
        cls = get_codec_class(f"numcodecs.{name}")
    except (KeyError, UnknownCodecError) as error:
        raise ValueError(f"the codec {name!r} has no form in Zarr format 3") from error
    return cls.from_dict({"name": f"numcodecs.{name}", "configuration": config})


def _endian(metadata: ArrayV2Metadata, filters: list[Numcodec]) -> Literal["little", "big"]:
    """The byte order of what the filters leave."""
    dtype = metadata.dtype.to_native_dtype()
    for codec in filters:
        config: dict[str, Any] = codec.get_config()
        told = next((config[name] for name in _ENCODED_TYPE if config.get(name)), dtype)
        dtype = np.dtype(told)
    return "big" if _is_big(dtype) else "little"


def _is_big(dtype: np.dtype[Any]) -> bool:
    if dtype.fields:
        return any(_is_big(field[0]) for field in dtype.fields.values())
    return dtype == dtype.newbyteorder(">") != dtype.newbyteorder("<")


# --- trying it out


def _try_out(old: ArrayV2Metadata, new: ArrayV3Metadata) -> None:
    """Raise ValueError unless a chunk that the old codecs encoded reads the same by the new ones."""
    shape = tuple(min(edge, 3 if axis == 0 else 2 if axis < 8 else 1) for axis, edge in enumerate(old.chunks))
    before = bind_chain([V2Codec(old.filters, old.compressor)], _spec(shape, old, old.order))
    spec = _spec(shape, new, "C")
    codecs = fit_codecs(new.codecs, spec, shape=shape, chunk_grid=new.chunk_grid)
    after = bind_chain(codecs, spec)
    with np.errstate(all="ignore"):
        data = before.encode(_sample(old, before.dtype, shape))
        assert data is not None  # empty chunks are kept
        try:
            same = _same(before.decode(data), after.decode(data))
        except ChunkError:
            same = False
    if not same:
        raise ValueError(
            f"chunks of {old.dtype} in order {old.order!r} with filters {old.filters} and compressor {old.compressor} "
            "would read as other values, or not at all, in Zarr format 3; copy the array with zarr_format=3 instead"
        )


def _spec(
    shape: tuple[int, ...], metadata: ArrayV2Metadata | ArrayV3Metadata, order: MemoryOrder
) -> ArraySpec:
    return ArraySpec(shape, metadata.dtype, metadata.fill_value, ArrayConfig(order, True), buffer_prototype)


def _sample(metadata: ArrayV2Metadata, dtype: np.dtype[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """A chunk in which neither elements nor the bytes of one can change places unseen."""
    size = math.prod(shape)
    if dtype.kind in "OT":
        texts = [str(n) for n in range(size)]
        of_bytes = isinstance(metadata.dtype.default_scalar(), bytes)
        return np.array([text.encode() for text in texts] if of_bytes else texts, dtype).reshape(shape)
    out = np.zeros(shape, dtype)
    _fill(out, np.arange(1, size + 1).reshape(shape))
    return out


def _fill(out: npt.NDArray[Any], number: npt.NDArray[Any]) -> None:
    if out.dtype.fields:
        for i, name in enumerate(out.dtype.fields):
            _fill(out[name], number + i)
    elif out.dtype.kind == "b":
        out[...] = number * number % 3 == 1
    elif out.dtype.kind == "V":
        out[...] = number.astype(f"S{out.dtype.itemsize}").view(out.dtype)
    elif out.dtype.kind in "mM":
        out.view(f"{out.dtype.str[0]}i8")[...] = number
    else:
        out[...] = number.astype(out.dtype)


def _same(expected: npt.NDArray[Any], found: npt.NDArray[Any]) -> bool:
    if found.dtype.kind in "OT":
        return bool(expected.tolist() == found.tolist())
    if found.dtype.newbyteorder("=") != expected.dtype.newbyteorder("="):
        return False
    return expected.astype(found.dtype).tobytes() == found.tobytes()
