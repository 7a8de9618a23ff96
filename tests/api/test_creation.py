"""Making arrays and groups: every function, its defaults, and where it makes them."""

from __future__ import annotations

import asyncio
import inspect
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.api import asynchronous, synchronous
from zarr.errors import ZarrRuntimeWarning
from zarr.storage import LocalStore, MemoryStore, StorePath
from zarr.testing.store import LatencyStore

# --- places


def test_every_kind_of_place(tmp_path: Path) -> None:
    store = MemoryStore()
    entries: dict[str, Any] = {}
    places: dict[str, Any] = {
        "str": str(tmp_path / "s"),
        "path": tmp_path / "p",
        "url": f"file://{tmp_path}/u",
        "store": LocalStore(tmp_path / "l"),
        "store path": StorePath(store, "below"),
        "dict": entries,
    }
    for name, place in places.items():
        made = zarr.create_array(place, name="a", data=np.arange(3))
        assert made[:].tolist() == [0, 1, 2], name
        assert zarr.open_array(place, path="a")[:].tolist() == [0, 1, 2]
        assert isinstance(zarr.open_group(place, mode="r"), zarr.Group)
        assert zarr.load(place, path="a").tolist() == [0, 1, 2]
    assert {p.name for p in tmp_path.iterdir()} == {"s", "p", "u", "l"}
    assert sorted(entries) == ["a/c/0", "a/zarr.json", "zarr.json"]
    assert {key.partition("/")[0] for key in store._store_dict} == {"below", "zarr.json"}


def test_without_a_place_it_is_in_memory() -> None:
    for made in (
        zarr.create((2,)),
        zarr.zeros((2,)),
        zarr.group(),
        zarr.open(),
        zarr.open_group(),
        zarr.array([1]),
    ):
        assert isinstance(made.store, MemoryStore)
    assert zarr.group() != zarr.group().create_group("x")


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_parents_are_made(zarr_format: Any) -> None:
    store = MemoryStore()
    zarr.create_array(store, name="a/b/c", shape=(1,), dtype="i4", zarr_format=zarr_format)
    document = {2: ".zgroup", 3: "zarr.json"}[zarr_format]
    for path in ("", "a", "a/b"):
        assert isinstance(zarr.open(store, path=path, mode="r"), zarr.Group)
        assert f"{path}/{document}".lstrip("/") in store._store_dict
    zarr.create_group(store, path="p/q", zarr_format=zarr_format)
    assert sorted(n for n, _ in zarr.open_group(store).members(max_depth=None)) == [
        "a",
        "a/b",
        "a/b/c",
        "p",
        "p/q",
    ]


def test_parents_that_are_there_stay(tmp_path: Path) -> None:
    zarr.create_group(tmp_path, attributes={"kept": 1})
    zarr.create_array(tmp_path, name="x", shape=(1,), dtype="i4")
    assert zarr.open_group(tmp_path).attrs.asdict() == {"kept": 1}


# --- chunks

AUTOMATIC = [
    # shape, dtype, chunks, (inner chunks, shards) with shards="auto"; as Zarr-Python 3.4.2
    ((10_000_000,), "f8", (156250,), ((78125,), (156250,))),
    ((1000, 1000), "f4", (250, 500), ((250, 500), (250, 500))),
    ((4, 4), "i2", (4, 4), ((4, 4), (4, 4))),
    ((5000, 5000, 100), "f4", (313, 313, 13), ((157, 157, 7), (314, 314, 14))),
    ((0,), "f4", (1,), None),
    ((365, 721, 1440), "f4", (46, 91, 180), ((23, 46, 180), (46, 92, 180))),
]


@pytest.mark.filterwarnings("ignore:Automatic shard shape:zarr.errors.ZarrUserWarning")
@pytest.mark.parametrize(("shape", "dtype", "chunks", "shards"), AUTOMATIC)
def test_automatic_chunks(shape: Any, dtype: str, chunks: Any, shards: Any) -> None:
    assert zarr.create_array({}, shape=shape, dtype=dtype).chunks == chunks
    assert zarr.create(shape, dtype=dtype).chunks == chunks
    if shards is not None:
        made = zarr.create_array({}, shape=shape, dtype=dtype, shards="auto")
        assert (made.chunks, made.shards) == shards


