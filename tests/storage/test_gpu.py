"""GpuMemoryStore: importable without CuPy; with it (here a stand-in over NumPy), values are GPU buffers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from zarr.abc.buffer import Buffer
from zarr.core.buffer import cpu, default_buffer_prototype, gpu
from zarr.storage import GpuMemoryStore, MemoryStore
from zarr.testing.store import StoreTests
from zarr.testing.utils import assert_bytes_equal


def buffer(data: bytes) -> cpu.Buffer:
    return cpu.Buffer.from_bytes(data)


class DeviceArray(np.ndarray):
    """NumPy memory that passes for a GPU's."""

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        return dict(self.__array_interface__)


def _fake_cupy() -> ModuleType:
    def on_device(array: Any, dtype: Any = None) -> Any:
        return np.asarray(array, dtype=dtype).view(DeviceArray)

    module = ModuleType("cupy")
    vars(module).update(
        array=on_device,
        asarray=on_device,
        asanyarray=on_device,
        asnumpy=lambda array: np.array(array.view(np.ndarray)),
        concatenate=lambda arrays: np.concatenate(arrays).view(DeviceArray),
        empty=lambda shape, dtype, order: np.empty(shape, dtype, order).view(DeviceArray),
    )
    return module


@pytest.fixture
def cupy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "cupy", _fake_cupy())
    gpu.cupy.cache_clear()
    yield
    gpu.cupy.cache_clear()


@pytest.fixture
def no_cupy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "cupy", None)
    gpu.cupy.cache_clear()
    yield
    gpu.cupy.cache_clear()


@pytest.mark.usefixtures("cupy")
class TestGpuMemoryStore(StoreTests[GpuMemoryStore, gpu.Buffer]):
    store_cls = GpuMemoryStore
    buffer_cls = gpu.Buffer

    async def set(self, store: GpuMemoryStore, key: str, value: Buffer) -> None:
        store._store_dict[key] = gpu.Buffer.from_buffer(value)

    async def get(self, store: GpuMemoryStore, key: str) -> Buffer:
        value = store._store_dict[key]
        assert isinstance(value, gpu.Buffer)
        return value

    @pytest.fixture
    def store_kwargs(self, cupy: None) -> dict[str, Any]:
        return {"store_dict": {}}

    def test_store_repr(self, store: GpuMemoryStore) -> None:
        assert str(store) == f"gpumemory://{id(store._store_dict)}"
        assert repr(store) == f"GpuMemoryStore('{store}')"

    def test_store_supports_writes(self, store: GpuMemoryStore) -> None:
        assert store.supports_writes

    def test_store_supports_listing(self, store: GpuMemoryStore) -> None:
        assert store.supports_listing


async def test_values_are_copied_to_the_gpu_and_back(cupy: None) -> None:
    store = GpuMemoryStore()
    await store.set("k", buffer(b"abc"))
    await store.set_if_not_exists("k", buffer(b"other"))
    await store.set_if_not_exists("new", buffer(b"def"))
    assert {type(value) for value in store._store_dict.values()} == {gpu.Buffer}
    on_gpu = await store.get("k", gpu.buffer_prototype)
    assert isinstance(on_gpu, gpu.Buffer)
    assert_bytes_equal(on_gpu, b"abc")
    on_cpu = await store.get("new", default_buffer_prototype())
    assert isinstance(on_cpu, cpu.Buffer)
    assert_bytes_equal(on_cpu, b"def")


def test_values_of_a_dict(cupy: None) -> None:
    values: dict[str, Buffer] = {"k": buffer(b"x")}
    with pytest.raises(TypeError, match=r"store_dict\['k'\]: expected a GPU buffer, got 'Buffer'"):
        GpuMemoryStore(values)  # type: ignore[arg-type]
    store = GpuMemoryStore.from_dict(values)
    assert_bytes_equal(store.get_sync("k", prototype=gpu.buffer_prototype), b"x")
    assert store != MemoryStore(store._store_dict)


def test_what_is_no_buffer_is_refused(cupy: None) -> None:
    with pytest.raises(TypeError, match="`value` must be a Buffer instance"):
        GpuMemoryStore().set_sync("k", b"x")  # type: ignore[arg-type]


def test_without_cupy_the_error_says_what_is_missing(no_cupy: None) -> None:
    store = GpuMemoryStore()
    assert str(store).startswith("gpumemory://")
    with pytest.raises(ImportError, match=r"need CuPy: pip install 'zarr\[gpu\]'"):
        store.set_sync("k", buffer(b"x"))
    with pytest.raises(ImportError, match="need CuPy"):
        GpuMemoryStore.from_dict({"k": buffer(b"x")})
