"""An element read by the short way is the one that the general way reads, or it takes the general way."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zarr
from zarr.abc.store import Store
from zarr.codecs import BytesCodec, GzipCodec, TransposeCodec, ZstdCodec
from zarr.core.array import AsyncArray, async_array
from zarr.core.chunk_io import BoundArray
from zarr.core.chunk_io.element import ELSEWHERE, ElementReader
from zarr.core.sync import sync
from zarr.errors import ChunkError, ChunkNotFoundError
from zarr.storage import LocalStore, LoggingStore, MemoryStore, WrapperStore
from zarr.testing.buffer import NDBufferUsingTestNDArrayLike

DTYPES = [
    "i1",
    "u2",
    "<i4",
    ">i4",
    "<f4",
    ">f8",
    "c8",
    "?",
    "M8[s]",
    "m8[ms]",
    "U3",
    "S2",
    "V3",
    "O",
    "i4,f4",
]


def _general(array: Any, point: Any) -> Any:
    return _outcome(lambda: sync(array.async_array.read(point)))


def _outcome(read: Callable[[], Any]) -> Any:
    try:
        found = read()
    except Exception as error:
        return type(error), str(error)
    value = np.asarray(found)
    return (
        type(found),
        value.dtype,
        value.shape,
        value.tolist() if value.dtype.kind == "O" else value.tobytes(),
    )


@st.composite
def _layouts(draw: st.DrawFn) -> dict[str, Any]:
    ndim = draw(st.integers(0, 3))
    inner = draw(st.tuples(*[st.integers(1, 3)] * ndim))
    shards = draw(st.none() | st.tuples(*[st.integers(1, 3).map(lambda n, c=c: n * c) for c in inner]))
    zarr_format = 3 if shards is not None else draw(st.sampled_from([2, 3]))
    layout: dict[str, Any] = {
        "shape": draw(st.tuples(*[st.integers(0, 7)] * ndim)),
        "chunks": inner,
        "shards": shards if ndim else None,
        "zarr_format": zarr_format,
        "dtype": draw(st.sampled_from(DTYPES if zarr_format == 3 else DTYPES[:12])),
        "config": {
            "order": draw(st.sampled_from("CF")),
            "read_missing_chunks": draw(st.sampled_from([True, True, False])),
        },
        "compressors": draw(st.sampled_from([None, "auto"])),
    }
    if layout["dtype"] == "O":
        layout["dtype"] = str
    elif zarr_format == 3:
        order = draw(st.permutations(range(ndim)))
        layout["filters"] = draw(st.sampled_from([None, [TransposeCodec(order=order)]]))
    else:
        layout["order"] = draw(st.sampled_from("CF"))
    return layout


def _fill(array: Any, draw: Any) -> None:
    kind = array.dtype.kind
    rng = np.random.default_rng(0)
    ints = rng.integers(0, 100, array.shape)
    values = ints.astype(str) if kind in "OTUS" else ints
    for _ in range(draw(st.integers(0, 3))):
        part = tuple(slice(draw(st.integers(0, n)), draw(st.integers(0, n))) for n in array.shape)
        data = np.zeros(ints[part].shape, array.dtype) if kind == "V" else values[part].astype(array.dtype)
        array[part] = data


@pytest.mark.filterwarnings("ignore")
@settings(deadline=None)
@given(layout=_layouts(), data=st.data(), local=st.booleans())
def test_an_element_is_what_the_general_way_reads(layout: Any, data: Any, local: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store: Store = LocalStore(folder) if local else MemoryStore()
        array = zarr.create_array(store, **layout)
        _fill(array, data.draw)
        if local:
            _make_old(Path(folder))
        index = st.integers(-9, 9) | st.just(True) | st.just(np.int64(1)) | st.just(slice(1))
        for _ in range(3):
            few = data.draw(st.tuples(*[st.integers(-n, n - 1) if n else st.just(0) for n in array.shape]))
            point = data.draw(
                st.just(few) | st.tuples(*[index] * array.ndim) | index | st.tuples(index, index)
            )
            for _ in range(2):  # the second time by the index of a shard that is kept
                assert _outcome(lambda point=point: array[point]) == _general(array, point)


def _make_old(folder: Path) -> None:
    """Let the store tell states of the files apart, so that indexes are kept."""
    for directory, _, names in os.walk(folder):
        for name in names:
            os.utime(os.path.join(directory, name), (0, 0))
    time.sleep(0.025)


@pytest.fixture(params=["memory", "local"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else LocalStore(tmp_path)


@pytest.fixture(params=["raw", "zstd", "shards"])
def array(request: pytest.FixtureRequest, store: Store) -> zarr.Array[Any]:
    options: dict[str, Any] = {"chunks": (4, 4), "compressors": None}
    if request.param != "raw":
        options["compressors"] = ZstdCodec()
    if request.param == "shards":
        options["shards"] = (8, 8)
    made = zarr.create_array(store, data=np.arange(1, 257, dtype="i4").reshape(16, 16), **options)
    if isinstance(store, LocalStore):
        _make_old(store.root)
    return made


@pytest.fixture
def general(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is read by the general way."""
    seen: list[Any] = []
    read = AsyncArray.read

    def noted(self: Any, selection: Any = Ellipsis, **kwargs: Any) -> Any:
        seen.append(selection)
        return read(self, selection, **kwargs)

    monkeypatch.setattr(AsyncArray, "read", noted)
    return seen


