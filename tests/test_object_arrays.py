"""Object arrays of format 2: those that zarr-python 2 wrote, those we write, and the refusal to unpickle."""

from __future__ import annotations

import asyncio
import json
import pickle
import runpy
import sys
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest

import zarr
from zarr.core.buffer import cpu
from zarr.core.dtype import JSONObject, VariableLengthArray, VariableLengthBytes
from zarr.errors import ChunkError, PickleCodecDisabledError, UnknownCodecError
from zarr.storage import MemoryStore

DATA = Path(__file__).parent / "data" / "zp2-objects"
MADE = runpy.run_path(str(DATA / "make.py"))
CASES: dict[str, tuple[str, dict[str, Any], Any, dict[str, Any]]] = MADE["CASES"]
objects = MADE["objects"]

HAS_MSGPACK = hasattr(numcodecs, "MsgPack")
NEEDS_MSGPACK = pytest.mark.skipif(not HAS_MSGPACK, reason="msgpack is not installed")
ALLOWED = {"array.allow_unsafe_pickle_decode": True}

#: What missing elements read as, where it is not 0.
MISSING: dict[str, Any] = {
    "json2-null": None, "json2-text": "fill", "json2-list": [1, 2], "vlen-utf8": "0", "vlen-bytes": b"",
    "vlen-array": np.zeros(1, "<i4"), "vlen-array-F": np.empty(0, ">f8"), "categorize": "0", "categorize-U": "",
}  # fmt: skip


def each_case() -> list[Any]:
    return [pytest.param(n, marks=NEEDS_MSGPACK if n.startswith("msgpack") else ()) for n in CASES]


def same(found: Any, expected: Any) -> bool:
    """Type and value, so that 1 is neither True nor 1.0; texts are texts."""
    if isinstance(expected, np.ndarray):
        return (
            isinstance(found, np.ndarray)
            and found.dtype == expected.dtype
            and (found == expected).all().item()
        )
    if isinstance(expected, str):
        return isinstance(found, str) and found == expected
    if isinstance(expected, list | tuple):
        return (
            type(found) is type(expected) and len(found) == len(expected) and all(map(same, found, expected))
        )
    return type(found) is type(expected) and found == expected


def assert_same(found: Any, expected: np.ndarray[Any, Any]) -> None:
    found = np.asarray(found, dtype=object) if expected.ndim == 0 else found
    assert found.shape == expected.shape
    assert all(map(same, found.flat, expected.flat)), found


def put(store: MemoryStore, key: str, data: bytes) -> None:
    asyncio.run(store.set(key, cpu.Buffer.from_bytes(data)))


def get(store: MemoryStore, key: str) -> bytes | None:
    found = asyncio.run(store.get(key, cpu.buffer_prototype))
    return None if found is None else found.to_bytes()


@pytest.mark.parametrize("name", each_case())
def test_what_zarr_2_wrote(name: str) -> None:
    _, _, values, _ = CASES[name]
    with zarr.config.set(ALLOWED):
        array = zarr.open_array(DATA / f"{name}.zarr", mode="r")
        assert_same(array[tuple(slice(n) for n in values.shape)], values)
        if not values.ndim:
            return
        rest = array[values.shape[0] + 2 :]
        assert rest.size == 2 * np.prod(values.shape[1:], dtype=int)
        assert all(same(item, MISSING.get(name, 0)) for item in rest.flat), rest
        for place in np.ndindex(values.shape):
            assert same(array[place], values[place])
        assert_same(array[values.shape[0] - 1 :: -1], values[::-1])