GIVEN_CHUNKS = [
    ({"chunks": 50}, (50, 50)),
    ({"chunks": (50, 60)}, (50, 60)),
    ({"chunks": (50, -1)}, (50, 300)),
    ({"chunks": False}, (200, 300)),
    ({"chunks": True}, (100, 300)),
    ({"chunks": None}, (100, 300)),
    ({"chunk_shape": (7, 8)}, (7, 8)),
    ({}, (100, 300)),
]


@pytest.mark.parametrize(("options", "chunks"), GIVEN_CHUNKS)
def test_chunks_of_create(options: Any, chunks: Any) -> None:
    assert zarr.create((200, 300), **options).chunks == chunks


def test_rectilinear_chunks_can_be_switched_off() -> None:
    made = zarr.create_array({}, shape=(5,), chunks=[[2, 3]], dtype="i4")
    assert made.write_chunk_sizes == ((2, 3),)
    with (
        zarr.config.set({"array.rectilinear_chunks": False}),
        pytest.raises(ValueError, match="rectilinear_chunks"),
    ):
        zarr.create_array({}, shape=(5,), chunks=[[2, 3]], dtype="i4")


# --- options


def test_options_of_create_array() -> None:
    store = MemoryStore()
    zarr.create_array(
        store,
        shape=(4, 6),
        dtype="f4",
        chunks=(2, 3),
        fill_value=np.nan,
        attributes={"units": "K"},
        dimension_names=["t", None],
        chunk_key_encoding={"name": "v2", "separator": "."},
        compressors=None,
    )[:2, :3] = 1
    document = json.loads(store._store_dict["zarr.json"].to_bytes())
    assert document["fill_value"] == "NaN"
    assert document["attributes"] == {"units": "K"}
    assert document["dimension_names"] == ["t", None]
    assert document["chunk_key_encoding"] == {"name": "v2", "configuration": {"separator": "."}}
    assert [c["name"] for c in document["codecs"]] == ["bytes"]
    assert sorted(store._store_dict) == ["0.0", "zarr.json"]
    assert zarr.open_array(store).metadata.dimension_names == ("t", None)


def test_the_documents_are_zarr_pythons(tmp_path: Path) -> None:
    """Byte for byte, member for member, as Zarr-Python 3.4.2 writes them."""
    made = zarr.create_group(tmp_path, attributes={"a": 1})
    made.create_array("x", shape=(10,), chunks=(5,), dtype="i2")
    assert (tmp_path / "zarr.json").read_text() == (
        '{\n  "attributes": {\n    "a": 1\n  },\n  "zarr_format": 3,\n  "node_type": "group"\n}'
    )
    members = ["shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs", "attributes",
               "zarr_format", "node_type", "storage_transformers"]  # fmt: skip
    assert list(json.loads((tmp_path / "x" / "zarr.json").read_text())) == members


def test_data_and_write_data() -> None:
    data = np.arange(6, dtype="i2").reshape(2, 3)
    assert zarr.create_array({}, data=data)[:].tolist() == data.tolist()
    blank = zarr.create_array({}, data=data, write_data=False)
    assert (blank.shape, blank.dtype, blank.nchunks_initialized) == ((2, 3), "i2", 0)
    assert zarr.create_array({}, data=np.ma.masked_array([1, 2], mask=False))[:].tolist() == [1, 2]


def test_order_belongs_to_format_2() -> None:
    made = zarr.create_array({}, shape=(2, 3), dtype="i4", zarr_format=2, order="F")
    assert made.metadata.order == made.order == "F"
    assert made[:].flags.f_contiguous
    with pytest.warns(RuntimeWarning, match="order"):
        zarr.create_array({}, shape=(2, 3), dtype="i4", order="F")
    assert zarr.create_array({}, shape=(2, 3), dtype="i4", config={"order": "F"}).order == "F"


def test_the_configured_format() -> None:
    assert zarr.create((1,)).metadata.zarr_format == 3
    with zarr.config.set({"default_zarr_format": 2}):
        assert zarr.create((1,)).metadata.zarr_format == 2
        assert zarr.create_group({}).metadata.zarr_format == 2
        assert zarr.open_group().metadata.zarr_format == 2
        assert zarr.create_array({}, shape=(1,), dtype="i4").metadata.zarr_format == 3


# --- older functions


