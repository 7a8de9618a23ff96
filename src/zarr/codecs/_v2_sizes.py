"""How many bytes a filter of format 2 makes of so many, for those where that is fixed. Pure.

So the step that comes before it in decoding is bounded: it must give that many bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["encoded_size", "has_rule", "objects_size"]


def encoded_size(codec: Any, size: int | None) -> int | None:
    """The bytes that a numcodecs codec makes of ``size`` bytes; None where nobody knows."""
    rule = _RULES.get(codec.codec_id)
    return None if rule is None or size is None else rule(codec, size)


def has_rule(codec: Any) -> bool:
    """Whether a codec makes a fixed number of bytes, or none where the elements that it is for do not fit."""
    return codec.codec_id in _RULES


def objects_size(codec: Any, count: int) -> int | None:
    """The bytes that a numcodecs codec makes of so many objects; None where that depends on them."""
    return count * np.dtype(codec.astype).itemsize if codec.codec_id == "categorize" else None


def _converted(size: int, before: Any, after: Any) -> int | None:
    """Elements of one data type as elements of another."""
    width = np.dtype(before).itemsize
    return None if not width or size % width else size // width * np.dtype(after).itemsize


def _same(codec: Any, size: int) -> int:
    return size


def _as_other_type(codec: Any, size: int) -> int | None:
    return _converted(size, codec.dtype, codec.astype)


def _summed(codec: Any, size: int) -> int:
    return size + 4


_RULES: dict[str, Callable[[Any, int], int | None]] = {
    "astype": lambda codec, size: _converted(size, codec.decode_dtype, codec.encode_dtype),
    "base64": lambda codec, size: 4 * -(-size // 3),
    "bitround": _same,
    "delta": _as_other_type,
    "fixedscaleoffset": _as_other_type,
    "packbits": lambda codec, size: 1 + -(-size // 8),
    "quantize": _as_other_type,
    "shuffle": _same,
    **dict.fromkeys(("adler32", "crc32", "crc32c", "fletcher32", "jenkins_lookup3"), _summed),
}
