"""Any change whatever to a valid document: it is read, or refused with an error of the right family, and soon."""

from __future__ import annotations

import copy
import json
import time
import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metadata_documents import ARRAY_V2, ARRAY_V3, BYTES, CRC32C, GROUP_V3, changed, rectilinear, sharding

from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.json import load_document
from zarr.core.metadata import ArrayV2Metadata, ArrayV3Metadata, GroupMetadata
from zarr.errors import MetadataValidationError

STRUCT = {
    "name": "struct",
    "configuration": {"fields": [{"name": "a", "data_type": "int16"}, {"name": "b", "data_type": "float32"}]},
}
TRANSPOSE = {"name": "transpose", "configuration": {"order": [1, 0]}}
BLOSC = {
    "name": "blosc",
    "configuration": {"typesize": 2, "cname": "lz4", "clevel": 5, "shuffle": "shuffle", "blocksize": 0},
}
ZSTD = {"name": "zstd", "configuration": {"level": 0, "checksum": False}}
DOCUMENTS: list[tuple[Any, dict[str, Any]]] = [
    (ArrayV3Metadata, ARRAY_V3),
    (ArrayV3Metadata, changed(ARRAY_V3, codecs=[TRANSPOSE, sharding((1, 1), codecs=[BYTES, ZSTD]), CRC32C], chunk_grid={"name": "regular", "configuration": {"chunk_shape": [2, 2]}})),
    (ArrayV3Metadata, changed(ARRAY_V3, codecs=[BYTES, BLOSC, ZSTD], chunk_grid=rectilinear([[2, 3]], [1, 3]))),
    (ArrayV3Metadata, changed(ARRAY_V3, data_type=STRUCT, fill_value={"a": 1, "b": "NaN"}, codecs=[BYTES])),
    (ArrayV3Metadata, changed(ARRAY_V3, data_type={"name": "numpy.datetime64", "configuration": {"unit": "s", "scale_factor": 2}}, fill_value="NaT", extra={"must_understand": False})),
    (ArrayV3Metadata, changed(ARRAY_V3, data_type="complex64", fill_value=[0, "-Infinity"])),
    (ArrayV3Metadata, changed(ARRAY_V3, data_type="string", fill_value="", codecs=[{"name": "vlen-utf8"}])),
    (ArrayV2Metadata, ARRAY_V2),
    (ArrayV2Metadata, changed(ARRAY_V2, dtype=[["a", "<i2"], ["b", "|S2"]], fill_value="AAAAAA==", filters=None, compressor={"id": "blosc", "cname": "lz4", "clevel": 1, "shuffle": 1, "blocksize": 0})),
    (ArrayV2Metadata, changed(ARRAY_V2, dtype="<M8[ns]", fill_value="NaT", filters=[{"id": "shuffle", "elementsize": 8}])),
    (GroupMetadata, changed(GROUP_V3, consolidated_metadata={"kind": "inline", "must_understand": False, "metadata": {"a": GROUP_V3, "a/b": ARRAY_V3, "c": ARRAY_V3}})),
]  # fmt: skip

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 1, -1, 2**31, 2**63, 2**64, 10**30, -(2**63), 255])
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(
        ["int16", "float32", "bytes", "regular", "zstd", "NaN", "/", "array", "group", "inline", "|O"]
    )
    | st.sampled_from(
        ["shape", "r0", "<i2", "<M8[s]", "|V0", "<U999999999999", "numcodecs.delta", "__class__"]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all that is inside."""
    found = [prefix] if prefix else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*prefix, key))
    return found


@st.composite
def mutated(draw: st.DrawFn) -> tuple[Any, Any]:
    """A document in which up to four things are replaced, removed, moved or added."""
    cls, document = draw(st.sampled_from(DOCUMENTS))
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 4))):
        *path, last = draw(st.sampled_from(places(document) or [("zarr_format",)]))
        holder: Any = document
        for key in path:
            holder = holder[key]
        what = draw(st.sampled_from(["replace", "replace", "remove", "move", "add"]))
        if what == "remove":
            del holder[last]
        elif what == "add" and isinstance(holder, dict):
            holder[draw(st.text(max_size=5))] = draw(VALUES)
        elif what == "add":
            holder.insert(draw(st.integers(0, 3)), draw(VALUES))
        elif what == "move":
            source: Any = document
            for key in draw(st.sampled_from(places(document))):
                source = source[key]
            holder[last] = copy.deepcopy(source)
        else:
            holder[last] = draw(VALUES)
    return cls, document


REFUSALS = (ValueError, TypeError, OverflowError)


def read(cls: Any, document: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        metadata = cls.from_dict(document)
        if isinstance(metadata, GroupMetadata) and metadata.consolidated_metadata is not None:
            list(
                metadata.consolidated_metadata.flattened_metadata
            )  # an array's document is parsed when asked for
        return metadata


class TestMutations:
    @settings(max_examples=200)
    @given(mutated())
    def test_read_or_refused(self, case: tuple[Any, Any]) -> None:
        cls, document = case
        start = time.monotonic()
        try:
            metadata = read(cls, document)
        except REFUSALS as error:
            assert not isinstance(error, UnicodeError | MemoryError), error
            assert str(error)
            return
        finally:
            assert time.monotonic() - start < 5
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            first = metadata.to_dict()
            try:
                metadata.to_buffer_dict(buffer_prototype)
            except ValueError as error:
                assert "storage_transformers" in str(error)  # read, but not to be stored
        assert read(cls, json.loads(json.dumps(first))) == metadata

    @settings(max_examples=50)
    @given(VALUES)
    @pytest.mark.parametrize("cls", [ArrayV2Metadata, ArrayV3Metadata, GroupMetadata])
    def test_anything_for_a_document(self, cls: Any, document: Any) -> None:
        with pytest.raises(REFUSALS):
            read(cls, document)

    @given(st.data())
    def test_any_bytes(self, data: st.DataObject) -> None:
        """A document's bytes with some replaced; JSON or none of it, an error is a MetadataValidationError."""
        text = bytearray(json.dumps(ARRAY_V3).encode())
        for _ in range(data.draw(st.integers(1, 5))):
            text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
        try:
            document = load_document(bytes(text), "here")
        except MetadataValidationError as error:
            assert str(error).startswith("here: ")
        else:
            assert isinstance(document, dict)
