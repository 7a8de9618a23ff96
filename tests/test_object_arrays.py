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
from zarr.abc.buffer import BufferPrototype
from zarr.core.buffer import cpu
from zarr.core.dtype import JSONObject, VariableLengthArray, VariableLengthBytes
from zarr.errors import ChunkError, PickleCodecDisabledError, UnknownCodecError, ZarrRuntimeWarning
from zarr.storage import MemoryStore
from zarr.testing.buffer import NDBufferUsingTestNDArrayLike, TestBuffer

DATA = Path(__file__).parent / "data" / "zp2-objects"
MADE = runpy.run_path(str(DATA / "make.py"))
CASES: dict[str, tuple[str, dict[str, Any], Any, dict[str, Any]]] = MADE["CASES"]
objects = MADE["objects"]

HAS_MSGPACK = hasattr(numcodecs, "MsgPack")
NEEDS_MSGPACK = pytest.mark.skipif(not HAS_MSGPACK, reason="msgpack is not installed")
OTHER_BUFFERS = BufferPrototype(TestBuffer, NDBufferUsingTestNDArrayLike)
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


# --- object_codec of zarr.create, as programs for Zarr 2 give it


def vlen_arrays() -> Any:
    out = np.empty(2, object)
    out[:] = [np.arange(2, dtype="<i4"), np.arange(3, dtype="<i4")]
    return out


OBJECT_CODECS: list[Any] = [
    (numcodecs.JSON(), object, ["a", 1, None, [1, 2]]),
    (numcodecs.JSON(), str, ["a", "b"]),
    (numcodecs.VLenUTF8(), object, ["a", "bé"]),
    (numcodecs.VLenUTF8(), "O", ["a", "bé"]),
    (numcodecs.VLenUTF8(), str, ["a", "bé"]),
    ({"id": "vlen-utf8"}, object, ["a", "bé"]),
    (numcodecs.VLenBytes(), object, [b"a", b"b\0"]),
    (numcodecs.VLenBytes(), bytes, [b"a", b"b\0"]),
    (numcodecs.VLenArray("<i4"), object, vlen_arrays()),
    (numcodecs.Categorize(["a", "b"], dtype=object), object, ["a", "b", "a"]),
]
if HAS_MSGPACK:
    OBJECT_CODECS.append((numcodecs.MsgPack(), object, ["a", 1, None, [1, 2]]))


@pytest.mark.parametrize(("codec", "dtype", "values"), OBJECT_CODECS)
@pytest.mark.parametrize("filters", [None, [numcodecs.CRC32()]])
def test_an_object_codec_is_the_first_filter(codec: Any, dtype: Any, values: Any, filters: Any) -> None:
    expected = np.empty(len(values), object)
    expected[:] = values
    store = MemoryStore()
    array = zarr.create(
        len(values), store=store, dtype=dtype, object_codec=codec, filters=filters, zarr_format=2
    )
    array[...] = expected
    ids = [codec["id"] if isinstance(codec, dict) else codec.codec_id, *(f.codec_id for f in filters or ())]
    assert [f.codec_id for f in array.filters] == ids
    assert json.loads(get(store, ".zarray") or b"")["dtype"] == "|O"
    for handle in (array, zarr.open_array(store, mode="r")):
        assert_same(handle[...], expected)


def test_object_codec_of_the_functions_beside_create() -> None:
    given: dict[str, Any] = {"dtype": object, "object_codec": numcodecs.VLenUTF8(), "zarr_format": 2}
    assert zarr.array(np.array(["a", "b"], object), **given)[:].tolist() == ["a", "b"]
    assert zarr.full(2, "x", **given)[:].tolist() == ["x", "x"]
    assert zarr.empty(2, **given).filters[0].codec_id == "vlen-utf8"
    with pytest.raises(PickleCodecDisabledError):
        zarr.create(2, dtype=object, object_codec=numcodecs.Pickle(), zarr_format=2)[:] = [1, 2]


@pytest.mark.parametrize("codec", [numcodecs.Zlib(), "json", {"id": "delta"}])
def test_codecs_that_make_no_bytes_of_objects(codec: Any) -> None:
    with pytest.raises(ValueError, match="object_codec: expected a codec that makes bytes of objects"):
        zarr.create(2, dtype=object, object_codec=codec, zarr_format=2)


