"""Both machines over stores of object services, beside their models."""

from __future__ import annotations

import uuid

import pytest
from bucket_stores import KINDS, make_store
from machines import run_machine

from zarr.testing.stateful import ZarrHierarchyStateMachine, ZarrStoreStateMachine

FEW_AND_SHORT = {"examples": 4, "steps": 12}
"""For each step lists the bucket."""

pytestmark = pytest.mark.machine


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_store_machine(request: pytest.FixtureRequest, kind: str) -> None:
    def machine() -> ZarrStoreStateMachine:
        return ZarrStoreStateMachine(make_store(request, kind, uuid.uuid4().hex))

    run_machine(machine, **FEW_AND_SHORT)


@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
def test_hierarchy_machine(request: pytest.FixtureRequest, kind: str) -> None:
    def machine() -> ZarrHierarchyStateMachine:
        return ZarrHierarchyStateMachine(make_store(request, kind, uuid.uuid4().hex))

    run_machine(machine, **FEW_AND_SHORT)
