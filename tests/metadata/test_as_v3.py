"""Documents of format 2 as format 3: beside what Zarr-Python's migration makes, and by what both read."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from zarr.core.buffer import cpu
from zarr.core.metadata import ArrayV2Metadata, ArrayV3Metadata
from zarr.metadata import as_v3
from zarr.metadata.as_v3 import array_as_v3
from zarr.metadata.migrate_v3 import migrate_v2_to_v3
from zarr.storage import MemoryStore

CASES: dict[str, dict[str, Any]] = {
    case["name"]: case
    for case in json.loads((Path(__file__).parents[1] / "data" / "zp3-migrated.json").read_text("utf-8"))
}

THEY_REFUSE = {
    "fill null <i4", "fill null |S5", "compressor blosc autoshuffle", "filters shuffle", "filters shuffle, F",
    "filters delta shuffle", "filters delta shuffle, F", "filters zlib", "filters zlib, F", "filters checksum",
    "filters checksum, F", "objects vlen-utf8", "objects vlen-utf8, F", "objects vlen-bytes", "objects vlen-bytes, F",
}  # fmt: skip
WE_REFUSE = {"struct of two byte orders": "theirs reads other values: there is one byte order in format 3"}
OTHERWISE = {
    "fill null <U3": "theirs is the text 'Non'",
    "fill null <c8": "theirs is NaN; missing chunks of format 2 read as 0",
    "filters delta big": "the byte order in the filter has no meaning",
    "filters delta big, F": "the byte order in the filter has no meaning",
}


def parsed(case: dict[str, Any]) -> ArrayV2Metadata:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an empty list of filters is warned of
        return ArrayV2Metadata.from_dict({**case["zarray"], "attributes": {}})


def store_of(case: dict[str, Any]) -> MemoryStore:
    files = {".zarray": json.dumps(case["zarray"]).encode()}
    files |= {key: bytes.fromhex(data) for key, data in case["chunks"].items()}
    return MemoryStore({key: cpu.Buffer.from_bytes(data) for key, data in files.items()})


def as_list(array: Any) -> Any:
    return (
        array.tolist() if array.dtype.kind in "OT" else array.astype(array.dtype.newbyteorder("<")).tobytes()
    )


@pytest.mark.parametrize("name", [name for name in CASES if name not in WE_REFUSE])
@pytest.mark.filterwarnings("ignore::zarr.errors.ZarrUserWarning")
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
def test_documents_and_values(name: str) -> None:
    case = CASES[name]
    if "refused" in case and name not in THEY_REFUSE:
        with pytest.raises((ValueError, TypeError)):
            array_as_v3(parsed(case))
        return
    document = json.loads(json.dumps(array_as_v3(parsed(case)).to_dict()))
    if name not in THEY_REFUSE:
        assert (document == case["zarr.json"]) == (name not in OTHERWISE)
    store = store_of(case)
    before = zarr.open_array(store, zarr_format=2)[...]
    assert not before.ndim or len(set(map(str, np.ravel(before).tolist()))) > 1
    migrate_v2_to_v3(input_store=store)
    after = zarr.open_array(store, zarr_format=3)
    assert after.metadata.zarr_format == 3
    assert as_list(after[...]) == as_list(before)


def test_tables_name_cases() -> None:
    assert THEY_REFUSE | set(WE_REFUSE) | set(OTHERWISE) <= set(CASES)
    assert all("refused" in CASES[name] for name in THEY_REFUSE)


def test_what_would_read_as_other_values_is_refused() -> None:
    for name in WE_REFUSE:
        with pytest.raises(ValueError, match="would read as other values"):
            array_as_v3(parsed(CASES[name]))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("filters", [None, [{"id": "delta", "dtype": ">i4"}]])
def test_a_wrong_chain_is_noticed(monkeypatch: pytest.MonkeyPatch, order: str, filters: Any) -> None:
    document = {**CASES["dtype >i4"]["zarray"], "order": order, "filters": filters, "attributes": {}}
    metadata = ArrayV2Metadata.from_dict(document)
    assert isinstance(array_as_v3(metadata), ArrayV3Metadata)
    monkeypatch.setattr(as_v3, "_is_big", lambda dtype: False)
    with pytest.raises(ValueError, match="would read as other values"):
        array_as_v3(metadata)


def test_a_forgotten_transposition_is_noticed() -> None:
    metadata = ArrayV2Metadata.from_dict({**CASES["3d, F"]["zarray"], "attributes": {}})
    new = array_as_v3(metadata)
    without = ArrayV3Metadata.from_dict(
        {**new.to_dict(), "codecs": [codec.to_dict() for codec in new.codecs[1:]]}
    )
    with pytest.raises(ValueError, match="would read as other values"):
        as_v3._try_out(metadata, without)


def test_messages_name_what_has_no_form() -> None:
    with pytest.raises(ValueError, match="the codec 'base64' has no form in Zarr format 3"):
        array_as_v3(parsed(CASES["compressor base64"]))
    with pytest.raises(ValueError, match="Delta stands behind Zlib"):
        array_as_v3(parsed(CASES["filter behind bytes"]))


def test_attributes_and_separator_stay() -> None:
    zarray = {**CASES["separator"]["zarray"], "attributes": {"_ARRAY_DIMENSIONS": ["y", "x"]}}
    new = array_as_v3(ArrayV2Metadata.from_dict(zarray))
    assert new.attributes == {"_ARRAY_DIMENSIONS": ["y", "x"]}
    assert new.dimension_names is None
    assert new.encode_chunk_key((1, 2)) == "1/2"


DTYPES = ["|b1", "|u1", "<i2", ">i4", "<f4", ">f8", "<c8", "|S3", "<U2", ">U2", "<M8[s]", ">m8[ms]", "|V3"]
COMPRESSORS = st.sampled_from([None, *(CASES[f"compressor {n}"]["zarray"]["compressor"] for n in ("zlib", "zstd", "blosc", "crc32"))])  # fmt: skip
BYTES_FILTERS = st.lists(st.sampled_from([{"id": "zlib", "level": 1}, {"id": "adler32"}]), max_size=2)


@given(
    st.sampled_from(DTYPES), st.sampled_from("CF"), COMPRESSORS, BYTES_FILTERS, st.booleans(),
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), max_size=3), st.randoms(use_true_random=False),
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
def test_any_array_reads_the_same(
    dtype: str, order: str, compressor: Any, filters: list[Any], delta: bool, axes: Any, random: Any
) -> None:
    kind = np.dtype(dtype)
    if delta and kind.kind in "uif":
        filters = [{"id": "delta", "dtype": dtype}, *filters]
    shape, chunks = [n for n, _ in axes], [min(n, edge) for n, edge in axes]
    document = {
        "zarr_format": 2,
        "shape": shape,
        "chunks": chunks,
        "dtype": dtype,
        "fill_value": None,
        "order": order,
    }
    document |= {"filters": filters or None, "compressor": compressor}
    store = MemoryStore({".zarray": cpu.Buffer.from_bytes(json.dumps(document).encode())})
    array = zarr.open_array(store, zarr_format=2)
    count = int(np.prod(shape))
    if kind.kind in "SU":
        data = np.array([str(random.randrange(90)) for _ in range(count)], dtype)
    elif kind.kind == "b":
        data = np.array([random.random() < 0.5 for _ in range(count)], dtype)
    else:
        data = np.frombuffer(bytes(random.randrange(64) for _ in range(kind.itemsize * count)), dtype)
    array[...] = data.reshape(shape)
    migrate_v2_to_v3(input_store=store)
    assert as_list(np.asarray(zarr.open_array(store, zarr_format=3)[...])) == as_list(np.asarray(array[...]))
