"""A store that fails at its n-th call, for every n: the error comes out, and what is left is old, new, or detected."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.abc.store import Store
from zarr.core.chunk_io import reading
from zarr.storage import MemoryStore, WrapperStore

OLD = np.arange(1, 37, dtype="int16").reshape(6, 6)
NEW = -OLD
FILL = 99
ERRORS = [OSError("disk is gone"), TimeoutError("too late"), ConnectionError("no line")]
LAYOUTS: dict[str, dict[str, Any]] = {
    "chunks": {"chunks": (3, 3)},
    "shards": {"chunks": (3, 2), "shards": (6, 3 * 2)},
    "v2": {"chunks": (3, 3), "zarr_format": 2},
}


@pytest.fixture(autouse=True)
def no_kept_indexes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read by a kept index that fails is done again without it, so what fails would depend on what ran before."""
    monkeypatch.setattr(reading.indexes, "max_bytes", 0)
    reading.indexes.clear()


class FaultyStore(WrapperStore[Store]):
    """Raises an error at one of its calls; counts them all."""

    _suspends = True  # set on an object where it shall be called without a loop

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.fails_at, self.error, self.calls = -1, OSError(), 0

    def _with_store(self, store: Store) -> FaultyStore:
        return _SameCount(store, self)

    def _count(self) -> None:
        self.calls += 1
        if self.calls == self.fails_at:
            raise self.error


class _SameCount(FaultyStore):
    """The store with another mode; it counts with the first one."""

    def __init__(self, store: Store, first: FaultyStore) -> None:
        WrapperStore.__init__(self, store)
        self.first = first
        self._suspends = first._suspends

    def _count(self) -> None:
        self.first._count()


def _forward_blocking(name: str) -> Callable[..., Any]:
    def called(self: FaultyStore, *args: Any, **kwargs: Any) -> Any:
        self._count()
        return getattr(self._store, name)(*args, **kwargs)

    return called


def _forward(name: str) -> Callable[..., Any]:
    async def awaited(self: FaultyStore, *args: Any, **kwargs: Any) -> Any:
        self._count()
        return await getattr(self._store, name)(*args, **kwargs)

    return awaited


