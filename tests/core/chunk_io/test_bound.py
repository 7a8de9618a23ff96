"""What is worked out for the chunks of one array serves others that are like it, and those alone."""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.core.chunk_io import bound
from zarr.core.metadata import parsed
from zarr.storage import MemoryStore
from zarr.testing.store import LatencyStore

OPTIONS: dict[str, Any] = {"chunks": (2,), "dtype": "i4", "fill_value": 1}
OTHERS: list[dict[str, Any]] = [
    {"chunks": (3,)},
    {"shards": (4,)},
    {"dtype": "i2"},
    {"dtype": "f4"},
    {"fill_value": 2},
    {"compressors": None},
    {"chunk_key_encoding": "v2"},
    {"config": {"order": "F"}},
    {"config": {"write_empty_chunks": True}},
    {"config": {"read_missing_chunks": False}},
]


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    for kept in (bound._bound_alike, parsed._kept):
        kept.clear()
    yield
    for kept in (bound._bound_alike, parsed._kept):
        kept.clear()


def _opened(store: Any = None, shape: tuple[int, ...] = (5,), **options: Any) -> zarr.Array[Any]:
    """An array of a document that was parsed before."""
    config = options.pop("config", None)
    made = zarr.create_array(MemoryStore() if store is None else store, shape=shape, **(OPTIONS | options))
    for _ in range(2):
        array = zarr.open_array(made.store, config=config)
    return array


def test_arrays_alike_share_their_codecs_functions() -> None:
    first, other = _opened(), _opened(shape=(7,), attributes={"a": 1})
    assert other._bound._one_chain is first._bound._one_chain
    assert (first._bound.store, other._bound.store) == (first.store, other.store)
    assert (first._bound.grid.grid_shape, other._bound.grid.grid_shape) == ((3,), (4,))
    first[:], other[:] = 3, np.arange(7)
    np.testing.assert_array_equal(first[:], [3] * 5)
    np.testing.assert_array_equal(other[:], np.arange(7))


@pytest.mark.parametrize("options", OTHERS)
def test_others_do_not(options: dict[str, Any]) -> None:
    first, other = _opened(), _opened(**options)
    assert other._bound._one_chain is not first._bound._one_chain
    fresh = bound.BoundArray(other.metadata, other.store_path, other.config)
    for name in ("dtype", "fill_value", "config", "path", "waits_not", "is_copy", "coding", "chunk_nbytes"):
        assert getattr(other._bound, name) == getattr(fresh, name)
    assert other._bound.key((1,)) == fresh.key((1,))
    np.testing.assert_array_equal(first[:], [1] * 5)


def test_whether_a_store_waits_is_asked_of_each() -> None:
    first = _opened()
    assert first._bound.waits_not
    other = zarr.open_array(LatencyStore(first.store, get_latency=0))
    assert not other._bound.waits_not
    assert other[1] == 1


def test_the_byte_order_that_a_handle_gives_is_its_own() -> None:
    """A document does not tell it, so handles of one document differ."""
    store = MemoryStore()
    made = zarr.create_array(store, shape=(4,), **(OPTIONS | {"dtype": ">i4"}))
    for _ in range(3):
        made.append(np.ones(2, "i4"))
        assert made.dtype == made[:].dtype == np.dtype(">i4")
        opened = zarr.open_array(store)
        assert opened.dtype == opened[:].dtype == np.dtype("=i4")


def test_what_is_worked_out_holds_no_store() -> None:
    array = _opened()
    array[:] = 2
    assert bound._bound_alike
    store = weakref.ref(array.store)
    del array
    gc.collect()
    assert store() is None


def test_no_more_than_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bound, "_MOST_ALIKE", 3)
    for n in range(10):
        array = _opened(fill_value=n)
        assert array[1] == n
        assert len(bound._bound_alike) <= 3


def test_a_copy_of_metadata_is_bound_as_they_are() -> None:
    array = _opened()
    again = zarr.Array(zarr.AsyncArray(copy.deepcopy(array.metadata), array.store_path))
    assert again[1] == array[1] == 1
