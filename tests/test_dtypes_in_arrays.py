"""Every data type in arrays: both formats, memory and files, shards, parts, missing chunks, fill values, elision.

What others wrote, and what they made of ours, is in tests/interop and interop/dtypes.py. Documents and bytes
here were recorded with Zarr-Python 3.4.2 (data/zp3-dtypes.json) and tensorstore 0.1.86.
"""

from __future__ import annotations

import asyncio
import json
import runpy
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.core.buffer import cpu
from zarr.core.dtype import RawBits, data_type_registry, parse_dtype
from zarr.core.dtype.ml.common import MLType
from zarr.core.dtype.ml.complex import SmallComplex
from zarr.storage import LocalStore, MemoryStore

pytestmark = pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")

MADE = runpy.run_path(str(Path(__file__).parent / "data" / "dtype_cases.py"))
STRUCT, NESTED, SUBARRAY = MADE["STRUCT"], MADE["NESTED"], MADE["SUBARRAY"]
CASES: dict[str, tuple[Any, np.ndarray[Any, Any], list[Any]]] = MADE["cases"]()
ONLY_2 = {"subarray"}


def put(store: Any, key: str, data: bytes) -> None:
    asyncio.run(store.set(key, cpu.Buffer.from_bytes(data)))


def get(store: Any, key: str) -> bytes | None:
    found = asyncio.run(store.get(key, cpu.buffer_prototype))
    return None if found is None else found.to_bytes()


def bits(array: Any) -> Any:
    """What two arrays must have in common: every bit, or the objects."""
    array = np.asarray(array)
    return (
        array.tolist() if array.dtype.kind in "OT" else array.astype(array.dtype.newbyteorder("=")).tobytes()
    )


def assert_same(found: Any, expected: Any) -> None:
    assert np.shape(found) == np.shape(expected)
    assert bits(found) == bits(expected)


def new(store: Any, dtype: Any, layout: str, **options: Any) -> zarr.Array[Any]:
    given: dict[str, Any] = {"shape": (7, 3), "chunks": (2, 2), "dtype": dtype, "zarr_format": 3, **options}
    if layout == "v2":
        given["zarr_format"] = 2
    if layout == "shards":
        given["shards"] = (4, 2)
    return zarr.create_array(store, **given)


def layouts(name: str) -> list[str]:
    return ["v2"] if name in ONLY_2 else ["v2", "v3", "shards"]


EACH = pytest.mark.parametrize(("name", "layout"), [(n, layout) for n in CASES for layout in layouts(n)])


