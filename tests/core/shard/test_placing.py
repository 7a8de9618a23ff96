"""Chunks that are read straight to their place: held against the path with memory in between, on random layouts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import numpy as np
import pytest
import zstandard
from hypothesis import given

import zarr
from zarr.abc.store import Store
from zarr.codecs import BytesCodec, ZstdCodec, zstd
from zarr.core import codec_chain, rows
from zarr.core.chunk_io import bound
from zarr.core.shard import placing
from zarr.errors import ChunkError
from zarr.storage import LocalStore
from zarr.storage import _local as local

if TYPE_CHECKING:
    from pathlib import Path


CODECS = [
    None,
    zarr.codecs.ZstdCodec(),
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
        patch.setattr(zstd, "_SEVERAL_BLOCKS", 1 << 60)
        bound._bound_alike.clear()
        return zarr.open_array(array.store, mode="r", config=array.config)[selection]


@pytest.mark.differential
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
@given(st.data())
def test_against_the_plain_path(data: st.DataObject) -> None:
    layout = data.draw(layouts())
    shape, dtype = layout["shape"], layout["dtype"]
    values = (
        np.random.default_rng(0).integers(0, 2, (*shape, dtype.itemsize), "u1").view(dtype).reshape(shape)
    )
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(placing, "_SHORT", 1)
        patch.setattr(codec_chain, "_LARGE", 1)
        patch.setattr(zstd, "_SEVERAL_BLOCKS", 1)
        patch.setattr(rows, "_FEWEST", 1)
        array = zarr.create_array(LocalStore(folder), **layout)
        array[...] = values
        for selection in (..., data.draw(selections(shape)), data.draw(selections(shape))):
            got, plain = array[selection], by_the_plain_path(array, selection)
            results = got, plain, values[selection]
            assert len({np.asarray(result).astype(dtype).tobytes() for result in results}) == 1
        slices = tuple(slice(n // 3, n, data.draw(st.integers(1, 2))) for n in shape)
        out = np.zeros(values[(*slices, ...)].shape[::-1], dtype).T
        out = out[..., ::-1] if shape else out
        array.get_basic_selection(slices, out=zarr.buffer.cpu.NDBuffer.from_numpy_array(out))
        assert out.tobytes() == values[(*slices, ...)].tobytes()


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
        (([3, 9, 11],), 9 * 512),
        ((9, [3, 60, 4]), 58 * 8),
        (([True] + [False] * 9 + [True] + [False] * 53,), 11 * 512),
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


LARGE = np.random.default_rng(0).integers(0, 9, (64, 100, 50)).astype("<i4")
"""Of which a chunk has several blocks of zstd."""


@pytest.fixture
def large(tmp_path: Path) -> zarr.Array[Any]:
    array = zarr.create_array(
        tmp_path / "large",
        shape=LARGE.shape,
        dtype="i4",
        chunks=(32, 100, 50),
        compressors=ZstdCodec(level=1),
    )
    array[...] = LARGE
    return array


@contextmanager
def decoded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, int, int]]]:
    """Of each chunk that is decoded in parts: how many, their bytes and where they begin."""
    seen: list[tuple[int, int, int]] = []
    decompress = zstd.decompress_parts

    def spy(data: Any, parts: list[memoryview], start: int, size: int) -> bool:
        seen.append((len(parts), sum(map(len, parts)), start))
        return decompress(data, parts, start, size)

    with monkeypatch.context() as patch:
        patch.setattr(zstd, "decompress_parts", spy)
        patch.setattr(zstd, "decompress_into", None)
        patch.setattr(zstd, "decompress", None)
        yield seen


PLANE = 100 * 50 * 4


@pytest.mark.parametrize(
    ("selection", "nbytes", "start"),
    [
        ((0,), PLANE, 0),
        ((30,), PLANE, 30 * PLANE),
        ((40, 5, 7), 4, 8 * PLANE + 5 * 200 + 28),
        ((slice(2, 9, 3), 3), 7 * PLANE, 2 * PLANE),
        (([4, 9, 7],), 6 * PLANE, 4 * PLANE),
        ((slice(0, 32),), 32 * PLANE, 0),
    ],
)
def test_zstd_decodes_no_more_than_is_needed(
    large: zarr.Array[Any], monkeypatch: pytest.MonkeyPatch, selection: Any, nbytes: int, start: int
) -> None:
    with decoded(monkeypatch) as seen:
        np.testing.assert_array_equal(large[selection], LARGE[selection])
    assert seen == [(1, nbytes, start)]


def test_zstd_decodes_to_runs_of_the_result(large: zarr.Array[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    out = np.zeros((64, 200, 50), "i4")
    with decoded(monkeypatch) as seen:
        large.get_basic_selection(out=zarr.buffer.cpu.NDBuffer.from_numpy_array(out[:, :100]))
    assert seen == [(32, 32 * PLANE, 0)] * 2
    np.testing.assert_array_equal(out[:, :100], LARGE)


@pytest.mark.parametrize(
    "options",
    [
        {"compressors": ZstdCodec(checksum=True)},
        {"compressors": [ZstdCodec(), zarr.codecs.Crc32cCodec()]},
    ],
)
def test_a_checksum_is_verified_when_a_part_is_read(tmp_path: Path, options: Any) -> None:
    array = zarr.create_array(tmp_path, shape=LARGE.shape, dtype="i4", chunks=LARGE.shape, **options)
    array[...] = LARGE
    np.testing.assert_array_equal(array[0], LARGE[0])
    path = tmp_path / "c/0/0/0"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ChunkError, match="c/0/0/0"):
        array[0]


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"\0"])
def test_a_frame_that_is_cut_off_is_an_error_when_its_beginning_is_read(
    large: zarr.Array[Any], tmp_path: Path, change: Any
) -> None:
    path = tmp_path / "large/c/0/0/0"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ChunkError, match="c/0/0/0"):
        large[0]


def test_several_frames_are_read_in_part(large: zarr.Array[Any], tmp_path: Path) -> None:
    data = LARGE[:32].tobytes()
    half = len(data) // 2
    frames = [ZstdCodec().encoder(None)(piece) for piece in (data[:half], data[half:])]  # type: ignore[arg-type]
    (tmp_path / "large/c/0/0/0").write_bytes(b"".join(map(bytes, frames)))
    np.testing.assert_array_equal(large[20], LARGE[20])


def test_a_frame_of_another_size_is_an_error(large: zarr.Array[Any], tmp_path: Path) -> None:
    frame = ZstdCodec().encoder(None)(LARGE[:33].tobytes())  # type: ignore[arg-type]
    (tmp_path / "large/c/0/0/0").write_bytes(bytes(frame))
    with pytest.raises(ChunkError, match="c/0/0/0"):
        large[0]


NOISE = np.random.default_rng(1).integers(0, 256, 1 << 20, "u1")
"""Of which zstd stores blocks as they are: nothing in them could be found to be wrong."""


class _Reading(list[memoryview]):
    """Parts of memory; between the first bytes that are decoded for them and the others something else is read."""

    def __init__(self, parts: list[memoryview], read: Callable[[], object]) -> None:
        super().__init__(parts)
        self.read = read
        self.times = 0

    def __iter__(self) -> Iterator[memoryview]:
        self.times += 1
        if self.times == 2:
            self.read()
        return super().__iter__()


@pytest.mark.parametrize("level", [1, 19])
@pytest.mark.parametrize("whole", [False, True])
def test_a_finalizer_may_decode_too_in_the_middle(level: int, whole: bool) -> None:
    encode = ZstdCodec(level=level).encoder(None)  # type: ignore[arg-type]
    data, other = encode(NOISE), encode(NOISE[::-1].copy())

    def read() -> None:
        if whole:
            zstd.decompress_into(other, np.empty(1 << 20, np.uint8))
        else:
            assert zstd.decompress_parts(other, [np.empty(10, np.uint8).data], 0, 1 << 20)

    for _ in range(2):
        out = np.zeros(4096, np.uint8)
        parts = _Reading([out.data], read)
        assert zstd.decompress_parts(data, parts, 200_000, 1 << 20)
        assert parts.times == 2
        np.testing.assert_array_equal(out, NOISE[200_000:204_096])


def test_no_large_window_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    real = zstandard.ZstdDecompressor

    class Spy:
        def __init__(self) -> None:
            made.append(self)
            self.stream_reader = real().stream_reader

    monkeypatch.setattr(zstd.zstandard, "ZstdDecompressor", Spy)
    monkeypatch.setattr(zstd, "_contexts", zstd._Contexts())
    made.clear()
    values = np.arange(1 << 20, dtype="u4")
    for level, contexts in ((1, 1), (19, 3)):
        data = ZstdCodec(level=level).encoder(None)(values.tobytes())  # type: ignore[arg-type]
        for i in range(3):
            out = np.zeros(10, "u4")
            assert zstd.decompress_parts(data, [out.view("u1").data], 4000 * i, values.nbytes)
            np.testing.assert_array_equal(out, values[1000 * i :][:10])
        assert len(made) == contexts
        made.clear()


def test_damage_in_what_is_read_is_an_error(large: zarr.Array[Any], tmp_path: Path) -> None:
    path = tmp_path / "large/c/0/0/0"
    data = bytearray(path.read_bytes())
    data[1000:1100] = bytes(100)
    path.write_bytes(data)
    with pytest.raises(ChunkError, match="c/0/0/0"):
        large[0]


def test_inner_chunks_of_a_shard_are_decoded_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    array = zarr.create_array(
        tmp_path,
        shape=LARGE.shape,
        dtype="i4",
        chunks=(32, 100, 50),
        shards=LARGE.shape,
        compressors=ZstdCodec(),
    )
    array[...] = LARGE
    with decoded(monkeypatch) as seen:
        np.testing.assert_array_equal(array[[40, 3]], LARGE[[40, 3]])
    assert sorted(seen) == [(1, PLANE, 3 * PLANE), (1, PLANE, 8 * PLANE)]
