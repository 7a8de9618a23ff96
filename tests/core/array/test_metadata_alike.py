"""What is kept of options for new arrays is what they would make anew, and what no array shares with another."""

from __future__ import annotations

import copy
import dataclasses
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from zarr.codecs import BytesCodec, GzipCodec, ZstdCodec
from zarr.core.array import create
from zarr.core.array.create import DEFAULT_FILL_VALUE, metadata_alike, new_metadata
from zarr.core.dtype import Float32, data_type_registry
from zarr.core.metadata import parsed
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.errors import ZarrUserWarning
from zarr.registry import _codecs, register_codec

GZIP = {"name": "gzip", "configuration": {"level": 1}}


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    parsed._kept.clear()
    yield
    parsed._kept.clear()


def _said(make: Any, options: dict[str, Any]) -> Any:
    """The metadata, exactly, or the error, and the warnings."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            found = make(**copy.deepcopy(options))
            fill = np.asarray(found.fill_value)
            said: Any = (
                [(f.name, repr(getattr(found, f.name))) for f in dataclasses.fields(found)],
                type(found.fill_value),
                fill.tobytes() if fill.dtype.kind != "O" else repr(fill),
            )
        except Exception as error:
            said = type(error), str(error)
    return said, sorted(str(w.message) for w in warned)


OPTIONS: dict[str, list[Any]] = {
    "shape": [(6, 4), (0, 9), (6,), (), (12, 8)],
    "dtype": [
        "float32", "f4", ">f4", "<f4", np.float32, np.dtype(">f4"), Float32(endianness="big"), "int8", "bool", float,
        "float64", "string", "S3", "variable_length_bytes", "m8[s]", {"name": "int16"}, "no such type", object,
    ],
    "chunks": ["auto", (3, 2), [3, 2], 2, -1, (3, -1), (True, 2), (3, 2.0), (0, 2), "1kB", ([3, 3], 2), False, None],
    "shards": [None, "auto", (6, 4), (6, 2), (5, 4), "1kB", {"shape": (6, 4)}],
    "filters": ["auto", None, (), [{"name": "transpose", "configuration": {"order": [1, 0]}}]],
    "compressors": ["auto", None, (), ZstdCodec(level=1), GZIP, [GZIP], [GZIP | {"configuration": {"level": True}}], "x"],
    "serializer": ["auto", BytesCodec(endian="big"), {"name": "bytes", "configuration": {"endian": "big"}}],
    "fill_value": [
        DEFAULT_FILL_VALUE, None, 0, False, 0.0, -0.0, 1, True, 1.0, "NaN", float("nan"), np.float32(1), np.int64(1), "x", b"x",
    ],
    "attributes": [None, {"units": "m"}, {}, [1]],
    "chunk_key_encoding": [None, "v2", {"name": "default", "separator": "."}, "v9"],
    "dimension_names": [None, ("y", None), ["y", None], ["y"], "yx"],
    "checksum": [False, True],
    "zarr_format": [3, 2],
    "rectilinear": [True, False],
}  # fmt: skip
USUAL = {"shape": (6, 4), "dtype": "float32", "chunks": (3, 2), "shards": None, "zarr_format": 3}


@st.composite
def _options(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.sets(st.sampled_from(sorted(OPTIONS)), max_size=4))
    return USUAL | {name: draw(st.sampled_from(OPTIONS[name])) for name in sorted(names)}


@given(st.lists(_options(), min_size=1, max_size=6))
def test_what_is_kept_is_what_would_be_made(several: list[dict[str, Any]]) -> None:
    for options in several * 2:
        assert _said(metadata_alike, options) == _said(new_metadata, options)


@pytest.mark.parametrize("dtype", ["f4", "float32", np.dtype("f4"), np.float32])
@pytest.mark.parametrize("more", [{}, {"shards": (6, 4)}, {"compressors": [GZIP]}, {"fill_value": 1}])
def test_equal_options_are_worked_out_once(
    dtype: Any, more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = USUAL | {"dtype": dtype} | more
    first: Any = metadata_alike(**options, attributes={"units": "K"})
    monkeypatch.setattr(create, "new_metadata", None)
    again: Any = metadata_alike(**options | {"shape": (7, 0)}, attributes={"units": "m"})
    assert again.codecs[-1] is metadata_alike(**options).codecs[-1]
    assert (first.attributes, again.attributes) == ({"units": "K"}, {"units": "m"})
    assert (first.shape, again.shape) == ((6, 4), (7, 0))


def test_nothing_that_can_change_is_shared() -> None:
    for _ in range(2):
        one, other = metadata_alike(**USUAL), metadata_alike(**USUAL)
        one.attributes["units"] = "m"
        one.extra_fields["mine"] = {"must_understand": False}  # type: ignore[union-attr]
        assert other.attributes == {}
        assert other.extra_fields == {}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "more",
    [
        {"compressors": ZstdCodec()},
        {"dtype": "S3"},
        {"dtype": "string"},
        {"chunks": (3, [2, 2])},
        {"fill_value": np.float32(1)},
        {"dimension_names": ["y" * 5000, None]},
        {"compressors": {"name": "numcodecs.zlib", "configuration": {"level": 1}}},
        {"zarr_format": 2},
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_could_change_or_is_rare_is_not_kept(more: dict[str, Any]) -> None:
    metadata_alike(**USUAL | more)
    assert not parsed._kept


def test_what_depends_on_the_shape_is_kept_for_it_alone() -> None:
    options = USUAL | {"chunks": "auto"}
    assert metadata_alike(**options).chunks == (6, 4)
    assert metadata_alike(**options | {"shape": (5, 3)}).chunks == (5, 3)
    assert len(parsed._kept) == 2


def test_shards_of_automatic_shape_are_warned_of_each_time() -> None:
    for _ in range(2):
        with pytest.warns(ZarrUserWarning, match="Automatic shard shape"):
            metadata_alike(**USUAL | {"shards": "auto"})


def test_a_document_is_not_taken_for_options() -> None:
    metadata_alike(**USUAL)
    given: Any = {name: value for name, value in USUAL.items() if name != "dtype"}
    with pytest.raises(ValueError, match="this member is required"):
        ArrayV3Metadata.from_dict({**given, "node_type": "array"})


class _OtherGzip(GzipCodec):
    pass


def test_the_configuration_chooses_the_class_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_codecs, "gzip", copy.copy(_codecs["gzip"]))
    options = USUAL | {"compressors": [GZIP]}
    assert type(metadata_alike(**options).codecs[1]) is GzipCodec  # type: ignore[union-attr]
    register_codec("gzip", _OtherGzip, qualname="other")
    with zarr.config.set({"codecs.gzip": "other"}):
        assert type(metadata_alike(**options).codecs[1]) is _OtherGzip  # type: ignore[union-attr]
    assert type(metadata_alike(**options).codecs[1]) is GzipCodec  # type: ignore[union-attr]


def test_registered_types_are_asked_for_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class MyFloat32(Float32):
        pass

    assert type(metadata_alike(**USUAL).dtype) is Float32
    monkeypatch.setitem(data_type_registry.contents, "float32", MyFloat32)
    assert type(metadata_alike(**USUAL).dtype) is MyFloat32
    monkeypatch.undo()
    assert type(metadata_alike(**USUAL).dtype) is Float32


def test_arrays_alike_have_documents_and_data_of_their_own(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path)
    for n, dtype in enumerate(("f4", ">f4", "f4", ">f4")):
        array = group.create_array(f"a{n}", shape=(4 + n,), chunks=(2,), dtype=dtype, attributes={"n": n})
        assert array.dtype == np.dtype(dtype)
        array[...] = n
    for n in range(4):
        array = zarr.open_array(tmp_path / f"a{n}")
        assert (array.shape, dict(array.attrs)) == ((4 + n,), {"n": n})
        assert array[...].tolist() == [n] * (4 + n)
