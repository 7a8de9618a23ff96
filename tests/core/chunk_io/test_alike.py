"""One element assigned to many chunks: whole ones are encoded once, and all hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import zarr
from zarr.codecs import ZstdCodec
from zarr.core.codec_chain import CodecChain
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

LAYOUTS: dict[str, dict[str, Any]] = {
    "chunks": {"chunks": (32, 64)},
    "shards": {"chunks": (16, 32), "shards": (32, 64)},
    "small": {"chunks": (4, 4)},
}


@pytest.mark.parametrize("compressors", [None, ZstdCodec(level=1)])
@pytest.mark.parametrize("layout", ["chunks", "shards"])
@pytest.mark.parametrize("in_memory", [True, False])
def test_whole_chunks_are_encoded_once(
    compressors: Any, layout: str, in_memory: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zarr.config.set({"threading.max_workers": 1}):
        store = MemoryStore() if in_memory else LocalStore(tmp_path)
        array = zarr.create_array(
            store, shape=(256, 512), dtype="f8", fill_value=0, compressors=compressors, **LAYOUTS[layout]
        )
        encoded: list[int] = []
        original = CodecChain.encode

        def noted(self: CodecChain, chunk: Any) -> Any:
            encoded.append(chunk.size)
            return original(self, chunk)

        monkeypatch.setattr(CodecChain, "encode", noted)
        array[...] = 7
        assert sum(encoded) <= 2 * 32 * 64
        assert array.nchunks_initialized == array.nchunks
        np.testing.assert_array_equal(array[...], np.full((256, 512), 7))
        array[:64, :] = 8
        array[3:9, :70] = 9
        expected = np.full((256, 512), 7)
        expected[:64] = 8
        expected[3:9, :70] = 9
        np.testing.assert_array_equal(array[...], expected)
        array[...] = 0
        assert array.nchunks_initialized == 0


@st.composite
def selections(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(draw(st.one_of(st.just(slice(None)), st.slices(n))) for n in shape)


@pytest.mark.differential
@given(st.data())
def test_against_numpy(data: st.DataObject) -> None:
    layout = dict(LAYOUTS[data.draw(st.sampled_from(sorted(LAYOUTS)))])
    dtype = np.dtype(data.draw(st.sampled_from([">i4", "<f8", "U3", [("a", "<i2"), ("b", ">f4")]])))
    shape = (data.draw(st.integers(1, 150)), data.draw(st.integers(1, 150)))
    if dtype.kind in "UV":
        layout["config"] = {"write_empty_chunks": data.draw(st.booleans())}
    array = zarr.create_array(
        MemoryStore(),
        shape=shape,
        dtype=dtype,
        fill_value=np.zeros((), dtype)[()],
        compressors=data.draw(st.sampled_from([None, ZstdCodec(level=1)])),
        **layout,
    )
    expected = np.zeros(shape, dtype)
    for _ in range(data.draw(st.integers(1, 4))):
        selection, number = data.draw(selections(shape)), data.draw(st.integers(0, 3))
        value: Any = np.array((number, number) if dtype.kind == "V" else number, dtype)
        value = value if data.draw(st.booleans()) else np.broadcast_to(value, expected[selection].shape)
        array[selection] = value
        expected[selection] = value
    np.testing.assert_array_equal(array[...], expected)
