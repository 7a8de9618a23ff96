"""Hypothesis machines that drive a store, and a hierarchy in a store, beside a model of it.

Authors of stores run them by ``hypothesis.stateful.run_state_machine_as_test(lambda: Machine(store))``.
Keys never clash: where ``a`` is a value nothing is stored at ``a/b``, for a directory cannot hold both.
"""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

try:
    import hypothesis.extra.numpy as npst
    import hypothesis.strategies as st
    from hypothesis import assume, note
    from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
except ModuleNotFoundError as error:
    from zarr.testing._missing import explain

    raise explain(error, __name__) from error

import zarr
from zarr.abc.ranges import slice_of
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.core.sync import SyncMixin
from zarr.storage import LocalStore, MemoryStore
from zarr.storage._versions import has_versions
from zarr.testing.strategies import (
    basic_indices,
    chunk_paths,
    dimension_names,
    key_ranges,
    node_names,
    np_array_and_chunks,
    numpy_arrays,
    orthogonal_indices,
    safe_unicode_for_dtype,
    zarr_keys,
)

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject

    from zarr.abc.buffer import Buffer, BufferPrototype
    from zarr.abc.store import Store

__all__ = [
    "MAX_BINARY_SIZE",
    "SyncStoreWrapper",
    "ZarrHierarchyStateMachine",
    "ZarrStoreStateMachine",
    "split_prefix_name",
    "with_frequency",
]

F = TypeVar("F", bound=Callable[..., Any])

MAX_BINARY_SIZE = 100
"""The most bytes of a value in ``ZarrStoreStateMachine``."""


def with_frequency(frequency: float) -> Callable[[F], F]:
    """Let a rule of a machine run in a fixed fraction of the chances it gets.

    The chances are counted, not drawn, so that a failing run replays and shrinks.

    Parameters
    ----------
    frequency
        Between 0, for never, and 1, for always.
    """

    def decorate(function: F) -> F:
        name = function.__name__

        def is_due(machine: Any) -> bool:
            chances: Counter[str] = machine.__dict__.setdefault("_chances", Counter())
            chances[name] += 1
            return int(chances[name] * frequency) > int((chances[name] - 1) * frequency)

        return precondition(is_due)(function)

    return decorate


def split_prefix_name(path: str) -> tuple[str, str]:
    """The path of a node's parent, and the node's name in it."""
    prefix, _, name = path.rpartition("/")
    return prefix, name


