"""Small chunks that are read and written in groups, held against the path that goes chunk by chunk."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from random_values import values

import zarr
from zarr.codecs import BytesCodec, Crc32cCodec, ZstdCodec
from zarr.core import codec_chain
from zarr.core.chunk_io import read, together, write
from zarr.core.shard import boxes, groups
from zarr.errors import ChunkError, ChunkNotFoundError
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHAINS: list[list[Any]] = [[], [ZstdCodec(level=1)], [Crc32cCodec()], [ZstdCodec(level=1), Crc32cCodec()]]


@contextmanager
def fewest(count: int, slab: int = 1 << 20, *, small: bool = True) -> Iterator[None]:
    """Go in groups from so many chunks on; as chunks that are not ``small`` do, if wanted."""
    with pytest.MonkeyPatch.context() as patch:
        if not small:
            patch.setattr(codec_chain, "_SMALL", 0)
        for module in (read, write):
            patch.setattr(module, "FEWEST_TOGETHER", count)
        patch.setattr(codec_chain, "_ENOUGH", 2)
        patch.setattr(boxes, "JOB_BYTES", slab)
        yield


@st.composite
def layouts(draw: st.DrawFn) -> dict[str, Any]:
    ndim = draw(st.integers(1, 3))
    dtype = np.dtype(draw(st.sampled_from([">i4", "<f8", "u1", "M8[s]", "U2", [("a", "<i2"), ("b", ">f4")]])))
    zarr_format = 3 if dtype.kind == "V" else draw(st.sampled_from([2, 3, 3]))
    options: dict[str, Any] = {
        "shape": tuple(draw(st.integers(1, 9)) for _ in range(ndim)),
        "chunks": tuple(draw(st.integers(1, 4)) for _ in range(ndim)),
        "dtype": dtype,
        "zarr_format": zarr_format,
        "fill_value": np.zeros((), dtype)[()],
        "compressors": draw(st.sampled_from(CHAINS)) if zarr_format == 3 else None,
        "config": {"write_empty_chunks": draw(st.booleans())},
    }
    if zarr_format == 3:
        options["serializer"] = BytesCodec(endian=draw(st.sampled_from(["little", "big"])))
        options["config"]["order"] = draw(st.sampled_from("CF"))
    else:
        options["order"] = draw(st.sampled_from("CF"))
    return options


@st.composite
def slices(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[Any, ...]:
    return tuple(
        draw(st.one_of(st.just(slice(None)), st.just(slice(None)), st.slices(n), st.integers(-n, n - 1)))
        for n in shape
    )


def same(a: Any, b: Any, dtype: np.dtype[Any]) -> bool:
    return np.shape(a) == np.shape(b) and np.asarray(a, dtype).tobytes() == np.asarray(b, dtype).tobytes()


@pytest.mark.differential
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
@given(st.data())
def test_against_chunk_by_chunk(data: st.DataObject) -> None:
    options, slab = data.draw(layouts()), data.draw(st.sampled_from([1, 40, 1 << 20]))
    small = data.draw(st.booleans())
    shape, dtype = options["shape"], options["dtype"]
    with tempfile.TemporaryDirectory() as folder:
        stores = (LocalStore(folder) if data.draw(st.booleans()) else MemoryStore(), MemoryStore())
        fast, plain = (zarr.create_array(store, **options) for store in stores)
        expected = np.zeros(shape, dtype)
        for seed in range(data.draw(st.integers(1, 3))):
            selection = data.draw(slices(shape))
            value = values(expected[selection].shape, dtype, seed)
            expected[selection] = value
            with fewest(1, slab, small=small):
                fast[selection] = value
            with fewest(1 << 60):
                plain[selection] = value
        picks = tuple(
            np.array(data.draw(st.permutations(range(n)))[: data.draw(st.integers(1, n))]) for n in shape
        )
        value = values(tuple(map(len, picks)), dtype, 9)
        expected[np.ix_(*picks)] = value
        with fewest(1, slab, small=small):
            fast.oindex[picks] = value
        with fewest(1 << 60):
            plain.oindex[picks] = value
        keys = [sorted(store.keys_sync()) for store in stores]
        assert keys[0] == keys[1]
        for key in keys[0]:
            if not key.rpartition("/")[2].startswith((".z", "zarr.json")):
                assert stores[0].get_sync(key).to_bytes() == stores[1].get_sync(key).to_bytes()
        for _ in range(3):
            selection = data.draw(slices(shape))
            picks = tuple(
                np.array(data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=6))) for n in shape
            )
            with fewest(1, slab, small=small):
                got, picked = fast[selection], fast.oindex[picks]
            with fewest(1 << 60):
                also, also_picked = plain[selection], plain.oindex[picks]
            assert same(got, also, dtype)
            assert same(got, expected[selection], dtype)
            assert same(picked, also_picked, dtype)


DATA = np.arange(1, 65, dtype="i4").reshape(8, 8)


@pytest.fixture(params=[None, ZstdCodec(level=1)])
def array(request: pytest.FixtureRequest, tmp_path: Path) -> zarr.Array[Any]:
    array = zarr.create_array(
        tmp_path, shape=(8, 8), chunks=(2, 2), dtype="i4", compressors=request.param, fill_value=-1
    )
    array[...] = DATA
    return array


def test_it_is_taken(array: zarr.Array[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "_read_one", None)
    monkeypatch.setattr(write, "_write_one", None)
    array[...] = DATA + 1
    np.testing.assert_array_equal(array[...], DATA + 1)
    np.testing.assert_array_equal(array[::-1, 1:8], (DATA + 1)[::-1, 1:8])


def test_missing_chunks(array: zarr.Array[Any], tmp_path: Path) -> None:
    (tmp_path / "c/1/2").unlink()
    expected = DATA.copy()
    expected[2:4, 4:6] = -1
    np.testing.assert_array_equal(array[...], expected)
    strict = zarr.open_array(tmp_path, config={"read_missing_chunks": False})
    with pytest.raises(ChunkNotFoundError, match="c/1/2"):
        strict[...]


def test_what_is_wrong_is_named(array: zarr.Array[Any], tmp_path: Path) -> None:
    path = tmp_path / "c/3/1"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ChunkError, match="chunk 'c/3/1'"):
        array[...]


def test_something_else_than_a_file_is_an_error(array: zarr.Array[Any], tmp_path: Path) -> None:
    (tmp_path / "c/3/1").unlink()
    (tmp_path / "c/3/1").mkdir()
    with pytest.raises(IsADirectoryError, match="c/3/1"):
        array[...]


def test_chunks_that_are_large_go_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "_chunks_of", None)
    array = zarr.create_array(tmp_path, shape=(16 << 19,), chunks=(1 << 19,), dtype="i1", compressors=None)
    array[...] = 1
    assert (array[...] == 1).all()


@pytest.mark.parametrize("compressors", [None, ZstdCodec(level=1)])
@pytest.mark.parametrize("in_memory", [True, False])
def test_larger_chunks_are_written_together(
    compressors: Any, in_memory: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that reach past the array go one by one."""
    store = MemoryStore() if in_memory else LocalStore(tmp_path)
    shape, chunks = (100, 200), (10, 64)
    data = np.arange(20000).reshape(shape) + 0.5
    array = zarr.create_array(store, shape=shape, chunks=chunks, dtype="f8", compressors=compressors)
    monkeypatch.setattr(codec_chain, "_SMALL", 1 << 12)
    one_by_one: list[Any] = []
    original = write._write_one

    def noted(*args: Any) -> None:
        one_by_one.append(args[-1].chunk_coords)
        original(*args)

    monkeypatch.setattr(write, "_write_one", noted)
    for turn in range(2):
        array[...] = data + turn
        np.testing.assert_array_equal(array[...], data + turn)
    assert sorted(set(one_by_one)) == [(i, 3) for i in range(10)]