def square(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.stack([values, values[::-1], np.roll(values, 2)], -1)


ON_DISK = [name for name in CASES if name[:2] not in ("M8", "m8") or name.endswith("s]")]


@pytest.mark.parametrize(("name", "layout"), [(n, layout) for n in ON_DISK for layout in layouts(n)])
def test_values_on_disk(name: str, layout: str, tmp_path: Path) -> None:
    check_values(name, layout, LocalStore(tmp_path))


@EACH
def test_values_in_memory(name: str, layout: str) -> None:
    check_values(name, layout, MemoryStore())


def check_values(name: str, layout: str, store: Any) -> None:
    """Whole, in parts, as single elements, from the handle and after opening again."""
    dtype, values, _ = CASES[name]
    data = square(values)
    array = new(store, dtype, layout)
    array[...] = data
    for handle in (array, zarr.open_array(store, mode="r")):
        assert handle.dtype == data.dtype
        assert_same(handle[...], data)
        assert_same(handle[1:6, 1:], data[1:6, 1:])
        assert_same(handle[[5, 0, 5], ::2], data[[5, 0, 5], ::2])
        for place in ((3, 1), (6, 2)):
            assert bits(handle[place]) == bits(data[place])
    array[2:5, 1] = values[:3]
    array[6, 2] = values[1]
    data[2:5, 1], data[6, 2] = values[:3], values[1]
    assert_same(array[...], data)
    array[...] = values[3]
    assert bits(zarr.open_array(store, mode="r")[...]) == bits(np.full_like(data, values[3]))


def stored(store: MemoryStore) -> int:
    """How many chunks or shards there are."""
    keys = [key for key in store._store_dict if not key.rpartition("/")[2].startswith((".z", "zarr.json"))]
    return len(keys)


@EACH
def test_fill_values(name: str, layout: str) -> None:
    """Missing chunks, the rest of written chunks, elision, and the document again."""
    dtype, values, fills = CASES[name]
    for fill in fills:
        store = MemoryStore()
        array = new(store, dtype, layout, fill_value=fill)
        one = np.array([fill], values.dtype)
        expected = np.empty((7, 3), values.dtype)
        expected[...] = one[0] if name != "bytes" else one
        for handle in (array, zarr.open_array(store, mode="r")):
            assert_same(handle[...], expected)
            assert bits(np.array([handle.fill_value], values.dtype)) == bits(one)
        assert zarr.open_array(store).metadata == array.metadata
        array[...] = expected
        assert stored(store) == 0, fill
        array[1:3, 1] = values[:2]
        expected[1:3, 1] = values[:2]
        assert stored(store) > 0
        assert_same(zarr.open_array(store)[...], expected)
        array[...] = one[0]
        assert stored(store) == 0, fill


@pytest.mark.parametrize(
    ("dtype", "fill", "other"),
    [
        ("f8", 0.0, -0.0), ("f8", -0.0, 0.0), ("f2", 0.0, -0.0), ("c16", 0j, complex(0, -0.0)),
        (STRUCT, (0, 0.0, False), (0, -0.0, False)), ("M8[s]", 0, np.datetime64("NaT")), ("S2", b"", b"\0a"),
        ("<U2", "", "\0a"), (str, "", "\0"), ("variable_length_bytes", b"", b"\0"), ("V2", b"\0\0", b"\0a"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("layout", ["v2", "v3", "shards"])
def test_what_only_looks_like_the_fill_value_is_stored(
    dtype: Any, fill: Any, other: Any, layout: str
) -> None:
    array = new(MemoryStore(), dtype, layout, fill_value=fill)
    values = np.full((7, 3), 0, object) if array.dtype.kind == "O" else np.zeros((7, 3), array.dtype)
    values[...] = np.array([other], array.dtype)[0] if array.dtype.names else other
    array[...] = values
    assert array.nchunks_initialized > 0
    assert_same(array[...], values)


def test_zeros_at_the_end_of_bytes() -> None:
    """Zarr-Python 3.4.2 loses them in the rest of a written chunk."""
    array = zarr.create_array(
        MemoryStore(), shape=3, chunks=2, dtype="variable_length_bytes", fill_value=b"fill\0"
    )
    array[0] = b"a\0\0"
    assert array[:].tolist() == [b"a\0\0", b"fill\0", b"fill\0"]


def test_any_nan_is_the_fill_value_nan() -> None:
    array = zarr.create_array(MemoryStore(), shape=2, dtype="f4", fill_value=np.nan)
    array[:] = np.array([0xFFC00123, 0x7FC00000], "u4").view("f4")
    assert array.nchunks_initialized == 0


@pytest.mark.parametrize("name", ["i4", "f8", "c8", "U", "M8[s]", "m8[10ms]", "struct", "nested", "subarray"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_big_endian(name: str, order: Any) -> None:
    _, values, fills = CASES[name]
    swapped = values.astype(values.dtype.newbyteorder(">"))
    store = MemoryStore()
    array = zarr.create_array(
        store,
        shape=(7, 3),
        chunks=(2, 2),
        dtype=swapped.dtype,
        fill_value=fills[0],
        zarr_format=2,
        order=order,
    )
    array[2:] = square(swapped)[2:]
    again = zarr.open_array(store, mode="r")
    assert again.dtype == swapped.dtype
    assert_same(again[2:], square(swapped)[2:])
    assert_same(again[2:], square(values)[2:])
    assert bits(again[0, 0]) == bits(np.array([fills[0]], values.dtype)[0])
    if name != "subarray":
        codecs = {"name": "bytes", "configuration": {"endian": "big"}}
        big = zarr.create_array(
            MemoryStore(), shape=7, chunks=2, dtype=values.dtype, serializer=codecs, compressors=None
        )
        big[:] = values
        assert_same(big[:], values)
        assert get(big.store, "c/0") == swapped[:2].tobytes()


@pytest.mark.parametrize("layout", ["v2", "v3", "shards"])
def test_fields(layout: str) -> None:
    data = square(CASES["nested"][1])
    array = new(MemoryStore(), NESTED, layout)
    array[...] = data
    assert_same(array["a"], data["a"])
    assert_same(array["a", 2:5], data["a"][2:5])
    assert_same(array["in"], data["in"])
    assert_same(array["u", 3, 1], data["u"][3, 1])
    assert_same(array["u", "a", 1:3], data[["u", "a"]][1:3])
    assert_same(array.get_orthogonal_selection(([1, 2], slice(None)), fields="a"), data["a"][[1, 2]])
    array["a", 2:4] = 77
    data["a"][2:4] = 77
    array["u", 0, 0] = "zz"
    data["u"][0, 0] = "zz"
    assert_same(array[...], data)
    with pytest.raises(IndexError, match="field not found"):
        array["nope"]
    with pytest.raises(IndexError, match="does not have any fields"):
        new(MemoryStore(), "i4", layout)["a"]


def test_subarrays_are_of_format_2() -> None:
    with pytest.raises(ValueError, match="cannot be stored in format 3"):
        zarr.create_array(MemoryStore(), shape=2, dtype=SUBARRAY)
    data = CASES["subarray"][1]
    array = zarr.create_array(MemoryStore(), shape=7, chunks=2, dtype=SUBARRAY, zarr_format=2)
    array[:] = data
    assert_same(array["m"], data["m"])
    assert_same(array["m", 2:4], data["m"][2:4])


# --- small types of ml_dtypes, and raw bits

ML = sorted(n for n, cls in data_type_registry.contents.items() if issubclass(cls, MLType))


@pytest.mark.parametrize("name", ML)
@pytest.mark.parametrize("layout", ["v2", "v3", "shards"])
def test_small_types(name: str, layout: str) -> None:
    pytest.importorskip("ml_dtypes")
    zdtype: Any = parse_dtype(name, zarr_format=3)
    native = zdtype.to_native_dtype()
    size = native.itemsize
    mask = (1 << zdtype._bits) - 1
    raw = (np.arange(21 * size, dtype=np.uint8) * 37 + 1) & mask
    data = raw.view(native).reshape(7, 3)
    store = MemoryStore()
    fill = data[3, 0]
    array = new(store, name, layout, fill_value=fill)
    assert array[...].tobytes() == np.broadcast_to(fill, (7, 3)).tobytes()
    array[2:, 1:] = data[2:, 1:]
    expected = np.full((7, 3), fill, native)
    expected[2:, 1:] = data[2:, 1:]
    again = zarr.open_array(store)
    assert again.dtype == native
    assert again[...].tobytes() == expected.tobytes()
    assert again[4, 2].tobytes() == data[4, 2].tobytes()
    assert np.asarray(again.fill_value).tobytes() == fill.tobytes()
    array[...] = np.full((7, 3), fill, native)
    assert array.nchunks_initialized == 0
    default = new(MemoryStore(), name, layout)
    assert default[...].tobytes() == bytes(21 * size)


@pytest.mark.parametrize("name", [n for n in ML if parse_dtype(n, zarr_format=3)._bits < 8])  # type: ignore[attr-defined]
@pytest.mark.parametrize("layout", ["v2", "v3", "shards"])
def test_upper_bits_mean_nothing(name: str, layout: str) -> None:
    pytest.importorskip("ml_dtypes")
    zdtype: Any = parse_dtype(name, zarr_format=3)
    native, mask = zdtype.to_native_dtype(), (1 << zdtype._bits) - 1
    store = MemoryStore()
    array = new(store, name, layout, compressors=None, shape=(2, 2))
    raw = np.frombuffer(bytes(range(200, 200 + 4 * native.itemsize)), np.uint8)
    clean = (raw & mask).view(native).reshape(2, 2)
    array[...] = clean
    key = "0.0" if layout == "v2" else "c/0/0"
    stored = get(store, key) or b""
    assert stored.count(clean.tobytes()) == 1
    put(store, key, stored.replace(clean.tobytes(), raw.tobytes()))
    found = zarr.open_array(store)[...]
    assert found.tobytes() == clean.tobytes()
    if not issubclass(type(zdtype), SmallComplex):
        assert (found == clean).all()


@pytest.mark.parametrize("layout", ["v2", "v3", "shards"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_upper_bits_of_fields_mean_nothing(layout: str, order: Any) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    inner = np.dtype([("x", ml_dtypes.uint2), ("y", "<u2")])
    dtype = np.dtype([("a", "u1"), ("b", ml_dtypes.int4), ("in", inner), ("c", ml_dtypes.float4_e2m1fn)])
    if layout == "v2":
        dtype = np.dtype(
            [*((name, dtype[name]) for name in dtype.names or ()), ("d", ml_dtypes.int2, (2, 2))]
        )
    more = {"order": order} if layout == "v2" else {"config": {"order": order}}
    store = MemoryStore()
    array = new(store, dtype, layout, compressors=None, shape=(2, 2), **more)
    raw = np.frombuffer(bytes(range(100, 100 + 4 * dtype.itemsize)), dtype).reshape(2, 2)
    clean = raw.copy()
    parts = [(("b",), 15), (("in", "x"), 3), (("c",), 15), *([(("d",), 3)] if layout == "v2" else [])]
    for path, mask in parts:
        part: Any = clean
        for name in path:
            part = part[name]
        part.view("u1")[...] &= mask
    assert clean.tobytes() != raw.tobytes()
    array[...] = clean
    key = "0.0" if layout == "v2" else "c/0/0"
    stored, kept = get(store, key) or b"", order if layout == "v2" else "C"
    assert stored.count(clean.tobytes(kept)) == 1
    put(store, key, stored.replace(clean.tobytes(kept), raw.tobytes(kept)))
    assert zarr.open_array(store)[...].tobytes() == clean.tobytes()
    assert zarr.open_array(store)["b"].tobytes() == clean["b"].tobytes()


@pytest.mark.parametrize("endian", ["little", "big"])
def test_byte_order_of_complex_fields(endian: str) -> None:
    """Each of the two parts is swapped, as outside of structs; ml_dtypes swaps both as one."""
    ml_dtypes = pytest.importorskip("ml_dtypes")
    inner = np.dtype([("x", ml_dtypes.bcomplex32), ("y", "u1")])
    dtype = np.dtype([("n", "u2"), ("z", ml_dtypes.complex32), ("in", inner)])
    data = np.zeros(2, dtype)
    data["n"], data["z"], data["in"]["x"] = [1, 2], [1 + 2j, 0], [1 + 2j, 3]
    serializer = {"name": "bytes", "configuration": {"endian": endian}}
    for shards in (None, (2,)):
        array = zarr.create_array(
            {}, shape=2, chunks=2, shards=shards, dtype=dtype, serializer=serializer, compressors=None
        )
        array[...] = data
        stored = (get(array.store, "c/0") or b"")[: data.nbytes].hex()
        big = "0001 3c004000 3f804000 00" + "0002 00000000 40400000 00"
        little = "0100 003c0040 803f0040 00" + "0200 00000000 40400000 00"
        assert stored == (big if endian == "big" else little).replace(" ", "")
        assert array[...].tobytes() == data.tobytes()
        array[1] = data[0]
        assert array[1].tobytes() == data[0].tobytes()


@pytest.mark.parametrize(
    "codec", [None, "Blosc", "Zlib", "LZ4", "BZ2", "LZMA", "Zstd", "GZip", "CRC32", "Shuffle"]
)
@pytest.mark.parametrize("name", [*ML, "struct", "long struct"])
def test_small_types_through_numcodecs(codec: str | None, name: str) -> None:
    """Whose compressors ask for buffers of a kind that such arrays do not give."""
    numcodecs = pytest.importorskip("numcodecs")
    ml_dtypes = pytest.importorskip("ml_dtypes")
    dtype: Any = name
    if name.endswith("struct"):
        fields = [("a", "u1"), ("b", ml_dtypes.bfloat16), ("in", [("c", ml_dtypes.int4)])]
        dtype = np.dtype(fields if name == "struct" else [*fields, ("d", "S9")])
    made = None if codec is None else getattr(numcodecs, codec)(*([1] if codec == "Shuffle" else []))
    where = {"filters": [made]} if codec in ("CRC32", "Shuffle") else {"compressors": made, "filters": None}
    for order in ("C", "F"):
        array = zarr.create_array(
            {}, shape=(3, 4), chunks=(2, 3), dtype=dtype, zarr_format=2, order=order, **where
        )
        size = array.dtype.itemsize
        data = np.frombuffer(bytes(i % 4 for i in range(12 * size)), array.dtype).reshape(3, 4)
        array[...] = data
        assert zarr.open_array(array.store)[...].tobytes() == data.tobytes()


def test_bytes_of_small_types() -> None:
    """As tensorstore writes them; NaN and infinity too."""
    ml_dtypes = pytest.importorskip("ml_dtypes")
    for name, values, endian, expected in (
        ("bfloat16", [1.5, -2, np.nan], "little", "c03f00c0c07f"),
        ("bfloat16", [1.5, -2, np.nan], "big", "3fc0c0007fc0"),
        ("complex_float16", [1 + 2j, 3, complex(0, -1)], "little", "003c004000420000000000bc"),
        ("complex_float16", [1 + 2j, 3, complex(0, -1)], "big", "3c004000420000000000bc00"),
        ("complex_bfloat16", [1 + 2j, 3, 0], "big", "3f8040004040000000000000"),
        ("float8_e5m2", [1, -2, np.inf], None, "3cc07c"),
        ("int4", [-1, 7, -8], None, "0f0708"),
        ("uint2", [3, 0, 1], None, "030001"),
        ("float4_e2m1fn", [6, -0.5, 0], None, "070900"),
    ):
        serializer = {"name": "bytes", "configuration": {"endian": endian}} if endian else {"name": "bytes"}
        array = zarr.create_array(MemoryStore(), shape=3, dtype=name, serializer=serializer, compressors=None)
        array[:] = np.array(values).astype(array.dtype)
        assert (get(array.store, "c/0") or b"").hex() == expected, name
        assert array[:].tobytes() == np.array(values).astype(array.dtype).tobytes()
        if endian:
            array[1] = array[0]
            assert array[1].tobytes() == array[0].tobytes()
    assert (
        zarr.create_array(MemoryStore(), shape=1, dtype=ml_dtypes.bfloat16, zarr_format=2).dtype
        == ml_dtypes.bfloat16
    )
    with pytest.raises(ValueError, match="endian"):
        zarr.create_array(MemoryStore(), shape=3, dtype="bfloat16", serializer={"name": "bytes"})


def test_complex_numbers_of_small_floats() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    array = zarr.create_array(MemoryStore(), shape=3, dtype="complex_float8_e5m2", fill_value=1 - 2j)
    assert json.loads(get(array.store, "zarr.json") or b"")["fill_value"] == [1.0, -2.0]
    assert array.dtype == np.dtype([("re", ml_dtypes.float8_e5m2), ("im", ml_dtypes.float8_e5m2)])
    array[0] = (0.5, np.inf)
    assert array["re"].tolist() == [0.5, 1, 1]
    assert array["im"].tolist() == [np.inf, -2, -2]
    half = zarr.create_array(MemoryStore(), shape=3, dtype="complex_float16", fill_value=complex(1.5, np.nan))
    half[0] = 2 + 3j
    assert half[0] == 2 + 3j
    assert half[1].real == 1.5
    assert np.isnan(half[1].imag)
    with pytest.raises(TypeError):
        zarr.create_array(MemoryStore(), shape=3, dtype="complex_float16", fill_value=[1.5])
    with pytest.raises(ValueError, match="no such value"):
        zarr.create_array(
            MemoryStore(), shape=3, dtype="complex_float4_e2m1fn", fill_value=complex(np.nan, 0)
        )


def test_complex_numbers_need_ml_dtypes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    for name in ("complex_float16", "complex_float8_e5m2"):
        with pytest.raises(ImportError, match=r"pip install 'zarr\[ml\]'"):
            zarr.create_array(MemoryStore(), shape=3, dtype=name)


@pytest.mark.parametrize("layout", ["v3", "shards"])
def test_raw_bits(layout: str) -> None:
    store = MemoryStore()
    array = new(store, "r24", layout, fill_value=b"abc")
    assert isinstance(array.metadata.data_type, RawBits)
    document = json.loads(get(store, "zarr.json") or b"")
    assert (document["data_type"], document["fill_value"]) == ("r24", [97, 98, 99])
    array[1:3] = np.array(b"\x01\x00\xff", "V3")
    again = zarr.open_array(store)
    assert again[2, 0].tobytes() == b"\x01\x00\xff"
    assert again[0, 0].tobytes() == b"abc"


# --- documents and bytes of Zarr-Python 3.4.2

RECORDED: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "zp3-dtypes.json").read_text())


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_documents_and_chunks_of_zarr_python_3(name: str) -> None:
    """The same data type, fill value, codecs and chunk, of the same values; and theirs read by us."""
    for recorded in RECORDED[name]:
        v2 = recorded["format"] == 2
        _, values, fills = CASES[name]
        fill = {} if recorded["fill"] is None else {"fill_value": fills[recorded["fill"]]}
        store, key = MemoryStore(), "0" if v2 else "c/0"
        array = zarr.create_array(
            store, shape=8, chunks=8, dtype=CASES[name][0], zarr_format=recorded["format"], compressors=None,
            config={"write_empty_chunks": True}, **fill,
        )  # fmt: skip
        array[:7] = values
        document = json.loads(get(store, ".zarray" if v2 else "zarr.json") or b"")
        assert {k: document[k] for k in recorded["document"]} == recorded["document"]
        assert (get(store, key) or b"").hex() == recorded["chunk"]
        put(
            store, ".zarray" if v2 else "zarr.json", json.dumps({**document, **recorded["document"]}).encode()
        )
        put(store, key, bytes.fromhex(recorded["chunk"]))
        assert_same(zarr.open_array(store)[:7], values)


# --- what cannot be stored is refused, and nothing is written


MASKED = np.ma.masked_array([1, 2, 3], [False, True, False])


@pytest.mark.parametrize("layout", ["v2", "v3"])
def test_masked_arrays(layout: str) -> None:
    array = new(MemoryStore(), "i4", layout, shape=3, chunks=2)
    refused: list[Any] = [MASKED, MASKED[1:2], np.ma.masked]
    for value in refused:
        for write in (
            lambda v=value: array.__setitem__(slice(None), v),
            lambda v=value: array.set_basic_selection(slice(None), v),
            lambda v=value: array.set_orthogonal_selection(slice(None), v),
            lambda v=value: array.append(np.ma.atleast_1d(v)),
        ):
            with pytest.raises(TypeError, match="masked array cannot be stored"):
                write()
    with pytest.raises(TypeError, match="masked array cannot be stored"):
        zarr.create_array(MemoryStore(), data=MASKED, zarr_format=array.metadata.zarr_format)
    assert array.nchunks_initialized == 0
    array[:] = np.ma.masked_array([1, 2, 3])
    array[:1] = MASKED[:1]
    assert array[:].tolist() == [1, 2, 3]
    struct = new(MemoryStore(), STRUCT, layout, shape=2, chunks=2)
    some = np.ma.masked_array(np.zeros(2, STRUCT), [(False, True, False), (False, False, False)])
    for selection in (slice(None), "a"):
        with pytest.raises(TypeError, match="masked array cannot be stored"):
            struct[selection] = some if selection != "a" else np.ma.masked_array([1, 2], [True, False])
    struct["a"] = np.ma.masked_array([1, 2])
    assert struct["a"].tolist() == [1, 2]


@pytest.mark.parametrize("layout", ["v2", "v3"])
@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        (str, [["a", 1, "c"], ["a", None, "c"], ["a", np.nan, "c"], [1, 2, 3], [b"a", "b", "c"], np.arange(3),
               np.array(["a", None, "c"], np.dtypes.StringDType(na_object=None)),
               np.array(["a", np.nan, "c"], np.dtypes.StringDType(na_object=np.nan))]),
        ("U2", [["a", 1, "c"], ["a", None, "c"], np.arange(3.0), np.array(["a", None, "b"], object)]),
        ("S2", [[b"a", 1, b"c"], [b"a", None, b"c"], np.arange(3)]),
        ("variable_length_bytes", [["a", "b", "c"], [b"a", None, b"c"], [b"a", 0, b"c"], [1, 2, 3], np.arange(3)]),
        ("i4", [[1, None, 3], ["a", "b", "c"], np.array([1, "x", 3], object)]),
        ("M8[s]", [["x", "y", "z"]]),
    ],
)  # fmt: skip
def test_objects_of_other_kinds(dtype: Any, values: list[Any], layout: str) -> None:
    array = new(MemoryStore(), dtype, layout, shape=3, chunks=1)
    for value in values:
        given = value if isinstance(value, np.ndarray) else np.array(value, object)
        for one in (value, given):
            with pytest.raises((TypeError, ValueError)):
                array[:] = one
            with pytest.raises((TypeError, ValueError)):
                array.set_orthogonal_selection(slice(None), one)
            with pytest.raises((TypeError, ValueError)):
                array.append(one)
    assert array.nchunks_initialized == 0
    assert array.shape == (3,)


def test_strings_with_a_missing_object() -> None:
    with pytest.raises(ValueError, match="na_object"):
        zarr.create_array(MemoryStore(), shape=1, dtype=np.dtypes.StringDType(na_object=None))
    with pytest.raises(ValueError, match="na_object"):
        zarr.create_array(MemoryStore(), data=np.array(["a"], np.dtypes.StringDType(na_object=np.nan)))
    array = zarr.create_array(MemoryStore(), shape=2, dtype=str)
    array[:] = np.array(["a", "b"], np.dtypes.StringDType(na_object=None))
    assert array[:].tolist() == ["a", "b"]
    array[:] = np.array([b"c", b"d"])
    array[0] = np.str_("e")
    assert array[:].tolist() == ["e", "d"]


def test_types_that_have_no_form() -> None:
    for dtype in ("g", "G", "S0", "U0", "V0"):
        with warnings.catch_warnings(), pytest.raises((ValueError, TypeError)):
            warnings.simplefilter("ignore")
            zarr.create_array(MemoryStore(), shape=1, dtype=dtype)