@pytest.mark.parametrize("name", each_case())
def test_what_we_write(name: str) -> None:
    """The same document and the same bytes as zarr-python 2, and the same values again."""
    codec, arguments, values, options = CASES[name]
    given = {"dtype": object, "fill_value": 0, **options}
    if name.startswith("categorize"):
        given["fill_value"] = "0" if given["dtype"] is object else ""
    store = MemoryStore()
    shape = (values.shape[0] + 4, *values.shape[1:]) if values.ndim else ()
    with zarr.config.set(ALLOWED):
        array = zarr.create_array(
            store,
            shape=shape,
            filters=[getattr(numcodecs, codec)(**arguments)],
            compressors=numcodecs.Zstd() if name == "json2-2d" else None,
            zarr_format=2,
            config={"write_empty_chunks": True},
            **{"chunks": shape, **given},
        )
        part = tuple(slice(n) for n in values.shape)
        array[part] = values if values.ndim else values[()]
        again = zarr.open_array(store, mode="r")
        assert again.metadata == array.metadata
        assert_same(again[part], values)
        theirs = json.loads((DATA / f"{name}.zarr" / ".zarray").read_text())
        ours = json.loads(get(store, ".zarray") or b"")
        ours.pop("dimension_separator")
        if theirs["compressor"]:
            theirs["compressor"].pop("checksum")
        if theirs["fill_value"] == 0 and name in MISSING:
            ours.pop("fill_value"), theirs.pop("fill_value")  # they left 0 where it has no meaning
        assert ours.keys() == theirs.keys()
        assert ours == theirs
        if name in ("json2-F", "pickle-F") or codec == "Pickle":
            return  # flat, so that zarr-python 2 can read it too; pickles are not the same every time
        for path in (DATA / f"{name}.zarr").iterdir():
            if not path.name.startswith(".") and not (codec == "VLenUTF8" and path.name != "0.0"):
                assert get(store, path.name) == path.read_bytes(), path.name


def new(codec: Any, shape: Any = 3, **options: Any) -> zarr.Array[Any]:
    return zarr.create_array(
        MemoryStore(), **{"shape": shape, "dtype": object, "filters": [codec], "zarr_format": 2, **options}
    )


def test_single_elements_are_any_object() -> None:
    array = new(numcodecs.JSON(), (2, 2), chunks=(1, 2))
    for value in ([1, [2]], {"k": []}, None, "text", 5, True, []):
        array[1, 0] = value
        assert same(array[1, 0], value)
        assert array[1, 1] is None
    array[0] = objects([1], "x")
    assert array[0].tolist() == [[1], "x"]
    array[:, 1] = "y"
    assert array[:].tolist() == [[[1], "y"], [[], "y"]]
    array.oindex[[0, 1], [0]] = 7
    assert array.vindex[[0, 1], [0, 1]].tolist() == [7, "y"]
    assert array.get_basic_selection((1, 0)) == 7


def test_arrays_of_variable_length() -> None:
    array = new(numcodecs.VLenArray("<i2"), chunks=2)
    array[0] = np.array([1, 2])
    array[2] = [3]
    assert [item.tolist() for item in array[:]] == [[1, 2], [], [3]]
    assert all(item.dtype == "<i2" for item in array[:])
    array[1] = None
    assert array[1].tolist() == []
    for value, match in (
        ([1.5], "float64"),
        ([[1]], "one-dimensional"),
        (["a"], "cannot be stored"),
        (5, "one-dim"),
    ):
        with pytest.raises(TypeError, match=match):
            array[0] = value
    with pytest.raises(OverflowError):
        array[0] = [40000]
    assert array[0].tolist() == [1, 2]
    with pytest.raises(ValueError, match="does not store"):
        new(numcodecs.VLenArray("<i2"), dtype=VariableLengthArray(item="<i4"))
    made = zarr.create_array(MemoryStore(), shape=1, dtype=VariableLengthArray(item="<i4"), zarr_format=2)
    assert made.filters == (numcodecs.VLenArray("<i4"),)
    with pytest.raises(ValueError, match="cannot have items"):
        new({"id": "vlen-array", "dtype": "|O"})


def test_a_fill_value_is_never_shared() -> None:
    array = new(numcodecs.JSON(), fill_value=[1])
    first = array[:]
    first[0].append(2)
    assert array[:].tolist() == [[1], [1], [1]]
    assert array.fill_value == [1]


