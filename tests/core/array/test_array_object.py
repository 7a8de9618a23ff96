"""What an array shows of itself, and what Python's own functions make of it."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.errors import ChunkNotFoundError, ZarrDeprecationWarning
from zarr.storage import LocalStore, MemoryStore
from zarr.testing.store import LatencyStore

INFO = """\
Type               : Array
Zarr format        : 3
Data type          : Float32(endianness='little')
Fill value         : nan
Shape              : (100, 60)
Chunk shape        : (10, 20)
Order              : C
Read-only          : False
Store type         : LocalStore
Filters            : ()
Serializer         : BytesCodec(endian='little')
Compressors        : (ZstdCodec(level=0, checksum=False),)
No. bytes          : 24000 (23.4K)"""

INFO_SHARDED = """\
Type               : Array
Zarr format        : 3
Data type          : Int16(endianness='little')
Fill value         : 0
Shape              : (100, 60)
Shard shape        : (20, 60)
Chunk shape        : (10, 20)
Order              : C
Read-only          : False
Store type         : LocalStore
Filters            : ()
Serializer         : BytesCodec(endian='little')
Compressors        : (ZstdCodec(level=0, checksum=False),)
No. bytes          : 12000 (11.7K)"""


@pytest.fixture
def grid(tmp_path: Path) -> zarr.Array[Any]:
    """The array that Zarr-Python's texts were recorded of."""
    group = zarr.create_group(tmp_path / "g.zarr")
    return group.create_array("x", shape=(100, 60), chunks=(10, 20), dtype="f4", fill_value=np.nan)


def test_info_is_zarr_pythons(grid: zarr.Array[Any], tmp_path: Path) -> None:
    assert repr(grid.info) == INFO
    assert repr(grid.async_array.info) == INFO
    sharded = zarr.create_array(tmp_path / "s", shape=(100, 60), chunks=(10, 20), shards=(20, 60), dtype="i2")
    assert repr(sharded.info) == INFO_SHARDED


def test_info_complete_adds_what_is_stored(grid: zarr.Array[Any]) -> None:
    grid[:10, :60] = 1
    size = sum(p.stat().st_size for p in Path(grid.store.root, "x").rglob("*") if p.is_file())
    assert repr(grid.info_complete()) == INFO + (
        f"\nNo. bytes stored   : {size}\nStorage ratio      : {24000 / size:.1f}\nChunks Initialized : 3"
    )


def test_info_of_other_arrays() -> None:
    edges = zarr.create_array(MemoryStore(), shape=(5,), chunks=[[2, 3]], dtype="i4")
    assert "Chunk shape        : <variable>" in repr(edges.info)
    old = zarr.create_array(MemoryStore(), shape=(5,), dtype="i4", zarr_format=2, order="F")
    text = repr(old.info)
    assert "Zarr format        : 2" in text
    assert "Order              : F" in text
    assert "Serializer" not in text
    assert "Filters            : ()" in text
    assert repr(old.info_complete()).endswith("Chunks Initialized : 0")


def test_repr_name_and_place(grid: zarr.Array[Any], tmp_path: Path) -> None:
    where = f"file://{tmp_path}/g.zarr/x"
    assert repr(grid) == f"<Array {where} shape=(100, 60) dtype=float32>"
    assert repr(grid.async_array) == f"<AsyncArray {where} shape=(100, 60) dtype=float32>"
    assert (grid.path, grid.name, grid.basename) == ("x", "/x", "x")
    root = zarr.create_array(MemoryStore(), shape=(1,), dtype="i4")
    assert (root.path, root.name, root.basename) == ("", "/", "")
    deep = zarr.create_array(MemoryStore(), name="/a//b/c/", shape=(1,), dtype="i4")
    assert (deep.path, deep.name, deep.basename) == ("a/b/c", "/a/b/c", "c")


