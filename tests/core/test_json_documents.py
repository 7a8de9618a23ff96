"""Documents to bytes and back."""

from __future__ import annotations

import datetime
import json
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from zarr.core import json as documents
from zarr.core.json import dump_alike, dump_compact, dump_document, load_document, to_json
from zarr.errors import MetadataValidationError

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), PLAIN, max_size=4))
def test_there_and_back(document: dict[str, Any]) -> None:
    assert load_document(dump_document(document), "x") == document
    assert load_document(dump_compact(document), "x") == document
    assert dump_document(document).isascii()


ALIKE = st.dictionaries(
    st.sampled_from(["shape", "attributes", "codecs", "\u00e9", "zarr_format"]),
    PLAIN
    | st.floats()
    | st.sampled_from([0, 0.0, -0.0, False, 1, True, np.int64(1), np.float64(1), b"x", {1: 2}]),
)


@given(st.lists(ALIKE, max_size=4), st.sampled_from([2, 0, None, 4, "\t", "", True]))
def test_a_document_like_others_has_the_same_bytes(several: list[dict[str, Any]], indent: Any) -> None:
    with zarr.config.set({"json_indent": indent}):
        for document in several * 2:
            for own in (set(), {"shape", "attributes"}, {"codecs"}):
                assert dump_alike(document, own) == dump_document(document)


def test_what_documents_have_in_common_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    documents._texts.clear()
    dump_alike({"shape": [1], "codecs": [["x"]]}, {"shape"})
    encoded: list[Any] = []
    indented = documents._indented
    monkeypatch.setattr(
        documents, "_indented", lambda value, *more: encoded.append(value) or indented(value, *more)
    )
    assert json.loads(dump_alike({"shape": [2], "codecs": [["x"]]}, {"shape"})) == {
        "shape": [2],
        "codecs": [["x"]],
    }
    assert encoded == [[2], 2]


def test_no_more_than_so_many_texts_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_MOST", 4)
    for n in range(20):
        dump_alike({"n": n}, set())
        assert len(documents._texts) <= 4
    documents._texts.clear()
    dump_alike({"n": "x" * 5000}, set())
    assert not documents._texts


def test_numbers_survive() -> None:
    text = b'{"a": 18446744073709551615, "b": -9223372036854775808, "c": 1e400, "d": 0.1, "e": -0.0}'
    document = load_document(text, "x")
    assert document["a"] == 2**64 - 1
    assert document["b"] == -(2**63)
    assert str(document["e"]) == "-0.0"
    assert load_document(dump_document(document), "x") == document


def test_nan_and_infinity() -> None:
    document = load_document(b'{"a": NaN, "b": -Infinity}', "x")
    assert dump_compact(document) == b'{"a": NaN, "b": -Infinity}'


# value, what it becomes
FORMS: list[tuple[Any, Any]] = [
    (np.int16(3), 3),
    (np.uint64(2**64 - 1), 2**64 - 1),
    (np.float32(0.5), 0.5),
    (np.bool_(True), True),
    (np.str_("a"), "a"),
    (np.bytes_(b"ab"), "YWI="),
    (np.complex64(1 + 2j), [1.0, 2.0]),
    (1 - 2j, [1.0, -2.0]),
    (b"ab", "YWI="),
    (np.arange(4).reshape(2, 2), [[0, 1], [2, 3]]),
    (np.array(["2020-01-01"], "M8[D]"), ["2020-01-01"]),
    (np.datetime64("2020-01-01T00:00", "s"), "2020-01-01T00:00:00"),
    (datetime.date(2020, 1, 2), "2020-01-02"),
    (datetime.datetime(2020, 1, 2, 3), "2020-01-02T03:00:00"),
    (datetime.time(1, 2), "01:02:00"),
    (MappingProxyType({"a": np.int8(1)}), {"a": 1}),
    ((1, np.int8(2)), [1, 2]),
]


@pytest.mark.parametrize(("value", "expected"), FORMS, ids=[repr(v)[:30] for v, _ in FORMS])
def test_values_that_are_not_json(value: Any, expected: Any) -> None:
    assert json.loads(dump_document({"x": value}))["x"] == expected


@pytest.mark.parametrize("value", [object(), {1, 2}, zarr])
def test_values_that_have_no_form(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot be written to a metadata document"):
        dump_document({"x": value})


@pytest.mark.parametrize(
    ("indent", "expected"), [(2, b'{\n  "a": 1\n}'), (None, b'{"a": 1}'), (0, b'{\n"a": 1\n}')]
)
def test_indentation(indent: Any, expected: bytes) -> None:
    with zarr.config.set({"json_indent": indent}):
        assert dump_document({"a": 1}) == expected


@given(st.binary(max_size=40))
def test_noise(data: bytes) -> None:
    try:
        assert isinstance(load_document(data, "there/zarr.json"), dict)
    except MetadataValidationError as error:
        assert str(error).startswith("there/zarr.json: ")


def test_large_documents_are_refused_before_they_are_parsed() -> None:
    store = zarr.storage.MemoryStore()
    group = zarr.create_group(store, attributes={"text": "x" * 1000})
    assert zarr.open_group(store).attrs["text"] == "x" * 1000
    with zarr.config.set({"limits.document_bytes": 500}):
        with pytest.raises(
            MetadataValidationError, match=r"zarr\.json: \d+ bytes .*limits\.document_bytes = 500"
        ):
            zarr.open_group(store)
        with pytest.raises(MetadataValidationError, match="501 bytes are more"):
            load_document(b"{" * 501, "x")
        with pytest.raises(MetadataValidationError, match="not valid JSON"):
            load_document(b"{" * 500, "x")
    with zarr.config.set({"limits.document_bytes": None}):
        assert zarr.open_group(store).attrs["text"] == group.attrs["text"]
    assert zarr.config.get("limits.document_bytes") == 64 << 20


@pytest.mark.parametrize("depth", [100_000, 1_000_000])
@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_deep_nesting_is_refused(depth: int, opening: bytes) -> None:
    with pytest.raises(MetadataValidationError, match="nested too deeply"):
        load_document(b'{"a":' + opening * depth, "x")


class _Text(str):
    pass


class _Number(int):
    def __repr__(self) -> str:
        return "no number"


_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([np.float32(0.1), np.int8(3), _Text("a"), _Number(4), 1 << 200, np.arange(2), b"x"])
)
_KEYS = st.text() | st.sampled_from([1, True, None, 1.5, _Text("k")])


@given(
    st.dictionaries(
        _KEYS,
        st.recursive(
            _LEAVES,
            lambda v: st.lists(v) | st.lists(v).map(tuple) | st.dictionaries(_KEYS, v),
            max_leaves=10,
        ),
    ),
    st.sampled_from([2, 0, 1, -1, None, "\t", True]),
)
def test_documents_are_written_as_json_writes_them(document: dict[Any, Any], indent: Any) -> None:
    with zarr.config.set({"json_indent": indent}):
        assert dump_document(document) == json.dumps(document, default=to_json, indent=indent).encode()


def test_documents_that_json_does_not_write() -> None:
    endless: dict[str, Any] = {}
    endless["x"] = [endless]
    with pytest.raises(ValueError, match="Circular reference"):
        dump_document(endless)
    with pytest.raises(TypeError, match="keys must be"):
        dump_document({(1, 2): 3})  # type: ignore[dict-item]
