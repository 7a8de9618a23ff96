"""scale_offset (array to array): (x - offset) * scale. Registered extension of format 3.

Specification: zarr-extensions, codecs/scale_offset. Names: ``scale_offset`` (v3). Example: {"name":
"scale_offset", "configuration": {"offset": 5, "scale": 0.1}}; both as the array's fill value would be written,
0 and 1 where left out. The arithmetic is that of the array's type: for integers whatever is not exact is an
error; floats follow IEEE 754.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

from zarr.abc.codec import ArrayArrayCodec
from zarr.codecs._number_kinds import Kind, kind_of
from zarr.codecs._parse import configured
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

    Array = npt.NDArray[Any]
    Convert = Callable[[Array], Array]

__all__ = ["ScaleOffset"]


@dataclass(frozen=True, init=False)
class ScaleOffset(ArrayArrayCodec):
    """Elements less an offset, times a scale.

    Parameters
    ----------
    offset
        What is subtracted when elements are stored: a number, or a string as fill values have.
    scale
        What the difference is multiplied by; not zero.
    """

    is_fixed_size = True
    codec_name: ClassVar[str] = "scale_offset"

    offset: object = 0
    scale: object = 1

    def __init__(self, *, offset: object = 0, scale: object = 1) -> None:
        object.__setattr__(self, "offset", _parse_scalar(offset, "offset"))
        object.__setattr__(self, "scale", _parse_scalar(scale, "scale"))
        if not isinstance(self.scale, str) and self.scale == 0:
            with at("scale"):
                raise ValueError("scale_offset scale must be non-zero.")

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        parse_named_configuration(data, "scale_offset", require_configuration=False)
        return configured(cls, data, "scale_offset", required=False)

    def to_dict(self) -> dict[str, JSON]:
        members: Any = {"offset": self.offset} if self.offset != 0 else {}
        if self.scale != 1:
            members["scale"] = self.scale
        return {"name": "scale_offset", "configuration": members} if members else {"name": "scale_offset"}

    def validate(
        self, *, shape: tuple[int, ...], dtype: ZDType[Any, Any], chunk_grid: ChunkGridMetadata
    ) -> None:
        self._functions(dtype)

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        return replace(chunk_spec, fill_value=stored_fill(chunk_spec, *self._functions(chunk_spec.dtype)))

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        return input_byte_length

    def decoder(self, spec: ArraySpec) -> Convert:
        decode, shape = self._functions(spec.dtype)[1], spec.shape
        return lambda data: decode(np.atleast_1d(data)).reshape(shape)

    def encoder(self, spec: ArraySpec) -> Convert:
        encode, shape = self._functions(spec.dtype)[0], spec.shape
        return lambda data: encode(np.atleast_1d(data)).reshape(shape)

    def _functions(self, dtype: ZDType[Any, Any]) -> tuple[Convert, Convert]:
        """Encoding and decoding of elements of a type."""
        kind = kind_of(dtype.to_native_dtype())
        if kind is None:
            raise ValueError(
                f"scale_offset codec only supports integer and floating-point data types. Got {dtype}."
            )
        offset, scale = (_scalar_of(getattr(self, name), dtype, name) for name in ("offset", "scale"))
        if scale == 0:
            with at("configuration.scale"):
                raise ValueError("scale_offset scale must be non-zero.")
        if kind.integer:
            return _integer_functions(kind, int(offset), int(scale))
        return _float_functions(kind, offset, scale)


def stored_fill(spec: ArraySpec, encode: Convert, decode: Convert) -> Any:
    """The fill value as it is stored; ValueError unless it can be stored and read."""
    if spec.fill_value is None:
        return None
    try:
        with np.errstate(all="ignore"):
            stored = encode(np.array([spec.fill_value], spec.dtype.to_native_dtype()))
            decode(stored)
    except ValueError as error:
        raise ValueError(f"the fill value cannot be stored: {error}") from error
    return stored[0]


def _parse_scalar(data: object, name: str) -> object:
    item = data.item() if isinstance(data, np.generic) else data
    if isinstance(item, int | float | str):
        return item
    raise TypeError(f"{name} must be a number or string, got {type(item).__name__}")


def _scalar_of(data: Any, dtype: ZDType[Any, Any], name: str) -> Any:
    with at(f"configuration.{name}"):
        try:
            return dtype.from_json_scalar(data, zarr_format=3)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"{data!r} is not representable in {dtype}: {error}") from error


def _float_functions(kind: Kind, offset: Any, scale: Any) -> tuple[Convert, Convert]:
    dtype, moves, scales = kind.dtype, offset != 0, scale != 1

    def encode(data: Array) -> Array:
        out: Array = np.asarray(data, dtype)
        out = out - offset if moves else out
        return out * scale if scales else out

    def decode(data: Array) -> Array:
        out: Array = np.asarray(data, dtype)
        out = out / scale if scales else out
        return out + offset if moves else out

    return encode, decode


def _integer_functions(kind: Kind, offset: int, scale: int) -> tuple[Convert, Convert]:
    """Both by bounds on what comes in, so that nothing on the way can overflow."""
    # the differences that are in range, and that stay in range when they are scaled
    scalable = sorted((_toward_zero(kind.low, scale), _toward_zero(kind.high, scale)))
    low = max(kind.low, kind.low - offset, scalable[0])
    high = min(kind.high, kind.high - offset, scalable[1])
    ends = sorted((low * scale, high * scale))
    moved, scaled = kind.work.type(offset), kind.work.type(scale)

    def encode(data: Array) -> Array:
        values = np.asarray(data, kind.dtype).astype(kind.work, copy=False)
        _check_bounds(values, low + offset, high + offset, kind)
        out: Array = (values - moved) * scaled
        return out.astype(kind.dtype, copy=False)

    def decode(data: Array) -> Array:
        values = np.asarray(data, kind.dtype).astype(kind.work, copy=False)
        _check_bounds(values, ends[0], ends[1], kind)
        if scale != 1:
            quotient = values // scaled
            inexact = quotient * scaled != values
            if inexact.any():
                raise ValueError(
                    f"Value {values[inexact][0]} divided by the scale {scale} leaves a remainder: the result is "
                    f"not exactly representable in {kind.dtype}"
                )
            values = quotient
        out: Array = values + moved
        return out.astype(kind.dtype, copy=False)

    return encode, decode


def _toward_zero(value: int, divisor: int) -> int:
    quotient = abs(value) // abs(divisor)
    return quotient if (value < 0) == (divisor < 0) else -quotient


def _check_bounds(values: Array, low: int, high: int, kind: Kind) -> None:
    if low <= kind.low and high >= kind.high:
        return
    if values.size and (int(values.min()) < low or int(values.max()) > high):
        _refuse(values, low, high, kind)


def _refuse(values: Array, low: int, high: int, kind: Kind) -> NoReturn:
    raise ValueError(
        f"Value {values[(values < low) | (values > high)][0]} gives one outside the range of {kind.dtype} by "
        f"scale_offset, which takes {low} to {high} here"
    )


register_codec("scale_offset", ScaleOffset)
