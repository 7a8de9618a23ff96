"""Documents of groups and consolidated metadata: flat in documents, nested in memory."""

from __future__ import annotations

import json
from typing import Any

import pytest
from metadata_documents import ARRAY_V2, ARRAY_V3, GROUP_V3, MISSING, changed, open_document, store_of

import zarr
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.metadata import ArrayV3Metadata, ConsolidatedMetadata, GroupMetadata
from zarr.errors import MetadataValidationError, NodeTypeValidationError, ZarrUserWarning


def documents(metadata: GroupMetadata) -> dict[str, bytes]:
    return {name: data.to_bytes() for name, data in metadata.to_buffer_dict(buffer_prototype).items()}


def names(consolidated: ConsolidatedMetadata | None) -> Any:
    """The tree of names: None for an array, a dict for a group."""
    if consolidated is None:
        return "not consolidated"
    return {
        name: names(node.consolidated_metadata) if isinstance(node, GroupMetadata) else None
        for name, node in consolidated.metadata.items()
    }


def consolidated(nodes: dict[str, Any], **members: Any) -> dict[str, Any]:
    """The document of a group with consolidated metadata."""
    return changed(
        GROUP_V3,
        consolidated_metadata={"kind": "inline", "must_understand": False, "metadata": nodes} | members,
    )


class TestGroupV3:
    def test_layout(self) -> None:
        text = '{\n  "attributes": {\n    "a": 1\n  },\n  "zarr_format": 3,\n  "node_type": "group"\n}'
        assert documents(GroupMetadata({"a": 1})) == {"zarr.json": text.encode()}
        assert documents(GroupMetadata.from_dict(json.loads(text))) == {"zarr.json": text.encode()}

    @pytest.mark.parametrize("attributes", [None, MISSING])
    def test_no_attributes(self, attributes: Any) -> None:
        assert GroupMetadata.from_dict(changed(GROUP_V3, attributes=attributes)).attributes == {}

    def test_node_type_may_be_missing(self) -> None:
        assert isinstance(open_document("zarr.json", changed(GROUP_V3, node_type=MISSING)), zarr.Group)

    def test_unknown_members(self) -> None:
        extra = {"must_understand": False, "x": 1}
        metadata = GroupMetadata.from_dict(changed(GROUP_V3, extra=extra))
        assert json.loads(documents(metadata)["zarr.json"]) == changed(GROUP_V3, extra=extra)

    @pytest.mark.parametrize("name", ["storage_transformers", "extensions", "shape"])
    @pytest.mark.parametrize("value", [[], None, {}, {"must_understand": True}])
    def test_unknown_members_refused(self, name: str, value: Any) -> None:
        with pytest.raises(MetadataValidationError, match=f"^{name}: Got Zarr V3 group"):
            GroupMetadata.from_dict(changed(GROUP_V3, **{name: value}))

    def test_an_array_is_no_group(self) -> None:
        with pytest.raises(NodeTypeValidationError, match="^node_type: .*'array'"):
            GroupMetadata.from_dict(ARRAY_V3)
        with pytest.raises(NodeTypeValidationError, match="^node_type: .*'group'"):
            ArrayV3Metadata.from_dict(GROUP_V3)


class TestGroupV2:
    def test_layout(self) -> None:
        assert documents(GroupMetadata({"a": 1}, 2)) == {
            ".zattrs": b'{\n  "a": 1\n}',
            ".zgroup": b'{\n  "zarr_format": 2\n}',
        }

    def test_read(self) -> None:
        group = zarr.open_group(
            store_of({".zgroup": {"zarr_format": 2, "x": 1}, ".zattrs": {"a": 1}}), mode="r"
        )
        assert (dict(group.attrs), group.metadata.zarr_format) == ({"a": 1}, 2)

    def test_no_format_in_the_document(self) -> None:
        with pytest.warns(ZarrUserWarning, match=r"\.zgroup: zarr_format: this member is missing"):
            assert open_document(".zgroup", {}).metadata.zarr_format == 2

    @pytest.mark.parametrize("value", [1, 3, "2", None, 2.0])
    def test_another_format(self, value: Any) -> None:
        with pytest.raises(MetadataValidationError, match=r"here/\.zgroup: zarr_format: "):
            open_document(".zgroup", {"zarr_format": value})


NODES_V3 = {
    "b": GROUP_V3,
    "a": GROUP_V3,
    "a/x": ARRAY_V3,
    "a/B/deep/y": ARRAY_V3,
    "a/B/deep": GROUP_V3,
    "a/B": GROUP_V3,
    "arr": ARRAY_V3,
}
TREE = {"a": {"B": {"deep": {"y": None}}, "x": None}, "arr": None, "b": {}}


