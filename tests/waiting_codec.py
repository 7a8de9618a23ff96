"""A codec that has coroutines alone, so that arrays with it use a pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zarr.abc.codec import BytesBytesCodec

__all__ = ["Waiting"]


@dataclass(frozen=True)
class Waiting(BytesBytesCodec):
    """It changes nothing."""

    is_fixed_size = True

    def to_dict(self) -> dict[str, Any]:
        return {"name": "waiting"}

    @classmethod
    def from_dict(cls, data: Any) -> Waiting:
        return cls()

    def compute_encoded_size(self, input_byte_length: int, _: Any) -> int:
        return input_byte_length

    async def _decode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return chunk_data

    async def _encode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return chunk_data
