"""Small things that tests share: comparing bytes, and skipping where there is no GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

try:
    import pytest
except ModuleNotFoundError as error:
    from zarr.testing._missing import explain

    raise explain(error, __name__) from error

from zarr.abc.buffer import Buffer

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.core.common import BytesLike

__all__ = ["assert_bytes_equal", "gpu_mark", "gpu_test", "has_cupy", "skip_if_no_gpu"]  # noqa: F822

T = TypeVar("T", bound="type[Any] | Callable[..., Any]")


def assert_bytes_equal(b1: Buffer | BytesLike | None, b2: Buffer | BytesLike | None) -> None:
    """Assert that two values hold the same bytes, or are both None.

    Parameters
    ----------
    b1, b2
        Buffers, bytes-like objects, or None, in any combination.
    """
    assert _bytes_of(b1) == _bytes_of(b2)


def _bytes_of(value: Buffer | BytesLike | None) -> bytes | None:
    if value is None:
        return None
    return value.to_bytes() if isinstance(value, Buffer) else bytes(value)


def has_cupy() -> bool:
    """Whether CuPy is installed and finds a GPU."""
    try:
        import cupy

        return int(cupy.cuda.runtime.getDeviceCount()) > 0
    except Exception:  # whatever a driver or a broken installation raises
        return False


def gpu_test(func: T) -> T:
    """Mark a test as one that needs a GPU; it is skipped where there is none."""
    marks: Any = (__getattr__("gpu_mark"), __getattr__("skip_if_no_gpu"))
    for mark in marks:
        func = mark(func)
    return func


def __getattr__(name: str) -> Any:
    # marks are made on first use: one that pytest does not know yet fails, and the GPU is slow to look for
    if name == "gpu_mark":
        return pytest.mark.gpu
    if name == "skip_if_no_gpu":
        return pytest.mark.skipif(not has_cupy(), reason="CuPy not installed or no GPU available")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
