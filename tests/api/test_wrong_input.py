"""Wrong input: each row says what is wrong, the class of the exception, and what the message has to name.

Classes are those of Zarr-Python 3.4.2 (or subclasses of them). Nothing that exists is changed by any of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.core.buffer import cpu
from zarr.errors import (
    ArrayNotFoundError,
    BoundsCheckError,
    ChunkError,
    ContainsArrayError,
    ContainsGroupError,
    GroupNotFoundError,
    MetadataValidationError,
    NegativeStepError,
    NodeTypeValidationError,
    UnknownCodecError,
    VindexInvalidSelectionError,
)
from zarr.storage import MemoryStore
from zarr.testing.store import LatencyStore

pytestmark = pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")

Row = tuple[Any, type[BaseException], str]


def rows(table: dict[str, Row]) -> list[Any]:
    return [pytest.param(*row, id=name) for name, row in table.items()]


# --- options of a new array

CREATING: dict[str, Row] = {
    # shape
    "negative shape": ({"shape": (-1,)}, ValueError, r"non-negative. Got \(-1,\)"),
    "float shape": ({"shape": (3.5,)}, TypeError, r"integers. Got \(3.5,\)"),
    "str shape": ({"shape": "x"}, TypeError, "integers. Got 'x'"),
    "no shape": ({"shape": None}, ValueError, "shape=None, dtype='i4'"),
    "no dtype": ({"dtype": None}, ValueError, r"shape=\(8,\), dtype=None"),
    "data and shape": ({"data": np.ones(8), "dtype": None}, ValueError, "`shape` parameter was also used"),
    "data and dtype": ({"data": np.ones(8), "shape": None}, ValueError, "`dtype` parameter was also used"),
    "masked data": (
        {"data": np.ma.masked_array([1], mask=[True]), "shape": None, "dtype": None},
        TypeError,
        "data: a masked array cannot be stored",
    ),
    # data type
    "unknown dtype": ({"dtype": "nope"}, TypeError, "'nope' not understood"),
    "object dtype": ({"dtype": object}, ValueError, "object.* data type is ambiguous"),
    "object data": (
        {"data": np.array([object()]), "shape": None, "dtype": None},
        ValueError,
        "object.* data type is ambiguous",
    ),
    "string without room": ({"dtype": "S"}, ValueError, "length must be >= 1, got 0"),
    # chunks and shards
    "chunks of other dimensions": ({"chunks": (2, 2)}, ValueError, "chunks has 2 dimensions but shape has 1"),
    "chunks of 0": ({"chunks": (0,)}, ValueError, "positive or -1, got 0"),
    "negative chunks": ({"chunks": (-2,)}, ValueError, "positive or -1, got -2"),
    "float chunks": ({"chunks": (2.5,)}, TypeError, "got 2.5 of type float"),
    "chunks that do not add up": ({"chunks": [[3, 4]]}, ValueError, r"\[3, 4\] do not sum to span 8"),
    "chunks of an unknown size": ({"chunks": "lots"}, ValueError, "'lots' is not a size in bytes"),
    "shards that do not divide": (
        {"chunks": (3,), "shards": (10,)},
        ValueError,
        "Chunk edge length 10 in dimension 0 is not divisible by the shard's inner chunk size 3",
    ),
    "shards of other dimensions": (
        {"chunks": (2,), "shards": (4, 4)},
        ValueError,
        "2 dimensions but shape has 1",
    ),
    "rectilinear chunks in shards": (
        {"chunks": [[3, 5]], "shards": (8,)},
        ValueError,
        "Rectilinear chunks with sharding",
    ),
    "shards without shape": ({"chunks": (2,), "shards": {}}, ValueError, "needs the key 'shape'"),
    "unknown option of shards": (
        {"chunks": (2,), "shards": {"shape": (4,), "nope": 1}},
        TypeError,
        "nope",
    ),
    "index of shards somewhere": (
        {"chunks": (2,), "shards": {"shape": (4,), "index_location": "middle"}},
        ValueError,
        r"shards.*index_location: .*'middle'",
    ),
    # codecs
    "unknown codec": ({"compressors": {"name": "nope"}}, UnknownCodecError, "'nope' is not available"),
    "codec of another kind": (
        {"compressors": {"name": "bytes"}},
        TypeError,
        "compressors: Expected a BytesBytesCodec",
    ),
    "codec of format 2": ({"compressors": {"id": "zlib"}}, TypeError, r"compressors: .*\{'id': 'zlib'\}"),
    "filter of another kind": (
        {"filters": {"name": "crc32c"}},
        TypeError,
        "filters: Expected an ArrayArrayCodec",
    ),
    "serializer of another kind": (
        {"serializer": {"name": "crc32c"}},
        TypeError,
        "serializer: Expected an ArrayBytesCodec",
    ),
    "bad level": (
        {"compressors": {"name": "gzip", "configuration": {"level": 99}}},
        ValueError,
        "level.*99",
    ),
    "transpose of other dimensions": (
        {"filters": {"name": "transpose", "configuration": {"order": [1, 0]}}},
        ValueError,
        "order",
    ),
    # the rest
    "bad fill value": ({"fill_value": "x"}, ValueError, "fill_value: invalid literal.*'x'"),
    "fill value out of range": (
        {"dtype": "i1", "fill_value": 1000},
        OverflowError,
        "fill_value: .*1000.*int8",
    ),
    "too many names": ({"dimension_names": ["a", "b"]}, ValueError, "dimension_names: .* 2 and 1"),
    "names that are none": ({"dimension_names": [1]}, TypeError, r"dimension_names: .*\(1,\)"),
    "attributes that are none": ({"attributes": [1]}, TypeError, "attributes: "),
    "unknown key encoding": (
        {"chunk_key_encoding": {"name": "nope"}},
        ValueError,
        "chunk_key_encoding: .*'nope'",
    ),
    "unknown config": ({"config": {"nope": 1}}, TypeError, "nope"),
    "bad order in config": ({"config": {"order": "Q"}}, ValueError, "'Q'"),
    "bad format": ({"zarr_format": 4}, ValueError, "zarr_format must be 2 or 3. Got 4"),
    "bad path": ({"name": "a/../b"}, ValueError, "'a/../b' is invalid"),
    # format 2
    "format 2 has no shards": (
        {"zarr_format": 2, "chunks": (2,), "shards": (4,)},
        ValueError,
        "`shards`.*format=3",
    ),
    "format 2 has no serializer": (
        {"zarr_format": 2, "serializer": {"name": "bytes"}},
        ValueError,
        "`serializer`",
    ),
    "format 2 has no names": ({"zarr_format": 2, "dimension_names": ["a"]}, ValueError, "`dimension_names`"),
    "format 2 has regular chunks": ({"zarr_format": 2, "chunks": [[3, 5]]}, ValueError, "varying lengths"),
    "format 2 has one compressor": (
        {"zarr_format": 2, "compressors": [{"id": "zlib"}] * 2},
        ValueError,
        "one compressor",
    ),
    "format 2 has its key encoding": (
        {"zarr_format": 2, "chunk_key_encoding": {"name": "default"}},
        ValueError,
        "must be 'v2'. Got 'default'",
    ),
    "format 2, unknown codec": (
        {"zarr_format": 2, "compressors": {"id": "nope"}},
        UnknownCodecError,
        "'nope'",
    ),
    "format 2, codec of format 3": (
        {"zarr_format": 2, "filters": [{"name": "transpose", "configuration": {"order": [0]}}]},
        (TypeError, ValueError),  # type: ignore[dict-item]
        "transpose|id",
    ),
    "format 2, bad order": ({"zarr_format": 2, "order": "Q"}, ValueError, "order: .*'Q'"),
}


@pytest.mark.parametrize(("options", "error", "message"), rows(CREATING))
def test_creating(options: dict[str, Any], error: Any, message: str) -> None:
    store = MemoryStore()
    with pytest.raises(error, match=message):
        zarr.create_array(store, **{"shape": (8,), "dtype": "i4", **options})
    assert store._store_dict == {}


# --- places

EXISTING: dict[str, Row] = {
    "array where an array is": (
        lambda s: zarr.create_array(s, name="a", shape=1, dtype="i4"),
        ContainsArrayError,
        "'a'",
    ),
    "array where a group is": (
        lambda s: zarr.create_array(s, name="g", shape=1, dtype="i4"),
        ContainsGroupError,
        "'g'",
    ),
    "group where an array is": (lambda s: zarr.create_group(s, path="a"), ContainsArrayError, "'a'"),
    "group where a group is": (lambda s: zarr.create_group(s, path="g"), ContainsGroupError, "'g'"),
    "array below an array": (
        lambda s: zarr.create_array(s, name="a/b", shape=1, dtype="i4"),
        ContainsArrayError,
        "a/b: only groups may have child nodes, and there is an array at .*a",
    ),
    "opened as an array": (lambda s: zarr.open_array(s, path="g"), NodeTypeValidationError, "got 'group'"),
    "opened as a group": (
        lambda s: zarr.open_group(s, path="a"),
        ContainsArrayError,
        "array already exists .* path a",
    ),
    "no array": (lambda s: zarr.open_array(s, path="zz"), ArrayNotFoundError, "No array found .*'zz'"),
    "no group": (
        lambda s: zarr.open_group(s, path="zz", mode="r"),
        GroupNotFoundError,
        "No group found .*'zz'",
    ),
    "no node": (
        lambda s: zarr.open(s, path="zz", mode="r"),
        FileNotFoundError,
        "No array or group found .*'zz'",
    ),
    "no member": (lambda s: zarr.open_group(s)["zz"], KeyError, "zz"),
    "bad mode": (
        lambda s: zarr.open(s, mode="q"),
        ValueError,
        r"Invalid mode: q, expected one of \('r', 'r\+'",
    ),
    "bad mode of an array": (lambda s: zarr.open_array(s, mode="rw"), ValueError, "Invalid mode: rw"),
    "bad mode of a group": (lambda s: zarr.open_group(s, mode=""), ValueError, "Invalid mode: "),
    "bad path": (lambda s: zarr.open_group(s, path="../x"), ValueError, "'../x' is invalid"),
    "not empty": (
        lambda s: zarr.open_group(s, mode="w-"),
        FileExistsError,
        "mode 'w-' because it already contains data",
    ),
    "bad store": (lambda s: zarr.open(3.5), TypeError, "Unsupported type for store_like: 'float'"),
    "bad store of an array": (
        lambda s: zarr.create_array([], shape=1, dtype="i4"),
        TypeError,
        "store_like: 'list'",
    ),
    "unknown URL": (lambda s: zarr.open("nope://x/y"), ValueError, "nope://"),
    "options without URL": (
        lambda s: zarr.open(s, storage_options={"a": 1}),
        TypeError,
        "storage_options.*MemoryStore",
    ),
    "nothing to consolidate": (lambda s: zarr.consolidate_metadata(s, path="zz"), FileNotFoundError, "'zz'"),
    "not consolidated": (lambda s: zarr.open_consolidated(s), ValueError, "Consolidated metadata requested"),
}


@pytest.mark.parametrize(("call", "error", "message"), rows(EXISTING))
def test_places(call: Callable[[Any], Any], error: Any, message: str) -> None:
    store = MemoryStore()
    zarr.create_group(store, path="g")
    zarr.create_array(store, name="a", shape=(4,), dtype="i4")[:] = 1
    before = dict(store._store_dict)
    with pytest.raises(error, match=message):
        call(store)
    assert store._store_dict == before


@pytest.mark.parametrize("opener", [zarr.open, zarr.open_array, zarr.open_group, zarr.load])
def test_a_path_that_is_missing(opener: Any, tmp_path: Path) -> None:
    options = {} if opener is zarr.load else {"mode": "r"}
    for place in (tmp_path / "nope", str(tmp_path / "nope"), f"file://{tmp_path}/nope"):
        with pytest.raises(FileNotFoundError, match="nope does not exist"):
            opener(place, **options)
    assert list(tmp_path.iterdir()) == []


# --- documents


def v3(**changes: Any) -> bytes:
    """The document of an array with some members changed; None takes one away."""
    document: dict[str, Any] = {
        "zarr_format": 3, "node_type": "array", "shape": [4], "data_type": "int32", "fill_value": 0,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2]}},
        "chunk_key_encoding": {"name": "default"},
        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
    }  # fmt: skip
    document.update(changes)
    return json.dumps({k: v for k, v in document.items() if v is not None}).encode()


DOCUMENTS: dict[str, Row] = {
    "not JSON": (b'{"zarr_format": 3,', MetadataValidationError, "zarr.json: not valid JSON"),
    "not UTF-8": (b"\xff\xfe{}", MetadataValidationError, "zarr.json: not UTF-8"),
    "empty": (b"", MetadataValidationError, "zarr.json: not valid JSON"),
    "no object": (b"[1]", MetadataValidationError, "zarr.json: expected an object, got list"),
    "no format": (v3(zarr_format=None), MetadataValidationError, "zarr.json: zarr_format"),
    "format 4": (v3(zarr_format=4), MetadataValidationError, "zarr.json: zarr_format.* Got 4|zarr_format.*4"),
    "no kind": (v3(node_type=None), MetadataValidationError, "zarr.json: node_type"),
    "another kind": (v3(node_type="table"), MetadataValidationError, "node_type.*table"),
    "no shape": (v3(shape=None), (ValueError, TypeError), "zarr.json: .*shape"),  # type: ignore[dict-item]
    "negative shape": (v3(shape=[-4]), ValueError, "zarr.json: shape"),
    "unknown data type": (v3(data_type="int31"), ValueError, "zarr.json: data_type.*int31"),
    "unknown codec": (v3(codecs=[{"name": "nope"}]), UnknownCodecError, r"zarr.json: codecs\[0\].*nope"),
    "no codecs": (v3(codecs=[]), ValueError, "zarr.json: codecs"),
    "unknown grid": (v3(chunk_grid={"name": "nope"}), ValueError, "zarr.json: chunk_grid.*nope"),
    "chunks of no number": (
        v3(chunk_grid={"name": "regular", "configuration": {"chunk_shape": ["x"]}}),
        TypeError,
        r"zarr.json: chunk_grid\.configuration\.chunk_shape",
    ),
    "chunks of other dimensions": (
        v3(chunk_grid={"name": "regular", "configuration": {"chunk_shape": [2, 2]}}),
        ValueError,
        "zarr.json: .*dimensions",
    ),
    "bad fill value": (v3(fill_value="x"), (ValueError, TypeError), "zarr.json: fill_value"),  # type: ignore[dict-item]
    "unknown member": (v3(nope={"must_understand": True}), ValueError, "zarr.json: .*nope"),
}


@pytest.mark.parametrize("kind", ["memory", "waiting"])
@pytest.mark.parametrize(("document", "error", "message"), rows(DOCUMENTS))
def test_documents(document: bytes, error: Any, message: str, kind: str) -> None:
    inner = MemoryStore({"a/zarr.json": cpu.Buffer.from_bytes(document)})
    store: Any = inner if kind == "memory" else LatencyStore(inner)
    for opener in (zarr.open_array, zarr.open):
        with pytest.raises(error, match=message) as caught:
            opener(store, path="a", mode="r")
        assert "a/zarr.json" in str(caught.value)


# --- indexing


def grid() -> zarr.Array[Any]:
    array = zarr.create_array(MemoryStore(), shape=(100, 60), chunks=(10, 20), dtype="i4")
    array[:] = np.arange(6000).reshape(100, 60)
    return array


INDEXING: dict[str, Row] = {
    "out of bounds": (
        lambda a: a[100],
        BoundsCheckError,
        "out of bounds for dimension with length 100: index 100, axis 0",
    ),
    "negative out of bounds": (lambda a: a[0, -61], BoundsCheckError, "length 60: index -61, axis 1"),
    "too many": (lambda a: a[0, 0, 0], IndexError, "too many indices for array; expected 2, got 3"),
    "two ellipses": (lambda a: a[..., ...], IndexError, "single ellipsis"),
    "a float": (lambda a: a[1.5], IndexError, "1.5"),
    "an array of floats": (lambda a: a[np.array([1.5])], IndexError, "float64"),
    "a field": (lambda a: a["x"], IndexError, "does not have any fields"),
    "a mask of another length": (lambda a: a[np.ones(3, bool)], IndexError, "expected 100, got 3"),
    "integers out of bounds": (lambda a: a[[5, 100]], BoundsCheckError, "length 100: index 100"),
    "arrays that do not broadcast": (lambda a: a[[1, 2], [1, 2, 3]], IndexError, "broadcast"),
    "basic, an array": (lambda a: a.get_basic_selection([1]), IndexError, "basic indexing.*list"),
    "basic, a negative step": (
        lambda a: a.get_basic_selection(slice(None, None, -1)),
        NegativeStepError,
        "step >= 1",
    ),
    "oindex out of bounds": (lambda a: a.oindex[[100]], BoundsCheckError, "length 100: index 100"),
    "oindex, too many": (lambda a: a.oindex[0, 0, 0], IndexError, "too many indices.*expected 2, got 3"),
    "oindex, a negative step": (lambda a: a.oindex[::-1], NegativeStepError, "step >= 1"),
    "oindex, a mask": (lambda a: a.oindex[np.ones(3, bool)], IndexError, "expected 100, got 3"),
    "vindex out of bounds": (lambda a: a.vindex[[100], [0]], BoundsCheckError, "length 100: index 100"),
    "vindex, a slice": (
        lambda a: a.vindex[:, 0],
        VindexInvalidSelectionError,
        "one integer .* per dimension",
    ),
    "vindex, too few": (lambda a: a.vindex[[1]], VindexInvalidSelectionError, "one integer .* per dimension"),
    "mask of another shape": (
        lambda a: a.get_mask_selection(np.ones(3, bool)),
        IndexError,
        r"same shape .*\(100, 60\)",
    ),
    "no mask": (lambda a: a.get_mask_selection(np.ones((100, 60))), IndexError, "Boolean"),
    "blocks out of bounds": (lambda a: a.blocks[10], BoundsCheckError, "10 chunk.*: 10"),
    "blocks, a step": (lambda a: a.blocks[::2], IndexError, "step=1"),
    "blocks, an array": (lambda a: a.blocks[[1]], IndexError, "block indexing"),
}


@pytest.mark.parametrize(("call", "error", "message"), rows(INDEXING))
def test_indexing(call: Callable[[Any], Any], error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(grid())


def writes(selection: Any, value: Any) -> Callable[[Any], None]:
    return lambda array: array.__setitem__(selection, value)


WRITING: dict[str, Row] = {
    "out of bounds": (writes(100, 1), BoundsCheckError, "index 100"),
    "too many": (writes((0, 0, 0), 1), IndexError, "too many indices"),
    "does not broadcast": (
        writes((slice(0, 3), slice(0, 20)), np.zeros((3, 0))),
        ValueError,
        r"could not broadcast input array from shape \(3, ?0\) into shape \(3, ?20\)",
    ),
    "a list that does not broadcast": (
        writes(0, [1, 2]),
        ValueError,
        r"from shape \(2,\) into shape \(60,\)",
    ),
    "more dimensions": (writes(..., np.zeros((2, 100, 60))), ValueError, "could not broadcast"),
    "oindex does not broadcast": (
        lambda a: a.oindex.__setitem__(([1, 2],), np.zeros(3)),
        ValueError,
        "could not broadcast",
    ),
    "vindex does not broadcast": (
        lambda a: a.vindex.__setitem__(([1], [2]), [1, 2]),
        ValueError,
        "could not broadcast",
    ),
    "blocks does not broadcast": (
        lambda a: a.blocks.__setitem__(0, np.zeros(7)),
        ValueError,
        "could not broadcast",
    ),
    "mask does not broadcast": (
        lambda a: a.set_mask_selection(np.ones((100, 60), bool), [1, 2]),
        ValueError,
        "could not broadcast",
    ),
    "masked elements": (
        writes(0, np.ma.masked_array(np.ones(60), mask=np.arange(60) == 3)),
        TypeError,
        "masked array cannot be stored",
    ),
    "no number": (writes(0, "x"), ValueError, "'x'"),
    "one of many is no number": (writes(slice(None), np.array(["1"] * 59 + ["x"])), ValueError, "'x'"),
    "an object": (writes(0, object()), TypeError, "object"),
    "None": (writes(0, None), TypeError, "NoneType"),
    "too large": (writes(0, 2**40), OverflowError, "1099511627776"),
    "resize to other dimensions": (lambda a: a.resize((3,)), ValueError, "Got 1 dimension.*expected 2"),
    "resize below 0": (lambda a: a.resize((-3, 3)), ValueError, r"Got \(-3, 3\)"),
    "resize to no shape": (lambda a: a.resize("x"), TypeError, "'x'"),
    "append of another shape": (
        lambda a: a.append(np.zeros((3, 3))),
        ValueError,
        r"data is \(3, 3\) and the shape of the array is \(100, 60\)",
    ),
    "append of other dimensions": (lambda a: a.append(np.zeros(3)), ValueError, r"data is \(3,\)"),
    "append to no axis": (
        lambda a: a.append(np.zeros((3, 60)), axis=2),
        ValueError,
        "axis 2 is out of bounds",
    ),
    "masked append": (
        lambda a: a.append(np.ma.masked_array(np.ones((1, 60)), mask=True)),
        TypeError,
        "masked array cannot be stored",
    ),
    "attribute that is no JSON": (lambda a: a.attrs.update(x={1}), TypeError, r"\{1\} of type set"),
    "attribute without a name": (lambda a: a.attrs.put({1: 2}), TypeError, "names to be strings. Got 1"),
}


@pytest.mark.parametrize("kind", ["memory", "waiting"])
@pytest.mark.parametrize(("call", "error", "message"), rows(WRITING))
def test_writing(call: Callable[[Any], Any], error: Any, message: str, kind: str) -> None:
    inner = MemoryStore()
    array = zarr.create_array(
        inner if kind == "memory" else LatencyStore(inner), shape=(100, 60), chunks=(10, 7), dtype="i4"
    )
    array[:] = np.arange(6000).reshape(100, 60)
    before = {key: value.to_bytes() for key, value in inner._store_dict.items()}
    with pytest.raises(error, match=message):
        call(array)
    assert {key: value.to_bytes() for key, value in inner._store_dict.items()} == before
    assert array.shape == (100, 60)


# --- read-only stores

READ_ONLY_ARRAY: dict[str, Callable[[Any], Any]] = {
    "[]": lambda a: a.__setitem__(0, 1),
    "oindex": lambda a: a.oindex.__setitem__(0, 1),
    "vindex": lambda a: a.vindex.__setitem__([0], 1),
    "blocks": lambda a: a.blocks.__setitem__(0, 1),
    "set_basic_selection": lambda a: a.set_basic_selection(0, 1),
    "set_orthogonal_selection": lambda a: a.set_orthogonal_selection(0, 1),
    "set_coordinate_selection": lambda a: a.set_coordinate_selection([0], 1),
    "set_mask_selection": lambda a: a.set_mask_selection(np.ones(4, bool), 1),
    "set_block_selection": lambda a: a.set_block_selection(0, 1),
    "resize": lambda a: a.resize((2,)),
    "append": lambda a: a.append([1]),
    "update_attributes": lambda a: a.update_attributes({"x": 1}),
    "attrs": lambda a: a.attrs.__setitem__("x", 1),
    "attrs.put": lambda a: a.attrs.put({}),
    "del attrs": lambda a: a.attrs.__delitem__("kept"),
}
READ_ONLY_GROUP: dict[str, Callable[[Any], Any]] = {
    "[]": lambda g: g.__setitem__("n", np.ones(2)),
    "del": lambda g: g.__delitem__("a"),
    "create_group": lambda g: g.create_group("n"),
    "create_group over": lambda g: g.create_group("a", overwrite=True),
    "require_group": lambda g: g.require_group("n"),
    "create_array": lambda g: g.create_array("n", shape=(1,), dtype="i4"),
    "create_array over": lambda g: g.create_array("a", shape=(1,), dtype="i4", overwrite=True),
    "require_array": lambda g: g.require_array("n", shape=(1,), dtype="i4"),
    "zeros": lambda g: g.zeros(name="n", shape=(1,)),
    "update_attributes": lambda g: g.update_attributes({"x": 1}),
    "attrs": lambda g: g.attrs.__setitem__("x", 1),
    "create_hierarchy": lambda g: list(g.create_hierarchy({"n": g.metadata})),
    "consolidate": lambda g: zarr.consolidate_metadata(g.store),
    "zarr.create_array": lambda g: zarr.create_array(g.store, name="n", shape=(1,), dtype="i4"),
    "zarr.create_group": lambda g: zarr.create_group(g.store, path="n"),
    "zarr.create_hierarchy": lambda g: list(zarr.create_hierarchy(store=g.store, nodes={"n": g.metadata})),
    "zarr.save": lambda g: zarr.save(g.store, np.ones(2), path="n"),
    "mode w": lambda g: zarr.open_group(g.store, mode="w"),
}
READ_ONLY = [
    *(pytest.param("a", call, id=f"array {name}") for name, call in READ_ONLY_ARRAY.items()),
    *(pytest.param("", call, id=f"group {name}") for name, call in READ_ONLY_GROUP.items()),
]


@pytest.mark.parametrize("kind", ["memory", "waiting", "local"])
@pytest.mark.parametrize(("path", "call"), READ_ONLY)
def test_read_only(path: str, call: Callable[[Any], Any], kind: str, tmp_path: Path) -> None:
    inner = MemoryStore()
    store: Any = {"memory": inner, "waiting": LatencyStore(inner), "local": tmp_path}[kind]
    zarr.create_array(store, name="a", shape=(4,), dtype="i4", attributes={"kept": 1})[:] = 5
    before = dict(inner._store_dict)
    node: Any = zarr.open(store, path=path, mode="r")
    assert node.read_only
    with pytest.raises(ValueError, match="read-only"):
        call(node)
    assert inner._store_dict == before
    assert zarr.open_array(store, path="a")[:].tolist() == [5] * 4


# --- stored chunks

Damage = Callable[[bytes], bytes]
SHARDS = {"chunks": (1,), "shards": (2,)}
CHUNKS: dict[str, tuple[dict[str, Any], Damage, str]] = {
    "truncated": ({"compressors": None}, lambda b: b[:-1], "codec 'bytes', of 7 stored bytes"),
    "too long": ({"compressors": None}, lambda b: b + b"x", "codec 'bytes', of 9 stored bytes"),
    "empty": ({"compressors": None}, lambda b: b"", "codec 'bytes', of 0 stored bytes"),
    "truncated zstd": ({}, lambda b: b[:-3], "codec 'zstd'"),
    "no zstd": ({}, lambda b: b"nonsense", "codec 'zstd'"),
    "bad checksum": (
        {"compressors": {"name": "crc32c"}},
        lambda b: bytes([b[0] ^ 255]) + b[1:],
        "Stored and computed checksum do not match",
    ),
    "bad shard index": (SHARDS, lambda b: b[:-1] + bytes([b[-1] ^ 255]), "index of the shard"),
    "shard shorter than its index": (SHARDS, lambda b: b[-10:], "index of the shard|index"),
    "truncated zlib of format 2": (
        {"zarr_format": 2, "compressors": {"id": "zlib"}},
        lambda b: b[:-4],
        "zlib|v2",
    ),
}


@pytest.mark.parametrize("kind", ["memory", "waiting"])
@pytest.mark.parametrize(("options", "damage", "message"), CHUNKS.values(), ids=CHUNKS)
def test_chunks(options: dict[str, Any], damage: Damage, message: str, kind: str) -> None:
    inner = MemoryStore()
    store: Any = inner if kind == "memory" else LatencyStore(inner)
    array = zarr.create_array(store, name="a", shape=(4,), dtype="i4", **{"chunks": (2,), **options})
    array[:] = [1, 2, 3, 4]
    key = "a/1" if options.get("zarr_format") == 2 else "a/c/1"
    inner._store_dict[key] = cpu.Buffer.from_bytes(damage(inner._store_dict[key].to_bytes()))
    assert array[:2].tolist() == [1, 2]
    for call in (lambda: array[:], lambda: array[3], lambda: array.__setitem__(2, 9)):
        with pytest.raises(ChunkError, match=message) as caught:
            call()
        assert re.search(rf"array '/a' of .*memory://\d+.*, chunk '{key}'", str(caught.value))
        assert caught.value.__cause__ is not None
    array[2:] = [7, 8]  # what covers the chunk does not look at it
    assert array[:].tolist() == [1, 2, 7, 8]


def test_a_directory_in_place_of_a_chunk(tmp_path: Path) -> None:
    array = zarr.create_array(tmp_path, shape=(4,), chunks=(2,), dtype="i4")
    (tmp_path / "c" / "1").mkdir(parents=True)
    assert array[:2].tolist() == [0, 0]
    with pytest.raises(OSError, match="directory"):
        array[:]
