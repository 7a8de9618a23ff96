"""Both machines over stores of object services, beside their models."""

from __future__ import annotations

import os
import uuid
import warnings

import pytest
from bucket_stores import KINDS, make_store
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from zarr.errors import UnstableSpecificationWarning
from zarr.testing.stateful import ZarrHierarchyStateMachine, ZarrStoreStateMachine

EXAMPLES = int(os.environ.get("ZARR_TEST_EXAMPLES", "4"))


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def few() -> settings:
    """Few and short, for each step lists the bucket; the variable ZARR_TEST_EXAMPLES says how many."""
    return settings(
        max_examples=EXAMPLES,
        stateful_step_count=12 if EXAMPLES < 50 else 50,
        deadline=None,
        database=None,
        phases=[Phase.generate, *([Phase.shrink] if EXAMPLES > 15 else [])],
        suppress_health_check=list(HealthCheck),
    )


def test_store_machine(request: pytest.FixtureRequest, kind: str, few: settings) -> None:
    def machine() -> ZarrStoreStateMachine:
        return ZarrStoreStateMachine(make_store(request, kind, uuid.uuid4().hex))

    run_state_machine_as_test(machine, settings=few)


def test_hierarchy_machine(request: pytest.FixtureRequest, kind: str, few: settings) -> None:
    def machine() -> ZarrHierarchyStateMachine:
        return ZarrHierarchyStateMachine(make_store(request, kind, uuid.uuid4().hex))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnstableSpecificationWarning)
        run_state_machine_as_test(machine, settings=few)