def test_create_and_its_older_parameters() -> None:
    made = zarr.create(4, dtype="i2", fill_value=3, write_empty_chunks=True, attributes={"a": 1})
    assert (made.shape, made.fill_value, made.config.write_empty_chunks) == ((4,), 3, True)
    assert zarr.create((2,)).dtype == "f8"
    store = MemoryStore()
    old = zarr.create(
        (4,), store=store, path="p", zarr_format=2, dimension_separator="/", compressor=None, chunks=2
    )
    old[:] = 1
    assert "p/0" in store._store_dict
    assert old.compressors == ()
    chain = zarr.create((4,), dtype="i1", codecs=[{"name": "bytes"}, {"name": "crc32c"}])
    assert [type(c).__name__ for c in chain.metadata.codecs] == ["BytesCodec", "Crc32cCodec"]
    keyed = zarr.create((4,), chunk_key_encoding=("v2", "/"))
    assert keyed.metadata.chunk_key_encoding.separator == "/"
    assert zarr.create((3,), data=[1, 2, 3])[:].tolist() == [1, 2, 3]


@pytest.mark.parametrize("name", ["chunk_store", "cache_attrs", "cache_metadata", "meta_array"])
def test_parameters_without_effect_warn(name: str) -> None:
    with pytest.warns(ZarrRuntimeWarning, match=name):
        zarr.create((1,), **{name: True})


WRONG_FOR_FORMAT = [
    ({"zarr_format": 3, "filters": [{"id": "delta", "dtype": "i4"}]}, "filters"),
    ({"zarr_format": 3, "compressor": {"id": "zlib"}}, "compressor"),
    ({"zarr_format": 3, "dimension_separator": "/"}, "dimension_separator"),
    ({"zarr_format": 2, "codecs": [{"name": "bytes"}]}, "codecs"),
]


