"""The marker of the plugin, where the distribution is not installed."""

from zarr.testing import pytest_configure  # noqa: F401
