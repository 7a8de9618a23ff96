"""How many requests operations make, and in how many round trips. These are limits: fewer is better, more is a fault.

Each operation runs through a store that waits, where requests that are under way at once are one trip, and through
one that does not. "Waits" counts what a network would have to carry.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import zarr
from zarr.abc.store import Store
from zarr.core.group import GroupMetadata
from zarr.errors import GroupNotFoundError
from zarr.storage import MemoryStore, WrapperStore

IDLE_SECONDS = 0.01
"""When nothing new was asked for so long, what is under way arrives."""

CALLS = "get exists getsize is_empty set set_if_not_exists delete delete_dir clear".split()
LISTS = "list list_prefix list_dir get_ranges".split()
BLOCKING = "get exists getsize set set_if_not_exists delete delete_dir keys list_dir".split()


class Far(WrapperStore[Store]):
    """Requests that are under way at once arrive together: one trip."""

    _suspends = True

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.trips: list[list[str]] = []
        self._under_way: list[tuple[asyncio.Future[None], str]] = []
        self._timer: asyncio.TimerHandle | None = None

    def _with_store(self, store: Any) -> Far:
        other = type(self)(store)
        other.trips = self.trips
        return other

    @property
    def requests(self) -> list[str]:
        return [request for trip in self.trips for request in trip]

    async def travel(self, name: str, args: tuple[Any, ...]) -> None:
        loop = asyncio.get_running_loop()
        arrival: asyncio.Future[None] = loop.create_future()
        self._under_way.append((arrival, f"{name} {args[0] if args else ''}"))
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_later(IDLE_SECONDS, self._arrive)
        await arrival

    def _arrive(self) -> None:
        arrived, self._under_way = self._under_way, []
        self.trips.append([request for _, request in arrived])
        for arrival, _ in arrived:
            if not arrival.done():
                arrival.set_result(None)


class Near(MemoryStore):
    """Counts the blocking calls."""

    _suspends = False

    def __init__(self, store_dict: Any = None, *, read_only: bool = False) -> None:
        super().__init__(store_dict, read_only=read_only)
        self.requests: list[str] = []

    def with_read_only(self, read_only: bool = False) -> Near:
        other = Near(self._store_dict, read_only=read_only)
        other.requests = self.requests
        return other


def _call(name: str) -> Any:
    async def call(self: Far, *args: Any, **kwargs: Any) -> Any:
        await self.travel(name, args)
        return await getattr(self._store, name)(*args, **kwargs)

    return call


def _listing(name: str) -> Any:
    async def listing(self: Far, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        await self.travel(name, args)
        async for item in getattr(self._store, name)(*args, **kwargs):
            yield item

    return listing


def _blocking(name: str) -> Any:
    def call(self: Near, *args: Any, **kwargs: Any) -> Any:
        self.requests.append(f"{name} {args[0] if args else ''}")
        return getattr(super(Near, self), f"{name}_sync")(*args, **kwargs)

    return call


for _name in CALLS:
    setattr(Far, _name, _call(_name))
for _name in LISTS:
    setattr(Far, _name, _listing(_name))
for _name in BLOCKING:
    setattr(Near, f"{_name}_sync", _blocking(_name))


# --- what is there before


def nothing(store: Store) -> None:
    pass


def array(zarr_format: Any) -> Callable[[Store], object]:
    data = np.arange(24).reshape(6, 4)
    return lambda store: zarr.create_array(store, name="a", data=data, chunks=(2, 4), zarr_format=zarr_format)


def group(zarr_format: Any) -> Callable[[Store], object]:
    return lambda store: zarr.open_group(store, mode="w", zarr_format=zarr_format)


def shards(store: Store) -> object:
    return zarr.create_array(store, name="a", data=np.arange(64), chunks=(4,), shards=(32,))


def hundred(store: Store) -> None:
    made = zarr.open_group(store, mode="w")
    for i in range(100):
        made.create_group(f"g{i}")


def consolidated(store: Store) -> None:
    hundred(store)
    with pytest.warns(UserWarning, match="Consolidated metadata"):
        zarr.consolidate_metadata(store)


# --- what is done


def open_array(store: Store) -> Any:
    return zarr.open_array(store, path="a", mode="r+")


def open_group(store: Store) -> Any:
    return zarr.open_group(store, mode="r+", use_consolidated=False)


class Case(NamedTuple):
    before: Callable[[Store], object]
    act: Callable[[Any], object]
    requests: int
    trips: int
    near: int
    """Calls of a store that does not wait; there it is also looked for documents of the other format."""
    start: Callable[[Store], Any] = lambda store: store
    """Done first, and not counted."""


CASES = {
    # opening
    "array, format 3 given": Case(
        array(3), lambda s: zarr.open_array(s, path="a", mode="r", zarr_format=3), 1, 1, 1
    ),
    "array, format 2 given": Case(
        array(2), lambda s: zarr.open_array(s, path="a", mode="r", zarr_format=2), 3, 1, 3
    ),
    "array, found as 3": Case(array(3), lambda s: zarr.open_array(s, path="a", mode="r"), 1, 1, 3),
    "array, found as 2": Case(array(2), lambda s: zarr.open_array(s, path="a", mode="r"), 4, 2, 4),
    "node, found as 3": Case(array(3), lambda s: zarr.open(s, path="a", mode="r"), 1, 1, 3),
    "node, found as 2": Case(array(2), lambda s: zarr.open(s, path="a", mode="r"), 4, 2, 4),
    "node, not there": Case(array(3), lambda s: not_found(zarr.open, s, path="b", mode="r"), 4, 2, 4),
    "group, format 3 given": Case(
        group(3), lambda s: zarr.open_group(s, mode="r", zarr_format=3), 1, 1, 1
    ),
    "group, format 2 given": Case(
        group(2), lambda s: zarr.open_group(s, mode="r", zarr_format=2), 3, 1, 3
    ),
    "group, found as 3": Case(group(3), lambda s: zarr.open_group(s, mode="r"), 1, 1, 3),
    "group, found as 2": Case(group(2), lambda s: zarr.open_group(s, mode="r"), 4, 2, 4),
    "group, not there": Case(array(3), lambda s: not_found(zarr.open_group, s, path="b", mode="r"), 5, 3, 5),
    "consolidated": Case(consolidated, lambda s: zarr.open_consolidated(s), 1, 1, 3),
    "consolidated and all members": Case(
        consolidated, lambda s: list(zarr.open_group(s, mode="r").members()), 1, 1, 3
    ),
    # reading and writing
    "one chunk": Case(array(3), lambda a: a[0:2], 1, 1, 1, open_array),
    "all chunks": Case(array(3), lambda a: a[:], 3, 1, 3, open_array),
    "first inner chunk": Case(shards, lambda a: a[0:4], 2, 2, 2, open_array),
    "another inner chunk": Case(
        shards, lambda a: a[8:12], 1, 1, 1, lambda store: read_first(open_array(store))
    ),
    "inner chunks of two shards": Case(shards, lambda a: a[2:60], 3, 2, 3, open_array),
    "write a chunk": Case(array(3), lambda a: assign(a, slice(0, 2)), 1, 1, 1, open_array),
    "write part of a chunk": Case(array(3), lambda a: assign(a, slice(0, 1)), 2, 2, 2, open_array),
    # groups
    "member": Case(hundred, lambda g: g["g5"], 1, 1, 1, open_group),
    "in": Case(hundred, lambda g: "g5" in g, 1, 1, 1, open_group),
    "not in": Case(hundred, lambda g: "none" not in g, 1, 1, 1, open_group),
    "hundred members": Case(hundred, lambda g: list(g.members()), 101, 11, 101, open_group),
    "number of members": Case(hundred, lambda g: g.nmembers(), 101, 11, 101, open_group),
    "hundred keys": Case(hundred, lambda g: list(g.keys()), 101, 11, 101, open_group),
    # making and changing
    "new array": Case(nothing, lambda s: zarr.create_array(s, shape=(2,), dtype="i4"), 2, 2, 2),
    "new group": Case(nothing, lambda s: zarr.create_group(s), 2, 2, 2),
    "new array in a group": Case(
        group(3), lambda g: g.create_array("a", shape=(2,), dtype="i4"), 3, 3, 3, open_group
    ),
    "new array in a group of format 2": Case(
        group(2), lambda g: g.create_array("a", shape=(2,), dtype="i4"), 6, 4, 6, open_group
    ),
    "new group in a group": Case(group(3), lambda g: g.create_group("b"), 3, 3, 3, open_group),
    "group, mode a": Case(nothing, lambda s: zarr.open_group(s, mode="a"), 7, 5, 7),
    "group, mode w": Case(nothing, lambda s: zarr.open_group(s, mode="w"), 2, 2, 2),
    "hierarchy of three": Case(
        nothing,
        lambda s: dict(
            zarr.create_hierarchy(store=s, nodes={"": GroupMetadata(), "b": GroupMetadata(), "b/c": GroupMetadata()})
        ),
        6, 4, 6,
    ),
    "attribute": Case(array(3), lambda a: a.attrs.update(x=1), 2, 2, 2, open_array),
    "attributes of format 2": Case(array(2), lambda a: a.update_attributes({"x": 1}), 4, 2, 4, open_array),
    "attributes of a group of format 2": Case(
        group(2), lambda g: g.update_attributes({"x": 1}), 4, 2, 4, open_group
    ),
    "append": Case(array(3), lambda a: a.append(np.ones((2, 4))), 6, 5, 6, open_array),
    "resize": Case(array(3), lambda a: a.resize((2, 4)), 7, 5, 7, open_array),
    "delete": Case(array(3), lambda g: g.__delitem__("a"), 7, 7, 11, lambda s: zarr.open_group(s, mode="r+")),
}  # fmt: skip


def not_found(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    with pytest.raises(GroupNotFoundError):
        function(*args, **kwargs)


def read_first(array: Any) -> Any:
    array[0:4]
    return array


def assign(array: Any, where: slice) -> None:
    array[where] = 1


def prepared(case: Case) -> MemoryStore:
    store = MemoryStore()
    case.before(store)
    return store


@pytest.mark.parametrize("name", CASES)
def test_requests_of_a_store_that_waits(name: str) -> None:
    case = CASES[name]
    store = Far(prepared(case))
    handle = case.start(store)
    store.trips.clear()
    case.act(handle)
    assert 0 < len(store.requests) <= case.requests, store.trips
    assert len(store.trips) <= case.trips, store.trips


@pytest.mark.parametrize("name", CASES)
def test_calls_of_a_store_that_does_not_wait(name: str) -> None:
    case = CASES[name]
    store = Near(prepared(case)._store_dict)
    handle = case.start(store)
    store.requests.clear()
    case.act(handle)
    assert 0 < len(store.requests) <= case.near, store.requests


def test_hundred_members_in_two_trips_where_many_requests_are_allowed() -> None:
    store = Far(prepared(CASES["hundred members"]))
    opened = open_group(store)
    store.trips.clear()
    with zarr.config.set({"async.concurrency": 128}):
        assert len(list(opened.members())) == 100
    assert [len(trip) for trip in store.trips] == [1, 100]


def test_limit_of_requests_at_once_holds() -> None:
    store = Far(prepared(CASES["hundred members"]))
    opened = open_group(store)
    store.trips.clear()
    with zarr.config.set({"async.concurrency": 4}):
        list(opened.members())
    assert max(len(trip) for trip in store.trips) <= 4


def test_counting_sees_what_is_asked_for_at_once() -> None:
    store = Far(prepared(CASES["all chunks"]))
    opened = open_array(store)
    assert store.trips == [["get a/zarr.json"]]
    store.trips.clear()
    opened[:]
    assert [Counter(r.split()[0] for r in trip) for trip in store.trips] == [Counter(get=3)]
