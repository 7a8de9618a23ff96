"""Names that other packages take from zarr, private ones too, and what those packages rely on."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

import zarr
from zarr._debug_info import OPTIONAL, REQUIRED
from zarr.abc.codec import Codec, CodecPipeline
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core import ELSEWHERE
from zarr.core.buffer import Buffer, default_buffer_prototype
from zarr.core.chunk_grids import ChunkGrid
from zarr.core.codec_pipeline import BatchedCodecPipeline
from zarr.core.indexing import OrthogonalIndexer
from zarr.registry import register_pipeline
from zarr.storage import MemoryStore, StorePath

NAMES = {
    "zarr": "Array AsyncArray AsyncGroup Group __version__ abc api array codecs config consolidate_metadata core "
    "create create_array create_group create_hierarchy dtype empty errors from_array group ones open open_array "
    "open_consolidated open_group print_debug_info registry save storage zeros zeros_like",
    "zarr.abc.codec": "ArrayArrayCodec ArrayBytesCodec BaseCodec BytesBytesCodec Codec CodecJSON CodecJSON_V2 "
    "CodecJSON_V3 CodecPipeline",
    "zarr.abc.numcodec": "Numcodec",
    "zarr.abc.store": "ByteGetter ByteRequest ByteSetter OffsetByteRequest RangeByteRequest Store SuffixByteRequest",
    "zarr.api.asynchronous": "create_array open_array open_group",
    "zarr.codecs": "BloscCodec BloscShuffle BytesCodec GzipCodec ShardingCodec ShardingCodecIndexLocation "
    "TransposeCodec VLenUTF8Codec ZstdCodec",
    "zarr.codecs._v2": "V2Codec",
    "zarr.codecs.blosc": "BloscCodec BloscShuffle",
    "zarr.codecs.bytes": "BytesCodec Endian",
    "zarr.codecs.numcodecs": "Blosc LZMA Shuffle Zlib Zstd",
    "zarr.codecs.zstd": "ZstdCodec",
    "zarr.convenience": "consolidate_metadata load open save",
    "zarr.core": "Array BatchedCodecPipeline array buffer config dtype group indexing metadata sync",
    "zarr.core.array": "Array AsyncArray",
    "zarr.core.array_spec": "ArrayConfig ArrayConfigParams ArraySpec",
    "zarr.core.buffer": "Buffer BufferPrototype NDArrayLike NDBuffer cpu default_buffer_prototype",
    "zarr.core.buffer.core": "NDArrayLike default_buffer_prototype",
    "zarr.core.buffer.cpu": "Buffer NDBuffer as_numpy_array_wrapper",
    "zarr.core.chunk_grids": "ChunkGrid",
    "zarr.core.chunk_key_encodings": "ChunkKeyEncodingLike DefaultChunkKeyEncoding",
    "zarr.core.codec_pipeline": "BatchedCodecPipeline FusedCodecPipeline",
    "zarr.core.common": "AccessModeLiteral BytesLike JSON MemoryOrder ZarrFormat concurrent_map "
    "parse_named_configuration",
    "zarr.core.config": "BadConfigError config",
    "zarr.core.dtype": "DateTime64 FixedLengthUTF32 Float16 Int32 NullTerminatedBytes RawBytes Structured TimeDelta64 "
    "VariableLengthUTF8 data_type_registry get_data_type_from_native_dtype parse_dtype",
    "zarr.core.dtype.common": "UnstableSpecificationWarning",
    "zarr.core.dtype.npy.bytes": "NullTerminatedBytes",
    "zarr.core.dtype.npy.string": "_NUMPY_SUPPORTS_VLEN_STRING",
    "zarr.core.dtype.wrapper": "ZDType",
    "zarr.core.group": "GroupMetadata StoreLike",
    "zarr.core.indexing": "AsyncOIndex AsyncVIndex BasicIndexer BasicSelection OrthogonalIndexer Selection "
    "SelectorTuple is_integer",
    "zarr.core.metadata": "ArrayMetadata ArrayV2Metadata ArrayV3Metadata",
    "zarr.core.metadata.v2": "ArrayV2Metadata",
    "zarr.core.metadata.v3": "ArrayV3Metadata RegularChunkGrid RegularChunkGridMetadata V3JsonEncoder "
    "parse_dimension_names parse_shapelike",
    "zarr.core.sync": "SyncMixin _collect_aiterator _get_executor _get_loop cleanup_resources collect_aiterator sync",
    "zarr.core.sync_group": "get_node",
    "zarr.dtype": "ZDType data_type_registry parse_data_type",
    "zarr.errors": "ArrayNotFoundError ContainsArrayError ContainsGroupError GroupNotFoundError "
    "NodeTypeValidationError ZarrUserWarning",
    "zarr.experimental": "ChunkGrid ChunkSpec",
    "zarr.experimental.cache_store": "CacheStore",
    "zarr.hierarchy": "Group",
    "zarr.indexing": "OrthogonalIndexer",
    "zarr.metadata.migrate_v3": "_convert_array_metadata",
    "zarr.registry": "get_codec_class get_numcodec register_codec",
    "zarr.storage": "FsspecStore KVStore LocalStore MemoryStore ObjectStore StoreLike StorePath WrapperStore ZipStore",
    "zarr.storage._common": "StoreLike make_store_path",
    "zarr.testing.stateful": "SyncStoreWrapper ZarrHierarchyStateMachine split_prefix_name",
    "zarr.testing.store": "StoreTests",
    "zarr.testing.strategies": "array_metadata arrays chunk_paths complex_chunked_arrays node_names "
    "np_array_and_chunks numpy_arrays orthogonal_indices zarr_key_chars",
    "zarr.testing.utils": "assert_bytes_equal",
}


@pytest.mark.parametrize(("module", "name"), [(m, n) for m, names in NAMES.items() for n in names.split()])
def test_is_there(module: str, name: str) -> None:
    assert getattr(import_module(module), name) is not None


@pytest.mark.parametrize(("module", "name"), [(m, n) for m, names in ELSEWHERE.items() for n in names])
def test_elsewhere(module: str, name: str) -> None:
    found = getattr(import_module(module), name)
    assert found is getattr(import_module(ELSEWHERE[module][name]), name)


def test_a_name_that_is_nowhere() -> None:
    for module in (zarr.core, import_module("zarr.core.common")):
        with pytest.raises(AttributeError, match=rf"module '{module.__name__}' has no attribute 'nonsense'"):
            module.nonsense  # type: ignore[attr-defined]


def test_modules_are_found_from_the_package_alone() -> None:
    code = (
        "import zarr\nassert hasattr(zarr.core, 'dtype') and 'indexing' in dir(zarr.core)\n"
        "assert zarr.hierarchy.Group is zarr.Group and zarr.core.Array is zarr.Array\n"
        "assert zarr.convenience.open is zarr.open\n"
        "assert zarr.indexing.OrthogonalIndexer is zarr.core.indexing.OrthogonalIndexer"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_debug_info(capsys: pytest.CaptureFixture[str]) -> None:
    zarr.print_debug_info()
    said = capsys.readouterr().out
    assert f"zarr: {zarr.__version__}\n" in said
    assert f"numpy: {np.__version__}\n" in said
    assert all(package in said for package in (*REQUIRED, *OPTIONAL))
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert list(REQUIRED) == [line.partition(">")[0] for line in project["dependencies"]]


# --- behaviour


def test_configuration_as_donfig_has_it() -> None:
    config = zarr.config
    assert "codec_pipeline" in config.config
    assert "array.order" in config
    assert config.get("no.such.key", 3) == 3
    with config.set({"array.order": "F", "made.up": 1}):
        assert (config.get("array.order"), config.get("made.up")) == ("F", 1)
    assert config.get("array.order") == "C"
    config.set({"array.order": "F"})
    config.reset()
    assert config.get("array.order") == "C"


def test_others_make_sequences_of_the_same_kind_from_attributes() -> None:
    """pydantic rebuilds a sequence that it has checked as ``type(x)(items)``."""
    attrs = zarr.create_group({}, attributes={"list": [1, 2], "dict": {"a": 1}}).attrs
    assert type(attrs["list"])([3]) == [3]
    assert type(attrs["dict"])([("b", 2)], c=3) == {"b": 2, "c": 3}
    assert dict(attrs) == {"list": [1, 2], "dict": {"a": 1}}


def test_a_group_that_is_there_already() -> None:
    """VirtualiZarr gives a StorePath and expects the error that names the node, not FileExistsError."""
    place = StorePath(MemoryStore(), "a")
    zarr.open_group(place, mode="w-")
    with pytest.raises(zarr.errors.ContainsGroupError):
        zarr.open_group(place, mode="w-")
    zarr.open_array(place / "b", mode="w-", shape=(3,), dtype="i4")
    with pytest.raises(zarr.errors.ContainsArrayError):
        zarr.open_array(place / "b", mode="w-", shape=(3,), dtype="i4")


def test_metadata_are_dataclasses_that_can_be_replaced() -> None:
    for zarr_format in (2, 3):
        metadata = zarr.create_array({}, shape=(4,), dtype="i4", zarr_format=zarr_format).metadata
        assert replace(metadata, shape=(5,)).shape == (5,)
    assert replace(zarr.create_group({}).metadata, attributes={"a": 1}).attributes == {"a": 1}


def test_both_pipelines_can_be_chosen() -> None:
    for name in ("BatchedCodecPipeline", "FusedCodecPipeline"):
        with zarr.config.set({"codec_pipeline.path": f"zarr.core.codec_pipeline.{name}"}):
            z = zarr.create_array({}, data=np.arange(10), chunks=3)
            np.testing.assert_array_equal(z[2:8], range(2, 8))
            assert type(z._async_array.codec_pipeline).__name__ == name


def test_byte_requests_match_by_position() -> None:
    match RangeByteRequest(1, 2), OffsetByteRequest(3), SuffixByteRequest(4):
        case RangeByteRequest(start, end), OffsetByteRequest(offset), SuffixByteRequest(suffix):
            assert (start, end, offset, suffix) == (1, 2, 3, 4)


def test_json_encoder_of_metadata() -> None:
    from zarr.core.metadata.v3 import V3JsonEncoder  # which type checkers do not see

    metadata = zarr.create_array({}, shape=(3,), dtype="f4", attributes={"n": 1}).metadata.to_dict()
    assert json.loads(json.dumps({**metadata, "x": np.float32(1.5)}, cls=V3JsonEncoder))["x"] == 1.5


def test_an_indexer_by_grid_alone() -> None:
    grid = ChunkGrid.from_sizes((10, 6), (4, 6))
    indexer = OrthogonalIndexer((slice(3, 9), slice(None)), (10, 6), grid)
    assert [p.chunk_coords for p in indexer] == [(0, 0), (1, 0), (2, 0)]


def test_lengths_of_chunks() -> None:
    from zarr.core.common import parse_chunk_edge, parse_chunk_shape, validate_rectilinear_edges

    assert parse_chunk_shape([3, np.int64(2)]) == (3, 2)
    for wrong, error in ((3, TypeError), ("ab", TypeError), ([2, 0], ValueError)):
        with pytest.raises(error):
            parse_chunk_shape(wrong)
    with pytest.raises(ValueError, match=r"\[1\]: chunk edge length must be >= 1, got 0"):
        parse_chunk_edge(0, 1)
    validate_rectilinear_edges([3, [1, 2]], (10, 3))
    with pytest.raises(ValueError, match="along axis 1 sum to 3, less than the array's length 4"):
        validate_rectilinear_edges([3, [1, 2]], (10, 4))


def test_pipeline_of_inner_chunks() -> None:
    codec = zarr.codecs.ShardingCodec(chunk_shape=(2,), codecs=[zarr.codecs.BytesCodec()])
    assert isinstance(codec.codec_pipeline, BatchedCodecPipeline)
    assert list(codec.codec_pipeline) == [zarr.codecs.BytesCodec()]


async def test_concurrent_functions() -> None:
    from zarr.core.common import concurrent_foreach, concurrent_iter, concurrent_map

    running = most = 0

    async def double(x: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return 2 * x

    items = [(i,) for i in range(8)]
    for limit, at_once in ((3, 3), (None, 8)):
        assert await concurrent_map(items, double, limit) == [0, 2, 4, 6, 8, 10, 12, 14]
        assert most == at_once
        most = 0
        assert await asyncio.gather(*concurrent_iter(items, double, limit)) == [0, 2, 4, 6, 8, 10, 12, 14]
        assert most == at_once
        most = 0
    await concurrent_foreach(items, double, 2)
    assert most == 2


def test_blocking_reads_do_not_go_through_the_awaited_method(monkeypatch: pytest.MonkeyPatch) -> None:
    """xarray counts the calls of ``AsyncArray.getitem``, and those of ``AsyncGroup.getitem`` for each member."""
    calls = []
    of_array, of_group = zarr.AsyncArray.getitem, zarr.AsyncGroup.getitem
    monkeypatch.setattr(zarr.AsyncArray, "getitem", lambda *args: calls.append("array") or of_array(*args))
    monkeypatch.setattr(zarr.AsyncGroup, "getitem", lambda *args: calls.append(args[1]) or of_group(*args))
    root = zarr.create_group({})
    for name in ("a", "b"):
        root.create_array(name, data=np.arange(3))
    assert root["a"][1] == 1
    assert dict(root.members()).keys() == {"a", "b"}
    assert calls == ["a", "a", "b"]


class TwicePipeline(BatchedCodecPipeline):
    """As zarrs' pipeline does, it looks at all chunks before it begins."""

    async def read(self, batch_info: Iterable[Any], out: Any, drop_axes: tuple[int, ...] = ()) -> Any:
        assert [type(spec).__name__ for _, spec, _, _, _ in batch_info] != []
        return await super().read(batch_info, out, drop_axes)

    async def write(self, batch_info: Iterable[Any], value: Any, drop_axes: tuple[int, ...] = ()) -> None:
        assert [type(spec).__name__ for _, spec, _, _, _ in batch_info] != []
        await super().write(batch_info, value, drop_axes)

    @classmethod
    def from_codecs(cls, codecs: Iterable[Codec], **options: Any) -> Self:
        return super().from_codecs(codecs, **options)


