"""Chunks that are read straight to their place: held against the path with memory in between, on random layouts."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import zarr
from zarr.abc.store import Store
from zarr.codecs import BytesCodec, ZstdCodec
from zarr.core import codec_chain, rows
from zarr.core.chunk_io import into
from zarr.errors import ChunkError
from zarr.storage import LocalStore
from zarr.storage import _local as local

if TYPE_CHECKING:
    from pathlib import Path


CODECS = [
    None,
    zarr.codecs.ZstdCodec(checksum=True),
    zarr.codecs.BloscCodec(cname="lz4"),
    [zarr.codecs.ZstdCodec(), zarr.codecs.Crc32cCodec()],
    [zarr.codecs.ZstdCodec(), zarr.codecs.BloscCodec()],
    zarr.codecs.GzipCodec(),
]


@st.composite
def layouts(draw: st.DrawFn) -> dict[str, Any]:
    ndim = draw(st.integers(0, 3))
    return {
        "shape": tuple(draw(st.integers(1, 9)) for _ in range(ndim)),
        "chunks": tuple(draw(st.integers(1, 5)) for _ in range(ndim)),
        "dtype": np.dtype(
            draw(
                st.sampled_from(["<i4", ">i4", "<f8", "u1", "?", "M8[s]", "S3", [("a", "<i2"), ("b", "i1")]])
            )
        ),
        "serializer": BytesCodec(endian=draw(st.sampled_from(["little", "big"]))),
        "compressors": draw(st.sampled_from(CODECS)),
        "config": {"order": draw(st.sampled_from("CF"))},
        "fill_value": 0,
    }


def selections(shape: tuple[int, ...]) -> st.SearchStrategy[Any]:
    """Integers, slices of any step and arrays, for ``[]``."""
    items = [
        st.one_of(
            st.integers(-n, n - 1),
            st.slices(n),
            st.just(slice(None)),
            st.lists(st.integers(0, n - 1), min_size=1, max_size=4).map(np.array),
        )
        for n in shape
    ]
    return st.tuples(*items).filter(
        lambda s: len({len(item) for item in s if isinstance(item, np.ndarray)}) < 2
    )


def by_the_plain_path(array: zarr.Array[Any], selection: Any) -> Any:
    """What a selection reads when whole values are fetched and decoded into memory of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalStore, "_read_into_sync", Store._read_into_sync)
        patch.setattr(codec_chain, "_LARGE", 1 << 60)
        return zarr.open_array(array.store, mode="r", config=array.config)[selection]


@pytest.mark.differential
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
@given(st.data())
def test_against_the_plain_path(data: st.DataObject) -> None:
    layout = data.draw(layouts())
    shape, dtype = layout["shape"], layout["dtype"]
    values = np.random.default_rng(0).integers(0, 2, (*shape, dtype.itemsize), "u1").view(dtype)[..., 0]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(into, "_SHORT", 1)
        patch.setattr(codec_chain, "_LARGE", 1)
        patch.setattr(rows, "_FEWEST", 1)
        array = zarr.create_array(LocalStore(folder), **layout)
        array[...] = values
        for selection in (..., data.draw(selections(shape)), data.draw(selections(shape))):
            got, plain = array[selection], by_the_plain_path(array, selection)
            expected = (
                values[selection].astype(dtype).tobytes()
            )  # of elements of another byte order NumPy makes its own
            assert got.astype(dtype).tobytes() == plain.astype(dtype).tobytes() == expected
        slices = tuple(slice(n // 3, n, data.draw(st.integers(1, 2))) for n in shape)
        out = np.zeros(values[slices].shape[::-1], dtype).T
        out = out[..., ::-1] if shape else out
        array.get_basic_selection(slices, out=zarr.buffer.cpu.NDBuffer.from_numpy_array(out))
        assert out.tobytes() == values[slices].tobytes()


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
    np.testing.assert_array_equal(array[31:33, ::-2], DATA[31:33, ::-2])
    np.testing.assert_array_equal(array.oindex[[1, 40], [5, 2]], DATA[np.ix_([1, 40], [5, 2])])


@pytest.mark.parametrize(
    ("selection", "nbytes"),
    [
        ((5, 7), 8),
        ((5,), 512),
        ((slice(3, 5), 9), 1024),
        ((slice(0, 32, 31),), 32 * 512),
        (([3, 9, 11],), 32 * 512),
    ],
)
def test_only_the_bytes_that_are_needed_are_read(
    array: zarr.Array[Any], monkeypatch: pytest.MonkeyPatch, selection: Any, nbytes: int
) -> None:
    read = []

    def preadv(fd: int, parts: list[Any], start: int) -> int:
        read.append(os.preadv(fd, parts, start))
        return read[-1]

    monkeypatch.setattr(local, "_preadv", preadv)
    np.testing.assert_array_equal(array[selection], DATA[selection])
    assert read == [nbytes]


def test_part_of_a_chunk_of_wrong_size_is_an_error(array: zarr.Array[Any], tmp_path: Path) -> None:
    path = tmp_path / "c/1/0"
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(ChunkError, match="c/1/0"):
        array[40, 3]


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


@pytest.mark.parametrize("cut", [1, 4])
def test_a_checksum_that_is_cut_off_is_missed(tmp_path: Path, cut: int) -> None:
    array = zarr.create_array(
        tmp_path, shape=(1 << 17,), dtype="uint8", chunks=(1 << 16,), compressors=ZstdCodec(checksum=True)
    )
    array[...] = np.random.default_rng(0).integers(0, 9, 1 << 17)
    chunk = tmp_path / "c" / "0"
    chunk.write_bytes(chunk.read_bytes()[:-cut])
    with pytest.raises(ChunkError, match="too early"):
        array[...]