def test_the_short_way_is_taken(array: zarr.Array[Any], general: list[Any]) -> None:
    first = array[3, -1]  # of a shard the index is not known yet
    general.clear()
    assert (first, array[3, -1], array[0, 15]) == (64, 64, 16)
    assert type(array[3, -1]) is np.int32
    assert not general


def test_an_element_that_another_wrote_is_seen(array: zarr.Array[Any], store: Store) -> None:
    assert array[3, 3] == array[3, 3] == 52
    zarr.open_array(store)[3, 3] = -1
    for _ in range(3):
        assert array[3, 3] == -1
    zarr.open_array(store)[:8, :8] = 0  # the chunk, and the shard, are gone
    for _ in range(3):
        assert array[3, 3] == 0
    assert type(array[3, 3]) is np.int32


def test_an_inner_chunk_that_is_written_later_is_seen(store: Store) -> None:
    array = zarr.create_array(store, shape=(8,), chunks=(2,), shards=(8,), dtype="i4", fill_value=9)
    array[:2] = 1
    if isinstance(store, LocalStore):
        _make_old(store.root)
    assert [array[0], array[7], array[7]] == [1, 9, 9]
    zarr.open_array(store)[7] = 2
    assert [array[0], array[7], array[7]] == [1, 2, 2]


def test_the_shape_is_that_of_the_handle(array: zarr.Array[Any]) -> None:
    assert array[15, 15] == 256
    array.resize((20, 8))
    assert array[19, 7] == 0
    with pytest.raises(IndexError, match="index 15, axis 1"):
        array[15, 15]


@pytest.mark.parametrize("length", [0, 1, 63, 65, 1000])
def test_a_damaged_chunk_is_refused(array: zarr.Array[Any], length: int, tmp_path: Path) -> None:
    array[0, 0]
    key = array.async_array._bound.key((0, 0))
    store: Any = array.store
    stored = store.get_sync(key)
    store.set_sync(key, type(stored).from_bytes((stored.to_bytes() * 20)[:length]))
    if isinstance(store, LocalStore):
        _make_old(tmp_path)
    for _ in range(2):
        assert _outcome(lambda: array[0, 0])[0] is ChunkError
        assert _outcome(lambda: array[0, 0]) == _general(array, (0, 0))


def test_a_missing_chunk_that_must_be_there_is_an_error(store: Store) -> None:
    array = zarr.create_array(store, shape=(4,), dtype="i4", config={"read_missing_chunks": False})
    with pytest.raises(ChunkNotFoundError):
        array[1]


def test_what_stands_in_the_way_of_a_chunk_is_an_error(tmp_path: Path) -> None:
    array = zarr.create_array(tmp_path, shape=(4,), chunks=(2,), dtype="i4", compressors=None)
    (tmp_path / "c/0").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        array[1]


