"""numcodecs.delta, fixedscaleoffset, quantize, bitround, astype and packbits (array to array).

No specification but that of numcodecs; names: ``numcodecs.<id>`` (v3), the id (v2). Example:
{"name": "numcodecs.delta", "configuration": {"dtype": "<i4", "astype": "<i2"}}. Data types that are left out
are the array's, by NumPy's name; a byte order in one has no meaning here, as the codec ``bytes`` has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zarr.codecs._parse import parse_whole
from zarr.codecs.numcodecs._base import _NumcodecsArrayArrayCodec, native_dtype
from zarr.core.common import check_native_name
from zarr.core.dtype import UInt8, parse_dtype
from zarr.errors import at
from zarr.registry import register_codec

if TYPE_CHECKING:
    from typing import Self

    from zarr.core.array_spec import ArraySpec
    from zarr.core.dtype import ZDType
    from zarr.core.metadata.v3 import ChunkGridMetadata

__all__ = ["AsType", "BitRound", "Delta", "FixedScaleOffset", "PackBits", "Quantize", "parse_number"]


def _dtype(data: object, name: str) -> str:
    """The name of a dtype, as it is given; big endian becomes little, which is what others take it for."""
    with at(name):
        check_native_name(data)
        try:
            dtype = np.dtype(data)  # type: ignore[call-overload]
        except SyntaxError as error:  # of what NumPy takes for a list of names
            raise ValueError(f"Expected the name of a data type. Got {data!r}.") from error
        if dtype.hasobject:
            raise ValueError(f"Expected elements of a fixed size. Got {data!r}.")
    if isinstance(data, str) and dtype == dtype.newbyteorder("<"):
        return data
    return str(dtype.newbyteorder("<").str)


def _optional_dtype(data: object, name: str) -> str | None:
    return None if data is None else _dtype(data, name)


def parse_number(data: object, name: str) -> int | float:
    """A finite number."""
    if isinstance(data, bool) or not isinstance(data, int | float) or not math.isfinite(data):
        with at(name):
            raise TypeError(f"Expected a number. Got {data!r}.")
    return data


class _Typed(_NumcodecsArrayArrayCodec):
    """A filter whose configuration says the types before and after encoding."""

    _decoded_member: ClassVar[str] = "dtype"
    _encoded_member: ClassVar[str] = "astype"
    _takes_any_kind: ClassVar[bool] = False
    """Whether elements are taken as bits of the decoded type, of whatever kind they are."""

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        native = array_spec.dtype.to_native_dtype()
        name = self._decoded_member
        if name not in self.codec_config:
            return self._with(**{name: _name_of(native)})
        with at(f"configuration.{name}"):
            told = _machine_dtype(self.codec_config[name])
            same_kind = self._takes_any_kind or told.kind == native.kind
            if told.itemsize != native.itemsize or not same_kind:
                raise ValueError(f"{told} is not the data type of the array, {native}")
        return self

    def _encoded_dtype(self) -> np.dtype[Any]:
        config: Any = self.codec_config
        name = config.get(self._encoded_member) or config[self._decoded_member]
        return _machine_dtype(name)

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        dtype = parse_dtype(self._encoded_dtype(), zarr_format=3)
        return replace(chunk_spec, dtype=dtype, fill_value=_cast_fill(chunk_spec, dtype))

    def _library_config(self) -> dict[str, Any]:
        out = dict(self.codec_config)
        for name in (self._decoded_member, self._encoded_member):
            if out.get(name) is not None:
                out[name] = _machine_dtype(out[name]).str
        return out


def _machine_dtype(name: Any) -> np.dtype[Any]:
    dtype: np.dtype[Any] = np.dtype(name)
    return dtype.newbyteorder("=")


def _name_of(dtype: np.dtype[Any]) -> str:
    dtype = dtype.newbyteorder("=")
    try:
        return dtype.name if np.dtype(dtype.name) == dtype else dtype.str
    except TypeError:
        return dtype.str


def _cast_fill(spec: ArraySpec, dtype: ZDType[Any, Any]) -> Any:
    """The fill value as elements behind the filter that are not stored have it: cast, not encoded."""
    if spec.fill_value is None:
        return None
    native = dtype.to_native_dtype()
    with np.errstate(all="ignore"):
        return np.asarray(spec.fill_value, spec.dtype.to_native_dtype()).astype(native, casting="unsafe")[()]


class Delta(_Typed):
    """The first element, then differences between neighbours, in C order.

    ``dtype`` is that of the elements, ``astype`` that of what is stored; both may be left out.
    """

    codec_name = "numcodecs.delta"
    _members = {"dtype": _dtype, "astype": _optional_dtype}
    _takes_any_kind = True

    def _step(self, method: str, source: ArraySpec, target: ArraySpec) -> Callable[[Any], Any]:
        step = super()._step(method, source, target)
        if method == "decode":
            return step
        bits, native = _machine_dtype(self.codec_config["dtype"]), native_dtype(source)
        if bits == native:
            return step
        as_bits = super()._step(method, replace(source, dtype=parse_dtype(bits, zarr_format=3)), target)
        return lambda data: as_bits(np.ascontiguousarray(data, native).view(bits))


class FixedScaleOffset(_Typed):
    """(x - offset) * scale, rounded to whole numbers, as ``astype``; nothing checks the range."""

    codec_name = "numcodecs.fixedscaleoffset"
    _members = {"offset": parse_number, "scale": parse_number, "dtype": _dtype, "astype": _optional_dtype}
    _required = ("offset", "scale")


class Quantize(_Typed):
    """Floats rounded to a number of decimal digits, by multiples of a power of two."""

    codec_name = "numcodecs.quantize"
    _members = {
        "digits": lambda data, name: parse_whole(data, name, None, None),
        "dtype": _dtype,
        "astype": _optional_dtype,
    }
    _required = ("digits",)


class AsType(_Typed):
    """Elements cast as NumPy casts them, from ``decode_dtype``, the array's, to ``encode_dtype``."""

    codec_name = "numcodecs.astype"
    _members = {"encode_dtype": _dtype, "decode_dtype": _dtype}
    _required = ("encode_dtype",)
    _decoded_member = "decode_dtype"
    _encoded_member = "encode_dtype"


