"""Codecs as pipelines use them: on buffers, by functions and by coroutines, with the bytes that arrays get."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from codec_chunks import encoded, spec_of

from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec
from zarr.codecs import (
    BloscCodec,
    BytesCodec,
    Crc32cCodec,
    GzipCodec,
    ShardingCodec,
    TransposeCodec,
    VLenUTF8Codec,
    ZstdCodec,
)
from zarr.core.buffer import cpu

CHUNK = np.arange(6, dtype="i2").reshape(2, 3)
STRINGS = np.array([["a", "é"]], np.dtypes.StringDType())
CODECS: list[tuple[Any, Any]] = [
    (BytesCodec(endian="big"), CHUNK),
    (TransposeCodec(order=(1, 0)), CHUNK),
    (ShardingCodec(chunk_shape=(1, 3)), CHUNK),
    (VLenUTF8Codec(), STRINGS),
    *((codec, CHUNK) for codec in (GzipCodec(), ZstdCodec(), BloscCodec(), Crc32cCodec())),
]


@pytest.mark.parametrize(("codec", "chunk"), CODECS)
async def test_buffers(codec: Any, chunk: Any) -> None:
    spec = spec_of(chunk.shape, chunk.dtype)
    codec = codec.evolve_from_array_spec(spec)
    arrays = isinstance(codec, ArrayArrayCodec | ArrayBytesCodec)
    given: Any = cpu.NDBuffer.from_numpy_array(chunk) if arrays else cpu.Buffer.from_bytes(chunk.tobytes())
    made = codec._encode_sync(given, spec)
    awaited, missing = await codec.encode([(given, spec), (None, spec)])
    assert missing is None
    if isinstance(codec, ArrayArrayCodec):
        np.testing.assert_array_equal(made.as_numpy_array(), chunk.T)
        np.testing.assert_array_equal(awaited.as_numpy_array(), chunk.T)
    else:
        assert made.to_bytes() == awaited.to_bytes()
        if arrays:
            assert made.to_bytes() == encoded([codec], chunk)
    back, missing = await codec.decode([(made, spec), (None, spec)])
    assert missing is None
    for found in (back, codec._decode_sync(made, spec)):
        if arrays:
            np.testing.assert_array_equal(found.as_numpy_array(), chunk)
        else:
            assert found.to_bytes() == chunk.tobytes()


@pytest.mark.parametrize("size", [11, 13])
def test_bytes_of_another_number(size: int) -> None:
    with pytest.raises(ValueError, match=rf"{size} bytes where a chunk of shape \(2, 3\)"):
        BytesCodec()._decode_sync(cpu.Buffer.from_bytes(bytes(size)), spec_of((2, 3), "i2"))


def test_blosc_as_numcodecs_has_it() -> None:
    assert BloscCodec(cname="lz4", typesize=2, shuffle="shuffle")._blosc_codec.get_config() == {
        "id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0,
    } | {k: v for k, v in {"typesize": 2}.items() if "typesize" in BloscCodec()._blosc_codec.get_config()}  # fmt: skip
