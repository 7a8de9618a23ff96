"""The public API is what ``public_api.txt`` says, and every part of it has a docstring."""

from __future__ import annotations

import pytest

pytest.importorskip("hypothesis")

from public_api import SNAPSHOT, lines, undocumented


def test_public_api_is_as_recorded() -> None:
    """If the change is meant: ``python tests/public_api.py`` records it."""
    assert "\n".join(lines()).lstrip().splitlines() == SNAPSHOT.read_text("utf-8").splitlines()


def test_everything_public_has_a_docstring() -> None:
    assert not list(undocumented())
