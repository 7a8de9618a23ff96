"""Hypothesis profiles for the whole suite, chosen by ``ZARR_TEST_PROFILE``; ``soak`` is for the differential tests.

All of these, 20,000 random examples each (hours)::

    ZARR_TEST_PROFILE=soak python -m pytest -m differential
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from zarr.core.chunk_io import reading

_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}

settings.register_profile("quick", max_examples=60, database=None, derandomize=True, **_COMMON)
settings.register_profile("wide", max_examples=2000, print_blob=True, **_COMMON)
settings.register_profile("soak", max_examples=20_000, database=None, print_blob=True, **_COMMON)
settings.load_profile(os.environ.get("ZARR_TEST_PROFILE", "quick"))


@pytest.fixture(autouse=True)
def no_kept_indexes() -> None:
    """What a test requests does not depend on the tests before it: stores get the addresses of those that are gone."""
    reading.indexes.clear()