@pytest.mark.parametrize(("options", "message"), WRONG_FOR_FORMAT)
def test_create_refuses_what_a_format_does_not_have(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        zarr.create((4,), dtype="i4", **options)


def test_array() -> None:
    assert zarr.array([1, 2, 3])[:].tolist() == [1, 2, 3]
    assert zarr.array(np.arange(4.0), chunks=2).chunks == (2,)
    source = zarr.create_array({}, data=np.arange(6, dtype="i2"), chunks=(3,))
    copy = zarr.array(source)
    assert (copy.chunks, copy.dtype, copy[:].tolist()) == ((3,), "i2", list(range(6)))


FILLED: dict[str, Any] = {"zeros": 0, "ones": 1, "empty": 0}


@pytest.mark.parametrize("name", FILLED)
def test_filled_arrays(name: str) -> None:
    make = getattr(zarr, name)
    assert make((2, 3), dtype="i2")[:].tolist() == [[FILLED[name]] * 3] * 2
    assert make(3)[:].shape == (3,)
    assert make((2,)).dtype == "f8"


def test_full() -> None:
    assert zarr.full((2,), 7, dtype="i4")[:].tolist() == [7, 7]
    assert zarr.full((2,), fill_value="ab", dtype="<U2")[:].tolist() == ["ab", "ab"]


LIKE = {"zeros_like": 0, "ones_like": 1, "empty_like": 5, "full_like": 5}
SOURCES: dict[str, Any] = {
    "regular": {"chunks": (2, 3)},
    "sharded": {"chunks": (2, 3), "shards": (4, 6)},
    "rectilinear": {"chunks": [[1, 3], [2, 4]]},
    "format 2": {"chunks": (2, 3), "zarr_format": 2, "compressors": None},
}


@pytest.mark.parametrize("name", LIKE)
@pytest.mark.parametrize("source", SOURCES)
def test_like_an_array(name: str, source: str) -> None:
    given = zarr.create_array(
        {}, shape=(4, 6), dtype="i2", fill_value=5, attributes={"not": "taken"}, **SOURCES[source]
    )
    made = getattr(zarr, name)(given)
    assert (made.shape, made.dtype, made.fill_value, dict(made.attrs)) == ((4, 6), "i2", LIKE[name], {})
    assert made.write_chunk_sizes == given.write_chunk_sizes
    assert made.read_chunk_sizes == given.read_chunk_sizes
    assert made.metadata.zarr_format == given.metadata.zarr_format
    assert made.compressors == given.compressors
    changed = getattr(zarr, name)(given, shape=(8, 12), chunks=(2, 6), dtype="f4", zarr_format=3)
    assert (changed.shape, changed.dtype, changed.metadata.zarr_format) == ((8, 12), "f4", 3)


def test_like_other_things() -> None:
    assert zarr.zeros_like(np.ones((2, 3), "i2")).dtype == "i2"
    assert zarr.ones_like([[1, 2]]).shape == (1, 2)
    assert zarr.full_like(np.zeros(2), fill_value=9)[:].tolist() == [9, 9]
    source = zarr.create_array({}, shape=(4,), dtype="i2", fill_value=5)
    assert zarr.full_like(source, fill_value=6).fill_value == 6


def test_open_like(tmp_path: Path) -> None:
    source = zarr.create_array({}, shape=(4,), dtype="i2", chunks=(2,))
    made = zarr.open_like(source, path="p", store=tmp_path)
    assert (made.path, made.shape, made.chunks, made.dtype) == ("p", (4,), (2,), "i2")
    made[:] = 1
    assert zarr.open_like(source, path="p", store=tmp_path)[:].tolist() == [1] * 4


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_open_like_takes_the_fill_value(zarr_format: Any) -> None:
    source = zarr.create_array({}, shape=(4,), dtype="i2", fill_value=7, zarr_format=zarr_format)
    assert zarr.open_like(source, path="p", store={})[:].tolist() == [7] * 4
    assert zarr.open_like(source, path="p", store={}, fill_value=5)[:].tolist() == [5] * 4
    assert zarr.open_like(source, path="p", store={}, zarr_format=5 - zarr_format)[:].tolist() == [7] * 4
    assert zarr.open_like(np.arange(4), path="p", store={})[:].tolist() == [0] * 4


def test_groups(tmp_path: Path) -> None:
    made = zarr.create_group(tmp_path, path="a/b", attributes={"x": 1}, zarr_format=2)
    assert (made.path, made.attrs.asdict(), made.metadata.zarr_format) == ("a/b", {"x": 1}, 2)
    assert zarr.group(tmp_path, path="a/b").attrs.asdict() == {"x": 1}
    assert zarr.group(tmp_path, path="c", attributes={"y": 2}, zarr_format=2).attrs.asdict() == {"y": 2}
    assert zarr.Group.from_store(MemoryStore(), attributes={"z": 3}).attrs.asdict() == {"z": 3}
    assert zarr.Group.open(tmp_path).metadata.zarr_format == 2


# --- blocking and awaited


def test_the_blocking_functions_are_those_that_are_awaited() -> None:
    for name in synchronous.__all__:
        blocking, awaited = getattr(synchronous, name), getattr(asynchronous, name)
        assert getattr(zarr, name) is blocking
        assert list(inspect.signature(blocking).parameters) == list(inspect.signature(awaited).parameters), (
            name
        )
        assert blocking.__doc__, name
        assert not inspect.iscoroutinefunction(blocking)


@pytest.mark.parametrize("kind", ["memory", "waiting"])
async def test_everything_awaited(kind: str) -> None:
    store: Any = MemoryStore() if kind == "memory" else LatencyStore(MemoryStore())
    group = await asynchronous.create_group(store, attributes={"a": 1})
    array = await asynchronous.create_array(store, name="x", data=np.arange(4), chunks=(2,))
    assert isinstance(array, zarr.AsyncArray)
    await array.setitem(slice(1, 3), 9)
    assert (await array.getitem(slice(None))).tolist() == [0, 9, 9, 3]
    assert (await asynchronous.load(store, path="x")).tolist() == [0, 9, 9, 3]
    assert isinstance(await asynchronous.open(store), zarr.AsyncGroup)
    assert (await asynchronous.open_array(store, path="x")).shape == (4,)
    assert [name async for name, _ in (await asynchronous.open_group(store)).members()] == ["x"]
    assert "x" in str(await asynchronous.tree(group))
    await asynchronous.save(store, np.ones(2), path="y")
    assert await (await asynchronous.open_array(store, path="y")).nchunks_initialized() == 1
    results = await asyncio.gather(*(array.getitem(i) for i in range(4)))
    assert [int(r) for r in results] == [0, 9, 9, 3]


async def test_blocking_calls_work_inside_a_running_loop() -> None:
    for store in (MemoryStore(), LatencyStore(MemoryStore())):
        array = zarr.create_array(store, data=np.arange(4), chunks=(2,))
        array[1] = 5
        assert array[:].tolist() == [0, 5, 2, 3]
        assert zarr.open_array(store)[1] == 5
