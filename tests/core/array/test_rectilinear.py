"""Arrays whose chunks vary: what `chunks` and `shards` say, how they are shown, copied, and switched off."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.core.metadata.v3 import RectilinearChunksDisabledError
from zarr.storage import MemoryStore

DATA = np.arange(30, dtype="i4").reshape(6, 5)


@pytest.fixture
def varying() -> zarr.Array[Any]:
    array = zarr.create_array(MemoryStore(), shape=(6, 5), chunks=[[1, 2, 3], [5]], dtype="i4")
    array[...] = DATA
    return array


@pytest.fixture
def shards() -> zarr.Array[Any]:
    array = zarr.create_array(MemoryStore(), shape=(6, 5), chunks=(2, 5), shards=[[2, 4], [5]], dtype="i4")
    array[...] = DATA
    return array


def test_chunks_are_lengths_per_dimension_as_dask_has_them(varying: Any, shards: Any) -> None:
    assert varying.chunks == varying.async_array.chunks == varying.metadata.chunks == ((1, 2, 3), (5,))
    assert varying.shards is None
    assert shards.chunks == shards.metadata.chunks == (2, 5)
    assert shards.shards == shards.async_array.shards == shards.metadata.shards == ((2, 4), (5,))
    assert varying.chunks == varying.read_chunk_sizes == varying.write_chunk_sizes
    assert shards.shards == shards.write_chunk_sizes
    assert shards.read_chunk_sizes == ((2, 2, 2), (5,))


def test_they_are_clipped_to_the_array(varying: Any) -> None:
    varying.resize((5, 3))
    assert varying.chunks == ((1, 2, 2), (3,))
    varying.resize((0, 3))
    assert varying.chunks == ((), (3,))
    varying.resize((7, 5))
    assert varying.chunks == ((1, 2, 3, 1), (5,))


def test_chunks_make_an_array_alike(varying: Any) -> None:
    again = zarr.create_array(MemoryStore(), shape=varying.shape, chunks=varying.chunks, dtype="i4")
    assert again.metadata == varying.metadata
    assert zarr.array(varying).chunks == varying.chunks
    assert zarr.group(MemoryStore()).zeros_like(name="x", data=varying).chunks == varying.chunks


def test_how_they_are_shown(varying: Any, shards: Any) -> None:
    assert "Chunk shape        : <variable>" in str(varying.info)
    assert "Shard shape" not in str(varying.info)
    text = str(shards.info_complete())
    assert "Shard shape        : <variable>\nChunk shape        : (2, 5)\n" in text
    assert "Shards Initialized : 2" in text
    assert repr(varying).endswith("shape=(6, 5) dtype=int32>")
    html = varying._repr_html_()
    assert html.count("<line") == 2 * 2
    assert "&lt;variable&gt;" in html
    assert shards._repr_html_().count("<line") == 2 + 1


def test_a_drawing_does_not_list_all_chunks() -> None:
    for options in ({"chunks": (3, 7)}, {"chunks": (3, 7), "shards": (30, 70)}):
        array = zarr.create_array(MemoryStore(), shape=(10**14, 10**12), dtype="i4", **options)
        assert array._repr_html_().count("<line") <= 4 * 40


@pytest.mark.parametrize("shape", [(6, 5), (5, 3), (9, 9)])
def test_copies_keep_the_grid(varying: Any, shards: Any, shape: tuple[int, ...]) -> None:
    """Also where it reaches over the edge of the array."""
    for array in (varying, shards):
        array.resize(shape)
        for copy in (zarr.from_array(MemoryStore(), data=array), zarr.zeros_like(array)):
            assert copy.metadata.chunk_grid == array.metadata.chunk_grid
            assert copy.metadata.codecs == array.metadata.codecs
        np.testing.assert_array_equal(zarr.from_array(MemoryStore(), data=array)[...], array[...])


def test_a_grid_for_another_shape(varying: Any) -> None:
    assert zarr.zeros_like(varying, shape=(4, 5)).chunks == ((1, 2, 1), (5,))
    regular = zarr.zeros((10, 10), chunks=(3, 4))
    assert zarr.zeros_like(regular, shape=(50, 5)).chunks == (3, 4)


def test_the_last_shard_may_reach_over_the_edge() -> None:
    """By less than an inner chunk, as otherwise no shards could be given for most shapes."""
    array = zarr.create_array(MemoryStore(), shape=(7,), chunks=(2,), shards=[[2, 6]], dtype="i4")
    assert array.shards == ((2, 5),)
    array[...] = np.arange(7)
    assert array[...].tolist() == list(range(7))
    for sizes in ([2, 4], [2, 8]):
        with pytest.raises(ValueError, match="do not sum to span 7"):
            zarr.create_array(MemoryStore(), shape=(7,), chunks=(2,), shards=[sizes], dtype="i4")
    with pytest.raises(ValueError, match="do not sum to span 7"):
        zarr.create_array(MemoryStore(), shape=(7,), chunks=[[4, 4]], dtype="i4")


@pytest.mark.parametrize(
    ("shards", "chunks"),
    [([[300, 500], [600, 100]], (100, 100)), ({"shape": [[40, 60], [70]]}, (20, 70)), ((50, 60), (50, 60))],
)
def test_automatic_chunks_divide_every_shard(shards: Any, chunks: tuple[int, ...]) -> None:
    sizes = shards["shape"] if isinstance(shards, dict) else shards
    shape = tuple(sum(edges) if isinstance(edges, list) else 3 * edges for edges in sizes)
    array = zarr.create_array(MemoryStore(), shape=shape, shards=shards, dtype="u1")
    assert array.chunks == chunks


class TestSwitchedOff:
    def test_arrays_are_neither_made_nor_opened(self, varying: Any) -> None:
        with zarr.config.set({"array.rectilinear_chunks": False}):
            for call in (zarr.open_array, zarr.open, zarr.load):
                with pytest.raises(RectilinearChunksDisabledError, match=r"memory://.*rectilinear_chunks"):
                    call(varying.store)
            store = MemoryStore()
            with pytest.raises(RectilinearChunksDisabledError):
                zarr.create_array(store, shape=(5,), chunks=[[2, 3]], dtype="i4")
            assert not store._store_dict
            assert zarr.create_array(store, shape=(5,), chunks=(2,), dtype="i4").chunks == (2,)
        assert zarr.open_array(varying.store).chunks == varying.chunks


def test_the_form_that_is_stored(tmp_path: Path) -> None:
    zarr.create_array(tmp_path, shape=(9, 4), chunks=[[3, 3, 3], [1, 3]], dtype="i4")
    assert json.loads((tmp_path / "zarr.json").read_text())["chunk_grid"] == {
        "name": "rectilinear",
        "configuration": {"kind": "inline", "chunk_shapes": [[[3, 3]], [1, 3]]},
    }
