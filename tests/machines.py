"""How the tests run the machines of ``zarr.testing.stateful``: few and short examples, unless asked for more.

Both machines over every store and service, 500 examples each (an hour or two)::

    ZARR_TEST_EXAMPLES=500 python -m pytest -m machine
"""

from __future__ import annotations

import os
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

__all__ = ["run_machine"]

ASKED_FOR = int(os.environ.get("ZARR_TEST_EXAMPLES", "0"))


def run_machine(make: Callable[[], RuleBasedStateMachine], examples: int = 10, steps: int = 20) -> None:
    """Run what ``make`` makes; a failure is made small only where ``ZARR_TEST_EXAMPLES`` says how many examples."""
    wanted = settings(
        max_examples=ASKED_FOR or examples,
        stateful_step_count=50 if ASKED_FOR > 50 else steps,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink] if ASKED_FOR else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(make, settings=wanted)
