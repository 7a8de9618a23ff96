"""bytes (array to bytes): the elements in C order, in a byte order. Core of format 3.

Specification: zarr v3, codecs/bytes. Names: ``bytes`` (v3). Example: {"name": "bytes", "configuration":
{"endian": "little"}}; ``endian`` is left out for elements of single bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import numpy as np

from zarr.abc.codec import ArrayBytesCodec, BytesLike
from zarr.codecs._parse import configured, parse_choice
from zarr.core.rows import contiguous
from zarr.registry import register_codec

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.core.array_spec import ArraySpec
    from zarr.core.common import JSON

__all__ = ["BytesCodec", "Endian", "EndianLiteral"]

_COMPLEX32 = "W"  # the kind of ml_dtypes' complex numbers of 32 bits, whose byte order it swaps as a whole
_PARTS = np.dtype([("re", "u2"), ("im", "u2")])

EndianLiteral: TypeAlias = Literal["little", "big"]


class Endian:
    """The byte orders, by name."""

    big: EndianLiteral = "big"
    little: EndianLiteral = "little"


@dataclass(frozen=True, init=False)
class BytesCodec(ArrayBytesCodec):
    """Elements as they lie in memory.

    Parameters
    ----------
    endian
        Byte order of the stored elements; None where they are single bytes.
    """

    is_fixed_size = True
    _stacks = True

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

    def _stored_dtype(self, native: np.dtype[Any]) -> np.dtype[Any]:
        if self.endian is None:
            return native
        return native.newbyteorder("<" if self.endian == "little" else ">")

    def _is_copy(self, spec: ArraySpec) -> bool:
        """Whether the bytes of a chunk are those of its array in memory, in C order."""
        native = spec.dtype.to_native_dtype()
        plain = spec.dtype._low_bits() is None and _with_parts(native) is None
        return plain and self._stored_dtype(native) == native

    def decoder(self, spec: ArraySpec) -> Callable[[BytesLike], npt.NDArray[Any]]:
        native, shape = spec.dtype.to_native_dtype(), spec.shape
        parts = _with_parts(native)
        dtype = self._stored_dtype(parts or native)
        size = dtype.itemsize * int(np.prod(shape, dtype=object))
        clean = spec.dtype._low_bits()

        def decode(data: BytesLike) -> npt.NDArray[Any]:
            if len(data) != size:
                raise ValueError(_wrong_size(len(data), size, shape, native))
            array: npt.NDArray[Any] = np.frombuffer(data, dtype).reshape(shape)
            if parts is not None:
                array = array.astype(parts, copy=False).view(native)
            return array if clean is None else clean(array)

        return decode

    def encoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], BytesLike]:
        native = spec.dtype.to_native_dtype()
        parts = _with_parts(native)
        dtype = self._stored_dtype(parts or native)

        def encode(data: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
            if parts is not None:
                data = np.ascontiguousarray(data, native).view(parts)
            made = contiguous(data, dtype)
            if made is not data and made.base is None:  # only here: a store in memory need not copy it
                made.flags.writeable = False
            return made.reshape(-1).view(np.uint8)

        return encode

    def _decode_sync(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        native, shape = chunk_spec.dtype.to_native_dtype(), chunk_spec.shape
        parts = _with_parts(native)
        dtype = self._stored_dtype(parts or native)
        size = dtype.itemsize * int(np.prod(shape, dtype=object))
        if len(chunk_data) != size:
            raise ValueError(_wrong_size(len(chunk_data), size, shape, native))
        as_array: Any = chunk_data.as_array_like()
        array, clean = as_array.view(dtype).reshape(shape), chunk_spec.dtype._low_bits()
        if parts is not None:
            array = array.astype(parts, copy=False).view(native)
        return chunk_spec.prototype.nd_buffer.from_ndarray_like(array if clean is None else clean(array))

    def _encode_sync(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer:
        array: Any = chunk_data.as_ndarray_like()
        native = chunk_spec.dtype.to_native_dtype()
        if (parts := _with_parts(native)) is not None:
            array = array.astype(native, order="C", copy=False).view(parts)
        flat = array.astype(self._stored_dtype(parts or native), copy=False).ravel()
        return chunk_spec.prototype.buffer.from_array_like(flat.view("B"))


def _with_parts(dtype: np.dtype[Any]) -> np.dtype[Any] | None:
    """The dtype with real and imaginary parts that have a byte order each; None where all have it already."""
    if dtype.kind == _COMPLEX32:
        return _PARTS
    if dtype.names is None:
        return None
    parts = {name: _with_parts(dtype[name]) for name in dtype.names}
    if not any(part is not None for part in parts.values()):
        return None
    return np.dtype([(name, dtype[name] if part is None else part) for name, part in parts.items()])


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