def test_pipelines_of_others_may_walk_over_a_batch_twice() -> None:
    register_pipeline(TwicePipeline)
    path = f"{TwicePipeline.__module__}.{TwicePipeline.__qualname__}"
    with zarr.config.set({"codec_pipeline.path": path}):
        z = zarr.create_array({}, shape=(10, 10), dtype="i4", chunks=(3, 4))
        assert isinstance(z._async_array.codec_pipeline, CodecPipeline)
        data = np.arange(100).reshape(10, 10)
        z[...] = data
        np.testing.assert_array_equal(z[2:9, 1:7], data[2:9, 1:7])


class StrictStore(MemoryStore):
    """Like icechunk's: only keys of Zarr, chunks only within the shape, prefixes only of nodes that are there."""

    _suspends = False

    def _check(self, key: str) -> None:
        name = key.rpartition("/")[2]
        if name in ("zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata"):
            return
        parts = key.split("/")
        if "c" not in parts:
            raise ValueError(f"invalid key {key}")

    def get_sync(self, key: str, **options: Any) -> Buffer | None:
        self._check(key)
        return super().get_sync(key, **options)

    def set_sync(self, key: str, value: Buffer) -> None:
        self._check(key)
        node, chunk, index = key.rpartition("c/")
        if chunk:
            document = super().get_sync(f"{node}zarr.json", prototype=default_buffer_prototype())
            assert document is not None
            metadata = json.loads(document.to_bytes())
            length = metadata["chunk_grid"]["configuration"]["chunk_shape"][0]
            if int(index) * length >= metadata["shape"][0]:
                raise ValueError(f"no such chunk {key}")
        super().set_sync(key, value)

    def delete_sync(self, key: str) -> None:
        self._check(key)
        super().delete_sync(key)

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        if prefix and f"{prefix}zarr.json" not in self._store_dict:
            raise ValueError(f"no node at {prefix}")
        async for key in super().list_prefix(prefix):
            yield key

    def set_if_not_exists_sync(self, key: str, value: Buffer) -> Any:
        super().set_if_not_exists_sync(key, value)
        return ()  # what pyo3 makes of nothing


def test_a_store_that_takes_keys_of_zarr_alone() -> None:
    root = zarr.create_group(StrictStore())
    z = root.create_array("g/a", data=np.arange(6), chunks=3)
    z.append(np.arange(6, 10))
    np.testing.assert_array_equal(z[:], np.arange(10))
    z.resize((4,))
    z.resize((8,))
    np.testing.assert_array_equal(z[:], [0, 1, 2, 3, 0, 0, 0, 0])
    with pytest.raises(zarr.errors.ContainsArrayError):
        root.create_array("g/a", shape=(1,), dtype="i1")
    del root["g/a"]
    assert list(root["g"]) == []
