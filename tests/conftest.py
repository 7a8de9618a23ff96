"""Hypothesis profiles for the whole suite: ``ZARR_TEST_PROFILE=wide`` tries many more examples."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}

settings.register_profile("quick", max_examples=60, database=None, derandomize=True, **_COMMON)
settings.register_profile("wide", max_examples=2000, print_blob=True, **_COMMON)
settings.load_profile(os.environ.get("ZARR_TEST_PROFILE", "quick"))
