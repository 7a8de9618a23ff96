"""bitround (array to array): numbers rounded to a few bits, so that they compress. Registered extension of format 3.

Specification: zarr-extensions, codecs/bitround. Names: ``bitround`` (v3; ``numcodecs.bitround``, for floats only,
gives the same bits). Example: {"name": "bitround", "configuration": {"keepbits": 10}}. Nothing is to be decoded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zarr.abc.codec import ArrayArrayCodec
from zarr.codecs._parse import configured, parse_whole
from zarr.registry import register_codec

if TYPE_CHECKING:
    from typing import Self

    import numpy.typing as npt

    from zarr.core.array_spec import ArraySpec
    from zarr.core.common import JSON
    from zarr.core.dtype import ZDType
    from zarr.core.metadata.v3 import ChunkGridMetadata

    Array = npt.NDArray[Any]

__all__ = ["BitRoundCodec"]

_FRACTION_BITS = {
    "float16": 10,
    "float32": 23,
    "float64": 52,
    "bfloat16": 7,
    "complex64": 23,
    "complex128": 52,
}


@dataclass(frozen=True, init=False)
class BitRoundCodec(ArrayArrayCodec):
    """Numbers rounded to a few bits, half to even.

    Parameters
    ----------
    keepbits
        Of floats, the bits of the fraction that stay; of integers, those from the highest of the magnitude on.
        What would overflow by that is rounded down.
    """

    is_fixed_size = True
    codec_name: ClassVar[str] = "bitround"

    keepbits: int

    def __init__(self, *, keepbits: int) -> None:
        object.__setattr__(self, "keepbits", parse_whole(keepbits, "keepbits", 0, None))

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        return configured(cls, data, "bitround")

    def to_dict(self) -> dict[str, JSON]:
        return {"name": "bitround", "configuration": {"keepbits": self.keepbits}}

    def validate(
        self, *, shape: tuple[int, ...], dtype: ZDType[Any, Any], chunk_grid: ChunkGridMetadata
    ) -> None:
        native = dtype.to_native_dtype()
        if native.name not in _FRACTION_BITS and native.kind not in "iumM":
            raise ValueError(f"bitround takes integers of 8 to 64 bits and floats of 16 to 64. Got {dtype}.")

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        return input_byte_length

    def decoder(self, spec: ArraySpec) -> Callable[[Array], Array]:
        return lambda data: data

    def encoder(self, spec: ArraySpec) -> Callable[[Array], Array]:
        dtype: np.dtype[Any] = spec.dtype.to_native_dtype().newbyteorder("=")
        keepbits = self.keepbits
        if dtype.name not in _FRACTION_BITS:
            return lambda data: _round_integers(np.asarray(data, dtype, order="C"), keepbits)
        drop = _FRACTION_BITS[dtype.name] - keepbits
        if drop <= 0:
            return lambda data: data
        return lambda data: _round_floats(np.asarray(data, dtype, order="C"), drop)


def _round_floats(data: Array, drop: int) -> Array:
    size = data.itemsize // (2 if data.dtype.kind == "c" else 1)
    bits: Array = data.reshape(-1).view(f"u{size}")
    one = bits.dtype.type(1)
    half = (one << bits.dtype.type(drop - 1)) - one
    rounded = bits + (half + (bits >> bits.dtype.type(drop) & one))
    rounded &= ~((one << bits.dtype.type(drop)) - one)
    parts = data.reshape(-1).view(f"f{size}") if data.dtype.kind == "c" else data.reshape(-1)
    rounded = np.where(np.isnan(parts), bits, rounded)
    out: Array = rounded.view(data.dtype)
    return out.reshape(data.shape)


def _round_integers(data: Array, keepbits: int) -> Array:
    signed = data.dtype.kind != "u"
    width = 8 * data.itemsize
    bits: Array = data.view(f"u{data.itemsize}")
    negative = data.view(f"i{data.itemsize}") < 0 if signed else np.zeros(data.shape, bool)
    zero, one = bits.dtype.type(0), bits.dtype.type(1)
    magnitude = np.where(negative, zero - bits, bits)
    drop = np.maximum(_bit_length(magnitude) - keepbits, 0).astype(bits.dtype)
    # where all 64 bits go, two shifts, as one by the whole width is undefined
    last = np.maximum(drop, one) - one
    kept = np.where(drop > 0, magnitude >> last >> one, magnitude)
    below = np.where(drop > 0, magnitude - (kept << last << one), zero)
    half = np.where(drop > 0, one << last, zero)
    up = (drop > 0) & ((below > half) | ((below == half) & (kept & one == one)))
    down = np.where(drop > 0, kept << last << one, magnitude)
    # one more in the last bit that is kept, unless that needs a bit more than there are
    highest = np.where(negative, one << (width - 1), (one << (width - 1)) - one if signed else ~zero)
    room = highest - down
    up &= (room >= half) & (room - half >= half)
    rounded = np.where(up, down + half + half, down)
    out: Array = np.where(negative, zero - rounded, rounded).view(data.dtype)
    return out


def _bit_length(values: Array) -> Array:
    """Position of the highest bit that is set, from 1; 0 for 0."""
    smeared = values
    shift = 1
    while shift < 8 * values.itemsize:
        smeared = smeared | smeared >> values.dtype.type(shift)
        shift *= 2
    return np.bitwise_count(smeared).astype(np.int64)


register_codec("bitround", BitRoundCodec)
