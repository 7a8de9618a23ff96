"""What is kept of parsed documents is what a parse gives, and what no handle shares with another."""

from __future__ import annotations

import copy
import dataclasses
import json
import warnings
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from metadata_documents import ARRAY_V3, BYTES, CRC32C, GZIP, changed, regular

import zarr
from zarr.abc.codec import BytesBytesCodec
from zarr.codecs import BytesCodec, GzipCodec
from zarr.core.buffer import cpu
from zarr.core.chunk_key_encodings import DefaultChunkKeyEncoding
from zarr.core.dtype import Int16, data_type_registry
from zarr.core.metadata import io, parsed
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.errors import ZarrUserWarning
from zarr.registry import _chunk_key_encodings, _codecs, register_chunk_key_encoding, register_codec
from zarr.storage import MemoryStore


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    parsed._kept.clear()
    parsed._texts.clear()
    yield
    parsed._kept.clear()
    parsed._texts.clear()


def _said(parse: Any, document: dict[str, Any]) -> Any:
    """The metadata, exactly, or the error, and the warnings."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            found = parse(copy.deepcopy(document))
            fill = np.asarray(found.fill_value)
            said: Any = (
                [(f.name, repr(getattr(found, f.name))) for f in dataclasses.fields(found)],
                type(found.fill_value),
                fill.tobytes() if fill.dtype.kind != "O" else repr(fill),
                repr(found.to_dict()),
            )
        except Exception as error:
            said = type(error), str(error)
    return said, sorted(str(w.message) for w in warned)


def _sharded(*codecs: Any, **more: Any) -> list[Any]:
    inner = {"chunk_shape": [1, 2], "codecs": list(codecs), "index_codecs": [BYTES, CRC32C]} | more
    return [{"name": "sharding_indexed", "configuration": inner}]


MEMBERS: dict[str, list[Any]] = {
    "shape": [[6, 4], [0, 9], [6, True], [6, 4.0], [1, 1], [True, True], [6], [6, 4, 2], [], [6, -1], "64", None, (6, 4)],
    "data_type": [
        "int16", "int8", "uint8", "bool", "float32", "float64", "complex64", "string", "r16", "int17", 3,
        {"name": "numpy.datetime64", "configuration": {"unit": "s", "scale_factor": 1}}, {"name": "int16"},
    ],
    "chunk_grid": [regular(3, 2), regular(3, True), regular(3, 1), regular(0, 2), regular(3, 2.0), {"name": "regular"}],
    "chunk_key_encoding": [
        {"name": "default"}, "default", {"name": "v2", "separator": "/"}, {"name": "v2", "configuration": {"separator": "."}}, "v9",
    ],
    "fill_value": [0, False, 0.0, -0.0, 1, True, 1.0, "NaN", float("nan"), "0x7fc00001", "Infinity", [1, 2], "x", None],
    "codecs": [
        [BYTES, GZIP], ["bytes"], [BYTES], [{"name": "bytes"}], [{"name": "bytes", "configuration": {"endian": "big"}}],
        [BYTES, {"name": "gzip", "configuration": {"level": True}}], [GZIP, BYTES], [], ["vlen-utf8"],
        [{"name": "transpose", "configuration": {"order": [1, 0]}}, BYTES], [BYTES, {"name": "blosc", "configuration": {}}],
        _sharded(BYTES), _sharded(BYTES, GZIP), _sharded(BYTES, "unknown"), _sharded(BYTES, chunk_shape=[2, 2]),
        [BYTES, {"name": "numcodecs.zlib", "configuration": {"level": 1}}],
    ],
    "dimension_names": [["y", None], None, ["y"], ["y", 1]],
    "storage_transformers": [[], [{"name": "x"}], None],
    "zarr_format": [3, 3.0, 2],
    "node_type": ["array", "group"],
    "more": [{"must_understand": False, "a": [1]}, {"must_understand": True}],
}  # fmt: skip


@st.composite
def _documents(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.sets(st.sampled_from(sorted(MEMBERS)), max_size=3))
    return changed(ARRAY_V3, **{name: draw(st.sampled_from(MEMBERS[name])) for name in sorted(names)})


@given(st.lists(_documents(), min_size=1, max_size=6))
def test_what_is_kept_is_what_a_parse_gives(documents: list[dict[str, Any]]) -> None:
    for document in documents * 2:
        assert _said(ArrayV3Metadata.from_dict, document) == _said(ArrayV3Metadata._parse, document)


@pytest.mark.parametrize("codecs", [[BYTES, GZIP], _sharded(BYTES, GZIP)])
def test_an_equal_document_is_parsed_once(codecs: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    document = changed(ARRAY_V3, codecs=codecs)
    first = ArrayV3Metadata.from_dict(document)
    monkeypatch.setattr(ArrayV3Metadata, "_parse", None)
    again = ArrayV3Metadata.from_dict(changed(document, shape=[7, 0], attributes={"units": "m"}))
    assert again.codecs is first.codecs
    assert (first.attributes, again.attributes) == ({"units": "K"}, {"units": "m"})
    assert (first.shape, again.shape) == ((6, 4), (7, 0))
    with pytest.raises(TypeError, match=r"^attributes: Expected a mapping"):
        ArrayV3Metadata.from_dict(changed(document, attributes=[1]))


def test_nothing_that_can_change_is_shared() -> None:
    for _ in range(2):
        one, other = (ArrayV3Metadata.from_dict(copy.deepcopy(ARRAY_V3)) for _ in range(2))
        one.attributes["units"] = "m"
        one.extra_fields["mine"] = {"must_understand": False}
        assert other.attributes == {"units": "K"}
        assert other.extra_fields == {}
        assert one is not other


@pytest.mark.parametrize(
    "members",
    [
        {"extra": {"must_understand": False}},
        {"storage_transformers": [{"name": "x"}]},
        {"chunk_grid": regular(0, 2)},
        {"chunk_grid": {"name": "rectilinear", "configuration": {"kind": "inline", "chunk_shapes": [[6], 2]}}},
        {"data_type": "r16", "fill_value": [0, 0]},
        {"codecs": [BYTES, {"name": "numcodecs.zlib", "configuration": {"level": 1}}]},
        {"dimension_names": ["y" * 5000, None]},
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore")
def test_what_could_change_or_is_rare_is_not_kept(members: dict[str, Any]) -> None:
    ArrayV3Metadata.from_dict(changed(ARRAY_V3, **members))
    assert not parsed._kept


def test_a_repaired_grid_is_warned_of_each_time() -> None:
    for _ in range(2):
        with pytest.warns(ZarrUserWarning, match="stored chunk length 0"):
            ArrayV3Metadata.from_dict(changed(ARRAY_V3, chunk_grid=regular(0, 2)))


def test_values_of_other_types_are_not_taken_for_equal() -> None:
    """NumPy's scalars are buffers, of which only the bytes would be in the key."""
    document = changed(ARRAY_V3, data_type="float64", fill_value=0)
    for fill in (np.float64(1.0), np.int64(np.float64(1.0).view("i8")), True, 1, 1.0):
        given = changed(document, fill_value=fill)
        assert _said(ArrayV3Metadata.from_dict, given) == _said(ArrayV3Metadata._parse, given)
    assert len(parsed._kept) == 3  # of True, 1 and 1.0


