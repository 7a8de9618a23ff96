"""Where implementations are found by name: registered, configured, imported, or brought by entry points."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from typing import Any

import pytest

import zarr
from zarr import registry
from zarr.codecs import BytesCodec, GzipCodec
from zarr.core.buffer import cpu
from zarr.core.chunk_key_encodings import V2ChunkKeyEncoding
from zarr.core.codec_pipeline import BatchedCodecPipeline, FusedCodecPipeline
from zarr.core.config import BadConfigError
from zarr.errors import UnknownCodecError, ZarrUserWarning
from zarr.registry import (
    Registry,
    get_buffer_class,
    get_chunk_key_encoding_class,
    get_codec_class,
    get_ndbuffer_class,
    get_numcodec,
    get_pipeline_class,
    register_buffer,
    register_chunk_key_encoding,
    register_codec,
    register_ndbuffer,
    register_pipeline,
)


class Mine(GzipCodec):
    """A codec of the tests, importable by its path."""


class MyBuffer(cpu.Buffer):
    """A buffer of the tests."""


class MyNDBuffer(cpu.NDBuffer):
    """An N-dimensional buffer of the tests."""


class MyPipeline(BatchedCodecPipeline):
    """A pipeline of the tests."""


class MyEncoding(V2ChunkKeyEncoding):
    """A chunk key encoding of the tests."""


class FakeEntryPoint:
    def __init__(self, name: str, value: Any) -> None:
        self.name, self.loaded, self._value = name, 0, value

    def load(self) -> Any:
        self.loaded += 1
        return self._value


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_codecs", {k: _copy(v) for k, v in registry._codecs.items()})
    monkeypatch.setattr(registry, "_codec_entry_points", None)
    for name in ("_pipelines", "_buffers", "_ndbuffers", "_chunk_key_encodings"):
        monkeypatch.setattr(registry, name, _copy(getattr(registry, name)))


def _copy(old: Registry[Any]) -> Registry[Any]:
    new: Registry[Any] = Registry(*old._groups)
    new.update(old)
    return new


@pytest.fixture
def entry_points(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[FakeEntryPoint]]:
    """Entry points by group, for a test to fill; what it asks for is noted under ``asked``."""
    groups: dict[str, list[Any]] = {"asked": []}

    def find(*, group: str) -> list[Any]:
        groups["asked"].append(group)
        return groups.get(group, [])

    monkeypatch.setattr(importlib.metadata, "entry_points", find)
    return groups


NAME = f"{Mine.__module__}.Mine"


class TestCodecs:
    @pytest.mark.parametrize(
        ("name", "cls"),
        [
            ("blosc", "BloscCodec"), ("bytes", "BytesCodec"), ("crc32c", "Crc32cCodec"), ("gzip", "GzipCodec"),
            ("sharding_indexed", "ShardingCodec"), ("transpose", "TransposeCodec"), ("zstd", "ZstdCodec"),
            ("vlen-utf8", "VLenUTF8Codec"), ("vlen-bytes", "VLenBytesCodec"),
        ],
    )  # fmt: skip
    def test_ours(self, name: str, cls: str) -> None:
        assert get_codec_class(name).__name__ == cls

    def test_registered(self) -> None:
        register_codec("mine", Mine)
        assert get_codec_class("mine") is Mine

    def test_one_name_may_be_given(self) -> None:
        register_codec("mine", Mine, qualname="other")
        assert registry._codecs["mine"] == {"other": Mine}

    def test_several_by_one_name(self) -> None:
        register_codec("mine", GzipCodec)
        register_codec("mine", Mine)
        with pytest.warns(ZarrUserWarning, match="'mine' is registered several times"):
            assert get_codec_class("mine") is Mine
        with zarr.config.set({"codecs.mine": "zarr.codecs.gzip.GzipCodec"}):
            assert get_codec_class("mine") is GzipCodec

    def test_the_configuration_chooses_another_for_one_of_ours(self) -> None:
        register_codec("gzip", Mine)
        assert get_codec_class("gzip") is GzipCodec
        with zarr.config.set({"codecs.gzip": NAME}):
            assert get_codec_class("gzip") is Mine

    def test_the_configuration_names_a_class_that_is_only_importable(self) -> None:
        with zarr.config.set({"codecs.mine": NAME}):
            assert get_codec_class("mine") is Mine

    @pytest.mark.parametrize(
        "path", ["no.such.Class", "zarr.codecs.Nope", "nodots", "", "..x", "zarr.codecs"]
    )
    def test_the_configuration_names_nothing(self, path: str) -> None:
        register_codec("mine", Mine)
        with (
            zarr.config.set({"codecs.mine": path}),
            pytest.raises(
                UnknownCodecError, match=f"'mine': the configured class '{path}' is not registered"
            ),
        ):
            get_codec_class("mine")

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("nope", "install the Python package that brings it"),
            ("imagecodecs_jpeg2k", "pip install imagecodecs"),
            ("numcodecs.nope", "install the Python package"),
            ("numcodecs", "install the Python package"),
            ("", "install the Python package"),
        ],
    )
    def test_unknown(self, name: str, hint: str) -> None:
        with pytest.raises(
            UnknownCodecError, match=f"codec '{name}' is not available; {hint}.*register_codec"
        ):
            get_codec_class(name)

    @pytest.mark.parametrize("prefix", ["", "codecs."])
    def test_entry_points(self, entry_points: Any, prefix: str) -> None:
        mine, other = FakeEntryPoint(f"{prefix}mine", Mine), FakeEntryPoint(f"{prefix}other", BytesCodec)
        entry_points["zarr.codecs"] = [mine, other]
        assert get_codec_class("gzip") is GzipCodec
        assert entry_points["asked"] == []  # read at the first miss only
        assert get_codec_class("mine") is Mine
        assert get_codec_class("mine") is Mine
        assert (mine.loaded, other.loaded, len(entry_points["asked"])) == (1, 0, 1)
        with pytest.raises(UnknownCodecError):
            get_codec_class("nope")
        assert len(entry_points["asked"]) == 1

    def test_an_entry_point_serves_an_array(self, entry_points: Any) -> None:
        class Renamed(BytesCodec):
            def to_dict(self) -> Any:
                return {"name": "tests.renamed"}

            @classmethod
            def from_dict(cls, data: Any) -> Any:
                return cls()

        entry_points["zarr.codecs"] = [FakeEntryPoint("tests.renamed", Renamed)]
        store: dict[str, Any] = {}
        array = zarr.create_array(store, shape=(2,), dtype="i2", serializer={"name": "tests.renamed"})
        array[...] = [1, 2]
        assert type(array.metadata.codecs[0]) is Renamed
        assert zarr.open_array(store)[...].tolist() == [1, 2]


class TestNumcodecs:
    def test_found(self) -> None:
        assert get_numcodec({"id": "zlib", "level": 3}).get_config() == {"id": "zlib", "level": 3}

    def test_the_configuration_is_not_changed(self) -> None:
        given = {"id": "zlib", "level": 3}
        get_numcodec(given)
        assert given == {"id": "zlib", "level": 3}

    @pytest.mark.parametrize("name", ["nope", None, ""])
    def test_unknown(self, name: Any) -> None:
        with pytest.raises(UnknownCodecError, match=f"codec '{name}' is not available"):
            get_numcodec({"id": name})


class TestBuffersAndPipelines:
    def test_defaults(self) -> None:
        assert get_buffer_class() is cpu.Buffer
        assert get_ndbuffer_class() is cpu.NDBuffer
        assert get_pipeline_class() is BatchedCodecPipeline

    def test_registered_and_configured(self) -> None:
        register_buffer(MyBuffer)
        register_ndbuffer(MyNDBuffer)
        register_pipeline(MyPipeline)
        paths = {
            "buffer": f"{__name__}.MyBuffer",
            "ndbuffer": f"{__name__}.MyNDBuffer",
            "codec_pipeline.path": f"{__name__}.MyPipeline",
        }
        assert get_buffer_class() is cpu.Buffer
        with zarr.config.set(paths):
            assert get_buffer_class() is MyBuffer
            assert get_ndbuffer_class() is MyNDBuffer
            assert get_pipeline_class() is MyPipeline

    def test_importable(self) -> None:
        with zarr.config.set({"codec_pipeline.path": "zarr.core.codec_pipeline.FusedCodecPipeline"}):
            assert get_pipeline_class() is FusedCodecPipeline

    def test_by_another_name(self) -> None:
        register_buffer(MyBuffer, qualname="short")
        with zarr.config.set({"buffer": "short"}):
            assert get_buffer_class() is MyBuffer

    def test_entry_points(self, entry_points: Any) -> None:
        class Local(cpu.Buffer):
            pass

        path = f"{Local.__module__}.{Local.__qualname__}"
        entry_points["zarr.buffer"] = [FakeEntryPoint("anything", Local)]
        with zarr.config.set({"buffer": path}):
            assert get_buffer_class() is Local
        assert entry_points["asked"] == ["zarr.buffer"]

    @pytest.mark.parametrize("path", ["no.such.Class", "zarr.codecs.Nope", "nodots", ""])
    def test_nothing_by_that_name(self, entry_points: Any, path: str) -> None:
        with (
            zarr.config.set({"buffer": path}),
            pytest.raises(BadConfigError, match="was not found in the registry"),
        ):
            get_buffer_class()

    def test_an_import_that_fails_inside_is_not_hidden(
        self, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "broken_buffers.py").write_text("import no_such_module_anywhere\n")
        monkeypatch.syspath_prepend(tmp_path)
        with (
            zarr.config.set({"buffer": "broken_buffers.Buffer"}),
            pytest.raises(ModuleNotFoundError, match="anywhere"),
        ):
            get_buffer_class()


class TestChunkKeyEncodings:
    def test_registered(self) -> None:
        register_chunk_key_encoding("mine", MyEncoding)
        assert get_chunk_key_encoding_class("mine") is MyEncoding

    def test_entry_points(self, entry_points: Any) -> None:
        entry_points["zarr.chunk_key_encoding"] = [FakeEntryPoint("mine", MyEncoding)]
        assert get_chunk_key_encoding_class("v2") is V2ChunkKeyEncoding
        assert entry_points["asked"] == []
        assert get_chunk_key_encoding_class("mine") is MyEncoding

    def test_unknown(self, entry_points: Any) -> None:
        with pytest.raises(KeyError, match="'nope' not found in registry"):
            get_chunk_key_encoding_class("nope")


def test_threads_that_first_use_a_codec_at_the_same_time() -> None:
    script = """
import threading
from zarr.registry import get_codec_class
found, ready = [], threading.Barrier(8)
def ask():
    ready.wait()
    found.append(get_codec_class("zstd"))
threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(found) == 8, found
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