def test_fill_values_are_elided_by_type() -> None:
    array = new(numcodecs.JSON(), 8, chunks=2, fill_value=0)
    array[:] = [0, 0, False, 0, 0.0, 0, None, 0]
    assert array.nchunks_initialized == 3
    assert [type(item) for item in array[:]] == [int, int, bool, int, float, int, type(None), int]
    texts = new(numcodecs.JSON(), 4, chunks=2, fill_value="")
    texts[:] = ["", "", "a", ""]
    assert texts.nchunks_initialized == 1


def test_json_refuses_what_is_not_json() -> None:
    array = new(numcodecs.JSON())
    for value in ({1}, b"bytes", np.arange(2), 1j):
        with pytest.raises(TypeError, match="not JSON serializable"):
            array[0] = value
    with pytest.raises(TypeError, match="must be JSON"):
        new(numcodecs.JSON(), fill_value=b"bytes")


@pytest.mark.parametrize(
    "document",
    ['["a","|O",[2]]', '["a","b","c","|O",[2]]', '["a","b","|O",[1000000000000]]', '["a"]', '{"a":1}', "[",
     '[["a"],["b"],"|O",[1,3]]', '["|O",[0]]', '["a","b","c","|O","abc"]', '["a","b","c","|O",[-1,-3]]'],
)  # fmt: skip
def test_stored_documents_are_not_trusted(document: str) -> None:
    store = MemoryStore()
    zarr.create_array(
        store, shape=3, dtype=object, filters=[numcodecs.JSON()], compressors=None, zarr_format=2
    )
    put(store, "0", document.encode())
    with pytest.raises(ChunkError, match="chunk '0'"):
        zarr.open_array(store)[:]


def test_counts_are_not_trusted() -> None:
    store = MemoryStore()
    zarr.create_array(
        store, shape=3, dtype=object, filters=[numcodecs.VLenBytes()], compressors=None, zarr_format=2
    )
    for data in (b"", b"\xff\xff\xff\xff", b"\x03\0\0\0"):
        put(store, "0", data)
        with pytest.raises(ChunkError, match="a count of"):
            zarr.open_array(store)[:]


def test_which_object_codec() -> None:
    with pytest.raises(ValueError, match="ambiguous"):
        zarr.create_array(MemoryStore(), shape=1, dtype=object, zarr_format=2)
    with pytest.raises(ValueError, match="ambiguous"):
        zarr.create_array(MemoryStore(), shape=1, dtype=object)
    with pytest.raises(ValueError, match="'vlen-utf8', which must come first"):
        zarr.create_array(MemoryStore(), shape=1, dtype=str, filters=[numcodecs.JSON()], zarr_format=2)
    with pytest.raises(ValueError, match="'vlen-bytes', which must come first"):
        zarr.create_array(MemoryStore(), shape=1, dtype=VariableLengthBytes(), filters=None, zarr_format=2)
    with pytest.raises(ValueError, match="of format 2"):
        zarr.create_array(MemoryStore(), shape=1, dtype=JSONObject())
    made = zarr.create_array(MemoryStore(), shape=1, dtype=JSONObject(), zarr_format=2)
    made[0] = {"a": 1}
    assert made[0] == {"a": 1}
    old = zarr.create(
        shape=2, dtype=object, filters=[numcodecs.VLenUTF8()], zarr_format=2, store=MemoryStore()
    )
    old[:] = ["a", "b"]
    assert old.dtype == np.dtypes.StringDType()
    assert old[:].tolist() == ["a", "b"]


def test_more_filters_behind_the_object_codec() -> None:
    array = new(numcodecs.JSON(), filters=[numcodecs.JSON(), numcodecs.Zlib()], compressors=numcodecs.BZ2())
    array[:] = ["a", [1], None]
    assert array[:].tolist() == ["a", [1], None]
    alone = new(None, filters=None, compressors=numcodecs.JSON())
    alone[:] = ["a", [1], None]
    assert alone[:].tolist() == ["a", [1], None]


