"""The package as a plugin of pytest: nearly free to import, clear where something is not installed."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import zarr.testing
from zarr.testing.store import StoreTests
from zarr.testing.utils import assert_bytes_equal


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_importing_it_imports_no_tools() -> None:
    code = (
        "import sys; import zarr; before = set(sys.modules); import zarr.testing;"
        "new = set(sys.modules) - before;"
        "print([m for m in sorted(new) if m.partition('.')[0] in ('zarr', 'numpy', 'pytest', 'hypothesis')])"
    )
    assert python(code).stdout == "['zarr.testing']\n"


def test_pytest_looking_for_hooks_imports_no_tools() -> None:
    code = (
        "import sys; import zarr.testing as t; [getattr(t, n) for n in dir(t)];"
        "print('hypothesis' in sys.modules, 'pytest' in sys.modules, 'zarr.testing.store' in sys.modules)"
    )
    assert python(code).stdout == "False False False\n"


def test_marker_is_registered() -> None:
    class Config:
        lines: list[tuple[str, str]] = []

        def addinivalue_line(self, name: str, line: str) -> None:
            self.lines.append((name, line))

    zarr.testing.pytest_configure(Config())
    assert [(name, line.partition(":")[0]) for name, line in Config.lines] == [("markers", "gpu")]


def test_names_come_on_first_use() -> None:
    assert zarr.testing.StoreTests is StoreTests
    assert zarr.testing.assert_bytes_equal is assert_bytes_equal
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        zarr.testing.nonsense


@pytest.mark.parametrize(
    ("module", "missing"),
    [
        ("zarr.testing.store", "pytest"),
        ("zarr.testing.utils", "pytest"),
        ("zarr.testing.stateful", "hypothesis"),
        ("zarr.testing.strategies", "hypothesis"),
    ],
)
def test_what_is_not_installed_is_named(module: str, missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; import {module}"
    errors = python(code).stderr
    assert f"{module} needs the package '{missing}'" in errors
    assert "pip install 'zarr[test]'" in errors


@pytest.mark.parametrize("module", ["zarr.testing", "zarr.testing.buffer"])
def test_what_needs_no_tools_works_without(module: str) -> None:
    code = f"import sys; sys.modules['pytest'] = sys.modules['hypothesis'] = None; import {module}"
    assert python(code).returncode == 0


def test_names_that_others_use() -> None:
    names: dict[str, Any] = {
        "buffer": "NDBufferUsingTestNDArrayLike StoreExpectingTestBuffer TestBuffer TestNDArrayLike",
        "store": "LatencyStore StoreTests",
        "stateful": "SyncStoreWrapper ZarrHierarchyStateMachine ZarrStoreStateMachine MAX_BINARY_SIZE "
        "split_prefix_name with_frequency",
        "strategies": "array_metadata array_names array_shapes arrays attrs basic_indices block_indices "
        "block_test_arrays chunk_grids chunk_paths chunk_shapes chunks_param_from_rectilinear clear_store "
        "complex_chunk_grids complex_chunked_arrays complex_rectilinear_arrays compressors dimension_names "
        "dtypes end_slices is_negative_slice key_ranges keys node_names np_array_and_chunks numpy_arrays "
        "orthogonal_indices paths rectilinear_arrays rectilinear_chunk_grids "
        "rectilinear_chunk_shape_declarations rectilinear_chunks rectilinear_dim_edges "
        "safe_unicode_for_dtype shard_shapes sharded_arrays sharding_inner_codecs short_node_names "
        "simple_arrays stores structured_dtypes subchunk_write_orders v2_dtypes v3_dtypes zarr_formats "
        "zarr_key_chars zarr_keys zdtypes",
        "utils": "assert_bytes_equal gpu_mark gpu_test has_cupy skip_if_no_gpu",
    }
    for module, wanted in names.items():
        found = __import__(f"zarr.testing.{module}", fromlist=["x"])
        for name in wanted.split():
            assert hasattr(found, name), (module, name)


MEMBERS = {
    "store.StoreTests": "get set store store_kwargs open_kwargs store_not_open "
    "test_clear test_delete test_delete_dir test_delete_nonexistent_key_does_not_raise test_delete_sync "
    "test_delete_sync_missing test_delete_sync_visible_to_async_get test_exists test_get test_get_many "
    "test_get_not_open test_get_partial_values test_get_raises test_get_sync test_get_sync_byte_range_parity "
    "test_get_sync_missing test_getsize test_getsize_prefix test_getsize_raises test_is_empty test_list "
    "test_list_dir test_list_empty_path test_list_prefix test_read_only_store_raises test_serializable_store "
    "test_set test_set_if_not_exists test_set_many test_set_not_open test_set_sync test_store_context_manager "
    "test_store_eq test_store_open_read_only test_store_read_only test_store_repr test_store_supports_listing "
    "test_store_supports_partial_writes test_store_supports_writes test_store_type "
    "test_sync_async_set_get_parity test_with_read_only_store",
    "store.LatencyStore": "get_latency set_latency with_read_only get set",
    "stateful.SyncStoreWrapper": "clear delete exists get get_partial_values getsize_prefix is_empty list list_dir "
    "list_prefix read_only set supports_deletes supports_listing supports_writes",
    "stateful.ZarrStoreStateMachine": "check_num_zarr_keys_equal check_paths_equal check_vals_equal check_zarr_keys "
    "clear delete get getsize_prefix get_invalid_zarr_keys get_partial_values init_store is_empty set exists",
    "stateful.ZarrHierarchyStateMachine": "add_array add_group can_add check_array check_list_dir "
    "check_list_prefix_from_root clear delete_array_using_del delete_chunk delete_dir delete_group_using_del "
    "draw_directory init_store overwrite_array_basic_indexing overwrite_array_orthogonal_indexing resize_array",
    "buffer.NDBufferUsingTestNDArrayLike": "create empty",
    "buffer.StoreExpectingTestBuffer": "get get_sync set set_sync",
}
"""What those who subclass these call and override, in Zarr-Python 3.4.2."""


@pytest.mark.parametrize("name", MEMBERS)
def test_members_that_others_use(name: str) -> None:
    module, cls = name.split(".")
    found = getattr(__import__(f"zarr.testing.{module}", fromlist=["x"]), cls)
    assert set(MEMBERS[name].split()) <= set(dir(found))


def test_classes_that_pytest_must_not_collect() -> None:
    buffer = __import__("zarr.testing.buffer", fromlist=["x"])
    for name in ("TestBuffer", "TestNDArrayLike"):
        assert getattr(buffer, name).__test__ is False
