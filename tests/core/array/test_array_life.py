"""Resizing and appending: against NumPy over every engine, and with several handles on one array."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engines import Engine, WaitingCodec, make_engines
from hypothesis import given
from hypothesis import strategies as st
from layouts import Layout, layouts, native, random_values, same

import zarr
from zarr.codecs import GzipCodec
from zarr.storage import LocalStore, MemoryStore
from zarr.testing.store import LatencyStore

pytestmark = pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def resized(model: Any, layout: Layout, shape: tuple[int, ...]) -> Any:
    """What NumPy has after a resize: the common part, and the fill value elsewhere."""
    out = Layout(shape, layout.dtype, fill=layout.fill).model()
    common = tuple(slice(0, min(a, b)) for a, b in zip(model.shape, shape, strict=True))
    out[common] = model[common]
    return out


@st.composite
def lives(draw: st.DrawFn) -> tuple[Layout, list[Any]]:
    """A layout, and shapes to take and data to append in turn."""
    layout = draw(layouts(min_dims=1, max_dims=3))
    shape = layout.shape
    steps: list[Any] = []
    for _ in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            shape = tuple(draw(st.integers(0, n + 5)) for n in shape)
            steps.append(("resize", shape))
        else:
            axis = draw(st.integers(-len(shape), len(shape) - 1))
            added = tuple(
                draw(st.integers(0, 4)) if i == axis % len(shape) else n for i, n in enumerate(shape)
            )
            data = random_values(native(layout.dtype), added, draw(st.integers(0, 99)))
            shape = tuple(n + (added[i] if i == axis % len(shape) else 0) for i, n in enumerate(shape))
            steps.append(("append", data, axis))
    return layout, steps


@pytest.mark.differential
@given(life=lives())
def test_resize_and_append_are_numpys_over_every_engine(runner: asyncio.Runner, life: Any) -> None:
    layout, steps = life
    with tempfile.TemporaryDirectory() as root:
        # append has no word for other buffers
        engines = [e for e in make_engines(layout, Path(root), runner.run) if e.prototype is None]
        model = random_values(native(layout.dtype), layout.shape, 3)
        for engine in engines:
            engine.write("[]", ..., model)
        for name, *arguments in steps:
            if name == "resize":
                model = resized(model, layout, *arguments)
            else:
                model = np.concatenate([model, arguments[0]], axis=arguments[1]).astype(model.dtype)
            for engine in engines:
                change(engine, name, arguments)
                assert engine.array.shape == model.shape
                same(engine.read("[]", ...), model)
                check_nothing_outside(engine)


def change(engine: Engine, name: str, arguments: Any) -> None:
    result = engine.wait(getattr(engine.array.async_array, name)(*arguments))
    assert result == (engine.array.shape if name == "append" else None)
    again = engine.wait(zarr.AsyncArray.open(engine.array.store_path))
    assert again.metadata == engine.array.metadata


def check_nothing_outside(engine: Engine) -> None:
    """All that is stored is a chunk of the grid."""
    assert len(engine.stored()) == engine.wait(engine.array.async_array._nshards_initialized())


STORES = {"memory": MemoryStore, "waiting": lambda: LatencyStore(MemoryStore())}


@pytest.fixture(params=STORES)
def numbers(request: pytest.FixtureRequest) -> zarr.Array[Any]:
    """0 to 9 in chunks of 3, with the fill value -1."""
    array = zarr.create_array(STORES[request.param](), shape=(10,), chunks=(3,), dtype="i4", fill_value=-1)
    array[:] = np.arange(10)
    return array


def test_chunks_outside_may_be_left(numbers: zarr.Array[Any]) -> None:
    numbers.resize((4,), delete_outside_chunks=False)
    assert numbers.shape == (4,)
    numbers.resize((10,))
    assert numbers[:].tolist() == list(range(10))


def test_resize_takes_an_integer(numbers: zarr.Array[Any]) -> None:
    numbers.resize(2)
    assert numbers[:].tolist() == [0, 1]


def test_a_stale_handle_never_reverts_a_resize(numbers: zarr.Array[Any]) -> None:
    stale = zarr.open_array(numbers.store)
    numbers.resize((20,))
    stale.attrs["units"] = "K"
    stale.update_attributes({"more": 1})
    assert zarr.open_array(numbers.store).shape == (20,)
    assert stale.shape == (20,)


def test_a_stale_handle_resizes_what_is_there(numbers: zarr.Array[Any]) -> None:
    stale = zarr.open_array(numbers.store)
    numbers.append([10, 11, 12])
    stale.resize((2,))
    stale.resize((13,))
    assert stale[:].tolist() == [0, 1] + [-1] * 11


def test_a_stale_handle_appends_to_what_is_there(numbers: zarr.Array[Any]) -> None:
    stale = zarr.open_array(numbers.store)
    numbers.append([10, 11])
    assert stale.append([12]) == (13,)
    assert zarr.open_array(numbers.store)[:].tolist() == list(range(13))


def test_resize_keeps_attributes_that_others_wrote(numbers: zarr.Array[Any]) -> None:
    stale = zarr.open_array(numbers.store)
    numbers.attrs["units"] = "K"
    stale.resize((5,))
    assert zarr.open_array(numbers.store).attrs.asdict() == {"units": "K"}


def test_appending_what_does_not_fit_changes_nothing() -> None:
    array = zarr.create_array(MemoryStore(), data=np.arange(6).reshape(2, 3), chunks=(1, 2))
    for data in (np.zeros((1, 4)), np.zeros(3), np.zeros((1, 1, 3)), 5):
        with pytest.raises(ValueError, match="not compatible with the array"):
            array.append(data)
    with pytest.raises(ValueError, match="axis 2 is out of bounds for an array of 2 dimension"):
        array.append(np.zeros((1, 3)), axis=2)
    assert array.shape == (2, 3)
    assert zarr.open_array(array.store).shape == (2, 3)


@pytest.mark.parametrize("shape", [(0,), (0, 4), (3, 0)])
def test_append_to_an_empty_array(shape: tuple[int, ...]) -> None:
    array = zarr.create_array(MemoryStore(), shape=shape, dtype="i4", chunks=(2,) * len(shape))
    axis = shape.index(0)
    added = np.arange(12).reshape(
        tuple(n or (12 // (np.prod([m for m in shape if m], dtype=int))) for n in shape)
    )
    array.append(added, axis=axis)
    assert array[...].tolist() == added.tolist()


def test_shrinking_works_for_codecs_that_wait() -> None:
    array = zarr.create_array(
        MemoryStore(), shape=(4,), chunks=(4,), dtype="i4", compressors=[WaitingCodec()]
    )
    array[:] = 7
    array.resize((1,))
    array.resize((4,))
    assert array[:].tolist() == [7, 0, 0, 0]


def test_shards_of_varying_length_grow_by_whole_chunks() -> None:
    store = MemoryStore()
    array = zarr.create_array(store, shape=(10,), chunks=(5,), shards=[[5, 5]], dtype="i4", fill_value=9)
    array.resize((11,))
    array.append([1, 2])
    again = zarr.open_array(store)
    assert again.metadata.chunk_grid.chunk_shapes == ((5, 5, 5),)
    assert again[:].tolist() == [9] * 11 + [1, 2]


def test_many_chunks_are_listed_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zarr.core.array.resize._MOST_KEYS_TRIED", 3)
    array = zarr.create_array(MemoryStore(), shape=(10, 10), chunks=(2, 3), dtype="i4", fill_value=9)
    model = np.arange(100).reshape(10, 10)
    array[:] = model
    array.resize((3, 4))
    array.resize((10, 10))
    expected = np.full((10, 10), 9)
    expected[:3, :4] = model[:3, :4]
    assert array[:].tolist() == expected.tolist()


@pytest.mark.parametrize("codec", [(), (WaitingCodec(),)], ids=["plain", "waiting codec"])
@pytest.mark.parametrize("kind", ["memory", "local", "waiting"])
def test_threads_that_write_parts_of_one_chunk_all_win(kind: str, codec: Any, tmp_path: Path) -> None:
    stores = {"local": lambda: LocalStore(tmp_path), **STORES}
    array = zarr.create_array(stores[kind](), shape=(16,), chunks=(16,), dtype="i4", compressors=codec)

    def write(i: int) -> None:
        for _ in range(5):
            array[i * 2 : i * 2 + 2] = i + 1

    run_threads(write, 8)
    assert array[:].tolist() == [i // 2 + 1 for i in range(16)]


@pytest.mark.parametrize("codec", [(), (WaitingCodec(),)], ids=["plain", "waiting codec"])
@pytest.mark.parametrize("kind", ["memory", "local", "waiting"])
def test_threads_that_write_fields_of_the_same_records_all_win(kind: str, codec: Any, tmp_path: Path) -> None:
    stores = {"local": lambda: LocalStore(tmp_path), **STORES}
    names = [f"f{i}" for i in range(6)]
    dtype = np.dtype([(name, "i4") for name in names])
    array = zarr.create_array(stores[kind](), shape=(9,), chunks=(4,), dtype=dtype, compressors=codec)

    def write(i: int) -> None:
        if i == 6:
            array[["f4", "f5"]] = np.full(9, 5, array.dtype)[["f4", "f5"]]
        elif i < 4:
            for turn in range(5):
                array[f"f{i}"] = turn + i

    run_threads(write, 7)
    assert array[:].tolist() == [(4, 5, 6, 7, 5, 5)] * 9


@pytest.mark.parametrize("kind", ["memory", "local", "waiting"])
def test_threads_that_write_attributes_all_win(kind: str, tmp_path: Path) -> None:
    stores = {"local": lambda: LocalStore(tmp_path), **STORES}
    store = stores[kind]()
    zarr.create_array(store, shape=(1,), dtype="i4")
    handles = [zarr.open_array(store) for _ in range(8)]

    def write(i: int) -> None:
        for k in range(5):
            handles[i].attrs[f"{i}-{k}"] = i

    run_threads(write, 8)
    assert len(zarr.open_array(store).attrs) == 40


def run_threads(function: Any, count: int) -> None:
    """Call the function with 0, 1 ... each in a thread of its own; what one raises is raised."""
    errors: list[BaseException] = []

    def work(i: int) -> None:
        try:
            function(i)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.mark.parametrize(
    "other",
    [
        {"compressors": GzipCodec()},
        {"compressors": None, "chunks": (3,)},
        {"dtype": ">f8"},
        {"dtype": "i2", "fill_value": 7},
        {"shards": (4,)},
        {"chunk_key_encoding": {"name": "v2", "separator": "."}},
    ],
)
def test_appending_to_what_another_put_in_the_arrays_place(other: dict[str, Any], tmp_path: Path) -> None:
    """What was worked out for the chunks that a handle knew is not used for others."""
    options: dict[str, Any] = {"shape": (4,), "chunks": (2,), "dtype": "i4", "compressors": None}
    zarr.create_array(tmp_path, **options)
    handle = zarr.open_array(tmp_path)
    for n in range(3):
        handle.append(np.full(2, n, "i4"))
    np.testing.assert_array_equal(zarr.open_array(tmp_path)[...], [0] * 6 + [1] * 2 + [2] * 2)
    zarr.create_array(tmp_path, overwrite=True, **(options | other))
    handle.append(np.full(2, 9, handle.dtype))
    fill = other.get("fill_value", 0)
    for found in (handle, zarr.open_array(tmp_path)):
        np.testing.assert_array_equal(found[...], [fill] * 4 + [9] * 2)
        assert found[5] == 9
    assert handle.metadata == zarr.open_array(tmp_path).metadata


def test_what_is_known_of_chunks_is_kept_while_only_the_shape_changes(tmp_path: Path) -> None:
    zarr.create_array(tmp_path, shape=(4,), chunks=(2,), dtype="i4")
    handle = zarr.open_array(tmp_path)
    handle.append(np.ones(2, "i4"))
    chain = handle._bound._one_chain
    handle.append(np.ones(2, "i4"))
    handle.resize((6,))
    handle.attrs["a"] = 1
    assert handle._bound._one_chain is chain
    assert handle._bound.grid.grid_shape == (3,)
    np.testing.assert_array_equal(handle[...], [0] * 4 + [1] * 2)