def test_an_object_codec_and_one_among_the_filters() -> None:
    with pytest.raises(ValueError, match="give one of both"):
        zarr.create(
            2, dtype=object, object_codec=numcodecs.JSON(), filters=[numcodecs.VLenUTF8()], zarr_format=2
        )


def test_an_object_codec_without_effect() -> None:
    for given in ({"dtype": "i4", "zarr_format": 2}, {"dtype": str, "zarr_format": 3}):
        with pytest.warns(ZarrRuntimeWarning, match="object_codec argument has no effect"):
            array = zarr.create(2, object_codec=numcodecs.JSON(), **given)
        assert array.filters == ()


# --- objects in chunks of one element, and in buffers of other classes


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
def test_one_element_that_is_read_only(zarr_format: Any) -> None:
    for dtype, value in (("variable_length_bytes", b"a\0"), (str, "a")):
        array = zarr.create_array({}, shape=3, chunks=1, dtype=dtype, zarr_format=zarr_format)
        given = np.array([value], array.dtype)
        given.flags.writeable = False
        array[1:2] = given
        array[2:] = value
        assert array[1:].tolist() == [value, value]


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
def test_objects_in_buffers_of_other_classes(zarr_format: Any) -> None:
    """Zeros at the end of bytes are kept, in values, parts and fill values."""
    array = zarr.create_array(
        {}, shape=4, chunks=2, dtype="variable_length_bytes", fill_value=b"f\0", zarr_format=zarr_format
    )
    array.set_basic_selection(0, b"\0", prototype=OTHER_BUFFERS)
    array.set_basic_selection(slice(2, 4), np.array([b"c\0", b""], object), prototype=OTHER_BUFFERS)
    expected = [b"\0", b"f\0", b"c\0", b""]
    for prototype in (None, OTHER_BUFFERS):
        assert array.get_basic_selection(slice(None), prototype=prototype).tolist() == expected
        for place, value in enumerate(expected):
            assert array.get_basic_selection(place, prototype=prototype) == value
            assert array.get_orthogonal_selection((place,), prototype=prototype) == value


@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
def test_one_object_in_a_shard_without_dimensions() -> None:
    """It is put into the result itself, not wrapped in an array."""
    array = zarr.create_array({}, shape=(), shards={"shape": ()}, dtype="variable_length_bytes")
    assert array[()] == b""
    array[()] = b"a\0"
    assert type(array[()]) is bytes
    assert array[()] == b"a\0"
    out = np.empty((), object)
    array.get_basic_selection((), out=out)
    assert type(out[()]) is bytes


def test_arrays_as_elements_in_buffers_of_other_classes() -> None:
    array = zarr.create_array(
        {}, shape=2, chunks=1, dtype=object, filters=[numcodecs.VLenArray("<i4")], zarr_format=2
    )
    array.set_basic_selection(slice(None), vlen_arrays(), prototype=OTHER_BUFFERS)
    for prototype in (None, OTHER_BUFFERS):
        assert array.get_basic_selection(1, prototype=prototype).tolist() == [0, 1, 2]
        assert array.get_basic_selection(slice(1, 2), prototype=prototype)[0].tolist() == [0, 1, 2]


# --- what follows the objects


@pytest.mark.parametrize("name", each_case())
def test_bytes_after_the_last_object(name: str) -> None:
    codec, arguments, values, options = CASES[name]
    store = MemoryStore()
    given: dict[str, Any] = {"dtype": object, **options, "chunks": values.shape, "compressors": None}
    with zarr.config.set(ALLOWED):
        array = zarr.create_array(
            store,
            shape=values.shape,
            filters=[getattr(numcodecs, codec)(**arguments)],
            zarr_format=2,
            config={"write_empty_chunks": True},
            **given,
        )
        array[...] = values if values.ndim else values[()]
        key = ".".join("0" * values.ndim) or "0"
        put(store, key, (get(store, key) or b"") + b"more")
        with pytest.raises(ChunkError):
            array[...]
