"""Coordinates of chunks to keys and back; zarr v3, chunk key encodings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from zarr import registry
from zarr.core.chunk_key_encodings import (
    ChunkKeyEncoding,
    DefaultChunkKeyEncoding,
    V2ChunkKeyEncoding,
    parse_chunk_key_encoding,
)
from zarr.registry import register_chunk_key_encoding
from zarr.storage import MemoryStore

SLASH, DOT = DefaultChunkKeyEncoding(separator="/"), DefaultChunkKeyEncoding(separator=".")
V2_SLASH, V2_DOT = V2ChunkKeyEncoding(separator="/"), V2ChunkKeyEncoding(separator=".")

KEYS: list[tuple[ChunkKeyEncoding, tuple[int, ...], str]] = [
    (SLASH, (1, 23, 45), "c/1/23/45"),
    (DOT, (1, 23, 45), "c.1.23.45"),
    (SLASH, (0,), "c/0"),
    (SLASH, (), "c"),
    (DOT, (), "c"),
    (V2_DOT, (1, 23, 45), "1.23.45"),
    (V2_SLASH, (1, 23, 45), "1/23/45"),
    (V2_DOT, (0,), "0"),
    (V2_DOT, (), "0"),
    (V2_SLASH, (), "0"),
    (SLASH, (2**70,), f"c/{2**70}"),
]


@pytest.mark.parametrize(("encoding", "coords", "key"), KEYS)
def test_keys(encoding: ChunkKeyEncoding, coords: tuple[int, ...], key: str) -> None:
    assert encoding.encode_chunk_key(coords) == key
    assert encoding.decode_chunk_key(key) == coords or (key, coords) == ("0", ())


@given(
    st.sampled_from([SLASH, DOT, V2_SLASH, V2_DOT]), st.lists(st.integers(0, 10**12), min_size=1, max_size=5)
)
def test_there_and_back(encoding: ChunkKeyEncoding, coords: list[int]) -> None:
    assert encoding.decode_chunk_key(encoding.encode_chunk_key(tuple(coords))) == tuple(coords)


def test_no_two_chunks_share_a_key() -> None:
    for encoding in (SLASH, DOT, V2_SLASH, V2_DOT):
        assert len({encoding.encode_chunk_key(c) for c in np.ndindex(12, 12)}) == 144


READ: list[tuple[Any, ChunkKeyEncoding]] = [
    (SLASH, SLASH),
    ("default", SLASH),
    ("v2", V2_DOT),
    ({"name": "default"}, SLASH),
    ({"name": "v2", "configuration": {}}, V2_DOT),
    ({"name": "default", "configuration": {"separator": "."}}, DOT),
    ({"name": "v2", "separator": "/"}, V2_SLASH),
]


@pytest.mark.parametrize(("data", "expected"), READ)
def test_forms(data: Any, expected: ChunkKeyEncoding) -> None:
    assert parse_chunk_key_encoding(data) == expected
    assert parse_chunk_key_encoding(expected.to_dict()) == expected


def test_written_with_its_configuration() -> None:
    assert SLASH.to_dict() == {"name": "default", "configuration": {"separator": "/"}}
    assert V2_DOT.to_dict() == {"name": "v2", "configuration": {"separator": "."}}


REFUSED: list[tuple[Any, Any, str]] = [
    ("nope", ValueError, "Unknown chunk key encoding: .*'nope' not found"),
    ({}, ValueError, "'name'"),
    (None, TypeError, "Got None"),
    ([("name", "v2")], TypeError, "Got"),
    ({"name": "v2", "configuration": {"separator": ","}}, ValueError, r"^configuration\.separator: "),
    ({"name": "v2", "configuration": {"x": ","}}, TypeError, "^configuration: "),
    ({"name": "v2", "configuration": ","}, TypeError, "dict"),
]


@pytest.mark.parametrize(("data", "error", "message"), REFUSED)
def test_refused(data: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        parse_chunk_key_encoding(data)


@dataclass(frozen=True)
class Suffixed(ChunkKeyEncoding):
    name: ClassVar[str] = "tests.suffixed"
    suffix: str = ".bin"

    def encode_chunk_key(self, chunk_coords: tuple[int, ...]) -> str:
        return "x" + "-".join(map(str, chunk_coords)) + self.suffix


def test_one_of_your_own(monkeypatch: pytest.MonkeyPatch) -> None:
    known = dict(registry._chunk_key_encodings)
    register_chunk_key_encoding("tests.suffixed", Suffixed)
    try:
        store = MemoryStore()
        encoding = {"name": "tests.suffixed", "configuration": {"suffix": ".tif"}}
        array = zarr.create_array(store, shape=(4,), chunks=(2,), dtype="u1", chunk_key_encoding=encoding)
        array[...] = [1, 2, 3, 4]
        assert {"x0.tif", "x1.tif"} <= set(store._store_dict)
        again = zarr.open_array(store, mode="r")
        assert again.metadata.chunk_key_encoding == Suffixed(suffix=".tif")
        assert again[...].tolist() == [1, 2, 3, 4]
        with pytest.raises(NotImplementedError, match="Suffixed"):
            Suffixed().decode_chunk_key("x0.bin")
    finally:
        registry._chunk_key_encodings.clear()
        registry._chunk_key_encodings.update(known)
