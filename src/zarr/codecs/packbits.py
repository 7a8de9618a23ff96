"""packbits (array to bytes): the bits that elements have, without those between. Registered extension of format 3.

Specification: zarr-extensions, codecs/packbits. Names: ``packbits`` (v3; ``numcodecs.packbits`` is another).
Example: {"name": "packbits", "configuration": {"padding_encoding": "first_byte", "first_bit": 0, "last_bit": 11}}.
Bits go from the least significant of the first byte on, as zarrs has them; the text does not say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

import numpy as np

from zarr.abc.codec import ArrayBytesCodec, BytesLike
from zarr.codecs._parse import configured, parse_choice, parse_whole
from zarr.core.common import parse_named_configuration
from zarr.errors import at
from zarr.registry import register_codec

if TYPE_CHECKING:
    from typing import Self

    import numpy.typing as npt

    from zarr.core.array_spec import ArraySpec
    from zarr.core.common import JSON
    from zarr.core.dtype import ZDType
    from zarr.core.metadata.v3 import ChunkGridMetadata

__all__ = ["PackBitsCodec"]

PaddingEncoding: TypeAlias = Literal["none", "first_byte", "last_byte"]

_SUB_BYTE = re.compile(r"(?:u?int([24])|float([46])_\w+)")


@dataclass(frozen=True, init=False)
class PackBitsCodec(ArrayBytesCodec):
    """The bits that elements have, packed.

    Parameters
    ----------
    padding_encoding
        Whether a byte before or behind the packed bits tells how many bits were added to fill the last byte.
    first_bit, last_bit
        The bits of each component that are stored, 0 the least significant; from the first to the last that its
        type has where None. Bits below are zero when read; those above repeat the last for signed integers.
    """

    is_fixed_size = True
    codec_name: ClassVar[str] = "packbits"

    padding_encoding: PaddingEncoding = "none"
    first_bit: int | None = None
    last_bit: int | None = None

    def __init__(
        self,
        *,
        padding_encoding: PaddingEncoding | str = "none",
        first_bit: int | None = None,
        last_bit: int | None = None,
    ) -> None:
        choices = ("none", "first_byte", "last_byte")
        put = object.__setattr__
        put(self, "padding_encoding", parse_choice(padding_encoding, "padding_encoding", choices))
        put(self, "first_bit", None if first_bit is None else parse_whole(first_bit, "first_bit", 0, None))
        low = self.first_bit or 0
        put(self, "last_bit", None if last_bit is None else parse_whole(last_bit, "last_bit", low, None))

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        parse_named_configuration(data, "packbits", require_configuration=False)
        return configured(cls, data, "packbits", required=False)

    def to_dict(self) -> dict[str, JSON]:
        members: dict[str, Any] = {"padding_encoding": self.padding_encoding}
        for name in ("first_bit", "last_bit"):
            if getattr(self, name) is not None:
                members[name] = getattr(self, name)
        return {"name": "packbits", "configuration": members}

    def validate(
        self, *, shape: tuple[int, ...], dtype: ZDType[Any, Any], chunk_grid: ChunkGridMetadata
    ) -> None:
        self._form(dtype.to_native_dtype())

    def _form(self, dtype: np.dtype[Any]) -> _Form:
        form = _form_of(dtype)
        first = 0 if self.first_bit is None else self.first_bit
        last = form.width - 1 if self.last_bit is None else self.last_bit
        if last >= form.width or first > last:
            with at("configuration.last_bit" if last >= form.width else "configuration.first_bit"):
                raise ValueError(f"{dtype} has bits 0 to {form.width - 1}. Got {first} to {last}.")
        return _Form(form.component, form.per_element, form.width, form.signed, first, last)

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        form = self._form(chunk_spec.dtype.to_native_dtype())
        return form.nbytes(math.prod(chunk_spec.shape)) + (self.padding_encoding != "none")

    def decoder(self, spec: ArraySpec) -> Callable[[BytesLike], npt.NDArray[Any]]:
        dtype: np.dtype[Any] = spec.dtype.to_native_dtype()
        form, shape, count = self._form(dtype), spec.shape, math.prod(spec.shape)
        size, padding = self.compute_encoded_size(0, spec), form.padding(count)
        body = {"none": slice(None), "first_byte": slice(1, None), "last_byte": slice(-1)}[
            self.padding_encoding
        ]
        place = {"none": None, "first_byte": 0, "last_byte": -1}[self.padding_encoding]

        def decode(data: BytesLike) -> npt.NDArray[Any]:
            view = np.frombuffer(data, "B")
            if len(view) != size:
                raise ValueError(
                    f"{len(view)} bytes where a chunk of shape {shape} and data type {dtype} has {size}"
                )
            if place is not None and view[place] != padding:
                raise ValueError(f"the padding byte tells of {view[place]} bits where there are {padding}")
            return form.unpack(view[body], count).view(dtype.newbyteorder("=")).reshape(shape)

        return decode

    def encoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], BytesLike]:
        dtype: np.dtype[Any] = spec.dtype.to_native_dtype().newbyteorder("=")
        form, padding = self._form(dtype), self.padding_encoding
        added = np.array([form.padding(math.prod(spec.shape))], "B")

        def encode(data: npt.NDArray[Any]) -> BytesLike:
            packed = form.pack(np.ascontiguousarray(data, dtype))
            if padding == "none":
                return packed
            return np.concatenate([added, packed] if padding == "first_byte" else [packed, added])

        return encode


@dataclass(frozen=True)
class _Form:
    """The components of elements, as unsigned integers, and which bits of them are stored."""

    component: np.dtype[Any]
    per_element: int
    width: int
    signed: bool
    first: int = 0
    last: int = 0

    def _bits(self, count: int) -> int:
        return count * self.per_element * (self.last - self.first + 1)

    def nbytes(self, count: int) -> int:
        """Size in bytes of packed elements."""
        return -(-self._bits(count) // 8)

    def padding(self, count: int) -> int:
        """How many bits are added to fill the last byte."""
        return 8 * self.nbytes(count) - self._bits(count)

    def pack(self, data: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """The bits of elements, in C order."""
        components = (
            data.reshape(-1).view(self.component).astype(self.component.newbyteorder("<"), copy=False)
        )
        octets = components.view("B").reshape(-1, self.component.itemsize)
        bits = np.unpackbits(octets, axis=1, bitorder="little")
        return np.packbits(bits[:, self.first : self.last + 1], bitorder="little")

    def unpack(self, packed: npt.NDArray[np.uint8], count: int) -> npt.NDArray[Any]:
        """The components of elements."""
        flat = np.unpackbits(packed, count=self._bits(count), bitorder="little")
        stored = flat.reshape(count * self.per_element, -1)
        bits = np.zeros((len(stored), 8 * self.component.itemsize), "B")
        bits[:, self.first : self.last + 1] = stored
        if self.signed:
            bits[:, self.last + 1 : self.width] = stored[:, -1:]
        octets: npt.NDArray[Any] = np.packbits(bits, axis=1, bitorder="little").reshape(-1)
        return octets.view(self.component.newbyteorder("<")).astype(self.component, copy=False)


def _form_of(dtype: np.dtype[Any]) -> _Form:
    """All the bits of a type; ValueError for one that is not of numbers."""
    size = dtype.itemsize
    if dtype.kind == "c":
        return _Form(np.dtype(f"u{size // 2}"), 2, 4 * size, False)
    if dtype.kind == "b":
        return _Form(np.dtype("u1"), 1, 1, False)
    narrow = _SUB_BYTE.fullmatch(dtype.name)
    if narrow:
        return _Form(np.dtype("u1"), 1, int(narrow[1] or narrow[2]), dtype.name.startswith("int"))
    if dtype.kind in "iufmM" or re.fullmatch(r"bfloat16|float8_\w+", dtype.name):
        return _Form(np.dtype(f"u{size}"), 1, 8 * size, dtype.kind in "imM")
    raise ValueError(f"packbits takes booleans and numbers. Got {dtype}.")


register_codec("packbits", PackBitsCodec)
