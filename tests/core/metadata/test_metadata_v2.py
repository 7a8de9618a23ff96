"""Documents of format 2 arrays; zarr v2."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pytest
from metadata_documents import ARRAY_V2, MISSING, changed, store_of

import zarr
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.metadata import ArrayV2Metadata
from zarr.errors import ZarrUserWarning
from zarr.storage import MemoryStore

RECORDED = """{
  "shape": [
    10,
    6
  ],
  "chunks": [
    5,
    6
  ],
  "dtype": "<f4",
  "fill_value": 0.0,
  "order": "C",
  "filters": null,
  "dimension_separator": ".",
  "compressor": {
    "id": "blosc",
    "cname": "lz4",
    "clevel": 5,
    "shuffle": 1,
    "blocksize": 0
  },
  "zarr_format": 2
}"""


def documents(metadata: ArrayV2Metadata) -> dict[str, bytes]:
    return {name: data.to_bytes() for name, data in metadata.to_buffer_dict(buffer_prototype).items()}


class TestLayout:
    """Byte for byte what Zarr-Python 3.4.2 writes."""

    def test_a_document_that_is_read_is_written_the_same(self) -> None:
        metadata = ArrayV2Metadata.from_dict(json.loads(RECORDED) | {"attributes": {"u": 1}})
        assert documents(metadata) == {".zattrs": b'{\n  "u": 1\n}', ".zarray": RECORDED.encode()}

    def test_attributes_come_first(self) -> None:
        """They are written first, so that an array that is there has them."""
        assert list(documents(ArrayV2Metadata.from_dict(ARRAY_V2))) == [".zattrs", ".zarray"]

    def test_no_attributes(self) -> None:
        assert documents(ArrayV2Metadata.from_dict(ARRAY_V2))[".zattrs"] == b"{}"

    @pytest.mark.parametrize(
        ("options", "members"),
        [
            ({}, {"filters": None, "compressor": {"id": "zstd", "level": 0}}),
            ({"dtype": str}, {"filters": [{"id": "vlen-utf8"}], "dtype": "|O", "fill_value": ""}),
            ({"compressors": None}, {"compressor": None}),
            ({"fill_value": None}, {"fill_value": None}),
            ({"dtype": ">M8[s]"}, {"dtype": ">M8[s]", "fill_value": -(2**63)}),
            ({"dtype": "S3", "fill_value": b"ab"}, {"dtype": "|S3", "fill_value": "YWI="}),
            ({"dtype": "c8"}, {"dtype": "<c8", "fill_value": [0.0, 0.0]}),
            ({"order": "F"}, {"order": "F"}),
        ],
    )
    def test_new_arrays(self, options: dict[str, Any], members: dict[str, Any]) -> None:
        store = MemoryStore()
        zarr.create_array(
            store, **({"shape": (4,), "chunks": (2,), "dtype": "i2", "zarr_format": 2} | options)
        )
        document = json.loads(store._store_dict[".zarray"].to_bytes())
        assert {name: document[name] for name in members} == members
        assert list(document) == list(json.loads(RECORDED))


class TestMembers:
    def test_all_of_them(self) -> None:
        metadata = ArrayV2Metadata.from_dict(ARRAY_V2 | {"attributes": {"a": 1}})
        assert (metadata.shape, metadata.chunks, metadata.shards) == ((6, 4), (3, 2), None)
        assert metadata.dtype.to_native_dtype() == np.dtype("<i2")
        assert (metadata.fill_value, metadata.order, metadata.dimension_separator) == (0, "C", ".")
        assert [codec.codec_id for codec in metadata.filters or ()] == ["delta"]
        assert metadata.compressor is not None
        assert metadata.compressor.get_config() == {"id": "zlib", "level": 1}
        assert (metadata.attributes, metadata.zarr_format, metadata.ndim) == ({"a": 1}, 2, 2)
        assert metadata.encode_chunk_key((1, 0)) == "1.0"

    @pytest.mark.parametrize("name", ["compressor", "filters"])
    @pytest.mark.parametrize("value", [None, MISSING])
    def test_no_codecs(self, name: str, value: Any) -> None:
        assert getattr(ArrayV2Metadata.from_dict(changed(ARRAY_V2, **{name: value})), name) is None

    def test_an_empty_list_of_filters(self) -> None:
        with pytest.warns(ZarrUserWarning, match="filters: an empty list"):
            metadata = ArrayV2Metadata.from_dict(changed(ARRAY_V2, filters=[]))
        assert metadata.filters is None
        assert metadata.to_dict()["filters"] is None

    @pytest.mark.parametrize(("separator", "key"), [(".", "1.2"), ("/", "1/2"), (MISSING, "1.2")])
    def test_separators(self, separator: Any, key: str) -> None:
        metadata = ArrayV2Metadata.from_dict(changed(ARRAY_V2, dimension_separator=separator))
        assert metadata.encode_chunk_key((1, 2)) == key

    def test_no_dimensions(self) -> None:
        metadata = ArrayV2Metadata.from_dict(changed(ARRAY_V2, shape=[], chunks=[]))
        assert metadata.encode_chunk_key(()) == "0"

    def test_chunks_as_a_bare_integer(self) -> None:
        assert ArrayV2Metadata.from_dict(changed(ARRAY_V2, shape=[6], chunks=3)).chunks == (3,)

    @pytest.mark.parametrize("value", [1, None, {"must_understand": True}, "x"])
    def test_unknown_members_are_ignored(self, value: Any) -> None:
        """NCZarr puts its own here; format 2 has no rule against it."""
        metadata = ArrayV2Metadata.from_dict(changed(ARRAY_V2, _nczarr_array=value))
        assert "_nczarr_array" not in metadata.to_dict()

    def test_zstd_without_its_checksum(self) -> None:
        """Other readers refuse it in format 2 where it is false."""
        for checksum, expected in (
            (False, {"id": "zstd", "level": 3}),
            (True, {"id": "zstd", "level": 3, "checksum": True}),
        ):
            compressor = {"id": "zstd", "level": 3, "checksum": checksum}
            document = changed(ARRAY_V2, compressor=compressor)
            assert ArrayV2Metadata.from_dict(document).to_dict()["compressor"] == expected

    def test_equality(self) -> None:
        metadata = ArrayV2Metadata.from_dict(ARRAY_V2)
        assert metadata == ArrayV2Metadata.from_dict(changed(ARRAY_V2))
        assert metadata != ArrayV2Metadata.from_dict(changed(ARRAY_V2, order="F"))
        assert metadata != 2
        assert metadata.update_shape((1, 1)).shape == (1, 1)
        assert metadata.update_attributes({"b": 1}).attributes == {"b": 1}


# dtype, form in JSON, what it is read as, form in which it is written
FILLS: list[tuple[Any, Any, Any, Any]] = [
    ("|b1", True, True, True),
    ("|b1", 0, False, False),
    ("<i8", -(2**63), -(2**63), -(2**63)),
    (">u8", 2**64 - 1, 2**64 - 1, 2**64 - 1),
    ("<f4", "Infinity", np.inf, "Infinity"),
    ("<f8", "-Infinity", -np.inf, "-Infinity"),
    (">f4", 1, 1.0, 1.0),
    ("<c16", [1, "Infinity"], complex(1, np.inf), [1.0, "Infinity"]),
    ("<M8[s]", "NaT", np.datetime64("NaT"), -(2**63)),
    ("<M8[s]", 5, np.datetime64(5, "s"), 5),
    ("<m8[10us]", 5, np.timedelta64(5, "10us"), 5),
    ("|S3", "YWI=", b"ab", "YWI="),
    ("|V3", "YWIA", b"ab\0", "YWIA"),
    ("<U3", "aé", "aé", "aé"),
    ([["a", "<i2"], ["b", "|u1"]], "AQAC", (1, 2), "AQAC"),
]


class TestFillValues:
    @pytest.mark.parametrize(("dtype", "given", "value", "form"), FILLS)
    def test_forms(self, dtype: Any, given: Any, value: Any, form: Any) -> None:
        document = changed(ARRAY_V2, dtype=dtype, fill_value=given, filters=None)
        metadata = ArrayV2Metadata.from_dict(document)
        read = metadata.fill_value
        if isinstance(value, tuple):
            read = read.item()
        elif isinstance(value, bytes):
            read = bytes(read)
        assert read == value or (np.isnat(read) and np.isnat(value))
        written = json.loads(documents(metadata)[".zarray"])
        assert (written["fill_value"], written["dtype"]) == (form, dtype)

    def test_nan(self) -> None:
        metadata = ArrayV2Metadata.from_dict(changed(ARRAY_V2, dtype="<f4", fill_value="NaN", filters=None))
        assert np.isnan(metadata.fill_value)
        assert metadata.to_dict()["fill_value"] == "NaN"

    @pytest.mark.parametrize(("dtype", "default"), [("<i2", 0), ("<f4", 0.0), ("|b1", False)])
    def test_null_is_kept_and_read_as_the_default(self, dtype: str, default: Any) -> None:
        document = changed(ARRAY_V2, dtype=dtype, fill_value=None, filters=None)
        assert ArrayV2Metadata.from_dict(document).to_dict()["fill_value"] is None
        array = zarr.open_array(store_of({".zarray": document}), mode="r")
        assert array.fill_value is None
        assert (array[...] == default).all()


class TestRepair:
    """Chunk lengths that old versions wrote; section 15."""

    @pytest.mark.parametrize(
        ("shape", "given", "expected", "warns"),
        [
            ([6, 4], [0, 2], (1, 2), True),
            ([6, 4], [False, 2], (1, 2), True),
            ([0, 4], [0, 2], (1, 2), False),
            ([6, 4], [True, 2], (1, 2), False),
        ],
    )
    def test_chunk_lengths(self, shape: Any, given: Any, expected: Any, warns: bool) -> None:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            metadata = ArrayV2Metadata.from_dict(changed(ARRAY_V2, shape=shape, chunks=given))
        assert metadata.chunks == expected
        assert [w.category for w in caught] == [ZarrUserWarning] * warns
