"""vlen-utf8 and vlen-bytes (array to bytes): items of any length. Registered extensions of format 3.

Specification: zarr-extensions, codecs/vlen-utf8 and vlen-bytes: a count of items, then each item's length and
bytes; all numbers are 4 bytes, little endian. Names: ``vlen-utf8``, ``vlen-bytes`` (v3 and v2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from zarr.abc.codec import ArrayBytesCodec, BytesLike
from zarr.core import load_module
from zarr.core.common import parse_named_configuration
from zarr.registry import register_codec

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.array_spec import ArraySpec
    from zarr.core.common import JSON

__all__ = ["VLenBytesCodec", "VLenUTF8Codec"]


@cache
def _library() -> Any:
    return load_module("numcodecs.vlen")


@dataclass(frozen=True)
class _VLenCodec(ArrayBytesCodec):
    """What both codecs share; numcodecs does the work on arrays of objects."""

    is_fixed_size = False
    codec_name: ClassVar[str]
    _library_class: ClassVar[str]

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        _, configuration = parse_named_configuration(data, cls.codec_name, require_configuration=False)
        if configuration:
            raise ValueError(f"configuration: {cls.codec_name!r} has no members. Got {configuration}.")
        return cls()

    def to_dict(self) -> dict[str, JSON]:
        return {"name": self.codec_name, "configuration": {}}

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        if array_spec.dtype.to_native_dtype().kind not in "OT":
            raise ValueError(
                f"codec {self.codec_name!r} is for elements of any length. Got {array_spec.dtype}."
            )
        return self

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        raise NotImplementedError(f"the size of {self.codec_name}'s output is not fixed")

    def decoder(self, spec: ArraySpec) -> Callable[[BytesLike], npt.NDArray[Any]]:
        codec = getattr(_library(), self._library_class)()
        dtype, shape = spec.dtype.to_native_dtype(), spec.shape
        count = int(np.prod(shape, dtype=object))

        def decode(data: BytesLike) -> npt.NDArray[Any]:
            view = np.frombuffer(data, np.uint8)
            told = int.from_bytes(view[:4].tobytes(), "little") if len(view) >= 4 else -1
            if told != count or len(view) < 4 + 4 * count:
                raise ValueError(
                    f"a count of {told} items in {len(view)} bytes where a chunk of shape {shape} has {count} items"
                )
            items: npt.NDArray[Any] = codec.decode(view)
            check_all_used(items, view.size)
            return items.reshape(shape).astype(dtype, copy=False)

        return decode

    def encoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], BytesLike]:
        codec = getattr(_library(), self._library_class)()

        def encode(data: npt.NDArray[Any]) -> BytesLike:
            items = np.ascontiguousarray(data).astype(object, copy=False).reshape(-1)
            return codec.encode(as_writable(items))  # type: ignore[no-any-return]

        return encode


def as_writable(items: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The items in memory that can be written to, which numcodecs asks for without need."""
    return items if items.flags.writeable else items.copy()


def check_all_used(items: npt.NDArray[Any], size: int) -> None:
    """ValueError unless a count and these items, each with its length, take up all of the bytes."""
    parts = items.tolist()
    kind = type(parts[0]) if parts else bytes
    if kind is str:
        used = len("".join(parts).encode())
    else:
        used = sum(map(len, parts)) if kind is bytes else sum(part.nbytes for part in parts)
    if rest := size - 4 - 4 * len(parts) - used:
        raise ValueError(f"{rest} bytes after the last of {len(parts)} items")


@dataclass(frozen=True)
class VLenUTF8Codec(_VLenCodec):
    """Strings, in UTF-8."""

    codec_name: ClassVar[str] = "vlen-utf8"
    _library_class: ClassVar[str] = "VLenUTF8"


@dataclass(frozen=True)
class VLenBytesCodec(_VLenCodec):
    """Byte strings."""

    codec_name: ClassVar[str] = "vlen-bytes"
    _library_class: ClassVar[str] = "VLenBytes"


register_codec("vlen-utf8", VLenUTF8Codec)
register_codec("vlen-bytes", VLenBytesCodec)
