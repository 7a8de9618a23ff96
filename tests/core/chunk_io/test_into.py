"""Chunks that are read straight to their place: held against the path with memory in between, on random layouts."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import zarr
from zarr.codecs import BytesCodec
from zarr.core.chunk_io import into
from zarr.core.chunk_io import read as reading
from zarr.errors import ChunkError
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from pathlib import Path


@st.composite
def layouts(draw: st.DrawFn) -> tuple[Any, ...]:
    ndim = draw(st.integers(1, 3))
    shape = tuple(draw(st.integers(1, 9)) for _ in range(ndim))
    chunks = tuple(draw(st.integers(1, 5)) for _ in range(ndim))
    dtype = np.dtype(
        draw(st.sampled_from(["<i4", ">i4", "<f8", "u1", "?", "M8[s]", "S3", [("a", "<i2"), ("b", "i1")]]))
    )
    selection = tuple(
        slice(draw(st.sampled_from([0, n // 2])), n, draw(st.sampled_from([1, 1, 1, 2]))) for n in shape
    )
    return (
        shape,
        chunks,
        dtype,
        draw(st.sampled_from(["little", "big"])),
        selection,
        draw(st.sampled_from("CF")),
    )


@pytest.mark.differential
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
@given(layouts())
def test_against_the_plain_path(layout: tuple[Any, ...]) -> None:
    shape, chunks, dtype, endian, selection, order = layout
    data = np.random.default_rng(0).integers(0, 2, (*shape, dtype.itemsize), "u1").view(dtype)[..., 0]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(into, "_SHORT", 1)
        options = {"serializer": BytesCodec(endian=endian), "compressors": None, "config": {"order": order}}
        array = zarr.create_array(LocalStore(folder), shape=shape, chunks=chunks, dtype=dtype, **options)
        array[...] = data
        got = array[selection]
        out = np.zeros(data[selection].shape[::-1], dtype).T[..., ::-1]
        array.get_basic_selection(selection, out=zarr.buffer.cpu.NDBuffer.from_numpy_array(out))
        patch.setattr(reading, "read_into", lambda *_: False)
        also = array[selection]
    assert got.tobytes() == also.tobytes() == out.tobytes() == data[selection].tobytes()


DATA = np.arange(64 * 64, dtype="f8").reshape(64, 64)


@pytest.fixture
def array(tmp_path: Path) -> zarr.Array[Any]:
    array = zarr.create_array(
        tmp_path, shape=(64, 64), chunks=(32, 64), dtype="f8", compressors=None, fill_value=-1
    )
    array[...] = DATA
    return array


def test_it_is_taken(array: zarr.Array[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalStore, "get_sync", None)
    np.testing.assert_array_equal(array[...], DATA)
    with pytest.raises(TypeError):
        array[:31]  # part of a chunk


def test_a_missing_chunk_is_the_fill_value(array: zarr.Array[Any], tmp_path: Path) -> None:
    (tmp_path / "c/1/0").unlink()
    assert (array[32:] == -1).all()
    np.testing.assert_array_equal(array[:32], DATA[:32])


@pytest.mark.parametrize("change", [lambda data: data[:-8], lambda data: data + b"\0" * 8, lambda data: b""])
def test_a_wrong_size_is_an_error(array: zarr.Array[Any], tmp_path: Path, change: Any) -> None:
    path = tmp_path / "c/1/0"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ChunkError, match=r"chunk 'c/1/0'.*where a chunk of shape \(32, 64\)"):
        array[...]


def test_something_else_than_a_file_is_an_error(array: zarr.Array[Any], tmp_path: Path) -> None:
    path = tmp_path / "c/1/0"
    path.unlink()
    path.mkdir()
    with pytest.raises(IsADirectoryError, match="c/1/0"):
        array[...]


class Inverted(LocalStore):
    """Other bytes than those of the files."""

    _suspends = False

    def get_sync(self, key: str, **options: Any) -> Any:
        value = super().get_sync(key, **options)
        if value is None or key.endswith("zarr.json"):
            return value
        return zarr.buffer.cpu.Buffer.from_bytes(bytes(255 - b for b in value.to_bytes()))


def test_a_store_that_reads_in_its_own_way_is_not_passed_by(array: zarr.Array[Any], tmp_path: Path) -> None:
    expected = (~DATA.view("u8")).view("f8")
    with zarr.config.set({"chunk_cache.max_bytes": 1 << 20}):
        for _ in range(2):
            assert zarr.open_array(Inverted(tmp_path))[...].tobytes() == expected.tobytes()
            np.testing.assert_array_equal(array[...], DATA)
