"""Malformed documents: the error's class, and where it says that they are malformed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from metadata_documents import (
    ARRAY_V2,
    ARRAY_V3,
    BYTES,
    GROUP_V3,
    GZIP,
    MISSING,
    changed,
    open_document,
    rectilinear,
    regular,
    sharding,
    store_of,
)

import zarr
from zarr.core.metadata import ArrayV2Metadata, ArrayV3Metadata, GroupMetadata
from zarr.errors import MetadataValidationError, NodeTypeValidationError, UnknownCodecError

TRANSPOSE = {"name": "transpose", "configuration": {"order": [1, 0]}}
UNKNOWN = {"name": "nope"}


def codec(name: str, **configuration: Any) -> dict[str, Any]:
    return {"name": name, "configuration": configuration}


# members that are changed, class, path, part of what is said
V3: list[tuple[dict[str, Any], type[Exception], str, str]] = [
    # format, kind, presence
    *(({"zarr_format": v}, MetadataValidationError, "zarr_format", "zarr_format") for v in (MISSING, "3", 3.0, True, None, 4, [])),
    *(({"node_type": v}, MetadataValidationError, "node_type", "") for v in (MISSING, "arr", None, 3, [])),
    *(
        ({name: MISSING}, MetadataValidationError, name, "missing")
        for name in ("shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs")
    ),
    # shape
    *(({"shape": v}, TypeError, "shape", "list") for v in (None, 4, "64", {"6": 4})),
    *(({"shape": v}, TypeError, "shape", "integer") for v in ([6.0, 4], [True, 4], ["6", 4], [None, 4], [[6], 4])),
    ({"shape": [-1, 4]}, ValueError, "shape", "non-negative"),
    # data type
    *(({"data_type": v}, (ValueError, TypeError), "data_type", "nope") for v in ("nope", UNKNOWN, codec("nope", a=1))),
    *(({"data_type": v}, (ValueError, TypeError), "data_type", "") for v in (None, 3, [], {}, {"name": 3})),
    ({"data_type": {"name": "int16", "must_understand": False}}, MetadataValidationError, "data_type", "must be understood"),
    ({"data_type": {"name": "fixed_length_utf32"}}, (ValueError, TypeError), "data_type", ""),
    ({"data_type": codec("struct", fields=[["a", "int16"], 3])}, (ValueError, TypeError), "data_type.configuration.fields[1]", ""),
    # grid
    *(({"chunk_grid": v}, TypeError, "chunk_grid", "dict") for v in (None, 3, [], "regular")),
    ({"chunk_grid": {}}, ValueError, "chunk_grid", "'name'"),
    ({"chunk_grid": {"name": 1, "configuration": {}}}, TypeError, "chunk_grid", "string"),
    ({"chunk_grid": {"name": "regular"}}, ValueError, "chunk_grid", "configuration"),
    ({"chunk_grid": codec("nope")}, ValueError, "chunk_grid", "Unknown chunk grid: 'nope'"),
    ({"chunk_grid": codec("regular")}, TypeError, "chunk_grid.configuration.chunk_shape", "list"),
    ({"chunk_grid": codec("regular", chunk_shape="32")}, TypeError, "chunk_grid.configuration.chunk_shape", "list"),
    *(
        ({"chunk_grid": regular(3, v)}, (TypeError, ValueError), "chunk_grid.configuration.chunk_shape[1]", "")
        for v in (2.0, "2", None, -1, [2, 2])
    ),
    ({"chunk_grid": regular(3)}, ValueError, "chunk_grid", "same number of dimensions"),
    ({"chunk_grid": regular(3, 2, 1)}, ValueError, "chunk_grid", "same number of dimensions"),
    ({"chunk_grid": rectilinear([3, 3], 2, kind="x")}, ValueError, "chunk_grid.configuration.kind", "'x'"),
    ({"chunk_grid": rectilinear([3, 2], 2)}, ValueError, "chunk_grid.configuration.chunk_shapes[0]", "add up to 5"),
    ({"chunk_grid": rectilinear([3, 0, 3], 2)}, ValueError, "chunk_grid.configuration.chunk_shapes[0][1]", ">= 1"),
    ({"chunk_grid": rectilinear([[3, 0]], 2)}, ValueError, "chunk_grid.configuration.chunk_shapes[0][0][1]", ">= 1"),
    ({"chunk_grid": rectilinear([[3, 1, 1]], 2)}, ValueError, "chunk_grid.configuration.chunk_shapes[0][0]", "pair"),
    ({"chunk_grid": rectilinear([], 2)}, ValueError, "chunk_grid.configuration.chunk_shapes[0]", "no chunk lengths"),
    ({"chunk_grid": rectilinear("66", 2)}, TypeError, "chunk_grid.configuration.chunk_shapes[0]", "chunk lengths"),
    ({"chunk_grid": rectilinear([[1, 10**12]], 2)}, ValueError, "chunk_grid.configuration.chunk_shapes[0][0]", "more than"),
    ({"chunk_grid": rectilinear(6, 0)}, ValueError, "chunk_grid.configuration.chunk_shapes[1]", ">= 1"),
    # key encoding
    *(({"chunk_key_encoding": v}, ValueError, "chunk_key_encoding", "nope") for v in ("nope", UNKNOWN)),
    *(({"chunk_key_encoding": v}, (TypeError, ValueError), "chunk_key_encoding", "") for v in (None, 3, [], {}, [["name", "v2"]])),
    ({"chunk_key_encoding": codec("v2", separator="-")}, ValueError, "chunk_key_encoding.configuration.separator", "'-'"),
    ({"chunk_key_encoding": codec("v2", separator=None)}, ValueError, "chunk_key_encoding.configuration.separator", "None"),
    ({"chunk_key_encoding": codec("default", x=1)}, TypeError, "chunk_key_encoding.configuration", "'x'"),
    ({"chunk_key_encoding": {"name": "default", "configuration": None}}, TypeError, "chunk_key_encoding", ""),
    # dimension names, attributes, transformers
    *(({"dimension_names": v}, ValueError, "dimension_names", "same number") for v in ([], ["y"], ["y", "x", "z"])),
    *(({"dimension_names": v}, TypeError, "dimension_names", "") for v in ("yx", {"y": 1, "x": 2}, 3, ["y", 1])),
    *(({"attributes": v}, TypeError, "attributes", "mapping") for v in ([], "x", 3, [["a", 1]])),
    *(({"storage_transformers": v}, TypeError, "storage_transformers", "") for v in ("x", {"name": "x"}, 3)),
    # codecs: the chain
    *(({"codecs": v}, TypeError, "codecs", "list") for v in (None, "bytes", 3, {"name": "bytes"})),
    ({"codecs": []}, ValueError, "codecs", "At least one ArrayBytesCodec"),
    ({"codecs": [GZIP]}, ValueError, "codecs", "At least one ArrayBytesCodec"),
    ({"codecs": [BYTES, BYTES]}, ValueError, "codecs", "Only one ArrayBytesCodec"),
    ({"codecs": [BYTES, sharding()]}, ValueError, "codecs", "Only one ArrayBytesCodec"),
    ({"codecs": [GZIP, BYTES]}, ValueError, "codecs[1]", "BytesCodec stands behind GzipCodec"),
    ({"codecs": [BYTES, GZIP, TRANSPOSE]}, ValueError, "codecs[2]", "TransposeCodec stands behind GzipCodec"),
    # codecs: one
    *(({"codecs": [BYTES, v]}, TypeError, "codecs[1]", "") for v in (None, 3, [], True)),
    ({"codecs": [BYTES, {}]}, ValueError, "codecs[1]", "'name'"),
    ({"codecs": [BYTES, {"name": None}]}, TypeError, "codecs[1]", "string"),
    *(({"codecs": [BYTES, v]}, UnknownCodecError, "codecs[1]", "codec 'nope' is not available; install") for v in ("nope", UNKNOWN)),
    ({"codecs": [BYTES, UNKNOWN | {"must_understand": False}]}, UnknownCodecError, "codecs[1]", "'nope'"),
    ({"codecs": [BYTES, {"name": "gzip"}]}, ValueError, "codecs[1]", "configuration"),
    ({"codecs": [BYTES, "gzip"]}, ValueError, "codecs[1]", "configuration"),
    ({"codecs": [BYTES, {"name": "gzip", "configuration": [1]}]}, TypeError, "codecs[1]", "dict"),
    ({"codecs": [BYTES, codec("gzip", level=10)]}, ValueError, "codecs[1].configuration.level", "0 to 9. Got 10"),
    ({"codecs": [BYTES, codec("gzip", level=1.0)]}, TypeError, "codecs[1].configuration.level", "integer"),
    ({"codecs": [BYTES, codec("gzip", level=1, x=2)]}, TypeError, "codecs[1].configuration", "no member 'x'"),
    ({"codecs": [codec("bytes", endian="middle")]}, ValueError, "codecs[0].configuration.endian", "'middle'"),
    ({"codecs": [{"name": "bytes"}]}, ValueError, "codecs[0]", "`endian`"),
    ({"codecs": ["bytes"]}, ValueError, "codecs[0]", "`endian`"),
    ({"codecs": [codec("transpose"), BYTES]}, TypeError, "codecs[0].configuration.order", "missing"),
    ({"codecs": [codec("transpose", order=[0]), BYTES]}, ValueError, "codecs[0].configuration.order", "as many entries"),
    ({"codecs": [codec("transpose", order=[0, 0]), BYTES]}, ValueError, "codecs[0].configuration.order", "permutation"),
    ({"codecs": [codec("transpose", order="C"), BYTES]}, TypeError, "codecs[0].configuration.order", "'C'"),
    ({"codecs": [codec("transpose", order=[0, "1"]), BYTES]}, TypeError, "codecs[0].configuration.order[1]", "integer"),
    ({"codecs": [{"name": "vlen-utf8"}]}, ValueError, "codecs[0]", "any length"),
    ({"codecs": [BYTES], "data_type": "string", "fill_value": ""}, ValueError, "codecs[0]", "vlen-utf8"),
    # codecs: shards
    ({"codecs": [sharding(chunk_shape=MISSING)]}, TypeError, "codecs[0].configuration.chunk_shape", "missing"),
    ({"codecs": [sharding((2, 1))]}, ValueError, "codecs[0].configuration.chunk_shape[0]", "3 in dimension 0 is not divisible"),
    ({"codecs": [sharding((1,))]}, ValueError, "codecs[0].configuration.chunk_shape", "same number of dimensions"),
    ({"codecs": [sharding((1, 0))]}, ValueError, "codecs[0].configuration.chunk_shape[1]", ">= 1"),
    ({"codecs": [sharding((1, 1.0))]}, TypeError, "codecs[0].configuration.chunk_shape[1]", "integer"),
    ({"codecs": [sharding(chunk_shape="11")]}, TypeError, "codecs[0].configuration.chunk_shape", "'11'"),
    ({"codecs": [sharding(chunk_shape=None)]}, TypeError, "codecs[0].configuration.chunk_shape", "None"),
    ({"codecs": [sharding(index_location="middle")]}, ValueError, "codecs[0].configuration.index_location", "'middle'"),
    ({"codecs": [sharding(codecs=[])]}, ValueError, "codecs[0].configuration.codecs", "At least one"),
    ({"codecs": [sharding(codecs=BYTES)]}, TypeError, "codecs[0].configuration.codecs", "iterable"),
    ({"codecs": [sharding(codecs=None)]}, TypeError, "codecs[0].configuration.codecs", "iterable"),
    ({"codecs": [sharding(codecs=[BYTES, UNKNOWN])]}, UnknownCodecError, "codecs[0].configuration.codecs[1]", "'nope'"),
    (
        {"codecs": [sharding(codecs=[BYTES, codec("gzip", level="x")])]},
        TypeError,
        "codecs[0].configuration.codecs[1].configuration.level",
        "integer",
    ),
    ({"codecs": [sharding(index_codecs=[])]}, ValueError, "codecs[0].configuration.index_codecs", "At least one"),
    ({"codecs": [sharding(index_codecs=[BYTES, GZIP])]}, ValueError, "codecs[0].configuration.index_codecs[1]", "fixed-size"),
    ({"codecs": [sharding(index_codecs=["bytes"])]}, ValueError, "codecs[0].configuration.index_codecs[0]", "`endian`"),
    ({"codecs": [sharding(index_codecs=[UNKNOWN])]}, UnknownCodecError, "codecs[0].configuration.index_codecs[0]", "'nope'"),
    (
        {"codecs": [sharding((1, 1), codecs=[sharding((2, 1))])]},
        ValueError,
        "codecs[0].configuration.codecs[0].configuration.chunk_shape[0]",
        "not divisible",
    ),
]  # fmt: skip


def named(rows: list[Any]) -> list[Any]:
    """Rows with the changed members as their ids."""
    return [pytest.param(*row, id=re.sub(r"[^ -~]|<.*>", "", str(row[0]))[:70]) for row in rows]


def check(error: BaseException, where: str, path: str, part: str) -> None:
    message = str(error)
    assert message.startswith(f"{where}{path}: "), message
    assert part in message[len(where) + len(path) :], message


class TestArrayV3:
    @pytest.mark.parametrize(("members", "kind", "path", "part"), named(V3))
    def test_from_dict(self, members: dict[str, Any], kind: Any, path: str, part: str) -> None:
        with pytest.raises(kind) as caught:
            ArrayV3Metadata.from_dict(changed(ARRAY_V3, **members))
        check(caught.value, "", path, part)

    @pytest.mark.parametrize(("members", "kind", "path", "part"), named(V3))
    def test_opened(self, members: dict[str, Any], kind: Any, path: str, part: str) -> None:
        """The message begins with store, path and document."""
        store = store_of({"here/zarr.json": changed(ARRAY_V3, **members)})
        with pytest.raises(kind) as caught:
            zarr.open(store, path="here", mode="r")
        check(caught.value, f"{store}/here/zarr.json: ", path, part)

    def test_named_by_the_caller(self) -> None:
        with pytest.raises(ValueError, match=r"^there/zarr\.json: codecs\[0\]\.configuration\.level: "):
            ArrayV3Metadata.from_dict(
                changed(ARRAY_V3, codecs=[codec("gzip", level=99)]), path="there/zarr.json"
            )

    def test_the_cause_stays(self) -> None:
        with pytest.raises(UnknownCodecError) as caught:
            open_document("zarr.json", changed(ARRAY_V3, codecs=[BYTES, UNKNOWN]))
        assert caught.traceback[-1].name in ("get_codec_class", "parse_codec")

    def test_which_package_brings_a_codec(self) -> None:
        with pytest.raises(
            UnknownCodecError, match=r"codecs\[1\]: .*'imagecodecs_x'.*pip install imagecodecs"
        ):
            ArrayV3Metadata.from_dict(changed(ARRAY_V3, codecs=[BYTES, {"name": "imagecodecs_x"}]))

    @pytest.mark.parametrize("depth", [50, 5000])
    def test_codecs_nested_deeply(self, depth: int) -> None:
        chain: Any = [BYTES]
        for _ in range(depth):
            chain = [codec("sharding_indexed", chunk_shape=[1, 1], codecs=chain, index_codecs=[BYTES])]
        document = changed(ARRAY_V3, codecs=chain)
        if depth < 100:
            assert ArrayV3Metadata.from_dict(document).chunks == (1, 1)
        else:
            with pytest.raises(MetadataValidationError, match="nested too deeply"):
                ArrayV3Metadata.from_dict(document)

    def test_a_data_type_nested_deeply(self) -> None:
        data_type: Any = "int16"
        for _ in range(5000):
            data_type = codec("struct", fields=[{"name": "a", "data_type": data_type}])
        with pytest.raises((ValueError, TypeError)):
            ArrayV3Metadata.from_dict(changed(ARRAY_V3, data_type=data_type, fill_value={}))


V2: list[tuple[dict[str, Any], Any, str, str]] = [
    *(({"zarr_format": v}, MetadataValidationError, "zarr_format", "") for v in (MISSING, 1, 3, "2", 2.0, None)),
    *(({name: MISSING}, MetadataValidationError, name, "missing") for name in ("shape", "chunks", "dtype", "fill_value", "order")),
    *(({"shape": v}, TypeError, "shape", "integer") for v in (None, "64", {"6": 4}, [6.0, 4], [True, 4], [[6], 4])),
    ({"shape": [-1, 4]}, ValueError, "shape", "non-negative"),
    *(({"chunks": v}, TypeError, "chunks", "list") for v in (None, "32", {"3": 2}, 3.0, True)),
    *(({"chunks": [3, v]}, (TypeError, ValueError), "chunks[1]", "") for v in (2.0, 0.0, "2", None, -1, [2])),
    *(({"chunks": v}, ValueError, "chunks", "dimensions") for v in ([3], [3, 2, 1], [], 3)),
    *(({"dtype": v}, (ValueError, TypeError), "dtype", "") for v in (None, 3, {}, "i2", "=i2", "bool", "nope", "<i3", [], [["a"]], [["a", 3]])),
    ({"dtype": "|O"}, ValueError, "dtype", "object codec"),
    *(({"fill_value": v}, (ValueError, TypeError, OverflowError), "fill_value", "") for v in ("x", 1.5, 2**15, [], {})),
    *(({"order": v}, ValueError, "order", "") for v in ("K", None, 1, [])),
    *(({"dimension_separator": v}, ValueError, "dimension_separator", "separator") for v in (None, "-", 1, [])),
    ({"compressor": {"id": "nope"}}, UnknownCodecError, "compressor", "codec 'nope' is not available; install"),
    *(({"compressor": v}, ValueError, "compressor", "id") for v in ({}, {"id": 3}, {"id": []}, "zstd", 3, [], True)),
    ({"compressor": {"id": "zlib", "nope": 3}}, (ValueError, TypeError), "compressor", "nope"),
    *(({"filters": v}, TypeError, "filters", "list") for v in (3, "delta", {"id": "delta"}, True)),
    ({"filters": [{"id": "nope"}]}, UnknownCodecError, "filters[0]", "'nope'"),
    *(({"filters": [{"id": "shuffle"}, v]}, ValueError, "filters[1]", "id") for v in (None, 3, {}, "x", [])),
    ({"filters": [{"id": "delta"}]}, (TypeError, ValueError), "filters[0]", "dtype"),
]  # fmt: skip


class TestArrayV2:
    @pytest.mark.parametrize(("members", "kind", "path", "part"), named(V2))
    def test_from_dict(self, members: dict[str, Any], kind: Any, path: str, part: str) -> None:
        with pytest.raises(kind) as caught:
            ArrayV2Metadata.from_dict(changed(ARRAY_V2, **members))
        check(caught.value, "", path, part)

    @pytest.mark.parametrize(("members", "kind", "path", "part"), named(V2))
    def test_opened(self, members: dict[str, Any], kind: Any, path: str, part: str) -> None:
        store = store_of({"here/.zarray": changed(ARRAY_V2, **members)})
        with pytest.raises(kind) as caught:
            zarr.open(store, path="here", mode="r")
        check(caught.value, f"{store}/here/.zarray: ", path, part)

    @pytest.mark.parametrize("attributes", [[], 3, "x"])
    def test_attributes(self, attributes: Any) -> None:
        store = store_of({".zarray": ARRAY_V2, ".zattrs": attributes})
        with pytest.raises(MetadataValidationError, match=r"/\.zattrs: expected an object"):
            zarr.open(store, mode="r")


CONSOLIDATED = "consolidated_metadata"


def inline(**members: Any) -> dict[str, Any]:
    return {CONSOLIDATED: changed({"kind": "inline", "must_understand": False, "metadata": {}}, **members)}


GROUP: list[tuple[dict[str, Any], Any, str, str]] = [
    *(({"zarr_format": v}, MetadataValidationError, "zarr_format", "") for v in (MISSING, "3", 3.0, 4, None)),
    ({"node_type": "x"}, MetadataValidationError, "node_type", "'x'"),
    *(({"attributes": v}, TypeError, "attributes", "mapping") for v in ([], 3, "x")),
    *((inline(kind=v), ValueError, f"{CONSOLIDATED}.kind", "'inline'") for v in ("x", None, MISSING, [])),
    *((inline(metadata=v), TypeError, f"{CONSOLIDATED}.metadata", "mapping") for v in ([], None, MISSING, 3)),
    *((inline(metadata={"a": v}), TypeError, f"{CONSOLIDATED}.metadata['a']", "object") for v in ([], None, 3)),
    (inline(metadata={"a": {}}), MetadataValidationError, f"{CONSOLIDATED}.metadata['a'].zarr_format", ""),
    (inline(metadata={"a": {"zarr_format": 3}}), MetadataValidationError, f"{CONSOLIDATED}.metadata['a'].node_type", ""),
    (inline(metadata={"../a": GROUP_V3}), ValueError, f"{CONSOLIDATED}.metadata['../a']", "invalid"),
    (
        inline(metadata={"a": changed(ARRAY_V3, codecs=[BYTES, UNKNOWN])}),
        UnknownCodecError,
        f"{CONSOLIDATED}.metadata['a'].codecs[1]",
        "'nope'",
    ),
    (
        inline(metadata={"a": changed(ARRAY_V3, dimension_names=["x"])}),
        ValueError,
        f"{CONSOLIDATED}.metadata['a'].dimension_names",
        "",
    ),
]  # fmt: skip


class TestGroup:
    @pytest.mark.parametrize(("members", "kind", "path", "part"), named(GROUP))
    def test_from_dict(self, members: dict[str, Any], kind: Any, path: str, part: str) -> None:
        with pytest.raises(kind) as caught:
            consolidated = GroupMetadata.from_dict(changed(GROUP_V3, **members)).consolidated_metadata
            assert consolidated is not None
            list(consolidated.flattened_metadata)  # an array's document is parsed when it is asked for
        check(caught.value, "", path, part)

    @pytest.mark.parametrize(("members", "kind", "path", "part"), named(GROUP))
    def test_opened(self, members: dict[str, Any], kind: Any, path: str, part: str) -> None:
        store = store_of({"here/zarr.json": changed(GROUP_V3, **members)})
        with pytest.raises(kind) as caught:
            zarr.open_group(store, path="here", mode="r").members(max_depth=None)
        check(caught.value, f"{store}/here/zarr.json: ", path, part)

    @pytest.mark.parametrize(
        ("document", "path"),
        [
            ([], ": expected an object"),
            ({}, ": metadata: "),
            ({"metadata": {"a/.zarray": 3}}, ": metadata['a/.zarray']: Expected an object"),
            ({"metadata": {"a/.zarray": {}}}, ": metadata['a/.zarray'].zarr_format: "),
            ({"metadata": {"a/.zarray": changed(ARRAY_V2, order="K")}}, ": metadata['a/.zarray'].order: "),
            ({"metadata": {"../.zgroup": {}}}, ": metadata['../.zgroup']: "),
            ({"metadata": {"a/.zgroup": {}, "a/.zattrs": 3}}, ": metadata['a/.zgroup'].attributes: "),
        ],
    )
    def test_consolidated_v2(self, document: Any, path: str) -> None:
        store = store_of({"g/.zgroup": {"zarr_format": 2}, "g/.zmetadata": document})
        with pytest.raises((ValueError, TypeError)) as caught:
            zarr.open_group(store, path="g", mode="r").members(max_depth=None)
        assert str(caught.value).startswith(f"{store}/g/.zmetadata{path}")

    @pytest.mark.parametrize(
        "document", [ARRAY_V2, {"zarr_format": 2}, {"zarr_format": 2, "node_type": "group"}]
    )
    def test_format_2_in_a_document_of_format_3(self, document: Any) -> None:
        with pytest.raises(
            MetadataValidationError, match=r"zarr\.json: zarr_format: .*expected Literal\[3\]"
        ):
            open_document("zarr.json", document)


class TestKindOfNode:
    def test_a_group_opened_as_an_array(self) -> None:
        with pytest.raises(NodeTypeValidationError, match="node_type.*'array'.*'group'"):
            zarr.open_array(store_of({"zarr.json": GROUP_V3}), mode="r")

    def test_an_array_opened_as_a_group(self) -> None:
        with pytest.raises(zarr.errors.ContainsArrayError, match="array"):
            zarr.open_group(store_of({"zarr.json": ARRAY_V3}), mode="r")


BYTES_OF_DOCUMENTS: list[tuple[bytes, str]] = [
    (b"", "not valid JSON"),
    (b"\xff\xfe{}", "not UTF-8"),
    (b'{"a": "\xe9"}', "not UTF-8"),
    (b"{", "not valid JSON"),
    (b"{} x", "not valid JSON"),
    (b"{'a': 1}", "not valid JSON"),
    (b"[]", "expected an object, got list"),
    (b"null", "expected an object, got NoneType"),
    (b"3", "expected an object, got int"),
    (b'"zarr"', "expected an object, got str"),
    (b"[" * 100_000, "nested too deeply"),
    (b'{"a":' * 100_000, "nested too deeply"),
    (b'{"shape": ' + b"9" * 5000 + b"}", "not valid JSON"),
    (b"\x00" * 50, "not valid JSON"),
]


class TestBytes:
    @pytest.mark.parametrize(
        ("data", "part"), [pytest.param(*row, id=repr(row[0][:12])) for row in BYTES_OF_DOCUMENTS]
    )
    @pytest.mark.parametrize("key", ["zarr.json", ".zarray", ".zgroup"])
    def test_what_is_no_document(self, key: str, data: bytes, part: str) -> None:
        store = store_of({f"here/{key}": data})
        with pytest.raises(MetadataValidationError) as caught:
            zarr.open(store, path="here", mode="r")
        assert str(caught.value).startswith(f"{store}/here/{key}: {part}")
        assert len(str(caught.value)) < 500

    def test_a_byte_order_mark(self) -> None:
        assert open_document("zarr.json", b"\xef\xbb\xbf" + json.dumps(ARRAY_V3).encode()).shape == (6, 4)

    def test_a_member_given_twice(self) -> None:
        text = json.dumps(ARRAY_V3).replace("{", '{"fill_value": 1, ', 1)
        assert open_document("zarr.json", text.encode()).fill_value == 0
