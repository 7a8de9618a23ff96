"""crc32c (bytes to bytes): a checksum of the bytes, added at their end. Core of format 3.

Specification: zarr v3, codecs/crc32c; CRC-32C (Castagnoli), 4 bytes, little endian. Example: {"name": "crc32c"}.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, cast

import google_crc32c
import numpy as np

from zarr.abc.codec import BytesBytesCodec, BytesLike
from zarr.core.common import parse_named_configuration
from zarr.registry import register_codec

if TYPE_CHECKING:
    from zarr.core.array_spec import ArraySpec
    from zarr.core.common import JSON

__all__ = ["Crc32cCodec"]


@dataclass(frozen=True)
class Crc32cCodec(BytesBytesCodec):
    """A checksum at the end of the bytes, verified when they are read."""

    is_fixed_size = True

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        parse_named_configuration(data, "crc32c", require_configuration=False)
        return cls()

    def to_dict(self) -> dict[str, JSON]:
        return {"name": "crc32c"}

    def compute_encoded_size(self, input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        return input_byte_length + 4

    def decoder(self, spec: ArraySpec, decoded_size: int | None) -> Callable[[BytesLike], BytesLike]:
        return strip

    def encoder(self, spec: ArraySpec) -> Callable[[BytesLike], BytesLike]:
        return append


def checksum(data: BytesLike) -> int:
    """CRC-32C of the bytes."""
    return cast("int", google_crc32c.value(np.frombuffer(data, "B")))


def strip(data: BytesLike) -> BytesLike:
    """The bytes without their checksum; ValueError if it is not theirs."""
    if len(data) < 4:
        raise ValueError(f"{len(data)} bytes are too short to end with a checksum of 4")
    view = np.frombuffer(data, "B")
    stored = int.from_bytes(view[-4:].tobytes(), "little")
    computed = checksum(view[:-4])
    if stored != computed:
        raise ValueError(
            f"Stored and computed checksum do not match: stored 0x{stored:08x}, computed 0x{computed:08x}; the "
            "bytes were damaged"
        )
    return view[:-4]


def append(data: BytesLike) -> BytesLike:
    """The bytes with their checksum."""
    out = np.empty(len(data) + 4, "B")
    out[:-4] = np.frombuffer(data, "B")
    out[-4:] = np.frombuffer(checksum(data).to_bytes(4, "little"), "B")
    return out


register_codec("crc32c", Crc32cCodec)
