"""bytes (array to bytes): the elements in C order, in a byte order. Core of format 3.

Specification: zarr v3, codecs/bytes. Names: ``bytes`` (v3). Example: {"name": "bytes", "configuration":
{"endian": "little"}}; ``endian`` is left out for elements of single bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import numpy as np

from zarr.abc.codec import ArrayBytesCodec, BytesLike
from zarr.codecs._parse import configured, parse_choice
from zarr.core.dtype.ml.common import low_bits
from zarr.registry import register_codec

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.core.array_spec import ArraySpec
    from zarr.core.common import JSON

__all__ = ["BytesCodec", "Endian", "EndianLiteral"]

_COMPLEX32 = "W"  # the kind of ml_dtypes' complex numbers of 32 bits, whose byte order it swaps as a whole

EndianLiteral: TypeAlias = Literal["little", "big"]


class Endian:
    """The byte orders, by name."""

    big: EndianLiteral = "big"
    little: EndianLiteral = "little"


@dataclass(frozen=True)
class BytesCodec(ArrayBytesCodec):
    """Elements as they lie in memory.

    Parameters
    ----------
    endian
        Byte order of the stored elements; None where they are single bytes.
    """

    is_fixed_size = True

    endian: EndianLiteral | None

    def __init__(self, *, endian: EndianLiteral | str | None = "little") -> None:
        parsed = None if endian is None else parse_choice(endian, "endian", ("little", "big"))
        object.__setattr__(self, "endian", parsed)

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        if "configuration" not in data:
            data = {**data, "configuration": {"endian": None}}
        elif isinstance(data["configuration"], dict) and "endian" not in data["configuration"]:
            data = {**data, "configuration": {**data["configuration"], "endian": None}}
        return configured(cls, data, "bytes")

    def to_dict(self) -> dict[str, JSON]:
        if self.endian is None:
            return {"name": "bytes"}
        return {"name": "bytes", "configuration": {"endian": self.endian}}

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        native = array_spec.dtype.to_native_dtype()
        if native.kind in "OT":
            raise ValueError(
                f"{array_spec.dtype} has elements of any length, which the codec 'bytes' cannot store; use "
                "vlen-utf8 or vlen-bytes."
            )
        multibyte = has_byte_order(native)
        if not multibyte and self.endian is not None:
            return replace(self, endian=None)
        if multibyte and self.endian is None:
            raise ValueError("The `endian` configuration needs to be specified for multi-byte data types.")
        return self

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        return input_byte_length

    def _stored_dtype(self, spec: ArraySpec) -> np.dtype[Any]:
        dtype: np.dtype[Any] = spec.dtype.to_native_dtype()
        if self.endian is None or dtype.kind == _COMPLEX32:
            return dtype
        return dtype.newbyteorder("<" if self.endian == "little" else ">")

    def _swaps_parts(self, spec: ArraySpec) -> bool:
        """Whether the byte order is another in real and imaginary part, which no dtype can express."""
        return self.endian not in (None, sys.byteorder) and spec.dtype.to_native_dtype().kind == _COMPLEX32

    def decoder(self, spec: ArraySpec) -> Callable[[BytesLike], npt.NDArray[Any]]:
        dtype, shape = self._stored_dtype(spec), spec.shape
        size = dtype.itemsize * int(np.prod(shape, dtype=object))
        swaps, clean = self._swaps_parts(spec), low_bits(spec.dtype)

        def decode(data: BytesLike) -> npt.NDArray[Any]:
            if len(data) != size:
                raise ValueError(_wrong_size(len(data), size, shape, dtype))
            if swaps:
                data = np.frombuffer(data, "u2").byteswap()
            array: npt.NDArray[Any] = np.frombuffer(data, dtype).reshape(shape)
            return array if clean is None else clean(array)

        return decode

    def encoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], BytesLike]:
        dtype, swaps = self._stored_dtype(spec), self._swaps_parts(spec)

        def encode(data: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
            stored = np.ascontiguousarray(data, dtype).reshape(-1)
            return (stored.view("u2").byteswap() if swaps else stored).view(np.uint8)

        return encode

    def _decode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        dtype, shape = self._stored_dtype(chunk_spec), chunk_spec.shape
        size = dtype.itemsize * int(np.prod(shape, dtype=object))
        if len(chunk_data) != size:
            raise ValueError(_wrong_size(len(chunk_data), size, shape, dtype))
        as_array: Any = chunk_data.as_array_like()
        if self._swaps_parts(chunk_spec):
            as_array = as_array.view("u2").byteswap()
        array, clean = as_array.view(dtype).reshape(shape), low_bits(chunk_spec.dtype)
        return chunk_spec.prototype.nd_buffer.from_ndarray_like(array if clean is None else clean(array))

    def _encode_sync(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer:
        array: Any = chunk_data.as_ndarray_like()
        flat = array.astype(self._stored_dtype(chunk_spec), copy=False).ravel()
        if self._swaps_parts(chunk_spec):
            flat = flat.view("u2").byteswap()
        return chunk_spec.prototype.buffer.from_array_like(flat.view("B"))


def has_byte_order(dtype: np.dtype[Any]) -> bool:
    """Whether elements have parts of several bytes, so that their order matters."""
    if dtype.subdtype is not None:
        return has_byte_order(dtype.subdtype[0])
    if dtype.fields is not None:
        return any(has_byte_order(field[0]) for field in dtype.fields.values())
    packages = dtype.isbuiltin == 2  # types that packages add, as bfloat16, have the kind of bytes
    return (dtype.kind not in "SVbO" or packages) and dtype.itemsize > 1


def _wrong_size(got: int, expected: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> str:
    return f"{got} bytes where a chunk of shape {shape} and data type {dtype} has {expected}"


register_codec("bytes", BytesCodec)
