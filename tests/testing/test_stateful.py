"""The machines over our stores; and that they find what is wrong with a store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from machines import run_machine

from zarr.abc.buffer import Buffer
from zarr.abc.store import RangeByteRequest
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.storage import (
    CacheStore,
    LocalStore,
    LoggingStore,
    ManagedMemoryStore,
    MemoryStore,
    SynchronizedStore,
    ThreadSynchronizer,
    WrapperStore,
)
from zarr.testing.stateful import (
    SyncStoreWrapper,
    ZarrHierarchyStateMachine,
    ZarrStoreStateMachine,
    split_prefix_name,
    with_frequency,
)
from zarr.testing.store import LatencyStore
from zarr.testing.utils import assert_bytes_equal

STORES: dict[str, Any] = {
    "memory": lambda _: MemoryStore(),
    "local": LocalStore,
    "wrapper-of-local": lambda root: WrapperStore(LocalStore(root)),
    "latency": lambda _: LatencyStore(MemoryStore()),
    "managed": lambda _: ManagedMemoryStore(path="below"),
    "synchronized": lambda _: SynchronizedStore(MemoryStore(), ThreadSynchronizer()),
    "logging": lambda _: LoggingStore(MemoryStore(), "ERROR"),
    "cache-of-local": lambda root: CacheStore(LocalStore(root), cache_store=MemoryStore(), max_size=500),
    "cache-in-local": lambda root: CacheStore(LocalStore(root / "s"), cache_store=LocalStore(root / "c")),
    "cache-of-waiting": lambda _: CacheStore(LatencyStore(MemoryStore()), cache_store=MemoryStore()),
}


@pytest.fixture(params=STORES)
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return lambda: STORES[request.param](tmp_path)


@pytest.mark.machine
def test_store_machine(make_store: Any) -> None:
    run_machine(lambda: ZarrStoreStateMachine(make_store()), examples=15)


@pytest.mark.machine
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
def test_hierarchy_machine(make_store: Any) -> None:
    run_machine(lambda: ZarrHierarchyStateMachine(make_store()), examples=15)


class LosesEmptyValues(MemoryStore):
    async def set(self, key: str, value: Buffer) -> None:
        if len(value):
            await super().set(key, value)


class ForgetsToDelete(MemoryStore):
    async def delete(self, key: str) -> None:
        if key.count("/") < 1:
            await super().delete(key)


@pytest.mark.parametrize("broken", [LosesEmptyValues, ForgetsToDelete])
def test_store_machine_finds_what_is_wrong(broken: type[MemoryStore]) -> None:
    many = settings(max_examples=300, stateful_step_count=20, deadline=None, phases=[Phase.generate])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(lambda: ZarrStoreStateMachine(broken()), settings=many)


def test_blocking_wrapper(make_store: Any) -> None:
    store = SyncStoreWrapper(make_store())
    assert (store.read_only, store.supports_deletes, store.supports_writes, store.supports_listing) == (
        False,
        True,
        True,
        True,
    )
    assert store.is_empty("")
    store.set("a/k", cpu.Buffer.from_bytes(b"value"))
    prototype = default_buffer_prototype()
    assert_bytes_equal(store.get("a/k", prototype), b"value")
    parts = store.get_partial_values([("a/k", RangeByteRequest(0, 2)), ("b", None)], prototype)
    assert_bytes_equal(parts[0], b"va")
    assert parts[1] is None
    assert store.exists("a/k")
    assert store.getsize_prefix("a") == 5
    assert store.list() == ["a/k"]
    store.delete("a/k")
    assert not store.exists("a/k")
    store.set("k", cpu.Buffer.from_bytes(b""))
    store.clear()
    assert store.list() == []
    for method in (store.list_dir, store.list_prefix):
        with pytest.raises(NotImplementedError):
            method("")


@pytest.mark.parametrize(
    ("path", "parts"), [("a/b/c", ("a/b", "c")), ("a/b", ("a", "b")), ("a", ("", "a")), ("", ("", ""))]
)
def test_split_prefix_name(path: str, parts: tuple[str, str]) -> None:
    assert split_prefix_name(path) == parts


@pytest.mark.parametrize(("frequency", "least", "most"), [(0, 0, 0), (0.25, 20, 30), (1, 100, 100)])
def test_frequency(frequency: float, least: int, most: int) -> None:
    class Machine(RuleBasedStateMachine):
        @rule()
        @with_frequency(frequency)
        def rare(self) -> None: ...

        @rule()
        def always(self) -> None: ...

    def chances() -> list[bool]:
        machine = Machine()
        (rare,) = [r for r in machine.rules if r.function.__name__ == "rare"]
        return [all(p(machine) for p in rare.preconditions) for _ in range(100)]

    assert least <= sum(chances()) <= most
    assert chances() == chances()
