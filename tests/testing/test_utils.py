"""Comparing bytes; what needs a GPU."""

from __future__ import annotations

from typing import Any

import pytest

from zarr.core.buffer import cpu
from zarr.testing import utils
from zarr.testing.utils import assert_bytes_equal, gpu_test, has_cupy

FORMS = [bytes, bytearray, memoryview, cpu.Buffer.from_bytes]


@pytest.mark.parametrize("one", FORMS)
@pytest.mark.parametrize("other", FORMS)
def test_bytes_are_compared_in_every_form(one: Any, other: Any) -> None:
    assert_bytes_equal(one(b"abc"), other(b"abc"))
    assert_bytes_equal(one(b""), other(b""))
    for unlike in (b"", b"abd", b"abcd"):
        with pytest.raises(AssertionError):
            assert_bytes_equal(one(b"abc"), other(unlike))


@pytest.mark.parametrize("form", FORMS)
def test_none_equals_none_only(form: Any) -> None:
    assert_bytes_equal(None, None)
    with pytest.raises(AssertionError):
        assert_bytes_equal(None, form(b""))
    with pytest.raises(AssertionError):
        assert_bytes_equal(form(b""), None)


@gpu_test
def test_is_run_where_there_is_a_gpu() -> None:
    assert has_cupy()


def test_gpu_test_marks() -> None:
    marks = {mark.name for mark in test_is_run_where_there_is_a_gpu.pytestmark}  # type: ignore[attr-defined]
    assert marks == {"gpu", "skipif"}
    assert utils.gpu_mark.name == "gpu"
    with pytest.raises(AttributeError):
        utils.nonsense
