"""The public API is what ``public_api.txt`` says, and every part of it has a docstring."""

from __future__ import annotations

from difflib import unified_diff

import pytest

pytest.importorskip("hypothesis")

from public_api import SNAPSHOT, lines, undocumented


def test_public_api_is_as_recorded() -> None:
    """If the change is meant: ``python tests/public_api.py`` records it."""
    recorded = SNAPSHOT.read_text("utf-8").splitlines()
    now = "\n".join(lines()).lstrip().splitlines()
    assert list(unified_diff(recorded, now, "recorded", "now", n=0, lineterm="")) == []


def test_everything_public_has_a_docstring() -> None:
    assert list(undocumented()) == []
