"""A change of shape that stops at any call to the store leaves the old array or the new one, and no old data comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.errors import MetadataValidationError
from zarr.storage import MemoryStore


class Power(Exception):
    """It went out."""


class Failing(MemoryStore):
    """Fails at the n-th change and at all that follow."""

    _suspends = False
    left = 10**9

    def _use(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Power

    def set_sync(self, key: str, value: Any) -> None:
        self._use()
        super().set_sync(key, value)

    def delete_sync(self, key: str) -> None:
        self._use()
        super().delete_sync(key)


def shrink(array: Any) -> None:
    array.resize((9, 5))


def shrink_and_grow(array: Any) -> None:
    array.resize((5, 30))


def to_nothing(array: Any) -> None:
    array.resize((0, 7))


def append(array: Any) -> None:
    array.append(np.full((15, 11), 7))


def append_columns(array: Any) -> None:
    array.append(np.full((20, 10), 7), axis=1)


OPTIONS: dict[str, dict[str, Any]] = {
    "v3": {"chunks": (4, 3)},
    "shards": {"chunks": (2, 3), "shards": (4, 3)},
    "v2": {"chunks": (4, 3), "zarr_format": 2},
    "rectilinear": {"chunks": [[3, 5, 4, 8], [4, 4, 3]]},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("change", [shrink, shrink_and_grow, to_nothing, append, append_columns])
def test_every_call(options: dict[str, Any], change: Callable[[Any], None]) -> None:
    data = np.arange(1, 221).reshape(20, 11)
    stops = 0
    while True:
        store = Failing()
        array = zarr.create_array(store, data=data, **options)
        store.left = stops
        try:
            change(array)
            new = array[...]
            break
        except Power:
            pass
        store.left = 10**9
        check(store, data, change)
        stops += 1
    assert stops > 1
    assert not [key for key in store._store_dict if key.endswith(".zresize")]
    assert new.shape != data.shape


def check(store: Any, data: Any, change: Callable[[Any], None]) -> None:
    """What can be read is the old array or the new; growing shows nothing of the other; doing it again does it."""
    expected = zarr.array(data, chunks=(20, 11))
    change(expected)
    seen = zarr.open_array(store)[...]
    assert seen.shape in (data.shape, expected.shape)
    np.testing.assert_array_equal(seen, data if seen.shape == data.shape else expected[...])
    again = zarr.open_array(Failing(dict(store._store_dict)))
    if seen.shape == data.shape:
        change(again)
        np.testing.assert_array_equal(again[...], expected[...])
    array = zarr.open_array(store)
    larger = tuple(n + 25 for n in seen.shape)
    array.resize(larger)
    grown = np.zeros(larger, data.dtype)
    grown[tuple(slice(n) for n in seen.shape)] = seen
    np.testing.assert_array_equal(array[...], grown)
    assert not [key for key in store._store_dict if key.endswith(".zresize")]


def test_a_note_that_is_none() -> None:
    store = MemoryStore()
    array = zarr.create_array(store, data=np.arange(5), name="a")
    store._store_dict["a/.zresize"] = store._store_dict["a/c/0"]
    with pytest.raises(MetadataValidationError, match=r"a/\.zresize"):
        array.resize(7)
    np.testing.assert_array_equal(zarr.open_array(store, path="a"), np.arange(5))


def test_the_note_of_another_writer_is_used() -> None:
    """Not only of the same handle: whoever changes the shape next clears up."""
    store = Failing()
    array = zarr.create_array(store, data=np.arange(1, 41), chunks=10)
    store.left = 3  # the note, some of the chunks
    with pytest.raises(Power):
        array.append(np.arange(1, 41))
    store.left = 10**9
    assert ".zresize" in store._store_dict
    other = zarr.open_array(store)
    other.append([1])
    other.resize(80)
    np.testing.assert_array_equal(other[...], [*range(1, 41), 1, *[0] * 39])


def test_no_note_where_nothing_is_cut_off() -> None:
    store = Failing()
    array = zarr.create_array(store, data=np.arange(1, 41), chunks=10)
    store.left = 1
    array.resize(60)
    assert array.shape == (60,)