def test_json_of_numbers() -> None:
    array = new(numcodecs.JSON(), (2, 3), dtype="i4", order="F")
    array[:] = np.arange(6).reshape(2, 3)
    assert array[:].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_without_msgpack(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = sys.modules["numcodecs.registry"]
    monkeypatch.delitem(registry.codec_registry, "msgpack2", raising=False)
    monkeypatch.delitem(registry.entries, "msgpack2", raising=False)
    with pytest.raises(UnknownCodecError, match="pip install msgpack"):
        zarr.open_array(DATA / "msgpack2.zarr", mode="r")


@NEEDS_MSGPACK
def test_msgpack_keeps_keys_that_are_not_text() -> None:
    array = new(numcodecs.MsgPack())
    array[0] = {1: b"x", None: [2.5]}
    assert array[0] == {1: b"x", None: [2.5]}


class Bomb:
    """Goes off when unpickled."""

    def __reduce__(self) -> Any:
        return pytest.fail, ("unpickled",)


CHAINS: list[dict[str, Any]] = [
    {"dtype": object, "filters": [{"id": "pickle"}]},
    {"dtype": "i4", "filters": [{"id": "pickle"}]},
    {"dtype": "i4", "filters": [{"id": "zlib"}, {"id": "pickle"}]},
    {"dtype": "i4", "filters": [{"id": "pickle"}, {"id": "zlib"}]},
    {"dtype": "i4", "filters": None, "compressors": {"id": "pickle"}},
    {"dtype": object, "filters": None, "compressors": {"id": "pickle"}},
    {"dtype": object, "filters": [{"id": "json2"}], "compressors": {"id": "pickle"}},
]


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("setting", [False, 0, None, "false", "True", "yes"])
def test_pickles_are_refused(chain: dict[str, Any], setting: Any) -> None:
    store = MemoryStore()
    array = zarr.create_array(store, **{"shape": 2, "zarr_format": 2, "compressors": None, **chain})
    put(store, "0", pickle.dumps(Bomb()))
    with zarr.config.set({"array.allow_unsafe_pickle_decode": setting}):
        for handle in (array, zarr.open_array(store), zarr.open(store)):
            assert "(2,)" in repr(handle)
            assert handle.info is not None
            for read in (
                lambda h=handle: h[:],
                lambda h=handle: h[0],
                lambda h=handle: h.get_block_selection(0),
            ):
                with pytest.raises(PickleCodecDisabledError, match="allow_unsafe_pickle_decode"):
                    read()
            with pytest.raises(PickleCodecDisabledError):
                handle[0] = 1
            with pytest.raises(PickleCodecDisabledError):
                handle[:] = 1
            with pytest.raises(PickleCodecDisabledError):
                asyncio.run(handle._async_array.getitem(0))
    assert get(store, "0") == pickle.dumps(Bomb())


@pytest.mark.parametrize("chain", CHAINS)
def test_pickles_are_used_where_that_is_allowed(chain: dict[str, Any]) -> None:
    """As long as it is, and whatever numcodecs' own switch says."""
    array = zarr.create_array(MemoryStore(), **{"shape": 2, "zarr_format": 2, "compressors": None, **chain})
    with zarr.config.set(ALLOWED):
        array[:] = [1, 2]
        assert array[:].tolist() == [1, 2]
    with pytest.raises(PickleCodecDisabledError):
        array[:]


def test_pickles_in_format_3() -> None:
    store = MemoryStore()
    zarr.create_array(store, shape=2, dtype="i4", compressors=None)
    document = json.loads(get(store, "zarr.json") or b"")
    for codecs in (
        [*document["codecs"], {"name": "numcodecs.pickle", "configuration": {}}],
        [{"name": "numcodecs.pickle", "configuration": {"protocol": 5}}],
        [{"name": "pickle"}],
    ):
        put(store, "zarr.json", json.dumps({**document, "codecs": codecs}).encode())
        with pytest.raises(PickleCodecDisabledError, match="allow_unsafe_pickle_decode"):
            zarr.open_array(store)
        with zarr.config.set(ALLOWED), pytest.raises(UnknownCodecError):
            zarr.open_array(store)
    with pytest.raises(PickleCodecDisabledError):
        zarr.create_array(MemoryStore(), shape=2, dtype="i4", compressors=numcodecs.Pickle())