class _OtherGzip(BytesBytesCodec):
    is_fixed_size = False

    def __init__(self, level: int = 1) -> None:
        self.level = [level]

    @classmethod
    def from_dict(cls, data: Any) -> Any:
        return cls(**data.get("configuration", {}))

    def to_dict(self) -> Any:
        return {"name": "gzip", "configuration": {"level": self.level[0]}}

    def compute_encoded_size(self, _input_byte_length: int, _chunk_spec: Any) -> int:
        raise NotImplementedError


def test_the_configuration_chooses_the_class_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_codecs, "gzip", copy.copy(_codecs["gzip"]))
    assert type(ArrayV3Metadata.from_dict(ARRAY_V3).codecs[1]) is GzipCodec
    register_codec("gzip", _OtherGzip, qualname="other")
    assert type(ArrayV3Metadata.from_dict(ARRAY_V3).codecs[1]) is GzipCodec
    with zarr.config.set({"codecs.gzip": "other"}):
        one, other = (ArrayV3Metadata.from_dict(ARRAY_V3).codecs[1] for _ in range(2))
        assert type(one) is type(other) is _OtherGzip
        assert one is not other  # nobody knows what it holds
        inner = ArrayV3Metadata.from_dict(changed(ARRAY_V3, codecs=_sharded(BYTES, GZIP))).codecs[0]
        assert type(inner.codecs[1]) is _OtherGzip
    assert type(ArrayV3Metadata.from_dict(ARRAY_V3).codecs[1]) is GzipCodec
    with zarr.config.set({"codecs.gzip": "no.such.Class"}), pytest.raises(ValueError, match="no.such.Class"):
        ArrayV3Metadata.from_dict(ARRAY_V3)


def test_inner_codecs_are_chosen_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_codecs, "gzip", copy.copy(_codecs["gzip"]))
    document = changed(ARRAY_V3, codecs=_sharded(BYTES, GZIP))
    assert type(ArrayV3Metadata.from_dict(document).codecs[0].codecs[1]) is GzipCodec
    register_codec("gzip", _OtherGzip, qualname="other")
    with zarr.config.set({"codecs.gzip": "other"}):
        assert type(ArrayV3Metadata.from_dict(document).codecs[0].codecs[1]) is _OtherGzip


def test_registered_types_and_encodings_are_asked_for_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class MyInt16(Int16):
        pass

    class MyEncoding(DefaultChunkKeyEncoding):
        pass

    ArrayV3Metadata.from_dict(ARRAY_V3)
    monkeypatch.setitem(data_type_registry.contents, "int16", MyInt16)
    assert type(ArrayV3Metadata.from_dict(ARRAY_V3).data_type) is MyInt16
    monkeypatch.undo()
    assert type(ArrayV3Metadata.from_dict(ARRAY_V3).data_type) is Int16
    monkeypatch.setitem(_chunk_key_encodings, "default", DefaultChunkKeyEncoding)
    register_chunk_key_encoding("default", MyEncoding)
    assert type(ArrayV3Metadata.from_dict(ARRAY_V3).chunk_key_encoding) is MyEncoding