def test_the_configuration_is_asked_each_time(array: zarr.Array[Any], general: list[Any]) -> None:
    assert array[0, 0] == array[0, 0]
    general.clear()
    with zarr.config.set(
        {"ndbuffer": f"{NDBufferUsingTestNDArrayLike.__module__}.{NDBufferUsingTestNDArrayLike.__qualname__}"}
    ):
        zarr.registry.register_ndbuffer(NDBufferUsingTestNDArrayLike)
        assert array[0, 0] == 1
    with zarr.config.set({"chunk_cache.max_bytes": 1 << 20}):
        assert array[0, 0] == array[0, 0] == 1
    assert len(general) == 3
    assert array[0, 0] == 1
    assert len(general) == 3


class Negated(LocalStore):
    """Reads in its own way."""

    _suspends = False

    def get_sync(self, key: str, **kwargs: Any) -> Any:
        data = super().get_sync(key, **kwargs)
        if data is None or key.endswith("zarr.json"):
            return data
        return type(data).from_array_like(~data.as_numpy_array())


def test_a_store_that_reads_in_its_own_way_is_asked(tmp_path: Path) -> None:
    zarr.create_array(tmp_path, data=np.arange(8, dtype="i4"), chunks=(4,), compressors=None)
    assert [zarr.open_array(Negated(tmp_path))[i] for i in range(8)] == [~i for i in range(8)]
    assert [zarr.open_array(WrapperStore(Negated(tmp_path)))[i] for i in range(8)] == [~i for i in range(8)]


def test_a_log_tells_of_it(array: zarr.Array[Any], caplog: pytest.LogCaptureFixture) -> None:
    logged: Any = LoggingStore(array.store)
    opened = zarr.open_array(logged)
    assert opened[0, 0] == 1
    before = dict(logged.counter)
    assert opened[0, 0] == 1
    assert logged.counter != before


def test_arrays_that_read_in_their_own_way_are_asked(array: zarr.Array[Any]) -> None:
    class Doubled(AsyncArray[Any]):
        async def read(self, selection: Any = Ellipsis, **kwargs: Any) -> Any:
            return 2 * await super().read(selection, **kwargs)  # type: ignore[operator]

    plain = array.async_array
    mine = zarr.Array(Doubled(plain.metadata, plain.store_path, plain.config))
    assert mine[0, 1] == 4


@pytest.mark.parametrize("dtype", ["V3", "i4,f4", str])
@pytest.mark.filterwarnings("ignore")
def test_elements_that_can_be_changed_take_the_general_way(dtype: Any, general: list[Any]) -> None:
    array = zarr.create_array(MemoryStore(), shape=(2,), dtype=dtype)
    assert array.async_array._element((0,)) is ELSEWHERE
    array[0]
    assert len(general) == 1


def test_varying_chunks_take_the_general_way(general: list[Any]) -> None:
    array = zarr.create_array(MemoryStore(), shape=(6,), chunks=[[1, 2, 3]], dtype="i2")
    array[...] = np.arange(6)
    general.clear()
    assert [array[i] for i in range(6)] == list(range(6))
    assert len(general) == 6


@pytest.mark.parametrize("codecs", [[BytesCodec(endian="big")], [BytesCodec(), GzipCodec()]])
def test_codecs_are_asked(codecs: list[Any], store: Store) -> None:
    data = np.arange(12, dtype="<f8").reshape(3, 4)
    array = zarr.create_array(
        store, shape=data.shape, chunks=(2, 3), dtype="<f8", serializer=codecs[0], compressors=codecs[1:]
    )
    array[...] = data
    assert [[array[i, j] for j in range(4)] for i in range(3)] == data.tolist()


def test_a_resize_while_the_reader_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    array = zarr.create_array(MemoryStore(), shape=(10,), chunks=(5,), dtype="int32")
    array[...] = np.arange(10)
    make = async_array.element_reader

    def make_slowly(bound: BoundArray, shape: tuple[int, ...]) -> ElementReader | None:
        reader = make(bound, shape)
        monkeypatch.setattr(async_array, "element_reader", make)
        array.resize((20,))  # by another thread, say
        return reader

    monkeypatch.setattr(async_array, "element_reader", make_slowly)
    assert array[3] == 3
    array[10:] = np.arange(10, 20)
    assert array[-1] == 19