def test_a_store_in_memory_keeps_each_chunk_by_itself() -> None:
    """No chunk keeps alive the memory of those that were written with it."""
    store = MemoryStore()
    data = np.arange(16 << 14).reshape(4, 4, 1 << 14).transpose(2, 0, 1)
    array = zarr.create_array(store, shape=data.shape, chunks=(1 << 14, 1, 1), dtype="i8", compressors=None)
    array[...] = data
    for key in store.keys_sync("c/"):
        memory = store.get_sync(key).as_numpy_array()
        while memory.base is not None:
            memory = memory.base
        assert memory.nbytes == 8 << 14


def test_a_store_that_writes_in_its_own_way_is_not_passed_by(tmp_path: Path) -> None:
    written = []

    class Noting(LocalStore):
        _suspends = False

        def set_sync(self, key: str, value: Any) -> None:
            written.append(key)
            super().set_sync(key, value)

    array = zarr.create_array(Noting(tmp_path), shape=(8, 8), chunks=(2, 2), dtype="i4", compressors=None)
    array[...] = DATA
    assert sum(key.startswith("c/") for key in written) == 16
    np.testing.assert_array_equal(array[...], DATA)


def test_single_elements_out_of_order_are_stored_where_they_belong() -> None:
    array = zarr.create_array(MemoryStore(), shape=(64, 3), chunks=(1, 3), dtype="int32")
    rows = np.random.default_rng(0).permutation(64)
    value = np.arange(64 * 3, dtype="int32").reshape(64, 3)
    array.oindex[rows] = value
    assert np.array_equal(array[...][rows], value)
    array[rows] = value + 1
    assert np.array_equal(array[...][rows], value + 1)


@pytest.mark.parametrize(
    ("chunks", "selection", "together_"),
    [
        ((32, 32, 32), np.s_[...], True),
        ((32, 32, 32), np.s_[:, :, 5], False),  # little of each: less than that is read and decoded
        ((32, 32, 32), np.s_[:, 1:, 10:], True),
        ((1, 128, 256), np.s_[...], False),  # runs of the result, decoded in their place
        ((1, 32, 256), np.s_[...], True),
        ((64, 32, 32), np.s_[...], False),  # large
        ((8, 8, 8), np.s_[:, :, 5], True),  # small
    ],
)
@pytest.mark.parametrize("shards", [None, (128, 128, 256)])
def test_which_chunks_are_read_together(
    chunks: tuple[int, ...], selection: Any, together_: bool, shards: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = np.arange(128 * 128 * 256, dtype="f4").reshape(128, 128, 256)
    array = zarr.create_array(
        MemoryStore(), data=data, chunks=chunks, shards=shards, compressors=ZstdCodec(level=1)
    )
    used: list[bool] = []
    for module, name in ((together, "read_together"), (groups, "read_group")):
        original = getattr(module, name)

        def noted(*args: Any, original: Any = original) -> Any:
            used.append(True)
            return original(*args)

        monkeypatch.setattr(module, name, noted)
    np.testing.assert_array_equal(array[selection], data[selection])
    assert bool(used) == together_
