"""The marker of the plugin, where the distribution is not installed; how much hypothesis tries here."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

from zarr.testing import pytest_configure  # noqa: F401

EXAMPLES = int(os.environ.get("ZARR_TEST_EXAMPLES", "15"))


@pytest.fixture(scope="session")
def few() -> settings:
    """Few examples, not shrunk: quick. More where the variable ZARR_TEST_EXAMPLES says so, and shrunk."""
    return settings(
        max_examples=EXAMPLES,
        stateful_step_count=20 if EXAMPLES <= 50 else 50,
        deadline=None,
        database=None,
        phases=[Phase.generate, *([Phase.shrink] if EXAMPLES > 15 else [])],
        suppress_health_check=list(HealthCheck),
    )