class BitRound(_NumcodecsArrayArrayCodec):
    """Floats of 16 to 64 bits with ``keepbits`` bits of their fraction, rounded half to even."""

    codec_name = "numcodecs.bitround"
    _members = {"keepbits": lambda data, name: parse_whole(data, name, 0, None)}
    _required = ("keepbits",)

    def validate(
        self, *, shape: tuple[int, ...], dtype: ZDType[Any, Any], chunk_grid: ChunkGridMetadata
    ) -> None:
        native = dtype.to_native_dtype()
        if native.name not in ("float16", "float32", "float64"):
            raise TypeError(f"numcodecs.bitround rounds floats of 16 to 64 bits only. Got {dtype}.")
        most = np.finfo(native).nmant
        with at("configuration.keepbits"):
            parse_whole(self.codec_config["keepbits"], "", 0, most)


class PackBits(_NumcodecsArrayArrayCodec):
    """Booleans, eight to a byte, first in the highest bit, behind a byte that counts the bits left over."""

    codec_name = "numcodecs.packbits"
    _members = {}

    def validate(self, *, dtype: ZDType[Any, Any], **_kwargs: Any) -> None:
        if dtype.to_native_dtype().kind != "b":
            raise ValueError(f"Packbits filter requires bool dtype. Got {dtype}.")

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        size = 1 + -(-math.prod(chunk_spec.shape) // 8)
        return replace(chunk_spec, shape=(size,), dtype=UInt8(), fill_value=_cast_fill(chunk_spec, UInt8()))


for _cls in (Delta, FixedScaleOffset, Quantize, AsType, BitRound, PackBits):
    register_codec(_cls.codec_name, _cls, qualname=f"zarr.codecs.numcodecs.{_cls.__name__}")
