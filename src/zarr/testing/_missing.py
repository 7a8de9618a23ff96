"""What is said where pytest or hypothesis is not installed."""

from __future__ import annotations

__all__ = ["explain"]


def explain(error: ModuleNotFoundError, module: str) -> ModuleNotFoundError:
    """The error to raise, with its cause, when a module of this package lacks what it builds on."""
    package = (error.name or "").partition(".")[0]
    return ModuleNotFoundError(
        f"{module} needs the package {package!r}, which is not installed; install the tools for tests "
        "by: pip install 'zarr[test]'",
        name=package,
    )
