"""Chunks that are coded together, held against the same one by one."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from zarr.codecs import ZstdCodec
from zarr.codecs.zstd import decompress, decompress_many

SIZES = [1, 2, 16, 255, 256, 300, 2048, 16384]


def pieces_of(nbytes: int) -> list[bytes]:
    """From one value to noise: blocks of each kind."""
    rng = np.random.default_rng(nbytes)
    return [rng.integers(0, most, nbytes, "u1").tobytes() for most in (1, 2, 3, 5, 50, 256)]


@pytest.mark.parametrize("nbytes", SIZES)
@pytest.mark.parametrize("level", [-5, 0, 1, 9, 19])
@pytest.mark.parametrize("checksum", [False, True])
def test_zstd_encodes_the_same(nbytes: int, level: int, checksum: bool) -> None:
    codec, pieces = ZstdCodec(level=level, checksum=checksum), pieces_of(nbytes)
    encode, decode = codec.coders_of_many(nbytes) or (None, None)
    assert encode is not None
    assert decode is not None
    one = codec.encoder(None)  # type: ignore[arg-type]
    encoded = encode([memoryview(piece) for piece in pieces])
    assert encoded == [one(piece) for piece in pieces]
    assert decode([np.frombuffer(piece, "u1") for piece in encoded]) == b"".join(pieces)
    assert encode([]) == []


@st.composite
def damaged(draw: st.DrawFn, frames: list[bytes]) -> bytes:
    """A frame, whole, cut, longer, changed, or followed by another."""
    data = bytearray(draw(st.sampled_from(frames)))
    match draw(st.integers(0, 5)):
        case 0:
            del data[draw(st.integers(0, len(data) - 1)) :]
        case 1:
            data += draw(st.binary(max_size=30))
        case 2:
            data[draw(st.integers(0, min(len(data), 20) - 1))] = draw(st.integers(0, 255))
        case 3:
            data += draw(st.sampled_from(frames))
        case 4:
            data = bytearray(draw(st.binary(max_size=40)))
    return bytes(data)


FRAMES = [
    ZstdCodec(level=1, checksum=checksum).encoder(None)(piece)  # type: ignore[arg-type]
    for checksum in (False, True)
    for piece in pieces_of(300)
]


@pytest.mark.differential
@given(st.lists(damaged(FRAMES), min_size=1, max_size=4))  # type: ignore[arg-type]
def test_zstd_takes_only_what_is_taken_one_by_one(pieces: list[bytes]) -> None:
    try:
        together: bytes | None = decompress_many(pieces, 300)
    except ValueError:
        together = None
    if together is not None:
        assert together == b"".join(decompress(piece, 300) for piece in pieces)