class TestConsolidatedV3:
    def test_flat_in_documents_nested_in_memory(self) -> None:
        metadata = GroupMetadata.from_dict(consolidated(NODES_V3))
        assert names(metadata.consolidated_metadata) == TREE
        member = json.loads(documents(metadata)["zarr.json"])["consolidated_metadata"]
        assert list(member) == ["kind", "must_understand", "metadata"]
        assert (member["kind"], member["must_understand"]) == ("inline", False)
        assert list(member["metadata"]) == ["a", "arr", "b", "a/B", "a/x", "a/B/deep", "a/B/deep/y"]
        empty = {"kind": "inline", "must_understand": False, "metadata": {}}
        for path, document in member["metadata"].items():
            if document["node_type"] == "group":
                assert document == changed(GROUP_V3, consolidated_metadata=empty), path
                assert list(document)[2] == "consolidated_metadata"
            else:
                assert document == ARRAY_V3, path

    def test_order_is_by_depth_and_name_without_regard_to_case(self) -> None:
        """As Zarr-Python 3.4.2 writes it."""
        order = ["a", "a-x", "arr", "B", "b", "b.c", "é", "a/arr10", "a/arr9", "a/Z", "a/z", "a/z/deep"]
        metadata = GroupMetadata.from_dict(consolidated(dict.fromkeys(sorted(order, reverse=True), GROUP_V3)))
        member = metadata.to_dict()["consolidated_metadata"]
        assert list(member["metadata"]) == order

    def test_place_in_the_document(self) -> None:
        metadata = GroupMetadata.from_dict(consolidated({}))
        assert list(metadata.to_dict()) == ["attributes", "zarr_format", "consolidated_metadata", "node_type"]

    def test_flattened(self) -> None:
        below = GroupMetadata.from_dict(consolidated(NODES_V3)).consolidated_metadata
        assert below is not None
        flat = below.flattened_metadata
        assert set(flat) == set(NODES_V3)
        groups = [node for node in flat.values() if isinstance(node, GroupMetadata)]
        assert all(names(group.consolidated_metadata) == {} for group in groups)

    @pytest.mark.parametrize(
        ("nodes", "tree"),
        [
            ({}, {}),
            ({"/a/": GROUP_V3, "a//b": ARRAY_V3}, {"a": {"b": None}}),
            ({"": GROUP_V3, "a": ARRAY_V3}, {"a": None}),
            ({"no/parent": ARRAY_V3, "a": ARRAY_V3}, {"a": None}),
            ({"arr": ARRAY_V3, "arr/below": ARRAY_V3}, {"arr": None}),
        ],
    )
    def test_odd_paths(self, nodes: Any, tree: Any) -> None:
        assert names(GroupMetadata.from_dict(consolidated(nodes)).consolidated_metadata) == tree

    @pytest.mark.parametrize("member", [None, [], MISSING])
    def test_not_consolidated(self, member: Any) -> None:
        document = changed(GROUP_V3, consolidated_metadata=member)
        assert GroupMetadata.from_dict(document).consolidated_metadata is None

    @pytest.mark.parametrize("members", [{"must_understand": True}, {"x": 1}])
    def test_tolerated(self, members: Any) -> None:
        metadata = GroupMetadata.from_dict(consolidated({"a": ARRAY_V3}, **members))
        assert names(metadata.consolidated_metadata) == {"a": None}

    def test_a_subgroup_that_holds_its_own(self) -> None:
        """What a subgroup's document says of itself gives way to the map of the group that holds it."""
        nodes = {"sub": consolidated({"old": ARRAY_V3}), "sub/new": ARRAY_V3}
        metadata = GroupMetadata.from_dict(consolidated(nodes))
        assert names(metadata.consolidated_metadata) == {"sub": {"new": None}}

    def test_deep(self) -> None:
        """Deeper than Python may recurse, and still bounded."""
        paths = ["/".join(["a"] * n) for n in range(1, 700)]
        metadata = GroupMetadata.from_dict(consolidated(dict.fromkeys(paths, GROUP_V3)))
        assert list(metadata.to_dict()["consolidated_metadata"]["metadata"]) == paths


class TestConsolidatedV2:
    ZMETADATA = {
        "zarr_consolidated_format": 1,
        "metadata": {
            ".zgroup": {"zarr_format": 2},
            ".zattrs": {"t": 1},
            "b/.zgroup": {"zarr_format": 2},
            "a/.zgroup": {"zarr_format": 2, "consolidated_metadata": {"metadata": {}, "kind": "inline"}},
            "a/.zattrs": {"u": 2},
            "a/x/.zarray": ARRAY_V2,
            "a/x/.zattrs": {"v": 3},
        },
    }

    def open(self, zmetadata: Any, **options: Any) -> zarr.Group:
        store = store_of({".zgroup": {"zarr_format": 2}, ".zattrs": {"t": 1}, ".zmetadata": zmetadata})
        return zarr.open_group(store, mode="r", **options)

    def test_read(self) -> None:
        metadata = self.open(self.ZMETADATA).metadata
        assert names(metadata.consolidated_metadata) == {"a": {"x": None}, "b": {}}
        assert metadata.consolidated_metadata is not None
        group = metadata.consolidated_metadata.metadata["a"]
        assert group.attributes == {"u": 2}
        assert isinstance(group, GroupMetadata)
        assert group.consolidated_metadata is not None
        array = group.consolidated_metadata.metadata["x"]
        assert array.attributes == {"v": 3}
        assert array.zarr_format == 2

    def test_written(self) -> None:
        """Keys and their order as Zarr-Python 3.4.2 writes them, on one line."""
        data = documents(self.open(self.ZMETADATA).metadata)[".zmetadata"]
        assert data.startswith(
            b'{"metadata": {".zgroup": {"zarr_format": 2}, ".zattrs": {"t": 1}, "a/.zattrs": {"u": 2}, '
        )
        assert data.endswith(b'"zarr_consolidated_format": 1}')
        written = json.loads(data)["metadata"]
        assert list(written) == [
            ".zgroup", ".zattrs", "a/.zattrs", "a/.zgroup", "b/.zattrs", "b/.zgroup", "a/x/.zattrs", "a/x/.zarray",
        ]  # fmt: skip
        assert written["a/x/.zarray"] == ARRAY_V2
        assert written["a/.zgroup"] == {"zarr_format": 2}

    def test_asked_for_or_not(self) -> None:
        assert self.open(self.ZMETADATA, use_consolidated=False).metadata.consolidated_metadata is None
        with pytest.raises(ValueError, match="use_consolidated='other'.*not found"):
            self.open(self.ZMETADATA, use_consolidated="other")
        with pytest.raises(ValueError, match="not found"):
            zarr.open_group(store_of({".zgroup": {"zarr_format": 2}}), mode="r", use_consolidated=True)