def _forward_iterator(name: str) -> Callable[..., Any]:
    async def iterated(self: FaultyStore, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        self._count()
        async for item in getattr(self._store, name)(*args, **kwargs):
            yield item

    return iterated


_AWAITED = (
    "get get_partial_values exists getsize is_empty set set_if_not_exists _set_many delete delete_dir clear"
)
for _name in _AWAITED.split():
    setattr(FaultyStore, _name, _forward(_name))
for _name in "get_ranges _get_many list list_prefix list_dir".split():
    setattr(FaultyStore, _name, _forward_iterator(_name))
for _name in "get_sync set_sync delete_sync exists_sync getsize_sync set_if_not_exists_sync".split():
    setattr(FaultyStore, _name, _forward_blocking(_name))


def written(layout: str) -> MemoryStore:
    """A group that holds an array and a group."""
    options = LAYOUTS[layout]
    store = MemoryStore()
    root = zarr.create_group(store, zarr_format=options.get("zarr_format", 3), attributes={"is": "root"})
    zarr.create_array(
        store, name="a", shape=OLD.shape, dtype="int16", fill_value=FILL, attributes={"is": "old"}, **options
    )[...] = OLD
    root.create_group("g")
    return store


def failures(
    layout: str, act: Callable[[Store], Any]
) -> Iterator[tuple[MemoryStore, Any, BaseException | None]]:
    """What is left, what came back, and the error, with a failure at each call in turn, and then with none.

    First with a store that waits, then with one that is called without a loop.
    """
    for waits in (True, False):
        n, met = 0, True
        while met:
            n += 1
            inner = written(layout)
            store = FaultyStore(inner)
            store._suspends = waits
            store.fails_at, store.error = n, type(error := ERRORS[n % 3])(*error.args)
            result, raised = None, None
            try:
                result = act(store)
            except Exception as caught:
                raised = caught
            met = store.calls >= n
            if met:
                assert raised is not None, f"the failure at call {n} came out as {result!r}"
                assert type(store.error) in {type(each) for each in chain_of(raised)}
            yield inner, result, raised
        assert n > 1, "the store was not asked at all"


def chain_of(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


READS: dict[str, Callable[[Store], Any]] = {
    "open": lambda s: zarr.open(s, path="a", mode="r").shape,
    "open_array": lambda s: zarr.open_array(s, path="a", mode="r").attrs["is"],
    "open_group": lambda s: zarr.open_group(s, mode="r").attrs["is"],
    "getitem": lambda s: zarr.open_group(s, mode="r")["a"][...].tolist(),
    "contains": lambda s: "a" in zarr.open_group(s, mode="r"),
    "missing": lambda s: "nothing" in zarr.open_group(s, mode="r"),
    "part": lambda s: zarr.open_array(s, path="a", mode="r")[1:4, 2].tolist(),
    "oindex": lambda s: zarr.open_array(s, path="a", mode="r").oindex[[0, 5], [1, 4]].tolist(),
    "members": lambda s: sorted(name for name, _ in zarr.open_group(s, mode="r").members(max_depth=None)),
    "keys": lambda s: sorted(zarr.open_group(s, mode="r").keys()),
    "tree": lambda s: str(zarr.open_group(s, mode="r").tree()),
    "initialized": lambda s: zarr.open_array(s, path="a", mode="r").nchunks_initialized,
    "stored-bytes": lambda s: zarr.open_array(s, path="a", mode="r").nbytes_stored(),
    "load": lambda s: zarr.load(s, path="a").tolist(),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", READS)
def test_reads(layout: str, name: str) -> None:
    """A failure is never a result: no fill values, no missing members, no "it is not there"."""
    expected = READS[name](written(layout))
    for inner, result, raised in failures(layout, READS[name]):
        assert (raised is None and result == expected) or not isinstance(raised, FileNotFoundError | KeyError)
        assert inner == written(layout)


def content(store: Store) -> Any:
    return zarr.open_array(store, path="a", mode="r")[...]


def part_of(store: Store) -> None:
    zarr.open_array(store, path="a", mode="r+")[1:5, 2:6] = NEW[1:5, 2:6]


def whole(store: Store) -> None:
    zarr.open_array(store, path="a", mode="r+")[...] = NEW


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("act", [part_of, whole])
def test_writes(layout: str, act: Callable[[Store], None]) -> None:
    """Every chunk is old or new, whole."""
    expected = OLD.copy()
    expected[...] = NEW if act is whole else OLD
    expected[1:5, 2:6] = NEW[1:5, 2:6]
    rows, columns = LAYOUTS[layout].get("shards", LAYOUTS[layout]["chunks"])
    for inner, _, raised in failures(layout, act):
        found = content(inner)
        for i in range(0, 6, rows):
            for j in range(0, 6, columns):
                chunk = slice(i, i + rows), slice(j, j + columns)
                is_new = np.array_equal(found[chunk], expected[chunk])
                assert is_new or (raised is not None and np.array_equal(found[chunk], OLD[chunk]))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_resize(layout: str) -> None:
    """The shape is old or new; no value comes back from the dead, none of the kept is lost."""
    for inner, _, raised in failures(
        layout, lambda s: zarr.open_array(s, path="a", mode="r+").resize((4, 6))
    ):
        array = zarr.open_array(inner, path="a", mode="r")
        assert array.shape == (4, 6) or (raised is not None and array.shape == (6, 6))
        np.testing.assert_array_equal(array[:4], OLD[:4])
        if array.shape == (4, 6):
            continue
        beyond = array[4:]
        assert np.all((beyond == OLD[4:]) | (beyond == FILL))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_append(layout: str) -> None:
    for inner, _, raised in failures(layout, lambda s: zarr.open_array(s, path="a", mode="r+").append(NEW)):
        array = zarr.open_array(inner, path="a", mode="r")
        np.testing.assert_array_equal(array[:6], OLD)
        if raised is None:
            np.testing.assert_array_equal(array[6:], NEW)
        else:
            assert np.all((array[6:] == NEW[: array.shape[0] - 6]) | (array[6:] == FILL))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_attributes(layout: str) -> None:
    for inner, _, raised in failures(
        layout, lambda s: zarr.open_array(s, path="a", mode="r+").attrs.update({"is": "new"})
    ):
        attributes = dict(zarr.open_array(inner, path="a", mode="r").attrs)
        assert attributes == {"is": "new"} or (raised is not None and attributes == {"is": "old"})
        np.testing.assert_array_equal(content(inner), OLD)


def _delete(store: Store) -> None:
    del zarr.open_group(store, mode="r+")["a"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_delete(layout: str) -> None:
    """The array is there whole, or it is no array."""
    for inner, _, raised in failures(layout, _delete):
        if "a" in zarr.open_group(inner, mode="r"):
            assert raised is not None
            np.testing.assert_array_equal(content(inner), OLD)
        elif raised is None:
            assert not [key for key in inner._store_dict if key.startswith("a/")]


def _create(store: Store) -> None:
    zarr.create_array(store, name="g/b", data=OLD, chunks=(3, 3))


def _overwrite(store: Store) -> None:
    zarr.create_array(store, name="a", data=NEW, chunks=(2, 6), fill_value=FILL, overwrite=True)


def test_create() -> None:
    for inner, _, raised in failures("chunks", _create):
        np.testing.assert_array_equal(content(inner), OLD)
        if "b" in zarr.open_group(inner, path="g", mode="r"):
            found = zarr.open_array(inner, path="g/b", mode="r")[...]
            assert np.all((found == OLD) | ((found == 0) & (raised is not None)))
        else:
            assert raised is not None


def test_overwrite() -> None:
    """Old, new as far as it came, or no array; never a mixture of both."""
    for inner, _, raised in failures("chunks", _overwrite):
        if "a" not in zarr.open_group(inner, mode="r"):
            assert raised is not None
            continue
        found = content(inner)
        is_old = np.array_equal(found, OLD)
        assert (raised is not None and is_old) or np.all(
            (found == NEW) | ((found == FILL) & (raised is not None))
        )


def _open_to_append(store: Store) -> Any:
    return zarr.open_array(store, path="a", mode="a", shape=(2, 2), dtype="int16")[...].tolist()


def _require(store: Store) -> Any:
    group = zarr.open_group(store, mode="a")
    group.require_group("g")
    return group.require_array("a", shape=OLD.shape, dtype="int16")[...].tolist()


@pytest.mark.parametrize("layout", ["chunks", "shards"])
@pytest.mark.parametrize("act", [_open_to_append, _require])
def test_what_cannot_be_read_is_not_made_anew(layout: str, act: Callable[[Store], Any]) -> None:
    for inner, result, raised in failures(layout, act):
        assert raised is not None or result == OLD.tolist()
        assert inner == written(layout)
