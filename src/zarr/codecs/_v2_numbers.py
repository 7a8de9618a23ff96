"""pcodec and zfpy in format 2, which store the type and number of their elements: neither is believed before it is held
against the size that the chunk has."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.codecs._bounds import check_unsized, most_unsized
from zarr.core import load_module

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.codec import BytesLike

__all__ = ["decompress_pcodec", "decompress_zfpy"]

_PCODEC_TYPES = ("f4", "f8", "i4", "i8", "u4", "u8", "f2", "i2", "u2")
_OTHER_TYPE = "number type"
"""What pcodec's error says where the elements are of another type."""
_ROOM_AT_FIRST = 1 << 16


def decompress_pcodec(data: BytesLike, size: int | None) -> npt.NDArray[Any]:
    """Elements of whatever type, of ``size`` bytes at the most; of as many as may be unannounced where None."""
    module: Any = load_module("pcodec").standalone
    for name in _PCODEC_TYPES:
        dtype = np.dtype(name)
        for room in _rooms(size, dtype.itemsize):
            out = np.empty(room + 1, dtype)  # one more, to see that there are no more
            try:
                progress = module.simple_decompress_into(bytes(data), out)
            except RuntimeError as error:
                if _OTHER_TYPE not in str(error):
                    raise
                break
            if progress.finished and progress.n_processed <= room:
                return out[: progress.n_processed]
        else:
            raise ValueError(f"pcodec: there are more than {room} elements, and {size} bytes are expected")
    raise ValueError("pcodec: the elements are of no known type")


def _rooms(size: int | None, width: int) -> Iterator[int]:
    """How many elements to have room for, in one try after the other."""
    if size is not None:
        yield size // width
        return
    most, room = most_unsized(), _ROOM_AT_FIRST
    while most is None or room * width <= most:
        yield room
        room *= 8


def decompress_zfpy(data: BytesLike, size: int | None) -> npt.NDArray[Any]:
    """Elements in the shape that zfp's header tells, if they are of ``size`` bytes; where None, if that is allowed."""
    zfpy: Any = load_module("zfpy")
    data = bytes(data) + bytes(32)
    header = zfpy.header(data)
    shape = [header[name] for name in ("nx", "ny", "nz", "nw") if header[name]]
    width = np.dtype(header["type"]).itemsize
    told = width * math.prod(shape)
    if size is None:
        check_unsized(told)
    elif told != size:
        raise ValueError(f"zfp's header tells of {told} decoded bytes, the chunk has {size}")
    # zfp reads on behind the end of what was cut short: let there be zeros
    most = 2 * width * math.prod(4 * math.ceil(n / 4) for n in shape)
    out: npt.NDArray[Any] = zfpy.decompress_numpy(data + bytes(max(most - len(data), 0)))
    return out
