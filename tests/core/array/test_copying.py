"""from_array: other chunks, codecs and formats, in blocks of bounded size; and reading into given memory."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zarr
from zarr.codecs import GzipCodec, TransposeCodec
from zarr.core.array.copying import plan_blocks

DATA = np.arange(70 * 30, dtype="int32").reshape(70, 30)


@pytest.mark.differential
@given(
    shape=st.lists(st.integers(0, 12), min_size=0, max_size=4),
    units=st.lists(st.integers(1, 5), min_size=4, max_size=4),
    most=st.integers(1, 400),
)
def test_blocks_cover_a_shape_once(shape: list[int], units: list[int], most: int) -> None:
    seen = np.zeros(shape, int)
    units = units[: len(shape)]
    for region in plan_blocks(shape, units, 4, most):
        seen[region] += 1
        assert all(s.start % u == 0 for s, u in zip(region, units, strict=True))
        size = 4 * np.prod([s.stop - s.start for s in region])
        assert size <= max(most, 4 * np.prod(units))
    assert (seen == 1).all()


def sources() -> dict[str, dict[str, Any]]:
    return {
        "regular": {"chunks": (10, 7)},
        "sharded": {"chunks": (5, 5), "shards": (20, 15)},
        "index at the start": {"chunks": (5, 5), "shards": {"shape": (20, 15), "index_location": "start"}},
        "rectilinear": {"chunks": [[30, 40], [10, 15, 5]]},
        "rectilinear shards": {"chunks": (5, 5), "shards": [[30, 40], [10, 20]]},
        "filters": {
            "chunks": (10, 7),
            "filters": [TransposeCodec(order=(1, 0))],
            "compressors": [GzipCodec()],
        },
        "format 2": {"chunks": (10, 7), "zarr_format": 2, "order": "F"},
    }


@pytest.mark.parametrize("options", sources().values(), ids=sources())
def test_an_array_is_kept_as_it_is(options: dict[str, Any]) -> None:
    source = zarr.create_array(
        {}, shape=DATA.shape, dtype="int32", fill_value=7, attributes={"units": "m"}, **options
    )
    source[...] = DATA
    copy = zarr.from_array({}, data=source)
    assert copy.metadata == source.metadata
    np.testing.assert_array_equal(copy[...], DATA)


@pytest.mark.parametrize(
    "changes",
    [
        {"chunks": (33, 30), "shards": None},
        {"chunks": "auto", "shards": None, "compressors": None},
        {"shards": None},
        {"chunks": (7, 3), "shards": (14, 30)},
        {"zarr_format": 2, "shards": None},
        {"fill_value": 3, "attributes": {"other": 1}},
    ],
)
def test_what_is_asked_for_is_changed(changes: dict[str, Any]) -> None:
    source = zarr.create_array({}, data=DATA, chunks=(5, 5), shards=(20, 15))
    copy = zarr.from_array({}, data=source, **changes)
    np.testing.assert_array_equal(copy[...], DATA)
    for name, value in changes.items():
        if name in ("chunks", "shards") and value != "auto":
            assert getattr(copy, name) == value
        if name == "fill_value":
            assert copy.fill_value == value
        if name == "attributes":
            assert dict(copy.attrs) == value
        if name == "zarr_format":
            assert copy.metadata.zarr_format == value


def test_arrays_of_numpy_and_lists() -> None:
    np.testing.assert_array_equal(zarr.from_array({}, data=DATA, chunks=(10, 10))[...], DATA)
    np.testing.assert_array_equal(zarr.from_array({}, data=[[1, 2], [3, 4]])[...], [[1, 2], [3, 4]])


def test_without_data() -> None:
    copy = zarr.from_array({}, data=zarr.create_array({}, data=DATA, chunks=(10, 10)), write_data=False)
    assert copy.nchunks_initialized == 0
    assert copy.chunks == (10, 10)


def test_progress_and_bounded_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zarr.core.array.copying.plan_blocks.__defaults__", (1200,))
    told: list[tuple[int, int]] = []
    zarr.from_array({}, data=DATA, chunks=(10, 10), progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (DATA.nbytes, DATA.nbytes)
    assert len(told) == 7
    assert all(b[0] - a[0] <= 1200 for a, b in pairwise(told))


def test_an_array_is_not_copied_onto_itself(tmp_path: Path) -> None:
    source = zarr.create_array(tmp_path / "a", data=DATA)
    with pytest.raises(ValueError, match="onto itself"):
        zarr.from_array(tmp_path / "a", data=source, overwrite=True)
    np.testing.assert_array_equal(source[...], DATA)


def test_a_masked_array_is_refused() -> None:
    with pytest.raises(TypeError, match="masked"):
        zarr.from_array({}, data=np.ma.masked_equal(DATA, 3))


@pytest.mark.parametrize(
    "selection",
    [
        ...,
        (slice(3, 50, 7), -1),
        (slice(None, None, -1), slice(2, 9)),
        ([3, 1, 60], slice(4, 8)),
        (5, 5),
        DATA > 900,
    ],
    ids=str,
)
def test_reading_into_given_memory(selection: Any) -> None:
    source = zarr.create_array({}, data=DATA, chunks=(9, 7))
    expected = DATA[selection]
    whole = np.zeros(tuple(2 * n for n in np.shape(expected)), "int32")
    out = whole[(*(slice(None, None, 2) for _ in np.shape(expected)), ...)]
    result = source.read(selection, out=out)
    assert result is out
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(source.read(selection), expected)
    out[...] = 0
    asyncio.run(source.async_array.read(selection, out=out))
    np.testing.assert_array_equal(out, expected)


def test_memory_that_does_not_fit_is_refused() -> None:
    source = zarr.create_array({}, data=DATA, chunks=(9, 7))
    with pytest.raises(ValueError, match="shape"):
        source.read(slice(0, 3), out=np.empty((2, 30), "int32"))
    with pytest.raises(ValueError, match="data type"):
        source.read(slice(0, 3), out=np.empty((3, 30), "int64"))
    with pytest.raises(TypeError, match="out"):
        source.read(slice(0, 3), out=[1])


def test_a_notebook_shows_facts_and_grid() -> None:
    html = zarr.create_array({}, data=DATA, chunks=(5, 5), shards=(20, 15))._repr_html_()
    assert "<svg" in html
    assert "(20, 15)" in html
    assert zarr.create_array({}, shape=(), dtype="i4")._repr_html_().count("<svg") == 0


@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
@pytest.mark.parametrize(("zarr_format", "other"), [(2, 3), (3, 2)])
def test_bytes_of_any_length_in_the_other_format(zarr_format: Any, other: Any) -> None:
    source = zarr.create_array(
        {}, shape=3, chunks=2, dtype="variable_length_bytes", fill_value=b"f\0", zarr_format=zarr_format
    )
    source[:2] = np.array([b"a\0", b""], object)
    copy = zarr.from_array({}, data=source, zarr_format=other)
    assert copy.metadata.zarr_format == other
    assert copy[...].tolist() == [b"a\0", b"", b"f\0"]


def test_objects_that_format_3_does_not_have() -> None:
    source = zarr.create(2, dtype=object, object_codec=numcodecs.JSON(), zarr_format=2)
    with pytest.raises(ValueError, match="'json2' are of format 2"):
        zarr.from_array({}, data=source, zarr_format=3)