def test_a_subclass_is_parsed_as_itself() -> None:
    class Mine(ArrayV3Metadata):
        pass

    ArrayV3Metadata.from_dict(ARRAY_V3)
    assert type(Mine.from_dict(ARRAY_V3)) is Mine
    assert type(ArrayV3Metadata.from_dict(ARRAY_V3)) is ArrayV3Metadata


def test_no_more_than_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsed, "_MOST", 4)
    for n in range(20):
        assert ArrayV3Metadata.from_dict(changed(ARRAY_V3, fill_value=n)).fill_value == n
        assert len(parsed._kept) <= 4


def test_handles_of_one_array_have_attributes_of_their_own() -> None:
    store = MemoryStore()
    zarr.create_array(store, shape=(4,), dtype="i2", attributes={"a": [1]})
    one, other = zarr.open_array(store), zarr.open_array(store)
    one.attrs["a"] = [2]
    assert json.loads(json.dumps(dict(other.attrs))) == {"a": [1]}
    assert zarr.open_array(store).attrs["a"] == [2]
    one.resize((8,))
    assert (other.shape, zarr.open_array(store).shape) == ((4,), (8,))
    assert isinstance(other.serializer, BytesCodec)


# --- by the bytes of the document


_STORE = MemoryStore()  # one, which errors name


def _read(document: dict[str, Any] | bytes, fresh: bool = False) -> ArrayV3Metadata:
    """The metadata of a document in a store; ``fresh`` for those of a parse."""
    if fresh:
        parsed._texts.clear()
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    _STORE.set_sync("zarr.json", cpu.Buffer.from_bytes(text))
    found = zarr.open_array(_STORE, mode="r+").metadata
    assert isinstance(found, ArrayV3Metadata)
    return found


@given(st.lists(_documents(), min_size=1, max_size=6))
def test_what_a_text_says_is_what_a_parse_gives(documents: list[dict[str, Any]]) -> None:
    for document in documents * 2:
        assert _said(_read, document) == _said(lambda given: _read(given, fresh=True), document)


def test_the_same_text_is_not_decoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    document = changed(
        ARRAY_V3, attributes={"units": ["K"], "n": [1, 1.0, True, None, float("nan"), "\ud800"]}
    )
    first = _read(document)
    monkeypatch.setattr(io, "load_document", None)
    again, third = _read(document), _read(document)
    assert again.codecs is first.codecs
    assert repr(again) == repr(first)
    again.attributes["units"].append("m")
    assert third.attributes["units"] == _read(document).attributes["units"] == ["K"]
    with (
        zarr.config.set({"limits.document_bytes": 100}),
        pytest.raises(ValueError, match=r"limits\.document_bytes"),
    ):
        _read(document)


def test_a_document_that_is_written_meanwhile_is_read(tmp_path: Path) -> None:
    zarr.create_array(tmp_path, shape=(4,), dtype="i2", fill_value=1)
    file = tmp_path / "zarr.json"
    text = file.read_bytes()
    for fill in (1, 2, 1, 3):
        file.write_bytes(text.replace(b'"fill_value": 1', f'"fill_value": {fill}'.encode()))
        assert zarr.open_array(tmp_path, mode="r").fill_value == fill


def test_classes_are_asked_for_though_the_text_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_codecs, "gzip", copy.copy(_codecs["gzip"]))
    assert type(_read(ARRAY_V3).codecs[1]) is GzipCodec
    register_codec("gzip", _OtherGzip, qualname="other")
    with zarr.config.set({"codecs.gzip": "other"}):
        assert type(_read(ARRAY_V3).codecs[1]) is _OtherGzip
    assert type(_read(ARRAY_V3).codecs[1]) is GzipCodec


def test_both_formats_are_warned_of_each_time() -> None:
    for document, error in ((ARRAY_V3, None), (changed(ARRAY_V3, fill_value="x"), TypeError)):
        text = json.dumps(document).encode()
        store = MemoryStore(
            {"zarr.json": cpu.Buffer.from_bytes(text), ".zarray": cpu.Buffer.from_bytes(b"{}")}
        )
        for _ in range(2):
            with (
                pytest.warns(ZarrUserWarning, match=r"Both zarr.json"),
                nullcontext() if error is None else pytest.raises(error),
            ):
                zarr.open_array(store, mode="r")


def test_texts_that_are_long_or_of_what_is_not_kept_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for more in (
        {"attributes": {"a": "x" * 5000}},
        {"extra": {"must_understand": False}},
        {"dimension_names": ["y" * 4050, "x"]},
    ):
        _read(changed(ARRAY_V3, **more))
    assert not parsed._texts
    monkeypatch.setattr(parsed, "_MOST", 4)
    for n in range(20):
        assert _read(changed(ARRAY_V3, attributes={"n": n})).attributes == {"n": n}
        assert len(parsed._texts) <= 4