class SyncStoreWrapper(SyncMixin):
    """Blocking methods of a store, for machines.

    Parameters
    ----------
    store
        The store.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    @property
    def read_only(self) -> bool:
        return self.store.read_only

    @property
    def supports_deletes(self) -> bool:
        return self.store.supports_deletes

    @property
    def supports_writes(self) -> bool:
        return self.store.supports_writes

    @property
    def supports_listing(self) -> bool:
        return self.store.supports_listing

    def set(self, key: str, data_buffer: Buffer) -> None:
        self._sync(self.store.set(key, data_buffer))

    def get(self, key: str, prototype: BufferPrototype) -> Buffer | None:
        return self._sync(self.store.get(key, prototype=prototype))

    def get_partial_values(
        self, key_ranges: Iterable[Any], prototype: BufferPrototype
    ) -> builtins.list[Buffer | None]:
        return self._sync(self.store.get_partial_values(prototype=prototype, key_ranges=key_ranges))

    def exists(self, key: str) -> bool:
        return self._sync(self.store.exists(key))

    def is_empty(self, prefix: str) -> bool:
        return self._sync(self.store.is_empty(prefix))

    def getsize_prefix(self, prefix: str) -> int:
        return self._sync(self.store.getsize_prefix(prefix))

    def delete(self, path: str) -> None:
        self._sync(self.store.delete(path))

    def clear(self) -> None:
        self._sync(self.store.clear())

    def list(self) -> builtins.list[str]:
        return self._sync_iter(self.store.list())

    def list_dir(self, prefix: str) -> None:
        raise NotImplementedError

    def list_prefix(self, prefix: str) -> None:
        raise NotImplementedError


def _is_local(store: Any) -> bool:
    while hasattr(store, "_store"):
        store = store._store
    return isinstance(store, LocalStore)


def _clash(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


class ZarrStoreStateMachine(RuleBasedStateMachine):
    """A store beside a dict of key to Buffer: after every step both hold the same.

    Parameters
    ----------
    store
        The store; what is there is deleted.
    """

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.model: dict[str, Buffer] = {}
        self._deleted: builtins.set[str] = set()
        self.store = SyncStoreWrapper(store)
        self.prototype = default_buffer_prototype()
        self._lower_case = _is_local(store)  # the file system may not tell cases apart

    @initialize()
    def init_store(self) -> None:
        self.store.clear()

    def _free(self, key: str) -> str:
        if self._lower_case:
            key = key.lower()
        assume(not any(_clash(key, other) for other in self.model if other != key))
        return key

    def _draw_key(self, data: DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.model)))

    @precondition(lambda self: not self.store.read_only)
    @rule(key=zarr_keys(max_num_nodes=4), data=st.binary(max_size=MAX_BINARY_SIZE))
    def set(self, key: str, data: bytes) -> None:
        key = self._free(key)
        note(f"set {key!r}: {data!r}")
        value = cpu.Buffer.from_bytes(data)
        self.store.set(key, value)
        self.model[key] = value

    @precondition(lambda self: self.model)
    @rule(key=zarr_keys(max_num_nodes=4), data=st.data())
    def get(self, key: str, data: DataObject) -> None:
        key = self._draw_key(data)
        note(f"get {key!r}")
        value = self.store.get(key, self.prototype)
        assert value is not None
        assert value.to_bytes() == self.model[key].to_bytes()

    @rule(key=zarr_keys(max_num_nodes=4), data=st.data())
    def get_invalid_zarr_keys(self, key: str, data: DataObject) -> None:
        key = self._free(key)
        assume(key not in self.model)
        # on disk there may be the directory that such keys were in, which is an error
        assume(not any(deleted.startswith(f"{key}/") for deleted in self._deleted))
        note(f"get {key!r}, which is not there")
        assert self.store.get(key, self.prototype) is None

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def get_partial_values(self, data: DataObject) -> None:
        keys = st.sampled_from(sorted(self.model))
        wanted = data.draw(key_ranges(keys=keys, max_size=MAX_BINARY_SIZE))
        note(f"get parts {wanted}")
        observed = self.store.get_partial_values(wanted, self.prototype)
        assert len(observed) == len(wanted)
        for value, (key, byte_range) in zip(observed, wanted, strict=True):
            whole = self.model[key].to_bytes()
            start, end = slice_of(byte_range, len(whole))
            assert value is not None
            assert value.to_bytes() == whole[start:end]

    @precondition(lambda self: self.store.supports_deletes and self.model)
    @rule(data=st.data())
    def delete(self, data: DataObject) -> None:
        key = self._draw_key(data)
        note(f"delete {key!r}")
        self.store.delete(key)
        del self.model[key]
        self._deleted.add(key)

    @precondition(lambda self: self.store.supports_deletes and self.model)
    @rule()
    def clear(self) -> None:
        assert not self.store.read_only
        note("clear")
        self.store.clear()
        self.model.clear()
        self._deleted.clear()
        assert self.store.is_empty("")
        assert self.store.list() == []

    # a directory that has become empty may be left over on disk
    @precondition(lambda self: not _is_local(self.store.store))
    @rule()
    def is_empty(self) -> None:
        note("is empty?")
        assert self.store.is_empty("") == (not self.model)

    @rule(key=zarr_keys(max_num_nodes=4))
    def exists(self, key: str) -> None:
        if self._lower_case:
            key = key.lower()
        note(f"exists {key!r}?")
        assert self.store.exists(key) == (key in self.model)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def getsize_prefix(self, data: DataObject) -> None:
        parts = self._draw_key(data).split("/")
        prefix = "/".join(parts[: data.draw(st.integers(0, len(parts) - 1))])
        note(f"size below {prefix!r}")
        below = [key for key in self.model if not prefix or key.startswith(f"{prefix}/")]
        assert self.store.getsize_prefix(prefix) == sum(len(self.model[key]) for key in below)

    @invariant()
    def check_paths_equal(self) -> None:
        assert sorted(self.store.list()) == sorted(self.model)

    @invariant()
    def check_vals_equal(self) -> None:
        for key, value in self.model.items():
            observed = self.store.get(key, self.prototype)
            assert observed is not None
            assert observed.to_bytes() == value.to_bytes()

    @invariant()
    def check_num_zarr_keys_equal(self) -> None:
        assert len(self.store.list()) == len(self.model)

    @invariant()
    def check_zarr_keys(self) -> None:
        assert self.store.is_empty("") == (not self.model)
        for key in self.store.list():
            assert self.store.exists(key)


class ZarrHierarchyStateMachine(SyncMixin, RuleBasedStateMachine):
    """Groups and arrays in a store beside the same in memory: after every step both hold the same keys.

    Parameters
    ----------
    store
        The store; what is there is deleted.
    """

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        self.model = MemoryStore()
        self.all_groups: set[str] = set()
        self.all_arrays: set[str] = set()
        self._lower_case = _is_local(store)

    @initialize()
    def init_store(self) -> None:
        for store in self._both():
            self._sync(store.clear())
            zarr.group(store=store, zarr_format=3)

    def _both(self) -> tuple[Store, Store]:
        return self.store, self.model

    def can_add(self, path: str) -> bool:
        """Whether there may be a new node."""
        taken = self.all_groups | self.all_arrays
        return path not in taken and not any(path.startswith(f"{array}/") for array in self.all_arrays)

    def _new_path(self, data: DataObject, name: str) -> str:
        parent = data.draw(st.sampled_from(["", *sorted(self.all_groups)]), label="parent")
        path = f"{parent}/{name.lower() if self._lower_case else name}".lstrip("/")
        assume(self.can_add(path))
        return path

    def _forget(self, path: str) -> None:
        for nodes in (self.all_groups, self.all_arrays):
            nodes -= {node for node in nodes if f"{node}/".startswith(f"{path}/")}

    # --- nodes

    @rule(name=node_names, data=st.data())
    def add_group(self, name: str, data: DataObject) -> None:
        path = self._new_path(data, name)
        note(f"add group {path!r}")
        for store in self._both():
            zarr.group(store=store, path=path, zarr_format=3)
        self.all_groups.add(path)

    @rule(data=st.data(), name=node_names)
    def add_array(self, data: DataObject, name: str) -> None:
        path = self._new_path(data, name)
        content, chunks = data.draw(np_array_and_chunks())
        dtype = content.dtype
        elements = safe_unicode_for_dtype(dtype) if dtype.kind == "U" else npst.from_dtype(dtype)
        fill_value = np.array(data.draw(elements, label="fill value"), dtype)[()]
        names = data.draw(dimension_names(ndim=content.ndim), label="dimension names")
        note(
            f"add array {path!r}: shape {content.shape}, chunks {chunks}, {dtype}, fill value {fill_value!r}"
        )
        for store in self._both():
            zarr.create_array(
                store,
                name=path,
                data=content,
                chunks=chunks,
                fill_value=fill_value,
                dimension_names=names,
                filters=None,
                compressors=None,
                zarr_format=3,
            )
        self.all_arrays.add(path)

    @rule()
    @with_frequency(0.25)
    def clear(self) -> None:
        note("clear")
        for store in self._both():
            self._sync(store.clear())
            assert self._sync(store.is_empty(""))
        self.all_groups.clear()
        self.all_arrays.clear()
        for store in self._both():
            zarr.group(store=store, zarr_format=3)

    @precondition(lambda self: self.store.supports_deletes and self.all_arrays)
    @rule(data=st.data())
    def delete_array_using_del(self, data: DataObject) -> None:
        self._delete_using_del(data.draw(st.sampled_from(sorted(self.all_arrays))))

    @precondition(lambda self: self.store.supports_deletes and self.all_groups)
    @rule(data=st.data())
    def delete_group_using_del(self, data: DataObject) -> None:
        self._delete_using_del(data.draw(st.sampled_from(sorted(self.all_groups))))

    def _delete_using_del(self, path: str) -> None:
        note(f"del {path!r}")
        prefix, name = split_prefix_name(path)
        for store in self._both():
            group = zarr.open_group(store, path=prefix, mode="r+", zarr_format=3)
            group[name]  # is there
            del group[name]
        self._forget(path)

    # --- keys

    def draw_directory(self, data: DataObject) -> str:
        """A group, an array, or what holds some of an array's chunks."""
        path = data.draw(st.sampled_from(sorted(self.all_groups | self.all_arrays)), label="directory")
        if path in self.all_arrays and data.draw(st.booleans()):
            array = self._open(self.model, path)
            chunk = data.draw(chunk_paths(array.ndim, array.cdata_shape, subset=True), label="chunk")
            path = f"{path}/c/{chunk}".rstrip("/")
        return path

    @precondition(lambda self: self.all_groups | self.all_arrays)
    @rule(data=st.data())
    def check_list_dir(self, data: DataObject) -> None:
        path = self.draw_directory(data)
        note(f"list {path!r}")
        observed, expected = (self._names(store, path) for store in self._both())
        assert observed == expected

    def _names(self, store: Store, path: str) -> list[str]:
        # a directory that has become empty may be left over on disk
        return sorted(
            name
            for name in self._sync_iter(store.list_dir(path))
            if self._sync(store.exists(f"{path}/{name}")) or not self._sync(store.is_empty(f"{path}/{name}"))
        )

    @precondition(lambda self: self.store.supports_deletes and self.all_groups | self.all_arrays)
    @rule(data=st.data())
    def delete_dir(self, data: DataObject) -> None:
        path = self.draw_directory(data)
        note(f"delete directory {path!r}")
        for store in self._both():
            self._sync(store.delete_dir(path))
        self._forget(path)

    @precondition(lambda self: self.store.supports_deletes and self.all_arrays)
    @rule(data=st.data())
    def delete_chunk(self, data: DataObject) -> None:
        path = data.draw(st.sampled_from(sorted(self.all_arrays)))
        array = self._open(self.model, path)
        chunk = data.draw(chunk_paths(array.ndim, array.cdata_shape, subset=False), label="chunk")
        note(f"delete chunk {path}/c/{chunk}")
        for store in self._both():
            self._sync(store.delete(f"{path}/c/{chunk}"))

    # --- content

    def _open(self, store: Store, path: str) -> Any:
        return zarr.open_array(store, path=path, mode="r+", zarr_format=3)

    def _draw_array(self, data: DataObject) -> tuple[str, Any, Any]:
        path = data.draw(st.sampled_from(sorted(self.all_arrays)), label="array")
        return path, self._open(self.store, path), self._open(self.model, path)

    @precondition(lambda self: self.all_arrays)
    @rule(data=st.data())
    def check_array(self, data: DataObject) -> None:
        path, array, model = self._draw_array(data)
        note(f"check array {path!r}")
        assert array.metadata == model.metadata
        np.testing.assert_equal(array[...], model[...])

    @precondition(lambda self: self.all_arrays)
    @rule(data=st.data())
    def overwrite_array_basic_indexing(self, data: DataObject) -> None:
        path, array, model = self._draw_array(data)
        index = data.draw(basic_indices(shape=model.shape))
        shape = np.shape(model[index])
        content = data.draw(numpy_arrays(shapes=st.just(shape), dtype=model.dtype))
        note(f"overwrite {path!r}[{index}]")
        for each in (array, model):
            each[index] = content
        self._delete_fill(path, array, model)
        np.testing.assert_equal(array[index], model[index])

    @precondition(lambda self: self.all_arrays)
    @rule(data=st.data())
    def overwrite_array_orthogonal_indexing(self, data: DataObject) -> None:
        path, array, model = self._draw_array(data)
        index, _ = data.draw(orthogonal_indices(shape=model.shape))
        for i, size in zip(index, model.shape, strict=True):  # which of two values wins is not said
            assume(not isinstance(i, np.ndarray) or len(np.unique(i % size)) == i.size)
        shape = np.shape(model.oindex[index])
        content = data.draw(numpy_arrays(shapes=st.just(shape), dtype=model.dtype))
        note(f"overwrite {path!r}.oindex[{index}]")
        for each in (array, model):
            each.oindex[index] = content
        self._delete_fill(path, array, model)
        np.testing.assert_equal(array.oindex[index], model.oindex[index])

    @precondition(lambda self: self.all_arrays)
    @rule(data=st.data())
    def resize_array(self, data: DataObject) -> None:
        path, array, model = self._draw_array(data)
        shape = data.draw(npst.array_shapes(min_dims=model.ndim, max_dims=model.ndim, min_side=0, max_side=8))
        note(f"resize {path!r} to {shape}")
        for each in (array, model):
            each.resize(shape)
            assert each.shape == shape
        self._delete_fill(path, array, model)

    def _delete_fill(self, path: str, array: Any, model: Any) -> None:
        """Delete chunks of nothing but the fill value that writes leave where a deletion cannot have a condition."""
        if not has_versions(self.store):
            return
        np.testing.assert_equal(array[...], model[...])
        observed, expected = (set(self._sync_iter(s.list_prefix(f"{path}/c"))) for s in self._both())
        for key in observed - expected:
            self._sync(self.store.delete(key))
        np.testing.assert_equal(array[...], model[...])

    @invariant()
    def check_list_prefix_from_root(self) -> None:
        observed, expected = (sorted(self._sync_iter(store.list_prefix(""))) for store in self._both())
        assert observed == expected