LAYOUTS = {
    # options: cdata_shape, nchunks, read_chunk_sizes, write_chunk_sizes, chunks stored after [0, 0] = 1
    "regular": (
        {"chunks": (2, 3)},
        ((3, 3), 9, ((2, 2, 1), (3, 3, 1)), ((2, 2, 1), (3, 3, 1)), 1),
    ),
    "sharded": (
        {"chunks": (2, 3), "shards": (4, 3)},
        ((3, 3), 9, ((2, 2, 1), (3, 3, 1)), ((4, 1), (3, 3, 1)), 2),
    ),
    "rectilinear": (
        {"chunks": [[1, 4], [3, 3, 1]]},
        ((2, 3), 6, ((1, 4), (3, 3, 1)), ((1, 4), (3, 3, 1)), 1),
    ),
    "rectilinear shards": (
        {"chunks": (1, 1), "shards": [[1, 4], [3, 4]]},
        ((5, 7), 35, ((1,) * 5, (1,) * 7), ((1, 4), (3, 4)), 3),
    ),
    "format 2": (
        {"chunks": (2, 3), "zarr_format": 2},
        ((3, 3), 9, ((2, 2, 1), (3, 3, 1)), ((2, 2, 1), (3, 3, 1)), 1),
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_counts_of_chunks(name: str) -> None:
    options, expected = LAYOUTS[name]
    array = zarr.create_array(MemoryStore(), shape=(5, 7), dtype="i4", **options)
    assert array.nchunks_initialized == 0
    array[0, 0] = 1
    assert (
        array.cdata_shape,
        array.nchunks,
        array.read_chunk_sizes,
        array.write_chunk_sizes,
        array.nchunks_initialized,
    ) == expected
    assert array.async_array.nchunks == array.nchunks
    assert (array.nbytes, array.size, array.ndim, array.shape) == (140, 35, 2, (5, 7))
    assert array.nbytes_stored() == sum(len(v) for v in array.store._store_dict.values())


def test_only_chunks_are_counted(tmp_path: Path) -> None:
    array = zarr.create_array(tmp_path, shape=(4, 4), chunks=(2, 2), dtype="i4")
    array[:2] = 1
    for name in ("c/9/9", "c/0", "c/0/0/0", "c/0/00", "c/x/0", "c/-1/0", "d/0/0", "notes.txt"):
        path = tmp_path / name
        if not path.parent.is_file() and not path.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
    assert array.nchunks_initialized == 2


@pytest.mark.parametrize("shape", [(7,), (7, 2), (0, 3), (5, 0)])
def test_iteration(shape: tuple[int, ...]) -> None:
    model = np.arange(np.prod(shape)).reshape(shape)
    array = zarr.create_array(MemoryStore(), data=model, chunks=(3,) + (1,) * (len(shape) - 1))
    assert len(array) == len(model)
    assert [np.asarray(row).tolist() for row in array] == model.tolist()


def test_iteration_reads_each_chunk_once() -> None:
    store = LatencyStore(MemoryStore())
    array = zarr.create_array(store, data=np.arange(6), chunks=(2,))
    keys = []
    plain = store.get
    store.get = lambda key, *args, **kwargs: (keys.append(key), plain(key, *args, **kwargs))[1]  # type: ignore[method-assign]
    assert [int(x) for x in array] == list(range(6))
    assert keys == ["c/0", "c/1", "c/2"]


def test_no_dimensions() -> None:
    array = zarr.create_array(MemoryStore(), shape=(), dtype="i4", fill_value=3)
    assert array[()] == array[...] == 3
    assert isinstance(array[()], np.int32)
    array[...] = 4
    assert np.asarray(array).shape == ()
    with pytest.raises(TypeError, match="len"):
        len(array)
    with pytest.raises(TypeError, match="iteration"):
        iter(array).__next__()


def test_as_a_numpy_array() -> None:
    model = np.arange(6, dtype="i2").reshape(2, 3)
    array = zarr.create_array(MemoryStore(), data=model)
    np.testing.assert_array_equal(np.asarray(array), model)
    assert np.asarray(array).dtype == np.dtype("i2")
    assert np.array(array, dtype="f8").dtype == np.dtype("f8")
    assert np.array(array, copy=True).tolist() == model.tolist()
    assert (np.asarray(array) + array == model * 2).all()
    with pytest.raises(ValueError, match="copy=False"):
        np.array(array, copy=False)


RECORDS = np.array([(1, 2.5, b"a"), (3, 4.5, b"bb")], dtype=[("n", "<i4"), ("x", "<f8"), ("s", "S2")])


@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_fields(zarr_format: Any) -> None:
    array = zarr.create_array(MemoryStore(), data=RECORDS, chunks=(1,), zarr_format=zarr_format)
    assert array["n"].tolist() == [1, 3]
    assert array["x", 1] == 4.5
    assert array[["n", "s"]].tolist() == RECORDS[["n", "s"]].tolist()
    assert array.oindex["n", [1]].tolist() == [3]
    assert array.vindex["n", [1, 0]].tolist() == [3, 1]
    assert array.blocks["x", 1].tolist() == [4.5]
    assert array.get_basic_selection(slice(0, 1), fields="s").tolist() == [b"a"]
    array["n"] = 7
    array.set_basic_selection(1, 9.5, fields="x")
    array.oindex["s", [0]] = b"zz"
    assert array[:].tolist() == [(7, 2.5, b"zz"), (7, 9.5, b"bb")]
    array[0] = (5, 6.0, b"q")
    assert array[0].item() == (5, 6.0, b"q")
    for wrong in ("nope", ["n", "nope"]):
        with pytest.raises(IndexError, match="nope"):
            array[wrong]
    with pytest.raises(IndexError, match="field"):
        zarr.create_array(MemoryStore(), data=np.arange(3))["n"]


def test_out_has_to_fit() -> None:
    array = zarr.create_array(MemoryStore(), data=np.arange(4, dtype="i4"))
    with pytest.raises(ValueError, match=r"shape of out argument doesn't match. Expected \(4,\), got \(3,\)"):
        array.get_basic_selection(..., out=np.empty(3, "i4"))
    with pytest.raises(
        ValueError, match=r"data type of out argument doesn't match. Expected int32, got int64"
    ):
        array.get_basic_selection(..., out=np.empty(4, "i8"))
    with pytest.raises(TypeError, match=r"out: expected an NDBuffer or an array. Got <class 'list'>"):
        array.get_basic_selection(..., out=[0] * 4)


@pytest.mark.parametrize("store", [MemoryStore(), LatencyStore(MemoryStore())], ids=["memory", "waiting"])
def test_missing_chunks_can_be_an_error(store: Any) -> None:
    array = zarr.create_array(
        store, name="a", shape=(4,), chunks=(2,), dtype="i4", fill_value=5, overwrite=True
    )
    array[:2] = 1
    strict = array.with_config({"read_missing_chunks": False})
    assert array[:].tolist() == [1, 1, 5, 5]
    assert strict[:2].tolist() == [1, 1]
    with pytest.raises(ChunkNotFoundError, match=r"array '/a' of .* has no chunk 'a/c/1'"):
        strict[:]


def test_with_config_keeps_what_it_is_not_given() -> None:
    array = zarr.create_array(MemoryStore(), shape=(2, 3), dtype="i4", config={"write_empty_chunks": True})
    changed = array.with_config({"order": "F"})
    assert (changed.config.order, changed.config.write_empty_chunks) == ("F", True)
    assert changed[:].flags.f_contiguous
    assert array[:].flags.c_contiguous
    assert array.order == "C"
    with pytest.raises(TypeError, match="nope"):
        array.with_config({"nope": 1})


@pytest.mark.parametrize("shards", [None, (4,)])
@pytest.mark.parametrize("keep", [False, True])
def test_write_empty_chunks(keep: bool, shards: Any) -> None:
    array = zarr.create_array(
        MemoryStore(), shape=(8,), chunks=(2,), shards=shards, dtype="i4", config={"write_empty_chunks": keep}
    )
    array[:] = 0
    assert array.nchunks_initialized == (4 if keep else 0)
    array[:] = 1
    array[2:] = 0
    assert array[:].tolist() == [1, 1] + [0] * 6
    assert array.nchunks_initialized == (4 if keep else 1 if shards is None else 2)


@pytest.mark.parametrize("kind", ["memory", "local"])
def test_pickling(kind: str, tmp_path: Path) -> None:
    store = MemoryStore() if kind == "memory" else LocalStore(tmp_path)
    array = zarr.create_array(store, name="a", data=np.arange(4), config={"order": "F"}, attributes={"x": 1})
    array[...]
    for one in (array, array.async_array):
        again = pickle.loads(pickle.dumps(one))
        assert type(again) is type(one)
        assert again.metadata == array.metadata
        assert again.config == array.config
    again = pickle.loads(pickle.dumps(array))
    assert again[:].tolist() == [0, 1, 2, 3]
    assert again == array
    if kind == "local":
        again[0] = 9
        assert array[0] == 9


def test_equality() -> None:
    store = MemoryStore()
    array = zarr.create_array(store, name="a", shape=(2,), dtype="i4")
    assert zarr.open_array(store, path="a") == array
    assert array != zarr.create_array(store, name="b", shape=(2,), dtype="i4")
    assert array != zarr.open_array(store, path="a", config={"order": "F"})


def test_codecs_are_shown() -> None:
    array = zarr.create_array(
        MemoryStore(),
        shape=(2, 2),
        dtype="i4",
        filters={"name": "transpose", "configuration": {"order": [1, 0]}},
    )
    assert [type(c).__name__ for c in array.filters] == ["TransposeCodec"]
    assert type(array.serializer).__name__ == "BytesCodec"
    assert [type(c).__name__ for c in array.compressors] == ["ZstdCodec"]
    with pytest.warns(ZarrDeprecationWarning), pytest.raises(TypeError, match="compressors"):
        array.compressor
    old = zarr.create_array(MemoryStore(), shape=(2, 2), dtype="i4", zarr_format=2)
    assert (old.filters, old.serializer) == ((), None)
    with pytest.warns(ZarrDeprecationWarning):
        assert old.compressor == old.compressors[0]


def test_an_array_indexes_another() -> None:
    array = zarr.create_array(MemoryStore(), data=np.arange(10) * 10, chunks=(3,))
    index = zarr.create_array(MemoryStore(), data=np.array([3, 1]))
    mask = zarr.create_array(MemoryStore(), data=np.arange(10) > 7)
    assert array[index].tolist() == array.oindex[index].tolist() == array.vindex[index].tolist() == [30, 10]
    assert array[mask].tolist() == array.vindex[mask].tolist() == [80, 90]
    array[:] = zarr.create_array(MemoryStore(), data=np.arange(10))
    assert array[:].tolist() == list(range(10))


async def test_the_faces_of_an_async_array() -> None:
    array = await zarr.AsyncArray.open(
        zarr.create_array(MemoryStore(), data=np.arange(6).reshape(2, 3)).store_path
    )
    assert (await array.oindex.getitem(([1], slice(None)))).tolist() == [[3, 4, 5]]
    assert (await array.vindex.getitem(([1], [2]))).tolist() == [5]
    assert (await array.vindex.getitem(np.eye(2, 3, dtype=bool))).tolist() == [0, 4]


def test_info_complete_of_shards_counts_shards() -> None:
    array = zarr.create_array({}, shape=(40, 30), chunks=(5, 5), shards=(20, 15), dtype="i2")
    array[:20] = 1
    assert repr(array.info_complete()).endswith("Shards Initialized : 2")
    assert array.nchunks_initialized == 24
